/* What is said of a contest's groups and pairs. */
#include "base/alloc.h"
#include "study/contest.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS = 10000 };

static const double alpha = 0.05;
static const double a12_large = 0.56, rope = 0.01, family_loss = 0.05; /* proof.md, rule 8 */

/* ---- reading curves ---- */

static double loss_at(const hox__entry *e, int trials)
{
    return e->best[trials - 1];
}

static double regret_at(const hox__contest *c, const hox__entry *e, int trials)
{
    const hox__problem *p = &c->problem[e->problem];
    return (loss_at(e, trials) - p->optimum) / p->scale;
}

/* As it is shown: the value of the only problem, or the regret where there are several. */
static double shown(const hox__contest *c, const hox__entry *e, int trials)
{
    if (c->problems > 1)
        return regret_at(c, e, trials);
    return c->problem[0].maximize ? -loss_at(e, trials) : loss_at(e, trials);
}

/* The entries of a group on a problem stand together. */
static const hox__entry *entries_of(const hox__contest *c, int group, int problem, int *n)
{
    const hox__entry *first = NULL;
    *n = 0;
    for (int i = 0; i < c->entries; i++)
        if (c->entry[i].group == group && c->entry[i].problem == problem) {
            first = first ? first : &c->entry[i];
            (*n)++;
        }
    return first;
}

double hox__contest_regret(const hox__contest *c, int group, int problem, int trials)
{
    int n;
    double sum = 0;
    const hox__entry *e = entries_of(c, group, problem, &n);
    for (int i = 0; i < n; i++)
        sum += regret_at(c, &e[i], trials) / n;
    return n ? sum : (double)NAN;
}

/* ---- pairs ---- */

/* The entry of the group that belongs to `e`: that of its seed, else the k-th for the k-th. */
static const hox__entry *partner(const hox__contest *c, const hox__entry *e, int k, int group)
{
    int n;
    const hox__entry *other = entries_of(c, group, e->problem, &n);
    if (!c->same_seeds)
        return k < n ? &other[k] : NULL;
    for (int i = 0; i < n; i++)
        if (other[i].seed == e->seed)
            return &other[i];
    return NULL;
}

/* gain[pairs]: of b over a on one problem. */
static int gains_on(const hox__contest *c, int a, int b, int problem, int trials, double scale,
                    double *gain)
{
    int n, pairs = 0;
    const hox__entry *first = entries_of(c, a, problem, &n);
    for (int k = 0; k < n; k++) {
        const hox__entry *second = partner(c, &first[k], k, b);
        if (second)
            gain[pairs++] = (loss_at(&first[k], trials) - loss_at(second, trials)) / scale;
    }
    return pairs;
}

static double scale_of(const hox__contest *c, int problem)
{
    return c->problems > 1 ? c->problem[problem].scale : 1;
}

static double a12_on(const hox__contest *c, int a, int b, int problem, double *room)
{
    int n, m;
    const hox__entry *x = entries_of(c, a, problem, &n), *y = entries_of(c, b, problem, &m);
    for (int i = 0; i < n; i++)
        room[i] = loss_at(&x[i], c->budget);
    for (int i = 0; i < m; i++)
        room[n + i] = loss_at(&y[i], c->budget);
    return hox__a12(room, n, room + n, m);
}

/* ---- ranks ---- */

/* Mean rank of a group among those that have the same problem and seed. */
static double mean_rank(const hox__contest *c, int group, int trials)
{
    double sum = 0;
    int n = 0;
    for (int p = 0; p < c->problems; p++) {
        int runs;
        const hox__entry *e = entries_of(c, group, p, &runs);
        for (int k = 0; k < runs; k++, n++) {
            double rank = 1;
            for (int g = 0; g < c->groups; g++) {
                const hox__entry *other = g == group ? NULL : partner(c, &e[k], k, g);
                if (other)
                    rank += loss_at(other, trials) < loss_at(&e[k], trials)    ? 1
                            : loss_at(other, trials) == loss_at(&e[k], trials) ? 0.5
                                                                               : 0;
            }
            sum += rank;
        }
    }
    return n ? sum / n : (double)NAN;
}

/* ---- one group ---- */

