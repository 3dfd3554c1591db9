/* Known answers of the Parzen estimator's densities. */
#include "../space/spaces.h"
#include "search/history.h"
#include "search/parzen.h"
#include <math.h>
#include <string.h>

/* The formulas of parzen.h written out with the C library, for spaces of all kinds at once. */

static double phi(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

static double mass(double a, double b)
{
    return b > 0 && a > 0 ? phi(-a) - phi(-b) : phi(b) - phi(a);
}

static double number_kernel(double x, double a, double b, double m, double s)
{
    const double all = mass(-m / s, (1 - m) / s);
    if (a < b)
        return mass((a - m) / s, (b - m) / s) / all;
    return exp(-0.5 * (x - m) * (x - m) / (s * s)) / (s * sqrt(2 * M_PI)) / all;
}

static double branch_kernel(const hox__dim *dim, double x, double m, double n)
{
    const double v = dim->share[(int)x] / (n + 1);
    return ((x == m) + v) / (1 + dim->cells / (n + 1));
}

static double weight_of(int i, int n)
{
    if (i >= n - 25)
        return 1;
    return n == 26 ? 1.0 / n : 1.0 / n + (1 - 1.0 / n) * i / (n - 26);
}

static double log_density(const hox__coder *coder, const double *at, int n, const double *x)
{
    const int d = coder->dims;
    double sigma = 0.2 * pow(n > 1 ? n : 1, -1.0 / (d + 4)), sum = 1, p = 1;
    sigma = fmin(fmax(sigma, 1 / fmin(100, n + 2)), 1);
    for (int k = 0; k < d; k++) {
        double a, b;
        hox__cell_ends(&coder->dim[k], x[k], &a, &b);
        p *= coder->dim[k].nominal ? coder->dim[k].share[(int)x[k]] / coder->dim[k].cells
                                   : number_kernel(x[k], a, b, 0.5, 1);
    }
    for (int i = 0; i < n; i++) {
        double product = weight_of(i, n);
        sum += product;
        for (int k = 0; k < d; k++) {
            double a, b;
            const hox__dim *dim = &coder->dim[k];
            hox__cell_ends(dim, x[k], &a, &b);
            product *= dim->nominal ? branch_kernel(dim, x[k], at[i * d + k], n)
                                    : number_kernel(x[k], a, b, at[i * d + k], sigma);
        }
        p += product;
    }
    return log(p / sum);
}

typedef struct {
    hox_space *space;
    hox__history history;
    hox__parzen p;
    int d;
    double at[400 * 8];
} made;

static const char all_kinds[] =
    "command = \"x {a} {b} {c} {d} {e} {f}\"\na = 0.0 .. 1.0\nb = log 1e-4 .. 1.0\nc = 1..7\n"
    "d = log 1..40\ne = red | green @3 | blue\nf = 4 | 8 | 16\n";

/* n draws of the prior; components from .. n-1. */
static void make(made *m, const char *text, int n)
{
    m->space = load(text);
    assert_int_equal(hox__history_init(&m->history, m->space), HOX_OK);
    hox_walk *w = hox_walk_new(m->space, NULL);
    hox_rng rng = hox_rng_seed(12);
    hox_asked asked;
    int dim[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    assert_int_equal(hox__coder_explore(&m->history.coder, 0, 0), HOX_OK);
    m->d = m->history.coder.dims;
    assert_int_equal(hox__parzen_init(&m->p, &m->history.coder, dim, m->d), HOX_OK);
    for (int i = 0; i < n; i++) {
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL), HOX_OK);
        asked.answer = hox_walk_answers(w, &asked.n);
        assert_int_equal(hox__history_asked(&m->history, (uint64_t)i, &asked, NULL), HOX_OK);
        hox__history_dense(&m->history, i, m->at + i * m->d, m->d);
        assert_int_equal(hox__parzen_add(&m->p, (uint64_t)i, m->at + i * m->d), HOX_OK);
        assert_int_equal(hox__parzen_settle(&m->p), HOX_OK);
    }
    hox_walk_free(w);
}

static void drop(made *m)
{
    hox__parzen_deinit(&m->p);
    hox__history_deinit(&m->history);
    hox_space_free(m->space);
}

static void check_density(made *m, int n)
{
    double x[24 * 8], got[24];
    hox_rng rng = hox_rng_seed(1);
    for (int c = 0; c < 24; c++)
        hox__parzen_draw(&m->p, &rng, x + c * m->d);
    assert_int_equal(hox__parzen_log_density(&m->p, x, 24, got), HOX_OK);
    for (int c = 0; c < 24; c++) {
        const double want = log_density(&m->history.coder, m->at, n, x + c * m->d);
        if (!(fabs(got[c] - want) <= 1e-9 * (1 + fabs(want))))
            fail_msg("n = %d: %.15g instead of %.15g", n, got[c], want);
    }
}

