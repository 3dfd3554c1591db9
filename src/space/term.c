/* Terms: what a derivation means, with rules, choices and repetitions gone.
 *
 * Every layer is named by the rules on the way to it and its place among equal names in the same
 * body (decisions 2.6). The first of them bears no index, so that a space and the sentence drawn
 * from it give the same names.
 */
#include "space/sentence.h"
#include <string.h>

typedef struct scope scope;
struct scope {
    const char *path;
    int n, cap;
    struct {
        const char *name;
        int uses;
    } * name;
};

typedef struct {
    hox__derivation *d;
    bool failed;
} builder;

typedef struct {
    int n, cap;
    const hox_term **part;
} list;

static void *need(builder *b, void *p)
{
    b->failed |= p == NULL;
    return p;
}

static const char *name_in(builder *b, scope *s, const char *name)
{
    int i = 0;
    while (i < s->n && strcmp(s->name[i].name, name))
        i++;
    if (i == s->cap) {
        int cap = s->cap ? 2 * s->cap : 4;
        void *names = need(b, hox__arena_alloc(b->d->arena, (size_t)cap, sizeof *s->name));
        if (!names)
            return "";
        if (s->n)
            memcpy(names, s->name, sizeof *s->name * (size_t)s->n);
        s->name = names;
        s->cap = cap;
    }
    if (i == s->n) {
        s->name[s->n].name = name;
        s->name[s->n++].uses = 0;
    }
    int k = s->name[i].uses++;
    const char *path = k ? hox__arena_printf(b->d->arena, "%s/%s[%d]", s->path, name, k)
                         : hox__arena_printf(b->d->arena, "%s/%s", s->path, name);
    need(b, (void *)(uintptr_t)path);
    return path ? path : "";
}

static void append(builder *b, list *l, const hox_term *term)
{
    if (l->n == l->cap) {
        int cap = l->cap ? 2 * l->cap : 8;
        const hox_term **part = need(b, HOX__NEW_N(b->d->arena, const hox_term *, cap));
        if (!part)
            return;
        if (l->n)
            memcpy(part, l->part, sizeof(*part) * (size_t)l->n);
        l->part = part;
        l->cap = cap;
    }
    l->part[l->n++] = term;
    b->failed |= !term;
}

static hox_term *term_new(builder *b, hox_term_kind kind, const char *path)
{
    hox_term *t = need(b, HOX__NEW(b->d->arena, hox_term));
    if (t) {
        t->kind = kind;
        t->path = path;
    }
    return t;
}

static hox_term *number(builder *b, double x)
{
    hox_term *t = term_new(b, HOX_TERM_NUMBER, "");
    if (t) {
        t->number = x;
        t->integral = x == (double)(int64_t)x;
    }
    return t;
}

static hox_term *value_term(builder *b, hox__value v)
{
    if (v.kind == HOX__VALUE_NUMBER)
        return number(b, v.number);
    hox_term *t = term_new(b, v.kind == HOX__VALUE_TEXT ? HOX_TERM_TEXT : HOX_TERM_WORD, "");
    if (t)
        t->name = v.name ? v.name : "";
    return t;
}

static void emit(builder *b, const hox__node *node, scope *s, list *out);

static const hox_term *together(builder *b, const list *l, const char *path)
{
    if (l->n == 1)
        return l->part[0];
    hox_term *t = term_new(b, HOX_TERM_CHAIN, path);
    if (t) {
        t->n = l->n;
        t->part = l->part;
    }
    return t;
}

static const hox_term *whole(builder *b, const hox__node *node, scope *s)
{
    list l = {0};
    emit(b, node, s, &l);
    return together(b, &l, s->path);
}

static const hox_term *argument(builder *b, const hox__thunk *t, scope *s)
{
    if (t->node)
        return whole(b, t->node, s);
    if (t->phrase->kind == HOX__LIST && t->phrase->n == 0)
        return term_new(b, HOX_TERM_LIST, "");
    return value_term(b, hox__thunk_value(t));
}

