/* Batch normalization, forward and backward, with relu and 2x2 maxima folded in: these passes are
 * bound by memory, so each reads and writes as little as it can. A unit is a block of channels
 * (blocked, or plain without cells) or one channel (plain). Part of vector_body.h. */
#ifndef HOX_TENSOR_VECTOR_NORM_H
#define HOX_TENSOR_VECTOR_NORM_H

#include "tensor/kernels/vector_half.h"

static const float bn_epsilon = 1e-5f;

/* Compiled twice: for images of floats, and of numbers of 16 bits. */
#define FOR_BOTH static inline __attribute__((always_inline)) void
#define CALL_FOR(half, function, ...)                                                              \
    ((half) ? function(__VA_ARGS__, true) : function(__VA_ARGS__, false))

static inline lanes at_image(const void *x, int64_t i, bool half)
{
    return half ? load_half((const uint16_t *)x + i) : load((const float *)x + i);
}

static inline lanes at_image_part(const void *x, int64_t i, int64_t k, bool half)
{
    return half ? load_half_part((const uint16_t *)x + i, k) : load_part((const float *)x + i, k);
}

static inline void put_at(hox__result to, int64_t i, lanes v)
{
    if (to.whole)
        store(to.whole + i, v);
    if (to.half)
        store_half(to.half + i, v);
}

static inline void put_part_at(hox__result to, int64_t i, lanes v, int64_t k)
{
    if (to.whole)
        store_part(to.whole + i, v, k);
    if (to.half)
        store_half_part(to.half + i, v, k);
}

typedef struct {
    int64_t units, length;    /* length: floats of one unit in one image */
    int64_t image, unit_step; /* steps between images, between units */
} extent;

/* Does each lane hold a channel of its own? */
static inline bool by_lane(const hox__planes *p)
{
    return p->blocked || p->cells == 1;
}

static inline extent extent_of(const hox__planes *p)
{
    const int64_t blocks = (p->c + WIDTH - 1) / WIDTH;
    if (p->blocked)
        return (extent){blocks, p->cells * WIDTH, blocks * p->cells * WIDTH, p->cells * WIDTH};
    if (p->cells == 1)
        return (extent){blocks, WIDTH, p->c, WIDTH};
    return (extent){p->c, p->cells, p->c * p->cells, p->cells};
}

static inline int64_t units_end(const hox__planes *p, const extent *e)
{
    return p->unit_end ? p->unit_end : e->units;
}

static inline int64_t images_end(const hox__planes *p)
{
    return p->image_end ? p->image_end : p->n;
}

/* Floats of unit u in one image: the last of a plain row may be short. */
static inline int64_t unit_length(const hox__planes *p, const extent *e, int64_t u)
{
    if (p->blocked || p->cells > 1)
        return e->length;
    return p->c - u * WIDTH < WIDTH ? p->c - u * WIDTH : WIDTH;
}

/* Per-channel numbers of unit u: lane by lane, or one everywhere. */
static inline lanes channel_load(const hox__planes *p, const float *v, int64_t u)
{
    return by_lane(p) ? load_part(v + u * WIDTH, p->c - u * WIDTH) : splat(v[u]);
}

/* Totals of a unit in double, from sums over images in float. */
typedef struct {
    double lane[WIDTH];
} sums;

static inline void sums_add(sums *s, lanes v)
{
    for (int i = 0; i < WIDTH; i++)
        s->lane[i] += (double)v[i];
}

static inline void sums_close(const hox__planes *p, sums *s)
{
    if (by_lane(p))
        return;
    for (int half = WIDTH / 2; half; half /= 2)
        for (int i = 0; i < half; i++)
            s->lane[i] += s->lane[i + half];
}

static inline int64_t unit_channels(const hox__planes *p, int64_t u)
{
    if (!by_lane(p))
        return 1;
    return p->c - u * WIDTH < WIDTH ? p->c - u * WIDTH : WIDTH;
}

static inline int64_t unit_first(const hox__planes *p, int64_t u)
{
    return by_lane(p) ? u * WIDTH : u;
}

