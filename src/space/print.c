/* A derivation as a .hox file: the sentence.
 *
 * Every rule is written out where it was used; equal results share one definition under the rule's
 * name, different ones are numbered in order of first use (language.md, "How a sentence prints").
 * Bodies are collected with references as marks, \1 number \2, and named at the end.
 */
#include "lang/print.h"
#include "base/alloc.h"
#include "base/table.h"
#include "space/sentence.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *base, *body;
    bool shared;
    int number; /* among those of its base, in order of first use; 0: not used yet */
} definition;

/* How to search is not part of what was found. */
bool hox__is_printed(const char *root)
{
    return strcmp(root, "search") && strcmp(root, "walk");
}

typedef struct {
    const hox__derivation *d;
    hox__arena *arena;
    hox__table *known; /* "base\0body" -> definition */
    hox__table *count; /* base -> how many are used */
    bool failed;
} printer;

static void chain(printer *p, hox__text *out, const hox__node *node, int *pieces);

static void piece(hox__text *out, int *pieces)
{
    if ((*pieces)++)
        hox__text_putc(out, ' ');
}

static int define(printer *p, const char *base, const char *body, bool shared)
{
    hox__text key = {0};
    hox__text_puts(&key, base);
    hox__text_putc(&key, '=');
    hox__text_puts(&key, body);
    int id = -1;
    size_t n = hox__table_count(p->known);
    definition *d = key.failed ? NULL : hox__table_get(p->known, key.data, key.len);
    if (!d && !key.failed && (d = HOX__NEW(p->arena, definition))) {
        d->base = base;
        d->body = hox__arena_copy(p->arena, body, strlen(body));
        d->shared = shared;
        if (!d->body || !hox__table_put(p->known, key.data, key.len, d))
            d = NULL;
    }
    for (size_t i = 0; d && id < 0 && i <= n && i < hox__table_count(p->known); i++)
        if (hox__table_at(p->known, i, NULL, NULL) == d)
            id = (int)i;
    p->failed |= id < 0;
    hox__text_deinit(&key);
    return id;
}

/* A use of a rule, or of a network argument: a reference to its definition. */
static void reference(printer *p, hox__text *out, const char *base, const hox__node *body,
                      bool shared, int *pieces)
{
    hox__text text = {0};
    int n = 0;
    chain(p, &text, body, &n);
    if (n) {
        int id = define(p, base, hox__text_get(&text), shared);
        piece(out, pieces);
        hox__text_printf(out, "\1%d\2", id);
    }
    p->failed |= text.failed;
    hox__text_deinit(&text);
}

static void scalar(printer *p, hox__text *out, const hox__node *node)
{
    int n = 0;
    chain(p, out, node, &n);
    if (!n)
        hox__text_puts(out, "nothing");
}

static bool is_binary(const hox__node *node)
{
    while (node->n && (node->phrase->kind == HOX__CHOICE || node->phrase->kind == HOX__PARAM))
        node = node->kid[0];
    return node->phrase->kind == HOX__BINARY || node->phrase->kind == HOX__COPIES;
}

static void operand(printer *p, hox__text *out, const hox__node *node)
{
    hox__text text = {0};
    int n = 0;
    chain(p, &text, node, &n);
    bool group = n != 1 || is_binary(node);
    hox__text_puts(out, group ? "(" : "");
    hox__text_puts(out, n ? hox__text_get(&text) : "nothing");
    hox__text_puts(out, group ? ")" : "");
    p->failed |= text.failed;
    hox__text_deinit(&text);
}

static void binary(printer *p, hox__text *out, const hox__node *node, int *pieces)
{
    piece(out, pieces);
    operand(p, out, node->kid[0]);
    hox__text_printf(out, " %c ", node->phrase->op);
    operand(p, out, node->kid[1]);
}

static void copies(printer *p, hox__text *out, const hox__node *node, int *pieces)
{
    hox__text body = {0};
    int n = 0;
    if (node->n)
        chain(p, &body, node->kid[0], &n);
    if (n) {
        piece(out, pieces);
        operand(p, out, node->count);
        bool group = n > 1 || is_binary(node->kid[0]);
        hox__text_puts(out, group ? " * (" : " * ");
        hox__text_puts(out, hox__text_get(&body));
        if (group)
            hox__text_putc(out, ')');
    }
    p->failed |= body.failed;
    hox__text_deinit(&body);
}

static bool is_absent(const hox__node *node)
{
    return node->phrase->kind == HOX__CHAIN && node->phrase->n == 0;
}

