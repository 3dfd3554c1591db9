/* Shape rules: what each operation accepts and what it gives. Messages name the operation, the
 * shapes and what would fit. */
#include "base/number.h"
#include "tensor/internal.h"
#include <stdio.h>
#include <string.h>

#define IN(i) (&g->node[value->in[i]])
#define NAME  (hox__operations[value->op].name)
#define TEXT  HOX__SHAPE_STRING

/* Element counts stay below 2^40, so that products of a few of them fit in 64 bits. */
enum { COUNT_BITS_MAX = 40 };

int64_t hox__shape_count(const hox__shape *shape)
{
    int64_t n = 1;
    for (int i = 0; i < shape->rank; i++)
        n *= shape->dim[i];
    return n;
}

bool hox__dims_equal(const hox__shape *a, const hox__shape *b)
{
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return true;
}

const char *hox__shape_text(const hox__shape *shape, char out[HOX__SHAPE_TEXT])
{
    int at = snprintf(out, HOX__SHAPE_TEXT, "%s", shape->rank ? "" : "scalar");
    for (int i = 0; i < shape->rank; i++)
        at += snprintf(out + at, (size_t)(HOX__SHAPE_TEXT - at), "%s%lld", i ? "x" : "",
                       (long long)shape->dim[i]);
    return out;
}

uint32_t hox__channel_axes(const hox__shape *shape)
{
    return ((1u << shape->rank) - 1u) & ~2u;
}

/* Unused dimensions are zeroed, so that equal shapes have equal bytes. */
bool hox__rule_give(hox__graph *g, hox__value *value, const hox__shape *shape, hox__type type)
{
    hox__shape clean = {.rank = shape->rank};
    int64_t n = 1;
    if (shape->rank < 0 || shape->rank > HOX__RANK_MAX)
        return hox__graph_fail(g, HOX_ERR_SHAPE, "%s: rank %d is not in 0..%d", NAME, shape->rank,
                               HOX__RANK_MAX);
    for (int i = 0; i < shape->rank; i++) {
        clean.dim[i] = shape->dim[i];
        if (shape->dim[i] < 1 || !hox__mul_i64(n, shape->dim[i], &n) || n >> COUNT_BITS_MAX)
            return hox__graph_fail(g, HOX_ERR_SHAPE, "%s: the shape %s is empty or too large", NAME,
                                   TEXT(shape));
    }
    value->shape = clean;
    value->type = type;
    return true;
}

bool hox__rule_floats(hox__graph *g, const hox__value *value, int first, int n)
{
    for (int i = first; i < first + n; i++)
        if (IN(i)->type != HOX__F32)
            return hox__graph_fail(g, HOX_ERR_ARGUMENT,
                                   "%s: operand %d must hold numbers, not labels", NAME, i + 1);
    return true;
}

static bool rank_is(hox__graph *g, const hox__value *value, int i, int rank)
{
    if (IN(i)->shape.rank == rank)
        return true;
    return hox__graph_fail(g, HOX_ERR_SHAPE, "%s: operand %d is %s, needs %d dimensions", NAME,
                           i + 1, TEXT(&IN(i)->shape), rank);
}

static bool shape_is(hox__graph *g, const hox__value *value, int i, const hox__shape *want)
{
    if (hox__dims_equal(&IN(i)->shape, want))
        return true;
    return hox__graph_fail(g, HOX_ERR_SHAPE, "%s: operand %d is %s, should be %s", NAME, i + 1,
                           TEXT(&IN(i)->shape), TEXT(want));
}

bool hox__shape_given(hox__graph *g, hox__value *value)
{
    return hox__rule_give(g, value, &value->param.shape, (hox__type)value->param.type);
}

bool hox__shape_unary(hox__graph *g, hox__value *value)
{
    return hox__rule_floats(g, value, 0, 1) && hox__rule_give(g, value, &IN(0)->shape, HOX__F32);
}

