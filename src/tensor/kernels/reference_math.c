/* Plain-C kernels: elementwise, draws, movement, sums, products. Written to be read; sums run in
 * double. */
#include "tensor/kernels/reference.h"
#include <math.h>
#include <string.h>

#define KERNEL(name) void HOX__REFERENCE(name)(const hox__call *call)
typedef const hox__real *source;

KERNEL(none)
{
    (void)call;
}

KERNEL(constant)
{
    hox__real *out = call->out;
    const int64_t n = hox__elements(call->out_shape);
    for (int64_t i = 0; i < n; i++)
        out[i] = (hox__real)call->param->value;
}

/* ---- elementwise: an operand of one element is repeated ---- */

#define STEP(i) (hox__elements(call->in_shape[i]) > 1)

#define UNARY(name, expression)                                                                    \
    KERNEL(name)                                                                                   \
    {                                                                                              \
        const source a = call->in[0];                                                              \
        hox__real *out = call->out;                                                                \
        const int64_t n = hox__elements(call->out_shape);                                          \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const hox__real x = a[i];                                                              \
            out[i] = (hox__real)(expression);                                                      \
        }                                                                                          \
    }

#define BINARY(name, expression)                                                                   \
    KERNEL(name)                                                                                   \
    {                                                                                              \
        const source a = call->in[0], b = call->in[1];                                             \
        const int64_t step_a = STEP(0), step_b = STEP(1), n = hox__elements(call->out_shape);      \
        hox__real *out = call->out;                                                                \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const hox__real x = a[i * step_a], y = b[i * step_b];                                  \
            out[i] = (hox__real)(expression);                                                      \
        }                                                                                          \
    }

UNARY(neg, -x)
UNARY(recip, 1 / x)
UNARY(exp, exp((double)x))
UNARY(log, log((double)x))
UNARY(sqrt, sqrt((double)x))
UNARY(tanh, tanh((double)x))
UNARY(sigmoid, 1 / (1 + exp(-(double)x)))
UNARY(erf, erf((double)x))
UNARY(abs, fabs((double)x))
UNARY(sin, sin((double)x))
UNARY(cos, cos((double)x))
UNARY(floor, floor((double)x))
UNARY(relu, x > 0 ? x : 0)
BINARY(add, x + y)
BINARY(sub, x - y)
BINARY(mul, x *y)
BINARY(div, x / y)
BINARY(max, x > y ? x : y)
BINARY(min, x < y ? x : y)
BINARY(pow, pow((double)x, (double)y))
BINARY(less, x < y)

KERNEL(select)
{
    const source c = call->in[0], a = call->in[1], b = call->in[2];
    const int64_t step_c = STEP(0), step_a = STEP(1), step_b = STEP(2);
    hox__real *out = call->out;
    const int64_t n = hox__elements(call->out_shape);
    for (int64_t i = 0; i < n; i++)
        out[i] = c[i * step_c] != 0 ? a[i * step_a] : b[i * step_b];
}

/* ---- draws: word e of the stream belongs to element e ---- */

static float unit(uint32_t word)
{
    return (float)(word >> 8) * 0x1p-24f;
}

KERNEL(uniform)
{
    hox_rng stream = call->stream;
    hox__real *out = call->out;
    const int64_t n = hox__elements(call->out_shape);
    for (int64_t i = 0; i < n; i++)
        out[i] = (hox__real)unit(hox_rng_u32(&stream));
}

KERNEL(dropout)
{
    hox_rng stream = call->stream;
    const source a = call->in[0];
    hox__real *out = call->out;
    const int64_t n = hox__elements(call->out_shape);
    const float p = call->param->value, scale = 1 / (1 - p);
    for (int64_t i = 0; i < n; i++)
        out[i] = unit(hox_rng_u32(&stream)) < p ? 0 : a[i] * (hox__real)scale;
}

/* ---- movement: every output element finds its source by strides ---- */

typedef struct {
    int rank;
    int64_t dim[HOX__RANK_MAX], step[HOX__RANK_MAX];
} view;

static void strides(const hox__shape *shape, int64_t out[HOX__RANK_MAX])
{
    int64_t step = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        out[i] = step;
        step *= shape->dim[i];
    }
}

/* Where element i of `dim` lies under the steps. */
static int64_t locate(const view *v, int64_t i)
{
    int64_t at = 0;
    for (int k = v->rank - 1; k >= 0; k--) {
        at += i % v->dim[k] * v->step[k];
        i /= v->dim[k];
    }
    return at;
}

KERNEL(expand)
{
    const hox__shape *from = call->in_shape[0], *to = call->out_shape;
    view v = {.rank = to->rank};
    int64_t step[HOX__RANK_MAX] = {0};
    strides(from, step);
    for (int i = 0; i < to->rank; i++) {
        v.dim[i] = to->dim[i];
        v.step[i] = from->rank && from->dim[i] > 1 ? step[i] : 0;
    }
    const source a = call->in[0];
    hox__real *out = call->out;
    const int64_t n = hox__elements(to);
    for (int64_t i = 0; i < n; i++)
        out[i] = a[locate(&v, i)];
}

KERNEL(copy)
{
    if (call->out != call->in[0])
        memcpy(call->out, call->in[0], (size_t)hox__elements(call->out_shape) * sizeof(hox__real));
}

