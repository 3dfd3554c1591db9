#include "search/importance.h"
#include "base/alloc.h"
#include "search/special.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Cells of the grid; branches and integers with fewer values have one each. At least so many trials
 * are the best, for fewer say nothing. */
enum { CELLS = 50, BRANCHES_MAX = 4096, BEST_MIN = 5 };

typedef struct {
    int cells;
    double total;                 /* observations */
    double *count, *p, *q, *mass; /* [cells] */
} grid;

static int by_falling(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The score that the last of the best has. */
static hox_status threshold(const double *score, int64_t n, double part, double *out)
{
    double *sorted = hox__alloc((size_t)n, sizeof *sorted);
    if (!sorted)
        return HOX_ERR_MEMORY;
    memcpy(sorted, score, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, by_falling);
    int64_t best = (int64_t)ceil(part * (double)n);
    const int64_t least = (n + 1) / 2 < BEST_MIN ? (n + 1) / 2 : BEST_MIN;
    best = best < least ? least : best;
    *out = sorted[best - 1];
    hox__free(sorted);
    return HOX_OK;
}

/* ---- one factor ---- */

static int cells_of(const hox__factor *f)
{
    if (f->nominal)
        return f->cells < BRANCHES_MAX ? (int)f->cells : BRANCHES_MAX;
    return f->cells > 0 && f->cells < CELLS ? (int)f->cells : CELLS;
}

static int cell_of(const hox__factor *f, const grid *g, double at)
{
    const double k = f->nominal ? at : floor(at * g->cells);
    return k < 0 ? 0 : k >= g->cells ? g->cells - 1 : (int)k;
}

/* The value below which `part` of the observations lie, in cells. */
static double quantile(const grid *g, double part)
{
    double sum = 0;
    for (int k = 0; k < g->cells; k++) {
        if (sum + g->count[k] >= part * g->total && g->count[k] > 0)
            return k;
        sum += g->count[k];
    }
    return g->cells - 1;
}

/* Scott's rule as in the paper's code: 1.059 min(IQR / 1.34, deviation) n^(-1/5) cells, and not so
 * narrow that a kernel misses its neighbours. */
static double bandwidth(const grid *g)
{
    static const double least = 0.5 / 1.64;
    double mean = 0, square = 0;
    for (int k = 0; k < g->cells; k++)
        mean += k * g->count[k] / g->total;
    for (int k = 0; k < g->cells; k++)
        square += (k - mean) * (k - mean) * g->count[k];
    const double deviation = g->total > 1 ? sqrt(square / (g->total - 1)) : 0;
    const double iqr = (quantile(g, 0.75) - quantile(g, 0.25)) / 1.34;
    const double s = 1.059 * fmin(iqr > 0 ? iqr : deviation, deviation) * pow(g->total, -0.2);
    return fmax(s, least);
}

/* Adds the kernel of cell `at`, weighted, to out[cells]. It has all its mass inside. */
static void add_kernel(const grid *g, int at, double s, double weight, double *out)
{
    double all = 0, before = hox__normal_cdf((-0.5 - at) / s);
    for (int k = 0; k < g->cells; k++) {
        const double upto = hox__normal_cdf((k + 0.5 - at) / s);
        g->mass[k] = upto - before;
        all += g->mass[k];
        before = upto;
    }
    for (int k = 0; k < g->cells; k++)
        out[k] += weight * g->mass[k] / all;
}

static void density(const hox__factor *f, const grid *g, double *out)
{
    const double s = f->nominal || g->total == 0 ? 0 : bandwidth(g);
    for (int k = 0; k < g->cells; k++)
        out[k] = 1.0 / g->cells;
    for (int k = 0; k < g->cells; k++) {
        if (f->nominal)
            out[k] += g->count[k];
        else if (g->count[k] > 0)
            add_kernel(g, k, s, g->count[k], out);
    }
    for (int k = 0; k < g->cells; k++)
        out[k] /= g->total + 1;
}

/* Counts the answers of trials with at least `least`. */
static void count(const hox__factor *f, const double *score, int64_t n, double least, grid *g)
{
    g->total = 0;
    memset(g->count, 0, (size_t)g->cells * sizeof *g->count);
    for (int64_t i = 0; i < n; i++)
        if (score[i] >= least && !isnan(f->at[i])) {
            g->count[cell_of(f, g, f->at[i])]++;
            g->total++;
        }
}

static double weighted_divergence(const hox__factor *f, const double *score, int64_t n,
                                  double least, int64_t best, grid *g)
{
    g->cells = cells_of(f);
    count(f, score, n, -HUGE_VAL, g);
    density(f, g, g->p);
    const double a = g->total / (double)n;
    count(f, score, n, least, g);
    density(f, g, g->q);
    const double b = g->total / (double)best;
    double sum = 0;
    for (int k = 0; k < g->cells; k++)
        sum += g->p[k] * (g->q[k] / g->p[k] - 1) * (g->q[k] / g->p[k] - 1);
    return a > 0 ? b * b / a * sum : 0;
}

hox_status hox__importance(const hox__factor *factor, int factors, const double *score, int64_t n,
                           double part, double *share, hox__importance_of *of)
{
    double least = 0, sum = 0;
    hox_status status = threshold(score, n, part, &least);
    double *memory = hox__alloc(4 * (size_t)BRANCHES_MAX, sizeof *memory);
    if (status == HOX_OK && !memory)
        status = HOX_ERR_MEMORY;
    grid g = {.count = memory};
    if (status == HOX_OK) {
        g.p = memory + BRANCHES_MAX;
        g.q = memory + 2 * BRANCHES_MAX;
        g.mass = memory + 3 * BRANCHES_MAX;
    }
    *of = (hox__importance_of){.least = least};
    for (int64_t i = 0; status == HOX_OK && i < n; i++)
        of->best += score[i] >= least;
    for (int j = 0; status == HOX_OK && j < factors; j++) {
        share[j] = of->best == n || cells_of(&factor[j]) < 2
                       ? 0
                       : weighted_divergence(&factor[j], score, n, least, of->best, &g);
        sum += share[j];
    }
    for (int j = 0; status == HOX_OK && j < factors && sum > 0; j++)
        share[j] /= sum;
    hox__free(memory);
    return status;
}
