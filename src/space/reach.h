/* What a phrase can still become: the shapes it may give for a shape that comes in, each with the
 * least it costs. Sets are upper estimates: they never miss a legal sentence (decisions 1.6).
 */
#ifndef HOX_SPACE_REACH_H
#define HOX_SPACE_REACH_H

#include "space/intern.h"
#include "space/shape.h"

typedef struct {
    uint32_t shape;            /* 0: any */
    double cost[HOX__METRICS]; /* at least */
} hox__exit;

enum { HOX__EXITS_MAX = 64 };

typedef struct {
    int n; /* 0: nothing fits */
    const hox__exit *exit;
} hox__exits;

/* What a layer with certain arguments did to a shape, for walks that come by again. */
enum { HOX__APPLIED = 1024 };
typedef struct {
    uint32_t act; /* the layer and its arguments; 0: free */
    uint32_t in, out;
    double cost[HOX__METRICS];
} hox__applied;

typedef struct hox__reach hox__reach;
struct hox__reach {
    const hox_space *space;
    hox__arena *arena;
    hox__intern shapes, scopes, places, rests, acts;
    hox__applied *applied; /* [HOX__APPLIED] by hash */
    uint32_t *act;         /* [n_act] of layers that walks share, 0: not known yet */
    size_t n_act;
    const hox__derivation *d; /* of the walk that asks */
    uint64_t epoch, once_epoch;
    uint32_t once; /* number of what the once rules are bound to */
    int depth, work;
    bool trying; /* an answer is tried: what follows from it does not stay */
    bool failed;
};

hox__reach *hox__reach_take(const hox_space *space); /* the parked one, or a new one */
void hox__reach_park(hox__reach *reach);
void hox__reach_free(hox__reach *reach);
void hox__reach_start(hox__reach *reach,
                      const hox__derivation *d); /* a new walk; empties what grew too large */

/* Numbers of shapes; a shape without a name is 0. */
uint32_t hox__reach_shape(hox__reach *reach, const hox__shape *shape);
/* What the layer gives when it says so without looking at what comes in: `-> cake`; else 0. */
uint32_t hox__reach_named(hox__reach *reach, const hox__layer *layer);
const hox__shape *hox__reach_shape_at(const hox__reach *reach, uint32_t shape); /* NULL for 0 */

/* ---- scopes: arguments as numbers (scope.c) ---- */

typedef enum {
    HOX__SCOPE_ABSENT,
    HOX__SCOPE_NUMBER,
    HOX__SCOPE_WORD,
    HOX__SCOPE_OPEN,     /* a phrase in another scope, not drawn yet */
    HOX__SCOPE_FALLBACK, /* the parameter's default, in this scope */
} hox__scope_tag;

typedef struct {
    int n;     /* at most HOX__EXITS_MAX */
    bool open; /* could be anything */
    hox__value value[HOX__EXITS_MAX];
} hox__values;

uint32_t hox__scope_of(hox__reach *reach, hox__env *env); /* of a derivation under way */
uint32_t hox__scope_at(hox__reach *reach, const hox__phrase *phrase,
                       hox__env *env);       /* 0 where the phrase names no parameter */
bool hox__scope_closed(const hox__env *env); /* will its number stay? As it was last found out */
uint32_t hox__scope_call(hox__reach *reach, const hox__phrase *call, uint32_t scope);
void hox__scope_values(hox__reach *reach, const hox__phrase *phrase, uint32_t scope,
                       hox__values *values);
void hox__scope_argument(hox__reach *reach, uint32_t scope, int k, hox__values *values);
/* The phrase that stands for network parameter k; NULL: absent. */
const hox__phrase *hox__scope_network(hox__reach *reach, uint32_t scope, int k, uint32_t *where);
uint32_t hox__scope_once(hox__reach *reach); /* what once rules are bound to */

/* ---- sets ---- */

const hox__exits *hox__reach_phrase(hox__reach *reach, const hox__phrase *phrase, uint32_t scope,
                                    uint32_t shape);
/* `call`: the scope of the layer's arguments; `scope`: where its parts stand. */
const hox__exits *hox__reach_layer(hox__reach *reach, const hox__phrase *phrase, uint32_t call,
                                   uint32_t scope, uint32_t shape);
const hox__exits *hox__reach_times(hox__reach *reach, const hox__phrase *body, uint32_t scope,
                                   uint32_t shape, const hox__values *counts, int less);
/* Parts first .. n-1 beside those that give `out` (0: none yet). */
const hox__exits *hox__reach_parts(hox__reach *reach, const hox__phrase *phrase, uint32_t scope,
                                   uint32_t in, uint32_t out, int first);

const hox__exits *hox__reach_any(hox__reach *reach);
const hox__exits *hox__reach_one(hox__reach *reach, uint32_t shape);
/* What a graph of networks may give. */
const hox__exits *hox__reach_wired(hox__reach *reach, const hox__phrase *phrase, uint32_t call,
                                   uint32_t shape);

/* `a` and `b` side by side along the last dimension. */
uint32_t hox__reach_joined(hox__reach *reach, uint32_t a, uint32_t b, bool *fits);

/* What parts 0 .. i give together when part i, whose goal this is, gives `shape`. */
uint32_t hox__part_out(hox__reach *reach, const hox__goal *goal, uint32_t shape);

/* Least cost of the rest of a derivation for a shape that comes in; false: it cannot fit. */
bool hox__rest_least(hox__reach *reach, hox__goal *rest, uint32_t shape, double cost[HOX__METRICS]);

#endif
