/* The Gaussian process as a strategy: what it reaches, and what it makes of running, failed, costly
 * and conditional trials. */
#include "functions.h"

extern const hox_strategy hox__strategy_gp, hox__strategy_random;

/* hpo.md 5.2 with six seeds; bench/hpo runs twenty. */
static void branin_is_solved(void **state)
{
    (void)state;
    double regret[6], random[6];
    regrets(&hox__strategy_gp, NULL, &functions[0], 50, 6, regret);
    regrets(&hox__strategy_random, NULL, &functions[0], 50, 6, random);
    for (int i = 0; i < 6; i++)
        assert_true(regret[i] < random[i]);
    const double middle = median(regret, 6);
    if (middle >= 0.001)
        fail_msg("Branin: median regret %g", middle);
}

static void hartmann_is_found(void **state)
{
    (void)state;
    double regret[4];
    regrets(&hox__strategy_gp, NULL, &functions[1], 100, 4, regret);
    const double middle = median(regret, 4);
    if (middle > 0.12 || regret[0] >= 0.01)
        fail_msg("Hartmann-6: median regret %g, best %g", middle, regret[0]);
}

/* Noise of a tenth of the range: the incumbent is a posterior mean, not the luckiest trial. */
static double noisy(void *ctx, const hox_answered *answer, int n)
{
    hox_rng *rng = ctx;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum -= (answer[i].answer.real - 0.6) * (answer[i].answer.real - 0.6);
    return sum + 0.1 * (hox_rng_unit(rng) - 0.5);
}

static void noise_does_not_hold_it(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\n");
    int near = 0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        player p = player_new(&hox__strategy_gp, space, NULL, seed);
        hox_rng rng = hox_rng_seed(seed);
        player_best(&p, 40, noisy, &rng);
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        int n;
        const hox_answered *a = hox_walk_answers(p.walk, &n);
        near += fabs(a[0].answer.real - 0.6) < 0.3 && fabs(a[1].answer.real - 0.6) < 0.3;
        player_end(&p);
    }
    assert_true(near >= 4);
    hox_space_free(space);
}

/* A tree: the best leaf is one of three, with a number of its own. */
static double tree(void *ctx, const hox_answered *answer, int n)
{
    (void)ctx;
    double score = 0;
    for (int i = 0; i < n; i++) {
        const hox_answered *a = &answer[i];
        if (path_ends(a->path, "lr"))
            score -= pow(log10(a->answer.real) + 2, 2);
        else if (path_ends(a->path, "m"))
            score += 1 - 4 * pow(a->answer.real - 0.9, 2);
        else if (path_ends(a->path, "b"))
            score += 2 - 4 * pow(a->answer.real - 0.2, 2);
        else if (path_ends(a->path, "k"))
            score -= 0.05 * abs((int)a->answer.index - 5);
    }
    return score;
}

static const char tree_space[] = "command = \"x\"\nlr = log 1e-5 .. 1.0\nk = 1..9\n"
                                 "opt = sgd(m: 0.0 .. 1.0) | adam(b: 0.0 .. 1.0) | plain\n";

static void trees_are_searched(void **state)
{
    (void)state;
    hox_space *space = load(tree_space);
    int wins = 0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        player p = player_new(&hox__strategy_gp, space, NULL, seed);
        player r = player_new(&hox__strategy_random, space, NULL, seed);
        const double best = player_best(&p, 40, tree, NULL);
        wins += best > player_best(&r, 80, tree, NULL) && best > 1.9;
        player_end(&p);
        player_end(&r);
    }
    assert_true(wins >= 4);
    hox_space_free(space);
}

/* Half the square fails. Of 50 blind trials 25 would; 17 or fewer have a probability of 0.016. */
static void failures_are_avoided(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\n");
    player p = player_new(&hox__strategy_gp, space, NULL, 3);
    int failed = 0;
    for (int i = 0; i < 60; i++) {
        uint64_t trial;
        int n;
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
        const hox_answered *a = hox_walk_answers(p.walk, &n);
        const double x = a[0].answer.real, y = a[1].answer.real;
        hox_outcome o = done(-pow(x - 0.3, 2) - pow(y - 0.3, 2));
        if (x > 0.5) {
            o = (hox_outcome){.state = HOX_TRIAL_FAILED, .score = (double)NAN};
            failed += i >= 10;
        }
        assert_int_equal(player_tell(&p, trial, &o), HOX_OK);
    }
    if (failed > 17)
        fail_msg("%d of 50 failed", failed);
    player_end(&p);
    hox_space_free(space);
}

/* Two equal hills, one ten times as costly: per second the cheap one is climbed. */
static int at_the_costly_hill(const char *text)
{
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\n");
    int costly = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        player p = player_new(&hox__strategy_gp, space, text, seed);
        for (int i = 0; i < 30; i++) {
            uint64_t trial;
            int n;
            assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
            assert_int_equal(player_ask(&p, &trial), HOX_OK);
            const double x = hox_walk_answers(p.walk, &n)[0].answer.real;
            hox_outcome o = done(exp(-200 * pow(x - 0.2, 2)) + exp(-200 * pow(x - 0.8, 2)));
            o.seconds = x > 0.5 ? 10 : 1;
            costly += i >= 10 && x > 0.5;
            assert_int_equal(player_tell(&p, trial, &o), HOX_OK);
        }
        player_end(&p);
    }
    hox_space_free(space);
    return costly;
}

static void seconds_count_when_they_should(void **state)
{
    (void)state;
    const int with = at_the_costly_hill("gp(per_second: yes)"), without = at_the_costly_hill("gp");
    if (with >= without)
        fail_msg("costly trials: %d with per_second, %d without", with, without);
}

/* Four running at a time: suggestions made without an answer in between keep apart. */
static void running_trials_keep_apart(void **state)
{
    (void)state;
    function f = functions[0];
    hox_space *space = load(f.space);
    player p = player_new(&hox__strategy_gp, space, NULL, 5);
    player_best(&p, 25, score_function, &f);
    double x[8][2];
    for (int i = 0; i < 8; i++) {
        uint64_t trial;
        int n;
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
        const hox_answered *a = hox_walk_answers(p.walk, &n);
        x[i][0] = (a[0].answer.real + 5) / 15;
        x[i][1] = a[1].answer.real / 15;
        for (int k = 0; k < i; k++)
            assert_true(hypot(x[i][0] - x[k][0], x[i][1] - x[k][1]) > 1e-3);
    }
    player_end(&p);
    hox_space_free(space);
}

/* More trials than `points`: it still learns, and its time is bounded by them. */
static void many_trials_are_thinned(void **state)
{
    (void)state;
    function f = functions[0];
    hox_space *space = load(f.space);
    player p = player_new(&hox__strategy_gp, space, "gp(points: 30)", 2);
    const double best = player_best(&p, 90, score_function, &f);
    if (-best - f.least > 0.01)
        fail_msg("regret %g", -best - f.least);
    assert_non_null(strstr(p.method->explain(p.state), "sees 30 of its trials"));
    player_end(&p);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(branin_is_solved),
        cmocka_unit_test(hartmann_is_found),
        cmocka_unit_test(noise_does_not_hold_it),
        cmocka_unit_test(trees_are_searched),
        cmocka_unit_test(failures_are_avoided),
        cmocka_unit_test(seconds_count_when_they_should),
        cmocka_unit_test(running_trials_keep_apart),
        cmocka_unit_test(many_trials_are_thinned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
