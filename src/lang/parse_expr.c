/* Expressions: one function a production of language.md, section 2. */
#include "lang/parser.h"
#include <string.h>

static hox__expr *node(hox__parser *p, hox__expr_kind kind, hox__place from)
{
    hox__expr *e = hox__parser_alloc(p, 1, sizeof *e);
    if (e) {
        e->kind = kind;
        e->place = hox__span_from(p, from);
    }
    return e;
}

/* Lists grow on the stack of their function; most stay there, until they are kept. */
enum { FEW = 8 };

static hox__expr *with_kids(hox__parser *p, hox__expr_kind kind, hox__place from,
                            const hox__expr *const *kid, int n)
{
    hox__expr *e = node(p, kind, from);
    if (!e || !n)
        return e;
    e->kid = hox__keep(p, kid, n, sizeof(*kid));
    e->n = n;
    return e->kid ? e : NULL;
}

static hox__expr *with_one(hox__parser *p, hox__expr_kind kind, hox__place from, const hox__expr *a,
                           const hox__expr *b)
{
    const hox__expr *const kid[2] = {a, b};
    return with_kids(p, kind, from, kid, b ? 2 : 1);
}

static bool starts_number(const hox__parser *p)
{
    return p->token->kind == HOX__TOKEN_NUMBER ||
           (hox__at(p, "-") && p->token[1].kind == HOX__TOKEN_NUMBER);
}

static bool number_follows(const hox__parser *p, int ahead)
{
    const hox__token *t = p->token + ahead;
    return t->kind == HOX__TOKEN_NUMBER ||
           (t->kind == HOX__TOKEN_PUNCT && strcmp(t->punct, "-") == 0 &&
            t[1].kind == HOX__TOKEN_NUMBER);
}

/* `log` before a number, `budget` before a number or `log`, are not names. */
static bool starts_range(const hox__parser *p)
{
    if (starts_number(p))
        return true;
    if (hox__at_word(p, "log"))
        return number_follows(p, 1);
    if (!hox__at_word(p, "budget"))
        return false;
    const hox__token *t = p->token + 1;
    return number_follows(p, 1) ||
           (t->kind == HOX__TOKEN_NAME && strcmp(t->name, "log") == 0 && number_follows(p, 2));
}

/* number [ "step" number ] [ "~" number ], behind the dots */
static bool range_goes_on(hox__parser *p, hox__expr *e, hox__range_tail *ends)
{
    hox__place ignored;
    e->is_range = true;
    if (!hox__parse_number(p, &ends->high, &ignored))
        return false;
    if (hox__at_word(p, "step") && number_follows(p, 1)) {
        p->token++;
        e->has_step = true;
        if (!hox__parse_number(p, &ends->step, &ignored))
            return false;
    }
    if (hox__take(p, "~")) {
        e->has_centre = true;
        if (!hox__parse_number(p, &ends->centre, &ignored))
            return false;
    }
    if (hox__at(p, ":") && p->token[1].kind == HOX__TOKEN_NAME &&
        strcmp(p->token[1].name, "log") == 0) {
        hox_diagnostic *d =
            hox__mistake(p, p->token->place, "E0110", "`log` stands before a range");
        hox__diagnose_help(p->list, d, "write `log %s .. %s`", e->number.spelled,
                           ends->high.spelled);
        return false;
    }
    return true;
}

/* range = [ "budget" ] [ "log" ] number [ ".." number [ "step" number ] [ "~" number ] ] */
static const hox__expr *range(hox__parser *p)
{
    const hox__place from = p->token->place;
    hox__place ignored;
    hox__expr e = {0};
    e.is_budget = hox__take_word(p, "budget");
    e.is_log = hox__take_word(p, "log");
    if (!hox__parse_number(p, &e.number, &ignored))
        return NULL;
    hox__range_tail ends = {.high = e.number};
    if (hox__take(p, "..") && !range_goes_on(p, &e, &ends))
        return NULL;
    const bool plain = !e.is_range && !e.is_log && !e.is_budget;
    hox__expr *out = node(p, plain ? HOX__EXPR_NUMBER : HOX__EXPR_RANGE, from);
    if (!out)
        return NULL;
    e.place = out->place;
    e.kind = out->kind;
    e.ends = plain ? NULL : hox__keep(p, &ends, 1, sizeof ends);
    *out = e;
    return plain || e.ends ? out : NULL;
}

/* arg = [ NAME ":" ] expr */
static bool argument(hox__parser *p, const char **label, hox__place *label_place,
                     const hox__expr **value)
{
    *label = NULL;
    *label_place = (hox__place){0};
    const hox__token *t = p->token;
    if (t->kind == HOX__TOKEN_NAME && t[1].kind == HOX__TOKEN_PUNCT &&
        strcmp(t[1].punct, ":") == 0) {
        *label = t->name;
        *label_place = t->place;
        p->token += 2;
    }
    return (*value = hox__parse_choice(p)) != NULL;
}

