/* What runs next. */
#include "study/study.h"

/* Trials that were asked and are neither running nor over: the first that was cut off, else the
 * first that was enqueued; -1: none. */
static int64_t first_waiting(const hox_study *study, const hox__turn_options *o, bool *begun)
{
    int64_t enqueued = -1;
    *begun = false;
    for (int64_t trial = 0; o->again && trial < study->trials; trial++) {
        const hox__trial_note *note = &study->trial[trial];
        if (!note->again || hox__trial_is_leased(study, trial))
            continue;
        *begun = note->begun;
        if (note->begun)
            return trial;
        enqueued = enqueued < 0 ? trial : enqueued;
    }
    return enqueued;
}

static hox_status recall(hox_study *study, int64_t trial, double budget, hox__turn *turn,
                         hox_error *err)
{
    *turn = (hox__turn){.budget = budget, .from = study->trial[trial].from, .known = true};
    return hox__study_recall(study, (uint64_t)trial, &turn->what, err);
}

static hox_status grant_of(const hox_study *study, bool begin, hox_grant *grant, hox_error *err)
{
    const hox_allocator *a = study->allocator;
    if (a && a->next)
        return a->next(study->allocator_state, begin, grant, err);
    *grant = (hox_grant){.fresh = true, .budget = study->budget};
    return begin ? HOX_OK : HOX_DONE;
}

/* One that goes on; it may have been told to pause and not have come to it yet. */
static hox_status go_on(hox_study *study, const hox_grant *grant, hox__turn *turn, hox_error *err)
{
    if (study->trial[grant->trial].state != HOX_TRIAL_PAUSED)
        return HOX_WAIT;
    return recall(study, (int64_t)grant->trial, grant->budget, turn, err);
}

hox_status hox__study_turn(hox_study *study, const hox__turn_options *o, hox__turn *turn,
                           hox_error *err)
{
    bool begun;
    hox_grant grant;
    const int64_t waiting = first_waiting(study, o, &begun);
    hox_status status;
    if (waiting >= 0 && begun) {
        status = recall(study, waiting, study->trial[waiting].budget, turn, err);
        turn->waiting = true;
        return status;
    }
    status = grant_of(study, o->begin, &grant, err);
    if (status != HOX_OK)
        return status;
    if (!grant.fresh || waiting >= 0) {
        status = grant.fresh ? recall(study, waiting, grant.budget, turn, err)
                             : go_on(study, &grant, turn, err);
        turn->waiting = waiting >= 0;
        return status;
    }
    *turn = (hox__turn){.budget = grant.budget};
    status = hox__study_suggest(study, (uint64_t)study->trials, &turn->what, err);
    if (status != HOX_DONE)
        return status;
    status = grant_of(study, false, &grant, err); /* no sentence is new */
    return status == HOX_OK ? go_on(study, &grant, turn, err) : status;
}

int64_t hox__study_left_behind(hox_study *study)
{
    const hox_allocator *a = study->allocator;
    if (study->paused == 0 || !a || !a->is_left)
        return -1;
    bool before = true;
    for (int64_t i = study->first_paused; i < study->trials; i++) {
        if (study->trial[i].state != HOX_TRIAL_PAUSED)
            continue;
        if (a->is_left(study->allocator_state, (uint64_t)i))
            return i;
        study->first_paused = before ? i : study->first_paused;
        before = false;
    }
    return -1;
}
