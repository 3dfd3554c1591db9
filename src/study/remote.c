#include "study/remote.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/proc.h"
#include "base/socket.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double patience_s = 60; /* a slow strategy, a slow disk; more is a stopped process */

struct hox__remote {
    int fd;
    hox__lines *lines;
    hox__talk *answer; /* where the next line goes */
    bool answered;
    bool ended; /* it said good-bye */
    int64_t pid;
    char study[256], folder[4096];
    void (*line)(void *ctx, const char *s, size_t n); /* of what is no answer */
    void *ctx;
};

char *hox__socket_of(const char *store)
{
    hox__text path = {0};
    hox__text_printf(&path, "%s.sock", store);
    return hox__text_take(&path);
}

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to talk to the owner of a store");
}

void hox__remote_close(hox__remote *r)
{
    if (!r)
        return;
    hox__lines_free(r->lines);
    hox__socket_hang_up(r->fd);
    hox__free(r);
}

const char *hox__remote_study(const hox__remote *r)
{
    return r->study;
}

const char *hox__remote_folder(const hox__remote *r)
{
    return r->folder;
}

void hox__remote_listen(hox__remote *r, void (*line)(void *ctx, const char *s, size_t n), void *ctx)
{
    r->line = line;
    r->ctx = ctx;
}

int hox__remote_fd(const hox__remote *r)
{
    return r->fd;
}

/* ---- one question, one answer ---- */

static void on_line(void *ctx, const char *s, size_t n)
{
    hox__remote *r = ctx;
    hox__talk talk;
    if (r->answered && r->line) {
        r->line(r->ctx, s, n);
        return;
    }
    hox__talk_read(s, n, &talk);
    r->ended |= talk.kind == HOX__TALK_BYE;
    if (r->answered || talk.kind == HOX__TALK_BYE) { /* nobody asked */
        hox__talk_free(&talk);
        return;
    }
    *r->answer = talk;
    r->answered = true;
}

bool hox__remote_over(const hox__remote *r)
{
    return r->ended;
}

bool hox__remote_hear(hox__remote *r)
{
    r->answered = true;
    return hox__lines_read(r->lines, on_line, r);
}

bool hox__remote_pass(hox__remote *r, const char *s, size_t n)
{
    return hox__socket_say(r->fd, s, n) && hox__socket_say(r->fd, "\n", 1);
}

static hox_status await(hox__remote *r, hox_error *err)
{
    const double until = hox__clock_s() + patience_s;
    bool open = true;
    while (!r->answered && open && hox__clock_s() < until) {
        hox__wait(&r->fd, 1, 1);
        open = hox__lines_read(r->lines, on_line, r);
    }
    if (r->answered)
        return HOX_OK;
    return open ? hox_fail_code(err, HOX_ERR_BUSY, "E0602",
                                "process %" PRId64 " owns the store and does not answer", r->pid)
                : hox_fail_code(err, HOX_ERR_IO, "E0602",
                                "the process that owned the store (%" PRId64 ") has ended", r->pid);
}

hox_status hox__remote_say(hox__remote *r, const hox__talk *talk, hox__talk *answer, hox_error *err)
{
    hox__text text = {0};
    *answer = (hox__talk){0};
    r->answer = answer;
    r->answered = false;
    hox__talk_print(&text, talk);
    /* One that hung up is read all the same: its last words say why. */
    if (!text.failed)
        hox__socket_say(r->fd, text.data, text.len);
    hox_status status = text.failed ? no_memory(err) : await(r, err);
    hox__text_deinit(&text);
    r->answered = true;
    if (status == HOX_OK && answer->kind == HOX__TALK_NO)
        status = hox_fail_code(err, answer->status < 0 ? answer->status : HOX_ERR_DATA,
                               answer->code, "%s", answer->text);
    else if (status == HOX_OK && answer->kind == HOX__TALK_NONE)
        status = hox_fail_code(err, HOX_ERR_DATA, "E0602",
                               "process %" PRId64 " answers in a way that is not understood; is it "
                               "of another version?",
                               r->pid);
    if (status != HOX_OK)
        hox__talk_free(answer);
    return status;
}

/* ---- calling ---- */

