/* 3x3 convolutions of stride 1 with fewer multiplications: Winograd's F(4x4, 3x3) (Lavin, Gray,
 * Fast Algorithms for Convolutional Neural Networks, CVPR 2016) over blocked images, in all three
 * directions. Part of vector_body.h.
 *
 *   y = A' [(G g G') . (B' d B)] A        4x4 of the result from 6x6 of the image, 36 products for
 * 144 dg = G' [(A dy A') . (B' d B)] G      the same form read for g
 *
 * The 36 products are matrix products over channels, of as many tiles at once as stay in the second
 * cache with their results. The points are 0, +-NEAR, +-FAR and infinity, with which rounding costs
 * half as much as with +-1 and +-2 (64 channels: the error's rms is 8e-7 of that of the result for
 * 17e-7, and 18e-7 for 38e-7 of the weights' gradients); each is a sum of few powers of 2, so that
 * the matrices are exact but for the divisors of G. */
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

enum { OUT_SIDE = HOX__WINOGRAD_TILE, IN_SIDE = 6, POINTS = HOX__WINOGRAD_POINTS, TAPS = 9 };

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

/* A' m */
INLINED void result_line(const lanes m[6], lanes out[4])
{
    const lanes a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
    out[0] = m[0] + a + c;
    out[1] = fma_lanes(splat(FAR), d, splat(NEAR) * b);
    out[2] = fma_lanes(splat(FAR2), c, splat(NEAR2) * a);
    out[3] = fma_lanes(splat(FAR2 * FAR), d, fma_lanes(splat(NEAR2 * NEAR), b, m[5]));
}

/* A dy */
INLINED void gradient_line(const lanes y[4], lanes out[6])
{
    const lanes p = fma_lanes(splat(NEAR2), y[2], y[0]), q = fma_lanes(splat(NEAR2), y[3], y[1]);
    const lanes r = fma_lanes(splat(FAR2), y[2], y[0]), s = fma_lanes(splat(FAR2), y[3], y[1]);
    out[0] = y[0];
    out[1] = fma_lanes(splat(NEAR), q, p);
    out[2] = fma_lanes(splat(-NEAR), q, p);
    out[3] = fma_lanes(splat(FAR), s, r);
    out[4] = fma_lanes(splat(-FAR), s, r);
    out[5] = y[3];
}

/* G g */
INLINED void weight_line(const lanes g[3], lanes out[6])
{
    const lanes p = fma_lanes(splat(NEAR2), g[2], g[0]), q = splat(NEAR) * g[1];
    const lanes r = fma_lanes(splat(FAR2), g[2], g[0]), s = splat(FAR) * g[1];
    out[0] = splat(ZERO_WEIGHT) * g[0];
    out[1] = splat(NEAR_WEIGHT) * (p + q);
    out[2] = splat(NEAR_WEIGHT) * (p - q);
    out[3] = splat(FAR_WEIGHT) * (r + s);
    out[4] = splat(FAR_WEIGHT) * (r - s);
    out[5] = g[2];
}

/* G' m */
INLINED void slope_line(const lanes m[6], lanes out[3])
{
    const lanes a = splat(NEAR_WEIGHT) * (m[1] + m[2]), b = splat(NEAR_WEIGHT) * (m[1] - m[2]);
    const lanes c = splat(FAR_WEIGHT) * (m[3] + m[4]), d = splat(FAR_WEIGHT) * (m[3] - m[4]);
    out[0] = fma_lanes(splat(ZERO_WEIGHT), m[0], a + c);
    out[1] = fma_lanes(splat(FAR), d, splat(NEAR) * b);
    out[2] = fma_lanes(splat(FAR2), c, fma_lanes(splat(NEAR2), a, m[5]));
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
    int64_t image, row, column; /* of the result, in tiles of 4x4 */
} tile_place;

static void tile_places(const hox__winograd *p, int64_t from, int64_t n, tile_place *out)
{
    for (int64_t i = 0; i < n; i++) {
        const int64_t t = from + i, in_image = t % (p->rows * p->columns);
        out[i] =
            (tile_place){t / (p->rows * p->columns), in_image / p->columns, in_image % p->columns};
    }
}

/* side x side vectors from (row, column) of a plane h x w; what lies outside is 0. `spare` holds
 * them when some do. Returns the first, *step apart in rows. */