/* Mean and variance in one pass around a shift close to the mean (the first element). */
FOR_BOTH stats_of(const hox__planes *p, const void *x, float *mean, float *variance, bool half)
{
    const extent e = extent_of(p);
    const double count = (double)(p->n * p->cells);
    for (int64_t u = p->unit; u < units_end(p, &e); u++) {
        const int64_t at = u * e.unit_step, length = unit_length(p, &e, u);
        const lanes first = at_image_part(x, at, length, half),
                    shift = by_lane(p) ? first : splat(first[0]);
        sums s = {{0}}, q = {{0}};
        for (int64_t n = 0; n < p->n; n++) {
            const int64_t v = at + n * e.image;
            lanes s0 = splat(0), q0 = s0, s1 = s0, q1 = s0;
            int64_t i = 0;
            for (; i + 2 * WIDTH <= length; i += 2 * WIDTH) {
                const lanes a = at_image(x, v + i, half) - shift,
                            b = at_image(x, v + i + WIDTH, half) - shift;
                s0 += a;
                s1 += b;
                q0 = fma_lanes(a, a, q0);
                q1 = fma_lanes(b, b, q1);
            }
            for (; i + WIDTH <= length; i += WIDTH) {
                const lanes a = at_image(x, v + i, half) - shift;
                s0 += a;
                q0 = fma_lanes(a, a, q0);
            }
            const lanes rest = at_image_part(x, v + i, length - i, half);
            for (int l = 0; i < length; i++, l++) { /* plain only */
                const float a = rest[l] - shift[l];
                s0[l] += a;
                q0[l] += a * a;
            }
            sums_add(&s, s0 + s1);
            sums_add(&q, q0 + q1);
        }
        sums_close(p, &s);
        sums_close(p, &q);
        const int64_t channels = unit_channels(p, u), c = unit_first(p, u);
        for (int64_t l = 0; l < channels; l++) {
            const double m = s.lane[l] / count, v = q.lane[l] / count - m * m;
            mean[c + l] = (float)((double)shift[l] + m);
            variance[c + l] = (float)(v > 0 ? v : 0);
        }
    }
}

static void bn_stats(const hox__planes *p, const void *x, float *mean, float *variance)
{
    CALL_FOR(p->half, stats_of, p, x, mean, variance);
}

/* y = x factor + offset */
typedef struct {
    lanes factor, offset;
} affine;

static inline lanes inverse_deviation(const hox__planes *p, const float *variance, int64_t u)
{
    return splat(1) / sqrt_lanes(channel_load(p, variance, u) + splat(bn_epsilon));
}

static inline affine affine_of(const hox__planes *p, const float *scale, const float *shift,
                               const float *mean, const float *variance, int64_t u)
{
    const lanes k = channel_load(p, scale, u) * inverse_deviation(p, variance, u);
    return (affine){k, fma_lanes(-channel_load(p, mean, u), k, channel_load(p, shift, u))};
}

static inline lanes affine_at(affine f, lanes x, ilanes relu)
{
    const lanes y = fma_lanes(x, f.factor, f.offset);
    /* keeps a NaN: only what is below zero goes */
    return choose(relu & (y < splat(0)), splat(0), y);
}

FOR_BOTH apply_of(const hox__planes *p, const void *x, const float *scale, const float *shift,
                  const float *mean, const float *variance, bool relu, hox__result y, bool half)
{
    const extent e = extent_of(p);
    const ilanes all = (ilanes){0} - (int32_t)relu;
    for (int64_t u = p->unit; u < units_end(p, &e); u++) {
        const affine f = affine_of(p, scale, shift, mean, variance, u);
        /* backwards: the end is still in the cache */
        for (int64_t n = images_end(p) - 1; n >= p->image; n--) {
            const int64_t at = n * e.image + u * e.unit_step, length = unit_length(p, &e, u);
            int64_t i = 0;
            for (; i + WIDTH <= length; i += WIDTH)
                put_at(y, at + i, affine_at(f, at_image(x, at + i, half), all));
            if (i < length)
                put_part_at(y, at + i,
                            affine_at(f, at_image_part(x, at + i, length - i, half), all),
                            length - i);
        }
    }
}

