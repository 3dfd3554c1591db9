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

/* Epochs and trials under way count as spent, whoever runs them. */
bool hox__run_has_room(const hox__run *run)
{
    const hox_study *study = run->study;
    const hox_run_options *o = &run->options;
    const int64_t under_way = run->n_running + hox__trials_leased(study);
    if (o->trials > 0 && settled(study) + under_way >= o->trials)
        return false;
    const double spent = (double)study->epochs + (double)under_way * study->budget;
    return o->epochs <= 0 || spent < (double)o->epochs;
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

/* The first trial that was asked and is neither running nor over; -1: none. */
static int64_t next_again(const hox__run *run)
{
    const hox_study *study = run->study;
    for (int64_t trial = 0; trial < study->trials; trial++) {
        bool running = false;
        for (int i = 0; i < run->slots; i++)
            running |= run->slot[i].used && run->slot[i].trial == (uint64_t)trial;
        if (study->trial[trial].again && !running && !hox__trial_is_leased(study, trial))
            return trial;
    }
    return -1;
}

static hox_status start_one(hox__run *run)
{
    hox__suggestion what;
    hox_study *study = run->study;
    const int64_t again = run->again ? next_again(run) : -1;
    run->again = again >= 0; /* none is added while this run goes on */
    hox_status status = again >= 0
                            ? hox__study_recall(study, (uint64_t)again, &what, run->err)
                            : hox__study_suggest(study, (uint64_t)study->trials, &what, run->err);
    if (status == HOX_OK)
        status = hox__running_start(run, &what, again >= 0, run->err);
    return status;
}

static hox_status fill(hox__run *run)
{
    while (!run->closing && !run->exhausted && hox__crew_seat(run) && hox__run_has_room(run)) {
        const hox_status status = start_one(run);
        if (status == HOX_DONE) {
            run->exhausted = true;
        } else if (status == HOX_WAIT && run->n_running > 0) {
            break;
        } else if (status == HOX_WAIT) {
            return hox_fail(run->err, HOX_ERR_ARGUMENT,
                            "strategy `%s` waits for a trial, and none is running",
                            run->study->strategy->name);
        } else if (status != HOX_OK) {
            return status;
        }
    }
    return HOX_OK;
}

/* ---- ending trials ---- */

static void cut(hox__running *r, const char *why)
{
    if (r->used && !r->cut) {
        r->cut = why;
        hox__warm_kill(r->warm, r->trial);
    }
}

static void cut_all(hox__run *run)
{
    run->closing = run->cutting = true;
    for (int i = 0; i < run->slots; i++)
        cut(&run->slot[i], "interrupted");
}

static void cut_late_ones(hox__run *run)
{
    const double now = hox__clock_s();
    for (int i = 0; i < run->slots && run->options.timeout_s > 0; i++)
        if (run->slot[i].used && now - run->slot[i].began_s > run->options.timeout_s)
            cut(&run->slot[i], "timeout");
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

/* Cutting now would leave nothing at all: what runs may end, until as much time again has gone. */
static void wait_for_the_first(hox__run *run)
{
    if (!run->closing)
        hox__run_event(run, (hox_event){.type = "warning",
                                        .message = "the time is up and no trial has finished: the "
                                                   "first one may, for as long again"});
    run->closing = true;
}

static void obey(hox__run *run)
{
    const int stop = run->options.stop ? (int)*run->options.stop : 0;
    if (stop > run->stop && run->stop == 0)
        run->stopped_s = hox__clock_s();
    run->stop = stop > run->stop ? stop : run->stop;
    if (run->stop >= 1)
        run->closing = true;
    if (run->stop >= 2 ||
        (run->stop >= 1 && hox__clock_s() - run->stopped_s > run->options.grace_s))
        cut_all(run);
    if (run->stop >= 3)
        for (int i = 0; i < run->slots; i++)
            if (run->slot[i].used)
                hox__running_interrupt(run, &run->slot[i]);
}

static void look_at_bounds(hox__run *run)
{
    obey(run);
    if (target_met(run->study, run->options.target) || time_is_up(run, 2) ||
        (time_is_up(run, 1) && settled(run->study) > 0))
        cut_all(run);
    else if (time_is_up(run, 1))
        wait_for_the_first(run);
    if (!run->closing && all_fail_alike(run)) {
        say_alike(run);
        cut_all(run);
    }
    cut_late_ones(run);
}

/* ---- hearing ---- */

static hox__running *running(hox__run *run, uint64_t trial)
{
    for (int i = 0; i < run->slots; i++)
        if (run->slot[i].used && run->slot[i].trial == trial && !run->slot[i].hand)
            return &run->slot[i];
    return NULL;
}

static void on_line(void *ctx, uint64_t trial, const hox__line *line)
{
    hox__running *r = running(ctx, trial);
    if (r)
        hox__running_line(ctx, r, line);
}

static void on_ended(void *ctx, uint64_t trial, const hox__child_end *end)
{
    hox__running *r = running(ctx, trial);
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

static hox_status loop(hox__run *run)
{
    for (;;) {
        look_at_bounds(run);
        hox_status status = run->status == HOX_OK ? fill(run) : run->status;
        if (status == HOX_OK && run->n_running == 0)
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
    hox_study_options_fill(study, o);
    run->memory_bytes = o->memory_bytes > 0
                            ? o->memory_bytes
                            : (int64_t)(memory_share * (double)hox__memory_bytes() / o->jobs);
    run->jobs = run->slots = study->jobs = o->jobs;
    run->slot = hox__alloc((size_t)run->slots, sizeof *run->slot);
    *settings = hox__run_settings(o);
    if (!run->slot || !*settings)
        return hox_fail_code(run->err, HOX_ERR_MEMORY, "E0901", "no memory for a run");
    const hox__event event = {.type = "study.run", .detail = *settings};
    return hox__store_append(study->store, study->id, &event, run->err);
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
