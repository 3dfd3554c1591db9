/* Tree-structured Parzen estimator, multivariate.
 *
 * Told trials are split by a quantile of their scores: l(x) is the density of the good ones, g(x)
 * that of the others. Candidates are drawn from l, the one with the largest l / g is taken.
 * Questions that are always asked together form a group, which has a split, an l and a g of its own
 * over the trials that were asked it; groups are found as walks show them. Trials that are running
 * count as bad ones (the constant liar), so that several at a time stay apart; so do failed ones.
 *
 * Bergstra, Bardenet, Bengio, Kegl, "Algorithms for Hyper-Parameter Optimization", NIPS 2011;
 * Falkner, Klein, Hutter, "BOHB", ICML 2018 (multivariate); constants of Optuna.
 */
#include "base/alloc.h"
#include "search/belief.h"
#include "search/history.h"
#include "search/parzen.h"
#include <math.h>
#include <string.h>

enum {
    BELIEVED_EVERY = 4,  /* candidates, one is drawn from the belief */
    ATTEMPTS_MODEL = 16, /* walks that end nowhere until every second one is drawn from the prior */
};

/* Questions asked together. */
typedef struct {
    int *dim; /* [d] */
    int d;
    int64_t scored;     /* trials with a score */
    int64_t *best;      /* [n_best] rows, the best first, as many as may become good */
    int n_best, n_good; /* the first n_good of them are in `good`, all other trials in `bad` */
    hox__parzen good, bad;
} group;

typedef struct {
    int startup, candidates, good_max;
    double gamma;
    bool liar, joint;
    hox__belief belief;
    hox__history history;
    char line[128]; /* what explain says, or "" */
    group *groups;
    int n_groups, room;
    int *group_of;  /* [dims known] of a dimension; -1: none */
    int n_group_of; /* how many dimensions have been looked at */
    int *count;     /* [n_groups] scratch */
} tpe;

static const hox_setting settings[] = {
    {"startup", "int 1..100000", "10", "Optuna's n_startup_trials",
     "trials told before the model answers"},
    {"candidates", "int 1..128", "24",
     "Bergstra et al. 2011 draw 20 to 100; Optuna and hyperopt 24",
     "draws from the good density to choose from"},
    {"gamma", "real 0.01..0.5", "0.2",
     "Hox, bench/tune: 0.15 in Bergstra et al. 2011, 0.1 in Optuna",
     "part of the trials that is good"},
    {"good", "int 1..200", "25", "Optuna and hyperopt", "most good trials there are"},
    {"liar", "yes | no", "yes", "Optuna's constant_liar", "running trials count as bad ones"},
    {"multivariate", "yes | no", "yes", "Falkner et al. 2018; Optuna 5",
     "questions asked together are modelled together"},
    HOX__BELIEF_SETTING,
};

/* ---- groups ---- */

static void group_deinit(group *g)
{
    hox__free(g->dim);
    hox__free(g->best);
    hox__parzen_deinit(&g->good);
    hox__parzen_deinit(&g->bad);
    *g = (group){0};
}

static hox_status group_init(group *g, const tpe *t, const int *dim, int d)
{
    *g = (group){.d = d};
    g->dim = hox__alloc((size_t)d, sizeof *g->dim);
    g->best = hox__alloc((size_t)t->good_max + 1, sizeof *g->best);
    if (!g->dim || !g->best)
        return HOX_ERR_MEMORY;
    memcpy(g->dim, dim, (size_t)d * sizeof *dim);
    hox_status status = hox__parzen_init(&g->good, &t->history.coder, dim, d);
    if (status == HOX_OK)
        status = hox__parzen_init(&g->bad, &t->history.coder, dim, d);
    g->good.level_prior = g->bad.level_prior = true;
    return status;
}

static int64_t good_size(const tpe *t, int64_t scored)
{
    const double n = ceil(t->gamma * (double)scored);
    return n < t->good_max ? (int64_t)n : t->good_max;
}

/* `dense` belongs to `row`, which moves from one estimator to the other. */
static hox_status move(const tpe *t, int64_t row, hox__parzen *from, hox__parzen *to, double *dense)
{
    const hox__row *r = &t->history.row[row];
    hox__history_dense(&t->history, row, dense, t->history.coder.dims);
    hox__parzen_remove(from, r->trial);
    return hox__parzen_add(to, r->trial, dense);
}

