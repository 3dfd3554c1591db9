/* 3x3 and 5x5 convolutions of stride 1 with fewer multiplications: Winograd's F(4x4, 3x3) and
 * F(2x2, 5x5) (Lavin, Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016) over
 * blocked images, in all three directions. Part of vector_body.h.
 *
 *   y = A' [(G g G') . (B' d B)] A        4x4 of the result from 6x6 of the image, 36 products for
 * 144 dg = G' [(A dy A') . (B' d B)] G      the same form read for g
 *
 * or 2x2, 36 products for 100; the points are the same and so is B. The 36 products are matrix
 * products over channels, of as many tiles at once as stay in the second cache with their results.
 * The points are 0, +-NEAR, +-FAR and infinity, with which rounding costs half as much as with +-1
 * and +-2 (64 channels: the error's rms is 8e-7 of that of the result for 17e-7, and 18e-7 for
 * 38e-7 of the weights' gradients); each is a sum of few powers of 2, so that the matrices are
 * exact but for the divisors of G. */
#ifndef HOX_TENSOR_VECTOR_WINOGRAD_H
#define HOX_TENSOR_VECTOR_WINOGRAD_H

#include "tensor/kernels/vector_gemm.h"

#if WIDTH == 16 && defined(__AVX512F__)

#define NEAR        0.625f
#define FAR         1.5f
#define NEAR2       (NEAR * NEAR)
#define FAR2        (FAR * FAR)
#define NEAR_WEIGHT (1 / (2 * NEAR2 * (NEAR2 - FAR2)))
#define FAR_WEIGHT  (1 / (2 * FAR2 * (FAR2 - NEAR2)))
#define ZERO_WEIGHT (1 / (NEAR2 * FAR2))

#define INLINED static inline __attribute__((always_inline))

enum { IN_SIDE = 6, SIDE_MAX = 4, TAPS_MAX = 5, POINTS = HOX__WINOGRAD_POINTS };

/* ---- the matrices, on one row or column ---- */

/* B' d */
INLINED void image_line(const lanes d[6], lanes out[6])
{
    const lanes near2 = splat(-NEAR2), far2 = splat(-FAR2), product = splat(NEAR2 * FAR2),
                sum = splat(-(NEAR2 + FAR2));
    const lanes p = fma_lanes(far2, d[2], d[4]), q = fma_lanes(far2, d[1], d[3]);
    const lanes r = fma_lanes(near2, d[2], d[4]), s = fma_lanes(near2, d[1], d[3]);
    out[0] = fma_lanes(product, d[0], fma_lanes(sum, d[2], d[4]));
    out[1] = fma_lanes(splat(NEAR), q, p);
    out[2] = fma_lanes(splat(-NEAR), q, p);
    out[3] = fma_lanes(splat(FAR), s, r);
    out[4] = fma_lanes(splat(-FAR), s, r);
    out[5] = fma_lanes(product, d[1], fma_lanes(sum, d[3], d[5]));
}

/* A y: the polynomial with these n coefficients at the points. */
INLINED void at_points(const int n, const lanes y[], lanes out[6])
{
    lanes p = y[0], q = y[1], r = y[0], s = y[1];
    if (n > 2) {
        p = fma_lanes(splat(NEAR2), y[2], p);
        r = fma_lanes(splat(FAR2), y[2], r);
    }
    if (n > 3) {
        q = fma_lanes(splat(NEAR2), y[3], q);
        s = fma_lanes(splat(FAR2), y[3], s);
    }
    if (n > 4) {
        p = fma_lanes(splat(NEAR2 * NEAR2), y[4], p);
        r = fma_lanes(splat(FAR2 * FAR2), y[4], r);
    }
    out[0] = y[0];
    out[1] = fma_lanes(splat(NEAR), q, p);
    out[2] = fma_lanes(splat(-NEAR), q, p);
    out[3] = fma_lanes(splat(FAR), s, r);
    out[4] = fma_lanes(splat(-FAR), s, r);
    out[5] = y[n - 1];
}

