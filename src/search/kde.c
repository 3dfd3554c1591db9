/* The sampler of BOHB: a density model for every budget.
 *
 * What trials had come to at a budget is told to a tree-structured Parzen estimator of that budget
 * alone, so that values are compared at equal budgets. A trial is suggested by the model of the
 * largest budget that d + 3 trials have come to, d questions; a third are drawn from the prior,
 * which keeps what halving promises whatever the models say. Falkner, Klein, Hutter, "BOHB", ICML
 * 2018, algorithm 2.
 */
#include "base/alloc.h"
#include "search/answers.h"
#include <math.h>
#include <string.h>

extern const hox_strategy hox__strategy_tpe;

enum { LEVELS_MAX = 64, MORE_THAN_QUESTIONS = 3 };

/* The trials that came to a budget. */
typedef struct {
    double budget;
    void *model;
    int64_t told;
} level;

typedef struct {
    uint64_t trial;
    hox__answers answers;
    double came_to; /* the budget told last; NaN: none */
} member;

typedef struct {
    const hox_space *space;
    uint64_t seed;
    double random;
    hox_value *value; /* of the models, by their table */
    level level[LEVELS_MAX];
    int levels;
    member *member; /* [members], by rising trial mostly */
    int64_t members, room;
    int questions; /* of the last trial */
} kde;

static const hox_setting settings[] = {
    {"random", "real 0..1", "0.3333333333333333", "Falkner et al. 2018, section 4.3",
     "part of the trials that is drawn from the prior"},
    {"gamma", "real 0.01..0.5", "0.15", "Falkner et al. 2018, table of defaults",
     "part of the trials that is good"},
    {"candidates", "int 1..128", "64", "Falkner et al. 2018, table of defaults",
     "draws from the good density to choose from"},
};

static void end(void *state)
{
    kde *k = state;
    if (!k)
        return;
    for (int i = 0; i < k->levels; i++)
        hox__strategy_tpe.end(k->level[i].model);
    for (int64_t i = 0; i < k->members; i++)
        hox__answers_free(&k->member[i].answers);
    hox__free(k->member);
    hox__free(k->value);
    hox__free(k);
}

/* The settings of a model: its defaults and ours. */
static hox_status settle(kde *k, const hox_value *value, hox_error *err)
{
    const hox_strategy *tpe = &hox__strategy_tpe;
    k->value = hox__alloc((size_t)tpe->settings, sizeof *k->value);
    if (!k->value)
        return HOX_ERR_MEMORY;
    const hox_status status = hox__settings_read(tpe->setting, tpe->settings, NULL, k->value, err);
    for (int i = 0; i < tpe->settings && status == HOX_OK; i++) {
        if (strcmp(tpe->setting[i].name, "startup") == 0)
            k->value[i].number = 1;
        else if (strcmp(tpe->setting[i].name, "gamma") == 0)
            k->value[i].number = value[1].number;
        else if (strcmp(tpe->setting[i].name, "candidates") == 0)
            k->value[i].number = value[2].number;
    }
    return status;
}

static hox_status begin(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err)
{
    kde *k = hox__alloc(1, sizeof *k);
    hox_status status = k ? settle(k, value, err) : HOX_ERR_MEMORY;
    if (status != HOX_OK) {
        end(k);
        return hox_fail_code(err, status, "E0901", "kde: no memory to begin");
    }
    k->space = space;
    k->seed = seed;
    k->random = value[0].number;
    *state = k;
    return HOX_OK;
}

/* ---- events ---- */

static member *find(const kde *k, uint64_t trial)
{
    for (int64_t i = k->members - 1; i >= 0; i--)
        if (k->member[i].trial == trial)
            return &k->member[i];
    return NULL;
}

