#include "search/improve.h"
#include "base/number.h"
#include "search/linalg.h"
#include "search/loops.h"
#include "search/minimize.h"
#include "search/special.h"
#include <math.h>
#include <string.h>

enum {
    EVERY_CELL = 16, /* a grid of at most so many cells is tried out */
    ROUNDS = 2,      /* of numbers, then cells */
};

/* ---- worlds ---- */

/* least, mean: K alpha = L w - (noise + jitter) alpha. */
static void look_at_points(hox__improvement *im, int world, const double *w)
{
    const hox__process *p = im->p;
    const double noise = hox__exp(p->log_noise) + p->jitter;
    double least = HUGE_VAL;
    for (int i = 0; i < p->n; i++) {
        const double y = hox__loops_get()->dot(p->l[i], w, i + 1);
        const double mean = y - noise * im->alpha[world][i];
        im->mean[i] += mean / im->worlds;
        least = mean < least ? mean : least;
    }
    im->least[world] = least;
}

static bool make_room(hox__improvement *im, hox__arena *arena, int n)
{
    const size_t most = (size_t)n + 1;
    im->k = HOX__NEW_N(arena, double, most);
    im->d = HOX__NEW_N(arena, double, most);
    im->w = HOX__NEW_N(arena, double, most);
    im->v = HOX__NEW_N(arena, double, most *HOX__COLUMNS);
    im->point = hox__process_point_new(arena, im->p);
    return im->k && im->d && im->w && im->v && im->point.at && im->point.code;
}

hox__improvement *hox__improvement_new(hox__arena *arena, const hox__process *p, int told,
                                       const double *y, int worlds, hox_rng *rng)
{
    hox__improvement *im = HOX__NEW(arena, hox__improvement);
    if (!im)
        return NULL;
    im->p = p;
    im->worlds = worlds;
    im->alpha = HOX__NEW_N(arena, double *, (size_t)worlds);
    im->least = HOX__NEW_N(arena, double, (size_t)worlds);
    im->mean = HOX__NEW_N(arena, double, (size_t)p->n + 1);
    if (!im->alpha || !im->least || !im->mean || !make_room(im, arena, p->n))
        return NULL;
    const double *const *l = (const double *const *)p->l;
    for (int m = 0; m < worlds; m++) {
        double *w = im->w; /* whitened values: of the running points any normal draw */
        if (!(im->alpha[m] = HOX__NEW_N(arena, double, (size_t)p->n + 1)))
            return NULL;
        memcpy(w, y, (size_t)told * sizeof *y);
        hox__solve_lower(l, w, told);
        for (int i = told; i < p->n; i++)
            w[i] = hox__draw_normal(rng);
        memcpy(im->alpha[m], w, (size_t)p->n * sizeof *w);
        hox__solve_upper(l, im->alpha[m], p->n);
        look_at_points(im, m, w);
    }
    return im;
}

bool hox__improvement_per_second(hox__improvement *im, hox__arena *arena, const hox__process *cost,
                                 const double *t, double scale)
{
    const double *const *l = (const double *const *)cost->l;
    im->cost_alpha = HOX__NEW_N(arena, double, (size_t)cost->n + 1);
    im->cost_point = hox__process_point_new(arena, cost);
    if (!im->cost_alpha || !im->cost_point.at || !im->cost_point.code)
        return false;
    memcpy(im->cost_alpha, t, (size_t)cost->n * sizeof *t);
    hox__solve_lower(l, im->cost_alpha, cost->n);
    hox__solve_upper(l, im->cost_alpha, cost->n);
    im->cost_scale = scale;
    im->cost = cost;
    return true;
}

/* ---- the value ---- */

static double variance(const hox__process *p, double explained)
{
    const double a = hox__exp(p->log_a), v = a - explained;
    return v > 1e-12 * a ? v : 1e-12 * a;
}

