/* Bayesian optimization with a Gaussian process.
 *
 * The first trials are drawn from the prior. Then: a process over the told trials (process.h),
 * whose parameters of largest posterior are found again every n/20 trials; the point of largest log
 * expected improvement (improve.h), sought from scrambled Sobol points, from walks through the
 * space and around the best trial, by L-BFGS on numbers and cell by cell on the rest. With many
 * trials the process sees `points` of them: the best, the latest and an even sample of the others.
 *
 * Snoek, Larochelle, Adams, "Practical Bayesian Optimization of Machine Learning Algorithms", NIPS
 * 2012; Ament et al., arXiv 2310.20708, 2023; priors and starts of Optuna's GPSampler.
 */
#include "base/alloc.h"
#include "search/belief.h"
#include "search/minimize.h"
#include "search/pool.h"
#include "search/sample.h"
#include <stdio.h>
#include <string.h>

enum {
    FIT_POINTS = 160, /* parameters are fitted to so many of the points */
    FIRST_STEPS = 60, /* evaluations of the posterior in the first fit, and in later ones */
    LATER_STEPS = 12,
    RUNNING_MAX = 64, /* running trials whose values are drawn; more are passed over */
    WORLDS = 8,
    PARENTS = 5,
    ARENA_BYTES_MAX = 1 << 30,
};

/* Parameters of a process that live from fit to fit. */
typedef struct {
    double *log_z; /* [dims] of the coder */
    double (*log_shape)[2];
    double log_a, log_noise;
    int dims;
    bool fitted;
} parameters;

typedef struct {
    int startup, points;
    bool per_second, warp;
    hox__belief belief;
    hox__history history;
    char line[128]; /* what explain says, or "" */
    parameters score, seconds;
    int64_t next_fit; /* told trials at which the parameters are found again */
} gp;

static const hox_setting settings[] = {
    {"startup", "int 2..100000", "10", "Optuna's n_startup_trials",
     "trials told before the model answers"},
    {"points", "int 20..2000", "500", "Hox, bench/suggest: half a second at 1000",
     "most trials the process sees; of more, the best, the latest and a sample"},
    {"per_second", "yes | no", "no", "Snoek et al. 2012, section 3.2",
     "improvement per second of training instead of improvement"},
    {"warp", "yes | no", "no", "Snoek et al. 2014; HEBO, arXiv 2012.03826",
     "learns the scales of numbers instead of taking those declared"},
    HOX__BELIEF_SETTING,
};

/* ---- parameters ---- */

static hox_status grow(parameters *p, int dims)
{
    if (dims <= p->dims)
        return HOX_OK;
    double *log_z = hox__realloc(p->log_z, (size_t)dims, sizeof *log_z);
    if (!log_z)
        return HOX_ERR_MEMORY;
    p->log_z = log_z;
    double(*log_shape)[2] = hox__realloc(p->log_shape, (size_t)dims, sizeof *log_shape);
    if (!log_shape)
        return HOX_ERR_MEMORY;
    p->log_shape = log_shape;
    for (int i = p->dims; i < dims; i++)
        log_z[i] = log_shape[i][0] = log_shape[i][1] = 0;
    p->dims = dims;
    return HOX_OK;
}

static void give(const parameters *from, hox__process *to)
{
    for (int j = 0; j < to->inputs; j++) {
        const int dim = to->input[j].dim;
        to->log_z[j] = dim < from->dims ? from->log_z[dim] : 0;
        for (int k = 0; k < 2; k++)
            to->log_shape[j][k] = dim < from->dims ? from->log_shape[dim][k] : 0;
    }
    if (from->fitted) {
        to->log_a = from->log_a;
        to->log_noise = from->log_noise;
    }
}

static void keep(parameters *to, const hox__process *from)
{
    for (int j = 0; j < from->inputs; j++) {
        const int dim = from->input[j].dim;
        to->log_z[dim] = from->log_z[j];
        for (int k = 0; k < 2; k++)
            to->log_shape[dim][k] = from->log_shape[j][k];
    }
    to->log_a = from->log_a;
    to->log_noise = from->log_noise;
    to->fitted = true;
}

/* A process over the sample, with room for `more` points. */
static hox__process *process_of(hox__arena *arena, const gp *g, const hox__sample *s,
                                const parameters *with, int more)
{
    const int dims = g->history.coder.dims;
    hox__process *p = hox__process_new(arena, &g->history.coder, s->n + more, g->warp);
    double *dense = HOX__NEW_N(arena, double, (size_t)dims + 1);
    if (!p || !dense)
        return NULL;
    for (int i = 0; i < s->n; i++) {
        hox__history_dense(&g->history, s->row[i], dense, dims);
        hox__process_add(p, dense);
    }
    give(with, p);
    return p;
}

