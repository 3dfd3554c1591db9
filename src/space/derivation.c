/* What a derivation is made of: its memory, nodes, frames, goals and calls. */
#include "space/derive.h"
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

hox__node *hox__derive_node(hox_walk *w, const hox__phrase *p, hox__env *env, hox__frame *frame,
                            bool network)
{
    hox__node *node = HOX__NEW(w->d->arena, hox__node);
    if (!node) {
        hox__derive_short(w);
        return NULL;
    }
    node->phrase = p;
    node->env = env;
    node->frame = frame;
    node->network = network;
    return node;
}

bool hox__derive_room(hox_walk *w, hox__node *node, int n)
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

hox__env *hox__derive_call(hox_walk *w, hox__frame *frame, const hox__phrase *call, hox__env *scope)
{
    const hox__layer *layer = call->kind == HOX__LAYER ? call->layer : NULL;
    const hox__rule *rule = layer ? NULL : call->rule;
    const hox__parameter *param = layer ? layer->param : rule->param;
    const int n = layer ? layer->n : rule->n;
    hox__env *env = HOX__NEW(w->d->arena, hox__env);
    hox__thunk *thunk = HOX__NEW_N(w->d->arena, hox__thunk, n);
    if (!env || !thunk) {
        hox__derive_short(w);
        return NULL;
    }
    *env = (hox__env){.rule = rule, .layer = layer, .frame = frame, .n = n, .thunk = thunk};
    for (int k = 0; k < n; k++) {
        const hox__phrase *given = call->given[k];
        thunk[k] = (hox__thunk){.phrase = given ? given : param[k].fallback,
                                .env = given ? scope : env,
                                .name = param[k].name};
    }
    return env;
}

hox__node *hox__derive_thunk(hox_walk *w, hox__env *env, int k, bool network)
{
    hox__thunk *t = &env->thunk[k];
    hox__frame *f = hox__derive_frame(w, env->frame, '.', t->name, -1, t->phrase->opens);
    t->node = f ? hox__derive_node(w, t->phrase, t->env, f, network) : NULL;
    return t->node;
}