/* log of the mean over worlds of EI; share[m]: world m's part in it, slope[m]: d log h / dz. */
static double mean_improvement(const hox__improvement *im, const double *mean, double s,
                               double *share, double *slope)
{
    double value[64], most = -HUGE_VAL, sum = 0;
    for (int m = 0; m < im->worlds; m++) {
        value[m] = hox__log_h((im->least[m] - mean[m]) / s, slope ? &slope[m] : NULL);
        most = value[m] > most ? value[m] : most;
    }
    for (int m = 0; m < im->worlds; m++) {
        const double e = hox__exp(value[m] - most);
        sum += e;
        if (share)
            share[m] = e;
    }
    for (int m = 0; share && m < im->worlds; m++)
        share[m] /= sum;
    return most + hox__log(sum / im->worlds) + hox__log(s);
}

static double log_seconds(hox__improvement *im, const double *dense)
{
    if (!im->cost)
        return 0;
    hox__process_place(im->cost, dense, &im->cost_point);
    hox__process_kernel(im->cost, &im->cost_point, im->d, NULL);
    return im->cost_scale * hox__loops_get()->dot(im->d, im->cost_alpha, im->cost->n);
}

/* power log pi, and, when gradient is not NULL, its derivatives by dim[d] added. */
static double log_belief(const hox__improvement *im, const double *dense, const int *dim, int d,
                         double *gradient)
{
    const hox__process *p = im->p;
    double sum = 0, slope;
    for (int j = 0; j < p->inputs && im->power > 0; j++)
        sum += hox__belief_log(&im->believed[p->input[j].dim], dense[p->input[j].dim], NULL);
    for (int i = 0; i < d && im->power > 0; i++) {
        hox__belief_log(&im->believed[dim[i]], dense[dim[i]], &slope);
        gradient[i] += im->power * slope;
    }
    return im->power * sum;
}

/* HOX__COLUMNS points at a time: the factor is read once for all of them. */
static void values_of_block(hox__improvement *im, const double *const *dense, int count,
                            double *value)
{
    const hox__process *p = im->p;
    double mean[HOX__COLUMNS][64], seconds[HOX__COLUMNS];
    for (int c = 0; c < count; c++) {
        hox__process_place(p, dense[c], &im->point);
        hox__process_kernel(p, &im->point, im->k, NULL);
        for (int m = 0; m < im->worlds; m++)
            mean[c][m] = hox__loops_get()->dot(im->k, im->alpha[m], p->n);
        for (int i = 0; i < p->n; i++)
            im->v[i * HOX__COLUMNS + c] = im->k[i];
        seconds[c] = log_seconds(im, dense[c]);
    }
    for (int c = count; c < HOX__COLUMNS; c++)
        for (int i = 0; i < p->n; i++)
            im->v[i * HOX__COLUMNS + c] = 0;
    hox__loops_get()->solve((const double *const *)p->l, im->v, 0, p->n);
    double explained[HOX__COLUMNS] = {0};
    for (int i = 0; i < p->n; i++)
        for (int c = 0; c < HOX__COLUMNS; c++)
            explained[c] += im->v[i * HOX__COLUMNS + c] * im->v[i * HOX__COLUMNS + c];
    for (int c = 0; c < count; c++)
        value[c] = mean_improvement(im, mean[c], sqrt(variance(p, explained[c])), NULL, NULL) -
                   seconds[c] + log_belief(im, dense[c], NULL, 0, NULL);
}

void hox__improvement_values(hox__improvement *im, const double *const *dense, int count,
                             double *value)
{
    for (int i = 0; i < count; i += HOX__COLUMNS)
        values_of_block(im, dense + i, count - i < HOX__COLUMNS ? count - i : HOX__COLUMNS,
                        value + i);
}

/* ---- the slope ---- */

/* sum over points of weight[i] d k_i/du of the dimension of input `in`: with g = dk/dq and q the
 * squared distance, 2 sqrt(z) dx/du sum g_i w_i (x - x_i). */
static double along(const hox__process *p, const hox__process_point *x,
                    const hox__process_input *in, int j, double u, const double *weight,
                    double total)
{
    double sum = 0;
    const double root = hox__exp(0.5 * p->log_z[j]);
    const hox__process_spot spot = hox__process_coordinates(p, j, u);
    for (int k = 0; k < 2 - in->always; k++) {
        const double *at = p->at[in->first + k];
        const double pull = x->at[in->first + k] * total - hox__loops_get()->dot(weight, at, p->n);
        sum += 2 * root * spot.by_u[k] * pull;
    }
    return sum;
}

