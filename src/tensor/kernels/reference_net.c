/* Plain-C kernels: convolutions, pools, batch normalization, softmax and cross-entropy. */
#include "tensor/kernels/reference.h"
#include <math.h>
#include <string.h>

#define KERNEL(name) void HOX__REFERENCE(name)(const hox__call *call)
typedef const hox__real *source;

/* ---- convolutions: one walk over all products, three places for the result ---- */

typedef struct {
    const hox__window *window;
    const hox__shape *x, *w, *y;
} conv;

/* Calls for every (x, w, y) index triple that is multiplied; `each` is one of the three below. */
typedef void (*product)(void *ctx, int64_t x, int64_t w, int64_t y);

static void conv_taps(const conv *c, int64_t n, int64_t o, int64_t i, int64_t p, int64_t q,
                      product each, void *ctx)
{
    const hox__window *s = c->window;
    const int64_t in = c->x->dim[1], h = c->x->dim[2], width = c->x->dim[3];
    const int64_t per = c->w->dim[1], kh = c->w->dim[2], kw = c->w->dim[3];
    const int64_t channel = o / (c->w->dim[0] / s->groups) * per + i;
    const int64_t y = ((n * c->y->dim[1] + o) * c->y->dim[2] + p) * c->y->dim[3] + q;
    for (int64_t r = 0; r < kh; r++)
        for (int64_t t = 0; t < kw; t++) {
            const int64_t row = p * s->stride_h - s->pad_top + r * (s->gap_h + 1);
            const int64_t column = q * s->stride_w - s->pad_left + t * (s->gap_w + 1);
            if (row >= 0 && row < h && column >= 0 && column < width)
                each(ctx, ((n * in + channel) * h + row) * width + column,
                     ((o * per + i) * kh + r) * kw + t, y);
        }
}

static void conv_walk(const conv *c, product each, void *ctx)
{
    for (int64_t n = 0; n < c->y->dim[0]; n++)
        for (int64_t o = 0; o < c->y->dim[1]; o++)
            for (int64_t p = 0; p < c->y->dim[2]; p++)
                for (int64_t q = 0; q < c->y->dim[3]; q++)
                    for (int64_t i = 0; i < c->w->dim[1]; i++)
                        conv_taps(c, n, o, i, p, q, each, ctx);
}

typedef struct {
    source a, b;
    hox__real *out;
} operands;

static void into_y(void *ctx, int64_t x, int64_t w, int64_t y)
{
    const operands *t = ctx;
    t->out[y] += t->a[x] * t->b[w];
}

static void into_x(void *ctx, int64_t x, int64_t w, int64_t y)
{
    const operands *t = ctx;
    t->out[x] += t->a[y] * t->b[w];
}

static void into_w(void *ctx, int64_t x, int64_t w, int64_t y)
{
    const operands *t = ctx;
    t->out[w] += t->a[x] * t->b[y];
}

static void conv_run(const hox__call *call, const conv *c, product each)
{
    operands t = {call->in[0], call->in[1], call->out};
    memset(t.out, 0, (size_t)hox__elements(call->out_shape) * sizeof *t.out);
    conv_walk(c, each, &t);
}

KERNEL(conv)
{
    const conv c = {&call->param->window, call->in_shape[0], call->in_shape[1], call->out_shape};
    conv_run(call, &c, into_y);
}

KERNEL(conv_dx)
{
    const conv c = {&call->param->window, call->out_shape, call->in_shape[1], call->in_shape[0]};
    conv_run(call, &c, into_x);
}

KERNEL(conv_dw)
{
    const conv c = {&call->param->window, call->in_shape[0], call->out_shape, call->in_shape[1]};
    conv_run(call, &c, into_w);
}

/* ---- pools ---- */

/* The part of a window that lies inside the image. */
typedef struct {
    int64_t top, bottom, left, right; /* of the image, [top, bottom) */
    int64_t row, column;              /* where the window starts, may be outside */
} patch;

