#include "study/verify.h"
#include "base/alloc.h"
#include "base/io.h"
#include "base/number.h"
#include "base/proc.h"
#include "study/json_read.h"
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- two values ---- */

static void print(double x, char out[200])
{
    char text[HOX__NUMBER_MAX];
    hox__number_print(x, text);
    snprintf(out, 200, "%s", text);
}

/* Notes the first difference; a worse verdict stays. */
static void differ(hox__replayed *r, hox__replay_verdict verdict, int64_t step, const char *what,
                   const char *was, const char *is)
{
    if (r->verdict == HOX__REPLAY_IDENTICAL) {
        r->step = step;
        snprintf(r->what, sizeof r->what, "%s", what);
        snprintf(r->was, sizeof r->was, "%s", was);
        snprintf(r->is, sizeof r->is, "%s", is);
    }
    r->verdict = verdict > r->verdict ? verdict : r->verdict;
}

static void compare(hox__replayed *r, int64_t step, const char *what, double was, double is)
{
    static const double near = 1e-6;
    char a[200], b[200];
    if (was == is || (isnan(was) && isnan(is)))
        return;
    print(was, a);
    print(is, b);
    const bool close = fabs(was - is) <= near * fmax(fabs(was), fabs(is));
    differ(r, close ? HOX__REPLAY_NEAR : HOX__REPLAY_DIFFERENT, step, what, a, b);
}

static void compare_text(hox__replayed *r, int64_t step, const char *what, const char *was,
                         const char *is)
{
    if (strcmp(was, is) != 0)
        differ(r, HOX__REPLAY_DIFFERENT, step, what, was, is);
}

/* Metrics of a program, {"acc":0.9,"loss":0.1}: key by key. */
static void compare_metrics(hox__replayed *r, int64_t step, const char *was, const char *is)
{
    const char *key;
    json_t *x;
    json_t *a = *was ? hox__json_read(was, strlen(was), NULL) : NULL,
           *b = *is ? hox__json_read(is, strlen(is), NULL) : NULL;
    json_object_foreach(a, key, x)
    {
        const json_t *y = json_object_get(b, key);
        if (json_is_number(x) && json_is_number(y))
            compare(r, step, key, json_number_value(x), json_number_value(y));
        else if (!json_equal(x, y))
            differ(r, HOX__REPLAY_DIFFERENT, step, key, "there", "not there");
    }
    json_object_foreach(b, key, x) if (!json_object_get(a, key))
        differ(r, HOX__REPLAY_DIFFERENT, step, key, "not there", "there");
    json_decref(a);
    json_decref(b);
}

/* ---- a trial ---- */

typedef struct {
    int64_t step;
    double accuracy, loss, train_loss, value;
    const char *metrics;
} reported;

typedef struct {
    hox_study *study;
    hox__arena *arena;
    const hox__trial_row *row;
    hox__replayed *r;
    reported *report; /* [n] as the log has them */
    int64_t n, room, next;
    hox__line last;
    hox__child_end end;
    bool ended, killed, failed;
} trial;

static bool keep_report(void *ctx, const hox__report_row *row)
{
    trial *t = ctx;
    if (t->n == t->room) {
        const int64_t room = t->room ? 2 * t->room : 64;
        reported *grown = hox__realloc(t->report, (size_t)room, sizeof *grown);
        t->failed |= !grown;
        if (!grown)
            return false;
        t->report = grown;
        t->room = room;
    }
    t->report[t->n] = (reported){.step = row->step,
                                 .accuracy = row->accuracy,
                                 .loss = row->loss,
                                 .train_loss = row->train_loss,
                                 .value = row->value};
    t->report[t->n].metrics = hox__arena_copy(t->arena, row->metrics, strlen(row->metrics));
    t->failed |= !t->report[t->n].metrics;
    t->n += !t->failed;
    return !t->failed;
}

