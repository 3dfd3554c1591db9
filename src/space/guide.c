/* Deriving by an example. */
#include "space/edit.h"

enum { TRIES = 24 };

/* ---- who resembles whom ---- */

static const hox__node *followed(const struct hox__guide *g, const hox__node *like)
{
    if (!like || like == g->dropped)
        return NULL;
    return like == g->swapped ? g->with : like;
}

/* Another use of the same rule. */
static bool same_rule(const hox__phrase *a, const hox__phrase *b)
{
    return a->kind == HOX__RULE && b->kind == HOX__RULE && a->rule == b->rule;
}

static void resemble(hox_walk *w, hox__node *node, const hox__node *like)
{
    if (!node || node->like)
        return;
    like = followed(w->guide, like);
    if (like && (like->phrase == node->phrase || same_rule(like->phrase, node->phrase)))
        node->like = like;
}

/* The element of the example that element i of the new one resembles; -1: none. */
static int element(const hox__shift *s, int i, bool *fresh)
{
    *fresh = s->by > 0 && i == s->where;
    if (*fresh)
        return s->like;
    if (s->by > 0)
        return i > s->where ? i - 1 : i;
    return i >= s->where ? i + 1 : i;
}

static void make_fresh(hox_walk *w, hox__node *kid, int like)
{
    if (w->guide->content && like < 0)
        w->guide->fresh = kid;
}

static void spread_repeat(hox_walk *w, hox__node *node, const hox__node *like)
{
    const hox__shift *s = &w->guide->shift;
    for (int i = 0; i < node->n; i++) {
        bool fresh = false;
        const int k = s->at == like ? element(s, i, &fresh) : i;
        if (k >= 0 && k < like->n)
            resemble(w, node->kid[i], like->kid[k]);
        if (fresh)
            make_fresh(w, node->kid[i], k);
    }
}

/* The edge (a, b) of the example that an edge of the new graph resembles. A layer inserted in a
 * chain is read by the next one only. */
static int edge(const hox__form *form, const hox__shift *s, int k)
{
    int b = 1;
    while (hox__form_edge(0, b + 1) <= k)
        b++;
    int a = k - hox__form_edge(0, b);
    bool fresh = false, skip = false;
    if (form->wiring == HOX__WIRED_DAG) {
        a = element(s, a, &fresh);
        b = element(s, b, &skip);
        return fresh || skip || a < 0 || b < 0 ? -1 : hox__form_edge(a, b);
    }
    /* `a` stands for what layer a reads: the layer before it, or the input */
    const int to = element(s, b, &skip);
    int from = a - 1 < 0 ? -1 : element(s, a - 1, &fresh);
    if (fresh || skip || to < 0)
        return -1;
    from++;
    return from < to ? hox__form_edge(from, to) : -1;
}

static int kind_at(const hox__form *form, int i, int *index)
{
    int g = 0;
    for (*index = i; *index >= hox__form_parts(form, (hox__part_kind)g); g++)
        *index -= hox__form_parts(form, (hox__part_kind)g);
    return g;
}

static void spread_wired(hox_walk *w, hox__node *node, const hox__node *like)
{
    const hox__shift *s = &w->guide->shift;
    const hox__form *form = hox__wired_form(node), *old = hox__wired_form(like);
    const int i = node->n - 1;
    if (i < 0 || node->kid[i]->like)
        return;
    int index, k;
    const int g = kind_at(form, i, &index);
    const int ends = form->wiring == HOX__WIRED_DAG && form->ends == HOX__ENDS_FIXED;
    bool fresh = false;
    k = index;
    if (s->at == like && g == HOX__PART_EDGE)
        k = edge(form, s, index);
    else if (s->at == like && g == HOX__PART_NODE) /* between fixed ends the first is node 2 */
        k = element(s, index + ends, &fresh) - ends;
    if (k >= 0 && k < hox__form_parts(old, (hox__part_kind)g))
        resemble(w, node->kid[i], like->kid[hox__wired_at(old, (hox__part_kind)g) + k]);
    else if (g == HOX__PART_EDGE && s->at == like)
        node->kid[i]->quiet = true;
    if (fresh)
        make_fresh(w, node->kid[i], k);
    if (w->guide->filled && k >= 0 && g == HOX__PART_EDGE &&
        like->kid[hox__wired_at(old, (hox__part_kind)g) + k] == w->guide->filled) {
        node->kid[i]->like = NULL;
        w->guide->fresh = node->kid[i];
    }
}

static void spread_call(hox_walk *w, hox__node *node, const hox__node *like)
{
    if (node->phrase->call) /* what is written is alike in all sentences */
        return;
    for (int k = 0; node->call && like->call && k < node->call->n && k < like->call->n; k++)
        if (node->call->thunk[k].node && like->call->thunk[k].node)
            resemble(w, node->call->thunk[k].node, like->call->thunk[k].node);
}

void hox__guide_spread(hox_walk *w, hox__node *node)
{
    const hox__node *like = node->like;
    const hox__phrase *p = node->phrase;
    if (p->frozen && node->network) /* shared, and there is nothing to answer below */
        return;
    for (int i = 0; node->quiet && i < node->n; i++)
        node->kid[i]->quiet = true;
    if (p->kind == HOX__RULE && p->rule->once && node->n && !node->again)
        resemble(w, node->kid[0], w->guide->example->once[p->rule->id]);
    if (!like)
        return;
    if (node->count && like->count)
        resemble(w, node->count, like->count);
    spread_call(w, node, like);
    if (p->kind == HOX__REPEAT) {
        spread_repeat(w, node, like);
    } else if (node->wired) {
        if (like->wired)
            spread_wired(w, node, like);
    } else if (!node->again) {
        for (int i = 0; i < node->n && i < like->n; i++)
            resemble(w, node->kid[i], like->kid[i]);
    }
}

