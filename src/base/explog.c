/* exp and log from + - * / and exact scalings by powers of two alone, so that a draw on a log range
 * is the same sentence on every machine (the C library's last bit is not).
 *
 * exp: x = k ln 2 + r, |r| <= ln(2)/2, Cody and Waite reduction in two parts, then the Taylor
 *      polynomial of degree 13 by Horner's rule (remainder below 2^-58).
 * log: x = 2^k m, m in [sqrt(1/2), sqrt(2)), s = (m-1)/(m+1), log m = 2 atanh(s) by its series to
 *      s^23 (remainder below 2^-62), added to k ln 2 in two parts.
 */
#include "base/number.h"
#include <math.h>

/* ln 2 = LN2_HIGH + LN2_LOW; the high part has 32 significant bits, so k * LN2_HIGH is exact. */
static const double LN2_HIGH = 0x1.62e42feep-1, LN2_LOW = 0x1.a39ef35793c76p-33;
static const double LOG2_E = 0x1.71547652b82fep0;

double hox__exp(double x)
{
    if (isnan(x))
        return x;
    if (x > 709.782712893384)
        return HUGE_VAL;
    if (x < -745.2)
        return 0;
    const double k = floor(x * LOG2_E + 0.5);
    const double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    static const double factorial[14] = {
        1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800, 479001600, 6227020800.0};
    double sum = 1 / factorial[13];
    for (int i = 12; i >= 0; i--)
        sum = sum * r + 1 / factorial[i];
    /* In two steps: 2^k alone may not be a normal number. */
    const int half = (int)k / 2;
    return ldexp(ldexp(sum, half), (int)k - half);
}

double hox__log(double x)
{
    if (isnan(x) || x < 0)
        return (double)NAN;
    if (x == 0)
        return -HUGE_VAL;
    if (isinf(x))
        return x;
    int k;
    double m = frexp(x, &k);
    if (m < 0x1.6a09e667f3bcdp-1) { /* sqrt(1/2) */
        m *= 2;
        k--;
    }
    const double s = (m - 1) / (m + 1), z = s * s;
    double sum = 1.0 / 23;
    for (int i = 21; i >= 3; i -= 2)
        sum = sum * z + 1.0 / i;
    return k * LN2_HIGH + (2 * s + (2 * s * z * sum + k * LN2_LOW));
}
