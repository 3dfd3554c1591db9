/* Differential evolution: the formula, the competition, a minimum. */
#include "search/player.h"

extern const hox_strategy hox__strategy_differential_evolution, hox__strategy_random;

static const char square[] = "command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\n";

static void say(player *p, const char *walk, double score)
{
    uint64_t trial;
    const hox_outcome o = done(score);
    assert_int_equal(hox_walk_read(p->walk, walk, NULL), HOX_OK);
    assert_int_equal(player_ask(p, &trial), HOX_OK);
    assert_int_equal(player_tell(p, trial, &o), HOX_OK);
}

/* Four members; the fifth trial stands against the first, so a, b, c are the other three in one of
 * six orders: v = a + F (b - c) is one of six points, all of which occur. */
static void the_formula(void **state)
{
    (void)state;
    static const double x[3][2] = {{0.4, 0.5}, {0.5, 0.7}, {0.6, 0.4}};
    hox_space *space = load(square);
    player p = player_new(&hox__strategy_differential_evolution, space,
                          "differential_evolution(population: 4, factor: 0.5, crossover: 1)", 1);
    say(&p, "0.1;0.1", 1);
    say(&p, "0.4;0.5", 1);
    say(&p, "0.5;0.7", 1);
    say(&p, "0.6;0.4", 1);
    int count[3][3] = {{0}};
    for (uint64_t t = 0; t < 120; t++) {
        int n, hits = 0;
        assert_int_equal(player_suggest(&p, 100 + t, NULL), HOX_OK);
        const hox_answered *v = hox_walk_answers(p.walk, &n);
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) {
                const int c = 3 - a - b;
                if (a == b || c < 0 || c > 2 || c == a || c == b)
                    continue;
                const bool hit =
                    fabs(v[0].answer.real - (x[a][0] + 0.5 * (x[b][0] - x[c][0]))) < 1e-12 &&
                    fabs(v[1].answer.real - (x[a][1] + 0.5 * (x[b][1] - x[c][1]))) < 1e-12;
                hits += hit;
                count[a][b] += hit;
            }
        assert_int_equal(hits, 1);
    }
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            assert_true(a == b || count[a][b] > 5);
    player_end(&p);
    hox_space_free(space);
}

/* CR = 0: one answer of the mutant, the other of the target. */
static void one_answer_at_least_is_new(void **state)
{
    (void)state;
    hox_space *space = load(square);
    player p = player_new(&hox__strategy_differential_evolution, space,
                          "differential_evolution(population: 4, crossover: 0)", 1);
    say(&p, "0.1;0.9", 1);
    say(&p, "0.4;0.5", 1);
    say(&p, "0.5;0.7", 1);
    say(&p, "0.6;0.4", 1);
    int first = 0;
    for (uint64_t t = 0; t < 100; t++) {
        int n;
        assert_int_equal(player_suggest(&p, 100 + t, NULL), HOX_OK);
        const hox_answered *v = hox_walk_answers(p.walk, &n);
        const bool kept_a = v[0].answer.real == 0.1, kept_b = v[1].answer.real == 0.9;
        assert_int_equal(kept_a + kept_b, 1);
        first += kept_a;
    }
    assert_in_range(first, 30, 70);
    player_end(&p);
    hox_space_free(space);
}

/* The worse does not take the place; the failed neither. Seen by CR = 0, which shows the target. */
static void the_better_keeps_its_place(void **state)
{
    (void)state;
    hox_space *space = load(square);
    player p = player_new(&hox__strategy_differential_evolution, space,
                          "differential_evolution(population: 4, crossover: 0)", 1);
    const char *const first[] = {"0.1;0.9", "0.4;0.5", "0.5;0.7", "0.6;0.4"};
    for (int i = 0; i < 4; i++)
        say(&p, first[i], 1);
    say(&p, "0.2;0.2", 0);           /* worse than the first */
    say(&p, "0.3;0.3", (double)NAN); /* no score */
    say(&p, "0.35;0.35", 1);         /* as good as the third */
    say(&p, "0.45;0.45", 2);         /* better than the fourth */
    static const double want[4][2] = {{0.1, 0.9}, {0.4, 0.5}, {0.35, 0.35}, {0.45, 0.45}};
    for (int i = 0; i < 4; i++) {
        int n;
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        const hox_answered *v = hox_walk_answers(p.walk, &n);
        assert_int_equal((v[0].answer.real == want[i][0]) + (v[1].answer.real == want[i][1]), 1);
        say(&p, "0.9;0.05", -9); /* the next place */
    }
    player_end(&p);
    hox_space_free(space);
}

static double sphere(void *ctx, const hox_answered *a, int n)
{
    (void)ctx;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum -= (a[i].answer.real - 0.7) * (a[i].answer.real - 0.7);
    return sum;
}

static void a_sphere_is_solved(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\nc = 0.0 .. 1.0\n"
                            "d = 0.0 .. 1.0\ne = 0.0 .. 1.0\n");
    for (uint64_t seed = 1; seed <= 5; seed++) {
        player p = player_new(&hox__strategy_differential_evolution, space, NULL, seed);
        assert_true(player_best(&p, 3000, sphere, NULL) > -1e-5);
        player_end(&p);
    }
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_formula),
        cmocka_unit_test(one_answer_at_least_is_new),
        cmocka_unit_test(the_better_keeps_its_place),
        cmocka_unit_test(a_sphere_is_solved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
