/* The machine that derives: pops a goal, grows the tree, pushes what follows from it, until a
 * question or the end. Shapes and costs flow along (flow.c).
 */
#include "space/derive.h"
#include "space/edit.h"
#include "space/flow.h"
#include "space/reach.h"
#include <math.h>
#include <string.h>

/* ---- expanding ---- */

static hox__node *kid_new(hox_walk *w, const hox__node *node, const hox__phrase *p, bool network)
{
    return hox__derive_node(w, p, node->env, node->frame, network);
}

/* The next index of the name that `p` uses, -1 when it occurs once only. */
static int use_of(hox__node *node, const hox__phrase *p)
{
    hox__frame *f = node->frame;
    int k = f->uses[p->index]++;
    return f->region->several[p->index] ? k : -1;
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
    if (!hox__derive_room(w, node, 1))
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
    if (!kid || !hox__derive_room(w, node, 1))
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
        hox__flow_enter(w, p);
    if (w->dead)
        return;
    if (rule->once && w->d->once[rule->id]) {
        again(w, node, w->d->once[rule->id], rule->shared ? HOX__COUNT_NONE : HOX__COUNT_AGAIN);
        return;
    }
    int index = use_of(node, p);
    if (p->frozen && node->network) {
        node->call = p->frozen->call;
        node->kid = p->frozen->kid;
        node->n = 1;
        hox__flow_frozen(w, node, HOX__COUNT_FIRST);
        return;
    }
    hox__frame *f = rule->once
                        ? hox__derive_frame(w, NULL, '/', rule->base, -1, &rule->region)
                        : hox__derive_frame(w, node->frame, '/', rule->base, index, &rule->region);
    if (!f)
        return;
    f->rule = rule;
    if (rule->n) {
        node->call = hox__derive_call(w, f, p, node->env);
        if (!node->call)
            return;
    }
    hox__node *body = hox__derive_node(w, rule->body, node->call, f, node->network);
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
        first(w, node, hox__derive_thunk(w, node->env, k, node->network));
}

/* Nothing is asked in it, and it was checked when the space was loaded. */
static bool is_fixed(const hox__phrase *p)
{
    return p->kind == HOX__NUMBER || p->kind == HOX__WORD || p->kind == HOX__TEXT ||
           p->kind == HOX__BUDGET;
}

static void run_layer(hox_walk *w, hox__node *node);

/* An argument that needs no goal: a literal, or a parameter that is known or a literal itself. */
static bool is_settled(const hox__node *node, const hox__phrase *a)
{
    if (a->kind != HOX__PARAM)
        return is_fixed(a);
    const hox__thunk *of = &node->env->thunk[a->index];
    return of->node || (of->phrase && is_fixed(of->phrase));
}

static bool settle(hox_walk *w, hox__node *node, const hox__phrase *a, hox__thunk *t)
{
    if (!is_settled(node, a))
        return false;
    if (a->kind != HOX__PARAM) {
        t->node = hox__derive_node(w, a, t->env, node->frame, false);
        return true;
    }
    hox__thunk *of = &node->env->thunk[a->index];
    const bool known = of->node != NULL;
    hox__node *arg = hox__derive_node(w, a, t->env, node->frame, false);
    if (!known)
        hox__derive_thunk(w, node->env, a->index, false);
    if (!arg || !of->node || !hox__derive_room(w, arg, 1))
        return true;
    arg->kid[0] = of->node;
    arg->n = 1;
    arg->again = known;
    t->node = arg;
    return true;
}

/* Scalar arguments first, then the parts. */
static void expand_layer(hox_walk *w, hox__node *node)
{
    const hox__phrase *p = node->phrase;
    const hox__layer *layer = p->layer;
    const int index = use_of(node, p);
    if (p->call) {
        node->call = p->call;
        run_layer(w, node);
        return;
    }
    hox__frame *f = hox__derive_frame(w, node->frame, '/', layer->name, index, NULL);
    node->call = f ? hox__derive_call(w, f, p, node->env) : NULL;
    if (!node->call)
        return;
    bool open = false; /* something is to be derived first */
    for (int i = 0; i < p->n; i++) {
        if (!layer->param[p->param[i]].is_network)
            open |= !settle(w, node, p->kid[i], &node->call->thunk[p->param[i]]);
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
        hox__derive_push(w, HOX__GOAL_EXPAND, hox__derive_thunk(w, node->call, k, false), 0);
    }
}

