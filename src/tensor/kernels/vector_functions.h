/* sin, cos and pow, in double so that their arguments keep their digits; written for loops that
 * compilers vectorize. Taylor series on reduced arguments: |r| <= pi/4, (m-1)/(m+1) <= 0.172,
 * |f| <= ln 2 / 2; all below half an ulp of a float. Part of vector_body.h. */
#ifndef HOX_TENSOR_VECTOR_FUNCTIONS_H
#define HOX_TENSOR_VECTOR_FUNCTIONS_H

#include "tensor/kernels/vector_lanes.h"
#include <math.h>

/* Adding this leaves the nearest whole number in the low bits. */
static const double rounder = 0x1.8p52;

static inline int64_t to_bits64(double v)
{
    int64_t out;
    memcpy(&out, &v, sizeof out);
    return out;
}

static inline double from_bits64(int64_t bits)
{
    double out;
    memcpy(&out, &bits, sizeof out);
    return out;
}

/* Beyond this a quarter turn is not subtracted exactly (33 bits of pi/2 times 20 of the count). */
static const float turns_max = 1e6f;

/* sin(x + quarter pi/2), |x| <= turns_max */
static inline float sine_(float x, int64_t quarter)
{
    const double v = (double)x, shifted = v * 0.63661977236758134 + rounder;
    const double n = shifted - rounder;
    const double r = (v - n * 1.57079631090164184570) - n * 1.58932547735281966916e-08, z = r * r;
    const int64_t q = to_bits64(shifted) + quarter;
    double s = 1.0 / 362880 - z / 39916800;
    s = 1.0 / 120 - z * (1.0 / 5040 - z * s);
    s = r - r * z * (1.0 / 6 - z * s);
    double c = 1.0 / 40320 - z * (1.0 / 3628800 - z / 479001600);
    c = 1.0 / 24 - z * (1.0 / 720 - z * c);
    c = 1.0 - z * (0.5 - z * c);
    const double y = q & 1 ? c : s;
    return (float)(q & 2 ? -y : y);
}

static bool turns_few(const float *x, int64_t n)
{
    float worst = 0;
    for (int64_t i = 0; i < n; i++) {
        const float a = __builtin_fabsf(x[i]);
        worst = a <= turns_max ? (a > worst ? a : worst) : __builtin_inff();
    }
    return worst <= turns_max;
}

static void sines(float *to, const float *x, int64_t n, int64_t quarter)
{
    if (turns_few(x, n)) {
        SAFE for (int64_t i = 0; i < n; i++) to[i] = sine_(x[i], quarter);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        to[i] = quarter ? cosf(x[i]) : sinf(x[i]);
}

/* log2 of a positive normal number */
static inline double log2_(float a)
{
    const int32_t bits = to_bits(a);
    const float one_two = from_bits((bits & 0x007fffff) | 0x3f800000);
    const bool high = one_two > 1.41421356f;
    const double m = (double)(high ? 0.5f * one_two : one_two), e = (double)((bits >> 23) - 127);
    const double s = (m - 1) / (m + 1), z = s * s;
    double p = 1.0 / 11 + z * (1.0 / 13 + z / 15);
    p = 1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * p));
    p = 1 + z * (1.0 / 3 + z * p);
    return 2 * s * p * 1.4426950408889634 + (high ? e + 1 : e);
}

static inline double exp2_(double t)
{
    const double low = t < -300 ? -300 : t, c = low > 300 ? 300 : low;
    const double shifted = c + rounder, f = (c - (shifted - rounder)) * 0.69314718055994531;
    double p = 1.0 / 40320 + f * (1.0 / 362880 + f / 3628800);
    p = 1.0 / 120 + f * (1.0 / 720 + f * (1.0 / 5040 + f * p));
    p = 1 + f * (1 + f * (0.5 + f * (1.0 / 6 + f * (1.0 / 24 + f * p))));
    const int64_t n = (int64_t)((uint64_t)to_bits64(shifted) << 52);
    return p * from_bits64((int64_t)((uint64_t)n + ((uint64_t)1023 << 52)));
}

/* As pow() of C, but a zero has no sign. */
static inline float pow_(float x, float y)
{
    const float a = __builtin_fabsf(x), whole = __builtin_floorf(y);
    const bool tiny = a<1.17549435e-38f, huge = a> 3.4028234e38f;
    double l = log2_(tiny || huge || a != a ? 1.0f : a);
    l = tiny ? -__builtin_inf() : l;
    l = huge ? __builtin_inf() : l;
    const double t = l == 0 || y == 0 ? 0 : l * (double)y;
    float out = (float)exp2_(t);
    const bool odd = 2 * __builtin_floorf(0.5f * y) != y;
    out = x < 0 && odd ? -out : out;
    out = x < 0 && a <= 3.4028234e38f && whole != y ? __builtin_nanf("") : out;
    return (x != x || y != y) && y != 0 ? x + y : out;
}

#endif
