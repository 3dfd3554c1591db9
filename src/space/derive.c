/* The machine that derives: pops a goal, grows the tree, pushes what follows from it, until a
 * question or the end. Shapes and costs flow along.
 */
#include "space/derive.h"
#include "base/alloc.h"
#include "space/edit.h"
#include "space/parts.h"
#include "space/reach.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DERIVATION_MAX = 256 << 20 };

/* ---- derivations ---- */

static bool derivation_clear(hox__derivation *d)
{
    d->root = HOX__NEW_N(d->arena, hox__node *, d->space->n_roots);
    d->once = HOX__NEW_N(d->arena, hox__node *, d->space->n_rules);
    d->n = d->cap = 0;
    d->answer = NULL;
    d->asked = NULL;
    memset(d->cost, 0, sizeof d->cost);
    return d->root && d->once;
}

hox__derivation *hox__derivation_new(const hox_space *space, size_t first)
{
    hox__arena *arena = hox__arena_new_sized(DERIVATION_MAX, first);
    hox__derivation *d = arena ? HOX__NEW(arena, hox__derivation) : NULL;
    if (d) {
        d->arena = arena;
        d->space = space;
        d->owners = 1;
        d->first = first;
        d->empty = hox__arena_here(arena);
        if (derivation_clear(d))
            return d;
    }
    hox__arena_free(arena);
    return NULL;
}

/* Most walks are drawn and forgotten: the memory of one serves the next. */
bool hox__derivation_rewind(hox__derivation *d)
{
    if (!d || d->owners != 1 || hox__arena_bytes(d->arena) > d->first)
        return false;
    hox__arena_rewind(d->arena, d->empty);
    return derivation_clear(d);
}

void hox__derivation_release(hox__derivation *d)
{
    if (d && --d->owners == 0)
        hox__arena_free(d->arena);
}

/* ---- making ---- */

void hox__derive_short(hox_walk *w)
{
    w->no_memory = w->dead = true;
    snprintf(w->why, sizeof w->why, "memory is short");
}

void hox__derive_dead(hox_walk *w, const hox__phrase *at, const char *format, ...)
{
    if (w->dead)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(w->why, sizeof w->why, format, args);
    va_end(args);
    w->dead = true;
    w->dead_at = at;
}

static hox__node *node_new(hox_walk *w, const hox__phrase *p, hox__env *env, hox__frame *frame,
                           bool network, int kids)
{
    hox__node *node = HOX__NEW(w->d->arena, hox__node);
    if (node && kids)
        node->kid = HOX__NEW_N(w->d->arena, hox__node *, kids);
    if (!node || (kids && !node->kid)) {
        hox__derive_short(w);
        return NULL;
    }
    node->phrase = p;
    node->env = env;
    node->frame = frame;
    node->network = network;
    return node;
}

hox__node *hox__derive_node(hox_walk *w, const hox__phrase *p, hox__env *env, hox__frame *frame,
                            bool network)
{
    return node_new(w, p, env, frame, network, 0);
}

static hox__node *kid_new(hox_walk *w, const hox__node *node, const hox__phrase *p, bool network)
{
    return node_new(w, p, node->env, node->frame, network, 0);
}

static bool kids_room(hox_walk *w, hox__node *node, int n)
{
    node->kid = HOX__NEW_N(w->d->arena, hox__node *, n ? n : 1);
    if (!node->kid)
        hox__derive_short(w);
    return node->kid != NULL;
}

hox__goal *hox__derive_push(hox_walk *w, hox__goal_kind kind, hox__node *node, int i)
{
    hox__goal *g = HOX__NEW(w->d->arena, hox__goal);
    if (!g || !node) {
        hox__derive_short(w);
        return NULL;
    }
    g->kind = kind;
    g->node = node;
    g->i = i;
    g->next = w->todo;
    w->todo = g;
    return g;
}