/* The networks of one kind in a graph, each named PATH/param[i]. */
static const hox_term *positions(builder *b, const hox__node *node, int k, const char *path)
{
    const hox__layer *layer = node->phrase->layer;
    const hox__form *form = hox__wired_form(node);
    list parts = {0};
    int g = 0;
    while (layer->group[g] != k)
        g++;
    const int from = hox__wired_at(form, (hox__part_kind)g);
    for (int i = 0; i < hox__form_parts(form, (hox__part_kind)g); i++) {
        scope inner = {
            .path = layer->param[k].each
                        ? hox__arena_printf(b->d->arena, "%s/%s[%d]", path, layer->param[k].name, i)
                        : hox__arena_printf(b->d->arena, "%s/%s", path, layer->param[k].name)};
        if (!need(b, (void *)(uintptr_t)inner.path))
            return NULL;
        append(b, &parts, whole(b, node->kid[from + i], &inner));
    }
    if (!layer->param[k].each)
        return parts.n ? parts.part[0] : term_new(b, HOX_TERM_CHAIN, path);
    hox_term *t = term_new(b, HOX_TERM_LIST, "");
    if (t) {
        t->n = parts.n;
        t->part = parts.part;
    }
    return t;
}

static void call(builder *b, const hox__node *node, scope *s, list *out)
{
    const hox__layer *layer = node->phrase->layer;
    const char *path = name_in(b, s, layer->name);
    int parts = layer->parts >= 0 && !node->wired ? node->n : 0,
        n = layer->n - (layer->parts >= 0) + parts;
    hox_term *t = term_new(b, HOX_TERM_CALL, path);
    const hox_term **part = need(b, HOX__NEW_N(b->d->arena, const hox_term *, n + 2));
    const char **label = need(b, HOX__NEW_N(b->d->arena, const char *, n + 2));
    if (!t || !part || !label)
        return;
    *t = (hox_term){HOX_TERM_CALL, layer->name, path, 0, 0, false, 0, part, label};
    for (int k = 0; k < layer->n; k++) {
        const hox__thunk *a = &node->call->thunk[k];
        if (node->wired && layer->param[k].is_network) {
            label[t->n] = layer->param[k].name;
            part[t->n++] = positions(b, node, k, path);
            continue;
        }
        for (int i = 0; layer->param[k].is_network && i < parts; i++) {
            label[t->n] = layer->param[k].name;
            part[t->n++] = whole(b, node->kid[i], s);
        }
        if (layer->param[k].is_network || (!a->node && !a->phrase))
            continue;
        label[t->n] = layer->param[k].name;
        part[t->n++] = argument(b, a, s);
    }
    append(b, out, t);
}

static void free_call(builder *b, const hox__node *node, scope *s, list *out)
{
    const hox__phrase *p = node->phrase;
    const char **label = need(b, HOX__NEW_N(b->d->arena, const char *, p->n + 1));
    list parts = {0};
    hox_term *t = term_new(b, HOX_TERM_CALL, name_in(b, s, p->name));
    for (int i = 0; t && label && i < p->n; i++) {
        label[i] = p->label && p->label[i] ? p->label[i] : "";
        append(b, &parts, whole(b, node->kid[i], s));
    }
    if (!t || !label)
        return;
    t->name = p->name;
    t->n = parts.n;
    t->part = parts.part;
    t->label = label;
    append(b, out, t);
}

static void inside(builder *b, const hox__node *node, scope *s, list *out)
{
    const hox__phrase *p = node->phrase;
    if (!node->n)
        return;
    if (!node->network) {
        emit(b, node->kid[0], s, out);
        return;
    }
    const char *name = p->kind == HOX__RULE ? p->rule->base : p->name;
    scope inner = {.path = p->kind == HOX__RULE && p->rule->shared
                               ? hox__arena_printf(b->d->arena, "shared/%s", name)
                               : name_in(b, s, name)};
    if (need(b, (void *)(uintptr_t)inner.path))
        emit(b, node->kid[0], &inner, out);
}

