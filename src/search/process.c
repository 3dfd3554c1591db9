#include "search/process.h"
#include "base/number.h"
#include "search/linalg.h"
#include "search/loops.h"
#include "search/minimize.h"
#include "search/warp.h"
#include <math.h>
#include <string.h>

/* z, a, noise (1e-6), the shape of a warp */
static const double THETA_LOW[4] = {-9.2, -6.9, -13.815510557964274, -2},
                    THETA_HIGH[4] = {9.2, 6.9, 0, 2};
static const double ARC = 1.04719755119659774615; /* pi/3: numbers lie on a sixth of the circle */

/* ---- inputs ---- */

static bool lay_out(hox__process *p, hox__arena *arena, const hox__coder *coder)
{
    p->input = HOX__NEW_N(arena, hox__process_input, (size_t)coder->dims);
    p->input_of = HOX__NEW_N(arena, int, 2 * (size_t)coder->dims);
    p->code_of = HOX__NEW_N(arena, int, (size_t)coder->dims);
    if (!p->input || !p->input_of || !p->code_of)
        return false;
    for (int i = 0; i < coder->dims; i++) {
        const hox__dim *dim = &coder->dim[i];
        if (dim->fixed)
            continue;
        const int j = p->inputs++;
        const bool always = dim->seen == coder->walks;
        p->input[j] =
            (hox__process_input){i, dim->nominal, always, dim->nominal ? p->codes : p->coordinates};
        if (dim->nominal)
            p->code_of[p->codes++] = j;
        for (int k = 0; !dim->nominal && k < 2 - always; k++)
            p->input_of[p->coordinates++] = j;
    }
    return true;
}

static double **rows(hox__arena *arena, int n, int width)
{
    double **row = HOX__NEW_N(arena, double *, (size_t)n + 1);
    for (int i = 0; row && i < n; i++)
        if (!(row[i] = HOX__NEW_N(arena, double, (size_t)width)))
            return NULL;
    return row;
}

hox__process *hox__process_new(hox__arena *arena, const hox__coder *coder, int room, bool warp)
{
    hox__process *p = HOX__NEW(arena, hox__process);
    if (!p || !lay_out(p, arena, coder))
        return NULL;
    p->room = room;
    p->at = rows(arena, p->coordinates, room);
    p->raw = rows(arena, p->coordinates, room);
    p->code = rows(arena, p->codes, room);
    p->log_z = HOX__NEW_N(arena, double, (size_t)p->inputs);
    p->log_shape = hox__arena_alloc(arena, (size_t)p->inputs, sizeof *p->log_shape);
    p->u = warp ? rows(arena, p->inputs, room) : NULL;
    p->l = rows(arena, room, room);
    p->log_noise = -4.6;
    const bool all = p->at && p->raw && p->code && p->log_z && p->log_shape && p->l;
    return all && (p->u || !warp) ? p : NULL;
}

/* sin and cos of angles up to pi/6 by their series: the C library's last bit is not ours. */
static void on_circle(double t, double *x, double *y)
{
    const double q = t * t;
    *x = 1 - q / 2 * (1 - q / 12 * (1 - q / 30 * (1 - q / 56 * (1 - q / 90 * (1 - q / 132)))));
    *y = t *
         (1 - q / 6 * (1 - q / 20 * (1 - q / 42 * (1 - q / 72 * (1 - q / 110 * (1 - q / 156))))));
}

hox__process_spot hox__process_coordinates(const hox__process *p, int j, double u)
{
    hox__process_spot spot = {.x = {0}};
    const bool always = p->input[j].always;
    if (isnan(u)) {
        spot.x[0] = always ? 0.5 : 0;
        return spot;
    }
    const hox__warped w = p->u ? hox__warp(u, p->log_shape[j]) : (hox__warped){u, 1, 0, 0};
    double by_w[2] = {1, 0};
    if (always) {
        spot.x[0] = w.value;
    } else {
        on_circle((w.value - 0.5) * ARC, &spot.x[0], &spot.x[1]);
        by_w[0] = -ARC * spot.x[1];
        by_w[1] = ARC * spot.x[0];
    }
    for (int k = 0; k < 2; k++) {
        spot.by_u[k] = by_w[k] * w.slope;
        spot.by_a[k] = by_w[k] * w.of_a;
        spot.by_b[k] = by_w[k] * w.of_b;
    }
    return spot;
}

