/* The resolved space: names bound, sorts known, ready to be walked. Everything lives in the space's
 * arena and is immutable after loading, but for the parking place.
 */
#ifndef HOX_SPACE_MODEL_H
#define HOX_SPACE_MODEL_H

#include "base/arena.h"
#include "base/table.h"
#include "base/text.h"
#include "lang/diagnose.h"
#include "lang/tree.h"
#include "space/wiring.h"
#include <hox/space.h>
#include <pthread.h>

typedef struct hox__phrase hox__phrase;
typedef struct hox__rule hox__rule;
typedef struct hox__layer hox__layer;
typedef struct hox__path hox__path;

/* ---- domains ---- */

typedef enum {
    HOX__IS_INT,
    HOX__IS_REAL,
    HOX__IS_ANY_WORD,
    HOX__IS_ANY_TEXT,
    HOX__IS_NETWORK,
    HOX__IS_LIST,
    HOX__IS_WORD,   /* this word */
    HOX__IS_TEXT,   /* this text */
    HOX__IS_NUMBER, /* this number */
} hox__base;

typedef struct {
    hox__base base;
    bool has_range;
    double low, high; /* of a range, or low of IS_NUMBER */
    double step;      /* of the range's grid, a factor when is_log; 0: none */
    bool is_log;
    const char *name; /* IS_WORD, IS_TEXT */
    int n_where;
    const hox__test *const *where; /* tests on `it`, all must hold */
} hox__alternative;

/* How the values of a domain lie to each other. */
typedef enum { HOX__NOMINAL, HOX__ORDINAL, HOX__LINEAR, HOX__LOG } hox__scale;

typedef struct {
    int n;
    const hox__alternative *alternative;
    const char *printed; /* as written: "odd 1..15" */
    hox__scale scale;
    bool declared;             /* the scale was written: ordinal(...), log(...) */
    const hox__expr *fallback; /* of the kind, or NULL */
    const char *unit;          /* of the kind, or NULL */
    const hox__item *kind;     /* the declaration, of kinds only */
} hox__domain;

typedef struct {
    const char *name;
    hox__domain domain; /* network: base IS_NETWORK alone */
    bool is_network, several;
    bool each;    /* re-drawn at every position of a graph */
    bool matters; /* a shape or a cost may depend on it */
    const hox__expr *fallback_expr;
    const hox__phrase *fallback;
    int sets; /* index of the output dimension that is this parameter alone; -1: none */
} hox__parameter;

/* ---- layers and shapes ---- */

typedef enum {
    HOX__DIM_NUMBER,
    HOX__DIM_PARAM, /* index: the layer's parameter */
    HOX__DIM_INPUT, /* index: a dimension of the input */
    HOX__DIM_SIZE,  /* all elements of the input */
    HOX__DIM_LAST,  /* its last dimension */
    HOX__DIM_BINARY,
    HOX__DIM_CEIL,
    HOX__DIM_FLOOR,
    HOX__DIM_POOLED, /* of (size, window, stride, pad) */
} hox__dim_kind;

typedef struct hox__dim hox__dim;
struct hox__dim {
    hox__dim_kind kind;
    char op;
    int index;
    double number;
    const hox__dim *kid[4];
};

/* Where a layer's input must satisfy something. */
typedef enum {
    HOX__FITS_AND,
    HOX__FITS_OR,
    HOX__FITS_NOT,
    HOX__FITS_COMPARE,
    HOX__FITS_WORD, /* parameter == word */
} hox__fits_kind;

typedef struct hox__fits hox__fits;
struct hox__fits {
    hox__fits_kind kind;
    char op[3];
    int index;        /* WORD: parameter */
    const char *word; /* WORD */
    const hox__dim *dim[2];
    int n;
    const hox__fits *const *kid;
};

enum { HOX__RANK_MAX = 4 };