/* The networks of a graph: a list where they may differ, in the order of wiring.h. */
static void positions(printer *p, hox__text *out, const hox__node *node, int k, bool varies)
{
    const hox__layer *layer = node->phrase->layer;
    int g = 0;
    while (layer->group[g] != k)
        g++;
    const hox__form *form = hox__wired_form(node);
    const int from = hox__wired_at(form, (hox__part_kind)g);
    const int n = hox__form_parts(form, (hox__part_kind)g);
    int one = 0;
    while (one + 1 < n && is_absent(node->kid[from + one]))
        one++;
    if (varies)
        hox__text_putc(out, '[');
    for (int i = varies ? 0 : one; i < (varies ? n : one + 1) && i < n; i++) {
        if (varies && i)
            hox__text_puts(out, ", ");
        scalar(p, out, node->kid[from + i]);
    }
    if (varies)
        hox__text_putc(out, ']');
    else if (n == 0)
        hox__text_puts(out, "nothing");
}

static void arguments(printer *p, hox__text *out, const hox__node *node)
{
    const hox__phrase *f = node->phrase;
    int part = 0;
    hox__text_puts(out, f->name);
    if (f->n == 0)
        return;
    hox__text_putc(out, '(');
    for (int i = 0; i < f->n; i++) {
        if (i)
            hox__text_puts(out, ", ");
        if (f->label && f->label[i])
            hox__text_printf(out, "%s: ", f->label[i]);
        const hox__node *a;
        if (f->kind == HOX__LAYER && node->wired && f->layer->param[f->param[i]].is_network) {
            positions(p, out, node, f->param[i], f->kid[i]->varies);
            continue;
        }
        if (f->kind == HOX__FREE)
            a = node->kid[i];
        else if (f->layer->param[f->param[i]].is_network)
            a = part < node->n && !f->layer->body ? node->kid[part++] : NULL;
        else
            a = node->call->thunk[f->param[i]].node;
        if (a)
            scalar(p, out, a);
    }
    hox__text_putc(out, ')');
}

static void list(printer *p, hox__text *out, const hox__node *node)
{
    hox__text_putc(out, '[');
    for (int i = 0; i < node->n; i++) {
        if (i)
            hox__text_puts(out, ", ");
        scalar(p, out, node->kid[i]);
    }
    hox__text_putc(out, ']');
}

/* `log 0.1` would be read as a range. */
static bool is_soft(const char *word)
{
    return !strcmp(word, "log") || !strcmp(word, "budget") || !strcmp(word, "step");
}

static void chain(printer *p, hox__text *out, const hox__node *node, int *pieces)
{
    const hox__phrase *f = node->phrase;
    switch (f->kind) {
    case HOX__NUMBER:
    case HOX__RANGE:
        piece(out, pieces);
        hox__text_number(out, hox__node_value(node).number);
        return;
    case HOX__WORD:
        piece(out, pieces);
        hox__text_printf(out, is_soft(f->name) ? "(%s)" : "%s", f->name);
        return;
    case HOX__TEXT:
    case HOX__BUDGET:
        piece(out, pieces);
        hox__print_expr(out, f->expr);
        return;
    case HOX__LAYER:
    case HOX__FREE:
        piece(out, pieces);
        arguments(p, out, node);
        return;
    case HOX__LIST:
        piece(out, pieces);
        list(p, out, node);
        return;
    case HOX__RULE:
        if (node->n)
            reference(p, out, f->rule->base, node->kid[0], f->rule->shared, pieces);
        return;
    case HOX__PARAM:
        if (node->n && node->network)
            reference(p, out, f->name, node->kid[0], false, pieces);
        else if (node->n)
            chain(p, out, node->kid[0], pieces);
        return;
    case HOX__BINARY:
    case HOX__COPIES:
        if (node->network)
            copies(p, out, node, pieces);
        else
            binary(p, out, node, pieces);
        return;
    case HOX__CHAIN:
    case HOX__CHOICE:
    case HOX__REPEAT:
        for (int i = 0; i < node->n; i++)
            chain(p, out, node->kid[i], pieces);
        return;
    }
}

/* ---- names at the end ---- */

typedef struct {
    int n, cap;
    definition **d;
} order;

