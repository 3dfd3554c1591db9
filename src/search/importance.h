/* Which questions matter: what tells the best trials from all of them.
 *
 *   D_j   = integral p_j(x) (q_j(x) / p_j(x) - 1)^2 dx         Pearson's divergence
 *   p_j, q_j   the density of answer j among all trials, among the best `part` of them
 *   share_j = w_j D_j / sum_k w_k D_k
 *
 * Watanabe, Bansal, Hutter, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in
 * Arbitrary Subspaces", IJCAI 2023: D_j is the variance of the marginal of "is it among the best?",
 * over p_j, so that where a method looked most does not count as what matters. Densities are Parzen
 * estimates on a grid with Scott's bandwidth and a uniform prior of one observation.
 *
 * A question that only some walks ask has a part a of all trials and b of the best in which it was
 * asked. With the atom "not asked" the divergence is
 *   a (b/a - 1)^2 + (1-a) ((1-b)/(1-a) - 1)^2 + (b^2/a) D_j
 * where p_j and q_j are those of trials that were asked. The first two terms belong to the choice
 * that decides whether it is asked; w_j = b^2/a is its own.
 */
#ifndef HOX_SEARCH_IMPORTANCE_H
#define HOX_SEARCH_IMPORTANCE_H

#include <hox/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    bool nominal;     /* `at` are branches 0 .. cells-1, else lies in [0, 1] */
    double cells;     /* how many values; 0: a continuum */
    const double *at; /* [n] NaN: not asked */
} hox__factor;

typedef struct {
    int64_t best; /* how many are, ties with the last of them included */
    double least; /* score of that last one */
} hox__importance_of;

/* score[n]: larger is better, finite. 0 < part < 1. share[factors] sums to 1, or is all 0 when all
 * scores are equal. Needs n >= 2. HOX_ERR_MEMORY is the only failure. O(n log n + factors n). */
hox_status hox__importance(const hox__factor *factor, int factors, const double *score, int64_t n,
                           double part, double *share, hox__importance_of *of);

#endif
