/* Writing a store: for the runner alone. Every append is one transaction of the event and what is
 * derived from it. */
#ifndef HOX_STUDY_STORE_WRITE_H
#define HOX_STUDY_STORE_WRITE_H

#include "study/store.h"

/* One line of the log. Only what its type speaks of is kept; see store_schema.c. */
typedef struct {
    int64_t id, time_ms;
    const char *type; /* study.create study.run study.end test.read trial.ask trial.start
                         trial.report trial.end */
    uint64_t trial, seed;
    const char *state, *reason, *detail; /* trial.end; study.run: detail is the settings */
    const char *walk, *key;              /* trial.ask */
    double value, budget, accuracy, loss, train_loss, cpu_s, flops;
    int64_t step, epochs, memory_bytes, repeat_of, params;
} hox__event;

/* `event->id` and `time_ms` are the store's business. A trial's end is synced to the disk before
 * this returns. */
hox_status hox__store_append(hox__store *store, int64_t study, const hox__event *event,
                             hox_error *err);

/* The log of a study in order; rows are borrowed for the call. `each` returning false ends it. */
hox_status hox__store_events(hox__store *store, int64_t study,
                             bool (*each)(void *ctx, const hox__event *event), void *ctx,
                             hox_error *err);

typedef struct {
    const char *name, *spec, *spec_name, *spec_hash, *objective, *strategy, *data_hash;
    bool maximize, no_default;
    uint64_t seed;
} hox__study_new;

hox_status hox__store_add_study(hox__store *store, const hox__study_new *study, int64_t *id,
                                hox_error *err);

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
