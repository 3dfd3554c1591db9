/* Items and files. After a mistake the rest of the item is skipped: one mistake, one message. */
#include "lang/lexer.h"
#include "lang/parser.h"
#include <string.h>

enum { TEXT_MAX = 64 << 20 };

/* shape = NAME [ CALL sum { "," sum } ")" ] */
static bool shape(hox__parser *p, hox__shape_expr *out)
{
    const hox__place from = p->token->place;
    if (!(out->name =
              hox__expect_name(p, "a shape: any, image, vector or a name of your own", NULL)))
        return false;
    if (p->token->kind == HOX__TOKEN_CALL) {
        const hox__expr **argument = NULL;
        int cap = 0;
        p->token++;
        out->has_arguments = true;
        do {
            const hox__expr *e = hox__parse_sum(p);
            if (!e || !hox__append(p, &argument, &out->n, &cap, &e, sizeof e))
                return false;
        } while (hox__take(p, ","));
        out->argument = argument;
        if (!hox__expect(p, ")", "after the dimensions"))
            return false;
    }
    out->place = hox__span_from(p, from);
    return true;
}

/* rparam = NAME [ "=" expr ]      lparam = [ "each" ] NAME ":" expr [ "..." ] [ "=" expr ] */
static bool parameter(hox__parser *p, bool of_layer, hox__param *out)
{
    const hox__token *t = p->token;
    if (of_layer && t->kind == HOX__TOKEN_NAME && strcmp(t->name, "each") == 0 &&
        t[1].kind == HOX__TOKEN_NAME) {
        out->each = true;
        p->token++;
    }
    if (!(out->name = hox__expect_name(p, "the name of a parameter", &out->place)))
        return false;
    if (of_layer) {
        if (!hox__expect(p, ":", "and the parameter's domain") ||
            !(out->domain = hox__parse_choice(p)))
            return false;
        out->several = hox__take(p, "...");
    }
    return !hox__take(p, "=") || (out->fallback = hox__parse_choice(p)) != NULL;
}

static bool parameters(hox__parser *p, bool of_layer, hox__item *item)
{
    if (p->token->kind != HOX__TOKEN_CALL)
        return true;
    p->token++;
    item->has_params = true;
    hox__param *list = NULL;
    int cap = 0;
    do {
        hox__param one = {0};
        if (!parameter(p, of_layer, &one) ||
            !hox__append(p, &list, &item->n_params, &cap, &one, sizeof one))
            return false;
    } while (hox__take(p, ","));
    item->param = list;
    return hox__expect(p, ")", "after the parameters");
}

/* [ "once" | "shared" ] NAME [ rparams ] "=" expr */
static bool rule(hox__parser *p, hox__item *item)
{
    item->kind = HOX__ITEM_RULE;
    if (!(item->name = hox__expect_name(p, "the name of a rule", &item->name_place)) ||
        !parameters(p, false, item))
        return false;
    if (item->has_params && (item->once || item->shared)) {
        hox__mistake(p, item->name_place, "E0111", "a `%s` rule has no parameters",
                     item->once ? "once" : "shared");
        return false;
    }
    item->equals = p->token->place.byte;
    return hox__expect(p, "=", "and what the rule stands for") &&
           (item->body = hox__parse_choice(p));
}

/* "kind" NAME "=" expr [ "where" test ] */
static bool kind(hox__parser *p, hox__item *item)
{
    item->kind = HOX__ITEM_KIND;
    if (!(item->name = hox__expect_name(p, "the name of a kind", &item->name_place)))
        return false;
    item->equals = p->token->place.byte;
    if (!hox__expect(p, "=", "and the kind's domain") || !(item->body = hox__parse_choice(p)))
        return false;
    return !hox__take_word(p, "where") || (item->where = hox__parse_test(p)) != NULL;
}

/* "layer" NAME [ lparams ] ":" shape [ "where" test ] "->" shape [ "=" expr ] */
static bool layer(hox__parser *p, hox__item *item)
{
    item->kind = HOX__ITEM_LAYER;
    if (!(item->name = hox__expect_name(p, "the name of a layer", &item->name_place)) ||
        !parameters(p, true, item) || !hox__expect(p, ":", "and the layer's shapes") ||
        !shape(p, &item->input))
        return false;
    if (hox__take_word(p, "where") && !(item->where = hox__parse_test(p)))
        return false;
    if (!hox__expect(p, "->", "and the shape that comes out") || !shape(p, &item->output))
        return false;
    return !hox__take(p, "=") || (item->body = hox__parse_choice(p)) != NULL;
}

static bool is_item_word(const hox__parser *p, const char *word)
{
    const hox__token *next = p->token + 1;
    const bool named = next->kind == HOX__TOKEN_NAME;
    const bool test = next->kind != HOX__TOKEN_CALL &&
                      !(next->kind == HOX__TOKEN_PUNCT && strcmp(next->punct, "=") == 0);
    return hox__at_word(p, word) && (named || (strcmp(word, "require") == 0 && test));
}

static bool item(hox__parser *p, hox__item *out)
{
    if (is_item_word(p, "use")) {
        p->token++;
        out->kind = HOX__ITEM_USE;
        return (out->name = hox__expect_name(p, "the name of a vocabulary", &out->name_place)) !=
               NULL;
    }
    if (is_item_word(p, "require")) {
        p->token++;
        out->kind = HOX__ITEM_REQUIRE;
        return (out->test = hox__parse_test(p)) != NULL;
    }
    if (is_item_word(p, "kind")) {
        p->token++;
        return kind(p, out);
    }
    if (is_item_word(p, "layer")) {
        p->token++;
        return layer(p, out);
    }
    if (is_item_word(p, "once") || is_item_word(p, "shared")) {
        out->once = hox__at_word(p, "once");
        out->shared = !out->once;
        p->token++;
    }
    return rule(p, out);
}

