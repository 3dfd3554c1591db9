/* Tree to text, one canonical layout: spellings of numbers are kept, parentheses stay where they
 * were written, an item longer than the page goes on in indented lines. */
#include "lang/print.h"
#include <string.h>

enum { PAGE = 120, INDENT = 4 };

/* ---- expressions on one line ---- */

static void string(hox__text *out, const char *s)
{
    hox__text_putc(out, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            hox__text_putc(out, '\\');
        if (*s == '\n')
            hox__text_puts(out, "\\n");
        else if (*s == '\t')
            hox__text_puts(out, "\\t");
        else
            hox__text_putc(out, *s);
    }
    hox__text_putc(out, '"');
}

static void list(hox__text *out, const hox__expr *e)
{
    for (int i = 0; i < e->n; i++) {
        if (i)
            hox__text_puts(out, ", ");
        if (e->label && e->label[i]) {
            hox__text_puts(out, e->label[i]);
            hox__text_puts(out, ": ");
        }
        hox__print_expr(out, e->kid[i]);
    }
}

static void range(hox__text *out, const hox__expr *e)
{
    if (e->is_budget)
        hox__text_puts(out, "budget ");
    if (e->is_log)
        hox__text_puts(out, "log ");
    hox__text_puts(out, e->number.spelled);
    if (!e->is_range)
        return;
    /* Whole numbers touch their dots, others breathe: 1..3, 0.1 .. 0.5. */
    const bool whole = e->number.integral && e->ends->high.integral;
    hox__text_puts(out, whole ? ".." : " .. ");
    hox__text_puts(out, e->ends->high.spelled);
    if (e->has_step)
        hox__text_printf(out, " step %s", e->ends->step.spelled);
    if (e->has_centre)
        hox__text_printf(out, " ~ %s", e->ends->centre.spelled);
}

static void branch(hox__text *out, const hox__expr *e, int i)
{
    hox__print_expr(out, e->kid[i]);
    if (e->weight && e->weight[i].spelled)
        hox__text_printf(out, " @%s", e->weight[i].spelled);
}

static void choice(hox__text *out, const hox__expr *e)
{
    for (int i = 0; i < e->n; i++) {
        if (i)
            hox__text_puts(out, " | ");
        branch(out, e, i);
    }
}

void hox__print_expr(hox__text *out, const hox__expr *e)
{
    switch (e->kind) {
    case HOX__EXPR_CHOICE:
        choice(out, e);
        break;
    case HOX__EXPR_CHAIN:
        for (int i = 0; i < e->n; i++) {
            if (i)
                hox__text_putc(out, ' ');
            hox__print_expr(out, e->kid[i]);
        }
        break;
    case HOX__EXPR_BINARY:
        hox__print_expr(out, e->kid[0]);
        hox__text_printf(out, " %c ", e->op);
        hox__print_expr(out, e->kid[1]);
        break;
    case HOX__EXPR_REPEAT:
        hox__print_expr(out, e->kid[0]);
        hox__text_putc(out, '{');
        hox__print_expr(out, e->kid[1]);
        hox__text_putc(out, '}');
        break;
    case HOX__EXPR_OPTION:
        hox__print_expr(out, e->kid[0]);
        hox__text_putc(out, '?');
        break;
    case HOX__EXPR_NAME:
        hox__text_puts(out, e->name);
        break;
    case HOX__EXPR_CALL:
        hox__text_puts(out, e->name);
        hox__text_putc(out, '(');
        list(out, e);
        hox__text_putc(out, ')');
        break;
    case HOX__EXPR_NUMBER:
    case HOX__EXPR_RANGE:
        range(out, e);
        break;
    case HOX__EXPR_STRING:
        string(out, e->name);
        break;
    case HOX__EXPR_GROUP:
        hox__text_putc(out, '(');
        hox__print_expr(out, e->kid[0]);
        hox__text_putc(out, ')');
        break;
    case HOX__EXPR_LIST:
        hox__text_putc(out, '[');
        list(out, e);
        hox__text_putc(out, ']');
        break;
    }
}

/* nondecreasing(filters in net) */
static bool is_sequence(const hox__test *t)
{
    return t->n == 2 &&
           (strcmp(t->name, "nondecreasing") == 0 || strcmp(t->name, "nonincreasing") == 0);
}

