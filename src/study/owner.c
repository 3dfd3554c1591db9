#include "study/owner.h"
#include "base/alloc.h"
#include "base/proc.h"
#include "base/program.h"
#include "base/socket.h"
#include "study/ask.h"
#include "study/remote.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct hox__owner {
    hox__server *server;
    hox__run *run;
    int64_t from; /* who is being answered */
};

static void say(hox__owner *o, const hox__talk *talk)
{
    hox__text text = {0};
    hox__talk_print(&text, talk);
    if (!text.failed)
        hox__server_say(o->server, o->from, text.data, text.len);
    hox__text_deinit(&text);
}

/* Some failures are of what was asked; those of the store and of memory end the run. */
static void refuse(hox__owner *o, const hox_error *why)
{
    const bool ours = why->status == HOX_ERR_IO || why->status == HOX_ERR_MEMORY;
    if (ours && o->run->status == HOX_OK) {
        o->run->status = why->status;
        *o->run->err = *why;
    }
    say(o,
        &(hox__talk){
            .kind = HOX__TALK_NO, .status = why->status, .code = why->code, .text = why->message});
}

static void answer(hox__owner *o, hox_status status, const hox_error *why, const hox__talk *yes)
{
    if (status == HOX_OK)
        say(o, yes);
    else if (status > 0)
        say(o, &(hox__talk){.kind = status == HOX_DONE ? HOX__TALK_DONE : HOX__TALK_WAIT});
    else
        refuse(o, why);
}

/* ---- what is asked ---- */

static void hello(hox__owner *o, const hox__talk *t)
{
    hox_error why = {0};
    const hox_study *study = o->run->study;
    hox_status status = HOX_OK;
    if (t->version != HOX__TALK_VERSION)
        status = hox_fail_code(
            &why, HOX_ERR_BUSY, "E0602",
            "process %" PRId64 " owns the store and is of another version of hox", hox__pid());
    else if (*t->study && strcmp(t->study, study->name) != 0)
        status = hox_fail_code(&why, HOX_ERR_BUSY, "E0602",
                               "process %" PRId64 " owns the store and runs study `%s`", hox__pid(),
                               study->name);
    char folder[4096] = "";
    hox__absolute_path(".", folder);
    answer(o, status, &why,
           &(hox__talk){.kind = HOX__TALK_HELLO,
                        .version = HOX__TALK_VERSION,
                        .pid = hox__pid(),
                        .study = study->name,
                        .folder = folder});
}

/* One more beside those that run, if the budget has it. */
static hox_status hand_out(hox__run *run, const hox__talk *t, hox__asked *asked, hox_error *why)
{
    *asked = (hox__asked){.what = {.repeat_of = -1}};
    if (run->closing)
        return HOX_DONE;
    const bool room = hox__run_may_begin(run);
    const bool shares = run->study->allocator && run->study->allocator->next;
    if (!hox__run_has_epochs(run) || (!room && !shares))
        return hox__run_is_spent(run) ? HOX_DONE : HOX_WAIT;
    const hox__turn_options options = {.again = room, .begin = room};
    const double lease_s = t->lease_s > 0 ? t->lease_s : 3600;
    const hox_status status =
        hox__study_lease(run->study, &options, lease_s, t->lasting, asked, why);
    if (status == HOX_OK)
        hox__run_event(run, (hox_event){.type = "trial.start",
                                        .trial = asked->what.trial,
                                        .sentence = asked->what.sentence});
    return status;
}

static void ask(hox__owner *o, const hox__talk *t)
{
    hox_error why = {0};
    hox__asked asked;
    const hox_status status = hand_out(o->run, t, &asked, &why);
    const hox__talk yes = {
        .kind = HOX__TALK_TRIAL,
        .event = {.trial = asked.what.trial,
                  .seed = asked.what.seed,
                  .walk = asked.what.walk,
                  .budget = asked.budget},
        .lease = asked.lease,
    };
    answer(o, status, &why, &yes);
    hox__suggestion_free(&asked.what);
}

/* A trial that runs here has its result from here. */
static hox_status not_ours(const hox__run *run, uint64_t trial, hox_error *why)
{
    for (int i = 0; i < run->slots; i++)
        if (run->slot[i].used && run->slot[i].trial == trial)
            return hox_fail_code(why, HOX_ERR_ARGUMENT, "E0805",
                                 "trial %" PRIu64 " is run by process %" PRId64 " itself", trial,
                                 run->slot[i].hand ? run->slot[i].hand->pid : hox__pid());
    return HOX_OK;
}

static hox__told told_of(const hox__talk *t)
{
    return (hox__told){
        .trial = t->event.trial,
        .lease = *t->lease ? t->lease : NULL,
        .failed = *t->event.state ? t->event.detail : NULL,
        .value = t->event.value,
        .scores = t->event.scores,
        .metrics = t->event.metrics,
        .violation = t->event.violation,
    };
}

