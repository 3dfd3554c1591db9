/* The tree-structured Parzen estimator: its densities against another program's, what it does with
 * failures and conditions, and what it reaches. */
#include "functions.h"
#include "search/tpe.c"

extern const hox_strategy hox__strategy_kde;

/* ---- densities ---- */

/* Known answers of Optuna 3.1's TPESampler (multivariate, gamma 0.1) for a history of 70 trials: a,
 * b, c, d and the loss; then candidates with log l and log g. It leaves the width of the kernels of
 * continuous questions out of the densities, here a and b: sigma^2. */
static const double history[70][5] = {
    {0.551, 0.00147, 1, 0, 0.6795},  {0.511, 0.000268, 3, 1, 0.7952},
    {0.041, 0.102, 7, 0, 0.5782},    {0.695, 0.262, 7, 0, 0.6948},
    {0.216, 0.0384, 3, 2, 0.391},    {0.913, 0.000864, 3, 1, 0.0463},
    {0.402, 0.00615, 3, 0, 0.4394},  {0.587, 0.0795, 4, 1, 0.372},
    {0.758, 0.000537, 5, 2, 0.597},  {0.893, 0.00134, 5, 0, 0.1342},
    {0.143, 0.05, 2, 2, 0.2277},     {0.399, 0.02, 1, 1, 0.8148},
    {0.558, 0.0358, 2, 1, 0.2643},   {0.407, 0.0133, 5, 0, 0.4103},
    {0.292, 0.0148, 1, 0, 0.936},    {0.586, 0.0735, 1, 1, 0.2756},
    {0.205, 0.156, 2, 0, 0.1453},    {0.087, 0.0116, 5, 0, 0.702},
    {0.708, 0.00103, 4, 2, 0.5671},  {0.689, 0.032, 2, 1, 0.6116},
    {0.34, 0.00511, 6, 0, 0.042},    {0.445, 0.567, 5, 0, 0.4173},
    {0.319, 0.822, 1, 0, 0.0043},    {0.026, 0.0095, 4, 0, 0.2465},
    {0.067, 0.513, 2, 1, 0.7061},    {0.99, 0.0017, 3, 0, 0.0615},
    {0.952, 0.00188, 4, 1, 0.2947},  {0.526, 0.02, 5, 0, 0.9881},
    {0.571, 0.000299, 1, 0, 0.9712}, {0.35, 0.000811, 4, 0, 0.4818},
    {0.786, 0.0735, 6, 0, 0.7357},   {0.545, 0.000487, 2, 1, 0.6327},
    {0.203, 0.000147, 5, 0, 0.4657}, {0.544, 0.437, 3, 0, 0.8571},
    {0.928, 0.000707, 2, 0, 0.1725}, {0.455, 0.134, 5, 0, 0.8284},
    {0.61, 0.329, 6, 2, 0.0421},     {0.414, 0.636, 2, 0, 0.867},
    {0.731, 0.00249, 5, 2, 0.676},   {0.652, 0.000149, 1, 0, 0.4459},
    {0.07, 0.588, 3, 0, 0.6716},     {0.96, 0.00687, 5, 0, 0.4604},
    {0.17, 0.0909, 4, 1, 0.78},      {0.896, 0.0434, 3, 1, 0.1134},
    {0.748, 0.000539, 6, 1, 0.5082}, {0.082, 0.0588, 2, 2, 0.8715},
    {0.359, 0.00124, 6, 2, 0.9275},  {0.314, 0.021, 4, 2, 0.2203},
    {0.154, 0.000302, 5, 0, 0.2519}, {0.623, 0.000102, 5, 2, 0.904},
    {0.82, 0.0617, 1, 2, 0.3455},    {0.286, 0.0014, 6, 2, 0.0569},
    {0.698, 0.79, 5, 2, 0.7149},     {0.363, 0.000631, 3, 0, 0.4144},
    {0.602, 0.119, 7, 2, 0.7353},    {0.643, 0.000742, 6, 2, 0.4771},
    {0.381, 0.0234, 5, 2, 0.5006},   {0.439, 0.000383, 4, 0, 0.4176},
    {0.72, 0.0229, 6, 0, 0.2905},    {0.056, 0.00107, 5, 2, 0.9007},
    {0.517, 0.237, 7, 1, 0.6688},    {0.503, 0.000483, 6, 0, 0.7888},
    {0.479, 0.563, 2, 1, 0.8957},    {0.306, 0.0733, 2, 0, 0.2502},
    {0.126, 0.000107, 4, 2, 0.9198}, {0.617, 0.000121, 4, 2, 0.8626},
    {0.454, 0.0256, 7, 2, 0.5061},   {0.617, 0.0043, 6, 2, 0.5679},
    {0.031, 0.118, 3, 1, 0.1149},    {0.275, 0.000171, 6, 1, 0.7621},
};
static const double optuna[6][6] = {
    {0.5, 0.01, 3, 0, -4.98349093848713, -6.46742379494013},
    {0.05, 0.0003, 7, 2, -5.11589972569618, -6.88360960223073},
    {0.9, 0.7, 1, 1, -5.22952984891469, -7.00316219560268},
    {0.333, 0.05, 5, 2, -4.91992503245662, -5.81569643326404},
    {0, 0.0001, 4, 1, -5.25073723390752, -6.9323976494089},
    {1, 1, 2, 0, -5.28344996176171, -7.02577425323256},
};

