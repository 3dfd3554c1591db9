#include "search/encode.h"
#include "base/alloc.h"
#include "base/number.h"
#include "space/draw.h"
#include <math.h>
#include <stdio.h>

/* ---- one question ---- */

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

double hox__folded(double x)
{
    x = fabs(x);
    x -= 2 * floor(x / 2);
    return x > 1 ? 2 - x : x;
}

/* How many values a question has; 0: a continuum. */
static double cells_of(const hox_choice *c)
{
    if (c->kind == HOX_ASK_CHOICE)
        return c->n;
    if (c->low >= c->high)
        return 1;
    if (c->kind == HOX_ASK_INT && c->step <= 1)
        return c->high - c->low + 1;
    if (c->step <= 0)
        return 0;
    const double steps =
        c->is_log ? hox__log(c->high / c->low) / hox__log(c->step) : (c->high - c->low) / c->step;
    return floor(steps + 1e-9) + 1;
}

/* Integers on a logarithmic scale without a factor have cells of unequal width. */
static bool has_log_cells(hox_question kind, bool is_log, double step)
{
    return kind == HOX_ASK_INT && is_log && step <= 1;
}

/* Where x lies between the outer borders low - 1/2 and high + 1/2, in the logarithm. */
static double log_position(double x, double low, double high)
{
    const double a = hox__log(low - 0.5);
    return clamp((hox__log(x) - a) / (hox__log(high + 0.5) - a), 0, 1);
}

/* Position of a branch among the values in rising order. */
static int rank_of(const hox_choice *c, int64_t branch)
{
    int rank = 0;
    for (int i = 0; i < c->n; i++)
        rank += c->value[i] < c->value[branch] || (c->value[i] == c->value[branch] && i < branch);
    return rank;
}

bool hox__is_nominal(const hox_choice *c)
{
    return c->kind == HOX_ASK_CHOICE && (c->order == HOX_ORDER_NOMINAL || !c->value);
}

static double number_coordinate(const hox_choice *c, double x)
{
    const double cells = cells_of(c);
    if (cells == 1)
        return 0.5;
    if (has_log_cells(c->kind, c->is_log, c->step))
        return log_position(x, c->low, c->high);
    if (cells == 0)
        return c->is_log ? clamp(hox__log(x / c->low) / hox__log(c->high / c->low), 0, 1)
                         : clamp((x - c->low) / (c->high - c->low), 0, 1);
    const double step = c->step > 0 ? c->step : 1;
    const double k = c->is_log ? hox__log(x / c->low) / hox__log(step) : (x - c->low) / step;
    return (clamp(floor(k + 0.5), 0, cells - 1) + 0.5) / cells;
}

double hox__coordinate_of(const hox_choice *c, hox_answer answer)
{
    if (c->kind == HOX_ASK_REAL)
        return number_coordinate(c, answer.real);
    if (c->kind == HOX_ASK_INT)
        return number_coordinate(c, (double)answer.index);
    if (hox__is_nominal(c))
        return (double)answer.index;
    return (rank_of(c, answer.index) + 0.5) / c->n;
}

/* The prior's quantile is the inverse of the coordinate; its last place keeps clear of the end. */
static hox_answer number_at(const hox_choice *c, double u)
{
    return hox__choice_at(c, clamp(u, 0, 0x1.fffffffffffffp-1));
}

static int64_t branch_near(const hox_choice *c, double at)
{
    int64_t best = 0;
    double least = HUGE_VAL;
    for (int i = 0; i < c->n; i++) {
        const double x = hox__is_nominal(c) ? i : (rank_of(c, i) + 0.5) / c->n;
        if (c->mask[i] && fabs(x - at) < least) {
            least = fabs(x - at);
            best = i;
        }
    }
    return best;
}

hox_answer hox__answer_at(const hox_choice *c, double at)
{
    if (c->kind == HOX_ASK_CHOICE)
        return (hox_answer){.index = branch_near(c, at)};
    return number_at(c, at);
}

bool hox__cells_even(const hox__dim *dim)
{
    return dim->cells == 1 || !has_log_cells(dim->kind, dim->is_log, dim->step);
}

