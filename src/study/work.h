/* A worker: runs trials of a study that another process owns, in a warm process of its own. */
#ifndef HOX_STUDY_WORK_H
#define HOX_STUDY_WORK_H

#include "study/remote.h"

typedef struct {
    int jobs;                    /* at once; 1 .. 1024 */
    double lease_s, grace_s;     /* silence after which it is lost; of stopping in good order */
    volatile sig_atomic_t *stop; /* as in hox_run_options; NULL: nobody asks */
    void (*started)(void *ctx, uint64_t trial);
    void (*ended)(void *ctx, uint64_t trial, bool well);
    void *ctx;
} hox__work_options;

/* Joins, and works until the owner has ended (HOX_OK), is gone (HOX_ERR_IO), or `stop` was asked
 * for (HOX_ERR_INTERRUPTED). No trial runs when it returns. `study`: hox__study_open_through(). */
hox_status hox__work(hox_study *study, const hox__work_options *options, hox_error *err);

#endif
