/* CMA-ES over walks: numbers as coordinates of a normal distribution, words by their frequencies.
 *
 * Numbers and ordered choices are coordinates in [0, 1] (encode.h) of the distribution of cma.h.
 * Whole numbers and grids keep a margin: in each coordinate a share of the draws leaves the present
 * value, so that none is stuck. Choices of words have frequencies that move towards the weighted
 * best, with a margin too. A generation ends when lambda results are in, whichever trials they are
 * of; workers beyond lambda draw from the same distribution. When scores stand still or axes
 * degenerate, it begins elsewhere with twice the lambda: IPOP, Auger and Hansen, CEC 2005.
 */
#include "base/alloc.h"
#include "search/cma.h"
#include "search/history.h"
#include "search/special.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WALKS = 64,         /* that look for questions */
    RESAMPLED_MAX = 100 /* draws beyond the bounds before they are folded back: hpo.md 3.6 */
};

/* A trial's place in the distribution's coordinates. */
typedef struct {
    int64_t row;
    int restart; /* of which start it is */
    double *x;   /* [n] */
} sample;

/* Frequencies of a choice of words. */
typedef struct {
    int dim, branches;
    double *p; /* [branches] */
} words;

typedef struct {
    hox__history history;
    int dims;    /* questions known at the beginning; later ones are answered from the prior */
    int *number; /* [n] dimensions of the space that are coordinates here */
    int n;
    words *word; /* [n_words] */
    int n_words;
    hox__cma cma; /* of n coordinates, of one that means nothing when n is 0 */
    hox_rng rng;  /* the method's own stream */
    double sigma;
    int lambda, restarts_max, restarts;
    sample *pending; /* asked, not told */
    int n_pending, room;
    sample *told; /* [cma.lambda] of this generation */
    int n_told;
    double *best; /* [n_best] of the last generations, a ring */
    int n_best;
} cmaes;

static const hox_setting settings[] = {
    {"population", "int 0..10000", "0", "Hansen, arXiv 1604.00772, table 1",
     "trials of a generation; 0: 4 + floor(3 ln d)"},
    {"sigma", "real 0.001..1", "0.25", "hpo.md 3.6: 0.2 to 0.3 of the range",
     "standard deviation at the beginning, in parts of each range"},
    {"restarts", "int 0..100", "9", "Auger and Hansen, CEC 2005",
     "how often the population doubles when the search stands still"},
};

/* ---- beginning ---- */

static void sample_drop(sample *s)
{
    hox__free(s->x);
    *s = (sample){0};
}

static void end(void *state)
{
    cmaes *m = state;
    if (!m)
        return;
    for (int i = 0; i < m->n_pending; i++)
        sample_drop(&m->pending[i]);
    for (int i = 0; i < m->n_told; i++)
        sample_drop(&m->told[i]);
    for (int i = 0; i < m->n_words; i++)
        hox__free(m->word[i].p);
    hox__free(m->pending);
    hox__free(m->told);
    hox__free(m->best);
    hox__free(m->number);
    hox__free(m->word);
    hox__cma_deinit(&m->cma);
    hox__history_deinit(&m->history);
    hox__free(m);
}

/* The prior's frequencies. */
static void reset_words(cmaes *m)
{
    for (int i = 0; i < m->n_words; i++) {
        const double *share = m->history.coder.dim[m->word[i].dim].share;
        for (int k = 0; k < m->word[i].branches; k++)
            m->word[i].p[k] = share[k] / m->word[i].branches;
    }
}

static hox_status sort_dimensions(cmaes *m)
{
    const hox__coder *coder = &m->history.coder;
    m->dims = coder->dims;
    m->number = hox__alloc((size_t)m->dims, sizeof *m->number);
    m->word = hox__alloc((size_t)m->dims, sizeof *m->word);
    if (!m->number || !m->word)
        return HOX_ERR_MEMORY;
    for (int i = 0; i < m->dims; i++) {
        const hox__dim *dim = &coder->dim[i];
        if (dim->fixed)
            continue;
        if (!dim->nominal) {
            m->number[m->n++] = i;
            continue;
        }
        double *p = hox__alloc((size_t)dim->cells, sizeof *p);
        if (!p)
            return HOX_ERR_MEMORY;
        m->word[m->n_words++] = (words){.dim = i, .branches = (int)dim->cells, .p = p};
    }
    reset_words(m);
    return HOX_OK;
}

/* Generations that must stand still before a restart (Auger and Hansen 2005). */
static int patience(const cmaes *m)
{
    return 10 + (30 * m->n + m->cma.lambda - 1) / m->cma.lambda;
}