static void place(hox__process *p, int j, int i, double u)
{
    const hox__process_input *in = &p->input[j];
    const hox__process_spot spot = hox__process_coordinates(p, j, u);
    for (int k = 0; k < 2 - in->always; k++)
        p->raw[in->first + k][i] = spot.x[k];
}

void hox__process_add(hox__process *p, const double *dense)
{
    const int i = p->n++;
    for (int j = 0; j < p->inputs; j++) {
        const hox__process_input *in = &p->input[j];
        const double u = dense[in->dim];
        if (in->nominal)
            p->code[in->first][i] = isnan(u) ? -1 : u;
        else if (p->u)
            p->u[j][i] = u;
        else
            place(p, j, i, u);
    }
}

/* ---- the kernel ---- */

static void scale(hox__process *p, int from)
{
    for (int j = 0; p->u && j < p->inputs; j++)
        for (int i = from; i < p->n && !p->input[j].nominal; i++)
            place(p, j, i, p->u[j][i]);
    for (int k = 0; k < p->coordinates; k++) {
        const double root = hox__exp(0.5 * p->log_z[p->input_of[k]]);
        for (int i = from; i < p->n; i++)
            p->at[k][i] = p->raw[k][i] * root;
    }
}

/* q[m]: scaled squared distances of a point to the first m. */
static void distances(const hox__process *p, const double *at, const double *code,
                      const double *z_code, int m, double *q)
{
    hox__loops_get()->distance(at, (const double *const *)p->at, p->coordinates, 0, q, m);
    for (int c = 0; c < p->codes; c++) {
        const double *other = p->code[c], own = code[c], z = z_code[c];
        for (int i = 0; i < m; i++)
            q[i] += other[i] == own ? 0 : z;
    }
}

hox__process_point hox__process_point_new(hox__arena *arena, const hox__process *p)
{
    /* `code` is followed by the z of each code */
    return (hox__process_point){HOX__NEW_N(arena, double, (size_t)p->coordinates + 1),
                                HOX__NEW_N(arena, double, 2 * (size_t)p->codes + 1)};
}

void hox__process_place(const hox__process *p, const double *dense, hox__process_point *point)
{
    for (int j = 0; j < p->inputs; j++) {
        const hox__process_input *in = &p->input[j];
        const double u = dense[in->dim];
        if (in->nominal) {
            point->code[in->first] = isnan(u) ? -1 : u;
            point->code[p->codes + in->first] = hox__exp(p->log_z[j]);
            continue;
        }
        const hox__process_spot spot = hox__process_coordinates(p, j, u);
        const double root = hox__exp(0.5 * p->log_z[j]);
        for (int k = 0; k < 2 - in->always; k++)
            point->at[in->first + k] = spot.x[k] * root;
    }
}

void hox__process_kernel(const hox__process *p, const hox__process_point *point, double *k,
                         double *d)
{
    const double a = hox__exp(p->log_a);
    distances(p, point->at, point->code, point->code + p->codes, p->n, k);
    if (d) {
        hox__loops_get()->matern(k, k, d, p->n);
        for (int i = 0; i < p->n; i++)
            d[i] *= a;
    } else {
        hox__loops_get()->matern(k, k, NULL, p->n);
    }
    for (int i = 0; i < p->n; i++)
        k[i] *= a;
}

