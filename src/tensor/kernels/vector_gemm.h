/* Small products: tiles of the result held in registers. Three shapes of loop: the right operand
 * read along its rows (vectors across the result), or, when it is transposed, dot products along
 * the common size. Part of vector_body.h. */
#ifndef HOX_TENSOR_VECTOR_GEMM_H
#define HOX_TENSOR_VECTOR_GEMM_H

#include "tensor/kernels/vector_lanes.h"

enum { TILE = 4 };

/* Rows [i, i + TILE) of c, columns [j, j + 2 WIDTH), the last of them perhaps partly. */
static inline void tile_across(const float *a, int64_t a_row, int64_t a_step, const float *b,
                               int64_t n, int64_t k, int rows, int64_t left, float *c)
{
    lanes acc[TILE][2];
    for (int r = 0; r < TILE; r++)
        acc[r][0] = acc[r][1] = splat(0);
    if (left >= 2 * WIDTH) {
        for (int64_t l = 0; l < k; l++) {
            const lanes b0 = load(b + l * n), b1 = load(b + l * n + WIDTH);
            for (int r = 0; r < rows; r++) {
                const lanes v = splat(a[r * a_row + l * a_step]);
                acc[r][0] = fma_lanes(v, b0, acc[r][0]);
                acc[r][1] = fma_lanes(v, b1, acc[r][1]);
            }
        }
    } else {
        const int64_t second = left > WIDTH ? left - WIDTH : 0;
        for (int64_t l = 0; l < k; l++) {
            const lanes b0 = load_part(b + l * n, left);
            const lanes b1 = second ? load_part(b + l * n + WIDTH, second) : splat(0);
            for (int r = 0; r < rows; r++) {
                const lanes v = splat(a[r * a_row + l * a_step]);
                acc[r][0] = fma_lanes(v, b0, acc[r][0]);
                acc[r][1] = fma_lanes(v, b1, acc[r][1]);
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        store_part(c + r * n, acc[r][0], left);
        if (left > WIDTH)
            store_part(c + r * n + WIDTH, acc[r][1], left - WIDTH);
    }
}

static void gemm_across(bool ta, int64_t m, int64_t n, int64_t k, const float *a, const float *b,
                        float *c)
{
    const int64_t a_row = ta ? 1 : k, a_step = ta ? m : 1;
    for (int64_t j = 0; j < n; j += 2 * WIDTH)
        for (int64_t i = 0; i < m; i += TILE) {
            const int64_t left = n - j;
            float *to = c + i * n + j;
            if (m - i >= TILE)
                tile_across(a + i * a_row, a_row, a_step, b + j, n, k, TILE, left, to);
            else
                tile_across(a + i * a_row, a_row, a_step, b + j, n, k, (int)(m - i), left, to);
        }
}

/* c[i, j] = a[i, :] . b[j, :] for a few rows at once. */
static inline void tile_dots(const float *a, const float *b, int64_t n, int64_t k, int rows,
                             int columns, float *c)
{
    lanes acc[TILE][TILE];
    for (int r = 0; r < TILE; r++)
        for (int s = 0; s < TILE; s++)
            acc[r][s] = splat(0);
    int64_t l = 0;
    for (; l + WIDTH <= k; l += WIDTH)
        for (int r = 0; r < rows; r++) {
            const lanes v = load(a + r * k + l);
            for (int s = 0; s < columns; s++)
                acc[r][s] = fma_lanes(v, load(b + s * k + l), acc[r][s]);
        }
    for (int r = 0; l < k && r < rows; r++) {
        const lanes v = load_part(a + r * k + l, k - l);
        for (int s = 0; s < columns; s++)
            acc[r][s] = fma_lanes(v, load_part(b + s * k + l, k - l), acc[r][s]);
    }
    for (int r = 0; r < rows; r++)
        for (int s = 0; s < columns; s++)
            c[r * n + s] = total(acc[r][s]);
}

static void gemm_dots(int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c)
{
    for (int64_t i = 0; i < m; i += TILE)
        for (int64_t j = 0; j < n; j += TILE) {
            const int rows = m - i < TILE ? (int)(m - i) : TILE;
            const int columns = n - j < TILE ? (int)(n - j) : TILE;
            const float *x = a + i * k, *y = b + j * k;
            float *to = c + i * n + j;
            if (rows == TILE && columns == TILE)
                tile_dots(x, y, n, k, TILE, TILE, to);
            else if (rows == TILE && columns == 2)
                tile_dots(x, y, n, k, TILE, 2, to);
            else
                tile_dots(x, y, n, k, rows, columns, to);
        }
}

static void gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, const float *b,
                 float *c)
{
    if (!tb)
        gemm_across(ta, m, n, k, a, b, c);
    else if (!ta)
        gemm_dots(m, n, k, a, b, c);
    else
        for (int64_t i = 0; i < m; i++) /* both transposed: rare, and never in a training step */
            for (int64_t j = 0; j < n; j++) {
                float sum = 0;
                for (int64_t l = 0; l < k; l++)
                    sum += a[l * m + i] * b[j * k + l];
                c[i * n + j] = sum;
            }
}

#endif
