/* Importance: answers worked out by hand, and functions whose importances are known. */
#include "hoxtest.h"
#include "search/importance.h"
#include "search/points.h"
#include <math.h>
#include <stdlib.h>

static void assert_near(double got, double want, double within)
{
    if (!(fabs(got - want) <= within))
        print_error("%.6f is not %.6f +- %.2g\n", got, want, within);
    assert_true(fabs(got - want) <= within);
}

/* Ten trials, the best five all on branch 1 of `a`; `b` is on branch 1 in three of these and in
 * four of all; smoothed by one observation of the prior.
 *   a: p = (5.5, 5.5)/11, q = (0.5, 5.5)/6    D = 2 * 0.5 (5/6)^2                       = 0.694444
 *   b: p = (6.5, 4.5)/11, q = (2.5, 3.5)/6
 *      D = 6.5/11 ((2.5/6)/(6.5/11) - 1)^2 + 4.5/11 ((3.5/6)/(4.5/11) - 1)^2          = 0.125594 */
static void branches_by_hand(void **unused)
{
    (void)unused;
    static const double a[] = {1, 1, 1, 1, 1, 0, 0, 0, 0, 0};
    static const double b[] = {1, 1, 1, 0, 0, 1, 0, 0, 0, 0};
    static const double score[] = {9, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    const hox__factor f[] = {{true, 2, a}, {true, 2, b}};
    double share[2];
    hox__importance_of of;
    const double da = 2 * 0.5 * (5.0 / 6) * (5.0 / 6);
    const double db =
        6.5 / 11 * pow(2.5 / 6 / (6.5 / 11) - 1, 2) + 4.5 / 11 * pow(3.5 / 6 / (4.5 / 11) - 1, 2);
    assert_near(db, 0.125594, 1e-6);
    assert_int_equal(hox__importance(f, 2, score, 10, 0.1, share, &of), HOX_OK);
    assert_int_equal(of.best, 5);
    assert_near(share[0], da / (da + db), 1e-12);
    assert_near(share[1], db / (da + db), 1e-12);
}

/* The same where `b` is asked only on branch 1 of `a`: b is asked in half of all trials and in all
 * of the best, so it weighs 1/0.5 = 2. Its densities are among those that were asked:
 *   p = (2.5, 3.5)/6 and q the same, for the best are all that were asked: D = 0.
 * With one of the worst asked too, p = (3.5, 3.5)/7, a = 0.6: w D = (1/0.6) ((2.5/6/.5 - 1)^2). */
static void what_is_not_always_asked(void **unused)
{
    (void)unused;
    const double none = (double)NAN;
    static const double a[] = {1, 1, 1, 1, 1, 0, 0, 0, 0, 0};
    double b[] = {1, 1, 1, 0, 0, none, none, none, none, none};
    static const double score[] = {9, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    const hox__factor f[] = {{true, 2, a}, {true, 2, b}};
    double share[2];
    hox__importance_of of;
    assert_int_equal(hox__importance(f, 2, score, 10, 0.1, share, &of), HOX_OK);
    assert_near(share[0], 1, 1e-12);
    assert_near(share[1], 0, 1e-12);
    b[5] = 0;
    assert_int_equal(hox__importance(f, 2, score, 10, 0.1, share, &of), HOX_OK);
    const double da = 2 * 0.5 * (5.0 / 6) * (5.0 / 6), db = pow(2.5 / 6 / 0.5 - 1, 2) / 0.6;
    assert_near(share[1], db / (da + db), 1e-12);
}

enum { N = 4096, D = 4 };

static void sample(double at[D][N])
{
    hox__points points;
    assert_int_equal(hox__points_init(&points, D, NULL), HOX_OK);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < D; j++)
            at[j][i] = hox__points_at(&points, (uint64_t)i, j);
    hox__points_deinit(&points);
}

static double (*points_of(void))[N]
{
    double(*at)[N] = malloc(sizeof(double[D][N]));
    assert_non_null(at);
    sample(at);
    return at;
}

/* f = 2 x0 + x1 on the unit cube. The best tenth is the corner 2u + v < s, u = 1 - x0, v = 1 - x1,
 * of area s^2/4 = 0.1. The marginals of the corner are 10 (s - 2u) and 5 (s - v), so
 *   D_0 = 100 s^3/6 - 1 = 3.2164,   D_1 = 100 s^3/12 - 1 = 1.1082,   D_2 = D_3 = 0
 * and the shares are 0.7438 and 0.2562. */
static void a_plane(void **unused)
{
    (void)unused;
    double(*at)[N] = points_of(), share[D];
    double *score = malloc(N * sizeof *score);
    assert_non_null(score);
    hox__importance_of of;
    hox__factor f[D];
    for (int i = 0; i < N; i++)
        score[i] = 2 * at[0][i] + at[1][i];
    for (int j = 0; j < D; j++)
        f[j] = (hox__factor){false, 0, at[j]};
    assert_int_equal(hox__importance(f, D, score, N, 0.1, share, &of), HOX_OK);
    print_message("2 x0 + x1: shares %.4f %.4f %.4f %.4f (known 0.7438 0.2562 0 0)\n", share[0],
                  share[1], share[2], share[3]);
    assert_near(share[0], 0.7438, 0.02);
    assert_near(share[1], 0.2562, 0.02);
    assert_near(share[2] + share[3], 0, 0.01);
    free(score);
    free(at);
}

/* Where a method looked more does not matter: x0 is drawn with density 2x, and f does not know it.
 */
static void where_one_looked_is_not_what_matters(void **unused)
{
    (void)unused;
    double(*at)[N] = points_of(), share[2];
    double *score = malloc(N * sizeof *score);
    assert_non_null(score);
    hox__importance_of of;
    for (int i = 0; i < N; i++) {
        at[0][i] = sqrt(at[0][i]);
        score[i] = -fabs(at[1][i] - 0.5);
    }
    const hox__factor f[] = {{false, 0, at[0]}, {false, 0, at[1]}};
    assert_int_equal(hox__importance(f, 2, score, N, 0.1, share, &of), HOX_OK);
    assert_true(share[1] > 0.99);
    free(score);
    free(at);
}

static void nothing_to_tell(void **unused)
{
    (void)unused;
    static const double at[] = {0.1, 0.9}, same[] = {4, 4}, two[] = {1, 2};
    const hox__factor f[] = {{false, 0, at}, {false, 1, at}};
    double share[2] = {7, 7};
    hox__importance_of of;
    assert_int_equal(hox__importance(f, 2, same, 2, 0.1, share, &of), HOX_OK);
    assert_true(share[0] == 0 && share[1] == 0);
    assert_int_equal(hox__importance(f, 2, two, 2, 0.1, share, &of), HOX_OK);
    assert_int_equal(of.best, 1);
    assert_true(share[0] == 1 && share[1] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(branches_by_hand), cmocka_unit_test(what_is_not_always_asked),
        cmocka_unit_test(a_plane),          cmocka_unit_test(where_one_looked_is_not_what_matters),
        cmocka_unit_test(nothing_to_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