/* Equal shapes, or one of them a single number. */
static bool broadcast(hox__graph *g, hox__value *value, int first, int n)
{
    const hox__shape *out = &IN(first)->shape;
    for (int i = first + 1; i < first + n; i++) {
        const hox__shape *s = &IN(i)->shape;
        const int64_t a = hox__shape_count(out), b = hox__shape_count(s);
        if (b > 1 && a > 1 && !hox__dims_equal(out, s))
            return hox__graph_fail(g, HOX_ERR_SHAPE,
                                   "%s: shapes %s and %s differ; expand one of them first", NAME,
                                   TEXT(out), TEXT(s));
        if (b > a || (b == a && s->rank > out->rank))
            out = s;
    }
    return hox__rule_give(g, value, out, HOX__F32);
}

bool hox__shape_binary(hox__graph *g, hox__value *value)
{
    return hox__rule_floats(g, value, 0, 2) && broadcast(g, value, 0, 2);
}

bool hox__shape_select(hox__graph *g, hox__value *value)
{
    return hox__rule_floats(g, value, 0, 3) && broadcast(g, value, 0, 3);
}

bool hox__shape_expand(hox__graph *g, hox__value *value)
{
    const hox__shape *a = &IN(0)->shape, *b = &value->param.shape;
    bool fits = a->rank == b->rank || a->rank == 0;
    for (int i = 0; fits && i < a->rank; i++)
        fits = a->dim[i] == 1 || a->dim[i] == b->dim[i];
    if (!fits)
        return hox__graph_fail(g, HOX_ERR_SHAPE, "expand: %s does not repeat to %s", TEXT(a),
                               TEXT(b));
    return hox__rule_floats(g, value, 0, 1) && hox__rule_give(g, value, b, HOX__F32);
}

bool hox__shape_reshape(hox__graph *g, hox__value *value)
{
    if (!hox__rule_give(g, value, &value->param.shape, IN(0)->type))
        return false;
    if (hox__shape_count(&value->shape) != hox__shape_count(&IN(0)->shape))
        return hox__graph_fail(g, HOX_ERR_SHAPE, "reshape: %s has not as many elements as %s",
                               TEXT(&IN(0)->shape), TEXT(&value->shape));
    return true;
}

bool hox__shape_permute(hox__graph *g, hox__value *value)
{
    const hox__shape *a = &IN(0)->shape;
    hox__shape out = {.rank = a->rank};
    uint32_t seen = 0;
    for (int i = 0; i < a->rank; i++) {
        const int from = value->param.order[i];
        if (from < 0 || from >= a->rank || seen >> from & 1)
            return hox__graph_fail(g, HOX_ERR_ARGUMENT,
                                   "permute: the order is not a permutation of 0..%d", a->rank - 1);
        seen |= 1u << from;
        out.dim[i] = a->dim[from];
    }
    return hox__rule_floats(g, value, 0, 1) && hox__rule_give(g, value, &out, HOX__F32);
}

bool hox__rule_axis(hox__graph *g, const hox__value *value, int rank)
{
    if (value->param.axis >= 0 && value->param.axis < rank)
        return true;
    return hox__graph_fail(g, HOX_ERR_ARGUMENT, "%s: axis %d is not in 0..%d", NAME,
                           value->param.axis, rank - 1);
}

bool hox__shape_slice(hox__graph *g, hox__value *value)
{
    hox__shape out = IN(0)->shape;
    const hox__param *p = &value->param;
    if (!hox__rule_axis(g, value, out.rank))
        return false;
    if (p->start < 0 || p->stop > out.dim[p->axis] || p->start >= p->stop || p->step < 1)
        return hox__graph_fail(
            g, HOX_ERR_SHAPE, "slice: %lld..%lld in steps of %lld is not inside axis %d of %s",
            (long long)p->start, (long long)p->stop, (long long)p->step, p->axis, TEXT(&out));
    out.dim[p->axis] = (p->stop - p->start - 1) / p->step + 1;
    return hox__rule_floats(g, value, 0, 1) && hox__rule_give(g, value, &out, HOX__F32);
}

/* The operand at start, start + step, ... of an axis of `stop` elements, zeros elsewhere. */
bool hox__shape_pad(hox__graph *g, hox__value *value)
{
    hox__shape out = IN(0)->shape;
    const hox__param *p = &value->param;
    if (!hox__rule_axis(g, value, out.rank))
        return false;
    int64_t last;
    if (p->start < 0 || p->step < 1 || !hox__mul_i64(out.dim[p->axis] - 1, p->step, &last) ||
        p->stop <= p->start || p->stop - p->start <= last)
        return hox__graph_fail(g, HOX_ERR_SHAPE, "pad: axis %d of %s does not fit at %lld of %lld",
                               p->axis, TEXT(&out), (long long)p->start, (long long)p->stop);
    out.dim[p->axis] = p->stop;
    return hox__rule_floats(g, value, 0, 1) && hox__rule_give(g, value, &out, HOX__F32);
}

