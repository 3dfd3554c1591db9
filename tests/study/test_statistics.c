/* Statistics against published tables, worked examples and sums done by hand. */
#include "hoxtest.h"
#include "study/statistics.h"
#include <math.h>

#define N(x) ((int)(sizeof(x) / sizeof *(x)))

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.12g, not %.12g", got, want);
}

/* Darwin's pairs of plants (Fisher, The Design of Experiments, section 17), eighths of an inch. */
static const double darwin[] = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};

static void quantiles(void **state)
{
    double x[] = {4, 1, 3, 2}, one[] = {7};
    (void)state;
    near(hox__sample_quantile(x, 4, 0.5), 2.5, 0); /* R: quantile(1:4) */
    near(hox__sample_quantile(x, 4, 0.25), 1.75, 0);
    near(hox__sample_quantile(x, 4, 1), 4, 0);
    near(hox__sample_quantile(one, 1, 0.9), 7, 0);
    near(hox__sample_mean(darwin, N(darwin)), 314.0 / 15, 1e-12);
    near(hox__sample_deviation(darwin, N(darwin)), 37.744, 5e-4); /* Fisher, section 17 */
}

static void wilcoxon(void **state)
{
    hox__signed_ranks r;
    (void)state;
    /* scipy.stats.wilcoxon, its manual's example: 24 and 0.041259765625. */
    assert_int_equal(hox__wilcoxon(darwin, N(darwin), &r), HOX_OK);
    near(r.minus, 24, 0);
    near(r.plus, 96, 0);
    near(r.p, 0.041259765625, 1e-15);
    assert_true(r.exact);
    /* Ties and a zero: all 2^9 signs counted in Python. */
    const double ties[] = {1, 1, -2, 3, 3, 3, -0.5, 4, 0, 2};
    assert_int_equal(hox__wilcoxon(ties, N(ties), &r), HOX_OK);
    assert_int_equal(r.n, 9);
    near(r.plus, 39.5, 0);
    near(r.p, 0.04296875, 1e-15);
    const double none[] = {0, 0};
    assert_int_equal(hox__wilcoxon(none, 2, &r), HOX_OK);
    near(r.p, 1, 0);
    /* Published critical values, two-sided 0.05: T = 8 for n = 10, 52 for n = 20 (Wilcoxon, Wilcox
     * 1964): at most these is significant, one more is not. */
    for (int k = 0; k < 2; k++) {
        const int n = k ? 20 : 10, critical = k ? 52 : 8;
        for (int sum = critical; sum <= critical + 1; sum++) {
            double d[20];
            int left = sum;
            for (int i = n; i >= 1; i--) {
                d[i - 1] = left >= i ? -i : i;
                left -= left >= i ? i : 0;
            }
            assert_int_equal(hox__wilcoxon(d, n, &r), HOX_OK);
            near(r.minus, sum, 0);
            assert_int_equal(r.p <= 0.05, sum == critical);
        }
    }
    assert_int_equal(hox__wilcoxon_least(0.05), 6);
    assert_int_equal(hox__wilcoxon_least(0.01), 8);
}

/* The normal approximation meets the exact test where one becomes the other. */
static void many_pairs(void **state)
{
    double d[60];
    hox__signed_ranks exact, normal;
    (void)state;
    for (int i = 0; i < 60; i++)
        d[i] = (i % 3 ? 1 : -1) * (1 + i * 0.37);
    assert_int_equal(hox__wilcoxon(d, 50, &exact), HOX_OK);
    assert_int_equal(hox__wilcoxon(d, 51, &normal), HOX_OK);
    assert_true(exact.exact && !normal.exact);
    near(normal.p, exact.p, 0.02);
}

static void sign_flips(void **state)
{
    hox_rng rng = hox_rng_seed(1);
    double more[30];
    (void)state;
    /* Fisher, section 21: 1,726 of 32,768. */
    near(hox__sign_flips(darwin, N(darwin), &rng), 1726.0 / 32768, 1e-15);
    for (int i = 0; i < 30; i++)
        more[i] = darwin[i % 15];
    near(hox__sign_flips(more, 30, &rng), 0.0045, 0.0025); /* t test: 0.0046 */
}

static void bootstrap(void **state)
{
    hox_rng rng = hox_rng_seed(2);
    hox__interval i;
    const double same[] = {3, 3, 3}, two[] = {0, 1};
    double many[400];
    (void)state;
    assert_int_equal(hox__bootstrap_mean(same, 3, 1000, 0.95, &rng, &i), HOX_OK);
    near(i.low, 3, 0);
    near(i.high, 3, 0);
    /* Means 0, 1/2, 1 with 1/4, 1/2, 1/4. */
    assert_int_equal(hox__bootstrap_mean(two, 2, 4000, 0.40, &rng, &i), HOX_OK);
    near(i.low, 0.5, 0);
    near(i.high, 0.5, 0);
    assert_int_equal(hox__bootstrap_mean(two, 2, 4000, 0.60, &rng, &i), HOX_OK);
    near(i.low, 0, 0);
    near(i.high, 1, 0);
    for (int k = 0; k < 400; k++) /* a lattice of deviation about 1 / sqrt(12) */
        many[k] = (k + 0.5) / 400;
    assert_int_equal(hox__bootstrap_mean(many, 400, 4000, 0.95, &rng, &i), HOX_OK);
    near(i.low, 0.5 - 1.96 / sqrt(12 * 400), 0.003);
    near(i.high, 0.5 + 1.96 / sqrt(12 * 400), 0.003);
    /* Two problems, each the same everywhere: the problems alone vary. */
    const double flat[] = {0, 0, 0, 1, 1};
    const int size[] = {3, 2};
    assert_int_equal(hox__bootstrap_two_levels(flat, size, 2, 4000, 0.40, &rng, &i), HOX_OK);
    near(i.low, 0.5, 0);
    near(i.high, 0.5, 0);
    near(hox__pairs_needed(1, 0.5, 0.05, 0.8), 32, 0); /* (2.8016 / 0.5)^2 = 31.4 */
}

