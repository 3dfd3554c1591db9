#include "search/parzen.h"
#include "base/alloc.h"
#include "base/number.h"
#include "search/loops.h"
#include "search/special.h"
#include <math.h>
#include <string.h>

enum {
    EXACT = 100,      /* components up to which the bandwidth follows n exactly */
    FLAT = 25,        /* the latest trials weigh 1 */
    TABLE_MAX = 4096, /* even cells up to which masses stand in a table */
    BLOCK = 128,      /* components at a time: their coordinates stay in the cache */
    FEW = 256,        /* components up to which uneven cells are integrated exactly */
    BRANCH_DRAWS = 16,
};

static const double LOG_SQRT_2PI = 0.91893853320467274178,
                    LOG_PRIOR_MASS = -0.95991633369562248; /* log(Phi(1/2) - Phi(-1/2)) */

typedef enum { CONTINUOUS, EVEN, UNEVEN, NOMINAL } kernel;

static const hox__dim *dim_of(const hox__parzen *p, int k)
{
    return &p->look[k];
}

static kernel kernel_of(const hox__dim *dim)
{
    if (dim->nominal)
        return NOMINAL;
    if (dim->cells == 0)
        return CONTINUOUS;
    return dim->cells <= TABLE_MAX && hox__cells_even(dim) ? EVEN : UNEVEN;
}

/* ---- memory ---- */

hox_status hox__parzen_init(hox__parzen *p, const hox__coder *coder, const int *dim, int d)
{
    *p = (hox__parzen){.d = d, .sigma = -1, .weights = 1};
    p->dim = hox__alloc((size_t)d, sizeof *p->dim);
    p->look = hox__alloc((size_t)d, sizeof *p->look);
    p->at = hox__alloc((size_t)d, sizeof *p->at);
    p->mass = hox__alloc((size_t)d, sizeof *p->mass);
    p->smooth = hox__alloc((size_t)d, sizeof *p->smooth);
    p->smooth_at = hox__alloc((size_t)d, sizeof *p->smooth_at);
    if (!p->dim || !p->look || !p->at || !p->mass || !p->smooth || !p->smooth_at)
        return HOX_ERR_MEMORY;
    for (int k = 0; k < d; k++) {
        p->dim[k] = dim[k];
        p->look[k] = coder->dim[dim[k]];
        if (kernel_of(&p->look[k]) == CONTINUOUS)
            p->smooth[p->n_smooth++] = k;
    }
    return hox__parzen_settle(p);
}

void hox__parzen_deinit(hox__parzen *p)
{
    for (int k = 0; k < p->d; k++) {
        if (p->at)
            hox__free(p->at[k]);
        if (p->mass)
            hox__free(p->mass[k]);
    }
    hox__free(p->dim);
    hox__free(p->look);
    hox__free(p->smooth);
    hox__free(p->smooth_at);
    hox__free(p->at);
    hox__free(p->mass);
    hox__free(p->base);
    hox__free(p->weight);
    hox__free(p->trial);
    hox__free(p->by_trial);
    hox__free(p->free_slot);
    *p = (hox__parzen){0};
}

#define GROW(array, room)                                                                          \
    do {                                                                                           \
        void *grown = hox__realloc((array), (size_t)(room), sizeof *(array));                      \
        if (!grown)                                                                                \
            return HOX_ERR_MEMORY;                                                                 \
        (array) = grown;                                                                           \
    } while (0)

static hox_status grow(hox__parzen *p)
{
    const int64_t room = p->room ? 2 * p->room : 32;
    for (int k = 0; k < p->d; k++)
        GROW(p->at[k], room);
    for (int k = 0; k < p->n_smooth; k++)
        p->smooth_at[k] = p->at[p->smooth[k]];
    GROW(p->base, room);
    GROW(p->weight, room);
    GROW(p->trial, room);
    GROW(p->by_trial, room);
    GROW(p->free_slot, room);
    p->room = room;
    return HOX_OK;
}

/* ---- components ---- */

/* Minus the sum of the logarithms of what truncation leaves of the component's kernels: at least
 * 0.38 each, so a product of 64 is far from underflow. */
