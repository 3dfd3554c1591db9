/* What has happened in a study, as its strategy, its counts and its bounds see it. Live events and
 * the replayed log take the same way, so that a resumed study is the one that was cut off. */
#include "base/alloc.h"
#include "study/study.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the trials of the study");
}

bool hox__study_better(const hox_study *study, double a, double b)
{
    return study->maximize ? a > b : a < b;
}

/* ---- asked ---- */

static bool note_trial(hox_study *study, uint64_t trial)
{
    if ((int64_t)trial >= study->room) {
        const int64_t room = study->room ? 2 * study->room : 256;
        hox__trial_note *grown = hox__realloc(study->trial, (size_t)room, sizeof *grown);
        if (!grown)
            return false;
        study->trial = grown;
        study->room = room;
    }
    study->trial[trial] = (hox__trial_note){.state = HOX_TRIAL_QUEUED, .again = true};
    study->trials = (int64_t)trial + 1;
    return true;
}

/* Half of a SHA-256 tells sentences apart. */
static bool note_key(hox_study *study, uint64_t trial, const char *key)
{
    enum { DIGITS = 32 };
    const size_t n = strlen(key);
    if (hox__table_has(study->keys, key, n < DIGITS ? n : DIGITS))
        return true;
    return hox__table_put(study->keys, key, n < DIGITS ? n : DIGITS,
                          (void *)(uintptr_t)(trial + 1));
}

hox_status hox__study_asked(hox_study *study, uint64_t trial, hox_walk *walk, const char *key,
                            hox_error *err)
{
    if (!note_trial(study, trial) || !note_key(study, trial, key))
        return no_memory(err);
    if (!study->strategy->asked)
        return HOX_OK;
    hox_asked asked;
    asked.answer = hox_walk_answers(walk, &asked.n);
    return study->strategy->asked(study->state, trial, &asked) == HOX_OK ? HOX_OK : no_memory(err);
}

/* ---- ended ---- */

static hox_trial_state state_of(const char *word)
{
    if (strcmp(word, "done") == 0)
        return HOX_TRIAL_DONE;
    if (strcmp(word, "pruned") == 0)
        return HOX_TRIAL_PRUNED;
    return strcmp(word, "failed") == 0 ? HOX_TRIAL_FAILED : HOX_TRIAL_CANCELLED;
}

/* Have the first trials all failed for one reason? */
static void note_alike(hox_study *study, const hox__event *end, hox_trial_state state)
{
    if (state != HOX_TRIAL_FAILED) {
        study->alike = -1;
        return;
    }
    if (study->alike == 0)
        snprintf(study->reason, sizeof study->reason, "%s", end->reason);
    if (study->alike >= 0)
        study->alike = strcmp(study->reason, end->reason) == 0 ? study->alike + 1 : -1;
}

static void note_best(hox_study *study, const hox__event *end)
{
    const bool equal_earlier =
        study->has_best && end->value == study->best_value && end->trial < study->best_trial;
    if (isnan(end->value))
        return;
    if (study->has_best && !equal_earlier &&
        !hox__study_better(study, end->value, study->best_value))
        return;
    study->has_best = true;
    study->best_trial = end->trial;
    study->best_value = end->value;
}

hox_status hox__study_ended(hox_study *study, const hox__event *end, hox_error *err)
{
    const hox_trial_state state = state_of(end->state);
    hox__trial_note *note = &study->trial[end->trial];
    note->state = state;
    note->again = state == HOX_TRIAL_CANCELLED;
    if (note->again) /* to the strategy it is pending still */
        return HOX_OK;
    study->done += state == HOX_TRIAL_DONE;
    study->pruned += state == HOX_TRIAL_PRUNED;
    study->failed += state == HOX_TRIAL_FAILED;
    study->epochs += end->epochs;
    note_alike(study, end, state);
    if (state == HOX_TRIAL_DONE)
        note_best(study, end);
    if (!study->strategy->told)
        return HOX_OK;
    const bool scored = state == HOX_TRIAL_DONE || state == HOX_TRIAL_PRUNED;
    const hox_outcome outcome = {
        .state = state,
        .score = !scored           ? (double)NAN
                 : study->maximize ? end->value
                                   : -end->value,
        .budget = study->budget,
    };
    return study->strategy->told(study->state, end->trial, &outcome) == HOX_OK ? HOX_OK
                                                                               : no_memory(err);
}

/* ---- replay ---- */

typedef struct {
    hox_study *study;
    hox_status status;
    hox_error *err;
} replayer;

static hox_status damaged(const hox_study *study, uint64_t trial, const char *why, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0604",
                         "%s: the store is damaged: trial %llu of study `%s` %s", study->path,
                         (unsigned long long)trial, study->name, why);
}

static hox_status replay_asked(hox_study *study, const hox__event *e, hox_error *err)
{
    hox_error why = {0};
    if (e->trial != (uint64_t)study->trials)
        return damaged(study, e->trial, "was asked out of order", err);
    if (study->strategy->asked) {
        const hox_status status = hox_walk_read(study->walk, e->walk, &why);
        if (status == HOX_ERR_MEMORY)
            return no_memory(err);
        if (status != HOX_OK)
            return damaged(study, e->trial, why.message, err);
    }
    return hox__study_asked(study, e->trial, study->walk, e->key, err);
}

static bool see(void *ctx, const hox__event *e)
{
    replayer *r = ctx;
    const bool of_trial = strncmp(e->type, "trial.", 6) == 0;
    if (strcmp(e->type, "trial.ask") == 0)
        r->status = replay_asked(r->study, e, r->err);
    else if (of_trial && e->trial >= (uint64_t)r->study->trials)
        r->status = damaged(r->study, e->trial, "was never asked", r->err);
    else if (strcmp(e->type, "trial.end") == 0 && r->study->trial[e->trial].state != HOX_TRIAL_DONE)
        r->status = hox__study_ended(r->study, e, r->err);
    return r->status == HOX_OK;
}

hox_status hox__study_replay(hox_study *study, hox_error *err)
{
    replayer r = {.study = study, .err = err};
    const hox_status status = hox__store_events(study->store, study->id, see, &r, err);
    return r.status != HOX_OK ? r.status : status;
}