/* Rows from .. n-1 of the lower triangle into p->l, without noise; d: dk/dq, rows too, or NULL. */
static void fill(hox__process *p, int from, double **d, double *at, double *code)
{
    const double a = hox__exp(p->log_a);
    for (int c = 0; c < p->codes; c++)
        code[p->codes + c] = hox__exp(p->log_z[p->code_of[c]]);
    for (int i = from; i < p->n; i++) {
        for (int k = 0; k < p->coordinates; k++)
            at[k] = p->at[k][i];
        for (int c = 0; c < p->codes; c++)
            code[c] = p->code[c][i];
        distances(p, at, code, code + p->codes, i + 1, p->l[i]);
        hox__loops_get()->matern(p->l[i], p->l[i], d ? d[i] : NULL, i + 1);
        for (int j = 0; j <= i; j++)
            p->l[i][j] *= a;
    }
}

enum { LADDER = 8 /* 0, 1e-8 ... 1e-2 */ };

static double rung(int i)
{
    static const double jitter[LADDER] = {0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2};
    return jitter[i];
}

bool hox__process_factor(hox__process *p, int from)
{
    double at[2 * HOX__DIMS_MAX], code[2 * HOX__DIMS_MAX];
    const double a = hox__exp(p->log_a), noise = hox__exp(p->log_noise);
    int first = 0;
    scale(p, from);
    while (from && first + 1 < LADDER && rung(first) * a < p->jitter)
        first++;
    for (int r = first; r < LADDER; r++) {
        const int start = r == first ? from : 0; /* another jitter is for all points */
        p->jitter = rung(r) * a;
        fill(p, start, NULL, at, code);
        for (int i = start; i < p->n; i++)
            p->l[i][i] += noise + p->jitter;
        if (hox__cholesky(p->l, start, p->n))
            return true;
    }
    return false;
}

/* ---- the posterior of the parameters ---- */

int hox__process_parameters(const hox__process *p)
{
    int n = p->inputs + HOX__PROCESS_PARAMETERS;
    for (int j = 0; p->u && j < p->inputs; j++)
        n += p->input[j].nominal ? 0 : 2;
    return n;
}

static void set(hox__process *p, const double *theta)
{
    memcpy(p->log_z, theta, (size_t)p->inputs * sizeof *theta);
    theta += p->inputs;
    p->log_a = *theta++;
    p->log_noise = *theta++;
    for (int j = 0; p->u && j < p->inputs; j++)
        for (int k = 0; k < 2 && !p->input[j].nominal; k++)
            p->log_shape[j][k] = *theta++;
}

static void get(const hox__process *p, double *theta)
{
    memcpy(theta, p->log_z, (size_t)p->inputs * sizeof *theta);
    theta += p->inputs;
    *theta++ = p->log_a;
    *theta++ = p->log_noise;
    for (int j = 0; p->u && j < p->inputs; j++)
        for (int k = 0; k < 2 && !p->input[j].nominal; k++)
            *theta++ = p->log_shape[j][k];
}

typedef struct {
    double **k, **d, **inverse; /* lower triangles */
    double *alpha, *work, *at, *code, *pull, *total;
} scratch;

void *hox__process_scratch(hox__arena *arena, const hox__process *p)
{
    const int n = p->n;
    scratch *s = HOX__NEW(arena, scratch);
    if (!s)
        return NULL;
    s->k = rows(arena, n, n);
    s->d = rows(arena, n, n);
    s->inverse = rows(arena, n, n);
    s->alpha = HOX__NEW_N(arena, double, (size_t)n + 1);
    s->work = HOX__NEW_N(arena, double, (size_t)n *((size_t)n + HOX__COLUMNS) + 1);
    s->at = HOX__NEW_N(arena, double, (size_t)p->coordinates + 1);
    s->code = HOX__NEW_N(arena, double, 2 * (size_t)p->codes + 1);
    s->pull = HOX__NEW_N(arena, double, (size_t)n + 1);
    s->total = HOX__NEW_N(arena, double, (size_t)n + 1);
    const bool all = s->k && s->d && s->inverse && s->alpha && s->work && s->at && s->code;
    return all && s->pull && s->total ? s : NULL;
}

/* s->d[i][j] becomes (alpha_i alpha_j - K^-1_ij) dk/dq, j < i; the other sums go into the gradient.
 */
