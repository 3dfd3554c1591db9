/* The life of one trial, from the suggestion to the log. */
#include "base/clock.h"
#include "base/json.h"
#include "base/proc.h"
#include "study/running.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the beginning ---- */

hox_status hox__study_write_asked(hox_study *study, const hox__suggestion *what, hox_error *err)
{
    const hox_cost cost = hox_sentence_cost(what->sentence);
    const hox__event ask = {
        .type = "trial.ask",
        .trial = what->trial,
        .walk = what->walk,
        .key = what->key,
        .seed = what->seed,
        .budget = study->budget,
        .repeat_of = what->repeat_of,
        .params = (int64_t)cost.params,
        .flops = cost.flops,
        .value = (double)NAN,
        .reason = what->by,
        .cpu_s = what->seconds,
    };
    const hox_status status = hox__store_append(study->store, study->id, &ask, err);
    if (status != HOX_OK)
        return status;
    return hox__study_asked(study, what->trial, study->walk, what->key, err);
}

static hox_status send(hox__run *run, const hox__running *r, hox_error *err)
{
    hox_study *study = run->study;
    const hox__arena_mark here = hox__arena_here(study->arena);
    const char *model = hox__model_path(study, r->trial, study->arena);
    const char *dir = hox__trial_folder(study, r->trial, study->arena);
    const hox__task task = {
        .dir = dir,
        .cpu_s = run->options.cpu_s,
        .grace_s = run->options.grace_s,
        .slot = (int)(r - run->slot),
        .threads = run->options.threads,
        .asks = study->allocator && study->allocator->report,
        .trial = r->trial,
        .seed = r->what.seed,
        /* A native trial is told to stop at what it is granted: its schedule has the whole budget.
         */
        .budget = study->objective->models ? study->budget : r->budget,
        .memory_bytes = run->memory_bytes,
        .walk = r->what.walk,
        .model = model,
        .keep_from = study->has_best ? study->best_value : (double)NAN,
    };
    const hox_status status =
        model && dir ? hox__warm_start(r->warm, &task, NULL, err)
                     : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to start a trial");
    hox__arena_rewind(study->arena, here);
    return status;
}

static hox__running *free_slot(hox__run *run)
{
    for (int i = 0; i < run->slots; i++)
        if (!run->slot[i].used)
            return &run->slot[i];
    return NULL;
}

/* "HOST:PID" of the process below which it runs: a worker's, or ours. Without a space, which is in
 * what a lease says in this place. Workers are on the machine of their owner. */
static void say_worker(const hox__hand *hand, char out[96])
{
    char host[64];
    hox__host_name(host);
    for (char *s = host; *s; s++)
        *s = *s == ' ' ? '_' : *s;
    snprintf(out, 96, "%s:%" PRId64, host, hand ? hand->pid : hox__pid());
}

static hox_status write_started(hox_study *study, const hox__hand *hand, uint64_t trial,
                                double budget, int64_t from, hox_error *err)
{
    char worker[96];
    say_worker(hand, worker);
    const hox__event start = {
        .type = "trial.start", .trial = trial, .budget = budget, .step = from, .detail = worker};
    const hox_status status = hox__store_append(study->store, study->id, &start, err);
    return status == HOX_OK ? hox__study_started(study, trial, budget, err) : status;
}

hox_status hox__running_start(hox__run *run, hox__turn *turn, hox_error *err)
{
    hox_study *study = run->study;
    hox__suggestion *what = &turn->what;
    hox__running *r = free_slot(run);
    hox__store_gather(study->store);
    hox_status status = turn->known ? HOX_OK : hox__study_write_asked(study, what, err);
    if (status == HOX_OK)
        status = write_started(study, run->at, what->trial, turn->budget, turn->from, err);
    const hox_status settled = hox__store_settle(study->store, err);
    status = status == HOX_OK ? settled : status;
    if (status != HOX_OK) {
        hox__suggestion_free(what);
        return status;
    }
    *r = (hox__running){.used = true,
                        .hand = run->at,
                        .warm = run->at ? run->at->warm : study->warm,
                        .trial = what->trial,
                        .what = *what,
                        .budget = turn->budget,
                        .from = turn->from,
                        .step = turn->from,
                        .began_s = hox__clock_s(),
                        .params = (int64_t)hox_sentence_cost(what->sentence).params};
    run->n_running++;
    if (r->hand)
        r->hand->busy++;
    hox__run_event(run, (hox_event){.type = "trial.start",
                                    .trial = r->trial,
                                    .params = r->params,
                                    .sentence = r->what.sentence});
    return send(run, r, err);
}

