#include "search/cma.h"
#include "base/alloc.h"
#include "base/number.h"
#include "search/eigen.h"
#include "search/special.h"
#include <math.h>
#include <string.h>

/* ---- constants ---- */

int hox__cma_lambda(int n)
{
    return 4 + (int)floor(3 * hox__log(n));
}

/* w_i ~ ln((lambda + 1) / 2) - ln i, i = 1 .. mu; then the rates, all from n and mueff. */
static void set_constants(hox__cma *c)
{
    const double n = c->n;
    double sum = 0, squares = 0;
    for (int i = 0; i < c->mu; i++) {
        c->weight[i] = hox__log((c->lambda + 1) / 2.0) - hox__log(i + 1);
        sum += c->weight[i];
    }
    for (int i = 0; i < c->mu; i++) {
        c->weight[i] /= sum;
        squares += c->weight[i] * c->weight[i];
    }
    const double m = c->mueff = 1 / squares;
    c->cs = (m + 2) / (n + m + 3);
    c->cc = 4 / (n + 4);
    c->c1 = 2 / ((n + 1.3) * (n + 1.3) + m);
    c->cmu = fmin(1 - c->c1, 2 * (m - 2 + 1 / m) / ((n + 2) * (n + 2) + m));
    c->damps = 1 + 2 * fmax(0, sqrt((m - 1) / (n + 1)) - 1) + c->cs;
    c->chi = sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
}

hox_status hox__cma_init(hox__cma *out, int n, int lambda, double sigma)
{
    const size_t m = (size_t)n, mu = (size_t)lambda / 2;
    *out = (hox__cma){.n = n, .lambda = lambda, .mu = (int)mu, .sigma = sigma, .forgotten = 1};
    double *all = hox__alloc(mu + 5 * m + 2 * m * m + m * m + 3 * m, sizeof *all);
    if (!all)
        return HOX_ERR_MEMORY;
    out->weight = all;
    out->mean = all + mu;
    out->ps = out->mean + m;
    out->pc = out->ps + m;
    out->d = out->pc + m;
    out->a = out->d + m;
    out->c = out->a + m;
    out->b = out->c + m * m;
    out->work = out->b + m * m;
    for (size_t i = 0; i < m; i++) {
        out->mean[i] = 0.5;
        out->d[i] = out->a[i] = out->c[i * m + i] = out->b[i * m + i] = 1;
    }
    set_constants(out);
    return HOX_OK;
}

void hox__cma_deinit(hox__cma *cma)
{
    hox__free(cma->weight);
    *cma = (hox__cma){0};
}

/* ---- draws ---- */

void hox__cma_draw(const hox__cma *c, hox_rng *rng, double *x)
{
    memcpy(x, c->mean, (size_t)c->n * sizeof *x);
    for (int k = 0; k < c->n; k++) {
        const double z = c->sigma * c->d[k] * hox__draw_normal(rng);
        for (int i = 0; i < c->n; i++)
            x[i] += c->a[i] * c->b[i * c->n + k] * z;
    }
}

double hox__cma_deviation(const hox__cma *c, int j)
{
    return c->sigma * c->a[j] * sqrt(c->c[j * c->n + j]);
}

double hox__cma_condition(const hox__cma *c)
{
    double least = HUGE_VAL, most = 0;
    for (int i = 0; i < c->n; i++) {
        least = fmin(least, c->d[i]);
        most = fmax(most, c->d[i]);
    }
    return most * most / (least * least);
}

/* ---- the update ---- */

/* out = B f(D) B^T y, f(d) = 1/d */
static void whiten(const hox__cma *c, const double *y, double *out)
{
    const int n = c->n;
    memset(out, 0, (size_t)n * sizeof *out);
    for (int k = 0; k < n; k++) {
        double along = 0;
        for (int i = 0; i < n; i++)
            along += c->b[i * n + k] * y[i];
        for (int i = 0; i < n; i++)
            out[i] += c->b[i * n + k] * along / c->d[k];
    }
}

