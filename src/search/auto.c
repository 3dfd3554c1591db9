/* auto: looks at the space and takes a method, or one after the other, and says which and why.
 *
 * A model of what is good finds the region in few trials; then a method that costs nothing to ask
 * and narrows down without end takes over. Where every question is always asked and most are
 * numbers, a Gaussian process, then CMA-ES; where words or branches rule, TPE, then evolution. Both
 * hear every event from the first on, so the second goes on from what the first has found. It takes
 * over when the first stands still, or has had its time: bench/search/methods.md.
 */
#include "base/alloc.h"
#include "search/belief.h"
#include "search/history.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

extern const hox_strategy hox__strategy_cmaes, hox__strategy_evolution, hox__strategy_gp,
    hox__strategy_nsga2, hox__strategy_random, hox__strategy_tpe;

enum {
    WALKS = 64,         /* that look at the space */
    FEW_SENTENCES = 64, /* all of them will be tried, in whatever order */
    FIRST = 100,        /* trials of the first method at most; */
    LEAST = 50,         /* of the Gaussian process so many, then */
    STILL = 20,         /* until so many in a row were no better than the best before */
};

typedef struct {
    const hox_strategy *method;
    void *state;
} part;

typedef struct {
    part part[2]; /* [parts] */
    int parts;
    uint64_t least; /* trials told before the first part may stand still */
    uint64_t asked, told;
    double best;        /* score */
    uint64_t told_best; /* how many were told then */
    int now;            /* the part that answers */
    char reason[240];
} automatic;

static const hox_setting settings[] = {HOX__BELIEF_SETTING};

/* ---- what the space is like ---- */

typedef struct {
    int questions, words, numbers; /* with more than one answer; numbers: not of words */
    int conditional;               /* not asked in every walk */
    int objectives;
    double sentences_log10; /* HUGE_VAL: a continuum */
} look;

/* Draws from the prior, encoded, so that the coder knows the questions and how often each is asked.
 */
static hox_status probe(hox__coder *coder, hox_walk *walk, hox_rng *rng)
{
    hox_asked asked;
    hox_status status = hox_walk_derive(walk, hox_answer_prior, rng, NULL, NULL);
    if (status == HOX_ERR_EMPTY) /* hard to meet; the method itself will say so */
        return HOX_OK;
    asked.answer = hox_walk_answers(walk, &asked.n);
    int n;
    hox__coordinate *point = hox__alloc((size_t)asked.n, sizeof *point);
    if (status == HOX_OK)
        status = point ? hox__encode(coder, &asked, point, &n) : HOX_ERR_MEMORY;
    hox__free(point);
    return status;
}

/* maximize accuracy minimize seconds: two. */
static int objectives_of(const hox_space *space)
{
    int n = 0, found = 0;
    const hox_term *objective = hox_space_constant(space, "objective");
    const hox_term *const *word = objective ? hox_term_parts(&objective, &n) : NULL;
    for (int i = 0; i < n; i++)
        found += word[i]->kind == HOX_TERM_WORD &&
                 (strcmp(word[i]->name, "maximize") == 0 || strcmp(word[i]->name, "minimize") == 0);
    return found;
}

static void count(const hox_space *space, const hox__coder *coder, look *out)
{
    int reals = 0;
    *out = (look){.sentences_log10 = hox_space_size_log10(space, &reals)};
    if (reals > 0)
        out->sentences_log10 = HUGE_VAL;
    for (int i = 0; i < coder->dims; i++) {
        const hox__dim *dim = &coder->dim[i];
        out->questions += !dim->fixed;
        out->words += !dim->fixed && dim->nominal;
        out->conditional += !dim->fixed && dim->seen < coder->walks;
    }
    out->numbers = out->questions - out->words;
    out->objectives = objectives_of(space);
}

static hox_status look_at(const hox_space *space, uint64_t seed, look *out)
{
    hox__coder coder;
    const hox_rng root = hox_rng_seed(seed);
    hox_rng rng = hox_rng_child(&root, "auto", 0);
    hox_walk *walk = hox_walk_new(space, NULL);
    hox_status status = hox__coder_init(&coder, space);
    if (!walk)
        status = HOX_ERR_MEMORY;
    for (int i = 0; i < WALKS && status == HOX_OK; i++)
        status = probe(&coder, walk, &rng);
    if (status == HOX_OK)
        count(space, &coder, out);
    hox__coder_deinit(&coder);
    hox_walk_free(walk);
    return status;
}

/* ---- what is taken ---- */

static void take(automatic *a, const hox_strategy *first, const hox_strategy *second, int least)
{
    a->part[0].method = first;
    a->part[1].method = second;
    a->parts = second ? 2 : 1;
    a->least = (uint64_t)least;
}

static void say(automatic *a, const char *why)
{
    const char *first = a->part[0].method->name;
    char time[60];
    if (a->least < FIRST)
        snprintf(time, sizeof time, "%d to %d trials, as long as it gets on", LEAST, FIRST);
    else
        snprintf(time, sizeof time, "%d trials", FIRST);
    if (a->parts == 1)
        snprintf(a->reason, sizeof a->reason, "%s: %s", first, why);
    else
        snprintf(a->reason, sizeof a->reason, "%s for %s, then %s: %s", first, time,
                 a->part[1].method->name, why);
}