hox__frame *hox__derive_frame(hox_walk *w, hox__frame *parent, char separator, const char *name,
                              int index, const hox__region *region)
{
    hox__frame *f = HOX__NEW(w->d->arena, hox__frame);
    if (!f) {
        hox__derive_short(w);
        return NULL;
    }
    *f = (hox__frame){.parent = parent, .separator = separator, .name = name, .index = index};
    f->region = region;
    f->depth = parent ? parent->depth + 1 : 0;
    if (f->depth > HOX__FRAMES_MAX)
        hox__derive_dead(w, NULL, "rules are nested more than %d deep", HOX__FRAMES_MAX);
    if (!region || region->names + region->questions == 0)
        return f;
    f->uses = HOX__NEW_N(w->d->arena, int, region->names + region->questions);
    if (!f->uses) {
        hox__derive_short(w);
        return NULL;
    }
    f->asked = f->uses + region->names;
    return f;
}

/* The next index of the name that `p` uses, -1 when it occurs once only. */
static int use_of(hox__node *node, const hox__phrase *p)
{
    hox__frame *f = node->frame;
    int k = f->uses[p->index]++;
    return f->region->several[p->index] ? k : -1;
}

static hox__env *env_new(hox_walk *w, hox__frame *frame, const hox__rule *rule,
                         const hox__layer *layer)
{
    int n = layer ? layer->n : rule->n;
    hox__env *env = HOX__NEW(w->d->arena, hox__env);
    hox__thunk *thunk = HOX__NEW_N(w->d->arena, hox__thunk, n ? n : 1);
    if (!env || !thunk) {
        hox__derive_short(w);
        return NULL;
    }
    *env = (hox__env){.rule = rule, .layer = layer, .frame = frame, .n = n, .thunk = thunk};
    return env;
}

static void bind(hox__env *env, const hox__phrase *call, const hox__parameter *param,
                 hox__env *scope)
{
    for (int k = 0; k < env->n; k++) {
        const hox__phrase *given = call ? call->given[k] : NULL;
        env->thunk[k].phrase = given ? given : param[k].fallback;
        env->thunk[k].env = given ? scope : env;
        env->thunk[k].name = param[k].name;
    }
}

static hox__node *thunk_node(hox_walk *w, hox__env *env, int k, bool network)
{
    hox__thunk *t = &env->thunk[k];
    hox__frame *f = hox__derive_frame(w, env->frame, '.', t->name, -1, t->phrase->opens);
    t->node = f ? node_new(w, t->phrase, t->env, f, network, 0) : NULL;
    return t->node;
}

/* ---- shapes of what is already derived ---- */

void hox__derive_spend(hox_walk *w, const hox__phrase *at, const double cost[HOX__METRICS],
                       hox__count count)
{
    static const char *const metric[] = {"params", "flops", "depth", "memory"};
    if (w->watch)
        return;
    for (int m = count == HOX__COUNT_NONE ? 1 : 0; m < HOX__METRICS && !w->wired; m++) {
        w->cost[m] += cost[m];
        if (w->cost[m] <= w->space->bound[m])
            continue;
        if (m < HOX__COUNTED)
            hox__derive_dead(w, at, "%s(net) exceeds %g", metric[m], w->space->bound[m]);
        else
            hox__derive_dead(w, at, "count(%s) exceeds %g",
                             w->space->counted[m - HOX__COUNTED]->name, w->space->bound[m]);
    }
}

/* A rule of the network begins: is the shape right, is one more too many? */
static void enter(hox_walk *w, const hox__phrase *at)
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

static hox__call call_of(const hox_walk *w, const hox__node *node, hox__value value[64])
{
    const hox__layer *layer = node->phrase->layer;
    for (int k = 0; k < layer->n && k < 64; k++)
        value[k] =
            layer->param[k].matters ? hox__thunk_value(&node->call->thunk[k]) : (hox__value){0};
    return (hox__call){layer, value, &w->space->facts};
}

/* The place of what a layer with these values did to w->shape; its layer says whether it is that.
 */
