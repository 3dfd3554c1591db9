#include "search/linalg.h"
#include "search/loops.h"
#include <math.h>
#include <string.h>

/* Row i against the finished rows, four at a time: their dot products up to the block's first
 * column, then the block's own triangle. */
static void eliminate(const hox__loops *loops, double *const *l, int i)
{
    double *row = l[i], sum[4];
    int j = 0;
    for (; j + 4 <= i; j += 4) {
        const double *const four[4] = {l[j], l[j + 1], l[j + 2], l[j + 3]};
        loops->dot4(row, four, j, sum);
        for (int k = 0; k < 4; k++) {
            double x = row[j + k] - sum[k];
            for (int m = 0; m < k; m++)
                x -= row[j + m] * four[k][j + m];
            row[j + k] = x / four[k][j + k];
        }
    }
    for (; j < i; j++)
        row[j] = (row[j] - loops->dot(row, l[j], j)) / l[j][j];
}

bool hox__cholesky(double *const *l, int from, int n)
{
    const hox__loops *loops = hox__loops_get();
    for (int i = from; i < n; i++) {
        eliminate(loops, l, i);
        const double d = l[i][i] - loops->dot(l[i], l[i], i);
        if (!(d > 0) || !isfinite(d))
            return false;
        l[i][i] = sqrt(d);
    }
    return true;
}

void hox__solve_lower(const double *const *l, double *x, int n)
{
    const hox__loops *loops = hox__loops_get();
    double sum[4];
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        loops->dot4(x, l + i, i, sum);
        for (int k = 0; k < 4; k++) {
            double y = x[i + k] - sum[k];
            for (int m = 0; m < k; m++)
                y -= x[i + m] * l[i + k][i + m];
            x[i + k] = y / l[i + k][i + k];
        }
    }
    for (; i < n; i++)
        x[i] = (x[i] - loops->dot(x, l[i], i)) / l[i][i];
}

void hox__solve_upper(const double *const *l, double *x, int n)
{
    const hox__loops *loops = hox__loops_get();
    for (int i = n - 1; i >= 0; i--) {
        x[i] /= l[i][i];
        loops->add(-x[i], l[i], x, i);
    }
}

/* scratch[c][k] = (L^-1)[k][c], zero for k < c: columns in blocks, each solved from the row where
 * it begins. */
static void invert_factor(const double *const *l, int n, double *scratch)
{
    const hox__loops *loops = hox__loops_get();
    double *block = scratch + (int64_t)n * n;
    for (int first = 0; first < n; first += HOX__COLUMNS) {
        const int columns = n - first < HOX__COLUMNS ? n - first : HOX__COLUMNS;
        memset(block, 0, (size_t)n * HOX__COLUMNS * sizeof *block);
        for (int c = 0; c < columns; c++)
            block[(first + c) * HOX__COLUMNS + c] = 1;
        loops->solve(l, block, first, n);
        for (int c = 0; c < columns; c++)
            for (int k = first; k < n; k++)
                scratch[(int64_t)(first + c) * n + k] = block[k * HOX__COLUMNS + c];
    }
}

void hox__inverse(const double *const *l, int n, double *const *inverse, double *scratch)
{
    const hox__loops *loops = hox__loops_get();
    invert_factor(l, n, scratch);
    for (int i = 0; i < n; i++) {
        const double *a = scratch + (int64_t)i * n + i;
        int j = 0;
        for (; j + 4 <= i + 1; j += 4) {
            const double *const four[4] = {
                scratch + (int64_t)j * n + i, scratch + (int64_t)(j + 1) * n + i,
                scratch + (int64_t)(j + 2) * n + i, scratch + (int64_t)(j + 3) * n + i};
            loops->dot4(a, four, n - i, inverse[i] + j);
        }
        for (; j <= i; j++)
            inverse[i][j] = loops->dot(a, scratch + (int64_t)j * n + i, n - i);
    }
}