static void densities_equal_another_programs(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = log 1e-4 .. 1.0\nc = 1..7\n"
                            "d = red | green | blue\n");
    player p = player_new(&hox__strategy_tpe, space, "tpe(gamma: 0.1)", 1);
    for (int i = 0; i < 70; i++) {
        char text[128];
        uint64_t trial;
        snprintf(text, sizeof text, "%.17g;%.17g;%g;%g", history[i][0], history[i][1],
                 history[i][2], history[i][3]);
        assert_int_equal(hox_walk_read(p.walk, text, NULL), HOX_OK);
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
        const hox_outcome o = done(-history[i][4]);
        assert_int_equal(player_tell(&p, trial, &o), HOX_OK);
    }
    const tpe *t = p.state;
    assert_int_equal(t->n_groups, 1);
    for (int i = 0; i < 6; i++) {
        double good, bad;
        const double *c = optuna[i];
        const double x[4] = {c[0], log(c[1] / 1e-4) / log(1e4), (c[2] - 0.5) / 7, c[3]};
        assert_int_equal(hox__parzen_log_density(&t->groups[0].good, x, 1, &good), HOX_OK);
        assert_int_equal(hox__parzen_log_density(&t->groups[0].bad, x, 1, &bad), HOX_OK);
        good += 2 * log(t->groups[0].good.sigma);
        bad += 2 * log(t->groups[0].bad.sigma);
        if (fabs(good - c[4]) > 1e-9 || fabs(bad - c[5]) > 1e-9)
            fail_msg("candidate %d: %.15g %.15g instead of %.15g %.15g", i, good, bad, c[4], c[5]);
    }
    player_end(&p);
    hox_space_free(space);
}

/* ---- groups ---- */

/* Questions that are asked together share a group; one walk that leaves some out splits it. */
static void groups_follow_the_walks(void **state)
{
    (void)state;
    hox_space *space =
        load("command = \"x\"\nlr = 0.0 .. 1.0\nopt = sgd(m: 0.0 .. 1.0, n: 1..5) | adam(b: 0.0 .. "
             "1.0) | plain\nlast = 0.0 .. 1.0\n");
    player p = player_new(&hox__strategy_tpe, space, NULL, 4);
    const tpe *t = p.state;
    static const struct {
        const char *walk;
        int groups;
    } steps[] = {{"0.5;0;0.5;3;0.5", 1},
                 {"0.5;0;0.25;1;0.5", 1},
                 {"0.5;2;0.5", 2},
                 {"0.1;1;0.5;0.2", 3},
                 {"0.5;0;0.25;1;0.5", 3}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        uint64_t trial;
        assert_int_equal(hox_walk_read(p.walk, steps[i].walk, NULL), HOX_OK);
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
        const hox_outcome o = done((double)i);
        assert_int_equal(player_tell(&p, trial, &o), HOX_OK);
        assert_int_equal(t->n_groups, steps[i].groups);
    }
    int64_t sum = 0;
    for (int i = 0; i < t->n_groups; i++)
        sum += (t->groups[i].good.n + t->groups[i].bad.n) * t->groups[i].d;
    assert_int_equal(sum, 5 + 5 + 3 + 4 + 5);
    player_end(&p);
    hox_space_free(space);
}

/* ---- failed, pruned and running trials ---- */

static void only_scored_trials_are_good(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\n");
    player p = player_new(&hox__strategy_tpe, space, "tpe(gamma: 0.2)", 4);
    const tpe *t = p.state;
    for (int i = 0; i < 40; i++) {
        uint64_t trial;
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
        hox_outcome o = done(i);
        o.state = i % 4 == 0   ? HOX_TRIAL_FAILED
                  : i % 4 == 1 ? HOX_TRIAL_PRUNED
                  : i % 4 == 2 ? HOX_TRIAL_CANCELLED
                               : HOX_TRIAL_DONE;
        if (i % 8 != 7) /* these stay pending */
            assert_int_equal(player_tell(&p, trial, &o), HOX_OK);
    }
    const group *g = &t->groups[0];
    assert_int_equal(g->good.n + g->bad.n, 30); /* all but the cancelled */
    assert_int_equal(g->scored, 15);
    assert_int_equal(g->good.n, 3); /* ceil(0.2 * 15) */
    for (int i = 0; i < 3; i++)     /* finished ones before pruned ones, whatever the score */
        assert_int_equal(g->good.trial[g->good.by_trial[i]], (uint64_t)(19 + 8 * i));
    player_end(&p);
    hox_space_free(space);
}

