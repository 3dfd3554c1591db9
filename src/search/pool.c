#include "search/pool.h"
#include "base/number.h"
#include "search/points.h"
#include "search/special.h"
#include <math.h>
#include <string.h>

enum {
    WALKS = 96, /* candidates from the prior, and as many from changed walks of the best */
    CLIMBS = 8,
    CLIMB_STEPS = 30,
    NEAR = 10, /* candidates around the best */
};

/* ---- candidates ---- */

static double *pool_next(hox__pool *c)
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

static bool add_sobol(hox__pool *c, int count)
{
    const hox__coder *coder = &c->history->coder;
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
static void add_near(hox__pool *c, int64_t row, int count)
{
    for (int i = 0; i < count; i++) {
        double *dense = pool_next(c);
        if (!dense)
            return;
        hox__history_dense(c->history, row, dense, c->dims);
        const double sd = 0.01 * hox__exp(2.302585092994046 * i / (count > 1 ? count - 1 : 1));
        for (int k = 0; k < c->dims; k++) {
            const hox__dim *dim = &c->history->coder.dim[k];
            if (isnan(dense[k]) || dim->nominal)
                continue;
            const double u = dense[k] + sd * hox__draw_normal(c->rng);
            dense[k] = hox__cell_middle(dim, fmin(fmax(u, 0), 1));
        }
    }
}

typedef struct {
    const hox__pool *c;
    double *dense;        /* the walk as a point */
    const double *parent; /* answers to keep, or NULL */
    double change;        /* with which probability one is drawn anew */
    int attempt;
} stroll;

static hox_answer answer_stroll(void *ctx, const hox_choice *choice, int attempt)
{
    stroll *s = ctx;
    hox_rng *rng = s->c->rng;
    const int dim = hox__coder_find(&s->c->history->coder, choice->key);
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
    if (dim >= 0 && s->c->history->coder.dim[dim].nominal == hox__is_nominal(choice))
        s->dense[dim] = hox__coordinate_of(choice, answer);
    return answer;
}

/* Walks through the space: from the prior, or, with a parent, its walk with answers changed. */
static hox_status add_walks(hox__pool *c, int64_t parent, int count, hox_error *err)
{
    double *kept = parent < 0 ? NULL : HOX__NEW_N(c->arena, double, (size_t)c->dims + 1);
    if (kept)
        hox__history_dense(c->history, parent, kept, c->dims);
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
static void add_other_numbers(hox__pool *c, int from)
{
    const int to = c->n;
    for (int i = from; c->n < c->room; i = i + 1 < to ? i + 1 : from) {
        double *dense = pool_next(c);
        memcpy(dense, c->dense[i], (size_t)c->dims * sizeof *dense);
        for (int k = 0; k < c->dims; k++) {
            const hox__dim *dim = &c->history->coder.dim[k];
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

hox_status hox__pool_fill(hox__pool *c, hox_error *err)
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

bool hox__pool_init(hox__pool *c, int points)
{
    c->dims = c->history->coder.dims;
    c->flat = is_flat(&c->history->coder);
    c->room = pool_size(points, c->dims);
    c->dense = HOX__NEW_N(c->arena, double *, (size_t)c->room);
    c->value = HOX__NEW_N(c->arena, double, (size_t)c->room);
    double *all = HOX__NEW_N(c->arena, double, (size_t)c->room *(size_t)c->dims + 1);
    for (int i = 0; all && c->dense && i < c->room; i++)
        c->dense[i] = all + (size_t)i * (size_t)c->dims;
    return c->dense && c->value && all;
}

/* ---- the choice ---- */

/* The best candidate, then others by roulette on exp(value - largest), each once. */
static int draw_starts(hox__pool *c, int *start, int want)
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

static bool is_known(const hox__history *h, const double *dense, double *scratch)
{
    const int dims = h->coder.dims;
    for (int64_t row = 0; row < h->rows; row++) {
        int i = 0;
        hox__history_dense(h, row, scratch, dims);
        while (i < dims && (scratch[i] == dense[i] || (isnan(scratch[i]) && isnan(dense[i])) ||
                            h->coder.dim[i].fixed))
            i++;
        if (i == dims)
            return true;
    }
    return false;
}

/* The best of the points that is new and a sentence. *chosen: one was, and stands on the walk. */
static hox_status choose(hox__pool *c, double *const *dense, double *value, int n, bool *chosen,
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
        if (is_known(c->history, dense[best], scratch))
            continue;
        hox__decoded how;
        const hox_status status =
            hox__decode(&c->history->coder, dense[best], c->dims, c->walk, c->rng, &how, err);
        if (status != HOX_OK)
            return status;
        *chosen = how.attempts == 1;
    }
    return scratch ? HOX_OK : HOX_ERR_MEMORY;
}

/* Fewer as each becomes dearer, so that time grows evenly with the points. */
static int climbs(int points)
{
    const int n = CLIMBS * 150 / (points + 1);
    return n < 3 ? 3 : n > CLIMBS ? CLIMBS : n;
}

/* Climbs from the most promising candidates. Those that no climb started from stay candidates of
 * their own, for where requirements refuse what was climbed to. */
hox_status hox__pool_search(hox__pool *c, hox__improvement *im, hox_error *err)
{
    int start[CLIMBS];
    bool chosen;
    hox__improvement_values(im, (const double *const *)c->dense, c->n, c->value);
    const int n = draw_starts(c, start, climbs(im->p->n));
    double *dense[CLIMBS], value[CLIMBS];
    for (int i = 0; i < n; i++) {
        dense[i] = HOX__NEW_N(c->arena, double, (size_t)c->dims + 1);
        if (!dense[i])
            return hox_fail(err, HOX_ERR_MEMORY, "gp: no memory to climb");
        memcpy(dense[i], c->dense[start[i]], (size_t)c->dims * sizeof **dense);
        value[i] = hox__improvement_climb(im, c->arena, &c->history->coder, dense[i], c->flat,
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
