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
    bool reserved;   /* NAME: where, and, or, not */
    char punct[4];   /* empty but for PUNCT */
    hox__place place;
    union {
        const char *name;    /* NAME; STRING with escapes undone */
        hox__literal number; /* NUMBER */
    };
} hox__token;

typedef struct {
    hox__arena *arena; /* of names and spellings, and of the tokens */
    const hox__source *source;
    struct hox_diagnostics *list;
    const char *text; /* NUL-terminated */
    size_t at, n, line_begin;
    bool line_start, memory;
    long first_indent; /* -1 before the first token */
    hox__token *token; /* [count] token 0 stands before those of the item: the last SEP */
    size_t count, cap, names;
    size_t end; /* where the item's SEP or END stands */
} hox__lexer;

void hox__lexer_begin(hox__lexer *lexer, hox__arena *arena, const hox__source *source,
                      struct hox_diagnostics *list);

/* The tokens of the next item, up to its SEP or END; the token before them can be looked at. They
 * live until the next call, so that a long text needs the memory of its longest item. NULL when
 * memory is short. */
const hox__token *hox__lex_item(hox__lexer *lexer);

/* All tokens of `source`, [*n], ending with END; mistakes go to `list` and leave no token. NULL
 * when memory is short. */
const hox__token *hox__lex(hox__arena *arena, const hox__source *source, hox_diagnostics *list,
                           size_t *n);

#endif
