/* CMA-ES: one update against its equations, eigenvectors, margins, published problems. */
#include "search/cma.h"
#include "search/eigen.h"
#include "search/player.h"
#include "search/special.h"
#include <stdlib.h>

extern const hox_strategy hox__strategy_cmaes, hox__strategy_random;

static void near(double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * fmax(1e-300, fabs(want))))
        fail_msg("%.17g, not %.17g", got, want);
}

/* ---- parts ---- */

/* Phi and its inverse at points with known values (Abramowitz and Stegun, tables 26.1 and 26.5;
 * the last by 50-digit arithmetic). */
static void normal_distribution(void **state)
{
    (void)state;
    near(hox__normal_cdf(0), 0.5, 1e-15);
    near(hox__normal_cdf(1), 0.841344746068543, 1e-14);
    near(hox__normal_cdf(-3), 1.3498980316300946e-3, 1e-13);
    near(hox__normal_quantile(0.975), 1.9599639845400542, 1e-13);
    assert_true(fabs(hox__normal_quantile(0.5)) < 1e-15);
    near(hox__normal_quantile(1e-10), -6.3613409024040562, 1e-13);
    for (double p = 1e-12; p < 1; p = p < 0.1 ? p * 3 : p + 0.07)
        near(hox__normal_cdf(hox__normal_quantile(p)), p, 1e-12);
}

static void eigenvectors(void **state)
{
    (void)state;
    enum { N = 9 };
    double a[N * N], copy[N * N], value[N], v[N * N];
    hox_rng rng = hox_rng_seed(2);
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++)
            a[i * N + j] = a[j * N + i] = hox_rng_unit(&rng) - 0.5;
    memcpy(copy, a, sizeof a);
    hox__eigen(N, copy, value, v);
    for (int k = 0; k < N; k++)
        for (int i = 0; i < N; i++) {
            double av = 0, vv = 0;
            for (int j = 0; j < N; j++) {
                av += a[i * N + j] * v[j * N + k];
                vv += v[j * N + i] * v[j * N + k];
            }
            assert_true(fabs(av - value[k] * v[i * N + k]) < 1e-14);
            assert_true(fabs(vv - (i == k)) < 1e-14);
        }
}

/* ---- one update: cma_golden.py ---- */

static void one_update(void **state)
{
    (void)state;
    static const double constants[] = {
        2.2548150822016049,   0.51543433012515427, 0.5714285714285714, 0.096409632579272139,
        0.051243087013586167, 1.5154343301251543,  1.5968775302586078};
    static const double mean[] = {0.56447820855057596, 0.39491854044391594, 0.58408630210040058};
    static const double ps[] = {0.40214851807810059, -0.23613802532076836, 0.017775944239791175};
    static const double pc[] = {0.3516772638202938, 0.1369582050971381, -0.086522892168176102};
    static const double c[] = {1.3027024594444503, 0.26015359791634141,  0.69222482932604035,
                               -0.180935032777577, 0.088252868123556011, 0.52016609194614982};
    static const double sigma = 0.15721211863237933;
    static const double before[9] = {1.5, 0.3, -0.2, 0.3, 0.8, 0.1, -0.2, 0.1, 0.6};
    static const double first[3][3] = {{0.61, 0.35, 0.52}, {0.55, 0.52, 0.66}, {0.38, 0.31, 0.71}};
    static const double worse[3] = {0.9, 0.1, 0.2}; /* mu = 3: the others do not count */
    const double *x[7] = {first[0], first[1], first[2], worse, worse, worse, worse};
    hox__cma m;
    assert_int_equal(hox__cma_init(&m, 3, 7, 0.2), HOX_OK);
    near(m.mueff, constants[0], 1e-14);
    near(m.cs, constants[1], 1e-14);
    near(m.cc, constants[2], 1e-14);
    near(m.c1, constants[3], 1e-14);
    near(m.cmu, constants[4], 1e-13);
    near(m.damps, constants[5], 1e-14);
    near(m.chi, constants[6], 1e-14);
    memcpy(m.c, before, sizeof before);
    double scratch[9];
    memcpy(scratch, before, sizeof before);
    hox__eigen(3, scratch, m.d, m.b);
    for (int i = 0; i < 3; i++) {
        m.d[i] = sqrt(m.d[i]);
        m.mean[i] = (const double[]){0.5, 0.4, 0.6}[i];
        m.ps[i] = (const double[]){0.1, -0.3, 0.2}[i];
        m.pc[i] = (const double[]){-0.2, 0.4, 0.05}[i];
    }
    hox__cma_update(&m, x);
    for (int i = 0, k = 0; i < 3; i++) {
        near(m.mean[i], mean[i], 1e-14);
        near(m.ps[i], ps[i], 1e-12);
        near(m.pc[i], pc[i], 1e-12);
        for (int j = 0; j <= i; j++, k++)
            near(m.c[i * 3 + j], c[k], 1e-12);
    }
    near(m.sigma, sigma, 1e-13);
    for (int i = 0; i < 3; i++) /* and B D^2 B^T is the new C */
        for (int j = 0; j <= i; j++) {
            double sum = 0;
            for (int k = 0; k < 3; k++)
                sum += m.b[i * 3 + k] * m.d[k] * m.d[k] * m.b[j * 3 + k];
            near(sum, m.c[i * 3 + j], 1e-12);
        }
    hox__cma_deinit(&m);
}

