/* The warm process: forked once, it opens the objective (reads the data) and forks a child per
 * trial. The controller talks to it over one socket; it passes on what trials say and how they end.
 * It dies with the controller, and trials die with it. */
#ifndef HOX_STUDY_WARM_H
#define HOX_STUDY_WARM_H

#include "base/proc.h"
#include "study/objective.h"
#include "study/store.h"

typedef struct hox__warm hox__warm;

/* Waits until the objective is open; what it says is in *ready. `store` is given up in the child.
 */
hox_status hox__warm_open(const hox__objective *objective, const hox__objective_input *input,
                          hox__store *store, hox__warm **warm, hox__line *ready, hox_error *err);

/* Ends the process and all trials in it. NULL is fine. */
void hox__warm_close(hox__warm *warm);

/* Starts a trial; with `to` not NULL, the end of a study instead. */
hox_status hox__warm_start(hox__warm *warm, const hox__task *task, const char *to, hox_error *err);

/* Ends it: at once, or in good order when a process minds it. */
void hox__warm_kill(hox__warm *warm, uint64_t trial);

/* To its last report, or to one that has not asked: go on, or why not: pruned, paused, interrupted.
 * `waits`: it waits for the answer. */
void hox__warm_answer(hox__warm *warm, uint64_t trial, const char *why_not, bool waits);

typedef struct {
    void (*line)(void *ctx, uint64_t trial, const hox__line *line);
    void (*ended)(void *ctx, uint64_t trial, const hox__child_end *end);
    void *ctx;
    /* Not NULL: the lines as they come, to be passed on, instead of what they mean. */
    void (*raw)(void *ctx, const char *s, size_t n);
} hox__warm_listener;

/* Waits at most `seconds` for something to be said, or for something to read from `also` (< 0:
 * nothing), and hears it. False: the process is gone. */
bool hox__warm_wait(hox__warm *warm, int also, double seconds, const hox__warm_listener *listener);

/* ---- one that another process has ---- */

/* The same as seen through somebody who passes lines on: what is said to it goes to `say`. */
hox__warm *hox__warm_far(void (*say)(void *ctx, const char *s, size_t n), void *ctx);

/* A line of it. */
void hox__warm_hear(hox__warm *warm, const char *s, size_t n, const hox__warm_listener *listener);

/* A line to it, as it came. */
hox_status hox__warm_pass(hox__warm *warm, const char *s, size_t n, hox_error *err);

#endif