/* ---- answers ---- */

static bool draw(struct hox__guide *g, const hox_choice *c, hox_answer *a)
{
    if (!g->rng)
        return false;
    g->drew = true;
    *a = hox_choice_draw(c, g->rng);
    return true;
}

static int asked_at(const hox__derivation *d, const hox__node *node)
{
    for (int i = 0; i < d->n; i++)
        if (d->asked[i] == node)
            return i;
    return -1;
}

static const hox_answered *of_key(const hox__derivation *d, uint64_t key)
{
    for (int i = 0; i < d->n; i++)
        if (d->answer[i].key == key)
            return &d->answer[i];
    return NULL;
}

static hox_answer answer_of(const hox_choice *c, double x)
{
    return c->kind == HOX_ASK_REAL ? (hox_answer){.real = x} : (hox_answer){.index = (int64_t)x};
}

/* An edge that was not there before is not there. */
static bool nowhere(const hox__phrase *p)
{
    if (p->kind == HOX__LAYER)
        return p->layer->out == HOX__OUT_NOWHERE;
    return p->kind == HOX__RULE && nowhere(p->rule->body);
}

static bool quiet_answer(const hox_walk *w, hox_answer *a)
{
    const hox__phrase *p = w->node->phrase;
    for (int i = 0; p->kind == HOX__CHOICE && i < p->n; i++)
        if (nowhere(p->kid[i]) && w->choice.mask[i]) {
            a->index = i;
            return true;
        }
    return false;
}

/* What the new element says at the open question. */
static bool content_answer(hox_walk *w, hox_answer *a)
{
    struct hox__guide *g = w->guide;
    hox__meet m = {.names = false, .asked = w->node};
    int n = 0;
    if (hox__meet_row(&m, g->fresh, g->content, true) == HOX__CLASHES || !m.found)
        return false;
    hox_answer *list = hox__candidates(w, &m, &n);
    if (!list || n == 0)
        return false;
    const bool several = n > 1 && g->rng;
    g->drew |= several;
    *a = list[several ? (int)hox_rng_below(g->rng, (uint32_t)n) : 0];
    return true;
}

static bool decide(hox_walk *w, hox_answer *a)
{
    struct hox__guide *g = w->guide;
    const hox_choice *c = &w->choice;
    const hox__node *like = w->node->like;
    if (like && like == g->forced) {
        *a = g->answer;
        return true;
    }
    if (g->fresh && content_answer(w, a))
        return true;
    if (w->node->quiet && quiet_answer(w, a))
        return true;
    if (like && like->answered) {
        const int i = g->redrawn ? asked_at(g->example, like) : -1;
        *a = answer_of(c, like->answer);
        if ((i < 0 || !g->redrawn[i]) && hox_choice_admits(c, *a))
            return true;
    } else if (g->by_path) {
        const hox_answered *old = of_key(g->example, c->key);
        if (old && old->kind == c->kind && hox_choice_admits(c, old->answer)) {
            *a = old->answer;
            return true;
        }
    }
    return draw(g, c, a);
}

static hox_status once_through(hox_walk *w, hox_error *err)
{
    const hox_choice *c;
    hox_walk_restart(w);
    w->guide->fresh = NULL;
    w->guide->drew = false;
    while ((c = hox_walk_next(w))) {
        hox_answer a;
        if (!decide(w, &a))
            return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0408", "%s would have to be drawn anew",
                                 c->path);
        const hox_status status = hox_walk_answer(w, a, err);
        if (status != HOX_OK)
            return status;
    }
    if (w->no_memory)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for an edit");
    if (w->dead || !hox__requirements_hold(w))
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0408", "%s", w->why);
    hox__meet m = {.names = false};
    if (w->guide->fresh &&
        hox__meet_row(&m, w->guide->fresh, w->guide->content, true) != HOX__MEETS)
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0408",
                             "the place does not take what is inserted");
    return HOX_OK;
}

hox_status hox__guided(hox_walk *w, struct hox__guide *guide, hox_error *err)
{
    hox_status status = HOX_ERR_ARGUMENT;
    w->guide = guide;
    for (int k = 0; k < TRIES; k++) {
        hox_error why = {0};
        status = once_through(w, &why);
        if (status == HOX_OK || status == HOX_ERR_MEMORY || !guide->drew || k + 1 == TRIES) {
            if (status != HOX_OK && err)
                *err = why;
            break;
        }
    }
    w->guide = NULL;
    return status;
}

/* ---- counts ---- */

const hox__node *hox__count_question(const hox__node *node)
{
    while (node && (node->phrase->kind == HOX__RULE || node->phrase->kind == HOX__PARAM) && node->n)
        node = node->kid[0];
    if (!node || !node->answered)
        return NULL;
    if (node->phrase->kind == HOX__RANGE ||
        (node->phrase->kind == HOX__CHOICE && node->phrase->value))
        return node;
    return NULL;
}

bool hox__count_answer(const hox__node *question, int n, hox_answer *answer)
{
    const hox__phrase *p = question->phrase;
    if (p->kind == HOX__RANGE) {
        answer->index = n;
        return p->integral && n >= p->low && n <= p->high && hox__grid_value(p, n) == n;
    }
    for (int i = 0; i < p->n; i++)
        if (p->value[i] == n) {
            answer->index = i;
            return true;
        }
    return false;
}
