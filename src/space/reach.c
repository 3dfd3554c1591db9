/* Reachable shapes, memoised per (phrase, scope, shape, once rules). A rule that is already being
 * looked into counts as open: it may give anything, at no cost. Language.md, section 3.10.
 */
#include "space/reach.h"
#include "base/alloc.h"
#include "space/cost.h"
#include "space/parts.h"
#include <math.h>
#include <string.h>

enum { COMBINATIONS_MAX = 512, DEPTH_MAX = 200, WORK_MAX = 200000, MEMORY_MAX = 64 << 20 };

/* ---- the memory ---- */

/* Layers of frozen nodes come later than the first walks. */
static bool room_for_acts(hox__reach *r)
{
    const size_t n = (size_t)r->space->n_phrases + r->space->n_slots + 1;
    if (n <= r->n_act)
        return true;
    uint32_t *act = hox__realloc(r->act, n, sizeof *act);
    if (!act)
        return false;
    memset(act + r->n_act, 0, (n - r->n_act) * sizeof *act);
    r->act = act;
    r->n_act = n;
    return true;
}

hox__reach *hox__reach_take(const hox_space *space)
{
    hox_space *s = (hox_space *)(uintptr_t)space; /* only the parking place changes */
    pthread_mutex_lock(&s->parking);
    hox__reach *r = s->parked;
    s->parked = NULL;
    pthread_mutex_unlock(&s->parking);
    if (r && room_for_acts(r))
        return r;
    hox__reach_free(r);
    r = hox__alloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->space = space;
    r->arena = hox__arena_new((size_t)4 * MEMORY_MAX);
    r->applied = hox__alloc(HOX__APPLIED, sizeof *r->applied);
    if (r->arena && r->applied && room_for_acts(r))
        return r;
    hox__reach_free(r);
    return NULL;
}

void hox__reach_free(hox__reach *r)
{
    if (!r)
        return;
    hox__intern_deinit(&r->shapes);
    hox__intern_deinit(&r->scopes);
    hox__intern_deinit(&r->places);
    hox__intern_deinit(&r->rests);
    hox__intern_deinit(&r->acts);
    hox__arena_free(r->arena);
    hox__free(r->applied);
    hox__free(r->act);
    hox__free(r);
}

void hox__reach_park(hox__reach *r)
{
    if (!r)
        return;
    hox_space *s = (hox_space *)(uintptr_t)r->space;
    pthread_mutex_lock(&s->parking);
    hox__reach *gone = s->parked;
    s->parked = r;
    pthread_mutex_unlock(&s->parking);
    hox__reach_free(gone);
}

void hox__reach_start(hox__reach *r, const hox__derivation *d)
{
    r->d = d;
    r->epoch++;
    if (!r->failed && hox__arena_bytes(r->arena) < MEMORY_MAX &&
        r->rests.pool_n + r->scopes.pool_n < MEMORY_MAX / 16)
        return;
    hox__arena *fresh = hox__arena_new((size_t)4 * MEMORY_MAX);
    if (!fresh)
        return;
    hox__arena_free(r->arena);
    r->arena = fresh;
    memset(r->applied, 0, HOX__APPLIED * sizeof *r->applied);
    memset(r->act, 0, r->n_act * sizeof *r->act);
    hox__intern_clear(&r->shapes);
    hox__intern_clear(&r->scopes);
    hox__intern_clear(&r->places);
    hox__intern_clear(&r->rests);
    hox__intern_clear(&r->acts);
    r->failed = false;
    r->once = 0;
}