/* The `)` of a call. When it is missing and the last argument is a number or a text with words
 * behind it, it is missing behind that. */
static bool close_arguments(hox__parser *p, const hox__expr *first, const hox__expr *last)
{
    if (hox__take(p, ")"))
        return true;
    const bool ends = p->token->kind == HOX__TOKEN_SEP || p->token->kind == HOX__TOKEN_END;
    const hox__expr *head = first && first->kind == HOX__EXPR_CHAIN ? first->kid[0] : first;
    if (ends && head && head->kind == HOX__EXPR_GROUP) { /* f((a) b: one of the two is too many */
        hox_diagnostic *d = hox__mistake(p, (hox__place){head->place.byte, 1}, "E0110",
                                         "there is a `(` that no `)` closes");
        hox__diagnose_label(p->list, d, "expected one `)` more before the item ends");
        return false;
    }
    if (last && last->kind == HOX__EXPR_CHAIN &&
        (last->kid[0]->kind == HOX__EXPR_NUMBER || last->kid[0]->kind == HOX__EXPR_RANGE ||
         last->kid[0]->kind == HOX__EXPR_STRING)) {
        const hox__place number = last->kid[0]->place;
        hox_diagnostic *d = hox__mistake(p, (hox__place){number.byte + number.length, 0}, "E0110",
                                         "expected `)` after the arguments");
        hox__diagnose_label(p->list, d, "expected `)` here or later");
        return false;
    }
    return hox__expect(p, ")", "after the arguments");
}

/* NAME [ CALL [ arg { "," arg } ] ")" ] */
static const hox__expr *name_or_call(hox__parser *p)
{
    const hox__place from = p->token->place;
    const char *name = p->token++->name;
    if (p->token->kind != HOX__TOKEN_CALL) {
        hox__expr *e = node(p, HOX__EXPR_NAME, from);
        if (e)
            e->name = name;
        if (e)
            e->name_place = from;
        return e;
    }
    p->token++;
    const hox__expr *kids[FEW], **kid = kids;
    const char *words[FEW], **label = words;
    hox__place spots[FEW], *where = spots;
    int n = 0, labels = 0, places = 0, cap[3] = {FEW, FEW, FEW};
    while (!hox__at(p, ")")) {
        const char *l;
        hox__place lp;
        const hox__expr *value;
        if (!argument(p, &l, &lp, &value) ||
            !hox__append(p, &kid, &n, &cap[0], &value, sizeof value) ||
            !hox__append(p, &label, &labels, &cap[1], &l, sizeof l) ||
            !hox__append(p, &where, &places, &cap[2], &lp, sizeof lp))
            return NULL;
        if (!hox__take(p, ","))
            break;
    }
    if (!close_arguments(p, n ? kid[0] : NULL, n ? kid[n - 1] : NULL))
        return NULL;
    hox__expr *e = with_kids(p, HOX__EXPR_CALL, from, kid, n);
    if (!e)
        return NULL;
    e->name = name;
    e->name_place = from;
    e->label = n ? hox__keep(p, label, n, sizeof *label) : NULL;
    e->label_place = n ? hox__keep(p, where, n, sizeof *where) : NULL;
    return n && (!e->label || !e->label_place) ? NULL : e;
}

/* "(" expr ")" */
static const hox__expr *group(hox__parser *p)
{
    const hox__place from = p->token++->place;
    const hox__expr *inner = hox__parse_choice(p);
    const hox__token_kind next = p->token->kind;
    if (inner && (hox__at(p, ",") || next == HOX__TOKEN_SEP || next == HOX__TOKEN_END)) {
        hox_diagnostic *d = hox__mistake(p, from, "E0110", "this group is not closed");
        hox__diagnose_label(p->list, d, "expected `)` %s",
                            hox__at(p, ",") ? "before the next `,`" : "before the item ends");
        return NULL;
    }
    if (!inner || !hox__expect(p, ")", "to close the group"))
        return NULL;
    return with_one(p, HOX__EXPR_GROUP, from, inner, NULL);
}

/* "[" [ expr { "," expr } ] "]" */
static const hox__expr *list(hox__parser *p)
{
    const hox__place from = p->token++->place;
    const hox__expr *kids[FEW], **kid = kids;
    int n = 0, cap = FEW;
    while (!hox__at(p, "]")) {
        const hox__expr *e = hox__parse_choice(p);
        if (!e || !hox__append(p, &kid, &n, &cap, &e, sizeof e))
            return NULL;
        if (!hox__take(p, ","))
            break;
    }
    if (!hox__expect(p, "]", "to close the list"))
        return NULL;
    return with_kids(p, HOX__EXPR_LIST, from, kid, n);
}

