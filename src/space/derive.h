/* A derivation under way: a tree of nodes grown left to right by a stack of goals.
 *
 * The stack is the continuation: it says what the rest of the sentence will be made of, which is
 * what masks are computed from (reach.c, fit.c). Arguments of rules are thunks: derived at their
 * first use, in the scope of the call, once. Language.md, sections 3 and 5.
 */
#ifndef HOX_SPACE_DERIVE_H
#define HOX_SPACE_DERIVE_H

#include "space/model.h"

typedef struct hox__node hox__node;
typedef struct hox__env hox__env;
typedef struct hox__frame hox__frame;
typedef struct hox__goal hox__goal;

/* Where names are counted: the body of one use of a rule, or one argument. */
struct hox__frame {
    hox__frame *parent;
    const hox__region *region; /* NULL: a call whose arguments are named below it */
    const hox__rule *rule;     /* of a body, else NULL */
    const hox__path *path;     /* NULL until somebody asks */
    char separator;
    const char *name;
    int index; /* -1: not shown */
    int depth;
    int *uses, *asked; /* how often each name was used and each question was asked here */
};

typedef struct {
    const hox__phrase *phrase;
    hox__env *env;
    const char *name;
    hox__node *node; /* NULL until its first use */
} hox__thunk;

/* The arguments of one call. */
struct hox__env {
    const hox__rule *rule;   /* or */
    const hox__layer *layer; /* whose parameters these are */
    hox__frame *frame;
    int n;
    hox__thunk *thunk;
    uint64_t epoch; /* when `id` was computed */
    uint32_t id;
    bool closed; /* nothing that `id` says will change */
};

struct hox__node {
    const hox__phrase *phrase;
    hox__env *env;
    hox__frame *frame;
    hox__env *call; /* RULE, LAYER: the arguments */
    int n;
    hox__node **kid;  /* CHOICE, RULE: one, when known; PARAM: the thunk's; REPEAT: the copies;
                         LAYER:  the parts; others: as the phrase */
    hox__node *count; /* REPEAT, COPIES */
    struct hox__wired
        *wired;           /* LAYER that wires a graph: kid = its edges, nodes, joins, first, last */
    uint32_t act;         /* LAYER: a number for it with its arguments (flow.c), 0: not known yet */
    uint32_t slot;        /* LAYER of a frozen rule: where the walk's memory has that number */
    bool network;         /* stands where networks stand: shapes flow through it */
    bool answered, again; /* again: RULE once or PARAM, derived before */
    double answer;        /* the branch, or the value */
    const hox__node *like; /* its counterpart in the sentence that guides (edit.h), or NULL */
    bool quiet;            /* an edge that an edit made possible: not there, if that may be */
};

typedef enum {
    HOX__GOAL_EXPAND,
    HOX__GOAL_REPEAT, /* the count is known */
    HOX__GOAL_COPIES, /* n * x: `i` copies are there */
    HOX__GOAL_LAYER,  /* the scalar arguments are known */
    HOX__GOAL_PART,   /* network `i` side by side is derived */
    HOX__GOAL_WIRE,   /* networks 0 .. i-1 of a graph are derived */
} hox__goal_kind;

/* Immutable but for the cache of its number, so that a continuation is a pointer. */
struct hox__goal {
    hox__goal_kind kind;
    int i;
    hox__node *node;
    uint32_t in, out; /* PART: the shape that comes in; what the parts so far give, 0: none yet */
    double depth, deepest; /* PART: before the parts, and the deepest so far */
    double flops;          /* PART: before the part */
    hox__goal *next;
    uint64_t epoch; /* when `id` was computed */
    uint32_t id;
    bool closed; /* nothing that `id` says will change */
};

/* What a walk leaves behind; shared by the walk and its sentences. */
typedef struct {
    hox__arena *arena;
    hox__arena_mark empty; /* the arena before anything was derived */
    size_t first;          /* bytes of its first block */
    const hox_space *space;
    _Atomic int owners;
    hox__node **root; /* [n_roots] */
    hox__node **once; /* [n_rules], of once rules */
    int n, cap;
    hox_answered *answer; /* [n] */
    hox__node **asked;    /* [n] whose question it was */
    double cost[HOX__METRICS];
} hox__derivation;

struct hox_walk {
    const hox_space *space;
    struct hox__reach *reach;
    hox__derivation *d;
    hox__goal *todo;
    int next_root;
    uint32_t shape;            /* that flows into the next network; 0: unknown */
    double cost[HOX__METRICS]; /* so far; depth: of the path so far */
    int64_t steps;
    bool asking, dead, finished, no_memory;
    const hox__phrase *dead_at;
    char why[240];
    hox_choice choice;
    hox__node *node;          /* of the question */
    struct hox__guide *guide; /* an edit under way, or NULL */
    hox__text *trail;         /* not NULL: shapes are written down on the way */
    struct hox__watch *watch; /* not NULL: a replay looks for something, nothing is spent */
    int wired;                /* graphs under construction: shapes wait for their wires */
    struct {
        int n; /* > 0: what comes together where a `join` begins */
        const uint32_t *in;
        hox__fit fit;
    } meet;
};

