/* What a user believes of numbers: the values that the space says by `~`, followed when a sampler
 * is asked to, `prior: defaults`.
 *
 *   pi(x) = prod_j exp(-(u_j - m_j)^2 / (2 s^2)),   s = 1/4
 *
 * over the questions asked that have a `~` value m_j, both on the question's own scale, [0, 1]. Of
 * the first 30 trials every third one follows it: among those before the model it is drawn from pi
 * (branches by their weights, numbers without `~` evenly), later what the model says of a point is
 * multiplied by pi(x)^(10/n) with n trials told (Hvarfner et al., "piBO: Augmenting acquisition
 * functions with user beliefs", ICLR 2022, arXiv 2204.11051). The other trials, and
 * trust.h, bound what a wrong belief costs.
 */
#ifndef HOX_SEARCH_BELIEF_H
#define HOX_SEARCH_BELIEF_H

#include "search/encode.h"
#include "search/trust.h"

/* The setting of every sampler that can. */
#define HOX__BELIEF_DOMAIN "branches | defaults"
#define HOX__BELIEF_SETTING                                                                        \
    {                                                                                              \
        "prior", HOX__BELIEF_DOMAIN, "branches", "Hvarfner et al. 2022, piBO",                     \
            "what is likely at first: what the weights of branches say, or values near the `~` "   \
            "of numbers, too"                                                                      \
    }

/* All zeros: nothing is believed. */
typedef struct {
    bool on;
    hox__trust trust;
} hox__belief;

/* `word` of the setting. HOX_ERR_ARGUMENT: defaults are to be followed in a space that says none.
 */
hox_status hox__belief_begin(hox__belief *belief, const hox_space *space, const char *word,
                             hox_error *err);

/* The events of the study. */
void hox__belief_asked(hox__belief *belief, uint64_t trial);
void hox__belief_told(hox__belief *belief, uint64_t trial, const hox_outcome *outcome);

/* Does the next trial follow the belief? */
bool hox__belief_turn(const hox__belief *belief);

/* A walk drawn from pi. */
hox_status hox__belief_derive(hox_walk *walk, hox_rng *rng, hox_error *err);

/* The exponent 10/n of the next trial, n trials told; 0: it is not its turn. */
double hox__belief_power(const hox__belief *belief, int64_t told);

/* log pi at coordinate `at` of a dimension, and its derivative (NULL: not wanted). 0 where nothing
 * is believed; NaN coordinates are not asked. */
double hox__belief_log(const hox__dim *dim, double at, double *slope);

/* `at`, or a draw from pi where something is believed. */
double hox__belief_draw(const hox__dim *dim, double at, hox_rng *rng);

#endif
