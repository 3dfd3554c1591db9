/* Plain-C kernels: flips, largest elements, casts, rows by number. */
#include "tensor/kernels/reference.h"
#include <string.h>

#define KERNEL(name) void HOX__REFERENCE(name)(const hox__call *call)
typedef const hox__real *numbers;

/* For each element of `shape`, in order, the place in another tensor that the steps lead to. */
typedef struct {
    int rank;
    int64_t dim[HOX__RANK_MAX], step[HOX__RANK_MAX], at[HOX__RANK_MAX];
    int64_t place;
} odometer;

static void advance(odometer *o)
{
    for (int i = o->rank - 1; i >= 0; i--) {
        o->place += o->step[i];
        if (++o->at[i] < o->dim[i])
            return;
        o->place -= o->step[i] * o->dim[i];
        o->at[i] = 0;
    }
}

KERNEL(flip)
{
    const hox__shape *s = call->out_shape;
    odometer o = {.rank = s->rank};
    int64_t step = 1;
    for (int i = s->rank - 1; i >= 0; i--) {
        const bool back = call->param->axes >> i & 1;
        o.dim[i] = s->dim[i];
        o.step[i] = back ? -step : step;
        o.place += back ? step * (s->dim[i] - 1) : 0;
        step *= s->dim[i];
    }
    const numbers a = call->in[0];
    hox__real *out = call->out;
    const int64_t n = hox__elements(s);
    for (int64_t i = 0; i < n; i++, advance(&o))
        out[i] = a[o.place];
}

/* A NaN is larger than all numbers, as in pooling. */
static bool exceeds(hox__real v, hox__real best)
{
    return v > best || (v != v && best == best);
}

KERNEL(maxval)
{
    const hox__shape *from = call->in_shape[0], *to = call->out_shape;
    odometer o = {.rank = from->rank};
    int64_t step = 1;
    for (int i = from->rank - 1; i >= 0; i--) {
        o.dim[i] = from->dim[i];
        o.step[i] = call->param->axes >> i & 1 ? 0 : step;
        step *= to->dim[i];
    }
    const numbers a = call->in[0];
    hox__real *out = call->out;
    const int64_t n = hox__elements(from), m = hox__elements(to);
    for (int64_t i = 0; i < m; i++)
        out[i] = -(hox__real)__builtin_inf();
    for (int64_t i = 0; i < n; i++, advance(&o))
        if (exceeds(a[i], out[o.place]))
            out[o.place] = a[i];
}

KERNEL(argmax)
{
    const hox__shape *s = call->in_shape[0];
    const int axis = call->param->axis;
    int64_t outer = 1, inner = 1;
    for (int i = 0; i < axis; i++)
        outer *= s->dim[i];
    for (int i = axis + 1; i < s->rank; i++)
        inner *= s->dim[i];
    const int64_t size = s->dim[axis];
    const numbers a = call->in[0];
    int32_t *out = call->out;
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < inner; i++) {
            const numbers row = a + o * size * inner + i;
            int64_t best = 0;
            for (int64_t k = 1; k < size; k++)
                if (exceeds(row[k * inner], row[best * inner]))
                    best = k;
            out[o * inner + i] = (int32_t)best;
        }
}

static int32_t to_label(double v)
{
    if (v != v)
        return 0;
    return v >= 2147483647.0 ? INT32_MAX : v <= -2147483648.0 ? INT32_MIN : (int32_t)v;
}

KERNEL(cast)
{
    const int64_t n = hox__elements(call->out_shape);
    const int32_t *labels = call->in[0];
    const numbers values = call->in[0];
    hox__real *to_values = call->out;
    int32_t *to_labels = call->out;
    for (int64_t i = 0; i < n; i++)
        if (call->param->type == HOX__F32)
            to_values[i] = (hox__real)labels[i];
        else
            to_labels[i] = to_label((double)values[i]);
}

/* Elements of one row: those of `rows` behind the dimensions of `index`. */
static int64_t row_size(const hox__shape *rows, const hox__shape *index)
{
    return hox__elements(rows) / hox__elements(index);
}

KERNEL(gather_rows)
{
    const int64_t d = row_size(call->out_shape, call->in_shape[1]), r = call->in_shape[0]->dim[0];
    const int64_t n = hox__elements(call->in_shape[1]);
    const int32_t *index = call->in[1];
    const numbers table = call->in[0];
    hox__real *out = call->out;
    for (int64_t i = 0; i < n; i++)
        if (index[i] >= 0 && index[i] < r)
            memcpy(out + i * d, table + index[i] * d, (size_t)d * sizeof *out);
        else
            memset(out + i * d, 0, (size_t)d * sizeof *out);
}

KERNEL(scatter_rows)
{
    const int64_t d = row_size(call->in_shape[0], call->in_shape[1]), r = call->out_shape->dim[0];
    const int64_t n = hox__elements(call->in_shape[1]);
    const int32_t *index = call->in[1];
    const numbers rows = call->in[0];
    hox__real *out = call->out;
    memset(out, 0, (size_t)(r * d) * sizeof *out);
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; index[i] >= 0 && index[i] < r && k < d; k++)
            out[index[i] * d + k] += rows[i * d + k];
}
