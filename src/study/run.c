/* The loop of a run: cut-off trials again, then new ones, until a bound is reached, the strategy
 * has nothing left, or somebody asks to stop. One thread; everything that happens is written to the
 * log before it is shown. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/proc.h"
#include "study/owner.h"
#include "study/running.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* So many failures of one kind at the start end the run; when nothing was measured in the first
 * trial, nothing will be. */
enum { ALIKE_MAX = 3, UNMEASURED_MAX = 1 };
static const double tick_s = 0.1;       /* progress is asked for at least so often */
static const double memory_share = 0.8; /* of the machine's memory, for all trials together */
static const double put_down_s = 2;     /* in which a native trial has written its state */

/* ---- bounds ---- */

static int64_t settled(const hox_study *study)
{
    return study->done + study->pruned + study->failed;
}

bool hox__run_is_spent(const hox__run *run)
{
    const hox_run_options *o = &run->options;
    return (o->trials > 0 && settled(run->study) >= o->trials) ||
           (o->epochs > 0 && run->study->epochs >= o->epochs);
}

/* Trials under way count as spent, whoever runs them; paused ones have taken theirs. */
bool hox__run_may_begin(const hox__run *run)
{
    const hox_study *study = run->study;
    const int64_t taken =
        settled(study) + study->paused + run->n_running + hox__trials_leased(study);
    return !run->finishing && (run->options.trials <= 0 || taken < run->options.trials);
}

/* Epochs under way count as spent: each is reserved once, by the trial that is granted it. */
bool hox__run_has_epochs(const hox__run *run)
{
    const hox_study *study = run->study;
    double spent = (double)study->epochs;
    for (int i = 0; i < run->slots; i++)
        if (run->slot[i].used)
            spent += fmax(run->slot[i].budget - (double)run->slot[i].from, 0);
    for (int64_t i = 0; study->has_leases && i < study->trials; i++)
        if (hox__trial_is_leased(study, i))
            spent += fmax(study->trial[i].budget - (double)study->trial[i].from, 0);
    return run->options.epochs <= 0 || spent < (double)run->options.epochs;
}

static bool target_met(const hox_study *study, double target)
{
    return study->has_best && !isnan(target) &&
           (study->best_value == target || hox__study_better(study, study->best_value, target));
}

static bool time_is_up(const hox__run *run, double times)
{
    return run->options.time_s > 0 && hox__clock_s() - run->began_s >= times * run->options.time_s;
}

static int alike_max(const hox_study *study)
{
    const bool unmeasured = study->objective->minds && strcmp(study->reason, "output") == 0;
    return unmeasured ? UNMEASURED_MAX : ALIKE_MAX;
}

static bool all_fail_alike(const hox__run *run)
{
    return run->study->alike >= alike_max(run->study) && !run->options.keep_going;
}

/* ---- starting trials ---- */

static hox_status start_one(hox__run *run)
{
    hox__turn turn;
    const bool room = hox__run_may_begin(run);
    const hox__turn_options options = {.again = run->again && room, .begin = room};
    hox_status status = hox__study_turn(run->study, &options, &turn, run->err);
    if (status == HOX_OK) {
        if (room)
            run->again = turn.waiting; /* none is added while this run goes on */
        status = hox__running_start(run, &turn, run->err);
    } else if (status == HOX_DONE && options.begin) {
        run->exhausted = true;
    }
    return status;
}

static hox_status fill(hox__run *run)
{
    hox_status status = hox__run_leave_behind(run);
    while (status == HOX_OK && !run->closing && !run->exhausted && hox__crew_seat(run) &&
           hox__run_has_epochs(run)) {
        status = start_one(run);
        if (status == HOX_DONE || (status == HOX_WAIT && run->n_running > 0)) {
            return HOX_OK;
        } else if (status == HOX_WAIT && run->study->allocator && run->study->allocator->next) {
            run->exhausted = true; /* it waits for a trial that somebody else has */
            return HOX_OK;
        } else if (status == HOX_WAIT) {
            return hox_fail(run->err, HOX_ERR_ARGUMENT,
                            "strategy `%s` waits for a trial, and none is running",
                            run->study->strategy->name);
        }
    }
    return status;
}

/* ---- ending trials ---- */

/* A native trial is given the time to put its work down, unless `at_once`. */
static void cut(hox__run *run, hox__running *r, const char *why, bool at_once)
{
    const bool native = !run->study->objective->minds;
    const double now = hox__clock_s();
    const bool first = !r->cut;
    if (!r->used || r->killed)
        return;
    if (first) {
        r->cut = why;
        r->cut_s = now;
    }
    if (first && native && !at_once) {
        hox__warm_answer(r->warm, r->trial, why, false);
    } else if (first || (native && (at_once || now - r->cut_s > put_down_s))) {
        r->killed = true;
        hox__warm_kill(r->warm, r->trial);
    }
}