/* A fresh distribution with that lambda; on failure the old one stays. */
static hox_status start(cmaes *m, int lambda)
{
    hox__cma cma;
    sample *told = hox__alloc((size_t)lambda, sizeof *told);
    const hox_status status = hox__cma_init(&cma, m->n ? m->n : 1, lambda, m->sigma);
    double *best = NULL;
    if (status == HOX_OK && told)
        best = hox__alloc((size_t)(10 + 30 * m->n), sizeof *best);
    if (!best) {
        hox__free(told);
        hox__cma_deinit(&cma);
        return HOX_ERR_MEMORY;
    }
    hox__cma_deinit(&m->cma);
    hox__free(m->told);
    hox__free(m->best);
    m->cma = cma;
    m->told = told;
    m->best = best;
    m->n_told = m->n_best = 0;
    reset_words(m);
    return HOX_OK;
}

static hox_status begin(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err)
{
    const hox_rng root = hox_rng_seed(seed);
    cmaes *m = hox__alloc(1, sizeof *m);
    hox_status status = m ? HOX_OK : HOX_ERR_MEMORY;
    if (status == HOX_OK) {
        m->rng = hox_rng_child(&root, "cmaes", 0);
        m->sigma = value[1].number;
        m->restarts_max = (int)value[2].number;
        status = hox__history_init(&m->history, space);
    }
    if (status == HOX_OK)
        status = hox__coder_explore(&m->history.coder, WALKS, seed);
    if (status == HOX_OK)
        status = sort_dimensions(m);
    if (status == HOX_OK) {
        const int d = m->n + m->n_words;
        m->lambda = (int)value[0].number;
        if (m->lambda < 4)
            m->lambda = m->lambda ? 4 : hox__cma_lambda(d ? d : 1);
        status = start(m, m->lambda);
    }
    if (status != HOX_OK) {
        end(m);
        return hox_fail_code(err, status, "E0901", "cmaes: no memory for its distribution");
    }
    *state = m;
    return HOX_OK;
}

/* ---- asked: where does the trial lie? ---- */

/* A draw from the normal distribution within [a, b]; the cell's own middle when it is so far off
 * that nothing is drawn there. */
static double draw_within(double mean, double deviation, double a, double b, hox_rng *rng)
{
    double low = a <= 0 ? -HUGE_VAL : (a - mean) / deviation;
    double high = b >= 1 ? HUGE_VAL : (b - mean) / deviation;
    const bool flip = low > 0; /* the lower tail has all digits */
    if (flip) {
        const double t = -low;
        low = -high;
        high = t;
    }
    const double p = low > -HUGE_VAL ? hox__normal_cdf(low) : 0;
    const double q = high < HUGE_VAL ? hox__normal_cdf(high) : 1;
    const double u = p + (q - p) * hox_rng_unit(rng);
    if (!(q - p > 1e-290) || !(u > 0 && u < 1))
        return (a + b) / 2;
    const double z = hox__normal_quantile(u);
    return mean + deviation * (flip ? -z : z);
}

/* Cells become points within them, inactive coordinates are drawn: either as likely as under the
 * present distribution, so that they pull it nowhere. */
static void place(const cmaes *m, const double *at, hox_rng *rng, double *x)
{
    for (int j = 0; j < m->n; j++) {
        double a, b;
        const int dim = m->number[j];
        const double deviation = hox__cma_deviation(&m->cma, j), mean = m->cma.mean[j];
        if (isnan(at[dim])) {
            x[j] = mean + deviation * hox__draw_normal(rng);
            continue;
        }
        hox__cell_ends(&m->history.coder.dim[dim], at[dim], &a, &b);
        x[j] = a < b ? draw_within(mean, deviation, a, b, rng) : at[dim];
    }
    for (int j = m->n; j < m->cma.n; j++) /* the coordinate that means nothing */
        x[j] = 0.5;
}

static hox_status add_pending(cmaes *m, uint64_t trial, int64_t row)
{
    if (m->n_pending == m->room) {
        const int room = m->room ? 2 * m->room : 16;
        sample *grown = hox__realloc(m->pending, (size_t)room, sizeof *grown);
        if (!grown)
            return HOX_ERR_MEMORY;
        m->pending = grown;
        m->room = room;
    }
    double *at = hox__alloc((size_t)m->dims, sizeof *at);
    double *x = hox__alloc((size_t)m->cma.n, sizeof *x);
    if (!at || !x) {
        hox__free(at);
        hox__free(x);
        return HOX_ERR_MEMORY;
    }
    hox_rng rng = hox_rng_child(&m->rng, "place", trial);
    hox__history_dense(&m->history, row, at, m->dims);
    place(m, at, &rng, x);
    hox__free(at);
    m->pending[m->n_pending++] = (sample){.row = row, .restart = m->restarts, .x = x};
    return HOX_OK;
}

