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

/* Where the operands of a tile lie: elements of op(a) are a_row and a_step apart, rows of b and of
 * c b_step and c_row. `left` columns exist. The product is added to `begin`, which lies as c, to
 * the numbers of `row`, and to one of `column` in each row, where they are not NULL; and to the
 * products at `next`, of which only a and b are read. */
typedef struct place place;
struct place {
    const float *a, *b;
    int64_t a_row, a_step, b_step, c_row, k, left;
    float *c;
    const float *begin, *row, *column;
    const place *next;
};

/* What a tile begins with: columns [at, at + WIDTH) of row r. */
static inline __attribute__((always_inline)) lanes beginning(const place *p, int r, int64_t at)
{
    const int64_t left = p->left - at;
    lanes v = p->begin ? load_part(p->begin + r * p->c_row + at, left) : splat(0);
    if (p->row)
        v += load_part(p->row + at, left);
    if (p->column)
        v += splat(p->column[r]);
    return v;
}

/* `rows` rows by two vectors; of the second, when it is not whole, only what exists is read. */
static inline __attribute__((always_inline)) void tile(const int rows, const bool whole,
                                                       const place *p)
{
    lanes acc[ROWS][2];
    const int64_t second = p->left - WIDTH;
    const bool zero = !p->begin && !p->row && !p->column;
    UNROLLED for (int r = 0; r < rows; r++)
    {
        acc[r][0] = zero ? splat(0) : beginning(p, r, 0);
        acc[r][1] = zero ? splat(0) : beginning(p, r, WIDTH);
    }
    for (const place *q = p; q; q = q->next) {
        const float *a = q->a, *b = q->b;
        const int64_t a_row = q->a_row, a_step = q->a_step, b_step = q->b_step;
        for (int64_t l = q->k; l > 0; l--, a += a_step, b += b_step) {
            const lanes b0 = load(b), b1 = whole ? load(b + WIDTH) : load_part(b + WIDTH, second);
            UNROLLED for (int r = 0; r < rows; r++)
            {
                const lanes v = splat(a[r * a_row]);
                acc[r][0] = fma_lanes(v, b0, acc[r][0]);
                acc[r][1] = fma_lanes(v, b1, acc[r][1]);
            }
        }
    }
    UNROLLED for (int r = 0; r < rows; r++)
    {
        store(p->c + r * p->c_row, acc[r][0]);
        store_part(p->c + r * p->c_row + WIDTH, acc[r][1], second);
    }
}

/* One vector or less. */
static inline __attribute__((always_inline)) void thin_tile(const int rows, const place *p)
{
    lanes acc[ROWS];
    const int64_t left = p->left;
    UNROLLED for (int r = 0; r < rows; r++) acc[r] = beginning(p, r, 0);
    for (const place *q = p; q; q = q->next) {
        const float *a = q->a, *b = q->b;
        const int64_t a_row = q->a_row, a_step = q->a_step, b_step = q->b_step;
        for (int64_t l = q->k; l > 0; l--, a += a_step, b += b_step) {
            const lanes b0 = load_part(b, left);
            UNROLLED for (int r = 0; r < rows; r++) acc[r] =
                fma_lanes(splat(a[r * a_row]), b0, acc[r]);
        }
    }
    UNROLLED for (int r = 0; r < rows; r++) store_part(p->c + r * p->c_row, acc[r], left);
}

/* clang-format off */
#define CASE(n)                                                                                    \
    case n:                                                                                        \
        p->left >= PANEL ? tile(n, true, p) : p->left > WIDTH ? tile(n, false, p) : thin_tile(n, p); \
        break;
#if defined(__AVX512F__)
#define CASES CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#elif defined(__FMA__)
#define CASES CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#else
#define CASES CASE(2) CASE(3)
#endif
/* clang-format on */

