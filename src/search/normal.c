#include "search/normal.h"
#include "base/number.h"
#include "search/special.h"
#include <math.h>

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