static hox__applied *applied(const hox_walk *w, const hox__layer *layer, const hox__value *value)
{
    uint64_t h = (uint64_t)(uintptr_t)layer ^ w->shape * 0x9e3779b97f4a7c15u;
    for (int k = 0; k < layer->n; k++) {
        uint64_t bits = (uint64_t)(uintptr_t)value[k].name;
        if (value[k].kind == HOX__VALUE_NUMBER)
            memcpy(&bits, &value[k].number, sizeof bits);
        h = (h ^ bits) * 0xd6e8feb86659fd93u;
        h ^= h >> 32;
    }
    return &w->reach->applied[h % HOX__APPLIED];
}

static bool is_applied(const hox__applied *a, const hox__layer *layer, const hox__value *value,
                       uint32_t in)
{
    if (a->layer != layer || a->in != in)
        return false;
    for (int k = 0; k < layer->n; k++)
        if (a->value[k].kind != value[k].kind || a->value[k].number != value[k].number ||
            a->value[k].name != value[k].name)
            return false;
    return true;
}

static void apply(hox_walk *w, const hox__node *node, hox__count count)
{
    const hox__layer *layer = node->phrase->layer;
    const hox__shape *in = hox__reach_shape_at(w->reach, w->shape);
    if (!in)
        return;
    hox__value value[64];
    const hox__call call = call_of(w, node, value);
    hox__applied *known =
        layer->n <= HOX__APPLIED_VALUES && !w->trail ? applied(w, layer, value) : NULL;
    if (known && is_applied(known, layer, value, w->shape)) {
        w->shape = known->out;
        hox__derive_spend(w, node->phrase, known->cost, count);
        return;
    }
    hox__shape out;
    double cost[HOX__METRICS];
    if (!hox__shape_apply(&call, in, &out)) {
        misfit(w, node, in);
        return;
    }
    hox__shape_cost(&call, in, &out, cost);
    const uint32_t before = w->shape;
    w->shape = hox__reach_shape(w->reach, &out);
    if (w->trail) {
        hox__text_printf(w->trail, " -> %s -> ", layer->name);
        hox__shape_print(w->trail, &out);
        return;
    }
    if (known) {
        *known = (hox__applied){.layer = layer, .in = before, .out = w->shape};
        memcpy(known->value, value, (size_t)layer->n * sizeof *value);
        memcpy(known->cost, cost, sizeof cost);
    }
    hox__derive_spend(w, node->phrase, cost, count);
}

/* What the parts so far give together with one that gives w->shape; 0: unknown. */
static uint32_t beside(hox_walk *w, const hox__node *node, uint32_t out, int i)
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
static uint32_t part_in(hox_walk *w, const hox__node *node, uint32_t in, double *times)
{
    const hox__shape *shape = hox__reach_shape_at(w->reach, in);
    *times = 1;
    if (!node->phrase->layer->stepped || !shape)
        return in;
    hox__value value[64] = {{0}};
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
static void all_steps(hox_walk *w, const hox__node *node, uint32_t in, double flops,
                      hox__count count)
{
    double times;
    const hox__shape *state = hox__reach_shape_at(w->reach, w->shape);
    part_in(w, node, in, &times);
    const double more[HOX__METRICS] = {0, (times - 1) * (w->cost[1] - flops), 0};
    w->shape = in;
    apply(w, node, count);
    const hox__shape *out = hox__reach_shape_at(w->reach, w->shape);
    if (!w->dead && state && out && out->rank == 2 &&
        (state->rank != 1 || state->dim[0] != out->dim[1]))
        hox__derive_dead(w, node->phrase, "the part of `%s` does not give a vector of %g",
                         node->phrase->name, out->dim[1]);
    if (!w->dead)
        hox__derive_spend(w, node->phrase, more, count);
}

/* What a layer has beside its parts, like the gate of `highway`. */
static void beside_parts(hox_walk *w, const hox__node *node, hox__count count)
{
    if (node->phrase->layer->cost >= 0 && !w->dead)
        apply(w, node, count);
}

static void replay_layer(hox_walk *w, const hox__node *node, hox__count count)
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
        apply(w, node, count);
    } else {
        uint32_t in = w->shape, out = 0;
        double before = w->cost[2], deepest = before, flops = w->cost[1], times;
        for (int i = 0; i < node->n && !w->dead; i++) {
            w->shape = part_in(w, node, in, &times);
            w->cost[2] = before;
            hox__derive_replay(w, node->kid[i], count);
            out = beside(w, node, out, i);
            deepest = fmax(deepest, w->cost[2]);
        }
        w->shape = layer->out == HOX__OUT_SAME ? in : out;
        w->cost[2] = deepest;
        if (layer->stepped && !w->dead)
            all_steps(w, node, in, flops, count);
        beside_parts(w, node, count);
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
            replay_layer(w, node, count);
        else
            w->dead = true;
        return;
    }
    if (p->kind == HOX__RULE)
        enter(w, p);
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

