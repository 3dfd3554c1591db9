/* Writing a store: for the runner alone. Every append is one transaction of the event and what is
 * derived from it. */
#ifndef HOX_STUDY_STORE_WRITE_H
#define HOX_STUDY_STORE_WRITE_H

#include "study/store.h"

/* One line of the log. Only what its type speaks of is kept; see store_event.c. */
typedef struct {
    int64_t id, time_ms;
    const char *type; /* study.create study.run study.warm study.amend study.end test.read trial.ask
                         trial.start trial.report trial.lease trial.end */
    uint64_t trial, seed;
    const char *state, *reason, *detail; /* trial.end; trial.ask: reason is who proposed it;
 study.run, study.warm: detail is the settings, the walks; trial.start: who runs or leased it */
    const char *walk, *key;              /* trial.ask */
    double value, budget, accuracy, loss, train_loss, cpu_s, flops;
    int64_t step, epochs, memory_bytes, repeat_of, params;
    const char *scores, *metrics; /* JSON: [0.9, 12] of several goals; {"acc":0.9}; NULL: none */
    double violation;             /* of the bounds of the objective; NaN: unknown */
    int64_t lease_ms;             /* trial.lease: until when; detail is who has it */
} hox__event;

/* `event->id` is the store's business, `time_ms` too when it is 0. A trial's end is synced to the
 * disk before this returns. */
hox_status hox__store_append(hox__store *store, int64_t study, const hox__event *event,
                             hox_error *err);

/* Several appends as one transaction, that is on the disk when it ends. `status`: of what was done
 * between them; HOX_OK commits, anything else undoes. Returns it, or that of the commit. */
hox_status hox__store_begin(hox__store *store, hox_error *err);
/* As safe as single appends: against the end of this program, not of the machine. */
hox_status hox__store_begin_light(hox__store *store, hox_error *err);
hox_status hox__store_end(hox__store *store, hox_status status, hox_error *err);

/* From here to hox__store_settle(), appends that need only survive the program share a transaction;
 * one that must survive the machine commits them first. Settling without a gathering does nothing.
 */
void hox__store_gather(hox__store *store);
hox_status hox__store_settle(hox__store *store, hox_error *err);

/* The log of a study in order; rows are borrowed for the call. `each` returning false ends it. */
hox_status hox__store_events(hox__store *store, int64_t study,
                             bool (*each)(void *ctx, const hox__event *event), void *ctx,
                             hox_error *err);

typedef struct {
    const char *name, *spec, *spec_name, *spec_hash, *objective, *strategy, *data_hash;
    bool maximize, no_default;
    uint64_t seed;
    const char *allocator; /* "": none */
} hox__study_new;

hox_status hox__store_add_study(hox__store *store, const hox__study_new *study, int64_t *id,
                                hox_error *err);

/* The space of a study is another from now on; part of the caller's transaction. */
hox_status hox__store_change_space(hox__store *store, int64_t study, const char *spec,
                                   const char *spec_name, const char *spec_hash, hox_error *err);

/* What hox__study_row does not say. */
typedef struct {
    char spec_name[256];
    bool maximize, no_default;
    int64_t readings;
} hox__study_more;
hox_status hox__store_more(hox__store *store, int64_t study, hox__study_more *more, hox_error *err);

/* The child of a fork leaves the store to its parent: its part of the lock ends, nothing else is
 * touched. */
void hox__store_abandon(hox__store *store);

#endif
