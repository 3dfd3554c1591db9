/* Is there a sentence at all? The default is derived, then draws from the prior, until one fits. */
#include "space/derive.h"
#include <string.h>

static int net_root(const hox_space *space)
{
    for (int i = 0; i < space->n_roots; i++)
        if (!strcmp(space->root[i]->name, "net"))
            return i;
    return -1;
}

static const char *code_of(const hox_walk *w)
{
    const hox__phrase *p = w->dead_at;
    if (!p || p->kind != HOX__LAYER)
        return "E0403";
    return p->layer->parts >= 0 ? "E0402" : "E0401";
}

/* The place and the chain of shapes that led there. */
static void report(hox_space *space, hox_walk *w, hox_diagnostics *list, bool others)
{
    char why[sizeof w->why];
    memcpy(why, w->why, sizeof why);
    const char *code = code_of(w);
    const hox__phrase *at = w->dead_at;
    hox__place place = {0, 1};
    if (at)
        place = at->place;
    else if (space->n_requirements)
        place = space->requirement[0].test->place;
    const hox__source *source = at ? at->source : &space->tree->source;
    hox_diagnostic *d = hox__diagnose(list, source, place, others ? "E0403" : code, "%s%s",
                                      others ? "no sentence of this space fits: " : "", why);
    hox__text trail = {0};
    int net = net_root(space);
    if (net >= 0)
        hox__derive_trail(w, net, &trail);
    if (trail.len && !trail.failed)
        hox__diagnose_help(list, d, "the shapes so far: %s", hox__text_get(&trail));
    hox__text_deinit(&trail);
}

void hox__check_shapes(hox_space *space, hox_diagnostics *list)
{
    hox_walk *w = hox_walk_new(space, NULL);
    if (!w) {
        space->failed_memory = true;
        return;
    }
    const hox_choice *c;
    while ((c = hox_walk_next(w)) && hox_walk_answer(w, c->fallback, NULL) == HOX_OK)
        ;
    if (w->dead || !hox__requirements_hold(w)) {
        hox_rng rng = hox_rng_seed(0);
        if (space->is_sentence) {
            report(space, w, list, false);
        } else if (hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL) != HOX_OK) {
            report(space, w, list, true);
        }
    }
    space->failed_memory |= w->no_memory;
    hox_walk_free(w);
}