/* ---- expanding ---- */

static void expand_kids(hox_walk *w, hox__node *node)
{
    const hox__phrase *p = node->phrase;
    if (!kids_room(w, node, p->n))
        return;
    for (int i = p->n - 1; i >= 0; i--) {
        node->kid[i] = kid_new(w, node, p->kid[i], node->network && p->kind == HOX__CHAIN);
        if (!hox__derive_push(w, HOX__GOAL_EXPAND, node->kid[i], 0))
            return;
    }
    node->n = p->n;
}

static void expand_count(hox_walk *w, hox__node *node, const hox__phrase *count,
                         hox__goal_kind kind)
{
    node->count = kid_new(w, node, count, false);
    if (node->count && hox__derive_push(w, kind, node, 0))
        hox__derive_push(w, HOX__GOAL_EXPAND, node->count, 0);
}

static void again(hox_walk *w, hox__node *node, hox__node *known, hox__count count)
{
    if (!kids_room(w, node, 1))
        return;
    node->kid[0] = known;
    node->n = 1;
    node->again = true;
    if (node->network && !known->network) {
        hox__derive_dead(w, node->phrase, "`%s` is used as a network and as a value",
                         node->phrase->name);
    } else if (node->network) {
        hox__derive_replay(w, known, count);
    }
}

static void first(hox_walk *w, hox__node *node, hox__node *kid)
{
    if (!kid || !kids_room(w, node, 1))
        return;
    node->kid[0] = kid;
    node->n = 1;
    hox__derive_push(w, HOX__GOAL_EXPAND, kid, 0);
}

static void expand_rule(hox_walk *w, hox__node *node)
{
    const hox__phrase *p = node->phrase;
    const hox__rule *rule = p->rule;
    if (node->network && !w->wired)
        enter(w, p);
    if (w->dead)
        return;
    if (rule->once && w->d->once[rule->id]) {
        again(w, node, w->d->once[rule->id], rule->shared ? HOX__COUNT_NONE : HOX__COUNT_AGAIN);
        return;
    }
    int index = use_of(node, p);
    hox__frame *f = rule->once
                        ? hox__derive_frame(w, NULL, '/', rule->base, -1, &rule->region)
                        : hox__derive_frame(w, node->frame, '/', rule->base, index, &rule->region);
    if (!f)
        return;
    f->rule = rule;
    if (rule->n) {
        node->call = env_new(w, f, rule, NULL);
        if (!node->call)
            return;
        bind(node->call, p, rule->param, node->env);
    }
    hox__node *body = node_new(w, rule->body, node->call, f, node->network, 0);
    if (rule->once)
        w->d->once[rule->id] = body;
    first(w, node, body);
}

static void expand_param(hox_walk *w, hox__node *node)
{
    int k = node->phrase->index;
    hox__thunk *t = &node->env->thunk[k];
    if (t->node)
        again(w, node, t->node, HOX__COUNT_AGAIN);
    else if (t->phrase)
        first(w, node, thunk_node(w, node->env, k, node->network));
}

/* Nothing is asked in it, and it was checked when the space was loaded. */
static bool is_fixed(const hox__phrase *p)
{
    return p->kind == HOX__NUMBER || p->kind == HOX__WORD || p->kind == HOX__TEXT ||
           p->kind == HOX__BUDGET;
}

static void run_layer(hox_walk *w, hox__node *node);