static double sum_of(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/* Adds to gradient[d] what `weight` (times dk/dq) pulls. */
static void add_pull(const hox__process *p, const hox__process_point *x, const double *dense,
                     const int *dim, int d, const double *weight, double *gradient)
{
    const double total = sum_of(weight, p->n);
    for (int i = 0, j = 0; i < d; i++) {
        while (j < p->inputs && p->input[j].dim != dim[i]) /* both rise */
            j++;
        if (j == p->inputs)
            return;
        gradient[i] += along(p, x, &p->input[j], j, dense[dim[i]], weight, total);
    }
}

static void add_cost_slope(hox__improvement *im, const double *dense, const int *dim, int d,
                           double *gradient)
{
    const hox__process *p = im->cost;
    hox__process_place(p, dense, &im->cost_point);
    hox__process_kernel(p, &im->cost_point, im->k, im->d);
    for (int i = 0; i < p->n; i++)
        im->d[i] *= -im->cost_scale * im->cost_alpha[i];
    add_pull(p, &im->cost_point, dense, dim, d, im->d, gradient);
}

/* With z = (f - mu)/s and r = d log h/dz: d log EI = -r/s dmu + (1 - r z)/s ds, ds = dv/(2s),
 * dv = -2 (K^-1 k) dk, weighted over worlds. */
double hox__improvement_slope(hox__improvement *im, const double *dense, const int *dim, int d,
                              double *gradient)
{
    const hox__process *p = im->p;
    const hox__loops *loops = hox__loops_get();
    const double *const *l = (const double *const *)p->l;
    double mean[64], share[64], slope[64];
    const double seconds = log_seconds(im, dense);
    hox__process_place(p, dense, &im->point);
    hox__process_kernel(p, &im->point, im->k, im->d);
    memcpy(im->w, im->k, (size_t)p->n * sizeof *im->w);
    hox__solve_lower(l, im->w, p->n);
    const double v = variance(p, loops->dot(im->w, im->w, p->n)), s = sqrt(v);
    for (int m = 0; m < im->worlds; m++)
        mean[m] = loops->dot(im->k, im->alpha[m], p->n);
    const double value = mean_improvement(im, mean, s, share, slope);
    hox__solve_upper(l, im->w, p->n);
    double of_s = 1;
    for (int m = 0; m < im->worlds; m++)
        of_s -= share[m] * slope[m] * (im->least[m] - mean[m]) / s;
    for (int i = 0; i < p->n; i++)
        im->w[i] *= -of_s / v;
    for (int m = 0; m < im->worlds; m++)
        loops->add(-share[m] * slope[m] / s, im->alpha[m], im->w, p->n);
    for (int i = 0; i < p->n; i++)
        im->w[i] *= im->d[i];
    memset(gradient, 0, (size_t)d * sizeof *gradient);
    add_pull(p, &im->point, dense, dim, d, im->w, gradient);
    if (im->cost)
        add_cost_slope(im, dense, dim, d, gradient);
    return value - seconds + log_belief(im, dense, dim, d, gradient);
}

/* ---- uphill ---- */

typedef struct {
    hox__improvement *im;
    double *dense, *best, *slope;
    const int *dim;
    const double *root; /* [d] u = x / root */
    int d;
    double most;
} climber;

static double downhill(unsigned n, const double *x, double *gradient, void *ctx)
{
    climber *c = ctx;
    for (unsigned i = 0; i < n; i++)
        c->dense[c->dim[i]] = fmin(fmax(x[i] / c->root[i], 0), 1);
    const double value = hox__improvement_slope(c->im, c->dense, c->dim, c->d, c->slope);
    if (value > c->most) {
        c->most = value;
        memcpy(c->best, x, n * sizeof *x);
    }
    for (unsigned i = 0; gradient && i < n; i++)
        gradient[i] = -c->slope[i] / c->root[i];
    return isfinite(value) ? -value : 1e10;
}

/* Numbers that are active, as questions of the process. Coordinates are stretched by the root of z,
 * so that a step is as long in all of them. */
static void climb_numbers(hox__improvement *im, hox__arena *arena, double *dense, int steps)
{
    const hox__process *p = im->p;
    const size_t most = (size_t)p->inputs + 1;
    int *dim = HOX__NEW_N(arena, int, most);
    double *room = HOX__NEW_N(arena, double, 5 * most);
    if (!dim || !room)
        return;
    double *x = room, *root = room + most, *best = room + 2 * most, *slope = room + 3 * most,
           *low = room + 4 * most;
    climber c = {im, dense, best, slope, dim, root, 0, -HUGE_VAL};
    for (int j = 0; j < p->inputs; j++) {
        if (p->input[j].nominal || isnan(dense[p->input[j].dim]))
            continue;
        dim[c.d] = p->input[j].dim;
        root[c.d] = fmin(fmax(hox__exp(0.5 * p->log_z[j]), 0.1), 100);
        x[c.d] = dense[dim[c.d]] * root[c.d];
        c.d++;
    }
    memcpy(best, x, (size_t)c.d * sizeof *x);
    if (c.d == 0 || hox__minimize(c.d, x,
                                  &(hox__downhill){.value = downhill,
                                                   .ctx = &c,
                                                   .low = low,
                                                   .high = root,
                                                   .steps = steps,
                                                   .enough = 1e-6}) != HOX_OK)
        return; /* `best` is the best it saw */
    for (int i = 0; i < c.d; i++)
        dense[dim[i]] = fmin(fmax(best[i] / root[i], 0), 1);
}

/* The values that dimension `dim` may move to. */
static int others(const hox__dim *dim, double now, double *out)
{
    int n = 0;
    const int cells = dim->cells < 1e9 ? (int)dim->cells : 1000000000;
    if (dim->nominal) {
        for (int i = 0; i < cells && i < EVERY_CELL; i++)
            out[n++] = i;
    } else if (cells <= EVERY_CELL && hox__cells_even(dim)) {
        for (int i = 0; i < cells; i++)
            out[n++] = (i + 0.5) / cells;
    } else {
        double a, b;
        hox__cell_ends(dim, now, &a, &b);
        if (a > 0)
            out[n++] = hox__cell_middle(dim, a - 1e-3 * (b - a) / (1 + cells));
        if (b < 1)
            out[n++] = hox__cell_middle(dim, b + 1e-3 * (b - a) / (1 + cells));
    }
    return n;
}

/* One dimension after the other takes its best value. True: something moved. */
static bool climb_cells(hox__improvement *im, hox__arena *arena, const hox__coder *coder,
                        double *dense, bool branches, double *value)
{
    const hox__process *p = im->p;
    const size_t dims = (size_t)coder->dims;
    double *copies = HOX__NEW_N(arena, double, dims *EVERY_CELL);
    double option[EVERY_CELL], got[EVERY_CELL];
    const double *at[EVERY_CELL];
    bool moved = false;
    for (int j = 0; copies && j < p->inputs; j++) {
        const hox__dim *dim = &coder->dim[p->input[j].dim];
        const int i = p->input[j].dim;
        if (isnan(dense[i]) || dim->cells == 0 || (dim->nominal && !branches))
            continue;
        const int n = others(dim, dense[i], option);
        for (int k = 0; k < n; k++) {
            memcpy(copies + (size_t)k * dims, dense, dims * sizeof *dense);
            copies[(size_t)k * dims + (size_t)i] = option[k];
            at[k] = copies + (size_t)k * dims;
        }
        hox__improvement_values(im, at, n, got);
        for (int k = 0; k < n; k++)
            if (got[k] > *value + 1e-9) {
                *value = got[k];
                dense[i] = option[k];
                moved = true;
            }
    }
    return moved;
}

double hox__improvement_climb(hox__improvement *im, hox__arena *arena, const hox__coder *coder,
                              double *dense, bool branches, int steps)
{
    double value = -HUGE_VAL;
    const double *at = dense;
    for (int round = 0; round < ROUNDS; round++) {
        climb_numbers(im, arena, dense, steps);
        for (int j = 0; j < im->p->inputs; j++) {
            const int i = im->p->input[j].dim;
            if (!isnan(dense[i]))
                dense[i] = hox__cell_middle(&coder->dim[i], dense[i]);
        }
        hox__improvement_values(im, &at, 1, &value);
        if (!climb_cells(im, arena, coder, dense, branches, &value))
            break;
    }
    return value;
}
