/* What objectives that take no time share: a sentence in, its value or its curve of values out. The
 * trials of such an objective run in the warm process itself, one after the other: a fork would
 * take longer than they do. */
#ifndef HOX_STUDY_INSTANT_H
#define HOX_STUDY_INSTANT_H

#include "study/objective.h"
#include "study/values.h"

enum {
    HOX__INSTANT_REPORTS = 100, /* as many as a socket holds while nobody reads it */
    HOX__CURVE_MAX = 1000,
};

/* value[n]: after step 1 .. n; the last one is the result. `steps` false: nothing is reported. */
typedef struct {
    double value[HOX__CURVE_MAX];
    int n;
    bool steps;
} hox__curve;

/* HOX_ERR_EMPTY: the sentence has no value, it is infeasible. */
typedef hox_status (*hox__measure)(const void *state, const hox__values *values,
                                   const hox_walk *walk, hox__curve *curve, hox_error *err);

/* A trial of the objective: its exit status. */
int hox__instant_trial(const hox_space *space, const hox__task *task, int fd, hox__measure measure,
                       const void *state);

/* Calls `see` with the default sentence and some drawn ones until it fails. Says before the first
 * trial what does not fit. */
typedef hox_status (*hox__seer)(void *ctx, const hox__values *values, const hox_walk *walk,
                                hox_error *err);
hox_status hox__instant_check(const hox_space *space, hox__seer see, void *ctx, hox_error *err);

/* The call of this name that `objective` is, or NULL. */
const hox_term *hox__objective_call(const hox_space *space, const char *name);

/* The best value that the objective of the space has anywhere, in its own direction. False: nobody
 * knows. */
bool hox__objective_optimum(const hox_space *space, const char *data_folder, double *best);

#endif
