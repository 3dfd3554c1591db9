/* Random search draws what the space says: Kolmogorov-Smirnov and chi-square, fixed seeds. */
#include "search/player.h"
#include <stdlib.h>

extern const hox_strategy hox__strategy_random, hox__strategy_grid;

enum { N = 4000, QUESTIONS = 6 };

static double drawn[QUESTIONS][N];

/* Fills drawn[question][trial]. */
static void draw_all(const char *text)
{
    hox_space *space = load(text);
    player p = player_new(&hox__strategy_random, space, NULL, 17);
    for (int i = 0; i < N; i++) {
        uint64_t trial;
        assert_int_equal(player_suggest(&p, (uint64_t)i, NULL), HOX_OK);
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
        int n;
        const hox_answered *a = hox_walk_answers(p.walk, &n);
        assert_true(n <= QUESTIONS);
        for (int k = 0; k < n; k++)
            drawn[k][i] = a[k].kind == HOX_ASK_REAL ? a[k].answer.real : (double)a[k].answer.index;
    }
    player_end(&p);
    hox_space_free(space);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The distance between the draws and the distribution `low` .. `high`, times sqrt(N): above 1.95
 * once in a thousand. */
static double distance(double *x, double low, double high, bool is_log)
{
    double worst = 0;
    qsort(x, N, sizeof *x, ascending);
    for (int i = 0; i < N; i++) {
        const double f = is_log ? log(x[i] / low) / log(high / low) : (x[i] - low) / (high - low);
        worst = fmax(worst, fmax(fabs(f - (double)i / N), fabs(f - (i + 1.0) / N)));
    }
    return worst * sqrt(N);
}

static void reals_are_uniform_on_their_scale(void **state)
{
    (void)state;
    draw_all("command = \"x\"\na = 0.0 .. 1.0\nb = -5.0 .. 10.0\nc = log 1e-5 .. 1.0\n");
    assert_true(distance(drawn[0], 0, 1, false) < 1.95);
    assert_true(distance(drawn[1], -5, 10, false) < 1.95);
    assert_true(distance(drawn[2], 1e-5, 1, true) < 1.95);
}

static double chi_square(const double *x, int cells, double low, double step, const double *part)
{
    int count[64] = {0};
    double chi = 0;
    for (int i = 0; i < N; i++) {
        const int k = (int)floor((x[i] - low) / step + 0.5);
        assert_in_range(k, 0, cells - 1);
        count[k]++;
    }
    for (int k = 0; k < cells; k++) {
        const double want = N * (part ? part[k] : 1.0 / cells);
        chi += (count[k] - want) * (count[k] - want) / want;
    }
    return chi;
}

static void counts_are_as_likely_as_declared(void **state)
{
    (void)state;
    draw_all("command = \"x\"\na = 1..9\nb = red | green @3 | blue\nc = 8..64 step 8\n"
             "d = 0.1 .. 0.9 step 0.2\n");
    const double colours[] = {0.2, 0.6, 0.2};
    assert_true(chi_square(drawn[0], 9, 1, 1, NULL) < 26.1); /* 8 degrees, p = 0.001 */
    assert_true(chi_square(drawn[1], 3, 0, 1, colours) < 13.8);
    assert_true(chi_square(drawn[2], 8, 8, 8, NULL) < 24.3);
    assert_true(chi_square(drawn[3], 5, 0.1, 0.2, NULL) < 18.5);
}

/* P(x) = log((x + 1/2) / (x - 1/2)) / log(8.5 / 0.5) */
static void whole_numbers_on_a_log_scale(void **state)
{
    (void)state;
    double part[8];
    for (int x = 1; x <= 8; x++)
        part[x - 1] = log((x + 0.5) / (x - 0.5)) / log(17);
    draw_all("command = \"x\"\na = log 1..8\n");
    assert_true(chi_square(drawn[0], 8, 1, 1, part) < 24.3);
}

/* Trials are on their own: trial 5 is the same whatever came before. */
static void a_trial_depends_on_its_number_only(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 1..9\n");
    player p = player_new(&hox__strategy_random, space, NULL, 1);
    assert_int_equal(player_suggest(&p, 5, NULL), HOX_OK);
    char *alone = hox_walk_text(p.walk);
    for (uint64_t i = 0; i < 5; i++)
        assert_int_equal(player_suggest(&p, i, NULL), HOX_OK);
    assert_int_equal(player_suggest(&p, 5, NULL), HOX_OK);
    char *after = hox_walk_text(p.walk);
    assert_string_equal(alone, after);
    hox_text_free(alone);
    hox_text_free(after);
    player_end(&p);
    hox_space_free(space);
}

static double off(void *ctx, const hox_answered *answer, int n)
{
    const double *at = ctx;
    (void)n;
    return -fabs(answer[0].answer.real - *at);
}

/* hpo.md 5.5: where one of four parameters matters, 81 random trials see 81 values of it, a grid of
 * 81 sees 3. 40 places of the optimum. */
static void a_grid_sees_few_values_of_what_matters(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\nc = 0.0 .. 1.0\n"
                            "d = 0.0 .. 1.0\n");
    int wins = 0;
    double random = 0, grid = 0;
    for (int i = 0; i < 40; i++) {
        double at = (i + 0.5) / 40;
        player a = player_new(&hox__strategy_random, space, NULL, (uint64_t)i + 1);
        player b = player_new(&hox__strategy_grid, space, "grid(levels: 3)", 1);
        const double x = -player_best(&a, 81, off, &at), y = -player_best(&b, 81, off, &at);
        wins += x < y;
        random += x / 40;
        grid += y / 40;
        player_end(&a);
        player_end(&b);
    }
    assert_true(wins >= 34);
    assert_true(10 * random < grid); /* 1/164 on average against 1/8 */
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reals_are_uniform_on_their_scale),
        cmocka_unit_test(counts_are_as_likely_as_declared),
        cmocka_unit_test(whole_numbers_on_a_log_scale),
        cmocka_unit_test(a_trial_depends_on_its_number_only),
        cmocka_unit_test(a_grid_sees_few_values_of_what_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
