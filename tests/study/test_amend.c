/* A study that goes on in another space: whatever the strategy and the stopping rule, its trials
 * that are sentences of the new space are known, the others are not, and what happens then follows
 * from the log. */
#include "base/io.h"
#include "hoxtest.h"
#include "study/allocator.h"
#include "study/amend.h"
#include "study/ask.h"
#include "study/methods.h"
#include "study/verify.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char before[] = "x = 0.0 .. 1.0\nk = 1..9\n"
                             "opt = sgd(m: 0.0 .. 0.9) | adam\nobjective = maximize y\n";
/* x: other ends, an old part is outside; k: wider; a branch comes, in front. */
static const char after[] = "x = -2.0 .. 0.6\nk = 1..20\n"
                            "opt = rms | sgd(m: 0.0 .. 0.9) | adam\nobjective = maximize y\n";

typedef struct {
    char folder[40], path[64];
} place;

/* In memory where that can be: each of thousands of results is synced. */
static int setup(void **state)
{
    place *p = calloc(1, sizeof *p);
    strcpy(p->folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/hox-XXXXXX" : "/tmp/hox-XXXXXX");
    if (!mkdtemp(p->folder))
        return -1;
    snprintf(p->path, sizeof p->path, "%s/hox.db", p->folder);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    place *p = *state;
    hox__remove_tree(p->folder, NULL);
    free(p);
    return 0;
}

static hox_study *open_as(const place *p, const char *name, const char *spec, const char *strategy,
                          const char *prune, bool amend)
{
    bool resumed;
    hox_error err = {0};
    hox_study *study = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    const hox_study_options options = {.store = p->path,
                                       .name = name,
                                       .spec = spec,
                                       .strategy = strategy,
                                       .prune = prune,
                                       .seed = 7,
                                       .told = true,
                                       .amend = amend};
    if (hox_study_create(&options, list, &study, &resumed, &err) != HOX_OK)
        fail_msg("%s: %s", name, err.message);
    hox_diagnostics_free(list);
    return study;
}

static double toy(const char *walk)
{
    return -fabs(strtod(walk, NULL) - 0.4); /* x is the first answer */
}

/* One trial, told; with a stopping rule as far as it goes. False: nothing is left. */
static bool step(hox_study *study)
{
    hox__asked a;
    hox_error err = {0};
    bool go = true;
    const hox_status status = hox__study_ask(study, 60, false, &a, &err);
    if (status != HOX_OK) {
        hox__suggestion_free(&a.what);
        assert_true(status > 0);
        return false;
    }
    const hox__told told = {.trial = a.what.trial,
                            .lease = a.lease,
                            .value = toy(a.what.walk),
                            .metrics = "{}",
                            .violation = (double)NAN};
    for (int64_t at = 1; study->allocator && go && (double)at < a.budget; at++)
        assert_int_equal(hox__study_report(study, &told, at, 60, &go, &err), HOX_OK);
    if (hox__study_tell(study, &told, &err) != HOX_OK)
        fail_msg("%s", err.message);
    hox__suggestion_free(&a.what);
    return true;
}

static void steps(hox_study *study, int n)
{
    for (int i = 0; i < n && step(study); i++)
        continue;
}

static void hash_of(hox_study *study, char hex[65])
{
    hox_error err = {0};
    assert_int_equal(hox_study_log_hash(study, hex, &err), HOX_OK);
}

/* Every suggestion of every era follows from the log before it. */
static void check_eras(const place *p, const char *name, int eras)
{
    hox__replayed r = {.step = -1};
    for (int era = 0; era < eras; era++) {
        hox_error err = {0};
        hox_study *study = NULL;
        const hox_status status =
            hox__study_open_to_verify(p->path, name, NULL, true, era, NULL, &study, &err);
        if (status != HOX_OK)
            fail_msg("%s, era %d: %s", name, era, err.message);
        assert_int_equal(hox__study_verify(study, &r, &err), HOX_OK);
        if (r.verdict != HOX__REPLAY_IDENTICAL)
            fail_msg("%s, era %d, trial %d: %s was %s, is %s", name, era, (int)r.trial, r.what,
                     r.was, r.is);
        hox_study_close(study);
    }
    assert_true(r.compared > 0);
}

/* How many trials were outside. */
static int64_t go_on_twice(const place *p, const char *strategy, const char *prune,
                           const char *spec1, const char *spec2)
{
    char one[65], other[65];
    enum { FIRST = 14, SECOND = 14 };
    /* in one piece after the change */
    hox_study *study = open_as(p, "one", spec1, strategy, prune, false);
    steps(study, FIRST);
    hox_study_close(study);
    study = open_as(p, "one", spec2, strategy, prune, true);
    const hox__amendment made = study->amendment;
    assert_true(made.made);
    steps(study, SECOND);
    hash_of(study, one);
    if (study->trials <= FIRST && !study->allocator)
        fail_msg("%s: nothing is asked in the new space", strategy);
    for (int64_t i = 0; i < study->trials; i++)
        if (study->has_best && (uint64_t)i == study->best_trial)
            assert_false(study->trial[i].outside);
    hox_study_close(study);

    /* closed and opened again after each trial */
    study = open_as(p, "other", spec1, strategy, prune, false);
    steps(study, FIRST);
    hox_study_close(study);
    study = open_as(p, "other", spec2, strategy, prune, true);
    assert_memory_equal(&made, &study->amendment, sizeof made);
    for (int i = 0; i < SECOND; i++) {
        hox_study_close(study);
        study = open_as(p, "other", spec2, strategy, prune, false);
        step(study);
    }
    hash_of(study, other);
    hox_study_close(study);
    if (strcmp(one, other) != 0)
        fail_msg("%s, %s: opened again, it goes on in another way", strategy, prune);
    if (strcmp(prune, "none") ==
        0) /* under leases of a told study paused trials are not replayed */
        check_eras(p, "one", 2);

    hox_error err = {0};
    hox__store *store;
    assert_int_equal(hox__store_open(p->path, HOX__STORE_READ, &store, &err), HOX_OK);
    if (hox__store_check(store, &err) != HOX_OK)
        fail_msg("%s", err.message);
    hox__store_close(store);
    return made.trials - made.inside;
}

static void every_strategy_goes_on(void **state)
{
    int n;
    int64_t outside = 0;
    const hox_strategy *const *all = hox__strategy_all(&n);
    for (int i = 0; i < n; i++) {
        place *p;
        (void)state;
        assert_int_equal(setup((void **)&p), 0);
        outside += go_on_twice(p, all[i]->name, "none", before, after);
        teardown((void **)&p);
    }
    assert_true(outside > 3 * n);
}

static void every_stopping_rule_goes_on(void **state)
{
    int n;
    static const char budget1[] = "x = 0.0 .. 1.0\nepochs = budget 1..9\nobjective = maximize y\n";
    static const char budget2[] =
        "x = -2.0 .. 0.6\nepochs = budget 1..27\nobjective = maximize y\n";
    const hox_allocator *const *all = hox__allocator_all(&n);
    (void)state;
    for (int i = 0; i < n; i++) {
        place *p;
        char rule[80];
        snprintf(rule, sizeof rule,
                 strcmp(all[i]->name, "threshold") == 0 ? "%s(bound: -0.5)" : "%s", all[i]->name);
        assert_int_equal(setup((void **)&p), 0);
        go_on_twice(p, "random", rule, budget1, budget2);
        teardown((void **)&p);
    }
}

/* ---- one by one ---- */

static void known_trials_stay_known(void **state)
{
    place *p = *state;
    hox_study *study = open_as(p, "s", before, "random", "none", false);
    steps(study, 10);
    hox_study_close(study);
    study = open_as(p, "s", after, "random", "none", true);
    int64_t outside = 0;
    for (int64_t i = 0; i < 10; i++)
        outside += study->trial[i].outside;
    assert_int_equal(study->amendment.trials, 10);
    assert_int_equal(study->amendment.inside, 10 - outside);
    assert_in_range(outside, 1, 9);
    assert_int_equal(study->done, 10); /* they count in the bounds */
    assert_int_equal(hox__past_eras(study->past), 1);
    /* back again: what was outside is inside */
    steps(study, 3);
    hox_study_close(study);
    study = open_as(p, "s", before, "random", "none", true);
    for (int64_t i = 0; i < 10; i++)
        assert_false(study->trial[i].outside);
    assert_int_equal(study->amendment.trials, 13);
    hox_study_close(study);
    check_eras(p, "s", 3);
}

/* A trial that was asked and not told goes on if it is inside, and ends if it is not. */
static void trials_under_way(void **state)
{
    place *p = *state;
    hox_error err = {0};
    static const char narrow[] = "x = 0.0 .. 0.5\nobjective = maximize y\n";
    static const char wide[] = "x = 0.0 .. 1.0\nobjective = maximize y\n";
    hox_study *study = open_as(p, "s", wide, "random", "none", false);
    step(study);
    hox__asked a[6];
    for (int i = 0; i < 6; i++)
        assert_int_equal(hox__study_ask(study, 60, false, &a[i], &err), HOX_OK);
    hox_study_close(study);
    study = open_as(p, "s", narrow, NULL, NULL, true);
    assert_int_equal(study->amendment.moved + study->amendment.dropped, 6);
    assert_true(study->amendment.moved > 0);
    assert_int_equal(study->failed, study->amendment.dropped);
    for (int i = 0; i < 6; i++) {
        hox__trial_row row;
        const hox__told told = {.trial = a[i].what.trial,
                                .lease = a[i].lease,
                                .value = toy(a[i].what.walk),
                                .metrics = "{}",
                                .violation = (double)NAN};
        const bool inside = strtod(a[i].what.walk, NULL) <= 0.5;
        assert_int_equal(hox__study_tell(study, &told, &err), inside ? HOX_OK : HOX_ERR_ARGUMENT);
        assert_int_equal(hox__store_trial(study->store, study->id, told.trial, &row, &err), HOX_OK);
        assert_string_equal(row.reason, inside ? "" : "infeasible");
        hox__suggestion_free(&a[i].what);
    }
    hox_study_close(study);
}

static void refuses(const place *p, const char *spec, const char *word)
{
    bool resumed;
    hox_error err = {0};
    hox_study *study = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    const hox_study_options options = {
        .store = p->path, .name = "s", .spec = spec, .seed = 7, .told = true, .amend = true};
    assert_int_equal(hox_study_create(&options, list, &study, &resumed, &err), HOX_ERR_ARGUMENT);
    assert_string_equal(err.code, "E0610");
    if (!strstr(err.message, word))
        fail_msg("no `%s` in: %s", word, err.message);
    hox_diagnostics_free(list);
}

static void what_cannot_be(void **state)
{
    place *p = *state;
    char was[65], is[65];
    hox_study *study = open_as(p, "s", before, "random", "none", false);
    steps(study, 8);
    hash_of(study, was);
    hox_study_close(study);
    refuses(p, "x = 0..1\nk = 1..9\nopt = sgd(m: 0.0 .. 0.9) | adam\nobjective = maximize y\n",
            "`x` is a parameter of another kind");
    refuses(p, "k = 1..9\nopt = sgd(m: 0.0 .. 0.9) | adam\nobjective = maximize y\n",
            "`x` is not there any more");
    refuses(p,
            "x = 0.0 .. 1.0\nk = 1..9\nz = 1..2\nopt = sgd(m: 0.0 .. 0.9) | adam\n"
            "objective = maximize y\n",
            "`z` is new");
    refuses(p,
            "x = 0.0 .. 1.0\nk = 1..9\nopt = sgd(m: 0.0 .. 0.9) | adam\nobjective = minimize y\n",
            "another objective");
    refuses(p,
            "x = 5.0 .. 6.0\nk = 1..9\nopt = sgd(m: 0.0 .. 0.9) | adam\nobjective = maximize y\n",
            "none of its 8 trials");
    study = open_as(p, "s", before, "random", "none", true); /* the same space: nothing to change */
    assert_false(study->amendment.made);
    hash_of(study, is);
    assert_string_equal(was, is);
    hox_study_close(study);
}

static void texts(void **state)
{
    (void)state;
    hox_error err = {0};
    hox__text out = {0}, what = {0};
    static const char old[] = "# a space\nlr = log 1e-4 .. 1e-1 # of adam\nn = 3\nnet = dense(n)\n";
    assert_int_equal(hox__spec_amend(old, "n = 5\nlr = 0.1\n", &out, &err), HOX_OK);
    assert_string_equal(out.data, "# a space\nlr = 0.1 # of adam\nn = 5\nnet = dense(n)\n");
    hox__spec_differences(old, out.data, &what);
    assert_string_equal(what.data, "lr: log 1e-4 .. 1e-1 -> 0.1; n: 3 -> 5");
    hox__text_clear(&out);
    assert_int_equal(hox__spec_amend(old, "m = 5\n", &out, &err), HOX_ERR_ARGUMENT);
    hox__text_deinit(&out);
    hox__text_deinit(&what);
}

/* A study that was amended and cannot be read is not taken for one that never was. */
static void damaged_settings(void **state)
{
    hox__past *past;
    hox_error err = {0};
    (void)state;
    assert_int_equal(hox__past_open("{\"trials\":5}", -1, NULL, NULL, &past, &err), HOX_OK);
    assert_null(past);
    assert_int_equal(hox__past_open("{\"amended\":[", -1, NULL, NULL, &past, &err), HOX_ERR_DATA);
    assert_null(past);
    assert_string_equal(err.code, "E0604");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_strategy_goes_on),
        cmocka_unit_test(every_stopping_rule_goes_on),
        cmocka_unit_test_setup_teardown(known_trials_stay_known, setup, teardown),
        cmocka_unit_test_setup_teardown(trials_under_way, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be, setup, teardown),
        cmocka_unit_test(damaged_settings),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
