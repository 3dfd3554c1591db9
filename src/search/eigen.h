/* Eigenvalues and eigenvectors of a symmetric matrix. */
#ifndef HOX_SEARCH_EIGEN_H
#define HOX_SEARCH_EIGEN_H

/* A = V diag(value) V^T by cyclic rotations: Golub, Van Loan, Matrix Computations, 4th edition,
 * algorithm 8.5.3 (Jacobi). Absolute error about 1e-15 of the largest value.
 *
 * a       [n, n] row-major, symmetric and finite; destroyed
 * value   [n]    written, in no order
 * vector  [n, n] written: column k belongs to value[k] */
void hox__eigen(int n, double *a, double *value, double *vector);

#endif
