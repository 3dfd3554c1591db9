/* Numbers of 16 bits (bfloat16): the upper half of a float, 8 bits of exponent and 7 of fraction.
 *
 * The nearest, the even one of two as near; a NaN stays one (and quiet), what is beyond the largest
 * becomes infinite, as small as they are numbers below the normal ones are rounded like others. */
#ifndef HOX_TENSOR_HALF_H
#define HOX_TENSOR_HALF_H

#include <stdint.h>
#include <string.h>

static inline uint16_t hox__narrow(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

static inline float hox__widen(uint16_t half)
{
    const uint32_t bits = (uint32_t)half << 16;
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

#endif
