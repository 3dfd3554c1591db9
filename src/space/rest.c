/* The rest of a derivation: what must still follow, and whether it can.
 *
 * The stack of goals is the continuation of a walk. It gets a number made of what its shapes depend
 * on, so that answers found for one walk serve the next.
 */
#include "space/reach.h"
#include <math.h>
#include <string.h>

static bool skips(const hox__goal *g)
{
    return g->kind == HOX__GOAL_EXPAND && !g->node->network;
}

static hox__goal *next_of(hox__goal *g)
{
    while (g && skips(g))
        g = g->next;
    return g;
}

/* Only the goals above the arguments that are not known yet get new numbers. */
static bool is_closed(const hox__goal *g, hox__value_kind count)
{
    const hox__goal *next = next_of(g->next);
    const bool counts = g->kind == HOX__GOAL_REPEAT || g->kind == HOX__GOAL_COPIES;
    const bool calls = g->kind == HOX__GOAL_LAYER || g->kind == HOX__GOAL_WIRE;
    return (!next || next->closed) &&
           (!g->node->phrase->uses_params || hox__scope_closed(g->node->env)) &&
           (!calls || hox__scope_closed(g->node->call)) && (!counts || count != HOX__VALUE_NONE);
}

static uint32_t number_of(hox__reach *r, hox__goal *g)
{
    if (!(g = next_of(g)))
        return 0;
    if (g->id && (g->closed || g->epoch == r->epoch))
        return g->id;
    uint64_t at = (uint64_t)(uintptr_t)g->node->phrase;
    uint32_t key[12] = {(uint32_t)g->kind,
                        (uint32_t)at,
                        (uint32_t)(at >> 32),
                        hox__scope_at(r, g->node->phrase, g->node->env),
                        (uint32_t)g->i,
                        g->in,
                        g->out,
                        number_of(r, g->next)};
    if (g->kind == HOX__GOAL_LAYER || g->kind == HOX__GOAL_WIRE)
        key[8] = hox__scope_of(r, g->node->call);
    if (g->kind == HOX__GOAL_REPEAT || g->kind == HOX__GOAL_COPIES) {
        hox__value v = hox__node_value(g->node->count);
        key[9] = v.kind;
        memcpy(key + 10, &v.number, sizeof v.number);
    }
    g->id = hox__intern_id(&r->rests, key, 12);
    g->epoch = r->epoch;
    /* a count may be the very answer that is tried */
    const bool counts = g->kind == HOX__GOAL_REPEAT || g->kind == HOX__GOAL_COPIES;
    g->closed = !(r->trying && counts) && is_closed(g, (hox__value_kind)key[9]);
    r->failed |= !g->id;
    return g->id;
}

static void count_values(hox__reach *r, const hox__goal *g, hox__values *counts)
{
    hox__value v = hox__node_value(g->node->count);
    if (v.kind == HOX__VALUE_NUMBER) {
        counts->n = 1;
        counts->open = false;
        counts->value[0] = v;
    } else {
        hox__scope_values(r, g->node->count->phrase, hox__scope_of(r, g->node->count->env), counts);
    }
}

static const hox__exits *exits_of(hox__reach *r, const hox__goal *g, uint32_t shape)
{
    const hox__phrase *p = g->node->phrase;
    uint32_t scope = hox__scope_at(r, p, g->node->env);
    hox__values counts;
    switch (g->kind) {
    case HOX__GOAL_EXPAND:
        return hox__reach_phrase(r, p, scope, shape);
    case HOX__GOAL_REPEAT:
        count_values(r, g, &counts);
        return hox__reach_times(r, p->kid[0], scope, shape, &counts, 0);
    case HOX__GOAL_COPIES:
        count_values(r, g, &counts);
        return hox__reach_times(r, p->kid[1], scope, shape, &counts, g->i);
    case HOX__GOAL_LAYER:
        return hox__reach_layer(r, p, hox__scope_of(r, g->node->call), scope, shape);
    case HOX__GOAL_WIRE: /* `in`: what this part gives the whole graph gives; others go on to it */
        return g->in ? hox__reach_one(r, shape)
                     : hox__reach_wired(r, p, hox__scope_of(r, g->node->call), shape);
    case HOX__GOAL_PART:
        break;
    }
    return hox__reach_parts(r, p, scope, g->in, hox__part_out(r, g, shape), g->i + 1);
}

/* What parts 0 .. i give together when part i gives `shape`. */
uint32_t hox__part_out(hox__reach *r, const hox__goal *g, uint32_t shape)
{
    if (g->node->phrase->layer->stepped) {
        const hox__shape *in = hox__reach_shape_at(r, g->in),
                         *state = hox__reach_shape_at(r, shape);
        if (!in || !state || in->rank != 2 || state->rank != 1)
            return 0;
        const hox__shape all = {"sequence", 2, {in->dim[0], state->dim[0]}};
        return hox__reach_shape(r, &all);
    }
    if (g->i == 0 || g->node->phrase->layer->out == HOX__OUT_SAME)
        return shape;
    if (g->node->phrase->layer->out == HOX__OUT_EQUAL)
        return g->out ? g->out : shape;
    bool fits;
    return hox__reach_joined(r, g->out, shape, &fits);
}

static bool part_fits(hox__reach *r, const hox__goal *g, uint32_t shape)
{
    if (g->i == 0 || g->node->phrase->layer->out == HOX__OUT_SAME)
        return true;
    if (g->node->phrase->layer->out == HOX__OUT_EQUAL)
        return !g->out || !shape || g->out == shape;
    bool fits;
    hox__reach_joined(r, g->out, shape, &fits);
    return fits;
}

static bool compute(hox__reach *r, hox__goal *g, uint32_t shape, double cost[HOX__METRICS])
{
    for (int m = 0; m < HOX__METRICS; m++)
        cost[m] = HUGE_VAL;
    if (g->kind == HOX__GOAL_PART && !part_fits(r, g, shape))
        return false;
    const hox__exits *e = exits_of(r, g, shape);
    bool any = false;
    for (int k = 0; k < e->n; k++) {
        double rest[HOX__METRICS];
        if (!hox__rest_least(r, g->next, e->exit[k].shape, rest))
            continue;
        any = true;
        for (int m = 0; m < HOX__METRICS; m++)
            if (e->exit[k].cost[m] + rest[m] < cost[m])
                cost[m] = e->exit[k].cost[m] + rest[m];
    }
    return any;
}

bool hox__rest_least(hox__reach *r, hox__goal *g, uint32_t shape, double cost[HOX__METRICS])
{
    g = next_of(g);
    memset(cost, 0, sizeof(double) * HOX__METRICS);
    if (!g)
        return true;
    uint32_t key[4] = {UINT32_MAX, number_of(r, g), shape, hox__scope_once(r)};
    uint32_t id = hox__intern_id(&r->rests, key, 4);
    if (!id) {
        r->failed = true;
        return true;
    }
    double *known = *hox__intern_value(&r->rests, id);
    if (!known) {
        bool fits = compute(r, g, shape, cost);
        known = HOX__NEW_N(r->arena, double, HOX__METRICS + 1);
        if (!known) {
            r->failed = true;
            return fits;
        }
        memcpy(known, cost, sizeof(double) * HOX__METRICS);
        known[HOX__METRICS] = fits;
        *hox__intern_value(&r->rests, id) = known;
    }
    memcpy(cost, known, sizeof(double) * HOX__METRICS);
    return known[HOX__METRICS] != 0;
}