static double base_of(const hox__parzen *p, int64_t slot)
{
    double sum = 0, product = 1;
    for (int k = 0; k < p->d; k++) {
        const hox__dim *dim = dim_of(p, k);
        const double s = 0.70710678118654752440 / p->sigma;
        double m = p->at[k][slot];
        if (kernel_of(dim) == NOMINAL)
            continue;
        if (kernel_of(dim) == EVEN)
            m = (m + 0.5) / dim->cells;
        product *= 1 - 0.5 * (hox__erfc(m * s) + hox__erfc((1 - m) * s));
        if (k % 64 == 63) {
            sum -= hox__log(product);
            product = 1;
        }
    }
    return sum - hox__log(product);
}

/* The first place in by_trial whose trial is not below `trial`. */
static int64_t place_of(const hox__parzen *p, uint64_t trial)
{
    int64_t low = 0, high = p->n;
    if (p->n && p->trial[p->by_trial[p->n - 1]] < trial)
        return p->n;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (p->trial[p->by_trial[middle]] < trial)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

hox_status hox__parzen_add(hox__parzen *p, uint64_t trial, const double *at)
{
    const int64_t holes = p->used - p->n;
    if (holes == 0 && p->used == p->room && grow(p) != HOX_OK)
        return HOX_ERR_MEMORY;
    const int64_t slot = holes ? p->free_slot[holes - 1] : p->used++;
    const int64_t place = place_of(p, trial);
    memmove(p->by_trial + place + 1, p->by_trial + place,
            (size_t)(p->n - place) * sizeof *p->by_trial);
    p->by_trial[place] = slot;
    p->trial[slot] = trial;
    for (int k = 0; k < p->d; k++) {
        const hox__dim *dim = dim_of(p, k);
        const double x = at[p->dim[k]];
        p->at[k][slot] = kernel_of(dim) == EVEN ? hox__cell_index(dim, x) : x;
    }
    p->n++;
    p->base[slot] = base_of(p, slot);
    return HOX_OK;
}

void hox__parzen_remove(hox__parzen *p, uint64_t trial)
{
    const int64_t place = place_of(p, trial);
    if (place == p->n || p->trial[p->by_trial[place]] != trial)
        return;
    const int64_t slot = p->by_trial[place];
    memmove(p->by_trial + place, p->by_trial + place + 1,
            (size_t)(p->n - place - 1) * sizeof *p->by_trial);
    p->n--;
    p->free_slot[p->used - p->n - 1] = slot;
    p->base[slot] = -HUGE_VAL;
    p->weight[slot] = 0;
}

/* ---- bandwidth, weights ---- */

static double scale_of(int64_t n)
{
    if (n <= EXACT)
        return (double)n;
    double scale = EXACT;
    while (scale * 1.05 <= (double)n)
        scale *= 1.05;
    return scale;
}

static double sigma_of(double n, int d)
{
    const double low = 1 / fmin(100, n + 2);
    const double scott = 0.2 * hox__exp(-hox__log(fmax(n, 1)) / (d + 4));
    return fmin(fmax(scott, low), 1);
}

/* mass[k][i]: the logarithm of the normal mass of the cell i cells away, before truncation. */
static hox_status renew_masses(hox__parzen *p)
{
    for (int k = 0; k < p->d; k++) {
        const hox__dim *dim = dim_of(p, k);
        if (kernel_of(dim) != EVEN)
            continue;
        const int cells = (int)dim->cells;
        GROW(p->mass[k], cells);
        const double width = 1 / (cells * p->sigma);
        for (int i = 0; i < cells; i++)
            p->mass[k][i] = hox__log_mass((i - 0.5) * width, (i + 0.5) * width);
    }
    return HOX_OK;
}

static void renew_weights(hox__parzen *p)
{
    const int64_t ramp = p->n > FLAT ? p->n - FLAT : 0;
    double sum = 1;
    for (int64_t i = 0; i < p->n; i++) {
        const double first = 1 / (double)p->n;
        const double part = ramp > 1 ? (double)i / (double)(ramp - 1) : 0;
        const double w = i < ramp ? first + (1 - first) * part : 1;
        p->weight[p->by_trial[i]] = w;
        sum += w;
    }
    p->weights = sum;
}

hox_status hox__parzen_settle(hox__parzen *p)
{
    const double sigma = sigma_of(scale_of(p->n), p->d);
    if (sigma != p->sigma) {
        p->sigma = sigma;
        p->log_sigma = hox__log(sigma);
        if (renew_masses(p) != HOX_OK) {
            p->sigma = -1; /* renewed by the next settle */
            return HOX_ERR_MEMORY;
        }
        for (int64_t i = 0; i < p->n; i++)
            p->base[p->by_trial[i]] = base_of(p, p->by_trial[i]);
    }
    renew_weights(p);
    return HOX_OK;
}

/* ---- density ---- */

/* What a candidate adds to the logarithm of every component: constants and the kernels' place. */
typedef struct {
    double a, b, width; /* numbers on a grid: the cell */
    double constant;
    double hit, miss; /* branches */
    int64_t cell;
} place;

static place place_in(const hox__parzen *p, int k, double x)
{
    place at = {0};
    const hox__dim *dim = dim_of(p, k);
    const double m = (double)p->n + 1;
    switch (kernel_of(dim)) {
    case NOMINAL: {
        const double v = dim->share[(int)x] / m, all = 1 + dim->cells / m;
        at.hit = hox__log((1 + v) / all);
        at.miss = hox__log(v / all);
        break;
    }
    case EVEN:
        at.cell = (int64_t)hox__cell_index(dim, x);
        break;
    case UNEVEN:
        hox__cell_ends(dim, x, &at.a, &at.b);
        at.width = at.b - at.a;
        at.constant = hox__log(at.width) - p->log_sigma - LOG_SQRT_2PI;
        break;
    case CONTINUOUS:
        break;
    }
    return at;
}

/* The prior's component of one dimension. */
static double prior_at(const hox__parzen *p, int k, double x)
{
    const hox__dim *dim = dim_of(p, k);
    double a, b;
    switch (kernel_of(dim)) {
    case NOMINAL:
        return hox__log(dim->share[(int)x] / dim->cells);
    case EVEN:
    case UNEVEN:
        hox__cell_ends(dim, x, &a, &b);
        return hox__log_mass(a - 0.5, b - 0.5) - LOG_PRIOR_MASS;
    case CONTINUOUS:
        break;
    }
    return -0.5 * (x - 0.5) * (x - 0.5) - LOG_SQRT_2PI - LOG_PRIOR_MASS;
}

/* v[i] += log mass of an uneven cell. Narrow cells: the density in the middle times the width, to
 * the second order; w = width / sigma < 1/4 leaves a relative error below 1e-5. */
static void add_uneven(const hox__parzen *p, int k, const place *at, int64_t from, int n, double *v)
{
    const double *m = p->at[k] + from, s = 1 / p->sigma, w = at->width * s;
    if (p->n <= FEW || w > 0.25) {
        for (int i = 0; i < n; i++)
            v[i] += hox__log_mass((at->a - m[i]) * s, (at->b - m[i]) * s);
        return;
    }
    const double middle = 0.5 * (at->a + at->b);
    for (int i = 0; i < n; i++) {
        const double t = (middle - m[i]) * s, e = w * w / 24 * (t * t - 1);
        v[i] += at->constant - 0.5 * t * t + e - 0.5 * e * e;
    }
}

/* v[n] += logarithms of the kernels of components from .. from+n-1 at x[d]; smooth[n_smooth]: the
 * continuous coordinates of x. */
static void add_kernels(const hox__parzen *p, const hox__loops *loops, const double *x,
                        const double *smooth, const place *at, int64_t from, int n, double *v)
{
    double q[BLOCK];
    const double constant = -p->n_smooth * (p->log_sigma + LOG_SQRT_2PI),
                 half = 0.5 / (p->sigma * p->sigma);
    for (int k = 0; k < p->d; k++) {
        const double *m = p->at[k] + from;
        switch (kernel_of(dim_of(p, k))) {
        case NOMINAL:
            for (int i = 0; i < n; i++)
                v[i] += m[i] == x[k] ? at[k].hit : at[k].miss;
            break;
        case EVEN:
            for (int i = 0; i < n; i++)
                v[i] += p->mass[k][(int)fabs((double)at[k].cell - m[i])];
            break;
        case UNEVEN:
            add_uneven(p, k, &at[k], from, n, v);
            break;
        case CONTINUOUS:
            break;
        }
    }
    loops->distance(smooth, p->smooth_at, p->n_smooth, from, q, n);
    for (int i = 0; i < n; i++)
        v[i] += constant - half * q[i];
}

/* A sum of exponentials that is shifted as its largest term grows. */
typedef struct {
    double most, sum; /* sum of exp(. - most) */
} running;

static void add_block(const hox__loops *loops, running *r, double *v, const double *weight, int n)
{
    double most = -HUGE_VAL;
    for (int i = 0; i < n; i++)
        most = v[i] > most ? v[i] : most;
    if (most < r->most - 60)
        return; /* below the last bit, 1e5 of them too */
    if (most > r->most) {
        r->sum *= hox__exp(r->most - most);
        r->most = most;
    }
    for (int i = 0; i < n; i++)
        v[i] -= r->most;
    loops->exp(v, n);
    r->sum += loops->dot(v, weight, n);
}

static void density(const hox__parzen *p, const double *x, int count, place *at, double *smooth,
                    double *out)
{
    const hox__loops *loops = hox__loops_get();
    running sum[HOX__PARZEN_CANDIDATES_MAX];
    for (int c = 0; c < count; c++) {
        sum[c] = (running){0, 1};
        for (int k = 0; k < p->d; k++) {
            at[c * p->d + k] = place_in(p, k, x[c * p->d + k]);
            sum[c].most += prior_at(p, k, x[c * p->d + k]);
            if (p->level_prior && kernel_of(dim_of(p, k)) == CONTINUOUS)
                sum[c].most -= p->log_sigma;
        }
        for (int k = 0; k < p->n_smooth; k++)
            smooth[c * p->n_smooth + k] = x[c * p->d + p->smooth[k]];
    }
    for (int64_t from = 0; from < p->used; from += BLOCK) {
        const int n = p->used - from < BLOCK ? (int)(p->used - from) : BLOCK;
        for (int c = 0; c < count; c++) {
            double v[BLOCK];
            memcpy(v, p->base + from, (size_t)n * sizeof *v);
            add_kernels(p, loops, x + c * p->d, smooth + c * p->n_smooth, at + c * p->d, from, n,
                        v);
            add_block(loops, &sum[c], v, p->weight + from, n);
        }
    }
    for (int c = 0; c < count; c++)
        out[c] = sum[c].most + hox__log(sum[c].sum / p->weights);
}

hox_status hox__parzen_log_density(const hox__parzen *p, const double *x, int count, double *out)
{
    place *at = hox__alloc((size_t)count * (size_t)p->d, sizeof *at);
    double *smooth = hox__alloc((size_t)count * (size_t)p->d, sizeof *smooth);
    const bool room = at && smooth;
    if (room)
        density(p, x, count, at, smooth, out);
    hox__free(at);
    hox__free(smooth);
    return room ? HOX_OK : HOX_ERR_MEMORY;
}

/* ---- draws ---- */

/* A component by weight; -1: the prior. */
static int64_t draw_component(const hox__parzen *p, hox_rng *rng)
{
    double left = hox_rng_unit(rng) * p->weights;
    for (int64_t i = 0; i < p->n; i++)
        if ((left -= p->weight[p->by_trial[i]]) < 0)
            return p->by_trial[i];
    return -1;
}

static int64_t draw_share(const hox__dim *dim, double own, int64_t branch, hox_rng *rng)
{
    double left = hox_rng_unit(rng) * (dim->cells + own);
    if (branch >= 0 && (left -= own) < 0)
        return branch;
    for (int64_t i = 0; i < (int64_t)dim->cells; i++)
        if ((left -= dim->share[i]) < 0)
            return i;
    return (int64_t)dim->cells - 1;
}

static double draw_one(const hox__parzen *p, int k, int64_t slot, hox_rng *rng)
{
    const hox__dim *dim = dim_of(p, k);
    const kernel kind = kernel_of(dim);
    double m = slot < 0 ? 0.5 : p->at[k][slot], x;
    if (kind == NOMINAL)
        return (double)draw_share(dim, slot < 0 ? 0 : (double)p->n + 1, slot < 0 ? -1 : (int64_t)m,
                                  rng);
    if (kind == EVEN && slot >= 0)
        m = (m + 0.5) / dim->cells;
    do
        x = m + (slot < 0 ? 1 : p->sigma) * hox__draw_normal(rng);
    while (x < 0 ||
           x > 1); /* m lies inside: every second draw is, and with the prior one in three */
    return hox__cell_middle(dim, x);
}

void hox__parzen_draw(const hox__parzen *p, hox_rng *rng, double *x)
{
    const int64_t slot = draw_component(p, rng);
    for (int k = 0; k < p->d; k++)
        x[k] = draw_one(p, k, slot, rng);
}

int64_t hox__parzen_draw_branch(const hox__parzen *p, int k, const bool *mask, hox_rng *rng)
{
    for (int i = 0; i < BRANCH_DRAWS; i++) {
        const int64_t branch = (int64_t)draw_one(p, k, draw_component(p, rng), rng);
        if (mask[branch])
            return branch;
    }
    return -1;
}
