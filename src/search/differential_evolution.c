/* Differential evolution, rand/1/bin: a difference of two members, added to a third.
 *
 *   v_j = a_j + F (b_j - c_j)   where chance < CR or j is the one chosen; else the target's own
 *
 * The trial takes the target's place when it is not worse. Storn and Price, "Differential Evolution
 * - A Simple and Efficient Heuristic for Global Optimization over Continuous Spaces", J. Global
 * Optimization 11, 1997.
 *
 * The k-th trial stands against place k mod population, so nothing waits for a generation.
 */
#include "base/alloc.h"
#include "search/history.h"
#include <math.h>

typedef struct {
    hox__history history;
    int64_t *member; /* [population] rows; -1: nobody yet */
    int population, members;
    double factor, crossover;
} de;

static const hox_setting settings[] = {
    {"population", "int 4..10000", "20",
     "Hox: Storn and Price 1997 take 5 to 10 a parameter for thousands of evaluations",
     "places; the first trials that fill them are drawn from the prior"},
    {"factor", "real 0..2", "0.5", "Storn and Price 1997, section 4",
     "F, the part of a difference"},
    {"crossover", "real 0..1", "0.9", "Storn and Price 1997, section 4",
     "CR, how many answers are not the target's"},
};

static void end(void *state)
{
    de *e = state;
    if (!e)
        return;
    hox__history_deinit(&e->history);
    hox__free(e->member);
    hox__free(e);
}

static hox_status begin(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err)
{
    (void)seed;
    de *e = hox__alloc(1, sizeof *e);
    hox_status status = e ? hox__history_init(&e->history, space) : HOX_ERR_MEMORY;
    if (status == HOX_OK) {
        e->population = (int)value[0].number;
        e->factor = value[1].number;
        e->crossover = value[2].number;
        e->member = hox__alloc((size_t)e->population, sizeof *e->member);
        status = e->member ? HOX_OK : HOX_ERR_MEMORY;
    }
    if (status != HOX_OK) {
        end(e);
        return hox_fail_code(err, status, "E0901", "differential_evolution: no memory to begin");
    }
    for (int i = 0; i < e->population; i++)
        e->member[i] = -1;
    *state = e;
    return HOX_OK;
}

/* ---- events ---- */

static hox_status asked(void *state, uint64_t trial, const hox_asked *asked)
{
    de *e = state;
    return hox__history_asked(&e->history, trial, asked, NULL);
}

static hox_status told(void *state, uint64_t trial, const hox_outcome *outcome)
{
    de *e = state;
    int64_t row;
    hox__history_told(&e->history, trial, outcome, &row);
    if (row < 0 || outcome->state == HOX_TRIAL_CANCELLED)
        return HOX_OK;
    int64_t *place = &e->member[row % e->population];
    const hox__row *rows = e->history.row;
    if (*place < 0)
        e->members++;
    /* An equal score moves on: plateaus are crossed. */
    const bool equal =
        *place >= 0 && hox__row_is_scored(&rows[row]) && rows[*place].state == rows[row].state &&
        rows[*place].score == rows[row].score && rows[*place].violation == rows[row].violation;
    if (*place < 0 || equal || hox__row_better(&rows[row], &rows[*place]))
        *place = row;
    return HOX_OK;
}

/* ---- suggestions ---- */

/* Three members other than each other and than the target. */
static void choose_three(const de *e, int target, hox_rng *rng, int64_t row[3])
{
    int place[3];
    for (int i = 0; i < 3;) {
        const int k = (int)hox_rng_below(rng, (uint32_t)e->population);
        bool taken = k == target || e->member[k] < 0;
        for (int j = 0; j < i; j++)
            taken |= place[j] == k;
        if (!taken) {
            row[i] = e->member[k];
            place[i++] = k;
        }
    }
}

/* One coordinate of the mutant; NaN: from the prior. Without an order there is no difference but
 * being different: then the branch is drawn afresh with probability F. */
static double mutant(const de *e, const hox__dim *dim, double a, double b, double c, hox_rng *rng)
{
    const bool known = !isnan(b) && !isnan(c);
    if (dim->nominal)
        return known && b != c && hox_rng_unit(rng) < e->factor ? (double)NAN : a;
    return known ? hox__folded(a + e->factor * (b - c)) : a;
}

/* work: [4 dims], the first dims become the trial vector. */
static void cross(const de *e, int target, hox_rng *rng, double *work, int dims)
{
    const double *a = work + dims, *b = a + dims, *c = b + dims;
    int64_t row[3];
    int n_open = 0;
    choose_three(e, target, rng, row);
    hox__history_dense(&e->history, e->member[target], work, dims);
    for (int i = 0; i < 3; i++)
        hox__history_dense(&e->history, row[i], work + (i + 1) * dims, dims);
    for (int j = 0; j < dims; j++)
        n_open += !e->history.coder.dim[j].fixed && !isnan(work[j]);
    const int chosen = n_open ? (int)hox_rng_below(rng, (uint32_t)n_open) : -1;
    for (int j = 0, k = 0; j < dims; j++) {
        const hox__dim *dim = &e->history.coder.dim[j];
        const bool open = !dim->fixed && !isnan(work[j]);
        const bool crosses = hox_rng_unit(rng) < e->crossover || (open && k == chosen);
        if (!dim->fixed && crosses)
            work[j] = mutant(e, dim, a[j], b[j], c[j], rng);
        k += open;
    }
}

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    (void)trial;
    const de *e = state;
    const int target = (int)(e->history.rows % e->population), dims = e->history.coder.dims;
    const bool drawn = e->history.rows < e->population || e->member[target] < 0 || e->members < 4;
    if (drawn)
        return hox_walk_derive(walk, hox_answer_prior, rng, NULL, err);
    double *work = hox__alloc(4 * (size_t)dims, sizeof *work);
    if (!work)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901",
                             "differential_evolution: no memory for a suggestion");
    cross(e, target, rng, work, dims);
    const hox_status status = hox__decode(&e->history.coder, work, dims, walk, rng, NULL, err);
    hox__free(work);
    return status;
}

extern const hox_strategy hox__strategy_differential_evolution;
const hox_strategy hox__strategy_differential_evolution = {
    .name = "differential_evolution",
    .source = "Storn and Price, J. Global Optimization 11, 1997, rand/1/bin",
    .summary = "differences of members, added to a third: for numbers, with many trials",
    .deviations = "a trial competes for its place as soon as it is told; coordinates outside a "
                  "range are folded back; words are copied, or drawn afresh where two members "
                  "differ; what a member was not asked comes from the prior; bench/suite, 18 "
                  "problems, 100 trials: not shown to be better than random with twice the trials",
    .setting = settings,
    .settings = 3,
    .begin = begin,
    .end = end,
    .asked = asked,
    .told = told,
    .suggest = suggest,
};