static void effect_and_adjustment(void **state)
{
    const double a[] = {1, 2, 3, 4}, b[] = {2, 2, 0};
    double p[] = {0.01, 0.04, 0.03, 0.005};
    (void)state;
    near(hox__a12(a, 4, b, 3), (1 + 2 + 3 + 3) / 12.0, 1e-15); /* 1: > 0; 2: > 0, two equal .. */
    near(hox__a12(a, 4, a, 4), 0.5, 0);
    assert_int_equal(hox__holm(p, 4), HOX_OK); /* R: p.adjust(p, "holm") */
    near(p[0], 0.03, 1e-15);
    near(p[1], 0.06, 1e-15);
    near(p[2], 0.06, 1e-15);
    near(p[3], 0.02, 1e-15);
}

/* Accuracies of four methods on 14 data sets, with ties; ranks and chi-square by Python. */
static const double auc[14][4] = {
    {0.763, 0.768, 0.771, 0.798}, {0.599, 0.591, 0.590, 0.569}, {0.954, 0.971, 0.968, 0.967},
    {0.628, 0.661, 0.654, 0.657}, {0.882, 0.888, 0.886, 0.898}, {0.936, 0.931, 0.916, 0.931},
    {0.661, 0.668, 0.609, 0.685}, {0.583, 0.583, 0.563, 0.625}, {0.775, 0.838, 0.866, 0.875},
    {1.000, 1.000, 1.000, 1.000}, {0.940, 0.962, 0.965, 0.962}, {0.619, 0.666, 0.614, 0.669},
    {0.972, 0.981, 0.975, 0.975}, {0.957, 0.978, 0.946, 0.970}};

static void friedman_and_nemenyi(void **state)
{
    double loss[56], rank[4];
    hox__friedman_result f;
    static const double ranks[] = {3.142857, 2.000000, 2.928571, 1.928571};
    static const double q[] = {1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164};
    (void)state;
    for (int i = 0; i < 56; i++)
        loss[i] = -auc[i / 4][i % 4];
    assert_int_equal(hox__friedman(loss, 14, 4, rank, &f), HOX_OK);
    for (int j = 0; j < 4; j++)
        near(rank[j], ranks[j], 1e-6);
    near(f.chi2, 10.952380952, 1e-8);
    near(f.p, hox__chi2_tail(f.chi2, 3), 0);
    /* Demsar, section 3.2.2: 1.25 for 4 methods on 14 data sets; table 5 (a). */
    near(hox__nemenyi(4, 14, 0.05), 1.25, 0.005);
    for (int k = 2; k <= 10; k++)
        near(hox__range_quantile(0.95, k) / sqrt(2), q[k - 2], 1e-3);
}

static void tails(void **state)
{
    (void)state;
    near(hox__chi2_tail(3.841458820694124, 1), 0.05, 1e-12);
    near(hox__chi2_tail(18.307038053275146, 10), 0.05, 1e-12);
    near(hox__chi2_tail(2, 2), exp(-1), 1e-14);
    near(hox__chi2_tail(0, 3), 1, 0);
    near(hox__chi2_tail(100, 2), exp(-50), 1e-34);
    near(hox__range_cdf(1, 2), erf(0.5), 1e-9); /* |N(0, 2)| <= 1 */
}

static void posterior(void **state)
{
    hox_rng rng = hox_rng_seed(3);
    hox__rope r;
    double d[20];
    (void)state;
    for (int i = 0; i < 20; i++)
        d[i] = 0.05 + 0.001 * i;
    assert_int_equal(hox__signed_rank_posterior(d, 20, 0.01, &rng, &r), HOX_OK);
    assert_true(r.above > 0.99);
    for (int i = 0; i < 20; i++)
        d[i] = 0.001 * (i - 10);
    assert_int_equal(hox__signed_rank_posterior(d, 20, 0.01, &rng, &r), HOX_OK);
    assert_true(r.within > 0.95);
    for (int i = 0; i < 20; i++)
        d[i] = i % 2 ? 0.5 : -0.5;
    assert_int_equal(hox__signed_rank_posterior(d, 20, 0.01, &rng, &r), HOX_OK);
    near(r.below + r.within + r.above, 1, 1e-9);
    near(r.below, r.above, 0.2);
}

/* A/A: of two columns of the same noise at most 5 % come out different. */
static void no_difference_is_rarely_seen(void **state)
{
    int seen = 0;
    (void)state;
    for (uint64_t k = 0; k < 400; k++) {
        const hox_rng root = hox_rng_seed(k);
        hox_rng rng = hox_rng_child(&root, "a/a", 0);
        double d[12];
        hox__signed_ranks r;
        for (int i = 0; i < 12; i++)
            d[i] = hox_rng_unit(&rng) - hox_rng_unit(&rng);
        assert_int_equal(hox__wilcoxon(d, 12, &r), HOX_OK);
        seen += r.p < 0.05;
    }
    assert_true(seen <= 30 && seen >= 5); /* 20 on average */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles),
        cmocka_unit_test(wilcoxon),
        cmocka_unit_test(many_pairs),
        cmocka_unit_test(sign_flips),
        cmocka_unit_test(bootstrap),
        cmocka_unit_test(effect_and_adjustment),
        cmocka_unit_test(friedman_and_nemenyi),
        cmocka_unit_test(tails),
        cmocka_unit_test(posterior),
        cmocka_unit_test(no_difference_is_rarely_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