INLINED const float *window_of(const int side, const float *plane, int64_t h, int64_t w,
                               int64_t row, int64_t column, float *spare, int64_t *step)
{
    if (row >= 0 && column >= 0 && row + side <= h && column + side <= w) {
        *step = w * WIDTH;
        return plane + (row * w + column) * WIDTH;
    }
    for (int64_t i = 0; i < side; i++)
        for (int64_t j = 0; j < side; j++) {
            const int64_t r = row + i, c = column + j;
            const bool inside = r >= 0 && r < h && c >= 0 && c < w;
            store(spare + (i * side + j) * WIDTH,
                  inside ? load(plane + (r * w + c) * WIDTH) : splat(0));
        }
    *step = side * WIDTH;
    return spare;
}

/* ---- into the 36 matrices and out of them ---- */

/* The image's 6x6 of each tile: to[36][tile][channel]. */
static void images_in(const hox__winograd *p, const tile_place *tile, int64_t n, const float *x,
                      float *to)
{
    const int64_t step = hox__winograd_step(p->tiles_at_once, p->in),
                  plane = p->h_in * p->w_in * WIDTH;
    float spare[POINTS * WIDTH] __attribute__((aligned(64)));
    for (int64_t b = 0; b < p->in / WIDTH; b++)
        for (int64_t t = 0; t < n; t++) {
            lanes half[IN_SIDE][IN_SIDE];
            int64_t row;
            const float *d = window_of(IN_SIDE, x + (tile[t].image * (p->in / WIDTH) + b) * plane,
                                       p->h_in, p->w_in, tile[t].row * OUT_SIDE - p->pad_top,
                                       tile[t].column * OUT_SIDE - p->pad_left, spare, &row);
            float *out = to + t * p->in + b * WIDTH;
            UNROLLED for (int j = 0; j < IN_SIDE; j++)
            {
                lanes line[IN_SIDE], done[IN_SIDE];
                UNROLLED for (int i = 0; i < IN_SIDE; i++) line[i] = load(d + i * row + j * WIDTH);
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

/* The 4x4 of each tile of the result's gradient: to[36][panels of tiles x channels]. */
static void gradients_in(const hox__winograd *p, const tile_place *tile, int64_t n, const float *dy,
                         float *to)
{
    const int64_t step = hox__winograd_step(p->tiles_at_once, p->out),
                  plane = p->h_out * p->w_out * WIDTH;
    float spare[OUT_SIDE * OUT_SIDE * WIDTH] __attribute__((aligned(64)));
    for (int64_t b = 0; b < p->out / WIDTH; b++) {
        const int64_t wide = panel_width(p->out, b);
        float *panel = to + panel_at(p->tiles_at_once, b);
        for (int64_t t = 0; t < n; t++) {
            lanes half[IN_SIDE][OUT_SIDE];
            int64_t row;
            const float *d =
                window_of(OUT_SIDE, dy + (tile[t].image * (p->out / WIDTH) + b) * plane, p->h_out,
                          p->w_out, tile[t].row * OUT_SIDE, tile[t].column * OUT_SIDE, spare, &row);
            float *out = panel + t * wide;
            UNROLLED for (int j = 0; j < OUT_SIDE; j++)
            {
                lanes line[OUT_SIDE], done[IN_SIDE];
                UNROLLED for (int i = 0; i < OUT_SIDE; i++) line[i] = load(d + i * row + j * WIDTH);
                gradient_line(line, done);
                UNROLLED for (int i = 0; i < IN_SIDE; i++) half[i][j] = done[i];
            }
            UNROLLED for (int i = 0; i < IN_SIDE; i++)
            {
                lanes done[IN_SIDE];
                gradient_line(half[i], done);
                UNROLLED for (int j = 0; j < IN_SIDE; j++)
                    store(out + (i * IN_SIDE + j) * step, done[j]);
            }
        }
    }
}

/* from[36][tile][channel] to 4x4 of the result each. */
static void results_out(const hox__winograd *p, const tile_place *tile, int64_t n,
                        const float *from, float *y)
{
    const int64_t step = hox__winograd_step(p->tiles_at_once, p->out),
                  plane = p->h_out * p->w_out * WIDTH;
    for (int64_t b = 0; b < p->out / WIDTH; b++)
        for (int64_t t = 0; t < n; t++) {
            const float *m = from + t * p->out + b * WIDTH;
            lanes half[OUT_SIDE][IN_SIDE];
            UNROLLED for (int j = 0; j < IN_SIDE; j++)
            {
                lanes line[IN_SIDE], done[OUT_SIDE];
                UNROLLED for (int i = 0; i < IN_SIDE; i++) line[i] =
                    load(m + (i * IN_SIDE + j) * step);
                result_line(line, done);
                UNROLLED for (int i = 0; i < OUT_SIDE; i++) half[i][j] = done[i];
            }
            const int64_t row = tile[t].row * OUT_SIDE, column = tile[t].column * OUT_SIDE;
            float *out = y + (tile[t].image * (p->out / WIDTH) + b) * plane +
                         (row * p->w_out + column) * WIDTH;
            UNROLLED for (int i = 0; i < OUT_SIDE; i++) if (row + i < p->h_out)
            {
                lanes done[OUT_SIDE];
                result_line(half[i], done);
                UNROLLED for (int j = 0; j < OUT_SIDE; j++) if (column + j < p->w_out)
                    store(out + (i * p->w_out + j) * WIDTH, done[j]);
            }
        }
}

/* ---- weights ---- */

/* Nine vectors: the 3x3 weights that begin `step` floats apart for WIDTH channels. */
INLINED void taps_in(const float *w, int64_t step, lanes tap[WIDTH])
{
    UNROLLED for (int l = 0; l < WIDTH; l++) tap[l] = load_part(w + l * step, TAPS);
    transpose_lanes(tap);
}

/* u[36][panels of in x out]; blocks [from, to) of channels of the result. Back: from the result's
 * gradient to the image's, with the channels exchanged and the taps turned round. */
static void winograd_weights(const hox__winograd *p, const float *w, float *u, int64_t from,
                             int64_t to)
{
    const int64_t step = hox__winograd_step(p->in, p->out);
    for (int64_t b = from; b < to; b++)
        for (int64_t i = 0; i < p->in; i++) {
            lanes tap[WIDTH], half[IN_SIDE][3];
            float *out = u + panel_at(p->in, b) + i * panel_width(p->out, b);
            if (p->back)
                taps_in(w + (i * p->out + b * WIDTH) * TAPS, TAPS, tap);
            else
                taps_in(w + (b * WIDTH * p->in + i) * TAPS, p->in * TAPS, tap);
            UNROLLED for (int j = 0; j < 3; j++)
            {
                lanes line[3], done[IN_SIDE];
                UNROLLED for (int k = 0; k < 3; k++) line[k] =
                    tap[p->back ? TAPS - 1 - 3 * k - j : 3 * k + j];
                weight_line(line, done);
                UNROLLED for (int k = 0; k < IN_SIDE; k++) half[k][j] = done[k];
            }
            UNROLLED for (int k = 0; k < IN_SIDE; k++)
            {
                lanes done[IN_SIDE];
                weight_line(half[k], done);
                UNROLLED for (int j = 0; j < IN_SIDE; j++)
                    store(out + (k * IN_SIDE + j) * step, done[j]);
            }
        }
}

/* dw [out, in, 3, 3] from the sum of u[parts][36][panels of in x out]; blocks [from, to) of
 * channels of the result. */
static void winograd_slopes(const hox__winograd *p, const float *u, int parts, float *dw,
                            int64_t from, int64_t to)
{
    const int64_t step = hox__winograd_step(p->in, p->out);
    for (int64_t b = from; b < to; b++)
        for (int64_t i = 0; i < p->in; i++) {
            const float *m = u + panel_at(p->in, b) + i * panel_width(p->out, b);
            lanes half[3][IN_SIDE], tap[WIDTH];
            UNROLLED for (int j = 0; j < IN_SIDE; j++)
            {
                lanes line[IN_SIDE], done[3];
                UNROLLED for (int k = 0; k < IN_SIDE; k++)
                {
                    const float *at = m + (k * IN_SIDE + j) * step;
                    line[k] = load(at);
                    for (int q = 1; q < parts; q++)
                        line[k] += load(at + q * POINTS * step);
                }
                slope_line(line, done);
                UNROLLED for (int k = 0; k < 3; k++) half[k][j] = done[k];
            }
            UNROLLED for (int k = 0; k < WIDTH; k++) tap[k] = splat(0);
            UNROLLED for (int k = 0; k < 3; k++) slope_line(half[k], tap + 3 * k);
            transpose_lanes(tap);
            UNROLLED for (int l = 0; l < WIDTH; l++)
                store_part(dw + ((b * WIDTH + l) * p->in + i) * TAPS, tap[l], TAPS);
        }
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