uint32_t hox__reach_shape(hox__reach *r, const hox__shape *shape)
{
    if (!shape->name)
        return 0;
    uint32_t key[3 + 2 * HOX__RANK_MAX] = {(uint32_t)shape->rank};
    size_t n = strlen(shape->name);
    memcpy(key + 1, shape->name, n < 8 ? n : 8);
    memcpy(key + 3, shape->dim, sizeof *shape->dim * (size_t)shape->rank);
    uint32_t id = hox__intern_id(&r->shapes, key, 3 + 2 * (size_t)shape->rank);
    void **value = id ? hox__intern_value(&r->shapes, id) : NULL;
    if (value && !*value) {
        hox__shape *copy = HOX__NEW(r->arena, hox__shape);
        if (copy)
            *copy = *shape;
        *value = copy;
    }
    r->failed |= !value || !*value;
    return value && *value ? id : 0;
}

uint32_t hox__reach_named(hox__reach *r, const hox__layer *layer)
{
    const hox__shape shape = {.name = layer->out_name};
    return layer->out == HOX__OUT_DIMS && layer->out_rank == 0 ? hox__reach_shape(r, &shape) : 0;
}

const hox__shape *hox__reach_shape_at(const hox__reach *r, uint32_t shape)
{
    return shape ? r->shapes.entry ? *hox__intern_value((hox__intern *)(uintptr_t)&r->shapes, shape)
                                   : NULL
                 : NULL;
}

/* ---- sets under construction ---- */

typedef struct {
    int n;
    hox__exit exit[HOX__EXITS_MAX];
} set;

static void least(double *a, const double *b)
{
    for (int m = 0; m < HOX__METRICS; m++)
        if (b[m] < a[m])
            a[m] = b[m];
}

static void put(set *s, uint32_t shape, const double cost[HOX__METRICS])
{
    for (int i = 0; i < s->n; i++)
        if (s->exit[i].shape == shape) {
            least(s->exit[i].cost, cost);
            return;
        }
    if (s->n < HOX__EXITS_MAX) {
        s->exit[s->n].shape = shape;
        memcpy(s->exit[s->n++].cost, cost, sizeof s->exit->cost);
        return;
    }
    for (int i = 1; i < s->n; i++) /* too many: open */
        least(s->exit[0].cost, s->exit[i].cost);
    least(s->exit[0].cost, cost);
    s->exit[0].shape = 0;
    s->n = 1;
}

static void put_sum(set *s, uint32_t shape, const double a[HOX__METRICS],
                    const double b[HOX__METRICS])
{
    double sum[HOX__METRICS];
    for (int m = 0; m < HOX__METRICS; m++)
        sum[m] = a[m] + b[m];
    put(s, shape, sum);
}

static const double nothing[HOX__METRICS];

static const hox__exits *keep(hox__reach *r, const set *s)
{
    static const hox__exit any = {0, {0, 0, 0}};
    static const hox__exits open = {1, &any};
    hox__exits *kept = HOX__NEW(r->arena, hox__exits);
    hox__exit *exit = HOX__NEW_N(r->arena, hox__exit, s->n + 1);
    if (!kept || !exit) {
        r->failed = true;
        return &open;
    }
    kept->n = s->n;
    kept->exit = exit;
    memcpy(exit, s->exit, sizeof *exit * (size_t)s->n);
    return kept;
}

const hox__exits *hox__reach_any(hox__reach *r)
{
    set s = {.n = 1};
    return keep(r, &s);
}

const hox__exits *hox__reach_one(hox__reach *r, uint32_t shape)
{
    set s = {.n = 1, .exit = {{shape, {0, 0, 0}}}};
    return keep(r, &s);
}

/* One more phrase behind every exit. */
static void follow(hox__reach *r, set *s, const hox__phrase *p, uint32_t scope)
{
    set next = {0};
    for (int i = 0; i < s->n; i++) {
        const hox__exits *e = hox__reach_phrase(r, p, scope, s->exit[i].shape);
        for (int k = 0; k < e->n; k++)
            put_sum(&next, e->exit[k].shape, s->exit[i].cost, e->exit[k].cost);
    }
    *s = next;
}

static void unite(set *s, const hox__exits *e)
{
    for (int k = 0; k < e->n; k++)
        put(s, e->exit[k].shape, e->exit[k].cost);
}