static hox_status asked(void *state, uint64_t trial, const hox_asked *asked)
{
    kde *k = state;
    if (find(k, trial))
        return HOX_OK;
    if (k->members == k->room) {
        const int64_t room = k->room ? 2 * k->room : 64;
        member *grown = hox__realloc(k->member, (size_t)room, sizeof *grown);
        if (!grown)
            return HOX_ERR_MEMORY;
        k->member = grown;
        k->room = room;
    }
    member *m = &k->member[k->members];
    *m = (member){.trial = trial, .came_to = (double)NAN};
    if (hox__answers_copy(asked, &m->answers) != HOX_OK)
        return HOX_ERR_MEMORY;
    k->members++;
    k->questions = asked->n;
    return HOX_OK;
}

/* The model of a budget, by rising budget; NULL: no memory, or too many. */
static level *level_of(kde *k, double budget, hox_status *status)
{
    int i = 0;
    while (i < k->levels && k->level[i].budget < budget)
        i++;
    if (i < k->levels && k->level[i].budget == budget)
        return &k->level[i];
    level new = {.budget = budget};
    if (k->levels == LEVELS_MAX)
        return NULL;
    *status = hox__strategy_tpe.begin(k->space, k->value, k->seed, &new.model, NULL);
    if (*status != HOX_OK)
        return NULL;
    memmove(&k->level[i + 1], &k->level[i], (size_t)(k->levels - i) * sizeof *k->level);
    k->level[i] = new;
    k->levels++;
    return &k->level[i];
}

static hox_status teach(level *l, const member *m, const hox_outcome *outcome)
{
    const hox_asked asked = {m->answers.answer, m->answers.n};
    hox_status status = hox__strategy_tpe.asked(l->model, m->trial, &asked);
    if (status == HOX_OK)
        status = hox__strategy_tpe.told(l->model, m->trial, outcome);
    l->told += status == HOX_OK;
    return status;
}

/* At equal budgets all that came there are as good as done. One that failed is bad wherever it
 * would have come to. */
static hox_status told(void *state, uint64_t trial, const hox_outcome *outcome)
{
    kde *k = state;
    hox_status status = HOX_OK;
    member *m = find(k, trial);
    const bool scored = outcome->state == HOX_TRIAL_DONE || outcome->state == HOX_TRIAL_PRUNED;
    if (!m || outcome->state == HOX_TRIAL_CANCELLED || outcome->budget <= m->came_to)
        return HOX_OK;
    hox_outcome at = *outcome;
    at.state = scored ? HOX_TRIAL_DONE : HOX_TRIAL_FAILED;
    if (scored) {
        level *l = level_of(k, outcome->budget, &status);
        m->came_to = outcome->budget;
        return l ? teach(l, m, &at) : status;
    }
    for (int i = 0; i < k->levels && status == HOX_OK; i++)
        if (!(k->level[i].budget <= m->came_to))
            status = teach(&k->level[i], m, &at);
    m->came_to = HUGE_VAL;
    return status;
}

/* ---- suggestions ---- */

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    const kde *k = state;
    const bool prior = hox_rng_unit(rng) < k->random;
    for (int i = k->levels - 1; i >= 0 && !prior; i--)
        if (k->level[i].told >= k->questions + MORE_THAN_QUESTIONS)
            return hox__strategy_tpe.suggest(k->level[i].model, trial, walk, rng, err);
    return hox_walk_derive(walk, hox_answer_prior, rng, NULL, err);
}

extern const hox_strategy hox__strategy_kde;
const hox_strategy hox__strategy_kde = {
    .name = "kde",
    .source = "Falkner, Klein, Hutter, BOHB, ICML 2018, algorithm 2",
    .summary = "a density model for every budget: what BOHB samples from",
    .deviations = "the densities are those of tpe: their bandwidths, their groups of conditional "
                  "questions, and no widening of what candidates are drawn from",
    .setting = settings,
    .settings = 3,
    .begin = begin,
    .end = end,
    .asked = asked,
    .told = told,
    .suggest = suggest,
};
