/* A Parzen estimator: a mixture of product kernels, one component a trial, and one for the prior.
 *
 *   p(x) = sum_i w_i prod_j k_ij(x_j) / sum_i w_i,   i = 1 .. n and the prior, whose weight is 1
 *
 * numbers   k = N(x; m_i, s) truncated to [0, 1]; a value on a grid: its integral over the cell
 *           s = 0.2 n^(-1/(d+4)), not below 1/min(100, n+2), not above 1; the prior: N(1/2, 1)
 * branches  k = (1 + v_c) / (1 + c/(n+1)) for the component's own branch, v_c / (...) for others,
 *           v_c = share_c / (n+1) with c branches of mean share 1; the prior: share_c / c
 * weights   1 for the latest 25 trials; before them rising linearly from 1/n to 1
 *
 * Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NIPS 2011; constants and the
 * bandwidth as in Optuna 3 (Scott's rule, from Falkner et al., BOHB, ICML 2018).
 *
 * Components are added and removed one by one. The bandwidth follows n exactly up to 100 and then
 * in steps of 5 % of n, so that what depends on it is renewed rarely.
 */
#ifndef HOX_SEARCH_PARZEN_H
#define HOX_SEARCH_PARZEN_H

#include "search/encode.h"

enum { HOX__PARZEN_CANDIDATES_MAX = 128 };

typedef struct {
    int d;
    int *dim;              /* [d] of the coder */
    hox__dim *look;        /* [d] as they were at init: cells and branches stay */
    int64_t n, used, room; /* components, slots used (free ones included), slots there are */
    double **at;           /* [d][room] coordinate, cell or branch */
    double *base;          /* [room] minus the logarithms of the truncated masses; -inf: free */
    double *weight;        /* [room] */
    double weights;        /* their sum, with the prior's */
    uint64_t *trial;       /* [room] */
    int64_t *by_trial;     /* [n] slots, by rising trial */
    int64_t *free_slot;    /* [used - n] */
    double sigma, log_sigma;
    bool level_prior; /* false after init */
    int *smooth;      /* [n_smooth] the continuous ones among the d */
    int n_smooth;
    const double **smooth_at; /* [n_smooth] their `at` */
    double **mass;            /* [d][cells] even cells: log mass of a cell so many cells away */
} hox__parzen;

/* HOX_ERR_MEMORY is the only failure; deinit is fine then. `dim` is copied. */
hox_status hox__parzen_init(hox__parzen *p, const hox__coder *coder, const int *dim, int d);
void hox__parzen_deinit(hox__parzen *p);

/* at: the coordinates of the trial in all dimensions of the coder. Follow by hox__parzen_settle().
 */
hox_status hox__parzen_add(hox__parzen *p, uint64_t trial, const double *at);
void hox__parzen_remove(hox__parzen *p, uint64_t trial);

/* Bandwidth and weights of the components there are now: O(n), and O(n d) when the bandwidth moves.
 */
hox_status hox__parzen_settle(hox__parzen *p);

/* With level_prior the prior's component weighs sigma^-c, c the continuous dimensions: its kernel
 * is then as high as the others' peaks, and where no trial is near, ratios of two estimators tend
 * to a constant instead of what far tails say. Up to a constant this is what Optuna 3.1 computes.
 *
 * x[count][d], count <= HOX__PARZEN_CANDIDATES_MAX; out[count]: log p. HOX_ERR_MEMORY is the only
 * failure. */
hox_status hox__parzen_log_density(const hox__parzen *p, const double *x, int count, double *out);

/* x[d]: a draw; numbers on a grid in the middle of their cell. */
void hox__parzen_draw(const hox__parzen *p, hox_rng *rng, double *x);

/* A branch of dimension k from the estimator's marginal, given that only those of `mask` may be; -1
 * when none came out in some draws. */
int64_t hox__parzen_draw_branch(const hox__parzen *p, int k, const bool *mask, hox_rng *rng);

#endif