static void expand_list(hox_walk *w, hox__node *node)
{
    const hox__phrase *p = node->phrase;
    if (!hox__derive_room(w, node, p->n))
        return;
    for (int i = p->n - 1; i >= 0; i--) {
        node->kid[i] = kid_new(w, node, p->kid[i], false);
        if (!hox__derive_push(w, HOX__GOAL_EXPAND, node->kid[i], 0))
            return;
    }
    node->n = p->n;
}

/* Does this layer or rule need no goal? */
static bool asks_nothing(const hox__node *node)
{
    const hox__phrase *p = node->phrase;
    if (p->call || (p->frozen && node->network))
        return true;
    bool settled = p->kind == HOX__LAYER && p->layer->parts < 0 && !p->layer->body &&
                   p->layer->out != HOX__OUT_WIRED;
    for (int i = 0; settled && i < p->n; i++)
        settled = is_settled(node, p->kid[i]);
    return settled;
}

static void expand(hox_walk *w, hox__node *node);

/* Layers whose arguments are known ask nothing: the first ones need no goals. */
static void expand_chain(hox_walk *w, hox__node *node)
{
    const hox__phrase *p = node->phrase;
    int done = 0;
    if (!hox__derive_room(w, node, p->n))
        return;
    for (int i = 0; i < p->n; i++)
        if (!(node->kid[i] = kid_new(w, node, p->kid[i], node->network)))
            return;
    node->n = p->n;
    for (; done < p->n && asks_nothing(node->kid[done]) && !w->dead; done++, w->steps++)
        expand(w, node->kid[done]);
    for (int i = p->n - 1; i >= done && !w->dead; i--)
        hox__derive_push(w, HOX__GOAL_EXPAND, node->kid[i], 0);
}

static void expand_free(hox_walk *w, hox__node *node)
{
    const hox__phrase *p = node->phrase;
    hox__frame *f = hox__derive_frame(w, node->frame, '/', p->name, use_of(node, p), NULL);
    if (!f || !hox__derive_room(w, node, p->n))
        return;
    for (int i = p->n - 1; i >= 0; i--) {
        const char *name =
            p->label && p->label[i] ? p->label[i] : hox__arena_printf(w->d->arena, "%d", i);
        hox__frame *arg = hox__derive_frame(w, f, '.', name, -1, p->kid[i]->opens);
        node->kid[i] = arg ? hox__derive_node(w, p->kid[i], node->env, arg, false) : NULL;
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
        expand_chain(w, node);
        break;
    case HOX__LIST:
        expand_list(w, node);
        break;
    case HOX__BINARY:
    case HOX__COPIES:
        if (node->network)
            expand_count(w, node, node->phrase->kid[0], HOX__GOAL_COPIES);
        else
            expand_list(w, node);
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
    if (w->dead || !hox__derive_room(w, node, n))
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
    w->shape = hox__flow_part_in(w, node, in, &times);
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
        first(w, node, f ? hox__derive_node(w, l->body, node->call, f, true) : NULL);
        return;
    }
    if (l->out == HOX__OUT_WIRED) {
        hox__wire_begin(w, node);
        return;
    }
    if (l->out == HOX__OUT_NOWHERE || (l->parts >= 0 && p->n == 0)) {
        if (!w->wired) /* else it is looked at when the wires are known */
            hox__flow_layer(w, node, HOX__COUNT_FIRST);
        return;
    }
    if (l->parts < 0) {
        hox__flow_apply(w, node, HOX__COUNT_FIRST);
        return;
    }
    if (!hox__derive_room(w, node, p->n))
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
    uint32_t out = hox__flow_beside(w, node, g->out, g->i);
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
        hox__flow_all_steps(w, node, g->in, g->flops, HOX__COUNT_FIRST);
    hox__flow_beside_parts(w, node, HOX__COUNT_FIRST);
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
    hox__node *node = hox__derive_node(w, rule->body, NULL, f, network);
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