double hox__cell_index(const hox__dim *dim, double at)
{
    if (hox__cells_even(dim))
        return clamp(floor(at * dim->cells), 0, dim->cells - 1);
    const double low = hox__log(dim->low - 0.5), high = hox__log(dim->high + 0.5);
    const double x = floor(hox__exp(low + at * (high - low)) + 0.5);
    return clamp(x, dim->low, dim->high) - dim->low;
}

void hox__cell_ends(const hox__dim *dim, double at, double *a, double *b)
{
    *a = *b = at;
    if (dim->nominal || dim->cells <= 0)
        return;
    const double k = hox__cell_index(dim, at);
    if (hox__cells_even(dim)) {
        *a = k / dim->cells;
        *b = (k + 1) / dim->cells;
    } else {
        *a = log_position(dim->low + k - 0.5, dim->low, dim->high);
        *b = log_position(dim->low + k + 0.5, dim->low, dim->high);
    }
}

double hox__cell_middle(const hox__dim *dim, double at)
{
    if (dim->nominal || dim->cells <= 0)
        return at;
    const double k = hox__cell_index(dim, at);
    return hox__cells_even(dim) ? (k + 0.5) / dim->cells
                                : log_position(dim->low + k, dim->low, dim->high);
}

/* ---- dimensions ---- */

hox_status hox__coder_init(hox__coder *coder, const hox_space *space)
{
    *coder = (hox__coder){.walk = hox_walk_new(space, NULL)};
    return coder->walk ? HOX_OK : HOX_ERR_MEMORY;
}

void hox__coder_deinit(hox__coder *coder)
{
    hox_walk_free(coder->walk);
    for (int i = 0; i < coder->dims; i++)
        hox__free(coder->dim[i].share);
    hox__free(coder->dim);
    hox__numbering_deinit(&coder->number);
    *coder = (hox__coder){0};
}

int hox__coder_find(const hox__coder *coder, uint64_t key)
{
    return (int)hox__numbering_find(&coder->number, key);
}

static hox_status grow(hox__coder *coder)
{
    const int room = coder->room ? 2 * coder->room : 32;
    hox__dim *dim = hox__realloc(coder->dim, (size_t)room, sizeof *dim);
    if (!dim)
        return HOX_ERR_MEMORY;
    coder->dim = dim;
    if (hox__numbering_reserve(&coder->number, room) != HOX_OK)
        return HOX_ERR_MEMORY;
    coder->room = room;
    return HOX_OK;
}

/* share[i]: weight of branch i over their mean; 1 when all weigh the same. */
static hox_status take_shares(hox__dim *dim, const hox_choice *c)
{
    double sum = 0;
    dim->share = hox__alloc((size_t)c->n, sizeof *dim->share);
    if (!dim->share)
        return HOX_ERR_MEMORY;
    for (int i = 0; i < c->n; i++)
        sum += c->weight[i];
    for (int i = 0; i < c->n; i++)
        dim->share[i] = c->weight[i] * c->n / sum;
    return HOX_OK;
}

/* A range that depends on earlier answers may be asked again with other ends: the last ones hold.
 */
static void look(hox__dim *dim, const hox_choice *c)
{
    dim->kind = c->kind;
    dim->cells = cells_of(c);
    if (dim->cells != 1)
        dim->fixed = false;
    if (c->kind != HOX_ASK_CHOICE) {
        dim->low = c->low;
        dim->high = c->high;
        dim->step = c->step;
        dim->is_log = c->is_log;
        dim->said = c->fallback_said ? hox__coordinate_of(c, c->fallback) : (double)NAN;
    }
    for (int i = 0; c->kind == HOX_ASK_CHOICE && !dim->masked && i < c->n; i++)
        dim->masked = !c->mask[i];
}

/* *dim: that of the question, -1 when there is no room for more. */
static hox_status note_question(hox__coder *coder, const hox_choice *c, int *dim)
{
    *dim = hox__coder_find(coder, c->key);
    if (*dim < 0) {
        if (coder->dims == HOX__DIMS_MAX)
            return HOX_OK;
        if (coder->dims == coder->room && grow(coder) != HOX_OK)
            return HOX_ERR_MEMORY;
        hox__dim fresh = {
            .fixed = true, .nominal = hox__is_nominal(c), .cells = c->n, .said = (double)NAN};
        if (hox__is_nominal(c) && take_shares(&fresh, c) != HOX_OK)
            return HOX_ERR_MEMORY;
        *dim = coder->dims++;
        coder->dim[*dim] = fresh;
        hox__numbering_put(&coder->number, c->key, *dim);
    }
    if (coder->dim[*dim].nominal != hox__is_nominal(c) ||
        (hox__is_nominal(c) && coder->dim[*dim].cells != c->n))
        *dim = -1; /* another question under the same path has no place here */
    else
        look(&coder->dim[*dim], c);
    return HOX_OK;
}