/* The setting of a method that says which values are likely; -1: it has none. */
static int prior_of(const hox_strategy *method)
{
    int i = method->settings - 1;
    while (i >= 0 && strcmp(method->setting[i].domain, HOX__BELIEF_DOMAIN) != 0)
        i--;
    return i;
}

static void choose(automatic *a, const look *l, bool defaults)
{
    char why[120];
    if (l->objectives > 1) {
        take(a, &hox__strategy_nsga2, NULL, 0);
        snprintf(why, sizeof why, "%d objectives", l->objectives);
    } else if (l->sentences_log10 <= log10(FEW_SENTENCES)) {
        take(a, &hox__strategy_random, NULL, 0);
        snprintf(why, sizeof why, "so few sentences that all can be tried");
    } else {
        const bool flat = l->conditional == 0 && l->numbers >= l->words;
        if (flat)
            take(a, &hox__strategy_gp, &hox__strategy_cmaes, LEAST);
        else
            take(a, &hox__strategy_tpe, &hox__strategy_evolution, FIRST);
        snprintf(why, sizeof why, "%d question%s, %d of words, %d on some branches only",
                 l->questions, l->questions == 1 ? "" : "s", l->words, l->conditional);
    }
    if (defaults && prior_of(a->part[0].method) < 0)
        snprintf(why + strlen(why), sizeof why - strlen(why), "; `prior: defaults` means nothing");
    say(a, why);
}

/* ---- the method ---- */

static void end(void *state)
{
    automatic *a = state;
    if (!a)
        return;
    for (int i = 0; i < a->parts; i++)
        a->part[i].method->end(a->part[i].state);
    hox__free(a);
}

/* A part with its default settings, and the prior it is told. */
static hox_status begin_part(part *p, const hox_space *space, const char *prior, uint64_t seed,
                             hox_error *err)
{
    hox_value *value = hox__alloc((size_t)p->method->settings, sizeof *value);
    hox_status status =
        value ? hox__settings_read(p->method->setting, p->method->settings, NULL, value, err)
              : HOX_ERR_MEMORY;
    if (status == HOX_OK && prior_of(p->method) >= 0)
        value[prior_of(p->method)].word = prior;
    if (status == HOX_OK)
        status = p->method->begin(space, value, seed, &p->state, err);
    hox__free(value);
    return status;
}

static hox_status begin(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err)
{
    const char *prior = value[0].word;
    look l;
    automatic *a = hox__alloc(1, sizeof *a);
    hox_status status = a ? look_at(space, seed, &l) : HOX_ERR_MEMORY;
    if (status == HOX_OK)
        choose(a, &l, strcmp(prior, "defaults") == 0);
    for (int i = 0; status == HOX_OK && i < a->parts; i++)
        status = begin_part(&a->part[i], space, prior, seed, err);
    if (status != HOX_OK) {
        end(a);
        return status == HOX_ERR_MEMORY
                   ? hox_fail_code(err, status, "E0901", "auto: no memory to begin")
                   : status; /* the part has said it */
    }
    *state = a;
    return HOX_OK;
}

/* Has the second taken over? It stays, and the first need not hear more. */
static void watch(automatic *a)
{
    const bool still = a->told >= a->least && a->told - a->told_best >= STILL;
    a->now |= a->parts == 2 && (still || a->asked >= FIRST);
}

static hox_status asked(void *state, uint64_t trial, const hox_asked *asked)
{
    automatic *a = state;
    hox_status status = HOX_OK;
    a->asked++;
    watch(a);
    for (int i = a->now; i < a->parts && status == HOX_OK; i++)
        if (a->part[i].method->asked)
            status = a->part[i].method->asked(a->part[i].state, trial, asked);
    return status;
}

static hox_status told(void *state, uint64_t trial, const hox_outcome *outcome)
{
    automatic *a = state;
    hox_status status = HOX_OK;
    const bool scored = outcome->state == HOX_TRIAL_DONE || outcome->state == HOX_TRIAL_PRUNED;
    a->told++;
    if (scored && (outcome->score > a->best || a->told_best == 0)) {
        a->best = outcome->score;
        a->told_best = a->told;
    }
    watch(a);
    for (int i = a->now; i < a->parts && status == HOX_OK; i++)
        if (a->part[i].method->told)
            status = a->part[i].method->told(a->part[i].state, trial, outcome);
    return status;
}

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    const automatic *a = state;
    const part *p = &a->part[a->now];
    return p->method->suggest(p->state, trial, walk, rng, err);
}

static const char *explain(const void *state)
{
    return ((const automatic *)state)->reason;
}

extern const hox_strategy hox__strategy_auto;
const hox_strategy hox__strategy_auto = {
    .name = "auto",
    .source = "Hox; the choice was measured: bench/search/methods.md",
    .summary = "looks at the space and takes a method, or one after the other",
    .setting = settings,
    .settings = sizeof settings / sizeof *settings,
    .begin = begin,
    .end = end,
    .asked = asked,
    .told = told,
    .suggest = suggest,
    .explain = explain,
};
