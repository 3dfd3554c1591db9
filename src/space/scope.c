/* Scopes: the arguments of a call as a number, so that what was found out in one walk serves the
 * next. A scope is the call's rule or layer and, per parameter, a value or the phrase that will
 * give one. Only parameters on which shapes or costs depend count.
 */
#include "space/reach.h"
#include <string.h>

enum { WORDS = 4, PARAMS_MAX = 64, DEPTH_MAX = 64 };

static void put_pointer(uint32_t *word, const void *p)
{
    uint64_t bits = (uint64_t)(uintptr_t)p;
    word[0] = (uint32_t)bits;
    word[1] = (uint32_t)(bits >> 32);
}

static const void *get_pointer(const uint32_t *word)
{
    return (const void *)(uintptr_t)((uint64_t)word[1] << 32 | word[0]);
}

static void put_value(uint32_t *word, hox__value v)
{
    if (v.kind == HOX__VALUE_NUMBER) {
        word[0] = HOX__SCOPE_NUMBER;
        memcpy(word + 1, &v.number, sizeof v.number);
    } else {
        word[0] = HOX__SCOPE_WORD;
        put_pointer(word + 1, v.name);
    }
}

static hox__value get_value(const uint32_t *word)
{
    hox__value v = {HOX__VALUE_NUMBER, 0, NULL};
    if (word[0] == HOX__SCOPE_NUMBER)
        memcpy(&v.number, word + 1, sizeof v.number);
    else
        v = (hox__value){HOX__VALUE_WORD, 0, get_pointer(word + 1)};
    return v;
}

/* The head of a scope: whose parameters, and which of them matter. */
static const hox__parameter *parameters(const uint32_t *key, int *n)
{
    const void *owner = get_pointer(key + 1);
    if (key[0]) {
        const hox__layer *layer = owner;
        *n = layer->n;
        return layer->param;
    }
    const hox__rule *rule = owner;
    *n = rule->n;
    return rule->param;
}

static void head(uint32_t *key, const hox__rule *rule, const hox__layer *layer)
{
    key[0] = layer != NULL;
    put_pointer(key + 1, layer ? (const void *)layer : (const void *)rule);
    key[3] = 0;
}

/* Is this a network whose value is none, whatever is answered in it? */
static bool is_no_value(const hox__phrase *p)
{
    return p->kind == HOX__CHAIN || p->kind == HOX__REPEAT || p->kind == HOX__COPIES ||
           p->kind == HOX__LAYER || p->kind == HOX__LIST;
}

bool hox__scope_closed(const hox__env *env)
{
    return !env || env->n == 0 || env->n > PARAMS_MAX || env->closed;
}

uint32_t hox__scope_of(hox__reach *r, hox__env *env)
{
    if (!env || env->n == 0 || env->n > PARAMS_MAX)
        return 0;
    if (env->id && (env->closed || env->epoch == r->epoch))
        return env->id;
    uint32_t key[WORDS * (PARAMS_MAX + 1)];
    memset(key, 0, WORDS * sizeof *key * (size_t)(env->n + 1));
    head(key, env->rule, env->layer);
    const hox__parameter *param = env->layer ? env->layer->param : env->rule->param;
    bool closed = true;
    for (int k = 0; k < env->n; k++) {
        uint32_t *word = key + WORDS * (k + 1);
        const hox__thunk *t = &env->thunk[k];
        if ((!param[k].matters && !param[k].is_network) || (!t->phrase && !t->node))
            continue;
        hox__value v = hox__thunk_value(t);
        if (v.kind == HOX__VALUE_NUMBER || v.kind == HOX__VALUE_WORD) {
            put_value(word, v);
        } else if (t->env == env) {
            word[0] = HOX__SCOPE_FALLBACK;
            closed &= is_no_value(t->phrase);
        } else {
            word[0] = HOX__SCOPE_OPEN;
            put_pointer(word + 1, t->phrase);
            word[3] = hox__scope_of(r, t->env);
            closed &= is_no_value(t->phrase) && hox__scope_closed(t->env);
        }
    }
    env->id = hox__intern_id(&r->scopes, key, WORDS * (size_t)(env->n + 1));
    env->epoch = r->epoch;
    env->closed = closed && !r->trying;
    r->failed |= env->id == 0;
    return env->id;
}

