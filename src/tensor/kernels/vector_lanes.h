/* Vectors of WIDTH floats in the compilers' own notation, and elementary functions on single
 * floats that compilers vectorize. Included by vector_body.h only.
 *
 * exp, log, tanh after Moshier's Cephes; erf after Juffa's published minimax fits; all within 4 ulp
 * of the true value, the same on every machine with fused multiply-add. */
#ifndef HOX_TENSOR_VECTOR_LANES_H
#define HOX_TENSOR_VECTOR_LANES_H

#include "tensor/kernels/vector.h"
#include <string.h>
#if defined(__FMA__)
#include <immintrin.h>
#endif

typedef float lanes __attribute__((vector_size(WIDTH * 4), may_alias));
typedef int32_t ilanes __attribute__((vector_size(WIDTH * 4), may_alias));
typedef float lanes_at __attribute__((vector_size(WIDTH * 4), may_alias, aligned(4)));

typedef uint8_t bytes __attribute__((vector_size(WIDTH), may_alias, aligned(1)));

#if defined(__clang__)
#define SAFE _Pragma("clang loop vectorize(assume_safety)")
#else
#define SAFE _Pragma("GCC ivdep")
#endif

#if defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#endif

/* Fused where the machine does it in one instruction. */
#if defined(__FMA__)
#define FMA(a, b, c) __builtin_fmaf((a), (b), (c))
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif

static inline lanes splat(float v)
{
    return v - (lanes){0};
}

static inline lanes load(const float *p)
{
    return *(const lanes_at *)p;
}

static inline void store(float *p, lanes v)
{
    *(lanes_at *)p = v;
}

#if WIDTH == 8 && defined(__AVX2__)
/* All bits of the first k lanes. */
static inline ilanes first_lanes(int64_t k)
{
    return (ilanes){0, 1, 2, 3, 4, 5, 6, 7} < (int32_t)k;
}
#endif

/* The first k lanes, zeros behind. */
static inline lanes load_part(const float *p, int64_t k)
{
    if (k >= WIDTH)
        return load(p);
#if WIDTH == 16 && defined(__AVX512F__)
    return (lanes)_mm512_maskz_loadu_ps((__mmask16)((1u << k) - 1u), p);
#elif WIDTH == 8 && defined(__AVX2__)
    return (lanes)_mm256_maskload_ps(p, (__m256i)first_lanes(k));
#endif
    float part[WIDTH] = {0};
    for (int64_t i = 0; i < k; i++)
        part[i] = p[i];
    return load(part);
}

static inline void store_part(float *p, lanes v, int64_t k)
{
    if (k >= WIDTH) {
        store(p, v);
        return;
    }
#if WIDTH == 16 && defined(__AVX512F__)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << k) - 1u), (__m512)v);
    return;
#elif WIDTH == 8 && defined(__AVX2__)
    _mm256_maskstore_ps(p, (__m256i)first_lanes(k), (__m256)v);
    return;
#endif
    for (int64_t i = 0; i < k; i++)
        p[i] = v[i];
}

static inline lanes fma_lanes(lanes a, lanes b, lanes c)
{
#if WIDTH == 16 && defined(__AVX512F__)
    return (lanes)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif WIDTH == 8 && defined(__FMA__)
    return (lanes)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    return a * b + c;
#endif
}

/* WIDTH vectors as a square, turned over its diagonal: squares of 1, 2, 4... beside it change
 * places. */
static inline void transpose_lanes(lanes v[WIDTH])
{
#if WIDTH == 16 && defined(__AVX512F__)
    UNROLLED for (int s = 1; s < WIDTH; s *= 2)
    {
        ilanes low, high;
        UNROLLED for (int e = 0; e < WIDTH; e++)
        {
            low[e] = e & s ? WIDTH + e - s : e;
            high[e] = e & s ? WIDTH + e : e + s;
        }
        UNROLLED for (int i = 0; i < WIDTH; i++) if (!(i & s))
        {
            const __m512 a = (__m512)v[i], b = (__m512)v[i + s];
            v[i] = (lanes)_mm512_permutex2var_ps(a, (__m512i)low, b);
            v[i + s] = (lanes)_mm512_permutex2var_ps(a, (__m512i)high, b);
        }
    }
#else
    for (int i = 0; i < WIDTH; i++)
        for (int j = 0; j < i; j++) {
            const float t = v[i][j];
            v[i][j] = v[j][i];
            v[j][i] = t;
        }
#endif
}