/* Whose weights a replay counts. */
typedef enum {
    HOX__COUNT_NONE,  /* a `shared` rule, whose weights are there */
    HOX__COUNT_AGAIN, /* a copy: all but those of `shared` rules */
    HOX__COUNT_FIRST, /* what was derived without shapes: all */
} hox__count;

enum { HOX__STEPS_MAX = 1000000, HOX__QUESTIONS_MAX = 100000, HOX__FRAMES_MAX = 500 };

/* derive.c, derivation.c, flow.c */
void hox__derive_start(hox_walk *walk, int root, bool alone);
void hox__derive_run(hox_walk *walk); /* to the next question, the end or a dead end */
void hox__derive_answered(hox_walk *walk, double answer);
hox__node *hox__derive_node(hox_walk *walk, const hox__phrase *phrase, hox__env *env,
                            hox__frame *frame, bool network);
bool hox__derive_room(hox_walk *walk, hox__node *node, int kids);
/* The arguments of a call of a rule or layer, not derived yet. */
hox__env *hox__derive_call(hox_walk *walk, hox__frame *frame, const hox__phrase *call,
                           hox__env *scope);
/* Argument k, to be derived now. */
hox__node *hox__derive_thunk(hox_walk *walk, hox__env *env, int k, bool network);
hox__frame *hox__derive_frame(hox_walk *walk, hox__frame *parent, char separator, const char *name,
                              int index, const hox__region *region);
hox__goal *hox__derive_push(hox_walk *walk, hox__goal_kind kind, hox__node *node, int i);
void hox__derive_short(hox_walk *walk); /* of memory */
/* Shapes and costs of a derived subtree, for the shape that flows now. */
void hox__derive_replay(hox_walk *walk, const hox__node *node, hox__count count);
void hox__derive_spend(hox_walk *walk, const hox__phrase *at, const double cost[HOX__METRICS],
                       hox__count count);

/* wire.c: graphs of networks */
void hox__wire_begin(hox_walk *walk, hox__node *node);
void hox__wire_next(hox_walk *walk, hox__node *node, int i);
void hox__wire_replay(hox_walk *walk, const hox__node *node, hox__count count);
void hox__wire_join(hox_walk *walk, const hox__node *node); /* a bare add, mul, concat */
const hox__form *hox__wired_form(const hox__node *node);
const hox__circuit *hox__wired_circuit(const hox__node *node);
/* Of a joint, where the derivation's shapes were known: a number of the walk's reach; 0: unknown.
 */
uint32_t hox__wired_shape(const hox__node *node, int joint);
/* The shape that comes in and the depth before, of a graph under construction. */
void hox__wired_entry(const hox__node *node, uint32_t *in, double *depth);
/* The first of its kind among the node's kids. */
int hox__wired_at(const hox__form *form, hox__part_kind kind);
bool hox__node_is_none(const hox__node *node);

void hox__derive_dead(hox_walk *walk, const hox__phrase *at, const char *format, ...)
    HOX_PRINTF(3, 4);
hox__derivation *hox__derivation_new(const hox_space *space, size_t first);
bool hox__derivation_rewind(hox__derivation *d); /* empty again; false: make a new one */
void hox__derivation_release(hox__derivation *d);

char *hox__derivation_walk(const hox__derivation *d); /* "3;0.0123;1" */
bool hox__requirements_hold(hox_walk *walk);          /* require.c; a finished walk; says why not */
hox_sentence *hox__sentence_new(hox__derivation *d);  /* sentence.c; NULL: memory */

/* "28x28x1 -> conv -> 28x28x16 ..." of a net's root, as far as it came. */
void hox__derive_trail(hox_walk *walk, int root, hox__text *out);

/* question.c */
void hox__question_prepare(hox_walk *walk);

/* The value of the range's grid nearest to `x`, in decimals as written; x itself without a grid. */
double hox__grid_value(const hox__phrase *range, double x);

/* path.c: in the memory of the derivation; NULL: memory. `index` -1: not shown */
const hox__path *hox__path_new(hox__derivation *d, const hox__path *parent, char separator,
                               const char *name, int index);
const hox__path *hox__frame_path(hox__derivation *d, hox__frame *frame); /* once for each frame */

/* ---- values of scalars ---- */

typedef enum {
    HOX__VALUE_NONE,
    HOX__VALUE_NUMBER,
    HOX__VALUE_WORD,
    HOX__VALUE_TEXT
} hox__value_kind;
typedef struct {
    hox__value_kind kind;
    double number;
    const char *name;
} hox__value;

/* NONE: not known yet, or not a scalar. */
hox__value hox__node_value(const hox__node *node);
hox__value hox__phrase_value(const hox__phrase *phrase, const hox__env *env);
hox__value hox__thunk_value(const hox__thunk *thunk);
double hox__arithmetic(char op, double a, double b);

#endif
