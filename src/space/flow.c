/* Shapes and costs flow through what is derived: through a layer when it is made, and once more
 * through whole networks that are used again.
 */
#include "space/flow.h"
#include "space/cost.h"
#include "space/edit.h"
#include "space/parts.h"
#include "space/reach.h"
#include <math.h>
#include <string.h>

enum { PARAMS_MAX = 64 };

static void exceeded(hox_walk *w, const hox__phrase *at)
{
    for (int m = 0; m < HOX__METRICS; m++) {
        if (w->cost[m] <= w->space->bound[m])
            continue;
        if (m < HOX__COUNTED)
            hox__derive_dead(w, at, "%s(net) exceeds %g", hox__metric_name[m], w->space->bound[m]);
        else
            hox__derive_dead(w, at, "count(%s) exceeds %g",
                             w->space->counted[m - HOX__COUNTED]->name, w->space->bound[m]);
    }
}

void hox__derive_spend(hox_walk *w, const hox__phrase *at, const double cost[HOX__METRICS],
                       hox__count count)
{
    if (w->watch || w->wired)
        return;
    bool over = false;
    const double params = w->cost[HOX__PARAMS];
    for (int m = 0; m < HOX__METRICS; m++)
        w->cost[m] += cost[m];
    for (int m = 0; w->space->is_bounded && m < HOX__METRICS; m++)
        over |= w->cost[m] > w->space->bound[m];
    if (count == HOX__COUNT_NONE)
        w->cost[HOX__PARAMS] = params;
    if (over)
        exceeded(w, at);
}

/* A rule of the network begins: is the shape right, is one more too many? */
void hox__flow_enter(hox_walk *w, const hox__phrase *at)
{
    const hox__rule *rule = at->rule;
    if (w->watch || (!rule->counter && !rule->entries))
        return;
    double cost[HOX__METRICS] = {0};
    if (rule->counter)
        cost[rule->counter] = 1;
    hox__derive_spend(w, at, cost, HOX__COUNT_AGAIN);
    if (!w->dead && !hox__parts_enter(rule, hox__reach_shape_at(w->reach, w->shape)))
        hox__derive_dead(w, at, "`%s` does not take this shape: a requirement forbids it",
                         rule->name);
}

static void misfit(hox_walk *w, const hox__node *node, const hox__shape *in)
{
    hox__text t = {0};
    const hox__item *item = node->phrase->layer->item;
    hox__text_printf(&t, "`%s` does not take ", node->phrase->name);
    if (in->rank)
        hox__shape_print(&t, in);
    else
        hox__text_puts(&t, in->name);
    if (item->input.name && strcmp(item->input.name, "any") && strcmp(item->input.name, in->name))
        hox__text_printf(&t, ": it wants %s", item->input.name);
    hox__derive_dead(w, node->phrase, "%s", hox__text_get(&t));
    hox__text_deinit(&t);
}

static hox__call call_of(const hox_walk *w, const hox__node *node, hox__value value[PARAMS_MAX])
{
    const hox__layer *layer = node->phrase->layer;
    for (int k = 0; k < layer->n && k < PARAMS_MAX; k++)
        value[k] =
            layer->param[k].matters ? hox__thunk_value(&node->call->thunk[k]) : (hox__value){0};
    return (hox__call){layer, value, &w->space->facts};
}

/* A number for the layer with these arguments: its phrase says all but what is drawn. 0: memory is
 * short. */
static uint32_t number_of(hox__reach *r, const hox__node *node)
{
    const hox__phrase *p = node->phrase;
    uint32_t key[1 + 3 * PARAMS_MAX];
    size_t n = 0;
    key[n++] = p->id;
    for (int i = 0; i < p->n; i++) {
        const hox__parameter *param = &p->layer->param[p->param[i]];
        if (!param->matters || param->is_network || p->kid[i]->kind == HOX__NUMBER)
            continue;
        const hox__value v = hox__thunk_value(&node->call->thunk[p->param[i]]);
        uint64_t bits = (uint64_t)(uintptr_t)v.name;
        if (v.kind == HOX__VALUE_NUMBER)
            memcpy(&bits, &v.number, sizeof bits);
        key[n++] = v.kind;
        memcpy(key + n, &bits, sizeof bits);
        n += 2;
    }
    const uint32_t act = hox__intern_id(&r->acts, key, n);
    r->failed |= !act;
    return act;
}

/* What a layer does is looked at when its arguments are known: they stay what they are. */
static uint32_t act_of(hox_walk *w, const hox__node *node)
{
    hox__node *own = (hox__node *)(uintptr_t)node; /* remembers the number */
    uint32_t *known = node->phrase->call ? &w->reach->act[node->phrase->id]
                      : node->slot       ? &w->reach->act[node->slot]
                                         : &own->act;
    if (!*known && node->phrase->n <= PARAMS_MAX)
        *known = number_of(w->reach, node);
    return *known;
}

