#include "cli/plot/ticks.h"
#include "base/number.h"
#include <math.h>
#include <stdio.h>

static void label(char out[HOX__TICK_LABEL], double x, int decimals)
{
    if (fabs(x) >= 1e6 || decimals > 5 || (x != 0 && fabs(x) < 1e-4 && decimals < 0))
        snprintf(out, HOX__TICK_LABEL, "%.*g", decimals > 5 ? 4 : 6, x);
    else if (decimals < 0)
        snprintf(out, HOX__TICK_LABEL, "%.6g", x);
    else
        snprintf(out, HOX__TICK_LABEL, "%.*f", decimals, x);
    hox__exponent_tidy(out);
}

static void add(hox__ticks *out, double x, int decimals)
{
    if (out->n == HOX__TICKS_MAX)
        return;
    out->at[out->n] = x;
    label(out->label[out->n++], x, decimals);
}

static void linear(double low, double high, int most, hox__ticks *out)
{
    const double raw = (high / most - low / most);
    const double power = pow(10, floor(log10(raw)));
    const double lead = raw / power;
    const double step = (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
    const int decimals = (int)-floor(log10(step) + 1e-9);
    const double first = ceil(low / step - 1e-9);
    if (!isfinite(step) || !(step > 0) || fabs(first) > 1e15)
        return;
    for (int i = 0; i <= most && (first + i) * step <= high + 1e-9 * step; i++)
        add(out, (first + i) * step == 0 ? 0 : (first + i) * step, decimals > 0 ? decimals : 0);
}

static void decades(double low, double high, int most, hox__ticks *out)
{
    static const double lead[] = {1, 2, 5};
    const int a = (int)floor(log10(low) - 1e-9), b = (int)ceil(log10(high) + 1e-9);
    const int leads = 3 * log10(high / low) + 1 <= most ? 3 : 1;
    int stride = 1;
    while (leads == 1 && (b - a) / stride > most)
        stride++;
    for (int k = a - ((a % stride) + stride) % stride; k <= b; k += stride)
        for (int i = 0; i < leads; i++) {
            const double x = lead[i] * pow(10, k);
            if (x >= low * (1 - 1e-9) && x <= high * (1 + 1e-9))
                add(out, x, -1);
        }
}

void hox__ticks_make(double low, double high, bool log, int most, hox__ticks *out)
{
    out->n = 0;
    most = most < 2 ? 2 : most > HOX__TICKS_MAX - 1 ? HOX__TICKS_MAX - 1 : most;
    if (log && high / low >= 4)
        decades(low, high, most, out);
    for (int more = most; out->n < 2 && more <= 2 * most && more < HOX__TICKS_MAX; more++) {
        out->n = 0; /* one alone says no distance */
        linear(low, high, more, out);
    }
}