uint32_t hox__scope_at(hox__reach *r, const hox__phrase *phrase, hox__env *env)
{
    return phrase->uses_params ? hox__scope_of(r, env) : 0;
}

uint32_t hox__scope_call(hox__reach *r, const hox__phrase *call, uint32_t scope)
{
    const hox__rule *rule = call->kind == HOX__RULE ? call->rule : NULL;
    const hox__layer *layer = call->kind == HOX__LAYER ? call->layer : NULL;
    int n = layer ? layer->n : rule->n;
    const hox__parameter *param = layer ? layer->param : rule->param;
    if (n == 0 || n > PARAMS_MAX)
        return 0;
    uint32_t key[WORDS * (PARAMS_MAX + 1)];
    memset(key, 0, WORDS * sizeof *key * (size_t)(n + 1));
    head(key, rule, layer);
    for (int k = 0; k < n; k++) {
        uint32_t *word = key + WORDS * (k + 1);
        const hox__phrase *given = call->given[k];
        if (!param[k].matters && !param[k].is_network)
            continue;
        if (!given) {
            word[0] = param[k].fallback ? HOX__SCOPE_FALLBACK : HOX__SCOPE_ABSENT;
            continue;
        }
        hox__values v;
        if (given->sort != HOX__SORT_NETWORK && !(layer && param[k].is_network)) {
            hox__scope_values(r, given, scope, &v);
            if (v.n == 1 && !v.open && v.value[0].kind != HOX__VALUE_TEXT) {
                put_value(word, v.value[0]);
                continue;
            }
        }
        word[0] = HOX__SCOPE_OPEN;
        put_pointer(word + 1, given);
        word[3] = scope;
    }
    uint32_t id = hox__intern_id(&r->scopes, key, WORDS * (size_t)(n + 1));
    r->failed |= id == 0;
    return id;
}

/* ---- values ---- */

static void add(hox__values *v, hox__value x)
{
    for (int i = 0; i < v->n; i++)
        if (v->value[i].kind == x.kind && v->value[i].number == x.number &&
            (x.kind != HOX__VALUE_WORD || !strcmp(v->value[i].name, x.name)))
            return;
    if (v->n == HOX__EXITS_MAX)
        v->open = true;
    else
        v->value[v->n++] = x;
}

static void add_all(hox__values *v, const hox__values *from)
{
    v->open |= from->open;
    for (int i = 0; i < from->n; i++)
        add(v, from->value[i]);
}

static void range(const hox__phrase *p, hox__values *v)
{
    if (!p->integral || p->high - p->low >= HOX__EXITS_MAX) {
        v->open = true;
        return;
    }
    double step = p->is_log || p->step == 0 ? 1 : p->step;
    for (double x = p->low; x <= p->high; x += step)
        add(v, (hox__value){HOX__VALUE_NUMBER, x, NULL});
}

static void binary(hox__reach *r, const hox__phrase *p, uint32_t scope, hox__values *v)
{
    hox__values a, b;
    hox__scope_values(r, p->kid[0], scope, &a);
    hox__scope_values(r, p->kid[1], scope, &b);
    v->open |= a.open || b.open;
    for (int i = 0; i < a.n; i++)
        for (int j = 0; j < b.n; j++)
            if (a.value[i].kind == HOX__VALUE_NUMBER && b.value[j].kind == HOX__VALUE_NUMBER)
                add(v, (hox__value){HOX__VALUE_NUMBER,
                                    hox__arithmetic(p->op, a.value[i].number, b.value[j].number),
                                    NULL});
}