static bool better(const tpe *t, int64_t a, int64_t b)
{
    return hox__row_better(&t->history.row[a], &t->history.row[b]);
}

/* A scored row, which stands in `bad`, takes its place among the best, and the split follows. */
static hox_status rank(const tpe *t, group *g, int64_t row, double *dense)
{
    int place = g->n_best;
    hox_status status = HOX_OK;
    while (place > 0 && better(t, row, g->best[place - 1]))
        place--;
    if (place < t->good_max) {
        if (g->n_best == t->good_max) /* the last of the best cannot become good any more */
            g->n_best--;
        if (g->n_good > g->n_best) {
            status = move(t, g->best[g->n_best], &g->good, &g->bad, dense);
            g->n_good--;
        }
        memmove(g->best + place + 1, g->best + place,
                (size_t)(g->n_best - place) * sizeof *g->best);
        g->best[place] = row;
        g->n_best++;
        if (status == HOX_OK && place < g->n_good) {
            status = move(t, row, &g->bad, &g->good, dense);
            g->n_good++;
        }
    }
    g->scored++;
    const int64_t want = good_size(t, g->scored);
    while (status == HOX_OK && g->n_good > want)
        status = move(t, g->best[--g->n_good], &g->good, &g->bad, dense);
    while (status == HOX_OK && g->n_good < want && g->n_good < g->n_best)
        status = move(t, g->best[g->n_good++], &g->bad, &g->good, dense);
    return status;
}

static hox_status settle(group *g)
{
    const hox_status status = hox__parzen_settle(&g->good);
    return status == HOX_OK ? hox__parzen_settle(&g->bad) : status;
}

/* A row of the group: `bad` at first, then by its score. */
static hox_status take(const tpe *t, group *g, int64_t row, double *dense)
{
    const hox__row *r = &t->history.row[row];
    if (r->state == HOX_TRIAL_CANCELLED || (r->state == HOX_TRIAL_RUNNING && !t->liar))
        return HOX_OK;
    hox__history_dense(&t->history, row, dense, t->history.coder.dims);
    hox_status status = hox__parzen_add(&g->bad, r->trial, dense);
    if (status == HOX_OK && hox__row_is_scored(r))
        status = rank(t, g, row, dense);
    return status;
}

