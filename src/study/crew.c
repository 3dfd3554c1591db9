/* Workers that have joined a run, on the owner's side. A worker is somebody who passes lines on
 * between its own warm process and us, so that its trials live as ours do (trial.c). What makes it
 * another is that it may be lost: then its trials are run again, once it cannot run them any more.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/proc.h"
#include "study/owner.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { HAND_JOBS_MAX = 1024, SLOTS_MAX = 8192 };

static const double lease_min_s = 0.1, lease_max_s = 3600, lease_usual_s = 15;
/* A worker's processes are told by the system when it dies; programs may take so long to end. */
static const double death_s = 2;

static void say(void *ctx, const char *s, size_t n)
{
    const hox__hand *hand = ctx;
    hox__owner_say(hand->run->owner, hand->client, s, n);
}

hox__hand *hox__crew_find(const hox__run *run, int64_t client)
{
    for (int i = 0; i < run->hands; i++)
        if (run->hand[i] && run->hand[i]->client == client)
            return run->hand[i];
    return NULL;
}

/* ---- joining ---- */

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a worker");
}

static hox__hand **free_place(hox__run *run)
{
    for (int i = 0; i < run->hands; i++)
        if (!run->hand[i])
            return &run->hand[i];
    hox__hand **grown = hox__realloc(run->hand, (size_t)run->hands + 1, sizeof(hox__hand *));
    if (!grown)
        return NULL;
    run->hand = grown;
    run->hand[run->hands] = NULL;
    return &run->hand[run->hands++];
}

/* As many slots as all together may run. */
static hox_status make_slots(hox__run *run, int jobs, hox_error *err)
{
    int wanted = run->jobs + jobs;
    for (int i = 0; i < run->hands; i++)
        wanted += run->hand[i] ? run->hand[i]->jobs : 0;
    if (wanted <= run->slots)
        return HOX_OK;
    if (wanted > SLOTS_MAX)
        return hox_fail(err, HOX_ERR_ARGUMENT, "more than %d trials at once", SLOTS_MAX);
    hox__running *grown = hox__realloc(run->slot, (size_t)wanted, sizeof *grown);
    if (!grown)
        return no_memory(err);
    memset(grown + run->slots, 0, (size_t)(wanted - run->slots) * sizeof *grown);
    run->slot = grown;
    run->slots = wanted;
    return HOX_OK;
}

hox_status hox__crew_join(hox__run *run, int64_t client, int64_t pid, const hox__talk *talk,
                          hox_error *err)
{
    const double lease_s = talk->lease_s > 0 ? talk->lease_s : lease_usual_s;
    if (talk->jobs < 1 || talk->jobs > HAND_JOBS_MAX)
        return hox_fail(err, HOX_ERR_ARGUMENT, "a worker has 1 to %d jobs", HAND_JOBS_MAX);
    hox_status status = make_slots(run, (int)talk->jobs, err);
    if (status != HOX_OK)
        return status;
    hox__hand **place = free_place(run), *hand = hox__alloc(1, sizeof *hand);
    if (place && hand && (hand->warm = hox__warm_far(say, hand))) {
        hand->run = run;
        hand->client = client;
        hand->pid = pid;
        hand->jobs = (int)talk->jobs;
        hand->lease_s = lease_s < lease_min_s   ? lease_min_s
                        : lease_s > lease_max_s ? lease_max_s
                                                : lease_s;
        hand->heard_s = hox__clock_s();
        *place = hand;
        return HOX_OK;
    }
    hox__free(hand);
    return no_memory(err);
}

/* ---- hearing ---- */

static void on_line(void *ctx, uint64_t trial, const hox__line *line)
{
    hox__hand *hand = ctx;
    hox__running *r = hox__run_find(hand->run, hand, trial);
    if (r)
        hox__running_line(hand->run, r, line);
}

static void on_ended(void *ctx, uint64_t trial, const hox__child_end *end)
{
    hox__hand *hand = ctx;
    hox__running *r = hox__run_find(hand->run, hand, trial);
    if (r)
        hox__running_ended(hand->run, r, end);
}

/* Calls `each` for every trial that the worker has. */
static void each_of(hox__hand *hand, void (*each)(hox__run *run, hox__running *r))
{
    hox__run *run = hand->run;
    for (int i = 0; i < run->slots; i++)
        if (run->slot[i].used && run->slot[i].hand == hand)
            each(run, &run->slot[i]);
}

static void give_back(hox__run *run, hox__running *r)
{
    run->again = true;
    hox__running_interrupt(run, r);
}

void hox__crew_line(hox__hand *hand, const char *s, size_t n)
{
    hand->heard_s = hox__clock_s();
    if (strcmp(s, "keep") == 0)
        return;
    if (strcmp(s, "leave") == 0) {
        hand->leaving = true;
    } else if (strcmp(s, "quit") == 0) {
        hand->leaving = true;
        each_of(hand, give_back);
    } else {
        hox__warm_hear(hand->warm, s, n, &(hox__warm_listener){on_line, on_ended, hand, NULL});
    }
}

/* ---- losing ---- */

static void drop(hox__run *run, hox__hand *hand)
{
    for (int i = 0; i < run->hands; i++)
        if (run->hand[i] == hand)
            run->hand[i] = NULL;
    if (run->at == hand)
        run->at = NULL;
    hox__warm_close(hand->warm);
    hox__free(hand);
}

void hox__crew_gone(hox__hand *hand)
{
    hand->client = 0;
    hand->lost = true;
    hand->heard_s = hox__clock_s();
}

/* It may only be slow: it is ended, so that no trial is run twice at a time. */
static void give_up(hox__hand *hand)
{
    char text[128];
    snprintf(text, sizeof text,
             "worker %" PRId64
             " was not heard of for %.3g s: it is ended, and its trials are run again",
             hand->pid, hand->lease_s);
    hox__run_event(hand->run, (hox_event){.type = "warning", .message = text});
    hox__owner_show_out(hand->run->owner, hand->client);
    hox__process_signal(hand->pid, SIGKILL);
    hox__crew_gone(hand);
}

void hox__crew_look(hox__run *run)
{
    for (int i = 0; i < run->hands && run->status == HOX_OK; i++) {
        hox__hand *hand = run->hand[i];
        if (!hand)
            continue;
        const double silent = hox__clock_s() - hand->heard_s;
        if (!hand->lost && silent > hand->lease_s)
            give_up(hand);
        else if (hand->lost && (hand->busy == 0 || silent > death_s || silent > hand->lease_s)) {
            each_of(hand, hox__running_lost);
            drop(run, hand);
        }
    }
}

void hox__crew_free(hox__run *run)
{
    for (int i = 0; i < run->hands; i++)
        if (run->hand[i]) {
            if (!run->hand[i]->lost)
                say(run->hand[i], "bye\n", 4);
            drop(run, run->hand[i]);
        }
    hox__free(run->hand);
    run->hand = NULL;
    run->hands = 0;
}

/* ---- seats ---- */

bool hox__crew_seat(hox__run *run)
{
    int here = run->n_running;
    hox__hand *best = NULL;
    for (int i = 0; i < run->hands; i++) {
        hox__hand *hand = run->hand[i];
        if (!hand)
            continue;
        here -= hand->busy;
        if (!hand->lost && !hand->leaving && hand->busy < hand->jobs &&
            (!best || hand->busy < best->busy))
            best = hand;
    }
    run->at = here < run->jobs ? NULL : best;
    return here < run->jobs || best;
}