static void tell(hox__owner *o, const hox__talk *t)
{
    hox_error why = {0};
    hox__run *run = o->run;
    const hox__told told = told_of(t);
    const bool had_best = run->study->has_best;
    const uint64_t before = run->study->best_trial;
    hox__event end;
    hox_status status = not_ours(run, told.trial, &why);
    if (status == HOX_OK)
        status = hox__study_settle(run->study, &told, &end, &why);
    if (status == HOX_OK)
        hox__run_tell_end(run, &end, had_best, before);
    answer(o, status == HOX_DONE ? HOX_OK : status, &why, &(hox__talk){.kind = HOX__TALK_OK});
}

static void report(hox__owner *o, const hox__talk *t)
{
    hox_error why = {0};
    bool go = true;
    const hox__told told = told_of(t);
    hox_status status = not_ours(o->run, told.trial, &why);
    if (status == HOX_OK)
        status = hox__study_report(o->run->study, &told, t->event.step,
                                   t->lease_s > 0 ? t->lease_s : 3600, &go, &why);
    if (status == HOX_OK)
        hox__run_event(o->run, (hox_event){.type = "trial.report",
                                           .trial = told.trial,
                                           .step = t->event.step,
                                           .accuracy = (double)NAN,
                                           .loss = (double)NAN,
                                           .train_loss = (double)NAN,
                                           .value = told.value});
    answer(o, status, &why, &(hox__talk){.kind = HOX__TALK_GO, .go = go});
}

static void queue(hox__owner *o, const hox__talk *t)
{
    hox_error why = {0};
    uint64_t trial = 0;
    const hox_status status = hox__study_enqueue(o->run->study, t->event.walk, &trial, &why);
    if (status == HOX_OK)
        o->run->again = true;
    answer(o, status, &why, &(hox__talk){.kind = HOX__TALK_TRIAL, .event = {.trial = trial}});
}

static void join(hox__owner *o, const hox__talk *t)
{
    hox_error why = {0};
    const int64_t pid = hox__server_pid(o->server, o->from);
    const hox_status status = hox__crew_join(o->run, o->from, pid, t, &why);
    answer(o, status, &why, &(hox__talk){.kind = HOX__TALK_OK});
}

/* ---- serving ---- */

void hox__owner_bye(hox__owner *o)
{
    hox__text text = {0};
    hox__talk_print(&text, &(hox__talk){.kind = HOX__TALK_BYE});
    if (o && !text.failed)
        hox__server_say_all(o->server, text.data, text.len);
    hox__text_deinit(&text);
}

void hox__owner_say(hox__owner *o, int64_t to, const char *s, size_t n)
{
    if (o)
        hox__server_say(o->server, to, s, n);
}

void hox__owner_show_out(hox__owner *o, int64_t who)
{
    hox__server_hang_up(o->server, who);
}

static void on_line(void *ctx, int64_t from, const char *s, size_t n)
{
    hox__owner *o = ctx;
    hox__talk t;
    hox__hand *hand = hox__crew_find(o->run, from);
    o->from = from;
    if (hand) {
        hox__crew_line(hand, s, n);
        return;
    }
    hox__talk_read(s, n, &t);
    if (t.kind == HOX__TALK_HELLO)
        hello(o, &t);
    else if (o->run->status != HOX_OK)
        refuse(o, o->run->err); /* the store cannot be written any more */
    else if (t.kind == HOX__TALK_ASK)
        ask(o, &t);
    else if (t.kind == HOX__TALK_TELL)
        tell(o, &t);
    else if (t.kind == HOX__TALK_REPORT)
        report(o, &t);
    else if (t.kind == HOX__TALK_QUEUE)
        queue(o, &t);
    else if (t.kind == HOX__TALK_JOIN)
        join(o, &t);
    else
        say(o, &(hox__talk){.kind = HOX__TALK_NO,
                            .status = HOX_ERR_ARGUMENT,
                            .text = "that is not understood here"});
    hox__talk_free(&t);
}

static void on_gone(void *ctx, int64_t from)
{
    const hox__owner *o = ctx;
    hox__hand *hand = hox__crew_find(o->run, from);
    if (hand)
        hox__crew_gone(hand);
}

void hox__owner_serve(hox__owner *o)
{
    if (o)
        hox__server_serve(o->server, &(hox__server_handler){on_line, on_gone, o});
}

int hox__owner_fd(const hox__owner *o)
{
    return o ? hox__server_fd(o->server) : -1;
}

hox_status hox__owner_open(hox__run *run, hox__owner **out, hox_error *err)
{
    *out = NULL;
    hox__owner *o = hox__alloc(1, sizeof *o);
    char *path = hox__socket_of(run->study->path);
    hox_status status =
        o && path ? hox__server_open(path, HOX__TALK_LINE_MAX, &o->server, err)
                  : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to listen for others");
    hox__free(path);
    if (status != HOX_OK) {
        hox__free(o);
        return status;
    }
    o->run = run;
    *out = o;
    return HOX_OK;
}

void hox__owner_close(hox__owner *o)
{
    if (!o)
        return;
    hox__server_close(o->server);
    hox__free(o);
}