bool hox__shape_concat(hox__graph *g, hox__value *value)
{
    if (value->n < 1)
        return hox__graph_fail(g, HOX_ERR_ARGUMENT, "concat: no parts");
    hox__shape out = IN(0)->shape;
    const int axis = value->param.axis;
    if (!hox__rule_axis(g, value, out.rank) || !hox__rule_floats(g, value, 0, value->n))
        return false;
    for (int i = 1; i < value->n; i++) {
        hox__shape part = IN(i)->shape;
        const int64_t more = part.rank == out.rank ? part.dim[axis] : 0;
        if (part.rank == out.rank)
            part.dim[axis] = out.dim[axis];
        if (!hox__dims_equal(&part, &out))
            return hox__graph_fail(
                g, HOX_ERR_SHAPE, "concat: part %d is %s, which does not continue %s along axis %d",
                i + 1, TEXT(&IN(i)->shape), TEXT(&IN(0)->shape), axis);
        out.dim[axis] += more;
    }
    return hox__rule_give(g, value, &out, HOX__F32);
}

bool hox__shape_sum(hox__graph *g, hox__value *value)
{
    hox__shape out = IN(0)->shape;
    if (value->param.axes >> out.rank)
        return hox__graph_fail(g, HOX_ERR_ARGUMENT, "sum: axes 0x%x are not all axes of %s",
                               value->param.axes, TEXT(&out));
    for (int i = 0; i < out.rank; i++)
        if (value->param.axes >> i & 1)
            out.dim[i] = 1;
    return hox__rule_floats(g, value, 0, 1) && hox__rule_give(g, value, &out, HOX__F32);
}

bool hox__shape_matmul(hox__graph *g, hox__value *value)
{
    const hox__shape *a = &IN(0)->shape, *b = &IN(1)->shape;
    const int r = a->rank;
    if ((r != 2 && r != 3) || b->rank != r || (r == 3 && a->dim[0] != b->dim[0]))
        return hox__graph_fail(g, HOX_ERR_SHAPE,
                               "matmul: %s by %s; needs rank 2, or rank 3 with equal batch",
                               TEXT(a), TEXT(b));
    const int ta = value->param.transpose_a, tb = value->param.transpose_b;
    hox__shape out = *a;
    out.dim[r - 2] = a->dim[ta ? r - 1 : r - 2];
    out.dim[r - 1] = b->dim[tb ? r - 2 : r - 1];
    if (a->dim[ta ? r - 2 : r - 1] != b->dim[tb ? r - 1 : r - 2])
        return hox__graph_fail(g, HOX_ERR_SHAPE, "matmul: %s%s by %s%s; the inner sizes differ",
                               TEXT(a), ta ? " transposed" : "", TEXT(b), tb ? " transposed" : "");
    return hox__rule_floats(g, value, 0, 2) && hox__rule_give(g, value, &out, HOX__F32);
}

bool hox__shape_products(hox__graph *g, hox__value *value)
{
    const int terms = value->param.axis, ta = value->param.transpose_a,
              tb = value->param.transpose_b, whole = value->param.start != 0;
    bool good = terms >= 1 && value->n >= 2 * terms + whole && value->n <= 2 * terms + whole + 1;
    for (int i = 0; good && i < value->n; i++)
        good = IN(i)->shape.rank == 2;
    if (!good)
        return hox__graph_fail(g, HOX_ERR_SHAPE, "products: needs pairs of matrices");
    const hox__shape out = HOX__SHAPE(IN(0)->shape.dim[ta ? 1 : 0], IN(1)->shape.dim[tb ? 0 : 1]);
    for (int i = 0; good && i < 2 * terms; i += 2)
        good = IN(i)->shape.dim[ta ? 1 : 0] == out.dim[0] &&
               IN(i + 1)->shape.dim[tb ? 0 : 1] == out.dim[1] &&
               IN(i)->shape.dim[ta ? 0 : 1] == IN(i + 1)->shape.dim[tb ? 1 : 0];
    if (whole)
        good = good && hox__dims_equal(&IN(2 * terms)->shape, &out);
    if (value->n > 2 * terms + whole) {
        const hox__shape *bias = &IN(value->n - 1)->shape;
        good = good && ((bias->dim[0] == 1 && bias->dim[1] == out.dim[1]) ||
                        (bias->dim[1] == 1 && bias->dim[0] == out.dim[0]));
    }
    if (!good)
        return hox__graph_fail(g, HOX_ERR_SHAPE, "products: the sizes of its terms differ");
    return hox__rule_floats(g, value, 0, value->n) && hox__rule_give(g, value, &out, HOX__F32);
}

