/* The cursor of the parser; see parser.h. */
#include "lang/parser.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

hox_diagnostic *hox__mistake(hox__parser *p, hox__place place, const char *code, const char *format,
                             ...)
{
    if (p->failed)
        return NULL;
    p->failed = true;
    if (p->token->kind == HOX__TOKEN_BAD) /* the lexer has said it */
        return NULL;
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return hox__diagnose(p->list, p->source, place, code, "%s", message);
}

/* The next token in words, for "found …". */
static const char *found(const hox__parser *p, char out[64])
{
    const hox__token *t = p->token;
    if (t->kind == HOX__TOKEN_END)
        return "the end of the file";
    if (t->kind == HOX__TOKEN_SEP)
        return "the end of the item";
    const size_t n = t->place.length > 40 ? 40 : t->place.length;
    snprintf(out, 64, "`%.*s`", (int)n, p->source->text + t->place.byte);
    return out;
}

void hox__unexpected(hox__parser *p, const char *expected)
{
    char word[64];
    hox__place at = p->token->place;
    /* Behind the last token rather than at the next line. */
    if ((p->token->kind == HOX__TOKEN_SEP || p->token->kind == HOX__TOKEN_END) && at.byte > 0)
        at = (hox__place){p->token[-1].place.byte + p->token[-1].place.length, 0};
    hox_diagnostic *d =
        hox__mistake(p, at, "E0110", "expected %s, found %s", expected, found(p, word));
    hox__diagnose_label(p->list, d, "expected %s", expected);
}

bool hox__expect(hox__parser *p, const char *punct, const char *after)
{
    if (hox__take(p, punct))
        return true;
    char what[96];
    snprintf(what, sizeof what, "`%s` %s", punct, after);
    hox__unexpected(p, what);
    return false;
}

const char *hox__expect_name(hox__parser *p, const char *what, hox__place *place)
{
    if (!hox__at_name(p)) {
        hox__unexpected(p, what);
        return NULL;
    }
    if (place)
        *place = p->token->place;
    return p->token++->name;
}

bool hox__descend(hox__parser *p)
{
    if (++p->depth <= HOX__NESTING_MAX)
        return true;
    hox__mistake(p, p->token->place, "E0108", "nested deeper than %d", (int)HOX__NESTING_MAX);
    p->depth--;
    return false;
}

void hox__rise(hox__parser *p)
{
    p->depth--;
}

hox__place hox__span_from(const hox__parser *p, hox__place from)
{
    const hox__place last = p->token[-1].place;
    return (hox__place){from.byte, last.byte + last.length - from.byte};
}

void *hox__parser_alloc(hox__parser *p, size_t n, size_t size)
{
    void *out = hox__arena_alloc(p->arena, n, size);
    if (!out)
        p->memory = p->failed = true;
    return out;
}

bool hox__append(hox__parser *p, void *list, int *n, int *cap, const void *item, size_t size)
{
    char **items = list;
    if (*n == *cap) {
        const int wider = *cap ? *cap * 2 : 4;
        char *grown = hox__parser_alloc(p, (size_t)wider, size);
        if (!grown)
            return false;
        if (*n)
            memcpy(grown, *items, (size_t)*n * size);
        *items = grown;
        *cap = wider;
    }
    memcpy(*items + (size_t)*n * size, item, size);
    (*n)++;
    return true;
}

const void *hox__keep(hox__parser *p, const void *list, int n, size_t size)
{
    void *kept = hox__parser_alloc(p, (size_t)n, size);
    if (kept)
        memcpy(kept, list, (size_t)n * size);
    return kept;
}

bool hox__parse_number(hox__parser *p, hox__literal *out, hox__place *place)
{
    const hox__place from = p->token->place;
    const bool negative = hox__take(p, "-");
    if (p->token->kind != HOX__TOKEN_NUMBER) {
        hox__unexpected(p, "a number");
        return false;
    }
    *out = p->token++->number;
    *place = hox__span_from(p, from);
    if (negative) {
        const size_t n = strlen(out->spelled);
        char *spelled = hox__parser_alloc(p, n + 2, 1);
        if (!spelled)
            return false;
        spelled[0] = '-';
        memcpy(spelled + 1, out->spelled, n);
        out->spelled = spelled;
        out->value = -out->value;
    }
    return true;
}