static hox__sample *sample_of(hox__arena *arena, const gp *g, int most, bool seconds)
{
    return seconds ? hox__sample_seconds(arena, &g->history, most)
                   : hox__sample_scores(arena, &g->history, most);
}

static hox_status fit(gp *g, parameters *of, bool seconds)
{
    hox_status status = grow(of, g->history.coder.dims);
    hox__arena *arena = hox__arena_new(ARENA_BYTES_MAX);
    hox__sample *s = arena ? sample_of(arena, g, FIT_POINTS, seconds) : NULL;
    hox__process *p = s ? process_of(arena, g, s, of, 0) : NULL;
    if (!p)
        status = HOX_ERR_MEMORY;
    if (status == HOX_OK && s->n >= 2)
        status = hox__process_fit(p, arena, s->y, of->fitted ? LATER_STEPS : FIRST_STEPS);
    if (status == HOX_OK && s->n >= 2)
        keep(of, p);
    hox__arena_free(arena);
    return status;
}

/* ---- events ---- */

static bool models(const gp *g)
{
    return g->history.scored + g->history.failed >= g->startup && g->history.scored >= 2;
}

/* From `points` trials on a suggestion sees a part of them, and that is said. */
static void say_part(gp *g, int64_t n)
{
    if (n > g->points && !g->line[0])
        snprintf(g->line, sizeof g->line,
                 "sees %d of its trials: the best, the latest and an even sample of the others",
                 g->points);
}

static hox_status asked(void *state, uint64_t trial, const hox_asked *asked)
{
    gp *g = state;
    const hox_status status = hox__history_asked(&g->history, trial, asked, NULL);
    hox__belief_asked(&g->belief, trial);
    hox__coder_explain(&g->history.coder, g->line, sizeof g->line);
    say_part(g, g->history.scored + g->history.failed);
    return status;
}

static hox_status told(void *state, uint64_t trial, const hox_outcome *outcome)
{
    gp *g = state;
    int64_t row;
    hox__belief_told(&g->belief, trial, outcome);
    hox__history_told(&g->history, trial, outcome, &row);
    if (row < 0)
        hox__history_retold(&g->history, trial, outcome, &row);
    const int64_t n = g->history.scored + g->history.failed;
    if (row < 0 || !models(g) || n < g->next_fit)
        return HOX_OK;
    hox_status status = fit(g, &g->score, false);
    if (status == HOX_OK && g->per_second)
        status = fit(g, &g->seconds, true);
    if (status == HOX_OK)
        g->next_fit = n + (n < 20 ? 1 : n / 20);
    return status;
}

/* Rows of the sample whose posterior mean is least. */
static int best_rows(const hox__improvement *im, const hox__sample *s, int64_t *best, int want)
{
    int n = 0;
    for (; n < want && n < s->n; n++) {
        int least = -1;
        for (int i = 0; i < s->n; i++) {
            bool taken = false;
            for (int k = 0; k < n; k++)
                taken = taken || best[k] == s->row[i];
            if (!taken && (least < 0 || im->mean[i] < im->mean[least]))
                least = i;
        }
        best[n] = s->row[least];
    }
    return n;
}

/* Running trials become points behind those of the sample. */
static int add_running(const gp *g, hox__arena *arena, hox__process *p)
{
    const int dims = g->history.coder.dims, before = p->n;
    double *dense = HOX__NEW_N(arena, double, (size_t)dims + 1);
    for (int64_t row = 0; dense && row < g->history.rows && p->n < p->room; row++)
        if (g->history.row[row].state == HOX_TRIAL_RUNNING) {
            hox__history_dense(&g->history, row, dense, dims);
            hox__process_add(p, dense);
        }
    if (p->n > before && !hox__process_factor(p, before)) {
        p->n = before;
        if (!hox__process_factor(p, 0))
            return -1;
    }
    return p->n - before;
}

static bool add_seconds(const gp *g, hox__arena *arena, hox__improvement *im)
{
    hox__sample *s = sample_of(arena, g, g->points, true);
    if (!s)
        return false;
    if (s->n < 2)
        return true;
    hox__process *p = process_of(arena, g, s, &g->seconds, 0);
    return p &&
           (!hox__process_factor(p, 0) || hox__improvement_per_second(im, arena, p, s->y, s->sd));
}

