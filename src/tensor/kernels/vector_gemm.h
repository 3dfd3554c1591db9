/* Products: tiles of the result held in registers, ROWS by two vectors. Operands are read where
 * they lie, in whatever order the cache likes (measured as fast as packing up to 2048^3), except a
 * right operand that is transposed: it is packed into panels of two vectors, [panel, k, 2 WIDTH],
 * once however often it is used, or, where that does not pay, multiplied by dot products. Part of
 * vector_body.h. */
#ifndef HOX_TENSOR_VECTOR_GEMM_H
#define HOX_TENSOR_VECTOR_GEMM_H

#include "tensor/kernels/vector_lanes.h"

enum { PANEL = 2 * WIDTH };

#if defined(__AVX512F__)
enum { ROWS = 12 }; /* 24 of 32 registers */
#elif defined(__FMA__)
enum { ROWS = 6 }; /* 12 of 16 */
#else
enum { ROWS = 3 };
#endif

/* One tile: `rows` rows of op(a), whose elements are a_row and a_step apart, by one panel of b,
 * whose rows are b_step apart; `left` columns are stored. */
static inline __attribute__((always_inline)) void tile(const int rows, const float *a,
                                                       int64_t a_row, int64_t a_step,
                                                       const float *b, int64_t b_step, int64_t k,
                                                       float *c, int64_t c_row, int64_t left)
{
    lanes acc[ROWS][2];
    UNROLLED for (int r = 0; r < rows; r++) acc[r][0] = acc[r][1] = splat(0);
    for (int64_t l = 0; l < k; l++, a += a_step, b += b_step) {
        const lanes b0 = load(b), b1 = load(b + WIDTH);
        UNROLLED for (int r = 0; r < rows; r++)
        {
            const lanes v = splat(a[r * a_row]);
            acc[r][0] = fma_lanes(v, b0, acc[r][0]);
            acc[r][1] = fma_lanes(v, b1, acc[r][1]);
        }
    }
    UNROLLED for (int r = 0; r < rows; r++)
    {
        store_part(c + r * c_row, acc[r][0], left);
        if (left > WIDTH)
            store_part(c + r * c_row + WIDTH, acc[r][1], left - WIDTH);
    }
}

/* The same with columns behind the edge not read. */
static inline __attribute__((always_inline)) void
thin_tile(const int rows, const float *a, int64_t a_row, int64_t a_step, const float *b,
          int64_t b_step, int64_t k, float *c, int64_t c_row, int64_t left)
{
    lanes acc[ROWS];
    UNROLLED for (int r = 0; r < rows; r++) acc[r] = splat(0);
    for (int64_t l = 0; l < k; l++, a += a_step, b += b_step) {
        const lanes b0 = load_part(b, left);
        UNROLLED for (int r = 0; r < rows; r++) acc[r] = fma_lanes(splat(a[r * a_row]), b0, acc[r]);
    }
    UNROLLED for (int r = 0; r < rows; r++) store_part(c + r * c_row, acc[r], left);
}

/* clang-format off */
#define CASE(kind, n) case n: kind(n, a, a_row, a_step, b, b_step, k, c, c_row, left); break;
#define FEW(kind)     CASE(kind, 2) CASE(kind, 3)
#define SOME(kind)    FEW(kind) CASE(kind, 4) CASE(kind, 5) CASE(kind, 6)
#define MANY(kind)    SOME(kind) CASE(kind, 7) CASE(kind, 8) CASE(kind, 9) CASE(kind, 10) \
                      CASE(kind, 11) CASE(kind, 12)
/* clang-format on */
#if defined(__AVX512F__)
#define CASES(kind) MANY(kind)
#elif defined(__FMA__)
#define CASES(kind) SOME(kind)
#else
#define CASES(kind) FEW(kind)
#endif

static void tile_rows(int64_t rows, const float *a, int64_t a_row, int64_t a_step, const float *b,
                      int64_t b_step, int64_t k, float *c, int64_t c_row, int64_t left)
{
    switch (rows) {
        CASES(tile)
    default:
        tile(1, a, a_row, a_step, b, b_step, k, c, c_row, left);
    }
}

static void thin_tile_rows(int64_t rows, const float *a, int64_t a_row, int64_t a_step,
                           const float *b, int64_t b_step, int64_t k, float *c, int64_t c_row,
                           int64_t left)
{
    switch (rows) {
        CASES(thin_tile)
    default:
        thin_tile(1, a, a_row, a_step, b, b_step, k, c, c_row, left);
    }
}

/* Rows of one tile, so that all tiles are about as high. */
static inline int64_t tile_height(int64_t m)
{
    const int64_t tiles = (m + ROWS - 1) / ROWS;
    return (m + tiles - 1) / tiles;
}

/* Rows [l, l + some) of a panel from `left` columns that lie as rows of k. */
static void pack_columns(const float *b, int64_t k, int64_t left, int64_t some, float *to)
{
    for (int64_t s = 0; s < left; s++)
        for (int64_t i = 0; i < some; i++)
            to[i * PANEL + s] = b[s * k + i];
}