static patch window_at(const hox__param *param, const hox__shape *x, int64_t p, int64_t q)
{
    const hox__window *w = &param->window;
    patch a;
    a.row = p * w->stride_h - w->pad_top;
    a.column = q * w->stride_w - w->pad_left;
    a.top = a.row < 0 ? 0 : a.row;
    a.left = a.column < 0 ? 0 : a.column;
    a.bottom = a.row + param->size_h > x->dim[2] ? x->dim[2] : a.row + param->size_h;
    a.right = a.column + param->size_w > x->dim[3] ? x->dim[3] : a.column + param->size_w;
    return a;
}

/* Position of the maximum inside its window, rows first; the first of equals. A NaN wins, as in
 * the sum it would have reached. */
static int64_t window_max(const hox__param *param, const hox__shape *shape, source x, int64_t p,
                          int64_t q)
{
    const patch a = window_at(param, shape, p, q);
    hox__real best = x[a.top * shape->dim[3] + a.left];
    int64_t at = (a.top - a.row) * param->size_w + a.left - a.column;
    for (int64_t r = a.top; r < a.bottom; r++)
        for (int64_t t = a.left; t < a.right; t++) {
            const hox__real v = x[r * shape->dim[3] + t];
            if (v > best || (v != v && best == best)) {
                best = v;
                at = (r - a.row) * param->size_w + t - a.column;
            }
        }
    return at;
}

/* Element of the image that position `at` of window (p, q) names. */
static int64_t window_cell(const hox__param *param, const hox__shape *x, int64_t p, int64_t q,
                           int64_t at)
{
    const patch a = window_at(param, x, p, q);
    return (a.row + at / param->size_w) * x->dim[3] + a.column + at % param->size_w;
}

static int64_t index_get(const void *index, int bytes, int64_t i)
{
    return bytes == 1 ? ((const uint8_t *)index)[i] : ((const int32_t *)index)[i];
}

/* For each window of `y` over planes of `x`. */
#define EACH_WINDOW(x, y)                                                                          \
    const int64_t planes = (y)->dim[0] * (y)->dim[1], rows = (y)->dim[2], columns = (y)->dim[3],   \
                  plane = (x)->dim[2] * (x)->dim[3];                                               \
    for (int64_t b = 0; b < planes; b++)                                                           \
        for (int64_t p = 0; p < rows; p++)                                                         \
            for (int64_t q = 0; q < columns; q++)

KERNEL(maxpool)
{
    const hox__shape *x = call->in_shape[0], *y = call->out_shape;
    hox__real *out = call->out;
    EACH_WINDOW(x, y)
    {
        const source image = (source)call->in[0] + b * plane;
        const int64_t at = window_max(call->param, x, image, p, q);
        out[(b * rows + p) * columns + q] = image[window_cell(call->param, x, p, q, at)];
    }
}

KERNEL(maxpool_index)
{
    const hox__shape *x = call->in_shape[0], *y = call->out_shape;
    EACH_WINDOW(x, y)
    {
        const int64_t at = window_max(call->param, x, (source)call->in[0] + b * plane, p, q);
        const int64_t i = (b * rows + p) * columns + q;
        if (call->out_bytes == 1)
            ((uint8_t *)call->out)[i] = (uint8_t)at;
        else
            ((int32_t *)call->out)[i] = (int32_t)at;
    }
}

KERNEL(max_scatter)
{
    const hox__shape *x = call->out_shape, *y = call->in_shape[0];
    const source dy = call->in[0];
    hox__real *dx = call->out;
    memset(dx, 0, (size_t)hox__elements(x) * sizeof *dx);
    EACH_WINDOW(x, y)
    {
        const int64_t i = (b * rows + p) * columns + q;
        const int64_t at = index_get(call->in[1], call->in_bytes, i);
        dx[b * plane + window_cell(call->param, x, p, q, at)] += dy[i];
    }
}

KERNEL(max_gather)
{
    const hox__shape *x = call->in_shape[0], *y = call->out_shape;
    const source u = call->in[0];
    hox__real *out = call->out;
    EACH_WINDOW(x, y)
    {
        const int64_t i = (b * rows + p) * columns + q;
        const int64_t at = index_get(call->in[1], call->in_bytes, i);
        out[i] = u[b * plane + window_cell(call->param, x, p, q, at)];
    }
}