/* A' m, the other way */
INLINED void from_points(const int n, const lanes m[6], lanes out[])
{
    const lanes a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
    out[0] = m[0] + a + c;
    out[1] = fma_lanes(splat(FAR), d, splat(NEAR) * b);
    if (n > 2)
        out[2] = fma_lanes(splat(FAR2), c, splat(NEAR2) * a);
    if (n > 3)
        out[3] = fma_lanes(splat(FAR2 * FAR), d, splat(NEAR2 * NEAR) * b);
    if (n > 4)
        out[4] = fma_lanes(splat(FAR2 * FAR2), c, splat(NEAR2 * NEAR2) * a);
    out[n - 1] += m[5];
}

INLINED void weigh_points(lanes m[6])
{
    m[0] *= splat(ZERO_WEIGHT);
    m[1] *= splat(NEAR_WEIGHT);
    m[2] *= splat(NEAR_WEIGHT);
    m[3] *= splat(FAR_WEIGHT);
    m[4] *= splat(FAR_WEIGHT);
}

/* G g */
INLINED void weight_line(const int n, const lanes g[], lanes out[6])
{
    at_points(n, g, out);
    weigh_points(out);
}

/* G' m; m is spoilt */
INLINED void slope_line(const int n, lanes m[6], lanes out[])
{
    weigh_points(m);
    from_points(n, m, out);
}

/* ---- where things lie ---- */

/* Blocks of channels side by side in panels as vector_gemm.h reads them: [panel, rows, 2 WIDTH],
 * the last one half as wide when their number is odd. */
static inline int64_t panel_width(int64_t channels, int64_t block)
{
    return channels - block / 2 * PANEL < PANEL ? WIDTH : PANEL;
}

static inline int64_t panel_at(int64_t rows, int64_t block)
{
    return block / 2 * PANEL * rows + block % 2 * WIDTH;
}

typedef struct {
    int64_t image, row, column; /* of the result, in tiles */
} tile_place;

static void tile_places(const hox__winograd *p, int64_t from, int64_t n, tile_place *out)
{
    for (int64_t i = 0; i < n; i++) {
        const int64_t t = from + i, in_image = t % (p->rows * p->columns);
        out[i] =
            (tile_place){t / (p->rows * p->columns), in_image / p->columns, in_image % p->columns};
    }
}

/* side x side vectors from (row, column) of a plane h x w, where they lie: rows outside are zeros,
 * columns outside [first, end) are not there at all, and a row begins at the first. */
typedef struct {
    const float *row[IN_SIDE];
    int64_t first, end;
} window;

INLINED window window_of(const int side, const float *plane, int64_t h, int64_t w, int64_t row,
                         int64_t column, const float *zeros)
{
    window a = {.first = column < 0 ? -column : 0, .end = w - column < side ? w - column : side};
    UNROLLED for (int i = 0; i < side; i++) a.row[i] =
        row + i >= 0 && row + i < h ? plane + ((row + i) * w + column + a.first) * WIDTH : zeros;
    return a;
}

/* Column j of the window. */
INLINED void window_column(const int side, const window *a, int j, lanes out[])
{
    const bool inside = j >= a->first && j < a->end;
    UNROLLED for (int i = 0; i < side; i++) out[i] = splat(0);
    if (inside)
        UNROLLED for (int i = 0; i < side; i++) out[i] = load(a->row[i] + (j - a->first) * WIDTH);
}

/* ---- into the 36 matrices and out of them ---- */

/* The image's 6x6 of each tile: to[36][tile][channel]. */
static void images_in(const hox__winograd *p, const tile_place *tile, int64_t n, const float *x,
                      float *to)
{
    const int64_t step = hox__winograd_step(p->tiles_at_once, p->in),
                  plane = p->h_in * p->w_in * WIDTH;
    const float zeros[IN_SIDE * WIDTH] = {0};
    for (int64_t b = 0; b < p->in / WIDTH; b++)
        for (int64_t t = 0; t < n; t++) {
            lanes half[IN_SIDE][IN_SIDE];
            const window d = window_of(IN_SIDE, x + (tile[t].image * (p->in / WIDTH) + b) * plane,
                                       p->h_in, p->w_in, tile[t].row * p->tile - p->pad_top,
                                       tile[t].column * p->tile - p->pad_left, zeros);
            float *out = to + t * p->in + b * WIDTH;
            UNROLLED for (int j = 0; j < IN_SIDE; j++)
            {
                lanes line[IN_SIDE], done[IN_SIDE];
                window_column(IN_SIDE, &d, j, line);
                image_line(line, done);
                UNROLLED for (int i = 0; i < IN_SIDE; i++) half[i][j] = done[i];
            }
            UNROLLED for (int i = 0; i < IN_SIDE; i++)
            {
                lanes done[IN_SIDE];
                image_line(half[i], done);
                UNROLLED for (int j = 0; j < IN_SIDE; j++)
                    store(out + (i * IN_SIDE + j) * step, done[j]);
            }
        }
}

