/* Several objectives at once: who dominates whom, how crowded a front is, how much it covers.
 *
 * Larger is better in every objective. `score` is [n, m] row-major. a dominates b when it is at
 * least as good everywhere and better somewhere; equal rows do not dominate each other.
 * HOX_ERR_MEMORY is the only failure.
 */
#ifndef HOX_SEARCH_PARETO_H
#define HOX_SEARCH_PARETO_H

#include <hox/status.h>
#include <stdbool.h>

bool hox__dominates(int m, const double *a, const double *b);

/* rank[n]: 0 for what nothing dominates, k for what only ranks below k dominate. With `violation`
 * [n] (NULL: all feasible), rows with 0 come before all others, these by rising violation, equal
 * ones together; scores of rows that violate are not looked at. O(n log n) for m <= 2, else
 * O(m n^2). Deb, Pratap, Agarwal, Meyarivan, IEEE Trans. Evol. Comp. 6(2), 2002, sections III.A and
 * VI. */
hox_status hox__pareto_rank(int n, int m, const double *score, const double *violation, int *rank);

/* distance[k]: how far the neighbours of member[i] are apart in its front, summed over objectives,
 * each in parts of its range; infinite at the ends. Same source, section III.B. */
hox_status hox__pareto_crowding(int m, const double *score, const int *member, int k,
                                double *distance);

/* The volume between `reference` [m] and what the rows dominate; rows that are not better than it
 * in every objective add nothing. Exact: sweeps for m <= 3, else the recursion of While,
 * Bradstreet, Barone, IEEE Trans. Evol. Comp. 16(1), 2012 (WFG). */
hox_status hox__hypervolume(int n, int m, const double *score, const double *reference,
                            double *volume);

#endif
