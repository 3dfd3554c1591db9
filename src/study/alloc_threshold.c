/* Stopping by a fixed bound: a trial whose value is worse than `bound` at step `from` or later is
 * stopped. The bound is in the metric's own units and direction: accuracy above, loss below it. */
#include "base/alloc.h"
#include "study/allocator.h"
#include <math.h>

typedef struct {
    double bound; /* larger is better */
    double from;
} state;

static const hox_setting settings[] = {
    {"bound", "real", "0", "the user's: there is no usual one", "worse than this is stopped"},
    {"from", "real 0..1000000000", "1", "the first step", "no trial is stopped before this step"},
};

static hox_status begin(const hox_allocation *about, const hox_value *value, void **out,
                        hox_error *err)
{
    state *s = hox__alloc(1, sizeof *s);
    if (!s)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the stopping rule");
    s->bound = about->maximize ? value[0].number : -value[0].number;
    s->from = value[1].number;
    *out = s;
    return HOX_OK;
}

static hox_status report(void *out, uint64_t trial, double step, double value, hox_verdict *verdict)
{
    const state *s = out;
    (void)trial;
    *verdict = step >= s->from && value < s->bound ? HOX_VERDICT_STOP : HOX_VERDICT_GO;
    return HOX_OK;
}

const hox_allocator hox__allocator_threshold = {
    .name = "threshold",
    .source = "folklore",
    .summary = "stops a trial that is worse than a bound",
    .setting = settings,
    .settings = 2,
    .begin = begin,
    .end = hox__free,
    .report = report,
};