static hox_status greet(hox__remote *r, const char *study, hox_error *err)
{
    hox__talk answer;
    const hox__talk hello = {
        .kind = HOX__TALK_HELLO,
        .version = HOX__TALK_VERSION,
        .pid = hox__pid(),
        .study = study,
    };
    const hox_status status = hox__remote_say(r, &hello, &answer, err);
    if (status != HOX_OK)
        return status;
    r->pid = answer.pid;
    snprintf(r->study, sizeof r->study, "%s", answer.study);
    snprintf(r->folder, sizeof r->folder, "%s", answer.folder);
    hox__talk_free(&answer);
    return HOX_OK;
}

hox_status hox__remote_open(const char *store, const char *study, hox__remote **out, hox_error *err)
{
    *out = NULL;
    char *path = hox__socket_of(store);
    const int fd = path ? hox__socket_call(path) : -1;
    hox__free(path);
    if (fd < 0)
        return path ? HOX_DONE : no_memory(err);
    hox__remote *r = hox__alloc(1, sizeof *r);
    if (!r) {
        hox__socket_hang_up(fd);
        return no_memory(err);
    }
    r->fd = fd;
    r->lines = hox__lines_new(fd, HOX__TALK_LINE_MAX);
    hox_status status = r->lines ? HOX_OK : no_memory(err);
    hox__fd_nonblocking(fd);
    hox_error why = {0};
    if (status == HOX_OK)
        status = greet(r, study, &why);
    if (status == HOX_OK) {
        *out = r;
        return HOX_OK;
    }
    hox__remote_close(r);
    if (status == HOX_ERR_IO) /* it ended as it was called */
        return HOX_DONE;
    if (err && why.message[0])
        *err = why;
    return status;
}

/* ---- ask, tell, report ---- */

hox_status hox__remote_ask(hox_study *study, double lease_s, bool lasting, hox__asked *out,
                           hox_error *err)
{
    hox__talk answer;
    *out = (hox__asked){.what = {.repeat_of = -1}};
    const hox__talk talk = {.kind = HOX__TALK_ASK, .lease_s = lease_s, .lasting = lasting};
    hox_error why = {0};
    hox_status status = hox__remote_say(study->owner, &talk, &answer, &why);
    if (status == HOX_ERR_IO && hox__remote_over(study->owner))
        return HOX_DONE;
    if (status != HOX_OK) {
        if (err)
            *err = why;
        return status;
    }
    if (answer.kind == HOX__TALK_TRIAL) {
        snprintf(out->lease, sizeof out->lease, "%s", answer.lease);
        out->budget = answer.event.budget;
        out->what.trial = answer.event.trial;
        out->what.seed = answer.event.seed;
        status = hox__study_retell(study, answer.event.walk, &out->what, err);
    } else {
        status = answer.kind == HOX__TALK_DONE ? HOX_DONE : HOX_WAIT;
    }
    hox__talk_free(&answer);
    return status;
}

static hox__event event_of(const hox__told *told)
{
    return (hox__event){
        .trial = told->trial,
        .state = told->failed ? "failed" : "",
        .detail = told->failed,
        .value = told->value,
        .scores = told->scores,
        .metrics = told->metrics,
        .violation = told->violation,
        .accuracy = (double)NAN,
        .loss = (double)NAN,
        .train_loss = (double)NAN,
    };
}

hox_status hox__remote_tell(hox_study *study, const hox__told *told, hox_error *err)
{
    hox__talk answer;
    const hox__talk talk = {.kind = HOX__TALK_TELL, .event = event_of(told), .lease = told->lease};
    const hox_status status = hox__remote_say(study->owner, &talk, &answer, err);
    if (status == HOX_OK)
        hox__talk_free(&answer);
    return status;
}

hox_status hox__remote_report(hox_study *study, const hox__told *told, int64_t step, double lease_s,
                              bool *go, hox_error *err)
{
    hox__talk answer;
    hox__talk talk = {.kind = HOX__TALK_REPORT,
                      .event = event_of(told),
                      .lease = told->lease,
                      .lease_s = lease_s};
    talk.event.step = step;
    const hox_status status = hox__remote_say(study->owner, &talk, &answer, err);
    if (status != HOX_OK)
        return status;
    *go = answer.go;
    hox__talk_free(&answer);
    return HOX_OK;
}

hox_status hox__remote_queue(hox_study *study, const char *walk, uint64_t *trial, hox_error *err)
{
    hox__talk answer;
    const hox__talk talk = {.kind = HOX__TALK_QUEUE, .event = {.walk = walk}};
    const hox_status status = hox__remote_say(study->owner, &talk, &answer, err);
    if (status != HOX_OK)
        return status;
    *trial = answer.event.trial;
    hox__talk_free(&answer);
    return HOX_OK;
}
