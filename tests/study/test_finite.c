/* A space of 20 sentences and a budget of 50 trials: 20 are evaluated, whatever the strategy. */
#include "base/table.h"
#include "search/player.h"
#include "study/methods.h"
#include "study/study.h"

/* As much of a study as suggestions need. */
static void study_begin(hox_study *study, const char *text, const hox_strategy *method,
                        uint64_t seed)
{
    hox_value value[SETTINGS_MAX] = {{0}};
    *study = (hox_study){.space = load(text), .seed = seed, .root = hox_rng_seed(seed)};
    study->walk = hox_walk_new(study->space, NULL);
    study->keys = hox__table_new();
    study->strategy = method;
    study->best_value = (double)NAN;
    assert_true(study->walk && study->keys);
    assert_int_equal(settings_of(method, NULL, value, NULL), HOX_OK);
    assert_int_equal(method->begin(study->space, value, seed, &study->state, NULL), HOX_OK);
}

static void study_end(hox_study *study)
{
    study->strategy->end(study->state);
    hox_walk_free(study->walk);
    hox__table_free(study->keys);
    hox_space_free(study->space);
    hox__free(study->trial);
}

/* Trials until it ends or `most`; *repeats: how many had been tried before. */
static int run(hox_study *study, int most, int *repeats)
{
    *repeats = 0;
    for (int i = 0; i < most; i++) {
        hox__suggestion s;
        hox_error err = {0};
        const uint64_t trial = (uint64_t)i;
        const hox_status status = hox__study_suggest(study, trial, &s, &err);
        if (status == HOX_DONE)
            return i;
        if (status != HOX_OK)
            fail_msg("%s: %s", study->strategy->name, err.message);
        *repeats += s.repeat_of >= 0;
        assert_int_equal(hox__study_asked(study, trial, study->walk, s.key, NULL), HOX_OK);
        const hox__event end = {.type = "trial.end",
                                .trial = trial,
                                .state = "done",
                                .reason = "",
                                .value = (double)(i % 7)};
        assert_int_equal(hox__study_ended(study, &end, NULL), HOX_OK);
        hox__suggestion_free(&s);
    }
    return most;
}

static void check(const char *text, const hox_strategy *method, int sentences)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        hox_study study;
        int repeats;
        study_begin(&study, text, method, seed);
        const int trials = run(&study, 50, &repeats);
        if (trials != sentences || repeats)
            fail_msg("%s, seed %d: %d trials, %d of them repeats", method->name, (int)seed, trials,
                     repeats);
        study_end(&study);
    }
}

static const char twenty[] = "use nn\ndata = idx(\"x\", shape: [8, 8, 1], classes: 10)\n"
                             "net = flatten dense(4 | 8 | 16 | 32 | 64) relu dense(classes)\n"
                             "batch = 16 | 32 | 64 | 128\n";

static void twenty_sentences_are_twenty_trials(void **state)
{
    (void)state;
    int n;
    const hox_strategy *const *all = hox__strategy_all(&n);
    for (int i = 0; i < n; i++)
        check(twenty, all[i], 20);
}

/* Half of the cells are no sentences. */
static void requirements_leave_fewer(void **state)
{
    (void)state;
    check("use nn\ndata = idx(\"x\", shape: [8, 8, 1], classes: 10)\n"
          "net = flatten dense(4 | 8 | 16 | 32) relu dense(classes)\nbatch = 1..5\n"
          "require batch % 2 == 0\n",
          hox__strategy_find("random"), 8);
}

/* A range of reals has no end. */
static void endless_spaces_do_not_end(void **state)
{
    (void)state;
    hox_study study;
    int repeats;
    study_begin(&study, "use nn\nnet = dense(2)\ntrain = sgd(lr: 0.1 .. 0.2)\n",
                hox__strategy_find("random"), 1);
    assert_int_equal(run(&study, 50, &repeats), 50);
    assert_int_equal(repeats, 0);
    study_end(&study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_sentences_are_twenty_trials),
        cmocka_unit_test(requirements_leave_fewer),
        cmocka_unit_test(endless_spaces_do_not_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