static void bn_apply(const hox__planes *p, const void *x, const float *scale, const float *shift,
                     const float *mean, const float *variance, bool relu, hox__result y)
{
    CALL_FOR(p->half, apply_of, p, x, scale, shift, mean, variance, relu, y);
}

/* Blocked only. The first of equal cells wins, as in the plain kernel. */
FOR_BOTH apply_pool_of(const hox__planes *p, const void *x, const float *scale, const float *shift,
                       const float *mean, const float *variance, bool relu, hox__result pooled,
                       uint8_t *index, bool half)
{
    const extent e = extent_of(p);
    const ilanes all = (ilanes){0} - (int32_t)relu;
    const int64_t rows = p->h / 2, columns = p->w / 2;
    for (int64_t u = p->unit; u < units_end(p, &e); u++) {
        const affine f = affine_of(p, scale, shift, mean, variance, u);
        for (int64_t n = images_end(p) - 1; n >= p->image; n--) {
            const int64_t image = (n * e.units + u) * e.length;
            int64_t to = (n * e.units + u) * rows * columns * WIDTH;
            for (int64_t r = 0; r < rows; r++)
                for (int64_t t = 0; t < columns; t++, to += WIDTH) {
                    const int64_t cell = image + (2 * r * p->w + 2 * t) * WIDTH;
                    lanes best = affine_at(f, at_image(x, cell, half), all);
                    ilanes at = {0};
                    for (int k = 1; k < 4; k++) {
                        const int64_t from = cell + ((k >> 1) * p->w + (k & 1)) * WIDTH;
                        const lanes v = affine_at(f, at_image(x, from, half), all);
                        const ilanes more = (v > best) | ((v != v) & (best == best));
                        best = choose(more, v, best);
                        at = (more & ((ilanes){0} + k)) | (~more & at);
                    }
                    put_at(pooled, to, best);
                    if (index)
                        *(bytes *)(index + to) = __builtin_convertvector(at, bytes);
                }
        }
    }
}

static void bn_apply_pool(const hox__planes *p, const void *x, const float *scale,
                          const float *shift, const float *mean, const float *variance, bool relu,
                          hox__result pooled, uint8_t *index)
{
    CALL_FOR(p->half, apply_pool_of, p, x, scale, shift, mean, variance, relu, pooled, index);
}

/* Where a gradient counts: relu's result, computed from x as it was on the way forward, is above 0
 * (which reads one image less than asking the result would). */
typedef struct {
    bool all;
    affine form;
} mask;

static inline mask mask_of(const hox__planes *p, const hox__incoming *g, const float *scale,
                           const float *mean, const float *variance, int64_t u)
{
    mask m = {.all = !g->shift};
    if (g->shift)
        m.form = affine_of(p, scale, g->shift, mean, variance, u);
    return m;
}

static inline lanes counted(const mask *m, lanes x, lanes d)
{
    return m->all ? d : keep(fma_lanes(x, m->form.factor, m->form.offset) > splat(0), d);
}

/* The cell that each lane's maximum came from. */
static inline lanes maximum_cell(const void *x, int64_t cell, int64_t w, ilanes at, bool half)
{
    lanes v = at_image(x, cell, half);
    for (int k = 1; k < 4; k++)
        v = choose(at == k, at_image(x, cell + ((k >> 1) * w + (k & 1)) * WIDTH, half), v);
    return v;
}

FOR_BOTH pooled_sums(const hox__planes *p, const void *x, int64_t image, const hox__incoming *g,
                     const mask *m, int64_t from, lanes mean, lanes *sum, lanes *product, bool half)
{
    for (int64_t r = 0; r < p->h / 2; r++)
        for (int64_t t = 0; t < p->w / 2; t++, from += WIDTH) {
            const ilanes at = __builtin_convertvector(*(const bytes *)(g->index + from), ilanes);
            const lanes v = maximum_cell(x, image + (2 * r * p->w + 2 * t) * WIDTH, p->w, at, half);
            const lanes d = counted(m, v, load(g->dy + from));
            *sum += d;
            *product = fma_lanes(d, v - mean, *product);
        }
}

