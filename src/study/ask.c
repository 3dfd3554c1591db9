#include "study/ask.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "study/point.h"
#include "study/remote.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- opening ---- */

/* Through its owner when there is one that listens, else as the owner. */
static hox_status join(const char *store, const char *name, hox__stay stay, hox_study **study,
                       hox_error *err)
{
    hox__remote *owner;
    *study = NULL;
    const hox_status status = hox__remote_open(store, name, &owner, err);
    if (status == HOX_OK)
        return hox__study_open_through(owner, store, NULL, true, study, err);
    if (status != HOX_DONE)
        return status;
    return hox__study_open_to_drive(store, name, stay, study, err);
}

hox_status hox__study_join(const char *store, const char *name, double wait_s, hox__stay stay,
                           hox_study **study, hox_error *err)
{
    static const double pause_s = 0.004;
    const double until = hox__clock_s() + wait_s;
    for (;;) {
        hox_error why = {0};
        const hox_status status = join(store, name, stay, study, &why);
        if (status != HOX_ERR_BUSY || hox__clock_s() >= until) {
            if (status != HOX_OK && err)
                *err = why;
            return status;
        }
        hox__sleep_s(pause_s);
    }
}

/* ---- leases ---- */

/* Who has the trial: the word of its last lease; "" when nobody has. */
static hox_status holder(hox_study *study, uint64_t trial, hox__trial_row *row, char word[20],
                         hox_error *err)
{
    const hox_status status = hox__store_trial(study->store, study->id, trial, row, err);
    const char *space = status == HOX_OK ? strchr(row->worker, ' ') : NULL;
    snprintf(word, 20, "%s", space ? space + 1 : "");
    return status;
}

/* Until when, on the clock since boot. For a year at most: whoever asks may say any number. */
static int64_t leased_until(double lease_s)
{
    static const double most_s = 365.0 * 86400;
    return hox__clock_boot_ms() + (int64_t)(1000 * fmin(lease_s, most_s));
}

static void say_holder(const hox_study *study, const char *word, char who[64])
{
    snprintf(who, 64, "%s %s", study->boot, word);
}

static hox_status lease(hox_study *study, uint64_t trial, const char *word, double lease_s,
                        hox_error *err)
{
    char who[64];
    say_holder(study, word, who);
    const hox__event event = {
        .type = "trial.lease", .trial = trial, .detail = who, .lease_ms = leased_until(lease_s)};
    const hox_status status = hox__store_append(study->store, study->id, &event, err);
    if (!study->unheard)
        hox__study_leased(study, &event);
    return status;
}

/* ---- asking ---- */

static hox_status hand_out(hox_study *study, hox__asked *out, const hox__turn *turn, double lease_s,
                           hox_error *err)
{
    char who[64];
    const uint64_t trial = out->what.trial;
    say_holder(study, out->lease, who);
    const hox__event start = {.type = "trial.start",
                              .trial = trial,
                              .budget = turn->budget,
                              .step = turn->from,
                              .detail = who,
                              .lease_ms = leased_until(lease_s)};
    hox_status status = turn->known ? HOX_OK : hox__study_write_asked(study, &out->what, err);
    if (status == HOX_OK)
        status = hox__store_append(study->store, study->id, &start, err);
    if (status == HOX_OK)
        status = hox__study_started(study, trial, turn->budget, err);
    if (status == HOX_OK)
        hox__study_leased(study, &start);
    if (status == HOX_OK)
        study->trial[trial].again = true; /* until it is told */
    return status;
}

hox_status hox__study_ask(hox_study *study, double lease_s, bool lasting, hox__asked *out,
                          hox_error *err)
{
    const hox__turn_options options = {.again = true, .begin = true};
    return study->owner ? hox__remote_ask(study, lease_s, lasting, out, err)
                        : hox__study_lease(study, &options, lease_s, lasting, out, err);
}

