/* What an earlier study knows, for a new one: its best trials as proposals, whatever the strategy.
 *
 * Of the first 30 trials every third one is the best old trial not proposed yet, as far from those
 * proposed as DISTANCE; the strategy hears of it like of any trial. A study that misleads is given
 * up (trust.h).
 *
 * Only the order of old scores counts, since values do not carry over from one data set to another.
 * Old answers are matched by path and value; those that the space no longer has come from the
 * prior. Feurer, Springenberg, Hutter, "Initializing Bayesian hyper-parameter optimization via
 * meta-learning", AAAI 2015.
 */
#ifndef HOX_SEARCH_TRANSFER_H
#define HOX_SEARCH_TRANSFER_H

#include "search/history.h"
#include "search/trust.h"

enum {
    HOX__TRANSFER_EVERY = 3,
    HOX__TRANSFER_MOST = HOX__TRUST_TRIALS / HOX__TRANSFER_EVERY,
};

typedef struct {
    hox__history old; /* trials of earlier studies */
    int64_t *order;   /* [n] rows of `old` to propose, in this order */
    int n;
    int next; /* of them, not asked yet */
    hox__trust trust;
} hox__transfer;

/* HOX_ERR_MEMORY is the only failure of all but suggest; deinit is fine then. */
hox_status hox__transfer_init(hox__transfer *transfer, const hox_space *space);
void hox__transfer_deinit(hox__transfer *transfer);

/* An old trial: a walk of this space. Higher scores are better; NaN: it failed, and is not
 * proposed.
 */
hox_status hox__transfer_add(hox__transfer *transfer, const hox_asked *asked, double score);

/* After the last add, before the first event. */
hox_status hox__transfer_ready(hox__transfer *transfer);

/* The events of the new study. `proposal`: the trial is that of `order`; -1: it is the strategy's.
 */
void hox__transfer_asked(hox__transfer *transfer, uint64_t trial, int proposal);
void hox__transfer_told(hox__transfer *transfer, uint64_t trial, const hox_outcome *outcome);

/* Which of `order` the next trial is; -1: the strategy is to be asked. A pure function of what was
 * added and the events. */
int hox__transfer_next(const hox__transfer *transfer);

/* Derives that proposal on the walk. */
hox_status hox__transfer_propose(const hox__transfer *transfer, int proposal, hox_walk *walk,
                                 hox_rng *rng, hox_error *err);

#endif
