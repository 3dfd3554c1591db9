/* The end of a study: the best trial's weights as a file, and the one look at the test set
 * (decisions 3.7). */
#include "base/proc.h"
#include "study/study.h"
#include <math.h>

/* One task outside a run: its last words and how it ended. */
typedef struct {
    uint64_t trial;
    hox__line last;
    hox__child_end end;
    bool ended;
} errand;

static void on_line(void *ctx, uint64_t trial, const hox__line *line)
{
    errand *e = ctx;
    const bool word = line->kind == HOX__LINE_RESULT || line->kind == HOX__LINE_FAILED ||
                      line->kind == HOX__LINE_SCORE;
    if (trial == e->trial && word)
        e->last = *line;
}

static void on_ended(void *ctx, uint64_t trial, const hox__child_end *end)
{
    errand *e = ctx;
    if (trial != e->trial)
        return;
    e->end = *end;
    e->ended = true;
}

/* Runs `task` in the warm process and waits. HOX_OK: it said a line of kind `wanted`. */
static hox_status run_errand(hox_study *study, const hox__task *task, const char *to,
                             hox__line_kind wanted, hox__line *line, hox_error *err)
{
    errand e = {.trial = task->trial};
    const hox__warm_listener listener = {.line = on_line, .ended = on_ended, .ctx = &e};
    const hox_status status = hox__warm_start(study->warm, task, to, err);
    if (status != HOX_OK)
        return status;
    bool alive = true;
    while (alive && !e.ended)
        alive = hox__warm_wait(study->warm, -1, 1, &listener);
    *line = e.last;
    if (e.last.kind == wanted && e.end.exited && e.end.code == 0)
        return HOX_OK;
    if (e.last.kind == HOX__LINE_FAILED)
        return hox_fail(err, e.last.status < 0 ? e.last.status : HOX_ERR_DATA, "%s", e.last.text);
    return hox_fail_code(err, HOX_ERR_IO, "E0901",
                         "the process that saves the best model ended early; was the machine out "
                         "of memory?");
}

/* The best trial's weights are there, or are made again from its record. */
static hox_status have_model(hox_study *study, hox__task *task, hox_error *err)
{
    hox__line line;
    if (hox__model_kept(study, task->trial))
        return HOX_OK;
    return run_errand(study, task, NULL, HOX__LINE_RESULT, &line, err);
}

static hox_status note_reading(hox_study *study, hox_final *final, hox_error *err)
{
    hox__study_more more;
    if (isnan(final->test))
        return HOX_OK;
    hox_status status = hox__store_more(study->store, study->id, &more, err);
    if (status != HOX_OK)
        return status;
    final->reading = more.readings + 1;
    const hox__event event = {.type = "test.read", .value = final->test};
    return hox__store_append(study->store, study->id, &event, err);
}

static hox_status finish(hox_study *study, const hox__suggestion *best, const char *model_path,
                         hox_final *final, hox_error *err)
{
    hox__line line;
    hox__task task = {
        .trial = best->trial,
        .seed = best->seed,
        .budget = study->budget,
        .memory_bytes = (int64_t)(0.8 * (double)hox__memory_bytes()),
        .walk = best->walk,
        .model = hox__model_path(study, best->trial, study->arena),
        .keep_from = (double)NAN,
    };
    if (!task.model)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to save the best model");
    hox_status status = have_model(study, &task, err);
    if (status == HOX_OK)
        status = run_errand(study, &task, model_path, HOX__LINE_SCORE, &line, err);
    if (status != HOX_OK)
        return status;
    *final = (hox_final){.test = line.value,
                         .standard_error = line.standard_error,
                         .params = line.params,
                         .bytes = line.bytes};
    return note_reading(study, final, err);
}

hox_status hox_study_finish(hox_study *study, const char *model_path, hox_final *final,
                            hox_error *err)
{
    hox__suggestion best;
    if (!study->objective->models)
        return hox_fail(err, HOX_ERR_ARGUMENT, "study `%s` tunes a program: there is no model",
                        study->name);
    if (!study->has_best)
        return hox_fail(err, HOX_ERR_EMPTY, "study `%s` has no finished trial", study->name);
    hox_status status = hox__study_recall(study, study->best_trial, &best, err);
    if (status != HOX_OK)
        return status;
    status = finish(study, &best, model_path, final, err);
    hox__suggestion_free(&best);
    return status;
}
