/* Studies: a space, a strategy, a seed and a budget, run to an end that survives being killed.
 */
#ifndef HOX_STUDY_H
#define HOX_STUDY_H

#include <hox/export.h>
#include <hox/space.h>
#include <hox/status.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hox_study hox_study;

/* What a study is, fixed when it is made; kept in the store. */
typedef struct {
    const char *store; /* path of hox.db */
    const char *name;
    const char *spec_name, *spec; /* the .hox text and the name it is known by in messages */
    const char *strategy;         /* NULL: of the space's `search`, else auto; may carry settings:
                                     "evolution(population: 20)" */
    uint64_t seed;
    bool no_default;         /* trial 0 is drawn like the others */
    const char *data_folder; /* HOX_DATA */
    const char *prune; /* what stops trials early: "median", "percentile(keep: 25)", "none"; NULL:
                          none, or as the study has it */
    bool any_seed;     /* `seed` is for a new study; one that is there keeps its own */
    bool told;         /* others run the trials (ask and tell): no data are read, nothing started */
    bool amend;        /* one that is there goes on with this space in place of its own */
} hox_study_options;

enum { HOX_JOBS_NONE = -1 }; /* nothing is run here: others ask, tell, or join as workers */

/* What one run of it may spend; the first bound reached ends it. 0: no bound. */
typedef struct {
    int64_t trials; /* in the study, finished or failed */
    int64_t epochs;
    double time_s;        /* of this run; twice that when no trial has finished by then */
    double target;        /* NaN: none; a value at least as good ends the study */
    int jobs;             /* 0: as in the last run, else cores / threads; or HOX_JOBS_NONE */
    int threads;          /* of one trial of a network; 0: as in the last run, else 1 */
    int64_t memory_bytes; /* of one trial; 0: 80 % of the machine / jobs */
    double timeout_s;     /* of one trial; 0: none */
    double cpu_s;         /* processor time of one trial that is a program; 0: any */
    double grace_s;       /* from asking a program to end to killing it; 0: 30 */
    int64_t retries;      /* of a trial that was killed from outside; < 0: 1 */
    bool keep_going;      /* do not stop when the first 3 trials all fail alike */
    volatile sig_atomic_t
        *stop; /* 0: go on, 1: no new trials, 2: stop them now, 3: leave at once */
} hox_run_options;

/* What happens, as it happens, for progress displays and JSON Lines. `type` is one of study.start
 * trial.start trial.report trial.end best warning error study.end. Fields that do not apply are 0,
 * NaN or NULL. Borrowed for the call. */
typedef struct {
    const char *type;
    uint64_t trial;
    const char *state, *reason,
        *message; /* trial.end: done, failed …; message: for warning and error */
    double value, best;
    uint64_t best_trial;
    int64_t step, steps;                         /* epochs */
    double accuracy, loss, train_loss, progress; /* progress of a trial: 0 .. 1 */
    double seconds;                              /* of the trial; study.end: of the run */
    double cpu_s; /* study.end: processor time of the controller alone, since it started */
    int64_t params;
    const hox_sentence *sentence; /* trial.start, trial.end, best */
    int64_t done, running, pruned, failed, trials;
    int64_t paused; /* wait for more budget */
} hox_event;
typedef struct {
    void (*event)(void *ctx, const hox_event *event);
    void (*tick)(void *ctx); /* at least 10 times a second while waiting */
    void *ctx;
} hox_observer;

/* Creates the study, or continues the one of the same name when its spec hash, strategy and seed
 * agree (*resumed). Loads the data, takes the store's lock. Errors in the space are in `list`. */
HOX_API hox_status hox_study_create(const hox_study_options *options, hox_diagnostics *list,
                                    hox_study **study, bool *resumed, hox_error *err);
/* Opens an existing one to go on; name NULL: the only one, or the last written. */
HOX_API hox_status hox_study_resume(const char *store, const char *name, const char *data_folder,
                                    hox_diagnostics *list, hox_study **study, hox_error *err);
HOX_API void hox_study_close(hox_study *study);

/* What is not given is as it was in the study's last run, else its default: jobs, memory, time-out;
 * and its bounds, when no bound is given. hox_study_run() does so too. HOX_ERR_MEMORY, and
 * HOX_ERR_DATA when what was kept cannot be read: no study runs on without its bounds. */
HOX_API hox_status hox_study_options_fill(const hox_study *study, hox_run_options *options,
                                          hox_error *err);

/* HOX_OK: a bound was reached or the space is exhausted. HOX_ERR_INTERRUPTED: asked to stop. */
HOX_API hox_status hox_study_run(hox_study *study, const hox_run_options *options,
                                 const hox_observer *observer, hox_error *err);

typedef struct {
    const char *name, *store, *strategy, *objective, *metric, *spec_hash;
    const char *strategy_says; /* one line: what it will do in this space, and why; NULL: nothing */
    const char *data; /* "60 000 train, 10 000 test, 28x28x1, 10 classes; 54 000 to fit, 6 000 to
                         validate" */
    uint64_t seed;
    bool maximize;
    int64_t trials, done, pruned, failed, running, paused;
    bool has_best;
    uint64_t best_trial;
    double best_value;
    int jobs;
    const char *allocator; /* what stops trials early; "": nothing */
    bool models;           /* trials leave models: hox_study_finish() can save the best */
    int goals;             /* objectives; best_value is that of the first */
} hox_study_facts;
HOX_API hox_study_facts hox_study_describe(const hox_study *study);
HOX_API const hox_space *hox_study_space(const hox_study *study);
/* The sentence of a trial, by replaying its walk; the caller's. */
HOX_API hox_status hox_study_sentence(const hox_study *study, uint64_t trial,
                                      hox_sentence **sentence, hox_error *err);

/* The best trial's weights as a .hoxm file, with the test set read once (the store counts readings,
 * decisions 3.7). */
typedef struct {
    double test, standard_error; /* accuracy */
    int64_t reading;             /* 1: the first time */
    int64_t params, bytes;
} hox_final;
HOX_API hox_status hox_study_finish(hox_study *study, const char *model_path, hox_final *final,
                                    hox_error *err);

HOX_API hox_status hox_study_log_hash(hox_study *study, char hex[65], hox_error *err);

#endif