/* mask ? a : b, mask from a comparison */
static inline lanes choose(ilanes mask, lanes a, lanes b)
{
    return (lanes)((mask & (ilanes)a) | (~mask & (ilanes)b));
}

static inline lanes keep(ilanes mask, lanes a)
{
    return (lanes)(mask & (ilanes)a);
}

static inline lanes largest(lanes a, lanes b)
{
    return choose(a > b, a, b);
}

static inline lanes sqrt_lanes(lanes a)
{
    lanes out = a;
    for (int i = 0; i < WIDTH; i++)
        out[i] = __builtin_sqrtf(a[i]);
    return out;
}

/* Sum of the lanes, halves first. */
static inline float total(lanes v)
{
#if WIDTH == 16 && defined(__AVX512F__)
    return _mm512_reduce_add_ps((__m512)v);
#endif
    float part[WIDTH];
    store(part, v);
    for (int half = WIDTH / 2; half; half /= 2)
        for (int i = 0; i < half; i++)
            part[i] += part[i + half];
    return part[0];
}

static inline float from_bits(int32_t bits)
{
    float out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

static inline int32_t to_bits(float v)
{
    int32_t out;
    memcpy(&out, &v, sizeof out);
    return out;
}

static inline float power_of_2(int32_t n)
{
    return from_bits((int32_t)((uint32_t)(n + 127) << 23));
}

/* 2^n e^r, |r| <= ln 2 / 2; the power in two halves, so that the ends are reached. */
static inline float exp_(float x)
{
    const float low = -104.0f, high = 89.0f, rounder = 12582912.0f;
    const float a = x < low ? low : x;
    const float c = a > high ? high : a;
    const float shifted = FMA(c, 1.44269504f, rounder), n = shifted - rounder;
    const float r = FMA(n, 2.12194440e-4f, FMA(n, -0.693359375f, c));
    float p = 1.9875691500e-4f;
    p = FMA(p, r, 1.3981999507e-3f);
    p = FMA(p, r, 8.3334519073e-3f);
    p = FMA(p, r, 4.1665795894e-2f);
    p = FMA(p, r, 1.6666665459e-1f);
    p = FMA(p, r, 5.0000001201e-1f);
    const float y = FMA(p, r * r, r) + 1.0f;
    /* Of a nan, k is anything and y is nan. */
    const int32_t k = to_bits(shifted) - to_bits(rounder), half = k >> 1;
    return y * power_of_2(half) * power_of_2(k - half);
}

/* Within [low, high]; a nan stays one. */
static inline lanes clamp_lanes(lanes x, float low, float high)
{
#if WIDTH == 16 && defined(__AVX512F__)
    return (lanes)_mm512_min_ps(_mm512_set1_ps(high),
                                _mm512_max_ps(_mm512_set1_ps(low), (__m512)x));
#else
    const lanes a = choose(x < low, splat(low), x);
    return choose(a > high, splat(high), a);
#endif
}

/* a < b ? p : q */
static inline lanes choose_less(lanes a, lanes b, lanes p, lanes q)
{
#if WIDTH == 16 && defined(__AVX512F__)
    return (lanes)_mm512_mask_blend_ps(_mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LT_OQ),
                                       (__m512)q, (__m512)p);
#else
    return choose(a < b, p, q);
#endif
}

