#include "search/special.h"
#include "base/number.h"
#include <math.h>

static const double SQRT_HALF = 0.70710678118654752440, SQRT_HALF_PI = 1.2533141373155002512,
                    LOG_SQRT_2PI = 0.91893853320467274178, LOG_HALF = -0.69314718055994530942;

/* sum of num[i] x^(n-1-i) over x^n + sum of den[i] x^(n-1-i) in Cody's order, his last numerator
 * coefficient leading. */
static double ratio(double x, const double *num, const double *den, int n)
{
    double a = num[n] * x, b = x;
    for (int i = 0; i < n - 1; i++) {
        a = (a + num[i]) * x;
        b = (b + den[i]) * x;
    }
    return (a + num[n - 1]) / (b + den[n - 1]);
}

/* erf for |x| <= 0.46875 */
static double erf_small(double x)
{
    static const double num[] = {3.16112374387056560e00, 1.13864154151050156e02,
                                 3.77485237685302021e02, 3.20937758913846947e03,
                                 1.85777706184603153e-1};
    static const double den[] = {2.36012909523441209e01, 2.44024637934444173e02,
                                 1.28261652607737228e03, 2.84423683343917062e03};
    return x * ratio(x * x, num, den, 4);
}

/* erfcx for 0.46875 < x <= 4 */
static double erfcx_middle(double x)
{
    static const double num[] = {
        5.64188496988670089e-1, 8.88314979438837594e0,  6.61191906371416295e01,
        2.98635138197400131e02, 8.81952221241769090e02, 1.71204761263407058e03,
        2.05107837782607147e03, 1.23033935479799725e03, 2.15311535474403846e-8};
    static const double den[] = {1.57449261107098347e01, 1.17693950891312499e02,
                                 5.37181101862009858e02, 1.62138957456669019e03,
                                 3.29079923573345963e03, 4.36261909014324716e03,
                                 3.43936767414372164e03, 1.23033935480374942e03};
    return ratio(x, num, den, 8);
}

/* erfcx for x > 4 */
static double erfcx_large(double x)
{
    static const double num[] = {3.05326634961232344e-1, 3.60344899949804439e-1,
                                 1.25781726111229246e-1, 1.60837851487422766e-2,
                                 6.58749161529837803e-4, 1.63153871373020978e-2};
    static const double den[] = {2.56852019228982242e00, 1.87295284992346725e00,
                                 5.27905102951428412e-1, 6.05183413124413191e-2,
                                 2.33520497626869185e-3};
    const double one_over_sqrt_pi = 0.56418958354775628695, y = 1 / (x * x);
    return (one_over_sqrt_pi - y * ratio(y, num, den, 5)) / x;
}

double hox__erfcx(double x)
{
    if (isnan(x))
        return x;
    if (x < -26.7)
        return HUGE_VAL;
    if (x < -0.46875)
        return 2 * hox__exp(x * x) - hox__erfcx(-x);
    if (x <= 0.46875)
        return hox__exp(x * x) * (1 - erf_small(x));
    return x <= 4 ? erfcx_middle(x) : erfcx_large(x);
}

double hox__erfc(double x)
{
    if (x < -0.46875)
        return 2 - hox__erfc(-x);
    if (x <= 0.46875)
        return 1 - erf_small(x);
    return x > 27 ? 0 : hox__exp(-x * x) * hox__erfcx(x);
}

double hox__normal_cdf(double x)
{
    return hox__erfc(x * -0.70710678118654752440) / 2;
}

double hox__normal_quantile(double p)
{
    const double root_2_pi = 2.5066282746310005024;
    if (p > 0.5)
        return -hox__normal_quantile(1 - p);
    const double t = sqrt(-2 * hox__log(p));
    double x = -t + (2.515517 + t * (0.802853 + t * 0.010328)) /
                        (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    for (int i = 0; i < 3; i++) {
        const double u = (hox__normal_cdf(x) - p) * root_2_pi * hox__exp(x * x / 2);
        x -= u / (1 + x * u / 2);
    }
    return x;
}

double hox__log_mass(double a, double b)
{
    if (a > 0 || (a == 0 && b > 0)) { /* the mirror image lies in the left tail */
        const double t = a;
        a = -b;
        b = -t;
    }
    if (b > 0) /* a < 0 < b */
        return hox__log(1 - 0.5 * (hox__erfc(-a * SQRT_HALF) + hox__erfc(b * SQRT_HALF)));
    /* exp(-b^2/2) out of both: erfc(-b/sqrt 2) - erfc(-a/sqrt 2) */
    const double far =
        isinf(a) ? 0 : hox__exp(0.5 * (b - a) * (b + a)) * hox__erfcx(-a * SQRT_HALF);
    return LOG_HALF - 0.5 * b * b + hox__log(hox__erfcx(-b * SQRT_HALF) - far);
}

/* z > -1: as it is written. Below, with Mills' ratio m = Phi(z)/phi(z) = sqrt(pi/2) erfcx(-z/sqrt
 * 2), h = phi(z) (1 + z m). Far out 1 + z m -> 1/z^2, and below -1e6 that is all that doubles hold.
 */
double hox__log_h(double z, double *slope)
{
    if (z > -1) {
        const double phi = hox__exp(-0.5 * z * z - LOG_SQRT_2PI);
        const double cdf = 0.5 * hox__erfc(-z * SQRT_HALF), h = phi + z * cdf;
        if (slope)
            *slope = cdf / h;
        return hox__log(h);
    }
    const bool tail = z < -1e6;
    const double m = SQRT_HALF_PI * hox__erfcx(-z * SQRT_HALF);
    const double rest = tail ? 1 / (z * z) : 1 + z * m;
    if (slope)
        *slope = tail ? -z : m / rest;
    return -0.5 * z * z - LOG_SQRT_2PI + hox__log(rest);
}

double hox__draw_normal(hox_rng *rng)
{
    double x, y, r;
    do {
        x = 2 * hox_rng_unit(rng) - 1;
        y = 2 * hox_rng_unit(rng) - 1;
        r = x * x + y * y;
    } while (r >= 1 || r == 0);
    return x * sqrt(-2 * hox__log(r) / r);
}
