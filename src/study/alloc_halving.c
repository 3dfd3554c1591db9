/* Successive halving and Hyperband: many begin, the best go on.
 *
 * A bracket begins `n` trials with a small budget. When all have come to it, the best n / eta go on
 * to the next rung, and so forth to the whole budget. Halving repeats one bracket (Jamieson and
 * Talwalkar, AISTATS 2016); Hyperband goes through brackets that begin ever fewer trials with ever
 * more (Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar, JMLR 18(185), 2018), since nobody knows how
 * early a bad trial shows.
 *
 * Ranks are within one rung, ties go to the earlier trial. Who failed counts as worst of its rung;
 * who ended by itself keeps its value on the rungs above.
 */
#include "base/alloc.h"
#include "study/rungs.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int64_t n; /* trials that begin */
    hox__rungs rungs;
} bracket;

typedef struct {
    uint64_t trial;
    double value;            /* at this rung, larger is better; -inf: it failed */
    bool started, has, over; /* on this rung; has a value; was told */
} member;

typedef struct {
    int eta;
    bracket *bracket; /* [kinds], in turn */
    int kinds;
    int64_t passes;  /* through all kinds; 0: endless */
    int64_t current; /* brackets finished */
    int rung;
    int64_t size;   /* trials that began this bracket, once they all have */
    member *member; /* [n] of this rung */
    int64_t n, room;
} halving;

/* ---- beginning ---- */

static const hox_setting of_halving[] = {
    {"n", "int 0..100000", "0", "so that one is left at the end",
     "trials of a bracket; 0: eta to the number of steps up"},
    {"eta", "int 2..16", "3", "Li et al. 2018, section 3.6: 3 or 4",
     "one of so many goes on, with so many times the budget"},
    {"from", "real 0..1000000000", "0", "the space's budget",
     "the first rung; 0: the low end of the budget"},
    {"brackets", "int 0..1000000", "0", "our choice: the study's own bounds end it",
     "how many; 0: no end"},
};

static const hox_setting of_hyperband[] = {
    {"eta", "int 2..16", "3", "Li et al. 2018, section 3.6: 3 or 4",
     "one of so many goes on, with so many times the budget"},
    {"rounding", "ceil | floor", "ceil", "Li et al. 2018, algorithm 1; floor: HpBandSter",
     "how the trials of a bracket are counted"},
    {"from", "real 0..1000000000", "0", "the space's budget",
     "the least budget; 0: the low end of the space's"},
    {"passes", "int 0..1000000", "0", "our choice: the study's own bounds end it",
     "how often through all brackets; 0: no end"},
};

static void end(void *out)
{
    halving *h = out;
    if (!h)
        return;
    hox__free(h->bracket);
    hox__free(h->member);
    hox__free(h);
}

/* Room for the largest bracket, so that events need no memory. */
static hox_status make(int eta, int kinds, int64_t passes, halving **out)
{
    halving *h = hox__alloc(1, sizeof *h);
    if (h) {
        h->eta = eta;
        h->kinds = kinds;
        h->passes = passes;
        h->bracket = hox__alloc((size_t)kinds, sizeof *h->bracket);
    }
    if (!h || !h->bracket) {
        end(h);
        return HOX_ERR_MEMORY;
    }
    *out = h;
    return HOX_OK;
}

static hox_status finish(halving *h, const char *who, void **out, hox_error *err)
{
    for (int i = 0; i < h->kinds; i++)
        h->room = h->bracket[i].n > h->room ? h->bracket[i].n : h->room;
    h->member = h->room <= 100000000 ? hox__alloc((size_t)h->room, sizeof *h->member) : NULL;
    if (!h->member) {
        const int64_t room = h->room;
        end(h);
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901",
                             "%s: no memory for a bracket of %" PRId64 " trials", who, room);
    }
    *out = h;
    return HOX_OK;
}

static int64_t power(int eta, int k)
{
    int64_t n = 1;
    while (k-- > 0 && n < INT64_MAX / 64)
        n *= eta;
    return n;
}