FOR_BOTH plain_sums(const void *x, const float *dy, int64_t at, const mask *m, int64_t length,
                    lanes mean, lanes *sum, lanes *product, bool half)
{
    int64_t i = 0;
    for (; i + WIDTH <= length; i += WIDTH) {
        const lanes v = at_image(x, at + i, half), d = counted(m, v, load(dy + at + i));
        *sum += d;
        *product = fma_lanes(d, v - mean, *product);
    }
    if (i < length) {
        const lanes v = at_image_part(x, at + i, length - i, half),
                    d = counted(m, v, load_part(dy + at + i, length - i));
        *sum += d;
        *product = fma_lanes(d, v - mean, *product);
    }
}

/* dshift = sum g, dscale = sum g (x - mean)/s */
FOR_BOTH sums_of(const hox__planes *p, const void *x, const hox__incoming *g, const float *scale,
                 const float *mean, const float *variance, float *dscale, float *dshift, bool half)
{
    const extent e = extent_of(p);
    const int64_t small = (p->h / 2) * (p->w / 2) * WIDTH;
    for (int64_t u = p->unit; u < units_end(p, &e); u++) {
        const lanes m = channel_load(p, mean, u), s = inverse_deviation(p, variance, u);
        const mask counts = mask_of(p, g, scale, mean, variance, u);
        sums total_g = {{0}}, total_gx = {{0}};
        for (int64_t n = 0; n < p->n; n++) {
            lanes sum = splat(0), product = splat(0);
            const int64_t at = n * e.image + u * e.unit_step;
            if (g->index)
                pooled_sums(p, x, at, g, &counts, (n * e.units + u) * small, m, &sum, &product,
                            half);
            else
                plain_sums(x, g->dy, at, &counts, unit_length(p, &e, u), m, &sum, &product, half);
            sums_add(&total_g, sum);
            sums_add(&total_gx, product);
        }
        sums_close(p, &total_g);
        sums_close(p, &total_gx);
        const int64_t channels = unit_channels(p, u), c = unit_first(p, u);
        for (int64_t l = 0; l < channels; l++) {
            dshift[c + l] = (float)total_g.lane[l];
            dscale[c + l] = (float)(total_gx.lane[l] * (double)s[l]);
        }
    }
}

static void bn_sums(const hox__planes *p, const void *x, const hox__incoming *g, const float *scale,
                    const float *mean, const float *variance, float *dscale, float *dshift)
{
    CALL_FOR(p->half, sums_of, p, x, g, scale, mean, variance, dscale, dshift);
}

/* dx = k (g - a - (x - mean) b) = k g - (k a - k b mean) - k b x */
typedef struct {
    lanes k, constant, slope;
} dx_form;

static inline lanes dx_at(const dx_form *f, lanes g, lanes x)
{
    return fma_lanes(f->k, g, fma_lanes(f->slope, x, f->constant));
}

FOR_BOTH pooled_dx(const hox__planes *p, const void *x, int64_t image, const hox__incoming *g,
                   const mask *m, int64_t from, const dx_form *f, hox__result dx, bool half)
{
    const int64_t rows = p->h / 2, columns = p->w / 2, w = p->w;
    const lanes zero = splat(0);
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t t = 0; t < columns; t++, from += WIDTH) {
            const lanes d = load(g->dy + from);
            const ilanes at = __builtin_convertvector(*(const bytes *)(g->index + from), ilanes);
            for (int k = 0; k < 4; k++) {
                const int64_t i = image + ((2 * r + (k >> 1)) * w + 2 * t + (k & 1)) * WIDTH;
                const lanes v = at_image(x, i, half);
                put_at(dx, i, dx_at(f, keep(at == k, counted(m, v, d)), v));
            }
        }
        for (int64_t t = 2 * columns; t < w; t++) /* a column outside all windows */
            for (int64_t k = 0; k < 2; k++) {
                const int64_t i = image + ((2 * r + k) * w + t) * WIDTH;
                put_at(dx, i, dx_at(f, zero, at_image(x, i, half)));
            }
    }
    for (int64_t i = image + 2 * rows * w * WIDTH; i < image + p->h * w * WIDTH; i += WIDTH)
        put_at(dx, i, dx_at(f, zero, at_image(x, i, half)));
}