static void cut_all(hox__run *run, bool at_once)
{
    run->closing = run->cutting = true;
    for (int i = 0; i < run->slots; i++)
        cut(run, &run->slot[i], "interrupted", at_once);
}

static void cut_late_ones(hox__run *run)
{
    const double now = hox__clock_s();
    for (int i = 0; i < run->slots && run->options.timeout_s > 0; i++)
        if (run->slot[i].used && now - run->slot[i].began_s > run->options.timeout_s)
            cut(run, &run->slot[i], "timeout", true);
}

static void say_alike(hox__run *run)
{
    char text[640];
    if (alike_max(run->study) == 1)
        snprintf(text, sizeof text,
                 "the first trial measured nothing, so the others would not either: %s\n"
                 "--keep-going goes on all the same",
                 run->detail);
    else
        snprintf(text, sizeof text,
                 "the first %d trials all failed alike: %s; --keep-going goes on all the same",
                 ALIKE_MAX, run->study->reason);
    hox__run_event(run, (hox_event){.type = "error", .message = text});
}

/* Cutting now would leave nothing at all: what runs may end, until as much time again has gone; of
 * paused trials the best go on until one is done. */
static void wait_for_the_first(hox__run *run)
{
    const bool pauses = run->study->paused > 0;
    if (!run->closing && !run->finishing)
        hox__run_event(run, (hox_event){.type = "warning",
                                        .message = "the time is up and no trial has finished: the "
                                                   "first one may, for as long again"});
    run->finishing = pauses;
    run->closing |= !pauses;
}

/* Is there something to show for the time that has gone? */
static bool something_came(const hox_study *study)
{
    return study->done > 0 || (study->paused == 0 && settled(study) > 0);
}

static void obey(hox__run *run)
{
    const int stop = run->options.stop ? (int)*run->options.stop : 0;
    if (stop > run->stop && run->stop == 0)
        run->stopped_s = hox__clock_s();
    run->stop = stop > run->stop ? stop : run->stop;
    if (run->stop >= 1)
        run->closing = true;
    const bool minds = run->study->objective->minds;
    if (run->stop >= 2 ||
        (run->stop >= 1 && hox__clock_s() - run->stopped_s > run->options.grace_s))
        cut_all(run, true);
    else if (run->stop >= 1 && !minds)
        cut_all(run, false);
    if (run->stop >= 3)
        for (int i = 0; i < run->slots; i++)
            if (run->slot[i].used)
                hox__running_interrupt(run, &run->slot[i]);
}

static void look_at_bounds(hox__run *run)
{
    obey(run);
    if (target_met(run->study, run->options.target) || time_is_up(run, 2) ||
        (time_is_up(run, 1) && something_came(run->study)))
        cut_all(run, false);
    else if (time_is_up(run, 1))
        wait_for_the_first(run);
    if (!run->closing && all_fail_alike(run)) {
        say_alike(run);
        cut_all(run, false);
    }
    cut_late_ones(run);
}

/* ---- hearing ---- */

hox__running *hox__run_find(hox__run *run, const hox__hand *hand, uint64_t trial)
{
    for (int i = 0; i < run->slots; i++)
        if (run->slot[i].used && run->slot[i].trial == trial && run->slot[i].hand == hand)
            return &run->slot[i];
    return NULL;
}

static void on_line(void *ctx, uint64_t trial, const hox__line *line)
{
    hox__running *r = hox__run_find(ctx, NULL, trial);
    if (r)
        hox__running_line(ctx, r, line);
}

static void on_ended(void *ctx, uint64_t trial, const hox__child_end *end)
{
    hox__running *r = hox__run_find(ctx, NULL, trial);
    if (r)
        hox__running_ended(ctx, r, end);
}

/* It died twice under this trial: the trial is to blame. */
static void lose(hox__run *run, hox__running *r)
{
    hox__event end = {
        .value = (double)NAN,
        .state = "failed",
        .reason = "lost",
        .detail = "the process that holds the data died under it, twice",
        .epochs = r->step,
    };
    hox__running_finish(run, r, &end, hox__clock_s() - r->began_s);
}

