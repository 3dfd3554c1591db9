/* The contract between Hox and a search method. A method is a const table of functions.
 *
 * Order of calls: begin; then any interleaving of suggest, asked and told, where a trial is asked
 * once, after the suggest that made it (or without one, when somebody else proposed it), and told
 * at most once after that (but see below); then end. A method is a pure function of (settings,
 * seed, ordered events): suggest leaves the state alone, so a study is resumed by begin and the
 * same events again. Pending trials are those asked and not yet told. A method sees questions,
 * answers and scores. It sees no network, no file and no clock.
 *
 * A trial that an allocator pauses is told PRUNED with the budget it has come to; when it went on
 * it is told again, with more. A method that compares trials by budget takes the later word; to
 * others the first one counts, which ranks all trials by what they had come to at equal budgets.
 */
#ifndef HOX_SEARCH_STRATEGY_H
#define HOX_SEARCH_STRATEGY_H

#include "space/settings.h"
#include <hox/rng.h>
#include <hox/space.h>

typedef enum {
    HOX_TRIAL_QUEUED,
    HOX_TRIAL_RUNNING,
    HOX_TRIAL_DONE,
    HOX_TRIAL_PRUNED,
    HOX_TRIAL_FAILED,
    HOX_TRIAL_CANCELLED,
    HOX_TRIAL_PAUSED, /* it waits for more budget; strategies hear of it as PRUNED */
} hox_trial_state;

/* Nothing more comes of it. */
static inline bool hox__trial_is_over(hox_trial_state state)
{
    return state == HOX_TRIAL_DONE || state == HOX_TRIAL_PRUNED || state == HOX_TRIAL_FAILED;
}

/* What a trial was asked: its answers. Borrowed for the call, paths included: what a method keeps
 * goes by the key. */
typedef struct {
    const hox_answered *answer; /* [n] */
    int n;
} hox_asked;

typedef struct {
    hox_trial_state state; /* DONE, PRUNED, FAILED or CANCELLED */
    double
        score; /* larger is better, whatever the objective's direction; NaN unless DONE or PRUNED */
    double budget;        /* what it was given, in units of the space's budget; 0: no budget */
    const double *scores; /* [objectives], each larger is better; scores[0] is `score`; NULL: one */
    int objectives;       /* 0 and 1: a single objective */
    double violation;     /* > 0: by how much the outcome's constraints are broken; 0: feasible */
    double seconds;       /* how long the trial took, as the log has it; 0: unknown */
} hox_outcome;

typedef struct hox_strategy {
    const char *name;           /* the word after `search =`: evolution, genetic_cnn */
    const char *source;         /* paper, section, algorithm */
    const char *summary;        /* one line for `hox strategies` */
    const char *deviations;     /* from the source, or NULL */
    const hox_setting *setting; /* [settings] */
    int settings;
    bool no_default; /* trial 0 is not the default sentence (grid) */

    /* Checks what the table cannot (value[i] belongs to setting[i]) and makes the state. */
    hox_status (*begin)(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err);
    void (*end)(void *state);

    /* NULL: not interested. HOX_ERR_MEMORY is the only failure. */
    hox_status (*asked)(void *state, uint64_t trial, const hox_asked *asked);
    hox_status (*told)(void *state, uint64_t trial, const hox_outcome *outcome);

    /* Derives the sentence of `trial` on a fresh walk, drawing only from `rng`, the trial's own
     * stream. HOX_OK: the walk is complete. HOX_WAIT: ask again after the next told. HOX_DONE:
     * nothing is left to try. */
    hox_status (*suggest)(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err);

    /* One line for people: what it will do in this space, and why. Borrowed from the state; NULL:
     * nothing to say beyond the settings. */
    const char *(*explain)(const void *state);
} hox_strategy;

#endif