static void use(printer *p, order *o, definition *d)
{
    if (d->number)
        return;
    uintptr_t k = (uintptr_t)hox__table_gets(p->count, d->base) + 1;
    d->number = (int)k;
    if (!hox__table_puts(p->count, d->base, (void *)k))
        p->failed = true;
    if (o->n == o->cap) {
        int cap = o->cap ? 2 * o->cap : 32;
        definition **list = HOX__NEW_N(p->arena, definition *, cap);
        if (!list) {
            p->failed = true;
            return;
        }
        if (o->n)
            memcpy(list, o->d, sizeof(*list) * (size_t)o->n);
        o->d = list;
        o->cap = cap;
    }
    o->d[o->n++] = d;
}

/* Numbers definitions in the order a reader meets them. */
static void meet(printer *p, order *o, const char *body)
{
    for (const char *c = strchr(body, 1); c && !p->failed; c = strchr(c + 1, 1)) {
        definition *d = hox__table_at(p->known, (size_t)atoi(c + 1), NULL, NULL);
        int before = o->n;
        use(p, o, d);
        if (o->n > before)
            meet(p, o, d->body);
    }
}

static void name(printer *p, hox__text *out, const definition *d)
{
    hox__text_puts(out, d->base);
    if ((uintptr_t)hox__table_gets(p->count, d->base) > 1)
        hox__text_printf(out, ".%d", d->number);
}

static void body(printer *p, hox__text *out, const char *text)
{
    const char *c;
    for (; (c = strchr(text, 1)); text = strchr(c, 2) + 1) {
        hox__text_add(out, text, (size_t)(c - text));
        name(p, out, hox__table_at(p->known, (size_t)atoi(c + 1), NULL, NULL));
    }
    hox__text_puts(out, text);
}

static void definitions(printer *p, hox__text *out, const order *o, int from, int to)
{
    for (int i = from; i < to && !p->failed; i++) {
        const definition *d = o->d[i];
        if (d->shared)
            hox__text_puts(out, "shared ");
        name(p, out, d);
        hox__text_puts(out, " = ");
        body(p, out, d->body);
        hox__text_putc(out, '\n');
    }
}

static void heading(hox__text *out, const hox_space *space)
{
    for (int i = 0; i < space->n_uses; i++) {
        hox__print_item(out, space->use[i]);
        hox__text_putc(out, '\n');
    }
    for (int i = 0; i < space->tree->n; i++) {
        const hox__item *item = &space->tree->item[i];
        if (item->kind == HOX__ITEM_KIND || item->kind == HOX__ITEM_LAYER) {
            hox__print_item(out, item);
            hox__text_putc(out, '\n');
        }
    }
}

/* Roots in file order, objective first; each is followed by the definitions it is first to use. */
static void roots(printer *p, hox__text *out, const char **text)
{
    const hox_space *space = p->d->space;
    order o = {0};
    int *end = HOX__NEW_N(p->arena, int, space->n_roots + 1);
    if (!end) {
        p->failed = true;
        return;
    }
    for (int i = 0; i < space->n_roots && !p->failed; i++) {
        if (hox__is_printed(space->root[i]->name))
            meet(p, &o, text[i]);
        end[i] = o.n;
    }
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < space->n_roots && !p->failed; i++) {
            const char *root = space->root[i]->name;
            if (!hox__is_printed(root) || (turn == 0) != !strcmp(root, "objective"))
                continue;
            hox__text_printf(out, "%s = ", root);
            body(p, out, *text[i] ? text[i] : "nothing");
            hox__text_putc(out, '\n');
            definitions(p, out, &o, i ? end[i - 1] : 0, end[i]);
        }
}

bool hox__sentence_print(hox__text *out, const hox__derivation *d, bool with_walk)
{
    const hox_space *space = d->space;
    printer p = {d, hox__arena_new((size_t)64 << 20), hox__table_new(), hox__table_new(), false};
    const char **text = hox__alloc((size_t)space->n_roots + 1, sizeof *text);
    p.failed = !p.arena || !p.known || !p.count || !text;
    for (int i = 0; i < space->n_roots && !p.failed; i++) {
        hox__text t = {0};
        int n = 0;
        chain(&p, &t, d->root[i], &n);
        text[i] = t.failed ? NULL : hox__arena_copy(p.arena, hox__text_get(&t), t.len);
        p.failed |= !text[i];
        hox__text_deinit(&t);
    }
    if (!p.failed) {
        heading(out, space);
        roots(&p, out, text);
        char *walk = with_walk && d->n ? hox__derivation_walk(d) : NULL;
        if (walk)
            hox__text_printf(out, "walk = \"%s\"\n", walk);
        hox__free(walk);
    }
    hox__free(text);
    hox__table_free(p.known);
    hox__table_free(p.count);
    hox__arena_free(p.arena);
    return !p.failed && !out->failed;
}