double hox__contest_target(const hox__contest *c)
{
    int n;
    double target = (double)NAN;
    const hox__entry *e = entries_of(c, 0, 0, &n);
    double *room = hox__alloc((size_t)n + 1, sizeof *room);
    for (int i = 0; room && i < n; i++)
        room[i] = shown(c, &e[i], c->budget);
    if (room && n)
        target = hox__sample_quantile(room, n, 0.5);
    hox__free(room);
    return target;
}

static double trials_to(const hox__contest *c, const hox__entry *e, double target)
{
    const double loss = c->problem[0].maximize ? -target : target;
    for (int t = 1; t <= c->budget; t++)
        if (loss_at(e, t) <= loss)
            return t;
    return HUGE_VAL;
}

/* Order statistics: infinity cannot be interpolated. */
static void quartiles_of_hits(double *x, int n, double hit[3])
{
    static const double p[3] = {0.5, 0.25, 0.75};
    hox__sample_quantile(x, n, 0); /* sorts */
    for (int i = 0; i < 3; i++)
        hit[i] = x[(int)fmax(ceil(p[i] * n) - 1, 0)];
}

static hox_status summarize(const hox__contest *c, double *x, int n, hox__group_result *out)
{
    const bool larger = c->problems == 1 && c->problem[0].maximize;
    const hox_rng root = hox_rng_seed(1);
    hox_rng rng = hox_rng_child(&root, "mean", 0);
    out->mean = hox__sample_mean(x, n);
    out->median = hox__sample_quantile(x, n, 0.5);
    out->low = hox__sample_quantile(x, n, 0.25);
    out->high = hox__sample_quantile(x, n, 0.75);
    out->tail = hox__sample_quantile(x, n, larger ? 0.1 : 0.9);
    return hox__bootstrap_mean(x, n, DRAWS, 0.95, &rng, &out->interval);
}

hox_status hox__contest_group(const hox__contest *c, int group, double target,
                              hox__group_result *out)
{
    int n = 0, reading[HOX__READINGS_MAX];
    double *x = hox__alloc(2 * (size_t)c->entries, sizeof *x), *hits = x ? x + c->entries : NULL;
    *out = (hox__group_result){0};
    if (!x)
        return HOX_ERR_MEMORY;
    for (int i = 0; i < c->entries; i++) {
        const hox__entry *e = &c->entry[i];
        if (e->group != group)
            continue;
        double area = 0;
        for (int t = 1; t <= c->budget; t++)
            area += shown(c, e, t) / c->budget;
        out->area += area;
        hits[n] = c->problems == 1 ? trials_to(c, e, target) : HUGE_VAL;
        x[n++] = shown(c, e, c->budget);
    }
    out->runs = n;
    hox_status status = n ? summarize(c, x, n, out) : HOX_ERR_EMPTY;
    if (n) {
        out->area /= n;
        quartiles_of_hits(hits, n, out->hit);
        out->rank = mean_rank(c, group, c->budget);
    }
    const int readings = hox__contest_readings(c, reading);
    for (int i = 0; i < readings; i++)
        out->rank_at[i] = mean_rank(c, group, reading[i]);
    hox__free(x);
    return status;
}

/* ---- two groups ---- */

typedef struct {
    const hox__contest *c;
    double *gain;     /* [entries] of all problems, one after the other */
    double *room;     /* [2 entries] */
    int *size;        /* [problems with pairs] */
    double *mean, *p; /* [problems] NaN: without pairs */
} desk;

static void desk_free(desk *d)
{
    hox__free(d->gain);
    hox__free(d->room);
    hox__free(d->size);
    hox__free(d->mean);
    hox__free(d->p);
}

static bool desk_new(desk *d, const hox__contest *c)
{
    const size_t n = (size_t)c->entries + 1, p = (size_t)c->problems + 1;
    *d = (desk){.c = c,
                .gain = hox__alloc(n, sizeof *d->gain),
                .room = hox__alloc(2 * n, sizeof *d->room),
                .size = hox__alloc(p, sizeof *d->size),
                .mean = hox__alloc(p, sizeof *d->mean),
                .p = hox__alloc(p, sizeof *d->p)};
    return d->gain && d->room && d->size && d->mean && d->p;
}