static void tile_rows(int64_t rows, const place *p)
{
    switch (rows) {
        CASES
    default:
        p->left >= PANEL ? tile(1, true, p) : p->left > WIDTH ? tile(1, false, p) : thin_tile(1, p);
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

/* Rows [from, to) of c = a b with b in panels */
static void gemm_packed(int64_t m, int64_t n, int64_t k, const float *a, const float *panels,
                        float *c, int64_t from, int64_t to)
{
    (void)m;
    const int64_t height = tile_height(to - from);
    for (int64_t i = from; i < to; i += height)
        for (int64_t j = 0; j < n; j += PANEL) {
            const place p = {.a = a + i * k,
                             .b = panels + j * k,
                             .a_row = k,
                             .a_step = 1,
                             .b_step = PANEL,
                             .c_row = n,
                             .k = k,
                             .left = n - j,
                             .c = c + i * n + j};
            tile_rows(to - i < height ? to - i : height, &p);
        }
}

/* ---- operands where they lie ---- */

/* So much of the common size at once that what is read again stays in the second cache. */
enum { INNER_MAX = 512 };

static void gemm_across(bool ta, int64_t m, int64_t n, int64_t k, const float *a, const float *b,
                        float *c, int64_t from, int64_t to)
{
    const int64_t row = ta ? 1 : k, step = ta ? m : 1, height = tile_height(to - from);
    const int64_t high = (to - from + height - 1) / height, wide = (n + PANEL - 1) / PANEL;
    for (int64_t l = 0; l < k; l += INNER_MAX)
        for (int64_t t = 0; t < high * wide; t++) {
            /* the larger operand is read once, the other again and again */
            const int64_t i = from + (m >= n ? t / wide : t % high) * height,
                          j = (m >= n ? t % wide : t / high) * PANEL;
            const place p = {.a = a + i * row + l * step,
                             .b = b + l * n + j,
                             .a_row = row,
                             .a_step = step,
                             .b_step = n,
                             .c_row = n,
                             .k = k - l < INNER_MAX ? k - l : INNER_MAX,
                             .left = n - j,
                             .c = c + i * n + j,
                             .begin = l > 0 ? c + i * n + j : NULL};
            tile_rows(to - i < height ? to - i : height, &p);
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

static void gemm_dots(int64_t n, int64_t k, const float *a, const float *b, float *c, int64_t from,
                      int64_t to)
{
    for (int64_t j = 0; j < n; j += DOTS)
        for (int64_t i = from; i < to; i += DOTS) {
            const int64_t rows = to - i < DOTS ? to - i : DOTS,
                          columns = n - j < DOTS ? n - j : DOTS;
            const float *x = a + i * k, *y = b + j * k;
            float *at = c + i * n + j;
            if (rows == DOTS && columns == DOTS)
                tile_dots(DOTS, DOTS, x, y, n, k, at);
            else if (columns == DOTS)
                for (int64_t r = 0; r < rows; r++)
                    tile_dots(1, DOTS, x + r * k, y, n, k, at + r * n);
            else
                for (int64_t s = 0; s < columns; s++)
                    if (rows == DOTS)
                        tile_dots(DOTS, 1, x, y + s * k, n, k, at + s);
                    else
                        for (int64_t r = 0; r < rows; r++)
                            tile_dots(1, 1, x + r * k, y + s * k, n, k, at + r * n + s);
        }
}

static void gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, const float *b,
                 float *c, int64_t from, int64_t to)
{
    if (!tb)
        gemm_across(ta, m, n, k, a, b, c, from, to);
    else if (!ta)
        gemm_dots(n, k, a, b, c, from, to);
    else /* both transposed: rare, and never in a training step */
        for (int64_t i = from; i < to; i++)
            for (int64_t j = 0; j < n; j++) {
                float sum = 0;
                for (int64_t l = 0; l < k; l++)
                    sum += a[l * m + i] * b[j * k + l];
                c[i * n + j] = sum;
            }
}

#endif
