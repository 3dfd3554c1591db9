/* Symmetric systems in double precision: Cholesky factors kept row by row, so that points are
 * appended without touching what is there. */
#ifndef HOX_SEARCH_LINALG_H
#define HOX_SEARCH_LINALG_H

#include <stdbool.h>

/* Rows from .. n-1 of l hold the lower triangle of a symmetric matrix whose rows before `from` are
 * already factors: they become factors too, l[i][j], j <= i. 1/6 (n^3 - from^3) products, so one
 * row costs n^2/2. False, with rows from `from` on spoiled, when the matrix is not positive
 * definite. */
bool hox__cholesky(double *const *l, int from, int n);

/* x becomes L^-1 x, and L^-T x. */
void hox__solve_lower(const double *const *l, double *x, int n);
void hox__solve_upper(const double *const *l, double *x, int n);

/* inverse[i][j], j <= i: (L L^T)^-1. scratch[n * n + n * HOX__COLUMNS]. */
void hox__inverse(const double *const *l, int n, double *const *inverse, double *scratch);

#endif