/* Trials that waited and went on are ranked by where they have come to. */
static void the_later_word_counts(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\n");
    player p = player_new(&hox__strategy_tpe, space, "tpe(gamma: 0.2)", 4);
    const tpe *t = p.state;
    hox_outcome o = {.state = HOX_TRIAL_PRUNED, .budget = 1};
    for (int i = 0; i < 10; i++) {
        uint64_t trial;
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
        o.score = -i;
        assert_int_equal(player_tell(&p, trial, &o), HOX_OK);
    }
    const group *g = &t->groups[0];
    assert_int_equal(g->best[0], 0);
    o.budget = 3; /* 7 comes farther, then to the end; 0 breaks on its way; 1 is told nothing new */
    o.score = -20;
    assert_int_equal(player_tell(&p, 7, &o), HOX_OK);
    assert_int_equal(g->best[0], 7);
    o.budget = 1;
    assert_int_equal(player_tell(&p, 1, &o), HOX_OK);
    assert_int_equal(g->best[1], 0);
    o = (hox_outcome){.state = HOX_TRIAL_FAILED, .score = (double)NAN, .budget = 9};
    assert_int_equal(player_tell(&p, 0, &o), HOX_OK);
    o = (hox_outcome){.state = HOX_TRIAL_DONE, .score = -30, .budget = 9};
    assert_int_equal(player_tell(&p, 7, &o), HOX_OK);
    o.score = 5; /* it has ended */
    assert_int_equal(player_tell(&p, 7, &o), HOX_OK);
    assert_true(t->history.row[7].score == -30);
    assert_int_equal(g->best[0], 7);
    assert_int_equal(g->best[1], 1);
    assert_int_equal(g->scored, 9);
    assert_int_equal(t->history.scored, 9);
    assert_int_equal(t->history.failed, 1);
    assert_int_equal(g->good.n, 2);
    assert_int_equal(g->good.n + g->bad.n, 10);
    player_end(&p);
    hox_space_free(space);
}

/* BOHB's sampler asks the model of the largest budget that d + 3 trials have come to; below that
 * the prior. With two questions: four trials at budget 1 say nothing, the fifth does, and five at
 * budget 3 are heard instead. */
static void a_budget_has_its_own_model(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\n");
    player k = player_new(&hox__strategy_kde, space, "kde(random: 0)", 4);
    player at[2]; /* what trials came to at budgets 1 and 3, and nothing else */
    for (int j = 0; j < 2; j++)
        at[j] = player_new(&hox__strategy_tpe, space,
                           "tpe(startup: 1, gamma: 0.15, candidates: 64)", 4);
    for (uint64_t i = 0; i < 10; i++) {
        hox_rng rng = hox_rng_child(&k.root, "trial", i);
        assert_int_equal(player_suggest(&k, i, NULL), HOX_OK);
        hox_walk *w = at[0].walk;
        hox_rng_unit(&rng);
        hox_walk_restart(w);
        assert_int_equal(i < 5 ? hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL)
                               : hox__strategy_tpe.suggest(at[0].state, i, w, &rng, NULL),
                         HOX_OK);
        char *got = hox_walk_text(k.walk), *want = hox_walk_text(w);
        assert_string_equal(got, want);
        hox_text_free(got);
        hox_text_free(want);
        for (int j = 0; j < 2; j++) {
            hox_asked asked;
            asked.answer = hox_walk_answers(k.walk, &asked.n);
            if (j == 0 || i >= 5)
                assert_int_equal(hox__strategy_tpe.asked(at[j].state, i, &asked), HOX_OK);
        }
        uint64_t trial;
        assert_int_equal(player_ask(&k, &trial), HOX_OK);
        for (int j = 0; j < 2; j++) {
            hox_outcome o = {.state = j ? HOX_TRIAL_DONE : HOX_TRIAL_PRUNED,
                             .score = j ? -(double)i : (double)i,
                             .budget = j ? 3 : 1};
            if (j == 0 || i >= 5)
                assert_int_equal(player_tell(&k, trial, &o), HOX_OK);
            o.state = HOX_TRIAL_DONE;
            if (j == 0 || i >= 5)
                assert_int_equal(hox__strategy_tpe.told(at[j].state, i, &o), HOX_OK);
        }
    }
    hox_rng rng = hox_rng_child(&k.root, "trial", 10);
    assert_int_equal(player_suggest(&k, 10, NULL), HOX_OK);
    hox_rng_unit(&rng);
    hox_walk_restart(at[1].walk);
    assert_int_equal(hox__strategy_tpe.suggest(at[1].state, 10, at[1].walk, &rng, NULL), HOX_OK);
    char *got = hox_walk_text(k.walk), *want = hox_walk_text(at[1].walk);
    assert_string_equal(got, want);
    hox_text_free(got);
    hox_text_free(want);
    player_end(&k);
    player_end(&at[0]);
    player_end(&at[1]);
    hox_space_free(space);
}