static hox_status asked(void *state, uint64_t trial, const hox_asked *asked)
{
    cmaes *m = state;
    int64_t row;
    const hox_status status = hox__history_asked(&m->history, trial, asked, &row);
    return status == HOX_OK ? add_pending(m, trial, row) : status;
}

/* ---- told: a generation ends ---- */

static int by_rank(const void *a, const void *b, void *ctx)
{
    const cmaes *m = ctx;
    const hox__row *x = &m->history.row[((const sample *)a)->row];
    const hox__row *y = &m->history.row[((const sample *)b)->row];
    return hox__row_better(x, y) ? -1 : hox__row_better(y, x);
}

/* The branch of a choice that a trial took; -1: it was not asked. */
static int branch_of(const cmaes *m, int64_t row, int dim)
{
    int n;
    const hox__coordinate *point = hox__history_point(&m->history, row, &n);
    for (int i = 0; i < n; i++)
        if (point[i].dim == dim)
            return (int)point[i].at;
    return -1;
}

/* p <- (1 - rate) p + rate sum_i w_i [branch i], trials that were not asked speak for p; none below
 * its margin (as in Hamano et al., "CatCMA", 2024, whose rate is adapted; this one was tried:
 * between 0.1 and 0.35 six choices of four words are found alike). */
static void move_words(cmaes *m, words *w)
{
    const double rate = 0.5 * m->cma.mueff / (m->cma.mueff + 1 + m->n_words);
    const double least = 1.0 / (m->cma.lambda * (m->n + m->n_words) * (w->branches - 1.0));
    double kept = 1, sum = 0;
    for (int i = 0; i < m->cma.mu; i++)
        kept -= branch_of(m, m->told[i].row, w->dim) >= 0 ? rate * m->cma.weight[i] : 0;
    for (int k = 0; k < w->branches; k++)
        w->p[k] *= kept;
    for (int i = 0; i < m->cma.mu; i++) {
        const int k = branch_of(m, m->told[i].row, w->dim);
        if (k >= 0)
            w->p[k] += rate * m->cma.weight[i];
    }
    for (int k = 0; k < w->branches; k++)
        sum += w->p[k] = fmax(w->p[k], least);
    for (int k = 0; k < w->branches; k++)
        w->p[k] /= sum;
}