void hox__print_test(hox__text *out, const hox__test *t)
{
    static const char *const words[] = {[HOX__TEST_OR] = "or", [HOX__TEST_AND] = "and"};
    switch (t->kind) {
    case HOX__TEST_OR:
    case HOX__TEST_AND:
    case HOX__TEST_COMPARE:
    case HOX__TEST_BINARY:
        hox__print_test(out, t->kid[0]);
        hox__text_printf(out, " %s ", t->kind <= HOX__TEST_AND ? words[t->kind] : t->op_text);
        hox__print_test(out, t->kid[1]);
        break;
    case HOX__TEST_NOT:
        hox__text_puts(out, "not ");
        hox__print_test(out, t->kid[0]);
        break;
    case HOX__TEST_NUMBER:
        hox__text_puts(out, t->number.spelled);
        break;
    case HOX__TEST_STRING:
        string(out, t->name);
        break;
    case HOX__TEST_NAME:
        hox__text_puts(out, t->name);
        break;
    case HOX__TEST_CALL:
        hox__text_printf(out, "%s(", t->name);
        for (int i = 0; i < t->n; i++) {
            if (i)
                hox__text_puts(out, is_sequence(t) ? " in " : ", ");
            hox__print_test(out, t->kid[i]);
        }
        hox__text_putc(out, ')');
        break;
    case HOX__TEST_GROUP:
        hox__text_putc(out, '(');
        hox__print_test(out, t->kid[0]);
        hox__text_putc(out, ')');
        break;
    }
}

/* ---- items ---- */

static size_t column(const hox__text *out)
{
    size_t i = out->len;
    while (i > 0 && out->data[i - 1] != '\n')
        i--;
    return out->len - i;
}

/* The body of a rule. When it does not fit the line: a choice puts each branch on a line of its
 * own, its `|` below the `=`; a chain breaks between parts, and goes on below its first. */
static void body(hox__text *out, const hox__expr *e)
{
    const size_t begin = out->len, at = column(out);
    hox__print_expr(out, e);
    if (out->failed || at + (out->len - begin) <= PAGE ||
        (e->kind != HOX__EXPR_CHOICE && e->kind != HOX__EXPR_CHAIN))
        return;
    out->len = begin;
    const bool is_choice = e->kind == HOX__EXPR_CHOICE;
    const int indent = at > PAGE / 2 ? INDENT : (int)at - (is_choice ? 2 : 0);
    for (int i = 0; i < e->n; i++) {
        hox__text part = {0};
        if (is_choice)
            branch(&part, e, i);
        else
            hox__print_expr(&part, e->kid[i]);
        if (i && (is_choice || column(out) + 1 + part.len > PAGE))
            hox__text_printf(out, "\n%*s%s", indent, "", is_choice ? "| " : "");
        else if (i)
            hox__text_putc(out, ' ');
        hox__text_add(out, hox__text_get(&part), part.len);
        out->failed |= part.failed;
        hox__text_deinit(&part);
    }
}

void hox__print_shape(hox__text *out, const hox__shape_expr *s)
{
    hox__text_puts(out, s->name);
    for (int i = 0; i < s->n; i++) {
        hox__text_puts(out, i ? ", " : "(");
        hox__print_expr(out, s->argument[i]);
    }
    if (s->n)
        hox__text_putc(out, ')');
}

static void parameters(hox__text *out, const hox__item *item)
{
    for (int i = 0; i < item->n_params; i++) {
        const hox__param *p = &item->param[i];
        hox__text_puts(out, i ? ", " : "(");
        hox__text_printf(out, "%s%s", p->each ? "each " : "", p->name);
        if (p->domain) {
            hox__text_puts(out, ": ");
            hox__print_expr(out, p->domain);
        }
        if (p->several)
            hox__text_puts(out, " ...");
        if (p->fallback) {
            hox__text_puts(out, " = ");
            hox__print_expr(out, p->fallback);
        }
    }
    if (item->n_params)
        hox__text_putc(out, ')');
}