static void usual_population(void **state)
{
    (void)state; /* tutorial, table 1: 4 + floor(3 ln n) */
    assert_int_equal(hox__cma_lambda(1), 4);
    assert_int_equal(hox__cma_lambda(2), 6);
    assert_int_equal(hox__cma_lambda(10), 10);
    assert_int_equal(hox__cma_lambda(40), 15);
}

/* ---- the margin: Hamano et al. 2022, section 4 ---- */

static double share_below(const hox__cma *m, double border)
{
    return hox__normal_cdf((border - m->mean[0]) / hox__cma_deviation(m, 0));
}

static void margins_leave_a_way_out(void **state)
{
    (void)state;
    const double alpha = 0.02;
    hox__cma m;
    assert_int_equal(hox__cma_init(&m, 1, 4, 0.001), HOX_OK);
    m.mean[0] = 0.31;
    hox__cma_margin(&m, 0, 0.3, 0.4, alpha); /* a cell inside, nothing leaves it */
    near(share_below(&m, 0.3) + 1 - share_below(&m, 0.4), alpha, 0.02);
    assert_true(share_below(&m, 0.3) > alpha / 2 * 0.99);
    assert_true(1 - share_below(&m, 0.4) > alpha / 2 * 0.99);

    m.a[0] = 1;
    m.mean[0] = 0.01;
    hox__cma_margin(&m, 0, 0, 0.1, alpha); /* the first cell: one way out, A stays */
    near(1 - share_below(&m, 0.1), alpha, 1e-9);
    near(m.a[0], 1, 1e-15);
    m.mean[0] = 0.99;
    hox__cma_margin(&m, 0, 0.9, 1, alpha);
    near(share_below(&m, 0.9), alpha, 1e-9);

    m.sigma = 0.2; /* wide enough: nothing changes */
    m.mean[0] = 0.33;
    hox__cma_margin(&m, 0, 0.3, 0.4, alpha);
    near(m.mean[0], 0.33, 1e-15);
    near(m.a[0], 1, 1e-15);
    hox__cma_deinit(&m);
}

/* ---- hpo.md, claim 3: the ellipsoid ---- */

enum { D = 10 };

/* A random rotation: Gram and Schmidt on normal vectors. */
static void make_rotation(hox_rng *rng, double q[D][D])
{
    for (int i = 0; i < D; i++) {
        double norm = 0;
        for (int k = 0; k < D; k++)
            q[i][k] = hox__normal_quantile(hox_rng_unit(rng) * 0.999 + 0.0005);
        for (int j = 0; j < i; j++) {
            double along = 0;
            for (int k = 0; k < D; k++)
                along += q[i][k] * q[j][k];
            for (int k = 0; k < D; k++)
                q[i][k] -= along * q[j][k];
        }
        for (int k = 0; k < D; k++)
            norm += q[i][k] * q[i][k];
        for (int k = 0; k < D; k++)
            q[i][k] /= sqrt(norm);
    }
}

