#include "search/variation.h"
#include "base/number.h"
#include <math.h>

static double power(double x, double y)
{
    return x > 0 ? hox__exp(y * hox__log(x)) : 0;
}

static double clamp(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* The factor of spread: P(beta) ~ beta^eta below 1, beta^-(eta + 2) above, cut off at `most`. */
static double spread(double most, double eta, double u)
{
    const double alpha = 2 - power(most, -(eta + 1));
    return u <= 1 / alpha ? power(u * alpha, 1 / (eta + 1))
                          : power(1 / (2 - u * alpha), 1 / (eta + 1));
}

void hox__sbx(double a, double b, double eta, double u, double child[2])
{
    const double low = fmin(a, b), high = fmax(a, b), apart = high - low;
    child[0] = low;
    child[1] = high;
    if (apart < 1e-14)
        return;
    child[0] = clamp((low + high - spread(1 + 2 * low / apart, eta, u) * apart) / 2);
    child[1] = clamp((low + high + spread(1 + 2 * (1 - high) / apart, eta, u) * apart) / 2);
}

double hox__polynomial_mutation(double x, double eta, double u)
{
    if (u < 0.5) {
        const double rest = power(1 - x, eta + 1);
        return clamp(x + power(2 * u + (1 - 2 * u) * rest, 1 / (eta + 1)) - 1);
    }
    const double rest = power(x, eta + 1);
    return clamp(x + 1 - power(2 * (1 - u) + (2 * u - 1) * rest, 1 / (eta + 1)));
}
