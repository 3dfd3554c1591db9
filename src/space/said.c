/* A derivation as rows of items. */
#include "space/member.h"
#include <string.h>

typedef struct {
    hox__arena *arena;
    bool names, failed;
} sayer;

static hox__said *add(sayer *s, hox__row *row, hox__item_says kind, const char *name)
{
    static hox__said nowhere;
    if (row->n == row->cap) {
        const int cap = row->cap ? 2 * row->cap : 4;
        hox__said *list = s->failed ? NULL : HOX__NEW_N(s->arena, hox__said, cap);
        if (!list) {
            s->failed = true;
            return NULL;
        }
        if (row->n)
            memcpy(list, row->item, sizeof *list * (size_t)row->n);
        row->item = list;
        row->cap = cap;
    }
    row->item[row->n] = nowhere;
    row->item[row->n].kind = kind;
    row->item[row->n].name = name ? name : "";
    return &row->item[row->n++];
}

static hox__row *rows(sayer *s, int n)
{
    hox__row *r = s->failed ? NULL : HOX__NEW_N(s->arena, hox__row, n ? n : 1);
    s->failed |= !r;
    return r;
}

static void say(sayer *s, const hox__node *node, hox__row *row);

static void say_value(sayer *s, hox__value v, hox__row *row)
{
    if (v.kind == HOX__VALUE_NONE)
        return;
    hox__said *i = add(s, row,
                       v.kind == HOX__VALUE_NUMBER ? HOX__SAYS_NUMBER
                       : v.kind == HOX__VALUE_TEXT ? HOX__SAYS_TEXT
                                                   : HOX__SAYS_WORD,
                       v.name);
    if (i)
        i->number = v.number;
}

static void say_kids(sayer *s, const hox__node *node, hox__said *item)
{
    hox__row *part = rows(s, node->n);
    for (int i = 0; part && i < node->n; i++)
        say(s, node->kid[i], &part[i]);
    item->part = part;
    item->n = part ? node->n : 0;
}

static void say_layer(sayer *s, const hox__node *node, hox__row *row)
{
    const hox__layer *layer = node->phrase->layer;
    if (!node->network) { /* a word */
        add(s, row, HOX__SAYS_WORD, layer->name);
        return;
    }
    hox__said item = {.kind = HOX__SAYS_CALL, .name = layer->name, .arguments = layer->n};
    item.argument = rows(s, layer->n);
    for (int k = 0; item.argument && k < layer->n; k++) {
        const hox__thunk *t = &node->call->thunk[k];
        if (layer->param[k].is_network)
            continue;
        if (t->node)
            say(s, t->node, &item.argument[k]);
        else
            say_value(s, hox__thunk_value(t), &item.argument[k]);
    }
    if (!layer->body)
        say_kids(s, node, &item);
    hox__said *put = add(s, row, item.kind, item.name);
    if (put)
        *put = item;
}

static void say_use(sayer *s, const hox__node *node, const char *name, hox__row *row)
{
    if (!node->n)
        return;
    if (!s->names || !node->network) {
        say(s, node->kid[0], row);
        return;
    }
    hox__row *inner = rows(s, 1);
    if (inner)
        say(s, node->kid[0], inner);
    if (!inner || inner->n == 0)
        return;
    hox__said *put = add(s, row, HOX__SAYS_RULE, name);
    if (put) {
        put->n = 1;
        put->part = inner;
    }
}

static void say_binary(sayer *s, const hox__node *node, hox__row *row)
{
    hox__said *item = add(s, row, HOX__SAYS_BINARY, "");
    if (!item)
        return;
    item->op = node->phrase->op;
    item->number = hox__node_value(node).number;
    hox__said copy = *item;
    say_kids(s, node, &copy);
    row->item[row->n - 1] = copy;
}

static void say(sayer *s, const hox__node *node, hox__row *row)
{
    const hox__phrase *p = node->phrase;
    int times = 1;
    hox__said *item;
    switch (p->kind) {
    case HOX__NUMBER:
    case HOX__RANGE:
    case HOX__WORD:
    case HOX__TEXT:
        say_value(s, hox__node_value(node), row);
        return;
    case HOX__BUDGET:
        if ((item = add(s, row, HOX__SAYS_BUDGET, ""))) {
            item->number = p->high;
            item->low = p->low;
        }
        return;
    case HOX__LAYER:
        say_layer(s, node, row);
        return;
    case HOX__FREE:
    case HOX__LIST:
        if (p->kind == HOX__FREE && p->n == 0) {
            add(s, row, HOX__SAYS_WORD, p->name);
            return;
        }
        if ((item = add(s, row, p->kind == HOX__LIST ? HOX__SAYS_LIST : HOX__SAYS_CALL, p->name))) {
            hox__said copy = *item;
            const int at = row->n - 1;
            say_kids(s, node, &copy);
            row->item[at] = copy;
        }
        return;
    case HOX__RULE:
        say_use(s, node, p->rule->base, row);
        return;
    case HOX__PARAM:
        say_use(s, node, p->name, row);
        return;
    case HOX__BINARY:
    case HOX__COPIES:
        if (!node->network) {
            say_binary(s, node, row);
            return;
        }
        times = (int)hox__node_value(node->count).number;
        break;
    case HOX__CHAIN:
    case HOX__CHOICE:
    case HOX__REPEAT:
        break;
    }
    for (int k = 0; k < times && !s->failed; k++)
        for (int i = 0; i < node->n; i++)
            say(s, node->kid[i], row);
}

bool hox__say(hox__arena *arena, const hox__node *node, bool names, hox__row *row)
{
    sayer s = {arena, names, false};
    *row = (hox__row){0};
    say(&s, node, row);
    return !s.failed;
}
