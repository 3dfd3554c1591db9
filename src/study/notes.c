/* What has happened in a study, as its strategy, its counts and its bounds see it. Live events and
 * the replayed log take the same way, so that a resumed study is the one that was cut off. */
#include "base/alloc.h"
#include "base/clock.h"
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

double hox__study_value_of(const hox_study *study, const hox__line *report)
{
    if (report->scores > 0)
        return report->score[0];
    return strcmp(study->metric, "loss") == 0 ? report->loss : report->accuracy;
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

static bool note_key(hox_study *study, uint64_t trial, const char *key)
{
    size_t n = strlen(key);
    n = n < HOX__KEY_DIGITS ? n : HOX__KEY_DIGITS;
    return hox__table_add(study->keys, key, n, (void *)(uintptr_t)(trial + 1));
}

static hox_status tell_asked(hox_study *study, uint64_t trial, const hox_walk *walk, hox_error *err)
{
    hox_asked asked;
    asked.answer = hox_walk_answers(walk, &asked.n);
    return study->strategy->asked(study->state, trial, &asked) == HOX_OK ? HOX_OK : no_memory(err);
}

/* A grid over a changed space comes by cells that were filled in the old one. */
static hox_status pass_known(hox_study *study, hox_error *err)
{
    hox__suggestion s = {0};
    hox_rng rng = study->root;
    const hox_strategy *strategy = study->strategy;
    hox_status status = study->past && strategy->no_default ? HOX_OK : HOX_DONE;
    while (status == HOX_OK) {
        hox_walk_restart(study->walk);
        status = strategy->suggest(study->state, 0, study->walk, &rng, NULL);
        if (status == HOX_OK)
            status = hox__study_write_down(study, &s, err);
        if (status == HOX_OK)
            status = s.repeat_of < 0 ? HOX_DONE
                                     : tell_asked(study, (uint64_t)s.repeat_of, study->walk, err);
    }
    hox__suggestion_free(&s);
    return status == HOX_ERR_MEMORY ? no_memory(err) : HOX_OK;
}

hox_status hox__study_asked(hox_study *study, uint64_t trial, hox_walk *walk, const char *key,
                            hox_error *err)
{
    hox__inheritance_asked(study, trial, key); /* before the key is known */
    if (!note_trial(study, trial) || !note_key(study, trial, key))
        return no_memory(err);
    if (!study->strategy->asked)
        return HOX_OK;
    const hox_status status = tell_asked(study, trial, walk, err);
    return status == HOX_OK ? pass_known(study, err) : status;
}

/* ---- running ---- */

hox_status hox__study_started(hox_study *study, uint64_t trial, double budget, hox_error *err)
{
    hox__trial_note *note = &study->trial[trial];
    study->paused -= note->state == HOX_TRIAL_PAUSED;
    *note = (hox__trial_note){.state = HOX_TRIAL_RUNNING,
                              .value = (double)NAN,
                              .lost = note->lost,
                              .begun = true,
                              .outside = note->outside,
                              .budget = budget,
                              .from = note->from,
                              .step = note->from};
    if (note->outside || !study->allocator || !study->allocator->started)
        return HOX_OK;
    return study->allocator->started(study->allocator_state, trial, budget) == HOX_OK
               ? HOX_OK
               : no_memory(err);
}

hox_status hox__study_reported(hox_study *study, const hox__event *report, hox_verdict *verdict,
                               hox_error *err)
{
    hox__trial_note *note = &study->trial[report->trial];
    *verdict = HOX_VERDICT_GO;
    const bool last = report->budget > 0; /* it ended by itself within what it was granted */
    if (report->step <= note->step && note->step > 0 && !last)
        return HOX_OK;
    note->step = report->step;
    note->value = report->value;
    if (note->outside || !study->allocator || !study->allocator->report)
        return HOX_OK;
    const double value = study->maximize ? report->value : -report->value;
    const double step = last ? report->budget : (double)report->step;
    if (study->allocator->report(study->allocator_state, report->trial, step, value, verdict) !=
        HOX_OK)
        return no_memory(err);
    if (*verdict != HOX_VERDICT_GO)
        note->said = *verdict;
    return HOX_OK;
}

/* ---- leases ---- */

/* "BOOT who": the clock of a lease is that of the machine since it was started. */
void hox__study_leased(hox_study *study, const hox__event *e)
{
    const size_t n = strlen(study->boot);
    const bool here = strncmp(e->detail, study->boot, n) == 0 && e->detail[n] == ' ';
    study->trial[e->trial].lease_ms = here ? e->lease_ms : 0;
    study->has_leases = true;
}

bool hox__trial_is_leased(const hox_study *study, int64_t trial)
{
    const hox__trial_note *note = &study->trial[trial];
    return note->again && note->lease_ms > 0 && note->lease_ms > hox__clock_boot_ms();
}

int64_t hox__trials_leased(const hox_study *study)
{
    int64_t n = 0;
    for (int64_t i = 0; study->has_leases && i < study->trials; i++)
        n += hox__trial_is_leased(study, i);
    return n;
}

/* ---- ended ---- */

static hox_trial_state state_of(const char *word)
{
    if (strcmp(word, "done") == 0)
        return HOX_TRIAL_DONE;
    if (strcmp(word, "pruned") == 0)
        return HOX_TRIAL_PRUNED;
    if (strcmp(word, "paused") == 0)
        return HOX_TRIAL_PAUSED;
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
    if (isnan(end->value) || end->violation > 0 || study->trial[end->trial].outside)
        return;
    if (study->has_best && !equal_earlier &&
        !hox__study_better(study, end->value, study->best_value))
        return;
    study->has_best = true;
    study->best_trial = end->trial;
    study->best_value = end->value;
}

/* Larger is better, whatever the goals' directions; NaN stays. */
static int read_scores(const hox_study *study, const char *text, double *score)
{
    const int said = hox__aim_scores(&study->aim, text, score);
    const int n = said < study->aim.goals ? said : study->aim.goals;
    for (int i = 0; i < n; i++)
        if (!study->aim.goal[i].maximize)
            score[i] = -score[i];
    return n;
}

/* What a method hears: a paused trial has come as far as a pruned one. */
static hox_status tell_methods(hox_study *study, const hox__event *end, hox_trial_state state,
                               hox_error *err)
{
    double score[HOX__AIMS_MAX];
    const bool paused = state == HOX_TRIAL_PAUSED;
    if (study->trial[end->trial].outside)
        return HOX_OK;
    state = paused ? HOX_TRIAL_PRUNED : state;
    const bool scored = state == HOX_TRIAL_DONE || state == HOX_TRIAL_PRUNED;
    const int n = scored ? read_scores(study, end->scores, score) : 0;
    const hox_outcome outcome = {
        .state = state,
        .score = !scored           ? (double)NAN
                 : study->maximize ? end->value
                                   : -end->value,
        .budget = state == HOX_TRIAL_PRUNED ? (double)end->epochs : study->budget,
        .scores = n > 1 ? score : NULL,
        .objectives = n,
        .violation = scored && end->violation > 0 ? end->violation : 0,
        .seconds = end->cpu_s,
    };
    if (study->inheritance)
        hox__transfer_told(&study->inheritance->transfer, end->trial, &outcome);
    if (study->strategy->told &&
        study->strategy->told(study->state, end->trial, &outcome) != HOX_OK)
        return no_memory(err);
    if (!paused && study->allocator && study->allocator->told &&
        study->allocator->told(study->allocator_state, end->trial, &outcome) != HOX_OK)
        return no_memory(err);
    return HOX_OK;
}

static hox_status note_paused(hox_study *study, const hox__event *end, hox_error *err)
{
    hox__trial_note *note = &study->trial[end->trial];
    study->epochs += end->epochs > note->from ? end->epochs - note->from : 0;
    note->from = note->step = end->epochs;
    note->value = end->value;
    study->paused++;
    study->alike = -1;
    if ((int64_t)end->trial < study->first_paused)
        study->first_paused = (int64_t)end->trial;
    return tell_methods(study, end, HOX_TRIAL_PAUSED, err);
}

hox_status hox__study_ended(hox_study *study, const hox__event *end, hox_error *err)
{
    const hox_trial_state state = state_of(end->state);
    hox__trial_note *note = &study->trial[end->trial];
    const bool was_paused = note->state == HOX_TRIAL_PAUSED;
    note->state = state;
    note->again = state == HOX_TRIAL_CANCELLED;
    note->lost += note->again && strcmp(end->reason, "lost") == 0;
    if (note->again) /* to the strategy it is pending still */
        return HOX_OK;
    if (state == HOX_TRIAL_PAUSED)
        return note_paused(study, end, err);
    study->paused -= was_paused;
    study->done += state == HOX_TRIAL_DONE;
    study->pruned += state == HOX_TRIAL_PRUNED;
    study->failed += state == HOX_TRIAL_FAILED;
    study->epochs += end->epochs > note->from ? end->epochs - note->from : 0;
    note_alike(study, end, state);
    if (state == HOX_TRIAL_DONE)
        note_best(study, end);
    if (was_paused) /* it was left behind: nothing that they have not heard */
        return HOX_OK;
    return tell_methods(study, end, state, err);
}

/* ---- replay ---- */

typedef struct {
    hox_study *study;
    hox__ask_check check;
    void *ctx;
    int amended; /* how often until now */
    hox_status status;
    hox_error *err;
} replayer;

static hox_status damaged(const hox_study *study, uint64_t trial, const char *why, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0604",
                         "%s: the store is damaged: trial %llu of study `%s` %s", study->path,
                         (unsigned long long)trial, study->name, why);
}

