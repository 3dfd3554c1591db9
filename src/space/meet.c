/* A derivation under way against what a sentence says. */
#include "space/member.h"
#include <math.h>
#include <string.h>

typedef struct {
    const hox__row *row;
    int at;
} cursor;

static const hox__said *next(const cursor *c)
{
    return c->at < c->row->n ? &c->row->item[c->at] : NULL;
}

static hox__meeting meet(hox__meet *m, const hox__node *node, cursor *c);

/* ---- values ---- */

static bool says(const hox__said *item, hox__value v)
{
    if (!item)
        return false;
    if (v.kind == HOX__VALUE_NUMBER)
        return (item->kind == HOX__SAYS_NUMBER || item->kind == HOX__SAYS_BINARY) &&
               item->number == v.number;
    if (v.kind == HOX__VALUE_TEXT)
        return item->kind == HOX__SAYS_TEXT && !strcmp(item->name, v.name);
    return (item->kind == HOX__SAYS_WORD ||
            (item->kind == HOX__SAYS_CALL && item->n == 0 && item->arguments == 0)) &&
           !strcmp(item->name, v.name);
}

static hox__meeting meet_value(const hox__node *node, cursor *c)
{
    const bool same = says(next(c), hox__node_value(node));
    c->at++;
    return same ? HOX__MEETS : HOX__CLASHES;
}

static hox__meeting open_here(hox__meet *m, const hox__node *node, const cursor *c)
{
    if (node == m->asked && !m->found) {
        m->found = true;
        m->row = c ? c->row : NULL;
        m->at = c ? c->at : 0;
        m->hidden = !c;
    }
    return HOX__OPEN;
}

/* A count or an operand: nothing says its value by itself. */
static void look_for_open(hox__meet *m, const hox__node *node)
{
    if (!node)
        return;
    if (node == m->asked)
        open_here(m, node, NULL);
    for (int i = 0; i < node->n; i++)
        look_for_open(m, node->kid[i]);
}

static hox__meeting both(hox__meeting a, hox__meeting b)
{
    return a > b ? a : b;
}

static hox__meeting meet_binary(hox__meet *m, const hox__node *node, cursor *c)
{
    const hox__said *item = next(c);
    if (item && item->kind == HOX__SAYS_BINARY && item->op == node->phrase->op &&
        node->n == item->n) {
        hox__meeting r = HOX__MEETS;
        for (int i = 0; i < node->n; i++)
            r = both(r, hox__meet_row(m, node->kid[i], &item->part[i], true));
        c->at++;
        return r;
    }
    if (hox__node_value(node).kind == HOX__VALUE_NONE) {
        look_for_open(m, node);
        return HOX__OPEN;
    }
    return meet_value(node, c);
}

/* ---- networks ---- */

/* A use may also give nothing; then no item stands for it. */
static hox__meeting meet_use(hox__meet *m, const hox__node *node, const char *name, cursor *c)
{
    static const hox__row empty;
    if (node->n == 0)
        return HOX__OPEN;
    if (!m->names || !node->network)
        return meet(m, node->kid[0], c);
    const hox__said *item = next(c);
    if (item && item->kind == HOX__SAYS_RULE && !strcmp(item->name, name)) {
        const hox__meet before = *m;
        const hox__meeting r = hox__meet_row(m, node->kid[0], &item->part[0], true);
        if (r != HOX__CLASHES) {
            c->at++;
            return r;
        }
        *m = before;
    }
    return hox__meet_row(m, node->kid[0], &empty, true);
}

static hox__meeting meet_argument(hox__meet *m, const hox__node *node, int k, const hox__row *row)
{
    const hox__thunk *t = &node->call->thunk[k];
    if (t->node)
        return hox__meet_row(m, t->node, row, true);
    if (!t->phrase)
        return row->n ? HOX__CLASHES : HOX__MEETS;
    if (node->phrase->given[k])
        return HOX__OPEN;
    const hox__value v = hox__thunk_value(t);
    if (v.kind == HOX__VALUE_NONE)
        return t->phrase->kind == HOX__LIST && row->n == 0 ? HOX__MEETS : HOX__OPEN;
    return row->n == 1 && says(&row->item[0], v) ? HOX__MEETS : HOX__CLASHES;
}