hox_status hox__running_restart(hox__run *run, hox__running *r, hox_error *err)
{
    r->retried = true;
    r->last = (hox__line){0};
    r->began_s = hox__clock_s();
    const hox_status status = write_started(run->study, r->hand, r->trial, r->budget, r->from, err);
    return status == HOX_OK ? send(run, r, err) : status;
}

/* ---- what it says ---- */

/* Written, then judged: what is decided follows from the log. */
static hox_status note_report(hox__run *run, hox__running *r, const hox__line *line,
                              hox_verdict *verdict)
{
    const hox__event event = {
        .type = "trial.report",
        .trial = r->trial,
        .step = line->step,
        .value = r->value,
        .accuracy = line->accuracy,
        .loss = line->loss,
        .train_loss = line->train_loss,
        .metrics = line->metrics[0] ? line->metrics : NULL,
        .violation = line->violation,
    };
    hox_status status = hox__store_append(run->study->store, run->study->id, &event, run->err);
    if (status == HOX_OK)
        status = hox__study_reported(run->study, &event, verdict, run->err);
    return status;
}

/* A trial that waits is answered; one that must stop is told in any case. */
static void answer(hox__running *r, const hox__line *line, hox_verdict verdict)
{
    if (verdict != HOX_VERDICT_GO) {
        r->stopped = true;
        r->paused = verdict == HOX_VERDICT_PAUSE;
        hox__warm_answer(r->warm, r->trial, r->paused ? "paused" : "pruned", line->wait);
    } else if (line->wait) {
        hox__warm_answer(r->warm, r->trial, NULL, true);
    }
}

static void report(hox__run *run, hox__running *r, const hox__line *line)
{
    if (r->stopped)
        return;
    const bool fresh = line->step > r->from || r->from == 0; /* else it is known from before */
    r->step = fresh ? line->step : r->from;
    r->steps = line->steps;
    if (line->epoch_end && run->status == HOX_OK) {
        hox_verdict verdict = HOX_VERDICT_GO;
        r->value = hox__study_value_of(run->study, line);
        if (fresh)
            run->status = note_report(run, r, line, &verdict);
        answer(r, line, verdict);
    }
    hox__run_event(run, (hox_event){.type = "trial.report",
                                    .trial = r->trial,
                                    .step = line->step,
                                    .steps = line->steps,
                                    .accuracy = line->accuracy,
                                    .loss = line->loss,
                                    .train_loss = line->train_loss,
                                    .progress = line->progress,
                                    .value = line->epoch_end ? r->value : (double)NAN,
                                    .seconds = hox__clock_s() - r->began_s,
                                    .params = r->params,
                                    .sentence = r->what.sentence});
}

void hox__running_line(hox__run *run, hox__running *r, const hox__line *line)
{
    if (line->kind == HOX__LINE_REPORT)
        report(run, r, line);
    else if (line->kind == HOX__LINE_RESULT || line->kind == HOX__LINE_FAILED)
        r->last = *line;
}

/* ---- the end ---- */

static void failed(hox__event *end, const char *reason, const char *detail)
{
    end->state = "failed";
    end->reason = reason;
    end->detail = detail;
    end->value = (double)NAN;
}

/* [0.91,12.5] of several goals; NULL: there is one. */
static const char *scores_text(const hox__line *line, char *text, size_t size)
{
    hox__text out = {0};
    hox__json json = {.out = &out};
    if (line->scores < 2)
        return NULL;
    hox__json_begin_array(&json, NULL);
    for (int i = 0; i < line->scores; i++)
        hox__json_number(&json, NULL, line->score[i]);
    hox__json_end_array(&json);
    snprintf(text, size, "%s", hox__text_get(&out));
    hox__text_deinit(&out);
    return text;
}

