/* Warm starts: what an earlier study gives, and what a misleading one costs. */
#include "base/alloc.h"
#include "player.h"
#include "search/transfer.h"
#include <stdlib.h>

extern const hox_strategy hox__strategy_random, hox__strategy_tpe;

static const char text[] = "command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\nc = 0.0 .. 1.0\n"
                           "d = 0.0 .. 1.0\nact = relu | tanh | gelu\n";

/* `at` is where the hill stands: the old study's and the new one's need not agree. */
static double hill(double at, const hox_answered *answer, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum -= answer[i].kind == HOX_ASK_REAL ? pow(answer[i].answer.real - at, 2)
                                              : 0.1 * (answer[i].answer.index != 1);
    return sum;
}

/* 60 random trials of an old study whose hill stands at `at`, scores on a scale of its own; with
 * `shuffled` they say nothing. */
static void remember(hox__transfer *t, const hox_space *space, double at, bool shuffled,
                     uint64_t seed)
{
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(seed);
    assert_int_equal(hox__transfer_init(t, space), HOX_OK);
    for (int i = 0; i < 60; i++) {
        hox_asked asked;
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL), HOX_OK);
        asked.answer = hox_walk_answers(w, &asked.n);
        const double score =
            shuffled ? hox_rng_unit(&rng) : 1000 + 50 * hill(at, asked.answer, asked.n);
        assert_int_equal(hox__transfer_add(t, &asked, i % 10 ? score : (double)NAN), HOX_OK);
    }
    assert_int_equal(hox__transfer_ready(t), HOX_OK);
    hox_walk_free(w);
}

/* Trials until the hill at 0.3 is climbed to -0.1, at most 200; *proposals of them were old. */
static int trials_needed(hox__transfer *t, const hox_space *space, uint64_t seed, int *proposals)
{
    player p = player_new(&hox__strategy_tpe, space, NULL, seed);
    int trials = 0;
    *proposals = 0;
    for (double best = -HUGE_VAL; trials < 200 && best < -0.1; trials++) {
        uint64_t trial;
        hox_rng rng = hox_rng_child(&p.root, "transfer", p.trials);
        const int proposal = t ? hox__transfer_next(t) : -1;
        hox_walk_restart(p.walk);
        if (proposal >= 0)
            assert_int_equal(hox__transfer_propose(t, proposal, p.walk, &rng, NULL), HOX_OK);
        else
            assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        int n;
        const hox_answered *answer = hox_walk_answers(p.walk, &n);
        const hox_outcome o = done(hill(0.3, answer, n));
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
        if (t)
            hox__transfer_asked(t, trial, proposal);
        assert_int_equal(player_tell(&p, trial, &o), HOX_OK);
        if (t)
            hox__transfer_told(t, trial, &o);
        *proposals += proposal >= 0;
        best = fmax(best, o.score);
    }
    player_end(&p);
    return trials;
}

/* transfer.md 7.5: the same hill helps; one elsewhere, or scores that were shuffled, cost at most
 * 10 % more evaluations. Sums over 40 seeds. */
static void old_studies_help_and_hardly_harm(void **state)
{
    enum { SEEDS = 40 };
    static const struct {
        double at;
        bool shuffled;
    } old[] = {{0.3, false}, {0.95, false}, {0, false}, {0, true}};
    hox_space *space = load(text);
    int cold = 0, warm[4] = {0}, proposals;
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        cold += trials_needed(NULL, space, seed, &proposals);
        for (int k = 0; k < 4; k++) {
            hox__transfer t;
            remember(&t, space, old[k].at, old[k].shuffled, 100 + seed);
            warm[k] += trials_needed(&t, space, seed, &proposals);
            assert_true(proposals <= HOX__TRANSFER_MOST);
            hox__transfer_deinit(&t);
        }
    }
    if (getenv("HOX_TEST_SAY"))
        print_message("cold %d; same hill %d, elsewhere %d and %d, shuffled %d\n", cold, warm[0],
                      warm[1], warm[2], warm[3]);
    if (2 * warm[0] >= cold || warm[1] > 1.1 * cold || warm[2] > 1.1 * cold || warm[3] > 1.1 * cold)
        fail_msg("cold %d; same hill %d, elsewhere %d and %d, shuffled %d trials", cold, warm[0],
                 warm[1], warm[2], warm[3]);
    hox_space_free(space);
}

/* Proposals are the best old trials in order, apart from one another, every third of 30 trials. */
static void the_best_are_proposed_in_order(void **state)
{
    (void)state;
    hox_space *space = load(text);
    hox__transfer t;
    remember(&t, space, 0.3, false, 1);
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(1);
    double before = HUGE_VAL;
    int proposals = 0;
    for (uint64_t trial = 0; trial < 60; trial++) {
        const int proposal = hox__transfer_next(&t);
        assert_true(proposal < 0 || (trial % 3 == 1 && trial < 30 && proposal == proposals));
        hox__transfer_asked(&t, trial, proposal);
        double score = -1;
        if (proposal >= 0) {
            int n;
            hox_walk_restart(w);
            assert_int_equal(hox__transfer_propose(&t, proposal, w, &rng, NULL), HOX_OK);
            const hox_answered *answer = hox_walk_answers(w, &n);
            score = hill(0.3, answer, n);
            assert_true(score <= before + 1e-9);
            before = score;
            proposals++;
        }
        const hox_outcome o = done(score);
        hox__transfer_told(&t, trial, &o);
    }
    assert_int_equal(proposals, 10);
    hox_walk_free(w);
    hox__transfer_deinit(&t);
    hox_space_free(space);
}

static void nothing_to_remember_is_fine(void **state)
{
    (void)state;
    hox_space *space = load(text);
    hox__transfer t;
    assert_int_equal(hox__transfer_init(&t, space), HOX_OK);
    assert_int_equal(hox__transfer_ready(&t), HOX_OK);
    hox__transfer_asked(&t, 0, -1);
    assert_int_equal(hox__transfer_next(&t), -1);
    hox__transfer_deinit(&t);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_studies_help_and_hardly_harm),
        cmocka_unit_test(the_best_are_proposed_in_order),
        cmocka_unit_test(nothing_to_remember_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
