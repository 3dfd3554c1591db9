/* NSGA-II: evolution towards the whole front of several objectives.
 *
 * A generation is `population` trials. When it has ended, it and the population before it are
 * ranked by domination, and the better half lives on: whole fronts, and of the last one the least
 * crowded. A child has two parents, each the better of two drawn by rank, then by crowding; numbers
 * are mixed by simulated binary crossover and shifted by polynomial mutation. Deb, Pratap, Agarwal,
 * Meyarivan, "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE Trans. Evol.
 * Comp. 6(2), 2002. With one objective it is an elitist genetic algorithm.
 */
#include "base/alloc.h"
#include "search/history.h"
#include "search/pareto.h"
#include "search/variation.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECTIVES_MAX = 16 };

/* A trial that has ended. */
typedef struct {
    int64_t row;
    double score[OBJECTIVES_MAX];
    double violation; /* 0: feasible and scored; HUGE_VAL: failed */
    int objectives;
    int rank;
    double crowding;
} member;

typedef struct {
    hox__history history;
    member *member; /* [2 population]: the parents, then the generation told so far */
    int population, parents, told;
    int objectives; /* most that an outcome has had */
    double crossover, mutation, eta_crossover, eta_mutation;
} nsga2;

static const hox_setting settings[] = {
    {"population", "int 4..10000", "20",
     "Hox: Deb et al. 2002 take 100, for 25 000 evaluations; studies here have hundreds",
     "trials of a generation"},
    {"crossover", "real 0..1", "0.9", "Deb et al. 2002, section V",
     "how many children are mixed; the others are one parent's"},
    {"mutation", "real 0..100", "1", "Deb et al. 2002, section V: one variable on average",
     "how many answers of a child are mutated, on average"},
    {"eta_crossover", "real 0..1000", "20", "Deb et al. 2002, section V",
     "the larger, the nearer children are to their parents"},
    {"eta_mutation", "real 0..1000", "20", "Deb et al. 2002, section V",
     "the larger, the smaller mutations are"},
};

static void end(void *state)
{
    nsga2 *e = state;
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
    nsga2 *e = hox__alloc(1, sizeof *e);
    hox_status status = e ? hox__history_init(&e->history, space) : HOX_ERR_MEMORY;
    if (status == HOX_OK) {
        e->population = (int)value[0].number;
        e->crossover = value[1].number;
        e->mutation = value[2].number;
        e->eta_crossover = value[3].number;
        e->eta_mutation = value[4].number;
        e->objectives = 1;
        e->member = hox__alloc(2 * (size_t)e->population, sizeof *e->member);
        status = e->member ? HOX_OK : HOX_ERR_MEMORY;
    }
    if (status != HOX_OK) {
        end(e);
        return hox_fail_code(err, status, "E0901", "nsga2: no memory for a population");
    }
    *state = e;
    return HOX_OK;
}

/* ---- events ---- */

static hox_status asked(void *state, uint64_t trial, const hox_asked *asked)
{
    nsga2 *e = state;
    return hox__history_asked(&e->history, trial, asked, NULL);
}

/* Feasible before infeasible before cut short before failed. */
static member member_of(int64_t row, const hox_outcome *o)
{
    member m = {.row = row, .objectives = 1, .violation = o->violation > 0 ? o->violation : 0};
    m.score[0] = o->score;
    if (o->scores && o->objectives > 1) {
        m.objectives = o->objectives < OBJECTIVES_MAX ? o->objectives : OBJECTIVES_MAX;
        memcpy(m.score, o->scores, (size_t)m.objectives * sizeof *m.score);
    }
    m.violation = fmin(m.violation, DBL_MAX / 4);
    if (o->state == HOX_TRIAL_PRUNED)
        m.violation = DBL_MAX / 2;
    else if (o->state != HOX_TRIAL_DONE)
        m.violation = HUGE_VAL;
    for (int i = 0; i < m.objectives; i++)
        if (isnan(m.score[i]) || isinf(m.score[i]))
            m.violation = HUGE_VAL;
    return m;
}

static int the_better(const void *a, const void *b)
{
    const member *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->crowding != y->crowding)
        return x->crowding > y->crowding ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Crowding within each front: members are sorted by rank. */
static hox_status crowd(nsga2 *e, int n, const double *score, int *front, double *distance)
{
    hox_status status = HOX_OK;
    for (int i = 0, next; i < n && status == HOX_OK; i = next) {
        for (next = i; next < n && e->member[next].rank == e->member[i].rank; next++)
            front[next - i] = next;
        status = hox__pareto_crowding(e->objectives, score, front, next - i, distance);
        for (int k = i; k < next && status == HOX_OK; k++)
            e->member[k].crowding = distance[k - i];
    }
    return status;
}

/* A row of scores; a trial with fewer objectives than others is one that failed. */
static void lay_out(const nsga2 *e, int n, double *score, double *violation)
{
    for (int i = 0; i < n; i++) {
        const member *m = &e->member[i];
        memcpy(score + (int64_t)i * e->objectives, m->score, (size_t)e->objectives * sizeof *score);
        violation[i] = m->objectives < e->objectives ? HUGE_VAL : m->violation;
        for (int k = 0; violation[i] > 0 && k < e->objectives; k++)
            score[(int64_t)i * e->objectives + k] = 0; /* may be NaN, and is not compared */
    }
}

