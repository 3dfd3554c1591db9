/* Events of a running study as JSON Lines; `hox help json` lists them. */
#include "cli/events.h"
#include "base/json.h"
#include <math.h>
#include <string.h>

static void number(hox__json *json, const char *key, double value)
{
    if (isfinite(value))
        hox__json_number(json, key, value);
}

static void trial_fields(hox__json *json, const hox_event *e)
{
    const bool report = strcmp(e->type, "trial.report") == 0;
    const bool end = strcmp(e->type, "trial.end") == 0;
    hox__json_int(json, "trial", (int64_t)e->trial);
    if (end) {
        hox__json_text(json, "state", e->state);
        hox__json_text(json, "reason", e->reason ? e->reason : "");
        hox__json_number(json, "value", e->value);
        if (!isfinite(e->value))
            hox__json_text(json, "nonfinite", isnan(e->value) ? "nan" : "inf");
        number(json, "seconds", e->seconds);
    }
    if (strcmp(e->type, "best") == 0)
        hox__json_number(json, "value", isfinite(e->value) ? e->value : e->best);
    if (report || end) {
        hox__json_int(json, "step", e->step);
        hox__json_int(json, "steps", e->steps);
    }
    if (report) {
        number(json, "accuracy", e->accuracy);
        number(json, "loss", e->loss);
        number(json, "train_loss", e->train_loss);
        number(json, "progress", e->progress);
    }
    if (e->params)
        hox__json_int(json, "params", e->params);
    if (e->sentence && !report && !end) {
        char *summary = hox_sentence_summary(e->sentence);
        hox__json_text(json, "summary", summary);
        hox_text_free(summary);
    }
}

static void study_fields(hox__json *json, const hox_study_facts *facts, int jobs)
{
    hox__json_text(json, "study", facts->name);
    hox__json_text(json, "store", facts->store);
    hox__json_id(json, "seed", facts->seed);
    hox__json_int(json, "jobs", jobs);
    hox__json_text(json, "strategy", facts->strategy);
    hox__json_text(json, "objective", facts->objective);
    hox__json_text(json, "data", facts->data);
    hox__json_text(json, "spec_hash", facts->spec_hash);
}

void hox__event_json(hox__text *out, const hox_event *e, const hox_study_facts *facts, int jobs)
{
    hox__json json = {.out = out};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", e->type);
    if (strncmp(e->type, "trial.", 6) == 0 || strcmp(e->type, "best") == 0)
        trial_fields(&json, e);
    if (strcmp(e->type, "study.start") == 0)
        study_fields(&json, facts, jobs);
    if (strcmp(e->type, "study.end") == 0) {
        hox__json_number(&json, "seconds", e->seconds);
        hox__json_number(&json, "controller_cpu_s", e->cpu_s);
    }
    if (e->message)
        hox__json_text(&json, "message", e->message);
    hox__json_int(&json, "done", e->done);
    hox__json_int(&json, "running", e->running);
    hox__json_int(&json, "pruned", e->pruned);
    hox__json_int(&json, "failed", e->failed);
    hox__json_int(&json, "paused", e->paused);
    hox__json_int(&json, "trials", e->trials);
    if (isfinite(e->best) && e->done) {
        hox__json_number(&json, "best", e->best);
        hox__json_int(&json, "best_trial", (int64_t)e->best_trial);
    }
    hox__json_end_object(&json);
    hox__text_putc(out, '\n');
}