/* ---- repetition ---- */

const hox__exits *hox__reach_times(hox__reach *r, const hox__phrase *body, uint32_t scope,
                                   uint32_t shape, const hox__values *counts, int less)
{
    enum { COUNT_MAX = 256 };
    double most = 0;
    for (int i = 0; i < counts->n; i++)
        if (counts->value[i].number > most)
            most = counts->value[i].number;
    if (counts->open || most - less > COUNT_MAX)
        return hox__reach_any(r);
    set now = {.n = 1, .exit = {{shape, {0, 0, 0}}}}, all = {0};
    for (int k = 0; k <= (int)most - less; k++) {
        for (int i = 0; i < counts->n; i++)
            if (counts->value[i].number == k + less)
                for (int j = 0; j < now.n; j++)
                    put(&all, now.exit[j].shape, now.exit[j].cost);
        if (k < (int)most - less)
            follow(r, &now, body, scope);
    }
    return keep(r, &all);
}

/* ---- layers ---- */

static void apply(hox__reach *r, const hox__call *call, uint32_t shape, set *s)
{
    const hox__shape *in = hox__reach_shape_at(r, shape);
    hox__shape out;
    double cost[HOX__METRICS];
    if (!in) {
        memset(cost, 0, sizeof cost);
        cost[HOX__DEPTH] = r->space->facts.height > 0 && hox__cost_deepens(call->layer->cost);
        put(s, hox__reach_named(r, call->layer), cost);
    } else if (hox__shape_apply(call, in, &out)) {
        hox__shape_cost(call, in, &out, cost);
        put(s, hox__reach_shape(r, &out), cost);
    }
}

/* Every combination of what the arguments may be; a default that names another follows it. */
static void combine(hox__reach *r, const hox__phrase *p, uint32_t call, int k, hox__value *value,
                    int *left, uint32_t shape, set *s)
{
    const hox__layer *layer = p->layer;
    for (; k < layer->n && (!layer->param[k].matters || layer->param[k].is_network); k++)
        value[k] = (hox__value){0};
    if (k == layer->n || --*left < 0) {
        hox__call c = {layer, value, &r->space->facts};
        for (int j = k; j < layer->n; j++)
            value[j] = (hox__value){0};
        apply(r, &c, shape, s);
        return;
    }
    const hox__phrase *fallback = p->given[k] ? NULL : layer->param[k].fallback;
    if (fallback && fallback->kind == HOX__PARAM) {
        value[k] = value[fallback->index];
        combine(r, p, call, k + 1, value, left, shape, s);
        return;
    }
    hox__values v;
    hox__scope_argument(r, call, k, &v);
    if (v.open) {
        value[k] = (hox__value){0};
        combine(r, p, call, k + 1, value, left, shape, s);
        return;
    }
    for (int i = 0; i < v.n; i++) {
        value[k] = v.value[i];
        combine(r, p, call, k + 1, value, left, shape, s);
    }
}

uint32_t hox__reach_joined(hox__reach *r, uint32_t a, uint32_t b, bool *fits)
{
    const hox__shape *x = hox__reach_shape_at(r, a), *y = hox__reach_shape_at(r, b);
    *fits = true;
    if (!x || !y)
        return 0;
    hox__shape out = *x;
    *fits = x->rank == y->rank && x->rank > 0 && !strcmp(x->name, y->name);
    for (int i = 0; *fits && i + 1 < x->rank; i++)
        *fits = x->dim[i] == y->dim[i];
    if (!*fits)
        return 0;
    out.dim[x->rank - 1] += y->dim[x->rank - 1];
    return hox__reach_shape(r, &out);
}

