/* Walking over phrases, and marking those on which shapes, costs or counts depend: only they need
 * masks. */
#include "space/derive.h"

bool hox__phrase_visit(const hox__phrase *p, hox__phrase_visitor each, void *ctx)
{
    if (!p)
        return true;
    if (!each(ctx, p))
        return false;
    for (int i = 0; i < p->n; i++)
        if (!hox__phrase_visit(p->kid[i], each, ctx))
            return false;
    return true;
}

void hox__space_visit(const hox_space *space, hox__phrase_visitor each, void *ctx)
{
    for (int i = 0; i < space->n_rules; i++) {
        const hox__rule *rule = space->rule[i];
        for (int k = 0; k < rule->n; k++)
            if (!hox__phrase_visit(rule->param[k].fallback, each, ctx))
                return;
        if (!hox__phrase_visit(rule->body, each, ctx))
            return;
    }
}

/* Marks are made while the space is still being built. */
static hox__phrase *own(const hox__phrase *p)
{
    return (hox__phrase *)(uintptr_t)p;
}

static void matters(const hox__phrase *p)
{
    if (!p || !p->plain)
        return;
    own(p)->plain = false;
    if (p->kind == HOX__RULE)
        matters(p->rule->body);
    if (p->kind == HOX__PARAM && p->rule) {
        p->rule->param[p->index].matters = true;
        matters(p->rule->param[p->index].fallback);
        for (const hox__phrase *site = p->rule->site; site; site = site->next_site)
            if (site->given)
                matters(site->given[p->index]);
    }
    for (int i = 0; i < p->n; i++)
        matters(p->kid[i]);
}

static bool make_plain(void *ctx, const hox__phrase *p)
{
    (void)ctx;
    own(p)->plain = true;
    return true;
}

static bool start(void *ctx, const hox__phrase *p)
{
    (void)ctx;
    if (p->kind == HOX__REPEAT)
        matters(p->kid[1]);
    if (p->kind == HOX__BINARY)
        matters(p->kid[0]);
    for (int i = 0; p->kind == HOX__LAYER && i < p->n; i++)
        if (p->param[i] >= 0 && p->layer->param[p->param[i]].matters &&
            !p->layer->param[p->param[i]].is_network)
            matters(p->kid[i]);
    return true;
}

static bool mark_varying(void *ctx, const hox__phrase *p)
{
    (void)ctx;
    for (int i = 0; p->kind == HOX__LAYER && i < p->n; i++)
        if (p->param[i] >= 0 && p->layer->param[p->param[i]].each)
            own(p->kid[i])->varies = p->kid[i]->kind == HOX__LIST || hox__phrase_asks(p->kid[i]);
    return true;
}

static bool is_literal(const hox__phrase *p)
{
    return p->kind == HOX__NUMBER || p->kind == HOX__WORD || p->kind == HOX__TEXT;
}

static bool is_constant(const hox__phrase *p)
{
    if (p->kind != HOX__LAYER || p->layer->body || p->layer->out == HOX__OUT_WIRED)
        return false;
    for (int k = 0; k < p->layer->n; k++) {
        const hox__phrase *value = p->given[k] ? p->given[k] : p->layer->param[k].fallback;
        if (p->layer->param[k].is_network ||
            (value && !is_literal(value) && (p->given[k] || value->kind != HOX__PARAM)))
            return false;
    }
    return true;
}

/* Most layers of most sentences: made once, not in every derivation. */
static bool make_constant(void *ctx, const hox__phrase *p)
{
    hox_space *space = ctx;
    if (!is_constant(p))
        return true;
    const hox__layer *layer = p->layer;
    hox__env *env = HOX__NEW(space->arena, hox__env);
    hox__thunk *thunk = HOX__NEW_N(space->arena, hox__thunk, layer->n);
    hox__node *node = HOX__NEW_N(space->arena, hox__node, layer->n);
    if (!env || !thunk || !node)
        return !(space->failed_memory = true);
    *env = (hox__env){.layer = layer, .n = layer->n, .thunk = thunk};
    for (int k = 0; k < layer->n; k++) {
        thunk[k] = (hox__thunk){
            .phrase = layer->param[k].fallback, .env = env, .name = layer->param[k].name};
        if (!p->given[k])
            continue;
        node[k].phrase = thunk[k].phrase = p->given[k];
        thunk[k].node = &node[k];
    }
    own(p)->call = env;
    return true;
}

void hox__mark_phrases(hox_space *space)
{
    hox__space_visit(space, make_constant, space);
    hox__space_visit(space, mark_varying, NULL);
    hox__space_visit(space, make_plain, NULL);
    hox__space_visit(space, start, NULL);
}

typedef struct {
    const hox__rule *seen[256];
    int n;
    bool asks;
} search;

static bool look(void *ctx, const hox__phrase *p)
{
    search *s = ctx;
    if (p->kind == HOX__CHOICE || p->kind == HOX__RANGE)
        s->asks = true;
    if (p->kind == HOX__RULE && !s->asks) {
        for (int i = 0; i < s->n; i++)
            if (s->seen[i] == p->rule)
                return true;
        if (s->n == 256)
            return true;
        s->seen[s->n++] = p->rule;
        hox__phrase_visit(p->rule->body, look, s);
        for (int k = 0; k < p->rule->n; k++)
            hox__phrase_visit(p->rule->param[k].fallback, look, s);
    }
    return !s->asks;
}

bool hox__phrase_asks(const hox__phrase *p)
{
    search s = {.n = 0};
    hox__phrase_visit(p, look, &s);
    return s.asks;
}