/* What became of it: `text` holds a detail made here. */
static void judge(const hox__running *r, const hox__child_end *child, hox__event *end, char *text,
                  size_t size)
{
    const bool clean = child->exited && child->code == 0;
    if (r->stopped) {
        end->state = r->paused ? "paused" : "pruned";
        end->value = r->value;
        end->epochs = r->step;
        snprintf(text, size, "%s at step %" PRId64, r->paused ? "waits" : "stopped", r->step);
        end->detail = text;
    } else if (r->cut && strcmp(r->cut, "timeout") == 0) {
        snprintf(text, size, "longer than the time-out after %.0f s", child->wall_s);
        failed(end, "timeout", text);
    } else if (r->last.kind == HOX__LINE_FAILED) {
        failed(end, r->last.reason, r->last.text);
    } else if (r->last.kind == HOX__LINE_RESULT && clean && isfinite(r->last.value)) {
        end->state = "done";
        end->value = r->last.value;
        end->metrics = r->last.metrics[0] ? r->last.metrics : NULL;
        end->violation = r->last.violation;
        end->scores = scores_text(&r->last, text, size);
    } else if (r->last.kind == HOX__LINE_RESULT && clean) {
        failed(end, "nan", "the result is not a number");
    } else if (clean) {
        failed(end, "output", "it ended without a result");
    } else if (child->exited) {
        snprintf(text, size, "exit %d", child->code);
        failed(end, "exit", text);
    } else {
        snprintf(text, size, "signal %d (%s)", child->signal, strsignal(child->signal));
        failed(end, "signal", text);
    }
}

/* Only the model of the best trial stays (decisions 3.2), and what is needed to go on. */
static void tidy(hox_study *study, uint64_t trial, const char *state, bool had_best,
                 uint64_t before)
{
    if (strcmp(state, "cancelled") == 0)
        return;
    if (strcmp(state, "paused") == 0) {
        hox__checkpoints_bound(study);
    } else if (!study->objective->models) {
        if (strcmp(state, "pruned") == 0) /* what the others keep there is theirs */
            hox__checkpoint_drop(study, trial);
    } else if (study->has_best && study->best_trial == trial) {
        hox__checkpoint_drop(study, trial);
        if (had_best && before != trial)
            hox__model_drop(study, before);
    } else {
        hox__model_drop(study, trial);
    }
}

static void release(hox__run *run, hox__running *r)
{
    hox__suggestion_free(&r->what);
    r->used = false;
    run->n_running--;
    if (r->hand)
        r->hand->busy--;
}

static void tell_end(hox__run *run, hox__running *r, const hox__event *end, double seconds)
{
    hox__run_event(run, (hox_event){.type = "trial.end",
                                    .trial = r->trial,
                                    .state = end->state,
                                    .reason = end->reason,
                                    .message = end->detail && *end->detail ? end->detail : NULL,
                                    .value = end->value,
                                    .step = end->epochs,
                                    .steps = r->steps,
                                    .accuracy = (double)NAN,
                                    .loss = (double)NAN,
                                    .train_loss = (double)NAN,
                                    .seconds = seconds,
                                    .params = r->params,
                                    .sentence = r->what.sentence});
}

/* Only the best model stays; the observer hears of the end. */
static void after_end(hox__run *run, hox__running *r, const hox__event *end, double seconds,
                      bool had_best, uint64_t before)
{
    hox_study *study = run->study;
    tidy(study, r->trial, end->state, had_best, before);
    tell_end(run, r, end, seconds);
    if (study->has_best && study->best_trial == r->trial && (!had_best || before != r->trial))
        hox__run_event(run, (hox_event){.type = "best",
                                        .trial = r->trial,
                                        .value = study->best_value,
                                        .params = r->params,
                                        .sentence = r->what.sentence});
}

