/* Sobol search: the points of a scrambled Sobol sequence, one after the other.
 *
 * Points that know of each other cover the space more evenly than independent draws, in every
 * projection onto a few questions. Sobol 1967; see points.h for scrambling and direction numbers.
 */
#include "base/alloc.h"
#include "search/design.h"
#include "search/points.h"

typedef struct {
    hox__design design; /* first, so that it is found from the design */
    hox__points points;
} sobol;

static double unit(const hox__design *design, uint64_t index, int dimension)
{
    const sobol *s = (const sobol *)design;
    return hox__points_at(&s->points, index, dimension);
}

static void end(void *state)
{
    sobol *s = state;
    if (!s)
        return;
    hox__design_deinit(&s->design);
    hox__points_deinit(&s->points);
    hox__free(s);
}

static hox_status begin(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err)
{
    (void)value;
    sobol *s = hox__alloc(1, sizeof *s);
    if (!s)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a design");
    hox_status status =
        hox__design_init(&s->design, space, seed, unit, HOX__POINTS_DIMENSIONS_MAX, err);
    if (status == HOX_OK) {
        const hox_rng scramble = hox_rng_child(&s->design.rng, "scramble", 0);
        status = hox__points_init(&s->points, s->design.dimensions, &scramble);
    }
    if (status != HOX_OK) {
        end(s);
        return hox_fail_code(err, status, "E0901", "no memory for a design");
    }
    *state = s;
    return HOX_OK;
}

static hox_status asked(void *state, uint64_t trial, const hox_asked *asked)
{
    (void)trial;
    sobol *s = state;
    return hox__design_asked(&s->design, asked);
}

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    (void)trial;
    const sobol *s = state;
    return hox__design_suggest(&s->design, walk, rng, err);
}

extern const hox_strategy hox__strategy_sobol;
const hox_strategy hox__strategy_sobol = {
    .name = "sobol",
    .source = "Sobol, USSR Comp. Math. Math. Phys. 7(4), 1967; scrambling: Matousek, J. Complexity "
              "14, 1998",
    .summary = "a scrambled Sobol sequence: more even than random draws",
    .deviations =
        "direction numbers of our own; a question beyond the first 128, or so rare that "
        "64 draws do not meet it, is drawn at random; points that are no sentence or were "
        "tried are passed over; bench/suite, 18 problems, 100 trials: worse than random with "
        "twice the trials",
    .no_default = true,
    .begin = begin,
    .end = end,
    .asked = asked,
    .suggest = suggest,
};
