/* Every rule that shares out budget with every strategy: whatever fails, a study goes on, grants
 * what it may, and goes on from its log as if it had never been closed. */
#include "base/alloc.h"
#include "base/io.h"
#include "hoxtest.h"
#include "study/ask.h"
#include "study/methods.h"
#include "study/store_sqlite.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ASKS = 22, HIGH = 9, TRIALS_MAX = 64 };

static const char *const rules[] = {"halving(eta: 3)", "hyperband(eta: 3)", "asha(eta: 3)",
                                    "asha(eta: 3, pause: no)", "median(trials: 2)"};
enum { RULES = sizeof rules / sizeof rules[0] };

static char folder[64];

static int make_folder(void **unused)
{
    (void)unused;
    snprintf(folder, sizeof folder, "%s/hox-sharing-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **unused)
{
    (void)unused;
    return hox__remove_tree(folder, NULL) == HOX_OK ? 0 : -1;
}

/* NULL: the strategy says in words that this space is not for it. */
static hox_study *make(const char *store, const char *strategy, const char *rule)
{
    hox_study *study = NULL;
    hox_error err = {0};
    const hox_study_options options = {
        .store = store,
        .name = "s",
        .spec = "x = 0.0 .. 1.0\nk = 1..6\nopt = sgd(beta: 1..9) | plain\nn = budget 1..9\n"
                "objective = maximize y\n",
        .strategy = strategy,
        .seed = 5,
        .prune = rule,
        .told = true,
    };
    const hox_status status = hox_study_create(&options, NULL, &study, NULL, &err);
    if (status == HOX_OK)
        return study;
    assert_int_equal(status, HOX_ERR_ARGUMENT);
    assert_true(strlen(err.message) > 10);
    return NULL;
}

/* How good the trial is at a step; its number decides. */
static double value_at(uint64_t trial, double step)
{
    return (double)(trial * 37 % 101) / 101 - 0.5 / step;
}

static bool fails(uint64_t trial, int bad)
{
    return (int)(trial * 53 % 100) < bad;
}

/* Every other trial says where it has come to at each step. False: it was told to stop. */
static bool report(hox_study *study, const hox__asked *a, double *from)
{
    hox_error err = {0};
    bool go = true;
    for (int step = (int)*from + 1; a->what.trial % 2 && step < (int)a->budget && go; step++) {
        const hox__told told = {.trial = a->what.trial, .value = value_at(a->what.trial, step)};
        *from = step;
        assert_int_equal(hox__study_report(study, &told, step, 60, &go, &err), HOX_OK);
    }
    return go;
}

static void tell(hox_study *study, const hox__asked *a, int bad, double *came_to)
{
    hox_error err = {0};
    const uint64_t trial = a->what.trial;
    const bool failed = fails(trial, bad);
    const bool whole = failed || report(study, a, came_to);
    *came_to = whole ? a->budget : *came_to;
    const hox__told told = {
        .trial = trial,
        .value = failed ? (double)NAN : value_at(trial, *came_to),
        .failed = failed ? "it broke" : NULL,
    };
    if (hox__study_tell(study, &told, &err) != HOX_OK)
        fail_msg("%s", err.message);
}

/* What the study would hand out next, and that a fresh look at its log hands out the same. */
static void compare_with_log(const char *store, const hox__asked *want, int64_t asked)
{
    hox_study *again = NULL;
    hox__turn turn;
    hox_error err = {0};
    const hox__turn_options options = {.again = false, .begin = true};
    assert_int_equal(hox__study_open(store, "s", NULL, true, NULL, &again, &err), HOX_OK);
    const hox_status status = hox__study_turn(again, &options, &turn, &err);
    assert_int_equal(status, HOX_OK);
    if (turn.what.trial != want->what.trial || turn.budget != want->budget)
        fail_msg("after %d asks the log grants trial %d up to %g, not trial %d up to %g",
                 (int)asked, (int)turn.what.trial, turn.budget, (int)want->what.trial,
                 want->budget);
    assert_string_equal(turn.what.walk, want->what.walk);
    hox__suggestion_free(&turn.what);
    hox_study_close(again);
}

static void play(const char *strategy, const char *rule, int bad)
{
    char store[128], copy[140];
    double came_to[TRIALS_MAX] = {0}, most = 0;
    snprintf(store, sizeof store, "%s/s.db", folder);
    snprintf(copy, sizeof copy, "%s/copy.db", folder);
    assert_int_equal(hox__remove_tree(store, NULL), HOX_OK);
    hox_study *study = make(store, strategy, rule);
    for (int i = 0; study && i < ASKS; i++) {
        hox__asked a;
        hox_error err = {0};
        if (i == ASKS / 2) { /* the log as it is now, opened by somebody else */
            char *data;
            size_t n;
            hox_study_close(study);
            assert_int_equal(hox__file_read(store, 1 << 26, &data, &n, &err), HOX_OK);
            assert_int_equal(hox__file_write(copy, data, n, &err), HOX_OK);
            hox__free(data);
            assert_int_equal(hox__study_join(store, "s", 1, false, &study, &err), HOX_OK);
        }
        const hox_status status = hox__study_ask(study, 60, false, &a, &err);
        if (status == HOX_DONE)
            break;
        if (status != HOX_OK)
            fail_msg("%s, %s, %d %% fail: status %d after %d asks: %s", strategy, rule, bad,
                     (int)status, i, err.message);
        if (i == ASKS / 2)
            compare_with_log(copy, &a, i);
        assert_true(a.what.trial < TRIALS_MAX);
        assert_true(a.budget > came_to[a.what.trial] && a.budget <= HIGH);
        tell(study, &a, bad, &came_to[a.what.trial]);
        most = fmax(most, fails(a.what.trial, bad) ? 0 : came_to[a.what.trial]);
        hox__suggestion_free(&a.what);
    }
    if (study && most < (bad == 100 ? 0 : bad == 0 ? HIGH : 1))
        fail_msg("%s, %s, %d %% fail: none came further than %g", strategy, rule, bad, most);
    hox_study_close(study);
    for (const char *const *end = (const char *const[]){"", "-wal", "-shm", NULL}; *end; end++) {
        snprintf(copy, sizeof copy, "%s/s.db%s", folder, *end);
        hox__remove_tree(copy, NULL);
        snprintf(copy, sizeof copy, "%s/copy.db%s", folder, *end);
        hox__remove_tree(copy, NULL);
    }
}

static void every_rule_with_every_strategy(void **unused)
{
    int n;
    (void)unused;
    const hox_strategy *const *all = hox__strategy_all(&n);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < RULES; k++)
            for (int bad = 0; bad <= 100; bad += 50)
                play(all[i]->name, rules[k], bad);
}

/* Names that say both. */
static void schemes(void **unused)
{
    int n;
    (void)unused;
    const hox__scheme *all = hox__scheme_all(&n);
    for (int i = 0; i < n; i++) {
        assert_non_null(hox__strategy_find(all[i].strategy));
        assert_non_null(hox__allocator_find(all[i].allocator));
        for (int bad = 0; bad <= 100; bad += 50)
            play(all[i].name, NULL, bad);
    }
}

/* A store that cannot be written, when the study has no trial yet: an error, and no trial. */
static void an_ask_that_fails(void **unused)
{
    char store[128];
    hox__asked a;
    hox_error err = {0};
    (void)unused;
    snprintf(store, sizeof store, "%s/f.db", folder);
    hox_study *study = make(store, "random", "none");
    sqlite3 *db = study->store->db;
    assert_int_equal(sqlite3_exec(db, "ALTER TABLE event RENAME TO gone", NULL, NULL, NULL), 0);
    assert_true(hox__study_ask(study, 60, false, &a, &err) < 0);
    assert_int_equal(study->trials, 0);
    hox__suggestion_free(&a.what);
    hox_study_close(study);
}

/* Whoever asks may say any number; it is a long lease. */
static void an_endless_lease(void **unused)
{
    char store[128];
    hox__asked a;
    hox_error err = {0};
    (void)unused;
    snprintf(store, sizeof store, "%s/e.db", folder);
    hox_study *study = make(store, "random", "none");
    assert_int_equal(hox__study_ask(study, 1e300, false, &a, &err), HOX_OK);
    assert_true(hox__trial_is_leased(study, (int64_t)a.what.trial));
    hox__suggestion_free(&a.what);
    hox_study_close(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_with_every_strategy),
        cmocka_unit_test(schemes),
        cmocka_unit_test(an_ask_that_fails),
        cmocka_unit_test(an_endless_lease),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
