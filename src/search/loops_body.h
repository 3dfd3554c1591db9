/* One body for every instruction set: SET names it. The compiler makes vectors of these loops
 * (-O3); their results do not depend on whether it does. */
#include "search/loops.h"
#include <math.h>
#include <string.h>

#define PASTE_(a, b) a##b
#define PASTE(a, b)  PASTE_(a, b)
#define TEXT_(a)     #a
#define TEXT(a)      TEXT_(a)

/* exp by x = k ln 2 + r and the Taylor polynomial of degree 13, as in base; k is found by adding
 * 1.5 * 2^52, and 2^k is put together from its bits. */
static inline double exp_one(double x)
{
    const double big = 0x1.8p52;
    const double clipped = x < -700 ? -700 : x;
    const double shifted = clipped * 0x1.71547652b82fep0 + big, k = shifted - big;
    const double r = (clipped - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33;
    double sum = 1.0 / 6227020800.0;
    sum = sum * r + 1.0 / 479001600.0;
    sum = sum * r + 1.0 / 39916800.0;
    sum = sum * r + 1.0 / 3628800.0;
    sum = sum * r + 1.0 / 362880.0;
    sum = sum * r + 1.0 / 40320.0;
    sum = sum * r + 1.0 / 5040.0;
    sum = sum * r + 1.0 / 720.0;
    sum = sum * r + 1.0 / 120.0;
    sum = sum * r + 1.0 / 24.0;
    sum = sum * r + 1.0 / 6.0;
    sum = sum * r + 0.5;
    sum = sum * r + 1;
    sum = sum * r + 1;
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52; /* the low bits of `shifted` are k */
    double power;
    memcpy(&power, &bits, sizeof power);
    return x < -700 ? 0 : sum * power;
}

static void loop_exp(double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = exp_one(x[i]);
}

static inline double lanes_sum(const double s[HOX__LANES])
{
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

static double loop_dot(const double *a, const double *b, int64_t n)
{
    double s[HOX__LANES] = {0};
    int64_t i = 0;
    for (; i + HOX__LANES <= n; i += HOX__LANES)
        for (int l = 0; l < HOX__LANES; l++)
            s[l] += a[i + l] * b[i + l];
    for (int l = 0; i + l < n; l++)
        s[l] += a[i + l] * b[i + l];
    return lanes_sum(s);
}

static void loop_dot4(const double *a, const double *const row[4], int64_t n, double out[4])
{
    double s[4][HOX__LANES] = {{0}};
    const double *r0 = row[0], *r1 = row[1], *r2 = row[2], *r3 = row[3];
    int64_t i = 0;
    for (; i + HOX__LANES <= n; i += HOX__LANES) {
        for (int l = 0; l < HOX__LANES; l++)
            s[0][l] += a[i + l] * r0[i + l];
        for (int l = 0; l < HOX__LANES; l++)
            s[1][l] += a[i + l] * r1[i + l];
        for (int l = 0; l < HOX__LANES; l++)
            s[2][l] += a[i + l] * r2[i + l];
        for (int l = 0; l < HOX__LANES; l++)
            s[3][l] += a[i + l] * r3[i + l];
    }
    for (int k = 0; k < 4; k++) {
        for (int64_t l = 0; i + l < n; l++)
            s[k][l] += a[i + l] * row[k][i + l];
        out[k] = lanes_sum(s[k]);
    }
}

static void loop_add(double s, const double *restrict x, double *restrict y, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] += s * x[i];
}

/* Sums stay in registers while the coordinates go by. */
static void loop_distance(const double *x, const double *const *m, int d, int64_t from, double *q,
                          int64_t n)
{
    enum { STRIP = 32 };
    int64_t i = 0;
    for (; i + STRIP <= n; i += STRIP) {
        double s[STRIP] = {0};
        for (int k = 0; k < d; k++) {
            const double *at = m[k] + from + i;
            for (int l = 0; l < STRIP; l++) {
                const double t = x[k] - at[l];
                s[l] += t * t;
            }
        }
        memcpy(q + i, s, sizeof s);
    }
    for (; i < n; i++) {
        double s = 0;
        for (int k = 0; k < d; k++) {
            const double t = x[k] - m[k][from + i];
            s += t * t;
        }
        q[i] = s;
    }
}

static double loop_weighted(double x, const double *m, const double *g, int64_t n)
{
    double s[HOX__LANES] = {0};
    int64_t i = 0;
    for (; i + HOX__LANES <= n; i += HOX__LANES)
        for (int l = 0; l < HOX__LANES; l++) {
            const double t = x - m[i + l];
            s[l] += g[i + l] * (t * t);
        }
    for (int l = 0; i + l < n; l++) {
        const double t = x - m[i + l];
        s[l] += g[i + l] * (t * t);
    }
    return lanes_sum(s);
}

static void loop_matern(const double *q, double *restrict k, double *restrict d, int64_t n)
{
    enum { STRIP = 64 };
    for (int64_t from = 0; from < n; from += STRIP) {
        double s[STRIP], e[STRIP]; /* copies: k may be q */
        const int m = n - from < STRIP ? (int)(n - from) : STRIP;
        for (int i = 0; i < m; i++)
            s[i] = sqrt(5 * q[from + i]);
        for (int i = 0; i < m; i++)
            e[i] = exp_one(-s[i]);
        for (int i = 0; d && i < m; i++)
            d[from + i] = -(5.0 / 6) * (1 + s[i]) * e[i];
        for (int i = 0; i < m; i++)
            k[from + i] = (1 + s[i] + s[i] * s[i] * (1.0 / 3)) * e[i];
    }
}

static void loop_solve(const double *const *l, double *v, int64_t from, int64_t n)
{
    for (int64_t i = from; i < n; i++) {
        double s[HOX__COLUMNS];
        const double *row = l[i];
        double *out = v + i * HOX__COLUMNS;
        for (int c = 0; c < HOX__COLUMNS; c++)
            s[c] = out[c];
        for (int64_t j = from; j < i; j++) {
            const double *in = v + j * HOX__COLUMNS;
            for (int c = 0; c < HOX__COLUMNS; c++)
                s[c] -= row[j] * in[c];
        }
        const double inverse = 1 / row[i];
        for (int c = 0; c < HOX__COLUMNS; c++)
            out[c] = s[c] * inverse;
    }
}

const hox__loops PASTE(hox__loops_, SET) = {
    .name = TEXT(SET),
    .exp = loop_exp,
    .dot = loop_dot,
    .dot4 = loop_dot4,
    .add = loop_add,
    .distance = loop_distance,
    .weighted = loop_weighted,
    .matern = loop_matern,
    .solve = loop_solve,
};
