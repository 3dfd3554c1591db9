#include "space/accept.h"
#include "space/derive.h"
#include <math.h>

/* A few milliseconds; and when none of so many walks has failed, at most 3 % would (19 in 20). */
enum { ANSWERS_MAX = 10000, FLAWLESS = 100 };

/* One walk without a second try. */
static bool legal(hox_walk *w, hox_rng *rng, int64_t *answers)
{
    hox_walk_restart(w);
    const hox_choice *c;
    for (; (c = hox_walk_next(w)) != NULL; ++*answers)
        if (hox_walk_answer(w, hox_choice_draw(c, rng), NULL) != HOX_OK)
            return false;
    return !w->dead && hox__requirements_hold(w);
}

double hox__acceptance(const hox_space *space, int walks, uint64_t seed)
{
    hox_walk *w = hox_walk_new(space, NULL);
    const hox_rng root = hox_rng_seed(seed);
    int good = 0, done = 0;
    int64_t answers = 0;
    bool memory = w != NULL;
    for (; memory && done < walks && (answers < ANSWERS_MAX || done < walks / 10) &&
           !(good == done && done == FLAWLESS);
         done++) {
        hox_rng rng = hox_rng_child(&root, "acceptance", (uint64_t)done);
        good += legal(w, &rng, &answers);
        memory = !w->no_memory;
    }
    hox_walk_free(w);
    return memory ? good / (double)done : (double)NAN;
}

double hox__check_acceptance(const hox_space *space, hox_diagnostics *list)
{
    enum { WALKS = 500 };
    const double least = 0.03, share = hox__acceptance(space, WALKS, 0);
    if (!(share < least))
        return share;
    const hox__rule *root = space->n_roots ? space->root[0] : NULL;
    const hox__place place = space->n_requirements ? space->requirement[0].test->place
                             : root                ? root->item->name_place
                                                   : (hox__place){0, 1};
    hox_diagnostic *d =
        hox__diagnose(list, &space->tree->source, place, "W0305",
                      "only %.2g %% of the walks end in a legal sentence", 100 * share);
    hox__diagnose_help(list, d, "narrow the ranges and choices, or loosen what is required");
    return share;
}