void hox__run_tell_end(hox__run *run, const hox__event *end, bool had_best, uint64_t before)
{
    hox__running r = {.trial = end->trial};
    if (hox__study_recall(run->study, end->trial, &r.what, NULL) == HOX_OK)
        r.params = (int64_t)hox_sentence_cost(r.what.sentence).params;
    if (strcmp(end->state, "failed") == 0)
        snprintf(run->detail, sizeof run->detail, "%s", end->detail);
    after_end(run, &r, end, 0, had_best, before);
    hox__suggestion_free(&r.what);
}

void hox__running_finish(hox__run *run, hox__running *r, hox__event *end, double seconds)
{
    hox_study *study = run->study;
    const bool had_best = study->has_best;
    const uint64_t before = study->best_trial;
    end->type = "trial.end";
    end->trial = r->trial;
    end->reason = end->reason ? end->reason : "";
    end->detail = end->detail ? end->detail : "";
    if (strcmp(end->state, "failed") == 0)
        snprintf(run->detail, sizeof run->detail, "%s", end->detail);
    hox_status status = hox__store_append(study->store, study->id, end, run->err);
    if (status == HOX_OK)
        status = hox__study_ended(study, end, run->err);
    if (status == HOX_OK) {
        hox__suggestion what = r->what; /* outlives the slot until the observer has seen it */
        r->what = (hox__suggestion){0};
        hox__running told = *r;
        told.what = what;
        release(run, r);
        after_end(run, &told, end, seconds, had_best, before);
        hox__suggestion_free(&what);
        return;
    }
    release(run, r);
    if (run->status == HOX_OK)
        run->status = status;
}

/* Somebody else's SIGKILL: the kernel out of memory, an operator. A trial that is to blame for
 * itself is not tried again. */
static bool killed_outside(const hox__run *run, const hox__running *r, const hox__child_end *child)
{
    enum { KILLED = 9 };
    const bool native = !child->exited && child->signal == KILLED;
    const bool program = r->last.kind == HOX__LINE_FAILED &&
                         strcmp(r->last.reason, "signal") == 0 &&
                         strncmp(r->last.text, "signal 9 ", 9) == 0;
    return !r->cut && !r->stopped && (native || program) && r->retries < run->options.retries;
}

static void try_again(hox__run *run, hox__running *r)
{
    const bool retried = r->retried;
    r->retries++;
    const hox_status status = hox__running_restart(run, r, run->err);
    r->retried = retried;
    if (status != HOX_OK && run->status == HOX_OK)
        run->status = status;
}

/* A program that ends well within what it was granted has come to it, whatever it reported. */
static void came_to_its_budget(hox__run *run, hox__running *r, const hox__child_end *child)
{
    hox_study *study = run->study;
    hox_verdict verdict = HOX_VERDICT_GO;
    const bool shares = study->allocator && study->allocator->next && !study->objective->models;
    if (!shares || r->stopped || r->cut || !child->exited || child->code != 0 ||
        r->last.kind != HOX__LINE_RESULT || !isfinite(r->last.value))
        return;
    if ((double)r->last.step < r->budget)
        r->last.step = (int64_t)r->budget;
    r->step = r->last.step;
    r->value = r->last.value;
    hox__event event = {
        .type = "trial.report",
        .trial = r->trial,
        .step = r->step,
        .budget = r->budget,
        .value = r->value,
        .accuracy = (double)NAN,
        .loss = (double)NAN,
        .train_loss = (double)NAN,
        .metrics = r->last.metrics[0] ? r->last.metrics : NULL,
        .violation = r->last.violation,
    };
    run->status = hox__store_append(study->store, study->id, &event, run->err);
    if (run->status == HOX_OK)
        run->status = hox__study_reported(study, &event, &verdict, run->err);
    r->stopped = verdict != HOX_VERDICT_GO;
    r->paused = verdict == HOX_VERDICT_PAUSE;
}

