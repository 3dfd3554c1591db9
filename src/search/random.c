/* Random search: every question is answered from its prior, every trial on its own.
 *
 * Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13, 2012: with few
 * parameters that matter, independent draws cover each of them better than a grid of equal size.
 */
#include "search/strategy.h"

static hox_status begin(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err)
{
    (void)space, (void)value, (void)seed, (void)err;
    *state = NULL;
    return HOX_OK;
}

static void end(void *state)
{
    (void)state;
}

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    (void)state, (void)trial;
    return hox_walk_derive(walk, hox_answer_prior, rng, NULL, err);
}

extern const hox_strategy hox__strategy_random;
const hox_strategy hox__strategy_random = {
    .name = "random",
    .source = "Bergstra and Bengio, JMLR 13, 2012, section 2",
    .summary = "independent draws from the prior of every question",
    .begin = begin,
    .end = end,
    .suggest = suggest,
};