static bool row_has(const tpe *t, int64_t row, int dim)
{
    int n;
    const hox__coordinate *point = hox__history_point(&t->history, row, &n);
    int low = 0, high = n - 1;
    while (low <= high) {
        const int middle = (low + high) / 2;
        if (point[middle].dim == dim)
            return true;
        if (point[middle].dim < dim)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return false;
}

/* A group over dim[d] with the rows before `rows`. On failure the group is empty. */
static hox_status build(const tpe *t, group *g, const int *dim, int d, int64_t rows)
{
    *g = (group){0};
    double *dense = hox__alloc((size_t)t->history.coder.dims, sizeof *dense);
    hox_status status = dense ? group_init(g, t, dim, d) : HOX_ERR_MEMORY;
    for (int64_t row = 0; status == HOX_OK && row < rows; row++)
        if (row_has(t, row, dim[0]))
            status = take(t, g, row, dense);
    if (status == HOX_OK)
        status = settle(g);
    hox__free(dense);
    if (status != HOX_OK)
        group_deinit(g);
    return status;
}

static hox_status reserve_groups(tpe *t, int more)
{
    if (t->n_groups + more <= t->room)
        return HOX_OK;
    const int room = 2 * t->room + more;
    group *groups = hox__realloc(t->groups, (size_t)room, sizeof *groups);
    if (groups)
        t->groups = groups;
    int *count = groups ? hox__realloc(t->count, (size_t)room, sizeof *count) : NULL;
    if (!count)
        return HOX_ERR_MEMORY;
    t->count = count;
    t->room = room;
    return HOX_OK;
}

static void claim(tpe *t, int i)
{
    for (int k = 0; k < t->groups[i].d; k++)
        t->group_of[t->groups[i].dim[k]] = i;
}

/* Group i falls apart into what `row` was asked and the rest. */
static hox_status split(tpe *t, int i, int64_t row)
{
    group parts[2] = {{0}};
    int *dim = hox__alloc((size_t)t->groups[i].d, sizeof *dim);
    hox_status status = dim ? reserve_groups(t, 1) : HOX_ERR_MEMORY;
    for (int side = 0; side < 2 && status == HOX_OK; side++) {
        int d = 0;
        for (int k = 0; k < t->groups[i].d; k++)
            if (row_has(t, row, t->groups[i].dim[k]) == (side == 0))
                dim[d++] = t->groups[i].dim[k];
        status = build(t, &parts[side], dim, d, row);
    }
    hox__free(dim);
    if (status != HOX_OK) {
        group_deinit(&parts[0]);
        return status;
    }
    group_deinit(&t->groups[i]);
    t->groups[i] = parts[0];
    t->groups[t->n_groups++] = parts[1];
    claim(t, i);
    claim(t, t->n_groups - 1);
    return HOX_OK;
}

/* The questions that `row` asked for the first time: one group, or one each. Those with a single
 * answer have none. */
static hox_status found(tpe *t, int64_t row)
{
    int n, d = 0;
    const int dims = t->history.coder.dims;
    if (dims == t->n_group_of)
        return HOX_OK;
    const hox__coordinate *point = hox__history_point(&t->history, row, &n);
    int *dim = hox__alloc((size_t)n, sizeof *dim);
    int *group_of = hox__realloc(t->group_of, (size_t)dims, sizeof *group_of);
    if (group_of)
        t->group_of = group_of;
    hox_status status = dim && group_of ? reserve_groups(t, n) : HOX_ERR_MEMORY;
    if (status == HOX_OK) {
        for (int k = t->n_group_of; k < dims; k++)
            t->group_of[k] = -1;
        for (int k = 0; k < n; k++)
            if (point[k].dim >= t->n_group_of && !t->history.coder.dim[point[k].dim].fixed)
                dim[d++] = point[k].dim;
    }
    const int size = t->joint ? d : 1;
    for (int k = 0; k < d && status == HOX_OK; k += size) {
        status = build(t, &t->groups[t->n_groups], dim + k, size, 0);
        if (status == HOX_OK)
            claim(t, t->n_groups++);
    }
    if (status == HOX_OK)
        t->n_group_of = dims;
    hox__free(dim);
    return status;
}

/* Groups of which `row` was asked a part fall apart. */
static hox_status refine(tpe *t, int64_t row)
{
    int n;
    hox_status status = HOX_OK;
    const hox__coordinate *point = hox__history_point(&t->history, row, &n);
    for (int i = 0; i < t->n_groups; i++)
        t->count[i] = 0;
    for (int k = 0; k < n; k++)
        if (point[k].dim < t->n_group_of && t->group_of[point[k].dim] >= 0)
            t->count[t->group_of[point[k].dim]]++;
    const int groups = t->n_groups;
    for (int i = 0; i < groups && status == HOX_OK; i++)
        if (t->count[i] > 0 && t->count[i] < t->groups[i].d)
            status = split(t, i, row);
    return status;
}

/* ---- events ---- */

typedef hox_status (*visit)(const tpe *t, group *g, int64_t row, double *dense);

/* Visits the groups of `row`. */
static hox_status each_group(tpe *t, int64_t row, visit with)
{
    int n;
    double *dense = hox__alloc((size_t)t->history.coder.dims, sizeof *dense);
    hox_status status = dense ? HOX_OK : HOX_ERR_MEMORY;
    const hox__coordinate *point = hox__history_point(&t->history, row, &n);
    for (int k = 0; k < n && status == HOX_OK; k++) {
        const int i = t->group_of[point[k].dim];
        if (i < 0 || t->groups[i].dim[0] != point[k].dim)
            continue;
        status = with(t, &t->groups[i], row, dense);
        if (status == HOX_OK)
            status = settle(&t->groups[i]);
    }
    hox__free(dense);
    return status;
}

static hox_status asked(void *state, uint64_t trial, const hox_asked *asked)
{
    tpe *t = state;
    int64_t row;
    const int64_t before = t->history.rows;
    hox_status status = hox__history_asked(&t->history, trial, asked, &row);
    if (status != HOX_OK || row < before)
        return status;
    hox__belief_asked(&t->belief, trial);
    hox__coder_explain(&t->history.coder, t->line, sizeof t->line);
    status = refine(t, row);
    if (status == HOX_OK)
        status = found(t, row);
    return status == HOX_OK ? each_group(t, row, take) : status;
}

/* The liar's row becomes what it turned out to be. */
static hox_status learn(const tpe *t, group *g, int64_t row, double *dense)
{
    hox__parzen_remove(&g->bad, t->history.row[row].trial);
    return take(t, g, row, dense);
}

/* A row that was told before leaves its place, whatever its score is now, and takes another. */
static hox_status learn_again(const tpe *t, group *g, int64_t row, double *dense)
{
    const uint64_t trial = t->history.row[row].trial;
    for (int i = 0; i < g->n_best; i++) {
        if (g->best[i] != row)
            continue;
        g->n_best--;
        memmove(g->best + i, g->best + i + 1, (size_t)(g->n_best - i) * sizeof *g->best);
        g->n_good -= i < g->n_good;
        break;
    }
    hox__parzen_remove(&g->good, trial);
    hox__parzen_remove(&g->bad, trial);
    return take(t, g, row, dense);
}

static hox_status rank_again(const tpe *t, group *g, int64_t row, double *dense)
{
    g->scored--;
    return learn_again(t, g, row, dense);
}

static hox_status told(void *state, uint64_t trial, const hox_outcome *outcome)
{
    tpe *t = state;
    int64_t row;
    hox__belief_told(&t->belief, trial, outcome);
    hox__history_told(&t->history, trial, outcome, &row);
    if (row >= 0)
        return each_group(t, row, learn);
    const bool ranked = hox__history_retold(&t->history, trial, outcome, &row);
    return row < 0 ? HOX_OK : each_group(t, row, ranked ? rank_again : learn_again);
}

/* ---- suggestions ---- */

typedef struct {
    const tpe *t;
    hox_rng *rng;
    double *at;   /* [dims] the answers drawn so far */
    int *drawn;   /* [n_groups] the attempt in which a group was drawn, + 1 */
    double *x;    /* [candidates][widest group] */
    double power; /* of the belief */
    hox_status status;
} search;

/* Every fourth candidate lies where the user believes it should. */
static void draw_believed(const search *s, const group *g, double *x)
{
    for (int k = 0; k < g->d; k++)
        x[k] = hox__belief_draw(&s->t->history.coder.dim[g->dim[k]], x[k], s->rng);
}

/* value[c]: log l / g, and power log pi. */
static void add_belief(const search *s, const group *g, int candidates, double *value)
{
    for (int c = 0; c < candidates; c++)
        for (int k = 0; k < g->d; k++)
            value[c] += s->power * hox__belief_log(&s->t->history.coder.dim[g->dim[k]],
                                                   s->x[c * g->d + k], NULL);
}

/* The candidate of group i with the largest l / g, into s->at. */
static void draw_group(search *s, int i, int candidates)
{
    const group *g = &s->t->groups[i];
    double good[HOX__PARZEN_CANDIDATES_MAX], bad[HOX__PARZEN_CANDIDATES_MAX];
    int best = 0;
    for (int c = 0; c < candidates; c++)
        hox__parzen_draw(&g->good, s->rng, s->x + c * g->d);
    for (int c = 0; c < candidates && s->power > 0; c += BELIEVED_EVERY)
        draw_believed(s, g, s->x + c * g->d);
    if (candidates > 1) {
        s->status = hox__parzen_log_density(&g->good, s->x, candidates, good);
        if (s->status == HOX_OK)
            s->status = hox__parzen_log_density(&g->bad, s->x, candidates, bad);
        if (s->status == HOX_OK && s->power > 0)
            add_belief(s, g, candidates, good);
        for (int c = 1; c < candidates && s->status == HOX_OK; c++)
            if (good[c] - bad[c] > good[best] - bad[best])
                best = c;
    }
    for (int k = 0; k < g->d; k++)
        s->at[g->dim[k]] = s->x[best * g->d + k];
}

/* A branch that the group's draw chose is infeasible after the answers of other groups: another
 * from the good ones. */
static hox_answer feasible(const search *s, int dim, const hox_choice *c)
{
    const group *g = &s->t->groups[s->t->group_of[dim]];
    int k = 0;
    while (g->dim[k] != dim)
        k++;
    const int64_t branch = hox__parzen_draw_branch(&g->good, k, c->mask, s->rng);
    return branch < 0 ? hox_choice_draw(c, s->rng) : (hox_answer){.index = branch};
}

static hox_answer answer(void *ctx, const hox_choice *c, int attempt)
{
    search *s = ctx;
    const tpe *t = s->t;
    const int dim = hox__coder_find(&t->history.coder, c->key);
    const int i = dim >= 0 && dim < t->n_group_of ? t->group_of[dim] : -1;
    if (i < 0 || s->status != HOX_OK || (attempt >= ATTEMPTS_MODEL && attempt % 2))
        return hox_choice_draw(c, s->rng);
    if (s->drawn[i] != attempt + 1) {
        draw_group(s, i, attempt < ATTEMPTS_MODEL ? t->candidates : 1);
        s->drawn[i] = attempt + 1;
    }
    const bool nominal = t->history.coder.dim[dim].nominal;
    if (nominal != hox__is_nominal(c))
        return hox_choice_draw(c, s->rng);
    if (nominal && !hox_choice_admits(c, (hox_answer){.index = (int64_t)s->at[dim]}))
        return feasible(s, dim, c);
    return hox__answer_at(c, s->at[dim]);
}

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    const tpe *t = state;
    (void)trial;
    const int64_t told = t->history.scored + t->history.failed;
    if (told < t->startup)
        return hox__belief_turn(&t->belief)
                   ? hox__belief_derive(walk, rng, err)
                   : hox_walk_derive(walk, hox_answer_prior, rng, NULL, err);
    int widest = 1;
    for (int i = 0; i < t->n_groups; i++)
        widest = t->groups[i].d > widest ? t->groups[i].d : widest;
    search s = {.t = t, .rng = rng, .power = hox__belief_power(&t->belief, told)};
    s.at = hox__alloc((size_t)t->history.coder.dims, sizeof *s.at);
    s.drawn = hox__alloc((size_t)t->n_groups, sizeof *s.drawn);
    s.x = hox__alloc((size_t)t->candidates * (size_t)widest, sizeof *s.x);
    hox_status status = s.at && s.drawn && s.x ? HOX_OK : HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = hox_walk_derive(walk, answer, &s, NULL, err);
    if (s.status != HOX_OK || !s.at || !s.drawn || !s.x)
        status = hox_fail(err, HOX_ERR_MEMORY, "tpe: no memory for candidates");
    hox__free(s.at);
    hox__free(s.drawn);
    hox__free(s.x);
    return status;
}