/* The part of each tile of the result's gradient, side x side: to[36][panels of tiles x channels].
 */
INLINED void gradients_of(const int side, const hox__winograd *p, const tile_place *tile, int64_t n,
                          const float *dy, float *to)
{
    const int64_t step = hox__winograd_step(p->tiles_at_once, p->out),
                  plane = p->h_out * p->w_out * WIDTH;
    const float zeros[SIDE_MAX * WIDTH] = {0};
    for (int64_t b = 0; b < p->out / WIDTH; b++) {
        const int64_t wide = panel_width(p->out, b);
        float *panel = to + panel_at(p->tiles_at_once, b);
        for (int64_t t = 0; t < n; t++) {
            lanes half[IN_SIDE][SIDE_MAX];
            const window d =
                window_of(side, dy + (tile[t].image * (p->out / WIDTH) + b) * plane, p->h_out,
                          p->w_out, tile[t].row * side, tile[t].column * side, zeros);
            float *out = panel + t * wide;
            UNROLLED for (int j = 0; j < side; j++)
            {
                lanes line[SIDE_MAX], done[IN_SIDE];
                window_column(side, &d, j, line);
                at_points(side, line, done);
                UNROLLED for (int i = 0; i < IN_SIDE; i++) half[i][j] = done[i];
            }
            UNROLLED for (int i = 0; i < IN_SIDE; i++)
            {
                lanes done[IN_SIDE];
                at_points(side, half[i], done);
                UNROLLED for (int j = 0; j < IN_SIDE; j++)
                    store(out + (i * IN_SIDE + j) * step, done[j]);
            }
        }
    }
}

/* from[36][tile][channel] to side x side of the result each. */
INLINED void results_of(const int side, const hox__winograd *p, const tile_place *tile, int64_t n,
                        const float *from, float *y)
{
    const int64_t step = hox__winograd_step(p->tiles_at_once, p->out),
                  plane = p->h_out * p->w_out * WIDTH;
    for (int64_t b = 0; b < p->out / WIDTH; b++)
        for (int64_t t = 0; t < n; t++) {
            const float *m = from + t * p->out + b * WIDTH;
            lanes half[SIDE_MAX][IN_SIDE];
            UNROLLED for (int j = 0; j < IN_SIDE; j++)
            {
                lanes line[IN_SIDE], done[SIDE_MAX];
                UNROLLED for (int i = 0; i < IN_SIDE; i++) line[i] =
                    load(m + (i * IN_SIDE + j) * step);
                from_points(side, line, done);
                UNROLLED for (int i = 0; i < side; i++) half[i][j] = done[i];
            }
            const int64_t row = tile[t].row * side, column = tile[t].column * side;
            float *out = y + (tile[t].image * (p->out / WIDTH) + b) * plane +
                         (row * p->w_out + column) * WIDTH;
            UNROLLED for (int i = 0; i < side; i++) if (row + i < p->h_out)
            {
                lanes done[SIDE_MAX];
                from_points(side, half[i], done);
                UNROLLED for (int j = 0; j < side; j++) if (column + j < p->w_out)
                    store(out + (i * p->w_out + j) * WIDTH, done[j]);
            }
        }
}

static void gradients_in(const hox__winograd *p, const tile_place *tile, int64_t n, const float *dy,
                         float *to)
{
    if (p->tile == 4)
        gradients_of(4, p, tile, n, dy, to);
    else
        gradients_of(2, p, tile, n, dy, to);
}

static void results_out(const hox__winograd *p, const tile_place *tile, int64_t n,
                        const float *from, float *y)
{
    if (p->tile == 4)
        results_of(4, p, tile, n, from, y);
    else
        results_of(2, p, tile, n, from, y);
}

/* ---- weights ---- */

enum { TAP_VECTORS = 2 * WIDTH };