/* Mean over problems of the mean gain after so many trials. */
static double mean_gain(const desk *d, int a, int b, int trials)
{
    double sum = 0;
    int problems = 0;
    for (int p = 0; p < d->c->problems; p++) {
        const int n = gains_on(d->c, a, b, p, trials, scale_of(d->c, p), d->room);
        if (n) {
            sum += hox__sample_mean(d->room, n);
            problems++;
        }
    }
    return problems ? sum / problems : 0;
}

/* The budget is the last reading: it has one neighbour. */
static bool same_sign_around(const desk *d, const hox__pair_result *r)
{
    int reading[HOX__READINGS_MAX];
    const int n = hox__contest_readings(d->c, reading);
    return n < 2 || mean_gain(d, r->a, r->b, reading[n - 2]) * r->gain >= 0;
}

/* The first trial from which on Wilcoxon's test stays below alpha. */
static hox_status apart_from(const desk *d, hox__pair_result *r)
{
    hox__signed_ranks w;
    r->apart_from = 0;
    for (int t = d->c->budget; t >= 1; t--) {
        const int n = gains_on(d->c, r->a, r->b, 0, t, 1, d->room);
        if (hox__wilcoxon(d->room, n, &w) != HOX_OK)
            return HOX_ERR_MEMORY;
        if (w.p >= alpha)
            return HOX_OK;
        r->apart_from = t;
    }
    return HOX_OK;
}

static hox_status test_problem(desk *d, hox__pair_result *r, int problem, int n, double *gain)
{
    hox__signed_ranks w;
    const hox_status status = hox__wilcoxon(gain, n, &w);
    d->mean[problem] = hox__sample_mean(gain, n);
    d->p[problem] = w.p;
    r->p = fmin(r->p, w.p);
    for (int i = 0; i < n; i++) {
        r->wins += gain[i] > 0;
        r->losses += gain[i] < 0;
    }
    return status;
}

/* All but Holm's correction and the verdict. */
static hox_status measure_pair(desk *d, hox__pair_result *r)
{
    const hox__contest *c = d->c;
    const hox_rng root = hox_rng_seed((uint64_t)(1 + r->a * HOX__CONTEST_GROUPS + r->b));
    hox_rng rng = hox_rng_child(&root, "pair", 0);
    int problems = 0;
    double deviation = 0;
    hox_status status = HOX_OK;
    r->p = 1;
    for (int p = 0; p < c->problems && status == HOX_OK; p++) {
        double *gain = d->gain + r->pairs;
        const int n = gains_on(c, r->a, r->b, p, c->budget, scale_of(c, p), gain);
        d->mean[p] = d->p[p] = (double)NAN;
        if (n == 0)
            continue;
        status = test_problem(d, r, p, n, gain);
        const double a12 = a12_on(c, r->a, r->b, p, d->room);
        r->a12 += a12;
        r->a12_wins += a12 >= a12_large;
        r->gain += d->mean[p];
        deviation += hox__sample_deviation(gain, n);
        r->pairs += n;
        d->size[problems++] = n;
    }
    if (problems == 0 || status != HOX_OK)
        return status;
    r->gain /= problems;
    r->a12 /= problems;
    r->deviation = deviation / problems;
    r->flips = hox__sign_flips(d->gain, r->pairs, &rng);
    status = hox__bootstrap_two_levels(d->gain, d->size, problems, DRAWS, 0.95, &rng, &r->interval);
    r->same_sign = same_sign_around(d, r);
    if (status == HOX_OK && c->problems == 1)
        return apart_from(d, r);
    int n = 0;
    for (int p = 0; p < c->problems; p++)
        if (!isnan(d->mean[p]))
            d->room[n++] = d->mean[p];
    return status == HOX_OK ? hox__signed_rank_posterior(d->room, n, rope, &rng, &r->rope) : status;
}

