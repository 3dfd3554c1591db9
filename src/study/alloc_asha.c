/* ASHA: successive halving without waiting.
 *
 * Whenever a worker is free, the highest rung is looked at first: is one of its best 1/eta paused
 * there? Then it goes on to the next rung; otherwise a new trial begins at the bottom. So no worker
 * waits for the slowest of a rung, at the price of some that go on too early. Li, Jamieson,
 * Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht, Talwalkar, MLSys 2020, algorithm 2.
 *
 * Where trials cannot be paused (pause: no), each runs towards the whole budget and is stopped at
 * the first rung where it is not among the best 1/eta that have come there.
 */
#include "base/alloc.h"
#include "study/rungs.h"
#include <math.h>
#include <string.h>

/* A trial's value at a rung. */
typedef struct {
    uint64_t trial;
    double value; /* larger is better; -inf: it failed */
    bool gone;    /* on to the next rung, or over */
} entry;

typedef struct {
    entry *entry; /* [n] the best first */
    int64_t n, room;
    int64_t promoted;
} rung;

typedef struct {
    int rungs; /* it has come to */
    int base;  /* of those, before it was started last */
    bool known, over;
    bool climbs; /* towards the next rung; not while it is paused, stopped or on the last */
} note;

typedef struct {
    int eta;
    bool pauses;
    hox__rungs at;
    rung rung[HOX__RUNGS_MAX];
    note *note; /* [notes] by trial */
    uint64_t notes;
    int64_t climbing; /* trials on their way to a rung */
} asha;

static const hox_setting settings[] = {
    {"eta", "int 2..16", "4", "Li et al. 2020, section 4", "one of so many goes on"},
    {"from", "real 0..1000000000", "0", "the space's budget",
     "the first rung; 0: the low end of the budget"},
    {"skip", "int 0..60", "0", "Li et al. 2020, section 4: s = 0",
     "rungs left out at the bottom: less early stopping"},
    {"pause", "yes | no", "yes", "Li et al. 2020; no: the stopping rule of frameworks that cannot",
     "may a trial wait at a rung and go on later?"},
};

static void end(void *out)
{
    asha *a = out;
    if (!a)
        return;
    for (int k = 0; k < HOX__RUNGS_MAX; k++)
        hox__free(a->rung[k].entry);
    hox__free(a->note);
    hox__free(a);
}

static hox_status begin(const hox_allocation *about, const hox_value *value, void **out,
                        hox_error *err)
{
    double low, high;
    hox_status status = hox__rungs_ends(about, "asha", value[1].number, &low, &high, err);
    if (status != HOX_OK)
        return status;
    asha *a = hox__alloc(1, sizeof *a);
    if (!a)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for asha");
    a->eta = (int)value[0].number;
    a->pauses = strcmp(value[3].word, "yes") == 0;
    hox__rungs_make(low, high, a->eta, &a->at);
    const int skip = (int)value[2].number;
    if (skip >= a->at.n) {
        status = hox_fail(err, HOX_ERR_ARGUMENT, "asha: skip is %d, and there are %d rungs", skip,
                          a->at.n);
        end(a);
        return status;
    }
    a->at.n -= skip;
    memmove(a->at.at, a->at.at + skip, (size_t)a->at.n * sizeof *a->at.at);
    *out = a;
    return HOX_OK;
}

/* ---- what runs next ---- */

/* No trial begins any more and none has earned a promotion: if none has come to the end, the best
 * of those that came farthest goes on. */
static hox_status next_of_few(const asha *a, hox_grant *grant)
{
    if (a->climbing > 0)
        return HOX_WAIT;
    for (int k = a->at.n - 2; k >= 0 && a->pauses && a->rung[a->at.n - 1].n == 0; k--)
        for (int64_t i = 0; i < a->rung[k].n; i++) {
            const entry *e = &a->rung[k].entry[i];
            if (e->gone || !(e->value > -HUGE_VAL))
                continue;
            *grant = (hox_grant){.trial = e->trial, .budget = a->at.at[k + 1]};
            return HOX_OK;
        }
    return HOX_DONE;
}

static hox_status next(const void *out, bool begin, hox_grant *grant, hox_error *err)
{
    (void)err;
    const asha *a = out;
    for (int k = a->at.n - 2; k >= 0 && a->pauses; k--) {
        const rung *r = &a->rung[k];
        for (int64_t i = 0; i < r->n / a->eta && r->promoted < r->n / a->eta; i++)
            if (!r->entry[i].gone && r->entry[i].value > -HUGE_VAL) {
                *grant = (hox_grant){.trial = r->entry[i].trial, .budget = a->at.at[k + 1]};
                return HOX_OK;
            }
    }
    *grant = (hox_grant){.fresh = true, .budget = a->at.at[a->pauses ? 0 : a->at.n - 1]};
    return begin ? HOX_OK : next_of_few(a, grant);
}

/* ---- events ---- */

static note *note_of(asha *a, uint64_t trial)
{
    if (trial >= a->notes) {
        const uint64_t n = trial < 64 ? 128 : 2 * trial;
        note *grown = hox__realloc(a->note, n, sizeof *grown);
        if (!grown)
            return NULL;
        memset(grown + a->notes, 0, (n - a->notes) * sizeof *grown);
        a->note = grown;
        a->notes = n;
    }
    return &a->note[trial];
}

