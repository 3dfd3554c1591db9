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
#include "base/number.h"
#include "search/improve.h"
#include "search/points.h"
#include "search/special.h"
#include "space/draw.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIT_POINTS = 160, /* parameters are fitted to so many of the points */
    FIRST_STEPS = 60, /* evaluations of the posterior in the first fit, and in later ones */
    LATER_STEPS = 12,
    RUNNING_MAX = 64, /* running trials whose values are drawn; more are passed over */
    WORLDS = 8,
    WALKS = 96, /* candidates from the prior, and as many from changed walks of the best */
    CLIMBS = 8,
    CLIMB_STEPS = 30,
    NEAR = 10, /* candidates around the best */
    PARENTS = 5,
    ARENA_BYTES_MAX = 1 << 30,
};

/* Parameters of a process that live from fit to fit. */
typedef struct {
    double *log_z; /* [dims] of the coder */
    double log_a, log_noise;
    int dims;
    bool fitted;
} parameters;

typedef struct {
    int startup, points;
    bool per_second;
    hox__history history;
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
};

/* ---- what the process sees ---- */

typedef struct {
    int64_t *row; /* [n] of the history */
    double *y;    /* [n] standardized, smaller is better */
    double mean, sd;
    int n;
} sample;

static bool counts(const hox__row *r)
{
    return r->state == HOX_TRIAL_DONE || r->state == HOX_TRIAL_PRUNED ||
           r->state == HOX_TRIAL_FAILED;
}

typedef struct {
    const hox__history *h;
} order;

