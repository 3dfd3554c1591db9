/* Crossover and mutation of numbers in [0, 1], as NSGA-II uses them.
 *
 * `u` is uniform in [0, 1), `eta` >= 0 the distribution index: the larger, the nearer to the
 * parents. Both keep to [0, 1] by shrinking the distribution, not by clipping. */
#ifndef HOX_SEARCH_VARIATION_H
#define HOX_SEARCH_VARIATION_H

/* Simulated binary crossover: two children as far from the parents' middle as a random factor says.
 * Deb and Agrawal, Complex Systems 9, 1995; bounded as in Deb's code of NSGA-II 1.1. */
void hox__sbx(double a, double b, double eta, double u, double child[2]);

/* Polynomial mutation: Deb and Goyal, 1996; bounded likewise. */
double hox__polynomial_mutation(double x, double eta, double u);

#endif