/* atom = NAME … | range | STRING | "(" expr ")" | "[" … "]" */
static const hox__expr *atom(hox__parser *p)
{
    if (starts_range(p))
        return range(p);
    if (hox__at_name(p))
        return name_or_call(p);
    if (p->token->kind == HOX__TOKEN_STRING) {
        const hox__place from = p->token->place;
        const char *text = p->token++->name;
        hox__expr *e = node(p, HOX__EXPR_STRING, from);
        if (e)
            e->name = text;
        return e;
    }
    if (hox__at(p, "(") || p->token->kind == HOX__TOKEN_CALL)
        return group(p);
    if (hox__at(p, "["))
        return list(p);
    hox__unexpected(p, "a name, a number, a string, `(` or `[`");
    return NULL;
}

/* postfix = atom [ "{" expr "}" | "?" ] */
static const hox__expr *postfix(hox__parser *p)
{
    const hox__place from = p->token->place;
    const hox__expr *e = atom(p);
    if (e && hox__take(p, "{")) {
        const hox__expr *count = hox__parse_choice(p);
        if (!count || !hox__expect(p, "}", "after the count"))
            return NULL;
        return with_one(p, HOX__EXPR_REPEAT, from, e, count);
    }
    if (e && hox__take(p, "?"))
        return with_one(p, HOX__EXPR_OPTION, from, e, NULL);
    return e;
}

static const hox__expr *binary(hox__parser *p, const char *operators,
                               const hox__expr *(*operand)(hox__parser *))
{
    const hox__place from = p->token->place;
    const hox__expr *left = operand(p);
    int chained = 0;
    while (left && p->token->kind == HOX__TOKEN_PUNCT && !p->token->punct[1] &&
           strchr(operators, p->token->punct[0])) {
        if (++chained > HOX__NESTING_MAX) { /* the tree leans left: as deep as it is long */
            hox__mistake(p, p->token->place, "E0108", "nested deeper than %d",
                         (int)HOX__NESTING_MAX);
            return NULL;
        }
        const char op = p->token++->punct[0];
        const hox__expr *right = operand(p);
        hox__expr *e = right ? with_one(p, HOX__EXPR_BINARY, from, left, right) : NULL;
        if (e)
            e->op = op;
        left = e;
    }
    return left;
}

/* product = postfix { ("*" | "/" | "%") postfix } */
static const hox__expr *product(hox__parser *p)
{
    return binary(p, "*/%", postfix);
}

/* sum = product { ("+" | "-") product } */
const hox__expr *hox__parse_sum(hox__parser *p)
{
    return binary(p, "+-", product);
}

static bool continues_chain(const hox__parser *p)
{
    const hox__token_kind k = p->token->kind;
    return hox__at_name(p) || k == HOX__TOKEN_NUMBER || k == HOX__TOKEN_STRING ||
           k == HOX__TOKEN_CALL || hox__at(p, "(") || hox__at(p, "[");
}

/* chain = sum { sum } */
static const hox__expr *chain(hox__parser *p)
{
    const hox__place from = p->token->place;
    const hox__expr *first = hox__parse_sum(p);
    if (!first || !continues_chain(p))
        return first;
    const hox__expr *kids[FEW] = {first}, **kid = kids;
    int n = 1, cap = FEW;
    while (continues_chain(p)) {
        const hox__expr *next = hox__parse_sum(p);
        if (!next || !hox__append(p, &kid, &n, &cap, &next, sizeof next))
            return NULL;
    }
    return with_kids(p, HOX__EXPR_CHAIN, from, kid, n);
}

/* branch = chain [ "@" NUMBER ] */
static bool branch(hox__parser *p, const hox__expr **e, hox__literal *weight)
{
    *weight = (hox__literal){.value = 1};
    if (!(*e = chain(p)))
        return false;
    if (!hox__take(p, "@"))
        return true;
    if (p->token->kind != HOX__TOKEN_NUMBER) {
        hox__unexpected(p, "a weight, a number, after `@`");
        return false;
    }
    *weight = p->token++->number;
    return true;
}

/* Most expressions are one branch: lists are made for the others only. */
static const hox__expr *choice(hox__parser *p)
{
    const hox__place from = p->token->place;
    const hox__expr *kids[FEW], **kid = kids, *e;
    hox__literal some[FEW], *weights = some, w;
    int n = 0, n_weights = 0, cap[2] = {FEW, FEW};
    bool weighted = false, more;
    do {
        if (!branch(p, &e, &w))
            return NULL;
        weighted |= w.spelled != NULL;
        more = hox__take(p, "|");
        if (n == 0 && !more && !weighted)
            return e;
        if (!hox__append(p, &kid, &n, &cap[0], &e, sizeof e) ||
            !hox__append(p, &weights, &n_weights, &cap[1], &w, sizeof w))
            return NULL;
    } while (more);
    hox__expr *all = with_kids(p, HOX__EXPR_CHOICE, from, kid, n);
    if (all && weighted && !(all->weight = hox__keep(p, weights, n, sizeof *weights)))
        return NULL;
    return all;
}

/* expr = branch { "|" branch } */
const hox__expr *hox__parse_choice(hox__parser *p)
{
    if (!hox__descend(p))
        return NULL;
    const hox__expr *e = choice(p);
    hox__rise(p);
    return e;
}
