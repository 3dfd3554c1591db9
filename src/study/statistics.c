#include "study/statistics.h"
#include "base/alloc.h"
#include "search/special.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXACT_MAX = 50, SIGNS_MAX = 16, SIGN_DRAWS = 20000, POSTERIOR_DRAWS = 10000 };

/* ---- one sample ---- */

double hox__sample_mean(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return n ? sum / n : (double)NAN;
}

double hox__sample_deviation(const double *x, int n)
{
    const double mean = hox__sample_mean(x, n);
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sqrt(sum / (n - 1)) : 0;
}

static int rising(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile_sorted(const double *x, int n, double p)
{
    const double at = p * (n - 1);
    const int low = (int)floor(at);
    return low + 1 < n ? x[low] + (at - low) * (x[low + 1] - x[low]) : x[n - 1];
}

double hox__sample_quantile(double *x, int n, double p)
{
    qsort(x, (size_t)n, sizeof *x, rising);
    return quantile_sorted(x, n, p);
}

/* ---- ranks ---- */

typedef struct {
    double size;
    int index;
} sized;

static int by_size(const void *a, const void *b)
{
    const sized *x = a, *y = b;
    return x->size != y->size ? (x->size > y->size) - (x->size < y->size) : x->index - y->index;
}

/* rank[index]: from 1, equal sizes share the mean; returns the sum of t^3 - t over ties. */
static double share_ranks(sized *x, int n, double *rank)
{
    double ties = 0;
    qsort(x, (size_t)n, sizeof *x, by_size);
    for (int i = 0, j; i < n; i = j) {
        for (j = i; j < n && x[j].size == x[i].size; j++)
            ;
        for (int k = i; k < j; k++)
            rank[x[k].index] = 0.5 * (i + 1 + j);
        const double t = j - i;
        ties += t * t * t - t;
    }
    return ties;
}

/* ---- Wilcoxon ---- */

/* The part of all signs with a sum of positive ranks of at most `least`: how many ways there are to
 * each sum of doubled ranks. */
static hox_status exact_tail(const double *rank, int n, double least, double *p)
{
    const size_t most = (size_t)n * ((size_t)n + 1);
    double *ways = hox__alloc(most + 1, sizeof *ways), tail = 0;
    size_t top = 0;
    if (!ways)
        return HOX_ERR_MEMORY;
    ways[0] = 1;
    for (int i = 0; i < n; i++) {
        const size_t r = (size_t)(2 * rank[i] + 0.5);
        top += r;
        for (size_t s = top + 1; s-- > r;)
            ways[s] = 0.5 * (ways[s] + ways[s - r]);
        for (size_t s = 0; s < r; s++)
            ways[s] *= 0.5;
    }
    for (size_t s = 0; s <= (size_t)(2 * least + 0.5); s++)
        tail += ways[s];
    hox__free(ways);
    *p = fmin(1, 2 * tail);
    return HOX_OK;
}

static double normal_tail(double least, int n, double ties)
{
    const double k = n, mean = k * (k + 1) / 4;
    const double variance = k * (k + 1) * (2 * k + 1) / 24 - ties / 48;
    return variance > 0 ? fmin(1, 2 * hox__normal_cdf((least - mean) / sqrt(variance))) : 1;
}

hox_status hox__wilcoxon(const double *d, int n, hox__signed_ranks *out)
{
    sized *x = hox__alloc((size_t)n + 1, sizeof *x);
    double *rank = hox__alloc((size_t)n + 1, sizeof *rank);
    bool *up = hox__alloc((size_t)n + 1, sizeof *up);
    hox_status status = x && rank && up ? HOX_OK : HOX_ERR_MEMORY;
    *out = (hox__signed_ranks){.p = 1, .exact = true};
    if (status == HOX_OK) {
        for (int i = 0; i < n; i++)
            if (d[i] != 0) {
                x[out->n] = (sized){fabs(d[i]), out->n};
                up[out->n++] = d[i] > 0;
            }
        const double ties = share_ranks(x, out->n, rank);
        for (int i = 0; i < out->n; i++)
            *(up[i] ? &out->plus : &out->minus) += rank[i];
        const double least = fmin(out->plus, out->minus);
        out->exact = out->n <= EXACT_MAX;
        if (out->n > 0 && out->exact)
            status = exact_tail(rank, out->n, least, &out->p);
        else if (out->n > 0)
            out->p = normal_tail(least, out->n, ties);
    }
    hox__free(x);
    hox__free(rank);
    hox__free(up);
    return status;
}

int hox__wilcoxon_least(double alpha)
{
    int n = 1;
    while (n < 64 && 2 * pow(0.5, n) >= alpha)
        n++;
    return n;
}

/* ---- resampling ---- */

static double signed_sum(const double *d, int n, uint32_t signs)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += signs >> i & 1 ? -d[i] : d[i];
    return sum;
}