static hox__meeting meet_layer(hox__meet *m, const hox__node *node, cursor *c)
{
    const hox__layer *layer = node->phrase->layer;
    const hox__said *item = next(c);
    if (!node->network)
        return meet_value(node, c);
    if (!item || item->kind != HOX__SAYS_CALL || strcmp(item->name, layer->name) ||
        item->arguments != layer->n)
        return HOX__CLASHES;
    c->at++;
    if (!node->call)
        return HOX__OPEN;
    hox__meeting r = HOX__MEETS;
    for (int k = 0; k < layer->n && r != HOX__CLASHES; k++)
        if (!layer->param[k].is_network)
            r = both(r, meet_argument(m, node, k, &item->argument[k]));
    if (layer->body || r == HOX__CLASHES)
        return r;
    for (int i = 0; i < node->n && r != HOX__CLASHES; i++)
        r = both(r,
                 i < item->n ? hox__meet_row(m, node->kid[i], &item->part[i], true) : HOX__CLASHES);
    return node->n < item->n ? both(r, HOX__OPEN) : r;
}

static hox__meeting meet_kids(hox__meet *m, const hox__node *node, int times, cursor *c)
{
    for (int k = 0; k < times; k++)
        for (int i = 0; i < node->n; i++) {
            const hox__meeting r = meet(m, node->kid[i], c);
            if (r != HOX__MEETS)
                return r;
        }
    return HOX__MEETS;
}

static hox__meeting meet_parts(hox__meet *m, const hox__node *node, hox__item_says kind, cursor *c)
{
    const hox__said *item = next(c);
    const hox__phrase *p = node->phrase;
    if (p->n == 0 && kind == HOX__SAYS_CALL)
        return meet_value(node, c);
    if (!item || item->kind != kind || item->n != p->n || (p->name && strcmp(item->name, p->name)))
        return HOX__CLASHES;
    hox__meeting r = node->n < p->n ? HOX__OPEN : HOX__MEETS;
    for (int i = 0; i < node->n; i++)
        r = both(r, hox__meet_row(m, node->kid[i], &item->part[i], true));
    c->at++;
    return r;
}

static hox__meeting meet_counted(hox__meet *m, const hox__node *node, cursor *c)
{
    if (!node->count)
        return HOX__OPEN;
    const hox__value v = hox__node_value(node->count);
    if (v.kind != HOX__VALUE_NUMBER) {
        look_for_open(m, node->count);
        return HOX__OPEN;
    }
    if (node->phrase->kind == HOX__REPEAT)
        return node->n < (int)v.number ? HOX__OPEN : meet_kids(m, node, 1, c);
    return node->n == 0 && v.number > 0 ? HOX__OPEN : meet_kids(m, node, (int)v.number, c);
}

static hox__meeting meet(hox__meet *m, const hox__node *node, cursor *c)
{
    const hox__phrase *p = node->phrase;
    const hox__said *item = next(c);
    switch (p->kind) {
    case HOX__NUMBER:
    case HOX__WORD:
    case HOX__TEXT:
        return meet_value(node, c);
    case HOX__BUDGET:
        c->at++;
        return item && item->kind == HOX__SAYS_BUDGET && item->low == p->low &&
                       item->number == p->high
                   ? HOX__MEETS
                   : HOX__CLASHES;
    case HOX__RANGE:
        return node->answered ? meet_value(node, c) : open_here(m, node, c);
    case HOX__CHOICE:
        if (!node->answered || node->n == 0)
            return open_here(m, node, c);
        return meet(m, node->kid[0], c);
    case HOX__RULE:
        return meet_use(m, node, p->rule->base, c);
    case HOX__PARAM:
        return meet_use(m, node, p->name, c);
    case HOX__LAYER:
        return meet_layer(m, node, c);
    case HOX__FREE:
        return meet_parts(m, node, HOX__SAYS_CALL, c);
    case HOX__LIST:
        return meet_parts(m, node, HOX__SAYS_LIST, c);
    case HOX__REPEAT:
        return meet_counted(m, node, c);
    case HOX__BINARY:
    case HOX__COPIES:
        return node->network ? meet_counted(m, node, c) : meet_binary(m, node, c);
    case HOX__CHAIN:
        return node->n < p->n ? HOX__OPEN : meet_kids(m, node, 1, c);
    }
    return HOX__OPEN;
}

hox__meeting hox__meet_row(hox__meet *m, const hox__node *node, const hox__row *row, bool whole)
{
    cursor c = {row, 0};
    const hox__meeting r = meet(m, node, &c);
    return r == HOX__MEETS && whole && c.at != row->n ? HOX__CLASHES : r;
}

/* ---- what may be answered ---- */

/* false: surely what `p` gives does not begin at the cursor. */
static bool may_begin(const hox__meet *m, const hox__phrase *p, const cursor *c, bool network,
                      int depth);