/* As exp_. */
static inline lanes exp_lanes(lanes x)
{
    const lanes c = clamp_lanes(x, -104.0f, 89.0f), rounder = splat(12582912.0f);
    const lanes shifted = fma_lanes(c, splat(1.44269504f), rounder), n = shifted - rounder;
    const lanes r = fma_lanes(n, splat(2.12194440e-4f), fma_lanes(n, splat(-0.693359375f), c));
    lanes p = splat(1.9875691500e-4f);
    p = fma_lanes(p, r, splat(1.3981999507e-3f));
    p = fma_lanes(p, r, splat(8.3334519073e-3f));
    p = fma_lanes(p, r, splat(4.1665795894e-2f));
    p = fma_lanes(p, r, splat(1.6666665459e-1f));
    p = fma_lanes(p, r, splat(5.0000001201e-1f));
    const lanes y = fma_lanes(p, r * r, r) + splat(1.0f);
#if WIDTH == 16 && defined(__AVX512F__)
    return (lanes)_mm512_scalef_ps((__m512)y, (__m512)n);
#else
    const ilanes k = (ilanes)shifted - (ilanes)rounder, half = k >> 1;
    return y * (lanes)((half + 127) << 23) * (lanes)((k - half + 127) << 23);
#endif
}

static inline lanes magnitude(lanes a)
{
    return (lanes)((ilanes)a & 0x7fffffff);
}

static inline lanes tanh_lanes(lanes x)
{
    const lanes a = magnitude(x), z = x * x, one = splat(1.0f), two = splat(2.0f);
    lanes p = splat(-5.70498872745e-3f);
    p = fma_lanes(p, z, splat(2.06390887954e-2f));
    p = fma_lanes(p, z, splat(-5.37397155531e-2f));
    p = fma_lanes(p, z, splat(1.33314422036e-1f));
    p = fma_lanes(p, z, splat(-3.33332819422e-1f));
    const lanes near = fma_lanes(p * z, x, x), far = one - two / (exp_lanes(two * a) + one);
    const ilanes sign = (ilanes)x & ~(ilanes)magnitude(x);
    return choose_less(a, splat(0.625f), near, (lanes)(sign | (ilanes)far));
}

static inline lanes sigmoid_lanes(lanes x)
{
    const lanes one = splat(1.0f);
    return one / (one + exp_lanes(-x));
}

static inline float log_(float x)
{
    const float x0 = x > 1.17549435e-38f ? x : 1.17549435e-38f;
    const int32_t bits = to_bits(x0);
    int32_t e = (bits >> 23) - 126;
    float m = from_bits((bits & 0x007fffff) | 0x3f000000); /* [0.5, 1) */
    const int32_t small = m < 0.707106781f;
    e -= small;
    m = small ? m + m - 1.0f : m - 1.0f;
    const float z = m * m, n = (float)e;
    float p = 7.0376836292e-2f;
    p = FMA(p, m, -1.1514610310e-1f);
    p = FMA(p, m, 1.1676998740e-1f);
    p = FMA(p, m, -1.2420140846e-1f);
    p = FMA(p, m, 1.4249322787e-1f);
    p = FMA(p, m, -1.6668057665e-1f);
    p = FMA(p, m, 2.0000714765e-1f);
    p = FMA(p, m, -2.4999993993e-1f);
    p = FMA(p, m, 3.3333331174e-1f);
    float y = FMA(n, -2.12194440e-4f, p * m * z);
    y = FMA(-0.5f, z, y) + m;
    y = FMA(n, 0.693359375f, y);
    y = x > 3.4028234e38f ? x : y; /* infinity */
    y = x < 1.17549435e-38f ? -__builtin_inff() : y;
    y = x < 0 ? __builtin_nanf("") : y;
    return x != x ? x : y;
}

static inline float erf_(float x)
{
    const float t = __builtin_fabsf(x), s = x * x;
    float u = FMA(-1.72853470e-5f, t, 3.83197126e-4f);
    u = FMA(u, s, FMA(-3.88396438e-3f, t, 2.42546219e-2f));
    u = FMA(u, t, -1.06777877e-1f);
    u = FMA(u, t, -6.34846687e-1f);
    u = FMA(u, t, -1.28717512e-1f);
    u = FMA(u, t, -t);
    const float far = __builtin_copysignf(1.0f - exp_(u), x);
    float p = -5.96761703e-4f;
    p = FMA(p, s, 4.99119423e-3f);
    p = FMA(p, s, -2.67681349e-2f);
    p = FMA(p, s, 1.12819925e-1f);
    p = FMA(p, s, -3.76125336e-1f);
    p = FMA(p, s, 1.28379166e-1f);
    return t > 0.927734375f ? far : FMA(p, x, x);
}

#endif