static bool apply_afresh(hox_walk *w, const hox__node *node, double cost[HOX__METRICS])
{
    const hox__shape *in = hox__reach_shape_at(w->reach, w->shape);
    hox__value value[PARAMS_MAX];
    const hox__call call = call_of(w, node, value);
    hox__shape out;
    if (!hox__shape_apply(&call, in, &out)) {
        misfit(w, node, in);
        return false;
    }
    hox__shape_cost(&call, in, &out, cost);
    w->shape = hox__reach_shape(w->reach, &out);
    if (!w->trail)
        return true;
    hox__text_printf(w->trail, " -> %s -> ", node->phrase->layer->name);
    hox__shape_print(w->trail, &out);
    return false;
}

static hox__applied *remembered(hox_walk *w, uint32_t act, uint32_t in)
{
    return &w->reach->applied[(act * 37 + in) % HOX__APPLIED];
}

void hox__flow_apply(hox_walk *w, const hox__node *node, hox__count count)
{
    double cost[HOX__METRICS];
    const uint32_t in = w->shape;
    if (!in) {
        w->shape = hox__reach_named(w->reach, node->phrase->layer);
        return;
    }
    const uint32_t act = w->trail ? 0 : act_of(w, node);
    hox__applied *known = remembered(w, act, in);
    if (act && known->act == act && known->in == in) {
        w->shape = known->out;
        hox__derive_spend(w, node->phrase, known->cost, count);
        return;
    }
    if (!apply_afresh(w, node, cost))
        return;
    if (act) {
        *known = (hox__applied){.act = act, .in = in, .out = w->shape};
        memcpy(known->cost, cost, sizeof cost);
    }
    hox__derive_spend(w, node->phrase, cost, count);
}

/* A use of a rule that asks nothing (freeze.c) does with a shape what it did before, at the same
 * cost, like a layer. */
void hox__flow_frozen(hox_walk *w, const hox__node *node, hox__count count)
{
    const uint32_t in = w->shape;
    uint32_t *act = &w->reach->act[node->phrase->id];
    if (!*act)
        *act = hox__intern_id(&w->reach->acts, &node->phrase->id, 1);
    hox__applied *known = remembered(w, *act, in);
    double before[HOX__METRICS];
    if (*act && in && known->act == *act && known->in == in && !w->trail && !w->watch) {
        w->shape = known->out;
        hox__derive_spend(w, node->phrase, known->cost, count);
        return;
    }
    memcpy(before, w->cost, sizeof before);
    hox__derive_replay(w, node->kid[0], count);
    if (!*act || !in || !w->shape || w->dead || w->trail || w->watch || w->wired ||
        count == HOX__COUNT_NONE)
        return;
    *known = (hox__applied){.act = *act, .in = in, .out = w->shape};
    for (int m = 0; m < HOX__METRICS; m++)
        known->cost[m] = w->cost[m] - before[m];
}

/* What the parts so far give together with one that gives w->shape; 0: unknown. */
uint32_t hox__flow_beside(hox_walk *w, const hox__node *node, uint32_t out, int i)
{
    bool fits = true;
    uint32_t together = w->shape;
    if (node->phrase->layer->out == HOX__OUT_SAME)
        return together;
    if (i > 0 && node->phrase->layer->out == HOX__OUT_EQUAL) {
        fits = !out || !w->shape || out == w->shape;
        together = out ? out : w->shape;
    } else if (i > 0) {
        together = hox__reach_joined(w->reach, out, w->shape, &fits);
    }
    if (fits)
        return together;
    hox__text t = {0};
    hox__shape_print(&t, hox__reach_shape_at(w->reach, out));
    hox__text_puts(&t, " and ");
    hox__shape_print(&t, hox__reach_shape_at(w->reach, w->shape));
    hox__derive_dead(w, node->phrase, "the parts of `%s` give %s", node->phrase->name,
                     hox__text_get(&t));
    hox__text_deinit(&t);
    return 0;
}

/* The shape that a part gets, and how often it is used: what arrives, once, or what stands beside
 * the state at each step. */
uint32_t hox__flow_part_in(hox_walk *w, const hox__node *node, uint32_t in, double *times)
{
    const hox__shape *shape = hox__reach_shape_at(w->reach, in);
    *times = 1;
    if (!node->phrase->layer->stepped || !shape)
        return in;
    hox__value value[PARAMS_MAX] = {{0}};
    const hox__call call = call_of(w, node, value);
    hox__shape part;
    const double steps = hox__shape_stepped(&call, shape, &part);
    if (strcmp(shape->name, "sequence"))
        misfit(w, node, shape);
    if (isnan(steps))
        return 0;
    *times = steps;
    return hox__reach_shape(w->reach, &part);
}