static void pack_square(const float *b, int64_t k, float *to)
{
    lanes v[WIDTH];
    for (int i = 0; i < WIDTH; i++)
        v[i] = load(b + i * k);
    transpose_lanes(v);
    for (int i = 0; i < WIDTH; i++)
        store(to + i * PANEL, v[i]);
}

/* b [n, k] to panels; columns behind the edge are 0. */
static void gemm_pack(int64_t n, int64_t k, const float *b, float *to)
{
    for (int64_t j = 0; j < n; j += PANEL, to += k * PANEL) {
        const int64_t left = n - j < PANEL ? n - j : PANEL;
        if (left < PANEL)
            memset(to, 0, (size_t)(k * PANEL) * sizeof *to);
        for (int64_t l = 0; l < k; l += WIDTH)
            for (int64_t s = 0; s < left; s += WIDTH) {
                const float *from = b + (j + s) * k + l;
                if (k - l >= WIDTH && left - s >= WIDTH)
                    pack_square(from, k, to + l * PANEL + s);
                else
                    pack_columns(from, k, left - s < WIDTH ? left - s : WIDTH,
                                 k - l < WIDTH ? k - l : WIDTH, to + l * PANEL + s);
            }
    }
}

/* c = a b with b in panels */
static void gemm_packed(int64_t m, int64_t n, int64_t k, const float *a, const float *panels,
                        float *c)
{
    const int64_t height = tile_height(m);
    for (int64_t i = 0; i < m; i += height) {
        const int64_t rows = m - i < height ? m - i : height;
        const float *from = a + i * k;
        for (int64_t j = 0; j < n; j += PANEL) {
            const float *b = panels + j * k;
            float *to = c + i * n + j;
            if (n - j > WIDTH)
                tile_rows(rows, from, k, 1, b, PANEL, k, to, n, n - j);
            else
                thin_tile_rows(rows, from, k, 1, b, PANEL, k, to, n, n - j);
        }
    }
}

/* ---- operands where they lie ---- */

static void gemm_across(bool ta, int64_t m, int64_t n, int64_t k, const float *a, const float *b,
                        float *c)
{
    const int64_t row = ta ? 1 : k, step = ta ? m : 1, height = tile_height(m);
    for (int64_t j = 0; j < n;) {
        const bool wide = n - j >= PANEL;
        for (int64_t i = 0; i < m; i += height) {
            const int64_t rows = m - i < height ? m - i : height;
            if (wide)
                tile_rows(rows, a + i * row, row, step, b + j, n, k, c + i * n + j, n, PANEL);
            else
                thin_tile_rows(rows, a + i * row, row, step, b + j, n, k, c + i * n + j, n, n - j);
        }
        j += wide ? PANEL : WIDTH;
    }
}

enum { DOTS = 4 };

/* c[i, j] = a[i, :] . b[j, :] for a few rows at once. */
static inline __attribute__((always_inline)) void tile_dots(const int rows, const int columns,
                                                            const float *a, const float *b,
                                                            int64_t n, int64_t k, float *c)
{
    lanes acc[DOTS][DOTS];
    UNROLLED for (int r = 0; r < rows; r++) UNROLLED for (int s = 0; s < columns; s++) acc[r][s] =
        splat(0);
    for (int64_t l = 0; l < k; l += WIDTH) {
        lanes w[DOTS];
        UNROLLED for (int s = 0; s < columns; s++) w[s] = load_part(b + s * k + l, k - l);
        UNROLLED for (int r = 0; r < rows; r++)
        {
            const lanes v = load_part(a + r * k + l, k - l);
            UNROLLED for (int s = 0; s < columns; s++) acc[r][s] = fma_lanes(v, w[s], acc[r][s]);
        }
    }
    UNROLLED for (int r = 0; r < rows; r++) UNROLLED for (int s = 0; s < columns; s++)
        c[r * n + s] = total(acc[r][s]);
}

static void gemm_dots(int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c)
{
    for (int64_t j = 0; j < n; j += DOTS)
        for (int64_t i = 0; i < m; i += DOTS) {
            const int64_t rows = m - i < DOTS ? m - i : DOTS, columns = n - j < DOTS ? n - j : DOTS;
            const float *x = a + i * k, *y = b + j * k;
            float *to = c + i * n + j;
            if (rows == DOTS && columns == DOTS)
                tile_dots(DOTS, DOTS, x, y, n, k, to);
            else if (columns == DOTS)
                for (int64_t r = 0; r < rows; r++)
                    tile_dots(1, DOTS, x + r * k, y, n, k, to + r * n);
            else
                for (int64_t s = 0; s < columns; s++)
                    if (rows == DOTS)
                        tile_dots(DOTS, 1, x, y + s * k, n, k, to + s);
                    else
                        for (int64_t r = 0; r < rows; r++)
                            tile_dots(1, 1, x + r * k, y + s * k, n, k, to + r * n + s);
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