static void beside(hox__reach *r, const hox__layer *layer, const hox__exit *a, const hox__exit *b,
                   bool first, set *s)
{
    double cost[HOX__METRICS];
    for (int m = 0; m < HOX__METRICS; m++)
        cost[m] = m != HOX__DEPTH           ? a->cost[m] + b->cost[m]
                  : a->cost[m] > b->cost[m] ? a->cost[m]
                                            : b->cost[m];
    if (first) {
        put(s, b->shape, cost);
    } else if (layer->out == HOX__OUT_EQUAL) {
        if (!a->shape || !b->shape || a->shape == b->shape)
            put(s, a->shape ? a->shape : b->shape, cost);
    } else {
        bool fits;
        uint32_t shape = hox__reach_joined(r, a->shape, b->shape, &fits);
        if (fits)
            put(s, shape, cost);
    }
}

const hox__exits *hox__reach_parts(hox__reach *r, const hox__phrase *p, uint32_t scope, uint32_t in,
                                   uint32_t out, int first)
{
    const hox__layer *layer = p->layer;
    set now = {.n = 1, .exit = {{out, {0, 0, 0}}}};
    bool none = first == 0;
    int part = 0;
    for (int i = 0; i < p->n; i++) {
        if (!layer->param[p->param[i]].is_network || part++ < first)
            continue;
        set next = {0};
        const hox__exits *e = hox__reach_phrase(r, p->kid[i], scope, in);
        for (int a = 0; a < now.n; a++)
            for (int b = 0; b < e->n; b++)
                beside(r, layer, &now.exit[a], &e->exit[b], none, &next);
        now = next;
        none = false;
    }
    return keep(r, &now);
}

const hox__exits *hox__reach_layer(hox__reach *r, const hox__phrase *p, uint32_t call,
                                   uint32_t scope, uint32_t shape)
{
    const hox__layer *layer = p->layer;
    if (layer->out == HOX__OUT_BODY)
        return hox__reach_phrase(r, layer->body, call, shape);
    if (layer->out == HOX__OUT_WIRED)
        return hox__reach_wired(r, p, call, shape);
    if (layer->parts >= 0 && p->n == 0)
        return hox__reach_any(r); /* a bare add: depends on what it joins */
    if (layer->out == HOX__OUT_EQUAL || layer->out == HOX__OUT_JOINED)
        return hox__reach_parts(r, p, scope, shape, 0, 0);
    if (layer->out == HOX__OUT_NOWHERE) {
        set none = {0};
        return keep(r, &none);
    }
    hox__value value[64];
    if (layer->n > 64)
        return hox__reach_any(r);
    int left = COMBINATIONS_MAX;
    set s = {0};
    combine(r, p, call, 0, value, &left, shape, &s);
    if (left < 0)
        return hox__reach_any(r);
    return keep(r, &s);
}

/* ---- graphs ---- */

static void spread(hox__reach *r, const hox__phrase *p, uint32_t scope, uint32_t shape, set *s)
{
    if (p->kind == HOX__LIST) {
        for (int i = 0; i < p->n; i++)
            spread(r, p->kid[i], scope, shape, s);
        return;
    }
    const hox__exits *e = hox__reach_phrase(r, p, scope, shape);
    for (int k = 0; k < e->n; k++)
        put(s, e->exit[k].shape, nothing);
}

/* Is this parameter surely the word? */
static bool surely(hox__reach *r, uint32_t call, int k, const char *word)
{
    hox__values v;
    if (k < 0)
        return false;
    hox__scope_argument(r, call, k, &v);
    return !v.open && v.n == 1 && v.value[0].kind == HOX__VALUE_WORD &&
           !strcmp(v.value[0].name, word);
}

/* Where nothing changes sizes but the parts, a graph gives what its parts can make of the input, in
 * any number of turns. */