static void densities_are_the_formulas(void **state)
{
    (void)state;
    static const int sizes[] = {0, 1, 2, 10, 25, 26, 27, 60, 100};
    static made m;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make(&m, all_kinds, sizes[i]);
        check_density(&m, sizes[i]);
        drop(&m);
    }
}

/* By hand: one trial at 1/4 of [0, 1]: s = 0.2, limit 1/3, so s = 1/3; at 1/2
 * N = exp(-(0.75^2)/2)/(s sqrt(2 pi)) = 0.9034 over Phi(2.25) - Phi(-0.75) = 0.76115 -> 1.186907;
 * the prior: 0.39894 over 0.38292 -> 1.041830; mean 1.114369. */
static void one_trial_by_hand(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x {a}\"\na = 0.0 .. 1.0\n");
    hox__coder coder;
    hox__parzen p;
    const int dim = 0;
    double at = 0.25, x = 0.5, got;
    assert_int_equal(hox__coder_init(&coder, space), HOX_OK);
    assert_int_equal(hox__coder_explore(&coder, 0, 0), HOX_OK);
    assert_int_equal(hox__parzen_init(&p, &coder, &dim, 1), HOX_OK);
    assert_int_equal(hox__parzen_add(&p, 0, &at), HOX_OK);
    assert_int_equal(hox__parzen_settle(&p), HOX_OK);
    assert_int_equal(hox__parzen_log_density(&p, &x, 1, &got), HOX_OK);
    assert_true(fabs(exp(got) - 1.114369) < 2e-6);
    hox__parzen_deinit(&p);
    hox__coder_deinit(&coder);
    hox_space_free(space);
}

/* What was removed and added in another order leaves no trace. */
static void order_of_changes_does_not_matter(void **state)
{
    (void)state;
    static made m;
    make(&m, all_kinds, 80);
    for (uint64_t i = 0; i < 80; i += 3)
        hox__parzen_remove(&m.p, i);
    assert_int_equal(hox__parzen_settle(&m.p), HOX_OK);
    hox__parzen_remove(&m.p, 3); /* not there: nothing happens */
    for (int i = 78; i >= 0; i -= 3)
        assert_int_equal(hox__parzen_add(&m.p, (uint64_t)i, m.at + i * m.d), HOX_OK);
    assert_int_equal(hox__parzen_settle(&m.p), HOX_OK);
    check_density(&m, 80);
    drop(&m);
}

/* The probabilities of a finite space sum to 1. */
static void masses_sum_to_one(void **state)
{
    (void)state;
    static made m;
    make(&m, "command = \"x {c} {d} {e}\"\nc = 1..4\nd = log 1..9\ne = red | green @3 | blue\n",
         300);
    double x[3], got, sum = 0;
    for (int i = 0; i < 4; i++)
        for (int j = 1; j <= 9; j++)
            for (int k = 0; k < 3; k++) {
                x[0] = (i + 0.5) / 4;
                x[1] = log(2.0 * j) / log(19);
                x[2] = k;
                assert_int_equal(hox__parzen_log_density(&m.p, x, 1, &got), HOX_OK);
                sum += exp(got);
            }
    assert_true(fabs(sum - 1) < 1e-3); /* narrow uneven cells: second order */
    drop(&m);
}

/* Draws follow the density: chi-square over the 12 cells, 11 degrees of freedom, 0.999 quantile. */
static void draws_follow_the_density(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    static made m;
    make(&m, "command = \"x {c} {e}\"\nc = 1..4\ne = red | green @3 | blue\n", 5);
    int count[12] = {0};
    hox_rng rng = hox_rng_seed(77);
    double x[2], got, chi2 = 0;
    for (int i = 0; i < DRAWS; i++) {
        hox__parzen_draw(&m.p, &rng, x);
        count[3 * (int)(x[0] * 4) + (int)x[1]]++;
    }
    for (int i = 0; i < 12; i++) {
        x[0] = (i / 3 + 0.5) / 4;
        x[1] = i % 3;
        assert_int_equal(hox__parzen_log_density(&m.p, x, 1, &got), HOX_OK);
        const double want = DRAWS * exp(got);
        chi2 += (count[i] - want) * (count[i] - want) / want;
    }
    assert_true(chi2 < 31.3);
    drop(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(densities_are_the_formulas),       cmocka_unit_test(one_trial_by_hand),
        cmocka_unit_test(order_of_changes_does_not_matter), cmocka_unit_test(masses_sum_to_one),
        cmocka_unit_test(draws_follow_the_density),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
