/* Tests: what stands after `require` and `where`. */
#include "lang/parser.h"
#include <string.h>

static hox__test *node(hox__parser *p, hox__test_kind kind, hox__place from, const hox__test *a,
                       const hox__test *b)
{
    hox__test *t = hox__parser_alloc(p, 1, sizeof *t);
    const hox__test **kid = hox__parser_alloc(p, 2, sizeof *kid);
    if (!t || !kid)
        return NULL;
    t->kind = kind;
    t->place = hox__span_from(p, from);
    kid[0] = a;
    kid[1] = b;
    t->kid = kid;
    t->n = b ? 2 : a ? 1 : 0;
    return t;
}

/* NAME [ CALL test { "," test } ")" ]; `filters in net` are two arguments */
static const hox__test *name_or_call(hox__parser *p)
{
    const hox__place from = p->token->place;
    const char *name = p->token++->name;
    const hox__test **kid = NULL;
    int n = 0, cap = 0;
    const bool call = p->token->kind == HOX__TOKEN_CALL;
    if (call) {
        p->token++;
        do {
            const hox__test *t = hox__parse_test(p);
            if (!t || !hox__append(p, &kid, &n, &cap, &t, sizeof t))
                return NULL;
        } while (hox__take(p, ",") ||
                 (n == 1 && kid[0]->kind == HOX__TEST_NAME && hox__take_word(p, "in")));
        if (!hox__expect(p, ")", "after the arguments"))
            return NULL;
    }
    hox__test *t = node(p, call ? HOX__TEST_CALL : HOX__TEST_NAME, from, NULL, NULL);
    if (t) {
        t->name = name;
        t->kid = kid;
        t->n = n;
    }
    return t;
}

/* tatom = number | STRING | NAME [ CALL … ] | "(" test ")" */
static const hox__test *atom(hox__parser *p)
{
    const hox__place from = p->token->place;
    if (p->token->kind == HOX__TOKEN_NUMBER || hox__at(p, "-")) {
        hox__literal value;
        hox__place ignored;
        if (!hox__parse_number(p, &value, &ignored))
            return NULL;
        hox__test *t = node(p, HOX__TEST_NUMBER, from, NULL, NULL);
        if (t)
            t->number = value;
        return t;
    }
    if (p->token->kind == HOX__TOKEN_STRING) {
        const char *text = p->token++->name;
        hox__test *t = node(p, HOX__TEST_STRING, from, NULL, NULL);
        if (t)
            t->name = text;
        return t;
    }
    if (hox__at_name(p))
        return name_or_call(p);
    if (hox__at(p, "(") || p->token->kind == HOX__TOKEN_CALL) {
        p->token++;
        const hox__test *inner = hox__parse_test(p);
        if (!inner || !hox__expect(p, ")", "to close the group"))
            return NULL;
        return node(p, HOX__TEST_GROUP, from, inner, NULL);
    }
    hox__unexpected(p, "a number, a string, a name or `(`");
    return NULL;
}

/* One level of left-associative operators or words. */
static const hox__test *level(hox__parser *p, const char *operators, hox__test_kind kind,
                              const hox__test *(*operand)(hox__parser *))
{
    const hox__place from = p->token->place;
    const hox__test *left = operand(p);
    int chained = 0;
    while (left && p->token->kind == HOX__TOKEN_PUNCT && !p->token->punct[1] &&
           strchr(operators, p->token->punct[0])) {
        if (++chained > HOX__NESTING_MAX) {
            hox__mistake(p, p->token->place, "E0108", "nested deeper than %d",
                         (int)HOX__NESTING_MAX);
            return NULL;
        }
        const char op = p->token++->punct[0];
        const hox__test *right = operand(p);
        hox__test *t = right ? node(p, kind, from, left, right) : NULL;
        if (t)
            t->op_text[0] = op;
        left = t;
    }
    return left;
}

/* tprod = tatom { ("*" | "/" | "%") tatom } */
static const hox__test *product(hox__parser *p)
{
    return level(p, "*/%", HOX__TEST_BINARY, atom);
}

/* tsum = tprod { ("+" | "-") tprod } */
static const hox__test *sum(hox__parser *p)
{
    return level(p, "+-", HOX__TEST_BINARY, product);
}

/* neg = "not" neg | tsum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") tsum ] */
static const hox__test *negation(hox__parser *p)
{
    const hox__place from = p->token->place;
    if (hox__take_word(p, "not")) {
        if (!hox__descend(p))
            return NULL;
        const hox__test *inner = negation(p);
        hox__rise(p);
        return inner ? node(p, HOX__TEST_NOT, from, inner, NULL) : NULL;
    }
    const hox__test *left = sum(p);
    static const char *const compare[] = {"==", "!=", "<", "<=", ">", ">="};
    for (size_t i = 0; left && i < sizeof compare / sizeof compare[0]; i++)
        if (hox__take(p, compare[i])) {
            const hox__test *right = sum(p);
            hox__test *t = right ? node(p, HOX__TEST_COMPARE, from, left, right) : NULL;
            if (t)
                memcpy(t->op_text, compare[i], strlen(compare[i]));
            return t;
        }
    if (left && hox__at(p, "=")) {
        hox_diagnostic *d = hox__mistake(p, p->token->place, "E0110", "`=` does not compare");
        hox__diagnose_fix(p->list, d, true, "==");
        return NULL;
    }
    return left;
}

static const hox__test *words(hox__parser *p, const char *word, hox__test_kind kind,
                              const hox__test *(*operand)(hox__parser *))
{
    const hox__place from = p->token->place;
    const hox__test *left = operand(p);
    int chained = 0;
    while (left && hox__take_word(p, word)) {
        if (++chained > HOX__NESTING_MAX) {
            hox__mistake(p, p->token->place, "E0108", "nested deeper than %d",
                         (int)HOX__NESTING_MAX);
            return NULL;
        }
        const hox__test *right = operand(p);
        left = right ? node(p, kind, from, left, right) : NULL;
    }
    return left;
}

/* both = neg { "and" neg } */
static const hox__test *both(hox__parser *p)
{
    return words(p, "and", HOX__TEST_AND, negation);
}

/* test = both { "or" both } */
const hox__test *hox__parse_test(hox__parser *p)
{
    if (!hox__descend(p))
        return NULL;
    const hox__test *t = words(p, "or", HOX__TEST_OR, both);
    hox__rise(p);
    return t;
}
