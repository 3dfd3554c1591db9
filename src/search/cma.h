/* Covariance matrix adaptation: the distribution that CMA-ES moves, apart from walks and trials.
 *
 * Samples are x = mean + sigma A B D z with z standard normal, C = B D^2 B^T, A diagonal: 1 except
 * for whole numbers under a margin. Each update moves the mean to the weighted best, C towards what
 * they have in common, and sigma by how long the mean's path is. Hansen and Ostermeier, Evol. Comp.
 * 9(2), 2001; Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv 1604.00772.
 */
#ifndef HOX_SEARCH_CMA_H
#define HOX_SEARCH_CMA_H

#include <hox/rng.h>
#include <hox/status.h>
#include <stdbool.h>

typedef struct {
    int n, lambda, mu;
    double mueff, cs, cc, c1, cmu, damps, chi; /* chi: expected length of a normal vector */
    double sigma;
    double forgotten;               /* (1 - cs)^(2 generation) */
    int64_t generation, factored;   /* updates so far, and how many when B and D were found */
    double *weight;                 /* [mu] */
    double *mean, *ps, *pc, *d, *a; /* [n] */
    double *c, *b;                  /* [n, n] */
    double *work;                   /* [n, n] and [3 n] */
} hox__cma;

/* mean = 1/2 in every coordinate, C = 1. lambda >= 2, n >= 1. HOX_ERR_MEMORY is the only failure;
 * *out is empty then. */
hox_status hox__cma_init(hox__cma *out, int n, int lambda, double sigma);
void hox__cma_deinit(hox__cma *cma);

/* 4 + floor(3 ln n) */
int hox__cma_lambda(int n);

/* x [n] */
void hox__cma_draw(const hox__cma *cma, hox_rng *rng, double *x);

/* x[lambda][n], the best first. Points that are farther off than own draws ever are (proposed by
 * others) count as if they lay as far as those: Hansen, "Injecting External Solutions Into CMA-ES",
 * 2011. */
void hox__cma_update(hox__cma *cma, const double *const *x);

/* Standard deviation of coordinate j. */
double hox__cma_deviation(const hox__cma *cma, int j);

/* The ratio of the longest to the shortest axis, squared. */
double hox__cma_condition(const hox__cma *cma);

/* Coordinate j stands for a whole number whose present value is cell [low, high] of [0, 1]: moves
 * mean and A so that at least `alpha` of the draws leave the cell, half of it on either side unless
 * the cell is the first or the last. Hamano, Saito, Nomura, Shirakawa, "CMA-ES with Margin", GECCO
 * 2022, section 4. */
void hox__cma_margin(hox__cma *cma, int j, double low, double high, double alpha);

#endif