/* Windows that step over a size: how many. 0 when none fits. */
static int64_t steps(int64_t size, int64_t before, int64_t after, int64_t window, int64_t stride)
{
    const int64_t room = size + before + after - window;
    return room < 0 ? 0 : room / stride + 1;
}

static bool window_legal(hox__graph *g, const hox__value *value, int64_t kh, int64_t kw)
{
    const hox__window *w = &value->param.window;
    const int64_t most = 1 << 20;
    if (w->stride_h >= 1 && w->stride_w >= 1 && w->pad_top >= 0 && w->pad_bottom >= 0 &&
        w->pad_left >= 0 && w->pad_right >= 0 && kh >= 1 && kw >= 1 && w->groups >= 0 &&
        w->stride_h < most && w->stride_w < most && w->pad_top < most && w->pad_bottom < most &&
        w->pad_left < most && w->pad_right < most && kh < most && kw < most && w->gap_h >= 0 &&
        w->gap_w >= 0 && w->gap_h < 1 << 10 && w->gap_w < 1 << 10)
        return true;
    return hox__graph_fail(g, HOX_ERR_ARGUMENT,
                           "%s: strides and window must be at least 1, padding at least 0", NAME);
}

/* Checks x against w and gives the shape of the product. */
static bool conv_out(hox__graph *g, const hox__value *value, const hox__shape *x,
                     const hox__shape *w, hox__shape *out)
{
    const hox__window *p = &value->param.window;
    if (x->rank != 4 || w->rank != 4)
        return hox__graph_fail(g, HOX_ERR_SHAPE,
                               "%s: images %s and weights %s need 4 dimensions each", NAME, TEXT(x),
                               TEXT(w));
    if (!window_legal(g, value, w->dim[2], w->dim[3]))
        return false;
    const int64_t groups = p->groups;
    if (groups < 1 || x->dim[1] % groups || w->dim[0] % groups || w->dim[1] * groups != x->dim[1])
        return hox__graph_fail(g, HOX_ERR_SHAPE,
                               "%s: weights %s in %lld groups do not fit images %s", NAME, TEXT(w),
                               (long long)groups, TEXT(x));
    const int64_t kh = (w->dim[2] - 1) * (p->gap_h + 1) + 1,
                  kw = (w->dim[3] - 1) * (p->gap_w + 1) + 1;
    *out = HOX__SHAPE(x->dim[0], w->dim[0],
                      steps(x->dim[2], p->pad_top, p->pad_bottom, kh, p->stride_h),
                      steps(x->dim[3], p->pad_left, p->pad_right, kw, p->stride_w));
    if (out->dim[2] < 1 || out->dim[3] < 1)
        return hox__graph_fail(
            g, HOX_ERR_SHAPE, "%s: a window of %lldx%lld does not fit an image of %lldx%lld", NAME,
            (long long)kh, (long long)kw, (long long)x->dim[2], (long long)x->dim[3]);
    return true;
}

bool hox__shape_conv(hox__graph *g, hox__value *value)
{
    hox__shape out;
    return hox__rule_floats(g, value, 0, 2) &&
           conv_out(g, value, &IN(0)->shape, &IN(1)->shape, &out) &&
           hox__rule_give(g, value, &out, HOX__F32);
}

bool hox__shape_conv_dx(hox__graph *g, hox__value *value)
{
    hox__shape dy;
    return hox__rule_floats(g, value, 0, 2) &&
           conv_out(g, value, &value->param.shape, &IN(1)->shape, &dy) &&
           shape_is(g, value, 0, &dy) && hox__rule_give(g, value, &value->param.shape, HOX__F32);
}