static int by_rank(const void *a, const void *b, void *ctx)
{
    const hox__row *row = ((const order *)ctx)->h->row;
    const hox__row *x = &row[*(const int64_t *)a], *y = &row[*(const int64_t *)b];
    return hox__row_better(y, x) - hox__row_better(x, y);
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Of n rows, the best first: two fifths are the best, one fifth the latest, the rest an even sample
 * of what is between. Sorted by number. */
static void thin(const hox__history *h, int64_t *row, int n, int most, bool *taken)
{
    int kept = 0, latest = most / 5;
    int64_t last = h->rows;
    for (int i = 0; i < 2 * most / 5; i++)
        taken[i] = ++kept > 0;
    for (; latest > 0; latest--) { /* the largest number below `last` that is not taken */
        int found = -1;
        for (int i = 0; i < n; i++)
            if (!taken[i] && row[i] < last && (found < 0 || row[i] > row[found]))
                found = i;
        if (found < 0)
            break;
        last = row[found];
        taken[found] = ++kept > 0;
    }
    const int left = n - kept, want = most - kept;
    for (int i = 0, seen = 0; i < n; i++)
        if (!taken[i]) {
            taken[i] = (int64_t)(seen + 1) * want / left > (int64_t)seen * want / left;
            seen++;
        }
    int m = 0;
    for (int i = 0; i < n; i++)
        if (taken[i])
            row[m++] = row[i];
    qsort(row, (size_t)m, sizeof *row, by_number);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, by_value);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

/* Values to be made small. Losses that left all bounds are cut off at median + 5 (median - best);
 * what failed or broke a constraint is as bad as the worst; what was pruned is no better than the
 * median, for it was in the worse part. */
static void values_of(const hox__history *h, sample *s, double *sorted)
{
    int n = 0;
    for (int i = 0; i < s->n; i++) {
        const hox__row *r = &h->row[s->row[i]];
        if (hox__row_is_scored(r) && r->violation == 0)
            sorted[n++] = -r->score;
    }
    const double middle = n ? median(sorted, n) : 0, best = n ? sorted[0] : 0;
    const double cut = middle > best ? middle + 5 * (middle - best) : HUGE_VAL;
    const double worst = n ? fmin(sorted[n - 1], cut) : 0;
    double sum = 0, square = 0;
    for (int i = 0; i < s->n; i++) {
        const hox__row *r = &h->row[s->row[i]];
        const bool good = hox__row_is_scored(r) && r->violation == 0;
        double y = good ? fmin(-r->score, cut) : worst;
        if (good && r->state == HOX_TRIAL_PRUNED)
            y = fmax(y, middle);
        s->y[i] = y;
        sum += y;
    }
    s->mean = sum / s->n;
    for (int i = 0; i < s->n; i++)
        square += (s->y[i] - s->mean) * (s->y[i] - s->mean);
    s->sd = square > 0 ? sqrt(square / s->n) : 1;
    for (int i = 0; i < s->n; i++)
        s->y[i] = (s->y[i] - s->mean) / s->sd;
}

/* At most `most` told trials; seconds: those of known duration, with the logarithm of it. */
static sample *sample_new(hox__arena *arena, const hox__history *h, int most, bool seconds)
{
    sample *s = HOX__NEW(arena, sample);
    const size_t rows = (size_t)h->rows + 1;
    int64_t *row = HOX__NEW_N(arena, int64_t, rows);
    bool *taken = HOX__NEW_N(arena, bool, rows);
    double *sorted = HOX__NEW_N(arena, double, rows);
    if (!s || !row || !taken || !sorted)
        return NULL;
    s->row = row;
    for (int64_t i = 0; i < h->rows; i++)
        if (seconds ? h->row[i].seconds > 0 && counts(&h->row[i]) : counts(&h->row[i]))
            row[s->n++] = i;
    if (s->n > most) {
        order by = {h};
        qsort_r(row, (size_t)s->n, sizeof *row, by_rank, &by);
        thin(h, row, s->n, most, taken);
        s->n = most;
    }
    s->y = HOX__NEW_N(arena, double, (size_t)s->n + 1);
    if (!s->y)
        return NULL;
    if (s->n && !seconds)
        values_of(h, s, sorted);
    return s;
}

/* ---- parameters ---- */

static hox_status grow(parameters *p, int dims)
{
    if (dims <= p->dims)
        return HOX_OK;
    double *log_z = hox__realloc(p->log_z, (size_t)dims, sizeof *log_z);
    if (!log_z)
        return HOX_ERR_MEMORY;
    for (int i = p->dims; i < dims; i++)
        log_z[i] = 0;
    p->log_z = log_z;
    p->dims = dims;
    return HOX_OK;
}

static void give(const parameters *from, hox__process *to)
{
    for (int j = 0; j < to->inputs; j++)
        to->log_z[j] = to->input[j].dim < from->dims ? from->log_z[to->input[j].dim] : 0;
    if (from->fitted) {
        to->log_a = from->log_a;
        to->log_noise = from->log_noise;
    }
}

static void keep(parameters *to, const hox__process *from)
{
    for (int j = 0; j < from->inputs; j++)
        to->log_z[from->input[j].dim] = from->log_z[j];
    to->log_a = from->log_a;
    to->log_noise = from->log_noise;
    to->fitted = true;
}

/* A process over the sample, with room for `more` points. */
static hox__process *process_of(hox__arena *arena, const gp *g, const sample *s,
                                const parameters *with, int more)
{
    const int dims = g->history.coder.dims;
    hox__process *p = hox__process_new(arena, &g->history.coder, s->n + more);
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

/* The logarithms of the seconds, standardized. */
static void values_of_seconds(const hox__history *h, sample *s)
{
    double sum = 0, square = 0;
    for (int i = 0; i < s->n; i++)
        sum += s->y[i] = hox__log(h->row[s->row[i]].seconds);
    s->mean = s->n ? sum / s->n : 0;
    for (int i = 0; i < s->n; i++)
        square += (s->y[i] - s->mean) * (s->y[i] - s->mean);
    s->sd = square > 0 ? sqrt(square / s->n) : 1;
    for (int i = 0; i < s->n; i++)
        s->y[i] = (s->y[i] - s->mean) / s->sd;
}

static hox_status fit(gp *g, parameters *of, bool seconds)
{
    hox_status status = grow(of, g->history.coder.dims);
    hox__arena *arena = hox__arena_new(ARENA_BYTES_MAX);
    sample *s = arena ? sample_new(arena, &g->history, FIT_POINTS, seconds) : NULL;
    if (s && seconds)
        values_of_seconds(&g->history, s);
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

static hox_status asked(void *state, uint64_t trial, const hox_asked *asked)
{
    gp *g = state;
    return hox__history_asked(&g->history, trial, asked, NULL);
}

static hox_status told(void *state, uint64_t trial, const hox_outcome *outcome)
{
    gp *g = state;
    int64_t row;
    hox__history_told(&g->history, trial, outcome, &row);
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

/* ---- candidates ---- */

typedef struct {
    const gp *g;
    hox__arena *arena;
    hox_rng *rng;
    hox_walk *walk;
    int dims;
    bool flat;      /* every question is always asked, and all its branches are feasible */
    double **dense; /* [n] */
    double *value;  /* [n] */
    int n, room;
    const int64_t *best; /* [n_best] rows of least posterior mean */
    int n_best;
} pool;

static double *pool_next(pool *c)
{
    if (c->n == c->room)
        return NULL;
    return c->dense[c->n++];
}

static bool is_flat(const hox__coder *coder)
{
    for (int i = 0; i < coder->dims; i++)
        if (coder->dim[i].masked || coder->dim[i].seen < coder->walks)
            return false;
    return coder->left_out == 0;
}

/* Coordinate at quantile u of the prior. */
static double coordinate_at(const hox__dim *dim, double u)
{
    if (!dim->nominal)
        return hox__cell_middle(dim, u);
    double left = u * dim->cells;
    int branch = 0;
    while (branch < dim->cells - 1 && (left -= dim->share[branch]) >= 0)
        branch++;
    return branch;
}

static bool add_sobol(pool *c, int count)
{
    const hox__coder *coder = &c->g->history.coder;
    const int known = c->dims < HOX__POINTS_DIMENSIONS_MAX ? c->dims : HOX__POINTS_DIMENSIONS_MAX;
    hox__points points;
    const hox_rng scramble = hox_rng_child(c->rng, "sobol", 0);
    if (hox__points_init(&points, known, &scramble) != HOX_OK)
        return false;
    for (int i = 0; i < count; i++) {
        double *dense = pool_next(c);
        for (int k = 0; dense && k < c->dims; k++) {
            const double u =
                k < known ? hox__points_at(&points, (uint64_t)i, k) : hox_rng_unit(c->rng);
            dense[k] = coordinate_at(&coder->dim[k], u);
        }
    }
    hox__points_deinit(&points);
    return true;
}

/* The numbers of a point moved a little: standard deviations from 0.01 to 0.1. */
static void add_near(pool *c, int64_t row, int count)
{
    for (int i = 0; i < count; i++) {
        double *dense = pool_next(c);
        if (!dense)
            return;
        hox__history_dense(&c->g->history, row, dense, c->dims);
        const double sd = 0.01 * hox__exp(2.302585092994046 * i / (count > 1 ? count - 1 : 1));
        for (int k = 0; k < c->dims; k++) {
            const hox__dim *dim = &c->g->history.coder.dim[k];
            if (isnan(dense[k]) || dim->nominal)
                continue;
            const double u = dense[k] + sd * hox__draw_normal(c->rng);
            dense[k] = hox__cell_middle(dim, fmin(fmax(u, 0), 1));
        }
    }
}

typedef struct {
    const pool *c;
    double *dense;        /* the walk as a point */
    const double *parent; /* answers to keep, or NULL */
    double change;        /* with which probability one is drawn anew */
    int attempt;
} stroll;

static hox_answer answer_stroll(void *ctx, const hox_choice *choice, int attempt)
{
    stroll *s = ctx;
    hox_rng *rng = s->c->rng;
    const int dim = hox__coder_find(&s->c->g->history.coder, choice->path);
    if (attempt != s->attempt) { /* from the beginning: nothing is answered yet */
        s->attempt = attempt;
        for (int i = 0; i < s->c->dims; i++)
            s->dense[i] = (double)NAN;
    }
    bool kept = s->parent && dim >= 0 && !isnan(s->parent[dim]) && hox_rng_unit(rng) >= s->change;
    hox_answer answer = {0};
    if (kept) {
        answer = hox__answer_at(choice, s->parent[dim]);
        kept = !hox__is_nominal(choice) ||
               hox_choice_admits(choice, (hox_answer){.index = (int64_t)s->parent[dim]});
    }
    if (!kept)
        answer = hox_choice_draw(choice, rng);
    if (dim >= 0 && s->c->g->history.coder.dim[dim].nominal == hox__is_nominal(choice))
        s->dense[dim] = hox__coordinate_of(choice, answer);
    return answer;
}

/* Walks through the space: from the prior, or, with a parent, its walk with answers changed. */
static hox_status add_walks(pool *c, int64_t parent, int count, hox_error *err)
{
    double *kept = parent < 0 ? NULL : HOX__NEW_N(c->arena, double, (size_t)c->dims + 1);
    if (kept)
        hox__history_dense(&c->g->history, parent, kept, c->dims);
    for (int i = 0; i < count; i++) {
        double *dense = pool_next(c);
        if (!dense)
            return HOX_OK;
        stroll s = {c, dense, kept, 0.05 + 0.45 * i / count, -1};
        const hox_status status = hox_walk_derive(c->walk, answer_stroll, &s, NULL, err);
        if (status != HOX_OK) {
            c->n--;
            return status;
        }
    }
    return HOX_OK;
}

/* Every walk again with its numbers drawn anew: cheaper than another walk. */
static void add_other_numbers(pool *c, int from)
{
    const int to = c->n;
    for (int i = from; c->n < c->room; i = i + 1 < to ? i + 1 : from) {
        double *dense = pool_next(c);
        memcpy(dense, c->dense[i], (size_t)c->dims * sizeof *dense);
        for (int k = 0; k < c->dims; k++) {
            const hox__dim *dim = &c->g->history.coder.dim[k];
            if (!isnan(dense[k]) && !dim->nominal)
                dense[k] = hox__cell_middle(dim, hox_rng_unit(c->rng));
        }
    }
}

/* How many candidates: n^2/2 products each, about 1e8 in all. */
static int pool_size(int n, int dims)
{
    double size = 2e8 / ((double)n * n + 1);
    size = fmin(fmax(size, 256), 2048);
    return (int)fmin(size, 4e6 / (dims + 1));
}

static hox_status pool_fill(pool *c, hox_error *err)
{
    hox_status status = HOX_OK;
    const int near = c->room / 4 < NEAR ? c->room / 4 : NEAR;
    add_near(c, c->best[0], near);
    const int from = c->n;
    if (c->flat)
        return add_sobol(c, c->room - c->n)
                   ? HOX_OK
                   : hox_fail(err, HOX_ERR_MEMORY, "gp: no memory for candidates");
    for (int i = 0; i < c->n_best && status == HOX_OK; i++)
        status = add_walks(c, c->best[i], WALKS / c->n_best, err);
    if (status == HOX_OK)
        status = add_walks(c, -1, WALKS, err);
    if (status == HOX_OK)
        add_other_numbers(c, from);
    return status;
}

static bool pool_init(pool *c, int size)
{
    c->dense = HOX__NEW_N(c->arena, double *, (size_t)size);
    c->value = HOX__NEW_N(c->arena, double, (size_t)size);
    double *all = HOX__NEW_N(c->arena, double, (size_t)size *(size_t)c->dims + 1);
    for (int i = 0; all && c->dense && i < size; i++)
        c->dense[i] = all + (size_t)i * (size_t)c->dims;
    c->room = size;
    return c->dense && c->value && all;
}

/* ---- the choice ---- */

/* The best candidate, then others by roulette on exp(value - largest), each once. */
static int draw_starts(pool *c, int *start, int want)
{
    int n = 0, best = 0;
    for (int i = 1; i < c->n; i++)
        if (c->value[i] > c->value[best])
            best = i;
    start[n++] = best;
    double *weight = HOX__NEW_N(c->arena, double, (size_t)c->n);
    double sum = 0;
    for (int i = 0; weight && i < c->n; i++)
        sum += weight[i] = i == best ? 0 : hox__exp(c->value[i] - c->value[best]);
    while (weight && n < want && sum > 1e-300) {
        double left = hox_rng_unit(c->rng) * sum;
        int i = 0;
        while (i < c->n - 1 && (left -= weight[i]) >= 0)
            i++;
        if (weight[i] == 0)
            break;
        sum -= weight[i];
        weight[i] = 0;
        start[n++] = i;
    }
    return n;
}

static bool is_known(const gp *g, const double *dense, double *scratch)
{
    const int dims = g->history.coder.dims;
    for (int64_t row = 0; row < g->history.rows; row++) {
        int i = 0;
        hox__history_dense(&g->history, row, scratch, dims);
        while (i < dims && (scratch[i] == dense[i] || (isnan(scratch[i]) && isnan(dense[i])) ||
                            g->history.coder.dim[i].fixed))
            i++;
        if (i == dims)
            return true;
    }
    return false;
}

/* The best of the points that is new and a sentence. *chosen: one was, and stands on the walk. */
static hox_status choose(pool *c, double *const *dense, double *value, int n, bool *chosen,
                         hox_error *err)
{
    double *scratch = HOX__NEW_N(c->arena, double, (size_t)c->dims + 1);
    *chosen = false;
    for (int left = n; left > 0 && scratch && !*chosen; left--) {
        int best = 0;
        for (int i = 1; i < n; i++)
            if (value[i] > value[best])
                best = i;
        if (value[best] == -HUGE_VAL)
            break;
        value[best] = -HUGE_VAL;
        if (is_known(c->g, dense[best], scratch))
            continue;
        hox__decoded how;
        const hox_status status =
            hox__decode(&c->g->history.coder, dense[best], c->dims, c->walk, c->rng, &how, err);
        if (status != HOX_OK)
            return status;
        *chosen = how.attempts == 1;
    }
    return scratch ? HOX_OK : HOX_ERR_MEMORY;
}

/* Rows of the sample whose posterior mean is least. */
static int best_rows(const hox__improvement *im, const sample *s, int64_t *best, int want)
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

/* Climbs from the most promising candidates. Those that no climb started from stay candidates of
 * their own, for where requirements refuse what was climbed to. */
static hox_status search(pool *c, hox__improvement *im, hox_error *err)
{
    int start[CLIMBS];
    bool chosen;
    const int n_points = im->p->n;
    hox__improvement_values(im, (const double *const *)c->dense, c->n, c->value);
    const int want = n_points > 300 ? CLIMBS / 2 : CLIMBS;
    const int n = draw_starts(c, start, want);
    double *dense[CLIMBS], value[CLIMBS];
    for (int i = 0; i < n; i++) {
        dense[i] = HOX__NEW_N(c->arena, double, (size_t)c->dims + 1);
        if (!dense[i])
            return hox_fail(err, HOX_ERR_MEMORY, "gp: no memory to climb");
        memcpy(dense[i], c->dense[start[i]], (size_t)c->dims * sizeof **dense);
        value[i] = hox__improvement_climb(im, c->arena, &c->g->history.coder, dense[i], c->flat,
                                          CLIMB_STEPS);
    }
    hox_status status = choose(c, dense, value, n, &chosen, err);
    if (status != HOX_OK || chosen)
        return status;
    if (c->flat) { /* requirements: walks lead to sentences */
        c->n = 0;
        status = add_walks(c, -1, c->room < WALKS ? c->room : WALKS, err);
        hox__improvement_values(im, (const double *const *)c->dense, c->n, c->value);
    }
    if (status == HOX_OK)
        status = choose(c, c->dense, c->value, c->n < WALKS ? c->n : WALKS, &chosen, err);
    if (status == HOX_OK && !chosen)
        status = hox_walk_derive(c->walk, hox_answer_prior, c->rng, NULL, err);
    return status;
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
    sample *s = sample_new(arena, &g->history, g->points, true);
    if (!s)
        return false;
    if (s->n < 2)
        return true;
    values_of_seconds(&g->history, s);
    hox__process *p = process_of(arena, g, s, &g->seconds, 0);
    return p &&
           (!hox__process_factor(p, 0) || hox__improvement_per_second(im, arena, p, s->y, s->sd));
}

static hox_status suggest_from(const gp *g, hox__arena *arena, hox_walk *walk, hox_rng *rng,
                               hox_error *err)
{
    const int running = g->history.pending < RUNNING_MAX ? (int)g->history.pending : RUNNING_MAX;
    sample *s = sample_new(arena, &g->history, g->points, false);
    hox__process *p = s ? process_of(arena, g, s, &g->score, running) : NULL;
    if (!p)
        return hox_fail(err, HOX_ERR_MEMORY, "gp: no memory for %d points", g->points);
    int behind = -1;
    if (hox__process_factor(p, 0))
        behind = add_running(g, arena, p);
    if (behind < 0) /* no jitter helps: hpo.md 3.4 */
        return hox_walk_derive(walk, hox_answer_prior, rng, NULL, err);
    hox__improvement *im = hox__improvement_new(arena, p, s->n, s->y, behind ? WORLDS : 1, rng);
    const int dims = g->history.coder.dims;
    int64_t best[PARENTS];
    pool c = {.g = g,
              .arena = arena,
              .rng = rng,
              .walk = walk,
              .dims = dims,
              .flat = is_flat(&g->history.coder),
              .best = best};
    if (!im || (g->per_second && !add_seconds(g, arena, im)) ||
        !pool_init(&c, pool_size(p->n, dims)))
        return hox_fail(err, HOX_ERR_MEMORY, "gp: no memory for candidates");
    c.n_best = best_rows(im, s, best, PARENTS);
    const hox_status status = pool_fill(&c, err);
    return status == HOX_OK ? search(&c, im, err) : status;
}

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    const gp *g = state;
    (void)trial;
    if (!models(g) || g->history.coder.dims == 0)
        return hox_walk_derive(walk, hox_answer_prior, rng, NULL, err);
    hox__arena *arena = hox__arena_new(ARENA_BYTES_MAX);
    if (!arena)
        return hox_fail(err, HOX_ERR_MEMORY, "gp: no memory");
    const hox_status status = suggest_from(g, arena, walk, rng, err);
    hox__arena_free(arena);
    return status;
}

/* ---- beginning and end ---- */

static void end(void *state)
{
    gp *g = state;
    if (!g)
        return;
    hox__history_deinit(&g->history);
    hox__free(g->score.log_z);
    hox__free(g->seconds.log_z);
    hox__free(g);
}

static hox_status begin(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err)
{
    (void)seed;
    gp *g = hox__alloc(1, sizeof *g);
    if (!g || hox__history_init(&g->history, space) != HOX_OK) {
        end(g);
        return hox_fail(err, HOX_ERR_MEMORY, "gp: no memory");
    }
    g->startup = (int)value[0].number;
    g->points = (int)value[1].number;
    g->per_second = strcmp(value[2].word, "yes") == 0;
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
};
