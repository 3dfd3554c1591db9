/* auto: what it takes for which space, what it says, and when it passes on. */
#include "search/player.h"

extern const hox_strategy hox__strategy_auto, hox__strategy_gp, hox__strategy_cmaes,
    hox__strategy_random;

static void check_reason(const char *text, const char *want)
{
    hox_space *space = load(text);
    player p = player_new(&hox__strategy_auto, space, NULL, 1);
    assert_string_equal(hox__strategy_auto.explain(p.state), want);
    player_end(&p);
    hox_space_free(space);
}

static void says_what_it_takes(void **state)
{
    (void)state;
    check_reason("command = \"x\"\na = 0.0 .. 1.0\nb = 1..9\nc = p | q\n",
                 "gp for 50 to 100 trials, as long as it gets on, then cmaes: 3 questions, 1 of "
                 "words, 0 on some branches only");
    check_reason("command = \"x\"\nopt = sgd(m: 0.0 .. 1.0) | plain\nb = 1..9\n",
                 "tpe for 100 trials, then evolution: 3 questions, 1 of words, 1 on some branches "
                 "only");
    check_reason(
        "command = \"x\"\na = p | q | r | s\nb = p | q | r | s\nc = p | q | r | s\nd = 1..9\n",
        "tpe for 100 trials, then evolution: 4 questions, 3 of words, 0 on some branches "
        "only");
    check_reason("command = \"x\"\na = 1..5\nb = p | q\n",
                 "random: so few sentences that all can be tried");
    check_reason(
        "command = \"x\"\na = 0.0 .. 1.0\nobjective = maximize acc minimize mean of last 5 loss "
        "below(seconds: 3)\n",
        "nsga2: 2 objectives");
}

static double sphere(void *ctx, const hox_answered *a, int n)
{
    (void)ctx;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum -= (a[i].answer.real - 0.4) * (a[i].answer.real - 0.4);
    return sum;
}

static double plain(void *ctx, const hox_answered *a, int n)
{
    (void)ctx, (void)a, (void)n;
    return 0;
}

static double ever_better(void *ctx, const hox_answered *a, int n)
{
    (void)a, (void)n;
    return ++*(int *)ctx;
}

/* The same as the first method at first; the second has heard all and answers from then on, after
 * 100 trials, or, from 50 on, after 20 that were no better than the best before. Returns when. */
static uint64_t passed_on_at(scorer score)
{
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\nc = 0.0 .. 1.0\n");
    const hox_strategy *const methods[] = {&hox__strategy_auto, &hox__strategy_gp,
                                           &hox__strategy_cmaes};
    player p[3];
    uint64_t passed = 0, best_at = 0;
    int calls = 0;
    double best = -HUGE_VAL;
    for (int i = 0; i < 3; i++)
        p[i] = player_new(methods[i], space, NULL, 3);
    for (uint64_t t = 0; t < 130; t++) {
        char *text[3];
        double got = 0;
        if (!passed && (t == 100 || (t >= 50 && t - best_at >= 20)))
            passed = t;
        for (int i = 0; i < 3; i++) {
            assert_int_equal(player_suggest(&p[i], t, NULL), HOX_OK);
            text[i] = hox_walk_text(p[i].walk);
        }
        assert_string_equal(text[0], text[passed ? 2 : 1]);
        for (int i = 0; i < 3; i++) {
            uint64_t trial;
            int n;
            assert_int_equal(hox_walk_read(p[i].walk, text[0], NULL), HOX_OK);
            assert_int_equal(player_ask(&p[i], &trial), HOX_OK);
            const hox_answered *a = hox_walk_answers(p[i].walk, &n);
            got = i ? got : score(&calls, a, n);
            const hox_outcome o = done(got);
            assert_int_equal(player_tell(&p[i], trial, &o), HOX_OK);
        }
        if (got > best) {
            best = got;
            best_at = t + 1;
        }
        for (int i = 0; i < 3; i++)
            hox_text_free(text[i]);
    }
    for (int i = 0; i < 3; i++)
        player_end(&p[i]);
    hox_space_free(space);
    return passed;
}

static void passes_on(void **state)
{
    (void)state;
    assert_int_equal(passed_on_at(ever_better), 100);
    assert_in_range(passed_on_at(sphere), 50, 100);
    assert_int_equal(passed_on_at(plain), 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_it_takes),
        cmocka_unit_test(passes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