FOR_BOTH dx_of(const hox__planes *p, const void *x, const hox__incoming *g, const float *scale,
               const float *mean, const float *variance, const float *dscale, const float *dshift,
               hox__result dx, bool half)
{
    const extent e = extent_of(p);
    const lanes inverse = splat(1.0f / (float)(p->n * p->cells));
    const int64_t small = (p->h / 2) * (p->w / 2) * WIDTH;
    for (int64_t u = p->unit; u < units_end(p, &e); u++) {
        const lanes s = inverse_deviation(p, variance, u), k = channel_load(p, scale, u) * s;
        const lanes a = channel_load(p, dshift, u) * inverse;
        const lanes b = channel_load(p, dscale, u) * inverse * s;
        const dx_form f = {k, k * (b * channel_load(p, mean, u) - a), -k * b};
        const mask counts = mask_of(p, g, scale, mean, variance, u);
        for (int64_t n = images_end(p) - 1; n >= p->image; n--) {
            const int64_t at = n * e.image + u * e.unit_step, length = unit_length(p, &e, u);
            int64_t i = 0;
            if (g->index) {
                pooled_dx(p, x, at, g, &counts, (n * e.units + u) * small, &f, dx, half);
                continue;
            }
            for (; i + WIDTH <= length; i += WIDTH) {
                const lanes v = at_image(x, at + i, half);
                put_at(dx, at + i, dx_at(&f, counted(&counts, v, load(g->dy + at + i)), v));
            }
            if (i < length) {
                const lanes v = at_image_part(x, at + i, length - i, half),
                            d = load_part(g->dy + at + i, length - i);
                put_part_at(dx, at + i, dx_at(&f, counted(&counts, v, d), v), length - i);
            }
        }
    }
}

static void bn_dx(const hox__planes *p, const void *x, const hox__incoming *g, const float *scale,
                  const float *mean, const float *variance, const float *dscale,
                  const float *dshift, hox__result dx)
{
    CALL_FOR(p->half, dx_of, p, x, g, scale, mean, variance, dscale, dshift, dx);
}

static void channel_sum(const hox__planes *p, const float *x, float *out)
{
    const extent e = extent_of(p);
    for (int64_t u = p->unit; u < units_end(p, &e); u++) {
        sums s = {{0}};
        for (int64_t n = 0; n < p->n; n++) {
            const float *v = x + n * e.image + u * e.unit_step;
            const int64_t length = unit_length(p, &e, u);
            lanes part = splat(0);
            int64_t i = 0;
            for (; i + WIDTH <= length; i += WIDTH)
                part += load(v + i);
            if (i < length)
                part += load_part(v + i, length - i);
            sums_add(&s, part);
        }
        sums_close(p, &s);
        const int64_t channels = unit_channels(p, u), c = unit_first(p, u);
        for (int64_t l = 0; l < channels; l++)
            out[c + l] = (float)s.lane[l];
    }
}

/* As channel_sum; a NaN is larger than all numbers. */
static void channel_max(const hox__planes *p, const float *x, float *out)
{
    const extent e = extent_of(p);
    for (int64_t u = p->unit; u < units_end(p, &e); u++) {
        const int64_t length = unit_length(p, &e, u);
        lanes best = splat(-__builtin_inff());
        for (int64_t n = 0; n < p->n; n++) {
            const float *v = x + n * e.image + u * e.unit_step;
            int64_t i = 0;
            for (; i + WIDTH <= length; i += WIDTH) {
                const lanes a = load(v + i);
                best = choose((a > best) | (a != a), a, best);
            }
            for (int l = 0; i < length; i++, l++)
                best[l] = v[i] > best[l] || v[i] != v[i] ? v[i] : best[l];
        }
        const int64_t channels = unit_channels(p, u), c = unit_first(p, u);
        if (by_lane(p)) {
            store_part(out + c, best, channels);
            continue;
        }
        float most = best[0];
        for (int l = 1; l < WIDTH; l++)
            most = best[l] > most || best[l] != best[l] ? best[l] : most;
        out[c] = most;
    }
}

#endif