void hox__running_ended(hox__run *run, hox__running *r, const hox__child_end *child)
{
    char text[512];
    hox__event end = {
        .value = (double)NAN,
        .epochs = r->last.kind == HOX__LINE_RESULT ? r->last.step : r->step,
        .cpu_s = child->cpu_s,
        .memory_bytes = child->memory_peak_bytes,
    };
    if (r->last.kind == HOX__LINE_RESULT && r->last.params > 0)
        r->params = r->last.params;
    if (run->status != HOX_OK) /* the store cannot be written: it will be run again */
        release(run, r);
    else if (r->cut && !r->stopped && strcmp(r->cut, "interrupted") == 0)
        hox__running_interrupt(run, r);
    else if (killed_outside(run, r, child))
        try_again(run, r);
    else {
        came_to_its_budget(run, r, child);
        end.epochs = r->last.kind == HOX__LINE_RESULT ? r->last.step : r->step;
        judge(r, child, &end, text, sizeof text);
        hox__running_finish(run, r, &end, child->wall_s);
    }
}

void hox__running_lost(hox__run *run, hox__running *r)
{
    char text[96];
    const int64_t pid = r->hand ? r->hand->pid : 0;
    const bool again = run->study->trial[r->trial].lost < run->options.retries && !r->stopped;
    snprintf(text, sizeof text, "its worker, process %" PRId64 ", was lost", pid);
    hox__event end = {
        .value = (double)NAN,
        .state = again ? "cancelled" : "failed",
        .reason = "lost",
        .detail = text,
        .epochs = again ? 0 : r->step,
    };
    run->again |= again;
    hox__running_finish(run, r, &end, hox__clock_s() - r->began_s);
}

void hox__running_interrupt(hox__run *run, hox__running *r)
{
    hox__event end = {
        .value = (double)NAN,
        .state = "cancelled",
        .reason = "interrupted",
        .detail = "cut off; `hox resume` runs it again",
    };
    hox__running_finish(run, r, &end, hox__clock_s() - r->began_s);
}

/* ---- ends of trials that do not run ---- */

static hox_status write_end(hox__run *run, uint64_t trial, const char *state, const char *word)
{
    char detail[64];
    hox_study *study = run->study;
    const hox__trial_note *note = &study->trial[trial];
    snprintf(detail, sizeof detail, "%s at step %" PRId64, word, note->step);
    const hox__event end = {
        .type = "trial.end",
        .trial = trial,
        .state = state,
        .reason = "",
        .detail = detail,
        .value = note->value,
        .epochs = note->step,
        .violation = (double)NAN,
    };
    hox_status status = hox__store_append(study->store, study->id, &end, run->err);
    if (status == HOX_OK)
        status = hox__study_ended(study, &end, run->err);
    if (status != HOX_OK)
        return status;
    tidy(study, trial, state, study->has_best, study->best_trial);
    hox__run_event(run, (hox_event){.type = "trial.end",
                                    .trial = trial,
                                    .state = state,
                                    .message = detail,
                                    .value = end.value,
                                    .step = end.epochs,
                                    .accuracy = (double)NAN,
                                    .loss = (double)NAN,
                                    .train_loss = (double)NAN});
    return HOX_OK;
}

hox_status hox__run_conclude(hox__run *run)
{
    hox_status status = HOX_OK;
    const hox_study *study = run->study;
    for (int64_t i = 0; i < study->trials && status == HOX_OK; i++) {
        const hox__trial_note *note = &study->trial[i];
        if (note->state != HOX_TRIAL_RUNNING || note->said == HOX_VERDICT_GO ||
            hox__trial_is_leased(study, i))
            continue;
        status = note->said == HOX_VERDICT_PAUSE ? write_end(run, (uint64_t)i, "paused", "waits")
                                                 : write_end(run, (uint64_t)i, "pruned", "stopped");
    }
    return status;
}

hox_status hox__run_leave_behind(hox__run *run)
{
    int64_t trial;
    hox_status status = HOX_OK;
    while (status == HOX_OK && (trial = hox__study_left_behind(run->study)) >= 0)
        status = write_end(run, (uint64_t)trial, "pruned", "stopped");
    return status;
}