static bool may_call(const hox__phrase *p, const hox__said *item)
{
    if (!item || item->kind != HOX__SAYS_CALL || strcmp(item->name, p->layer->name) ||
        item->arguments != p->layer->n)
        return false;
    for (int i = 0; i < p->n; i++) {
        const hox__phrase *given = p->kid[i];
        const hox__row *row = &item->argument[p->param[i]];
        if (p->layer->param[p->param[i]].is_network)
            continue;
        if ((given->kind == HOX__NUMBER || given->kind == HOX__WORD || given->kind == HOX__TEXT) &&
            !(row->n == 1 && says(&row->item[0], hox__phrase_value(given, NULL))))
            return false;
    }
    return true;
}

static bool may_use(const hox__meet *m, const hox__phrase *p, const cursor *c, bool network,
                    int depth)
{
    const hox__said *item = next(c);
    const hox__phrase *body = p->rule->body;
    if (!m->names || !network)
        return may_begin(m, body, c, network, depth);
    if (item && item->kind == HOX__SAYS_RULE && !strcmp(item->name, p->rule->base)) {
        const cursor inner = {&item->part[0], 0};
        if (may_begin(m, body, &inner, network, depth))
            return true;
    }
    return p->rule->least == 0;
}

static bool may_begin(const hox__meet *m, const hox__phrase *p, const cursor *c, bool network,
                      int depth)
{
    enum { DEEP = 32 };
    const hox__said *item = next(c);
    if (depth > DEEP)
        return true;
    switch (p->kind) {
    case HOX__NUMBER:
    case HOX__WORD:
    case HOX__TEXT:
        return says(item, hox__phrase_value(p, NULL));
    case HOX__RANGE:
        return item && (item->kind == HOX__SAYS_NUMBER || item->kind == HOX__SAYS_BINARY) &&
               item->number >= p->low && item->number <= p->high;
    case HOX__LAYER:
        return network ? may_call(p, item) : says(item, hox__phrase_value(p, NULL)) || p->n > 0;
    case HOX__RULE:
        return may_use(m, p, c, network, depth + 1);
    case HOX__CHOICE:
        for (int i = 0; i < p->n; i++)
            if (may_begin(m, p->kid[i], c, network, depth + 1))
                return true;
        return false;
    case HOX__CHAIN:
        if (p->n == 0 || p->kid[0]->least == 0)
            return true;
        return may_begin(m, p->kid[0], c, network, depth + 1);
    default:
        return true;
    }
}

static void put(hox_answer *list, int *n, const hox_choice *c, hox_answer a)
{
    if (*n < HOX__CANDIDATES_MAX && hox_choice_admits(c, a))
        list[(*n)++] = a;
}

static void number_said(hox_walk *w, const hox__said *item, hox_answer *list, int *n)
{
    const hox_choice *c = &w->choice;
    if (!item || (item->kind != HOX__SAYS_NUMBER && item->kind != HOX__SAYS_BINARY))
        return;
    const double x = item->number;
    if (c->kind == HOX_ASK_REAL) {
        if (x >= c->low && x <= c->high && hox__grid_value(w->node->phrase, x) == x)
            put(list, n, c, (hox_answer){.real = x});
    } else if (x == floor(x) && fabs(x) < 9e15) {
        put(list, n, c, (hox_answer){.index = (int64_t)x});
    }
}

hox_answer *hox__candidates(hox_walk *w, const hox__meet *m, int *n)
{
    const hox_choice *c = &w->choice;
    const hox__phrase *p = w->node->phrase;
    const cursor at = {m->row, m->at};
    const double most =
        c->kind == HOX_ASK_CHOICE ? c->n : fmin(c->high - c->low + 1, HOX__CANDIDATES_MAX);
    hox_answer *list = HOX__NEW_N(w->d->arena, hox_answer, (int)most + 1);
    *n = 0;
    if (!list)
        return NULL;
    if (c->kind == HOX_ASK_CHOICE) {
        for (int i = 0; i < c->n; i++)
            if (!m->found || m->hidden || may_begin(m, p->kid[i], &at, w->node->network, 0))
                put(list, n, c, (hox_answer){.index = i});
    } else if (m->found && !m->hidden) {
        number_said(w, next(&at), list, n);
    } else if (c->kind == HOX_ASK_INT) {
        for (int64_t x = (int64_t)c->low; x <= (int64_t)c->high && *n < (int)most; x++)
            put(list, n, c, (hox_answer){.index = x});
    }
    return list;
}