void hox__coder_explain(const hox__coder *coder, char *line, size_t n)
{
    if (coder->left_out)
        snprintf(line, n,
                 "knows the first %d questions; later ones, %lld answers so far, are drawn "
                 "from the prior",
                 HOX__DIMS_MAX, (long long)coder->left_out);
    else
        line[0] = 0;
}

/* ---- walks to vectors ---- */

hox_status hox__encode(hox__coder *coder, const hox_asked *asked, hox__coordinate *point, int *n)
{
    *n = 0;
    hox_walk_restart(coder->walk);
    for (int i = 0; i < asked->n; i++) {
        int dim;
        const hox_choice *c = hox_walk_next(coder->walk);
        const hox_answered *a = &asked->answer[i];
        if (!c || c->key != a->key || c->kind != a->kind || !hox_choice_admits(c, a->answer))
            break;
        if (note_question(coder, c, &dim) != HOX_OK)
            return HOX_ERR_MEMORY;
        if (dim >= 0) {
            point[(*n)++] = (hox__coordinate){dim, hox__coordinate_of(c, a->answer)};
            coder->dim[dim].seen++;
        } else {
            coder->left_out++;
        }
        if (hox_walk_answer(coder->walk, a->answer, NULL) != HOX_OK)
            break;
    }
    coder->walks++;
    return HOX_OK;
}

typedef struct {
    hox__coder *coder;
    hox_answerer answer;
    void *ctx;
    hox_status status;
} explorer;

static hox_answer explore_answer(void *ctx, const hox_choice *c, int attempt)
{
    explorer *e = ctx;
    int dim;
    if (note_question(e->coder, c, &dim) != HOX_OK)
        e->status = HOX_ERR_MEMORY;
    return e->answer(e->ctx, c, attempt);
}

hox_status hox__coder_explore(hox__coder *coder, int walks, uint64_t seed)
{
    hox_rng root = hox_rng_seed(seed), rng = hox_rng_child(&root, "explore", 0);
    explorer e = {coder, hox_answer_default, NULL, HOX_OK};
    for (int i = 0; i <= walks && e.status == HOX_OK; i++) {
        hox_walk_restart(coder->walk);
        const hox_status status = hox_walk_derive(coder->walk, explore_answer, &e, NULL, NULL);
        if (status == HOX_ERR_MEMORY)
            return status;
        e.answer = hox_answer_prior;
        e.ctx = &rng;
    }
    return e.status;
}

/* ---- vectors to walks ---- */

typedef struct {
    const hox__coder *coder;
    const double *at; /* [dims] */
    int dims;
    hox_rng *rng;
    int attempt, from_prior;
} decoder;

static hox_answer answer_decoded(void *ctx, const hox_choice *c, int attempt)
{
    decoder *d = ctx;
    if (attempt != d->attempt) {
        d->attempt = attempt;
        d->from_prior = 0;
    }
    const int dim = hox__coder_find(d->coder, c->key);
    bool known = dim >= 0 && dim < d->dims && !isnan(d->at[dim]);
    if (known && hox__is_nominal(c)) {
        const double branch = d->at[dim];
        known = branch >= 0 && branch < c->n && c->mask[(int)branch];
    }
    if (known && attempt > 0)
        known = hox_rng_unit(d->rng) < ldexp(1, -attempt);
    if (known)
        return hox__answer_at(c, d->at[dim]);
    d->from_prior++;
    return hox_choice_draw(c, d->rng);
}

hox_status hox__decode(const hox__coder *coder, const double *at, int dims, hox_walk *walk,
                       hox_rng *rng, hox__decoded *how, hox_error *err)
{
    decoder d = {coder, at, dims, rng, 0, 0};
    int attempts = 0;
    const hox_status status = hox_walk_derive(walk, answer_decoded, &d, &attempts, err);
    if (how)
        *how = (hox__decoded){d.from_prior, attempts};
    return status;
}