hox_status hox__study_lease(hox_study *study, const hox__turn_options *options, double lease_s,
                            bool lasting, hox__asked *out, hox_error *err)
{
    hox__turn turn;
    *out = (hox__asked){.what = {.repeat_of = -1}};
    snprintf(out->lease, sizeof out->lease, "%016" PRIx64, hox__entropy_u64());
    hox_status status = hox__study_turn(study, options, &turn, err);
    if (status != HOX_OK)
        return status;
    out->what = turn.what;
    out->budget = turn.budget;
    status =
        lasting ? hox__store_begin(study->store, err) : hox__store_begin_light(study->store, err);
    if (status != HOX_OK)
        return status;
    status = hand_out(study, out, &turn, lease_s, err);
    return hox__store_end(study->store, status, err);
}

hox_status hox__study_enqueue(hox_study *study, const char *walk, uint64_t *trial, hox_error *err)
{
    hox__suggestion what;
    if (study->owner)
        return hox__remote_queue(study, walk, trial, err);
    hox_status status = hox__study_propose(study, (uint64_t)study->trials, walk, &what, err);
    if (status == HOX_OK)
        status = hox__study_write_asked(study, &what, err);
    *trial = what.trial;
    hox__suggestion_free(&what);
    return status;
}

hox_status hox__study_try(hox_study *study, const char *point, uint64_t *trial, hox_error *err)
{
    hox_status status = hox__point_read(point, study->walk, err);
    if (status != HOX_OK)
        return status;
    char *walk = hox_walk_text(study->walk);
    status = walk ? hox__study_enqueue(study, walk, trial, err)
                  : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a trial");
    hox_text_free(walk);
    return status;
}

/* ---- telling ---- */

static hox_status check_trial(const hox_study *study, uint64_t trial, hox_error *err)
{
    if (trial < (uint64_t)study->trials || study->unheard)
        return HOX_OK;
    return hox_fail_code(err, HOX_ERR_DATA, "E0605", "there is no trial %" PRIu64 " in study `%s`",
                         trial, study->name);
}

static bool has_ended(const hox__trial_row *row)
{
    return hox__trial_is_over(row->state) || row->state == HOX_TRIAL_PAUSED;
}

static hox_status check_lease(const hox__told *told, const char *word, hox_error *err)
{
    if (!told->lease || strcmp(told->lease, word) == 0)
        return HOX_OK;
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0805",
                         "trial %" PRIu64 " is not yours any more: its lease ended and somebody "
                         "else has it\nask for another",
                         told->trial);
}

/* The same again is fine: HOX_DONE. */
static hox_status again(const hox__told *told, const hox__trial_row *row, hox_error *err)
{
    const bool failed = told->failed || !isfinite(told->value);
    const bool same = failed ? row->state == HOX_TRIAL_FAILED
                             : row->state != HOX_TRIAL_FAILED && row->value == told->value;
    if (same)
        return HOX_DONE;
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0804",
                         "trial %" PRIu64 " has ended already, with another result", told->trial);
}

static bool take_step(void *ctx, const hox__report_row *row)
{
    *(int64_t *)ctx = row->step;
    return true;
}

static hox_status note_of(hox_study *study, uint64_t trial, hox__trial_note *note, hox_error *err)
{
    *note = study->unheard ? (hox__trial_note){.step = 0} : study->trial[trial];
    return study->unheard
               ? hox__store_reports(study->store, study->id, trial, take_step, &note->step, err)
               : HOX_OK;
}

/* What is told of a trial that was granted a part of the budget is where it has come to by then. */
static hox_status come_to_budget(hox_study *study, const hox__told *told, hox_error *err)
{
    hox_verdict verdict;
    if (!study->allocator || !study->allocator->next)
        return HOX_OK;
    const hox__trial_note *note = &study->trial[told->trial];
    if (note->said != HOX_VERDICT_GO)
        return HOX_OK;
    const hox__event event = {
        .type = "trial.report",
        .trial = told->trial,
        .step = (double)note->step < note->budget ? (int64_t)note->budget : note->step,
        .budget = note->budget,
        .value = told->value,
        .accuracy = (double)NAN,
        .loss = (double)NAN,
        .train_loss = (double)NAN,
        .metrics = told->metrics,
        .violation = told->violation,
    };
    const hox_status status = hox__store_append(study->store, study->id, &event, err);
    return status == HOX_OK ? hox__study_reported(study, &event, &verdict, err) : status;
}

