/* The loops that methods spend their time in, compiled for each instruction set and picked at run
 * time. All give the same bits: no product is fused with a sum, and sums run in eight lanes
 * whatever the width of the machine. */
#ifndef HOX_SEARCH_LOOPS_H
#define HOX_SEARCH_LOOPS_H

#include <stdint.h>

enum { HOX__LANES = 8 };

typedef struct {
    const char *name;

    /* x[i] = exp(x[i]); 0 below -700, relative error below 1e-15. x <= 700. */
    void (*exp)(double *x, int64_t n);

    /* sum of a[i] b[i] */
    double (*dot)(const double *a, const double *b, int64_t n);

    /* out[k] = sum of a[i] row[k][i] for four rows */
    void (*dot4)(const double *a, const double *const row[4], int64_t n, double out[4]);

    /* y[i] += s x[i] */
    void (*add)(double s, const double *x, double *y, int64_t n);

    /* q[i] = sum over k < d of (x[k] - m[k][from + i])^2 */
    void (*distance)(const double *x, const double *const *m, int d, int64_t from, double *q,
                     int64_t n);

    /* sum of g[i] (x - m[i])^2 */
    double (*weighted)(double x, const double *m, const double *g, int64_t n);

    /* Matern-5/2 of squared distances: k[i] = (1 + s + s^2/3) exp(-s), s = sqrt(5 q[i]), and its
     * derivative dk/dq = -(5/6) (1 + s) exp(-s), when d is not NULL. k may be q. */
    void (*matern)(const double *q, double *k, double *d, int64_t n);

    /* v[n][HOX__COLUMNS]: each column becomes L^-1 of it, when its rows before `from` are zero. l:
     * rows of the lower triangle. */
    void (*solve)(const double *const *l, double *v, int64_t from, int64_t n);
} hox__loops;

enum { HOX__COLUMNS = 16 };

const hox__loops *hox__loops_get(void);

extern const hox__loops hox__loops_plain, hox__loops_avx2, hox__loops_avx512;

#endif