/* Scalar arguments first, then the parts. */
static void expand_layer(hox_walk *w, hox__node *node)
{
    const hox__phrase *p = node->phrase;
    const hox__layer *layer = p->layer;
    hox__frame *f = hox__derive_frame(w, node->frame, '/', layer->name, use_of(node, p), NULL);
    node->call = f ? env_new(w, f, NULL, layer) : NULL;
    if (!node->call)
        return;
    bind(node->call, p, layer->param, node->env);
    bool open = false; /* something is to be derived first */
    for (int i = 0; i < p->n; i++) {
        const hox__phrase *a = p->kid[i];
        hox__thunk *t = &node->call->thunk[p->param[i]];
        if (is_fixed(a))
            t->node = node_new(w, a, t->env, node->frame, false, 0);
        else
            open |= !layer->param[p->param[i]].is_network;
    }
    if (w->dead)
        return;
    if (!open) {
        run_layer(w, node);
        return;
    }
    if (!hox__derive_push(w, HOX__GOAL_LAYER, node, 0))
        return;
    for (int i = p->n - 1; i >= 0; i--) {
        int k = p->param[i];
        if (layer->param[k].is_network || node->call->thunk[k].node)
            continue;
        hox__derive_push(w, HOX__GOAL_EXPAND, thunk_node(w, node->call, k, false), 0);
    }
}

static void expand_free(hox_walk *w, hox__node *node)
{
    const hox__phrase *p = node->phrase;
    hox__frame *f = hox__derive_frame(w, node->frame, '/', p->name, use_of(node, p), NULL);
    if (!f || !kids_room(w, node, p->n))
        return;
    for (int i = p->n - 1; i >= 0; i--) {
        const char *name =
            p->label && p->label[i] ? p->label[i] : hox__arena_printf(w->d->arena, "%d", i);
        hox__frame *arg = hox__derive_frame(w, f, '.', name, -1, p->kid[i]->opens);
        node->kid[i] = arg ? node_new(w, p->kid[i], node->env, arg, false, 0) : NULL;
        if (!hox__derive_push(w, HOX__GOAL_EXPAND, node->kid[i], 0))
            return;
    }
    node->n = p->n;
}

static void expand(hox_walk *w, hox__node *node)
{
    switch (node->phrase->kind) {
    case HOX__NUMBER:
    case HOX__WORD:
    case HOX__TEXT:
    case HOX__BUDGET:
        break;
    case HOX__RANGE:
    case HOX__CHOICE:
        w->node = node;
        w->asking = true;
        break;
    case HOX__CHAIN:
    case HOX__LIST:
        expand_kids(w, node);
        break;
    case HOX__BINARY:
    case HOX__COPIES:
        if (node->network)
            expand_count(w, node, node->phrase->kid[0], HOX__GOAL_COPIES);
        else
            expand_kids(w, node);
        break;
    case HOX__REPEAT:
        expand_count(w, node, node->phrase->kid[1], HOX__GOAL_REPEAT);
        break;
    case HOX__RULE:
        expand_rule(w, node);
        break;
    case HOX__PARAM:
        expand_param(w, node);
        break;
    case HOX__LAYER:
        expand_layer(w, node);
        break;
    case HOX__FREE:
        expand_free(w, node);
        break;
    }
}

/* ---- the other goals ---- */

static int count_of(hox_walk *w, const hox__node *node)
{
    hox__value v = hox__node_value(node->count);
    if (v.kind == HOX__VALUE_NUMBER && v.number >= 0 && v.number == floor(v.number) &&
        v.number <= HOX__STEPS_MAX)
        return (int)v.number;
    hox__derive_dead(w, node->count->phrase, "a count must be a whole number of at least 0, not %g",
                     v.number);
    return 0;
}

static void repeat(hox_walk *w, hox__node *node)
{
    int n = count_of(w, node);
    if (w->dead || !kids_room(w, node, n))
        return;
    for (int i = n - 1; i >= 0; i--) {
        node->kid[i] = kid_new(w, node, node->phrase->kid[0], node->network);
        if (!hox__derive_push(w, HOX__GOAL_EXPAND, node->kid[i], 0))
            return;
    }
    node->n = n;
}