KERNEL(permute)
{
    view v = {.rank = call->out_shape->rank};
    int64_t step[HOX__RANK_MAX] = {0};
    strides(call->in_shape[0], step);
    for (int i = 0; i < v.rank; i++) {
        v.dim[i] = call->out_shape->dim[i];
        v.step[i] = step[call->param->order[i]];
    }
    const source a = call->in[0];
    hox__real *out = call->out;
    const int64_t n = hox__elements(call->out_shape);
    for (int64_t i = 0; i < n; i++)
        out[i] = a[locate(&v, i)];
}

/* Rows along an axis: `outer` of them, each `size` cells of `inner` elements. */
typedef struct {
    int64_t outer, size, inner;
} run;

static run along(const hox__shape *shape, int axis)
{
    run r = {1, shape->dim[axis], 1};
    for (int i = 0; i < axis; i++)
        r.outer *= shape->dim[i];
    for (int i = axis + 1; i < shape->rank; i++)
        r.inner *= shape->dim[i];
    return r;
}

KERNEL(slice)
{
    const run r = along(call->in_shape[0], call->param->axis);
    const int64_t start = call->param->start, step = call->param->step;
    const int64_t size = call->out_shape->dim[call->param->axis], most = step == 1 ? size : 1;
    const source a = call->in[0];
    hox__real *out = call->out;
    for (int64_t o = 0; o < r.outer; o++)
        for (int64_t i = 0; i < size; i += most)
            memcpy(out + (o * size + i) * r.inner, a + (o * r.size + start + i * step) * r.inner,
                   (size_t)(most * r.inner) * sizeof *out);
}

KERNEL(pad)
{
    const run r = along(call->in_shape[0], call->param->axis);
    const int64_t size = call->param->stop, start = call->param->start, step = call->param->step;
    const int64_t most = step == 1 ? r.size : 1;
    const source a = call->in[0];
    hox__real *out = call->out;
    memset(out, 0, (size_t)hox__elements(call->out_shape) * sizeof *out);
    for (int64_t o = 0; o < r.outer; o++)
        for (int64_t i = 0; i < r.size; i += most)
            memcpy(out + (o * size + start + i * step) * r.inner, a + (o * r.size + i) * r.inner,
                   (size_t)(most * r.inner) * sizeof *out);
}

KERNEL(concat)
{
    const run whole = along(call->out_shape, call->param->axis);
    hox__real *out = call->out;
    int64_t start = 0;
    for (int i = 0; i < call->n; i++) {
        const run r = along(call->in_shape[i], call->param->axis);
        const source a = call->in[i];
        for (int64_t o = 0; o < r.outer; o++)
            memcpy(out + (o * whole.size + start) * r.inner, a + o * r.size * r.inner,
                   (size_t)(r.size * r.inner) * sizeof *out);
        start += r.size;
    }
}

/* Sums in double, one output element after the other. */
KERNEL(sum)
{
    const hox__shape *from = call->in_shape[0];
    view kept = {.rank = from->rank}, summed = {.rank = from->rank};
    int64_t step[HOX__RANK_MAX] = {0}, inner = 1;
    strides(from, step);
    for (int i = 0; i < from->rank; i++) {
        const bool gone = call->param->axes >> i & 1;
        kept.dim[i] = gone ? 1 : from->dim[i];
        summed.dim[i] = gone ? from->dim[i] : 1;
        kept.step[i] = summed.step[i] = step[i];
        inner *= summed.dim[i];
    }
    const source a = call->in[0];
    hox__real *out = call->out;
    const int64_t n = hox__elements(call->out_shape);
    for (int64_t i = 0; i < n; i++) {
        const int64_t base = locate(&kept, i);
        double total = 0;
        for (int64_t k = 0; k < inner; k++)
            total += (double)a[base + locate(&summed, k)];
        out[i] = (hox__real)total;
    }
}

KERNEL(matmul)
{
    const hox__shape *shape = call->out_shape, *left = call->in_shape[0];
    const int r = shape->rank;
    const bool ta = call->param->transpose_a, tb = call->param->transpose_b;
    const int64_t batch = r == 3 ? shape->dim[0] : 1, m = shape->dim[r - 2], n = shape->dim[r - 1];
    const int64_t k = left->dim[ta ? r - 2 : r - 1];
    hox__real *out = call->out;
    for (int64_t b = 0; b < batch; b++) {
        const source x = (source)call->in[0] + b * m * k, y = (source)call->in[1] + b * k * n;
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < n; j++) {
                double total = 0;
                for (int64_t l = 0; l < k; l++)
                    total += (double)x[ta ? l * m + i : i * k + l] *
                             (double)y[tb ? j * k + l : l * n + j];
                out[(b * m + i) * n + j] = (hox__real)total;
            }
    }
}

KERNEL(products)
{
    const hox__param *p = call->param;
    const int64_t m = call->out_shape->dim[0], n = call->out_shape->dim[1];
    const bool ta = p->transpose_a, tb = p->transpose_b;
    hox__real *out = call->out;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double total = 0;
            for (int t = 0; t < 2 * p->axis; t += 2) {
                const source x = call->in[t], y = call->in[t + 1];
                const int64_t k = call->in_shape[t]->dim[ta ? 0 : 1];
                for (int64_t l = 0; l < k; l++)
                    total += (double)x[ta ? l * m + i : i * k + l] *
                             (double)y[tb ? j * k + l : l * n + j];
            }
            for (int t = 2 * p->axis; t < call->n; t++) {
                const hox__shape *shape = call->in_shape[t];
                const int64_t row = shape->dim[0] == 1 ? 0 : i * shape->dim[1];
                total += (double)((source)call->in[t])[row + (shape->dim[1] == 1 ? 0 : j)];
            }
            out[i * n + j] = (hox__real)total;
        }
}