/* Of another space than that of now: known by its walk there, or to nobody. */
static hox_status replay_past(hox_study *study, const hox__event *e, hox_error *err)
{
    hox__carried c;
    hox__suggestion s = {0};
    hox_status status = hox__past_bring(study->past, e->trial, e->walk, study->walk, &c, err);
    if (status != HOX_OK)
        return status;
    if (c.fit != HOX__CARRIED) {
        hox__inheritance_asked(study, e->trial, "");
        if (!note_trial(study, e->trial))
            return no_memory(err);
        study->trial[e->trial].outside = true;
        return HOX_OK;
    }
    status = hox__study_write_down(study, &s, err);
    if (status == HOX_OK)
        status = hox__study_asked(study, e->trial, study->walk, s.key, err);
    hox__suggestion_free(&s);
    return status;
}

static hox_status replay_asked(hox_study *study, const hox__event *e, hox_error *err)
{
    hox_error why = {0};
    if (e->trial != (uint64_t)study->trials)
        return damaged(study, e->trial, "was asked out of order", err);
    if (hox__past_has(study->past, e->trial))
        return replay_past(study, e, err);
    if (study->strategy->asked) {
        const hox_status status = hox_walk_read(study->walk, e->walk, &why);
        if (status == HOX_ERR_MEMORY)
            return no_memory(err);
        if (status != HOX_OK)
            return damaged(study, e->trial, why.message, err);
    }
    return hox__study_asked(study, e->trial, study->walk, e->key, err);
}