static hox_status begin_halving(const hox_allocation *about, const hox_value *value, void **out,
                                hox_error *err)
{
    double low, high;
    halving *h = NULL;
    const int eta = (int)value[1].number;
    hox_status status = hox__rungs_ends(about, "halving", value[2].number, &low, &high, err);
    if (status == HOX_OK && make(eta, 1, (int64_t)value[3].number, &h) != HOX_OK)
        status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for successive halving");
    if (status != HOX_OK)
        return status;
    hox__rungs_make(low, high, eta, &h->bracket->rungs);
    h->bracket->n = (int64_t)value[0].number;
    if (h->bracket->n == 0)
        h->bracket->n = power(eta, h->bracket->rungs.n - 1);
    return finish(h, "halving", out, err);
}

/* Bracket s begins ceil((s_max + 1) eta^s / (s + 1)) trials with R eta^-s. */
static void fill(halving *h, int s_max, double low, double high, bool floors)
{
    for (int i = 0; i <= s_max; i++) {
        const int s = s_max - i;
        bracket *b = &h->bracket[i];
        const int64_t eta_s = power(h->eta, s);
        b->n = floors ? (s_max + 1) / (s + 1) * eta_s : ((s_max + 1) * eta_s + s) / (s + 1);
        b->rungs.n = s + 1;
        for (int k = 0; k <= s; k++)
            b->rungs.at[k] = hox__rungs_budget(high / (double)power(h->eta, s - k), low, high);
    }
}

static hox_status begin_hyperband(const hox_allocation *about, const hox_value *value, void **out,
                                  hox_error *err)
{
    double low, high;
    halving *h = NULL;
    const int eta = (int)value[0].number;
    hox_status status = hox__rungs_ends(about, "hyperband", value[2].number, &low, &high, err);
    const int s_max = status == HOX_OK ? hox__rungs_levels(low, high, eta) : 0;
    if (status == HOX_OK && make(eta, s_max + 1, (int64_t)value[3].number, &h) != HOX_OK)
        status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for hyperband");
    if (status != HOX_OK)
        return status;
    fill(h, s_max, low, high, strcmp(value[1].word, "floor") == 0);
    return finish(h, "hyperband", out, err);
}

/* ---- what runs next ---- */

static const bracket *present(const halving *h)
{
    return &h->bracket[h->current % h->kinds];
}