const hox__exits *hox__reach_wired(hox__reach *r, const hox__phrase *p, uint32_t call,
                                   uint32_t shape)
{
    const hox__layer *layer = p->layer;
    const bool concat = layer->wiring >= HOX__WIRED_TREE || !surely(r, call, layer->join, "add");
    set s = {.n = 1, .exit = {{shape, {0, 0, 0}}}};
    if (!shape || concat || !surely(r, call, layer->fit, "error"))
        return hox__reach_any(r);
    for (int i = 0; i < s.n; i++)
        for (int g = 0; g < HOX__PART_KINDS && s.exit[i].shape; g++) {
            uint32_t where = 0;
            const hox__phrase *part =
                layer->group[g] < 0 ? NULL : hox__scope_network(r, call, layer->group[g], &where);
            if (part)
                spread(r, part, where, s.exit[i].shape, &s);
        }
    return keep(r, &s);
}

/* ---- phrases ---- */

static const hox__exits *look(hox__reach *r, const hox__phrase *p, uint32_t scope, uint32_t shape)
{
    set s = {.n = 1, .exit = {{shape, {0, 0, 0}}}};
    switch (p->kind) {
    case HOX__CHAIN:
        for (int i = 0; i < p->n; i++)
            follow(r, &s, p->kid[i], scope);
        return keep(r, &s);
    case HOX__CHOICE:
        s.n = 0;
        for (int i = 0; i < p->n; i++)
            unite(&s, hox__reach_phrase(r, p->kid[i], scope, shape));
        return keep(r, &s);
    case HOX__REPEAT:
    case HOX__BINARY:
    case HOX__COPIES: {
        bool repeat = p->kind == HOX__REPEAT;
        hox__values counts;
        hox__scope_values(r, p->kid[repeat], scope, &counts);
        return hox__reach_times(r, p->kid[!repeat], scope, shape, &counts, 0);
    }
    case HOX__RULE: {
        s.n = 0;
        if (!hox__parts_enter(p->rule, hox__reach_shape_at(r, shape)))
            return keep(r, &s);
        const hox__exits *e =
            hox__reach_phrase(r, p->rule->body, hox__scope_call(r, p, scope), shape);
        if (!p->rule->shared && !p->rule->counter)
            return e;
        for (int k = 0; k < e->n; k++) {
            double cost[HOX__METRICS];
            memcpy(cost, e->exit[k].cost, sizeof cost);
            if (p->rule->shared)
                cost[HOX__PARAMS] = 0; /* weights may be there already */
            if (p->rule->counter)
                cost[p->rule->counter] += 1;
            put(&s, e->exit[k].shape, cost);
        }
        return keep(r, &s);
    }
    case HOX__PARAM: {
        uint32_t where = 0;
        const hox__phrase *given = hox__scope_network(r, scope, p->index, &where);
        return given ? hox__reach_phrase(r, given, where, shape) : hox__reach_any(r);
    }
    case HOX__LAYER:
        return hox__reach_layer(r, p, hox__scope_call(r, p, scope), scope, shape);
    default:
        return hox__reach_any(r);
    }
}

const hox__exits *hox__reach_phrase(hox__reach *r, const hox__phrase *p, uint32_t scope,
                                    uint32_t shape)
{
    static const hox__exits busy;
    uint64_t at = (uint64_t)(uintptr_t)p;
    uint32_t key[5] = {(uint32_t)at, (uint32_t)(at >> 32), scope, shape, hox__scope_once(r)};
    uint32_t id = hox__intern_id(&r->places, key, 5);
    if (!id || r->depth >= DEPTH_MAX || ++r->work > WORK_MAX) {
        r->failed |= !id;
        return hox__reach_any(r);
    }
    const hox__exits *known = *hox__intern_value(&r->places, id);
    if (known == &busy) {
        set s = {.n = 1};
        memcpy(s.exit[0].cost, p->floor, sizeof p->floor);
        return keep(r, &s);
    }
    if (known)
        return known;
    *hox__intern_value(&r->places, id) = (void *)(uintptr_t)&busy;
    r->depth++;
    known = look(r, p, scope, shape);
    r->depth--;
    *hox__intern_value(&r->places, id) = (void *)(uintptr_t)known;
    return known;
}
