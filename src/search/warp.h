/* Input warping: a scale of a number that is learned with the process instead of declared.
 *
 *   w(u) = 1 - (1 - v^a)^b,  v = e + (1 - 2e) u,  e = 1e-4
 *
 * Kumaraswamy's distribution function, as of HEBO (arXiv 2012.03826) and BoTorch, in place of the
 * Beta distribution's of Snoek, Swersky, Zemel, Adams, "Input warping for Bayesian optimization of
 * non-stationary functions", ICML 2014: the same four shapes (like a logarithm from either end, an
 * S, its inverse) in closed form. a = b = 1 is a straight line. The ends keep a distance e, where
 * slopes of a or b below 1 would have no bounds.
 */
#ifndef HOX_SEARCH_WARP_H
#define HOX_SEARCH_WARP_H

/* Why 0.5: a is between 0.37 and 2.7 nineteen times in twenty. */
#define HOX__WARP_SD 0.5 /* of log a and log b, whose prior is a normal distribution around 0 */

typedef struct {
    double value;      /* w, in (0, 1) */
    double slope;      /* dw/du */
    double of_a, of_b; /* dw/d(log a), dw/d(log b) */
} hox__warped;

/* u in [0, 1]; log_shape: log a, log b. */
hox__warped hox__warp(double u, const double log_shape[2]);

#endif