typedef enum {
    HOX__OUT_SAME,    /* the input's shape */
    HOX__OUT_DIMS,    /* name(dim, ...) */
    HOX__OUT_EQUAL,   /* what the parts give, all alike */
    HOX__OUT_JOINED,  /* the parts side by side along the last dimension */
    HOX__OUT_BODY,    /* a composed layer */
    HOX__OUT_WIRED,   /* a graph of networks: what comes out at its end */
    HOX__OUT_NOWHERE, /* no edge at all */
} hox__out_kind;

struct hox__layer {
    const char *name;
    const hox__item *item;
    const hox__source *source;
    bool from_user; /* declared in the space's own file: printed with its sentences */
    bool used;
    int n;
    hox__parameter *param;
    int parts;         /* index of the first network parameter, -1: none */
    const char *input; /* shape name; "any" takes all */
    const char *output;
    int input_rank; /* dimensions that must be there; -1: not said */
    const hox__fits *fits;
    hox__out_kind out;
    const char *out_name;
    int out_rank;
    bool mapped;  /* a sequence that arrives stays one: its last dimension becomes out_dim[0] */
    bool stepped; /* its part is used at every step: gets vector(width + out_dim[0]), gives
                     vector(out_dim[0]) */
    const hox__dim *out_dim[HOX__RANK_MAX];
    const hox__phrase *body;                                    /* NULL: native */
    enum { HOX__NOT_LOOKED, HOX__LOOKING, HOX__LOOKED } looked; /* for itself in its body */
    int cost;                          /* row of the cost table, -1: free of cost */
    hox__wiring wiring;                /* of a graph of networks */
    int count, join, fit, ends, units; /* its parameters, -1: it has no such */
    int group[HOX__PART_KINDS];        /* the parameter of each kind of part */
};

/* What a derivation spends, and requirements bound: memory is bytes of all layers' outputs for one
 * example; the last are uses of rules that a requirement counts. */
enum {
    HOX__PARAMS,
    HOX__FLOPS,
    HOX__DEPTH,
    HOX__MEMORY,
    HOX__COUNTED,
    HOX__COUNTERS = 2,
    HOX__METRICS = 6
};

/* ---- phrases: resolved expressions ---- */

typedef enum { HOX__CONSTANCY_UNKNOWN, HOX__CONSTANCY_NONE, HOX__CONSTANCY_WHOLE } hox__constancy;

typedef enum {
    HOX__NUMBER,
    HOX__WORD,
    HOX__TEXT,
    HOX__RANGE,
    HOX__BUDGET,
    HOX__CHOICE,
    HOX__CHAIN, /* n = 0: nothing */
    HOX__BINARY,
    HOX__COPIES, /* kid[0]: count, kid[1]: body */
    HOX__REPEAT, /* kid[0]: body, kid[1]: count */
    HOX__RULE,   /* kid: arguments as written */
    HOX__PARAM,  /* index of the parameter of the rule (or composed layer) it stands in */
    HOX__LAYER,
    HOX__FREE, /* a call of a free word */
    HOX__LIST,
} hox__phrase_kind;

typedef enum {
    HOX__SORT_UNKNOWN,
    HOX__SORT_NUMBER,
    HOX__SORT_WORD,
    HOX__SORT_TEXT,
    HOX__SORT_LIST,
    HOX__SORT_NETWORK,
    HOX__SORT_MIXED,
} hox__sort;

/* A stretch of a rule whose uses of names and unnamed questions are numbered together. */
typedef struct {
    int names, questions;
    const char **name;
    bool *several; /* [names]: may the name occur more than once? */
} hox__region;