/* side x side vectors: the weights that begin `step` floats apart for `channels` channels, at most
 * WIDTH; 0 for the others. */
INLINED void taps_in(const int side, const float *w, int64_t step, int64_t channels,
                     lanes tap[TAP_VECTORS])
{
    UNROLLED for (int k = 0; k < side * side; k += WIDTH)
    {
        for (int l = 0; l < WIDTH; l++)
            tap[k + l] = l < channels ? load_part(w + l * step + k, side * side - k) : splat(0);
        transpose_lanes(tap + k);
    }
}

/* Channels of block b that exist. */
static inline int64_t channels_in(int64_t channels, int64_t b)
{
    return channels - b * WIDTH < WIDTH ? channels - b * WIDTH : WIDTH;
}

/* Where the weights of channel i of what is read and of block b of the result begin, and how far
 * apart those of two channels of the block are. Back: the channels are exchanged. */
static inline int64_t weights_at(const hox__winograd *p, int64_t i, int64_t b, int64_t *step)
{
    const int64_t taps = p->taps * p->taps;
    *step = p->back ? taps : p->in_channels * taps;
    return (p->back ? i * p->out_channels + b * WIDTH : b * WIDTH * p->in_channels + i) * taps;
}

/* u[36][panels of in x out]; blocks [from, to) of channels of the result. Back: the taps are turned
 * round. */
INLINED void weights_of(const int side, const hox__winograd *p, const float *w, float *u,
                        int64_t from, int64_t to)
{
    const int64_t step = hox__winograd_step(p->in, p->out);
    for (int64_t b = from; b < to; b++)
        for (int64_t i = 0; i < p->in; i++) {
            lanes tap[TAP_VECTORS], half[IN_SIDE][TAPS_MAX];
            int64_t apart;
            const float *at = w + weights_at(p, i, b, &apart);
            float *out = u + panel_at(p->in, b) + i * panel_width(p->out, b);
            taps_in(side, at, apart, i < p->in_channels ? channels_in(p->out_channels, b) : 0, tap);
            UNROLLED for (int j = 0; j < side; j++)
            {
                lanes line[TAPS_MAX], done[IN_SIDE];
                UNROLLED for (int k = 0; k < side; k++) line[k] =
                    tap[p->back ? side * side - 1 - side * k - j : side * k + j];
                weight_line(side, line, done);
                UNROLLED for (int k = 0; k < IN_SIDE; k++) half[k][j] = done[k];
            }
            UNROLLED for (int k = 0; k < IN_SIDE; k++)
            {
                lanes done[IN_SIDE];
                weight_line(side, half[k], done);
                UNROLLED for (int j = 0; j < IN_SIDE; j++)
                    store(out + (k * IN_SIDE + j) * step, done[j]);
            }
        }
}

static void winograd_weights(const hox__winograd *p, const float *w, float *u, int64_t from,
                             int64_t to)
{
    if (p->taps == 3)
        weights_of(3, p, w, u, from, to);
    else
        weights_of(5, p, w, u, from, to);
}

/* dw [out, in, side, side] from the sum of u[parts][36][panels of in x out]; blocks [from, to) of
 * channels of the result. */
INLINED void slopes_of(const int side, const hox__winograd *p, const float *u, int parts, float *dw,
                       int64_t from, int64_t to)
{
    const int64_t step = hox__winograd_step(p->in, p->out);
    for (int64_t b = from; b < to; b++)
        for (int64_t i = 0; i < p->in_channels; i++) {
            const float *m = u + panel_at(p->in, b) + i * panel_width(p->out, b);
            lanes half[TAPS_MAX][IN_SIDE], tap[TAP_VECTORS];
            int64_t apart;
            float *out = dw + weights_at(p, i, b, &apart);
            UNROLLED for (int j = 0; j < IN_SIDE; j++)
            {
                lanes line[IN_SIDE], done[TAPS_MAX];
                UNROLLED for (int k = 0; k < IN_SIDE; k++)
                {
                    const float *at = m + (k * IN_SIDE + j) * step;
                    line[k] = load(at);
                    for (int q = 1; q < parts; q++)
                        line[k] += load(at + q * POINTS * step);
                }
                slope_line(side, line, done);
                UNROLLED for (int k = 0; k < side; k++) half[k][j] = done[k];
            }
            for (int k = side * side; k < TAP_VECTORS; k++)
                tap[k] = splat(0);
            UNROLLED for (int k = 0; k < side; k++) slope_line(side, half[k], tap + side * k);
            UNROLLED for (int k = 0; k < side * side; k += WIDTH)
            {
                transpose_lanes(tap + k);
                for (int64_t l = 0; l < channels_in(p->out_channels, b); l++)
                    store_part(out + l * apart + k, tap[k + l], side * side - k);
            }
        }
}