double hox__sign_flips(const double *d, int n, hox_rng *rng)
{
    double seen = 0, slack = 0;
    int64_t as_large = 0, all = 0;
    for (int i = 0; i < n; i++) {
        seen += d[i];
        slack += 1e-12 * fabs(d[i]); /* sums in another order are the same sum */
    }
    seen = fabs(seen) - slack;
    if (n <= SIGNS_MAX) {
        for (uint32_t signs = 0; signs < 1u << n; signs++, all++)
            as_large += fabs(signed_sum(d, n, signs)) >= seen;
        return (double)as_large / (double)all;
    }
    for (all = 0; all < SIGN_DRAWS; all++) {
        double sum = 0;
        for (int i = 0; i < n; i += 32)
            sum += signed_sum(d + i, n - i < 32 ? n - i : 32, hox_rng_u32(rng));
        as_large += fabs(sum) >= seen;
    }
    return (double)(as_large + 1) / (double)(all + 1);
}

static double resampled_mean(const double *d, int n, hox_rng *rng)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += d[hox_rng_below(rng, (uint32_t)n)];
    return sum / n;
}

static hox__interval percentiles(double *mean, int draws, double level)
{
    qsort(mean, (size_t)draws, sizeof *mean, rising);
    return (hox__interval){quantile_sorted(mean, draws, (1 - level) / 2),
                           quantile_sorted(mean, draws, (1 + level) / 2)};
}

hox_status hox__bootstrap_mean(const double *d, int n, int draws, double level, hox_rng *rng,
                               hox__interval *out)
{
    const int size = n;
    return hox__bootstrap_two_levels(d, &size, 1, draws, level, rng, out);
}

hox_status hox__bootstrap_two_levels(const double *d, const int *size, int problems, int draws,
                                     double level, hox_rng *rng, hox__interval *out)
{
    double *mean = hox__alloc((size_t)draws, sizeof *mean);
    int *from = hox__alloc((size_t)problems, sizeof *from);
    const bool room = mean && from;
    for (int i = 1; room && i < problems; i++)
        from[i] = from[i - 1] + size[i - 1];
    for (int k = 0; room && k < draws; k++) {
        for (int i = 0; i < problems; i++) {
            const uint32_t which = problems > 1 ? hox_rng_below(rng, (uint32_t)problems) : 0;
            mean[k] += resampled_mean(d + from[which], size[which], rng) / problems;
        }
    }
    if (room)
        *out = percentiles(mean, draws, level);
    hox__free(mean);
    hox__free(from);
    return room ? HOX_OK : HOX_ERR_MEMORY;
}

double hox__pairs_needed(double deviation, double delta, double alpha, double power)
{
    if (delta == 0)
        return 0;
    const double z = hox__normal_quantile(1 - alpha / 2) + hox__normal_quantile(power);
    return ceil(pow(z * deviation / delta, 2));
}

/* ---- two samples, many tests ---- */

double hox__a12(const double *a, int n, const double *b, int m)
{
    double larger = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            larger += a[i] > b[j] ? 1 : a[i] == b[j] ? 0.5 : 0;
    return n && m ? larger / n / m : 0.5;
}

hox_status hox__holm(double *p, int n)
{
    sized *x = hox__alloc((size_t)n + 1, sizeof *x);
    double least = 0;
    if (!x)
        return HOX_ERR_MEMORY;
    for (int i = 0; i < n; i++)
        x[i] = (sized){p[i], i};
    qsort(x, (size_t)n, sizeof *x, by_size);
    for (int i = 0; i < n; i++) {
        least = fmax(least, fmin(1, (n - i) * x[i].size));
        p[x[i].index] = least;
    }
    hox__free(x);
    return HOX_OK;
}

/* ---- many problems ---- */

hox_status hox__friedman(const double *loss, int problems, int methods, double *rank,
                         hox__friedman_result *out)
{
    const double k = methods, n = problems;
    sized *x = hox__alloc((size_t)methods, sizeof *x);
    double *one = hox__alloc((size_t)methods, sizeof *one), ties = 0, squares = 0;
    const bool room = x && one;
    memset(rank, 0, (size_t)methods * sizeof *rank);
    for (int i = 0; room && i < problems; i++) {
        for (int j = 0; j < methods; j++)
            x[j] = (sized){loss[i * methods + j], j};
        ties += share_ranks(x, methods, one);
        for (int j = 0; j < methods; j++)
            rank[j] += one[j] / n;
    }
    for (int j = 0; j < methods; j++)
        squares += (rank[j] - (k + 1) / 2) * (rank[j] - (k + 1) / 2);
    const double untied = 1 - ties / (n * (k * k * k - k));
    *out = (hox__friedman_result){0, 1};
    if (untied > 0) {
        out->chi2 = 12 * n / (k * (k + 1)) * squares / untied;
        out->p = hox__chi2_tail(out->chi2, k - 1);
    }
    hox__free(x);
    hox__free(one);
    return room ? HOX_OK : HOX_ERR_MEMORY;
}