/* The warm process is gone, and its trials with it. */
static hox_status warm_again(hox__run *run)
{
    hox__line ready;
    hox_study *study = run->study;
    hox__warm_close(study->warm);
    study->warm = NULL;
    hox_status status = hox__warm_open(study->objective, &study->input, study->store, &study->warm,
                                       &ready, run->err);
    for (int i = 0; status == HOX_OK && i < run->slots; i++) {
        hox__running *r = &run->slot[i];
        if (!r->used || r->hand)
            continue;
        r->warm = study->warm;
        if (r->cut)
            hox__running_interrupt(run, r);
        else if (r->retried)
            lose(run, r);
        else
            status = hox__running_restart(run, r, run->err);
    }
    return status == HOX_OK ? run->status : status;
}

static hox_status hear(hox__run *run)
{
    const hox__warm_listener listener = {.line = on_line, .ended = on_ended, .ctx = run};
    hox__store_gather(run->study->store); /* what comes together is written together */
    const bool alive =
        hox__warm_wait(run->study->warm, hox__owner_fd(run->owner), tick_s, &listener);
    if (run->status == HOX_OK)
        run->status = hox__store_settle(run->study->store, run->err);
    hox__owner_serve(run->owner);
    hox__crew_look(run);
    hox__run_tick(run);
    if (run->status != HOX_OK)
        return run->status;
    return alive ? HOX_OK : warm_again(run);
}

/* ---- the run ---- */

/* Nothing is run here: it goes on while others may still ask or tell. */
static bool serves_others(const hox__run *run)
{
    return run->jobs == 0 && !run->closing && !run->exhausted &&
           (hox__run_may_begin(run) || hox__trials_leased(run->study) > 0);
}

static hox_status loop(hox__run *run)
{
    for (;;) {
        look_at_bounds(run);
        hox_status status = run->status == HOX_OK ? fill(run) : run->status;
        if (status == HOX_OK && run->n_running == 0 && !serves_others(run))
            return HOX_OK;
        if (status == HOX_OK)
            status = hear(run);
        if (status != HOX_OK)
            return status;
    }
}

static hox_status begin(hox__run *run, char **settings)
{
    hox_study *study = run->study;
    hox_run_options *o = &run->options;
    if (hox_study_options_fill(study, o, run->err) != HOX_OK)
        return run->err->status;
    run->memory_bytes = o->memory_bytes > 0 ? o->memory_bytes
                                            : (int64_t)(memory_share * (double)hox__memory_bytes() /
                                                        (o->jobs > 0 ? o->jobs : hox__cores()));
    run->jobs = run->slots = study->jobs = o->jobs > 0 ? o->jobs : 0;
    run->slot = hox__alloc((size_t)run->slots, sizeof *run->slot);
    *settings = hox__run_settings(study, o);
    if (!run->slot || !*settings)
        return hox_fail_code(run->err, HOX_ERR_MEMORY, "E0901", "no memory for a run");
    const hox__event event = {.type = "study.run", .detail = *settings};
    const hox_status status = hox__store_append(study->store, study->id, &event, run->err);
    return status == HOX_OK ? hox__run_conclude(run) : status;
}

/* Others may join; where no socket can be made, none do. */
static void listen(hox__run *run)
{
    hox_error why = {0};
    if (hox__owner_open(run, &run->owner, &why) != HOX_OK)
        hox__run_event(run, (hox_event){.type = "warning", .message = why.message});
}

static hox_status end(hox__run *run, hox_status status)
{
    const bool asked = run->stop > 0;
    const hox__event event = {.type = "study.end",
                              .state = asked || status != HOX_OK ? "interrupted" : "done"};
    if (status == HOX_OK)
        status = hox__store_append(run->study->store, run->study->id, &event, run->err);
    if (status == HOX_OK)
        hox__owner_bye(run->owner);
    hox__run_event(run, (hox_event){.type = "study.end",
                                    .state = event.state,
                                    .seconds = hox__clock_s() - run->began_s,
                                    .cpu_s = hox__clock_cpu_s()});
    return status == HOX_OK && asked ? hox_fail(run->err, HOX_ERR_INTERRUPTED, "asked to stop")
                                     : status;
}

hox_status hox_study_run(hox_study *study, const hox_run_options *options,
                         const hox_observer *observer, hox_error *err)
{
    hox_error own = {0};
    char *settings = NULL;
    hox__run run = {
        .study = study,
        .options = *options,
        .observer = observer,
        .began_s = hox__clock_s(),
        .again = true,
        .err = err ? err : &own,
    };
    hox_status status = begin(&run, &settings);
    if (status == HOX_OK) {
        hox__run_event(&run, (hox_event){.type = "study.start"});
        listen(&run);
        status = end(&run, loop(&run));
    }
    hox__crew_free(&run);
    hox__owner_close(run.owner);
    for (int i = 0; run.slot && i < run.slots; i++)
        if (run.slot[i].used)
            hox__suggestion_free(&run.slot[i].what);
    hox__free(run.slot);
    hox__free(settings);
    return status;
}
