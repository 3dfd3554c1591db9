/* What a study measures. An objective is a table of functions; `native` trains a sentence with the
 * engine of Hox. It runs outside the controller: `open` once in a warm process, `trial` in a fork
 * of it, so that nothing a trial does can hurt the study. */
#ifndef HOX_STUDY_OBJECTIVE_H
#define HOX_STUDY_OBJECTIVE_H

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
} hox__task;

typedef struct {
    const char *name;

    /* In the warm process: reads what all trials share and says so in *ready. */
    hox_status (*open)(const hox__objective_input *input, void **state, hox__line *ready,
                       hox_error *err);
    void (*close)(void *state);

    /* In the trial's own process: writes lines (wire.h) to `fd`, the last one a result or a
     * failure. Returns the process's exit status. */
    int (*trial)(void *state, const hox__task *task, int fd);

    /* The same for the end of a study: reads the test set, writes the model `task->model` with the
     * score inside to `to`, says SCORE. */
    int (*finish)(void *state, const hox__task *task, const char *to, int fd);
} hox__objective;

extern const hox__objective hox__objective_native;

#endif