static const char *explain(const void *state)
{
    const tpe *t = state;
    return t->line[0] ? t->line : NULL;
}

/* ---- beginning and end ---- */

static void end(void *state)
{
    tpe *t = state;
    if (!t)
        return;
    for (int i = 0; i < t->n_groups; i++)
        group_deinit(&t->groups[i]);
    hox__history_deinit(&t->history);
    hox__free(t->groups);
    hox__free(t->group_of);
    hox__free(t->count);
    hox__free(t);
}

static hox_status begin(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err)
{
    (void)seed;
    tpe *t = hox__alloc(1, sizeof *t);
    if (!t || hox__history_init(&t->history, space) != HOX_OK) {
        end(t);
        return hox_fail(err, HOX_ERR_MEMORY, "tpe: no memory");
    }
    t->startup = (int)value[0].number;
    t->candidates = (int)value[1].number;
    t->gamma = value[2].number;
    t->good_max = (int)value[3].number;
    t->liar = strcmp(value[4].word, "yes") == 0;
    t->joint = strcmp(value[5].word, "yes") == 0;
    const hox_status status = hox__belief_begin(&t->belief, space, value[6].word, err);
    if (status != HOX_OK) {
        end(t);
        return status;
    }
    *state = t;
    return HOX_OK;
}

extern const hox_strategy hox__strategy_tpe;
const hox_strategy hox__strategy_tpe = {
    .name = "tpe",
    .source =
        "Bergstra, Bardenet, Bengio, Kegl, NIPS 2011, section 4; multivariate: Falkner, Klein, "
        "Hutter, ICML 2018",
    .summary = "draws from the density of the good trials, takes what the bad ones have least of",
    .deviations =
        "constants of Optuna; questions that are not always asked are modelled in groups, each "
        "with "
        "a split over the trials that were asked it; failed and running trials count as bad ones; "
        "when candidates are compared the prior's kernel is as high as the peak of the others; "
        "pruned trials rank behind finished ones, by budget, then score; beyond 100 trials the "
        "bandwidth follows their number in steps of 5 %; cells of logarithmic integers narrower "
        "than "
        "a quarter of the bandwidth are integrated to the second order",
    .setting = settings,
    .settings = sizeof settings / sizeof settings[0],
    .begin = begin,
    .end = end,
    .asked = asked,
    .told = told,
    .suggest = suggest,
    .explain = explain,
};