double hox__nemenyi(int methods, int problems, double alpha)
{
    const double k = methods;
    return hox__range_quantile(1 - alpha, methods) / M_SQRT2 * sqrt(k * (k + 1) / (6.0 * problems));
}

/* Weights of a Dirichlet distribution: exponential draws, the first to the power of the prior's
 * strength 0.5 - a gamma draw, half a squared normal's. */
static void draw_weights(double *w, int n, hox_rng *rng)
{
    double sum = 0;
    for (int i = 0; i <= n; i++) {
        w[i] = -log(1 - hox_rng_unit(rng));
        if (i == 0) { /* gamma(1/2): an exponential times the square of a cosine */
            const double turn = cos(2 * M_PI * hox_rng_unit(rng));
            w[i] *= turn * turn;
        }
        sum += w[i];
    }
    for (int i = 0; i <= n; i++)
        w[i] /= sum;
}

/* Weights of the mean of z[i] and z[j] below, within and above the rope. */
static hox__rope weigh(const double *z, const double *w, int n, double rope)
{
    hox__rope sum = {0, 0, 0};
    for (int i = 0; i <= n; i++)
        for (int j = i; j <= n; j++) {
            const double both = (i == j ? 1 : 2) * w[i] * w[j], middle = 0.5 * (z[i] + z[j]);
            *(middle < -rope ? &sum.below : middle > rope ? &sum.above : &sum.within) += both;
        }
    return sum;
}

hox_status hox__signed_rank_posterior(const double *d, int n, double rope, hox_rng *rng,
                                      hox__rope *out)
{
    double *z = hox__alloc((size_t)n + 1, sizeof *z), *w = hox__alloc((size_t)n + 1, sizeof *w);
    const bool room = z && w;
    *out = (hox__rope){0, 0, 0};
    for (int i = 0; room && i < n; i++)
        z[i + 1] = d[i];
    for (int k = 0; room && k < POSTERIOR_DRAWS; k++) {
        draw_weights(w, n, rng);
        const hox__rope one = weigh(z, w, n, rope);
        double *most = one.within >= one.below ? &out->within : &out->below;
        if (one.above > fmax(one.within, one.below))
            most = &out->above;
        *most += 1.0 / POSTERIOR_DRAWS;
    }
    hox__free(z);
    hox__free(w);
    return room ? HOX_OK : HOX_ERR_MEMORY;
}

/* ---- distributions ---- */

/* 1 - P(a, x), the regularized incomplete gamma function: its series below a + 1, the continued
 * fraction above (Abramowitz and Stegun 6.5.29 and 6.5.31, by Lentz's method). */
double hox__chi2_tail(double chi2, double degrees)
{
    const double a = degrees / 2, x = chi2 / 2;
    if (!(x > 0))
        return 1;
    const double front = exp(a * log(x) - x - lgamma(a));
    if (x < a + 1) {
        double term = 1 / a, sum = term;
        for (int i = 1; i < 1000 && term > 1e-17 * sum; i++) {
            term *= x / (a + i);
            sum += term;
        }
        return 1 - front * sum;
    }
    double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
    for (int i = 1; i < 1000; i++) {
        const double an = -i * (i - a);
        b += 2;
        d = 1 / (an * d + b);
        c = b + an / c;
        h *= d * c;
        if (fabs(d * c - 1) < 1e-16)
            break;
    }
    return front * h;
}

/* k times the integral of phi(z) (Phi(z) - Phi(z - q))^(k-1): the largest is at z. Simpson's rule;
 * the integrand is smooth and gone at the ends. */
double hox__range_cdf(double q, int k)
{
    enum { STEPS = 800 };
    const double low = -8, high = 8 + fmin(q, 8), step = (high - low) / STEPS;
    double sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        const double z = low + i * step;
        const double f = exp(-0.5 * z * z) / sqrt(2 * M_PI) *
                         pow(hox__normal_cdf(z) - hox__normal_cdf(z - q), k - 1);
        sum += (i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2) * f;
    }
    return k * sum * step / 3;
}

double hox__range_quantile(double p, int k)
{
    double low = 0, high = 20;
    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (low + high);
        *(hox__range_cdf(middle, k) < p ? &low : &high) = middle;
    }
    return 0.5 * (low + high);
}
