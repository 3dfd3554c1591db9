/* Kills a study at its state-changing calls, thousands of times (reliability P1, P3, P9): with
 * every strategy, a study that asks and tells is killed at a call of its life, half of them torn
 * writes, opened again - and every third time killed again while that is done - and brought to its
 * end. What was acknowledged is there, what is there was told, and the log hash is that of the
 * study that was never killed.
 *
 *     kill_loop LIBFAULT-KILL.so [POINTS of each strategy, default 3]
 *     kill_loop study STORE STRATEGY ACKNOWLEDGED      (by itself: all that is left of the study)
 */
#include "base/io.h"
#include "study/ask.h"
#include "study/methods.h"
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIALS = 8 };
static const char spec[] = "x = 0.0 .. 1.0\nk = 1..9\nopt = sgd(m: 0.0 .. 0.9) | adam\n"
                           "objective = maximize y\n";

static double toy(const char *walk)
{
    return -fabs(strtod(walk, NULL) - 0.4); /* x is the first answer */
}

static void stop(const char *what, const hox_error *err)
{
    fprintf(stderr, "FAILED: %s: %s\n", what, err->message);
    exit(1);
}

static hox_study *open_study(const char *store, const char *strategy)
{
    bool resumed;
    hox_error err = {0};
    hox_study *study = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    const hox_study_options options = {
        .store = store, .name = "s", .spec = spec, .strategy = strategy, .seed = 7, .told = true};
    if (hox_study_create(&options, list, &study, &resumed, &err) != HOX_OK)
        stop(strategy, &err);
    hox_diagnostics_free(list);
    return study;
}

/* ---- the study that is killed ---- */

static int be_study(const char *store, const char *strategy, const char *path)
{
    hox_error err = {0};
    const int acknowledged = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    hox_study *study = open_study(store, strategy);
    while (study->done < TRIALS) {
        hox__asked a;
        const hox_status status = hox__study_ask(study, 0, false, &a, &err);
        if (status > 0) {
            hox__suggestion_free(&a.what);
            break;
        }
        if (status < 0)
            stop("ask", &err);
        hox__told told = {.trial = a.what.trial,
                          .lease = a.lease,
                          .value = toy(a.what.walk),
                          .metrics = "{}",
                          .violation = (double)NAN};
        bool go;
        if (hox__study_report(study, &told, 1, 0, &go, &err) != HOX_OK ||
            hox__study_tell(study, &told, &err) != HOX_OK)
            stop("tell", &err);
        char line[32];
        const int n = snprintf(line, sizeof line, "%d\n", (int)told.trial);
        if (write(acknowledged, line, (size_t)n) != n)
            return 1;
        hox__suggestion_free(&a.what);
    }
    hox_study_close(study);
    return 0;
}

/* ---- the one that kills and looks ---- */

typedef struct {
    const char *self, *fault, *strategy;
    char store[80], acknowledged[80], count[80];
    long points, killed, twice, lost, invented, different, broken;
} killer;

/* 0: it came to its end. at 0: it is not killed, and its calls are counted. */
static int run(const killer *k, long at)
{
    const pid_t pid = fork();
    if (pid == 0) {
        char number[32];
        snprintf(number, sizeof number, "%ld", at);
        setenv("LD_PRELOAD", k->fault, 1);
        setenv(at ? "HOX_KILL_AT" : "HOX_KILL_COUNT", at ? number : k->count, 1);
        execl(k->self, k->self, "study", k->store, k->strategy, k->acknowledged, (char *)NULL);
        _exit(127);
    }
    int status;
    while (waitpid(pid, &status, 0) < 0)
        continue;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void forget(const killer *k)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal", ".lock", ".d"};
    char path[120];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(path, sizeof path, "%s%s", k->store, ends[i]);
        hox__remove_tree(path, NULL);
    }
    unlink(k->acknowledged);
}

static bool see(void *ctx, const hox__trial_row *row)
{
    double *value = ctx; /* [TRIALS + 1] by trial, NaN: not done; the last one: how many say what
                            was never told */
    if (row->state == HOX_TRIAL_DONE && row->trial < TRIALS)
        value[row->trial] = row->value;
    value[TRIALS] += row->state == HOX_TRIAL_DONE && row->value != toy(row->walk);
    return true;
}