static hox_status suggest_from(const gp *g, hox__arena *arena, hox_walk *walk, hox_rng *rng,
                               hox_error *err)
{
    const int running = g->history.pending < RUNNING_MAX ? (int)g->history.pending : RUNNING_MAX;
    hox__sample *s = sample_of(arena, g, g->points, false);
    hox__process *p = s ? process_of(arena, g, s, &g->score, running) : NULL;
    if (!p)
        return hox_fail(err, HOX_ERR_MEMORY, "gp: no memory for %d points", g->points);
    int behind = -1;
    if (hox__process_factor(p, 0))
        behind = add_running(g, arena, p);
    if (behind < 0) /* no jitter helps: hpo.md 3.4 */
        return hox_walk_derive(walk, hox_answer_prior, rng, NULL, err);
    hox__improvement *im = hox__improvement_new(arena, p, s->n, s->y, behind ? WORLDS : 1, rng);
    int64_t best[PARENTS];
    hox__pool pool = {
        .history = &g->history, .arena = arena, .rng = rng, .walk = walk, .best = best};
    if (!im || (g->per_second && !add_seconds(g, arena, im)) || !hox__pool_init(&pool, p->n))
        return hox_fail(err, HOX_ERR_MEMORY, "gp: no memory for candidates");
    im->believed = g->history.coder.dim;
    im->power = hox__belief_power(&g->belief, g->history.scored + g->history.failed);
    pool.n_best = best_rows(im, s, best, PARENTS);
    const hox_status status = hox__pool_fill(&pool, err);
    return status == HOX_OK ? hox__pool_search(&pool, im, err) : status;
}

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    const gp *g = state;
    (void)trial;
    if (!models(g) || g->history.coder.dims == 0)
        return hox__belief_turn(&g->belief)
                   ? hox__belief_derive(walk, rng, err)
                   : hox_walk_derive(walk, hox_answer_prior, rng, NULL, err);
    hox__arena *arena = hox__arena_new(ARENA_BYTES_MAX);
    if (!arena)
        return hox_fail(err, HOX_ERR_MEMORY, "gp: no memory");
    const hox_status status = suggest_from(g, arena, walk, rng, err);
    hox__arena_free(arena);
    return status;
}

static const char *explain(const void *state)
{
    const gp *g = state;
    return g->line[0] ? g->line : NULL;
}

/* ---- beginning and end ---- */

static void end(void *state)
{
    gp *g = state;
    if (!g)
        return;
    hox__history_deinit(&g->history);
    hox__free(g->score.log_z);
    hox__free(g->score.log_shape);
    hox__free(g->seconds.log_z);
    hox__free(g->seconds.log_shape);
    hox__free(g);
}

static hox_status begin(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err)
{
    (void)seed;
    hox_status status = hox__minimize_find(err);
    if (status != HOX_OK)
        return status;
    gp *g = hox__alloc(1, sizeof *g);
    if (!g || hox__history_init(&g->history, space) != HOX_OK) {
        end(g);
        return hox_fail(err, HOX_ERR_MEMORY, "gp: no memory");
    }
    g->startup = (int)value[0].number;
    g->points = (int)value[1].number;
    g->per_second = strcmp(value[2].word, "yes") == 0;
    g->warp = strcmp(value[3].word, "yes") == 0;
    status = hox__belief_begin(&g->belief, space, value[4].word, err);
    if (status != HOX_OK) {
        end(g);
        return status;
    }
    *state = g;
    return HOX_OK;
}

extern const hox_strategy hox__strategy_gp;
const hox_strategy hox__strategy_gp = {
    .name = "gp",
    .source = "Snoek, Larochelle, Adams, NIPS 2012; log EI: Ament et al., arXiv 2310.20708",
    .summary = "a Gaussian process says where a trial is most likely to improve",
    .deviations =
        "parameters of largest posterior instead of slice sampling, priors of Optuna's GPSampler; "
        "the incumbent is the least posterior mean; questions that are not always asked have a "
        "kernel "
        "of their own; running trials have 8 drawn values each; of more than `points` trials it "
        "sees "
        "the best, the latest and a sample; failed trials are as bad as the worst, pruned ones no "
        "better than the median",
    .setting = settings,
    .settings = sizeof settings / sizeof settings[0],
    .begin = begin,
    .end = end,
    .asked = asked,
    .told = told,
    .suggest = suggest,
    .explain = explain,
};