static void copies(hox_walk *w, const hox__goal *g)
{
    hox__node *node = g->node;
    int n = count_of(w, node);
    if (w->dead || n == 0)
        return;
    if (g->i == 0) {
        hox__node *body = kid_new(w, node, node->phrase->kid[1], true);
        if (hox__derive_push(w, HOX__GOAL_COPIES, node, 1))
            first(w, node, body);
        return;
    }
    for (int k = 1; k < n && !w->dead; k++)
        hox__derive_replay(w, node->kid[0], HOX__COUNT_AGAIN);
}

static void check_value(hox_walk *w, const hox__node *node, int k)
{
    const hox__parameter *p = &node->phrase->layer->param[k];
    hox__value v = hox__thunk_value(&node->call->thunk[k]);
    bool ok = true;
    if (v.kind == HOX__VALUE_NUMBER)
        ok = hox__domain_has_number(&p->domain, v.number, v.number == floor(v.number));
    else if (v.kind == HOX__VALUE_WORD)
        ok = !strcmp(v.name, "same") || !strcmp(v.name, "classes") ||
             hox__domain_has_word(&p->domain, v.name);
    else if (v.kind == HOX__VALUE_TEXT)
        ok = hox__domain_has_text(&p->domain, v.name);
    if (ok)
        return;
    hox__text t = {0};
    if (v.kind == HOX__VALUE_NUMBER)
        hox__text_number(&t, v.number);
    else
        hox__text_puts(&t, v.name);
    hox__derive_dead(w, node->phrase, "`%s` of `%s` is %s, not %s", p->name, node->phrase->name,
                     p->domain.printed, hox__text_get(&t));
    hox__text_deinit(&t);
}

static void part(hox_walk *w, hox__node *node, int i, uint32_t in, uint32_t out, double depth,
                 double deepest)
{
    double times;
    w->shape = part_in(w, node, in, &times);
    w->cost[2] = depth;
    hox__goal *g = w->dead ? NULL : hox__derive_push(w, HOX__GOAL_PART, node, i);
    if (!g)
        return;
    g->flops = w->cost[1];
    g->in = in;
    g->out = out;
    g->depth = depth;
    g->deepest = deepest;
    hox__derive_push(w, HOX__GOAL_EXPAND, node->kid[i], 0);
}

static void run_layer(hox_walk *w, hox__node *node)
{
    const hox__layer *l = node->phrase->layer;
    const hox__phrase *p = node->phrase;
    for (int i = 0; i < p->n && !w->dead; i++)
        if (!l->param[p->param[i]].is_network && !is_fixed(p->kid[i]))
            check_value(w, node, p->param[i]);
    if (w->dead || !node->network)
        return;
    if (l->body) {
        hox__frame *f = hox__derive_frame(w, node->call->frame->parent, '/', l->name,
                                          node->call->frame->index, l->body->opens);
        first(w, node, f ? node_new(w, l->body, node->call, f, true, 0) : NULL);
        return;
    }
    if (l->out == HOX__OUT_WIRED) {
        hox__wire_begin(w, node);
        return;
    }
    if (w->wired && (l->out == HOX__OUT_NOWHERE || (l->parts >= 0 && p->n == 0)))
        return; /* it is looked at when the wires are known */
    if (l->out == HOX__OUT_NOWHERE || (l->parts >= 0 && p->n == 0)) {
        replay_layer(w, node, HOX__COUNT_FIRST);
        return;
    }
    if (l->parts < 0) {
        apply(w, node, HOX__COUNT_FIRST);
        return;
    }
    if (!kids_room(w, node, p->n))
        return;
    for (int i = 0; i < p->n; i++)
        if (l->param[p->param[i]].is_network)
            node->kid[node->n++] = kid_new(w, node, p->kid[i], true);
    if (node->n)
        part(w, node, 0, w->shape, 0, w->cost[2], w->cost[2]);
}

