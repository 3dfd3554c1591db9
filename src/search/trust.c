#include "search/trust.h"
#include <math.h>

void hox__trust_asked(hox__trust *t, uint64_t trial, bool advised)
{
    if (t->n == HOX__TRUST_TRIALS)
        return;
    t->seen[t->n].trial = trial;
    t->seen[t->n].advised = advised;
    t->seen[t->n].told = false;
    t->seen[t->n++].score = (double)NAN;
}

void hox__trust_told(hox__trust *t, uint64_t trial, const hox_outcome *outcome)
{
    for (int i = 0; i < t->n; i++)
        if (t->seen[i].trial == trial) {
            t->seen[i].score = outcome->state == HOX_TRIAL_DONE ? outcome->score : (double)NAN;
            t->seen[i].told = outcome->state != HOX_TRIAL_CANCELLED;
        }
}

/* Is it better than half of the search's own trials? Without a result it is not. */
static bool succeeded(const hox__trust *t, int advised, int *own)
{
    int better = 0;
    *own = 0;
    for (int i = 0; i < t->n; i++)
        if (!t->seen[i].advised && t->seen[i].told) {
            (*own)++;
            better += !(t->seen[i].score < t->seen[advised].score);
        }
    return 2 * better < *own && !isnan(t->seen[advised].score);
}

static bool misleads(const hox__trust *t)
{
    int failures = 0, own;
    for (int i = t->n - 1; i >= 0 && failures < HOX__TRUST_FAILURES; i--)
        if (t->seen[i].advised && t->seen[i].told) {
            if (succeeded(t, i, &own) || own < HOX__TRUST_OWN)
                return false;
            failures++;
        }
    return failures == HOX__TRUST_FAILURES;
}

bool hox__trust_holds(const hox__trust *t)
{
    return t->n < HOX__TRUST_TRIALS && !misleads(t);
}
