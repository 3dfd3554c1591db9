/* Graphs of networks: how the parts of `dag`, `chain` and `tree` are wired, which of them count,
 * and how what comes together is brought to one size. Knows no rule and no tensor, so that the
 * space (shapes, costs, keys) and the engine (building) cannot disagree.
 */
#ifndef HOX_SPACE_WIRING_H
#define HOX_SPACE_WIRING_H

#include "base/arena.h"
#include <stdbool.h>

/* dag    nodes in order; an edge leads from a lower to a higher one. The list of edges is ordered
 * by target: (1,2) (1,3) (2,3) (1,4) ... (Xie, Yuille 2017, section 3.1). chain  layers in a row;
 * "edge" (a,b): layer b also reads what layer a reads. tree   leaves read the input; neighbours are
 * joined in pairs, level by level; an odd one moves up. */
typedef enum {
    HOX__WIRED_NOT,
    HOX__WIRED_DAG,
    HOX__WIRED_CHAIN,
    HOX__WIRED_TREE,
    HOX__WIRED_CELL
} hox__wiring;

/* Ends of a dag.
 * fixed  node 1 is the input and node n the output; what lies on no way between them is dead. With
 *        no way at all the output is zeros of the input's size (Dong, Yang 2020: `none` is
 * zeroize). free   an input and an output node of their own. A node without an incoming edge reads
 * the input, one without an outgoing edge feeds the output, one without any edge is isolated:
 * dropped. With no edge at all the input node is the whole graph (Xie, Yuille 2017, section 3.1.1).
 * open   as free, but nothing is isolated: a node without edges lies between input and output
 *        (Zoph, Le 2017, section 3.3; Miikkulainen et al. 2017). */
typedef enum { HOX__ENDS_FIXED, HOX__ENDS_FREE, HOX__ENDS_OPEN } hox__ends;

/* Whose network it is. */
typedef enum {                  /* in the order in which they are derived */
               HOX__PART_EDGE,  /* edge of a dag, skip of a chain */
               HOX__PART_FIRST, /* of a dag: the input node's; of a cell: what injects */
               HOX__PART_NODE,  /* node of a dag, layer of a chain, leaf of a tree */
               HOX__PART_JOIN,  /* of a tree: begins with add, mul or concat */
               HOX__PART_LAST,  /* of a dag: the output node's */
               HOX__PART_KINDS,
} hox__part_kind;

typedef struct {
    hox__wiring wiring;
    hox__ends ends;
    int n; /* nodes, layers or leaves */
} hox__form;

enum { HOX__FORM_MAX = 256 };

/* How many networks of that kind there are. */
int hox__form_parts(const hox__form *form, hox__part_kind kind);
/* The place of edge (from, to), counted from 0, in the list. */
int hox__form_edge(int from, int to);

typedef struct {
    int from; /* a joint */
    int edge; /* whose network lies on it; -1: none */
} hox__wire;

/* A place where wires come together and a network goes on. */
typedef struct {
    bool live;
    int wires;
    hox__wire *wire;     /* from live joints only; the first one leads (fit: nearest) */
    hox__part_kind part; /* HOX__PART_KINDS: nothing goes on */
    int index;           /* among the parts of its kind */
} hox__joint;

typedef struct {
    int n;
    hox__joint *joint; /* [n]; 0: the input; each reads earlier ones */
    int out;           /* -1: zeros */
} hox__circuit;

/* present[i]: is edge i there? false: memory. */
bool hox__circuit_build(hox__arena *arena, const hox__form *form, const bool *present,
                        hox__circuit *circuit);

/* ---- coming together ---- */

typedef enum { HOX__JOIN_ADD, HOX__JOIN_MUL, HOX__JOIN_CONCAT, HOX__JOIN_UNKNOWN } hox__join;
hox__join hox__join_named(const char *word);

/* error    sizes must agree (concat: all but the channels)
 * pad      zeros around the smaller ones, and behind their channels unless they are concatenated
 *          (Zoph, Le 2017, section 3.3)
 * pool     larger images are max-pooled down to the smallest: window and stride are the whole
 * ratio, what is left over is cut off; other channel counts are projected to the largest by a 1x1
 *          convolution (after Miikkulainen et al. 2017)
 * nearest  all take the size of the first: in space by the nearest cell floor(i in / out), in
 *          channels by cutting or adding zeros (Real et al. 2017, section 3.3) */
typedef enum {
    HOX__FIT_ERROR,
    HOX__FIT_PAD,
    HOX__FIT_POOL,
    HOX__FIT_NEAREST,
    HOX__FIT_UNKNOWN
} hox__fit;
hox__fit hox__fit_named(const char *word);

typedef struct {
    int rank; /* 1: vector (n); 3: image (h, w, c) */
    double dim[3];
} hox__extent;

/* What each of in[n] must become before it is joined (concat: but for the channels), and what they
 * give together. false: they cannot come together. */
bool hox__fit_target(hox__join join, hox__fit fit, const hox__extent *in, int n,
                     hox__extent *target, hox__extent *out);
/* Does an input of this extent need a projection to reach the target? */
bool hox__fit_projects(hox__join join, hox__fit fit, const hox__extent *in,
                       const hox__extent *target);

#endif
