/* Trials that are under way in a run. */
#ifndef HOX_STUDY_RUNNING_H
#define HOX_STUDY_RUNNING_H

#include "study/study.h"

/* A worker that has joined. */
typedef struct hox__run hox__run;
typedef struct {
    hox__run *run;
    int64_t client, pid; /* on the socket; 0: nobody */
    int jobs, busy;      /* trials it may have, and has */
    hox__warm *warm;     /* what it passes lines on to */
    double lease_s, heard_s;
    bool leaving; /* it is given no more */
    bool quits;   /* it gives back what it has */
    bool lost;    /* it is gone; its trials are somebody else's once it cannot run them any more */
} hox__hand;

typedef struct {
    bool used;
    uint64_t trial;
    hox__warm *warm; /* where it runs: here, or a worker's */
    hox__hand *hand; /* the worker; NULL: it runs here */
    hox__suggestion what;
    double began_s;
    int64_t step, steps, params;
    double budget;   /* up to which it runs */
    int64_t from;    /* the step it was paused at before; 0: it began */
    const char *cut; /* NULL, or why it was told to end: timeout, interrupted */
    double cut_s;    /* when */
    bool killed;     /* it was not given the time to put its work down, or took too long */
    hox__line last;  /* RESULT or FAILED, when it has said so */
    bool retried;    /* the warm process died under it once */
    int64_t retries; /* how often it was started anew after it was killed from outside */
    bool stopped;    /* told to end: what it says from now on does not count */
    bool paused;     /* ... to go on later */
    double value;    /* of its last report that counts */
} hox__running;

struct hox__run {
    hox_study *study;
    hox_run_options options;
    const hox_observer *observer;
    struct hox__owner *owner; /* answers others; NULL: it cannot */
    hox__hand **hand;         /* [hands], NULL where one has left */
    int hands;
    hox__hand *at;              /* where the next trial is started; NULL: here */
    hox__running *slot;         /* [slots] */
    int jobs, slots, n_running; /* jobs: at once, here */
    int64_t memory_bytes;       /* of one trial */
    double began_s, stopped_s;  /* stopped_s: of the first request to stop */
    bool again;                 /* trials that were cut off before may be left */
    bool exhausted;             /* the strategy has nothing left */
    bool finishing;             /* no new trials, but paused ones go on until one is done */
    bool closing;               /* no new trials */
    bool cutting;               /* running ones were told to end */
    int stop;                   /* the highest request to stop that was obeyed */
    char detail[512];           /* of the last failure */
    hox_status status;          /* of the first thing that went wrong in a callback */
    hox_error *err;
};

/* crew.c: where one more may be started: run->at. False: all hands are full. */
bool hox__crew_seat(hox__run *run);
/* Workers that were not heard of for their lease are shown out. */
void hox__crew_look(hox__run *run);
/* The run ends; workers are told. */
void hox__crew_free(hox__run *run);

/* run.c: is there room for a new trial, and are there epochs for one to be run, beside those that
 * are under way? Is all spent on what has ended? */
bool hox__run_may_begin(const hox__run *run);
bool hox__run_has_epochs(const hox__run *run);
bool hox__run_is_spent(const hox__run *run);

/* The trial as it runs with a worker, or here (NULL); NULL: it does not. */
hox__running *hox__run_find(hox__run *run, const hox__hand *hand, uint64_t trial);

/* run_events.c: tells the observer. Fields common to all are filled in. */
void hox__run_event(hox__run *run, hox_event event);
void hox__run_tick(hox__run *run);

/* trial.c: the life of one trial. */

/* Starts it; takes the suggestion over. */
hox_status hox__running_start(hox__run *run, hox__turn *turn, hox_error *err);

/* Starts it once more after the warm process died. */
hox_status hox__running_restart(hox__run *run, hox__running *r, hox_error *err);

void hox__running_line(hox__run *run, hox__running *r, const hox__line *line);
void hox__running_ended(hox__run *run, hox__running *r, const hox__child_end *end);

/* Its worker is gone: it is run again, by --retries, or has failed. */
void hox__running_lost(hox__run *run, hox__running *r);

/* Ends it without waiting for its process: it was cut off, and is to be run again by a resume. */
void hox__running_interrupt(hox__run *run, hox__running *r);

/* A trial that somebody else ran has ended, as the event says, and is written: the observer is
 * told, and of the models the best is kept. `had_best`, `before`: the best trial until then. */
void hox__run_tell_end(hox__run *run, const hox__event *end, bool had_best, uint64_t before);
/* Writes the end of trials that do not run: those whose last report decided it, and that were cut
 * off before it was written; and paused ones that can never go on. */
hox_status hox__run_conclude(hox__run *run);
hox_status hox__run_leave_behind(hox__run *run);

/* The end is written, the strategy told, the observer told. */
void hox__running_finish(hox__run *run, hox__running *r, hox__event *end, double seconds);

#endif