/* sum_i 10^(6 i / 9) y_i^2, y = Q (x - x*) */
static double ellipsoid(const double q[D][D], const double *best, const double *x)
{
    double sum = 0;
    for (int i = 0; i < D; i++) {
        double y = 0;
        for (int k = 0; k < D; k++)
            y += (q ? q[i][k] : i == k) * (x[k] - best[k]);
        sum += pow(1e6, i / (D - 1.0)) * y * y;
    }
    return sum;
}

typedef struct {
    double x[D], f;
} point;

static int by_value(const void *a, const void *b)
{
    const double x = ((const point *)a)->f, y = ((const point *)b)->f;
    return (x > y) - (x < y);
}

/* Evaluations until 1e-9, at most 10 000. */
static int evaluations(uint64_t seed, bool rotated)
{
    enum { LAMBDA = 10, MOST = 10000 };
    hox__cma m;
    double q[D][D], optimum[D], best = HUGE_VAL;
    hox_rng rng = hox_rng_seed(seed);
    int n = 0;
    make_rotation(&rng, q);
    for (int i = 0; i < D; i++)
        optimum[i] = 0.2 + 0.6 * hox_rng_unit(&rng);
    assert_int_equal(hox__cma_lambda(D), LAMBDA);
    assert_int_equal(hox__cma_init(&m, D, LAMBDA, 0.25), HOX_OK);
    while (n < MOST && best > 1e-9) {
        point p[LAMBDA];
        const double *x[LAMBDA];
        for (int i = 0; i < LAMBDA; i++, n++) {
            hox__cma_draw(&m, &rng, p[i].x);
            p[i].f = ellipsoid(rotated ? (const double(*)[D])q : NULL, optimum, p[i].x);
            best = fmin(best, p[i].f);
        }
        qsort(p, LAMBDA, sizeof *p, by_value);
        for (int i = 0; i < LAMBDA; i++)
            x[i] = p[i].x;
        hox__cma_update(&m, x);
    }
    hox__cma_deinit(&m);
    return best <= 1e-9 ? n : MOST + 1;
}

static void ellipsoid_in_any_direction(void **state)
{
    (void)state;
    double plain = 0, turned = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const int a = evaluations(seed, false), b = evaluations(seed, true);
        assert_in_range(a, 1, 10000);
        assert_in_range(b, 1, 10000);
        plain += a / 20.0;
        turned += b / 20.0;
    }
    print_message("evaluations to 1e-9: %.0f, rotated %.0f\n", plain, turned);
    assert_true(fabs(turned - plain) < 0.1 * plain);
}

/* ---- as a strategy ---- */

static double away(void *ctx, const hox_answered *a, int n)
{
    const double *optimum = ctx;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const double x = a[i].kind == HOX_ASK_REAL ? a[i].answer.real : (double)a[i].answer.index;
        sum -= (x - optimum[i]) * (x - optimum[i]);
    }
    return sum;
}

static void walks_reach_a_minimum(void **state)
{
    (void)state;
    double optimum[4] = {0.3, 0.7, 0.55, 0.2};
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\nc = 0.0 .. 1.0\n"
                            "d = 0.0 .. 1.0\n");
    player p = player_new(&hox__strategy_cmaes, space, NULL, 3);
    assert_true(player_best(&p, 1200, away, optimum) > -1e-9);
    player_end(&p);
    hox_space_free(space);
}

/* An optimum on the border, and one in a corner. */
static void bounds_are_reached(void **state)
{
    (void)state;
    double optimum[3] = {0, 1, 0.5};
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\nc = 0.0 .. 1.0\n");
    player p = player_new(&hox__strategy_cmaes, space, NULL, 3);
    assert_true(player_best(&p, 1000, away, optimum) > -1e-9);
    player_end(&p);
    hox_space_free(space);
}