static double length(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

/* y = (x - mean) / (sigma A), not longer than any draw would be: a normal vector's length is
 * sqrt(n) within 0.7, so 4 more is beyond all. */
static void step_of(const hox__cma *c, const double *x, double *y, double *white)
{
    for (int i = 0; i < c->n; i++)
        y[i] = (x[i] - c->mean[i]) / (c->sigma * c->a[i]);
    whiten(c, y, white);
    const double far = sqrt(c->n) + 4, l = length(white, c->n);
    for (int i = 0; i < c->n && l > far; i++)
        y[i] *= far / l;
}

/* C = B D^2 B^T; as often as C has changed enough for n^3 to be worth it (tutorial, B.2). */
static void factor(hox__cma *c)
{
    const int n = c->n;
    const double wait = 1 / ((c->c1 + c->cmu) * n * 10);
    if ((double)(c->generation - c->factored) < wait)
        return;
    c->factored = c->generation;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            c->c[j * n + i] = c->c[i * n + j];
    memcpy(c->work, c->c, (size_t)n * (size_t)n * sizeof *c->work);
    hox__eigen(n, c->work, c->d, c->b);
    double most = 0;
    for (int i = 0; i < n; i++)
        most = fmax(most, c->d[i]);
    for (int i = 0; i < n; i++)
        c->d[i] = sqrt(fmax(c->d[i], 1e-16 * most));
}

static void move_paths(hox__cma *c, const double *y, double *white, bool *short_path)
{
    const int n = c->n;
    const double s = sqrt(c->cs * (2 - c->cs) * c->mueff), p = sqrt(c->cc * (2 - c->cc) * c->mueff);
    whiten(c, y, white);
    for (int i = 0; i < n; i++)
        c->ps[i] = (1 - c->cs) * c->ps[i] + s * white[i];
    c->forgotten *= (1 - c->cs) * (1 - c->cs);
    *short_path = length(c->ps, n) / sqrt(1 - c->forgotten) / c->chi < 1.4 + 2.0 / (n + 1);
    for (int i = 0; i < n; i++)
        c->pc[i] = (1 - c->cc) * c->pc[i] + (*short_path ? p * y[i] : 0);
}

void hox__cma_update(hox__cma *c, const double *const *x)
{
    const int n = c->n;
    double *y = c->work + n * n, *mean = y + n, *white = mean + n;
    double *sum = c->work; /* [n, n]: sum of w y y^T */
    bool short_path;
    memset(c->work, 0, ((size_t)n * (size_t)n + 2 * (size_t)n) * sizeof *c->work);
    for (int k = 0; k < c->mu; k++) {
        step_of(c, x[k], y, white);
        for (int i = 0; i < n; i++) {
            mean[i] += c->weight[k] * y[i];
            for (int j = 0; j <= i; j++)
                sum[i * n + j] += c->weight[k] * y[i] * y[j];
        }
    }
    for (int i = 0; i < n; i++)
        c->mean[i] += c->sigma * c->a[i] * mean[i];
    move_paths(c, mean, white, &short_path);
    const double lost = short_path ? 0 : c->c1 * c->cc * (2 - c->cc);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            c->c[i * n + j] = (1 - c->c1 - c->cmu + lost) * c->c[i * n + j] +
                              c->c1 * c->pc[i] * c->pc[j] + c->cmu * sum[i * n + j];
    c->sigma *= hox__exp(fmin(1, c->cs / c->damps * (length(c->ps, n) / c->chi - 1)));
    c->generation++;
    factor(c);
}

/* ---- the margin ---- */

/* The cell is the first or the last: `border` is its only way out. */
static void margin_at_end(hox__cma *c, int j, double border, double alpha)
{
    const double most = hox__normal_quantile(1 - alpha) * hox__cma_deviation(c, j);
    const double away = c->mean[j] - border;
    if (fabs(away) > most)
        c->mean[j] = border + (away < 0 ? -most : most);
}

static void margin_inside(hox__cma *c, int j, double low, double high, double alpha)
{
    const double s = hox__cma_deviation(c, j), least = alpha / 2;
    double below = hox__normal_cdf((low - c->mean[j]) / s);
    double above = hox__normal_cdf((c->mean[j] - high) / s);
    const double inside = 1 - below - above;
    if (below >= least && above >= least)
        return;
    below = fmax(below, least);
    above = fmax(above, least);
    const double excess = 1 - below - above - inside, room = below + above + inside - 3 * least;
    if (room > 0) {
        const double b = below + excess / room * (below - least);
        above += excess / room * (above - least);
        below = b;
    }
    const double down = hox__normal_quantile(1 - fmin(below, 0.5 - 1e-9));
    const double up = hox__normal_quantile(1 - fmin(above, 0.5 - 1e-9));
    c->a[j] *= (high - low) / (s * (down + up));
    c->mean[j] = (low * up + high * down) / (down + up);
}

void hox__cma_margin(hox__cma *c, int j, double low, double high, double alpha)
{
    if (low <= 0 && high >= 1)
        return;
    if (low <= 0)
        margin_at_end(c, j, high, alpha);
    else if (high >= 1)
        margin_at_end(c, j, low, alpha);
    else
        margin_inside(c, j, low, high, alpha);
}