/* ---- comments: whole lines above an item, and what stands behind its last line ---- */

/* Comment lines in text[from, to), joined by \n, with one empty line where there were some between
 * them or behind the last; *blank counts empty lines before the first. */
static const char *comment_lines(hox__parser *p, size_t from, size_t to, int *blank)
{
    const char *text = p->source->text;
    size_t len = 0;
    char *out = NULL;
    bool line_start = from == 0, gap = false;
    *blank = 0;
    for (size_t i = from; i < to; i++) {
        if (text[i] == '#') {
            size_t end = i;
            while (end < to && text[end] != '\n' && text[end] != '\r')
                end++;
            if (!out && !(out = hox__parser_alloc(p, to - from + 2, 1)))
                return NULL;
            if (len)
                out[len++] = '\n';
            if (gap)
                out[len++] = '\n';
            gap = false;
            memcpy(out + len, text + i, end - i);
            len += end - i;
            i = end - 1;
            while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t'))
                end--, out[--len] = '\0';
            line_start = false;
        } else if (text[i] == '\n') {
            if (line_start && !out)
                (*blank)++;
            gap |= line_start && out;
            line_start = true;
        }
    }
    if (gap && to < p->source->n)
        out[len] = '\n';
    return out;
}

/* Behind the last token before `end`, on its line. */
static const char *comment_behind(hox__parser *p, size_t from, size_t *stop)
{
    const char *text = p->source->text;
    while (text[from] == ' ' || text[from] == '\t' || text[from] == ';')
        from++;
    *stop = from;
    if (text[from] != '#')
        return NULL;
    size_t end = from;
    while (end < p->source->n && text[end] != '\n' && text[end] != '\r')
        end++;
    *stop = end;
    while (end > from && (text[end - 1] == ' ' || text[end - 1] == '\t'))
        end--;
    char *out = hox__parser_alloc(p, end - from + 1, 1);
    if (out)
        memcpy(out, text + from, end - from);
    return out;
}

static void skip_item(hox__parser *p)
{
    while (p->token->kind != HOX__TOKEN_SEP && p->token->kind != HOX__TOKEN_END)
        p->token++;
}

static void items(hox__parser *p, hox__lexer *lexer, hox__tree *tree)
{
    hox__item *list = NULL;
    int cap = 0;
    size_t behind = 0; /* where the text after the last item begins */
    for (;;) {
        p->token = hox__lex_item(lexer);
        if (!p->token || p->memory) {
            p->memory = true;
            return;
        }
        if (p->token->kind == HOX__TOKEN_END)
            break;
        hox__item one = {0};
        const hox__place from = p->token->place;
        p->failed = false;
        p->depth = 0;
        one.comment_before = comment_lines(p, behind, from.byte, &one.blank_lines_before);
        bool good = item(p, &one);
        if (good && p->token->kind != HOX__TOKEN_SEP && p->token->kind != HOX__TOKEN_END) {
            hox__unexpected(p, "the end of the item");
            good = false;
        }
        skip_item(p);
        one.place = hox__span_from(p, from);
        one.comment_after = comment_behind(p, one.place.byte + one.place.length, &behind);
        if (good && !hox__append(p, &list, &tree->n, &cap, &one, sizeof one))
            break;
    }
    int blank;
    tree->comment_end = comment_lines(p, behind, p->source->n, &blank);
    tree->item = list;
}

static bool copy_source(hox__arena *arena, hox__source *out, const char *name, const char *text,
                        size_t n)
{
    out->name = hox__arena_copy(arena, name, strlen(name));
    out->text = hox__arena_copy(arena, text, n);
    out->n = n;
    return out->name && out->text;
}

const hox__tree *hox__parse(hox__arena *arena, const char *name, const char *text, size_t n,
                            hox_diagnostics *list)
{
    hox__tree *tree = HOX__NEW(arena, hox__tree);
    if (!tree || !copy_source(arena, &tree->source, name, text, n > TEXT_MAX ? 0 : n))
        return NULL;
    if (n > TEXT_MAX) {
        hox__diagnose(list, &tree->source, (hox__place){0}, "E0109",
                      "a file of %zu bytes is too large; the limit is %d", n, (int)TEXT_MAX);
        return tree;
    }
    hox__parser p = {.arena = arena, .source = &tree->source, .list = list};
    hox__lexer lexer;
    hox__lexer_begin(&lexer, arena, &tree->source, list);
    items(&p, &lexer, tree);
    return p.memory ? NULL : tree;
}

const hox__expr *hox__parse_expr(hox__arena *arena, const char *name, const char *text, size_t n,
                                 const hox__source **source, hox_diagnostics *list)
{
    hox__source *own = HOX__NEW(arena, hox__source);
    size_t count;
    if (!own || n > TEXT_MAX || !copy_source(arena, own, name, text, n))
        return NULL;
    *source = own;
    hox__parser p = {.arena = arena, .source = own, .list = list};
    p.token = hox__lex(arena, own, list, &count);
    if (!p.token)
        return NULL;
    const hox__expr *e = hox__parse_choice(&p);
    if (e && p.token->kind != HOX__TOKEN_END) {
        hox__unexpected(&p, "the end of the expression");
        return NULL;
    }
    return e;
}