static void layer(hox__text *out, const hox__item *item)
{
    hox__text_printf(out, "layer %s", item->name);
    parameters(out, item);
    hox__text_puts(out, column(out) > PAGE / 2 ? "\n    : " : " : ");
    hox__print_shape(out, &item->input);
    if (item->where) {
        hox__text_puts(out, " where ");
        hox__print_test(out, item->where);
    }
    hox__text gives = {0};
    hox__text_puts(&gives, "-> ");
    hox__print_shape(&gives, &item->output);
    hox__text_puts(out, column(out) + gives.len >= PAGE ? "\n    " : " ");
    hox__text_add(out, hox__text_get(&gives), gives.len);
    out->failed |= gives.failed;
    hox__text_deinit(&gives);
    if (item->body) {
        hox__text_puts(out, " = ");
        body(out, item->body);
    }
}

/* Where the line text[0..n) breaks so that `room` columns hold it: the blank behind the last comma
 * that fits, or else the last blank; 0: nowhere. Blanks inside strings stay. */
static size_t break_at(const char *text, size_t n, size_t room)
{
    size_t blank = 0, comma = 0;
    bool quoted = false;
    const size_t indent = strspn(text, " ");
    for (size_t i = indent; i < n && i <= room; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && text[i] == ' ' && i > indent) {
            blank = i;
            comma = text[i - 1] == ',' ? i : comma;
        }
    }
    return comma > room / 2 ? comma : blank;
}

/* Breaks the lines from byte `begin` on that are still too long: a break is legal at any blank,
 * since a line that goes on is indented. */
static void wrap(hox__text *out, size_t begin)
{
    hox__text text = {0};
    if (out->failed || out->len - begin <= PAGE)
        return;
    hox__text_add(&text, out->data + begin, out->len - begin);
    out->failed |= text.failed;
    out->len = begin;
    size_t indent = 0;
    for (const char *s = hox__text_get(&text); *s;) {
        const size_t n = strcspn(s, "\n");
        const size_t at = indent + n > PAGE ? break_at(s, n, PAGE - indent) : 0;
        if (at) {
            hox__text_add(out, s, at);
            hox__text_printf(out, "\n%*s", 2 * INDENT, "");
            s += at + 1;
        } else {
            hox__text_add(out, s, n + (s[n] == '\n'));
            s += n + (s[n] == '\n');
        }
        indent = at ? 2 * INDENT : 0;
    }
    hox__text_deinit(&text);
}

void hox__print_head(hox__text *out, const hox__item *item)
{
    hox__text_puts(out, item->kind == HOX__ITEM_KIND ? "kind "
                        : item->once                 ? "once "
                        : item->shared               ? "shared "
                                                     : "");
    hox__text_puts(out, item->name);
    if (item->kind == HOX__ITEM_RULE)
        parameters(out, item);
}

static void equals(hox__text *out, const hox__item *item, size_t head)
{
    const size_t at = column(out);
    hox__print_head(out, item);
    for (size_t n = column(out) - at; n < head; n++)
        hox__text_putc(out, ' ');
    hox__text_puts(out, " = ");
}

static void print_item(hox__text *out, const hox__item *item, size_t head)
{
    switch (item->kind) {
    case HOX__ITEM_USE:
        hox__text_printf(out, "use %s", item->name);
        break;
    case HOX__ITEM_REQUIRE:
        hox__text_puts(out, "require ");
        hox__print_test(out, item->test);
        break;
    case HOX__ITEM_KIND:
        equals(out, item, head);
        hox__print_expr(out, item->body);
        if (item->where) {
            hox__text_puts(out, " where ");
            hox__print_test(out, item->where);
        }
        break;
    case HOX__ITEM_LAYER:
        layer(out, item);
        break;
    case HOX__ITEM_RULE:
        equals(out, item, head);
        body(out, item->body);
        break;
    }
}

void hox__print_aligned(hox__text *out, const hox__item *item, size_t head)
{
    const size_t begin = out->len;
    print_item(out, item, head);
    wrap(out, begin);
}

void hox__print_item(hox__text *out, const hox__item *item)
{
    hox__print_aligned(out, item, 0);
}

void hox__print_tree(hox__text *out, const hox__tree *tree)
{
    for (int i = 0; i < tree->n; i++) {
        const hox__item *item = &tree->item[i];
        if (i && item->blank_lines_before)
            hox__text_putc(out, '\n');
        if (item->comment_before)
            hox__text_printf(out, "%s\n", item->comment_before);
        hox__print_item(out, item);
        if (item->comment_after)
            hox__text_printf(out, "  %s", item->comment_after);
        hox__text_putc(out, '\n');
    }
    if (tree->comment_end)
        hox__text_printf(out, "%s\n", tree->comment_end);
}
