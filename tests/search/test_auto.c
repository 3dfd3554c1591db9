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
                 "gp for 100 trials, then cmaes: 3 questions, 1 of words, 0 on some branches only");
    check_reason("command = \"x\"\nopt = sgd(m: 0.0 .. 1.0) | plain\nb = 1..9\n",
                 "tpe for 50 trials, then evolution: 3 questions, 1 of words, 1 on some branches "
                 "only");
    check_reason(
        "command = \"x\"\na = p | q | r | s\nb = p | q | r | s\nc = p | q | r | s\nd = 1..9\n",
        "tpe for 50 trials, then evolution: 4 questions, 3 of words, 0 on some branches "
        "only");
    check_reason("command = \"x\"\na = 1..5\nb = p | q\n",
                 "random: so few sentences that all can be tried");
}

static double sphere(void *ctx, const hox_answered *a, int n)
{
    (void)ctx;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum -= (a[i].answer.real - 0.4) * (a[i].answer.real - 0.4);
    return sum;
}

/* The same as the first method for 100 trials; the second has heard all and answers from then on.
 */
static void passes_on(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\nc = 0.0 .. 1.0\n");
    const hox_strategy *const methods[] = {&hox__strategy_auto, &hox__strategy_gp,
                                           &hox__strategy_cmaes};
    player p[3];
    for (int i = 0; i < 3; i++)
        p[i] = player_new(methods[i], space, NULL, 3);
    for (uint64_t t = 0; t < 160; t++) {
        const int same = t < 100 ? 1 : 2;
        char *text[3];
        for (int i = 0; i < 3; i++) {
            assert_int_equal(player_suggest(&p[i], t, NULL), HOX_OK);
            text[i] = hox_walk_text(p[i].walk);
        }
        assert_string_equal(text[0], text[same]);
        for (int i = 0; i < 3; i++) {
            uint64_t trial;
            int n;
            assert_int_equal(hox_walk_read(p[i].walk, text[0], NULL), HOX_OK);
            assert_int_equal(player_ask(&p[i], &trial), HOX_OK);
            const hox_answered *a = hox_walk_answers(p[i].walk, &n);
            const hox_outcome o = done(sphere(NULL, a, n));
            assert_int_equal(player_tell(&p[i], trial, &o), HOX_OK);
        }
        for (int i = 0; i < 3; i++)
            hox_text_free(text[i]);
    }
    for (int i = 0; i < 3; i++)
        player_end(&p[i]);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_it_takes),
        cmocka_unit_test(passes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
