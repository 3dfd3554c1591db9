/* Test functions with known minima, to be searched like any objective (function.c): those of the
 * literature, and a few of mixed and conditional parameters. All are minimized.
 *
 * Formulas, domains and minima of the first kind: S. Surjanovic, D. Bingham, "Virtual Library of
 * Simulation Experiments: Test Functions and Datasets", https://www.sfu.ca/~ssurjano.
 */
#ifndef HOX_STUDY_FUNCTIONS_H
#define HOX_STUDY_FUNCTIONS_H

#include "base/text.h"
#include "study/values.h"

enum { HOX__FUNCTION_DIMS_MAX = 100 };

typedef struct {
    const char *name, *summary;
    /* Of numbers x1 .. xd. */
    double (*of)(const double *x, int d);
    int dims_min, dims, dims_max; /* dims: of the space that is shipped */
    double low, high;             /* of every number; `space` overrides */
    double least, least_per_dim;  /* the minimum is their sum, the second times d */
    double at;                    /* every coordinate of a minimum; */
    const double *at_each;        /* [dims_max] or these */
    bool local;                   /* the minimum holds in the domain alone: it cannot be moved */
    /* Or of the values of a sentence; NaN: they do not fit. */
    double (*of_values)(const hox__values *values);
    const char *space; /* rules of its parameters; NULL: x1 .. xd, each low .. high */
} hox__function;

const hox__function *hox__function_at(int i);              /* NULL: past the end */
const hox__function *hox__function_find(const char *name); /* NULL: none */

double hox__function_least(const hox__function *f, int dims);

/* "branin", "ackley", "ackley-10": the text of a space whose objective it is. False: there is no
 * such function, or not of so many numbers. `out` NULL: only asked. */
bool hox__function_spec(const char *name, hox__text *out);

#endif