bool hox__shape_conv_dw(hox__graph *g, hox__value *value)
{
    hox__shape dy;
    return hox__rule_floats(g, value, 0, 2) &&
           conv_out(g, value, &IN(0)->shape, &value->param.shape, &dy) &&
           shape_is(g, value, 1, &dy) && hox__rule_give(g, value, &value->param.shape, HOX__F32);
}

/* Every window must hold at least one cell of the image. */
static bool pool_out(hox__graph *g, const hox__value *value, const hox__shape *x, hox__shape *out)
{
    const hox__param *p = &value->param;
    const hox__window *w = &p->window;
    if (x->rank != 4)
        return hox__graph_fail(g, HOX_ERR_SHAPE, "%s: images %s need 4 dimensions", NAME, TEXT(x));
    if (!window_legal(g, value, p->size_h, p->size_w))
        return false;
    *out = HOX__SHAPE(x->dim[0], x->dim[1],
                      steps(x->dim[2], w->pad_top, w->pad_bottom, p->size_h, w->stride_h),
                      steps(x->dim[3], w->pad_left, w->pad_right, p->size_w, w->stride_w));
    const bool inside = w->pad_top < p->size_h && w->pad_left < p->size_w &&
                        (out->dim[2] - 1) * w->stride_h < x->dim[2] + w->pad_top &&
                        (out->dim[3] - 1) * w->stride_w < x->dim[3] + w->pad_left;
    if (out->dim[2] < 1 || out->dim[3] < 1 || !inside)
        return hox__graph_fail(
            g, HOX_ERR_SHAPE, "%s: a window of %lldx%lld does not fit an image of %lldx%lld", NAME,
            (long long)p->size_h, (long long)p->size_w, (long long)x->dim[2], (long long)x->dim[3]);
    return true;
}

static hox__type index_type(const hox__param *p)
{
    return p->size_h * p->size_w <= 255 ? (hox__type)HOX__U8 : HOX__I32;
}

bool hox__shape_pool(hox__graph *g, hox__value *value)
{
    hox__shape out;
    return hox__rule_floats(g, value, 0, 1) && pool_out(g, value, &IN(0)->shape, &out) &&
           hox__rule_give(g, value, &out, HOX__F32);
}

bool hox__shape_pool_index(hox__graph *g, hox__value *value)
{
    hox__shape out;
    return hox__rule_floats(g, value, 0, 1) && pool_out(g, value, &IN(0)->shape, &out) &&
           hox__rule_give(g, value, &out, index_type(&value->param));
}

bool hox__shape_max_scatter(hox__graph *g, hox__value *value)
{
    hox__shape dy;
    return pool_out(g, value, &value->param.shape, &dy) && shape_is(g, value, 0, &dy) &&
           shape_is(g, value, 1, &dy) && hox__rule_give(g, value, &value->param.shape, HOX__F32);
}

bool hox__shape_max_gather(hox__graph *g, hox__value *value)
{
    hox__shape out;
    return hox__rule_floats(g, value, 0, 1) && pool_out(g, value, &IN(0)->shape, &out) &&
           shape_is(g, value, 1, &out) && hox__rule_give(g, value, &out, HOX__F32);
}

bool hox__shape_avgpool_dx(hox__graph *g, hox__value *value)
{
    hox__shape dy;
    return hox__rule_floats(g, value, 0, 1) && pool_out(g, value, &value->param.shape, &dy) &&
           shape_is(g, value, 0, &dy) && hox__rule_give(g, value, &value->param.shape, HOX__F32);
}

/* x has rank 2 or 4; operands [from, to) are vectors of its channels. */
static bool channels_fit(hox__graph *g, const hox__value *value, int from, int to)
{
    const hox__shape *x = &IN(0)->shape;
    if (x->rank != 2 && x->rank != 4)
        return hox__graph_fail(g, HOX_ERR_SHAPE, "%s: %s; needs [n, c] or [n, c, h, w]", NAME,
                               TEXT(x));
    const hox__shape vector = {1, {x->dim[1]}};
    for (int i = from; i < to; i++)
        if (!shape_is(g, value, i, &vector))
            return false;
    return hox__rule_floats(g, value, 0, value->n);
}

