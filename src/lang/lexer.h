/* Tokens of a .hox text, each with its place. */
#ifndef HOX_LANG_LEXER_H
#define HOX_LANG_LEXER_H

#include "lang/tree.h"
#include <hox/diagnostics.h>

typedef enum {
    HOX__TOKEN_END,
    HOX__TOKEN_SEP, /* ";" or the line break before an item; several in a row are one */
    HOX__TOKEN_NAME,
    HOX__TOKEN_NUMBER,
    HOX__TOKEN_STRING,
    HOX__TOKEN_CALL,  /* "(" that touches the NAME before it */
    HOX__TOKEN_BAD,   /* bytes that are no token; already reported */
    HOX__TOKEN_PUNCT, /* its one to three characters stand in `punct` */
} hox__token_kind;

typedef struct {
    hox__token_kind kind;
    bool line_start; /* the first token of its line */
    char punct[4];
    hox__place place;
    const char *name;    /* NAME; STRING with escapes undone */
    hox__literal number; /* NUMBER */
} hox__token;

/* All tokens of `source`, [*n], ending with END; mistakes go to `list` and leave no token. NULL
 * when memory is short. */
const hox__token *hox__lex(hox__arena *arena, const hox__source *source, hox_diagnostics *list,
                           size_t *n);

#endif
