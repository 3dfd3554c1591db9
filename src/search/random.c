/* Random search: every question is answered from its prior, every trial on its own.
 *
 * Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization", JMLR 13, 2012: with few
 * parameters that matter, independent draws cover each of them better than a grid of equal size.
 *
 * With `prior: sentences` every sentence of the space is equally likely instead: at each question
 * an answer is drawn in proportion to the exact number of sentences behind it.
 */
#include "base/alloc.h"
#include "search/strategy.h"
#include "space/count.h"
#include <string.h>

enum { PRIOR };

static const hox_setting settings[] = {
    [PRIOR] = {"prior", "branches | sentences", "branches", "choice of Hox",
               "what is equally likely: the branches of a choice, or all sentences"},
};

typedef struct {
    hox__counter *counter; /* NULL: each question from its own prior */
} random_search;

typedef struct {
    hox__counter *counter;
    const hox_walk *walk;
    hox_rng *rng;
} drawing;

static hox_status begin(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err)
{
    enum { WORK_MAX = 2000000 }; /* answers tried while counting: seconds */
    (void)seed;
    random_search *s = hox__alloc(1, sizeof *s);
    *state = NULL;
    if (!s)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a strategy");
    if (strcmp(value[PRIOR].word, "sentences") == 0) {
        hox_status status = hox__counter_new(space, WORK_MAX, &s->counter, err);
        if (status != HOX_OK) {
            hox__free(s);
            return status;
        }
    }
    *state = s;
    return HOX_OK;
}

static void end(void *state)
{
    random_search *s = state;
    if (s)
        hox__counter_free(s->counter);
    hox__free(s);
}

static hox_answer draw(void *ctx, const hox_choice *choice, int attempt)
{
    drawing *d = ctx;
    (void)attempt;
    return hox__counter_draw(d->counter, d->walk, choice, d->rng);
}

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    const random_search *s = state;
    drawing d = {s->counter, walk, rng};
    (void)trial;
    return s->counter ? hox_walk_derive(walk, draw, &d, NULL, err)
                      : hox_walk_derive(walk, hox_answer_prior, rng, NULL, err);
}

extern const hox_strategy hox__strategy_random;
const hox_strategy hox__strategy_random = {
    .name = "random",
    .source = "Bergstra and Bengio, JMLR 13, 2012, section 2",
    .summary = "independent draws from the prior of every question, or of all sentences alike",
    .setting = settings,
    .settings = sizeof settings / sizeof *settings,
    .begin = begin,
    .end = end,
    .suggest = suggest,
};
