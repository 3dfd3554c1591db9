/* Trials that others run: asked, leased, reported, told. The study is open by hox__study_join(): as
 * its owner, or through the process that owns it. */
#ifndef HOX_STUDY_ASK_H
#define HOX_STUDY_ASK_H

#include "study/study.h"

/* Opens an existing study; nothing is run and no data are read. When somebody runs it, all goes
 * through him; waits at most `wait_s` while somebody has the store who does not listen. */
hox_status hox__study_join(const char *store, const char *name, double wait_s, hox__stay stay,
                           hox_study **study, hox_error *err);

typedef struct {
    hox__suggestion what;
    double budget;  /* up to which it is to run; 0: the space has none */
    char lease[20]; /* who has it: a word to tell with */
} hox__asked;

/* `lasting`: on the disk before this returns, for a trial that outlives the machine: somebody reads
 * its number off a screen. Otherwise as safe as the end of this program. First those whose lease
 * has ended or that were cut off, then new ones. HOX_DONE, HOX_WAIT as of hox__study_suggest(). */
hox_status hox__study_ask(hox_study *study, double lease_s, bool lasting, hox__asked *out,
                          hox_error *err);

/* The same, for whoever owns the store. */
hox_status hox__study_lease(hox_study *study, const hox__turn_options *options, double lease_s,
                            bool lasting, hox__asked *out, hox_error *err);

/* `lease` NULL: not checked. E0805: it is somebody else's now. */
typedef struct {
    uint64_t trial;
    const char *lease;
    const char *failed;  /* why, or NULL */
    double value;        /* of the first goal */
    const char *scores;  /* JSON of several goals, NULL */
    const char *metrics; /* JSON of all that was said, NULL */
    double violation;
} hox__told;
/* Of a trial that was granted a part of the budget it is what it has come to: it may be asked
 * again, with more. */
hox_status hox__study_tell(hox_study *study, const hox__told *told, hox_error *err);

/* The same, for whoever owns the store; *end is the event, of texts that `told` holds. HOX_DONE: it
 * was told so before. */
hox_status hox__study_settle(hox_study *study, const hox__told *told, hox__event *end,
                             hox_error *err);

/* Renews the lease. `step` < 0: the one after the last. */
hox_status hox__study_report(hox_study *study, const hox__told *told, int64_t step, double lease_s,
                             bool *go, hox_error *err);

/* `lr=0.01,opt=adam`, enqueued. */
hox_status hox__study_try(hox_study *study, const char *point, uint64_t *trial, hox_error *err);

/* A trial with these answers, to be run before new ones: known-good points, failed ones again. */
hox_status hox__study_enqueue(hox_study *study, const char *walk, uint64_t *trial, hox_error *err);

#endif
