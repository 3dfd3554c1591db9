/* Stopping by the curves of others.
 *
 * A trial is stopped at step s when its best value so far is strictly worse than a quantile of what
 * the finished trials had come to by then: the mean of each one's values up to step s. The median
 * rule takes the half (Golovin et al., Google Vizier, KDD 2017, section 3.2.2); percentile(keep: k)
 * takes the best k per cent.
 *
 * Nothing is stopped before `trials` have finished, nor a trial before step `from`, nor one that
 * has come as far as any that finished: there is nothing left to save. Finished trials whose first
 * report came after step s have nothing to compare with and do not count.
 */
#include "base/alloc.h"
#include "study/allocator.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    double step, mean; /* of the values up to this step */
} point;

typedef struct {
    point *point; /* [n] by rising step */
    int n, room;
    double best, sum;
    bool finished;
} curve;

typedef struct {
    double keep;     /* the share that goes on: 0.5 is the median */
    double trials;   /* that finish before anything is stopped */
    double from;     /* first step at which one may be stopped */
    curve *curve;    /* [curves], by trial */
    uint64_t curves; /* allocated */
    uint64_t finished;
    double last;    /* step that one of them came to */
    double *sample; /* [curves], for sorting */
} state;

static const hox_setting of_median[] = {
    {"trials", "int 1..1000000", "5", "our choice; as n_startup_trials of Optuna's MedianPruner",
     "that finish before anything is stopped"},
    {"from", "real 0..1000000000", "1", "Vizier stops from the first step on",
     "no trial is stopped before this step"},
};

static const hox_setting of_percentile[] = {
    {"keep", "real 0..100", "25", "our choice", "per cent of the trials that go on"},
    {"trials", "int 1..1000000", "5", "as median", "that finish before anything is stopped"},
    {"from", "real 0..1000000000", "1", "as median", "no trial is stopped before this step"},
};

static hox_status make(double keep, double trials, double from, void **out, hox_error *err)
{
    state *s = hox__alloc(1, sizeof *s);
    if (!s)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the stopping rule");
    s->keep = keep;
    s->trials = trials;
    s->from = from;
    *out = s;
    return HOX_OK;
}

static hox_status begin_median(const hox_allocation *about, const hox_value *value, void **out,
                               hox_error *err)
{
    (void)about;
    return make(0.5, value[0].number, value[1].number, out, err);
}

static hox_status begin_percentile(const hox_allocation *about, const hox_value *value, void **out,
                                   hox_error *err)
{
    (void)about;
    return make(value[0].number / 100, value[1].number, value[2].number, out, err);
}

static void end(void *out)
{
    state *s = out;
    for (uint64_t i = 0; i < s->curves; i++)
        hox__free(s->curve[i].point);
    hox__free(s->curve);
    hox__free(s->sample);
    hox__free(s);
}

/* Room for the curve of `trial`; NULL: no memory. */
static curve *curve_of(state *s, uint64_t trial)
{
    if (trial >= s->curves) {
        const uint64_t n = trial < 64 ? 128 : 2 * trial;
        curve *grown = hox__realloc(s->curve, n, sizeof *grown);
        if (grown)
            s->curve = grown;
        double *sample = grown ? hox__realloc(s->sample, n, sizeof *sample) : NULL;
        if (!sample)
            return NULL;
        s->sample = sample;
        memset(s->curve + s->curves, 0, (n - s->curves) * sizeof *grown);
        s->curves = n;
    }
    return &s->curve[trial];
}

static hox_status started(void *out, uint64_t trial, double budget)
{
    (void)budget;
    curve *c = curve_of(out, trial);
    if (!c)
        return HOX_ERR_MEMORY;
    c->n = 0;
    c->sum = 0;
    return HOX_OK;
}

static bool add(curve *c, double step, double value)
{
    if (c->n == c->room) {
        const int room = c->room ? 2 * c->room : 16;
        point *grown = hox__realloc(c->point, (size_t)room, sizeof *grown);
        if (!grown)
            return false;
        c->point = grown;
        c->room = room;
    }
    c->best = c->n == 0 || value > c->best ? value : c->best;
    c->sum += value;
    c->n++;
    c->point[c->n - 1] = (point){step, c->sum / c->n};
    return true;
}

/* The mean of what the curve had come to by `step`; NaN: nothing yet. */
static double mean_at(const curve *c, double step)
{
    int low = 0, high = c->n; /* the points before `low` are not later than `step` */
    while (low < high) {
        const int middle = (low + high) / 2;
        if (c->point[middle].step <= step)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? c->point[low - 1].mean : (double)NAN;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value that the share `keep` of the finished trials is not below at `step`: linear between
 * order statistics, so that keep = 0.5 is the usual median. NaN: too few to say. */
static double quantile(state *s, double step)
{
    int n = 0;
    for (uint64_t i = 0; i < s->curves; i++) {
        const double mean = s->curve[i].finished ? mean_at(&s->curve[i], step) : (double)NAN;
        if (!isnan(mean))
            s->sample[n++] = mean;
    }
    if (n == 0)
        return (double)NAN;
    qsort(s->sample, (size_t)n, sizeof *s->sample, by_size);
    const double at = (1 - s->keep) * (n - 1);
    const int below = (int)at;
    const double rest = at - below;
    return rest > 0 ? s->sample[below] + rest * (s->sample[below + 1] - s->sample[below])
                    : s->sample[below];
}

static hox_status report(void *out, uint64_t trial, double step, double value, hox_verdict *verdict)
{
    state *s = out;
    curve *c = curve_of(s, trial);
    *verdict = HOX_VERDICT_GO;
    if (!c)
        return HOX_ERR_MEMORY;
    if (isnan(value))
        return HOX_OK;
    if (!add(c, step, value))
        return HOX_ERR_MEMORY;
    const bool judged = (double)s->finished >= s->trials && step >= s->from && step < s->last;
    if (judged && c->best < quantile(s, step))
        *verdict = HOX_VERDICT_STOP;
    return HOX_OK;
}

static hox_status told(void *out, uint64_t trial, const hox_outcome *outcome)
{
    state *s = out;
    curve *c = curve_of(s, trial);
    if (!c)
        return HOX_ERR_MEMORY;
    if (outcome->state == HOX_TRIAL_DONE && !c->finished) {
        c->finished = true;
        s->finished++;
        s->last = c->n ? fmax(s->last, c->point[c->n - 1].step) : s->last;
    }
    return HOX_OK;
}

const hox_allocator hox__allocator_median = {
    .name = "median",
    .source = "Golovin et al., Google Vizier, KDD 2017, section 3.2.2, median stopping rule",
    .summary = "stops a trial whose best is worse than the median of the finished ones' means",
    .deviations = "a trial that has come as far as any that finished is not stopped",
    .setting = of_median,
    .settings = 2,
    .begin = begin_median,
    .end = end,
    .started = started,
    .report = report,
    .told = told,
};

const hox_allocator hox__allocator_percentile = {
    .name = "percentile",
    .source = "the median stopping rule of Golovin et al., KDD 2017, at another quantile",
    .summary = "stops a trial that is not among the best k per cent at its step",
    .setting = of_percentile,
    .settings = 3,
    .begin = begin_percentile,
    .end = end,
    .started = started,
    .report = report,
    .told = told,
};
