/* The store: an append-only event log in SQLite, and the tables derived from it in the same
 * transactions (decisions 1.2, 3.2; reliability §2). One connection writes; readers open read-only.
 */
#ifndef HOX_STUDY_STORE_H
#define HOX_STUDY_STORE_H

#include "search/strategy.h"
#include <hox/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hox__store hox__store;

typedef enum {
    HOX__STORE_READ,
    HOX__STORE_WRITE,
    HOX__STORE_BRIEF, /* WRITE, and closed within milliseconds */
    HOX__STORE_CREATE
} hox__store_mode;

/* BRIEF keeps others waiting and costs less: it needs no memory that is shared with others, nor its
 * file, no lock for each look, and fewer syncs. While somebody else looks in, it is WRITE.
 *
 * All but READ take the store's lock: HOX_ERR_BUSY names pid, host and since when. A file that is
 * not a store, a damaged or a newer one: HOX_ERR_DATA, untouched. A network file system:
 * HOX_ERR_IO. */
hox_status hox__store_open(const char *path, hox__store_mode mode, hox__store **store,
                           hox_error *err);
void hox__store_close(hox__store *store);

typedef struct {
    int64_t id;
    const char *name, *spec, *spec_hash, *objective,
        *strategy;                    /* spec: the .hox text; objective: "maximize accuracy" */
    const char *data_hash, *settings; /* settings: JSON of what the flags said */
    uint64_t seed;
    int64_t created_ms;
    const char *state;     /* running, done, interrupted */
    const char *allocator; /* what stops trials early; "": nothing */
} hox__study_row;

typedef struct {
    uint64_t trial;
    hox_trial_state state;
    const char *reason; /* nan exit signal timeout memory output infeasible lost interrupted
                           preempted, or "" */
    const char *detail; /* "exit 1", "loss is nan at step 812", last lines of output */
    const char *walk;   /* the answers as text */
    uint64_t seed;
    double value; /* NaN unless done */
    double budget;
    int64_t epochs; /* trained */
    int64_t created_ms, started_ms, ended_ms;
    double cpu_s;
    int64_t memory_bytes;
    int64_t repeat_of; /* -1, or the first trial with the same key */
    int64_t params;
    double flops;
    const char *scores, *metrics; /* JSON: of several goals; what else was measured; "": none */
    double violation;             /* of the objective's bounds; NaN: it has none */
    const char *worker;           /* HOST:PID that runs or ran it, BOOT WORD of its lease, or "" */
    int64_t lease_ms;             /* until when, on the clock since boot; 0: nobody has it */
    bool outside;                 /* of the space that the study has now (amend.h) */
} hox__trial_row;

/* Rows are borrowed until the next call with the same cursor or the store's end. */
hox_status hox__store_studies(hox__store *store, bool (*each)(void *ctx, const hox__study_row *row),
                              void *ctx, hox_error *err);
hox_status hox__store_find(hox__store *store,
                           const char *name /* NULL: the only or the last written one */,
                           hox__study_row *row, bool *guessed, hox_error *err);
hox_status hox__store_trials(hox__store *store, int64_t study,
                             bool (*each)(void *ctx, const hox__trial_row *row), void *ctx,
                             hox_error *err);
hox_status hox__store_trial(hox__store *store, int64_t study, uint64_t trial, hox__trial_row *row,
                            hox_error *err);
/* The best done trial by value in the study's direction, the earliest of equals, of those that are
 * not outside; HOX_DONE: there is none. */
hox_status hox__store_best(hox__store *store, int64_t study, hox__trial_row *row, hox_error *err);

/* How many are done, at once; how many are in each state, by looking at all. */
enum { HOX__TRIAL_STATES = HOX_TRIAL_PAUSED + 1 };
hox_status hox__store_done(hox__store *store, int64_t study, int64_t *done, hox_error *err);
hox_status hox__store_count(hox__store *store, int64_t study, int64_t n[HOX__TRIAL_STATES],
                            hox_error *err);

typedef struct {
    uint64_t trial;
    int64_t step; /* epoch */
    double accuracy, loss, train_loss;
    double value;        /* of the metric that is searched for; NaN: it is accuracy or loss */
    const char *metrics; /* JSON of programs, "" */
} hox__report_row;
hox_status hox__store_reports(hox__store *store, int64_t study, uint64_t trial,
                              bool (*each)(void *ctx, const hox__report_row *row), void *ctx,
                              hox_error *err);

/* Who proposed each trial, and how many seconds that took, in the order of trials; `by` is "" and
 * `seconds` 0 where an old log does not say. */
hox_status hox__store_asks(hox__store *store, int64_t study,
                           bool (*each)(void *ctx, uint64_t trial, const char *by, double seconds),
                           void *ctx, hox_error *err);

/* SHA-256 over the study's events in canonical form (decisions 3.6): equal hash, same study. */
hox_status hox__store_log_hash(hox__store *store, int64_t study, char hex[65], hox_error *err);

/* Integrity for `hox doctor`: PRAGMA integrity_check, dense event numbers, tables equal to the log
 * replayed. */
hox_status hox__store_check(hox__store *store, hox_error *err);

#endif