static double clamp(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* Margins for grids, bounds for the rest. */
static void hold_within(cmaes *m)
{
    const double alpha = 1.0 / (m->cma.lambda * (m->n + m->n_words));
    double widest = 0;
    for (int j = 0; j < m->n; j++)
        widest = fmax(widest, hox__cma_deviation(&m->cma, j));
    if (widest > 1)
        m->cma.sigma /= widest;
    for (int j = 0; j < m->n; j++) {
        double low, high;
        const hox__dim *dim = &m->history.coder.dim[m->number[j]];
        if (dim->cells <= 0) {
            m->cma.mean[j] = clamp(m->cma.mean[j]);
            continue;
        }
        hox__cell_ends(dim, clamp(m->cma.mean[j]), &low, &high);
        hox__cma_margin(&m->cma, j, low, high, alpha);
    }
}

/* Has nothing changed for so long that nothing will? told is sorted. */
static bool stands_still(cmaes *m)
{
    const int length = patience(m);
    double low = HUGE_VAL, high = -HUGE_VAL, widest = 0;
    for (int i = 0; i < m->n_told; i++) {
        const hox__row *row = &m->history.row[m->told[i].row];
        if (!hox__row_is_scored(row))
            continue;
        low = fmin(low, row->score);
        high = fmax(high, row->score);
    }
    m->best[m->n_best++ % length] = high;
    for (int i = 0; i < length && i < m->n_best; i++) {
        low = fmin(low, m->best[i]);
        high = fmax(high, m->best[i]);
    }
    for (int j = 0; j < m->n; j++)
        widest = fmax(widest, hox__cma_deviation(&m->cma, j));
    return (m->n_best >= length && high - low <= 1e-12 * fmax(1, fabs(high))) ||
           (m->n && widest < 1e-12) || hox__cma_condition(&m->cma) > 1e14;
}

static hox_status restart(cmaes *m)
{
    enum { LAMBDA_MAX = 100000 };
    const bool doubles = m->restarts < m->restarts_max && m->cma.lambda <= LAMBDA_MAX / 2;
    const hox_status status = start(m, doubles ? 2 * m->cma.lambda : m->cma.lambda);
    if (status != HOX_OK)
        return status;
    m->restarts++;
    hox_rng rng = hox_rng_child(&m->rng, "restart", (uint64_t)m->restarts);
    for (int j = 0; j < m->n; j++)
        m->cma.mean[j] = hox_rng_unit(&rng);
    return HOX_OK;
}

/* lambda trials have ended. Without a single score among them there is nothing to learn. */
static hox_status end_generation(cmaes *m)
{
    bool still = false;
    qsort_r(m->told, (size_t)m->n_told, sizeof *m->told, by_rank, m);
    if (hox__row_is_scored(&m->history.row[m->told[0].row])) {
        const double **x = hox__alloc((size_t)m->n_told, sizeof *x);
        if (!x)
            return HOX_ERR_MEMORY;
        for (int i = 0; i < m->n_told; i++)
            x[i] = m->told[i].x;
        if (m->n)
            hox__cma_update(&m->cma, x);
        hox__free(x);
        for (int i = 0; i < m->n_words; i++)
            move_words(m, &m->word[i]);
        hold_within(m);
        still = stands_still(m);
    }
    for (int i = 0; i < m->n_told; i++)
        sample_drop(&m->told[i]);
    m->n_told = 0;
    return still ? restart(m) : HOX_OK;
}

static hox_status told(void *state, uint64_t trial, const hox_outcome *outcome)
{
    cmaes *m = state;
    int64_t row;
    int i = 0;
    hox__history_told(&m->history, trial, outcome, &row);
    while (i < m->n_pending && m->pending[i].row != row)
        i++;
    if (row < 0 || i == m->n_pending)
        return HOX_OK;
    sample s = m->pending[i];
    memmove(&m->pending[i], &m->pending[i + 1],
            (size_t)(m->n_pending - i - 1) * sizeof *m->pending);
    m->n_pending--;
    if (outcome->state == HOX_TRIAL_CANCELLED || s.restart != m->restarts) {
        sample_drop(&s);
        return HOX_OK;
    }
    m->told[m->n_told++] = s;
    return m->n_told == m->cma.lambda ? end_generation(m) : HOX_OK;
}

/* ---- suggestions ---- */

/* Within the bounds of every continuum; grids have none, their ends reach on. */
static bool is_within(const cmaes *m, const double *x)
{
    for (int j = 0; j < m->n; j++)
        if (m->history.coder.dim[m->number[j]].cells <= 0 && !(x[j] >= 0 && x[j] <= 1))
            return false;
    return true;
}

static void draw(const cmaes *m, hox_rng *rng, double *x, double *at)
{
    for (int i = 0; i < RESAMPLED_MAX; i++) {
        hox__cma_draw(&m->cma, rng, x);
        if (is_within(m, x))
            break;
    }
    for (int i = 0; i < m->dims; i++)
        at[i] = (double)NAN;
    for (int j = 0; j < m->n; j++)
        at[m->number[j]] =
            m->history.coder.dim[m->number[j]].cells > 0 ? clamp(x[j]) : hox__folded(x[j]);
    for (int i = 0; i < m->n_words; i++) {
        const words *w = &m->word[i];
        double u = hox_rng_unit(rng);
        int k = 0;
        while (k + 1 < w->branches && (u -= w->p[k]) >= 0)
            k++;
        at[w->dim] = k;
    }
}

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    (void)trial;
    const cmaes *m = state;
    double *at = hox__alloc((size_t)(m->dims + m->cma.n), sizeof *at);
    if (!at)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "cmaes: no memory for a suggestion");
    draw(m, rng, at + m->dims, at);
    const hox_status status = hox__decode(&m->history.coder, at, m->dims, walk, rng, NULL, err);
    hox__free(at);
    return status;
}

extern const hox_strategy hox__strategy_cmaes;
const hox_strategy hox__strategy_cmaes = {
    .name = "cmaes",
    .source =
        "Hansen and Ostermeier, Evol. Comp. 9(2), 2001; restarts: Auger and Hansen, CEC 2005; "
        "margin: Hamano et al., GECCO 2022",
    .summary = "covariance matrix adaptation: for numbers, from about 100 trials a dimension",
    .deviations = "words are drawn by frequencies that are learnt alongside, each on its own; "
                  "coordinates that a trial was not asked count as drawn; a generation ends when "
                  "lambda trials are told, whichever they are; questions that 64 draws do not meet "
                  "are answered from the prior",
    .setting = settings,
    .settings = 3,
    .begin = begin,
    .end = end,
    .asked = asked,
    .told = told,
    .suggest = suggest,
};
