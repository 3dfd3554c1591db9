/* Expected improvement over a Gaussian process, and the point where it is largest.
 *
 *   log EI = log h((f - mu)/s) + log s,  f: the least posterior mean at the points so far
 *
 * Ament et al., "Unexpected improvements to expected improvement", arXiv 2310.20708. Points that
 * are running have drawn values, `worlds` of them from their joint posterior; the improvement is
 * the mean over these worlds (Snoek, Larochelle, Adams, NIPS 2012, section 3.2).
 */
#ifndef HOX_SEARCH_IMPROVE_H
#define HOX_SEARCH_IMPROVE_H

#include "search/belief.h"
#include "search/process.h"

typedef struct {
    const hox__process *p;
    int worlds;
    double **alpha;           /* [worlds][n] */
    double *least;            /* [worlds] f */
    double *mean;             /* [n] posterior mean at the points, averaged over worlds */
    const hox__process *cost; /* of log seconds, standardized; NULL: every trial costs the same */
    double *cost_alpha, cost_scale;
    const hox__dim *believed; /* [dims of the coder]; the improvement is multiplied by pi^power */
    double power;             /* 0: it is not (belief.h) */
    hox__process_point point, cost_point; /* scratch from here on */
    double *k, *d, *w, *v;
} hox__improvement;

/* p: factored, its first `told` points have values y[told]; those behind are running. `rng` draws
 * their values. NULL: memory. */
hox__improvement *hox__improvement_new(hox__arena *arena, const hox__process *p, int told,
                                       const double *y, int worlds, hox_rng *rng);

/* Divides the improvement by exp(mean of the logarithm of the seconds): `cost` is factored, values
 * t[n] standardized, `scale` their standard deviation. */
bool hox__improvement_per_second(hox__improvement *im, hox__arena *arena, const hox__process *cost,
                                 const double *t, double scale);

/* value[count]: log EI at dense[count]. */
void hox__improvement_values(hox__improvement *im, const double *const *dense, int count,
                             double *value);

/* log EI at one point and its gradient by the dimensions of dim[d], numbers that are active. */
double hox__improvement_slope(hox__improvement *im, const double *dense, const int *dim, int d,
                              double *gradient);

/* Moves the numbers of dense[] uphill by L-BFGS, then everything on a grid from cell to cell, and
 * branches from one to the other when `branches`. Returns log EI there. */
double hox__improvement_climb(hox__improvement *im, hox__arena *arena, const hox__coder *coder,
                              double *dense, bool branches, int steps);

#endif