static void hear_report(trial *t, const hox__line *line)
{
    char step[32];
    if (t->killed || !line->epoch_end)
        return;
    if (t->next == t->n) {
        snprintf(step, sizeof step, "step %" PRId64, line->step);
        if (t->row->state != HOX_TRIAL_PRUNED)
            differ(t->r, HOX__REPLAY_DIFFERENT, line->step, "report", "not there", step);
    } else {
        const reported *was = &t->report[t->next++];
        t->r->compared++;
        compare(t->r, was->step, "step", (double)was->step, (double)line->step);
        compare(t->r, was->step, "accuracy", was->accuracy, line->accuracy);
        compare(t->r, was->step, "loss", was->loss, line->loss);
        compare(t->r, was->step, "train_loss", was->train_loss, line->train_loss);
        compare(t->r, was->step, t->study->metric, was->value, hox__study_value_of(t->study, line));
        compare_metrics(t->r, was->step, was->metrics, line->metrics);
    }
    const bool stop = t->row->state == HOX_TRIAL_PRUNED && t->next == t->n;
    if (stop || line->wait)
        hox__warm_answer(t->study->warm, t->row->trial, stop ? "pruned" : NULL, line->wait);
    t->killed |= stop;
}

static void on_line(void *ctx, uint64_t number, const hox__line *line)
{
    trial *t = ctx;
    if (number != t->row->trial)
        return;
    if (line->kind == HOX__LINE_REPORT)
        hear_report(t, line);
    else if (line->kind == HOX__LINE_RESULT || line->kind == HOX__LINE_FAILED)
        t->last = *line;
}

static void on_ended(void *ctx, uint64_t number, const hox__child_end *end)
{
    trial *t = ctx;
    if (number != t->row->trial)
        return;
    t->ended = true;
    t->end = *end;
}

/* As judge() of trial.c names it. */
static const char *reason_of(const trial *t)
{
    if (t->last.kind == HOX__LINE_FAILED)
        return t->last.reason;
    if (t->last.kind == HOX__LINE_RESULT)
        return isfinite(t->last.value) ? "" : "nan";
    return !t->end.exited ? "signal" : t->end.code ? "exit" : "output";
}

static void compare_end(trial *t)
{
    const hox__trial_row *row = t->row;
    if (t->next < t->n && row->state != HOX_TRIAL_FAILED) {
        differ(t->r, HOX__REPLAY_DIFFERENT, t->report[t->next].step, "report", "there",
               "not there");
        return;
    }
    if (row->state == HOX_TRIAL_PRUNED)
        return;
    compare_text(t->r, -1, "end", row->state == HOX_TRIAL_DONE ? "" : row->reason, reason_of(t));
    if (row->state != HOX_TRIAL_DONE || t->last.kind != HOX__LINE_RESULT)
        return;
    compare(t->r, -1, "value", row->value, t->last.value);
    compare_metrics(t->r, -1, row->metrics, t->last.metrics);
}

static hox_status wait_for_end(trial *t, volatile sig_atomic_t *stop, hox_error *err)
{
    static const double tick_s = 0.1;
    const hox__warm_listener listener = {.line = on_line, .ended = on_ended, .ctx = t};
    while (!t->ended) {
        if (!hox__warm_wait(t->study->warm, -1, tick_s, &listener) && !t->ended)
            return hox_fail_code(err, HOX_ERR_IO, "E0901",
                                 "the process that holds the data died under the trial");
        if (stop && *stop) {
            hox__warm_kill(t->study->warm, t->row->trial);
            return hox_fail(err, HOX_ERR_INTERRUPTED, "asked to stop");
        }
    }
    return HOX_OK;
}

