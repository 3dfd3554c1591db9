/* Functions around the normal distribution, from + - * / sqrt and our own exp and log alone: what
 * they decide is the same on every machine. */
#ifndef HOX_SEARCH_SPECIAL_H
#define HOX_SEARCH_SPECIAL_H

#include <hox/rng.h>
#include <stdbool.h>

/* exp(x^2) erfc(x); infinite below -26.6. Relative error below 1e-14 for x >= 0. W. J. Cody,
 * "Rational Chebyshev approximations for the error function", Math. Comp. 23, 1969. */
double hox__erfcx(double x);
double hox__erfc(double x);

double hox__normal_cdf(double x); /* relative error below 1e-13 in both tails */

/* x with cdf(x) = p, 0 < p < 1; absolute error below 1e-12 for 1e-300 <= p <= 1/2, and as well as p
 * says it above. Abramowitz and Stegun 26.2.23, then Halley's steps. */
double hox__normal_quantile(double p);

/* log(Phi(b) - Phi(a)), a <= b, without underflow: far out in a tail, and for narrow intervals. */
double hox__log_mass(double a, double b);

/* log h(z), h(z) = phi(z) + z Phi(z), and its derivative Phi(z) / h(z) (NULL: not wanted). Finite
 * for every finite z. Ament et al., "Unexpected improvements to expected improvement", 2023,
 * equation 9. */
double hox__log_h(double z, double *slope);

/* A standard normal draw: the polar method (Marsaglia, Bray, SIAM Review 6, 1964). */
double hox__draw_normal(hox_rng *rng);

#endif
