#include "study/rungs.h"
#include <math.h>

int hox__rungs_levels(double low, double high, int eta)
{
    int n = 0;
    for (double r = low * eta; r <= high * (1 + 1e-12) && n < HOX__RUNGS_MAX - 2; r *= eta)
        n++;
    return n;
}

int64_t hox__rungs_left(int64_t n, int eta, int k)
{
    while (k-- > 0)
        n /= eta;
    return n;
}

double hox__rungs_budget(double budget, double low, double high)
{
    const bool whole = high > 1 && low == floor(low) && high == floor(high);
    return fmin(whole ? ceil(budget - 1e-9 * budget) : budget, high);
}

void hox__rungs_make(double low, double high, int eta, hox__rungs *rungs)
{
    rungs->n = 0;
    for (double r = low; r * r * eta <= high * high * (1 + 1e-12) && rungs->n < HOX__RUNGS_MAX - 1;
         r *= eta)
        rungs->at[rungs->n++] = hox__rungs_budget(r, low, high);
    rungs->at[rungs->n++] = high;
}

hox_status hox__rungs_ends(const hox_allocation *about, const char *who, double from, double *low,
                           double *high, hox_error *err)
{
    if (!(about->high > 0))
        return hox_fail(err, HOX_ERR_ARGUMENT,
                        "%s: the space has no budget to share out; write `epochs = budget 1..27`",
                        who);
    if (from > about->high)
        return hox_fail(err, HOX_ERR_ARGUMENT, "%s: from is %g, more than the budget of %g", who,
                        from, about->high);
    *high = about->high;
    *low = from > 0 ? from : about->low > 0 ? about->low : about->high;
    return HOX_OK;
}
