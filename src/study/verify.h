/* Is what the log says what happens again? Of a trial: the same reports and the same result, bit
 * for bit (promise P14). Of a study: the same suggestions in the recorded order of events (P12). */
#ifndef HOX_STUDY_VERIFY_H
#define HOX_STUDY_VERIFY_H

#include "study/study.h"

typedef enum {
    HOX__REPLAY_IDENTICAL,
    HOX__REPLAY_NEAR, /* to one part in a million, and not bit for bit */
    HOX__REPLAY_DIFFERENT,
} hox__replay_verdict;

/* The first thing that differs, when something does. */
typedef struct {
    hox__replay_verdict verdict;
    uint64_t trial;
    int64_t step;  /* of the report; -1: before the first or after the last of them */
    char what[64]; /* accuracy, loss, value, seed, walk, data ... */
    char was[200], is[200];
    int64_t compared; /* reports, or suggestions */
    int64_t skipped;  /* suggestions of the user's */
} hox__replayed;

/* Runs `trial` again beside the study: `study` is open by hox__study_open_to_verify(), told false.
 * It must have ended: else HOX_ERR_ARGUMENT. `stop` as of hox_run_options: HOX_ERR_INTERRUPTED. */
hox_status hox__trial_verify(hox_study *study, uint64_t trial, volatile sig_atomic_t *stop,
                             hox__replayed *out, hox_error *err);

/* Replays the log from its first event; `study` is open by hox__study_open_to_verify(), and what is
 * of its era is compared. Adds to *out, which begins as {.step = -1}. */
hox_status hox__study_verify(hox_study *study, hox__replayed *out, hox_error *err);

#endif