static void list_term(builder *b, const hox__node *node, scope *s, list *out)
{
    list parts = {0};
    for (int i = 0; i < node->n; i++)
        append(b, &parts, whole(b, node->kid[i], s));
    hox_term *t = term_new(b, HOX_TERM_LIST, "");
    if (t) {
        t->n = parts.n;
        t->part = parts.part;
        append(b, out, t);
    }
}

static void emit(builder *b, const hox__node *node, scope *s, list *out)
{
    const hox__phrase *p = node->phrase;
    int times = 1;
    if (b->failed)
        return;
    switch (p->kind) {
    case HOX__BUDGET: {
        hox_term *t = number(b, p->high);
        if (t) {
            t->kind = HOX_TERM_RANGE;
            t->low = p->low;
            append(b, out, t);
        }
        return;
    }
    case HOX__LIST:
        list_term(b, node, s, out);
        return;
    case HOX__RULE:
    case HOX__PARAM:
        inside(b, node, s, out);
        return;
    case HOX__LAYER:
        if (!node->network)
            append(b, out, p->n || p->layer->n ? NULL : value_term(b, hox__node_value(node)));
        else if (p->layer->body) {
            scope inner = {.path = name_in(b, s, p->layer->name)};
            emit(b, node->kid[0], &inner, out);
        } else
            call(b, node, s, out);
        return;
    case HOX__FREE:
        if (p->n)
            free_call(b, node, s, out);
        else
            append(b, out, value_term(b, hox__node_value(node)));
        return;
    case HOX__BINARY:
    case HOX__COPIES:
        if (!node->network) {
            append(b, out, value_term(b, hox__node_value(node)));
            return;
        }
        times = (int)hox__node_value(node->count).number;
        break;
    case HOX__CHAIN:
    case HOX__CHOICE:
    case HOX__REPEAT:
        break;
    default:
        append(b, out, value_term(b, hox__node_value(node)));
        return;
    }
    for (int k = 0; k < times; k++)
        for (int i = 0; i < node->n; i++)
            emit(b, node->kid[i], s, out);
}

const hox_term *hox__term_of(hox__derivation *d, int root)
{
    builder b = {d, false};
    scope s = {.path = d->space->root[root]->name};
    const hox_term *t = whole(&b, d->root[root], &s);
    return b.failed ? NULL : t;
}

/* ---- reading terms ---- */

bool hox_term_same(const hox_term *a, const hox_term *b)
{
    if (a->kind != b->kind || a->n != b->n || a->number != b->number || a->low != b->low ||
        strcmp(a->name ? a->name : "", b->name ? b->name : "") != 0)
        return false;
    for (int i = 0; i < a->n; i++) {
        if (a->kind == HOX_TERM_CALL && strcmp(a->label[i], b->label[i]) != 0)
            return false;
        if (!hox_term_same(a->part[i], b->part[i]))
            return false;
    }
    return true;
}

const hox_term *hox_term_get(const hox_term *term, const char *name)
{
    for (int i = 0; term && term->kind == HOX_TERM_CALL && i < term->n; i++)
        if (term->label && term->label[i] && !strcmp(term->label[i], name))
            return term->part[i];
    return NULL;
}

double hox_term_number(const hox_term *term, const char *name, double fallback)
{
    const hox_term *t = hox_term_get(term, name);
    return t && (t->kind == HOX_TERM_NUMBER || t->kind == HOX_TERM_RANGE) ? t->number : fallback;
}

const char *hox_term_word(const hox_term *term, const char *name, const char *fallback)
{
    const hox_term *t = hox_term_get(term, name);
    return t && (t->kind == HOX_TERM_WORD || t->kind == HOX_TERM_TEXT) ? t->name : fallback;
}

const hox_term *const *hox_term_parts(const hox_term *const *term, int *n)
{
    if (!*term) {
        *n = 0;
        return NULL;
    }
    *n = (*term)->kind == HOX_TERM_CHAIN ? (*term)->n : 1;
    return (*term)->kind == HOX_TERM_CHAIN ? (*term)->part : term;
}