struct hox__phrase {
    hox__phrase_kind kind;
    uint32_t id;
    const hox__source *source;
    hox__place place;
    const hox__expr *expr;
    hox__sort sort;
    char op;
    bool sorting;             /* its sort is being found */
    bool uses_params;         /* names a parameter of the rule it stands in */
    bool asks;                /* a question of its own */
    bool whole;               /* the question is all its region says */
    bool looped;              /* stands in a repetition */
    struct hox__env *call;    /* LAYER whose arguments are all numbers, words or texts: they are the
                                 same in every sentence; else NULL */
    struct hox__node *frozen; /* RULE that asks nothing: its node, derived once; else NULL */
    bool plain;               /* no shape and no cost depends on it */
    uint32_t mark;
    const char *name; /* WORD, TEXT, FREE, PARAM, and the base name of RULE and LAYER */
    int index;        /* PARAM: which; RULE, LAYER: name's slot in the region; questions: theirs */
    double number;
    bool integral, is_log;
    double low, high, step, centre; /* RANGE, BUDGET */
    bool has_centre;
    int decimals;         /* of grid values */
    const double *weight; /* CHOICE */
    const double *value;  /* CHOICE of numbers */
    const char **text;    /* CHOICE */
    hox_order order;
    const hox__rule *rule;
    const hox__layer *layer;
    int n;
    const hox__phrase **kid;
    const char *const *label;   /* calls: as written, NULL where positional */
    int *param;                 /* RULE, LAYER: which parameter kid[i] sets */
    const hox__region *opens;   /* an argument or default: its own numbering; else NULL */
    const hox__phrase **given;  /* RULE, LAYER: [parameters] the argument, NULL where absent */
    hox__phrase *next_site;     /* RULE: the next call of the same rule */
    double least;               /* size of its least completion */
    double floor[HOX__METRICS]; /* the least it costs, whatever its shapes */
    bool varies; /* an argument that may differ from position to position: printed as a list */
};

/* A condition on the shape that comes in. */
typedef struct {
    int dim; /* 0 height, 1 width, 2 channels */
    char op[3];
    double limit;
} hox__entry;

enum { HOX__ENTRIES_MAX = 4 };

struct hox__rule {
    const char *name; /* stage.1 */
    const char *base; /* stage */
    int id;
    const hox__item *item;
    const hox__source *source;
    bool once, shared, used, is_root, recursive;
    hox__constancy constancy; /* does its body ask nothing? (freeze.c) */
    int n;
    hox__parameter *param;
    const hox__phrase *body;
    hox__region region;
    hox__phrase *site; /* calls */
    hox__sort sort;
    bool sorting;
    double least;
    double floor[HOX__METRICS];
    int counter; /* the metric that counts its uses, 0: none */
    int entries;
    hox__entry entry[HOX__ENTRIES_MAX];
};

/* ---- requirements ---- */

typedef struct {
    const hox__test *test;
    const hox__source *source;
} hox__requirement;

/* ---- paths ---- */

struct hox__path {
    uint64_t key; /* FNV-1a of the text */
    size_t n;
    char text[]; /* [n + 1] */
};

/* ---- the space ---- */

struct hox__reach;

struct hox_space {
    hox__arena *arena;
    const hox__tree *tree;
    const char *text;
    hox_diagnostics *list;
    const hox_space_options *options; /* only while loading */
    bool failed_memory;
    bool free_words; /* no `use` */
    int n_uses;
    const hox__item **use;
    bool lacks_words;  /* a vocabulary was not found: what is unknown then is its fault */
    hox__table *words; /* name -> word of some domain */
    hox__table *layers, *kinds, *rules;
    int n_rules;
    hox__rule **rule;
    int n_roots;
    hox__rule **root; /* in file order */
    int n_once;
    int *once; /* [n_once] numbers of the rules that are drawn once */
    uint32_t n_phrases;
    uint32_t n_slots; /* numbers of layers in frozen nodes, behind those of phrases */
    uint32_t marks;
    int n_loaded;
    const char *loaded[16]; /* vocabularies that were read */
    int n_requirements;
    hox__requirement *requirement;
    hox__rule *counted[HOX__COUNTERS];
    double bound[HOX__METRICS]; /* of the network, HUGE_VAL: none */
    bool is_bounded;            /* by one of them */
    const char *mutation;       /* the rule of operators, or NULL */
    int n_operators;
    struct hox__operator *operators;
    hox_facts facts;
    const hox__phrase *budget;
    const hox__rule *budget_root;
    bool is_sentence;
    char hash[65];
    struct hox__fixed *fixed; /* [n_roots] roots that hold no choice, as terms */
    void *frozen;             /* the derivation of the phrases' frozen nodes, or NULL */
    pthread_mutex_t parking;
    struct hox__reach *parked; /* a walk's memory, kept for the next walk */
};