/* The part of a stepped layer is derived: its work is done at every step, and it must give the next
 * state. */
void hox__flow_all_steps(hox_walk *w, const hox__node *node, uint32_t in, double flops,
                         hox__count count)
{
    double times;
    const hox__shape *state = hox__reach_shape_at(w->reach, w->shape);
    hox__flow_part_in(w, node, in, &times);
    const double more[HOX__METRICS] = {0, (times - 1) * (w->cost[1] - flops), 0};
    w->shape = in;
    hox__flow_apply(w, node, count);
    const hox__shape *out = hox__reach_shape_at(w->reach, w->shape);
    if (!w->dead && state && out && out->rank == 2 &&
        (state->rank != 1 || state->dim[0] != out->dim[1]))
        hox__derive_dead(w, node->phrase, "the part of `%s` does not give a vector of %g",
                         node->phrase->name, out->dim[1]);
    if (!w->dead)
        hox__derive_spend(w, node->phrase, more, count);
}

/* What a layer has beside its parts, like the gate of `highway`. */
void hox__flow_beside_parts(hox_walk *w, const hox__node *node, hox__count count)
{
    if (node->phrase->layer->cost >= 0 && !w->dead)
        hox__flow_apply(w, node, count);
}

void hox__flow_layer(hox_walk *w, const hox__node *node, hox__count count)
{
    const hox__layer *layer = node->phrase->layer;
    if (w->meet.n) {
        hox__wire_join(w, node);
    } else if (layer->out == HOX__OUT_WIRED) {
        hox__wire_replay(w, node, count);
    } else if (layer->out == HOX__OUT_NOWHERE) {
        hox__derive_dead(w, node->phrase, "`%s` stands outside an edge", layer->name);
    } else if (layer->parts >= 0 && node->n == 0) {
        hox__derive_dead(w, node->phrase, "`%s` has nothing to join here", layer->name);
    } else if (layer->out == HOX__OUT_BODY && node->n) {
        hox__derive_replay(w, node->kid[0], count);
    } else if (layer->parts < 0) {
        hox__flow_apply(w, node, count);
    } else {
        uint32_t in = w->shape, out = 0;
        double before = w->cost[2], deepest = before, flops = w->cost[1], times;
        for (int i = 0; i < node->n && !w->dead; i++) {
            w->shape = hox__flow_part_in(w, node, in, &times);
            w->cost[2] = before;
            hox__derive_replay(w, node->kid[i], count);
            out = hox__flow_beside(w, node, out, i);
            deepest = fmax(deepest, w->cost[2]);
        }
        w->shape = layer->out == HOX__OUT_SAME ? in : out;
        w->cost[2] = deepest;
        if (layer->stepped && !w->dead)
            hox__flow_all_steps(w, node, in, flops, count);
        hox__flow_beside_parts(w, node, count);
    }
}

void hox__derive_replay(hox_walk *w, const hox__node *node, hox__count count)
{
    const hox__phrase *p = node->phrase;
    if (w->dead || !node->network)
        return;
    if (++w->steps > HOX__STEPS_MAX) {
        hox__derive_dead(w, p, "a sentence has at most %d parts", HOX__STEPS_MAX);
        return;
    }
    if (w->watch)
        hox__watch_begin(w, node);
    if (p->kind == HOX__LAYER) {
        if (node->call)
            hox__flow_layer(w, node, count);
        else
            w->dead = true;
        return;
    }
    if (p->frozen && !w->watch) {
        hox__flow_frozen(w, node, count);
        return;
    }
    if (p->kind == HOX__RULE)
        hox__flow_enter(w, p);
    if (node->again && count == HOX__COUNT_FIRST)
        count = HOX__COUNT_AGAIN;
    if (p->kind == HOX__RULE && p->rule->shared && count == HOX__COUNT_AGAIN)
        count = HOX__COUNT_NONE;
    int times = node->count && p->kind != HOX__REPEAT && node->n
                    ? (int)hox__node_value(node->count).number
                    : 1;
    for (int k = 0; k < times && !w->dead; k++)
        for (int i = 0; i < node->n; i++)
            hox__derive_replay(w, node->kid[i], count);
    if (w->watch)
        hox__watch_end(w, node);
}

void hox__derive_trail(hox_walk *w, int root, hox__text *out)
{
    hox__shape start = hox__shape_of_root(w->space, w->space->root[root]->name);
    if (!start.name || !w->d->root[root])
        return;
    hox__shape_print(out, &start);
    w->shape = hox__reach_shape(w->reach, &start);
    w->trail = out;
    w->dead = false;
    hox__derive_replay(w, w->d->root[root], HOX__COUNT_FIRST);
    w->trail = NULL;
    w->dead = true;
}