static void set_climbing(asha *a, note *t, bool climbs)
{
    a->climbing += climbs - t->climbs;
    t->climbs = climbs;
}

static int64_t place_of(const rung *r, uint64_t trial)
{
    for (int64_t i = 0; i < r->n; i++)
        if (r->entry[i].trial == trial)
            return i;
    return -1;
}

static void take_out(rung *r, uint64_t trial)
{
    const int64_t i = place_of(r, trial);
    if (i < 0)
        return;
    memmove(&r->entry[i], &r->entry[i + 1], (size_t)(r->n - i - 1) * sizeof *r->entry);
    r->n--;
}

/* *place: how many are better. Ties: the earlier trial. */
static hox_status put_in(rung *r, uint64_t trial, double value, int64_t *place)
{
    if (r->n == r->room) {
        const int64_t room = r->room ? 2 * r->room : 64;
        entry *grown = hox__realloc(r->entry, (size_t)room, sizeof *grown);
        if (!grown)
            return HOX_ERR_MEMORY;
        r->entry = grown;
        r->room = room;
    }
    int64_t low = 0, high = r->n;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        const entry *e = &r->entry[middle];
        if (e->value > value || (e->value == value && e->trial < trial))
            low = middle + 1;
        else
            high = middle;
    }
    memmove(&r->entry[low + 1], &r->entry[low], (size_t)(r->n - low) * sizeof *r->entry);
    r->entry[low] = (entry){.trial = trial, .value = value};
    r->n++;
    *place = low;
    return HOX_OK;
}

/* What it came to since it was started last, without a pause, is void. */
static hox_status started(void *out, uint64_t trial, double budget)
{
    (void)budget;
    asha *a = out;
    note *t = note_of(a, trial);
    if (!t)
        return HOX_ERR_MEMORY;
    if (t->known && !a->pauses)
        for (; t->rungs > t->base; t->rungs--)
            take_out(&a->rung[t->rungs - 1], trial);
    t->known = true;
    set_climbing(a, t, t->rungs < a->at.n);
    t->base = t->rungs;
    if (a->pauses && t->rungs > 0) {
        rung *r = &a->rung[t->rungs - 1];
        entry *e = &r->entry[place_of(r, trial)];
        r->promoted += !e->gone;
        e->gone = true;
    }
    return HOX_OK;
}

static hox_status arrive(asha *a, note *t, uint64_t trial, double value, hox_verdict *verdict)
{
    int64_t place;
    const int k = t->rungs;
    rung *r = &a->rung[k];
    const double shown = isnan(value) ? -HUGE_VAL : value;
    if (put_in(r, trial, shown, &place) != HOX_OK)
        return HOX_ERR_MEMORY;
    t->rungs++;
    const int64_t best = r->n / a->eta > 1 ? r->n / a->eta : 1;
    if (isnan(value) || (!a->pauses && k + 1 < a->at.n && place >= best))
        *verdict = HOX_VERDICT_STOP;
    else if (a->pauses && k + 1 < a->at.n)
        *verdict = HOX_VERDICT_PAUSE;
    set_climbing(a, t, *verdict == HOX_VERDICT_GO && t->rungs < a->at.n);
    return HOX_OK;
}

static hox_status report(void *out, uint64_t trial, double step, double value, hox_verdict *verdict)
{
    asha *a = out;
    note *t = note_of(a, trial);
    hox_status status = t ? HOX_OK : HOX_ERR_MEMORY;
    *verdict = HOX_VERDICT_GO;
    while (status == HOX_OK && t->climbs && !t->over && step >= a->at.at[t->rungs])
        status = arrive(a, t, trial, value, verdict);
    return status;
}

/* A trial that ends on its way to a rung counts there, as worst when it failed: otherwise the rung
 * has too few, and what is paused there never goes on. */
static hox_status told(void *out, uint64_t trial, const hox_outcome *outcome)
{
    asha *a = out;
    note *t = note_of(a, trial);
    if (!t)
        return HOX_ERR_MEMORY;
    if (!t->known || t->over)
        return HOX_OK;
    hox_verdict verdict = HOX_VERDICT_GO;
    const double value = outcome->state == HOX_TRIAL_DONE ? outcome->score : (double)NAN;
    if (t->climbs && outcome->state != HOX_TRIAL_CANCELLED &&
        arrive(a, t, trial, value, &verdict) != HOX_OK)
        return HOX_ERR_MEMORY;
    t->over = true;
    set_climbing(a, t, false);
    for (int k = 0; k < t->rungs; k++)
        a->rung[k].entry[place_of(&a->rung[k], trial)].gone = true;
    return HOX_OK;
}

const hox_allocator hox__allocator_asha = {
    .name = "asha",
    .source = "Li, Jamieson, Rostamizadeh, et al., MLSys 2020, algorithm 2",
    .summary = "successive halving that no worker waits for",
    .deviations =
        "a rung sends on at most floor(results / eta) trials in all: one sent on too early "
        "takes the place of a later one",
    .setting = settings,
    .settings = 4,
    .needs_budget = true,
    .begin = begin,
    .end = end,
    .next = next,
    .started = started,
    .report = report,
    .told = told,
};
