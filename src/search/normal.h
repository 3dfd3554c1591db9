/* The normal distribution's function and its inverse, from + - * / sqrt and our own exp and log. */
#ifndef HOX_SEARCH_NORMAL_H
#define HOX_SEARCH_NORMAL_H

double hox__normal_cdf(double x); /* relative error below 1e-13 in both tails */

/* x with cdf(x) = p, 0 < p < 1; absolute error below 1e-12 for 1e-300 <= p <= 1/2, and as well as p
 * says it above. Abramowitz and Stegun 26.2.23, then Halley's steps. */
double hox__normal_quantile(double p);

#endif
