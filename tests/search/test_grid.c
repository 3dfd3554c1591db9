/* Grid search: order, ends, levels, branches, the end (decisions 2.9). */
#include "search/player.h"

extern const hox_strategy hox__strategy_grid;

/* Walks of the whole grid, one a line. */
static void check_grid(const char *text, const char *settings, const char *want)
{
    hox_space *space = load(text);
    player p = player_new(&hox__strategy_grid, space, settings, 1);
    char got[4096] = "";
    for (int i = 0;; i++) {
        uint64_t trial;
        const hox_status status = player_suggest(&p, p.trials, NULL);
        if (status == HOX_DONE)
            break;
        assert_int_equal(status, HOX_OK);
        assert_true(i < 200);
        char *walk = hox_walk_text(p.walk);
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s\n", walk);
        hox_text_free(walk);
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
    }
    assert_string_equal(got, want);
    player_end(&p);
    hox_space_free(space);
}

static void the_last_question_turns_fastest(void **state)
{
    (void)state;
    check_grid("command = \"x\"\na = 1..3\nb = p | q\n", NULL, "1;0\n1;1\n2;0\n2;1\n3;0\n3;1\n");
}

static void ranges_have_both_ends(void **state)
{
    (void)state;
    check_grid("command = \"x\"\na = 0.0 .. 1.0\n", NULL, "0\n0.25\n0.5\n0.75\n1\n");
    check_grid("command = \"x\"\na = 2.0 .. 4.0\n", "grid(levels: 2)", "2\n4\n");
    check_grid("command = \"x\"\na = 0.1 .. 0.5 step 0.1\n", "grid(levels: 3)", "0.1\n0.3\n0.5\n");
}

static void levels_lie_equally_far_apart_on_their_scale(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = log 1e-4 .. 1.0\n");
    player p = player_new(&hox__strategy_grid, space, NULL, 1);
    for (int i = 0; i < 5; i++) {
        int n;
        uint64_t trial;
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        const double x = hox_walk_answers(p.walk, &n)->answer.real;
        assert_true(fabs(log10(x) - (i - 4)) < 1e-12);
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
    }
    player_end(&p);
    hox_space_free(space);
}

static void few_whole_numbers_are_all_taken(void **state)
{
    (void)state;
    check_grid("command = \"x\"\na = 3..6\n", NULL, "3\n4\n5\n6\n");
    check_grid("command = \"x\"\na = 1..100\n", "grid(levels: 3)", "1\n51\n100\n");
    check_grid("command = \"x\"\na = log 1..6\n", "grid(levels: 4)", "1\n2\n3\n6\n");
}

static void branches_are_one_after_the_other(void **state)
{
    (void)state;
    check_grid("command = \"x\"\nopt = sgd(m: 1..2) | plain | adam(b: 5..6, c: p | q)\n", NULL,
               "0;1\n0;2\n1\n2;5;0\n2;5;1\n2;6;0\n2;6;1\n");
}

static void requirements_are_passed_over(void **state)
{
    (void)state;
    check_grid("command = \"x\"\na = 1..3\nb = 1..3\nrequire a < b\n", NULL, "1;2\n1;3\n2;3\n");
}

static void others_do_not_move_it(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 1..3\n");
    player p = player_new(&hox__strategy_grid, space, NULL, 1);
    uint64_t trial;
    assert_int_equal(hox_walk_read(p.walk, "3", NULL), HOX_OK);
    assert_int_equal(player_ask(&p, &trial), HOX_OK);
    for (int want = 1; want <= 3; want++) {
        int n;
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        assert_int_equal(hox_walk_answers(p.walk, &n)->answer.index, want);
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK); /* asking twice is no step */
        assert_int_equal(hox_walk_answers(p.walk, &n)->answer.index, want);
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
    }
    assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_DONE);
    player_end(&p);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_question_turns_fastest),
        cmocka_unit_test(ranges_have_both_ends),
        cmocka_unit_test(levels_lie_equally_far_apart_on_their_scale),
        cmocka_unit_test(few_whole_numbers_are_all_taken),
        cmocka_unit_test(branches_are_one_after_the_other),
        cmocka_unit_test(requirements_are_passed_over),
        cmocka_unit_test(others_do_not_move_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