static void part_end(hox_walk *w, const hox__goal *g)
{
    hox__node *node = g->node;
    uint32_t out = beside(w, node, g->out, g->i);
    double deepest = fmax(g->deepest, w->cost[2]);
    if (w->dead)
        return;
    if (g->i + 1 < node->n) {
        part(w, node, g->i + 1, g->in, out, g->depth, deepest);
        return;
    }
    w->shape = node->phrase->layer->out == HOX__OUT_SAME ? g->in : out;
    w->cost[2] = deepest;
    if (node->phrase->layer->stepped)
        all_steps(w, node, g->in, g->flops, HOX__COUNT_FIRST);
    beside_parts(w, node, HOX__COUNT_FIRST);
}

static void run(hox_walk *w, const hox__goal *g)
{
    switch (g->kind) {
    case HOX__GOAL_EXPAND:
        expand(w, g->node);
        break;
    case HOX__GOAL_REPEAT:
        repeat(w, g->node);
        break;
    case HOX__GOAL_COPIES:
        copies(w, g);
        break;
    case HOX__GOAL_LAYER:
        run_layer(w, g->node);
        break;
    case HOX__GOAL_PART:
        part_end(w, g);
        break;
    case HOX__GOAL_WIRE:
        hox__wire_next(w, g->node, g->i);
        break;
    }
}

/* ---- the whole ---- */

static bool flows(const char *root)
{
    return !strcmp(root, "net") || !strcmp(root, "train") || !strcmp(root, "schedule") ||
           !strcmp(root, "data");
}

void hox__derive_start(hox_walk *w, int root, bool alone)
{
    hox__rule *rule = w->space->root[root];
    const struct hox__fixed *fixed = w->space->fixed ? &w->space->fixed[root] : NULL;
    if (!alone && fixed && fixed->term) { /* nothing is asked: the same in every walk */
        w->d->root[root] = ((const hox__derivation *)fixed->derivation)->root[root];
        return;
    }
    hox__frame *f = hox__derive_frame(w, NULL, rule->once ? '/' : 0, rule->base, -1, &rule->region);
    if (!f || !rule->body)
        return;
    f->rule = rule;
    bool network = !w->space->free_words &&
                   (flows(rule->name) ||
                    (!hox__is_reserved(rule->name) && rule->body->sort == HOX__SORT_NETWORK));
    hox__node *node = node_new(w, rule->body, NULL, f, network, 0);
    w->d->root[root] = node;
    if (w->guide && node)
        node->like = w->guide->example->root[root];
    if (rule->once)
        w->d->once[rule->id] = node;
    hox__shape shape = hox__shape_of_root(w->space, rule->name);
    w->shape = hox__reach_shape(w->reach, &shape);
    memset(w->cost, 0, sizeof w->cost);
    hox__derive_push(w, HOX__GOAL_EXPAND, node, 0);
    if (alone)
        w->next_root = w->space->n_roots;
}

void hox__derive_run(hox_walk *w)
{
    while (!w->dead && !w->asking) {
        if (!w->todo) {
            if (w->next_root > 0 && !strcmp(w->space->root[w->next_root - 1]->name, "net"))
                memcpy(w->d->cost, w->cost, sizeof w->cost);
            if (w->next_root >= w->space->n_roots) {
                w->finished = true;
                return;
            }
            hox__derive_start(w, w->next_root++, false);
            continue;
        }
        hox__goal *g = w->todo;
        w->todo = g->next;
        if (++w->steps > HOX__STEPS_MAX)
            hox__derive_dead(w, g->node->phrase, "a sentence has at most %d parts", HOX__STEPS_MAX);
        else
            run(w, g);
        if (w->guide)
            hox__guide_spread(w, g->node);
    }
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

void hox__derive_answered(hox_walk *w, double answer)
{
    hox__node *node = w->node;
    node->answered = true;
    node->answer = answer;
    w->asking = false;
    w->node = NULL;
    if (!node->phrase->plain)
        w->reach->epoch++;
    if (node->phrase->kind == HOX__CHOICE)
        first(w, node, kid_new(w, node, node->phrase->kid[(int)answer], node->network));
    if (w->guide)
        hox__guide_spread(w, node);
}
