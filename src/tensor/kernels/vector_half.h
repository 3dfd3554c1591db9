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
#if WIDTH == 16 && defined(__AVX512F__)
    const __m512i bits = (__m512i)v, upper = _mm512_srli_epi32(bits, 16),
                  odd = _mm512_and_si512(upper, _mm512_set1_epi32(1)),
                  near = _mm512_srli_epi32(
                      _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd), 16);
    const __mmask16 wrong = _mm512_cmp_ps_mask((__m512)v, (__m512)v, _CMP_UNORD_Q);
    return (halves)_mm512_cvtepi32_epi16(
        _mm512_mask_or_epi32(near, wrong, upper, _mm512_set1_epi32(0x40)));
#else
    const ulanes bits = (ulanes)v, odd = bits >> 16 & 1u, wrong = (ulanes)(v != v);
    const ulanes near = (bits + 0x7fffu + odd) >> 16, quiet = bits >> 16 | 0x40u;
    return __builtin_convertvector((wrong & quiet) | (~wrong & near), halves);
#endif
}

static inline lanes widen_lanes(halves v)
{
#if WIDTH == 16 && defined(__AVX512F__)
    return (lanes)_mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)v), 16);
#else
    return (lanes)(__builtin_convertvector(v, ulanes) << 16);
#endif
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
