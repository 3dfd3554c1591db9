#include "study/work.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "study/warm_wire.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const double tick_s = 0.1;

typedef struct {
    hox_study *study;
    const hox__work_options *options;
    uint64_t *trial; /* [jobs] under way; UINT64_MAX: free */
    int running;
    double said_s, stopped_s; /* when something was last said; when it was first asked to stop */
    int stop;                 /* that was obeyed */
    bool over, gone;          /* the owner said good-bye; is gone */
    hox_status status;
    hox_error *err;
} work;

/* ---- to the owner ---- */

static void tell(work *w, const char *s, size_t n)
{
    w->said_s = hox__clock_s();
    w->gone |= !hox__remote_pass(w->study->owner, s, n);
}

static bool forget(work *w, uint64_t trial)
{
    for (int i = 0; i < w->options->jobs; i++)
        if (w->trial[i] == trial) {
            w->trial[i] = UINT64_MAX;
            w->running--;
            return true;
        }
    return false;
}

static void on_warm(void *ctx, const char *s, size_t n)
{
    work *w = ctx;
    uint64_t trial;
    hox__child_end end;
    if (hox__end_read(s, &trial, &end) && forget(w, trial) && w->options->ended)
        w->options->ended(w->options->ctx, trial, end.exited && end.code == 0);
    tell(w, s, n);
}

/* ---- from the owner ---- */

static void on_start(work *w, const char *s)
{
    uint64_t trial;
    if (sscanf(s, "start %" SCNu64, &trial) != 1)
        return;
    for (int i = 0; i < w->options->jobs; i++)
        if (w->trial[i] == UINT64_MAX) {
            w->trial[i] = trial;
            w->running++;
            break;
        }
    if (w->options->started)
        w->options->started(w->options->ctx, trial);
}

static void on_owner(void *ctx, const char *s, size_t n)
{
    work *w = ctx;
    if (strcmp(s, "bye") == 0) {
        w->over = true;
        return;
    }
    on_start(w, s);
    if (w->status == HOX_OK)
        w->status = hox__warm_pass(w->study->warm, s, n, w->err);
}

/* ---- the loop ---- */

/* The warm process died, and its trials with it: the owner decides what becomes of them. */
static void warm_again(work *w)
{
    hox__line ready;
    hox__text text = {0};
    hox_study *study = w->study;
    hox__warm_close(study->warm);
    study->warm = NULL;
    w->status =
        hox__warm_open(study->objective, &study->input, study->store, &study->warm, &ready, w->err);
    for (int i = 0; i < w->options->jobs && w->status == HOX_OK; i++) {
        const uint64_t trial = w->trial[i];
        if (trial == UINT64_MAX)
            continue;
        hox__text_clear(&text);
        hox__end_print(&text, trial, &(hox__child_end){.signal = SIGKILL});
        forget(w, trial);
        if (!text.failed)
            tell(w, text.data, text.len - 1);
    }
    hox__text_deinit(&text);
}

static void obey(work *w)
{
    const int stop = w->options->stop ? (int)*w->options->stop : 0;
    if (stop > 0 && w->stop == 0) {
        w->stopped_s = hox__clock_s();
        tell(w, "leave", 5);
    }
    w->stop = stop;
    const bool late = stop > 0 && hox__clock_s() - w->stopped_s > w->options->grace_s;
    if (stop > 1 || late || (stop > 0 && w->running == 0)) {
        tell(w, "quit", 4);
        w->over = true;
    }
}

static void loop(work *w)
{
    const hox__warm_listener listener = {.ctx = w, .raw = on_warm};
    const double beat_s = w->options->lease_s / 5;
    while (!w->over && !w->gone && w->status == HOX_OK) {
        const double wait_s = beat_s < tick_s ? beat_s : tick_s;
        const bool alive =
            hox__warm_wait(w->study->warm, hox__remote_fd(w->study->owner), wait_s, &listener);
        if (!hox__remote_hear(w->study->owner) && !w->over)
            w->gone = true;
        if (!alive && !w->gone && w->status == HOX_OK)
            warm_again(w);
        if (hox__clock_s() - w->said_s >= beat_s)
            tell(w, "keep", 4);
        obey(w);
    }
}

static hox_status join(work *w)
{
    hox__talk answer;
    const hox__talk talk = {
        .kind = HOX__TALK_JOIN, .jobs = w->options->jobs, .lease_s = w->options->lease_s};
    hox__remote_listen(w->study->owner, on_owner, w);
    hox_error why = {0};
    const hox_status status = hox__remote_say(w->study->owner, &talk, &answer, &why);
    if (status == HOX_OK)
        hox__talk_free(&answer);
    w->over = hox__remote_over(w->study->owner); /* it ended as we came */
    if (status == HOX_OK || w->over)
        return HOX_OK;
    *w->err = why;
    return status;
}

hox_status hox__work(hox_study *study, const hox__work_options *options, hox_error *err)
{
    hox_error own = {0};
    work w = {
        .study = study, .options = options, .said_s = hox__clock_s(), .err = err ? err : &own};
    w.trial = hox__alloc((size_t)options->jobs, sizeof *w.trial);
    if (!w.trial)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a worker");
    for (int i = 0; i < options->jobs; i++)
        w.trial[i] = UINT64_MAX;
    w.status = join(&w);
    if (w.status == HOX_OK)
        loop(&w);
    hox__warm_close(study->warm); /* and all that runs in it */
    study->warm = NULL;
    hox__remote_listen(study->owner, NULL, NULL);
    hox__free(w.trial);
    if (w.status != HOX_OK)
        return w.status;
    if (w.stop > 0)
        return hox_fail(err, HOX_ERR_INTERRUPTED, "asked to stop");
    return w.over ? HOX_OK
                  : hox_fail_code(err, HOX_ERR_IO, "E0602",
                                  "the process that owned the store has ended, or gave up on this "
                                  "worker; what its trials measured since is not taken");
}
