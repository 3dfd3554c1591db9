/* From a question of the grammar to what the one who searches is told: domain, mask, default. */
#include "base/number.h"
#include "space/derive.h"
#include "space/reach.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Can the derivation end well when `shape` and `cost` come next? */
static bool within(const hox_walk *w, const double a[HOX__METRICS], const double b[HOX__METRICS])
{
    for (int m = 0; m < HOX__METRICS; m++)
        if (w->cost[m] + a[m] + b[m] > w->space->bound[m])
            return false;
    return true;
}

static bool rest_fits(hox_walk *w, uint32_t shape, const double cost[HOX__METRICS])
{
    double rest[HOX__METRICS];
    w->reach->work = 0;
    return hox__rest_least(w->reach, w->todo, shape, rest) && within(w, cost, rest);
}

/* A branch that is a network: what it can give, before what follows. */
static bool branch_fits(hox_walk *w, const hox__phrase *branch)
{
    w->reach->work = 0;
    const hox__exits *e = hox__reach_phrase(
        w->reach, branch, hox__scope_at(w->reach, branch, w->node->env), w->shape);
    for (int k = 0; k < e->n; k++)
        if (rest_fits(w, e->exit[k].shape, e->exit[k].cost))
            return true;
    return false;
}

/* A value: tried as if it were the answer. */
static bool value_fits(hox_walk *w, double answer)
{
    static const double nothing[HOX__METRICS];
    w->node->answered = true;
    w->node->answer = answer;
    w->reach->epoch++;
    w->reach->trying = true;
    bool fits = rest_fits(w, w->shape, nothing);
    w->reach->trying = false;
    w->node->answered = false;
    w->reach->epoch++;
    return fits;
}

/* In train, schedule and data nothing can go wrong that a mask would see; nor where no shape is
 * known and no use of a rule is bounded; the networks of a graph wait for their wires. */
static bool masks_branches(const hox_walk *w)
{
    if (!w->next_root || strcmp(w->space->root[w->next_root - 1]->name, "net") != 0)
        return false;
    bool counted = false;
    for (int m = HOX__COUNTED; m < HOX__METRICS; m++)
        counted |= isfinite(w->space->bound[m]);
    return w->shape || (counted && !w->wired);
}

static bool masks(const hox_walk *w)
{
    return w->shape && !w->node->phrase->plain && masks_branches(w);
}

/* Is a rule open twice on the way here? Then the default takes the shortest way out. */
static bool recursive(const hox__frame *frame)
{
    for (const hox__frame *f = frame; f; f = f->parent)
        for (const hox__frame *g = f->parent; f->rule && f->rule->recursive && g; g = g->parent)
            if (g->rule == f->rule)
                return true;
    return false;
}

static int64_t default_branch(const hox_walk *w, const bool *mask)
{
    const hox__phrase *p = w->node->phrase;
    int best = -1;
    bool least = recursive(w->node->frame);
    for (int i = 0; i < p->n; i++)
        if (mask[i] && (best < 0 || (least && p->kid[i]->least < p->kid[best]->least)))
            best = i;
    return best;
}

static bool choice(hox_walk *w, hox_choice *c)
{
    const hox__phrase *p = w->node->phrase;
    bool *mask = HOX__NEW_N(w->d->arena, bool, p->n), any = false;
    if (!mask)
        return false;
    bool network = w->node->network && masks_branches(w), value = !w->node->network && masks(w);
    for (int i = 0; i < p->n; i++) {
        mask[i] = network ? branch_fits(w, p->kid[i]) : value ? value_fits(w, i) : true;
        any |= mask[i];
    }
    if (!any)
        hox__derive_dead(w, p, "no branch leads to a sentence that fits");
    c->kind = HOX_ASK_CHOICE;
    c->n = p->n;
    c->weight = p->weight;
    c->mask = mask;
    c->text = p->text;
    c->value = p->value;
    c->order = p->order;
    c->fallback.index = any ? default_branch(w, mask) : 0;
    return true;
}

/* ---- ranges ---- */

static double middle(const hox__phrase *p)
{
    if (p->has_centre)
        return p->centre;
    double m = p->is_log ? hox__exp((hox__log(p->low) + hox__log(p->high)) / 2)
                         : p->low + (p->high - p->low) / 2;
    return p->integral ? floor(m + 1e-9) : m;
}

/* The nearest whole number to the middle that can still fit. */
static double feasible(hox_walk *w, const hox__phrase *p, double start)
{
    enum { TRIES = 64 };
    if (!p->integral || !masks(w) || value_fits(w, start))
        return start;
    double step = p->is_log || p->step < 1 ? 1 : p->step;
    for (int k = 1; k <= TRIES; k++) {
        if (start - k * step >= p->low && value_fits(w, start - k * step))
            return start - k * step;
        if (start + k * step <= p->high && value_fits(w, start + k * step))
            return start + k * step;
    }
    return start;
}

static void range(hox_walk *w, hox_choice *c)
{
    const hox__phrase *p = w->node->phrase;
    c->kind = p->integral ? HOX_ASK_INT : HOX_ASK_REAL;
    c->low = p->low;
    c->high = p->high;
    c->step = p->integral && p->step == 0 ? 1 : p->step;
    c->is_log = p->is_log;
    c->order = p->is_log ? HOX_ORDER_LOG : HOX_ORDER_ORDINAL;
    c->fallback_said = p->has_centre;
    double at = feasible(w, p, hox__grid_value(p, middle(p)));
    if (p->integral)
        c->fallback.index = (int64_t)at;
    else
        c->fallback.real = at;
}

static const hox__path *path_of(hox_walk *w)
{
    hox__frame *f = w->node->frame;
    const hox__phrase *p = w->node->phrase;
    const hox__path *path = hox__frame_path(w->d, f);
    if (path && !p->whole) {
        char name[16];
        snprintf(name, sizeof name, "%d", p->index);
        path = hox__path_new(w->d, path, '|', name, p->looped ? f->asked[p->index] : -1);
    }
    f->asked[p->index]++;
    return path;
}

void hox__question_prepare(hox_walk *w)
{
    hox_choice *c = &w->choice;
    *c = (hox_choice){.index = w->d->n};
    const hox__path *path = path_of(w);
    bool ok = path != NULL;
    if (ok) {
        c->path = path->text;
        c->key = path->key;
    }
    if (ok && w->node->phrase->kind == HOX__CHOICE)
        ok = choice(w, c);
    else if (ok)
        range(w, c);
    if (!ok) {
        w->no_memory = true;
        hox__derive_dead(w, w->node->phrase, "memory is short");
    }
}
