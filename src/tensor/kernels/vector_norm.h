/* Batch normalization, forward and backward, with relu and 2x2 maxima folded in: these passes are
 * bound by memory, so each reads and writes as little as it can. A unit is a block of channels
 * (blocked, or plain without cells) or one channel (plain). Part of vector_body.h. */
#ifndef HOX_TENSOR_VECTOR_NORM_H
#define HOX_TENSOR_VECTOR_NORM_H

#include "tensor/kernels/vector_lanes.h"

static const float bn_epsilon = 1e-5f;

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
static void bn_stats(const hox__planes *p, const float *x, float *mean, float *variance)
{
    const extent e = extent_of(p);
    const double count = (double)(p->n * p->cells);
    for (int64_t u = p->unit; u < units_end(p, &e); u++) {
        const float *x0 = x + u * e.unit_step;
        const int64_t length = unit_length(p, &e, u);
        const lanes shift = by_lane(p) ? load_part(x0, length) : splat(x0[0]);
        sums s = {{0}}, q = {{0}};
        for (int64_t n = 0; n < p->n; n++) {
            const float *v = x0 + n * e.image;
            lanes s0 = splat(0), q0 = s0, s1 = s0, q1 = s0;
            int64_t i = 0;
            for (; i + 2 * WIDTH <= length; i += 2 * WIDTH) {
                const lanes a = load(v + i) - shift, b = load(v + i + WIDTH) - shift;
                s0 += a;
                s1 += b;
                q0 = fma_lanes(a, a, q0);
                q1 = fma_lanes(b, b, q1);
            }
            for (; i + WIDTH <= length; i += WIDTH) {
                const lanes a = load(v + i) - shift;
                s0 += a;
                q0 = fma_lanes(a, a, q0);
            }
            for (int l = 0; i < length; i++, l++) { /* plain only */
                const float a = v[i] - shift[l];
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

static void bn_apply(const hox__planes *p, const float *x, const float *scale, const float *shift,
                     const float *mean, const float *variance, bool relu, float *y)
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
                store(y + at + i, affine_at(f, load(x + at + i), all));
            if (i < length)
                store_part(y + at + i, affine_at(f, load_part(x + at + i, length - i), all),
                           length - i);
        }
    }
}

/* Blocked only. The first of equal cells wins, as in the plain kernel. */
static void bn_apply_pool(const hox__planes *p, const float *x, const float *scale,
                          const float *shift, const float *mean, const float *variance, bool relu,
                          float *pooled, uint8_t *index)
{
    const extent e = extent_of(p);
    const ilanes all = (ilanes){0} - (int32_t)relu;
    const int64_t rows = p->h / 2, columns = p->w / 2;
    for (int64_t u = p->unit; u < units_end(p, &e); u++) {
        const affine f = affine_of(p, scale, shift, mean, variance, u);
        for (int64_t n = images_end(p) - 1; n >= p->image; n--) {
            const float *image = x + (n * e.units + u) * e.length;
            int64_t to = (n * e.units + u) * rows * columns * WIDTH;
            for (int64_t r = 0; r < rows; r++)
                for (int64_t t = 0; t < columns; t++, to += WIDTH) {
                    const float *cell = image + (2 * r * p->w + 2 * t) * WIDTH;
                    lanes best = affine_at(f, load(cell), all);
                    ilanes at = {0};
                    for (int k = 1; k < 4; k++) {
                        const lanes v =
                            affine_at(f, load(cell + ((k >> 1) * p->w + (k & 1)) * WIDTH), all);
                        const ilanes more = (v > best) | ((v != v) & (best == best));
                        best = choose(more, v, best);
                        at = (more & ((ilanes){0} + k)) | (~more & at);
                    }
                    store(pooled + to, best);
                    if (index)
                        *(bytes *)(index + to) = __builtin_convertvector(at, bytes);
                }
        }
    }
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
static inline lanes maximum_cell(const float *cell, int64_t w, ilanes at)
{
    lanes v = load(cell);
    for (int k = 1; k < 4; k++)
        v = choose(at == k, load(cell + ((k >> 1) * w + (k & 1)) * WIDTH), v);
    return v;
}

static void pooled_sums(const hox__planes *p, const float *image, const hox__incoming *g,
                        const mask *m, int64_t from, lanes mean, lanes *sum, lanes *product)
{
    for (int64_t r = 0; r < p->h / 2; r++)
        for (int64_t t = 0; t < p->w / 2; t++, from += WIDTH) {
            const ilanes at = __builtin_convertvector(*(const bytes *)(g->index + from), ilanes);
            const lanes v = maximum_cell(image + (2 * r * p->w + 2 * t) * WIDTH, p->w, at);
            const lanes d = counted(m, v, load(g->dy + from));
            *sum += d;
            *product = fma_lanes(d, v - mean, *product);
        }
}

static void plain_sums(const float *x, const float *dy, const mask *m, int64_t length, lanes mean,
                       lanes *sum, lanes *product)
{
    int64_t i = 0;
    for (; i + WIDTH <= length; i += WIDTH) {
        const lanes v = load(x + i), d = counted(m, v, load(dy + i));
        *sum += d;
        *product = fma_lanes(d, v - mean, *product);
    }
    if (i < length) {
        const lanes v = load_part(x + i, length - i),
                    d = counted(m, v, load_part(dy + i, length - i));
        *sum += d;
        *product = fma_lanes(d, v - mean, *product);
    }
}

/* dshift = sum g, dscale = sum g (x - mean)/s */
static void bn_sums(const hox__planes *p, const float *x, const hox__incoming *g,
                    const float *scale, const float *mean, const float *variance, float *dscale,
                    float *dshift)
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
                pooled_sums(p, x + at, g, &counts, (n * e.units + u) * small, m, &sum, &product);
            else
                plain_sums(x + at, g->dy + at, &counts, unit_length(p, &e, u), m, &sum, &product);
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

/* dx = k (g - a - (x - mean) b) = k g - (k a - k b mean) - k b x */
typedef struct {
    lanes k, constant, slope;
} dx_form;

static inline lanes dx_at(const dx_form *f, lanes g, lanes x)
{
    return fma_lanes(f->k, g, fma_lanes(f->slope, x, f->constant));
}

static void pooled_dx(const hox__planes *p, const float *image, const hox__incoming *g,
                      const mask *m, int64_t from, const dx_form *f, float *dx)
{
    const int64_t rows = p->h / 2, columns = p->w / 2, w = p->w;
    const lanes zero = splat(0);
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t t = 0; t < columns; t++, from += WIDTH) {
            const lanes d = load(g->dy + from);
            const ilanes at = __builtin_convertvector(*(const bytes *)(g->index + from), ilanes);
            for (int k = 0; k < 4; k++) {
                const int64_t i = ((2 * r + (k >> 1)) * w + 2 * t + (k & 1)) * WIDTH;
                const lanes v = load(image + i);
                store(dx + i, dx_at(f, keep(at == k, counted(m, v, d)), v));
            }
        }
        for (int64_t t = 2 * columns; t < w; t++) /* a column outside all windows */
            for (int64_t k = 0; k < 2; k++) {
                const int64_t i = ((2 * r + k) * w + t) * WIDTH;
                store(dx + i, dx_at(f, zero, load(image + i)));
            }
    }
    for (int64_t i = 2 * rows * w; i < p->h * w; i++)
        store(dx + i * WIDTH, dx_at(f, zero, load(image + i * WIDTH)));
}

static void bn_dx(const hox__planes *p, const float *x, const hox__incoming *g, const float *scale,
                  const float *mean, const float *variance, const float *dscale,
                  const float *dshift, float *dx)
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
                pooled_dx(p, x + at, g, &counts, (n * e.units + u) * small, &f, dx + at);
                continue;
            }
            for (; i + WIDTH <= length; i += WIDTH) {
                const lanes v = load(x + at + i);
                store(dx + at + i, dx_at(&f, counted(&counts, v, load(g->dy + at + i)), v));
            }
            if (i < length) {
                const lanes v = load_part(x + at + i, length - i),
                            d = load_part(g->dy + at + i, length - i);
                store_part(dx + at + i, dx_at(&f, counted(&counts, v, d), v), length - i);
            }
        }
    }
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
