/* The life of one trial, from the suggestion to the log. */
#include "base/clock.h"
#include "study/running.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the beginning ---- */

static hox_status write_asked(hox_study *study, const hox__suggestion *what, hox_error *err)
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
    const hox__task task = {
        .trial = r->trial,
        .seed = r->what.seed,
        .budget = study->budget,
        .memory_bytes = run->memory_bytes,
        .walk = r->what.walk,
        .model = model,
        .keep_from = study->has_best ? study->best_value : (double)NAN,
    };
    const hox_status status =
        model ? hox__warm_start(study->warm, &task, NULL, err)
              : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to start a trial");
    hox__arena_rewind(study->arena, here);
    return status;
}

static hox__running *free_slot(hox__run *run)
{
    for (int i = 0; i < run->jobs; i++)
        if (!run->slot[i].used)
            return &run->slot[i];
    return NULL;
}

hox_status hox__running_start(hox__run *run, hox__suggestion *what, bool known, hox_error *err)
{
    hox_study *study = run->study;
    hox__running *r = free_slot(run);
    hox_status status = known ? HOX_OK : write_asked(study, what, err);
    if (status == HOX_OK) {
        const hox__event start = {.type = "trial.start", .trial = what->trial};
        status = hox__store_append(study->store, study->id, &start, err);
    }
    if (status != HOX_OK) {
        hox__suggestion_free(what);
        return status;
    }
    *r = (hox__running){.used = true,
                        .trial = what->trial,
                        .what = *what,
                        .began_s = hox__clock_s(),
                        .params = (int64_t)hox_sentence_cost(what->sentence).params};
    study->trial[what->trial] = (hox__trial_note){.state = HOX_TRIAL_RUNNING};
    run->n_running++;
    hox__run_event(run, (hox_event){.type = "trial.start",
                                    .trial = r->trial,
                                    .params = r->params,
                                    .sentence = r->what.sentence});
    return send(run, r, err);
}

hox_status hox__running_restart(hox__run *run, hox__running *r, hox_error *err)
{
    const hox__event start = {.type = "trial.start", .trial = r->trial};
    r->retried = true;
    r->last = (hox__line){0};
    r->began_s = hox__clock_s();
    const hox_status status = hox__store_append(run->study->store, run->study->id, &start, err);
    return status == HOX_OK ? send(run, r, err) : status;
}

/* ---- what it says ---- */

static void report(hox__run *run, hox__running *r, const hox__line *line)
{
    r->step = line->step;
    r->steps = line->steps;
    if (line->epoch_end && run->status == HOX_OK) {
        const hox__event event = {
            .type = "trial.report",
            .trial = r->trial,
            .step = line->step,
            .accuracy = line->accuracy,
            .loss = line->loss,
            .train_loss = line->train_loss,
        };
        run->status = hox__store_append(run->study->store, run->study->id, &event, run->err);
    }
    hox__run_event(run, (hox_event){.type = "trial.report",
                                    .trial = r->trial,
                                    .step = line->step,
                                    .steps = line->steps,
                                    .accuracy = line->accuracy,
                                    .loss = line->loss,
                                    .train_loss = line->train_loss,
                                    .progress = line->progress,
                                    .value = (double)NAN,
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

/* What became of it: `text` holds a detail made here. */
static void judge(const hox__running *r, const hox__child_end *child, hox__event *end, char *text,
                  size_t size)
{
    const bool clean = child->exited && child->code == 0;
    if (r->cut && strcmp(r->cut, "timeout") == 0) {
        snprintf(text, size, "longer than the time-out after %.0f s", child->wall_s);
        failed(end, "timeout", text);
    } else if (r->last.kind == HOX__LINE_FAILED) {
        failed(end, r->last.reason, r->last.text);
    } else if (r->last.kind == HOX__LINE_RESULT && clean && isfinite(r->last.value)) {
        end->state = "done";
        end->value = r->last.value;
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

/* Only the model of the best trial stays (decisions 3.2). */
static void keep_best_model(hox_study *study, uint64_t trial, bool had_best, uint64_t before)
{
    if (study->has_best && study->best_trial == trial) {
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

void hox__running_finish(hox__run *run, hox__running *r, hox__event *end, double seconds)
{
    hox_study *study = run->study;
    const bool had_best = study->has_best;
    const uint64_t before = study->best_trial;
    end->type = "trial.end";
    end->trial = r->trial;
    end->reason = end->reason ? end->reason : "";
    end->detail = end->detail ? end->detail : "";
    hox_status status = hox__store_append(study->store, study->id, end, run->err);
    if (status == HOX_OK)
        status = hox__study_ended(study, end, run->err);
    if (status == HOX_OK) {
        keep_best_model(study, r->trial, had_best, before);
        hox__suggestion what = r->what; /* outlives the slot until the observer has seen it */
        r->what = (hox__suggestion){0};
        hox__running told = *r;
        told.what = what;
        release(run, r);
        tell_end(run, &told, end, seconds);
        if (study->has_best && study->best_trial == told.trial &&
            (!had_best || before != told.trial))
            hox__run_event(run, (hox_event){.type = "best",
                                            .trial = told.trial,
                                            .value = study->best_value,
                                            .params = told.params,
                                            .sentence = what.sentence});
        hox__suggestion_free(&what);
        return;
    }
    release(run, r);
    if (run->status == HOX_OK)
        run->status = status;
}

void hox__running_ended(hox__run *run, hox__running *r, const hox__child_end *child)
{
    char text[160];
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
    else if (r->cut && strcmp(r->cut, "interrupted") == 0)
        hox__running_interrupt(run, r);
    else {
        judge(r, child, &end, text, sizeof text);
        hox__running_finish(run, r, &end, child->wall_s);
    }
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