static void weigh(const hox__process *p, scratch *s, double *of_a, double *of_noise)
{
    const double a = hox__exp(p->log_a), noise = hox__exp(p->log_noise);
    double trace = 0;
    *of_a = 0;
    for (int i = 0; i < p->n; i++) {
        for (int j = 0; j < i; j++) {
            const double w = s->alpha[i] * s->alpha[j] - s->inverse[i][j];
            *of_a += w * s->k[i][j];
            s->d[i][j] *= w * a;
        }
        trace += s->alpha[i] * s->alpha[i] - s->inverse[i][i];
    }
    *of_a += 0.5 * a * trace;
    *of_noise = 0.5 * noise * trace;
}

static void gradient_of_z(const hox__process *p, const scratch *s, double *gradient)
{
    for (int j = 0; j < p->inputs; j++)
        gradient[j] = 0;
    for (int i = 1; i < p->n; i++) {
        for (int k = 0; k < p->coordinates; k++)
            gradient[p->input_of[k]] +=
                hox__loops_get()->weighted(p->raw[k][i], p->raw[k], s->d[i], i);
        for (int c = 0; c < p->codes; c++) {
            double sum = 0;
            for (int m = 0; m < i; m++)
                sum += p->code[c][m] == p->code[c][i] ? 0 : s->d[i][m];
            gradient[p->code_of[c]] += sum;
        }
    }
    for (int j = 0; j < p->inputs; j++)
        gradient[j] *= hox__exp(p->log_z[j]);
}

/* y = D x of the symmetric matrix whose strict lower triangle is d. */
static void times(double *const *d, const double *x, int n, double *y)
{
    memset(y, 0, (size_t)n * sizeof *y);
    for (int i = 1; i < n; i++) {
        y[i] += hox__loops_get()->dot(d[i], x, i);
        hox__loops_get()->add(x[i], d[i], y, i);
    }
}

/* gradient[2]: by log a and log b of the warp of input j. A point's coordinate x_i pulls with
 * 2 z sum_m d_im (x_i - x_m); total[i]: sum_m d_im. */
static void gradient_of_shape(const hox__process *p, scratch *s, int j, double *gradient)
{
    const hox__process_input *in = &p->input[j];
    const double z = hox__exp(p->log_z[j]);
    gradient[0] = gradient[1] = 0;
    for (int k = 0; k < 2 - in->always; k++) {
        const double *x = p->raw[in->first + k];
        times(s->d, x, p->n, s->pull);
        for (int i = 0; i < p->n; i++) {
            const hox__process_spot spot = hox__process_coordinates(p, j, p->u[j][i]);
            const double pull = 2 * z * (x[i] * s->total[i] - s->pull[i]);
            gradient[0] += pull * spot.by_a[k];
            gradient[1] += pull * spot.by_b[k];
        }
    }
}

static void gradient_of_shapes(const hox__process *p, scratch *s, double *gradient)
{
    for (int i = 0; i < p->n; i++)
        s->pull[i] = 1;
    times(s->d, s->pull, p->n, s->total);
    for (int j = 0, at = 0; j < p->inputs; j++)
        if (!p->input[j].nominal) {
            gradient_of_shape(p, s, j, gradient + at);
            at += 2;
        }
}

/* Adds the logarithms of the warps' priors. */
static double add_shape_priors(const hox__process *p, double *gradient)
{
    const double precision = 1 / (HOX__WARP_SD * HOX__WARP_SD);
    double sum = 0;
    for (int j = 0, at = 0; j < p->inputs; j++)
        for (int k = 0; k < 2 && !p->input[j].nominal; k++, at++) {
            const double shape = p->log_shape[j][k];
            sum -= 0.5 * precision * shape * shape;
            gradient[at] -= precision * shape;
        }
    return sum;
}

/* Adds the logarithms of the priors. */
static double add_priors(const hox__process *p, double *gradient)
{
    double sum = 0;
    const double a = hox__exp(p->log_a), noise = hox__exp(p->log_noise);
    for (int j = 0; j < p->inputs; j++) {
        const double z = hox__exp(p->log_z[j]);
        sum -= 0.1 / z + 0.1 * z;
        gradient[j] += 0.1 / z - 0.1 * z;
    }
    gradient[p->inputs] += 1 - a;
    gradient[p->inputs + 1] += 0.1 - 30 * noise;
    return sum + p->log_a - a + 0.1 * p->log_noise - 30 * noise;
}

