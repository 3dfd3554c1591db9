/* The tree of a .hox file, as written: every comment, every pair of parentheses, every number's
 * spelling is kept, so that a printer can give the text back. Nothing is resolved here: names are
 * names. Lives in one arena; immutable after parsing.
 */
#ifndef HOX_LANG_TREE_H
#define HOX_LANG_TREE_H

#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *name; /* of the file, for messages */
    const char *text; /* NUL-terminated copy */
    size_t n;
} hox__source;

typedef struct {
    uint32_t byte, length; /* in the source's text */
} hox__place;

typedef enum {
    HOX__EXPR_CHOICE, /* kid[0] | kid[1] ...; weight[i] or NULL; at least 2 kids, or 1 with a weight
                       */
    HOX__EXPR_CHAIN,  /* kid[0] kid[1] ...; at least 2 kids */
    HOX__EXPR_BINARY, /* kid[0] op kid[1]; op one of + - * / % */
    HOX__EXPR_REPEAT, /* kid[0] { kid[1] } */
    HOX__EXPR_OPTION, /* kid[0] ? */
    HOX__EXPR_NAME,   /* name */
    HOX__EXPR_CALL,   /* name(label: kid, ...): label[i] is NULL for a positional argument */
    HOX__EXPR_NUMBER, /* number */
    HOX__EXPR_RANGE,  /* [budget] [log] low .. high [step s] [~ d]; `budget 5` and `log 5` too (high
                         = low) */
    HOX__EXPR_STRING, /* name = the characters, escapes undone */
    HOX__EXPR_GROUP,  /* ( kid[0] ) */
    HOX__EXPR_LIST,   /* [ kid, ... ] */
} hox__expr_kind;

typedef struct {
    double value;
    bool integral;       /* written without point or exponent */
    const char *spelled; /* as written, with its sign and underscores */
} hox__literal;

/* What stands behind the low end of a range. */
typedef struct {
    hox__literal high, step, centre;
} hox__range_tail;

typedef struct hox__expr hox__expr;
struct hox__expr {
    hox__expr_kind kind;
    hox__place place;
    char op;                          /* BINARY */
    bool is_log, is_budget, is_range; /* RANGE; is_range: `..` was written */
    bool has_step, has_centre;
    int n;                 /* kids */
    hox__place name_place; /* NAME, CALL: the name alone */
    union {
        struct {
            hox__literal number;         /* NUMBER; RANGE: low */
            const hox__range_tail *ends; /* RANGE */
        };
        struct {
            const char *name;            /* NAME, CALL, STRING */
            const hox__expr *const *kid; /* [n] */
            union {
                struct {                           /* CALL */
                    const char *const *label;      /* [n] NULL: positional */
                    const hox__place *label_place; /* [n] */
                };
                const hox__literal *weight; /* CHOICE: [n] or NULL; spelled NULL: no `@` */
            };
        };
    };
};

typedef enum {
    HOX__TEST_OR,
    HOX__TEST_AND,
    HOX__TEST_NOT,     /* kids */
    HOX__TEST_COMPARE, /* kid[0] op kid[1]; op_text "==" "!=" "<" ... */
    HOX__TEST_BINARY,  /* kid[0] op kid[1]; op_text "+" "-" "*" "/" "%" */
    HOX__TEST_NUMBER,
    HOX__TEST_STRING,
    HOX__TEST_NAME,
    HOX__TEST_CALL, /* name(kid, ...) */
    HOX__TEST_GROUP,
} hox__test_kind;

typedef struct hox__test hox__test;
struct hox__test {
    hox__test_kind kind;
    hox__place place;
    char op_text[3];
    const char *name;
    hox__literal number;
    int n;
    const hox__test *const *kid;
};

typedef struct {
    const char *name; /* any image vector ... or the user's */
    hox__place place;
    bool has_arguments;
    int n;
    const hox__expr *const *argument; /* sums: dimensions and names */
} hox__shape_expr;

typedef struct {
    const char *name;
    hox__place place;
    bool each, several;        /* layer parameters: `each`, `...` */
    const hox__expr *domain;   /* layer parameters; NULL for rules */
    const hox__expr *fallback; /* after `=`; NULL: required */
} hox__param;

typedef enum {
    HOX__ITEM_USE,
    HOX__ITEM_REQUIRE,
    HOX__ITEM_KIND,
    HOX__ITEM_LAYER,
    HOX__ITEM_RULE
} hox__item_kind;

typedef struct {
    hox__item_kind kind;
    hox__place place, name_place;
    const char *name;  /* all but REQUIRE */
    bool once, shared; /* RULE */
    bool has_params;   /* `f() = x` is not grammatical; n_params >= 1 then */
    int n_params;
    const hox__param *param;
    const hox__expr *body;         /* RULE; KIND; LAYER: NULL when native */
    const hox__test *where;        /* KIND; LAYER: on the input shape */
    const hox__test *test;         /* REQUIRE */
    hox__shape_expr input, output; /* LAYER */
    const char *comment_before;    /* whole comment lines above, with #, or NULL */
    const char *comment_after;     /* behind it on its last line, or NULL */
    int blank_lines_before;        /* 0, 1 or more */
    uint32_t equals;               /* RULE, KIND: the byte of its `=` */
} hox__item;

typedef struct {
    hox__source source;
    int n;
    const hox__item *item;   /* [n] in the order of the file */
    const char *comment_end; /* comments after the last item */
} hox__tree;

/* Parses `text` (n bytes, copied into `arena`). Always returns a tree, with what could be
 * understood; NULL only when memory is short. Mistakes are in `list`. Limits, each an error of its
 * own: 64 MiB of text, nesting 256, 10^6 names. */
struct hox_diagnostics;
const hox__tree *hox__parse(hox__arena *arena, const char *name, const char *text, size_t n,
                            struct hox_diagnostics *list);

/* One expression, for `-p lr='log 1e-4 .. 1e-1'`. NULL after an error. */
const hox__expr *hox__parse_expr(hox__arena *arena, const char *name, const char *text, size_t n,
                                 const hox__source **source, struct hox_diagnostics *list);

#endif