/* ---- what it reaches ---- */

/* hpo.md 5.1: medians within 1.5 of 0.17 (20 seeds) and 0.15 (12 seeds) of another program. A
 * median of 20 seeds varies by a quarter from one set of seeds to the next - seeds 1 to 20 give
 * 0.232 on Hartmann-6, 1 to 100 give 0.216 -, so 100 are asked. Constants are chosen on other
 * functions: bench/tune. */
static void medians_are_those_of_its_kind(void **state)
{
    enum { SEEDS = 100 };
    (void)state;
    double regret[SEEDS];
    regrets(&hox__strategy_tpe, NULL, &functions[0], 50, SEEDS, regret);
    const double branin = median(regret, SEEDS);
    regrets(&hox__strategy_tpe, NULL, &functions[1], 100, SEEDS, regret);
    const double hartmann = median(regret, SEEDS);
    if (branin > 1.5 * 0.17 || hartmann > 1.5 * 0.15)
        fail_msg("median regrets: Branin %g, Hartmann-6 %g", branin, hartmann);
}

/* How many of 150 suggestions lie within 0.02 of the one that is running. */
static int close_pairs(const char *text, uint64_t seed)
{
    function f = functions[0];
    hox_space *space = load(f.space);
    player p = player_new(&hox__strategy_tpe, space, text, seed);
    double last[2] = {0}, last_score = 0;
    int close = 0;
    for (int i = 0; i < 150; i++) {
        uint64_t trial;
        int n;
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        const hox_answered *a = hox_walk_answers(p.walk, &n);
        const double x = a[0].answer.real / 15, y = a[1].answer.real / 15;
        close += i && hypot(x - last[0], y - last[1]) < 0.02;
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
        const hox_outcome o = done(last_score);
        if (i)
            assert_int_equal(player_tell(&p, trial - 1, &o), HOX_OK);
        last[0] = x;
        last[1] = y;
        last_score = score_function(&f, a, n);
    }
    player_end(&p);
    hox_space_free(space);
    return close;
}

static void the_liar_keeps_suggestions_apart(void **state)
{
    (void)state;
    int with = 0, without = 0;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        with += close_pairs(NULL, seed);
        without += close_pairs("tpe(liar: no)", seed);
    }
    if (with >= without)
        fail_msg("close to the running trial: %d with the liar, %d without", with, without);
}

/* Trials until Branin's regret is below 0.5, at most 150, when `workers` run at a time. */
static int trials_with(int workers, uint64_t seed)
{
    function f = functions[0];
    hox_space *space = load(f.space);
    player p = player_new(&hox__strategy_tpe, space, NULL, seed);
    double pending[4];
    int told = 0;
    for (bool there = false; told < 150 && !there;) {
        while (p.trials < (uint64_t)(told + workers)) {
            int n;
            uint64_t trial;
            assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
            const hox_answered *a = hox_walk_answers(p.walk, &n);
            assert_int_equal(player_ask(&p, &trial), HOX_OK);
            pending[trial % (uint64_t)workers] = score_function(&f, a, n);
        }
        const hox_outcome o = done(pending[told % workers]);
        assert_int_equal(player_tell(&p, (uint64_t)told++, &o), HOX_OK);
        there = -o.score - f.least < 0.5;
    }
    player_end(&p);
    hox_space_free(space);
    return told;
}

/* hpo.md 5.7: two workers and the liar lose at most a fifth in evaluations. Sums over 60 seeds. */
static void two_workers_lose_little(void **state)
{
    (void)state;
    int one = 0, two = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        one += trials_with(1, seed);
        two += trials_with(2, seed);
    }
    if (getenv("HOX_TEST_SAY"))
        print_message("evaluations: one worker %d, two %d\n", one, two);
    if (5 * two > 6 * one)
        fail_msg("evaluations: one worker %d, two %d", one, two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(densities_equal_another_programs),
        cmocka_unit_test(groups_follow_the_walks),
        cmocka_unit_test(only_scored_trials_are_good),
        cmocka_unit_test(the_later_word_counts),
        cmocka_unit_test(a_budget_has_its_own_model),
        cmocka_unit_test(medians_are_those_of_its_kind),
        cmocka_unit_test(the_liar_keeps_suggestions_apart),
        cmocka_unit_test(two_workers_lose_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