double hox__process_posterior(hox__process *p, const double *y, const double *theta,
                              double *gradient, void *room)
{
    scratch *s = room;
    const int n = p->n, shapes = p->inputs + HOX__PROCESS_PARAMETERS;
    set(p, theta);
    const double diagonal = hox__exp(p->log_noise) + 1e-10 * hox__exp(p->log_a);
    scale(p, 0);
    fill(p, 0, s->d, s->at, s->code);
    for (int i = 0; i < n; i++) {
        memcpy(s->k[i], p->l[i], (size_t)(i + 1) * sizeof **p->l);
        p->l[i][i] += diagonal;
    }
    if (!hox__cholesky(p->l, 0, n))
        return -HUGE_VAL;
    const double *const *l = (const double *const *)p->l;
    double value = 0;
    memcpy(s->alpha, y, (size_t)n * sizeof *y);
    hox__solve_lower(l, s->alpha, n);
    for (int i = 0; i < n; i++)
        value -= 0.5 * s->alpha[i] * s->alpha[i] + hox__log(l[i][i]) + 0.91893853320467274178;
    hox__solve_upper(l, s->alpha, n);
    hox__inverse(l, n, s->inverse, s->work);
    weigh(p, s, &gradient[p->inputs], &gradient[p->inputs + 1]);
    gradient_of_z(p, s, gradient);
    if (p->u) {
        gradient_of_shapes(p, s, gradient + shapes);
        value += add_shape_priors(p, gradient + shapes);
    }
    return value + add_priors(p, gradient);
}

/* ---- the largest posterior ---- */

typedef struct {
    hox__process *p;
    const double *y;
    void *room;
    double *best, *own, most;
} climb;

static double downhill(unsigned n, const double *theta, double *gradient, void *ctx)
{
    climb *c = ctx;
    const double value = hox__process_posterior(c->p, c->y, theta, c->own, c->room);
    if (value > c->most) {
        c->most = value;
        memcpy(c->best, theta, n * sizeof *theta);
    }
    for (unsigned i = 0; gradient && i < n; i++)
        gradient[i] = value > -HUGE_VAL ? -c->own[i] : 0;
    return value > -HUGE_VAL ? -value : 1e10;
}

/* The bound of parameter i. */
static double bound(const hox__process *p, int i, const double of[4])
{
    const int after = i - p->inputs;
    return of[after < 0 ? 0 : after < HOX__PROCESS_PARAMETERS ? after + 1 : 3];
}

hox_status hox__process_fit(hox__process *p, hox__arena *arena, const double *y, int steps)
{
    const int d = hox__process_parameters(p);
    double *theta = HOX__NEW_N(arena, double, (size_t)d),
           *low = HOX__NEW_N(arena, double, (size_t)d),
           *high = HOX__NEW_N(arena, double, (size_t)d),
           *best = HOX__NEW_N(arena, double, (size_t)d),
           *own = HOX__NEW_N(arena, double, (size_t)d);
    climb c = {p, y, hox__process_scratch(arena, p), best, own, -HUGE_VAL};
    if (!theta || !low || !high || !best || !own || !c.room)
        return HOX_ERR_MEMORY;
    get(p, theta);
    for (int i = 0; i < d; i++) {
        low[i] = bound(p, i, THETA_LOW);
        high[i] = bound(p, i, THETA_HIGH);
        theta[i] = fmin(fmax(theta[i], low[i]), high[i]);
    }
    memcpy(best, theta, (size_t)d * sizeof *best);
    const hox_status status = hox__minimize(d, theta,
                                            &(hox__downhill){.value = downhill,
                                                             .ctx = &c,
                                                             .low = low,
                                                             .high = high,
                                                             .steps = steps,
                                                             .enough = 1e-3});
    if (status == HOX_OK)
        set(p, best); /* the best it saw */
    return status;
}