/* After a kill, and whatever was done about it before. */
static void look(killer *k)
{
    hox_error err = {0};
    hox__store *store = NULL;
    double value[TRIALS + 1];
    bool there[TRIALS] = {false};
    for (int i = 0; i < TRIALS; i++)
        value[i] = (double)NAN;
    value[TRIALS] = 0;
    int n = 0, stored = 0, trial;
    FILE *f = fopen(k->acknowledged, "r");
    for (; f && fscanf(f, "%d", &trial) == 1; n++)
        there[trial] = true;
    if (f)
        fclose(f);
    const hox_status opened = hox__store_open(k->store, HOX__STORE_READ, &store, &err);
    if (opened == HOX_OK)
        hox__store_trials(store, 1, see, value, &err);
    hox__store_close(store);
    for (int i = 0; i < TRIALS; i++) {
        stored += !isnan(value[i]);
        k->lost += there[i] && isnan(value[i]);
    }
    k->invented +=
        (long)value[TRIALS] + (stored > n + 2); /* told and not acknowledged: one a kill */
}

static bool check_end(killer *k, const char *whole)
{
    char hex[65] = "";
    hox_error err = {0};
    hox__store *store = NULL;
    hox_status status = hox__store_open(k->store, HOX__STORE_READ, &store, &err);
    if (status == HOX_OK)
        status = hox__store_check(store, &err);
    if (status == HOX_OK)
        status = hox__store_log_hash(store, 1, hex, &err);
    hox__store_close(store);
    if (status != HOX_OK)
        fprintf(stderr, "%s: %s\n", k->strategy, err.message);
    k->broken += status != HOX_OK;
    k->different += status == HOX_OK && strcmp(hex, whole) != 0;
    return status == HOX_OK && strcmp(hex, whole) == 0;
}

static void kill_at(killer *k, long at, long calls, const char *whole)
{
    forget(k);
    const int first = run(k, at);
    k->points++;
    k->killed += first == -9;
    look(k);
    if (at % 3 == 0) { /* the recovery is killed, too */
        k->twice += run(k, 1 + at * 7 % calls) == -9;
        look(k);
    }
    if (run(k, 0) != 0 || !check_end(k, whole))
        fprintf(stderr, "%s: killed at call %ld of %ld\n", k->strategy, at, calls);
}

static void of_strategy(killer *k, long points)
{
    char whole[65];
    hox_error err = {0};
    hox__store *store = NULL;
    long calls = 0;
    forget(k);
    FILE *f = run(k, 0) == 0 ? fopen(k->count, "r") : NULL;
    if (!f || fscanf(f, "%ld", &calls) != 1 ||
        hox__store_open(k->store, HOX__STORE_READ, &store, &err) != HOX_OK ||
        hox__store_log_hash(store, 1, whole, &err) != HOX_OK)
        stop("the study that is not killed", &err);
    fclose(f);
    hox__store_close(store);
    for (long i = 0; i < points; i++)
        kill_at(k, 1 + i * calls / points % calls, calls, whole);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "study") == 0)
        return be_study(argv[2], argv[3], argv[4]);
    if (argc < 2)
        return 2;
    int n;
    const long points = argc > 2 ? atol(argv[2]) : 3;
    const hox_strategy *const *all = hox__strategy_all(&n);
    const char *where = getenv("TMPDIR");
    char folder[60];
    killer k = {.self = argv[0], .fault = argv[1]};
    snprintf(folder, sizeof folder, "%.30s/hox-kill-XXXXXX",
             where                           ? where
             : access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                                             : "/tmp");
    if (!mkdtemp(folder))
        return 2;
    snprintf(k.store, sizeof k.store, "%s/hox.db", folder);
    snprintf(k.acknowledged, sizeof k.acknowledged, "%s/said", folder);
    snprintf(k.count, sizeof k.count, "%s/count", folder);
    for (int i = 0; i < n; i++) {
        k.strategy = all[i]->name;
        of_strategy(&k, points);
        printf("%s: %ld points so far, %ld lost, %ld invented, %ld ended otherwise, %ld stores not "
               "whole\n",
               k.strategy, k.points, k.lost, k.invented, k.different, k.broken);
        fflush(stdout);
    }
    hox__remove_tree(folder, NULL);
    printf("%d strategies, %ld points: killed %ld times, %ld times again while they recovered; %ld "
           "lost, %ld invented, %ld "
           "ended otherwise, %ld stores not whole\n",
           n, k.points, k.killed, k.twice, k.lost, k.invented, k.different, k.broken);
    return k.killed < k.points * 9 / 10 || k.lost || k.invented || k.different || k.broken;
}
