/* Numbers of 16 bits (half.h) as vectors. Part of vector_body.h. */
#ifndef HOX_TENSOR_VECTOR_HALF_H
#define HOX_TENSOR_VECTOR_HALF_H

#include "tensor/kernels/half.h"
#include "tensor/kernels/vector_lanes.h"

typedef uint32_t ulanes __attribute__((vector_size(WIDTH * 4), may_alias));
typedef uint16_t halves __attribute__((vector_size(WIDTH * 2), may_alias));
typedef uint16_t halves_at __attribute__((vector_size(WIDTH * 2), may_alias, aligned(2)));

/* As hox__narrow. */
static inline halves narrow_lanes(lanes v)
{
    const ulanes bits = (ulanes)v, odd = bits >> 16 & 1u, wrong = (ulanes)(v != v);
    const ulanes near = (bits + 0x7fffu + odd) >> 16, quiet = bits >> 16 | 0x40u;
    return __builtin_convertvector((wrong & quiet) | (~wrong & near), halves);
}

static inline lanes widen_lanes(halves v)
{
    return (lanes)(__builtin_convertvector(v, ulanes) << 16);
}

static inline lanes load_half(const uint16_t *p)
{
    return widen_lanes(*(const halves_at *)p);
}

static inline lanes load_half_part(const uint16_t *p, int64_t k)
{
    if (k >= WIDTH)
        return load_half(p);
    halves part = {0};
    for (int64_t i = 0; i < k; i++)
        part[i] = p[i];
    return widen_lanes(part);
}

static inline void store_half(uint16_t *p, lanes v)
{
    *(halves_at *)p = narrow_lanes(v);
}

static inline void store_half_part(uint16_t *p, lanes v, int64_t k)
{
    const halves part = narrow_lanes(v);
    if (k >= WIDTH)
        *(halves_at *)p = part;
    for (int64_t i = 0; k < WIDTH && i < k; i++)
        p[i] = part[i];
}

static void narrow(int64_t n, const float *from, uint16_t *to)
{
    int64_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        store_half(to + i, load(from + i));
    for (; i < n; i++)
        to[i] = hox__narrow(from[i]);
}

static void widen(int64_t n, const uint16_t *from, float *to)
{
    int64_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        store(to + i, load_half(from + i));
    for (; i < n; i++)
        to[i] = hox__widen(from[i]);
}

#endif
