/* What the files of the parser share: a cursor over tokens, errors, and growing lists. */
#ifndef HOX_LANG_PARSER_H
#define HOX_LANG_PARSER_H

#include "lang/diagnose.h"
#include "lang/lexer.h"
#include <string.h>

typedef struct {
    hox__arena *arena;
    const hox__source *source;
    hox_diagnostics *list;
    const hox__token *token; /* the one to be read next */
    int depth;
    bool failed; /* this item holds a mistake: say no more about it */
    bool memory; /* memory was short */
} hox__parser;

enum { HOX__NESTING_MAX = 256 };

/* Asked several times a token: inline, so that a comparison is with a constant. */
static inline bool hox__at(const hox__parser *p, const char *punct)
{
    return strcmp(p->token->punct, punct) == 0;
}
static inline bool hox__at_word(const hox__parser *p, const char *word)
{
    return p->token->kind == HOX__TOKEN_NAME && p->token->name[0] == word[0] &&
           strcmp(p->token->name, word) == 0;
}
static inline bool hox__at_name(const hox__parser *p) /* a NAME other than where, and, or, not */
{
    return p->token->kind == HOX__TOKEN_NAME && !p->token->reserved;
}
static inline bool hox__take(hox__parser *p, const char *punct) /* reads it when it is there */
{
    const bool there = hox__at(p, punct);
    p->token += there;
    return there;
}
static inline bool hox__take_word(hox__parser *p, const char *word)
{
    const bool there = hox__at_word(p, word);
    p->token += there;
    return there;
}

/* Reads it or says what was expected; false then. */
bool hox__expect(hox__parser *p, const char *punct, const char *after);
const char *hox__expect_name(hox__parser *p, const char *what, hox__place *place);

/* The first mistake of an item is reported, later ones are its echo. Returns the finding to add
 * help to, or NULL. */
hox_diagnostic *hox__mistake(hox__parser *p, hox__place place, const char *code, const char *format,
                             ...) HOX_PRINTF(4, 5);
/* "expected WHAT, found …" at the next token. */
void hox__unexpected(hox__parser *p, const char *expected);

/* One level deeper; false with an error past the limit. Every true is paired with hox__rise(). */
bool hox__descend(hox__parser *p);
void hox__rise(hox__parser *p);

/* From `from` to the end of the token last read. */
hox__place hox__span_from(const hox__parser *p, hox__place from);

void *hox__parser_alloc(hox__parser *p, size_t n, size_t size);

/* Appends `item` (size bytes) to the array *list with *n entries and *cap places; the first may be
 * the caller's own. */
bool hox__append(hox__parser *p, void *list, int *n, int *cap, const void *item, size_t size);

/* `n` entries as they are, to last; n >= 1. */
const void *hox__keep(hox__parser *p, const void *list, int n, size_t size);

/* [ "-" ] NUMBER. */
bool hox__parse_number(hox__parser *p, hox__literal *out, hox__place *place);

const hox__expr *hox__parse_choice(hox__parser *p); /* expr; NULL after a mistake */
const hox__expr *hox__parse_sum(hox__parser *p);    /* sum */
const hox__test *hox__parse_test(hox__parser *p);   /* test */

#endif