/* Steps of one are found though sigma would have shrunk below them. */
static void whole_numbers_do_not_get_stuck(void **state)
{
    (void)state;
    double optimum[6] = {3, 77, 12, 5, 0.25, 0.8};
    hox_space *space =
        load("command = \"x\"\na = 0..20\nb = 0..100\nc = 8..16 step 2\nd = 1 | 5 | 9\n"
             "e = 0.0 .. 1.0\nf = 0.0 .. 1.0\n");
    int found = 0;
    optimum[3] = 1; /* the branch that says 5 */
    for (uint64_t seed = 1; seed <= 10; seed++) {
        player p = player_new(&hox__strategy_cmaes, space, NULL, seed);
        found += player_best(&p, 1500, away, optimum) > -1e-6;
        player_end(&p);
    }
    assert_in_range(found, 9, 10);
    hox_space_free(space);
}

/* 6 choices of 4 words: 4096 sentences, one is best. */
static double matches(void *ctx, const hox_answered *a, int n)
{
    (void)ctx;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i].answer.index == (3 * i + 1) % 4;
    return sum;
}

static void words_are_learnt(void **state)
{
    (void)state;
    hox_space *space =
        load("command = \"x\"\na = p | q | r | s\nb = p | q | r | s\nc = p | q | r | s\n"
             "d = p | q | r | s\ne = p | q | r | s\nf = p | q | r | s\n");
    int found = 0, by_chance = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        player p = player_new(&hox__strategy_cmaes, space, NULL, seed);
        player r = player_new(&hox__strategy_random, space, NULL, seed);
        found += player_best(&p, 250, matches, NULL) == 6;
        by_chance += player_best(&r, 250, matches, NULL) == 6;
        player_end(&p);
        player_end(&r);
    }
    assert_in_range(found, 9, 10);
    assert_in_range(by_chance, 0, 4);
    hox_space_free(space);
}

/* Two valleys; the wide one has nothing in it. After it stands still there it begins elsewhere. */
static double two_valleys(void *ctx, const hox_answered *a, int n)
{
    (void)ctx, (void)n;
    const double x = a[0].answer.real, y = a[1].answer.real;
    const double wide = (x - 0.6) * (x - 0.6) + (y - 0.6) * (y - 0.6);
    const double deep = 20 * ((x - 0.15) * (x - 0.15) + (y - 0.15) * (y - 0.15)) - 1;
    return -fmin(wide, deep);
}

static void restarts_find_another_valley(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\n");
    int found = 0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        player p = player_new(&hox__strategy_cmaes, space, NULL, seed);
        found += player_best(&p, 6000, two_valleys, NULL) > 0.99;
        player_end(&p);
    }
    assert_int_equal(found, 5);
    hox_space_free(space);
}

/* Eight workers, ends in any order: no more than half as many trials again. */
static void workers_share_generations(void **state)
{
    (void)state;
    enum { WORKERS = 8, TRIALS = 1500 };
    double optimum[3] = {0.3, 0.7, 0.55}, best = -HUGE_VAL;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\nc = 0.0 .. 1.0\n");
    player p = player_new(&hox__strategy_cmaes, space, NULL, 3);
    struct {
        uint64_t trial;
        double score;
    } busy[WORKERS];
    hox_rng rng = hox_rng_seed(1);
    int n = 0;
    for (int i = 0; i < TRIALS; i++) {
        if (n == WORKERS) {
            const uint32_t k = hox_rng_below(&rng, WORKERS);
            const hox_outcome o = done(busy[k].score);
            assert_int_equal(player_tell(&p, busy[k].trial, &o), HOX_OK);
            best = fmax(best, o.score);
            busy[k] = busy[--n];
        }
        int answers;
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        assert_int_equal(player_ask(&p, &busy[n].trial), HOX_OK);
        const hox_answered *a = hox_walk_answers(p.walk, &answers);
        busy[n++].score = away(optimum, a, answers);
    }
    assert_true(best > -1e-9);
    player_end(&p);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_distribution),
        cmocka_unit_test(eigenvectors),
        cmocka_unit_test(one_update),
        cmocka_unit_test(usual_population),
        cmocka_unit_test(margins_leave_a_way_out),
        cmocka_unit_test(ellipsoid_in_any_direction),
        cmocka_unit_test(walks_reach_a_minimum),
        cmocka_unit_test(bounds_are_reached),
        cmocka_unit_test(whole_numbers_do_not_get_stuck),
        cmocka_unit_test(words_are_learnt),
        cmocka_unit_test(restarts_find_another_valley),
        cmocka_unit_test(workers_share_generations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