/* In a folder of its own, which goes away: what the trial left stays as it is. */
static hox_status run_again(trial *t, const char *walk, volatile sig_atomic_t *stop, hox_error *err)
{
    hox_study *study = t->study;
    const char *dir = hox__arena_printf(t->arena, "%s.d/%s/%" PRIu64 ".replay", study->path,
                                        study->name, t->row->trial);
    const char *model = dir ? hox__arena_printf(t->arena, "%s/model.hoxm", dir) : NULL;
    if (!model)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to run a trial");
    hox_run_options options = {.target = (double)NAN};
    /* As many threads as then: sums depend on it. */
    const hox_status filled = hox_study_options_fill(study, &options, err);
    if (filled != HOX_OK)
        return filled;
    const hox__task task = {
        .trial = t->row->trial,
        .seed = t->row->seed,
        .budget = study->objective->models ? study->budget : t->row->budget,
        .threads = options.threads,
        .memory_bytes = (int64_t)(0.8 * (double)hox__memory_bytes()),
        .walk = walk,
        .model = model,
        .keep_from = (double)NAN,
        .dir = dir,
        .grace_s = 5,
        .asks = t->row->state == HOX_TRIAL_PRUNED,
    };
    hox_status status = hox__remove_tree(dir, err);
    if (status == HOX_OK)
        status = hox__make_directories(dir, err);
    if (status == HOX_OK)
        status = hox__warm_start(study->warm, &task, NULL, err);
    if (status == HOX_OK)
        status = wait_for_end(t, stop, err);
    hox__remove_tree(dir, NULL);
    if (status == HOX_OK)
        compare_end(t);
    return status;
}

hox_status hox__trial_verify(hox_study *study, uint64_t number, volatile sig_atomic_t *stop,
                             hox__replayed *out, hox_error *err)
{
    hox__trial_row row, kept;
    hox__suggestion what;
    *out = (hox__replayed){.trial = number, .step = -1};
    hox_status status = hox__store_trial(study->store, study->id, number, &row, err);
    if (status == HOX_OK && !hox__trial_is_over(row.state))
        status = hox_fail(err, HOX_ERR_ARGUMENT,
                          "trial %" PRIu64 " of `%s` has not ended: there is nothing to compare",
                          number, study->name);
    if (status != HOX_OK)
        return status;
    trial t = {.study = study, .row = &kept, .r = out, .arena = hox__arena_new((size_t)1 << 28)};
    if (!t.arena)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to run a trial");
    kept = row; /* rows are borrowed until the next one is read */
    kept.reason = hox__arena_copy(t.arena, row.reason, strlen(row.reason));
    kept.metrics = hox__arena_copy(t.arena, row.metrics, strlen(row.metrics));
    status = hox__study_recall(study, number, &what, err);
    if (status == HOX_OK) {
        status = hox__store_reports(study->store, study->id, number, keep_report, &t, err);
        if (t.failed || !kept.reason || !kept.metrics)
            status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to run a trial");
        if (status >= 0)
            status = run_again(&t, what.walk, stop, err);
        hox__suggestion_free(&what);
    }
    hox__free(t.report);
    hox__arena_free(t.arena);
    return status;
}

/* ---- a study ---- */

typedef struct {
    hox_study *study;
    hox__replayed *r;
    hox_error *err;
} prover;

/* HOX_DONE ends the replay: the first difference makes all later ones. */
static hox_status check_ask(void *ctx, const hox__event *ask)
{
    prover *p = ctx;
    hox__suggestion s = {.repeat_of = -1};
    char was[32], is[32];
    if (hox__past_has(p->study->past, ask->trial)) /* of another era, which has its own check */
        return HOX_OK;
    if (strcmp(ask->reason, HOX__BY_USER) == 0) {
        p->r->skipped++;
        return HOX_OK;
    }
    p->r->trial = ask->trial;
    const hox_status status = hox__study_suggest(p->study, ask->trial, &s, p->err);
    if (status < 0)
        return status;
    if (status != HOX_OK) {
        differ(p->r, HOX__REPLAY_DIFFERENT, -1, "walk", ask->walk, "nothing is left to try");
        return HOX_DONE;
    }
    snprintf(was, sizeof was, "%" PRIu64, ask->seed);
    snprintf(is, sizeof is, "%" PRIu64, s.seed);
    compare_text(p->r, -1, "walk", ask->walk, s.walk);
    compare_text(p->r, -1, "seed", was, is);
    compare_text(p->r, -1, "key", ask->key, s.key);
    hox__suggestion_free(&s);
    p->r->compared++;
    return p->r->verdict == HOX__REPLAY_IDENTICAL ? HOX_OK : HOX_DONE;
}

hox_status hox__study_verify(hox_study *study, hox__replayed *out, hox_error *err)
{
    prover p = {study, out, err};
    const hox_status status = hox__study_replay(study, check_ask, &p, err);
    return status == HOX_DONE ? HOX_OK : status;
}