KERNEL(avgpool)
{
    const hox__shape *x = call->in_shape[0], *y = call->out_shape;
    hox__real *out = call->out;
    EACH_WINDOW(x, y)
    {
        const patch a = window_at(call->param, x, p, q);
        const source image = (source)call->in[0] + b * plane;
        double total = 0;
        for (int64_t r = a.top; r < a.bottom; r++)
            for (int64_t t = a.left; t < a.right; t++)
                total += (double)image[r * x->dim[3] + t];
        out[(b * rows + p) * columns + q] =
            (hox__real)(total / (double)((a.bottom - a.top) * (a.right - a.left)));
    }
}

KERNEL(avgpool_dx)
{
    const hox__shape *x = call->out_shape, *y = call->in_shape[0];
    const source dy = call->in[0];
    hox__real *dx = call->out;
    memset(dx, 0, (size_t)hox__elements(x) * sizeof *dx);
    EACH_WINDOW(x, y)
    {
        const patch a = window_at(call->param, x, p, q);
        const hox__real share =
            dy[(b * rows + p) * columns + q] / (hox__real)((a.bottom - a.top) * (a.right - a.left));
        for (int64_t r = a.top; r < a.bottom; r++)
            for (int64_t t = a.left; t < a.right; t++)
                dx[b * plane + r * x->dim[3] + t] += share;
    }
}

/* ---- batch normalization; x as [n, c, cells] ---- */

static const double epsilon = 1e-5;

typedef struct {
    int64_t n, c, cells;
} planes;

static planes planes_of(const hox__shape *x)
{
    planes p = {x->dim[0], x->dim[1], 1};
    for (int i = 2; i < x->rank; i++)
        p.cells *= x->dim[i];
    return p;
}

/* Sum over one channel of a[i] (b[i] - centre); b NULL: of a[i]. */
static double channel_sum(planes p, int64_t c, source a, source b, double centre)
{
    double total = 0;
    for (int64_t n = 0; n < p.n; n++)
        for (int64_t i = 0; i < p.cells; i++) {
            const int64_t at = (n * p.c + c) * p.cells + i;
            total += (double)a[at] * (b ? (double)b[at] - centre : 1);
        }
    return total;
}

KERNEL(bn_mean)
{
    const planes p = planes_of(call->in_shape[0]);
    hox__real *out = call->out;
    for (int64_t c = 0; c < p.c; c++)
        out[c] = (hox__real)(channel_sum(p, c, call->in[0], NULL, 0) / (double)(p.n * p.cells));
}

KERNEL(bn_var)
{
    const planes p = planes_of(call->in_shape[0]);
    const source x = call->in[0], mean = call->in[1];
    hox__real *out = call->out;
    for (int64_t c = 0; c < p.c; c++) {
        double total = 0;
        for (int64_t n = 0; n < p.n; n++)
            for (int64_t i = 0; i < p.cells; i++) {
                const double d = (double)x[(n * p.c + c) * p.cells + i] - (double)mean[c];
                total += d * d;
            }
        out[c] = (hox__real)(total / (double)(p.n * p.cells));
    }
}

KERNEL(bn_train)
{
    const planes p = planes_of(call->in_shape[0]);
    const source x = call->in[0], scale = call->in[1], shift = call->in[2], mean = call->in[3],
                 variance = call->in[4];
    hox__real *out = call->out;
    for (int64_t n = 0; n < p.n; n++)
        for (int64_t c = 0; c < p.c; c++) {
            const double k = (double)scale[c] / sqrt((double)variance[c] + epsilon);
            for (int64_t i = 0; i < p.cells; i++) {
                const int64_t at = (n * p.c + c) * p.cells + i;
                out[at] = (hox__real)(((double)x[at] - (double)mean[c]) * k + (double)shift[c]);
            }
        }
}

/* x, dy, scale, mean, variance, dscale, dshift:
 * scale/s (dy - dshift/m - (x - mean)/s dscale/m), s the deviation, m the cells of a channel. */
