/* hox worker [STUDY]: runs trials of a study that another process owns. */
#include "base/clock.h"
#include "base/proc.h"
#include "base/program.h"
#include "cli/drive.h"
#include "cli/signals.h"
#include "cli/trust.h"
#include "study/work.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const hox__option options[] = {
    {"jobs", 'j', HOX__OPTION_INT, HOX__OPTION_COMMON, "N", "trials at the same time", "cores",
     NULL},
    {"lease", 0, HOX__OPTION_DURATION, HOX__OPTION_COMMON, "DUR",
     "a worker that is silent for so long is lost, and its trials are run again", "15s", NULL},
    {"wait", 0, HOX__OPTION_DURATION, HOX__OPTION_COMMON, "DUR",
     "for somebody to run the study; also when its owner has ended", "10s", NULL},
    {"grace", 0, HOX__OPTION_DURATION, 0, "DUR", "running trials may end, when asked to stop",
     "30s", NULL},
    {"allow-run", 0, HOX__OPTION_FLAG, HOX__OPTION_NO_ENV, NULL,
     "run the program of a study that is not trusted, this once", NULL, NULL},
    {0},
};

typedef struct {
    hox__cli *cli;
    char study[256], store[4096];
    int64_t done, failed;
    bool joined;
} worker;

static void on_ended(void *ctx, uint64_t trial, bool well)
{
    worker *w = ctx;
    w->done += well;
    w->failed += !well;
    if (w->cli->verbose) {
        hox__put(&w->cli->err, "@%" PRIu64 " %s\n", trial, well ? "ended" : "failed");
        hox__stream_flush(&w->cli->err);
    }
}

/* The study's program must be trusted here too. Also finds out its name, and where the store is. */
static hox_status look(worker *w, const hox__subject *subject)
{
    hox__view view;
    hox_status status = hox__view_open(w->cli, subject, &view);
    if (status != HOX_OK)
        return status;
    snprintf(w->study, sizeof w->study, "%s", view.study.name);
    status = hox__view_space(w->cli, &view);
    if (status == HOX_OK)
        status = hox__trust_check(w->cli, view.study.name, view.study.spec, view.space);
    if (status == HOX_OK && !hox__absolute_path(view.path, w->store))
        status = hox_fail(&w->cli->error, HOX_ERR_IO, "%s: it is gone", view.path);
    hox__view_close(&view);
    return status;
}

static bool asked_to_stop(void)
{
    return *hox__signals_stop() > 0;
}

static bool is_done(worker *w)
{
    hox__store *store;
    hox__study_row row;
    bool guessed;
    if (hox__store_open(w->store, HOX__STORE_READ, &store, NULL) != HOX_OK)
        return false;
    const bool done = hox__store_find(store, w->study, &row, &guessed, NULL) == HOX_OK &&
                      strcmp(row.state, "done") == 0;
    hox__store_close(store);
    return done;
}

/* Nobody runs it any more. One that worked on it is done when the study is. */
static hox_status alone(worker *w)
{
    if (w->joined && is_done(w))
        return HOX_DONE;
    return hox_fail(&w->cli->error, HOX_ERR_ARGUMENT,
                    "no process of this machine runs study `%s`\n`hox resume %s` does, and "
                    "workers may join it",
                    w->study, w->study);
}

/* Waits for somebody who runs the study. HOX_DONE: it needs nobody any more. */
static hox_status call(worker *w, hox__remote **owner)
{
    const double until = hox__clock_s() + hox__args_real(&w->cli->args, "wait", 10);
    for (;;) {
        const hox_status status = hox__remote_open(w->store, w->study, owner, &w->cli->error);
        if (status != HOX_DONE)
            return status;
        if (asked_to_stop())
            return hox_fail(&w->cli->error, HOX_ERR_INTERRUPTED, "asked to stop");
        if (hox__clock_s() >= until)
            return alone(w);
        hox__sleep_s(0.05);
    }
}

static hox_status work(worker *w, hox__remote *owner, const hox__work_options *o)
{
    hox_study *study = NULL;
    hox__cli *cli = w->cli;
    if (*hox__remote_folder(owner) && chdir(hox__remote_folder(owner)) != 0) {
        hox_fail(&cli->error, HOX_ERR_IO, "%s: the study is run there, and it cannot be entered",
                 hox__remote_folder(owner));
        hox__remote_close(owner);
        return HOX_ERR_IO;
    }
    hox_status status =
        hox__study_open_through(owner, w->store, cli->data, false, &study, &cli->error);
    if (status == HOX_OK) {
        w->joined = true;
        if (!cli->quiet)
            hox__put(&cli->err, "worker %" PRId64 " joins study %s . %d job%s\n", hox__pid(),
                     w->study, o->jobs, hox__plural(o->jobs));
        hox__stream_flush(&cli->err);
        status = hox__work(study, o, &cli->error);
    }
    hox_study_close(study);
    return status;
}

static int finish(worker *w, hox_status status)
{
    hox__cli *cli = w->cli;
    const int64_t n = w->done + w->failed;
    if (!cli->quiet && w->joined)
        hox__put(&cli->err, "ran %" PRId64 " trial%s, %" PRId64 " of them failed\n", n,
                 hox__plural(n), w->failed);
    if (status >= 0)
        return HOX__EXIT_DONE;
    if (status != HOX_ERR_INTERRUPTED)
        return HOX__FAILED;
    cli->error = (hox_error){0};
    return HOX__EXIT_NO; /* main ends by the signal that was sent */
}

static int run(hox__cli *cli)
{
    hox__subject subject;
    worker w = {.cli = cli};
    const hox__work_options o = {
        .jobs = (int)hox__args_int(&cli->args, "jobs", hox__cores()),
        .lease_s = hox__args_real(&cli->args, "lease", 15),
        .grace_s = hox__args_real(&cli->args, "grace", 30),
        .stop = hox__signals_stop(),
        .ended = on_ended,
        .ctx = &w,
    };
    if (o.jobs < 1 || o.jobs > 1024)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "--jobs: 1 to 1024"), HOX__FAILED;
    if (!(o.lease_s >= 0.1))
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "--lease: at least 100ms"), HOX__FAILED;
    const char *word = cli->args.positionals ? cli->args.positional[0] : NULL;
    if (hox__subject_read(word, &subject, &cli->error) != HOX_OK || look(&w, &subject) != HOX_OK)
        return HOX__FAILED;
    hox__signals_install("");
    for (;;) {
        hox__remote *owner;
        hox_status status = call(&w, &owner);
        if (status == HOX_OK)
            status = work(&w, owner, &o);
        if (status != HOX_ERR_IO || asked_to_stop())
            return finish(&w, status);
        if (!cli->quiet)
            hox__put(&cli->err, "%s\n", cli->error.message);
        hox__stream_flush(&cli->err);
        cli->error = (hox_error){0};
    }
}

const hox__command hox__command_worker = {
    .name = "worker",
    .synopsis = "[[STORE:]STUDY] [-j N] [FLAGS]",
    .summary = "run trials of a study that another process of this machine searches",
    .example = {{"hox worker fashion -j 4", "beside `hox search`: four more at a time"},
                {"hox worker --lease 1m", "for trials that may keep it from answering"}},
    .option = options,
    .positional_max = 1,
    .complete = "study",
    .run = run,
};