static bool give_channels(hox__graph *g, hox__value *value)
{
    const hox__shape vector = {1, {IN(0)->shape.dim[1]}};
    return hox__rule_give(g, value, &vector, HOX__F32);
}

bool hox__shape_bn_mean(hox__graph *g, hox__value *value)
{
    return channels_fit(g, value, 1, 1) && give_channels(g, value);
}

bool hox__shape_bn_var(hox__graph *g, hox__value *value)
{
    return channels_fit(g, value, 1, 2) && give_channels(g, value);
}

bool hox__shape_bn_train(hox__graph *g, hox__value *value)
{
    return channels_fit(g, value, 1, 5) && hox__rule_give(g, value, &IN(0)->shape, HOX__F32);
}

bool hox__shape_bn_dx(hox__graph *g, hox__value *value)
{
    return channels_fit(g, value, 2, 7) && shape_is(g, value, 1, &IN(0)->shape) &&
           hox__rule_give(g, value, &IN(0)->shape, HOX__F32);
}

bool hox__shape_bn_dscale(hox__graph *g, hox__value *value)
{
    return channels_fit(g, value, 2, 4) && shape_is(g, value, 1, &IN(0)->shape) &&
           give_channels(g, value);
}

bool hox__shape_softmax(hox__graph *g, hox__value *value)
{
    if (IN(0)->shape.rank < 1)
        return hox__graph_fail(g, HOX_ERR_SHAPE, "softmax: a scalar has no last axis");
    return hox__shape_unary(g, value);
}

static bool labels_fit(hox__graph *g, const hox__value *value)
{
    if (!rank_is(g, value, 0, 2) || !hox__rule_floats(g, value, 0, 1))
        return false;
    const hox__shape rows = {1, {IN(0)->shape.dim[0]}};
    if (IN(1)->type != HOX__I32)
        return hox__graph_fail(g, HOX_ERR_ARGUMENT, "%s: operand 2 must hold labels", NAME);
    return shape_is(g, value, 1, &rows);
}

bool hox__shape_xent(hox__graph *g, hox__value *value)
{
    return labels_fit(g, value) && hox__rule_give(g, value, &HOX__SCALAR, HOX__F32);
}

bool hox__shape_xent_dx(hox__graph *g, hox__value *value)
{
    return labels_fit(g, value) && hox__rule_give(g, value, &IN(0)->shape, HOX__F32);
}

/* Labels to rows of 0 and 1; the shape is in param. */
bool hox__shape_onehot(hox__graph *g, hox__value *value)
{
    const hox__shape *out = &value->param.shape;
    if (IN(0)->type != HOX__I32 || out->rank != 2 || out->dim[0] != hox__shape_count(&IN(0)->shape))
        return hox__graph_fail(g, HOX_ERR_SHAPE, "onehot: needs labels for each row of %s",
                               TEXT(out));
    return hox__rule_give(g, value, out, HOX__F32);
}

double hox__flops_none(const hox__graph *g, const hox__value *value)
{
    (void)g;
    (void)value;
    return 0;
}

double hox__flops_matmul(const hox__graph *g, const hox__value *value)
{
    const hox__shape *a = &IN(0)->shape;
    const int64_t inner = a->dim[a->rank - (value->param.transpose_a ? 2 : 1)];
    return 2.0 * (double)hox__shape_count(&value->shape) * (double)inner;
}

double hox__flops_products(const hox__graph *g, const hox__value *value)
{
    double inner = 0;
    for (int i = 0; i < value->param.axis; i++)
        inner += (double)IN(2 * i)->shape.dim[value->param.transpose_a ? 0 : 1];
    return 2 * (double)hox__shape_count(&value->shape) * inner;
}

/* The same for the three directions: cells of the product times weights of one output channel. */
double hox__flops_conv(const hox__graph *g, const hox__value *value)
{
    const hox__shape *dy = value->op == HOX__OP_CONV      ? &value->shape
                           : value->op == HOX__OP_CONV_DX ? &IN(0)->shape
                                                          : &IN(1)->shape;
    const hox__shape *w = value->op == HOX__OP_CONV_DW ? &value->shape : &IN(1)->shape;
    return 2.0 * (double)hox__shape_count(dy) * (double)(w->dim[1] * w->dim[2] * w->dim[3]);
}
