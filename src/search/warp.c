#include "search/warp.h"
#include "base/number.h"

static const double EDGE = 1e-4;

hox__warped hox__warp(double u, const double log_shape[2])
{
    const double a = hox__exp(log_shape[0]), b = hox__exp(log_shape[1]);
    const double v = EDGE + (1 - 2 * EDGE) * u, log_v = hox__log(v);
    const double power = hox__exp(a * log_v), log_rest = hox__log(1 - power);
    const double rest = hox__exp(b * log_rest); /* (1 - v^a)^b */
    const double pull = a * b * power * rest / (1 - power);
    return (hox__warped){
        .value = 1 - rest,
        .slope = pull / v * (1 - 2 * EDGE),
        .of_a = pull * log_v,
        .of_b = -b * log_rest * rest,
    };
}