struct hox__fixed {
    void *derivation;
    const hox_term *term;
};

/* ---- loading, in order ---- */

bool hox__scope_load(hox_space *space); /* vocabularies, kinds, layers: vocabulary.c */
bool hox__scope_declare(hox_space *space, const hox__tree *tree, bool from_user);
bool hox__resolve_rules(hox_space *space); /* resolve.c */
void hox__check_sorts(hox_space *space);   /* check.c */
void hox__check_roots(hox_space *space);
void hox__check_values(hox_space *space);       /* values.c */
void hox__check_recursion(hox_space *space);    /* recursion.c */
void hox__check_requirements(hox_space *space); /* require.c */
void hox__mark_phrases(hox_space *space);       /* mark.c: what shapes depend on */
void hox__freeze_constants(hox_space *space);   /* freeze.c: what every walk shares */
void hox__find_facts(hox_space *space, const hox_space_options *options); /* facts.c */
void hox__find_floors(hox_space *space);                                  /* floor.c */
void hox__warn_unchecked(hox_space *space);
bool hox__phrase_asks(const hox__phrase *phrase);
void hox__check_shapes(hox_space *space, hox_diagnostics *list); /* empty.c */

/* Calls `each` for the phrase and everything written inside it; false stops. */
typedef bool (*hox__phrase_visitor)(void *ctx, const hox__phrase *phrase);
bool hox__phrase_visit(const hox__phrase *phrase, hox__phrase_visitor each, void *ctx);
void hox__space_visit(const hox_space *space, hox__phrase_visitor each, void *ctx);
hox__sort hox__phrase_sort(hox_space *space, const hox__phrase *phrase);

/* Resolving parts outside rules. */
typedef struct {
    hox_space *space;
    const hox__source *source;
    const hox__rule *rule;       /* its parameters are in scope */
    const hox__parameter *param; /* or those of a composed layer */
    int n_params;
    hox__region *region;
    const hox__domain *expected; /* of the argument being resolved, or NULL */
    bool free_words;
    bool in_argument;
    int loop;
} hox__resolver;
hox__phrase *hox__resolve(hox__resolver *r, const hox__expr *expr);

/* domain.c */
bool hox__domain_read(hox_space *space, const hox__source *source, const hox__expr *expr,
                      hox__domain *domain);
bool hox__domain_has_number(const hox__domain *domain, double value, bool integral);
bool hox__domain_has_word(const hox__domain *domain, const char *word);
bool hox__domain_has_text(const hox__domain *domain, const char *text);
bool hox__domain_has_literal(const hox__domain *domain,
                             const hox__expr *e);                  /* a number, word or text */
int hox__domain_rank(const hox__domain *domain, const char *name); /* place of a word or text, -1 */
bool hox__domain_has_base(const hox__domain *domain, hox__base base);
bool hox__domain_numbers(const hox__domain *domain);

/* shape_rules.c */
bool hox__shape_rules(hox_space *space, hox__layer *layer);

/* operators.c */
const char *hox__mutation_named(const hox_space *space);
void hox__read_operators(hox_space *space);

/* wire.c */
bool hox__wired_layer(hox__layer *layer, const char *name); /* reads a wired(...) shape rule */

/* rules.c */
bool hox__is_reserved(const char *name);
bool hox__is_constant_root(const char *name);

/* Messages. */
void hox__unknown(hox_space *space, const hox__source *source, hox__place place, const char *what,
                  const char *name, const hox__resolver *r);
bool hox__foreign_word(hox_space *space, const hox__source *source,
                       const hox__expr *e); /* foreign.c */
void hox__not_yet(hox_space *space, const hox__source *source, hox__place place, const char *what);
hox__rule *hox__rule_named(const hox_space *space, const char *name);
hox__layer *hox__layer_named(const hox_space *space, const char *name);
const char *hox__base_name(hox_space *space, const char *name);

#define HOX__NONE UINT32_MAX

#endif