static void winograd_slopes(const hox__winograd *p, const float *u, int parts, float *dw,
                            int64_t from, int64_t to)
{
    if (p->taps == 3)
        slopes_of(3, p, u, parts, dw, from, to);
    else
        slopes_of(5, p, u, parts, dw, from, to);
}

/* ---- the products ---- */

/* Tiles [from, to) of y. inside: see vector.h. */
static void winograd_images(const hox__winograd *p, const float *x, const float *u, float *y,
                            float *inside, int64_t from, int64_t to)
{
    tile_place tile[HOX__WINOGRAD_TILES_MAX];
    const int64_t in_step = hox__winograd_step(p->tiles_at_once, p->in),
                  out_step = hox__winograd_step(p->tiles_at_once, p->out),
                  u_step = hox__winograd_step(p->in, p->out);
    float *v = inside, *m = inside + POINTS * in_step;
    for (int64_t t = from, n; t < to; t += n) {
        n = to - t < p->tiles_at_once ? to - t : p->tiles_at_once;
        const int64_t height = tile_height(n);
        tile_places(p, t, n, tile);
        images_in(p, tile, n, x, v);
        for (int64_t e = 0; e < HOX__WINOGRAD_POINTS; e++)
            for (int64_t j = 0; j < p->out; j += PANEL)
                for (int64_t i = 0; i < n; i += height) {
                    const place at = {.a = v + e * in_step + i * p->in,
                                      .b = u + e * u_step + j * p->in,
                                      .a_row = p->in,
                                      .a_step = 1,
                                      .b_step = panel_width(p->out, j / WIDTH),
                                      .c_row = p->out,
                                      .k = p->in,
                                      .left = p->out - j,
                                      .c = m + e * out_step + i * p->out + j};
                    tile_rows(n - i < height ? n - i : height, &at);
                }
        results_out(p, tile, n, m, y);
    }
}

/* u[36][panels of in x out]: what tiles [from, to) add to the weights' gradient. */
static void winograd_gradients(const hox__winograd *p, const float *x, const float *dy, float *u,
                               float *inside, int64_t from, int64_t to)
{
    tile_place tile[HOX__WINOGRAD_TILES_MAX];
    const int64_t in_step = hox__winograd_step(p->tiles_at_once, p->in),
                  out_step = hox__winograd_step(p->tiles_at_once, p->out),
                  u_step = hox__winograd_step(p->in, p->out), height = tile_height(p->in);
    float *v = inside, *g = inside + POINTS * in_step;
    if (from >= to)
        memset(u, 0, (size_t)(POINTS * u_step) * sizeof *u);
    for (int64_t t = from, n; t < to; t += n) {
        n = to - t < p->tiles_at_once ? to - t : p->tiles_at_once;
        tile_places(p, t, n, tile);
        images_in(p, tile, n, x, v);
        gradients_in(p, tile, n, dy, g);
        for (int64_t e = 0; e < HOX__WINOGRAD_POINTS; e++)
            for (int64_t j = 0; j < p->out; j += PANEL)
                for (int64_t i = 0; i < p->in; i += height) {
                    const int64_t wide = panel_width(p->out, j / WIDTH);
                    float *to_u = u + e * u_step + j * p->in + i * wide;
                    const place at = {.a = v + e * in_step + i,
                                      .b = g + e * out_step + j * p->tiles_at_once,
                                      .a_row = 1,
                                      .a_step = p->in,
                                      .b_step = wide,
                                      .c_row = wide,
                                      .k = n,
                                      .left = p->out - j,
                                      .c = to_u,
                                      .begin = t > from ? to_u : NULL};
                    tile_rows(p->in - i < height ? p->in - i : height, &at);
                }
    }
}

#undef INLINED

#endif
#endif
