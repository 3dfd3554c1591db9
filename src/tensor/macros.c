/* Constructors of the public header, and the definitions of macros in other operations. */
#include "tensor/internal.h"
#include <stdio.h>
#include <string.h>

#define SHAPE(a) (*hox__node_shape(g, (a)))

#define UNARY(name, id)                                                                            \
    hox__node name(hox__graph *g, hox__node a)                                                     \
    {                                                                                              \
        return hox__emit1(g, HOX__OP_##id, a);                                                     \
    }
#define BINARY(name, id)                                                                           \
    hox__node name(hox__graph *g, hox__node a, hox__node b)                                        \
    {                                                                                              \
        return hox__emit2(g, HOX__OP_##id, a, b);                                                  \
    }
UNARY(hox__neg, NEG)
UNARY(hox__recip, RECIP)
UNARY(hox__exp_, EXP)
UNARY(hox__log_, LOG)
UNARY(hox__sqrt_, SQRT)
UNARY(hox__tanh_, TANH)
UNARY(hox__sigmoid, SIGMOID)
UNARY(hox__erf_, ERF)
UNARY(hox__abs_, ABS)
UNARY(hox__sin_, SIN)
UNARY(hox__cos_, COS)
UNARY(hox__floor_, FLOOR)
UNARY(hox__relu, RELU)
UNARY(hox__softmax, SOFTMAX)
UNARY(hox__stop_gradient, STOP)
BINARY(hox__add, ADD)
BINARY(hox__sub, SUB)
BINARY(hox__mul, MUL)
BINARY(hox__div, DIV)
BINARY(hox__max, MAX)
BINARY(hox__min, MIN)
BINARY(hox__pow_, POW)
BINARY(hox__less, LESS)
BINARY(hox__softmax_xent, XENT)
BINARY(hox__hits, HITS)

hox__node hox__select(hox__graph *g, hox__node condition, hox__node a, hox__node b)
{
    return hox__emit(g, HOX__OP_SELECT, (hox__node[]){condition, a, b}, 3, NULL, NULL);
}

/* x where positive, exp(x) - 1 elsewhere; the exponent is kept at or below 0. */
hox__node hox__elu(hox__graph *g, hox__node a)
{
    const hox__node zero = hox__scalar(g, 0);
    const hox__node low = hox__sub(g, hox__exp_(g, hox__min(g, a, zero)), hox__scalar(g, 1));
    return hox__select(g, hox__less(g, zero, a), a, low);
}

/* x Phi(x) = x/2 (1 + erf(x / sqrt 2)) (Hendrycks, Gimpel 2016) */
hox__node hox__gelu(hox__graph *g, hox__node a)
{
    const hox__node e = hox__erf_(g, hox__mul(g, a, hox__scalar(g, 0.70710678f)));
    const hox__node half = hox__mul(g, a, hox__scalar(g, 0.5f));
    return hox__mul(g, half, hox__add(g, e, hox__scalar(g, 1)));
}

hox__node hox__swish(hox__graph *g, hox__node a)
{
    return hox__mul(g, a, hox__sigmoid(g, a));
}

hox__node hox__onehot(hox__graph *g, hox__node label, int64_t classes)
{
    hox__param param = {.shape = {0}};
    if (label == HOX__NONE)
        return HOX__NONE;
    param.shape = (hox__shape){2, {hox__shape_count(hox__node_shape(g, label)), classes}};
    return hox__emit(g, HOX__OP_ONEHOT, &label, 1, &param, NULL);
}

/* Box, Muller 1958: the cosine half, from two streams named after it. u is below 1, so the
 * logarithm is finite. */
hox__node hox__normal(hox__graph *g, hox__shape shape, const char *name, uint64_t id)
{
    char radius[64], angle[64];
    snprintf(radius, sizeof radius, "%.50s/radius", name);
    snprintf(angle, sizeof angle, "%.50s/angle", name);
    const hox__node u = hox__uniform(g, shape, radius, id), v = hox__uniform(g, shape, angle, id);
    const hox__node log = hox__log_(g, hox__sub(g, hox__scalar(g, 1), u));
    const hox__node r = hox__sqrt_(g, hox__mul(g, hox__scalar(g, -2), log));
    return hox__mul(g, r, hox__cos_(g, hox__mul(g, hox__scalar(g, 6.2831853f), v)));
}

/* ---- shape ---- */

hox__node hox__expand(hox__graph *g, hox__node a, hox__shape shape)
{
    if (a != HOX__NONE && hox__dims_equal(hox__node_shape(g, a), &shape))
        return a;
    hox__param param = {.shape = {0}};
    param.shape = shape;
    return hox__emit(g, HOX__OP_EXPAND, &a, 1, &param, NULL);
}

hox__node hox__reshape(hox__graph *g, hox__node a, hox__shape shape)
{
    if (a != HOX__NONE && hox__dims_equal(hox__node_shape(g, a), &shape))
        return a;
    hox__param param = {.shape = {0}};
    param.shape = shape;
    return hox__emit(g, HOX__OP_RESHAPE, &a, 1, &param, NULL);
}

hox__node hox__permute(hox__graph *g, hox__node a, const int *order)
{
    hox__param param = {.shape = {0}};
    for (int i = 0; i < SHAPE(a).rank; i++)
        param.order[i] = order[i];
    return hox__emit(g, HOX__OP_PERMUTE, &a, 1, &param, NULL);
}

hox__node hox__slice(hox__graph *g, hox__node a, int axis, int64_t start, int64_t stop)
{
    return hox__slice_steps(g, a, axis, start, stop, 1);
}

hox__node hox__slice_steps(hox__graph *g, hox__node a, int axis, int64_t start, int64_t stop,
                           int64_t step)
{
    const hox__param param = {.axis = axis, .start = start, .stop = stop, .step = step};
    return hox__emit(g, HOX__OP_SLICE, &a, 1, &param, NULL);
}

hox__node hox__flip(hox__graph *g, hox__node a, uint32_t axes)
{
    const hox__param param = {.axes = axes};
    return hox__emit(g, HOX__OP_FLIP, &a, 1, &param, NULL);
}

hox__node hox__concat(hox__graph *g, const hox__node *part, int n, int axis)
{
    const hox__param param = {.axis = axis};
    return hox__emit(g, HOX__OP_CONCAT, part, n, &param, NULL);
}

hox__node hox__sum(hox__graph *g, hox__node a, uint32_t axes)
{
    const hox__param param = {.axes = axes};
    return hox__emit(g, HOX__OP_SUM, &a, 1, &param, NULL);
}

hox__node hox__mean(hox__graph *g, hox__node a, uint32_t axes)
{
    const hox__node total = hox__sum(g, a, axes);
    const double ratio =
        (double)hox__shape_count(&SHAPE(total)) / (double)hox__shape_count(&SHAPE(a));
    return hox__mul(g, total, hox__scalar(g, (float)ratio));
}

hox__node hox__maxval(hox__graph *g, hox__node a, uint32_t axes)
{
    const hox__param param = {.axes = axes};
    return hox__emit(g, HOX__OP_MAXVAL, &a, 1, &param, NULL);
}

hox__node hox__argmax(hox__graph *g, hox__node a, int axis)
{
    const hox__param param = {.axis = axis};
    return hox__emit(g, HOX__OP_ARGMAX, &a, 1, &param, NULL);
}

hox__node hox__cast(hox__graph *g, hox__node a, hox__type type)
{
    const hox__param param = {.type = (int32_t)type};
    if (a != HOX__NONE && hox__value_of(g, a)->type == type)
        return a;
    return hox__emit(g, HOX__OP_CAST, &a, 1, &param, NULL);
}

hox__node hox__gather_rows(hox__graph *g, hox__node table, hox__node index)
{
    return hox__emit2(g, HOX__OP_GATHER_ROWS, table, index);
}

hox__node hox__scatter_add_rows(hox__graph *g, hox__node rows, hox__node index, int64_t count)
{
    const hox__param param = {.size_h = count};
    return hox__emit(g, HOX__OP_SCATTER_ROWS, (hox__node[]){rows, index}, 2, &param, NULL);
}

/* Sums over what was repeated, then drops or restores axes of 1. */
hox__node hox__sum_to(hox__graph *g, hox__node a, hox__node like)
{
    const hox__shape from = SHAPE(a), to = SHAPE(like);
    if (a == HOX__NONE || hox__dims_equal(&from, &to))
        return a;
    uint32_t axes = 0;
    for (int i = 0; i < from.rank; i++)
        if (from.dim[i] > 1 && (to.rank != from.rank || to.dim[i] == 1))
            axes |= 1u << i;
    return hox__reshape(g, axes ? hox__sum(g, a, axes) : a, to);
}

hox__node hox__channels(hox__graph *g, hox__node vector, hox__shape shape)
{
    hox__shape thin = {.rank = shape.rank};
    for (int i = 0; i < shape.rank; i++)
        thin.dim[i] = i == 1 ? shape.dim[1] : 1;
    return hox__expand(g, hox__reshape(g, vector, thin), shape);
}

/* ---- products and pools ---- */

hox__node hox__matmul(hox__graph *g, hox__node a, hox__node b, bool transpose_a, bool transpose_b)
{
    const hox__param param = {.transpose_a = transpose_a, .transpose_b = transpose_b};
    return hox__emit(g, HOX__OP_MATMUL, (hox__node[]){a, b}, 2, &param, NULL);
}

static hox__node windowed(hox__graph *g, hox__op op, hox__node a, hox__node b, hox__window window,
                          hox__shape shape)
{
    hox__param param = {.window = window};
    param.shape = shape;
    return hox__emit(g, op, (hox__node[]){a, b}, 2, &param, NULL);
}

hox__node hox__conv(hox__graph *g, hox__node x, hox__node w, hox__window window)
{
    return windowed(g, HOX__OP_CONV, x, w, window, HOX__SCALAR);
}

hox__node hox__conv_dx(hox__graph *g, hox__node dy, hox__node w, hox__window window, hox__shape x)
{
    return windowed(g, HOX__OP_CONV_DX, dy, w, window, x);
}

hox__node hox__conv_dw(hox__graph *g, hox__node x, hox__node dy, hox__window window, hox__shape w)
{
    return windowed(g, HOX__OP_CONV_DW, x, dy, window, w);
}

static hox__node pool(hox__graph *g, hox__op op, hox__node x, int64_t size_h, int64_t size_w,
                      hox__window window)
{
    window.groups = 0;
    const hox__param param = {.window = window, .size_h = size_h, .size_w = size_w};
    return hox__emit(g, op, &x, 1, &param, NULL);
}

hox__node hox__maxpool(hox__graph *g, hox__node x, int64_t size_h, int64_t size_w,
                       hox__window window)
{
    return pool(g, HOX__OP_MAXPOOL, x, size_h, size_w, window);
}

hox__node hox__avgpool(hox__graph *g, hox__node x, int64_t size_h, int64_t size_w,
                       hox__window window)
{
    return pool(g, HOX__OP_AVGPOOL, x, size_h, size_w, window);
}

hox__node hox__dropout(hox__graph *g, hox__node x, float p, const char *name, uint64_t id)
{
    if (!(p >= 0 && p < 1) && g->error.status == HOX_OK) {
        hox__graph_fail(g, HOX_ERR_ARGUMENT, "dropout: probability %g is not in 0 <= p < 1",
                        (double)p);
        return HOX__NONE;
    }
    const hox__param param = {.value = p, .id = id};
    return hox__emit(g, HOX__OP_DROPOUT, &x, 1, &param, name);
}

/* ---- batch normalization (Ioffe, Szegedy 2015, algorithm 1) ---- */

static const float epsilon = 1e-5f;

hox__node hox__batch_norm(hox__graph *g, hox__node x, hox__node scale, hox__node shift,
                          hox__node *mean, hox__node *variance)
{
    const hox__node m = hox__emit1(g, HOX__OP_BN_MEAN, x);
    const hox__node v = hox__emit2(g, HOX__OP_BN_VAR, x, m);
    if (mean)
        *mean = m;
    if (variance)
        *variance = v;
    return hox__emit(g, HOX__OP_BN_TRAIN, (hox__node[]){x, scale, shift, m, v}, 5, NULL, NULL);
}

static hox__node inverse_deviation(hox__graph *g, hox__node variance)
{
    return hox__recip(g, hox__sqrt_(g, hox__add(g, variance, hox__scalar(g, epsilon))));
}

hox__node hox__batch_apply(hox__graph *g, hox__node x, hox__node scale, hox__node shift,
                           hox__node mean, hox__node variance)
{
    const hox__shape shape = SHAPE(x);
    if (shape.rank != 2 && shape.rank != 4 && x != HOX__NONE) {
        hox__graph_fail(g, HOX_ERR_SHAPE, "batch_apply: %s; needs [n, c] or [n, c, h, w]",
                        HOX__SHAPE_STRING(&shape));
        return HOX__NONE;
    }
    const hox__node factor = hox__mul(g, scale, inverse_deviation(g, variance));
    const hox__node offset = hox__sub(g, shift, hox__mul(g, mean, factor));
    return hox__add(g, hox__mul(g, x, hox__channels(g, factor, shape)),
                    hox__channels(g, offset, shape));
}

/* ---- normalization of each example by itself ---- */

hox__node hox__whiten(hox__graph *g, hox__node x, uint32_t axes)
{
    const hox__shape shape = SHAPE(x);
    const hox__node d = hox__sub(g, x, hox__expand(g, hox__mean(g, x, axes), shape));
    const hox__node variance = hox__mean(g, hox__mul(g, d, d), axes);
    return hox__mul(g, d, hox__expand(g, inverse_deviation(g, variance), shape));
}

hox__node hox__row_norm(hox__graph *g, hox__node x, hox__node scale, hox__node shift)
{
    const hox__shape shape = SHAPE(x);
    if (shape.rank < 1) {
        if (x != HOX__NONE)
            hox__graph_fail(g, HOX_ERR_SHAPE, "row_norm: a scalar has no last axis");
        return HOX__NONE;
    }
    hox__shape row = {.rank = shape.rank};
    for (int i = 0; i < row.rank; i++)
        row.dim[i] = i == row.rank - 1 ? shape.dim[i] : 1;
    const hox__node z = hox__whiten(g, x, 1u << (shape.rank - 1));
    const hox__node factor = hox__expand(g, hox__reshape(g, scale, row), shape);
    return hox__add(g, hox__mul(g, z, factor), hox__expand(g, hox__reshape(g, shift, row), shape));
}

/* x - max - log sum exp(x - max); the maximum only keeps exp in range and needs no slope. */
hox__node hox__log_softmax(hox__graph *g, hox__node x)
{
    const hox__shape shape = SHAPE(x);
    if (shape.rank < 1) {
        if (x != HOX__NONE)
            hox__graph_fail(g, HOX_ERR_SHAPE, "log_softmax: a scalar has no last axis");
        return HOX__NONE;
    }
    const uint32_t last = 1u << (shape.rank - 1);
    const hox__node top = hox__stop_gradient(g, hox__maxval(g, x, last));
    const hox__node d = hox__sub(g, x, hox__expand(g, top, shape));
    const hox__node mass = hox__log_(g, hox__sum(g, hox__exp_(g, d), last));
    return hox__sub(g, d, hox__expand(g, mass, shape));
}

static hox__node channel_mean(hox__graph *g, hox__node x)
{
    const hox__shape shape = SHAPE(x), vector = {1, {shape.dim[1]}};
    return hox__reshape(g, hox__mean(g, x, hox__channel_axes(&shape)), vector);
}

static hox__node centred(hox__graph *g, hox__node x, hox__node mean)
{
    return hox__sub(g, x, hox__channels(g, mean, SHAPE(x)));
}

static hox__node channel_variance(hox__graph *g, hox__node x, hox__node mean)
{
    const hox__node d = centred(g, x, mean);
    return channel_mean(g, hox__mul(g, d, d));
}

hox__node hox__define_products(hox__graph *g, const hox__value *value)
{
    const hox__param *p = &value->param;
    hox__node sum = HOX__NONE;
    for (int i = 0; i < value->n; i++) {
        const hox__node next = i >= 2 * p->axis
                                   ? hox__expand(g, value->in[i], value->shape)
                                   : hox__matmul(g, value->in[i], value->in[i + 1],
                                                 p->transpose_a != 0, p->transpose_b != 0);
        i += i < 2 * p->axis;
        sum = sum == HOX__NONE ? next : hox__add(g, sum, next);
    }
    return sum;
}

hox__node hox__define_bn_mean(hox__graph *g, const hox__value *value)
{
    return channel_mean(g, value->in[0]);
}

hox__node hox__define_bn_var(hox__graph *g, const hox__value *value)
{
    return channel_variance(g, value->in[0], value->in[1]);
}

/* (x - mean) / sqrt(variance + eps), with the statistics computed anew so that derivatives go
 * through them. */
static hox__node whitened(hox__graph *g, hox__node x, hox__node *inverse)
{
    const hox__node mean = channel_mean(g, x);
    *inverse = inverse_deviation(g, channel_variance(g, x, mean));
    return hox__mul(g, centred(g, x, mean), hox__channels(g, *inverse, SHAPE(x)));
}

/* scale / s (dy - mean(dy) - z mean(dy z)), z the whitened x */
hox__node hox__define_bn_dx(hox__graph *g, const hox__value *value)
{
    const hox__node x = value->in[0], dy = value->in[1], scale = value->in[2];
    const hox__shape shape = SHAPE(x);
    hox__node inverse;
    const hox__node z = whitened(g, x, &inverse);
    const hox__node a = hox__channels(g, channel_mean(g, dy), shape);
    const hox__node b = hox__channels(g, channel_mean(g, hox__mul(g, dy, z)), shape);
    const hox__node d = hox__sub(g, hox__sub(g, dy, a), hox__mul(g, z, b));
    return hox__mul(g, d, hox__channels(g, hox__mul(g, scale, inverse), shape));
}

/* sum(dy z) */
hox__node hox__define_bn_dscale(hox__graph *g, const hox__value *value)
{
    const hox__node x = value->in[0], dy = value->in[1];
    const hox__shape shape = SHAPE(x), vector = {1, {shape.dim[1]}};
    hox__node inverse;
    const hox__node product = hox__mul(g, dy, whitened(g, x, &inverse));
    return hox__reshape(g, hox__sum(g, product, hox__channel_axes(&shape)), vector);
}

/* (softmax - onehot) / n */
hox__node hox__define_xent_dx(hox__graph *g, const hox__value *value)
{
    hox__param param = {.shape = {0}};
    param.shape = SHAPE(value->in[0]);
    const hox__node label = value->in[1];
    const hox__node target = hox__emit(g, HOX__OP_ONEHOT, &label, 1, &param, NULL);
    const hox__node d = hox__sub(g, hox__softmax(g, value->in[0]), target);
    return hox__mul(g, d, hox__scalar(g, 1.0f / (float)param.shape.dim[0]));
}