/* Rule 8 of proof.md; on one problem the interval and the test. */
static hox__finding verdict_of(const hox__contest *c, const hox__pair_result *r)
{
    if (r->pairs / (c->problems ? c->problems : 1) < hox__wilcoxon_least(alpha) &&
        c->problems < hox__wilcoxon_least(alpha))
        return HOX__VERDICT_FEW;
    const bool up = r->interval.low > 0, down = r->interval.high < 0;
    if (c->problems == 1) {
        if (r->p_holm >= alpha || (!up && !down))
            return HOX__VERDICT_NONE;
        return up ? HOX__VERDICT_BETTER : HOX__VERDICT_WORSE;
    }
    if (down)
        return HOX__VERDICT_WORSE;
    const bool better =
        up && 2 * r->a12_wins > c->problems && r->most_hurt <= family_loss && r->same_sign;
    return better ? HOX__VERDICT_BETTER : HOX__VERDICT_NONE;
}

static void note_problems(const hox__contest *c, const double *mean, const double *p,
                          hox__pair_result *r)
{
    for (int i = 0; i < c->problems; i++) {
        if (isnan(p[i]))
            continue;
        r->p_holm = fmin(r->p_holm, p[i]);
        r->helped += p[i] < alpha && mean[i] > 0;
        r->hurt += p[i] < alpha && mean[i] < 0;
        if (p[i] < alpha)
            r->most_hurt = fmax(r->most_hurt, -mean[i]);
    }
}

/* On each problem p is corrected over all pairs of groups. */
static hox_status correct(const hox__contest *c, double *p, int pairs)
{
    double *column = hox__alloc((size_t)pairs + 1, sizeof *column);
    hox_status status = column ? HOX_OK : HOX_ERR_MEMORY;
    for (int i = 0; i < c->problems && status == HOX_OK; i++) {
        int n = 0;
        for (int k = 0; k < pairs; k++)
            if (!isnan(p[k * c->problems + i]))
                column[n++] = p[k * c->problems + i];
        status = hox__holm(column, n);
        n = 0;
        for (int k = 0; k < pairs; k++)
            if (!isnan(p[k * c->problems + i]))
                p[k * c->problems + i] = column[n++];
    }
    hox__free(column);
    return status;
}

hox_status hox__contest_pairs(const hox__contest *c, hox__pair_result *out, int *n)
{
    const size_t most = (size_t)(c->groups * (c->groups - 1) / 2 + 1) * (size_t)c->problems;
    double *mean = hox__alloc(most, sizeof *mean), *p = hox__alloc(most, sizeof *p);
    desk d;
    hox_status status = desk_new(&d, c) && mean && p ? HOX_OK : HOX_ERR_MEMORY;
    *n = 0;
    for (int a = 0; a < c->groups && status == HOX_OK; a++)
        for (int b = a + 1; b < c->groups && status == HOX_OK; b++) {
            out[*n] = (hox__pair_result){.a = a, .b = b};
            status = measure_pair(&d, &out[*n]);
            memcpy(mean + *n * c->problems, d.mean, (size_t)c->problems * sizeof *mean);
            memcpy(p + *n * c->problems, d.p, (size_t)c->problems * sizeof *p);
            (*n)++;
        }
    if (status == HOX_OK)
        status = correct(c, p, *n);
    for (int k = 0; k < *n && status == HOX_OK; k++) {
        out[k].p_holm = 1;
        note_problems(c, mean + k * c->problems, p + k * c->problems, &out[k]);
        out[k].verdict = verdict_of(c, &out[k]);
    }
    desk_free(&d);
    hox__free(mean);
    hox__free(p);
    return status;
}

/* ---- all ---- */

hox_status hox__contest_friedman(const hox__contest *c, double rank[HOX__CONTEST_GROUPS],
                                 hox__friedman_result *out)
{
    double *loss = hox__alloc((size_t)c->problems * (size_t)c->groups + 1, sizeof *loss);
    int problems = 0;
    if (!loss)
        return HOX_ERR_MEMORY;
    for (int p = 0; p < c->problems; p++) {
        bool all = true;
        for (int g = 0; g < c->groups; g++) {
            const double regret = hox__contest_regret(c, g, p, c->budget);
            loss[problems * c->groups + g] = regret;
            all &= !isnan(regret);
        }
        problems += all;
    }
    hox_status status = problems >= 2 && c->groups >= 2
                            ? hox__friedman(loss, problems, c->groups, rank, out)
                            : HOX_ERR_EMPTY;
    hox__free(loss);
    return status;
}