/* It did not end: until it does, it was cut off. */
static hox_status replay_started(hox_study *study, const hox__event *e, hox_error *err)
{
    const double budget = e->budget > 0 ? e->budget : study->budget;
    const hox_status status = hox__study_started(study, e->trial, budget, err);
    study->trial[e->trial].again = true;
    if (e->lease_ms > 0)
        hox__study_leased(study, e);
    return status;
}

/* Walks of the space that the study began with. */
static hox_status replay_warm(hox_study *study, const char *walks, hox_error *err)
{
    hox__text text = {0};
    if (!study->past)
        return hox__study_take_inheritance(study, walks, err);
    hox_status status = hox__past_bring_lines(study->past, walks, study->walk, &text, err);
    if (status == HOX_OK && text.len)
        status = hox__study_take_inheritance(study, text.data, err);
    hox__text_deinit(&text);
    return status;
}

static bool see(void *ctx, const hox__event *e)
{
    replayer *r = ctx;
    const bool of_trial = strncmp(e->type, "trial.", 6) == 0;
    hox_verdict verdict;
    if (strcmp(e->type, "trial.ask") == 0) {
        r->status = r->check ? r->check(r->ctx, e) : HOX_OK;
        if (r->status == HOX_OK)
            r->status = replay_asked(r->study, e, r->err);
    } else if (of_trial && e->trial >= (uint64_t)r->study->trials)
        r->status = damaged(r->study, e->trial, "was never asked", r->err);
    else if (strcmp(e->type, "trial.start") == 0)
        r->status = replay_started(r->study, e, r->err);
    else if (strcmp(e->type, "trial.report") == 0)
        r->status = hox__study_reported(r->study, e, &verdict, r->err);
    else if (strcmp(e->type, "trial.lease") == 0)
        hox__study_leased(r->study, e);
    else if (strcmp(e->type, "study.warm") == 0)
        r->status = replay_warm(r->study, e->detail, r->err);
    else if (strcmp(e->type, "study.amend") == 0 && r->study->era == r->amended++)
        r->status = HOX_DONE; /* what comes then is not of this era */
    else if (strcmp(e->type, "trial.end") == 0 && r->study->trial[e->trial].state != HOX_TRIAL_DONE)
        r->status = hox__study_ended(r->study, e, r->err);
    return r->status == HOX_OK;
}

hox_status hox__study_replay(hox_study *study, hox__ask_check check, void *ctx, hox_error *err)
{
    replayer r = {.study = study, .check = check, .ctx = ctx, .err = err};
    const hox_status status = hox__store_events(study->store, study->id, see, &r, err);
    if (r.status == HOX_DONE && !check) /* an end of the era, not of a check */
        return HOX_OK;
    return r.status != HOX_OK ? r.status : status;
}