KERNEL(bn_dx)
{
    const planes p = planes_of(call->in_shape[0]);
    const source x = call->in[0], dy = call->in[1], scale = call->in[2], mean = call->in[3],
                 variance = call->in[4], dscale = call->in[5], dshift = call->in[6];
    hox__real *out = call->out;
    const double m = (double)(p.n * p.cells);
    for (int64_t n = 0; n < p.n; n++)
        for (int64_t c = 0; c < p.c; c++) {
            const double s = 1 / sqrt((double)variance[c] + epsilon);
            for (int64_t i = 0; i < p.cells; i++) {
                const int64_t at = (n * p.c + c) * p.cells + i;
                const double z = ((double)x[at] - (double)mean[c]) * s;
                const double d = (double)dy[at] - (double)dshift[c] / m - z * (double)dscale[c] / m;
                out[at] = (hox__real)((double)scale[c] * s * d);
            }
        }
}

/* x, dy, mean, variance */
KERNEL(bn_dscale)
{
    const planes p = planes_of(call->in_shape[0]);
    const source x = call->in[0], dy = call->in[1], mean = call->in[2], variance = call->in[3];
    hox__real *out = call->out;
    for (int64_t c = 0; c < p.c; c++)
        out[c] = (hox__real)(channel_sum(p, c, dy, x, (double)mean[c]) /
                             sqrt((double)variance[c] + epsilon));
}

/* ---- softmax and cross-entropy ---- */

typedef struct {
    double max, total; /* of exp(z - max) */
} row_sum;

static row_sum row_total(source z, int64_t n)
{
    row_sum r = {(double)z[0], 0};
    for (int64_t j = 1; j < n; j++)
        if ((double)z[j] > r.max)
            r.max = (double)z[j];
    for (int64_t j = 0; j < n; j++)
        r.total += exp((double)z[j] - r.max);
    return r;
}

static void softmax_rows(source z, hox__real *out, int64_t rows, int64_t n)
{
    for (int64_t i = 0; i < rows; i++) {
        const row_sum r = row_total(z + i * n, n);
        for (int64_t j = 0; j < n; j++)
            out[i * n + j] = (hox__real)(exp((double)z[i * n + j] - r.max) / r.total);
    }
}

KERNEL(softmax)
{
    const hox__shape *shape = call->out_shape;
    const int64_t n = shape->dim[shape->rank - 1];
    softmax_rows(call->in[0], call->out, hox__elements(shape) / n, n);
}

/* Labels outside 0..classes-1 count as nothing: no loss, no gradient. */
KERNEL(xent)
{
    const source z = call->in[0];
    const int32_t *label = call->in[1];
    const int64_t rows = call->in_shape[0]->dim[0], n = call->in_shape[0]->dim[1];
    double loss = 0;
    for (int64_t i = 0; i < rows; i++) {
        const row_sum r = row_total(z + i * n, n);
        if (label[i] >= 0 && label[i] < n)
            loss += r.max + log(r.total) - (double)z[i * n + label[i]];
    }
    *(hox__real *)call->out = (hox__real)(loss / (double)rows);
}

KERNEL(xent_dx)
{
    const int32_t *label = call->in[1];
    const int64_t rows = call->out_shape->dim[0], n = call->out_shape->dim[1];
    hox__real *out = call->out;
    softmax_rows(call->in[0], out, rows, n);
    for (int64_t i = 0; i < rows; i++) {
        const bool known = label[i] >= 0 && label[i] < n;
        if (known)
            out[i * n + label[i]] -= 1;
        for (int64_t j = 0; j < n; j++)
            out[i * n + j] = known ? out[i * n + j] / (hox__real)rows : 0;
    }
}

KERNEL(onehot)
{
    const int32_t *label = call->in[0];
    const int64_t rows = call->out_shape->dim[0], n = call->out_shape->dim[1];
    hox__real *out = call->out;
    memset(out, 0, (size_t)(rows * n) * sizeof *out);
    for (int64_t i = 0; i < rows; i++)
        if (label[i] >= 0 && label[i] < n)
            out[i * n + label[i]] = 1;
}

KERNEL(hits)
{
    const source z = call->in[0];
    const int32_t *label = call->in[1];
    const int64_t rows = call->in_shape[0]->dim[0], n = call->in_shape[0]->dim[1];
    int64_t hits = 0;
    for (int64_t i = 0; i < rows; i++) {
        int64_t best = 0;
        for (int64_t j = 1; j < n; j++)
            if (z[i * n + j] > z[i * n + best])
                best = j;
        hits += best == label[i];
    }
    *(hox__real *)call->out = (hox__real)hits;
}
