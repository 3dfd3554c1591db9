/* The contract between Hox and a rule that shares out budget: how far a trial goes, whether one
 * that does badly is stopped, which one that was paused goes on. It is orthogonal to the strategy,
 * which says what to try.
 *
 * Order of calls: begin; then any interleaving of next, started, report and told; then end. A trial
 * is started once for each time it runs (again after a pause or when it was cut off: what it
 * reported since the last start that was not followed by a pause is void then), reports any number
 * of times, and is told at most once. An allocator is a pure function of (settings, seed, ordered
 * events): next leaves the state alone, so a study is resumed by begin and the same events again.
 * It sees numbers only: no network, no file, no clock.
 */
#ifndef HOX_STUDY_ALLOCATOR_H
#define HOX_STUDY_ALLOCATOR_H

#include "search/strategy.h"

typedef enum { HOX_VERDICT_GO, HOX_VERDICT_STOP, HOX_VERDICT_PAUSE } hox_verdict;

/* What an allocator knows of its study. */
typedef struct {
    double low, high; /* the space's budget; 0, 0: it has none, trials end by themselves */
    bool maximize;    /* of the metric; what allocators are told is larger when better */
    uint64_t seed;
} hox_allocation;

/* What runs next. */
typedef struct {
    bool fresh;     /* a new trial; else `trial`, which was paused */
    uint64_t trial; /* fresh: not said */
    double budget;  /* up to which it runs, counted from its beginning; 0: no bound */
} hox_grant;

typedef struct hox_allocator {
    const char *name;           /* median, percentile, halving, asha ... */
    const char *source;         /* paper, section, algorithm */
    const char *summary;        /* one line */
    const char *deviations;     /* from the source, or NULL */
    const hox_setting *setting; /* [settings] */
    int settings;
    bool needs_budget; /* the space must declare one */

    /* Checks what the table cannot (value[i] belongs to setting[i]) and makes the state. */
    hox_status (*begin)(const hox_allocation *about, const hox_value *value, void **state,
                        hox_error *err);
    void (*end)(void *state);

    /* NULL: always a new trial with the whole budget. `begin`: a new trial may be begun; otherwise
     * the best of those that wait go on, until one at least has come to the end. HOX_WAIT: ask
     * again after the next event. HOX_DONE: nothing is left to run. */
    hox_status (*next)(const void *state, bool begin, hox_grant *grant, hox_error *err);

    /* It is paused: can it never go on? NULL: it always may. */
    bool (*is_left)(const void *state, uint64_t trial);

    /* The trial runs, up to `budget`. NULL: not interested. HOX_ERR_MEMORY is the only failure of
     * this and the next two. */
    hox_status (*started)(void *state, uint64_t trial, double budget);

    /* It has come to `step` with `value`, larger is better, NaN when it is not a number: may it go
     * on? Steps of a trial that are not larger than the last are not shown. NULL: it may. */
    hox_status (*report)(void *state, uint64_t trial, double step, double value,
                         hox_verdict *verdict);

    /* It ended. `outcome->budget` is the step it came to. NULL: not interested. */
    hox_status (*told)(void *state, uint64_t trial, const hox_outcome *outcome);
} hox_allocator;

/* Borrowed, lives as long as the program; NULL when none has that name. `-` counts as `_`. */
const hox_allocator *hox__allocator_find(const char *name);

/* The whole table, [*n], in the order of allocators.def. */
const hox_allocator *const *hox__allocator_all(int *n);

#endif