static int the_better(const void *a, const void *b)
{
    const member *x = a, *y = b;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

/* How many of a bracket that `size` trials began come to a rung. One that could not be filled sends
 * one to the end all the same. */
static int64_t left_at(const halving *h, int64_t size, int rung)
{
    const bracket *b = present(h);
    const int64_t left = hox__rungs_left(size, h->eta, rung);
    return left == 0 && size < b->n && rung < b->rungs.n ? 1 : left;
}

/* No trial begins any more, and the bracket is not full: it goes on with those it has. */
static hox_status next_of_few(const halving *h, hox_grant *grant)
{
    const bracket *b = present(h);
    const member *best = NULL;
    int64_t better = 0;
    for (int64_t i = 0; i < h->n; i++) {
        const member *m = &h->member[i];
        if (!m->has)
            return HOX_WAIT;
        if (!m->over && m->value > -HUGE_VAL && (!best || the_better(m, best) < 0))
            best = m;
    }
    for (int64_t i = 0; best && i < h->n; i++)
        better += the_better(&h->member[i], best) < 0;
    if (!best || b->rungs.n == 1 || better >= left_at(h, h->n, 1))
        return HOX_DONE;
    *grant = (hox_grant){.trial = best->trial, .budget = b->rungs.at[1]};
    return HOX_OK;
}

static hox_status next(const void *out, bool begin, hox_grant *grant, hox_error *err)
{
    (void)err;
    const halving *h = out;
    const bracket *b = present(h);
    const double budget = b->rungs.at[h->rung];
    if (h->passes > 0 && h->current >= h->passes * h->kinds)
        return HOX_DONE;
    if (h->rung == 0 && h->n < b->n) {
        *grant = (hox_grant){.fresh = true, .budget = budget};
        return begin ? HOX_OK : next_of_few(h, grant);
    }
    for (int64_t i = 0; i < h->n; i++)
        if (!h->member[i].started) {
            *grant = (hox_grant){.trial = h->member[i].trial, .budget = budget};
            return HOX_OK;
        }
    return HOX_WAIT;
}

/* ---- events ---- */

static member *find(halving *h, uint64_t trial)
{
    for (int64_t i = 0; i < h->n; i++)
        if (h->member[i].trial == trial)
            return &h->member[i];
    return NULL;
}

/* Leaves the members of the next rung; a rung that only trials which are over have come to is done
 * at once. `full`: no more will begin. */
static void advance(halving *h, bool full)
{
    const bracket *b = present(h);
    for (;;) {
        if (h->rung == 0 && h->n < b->n && !full)
            return; /* some are still to begin */
        for (int64_t i = 0; i < h->n; i++)
            if (!h->member[i].has)
                return;
        if (h->rung == 0)
            h->size = h->n;
        int64_t left = left_at(h, h->size, h->rung + 1);
        qsort(h->member, (size_t)h->n, sizeof *h->member, the_better);
        left = left < h->n ? left : h->n;
        while (left > 0 && h->member[left - 1].value == -HUGE_VAL)
            left--;
        if (++h->rung == b->rungs.n || left == 0) {
            h->current++;
            h->rung = 0;
            h->n = 0;
            return;
        }
        h->n = left;
        for (int64_t i = 0; i < left; i++)
            h->member[i].started = h->member[i].has = h->member[i].over;
    }
}

/* Trials that others began while the bracket was full belong to none: they run as they are. One of
 * a bracket that is not full goes on: it will not be filled any more. */
static hox_status started(void *out, uint64_t trial, double budget)
{
    halving *h = out;
    member *m = find(h, trial);
    if (m && m->has && h->rung == 0 && h->n < present(h)->n && budget > present(h)->rungs.at[0]) {
        advance(h, true);
        m = find(h, trial);
    }
    const bool over = h->passes > 0 && h->current >= h->passes * h->kinds;
    if (!m && !over && h->rung == 0 && h->n < present(h)->n) {
        m = &h->member[h->n++];
        *m = (member){.trial = trial};
    }
    if (m)
        m->started = true;
    return HOX_OK;
}

static void settle(halving *h, member *m, double value)
{
    m->value = isnan(value) ? -HUGE_VAL : value;
    m->has = true;
    advance(h, false);
}

static hox_status report(void *out, uint64_t trial, double step, double value, hox_verdict *verdict)
{
    halving *h = out;
    member *m = find(h, trial);
    *verdict = HOX_VERDICT_GO;
    if (!m || m->has || step < present(h)->rungs.at[h->rung])
        return HOX_OK;
    if (isnan(value))
        *verdict = HOX_VERDICT_STOP;
    else if (h->rung + 1 < present(h)->rungs.n)
        *verdict = HOX_VERDICT_PAUSE;
    settle(h, m, value);
    return HOX_OK;
}

static bool is_left(const void *out, uint64_t trial)
{
    const halving *h = out;
    for (int64_t i = 0; i < h->n; i++)
        if (h->member[i].trial == trial)
            return false;
    return true;
}

static hox_status told(void *out, uint64_t trial, const hox_outcome *outcome)
{
    halving *h = out;
    member *m = find(h, trial);
    if (!m)
        return HOX_OK;
    m->over = m->started = true;
    if (!m->has)
        settle(h, m, outcome->state == HOX_TRIAL_DONE ? outcome->score : (double)NAN);
    return HOX_OK;
}

const hox_allocator hox__allocator_halving = {
    .name = "halving",
    .source = "Jamieson and Talwalkar, AISTATS 2016; with a least budget: Li et al., JMLR 18(185), "
              "2018, algorithm 1",
    .summary = "many trials with little budget; one of eta goes on with eta times as much",
    .deviations = "the bracket is repeated until the study ends",
    .setting = of_halving,
    .settings = 4,
    .needs_budget = true,
    .begin = begin_halving,
    .end = end,
    .next = next,
    .is_left = is_left,
    .started = started,
    .report = report,
    .told = told,
};

const hox_allocator hox__allocator_hyperband = {
    .name = "hyperband",
    .source = "Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar, JMLR 18(185), 2018, algorithm 1",
    .summary = "successive halving from brackets that are ever less strict",
    .setting = of_hyperband,
    .settings = 4,
    .needs_budget = true,
    .begin = begin_hyperband,
    .end = end,
    .next = next,
    .is_left = is_left,
    .started = started,
    .report = report,
    .told = told,
};
