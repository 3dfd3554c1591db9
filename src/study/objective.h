/* What a study measures. An objective is a table of functions; `native` trains a sentence with the
 * engine of Hox. It runs outside the controller: `open` once in a warm process, `trial` in a fork
 * of it, so that nothing a trial does can hurt the study. */
#ifndef HOX_STUDY_OBJECTIVE_H
#define HOX_STUDY_OBJECTIVE_H

#include "base/text.h"
#include "study/aim.h"
#include "study/wire.h"
#include <hox/space.h>

typedef struct {
    const hox_space *space;
    const char *study, *data_folder;
} hox__objective_input;

typedef struct {
    uint64_t trial, seed;
    double budget;            /* 0: none */
    int64_t memory_bytes;     /* it may take */
    const char *walk, *model; /* model: the path to save it at */
    double keep_from;         /* the model is saved when the value is better; NaN: always */
    const char *dir;          /* the trial's folder; there already for objectives that mind */
    double cpu_s, grace_s;    /* processor time it may take, 0: any; from SIGTERM to SIGKILL */
    int slot;                 /* which of the trials that run together it is: 0 .. jobs - 1 */
    int threads;              /* it may compute in */
    bool asks;                /* its reports are answered: {"go":true} or {"go":false} */
} hox__task;

typedef struct {
    const char *name;
    const char *root; /* the rule of a space that means this objective; NULL: none */
    const char *call; /* or the call that `objective` is: function(branin) */
    bool models;      /* trials leave models: the best is kept, and at the end the test set read */
    bool minds;       /* a trial's process minds another: it keeps the limits itself, is ended by
                         SIGTERM, and its standard output is the trial's log; when nothing is left
                         of the program it says so as the warm process would, hox__end_print(), and
                         waits for the next `start`: a fork is 2 ms */

    /* In the controller: what is measured. */
    hox_status (*aim)(const hox_space *space, hox__arena *arena, hox__aim *aim, hox_error *err);
    /* What the trials share, for people: adds to `out`. NULL: nothing. */
    void (*describe)(const hox_space *space, const hox__line *ready, hox__text *out);

    /* In the warm process: reads what all trials share and says so in *ready. */
    hox_status (*open)(const hox__objective_input *input, void **state, hox__line *ready,
                       hox_error *err);
    void (*close)(void *state);

    /* In the trial's own process: writes lines (wire.h) to `fd`, the last one a result or a
     * failure. Returns the process's exit status. */
    int (*trial)(void *state, const hox__task *task, int fd);

    /* Do its trials take no time and say little? Then they run in the warm process, not in forks of
     * it. NULL: they do not. */
    bool (*is_quick)(const void *state);
    /* The best value there is; false: not known. NULL: never. */
    bool (*optimum)(const hox_space *space, const char *data_folder, double *best);

    /* The same for the end of a study: reads the test set, writes the model `task->model` with the
     * score inside to `to`, says SCORE. */
    int (*finish)(void *state, const hox__task *task, const char *to, int fd);
} hox__objective;

/* A native training that was put down, in the trial's folder. */
#define HOX__CHECKPOINT_NAME "training.hoxc"

/* objectives.c, for native.c */
hox_status hox__native_aim(const hox_space *space, hox__arena *arena, hox__aim *aim,
                           hox_error *err);
void hox__native_describe(const hox_space *space, const hox__line *ready, hox__text *out);

extern const hox__objective hox__objective_native;
extern const hox__objective hox__objective_command;
extern const hox__objective hox__objective_function;
extern const hox__objective hox__objective_table;
extern const hox__objective hox__objective_told; /* others run the trials: ask and tell */

/* The one that the roots of the space mean. */
const hox__objective *hox__objective_of(const hox_space *space);

#endif