hox_status hox__study_tell(hox_study *study, const hox__told *told, hox_error *err)
{
    hox__event end;
    const hox_status status = study->owner ? hox__remote_tell(study, told, err)
                                           : hox__study_settle(study, told, &end, err);
    return status == HOX_DONE ? HOX_OK : status;
}

hox_status hox__study_settle(hox_study *study, const hox__told *told, hox__event *end,
                             hox_error *err)
{
    static const char *const state[] = {
        [HOX_VERDICT_GO] = "done", [HOX_VERDICT_STOP] = "pruned", [HOX_VERDICT_PAUSE] = "paused"};
    char word[20];
    hox__trial_row row;
    hox_status status = check_trial(study, told->trial, err);
    if (status == HOX_OK)
        status = holder(study, told->trial, &row, word, err);
    if (status == HOX_OK)
        status = check_lease(told, word, err);
    if (status != HOX_OK)
        return status;
    if (has_ended(&row))
        return again(told, &row, err);
    hox__trial_note note;
    const bool failed = told->failed || !isfinite(told->value);
    status = failed ? HOX_OK : come_to_budget(study, told, err);
    if (status == HOX_OK)
        status = note_of(study, told->trial, &note, err);
    if (status != HOX_OK)
        return status;
    *end = (hox__event){
        .type = "trial.end",
        .trial = told->trial,
        .state = failed ? "failed" : state[note.said],
        .reason = !failed        ? ""
                  : told->failed ? "exit"
                                 : "nan",
        .detail = told->failed ? told->failed
                  : failed     ? "the value is not a finite number"
                               : "",
        .value = failed ? (double)NAN : told->value,
        .scores = failed ? NULL : told->scores,
        .metrics = told->metrics,
        .violation = told->violation,
        .epochs = note.step,
    };
    status = hox__store_append(study->store, study->id, end, err);
    return status == HOX_OK && !study->unheard ? hox__study_ended(study, end, err) : status;
}

hox_status hox__study_report(hox_study *study, const hox__told *told, int64_t step, double lease_s,
                             bool *go, hox_error *err)
{
    char word[20];
    hox__trial_row row;
    hox__trial_note note;
    hox_verdict verdict = HOX_VERDICT_GO;
    if (study->owner)
        return hox__remote_report(study, told, step, lease_s, go, err);
    hox_status status = check_trial(study, told->trial, err);
    if (status == HOX_OK)
        status = holder(study, told->trial, &row, word, err);
    if (status == HOX_OK)
        status = check_lease(told, word, err);
    if (status == HOX_OK && has_ended(&row))
        status = hox_fail_code(err, HOX_ERR_ARGUMENT, "E0804",
                               "trial %" PRIu64 " has ended already", told->trial);
    if (status == HOX_OK)
        status = note_of(study, told->trial, &note, err);
    if (status == HOX_OK)
        status = hox__store_begin_light(study->store, err);
    if (status != HOX_OK)
        return status;
    const hox__event event = {
        .type = "trial.report",
        .trial = told->trial,
        .step = step < 0 ? note.step + 1 : step,
        .value = told->value,
        .accuracy = (double)NAN,
        .loss = (double)NAN,
        .train_loss = (double)NAN,
        .metrics = told->metrics,
        .violation = (double)NAN,
    };
    status = hox__store_append(study->store, study->id, &event, err);
    if (status == HOX_OK && *word)
        status = lease(study, told->trial, word, lease_s, err);
    status = hox__store_end(study->store, status, err);
    *go = true;
    if (status != HOX_OK || study->unheard)
        return status;
    status = hox__study_reported(study, &event, &verdict, err);
    *go = study->trial[told->trial].said == HOX_VERDICT_GO;
    return status;
}
