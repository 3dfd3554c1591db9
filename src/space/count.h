/* How many sentences a space holds: exactly by dynamic programming over the states of a derivation,
 * or estimated by random probes when there are too many states.
 *
 * Counted are legal walks with every range of reals as one value. Two derivations that have come to
 * the same state (the same goals, shape, bound arguments, and whatever else the rest depends on)
 * can be completed in the same ways, so each state is counted once.
 */
#ifndef HOX_SPACE_COUNT_H
#define HOX_SPACE_COUNT_H

#include <hox/space.h>

typedef struct {
    int64_t work;   /* most answers tried before the exact count is given up */
    int64_t probes; /* of the estimate: at most */
    double narrow;  /* fewer when its interval is within mean (1 +- narrow); negative: never */
    uint64_t seed;  /* of the probes */
} hox__count_options;

void hox__count_defaults(hox__count_options *options);

typedef struct {
    bool exact;
    bool infinite;    /* a recursion that nothing bounds: the other fields are empty */
    char *digits;     /* exact: the number, hox_text_free() */
    double log10;     /* of the number, or of its estimate; -HUGE_VAL for 0 */
    double low, high; /* log10 of a 95 % interval; equal to log10 when exact */
    int reals;        /* ranges of reals that were met, each counted as one value */
    bool rough; /* estimate: a recursion, whose long sentences are rarely met: it may be too low */
    int64_t states;        /* exact: how many were told apart */
    int64_t probes, legal; /* estimate: how many were made, how many gave a sentence */
    const char *why;       /* estimate: what kept the count from being exact */
} hox__tally;

/* HOX_ERR_MEMORY is the only failure. */
hox_status hox__count_space(const hox_space *space, const hox__count_options *options,
                            hox__tally *out, hox_error *err);

/* ---- drawing so that every sentence is equally likely ---- */

typedef struct hox__counter hox__counter;

/* Counts; HOX_ERR_ARGUMENT when an exact count would take more than `work` answers, with the
 * reason. */
hox_status hox__counter_new(const hox_space *space, int64_t work, hox__counter **out,
                            hox_error *err);
void hox__counter_free(hox__counter *counter);

/* An answer to the question that `walk` asks, in proportion to how many sentences each answer leads
 * to; reals are drawn from their prior. */
hox_answer hox__counter_draw(hox__counter *counter, const hox_walk *walk, const hox_choice *choice,
                             hox_rng *rng);

#endif