static void rule_values(hox__reach *r, const hox__phrase *p, uint32_t scope, hox__values *v)
{
    const hox__node *once = p->rule->once ? r->d->once[p->rule->id] : NULL;
    hox__value bound = once ? hox__node_value(once) : (hox__value){0};
    if (bound.kind != HOX__VALUE_NONE)
        add(v, bound);
    else
        hox__scope_values(r, p->rule->body, hox__scope_call(r, p, scope), v);
}

void hox__scope_argument(hox__reach *r, uint32_t scope, int k, hox__values *v)
{
    *v = (hox__values){.open = scope == 0};
    if (!scope)
        return;
    const uint32_t *key = hox__intern_key(&r->scopes, scope, NULL), *word = key + WORDS * (k + 1);
    int n;
    const hox__parameter *param = parameters(key, &n);
    switch ((hox__scope_tag)word[0]) {
    case HOX__SCOPE_NUMBER:
    case HOX__SCOPE_WORD:
        add(v, get_value(word));
        return;
    case HOX__SCOPE_OPEN:
        hox__scope_values(r, get_pointer(word + 1), word[3], v);
        return;
    case HOX__SCOPE_FALLBACK:
        hox__scope_values(r, param[k].fallback, scope, v);
        return;
    case HOX__SCOPE_ABSENT:
        v->open = true;
    }
}

const hox__phrase *hox__scope_network(hox__reach *r, uint32_t scope, int k, uint32_t *where)
{
    if (!scope)
        return NULL;
    const uint32_t *key = hox__intern_key(&r->scopes, scope, NULL), *word = key + WORDS * (k + 1);
    int n;
    const hox__parameter *param = parameters(key, &n);
    *where = word[0] == HOX__SCOPE_OPEN ? word[3] : scope;
    return word[0] == HOX__SCOPE_OPEN       ? get_pointer(word + 1)
           : word[0] == HOX__SCOPE_FALLBACK ? param[k].fallback
                                            : NULL;
}

void hox__scope_values(hox__reach *r, const hox__phrase *p, uint32_t scope, hox__values *v)
{
    *v = (hox__values){0};
    if (r->depth >= DEPTH_MAX || ++r->work > HOX__STEPS_MAX) {
        v->open = true;
        return;
    }
    r->depth++;
    hox__value constant = p->kind == HOX__PARAM ? (hox__value){0} : hox__phrase_value(p, NULL);
    if (constant.kind != HOX__VALUE_NONE) {
        add(v, constant);
    } else if (p->kind == HOX__CHOICE) {
        for (int i = 0; i < p->n; i++) {
            hox__values branch;
            hox__scope_values(r, p->kid[i], scope, &branch);
            add_all(v, &branch);
        }
    } else if (p->kind == HOX__RANGE) {
        range(p, v);
    } else if (p->kind == HOX__BINARY) {
        binary(r, p, scope, v);
    } else if (p->kind == HOX__RULE) {
        rule_values(r, p, scope, v);
    } else if (p->kind == HOX__PARAM) {
        hox__scope_argument(r, scope, p->index, v);
    } else {
        v->open = true;
    }
    r->depth--;
}

uint32_t hox__scope_once(hox__reach *r)
{
    if (r->once && (r->space->n_once == 0 || r->once_epoch == r->epoch))
        return r->once;
    enum { ONCE_MAX = 64 };
    uint32_t key[WORDS * (ONCE_MAX + 1)] = {2};
    size_t n = WORDS;
    for (int i = 0; i < r->space->n_once && n < WORDS * ONCE_MAX; i++) {
        const int id = r->space->once[i];
        const hox__node *node = r->d->once[id];
        hox__value v = node ? hox__node_value(node) : (hox__value){0};
        if (v.kind != HOX__VALUE_NUMBER && v.kind != HOX__VALUE_WORD)
            continue;
        put_value(key + n, v);
        key[n] |= (uint32_t)id << 8;
        n += WORDS;
    }
    r->once = hox__intern_id(&r->scopes, key, n);
    r->once_epoch = r->epoch;
    r->failed |= r->once == 0;
    return r->once;
}
