/* Pools over blocked images: every window is a few vector operations. Part of vector_body.h. */
#ifndef HOX_TENSOR_VECTOR_POOL_H
#define HOX_TENSOR_VECTOR_POOL_H

#include "tensor/kernels/vector_lanes.h"

/* The part of window (r, t) that lies inside the image. */
typedef struct {
    int64_t top, bottom, left, right, row, column;
} window_part;

static inline window_part window_at(const hox__param *param, const hox__shape *x, int64_t r,
                                    int64_t t)
{
    const hox__window *w = &param->window;
    window_part a;
    a.row = r * w->stride_h - w->pad_top;
    a.column = t * w->stride_w - w->pad_left;
    a.top = a.row < 0 ? 0 : a.row;
    a.left = a.column < 0 ? 0 : a.column;
    a.bottom = a.row + param->size_h < x->dim[2] ? a.row + param->size_h : x->dim[2];
    a.right = a.column + param->size_w < x->dim[3] ? a.column + param->size_w : x->dim[3];
    return a;
}

static inline int64_t blocked_planes(const hox__shape *x)
{
    return x->dim[0] * ((x->dim[1] + WIDTH - 1) / WIDTH);
}

/* For each window: `a` its part of the image, `to` its place in the result. */
#define EACH_WINDOW(x, y)                                                                          \
    const int64_t planes = blocked_planes(x), rows = (y)->dim[2], columns = (y)->dim[3];           \
    const int64_t width = (x)->dim[3], plane = (x)->dim[2] * width * WIDTH;                        \
    int64_t to = 0;                                                                                \
    for (int64_t u = 0; u < planes; u++)                                                           \
        for (int64_t r = 0; r < rows; r++)                                                         \
            for (int64_t t = 0; t < columns; t++, to += WIDTH)

static void maxpool(const hox__param *param, const hox__shape *x, const hox__shape *y,
                    const float *in, float *out, uint8_t *index)
{
    EACH_WINDOW(x, y)
    {
        const window_part a = window_at(param, x, r, t);
        const float *image = in + u * plane;
        lanes best = load(image + (a.top * width + a.left) * WIDTH);
        ilanes at = (ilanes){0} + (int32_t)((a.top - a.row) * param->size_w + a.left - a.column);
        for (int64_t i = a.top; i < a.bottom; i++)
            for (int64_t j = a.left; j < a.right; j++) {
                const lanes v = load(image + (i * width + j) * WIDTH);
                const ilanes more = (v > best) | ((v != v) & (best == best));
                const int32_t here = (int32_t)((i - a.row) * param->size_w + j - a.column);
                best = choose(more, v, best);
                at = (more & ((ilanes){0} + here)) | (~more & at);
            }
        if (out)
            store(out + to, best);
        if (index)
            *(bytes *)(index + to) = __builtin_convertvector(at, bytes);
    }
}

static void max_scatter(const hox__param *param, const hox__shape *x, const hox__shape *y,
                        const float *dy, const uint8_t *index, float *dx)
{
    memset(dx, 0, (size_t)(blocked_planes(x) * x->dim[2] * x->dim[3] * WIDTH) * sizeof *dx);
    EACH_WINDOW(x, y)
    {
        const window_part a = window_at(param, x, r, t);
        const ilanes at = __builtin_convertvector(*(const bytes *)(index + to), ilanes);
        const lanes d = load(dy + to);
        for (int64_t i = a.top; i < a.bottom; i++)
            for (int64_t j = a.left; j < a.right; j++) {
                float *cell = dx + u * plane + (i * width + j) * WIDTH;
                const int32_t here = (int32_t)((i - a.row) * param->size_w + j - a.column);
                store(cell, load(cell) + keep(at == here, d));
            }
    }
}

static inline lanes share(const window_part *a)
{
    return splat(1.0f / (float)((a->bottom - a->top) * (a->right - a->left)));
}

static void avgpool(const hox__param *param, const hox__shape *x, const hox__shape *y,
                    const float *in, float *out)
{
    EACH_WINDOW(x, y)
    {
        const window_part a = window_at(param, x, r, t);
        lanes sum = splat(0);
        for (int64_t i = a.top; i < a.bottom; i++)
            for (int64_t j = a.left; j < a.right; j++)
                sum += load(in + u * plane + (i * width + j) * WIDTH);
        store(out + to, sum * share(&a));
    }
}

static void avgpool_dx(const hox__param *param, const hox__shape *x, const hox__shape *y,
                       const float *dy, float *dx)
{
    memset(dx, 0, (size_t)(blocked_planes(x) * x->dim[2] * x->dim[3] * WIDTH) * sizeof *dx);
    EACH_WINDOW(x, y)
    {
        const window_part a = window_at(param, x, r, t);
        const lanes d = load(dy + to) * share(&a);
        for (int64_t i = a.top; i < a.bottom; i++)
            for (int64_t j = a.left; j < a.right; j++) {
                float *cell = dx + u * plane + (i * width + j) * WIDTH;
                store(cell, load(cell) + d);
            }
    }
}
#undef EACH_WINDOW

#endif
