/* What asks nothing is the same in every sentence. Uses of rules with constant arguments and no
 * question below, like `down(32)`, are derived once for the space; walks share their nodes, through
 * which only shapes and costs flow anew. (In NAS-Bench-201 that is half of all nodes.)
 */
#include "space/derive.h"
#include <string.h>

static bool is_constant_rule(hox__rule *rule);

/* Wired graphs remember what flowed through them, bare joins depend on what comes together. */
static bool is_constant(void *ctx, const hox__phrase *p)
{
    const hox__layer *l = p->layer;
    (void)ctx;
    switch (p->kind) {
    case HOX__NUMBER:
    case HOX__WORD:
    case HOX__TEXT:
    case HOX__PARAM:
    case HOX__CHAIN:
    case HOX__BINARY:
    case HOX__COPIES:
        return true;
    case HOX__RULE:
        return is_constant_rule((hox__rule *)(uintptr_t)p->rule);
    case HOX__LAYER:
        return l->out != HOX__OUT_WIRED && l->out != HOX__OUT_NOWHERE && !l->stepped &&
               (l->parts < 0 || p->n > 0);
    default:
        return false;
    }
}

static bool is_constant_rule(hox__rule *rule)
{
    if (rule->constancy == HOX__CONSTANCY_UNKNOWN) {
        rule->constancy = HOX__CONSTANCY_NONE; /* while looking: what uses itself is not */
        bool constant = rule->body && !rule->once && !rule->shared && !rule->recursive &&
                        !rule->counter && !rule->entries &&
                        hox__phrase_visit(rule->body, is_constant, NULL);
        for (int k = 0; constant && k < rule->n; k++)
            constant = hox__phrase_visit(rule->param[k].fallback, is_constant, NULL);
        rule->constancy = constant ? HOX__CONSTANCY_WHOLE : HOX__CONSTANCY_NONE;
    }
    return rule->constancy == HOX__CONSTANCY_WHOLE;
}

/* Shared nodes remember nothing for one walk: what they do is numbered by every walk's own memory.
 */
static void number_layers(hox_space *space, hox__node *node)
{
    if (node->phrase->kind == HOX__LAYER && !node->phrase->call)
        node->slot = space->n_phrases + ++space->n_slots;
    for (int i = 0; i < node->n && !node->again; i++)
        number_layers(space, node->kid[i]);
}

static bool derive(hox_walk *w, hox__phrase *p)
{
    hox__frame *f = hox__derive_frame(w, NULL, '/', p->rule->base, -1, &p->rule->region);
    hox__node *node = hox__derive_node(w, p, NULL, f, true);
    if (!f || !node || !hox__derive_room(w, node, 1))
        return false;
    f->rule = p->rule;
    if (p->rule->n && !(node->call = hox__derive_call(w, f, p, NULL)))
        return false;
    node->n = 1;
    node->kid[0] = hox__derive_node(w, p->rule->body, node->call, f, true);
    if (!hox__derive_push(w, HOX__GOAL_EXPAND, node->kid[0], 0))
        return false;
    hox__derive_run(w);
    p->frozen = w->finished ? node : NULL;
    return w->finished;
}

typedef struct {
    hox_space *space;
    hox_walk *walk;
} freezer;

static bool freeze(void *ctx, const hox__phrase *p)
{
    freezer *f = ctx;
    hox__phrase *own = (hox__phrase *)(uintptr_t)p;
    if (p->kind != HOX__RULE || p->uses_params || p->sort != HOX__SORT_NETWORK ||
        !hox__phrase_visit(p, is_constant, NULL))
        return true;
    if (!f->walk && !(f->walk = hox_walk_new(f->space, NULL)))
        return !(f->space->failed_memory = true);
    f->walk->next_root = f->space->n_roots; /* no shape flows, no root follows */
    f->walk->todo = NULL;
    f->walk->shape = 0;
    f->walk->finished = f->walk->dead = f->walk->asking = false;
    if (derive(f->walk, own))
        number_layers(f->space, own->frozen);
    f->space->failed_memory |= f->walk->no_memory;
    return !f->walk->no_memory;
}

void hox__freeze_constants(hox_space *space)
{
    freezer f = {space, NULL};
    hox__space_visit(space, freeze, &f);
    if (!f.walk)
        return;
    space->frozen = f.walk->d;
    f.walk->d->owners++;
    hox_walk_free(f.walk);
}