/* Ranks and crowds all n members, and sorts them, the best first. */
static hox_status sort_all(nsga2 *e, int n)
{
    const size_t count = (size_t)n;
    double *score = hox__alloc(count * ((size_t)e->objectives + 2), sizeof *score);
    int *rank = hox__alloc(2 * count, sizeof *rank);
    hox_status status = score && rank ? HOX_OK : HOX_ERR_MEMORY;
    if (status == HOX_OK) {
        double *violation = score + n * e->objectives;
        lay_out(e, n, score, violation);
        status = hox__pareto_rank(n, e->objectives, score, violation, rank);
    }
    if (status == HOX_OK) {
        double *violation = score + n * e->objectives, *distance = violation + n;
        for (int i = 0; i < n; i++) {
            e->member[i].rank = rank[i];
            e->member[i].crowding = 0;
        }
        qsort(e->member, count, sizeof *e->member, the_better);
        lay_out(e, n, score, violation); /* in the new order */
        status = crowd(e, n, score, rank + n, distance);
        qsort(e->member, count, sizeof *e->member, the_better);
    }
    hox__free(score);
    hox__free(rank);
    return status;
}

static hox_status told(void *state, uint64_t trial, const hox_outcome *outcome)
{
    nsga2 *e = state;
    int64_t row;
    hox__history_told(&e->history, trial, outcome, &row);
    if (row < 0 || outcome->state == HOX_TRIAL_CANCELLED)
        return HOX_OK;
    member *m = &e->member[e->parents + e->told++];
    *m = member_of(row, outcome);
    e->objectives = m->objectives > e->objectives ? m->objectives : e->objectives;
    if (e->told < e->population)
        return HOX_OK;
    const hox_status status = sort_all(e, e->parents + e->told);
    e->parents = e->population;
    e->told = 0;
    return status;
}

/* ---- suggestions ---- */

static const member *tournament(const nsga2 *e, hox_rng *rng)
{
    const member *a = &e->member[hox_rng_below(rng, (uint32_t)e->parents)];
    const member *b = &e->member[hox_rng_below(rng, (uint32_t)e->parents)];
    return the_better(a, b) <= 0 ? a : b;
}

/* One answer of two parents; NaN where neither was asked. */
static double mix(const nsga2 *e, const hox__dim *dim, double a, double b, hox_rng *rng)
{
    const double u = hox_rng_unit(rng);
    const bool mixes = hox_rng_unit(rng) < 0.5, second = hox_rng_unit(rng) < 0.5;
    if (isnan(a) || isnan(b))
        return isnan(a) ? b : a;
    if (dim->nominal)
        return second ? b : a;
    if (!mixes) /* Deb's code: each variable with one half, else as it was */
        return a;
    double child[2];
    hox__sbx(a, b, e->eta_crossover, u, child);
    return child[second];
}

/* Work: [2 dims]; the first dims become the child. */
static void breed(const nsga2 *e, hox_rng *rng, double *child, int dims)
{
    const hox__coder *coder = &e->history.coder;
    double *other = child + dims;
    int open = 0;
    hox__history_dense(&e->history, tournament(e, rng)->row, child, dims);
    hox__history_dense(&e->history, tournament(e, rng)->row, other, dims);
    const bool crosses = hox_rng_unit(rng) < e->crossover;
    for (int j = 0; j < dims && crosses; j++)
        if (!coder->dim[j].fixed)
            child[j] = mix(e, &coder->dim[j], child[j], other[j], rng);
    for (int j = 0; j < dims; j++)
        open += !coder->dim[j].fixed && !isnan(child[j]);
    for (int j = 0; j < dims; j++) {
        const double chance = hox_rng_unit(rng), u = hox_rng_unit(rng);
        if (coder->dim[j].fixed || isnan(child[j]) || chance * open >= e->mutation)
            continue;
        child[j] = coder->dim[j].nominal ? (double)NAN
                                         : hox__polynomial_mutation(child[j], e->eta_mutation, u);
    }
}

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    (void)trial;
    const nsga2 *e = state;
    const int dims = e->history.coder.dims;
    if (e->parents == 0)
        return hox_walk_derive(walk, hox_answer_prior, rng, NULL, err);
    double *work = hox__alloc(2 * (size_t)dims, sizeof *work);
    if (!work)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "nsga2: no memory for a suggestion");
    breed(e, rng, work, dims);
    const hox_status status = hox__decode(&e->history.coder, work, dims, walk, rng, NULL, err);
    hox__free(work);
    return status;
}

extern const hox_strategy hox__strategy_nsga2;
const hox_strategy hox__strategy_nsga2 = {
    .name = "nsga2",
    .source = "Deb, Pratap, Agarwal, Meyarivan, IEEE Trans. Evol. Comp. 6(2), 2002",
    .summary = "elitist evolution towards the front of several objectives",
    .deviations =
        "one child of each pair; a generation ends when enough trials are told, whichever "
        "they are; answers are matched by path, words are one parent's or drawn afresh; "
        "trials without all scores rank last; with one goal, bench/suite, 18 problems, 100 trials: "
        "not shown to be better than random with twice the trials",
    .setting = settings,
    .settings = 5,
    .begin = begin,
    .end = end,
    .asked = asked,
    .told = told,
    .suggest = suggest,
};
