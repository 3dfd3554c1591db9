/* What the rest of a derivation depends on: the goals that are left, the shape that flows, the
 * arguments bound so far, what once rules were drawn as, and, where a requirement asks for them,
 * costs and named values. Parts that shapes and costs pass through unchanged do not count, so that
 * relu and tanh leave the same state behind.
 */
#include "space/state.h"
#include "base/alloc.h"
#include "space/cost.h"
#include "space/parts.h"
#include <string.h>

typedef enum {
    TAG_OPEN = 1,
    TAG_SEQUENCE,
    TAG_TIMES,
    TAG_LAYER,
    TAG_RULE,
    TAG_SCALAR,
    TAG_ENV,
    TAG_GOAL,
    TAG_STATE,
    TAG_COUNTS
} tag;

/* ---- keys: begun, filled, turned into a number; they nest, so each remembers where it began ----
 */

static size_t begin(hox__states *s, tag t)
{
    const size_t at = s->n;
    if (s->n + 64 > s->cap) {
        const size_t cap = 2 * s->cap + 256;
        uint32_t *key = hox__realloc(s->key, cap, sizeof *key);
        if (!key) {
            s->failed = true;
            return at;
        }
        s->key = key;
        s->cap = cap;
    }
    s->key[s->n++] = t;
    return at;
}

static void put(hox__states *s, uint32_t word)
{
    if (s->n == s->cap) {
        uint32_t *key = hox__realloc(s->key, 2 * s->cap + 256, sizeof *key);
        if (!key) {
            s->failed = true;
            return;
        }
        s->key = key;
        s->cap = 2 * s->cap + 256;
    }
    s->key[s->n++] = word;
}

static void put_bits(hox__states *s, uint64_t bits)
{
    put(s, (uint32_t)bits);
    put(s, (uint32_t)(bits >> 32));
}

static void put_pointer(hox__states *s, const void *p)
{
    put_bits(s, (uint64_t)(uintptr_t)p);
}

static void put_number(hox__states *s, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    put_bits(s, bits);
}

static uint32_t end(hox__states *s, size_t at)
{
    uint32_t id = s->failed ? 0 : hox__intern_id(&s->ids, s->key + at, s->n - at);
    s->failed |= id == 0;
    s->n = at;
    return id;
}

/* ---- scalars ---- */

static uint32_t env_of(hox__states *s, const hox__env *env);

static void put_value(hox__states *s, hox__value v)
{
    put(s, v.kind);
    if (v.kind == HOX__VALUE_NUMBER)
        put_number(s, v.number);
    else
        put_pointer(s, v.name);
}

/* A value that is known, or how far it has come. */
static uint32_t scalar(hox__states *s, const hox__node *node)
{
    if (!node)
        return 0;
    size_t at = begin(s, TAG_SCALAR);
    hox__value v = hox__node_value(node);
    if (v.kind != HOX__VALUE_NONE) {
        put_value(s, v);
        return end(s, at);
    }
    put_pointer(s, node->phrase);
    put(s, node->answered);
    put_number(s, node->answer);
    for (int i = 0; i < node->n; i++) {
        uint32_t kid = scalar(s, node->kid[i]);
        put(s, kid);
    }
    return end(s, at);
}

/* ---- networks: what they do when they are replayed ---- */

static bool neutral(const hox__states *s, const hox__layer *l)
{
    return l->out == HOX__OUT_SAME && !s->cost[HOX__MEMORY] && !l->fits && !l->body &&
           l->cost < 0 && l->parts < 0 && !strcmp(l->input, "any");
}

static uint32_t network(hox__states *s, const hox__node *node);

static uint32_t open_node(hox__states *s, const hox__node *node)
{
    size_t at = begin(s, TAG_OPEN);
    put_pointer(s, node->phrase);
    uint32_t env = env_of(s, node->env), call = env_of(s, node->call),
             count = scalar(s, node->count);
    put(s, env);
    put(s, call);
    put(s, count);
    return end(s, at);
}

/* ---- parts that only use counted rules: shapes pass through, so that what counts is how often
 * ---- */

typedef struct {
    uint32_t n[HOX__COUNTERS];
} uses;

static bool pure(const hox__states *s, uint32_t id, uses *u)
{
    *u = (uses){{0}};
    const uint32_t *key = id ? hox__intern_key(&s->ids, id, NULL) : NULL;
    if (key && key[0] == TAG_COUNTS)
        memcpy(u->n, key + 1, sizeof u->n);
    return !key || key[0] == TAG_COUNTS;
}

static uint32_t uses_id(hox__states *s, uses u)
{
    bool any = false;
    size_t at = begin(s, TAG_COUNTS);
    for (int k = 0; k < HOX__COUNTERS; k++) {
        put(s, u.n[k]);
        any |= u.n[k] > 0;
    }
    if (any)
        return end(s, at);
    s->n = at;
    return 0;
}

/* The kids side by side or one after the other, when all of them are pure. */
static bool pure_kids(hox__states *s, const hox__node *node, uses *sum)
{
    *sum = (uses){{0}};
    for (int i = 0; i < node->n; i++) {
        uses kid;
        if (!pure(s, network(s, node->kid[i]), &kid))
            return false;
        for (int k = 0; k < HOX__COUNTERS; k++)
            sum->n[k] += kid.n[k];
    }
    return true;
}

static uint32_t sequence(hox__states *s, const hox__node *node)
{
    size_t at = begin(s, TAG_SEQUENCE), empty = s->n;
    uses before = {{0}}, kid_uses;
    for (int i = 0; i < node->n; i++) {
        uint32_t kid = network(s, node->kid[i]);
        const bool only_uses = pure(s, kid, &kid_uses);
        for (int k = 0; only_uses && k < HOX__COUNTERS; k++)
            before.n[k] += kid_uses.n[k];
        if (!only_uses)
            put(s, kid);
    }
    uint32_t together = uses_id(s, before);
    if (together)
        put(s, together);
    if (s->n == empty) {
        s->n = at;
        return 0;
    }
    if (s->n == empty + 1) {
        s->n = at;
        return s->key[empty];
    }
    return end(s, at);
}

static uint32_t layer(hox__states *s, const hox__node *node)
{
    const hox__layer *l = node->phrase->layer;
    if (neutral(s, l))
        return 0;
    if (!node->call || (l->body && !node->n))
        return open_node(s, node);
    if (l->body)
        return network(s, node->kid[0]);
    uses sum;
    if (l->out == HOX__OUT_EQUAL && node->n && l->cost < 0 && !s->cost[HOX__MEMORY] &&
        pure_kids(s, node, &sum))
        return uses_id(s, sum);
    size_t at = begin(s, TAG_LAYER);
    uint32_t call = env_of(s, node->call);
    put_pointer(s, l);
    put(s, call);
    for (int i = 0; i < node->n; i++) {
        uint32_t kid = network(s, node->kid[i]);
        put(s, kid);
    }
    return end(s, at);
}

static uint32_t times(hox__states *s, const hox__node *node)
{
    if (!node->n)
        return open_node(s, node);
    uint32_t body = network(s, node->kid[0]);
    uses u;
    const hox__value n = hox__node_value(node->count);
    if (pure(s, body, &u) && n.kind == HOX__VALUE_NUMBER) {
        for (int k = 0; k < HOX__COUNTERS; k++)
            u.n[k] *= (uint32_t)n.number;
        return uses_id(s, u);
    }
    size_t at = begin(s, TAG_TIMES);
    uint32_t count = scalar(s, node->count);
    put(s, count);
    put(s, body);
    return end(s, at);
}

static uint32_t rule(hox__states *s, const hox__node *node)
{
    uint32_t body = network(s, node->kid[0]);
    const hox__rule *r = node->phrase->rule;
    uses u;
    if (!r->entries && pure(s, body, &u)) {
        if (r->counter)
            u.n[r->counter - HOX__COUNTED]++;
        return uses_id(s, u);
    }
    if (!r->shared && !r->counter && !r->entries)
        return body;
    size_t at = begin(s, TAG_RULE);
    put_pointer(s, node->phrase->rule);
    put(s, body);
    return end(s, at);
}

static uint32_t network(hox__states *s, const hox__node *node)
{
    if (!node)
        return 0;
    switch (node->phrase->kind) {
    case HOX__CHAIN:
        return node->n == node->phrase->n ? sequence(s, node) : open_node(s, node);
    case HOX__REPEAT:
        return node->kid ? sequence(s, node) : open_node(s, node);
    case HOX__CHOICE:
    case HOX__PARAM:
        return node->n ? network(s, node->kid[0]) : open_node(s, node);
    case HOX__RULE:
        return node->n ? rule(s, node) : open_node(s, node);
    case HOX__BINARY:
    case HOX__COPIES:
        return times(s, node);
    case HOX__LAYER:
        return layer(s, node);
    default:
        return open_node(s, node);
    }
}

/* ---- arguments ---- */

static bool needed(const hox__states *s, const hox__parameter *p, const hox__phrase *given)
{
    return p->matters || (given && s->named[given->id]);
}

static void argument(hox__states *s, const hox__env *env, int k)
{
    const hox__parameter *p = env->layer ? &env->layer->param[k] : &env->rule->param[k];
    const hox__thunk *t = &env->thunk[k];
    if (!t->node) {
        uint32_t where = t->env == env ? 0 : env_of(s, t->env);
        put(s, t->phrase ? 1 : 0);
        put_pointer(s, t->phrase);
        put(s, where);
    } else if (t->node->network) {
        uint32_t body = network(s, t->node);
        put(s, 2);
        put(s, body);
    } else if (needed(s, p, t->phrase)) {
        uint32_t value = scalar(s, t->node);
        put(s, 3);
        put(s, value);
    } else {
        put(s, 4);
    }
}

static uint32_t env_of(hox__states *s, const hox__env *env)
{
    if (!env || env->n == 0)
        return 0;
    size_t at = begin(s, TAG_ENV);
    put_pointer(s, env->layer ? (const void *)env->layer : (const void *)env->rule);
    for (int k = 0; k < env->n; k++)
        argument(s, env, k);
    return end(s, at);
}

/* ---- goals ---- */

static bool decided(const hox__goal *g)
{
    const hox__phrase *p = g->node->phrase;
    return g->kind == HOX__GOAL_EXPAND &&
           (p->kind == HOX__NUMBER || p->kind == HOX__WORD || p->kind == HOX__TEXT ||
            p->kind == HOX__BUDGET || (p->kind == HOX__CHAIN && p->n == 0));
}

/* A graph under construction: its form, and the networks there are so far. */
static void wired_goal(hox__states *s, const hox__node *node)
{
    uint32_t in;
    double depth;
    const hox__form *form = hox__wired_form(node);
    hox__wired_entry(node, &in, &depth);
    put(s, (uint32_t)form->n);
    put(s, form->ends);
    put(s, in);
    put_number(s, s->cost[2] ? depth : 0);
    for (int i = 0; i < node->n; i++) {
        uint32_t kid = network(s, node->kid[i]);
        put(s, kid);
    }
}

static uint32_t goal(hox__states *s, const hox__goal *g)
{
    const hox__node *node = g->node;
    size_t at = begin(s, TAG_GOAL);
    put(s, g->kind);
    put(s, (uint32_t)g->i);
    put(s, node->network);
    put_pointer(s, node->phrase);
    uint32_t env = env_of(s, node->env), more = 0;
    if (g->kind == HOX__GOAL_LAYER || g->kind == HOX__GOAL_WIRE)
        more = env_of(s, node->call);
    put(s, env);
    put(s, more);
    if (g->kind == HOX__GOAL_REPEAT || g->kind == HOX__GOAL_COPIES) {
        uint32_t count = scalar(s, node->count), body = node->n ? network(s, node->kid[0]) : 0;
        put(s, count);
        put(s, body);
    }
    if (g->kind == HOX__GOAL_WIRE)
        wired_goal(s, node);
    if (g->kind == HOX__GOAL_PART) {
        put(s, g->in);
        put(s, g->out);
        put_number(s, s->cost[2] ? g->depth : 0);
        put_number(s, s->cost[2] ? g->deepest : 0);
    }
    return end(s, at);
}

static bool in_net(const hox_walk *w)
{
    return w->next_root > 0 && !strcmp(w->space->root[w->next_root - 1]->name, "net");
}

uint32_t hox__states_id(hox__states *s, const hox_walk *w, uint64_t history)
{
    s->n = 0;
    size_t at = begin(s, TAG_STATE);
    put(s, (uint32_t)w->next_root);
    put(s, w->shape);
    put_bits(s, history);
    for (int m = 0; m < HOX__METRICS; m++) {
        if (in_net(w) && s->cost[m])
            put_number(s, w->cost[m]);
        else if (!in_net(w) && s->total[m])
            put_number(s, w->d->cost[m]);
    }
    for (int i = 0; i < w->space->n_rules; i++) {
        const hox__node *node = w->space->rule[i]->once ? w->d->once[i] : NULL;
        const bool matters = node && (node->network || !node->phrase->plain);
        if (node) {
            uint32_t id = !matters ? 0 : node->network ? network(s, node) : scalar(s, node);
            put(s, (uint32_t)i);
            put(s, id);
        }
    }
    if (w->asking) { /* the question itself */
        uint32_t env = env_of(s, w->node->env);
        put_pointer(s, w->node->phrase);
        put(s, env);
    }
    for (const hox__goal *g = w->todo; g; g = g->next)
        if (!decided(g)) {
            uint32_t id = goal(s, g);
            put(s, id);
        }
    return end(s, at);
}

/* ---- which answers requirements depend on ---- */

typedef struct {
    hox__states *s;
    const char *name; /* of a rule */
    bool *seen;       /* [rules] on the way here */
    bool *leads;      /* [rules] known to lead there */
} marker;

static bool leads_to(marker *m, const hox__phrase *p)
{
    if (!p)
        return false;
    bool found = false;
    if (p->kind == HOX__RULE) {
        found = !strcmp(p->rule->name, m->name) || m->leads[p->rule->id];
        if (!found && !m->seen[p->rule->id]) {
            m->seen[p->rule->id] = true;
            found = leads_to(m, p->rule->body);
            for (int k = 0; k < p->rule->n; k++)
                found |= leads_to(m, p->rule->param[k].fallback);
            m->leads[p->rule->id] = found;
        }
    }
    for (int i = 0; i < p->n; i++)
        found |= leads_to(m, p->kid[i]);
    return found;
}

static void mark_all(hox__states *s, const hox__phrase *p, bool *seen)
{
    if (!p || s->named[p->id] || (s->counting && p->kind == HOX__RANGE && !p->integral))
        return;
    s->named[p->id] = true;
    if (p->kind == HOX__RULE && !seen[p->rule->id]) {
        seen[p->rule->id] = true;
        mark_all(s, p->rule->body, seen);
    }
    if (p->kind == HOX__PARAM && p->rule) {
        mark_all(s, p->rule->param[p->index].fallback, seen);
        for (const hox__phrase *site = p->rule->site; site; site = site->next_site)
            if (site->given)
                mark_all(s, site->given[p->index], seen);
    }
    for (int i = 0; i < p->n; i++)
        mark_all(s, p->kid[i], seen);
}

/* Whatever decides whether the rule is used, and what it is then. */
static bool mark_question(void *ctx, const hox__phrase *p)
{
    marker *m = ctx;
    memset(m->seen, 0, (size_t)m->s->space->n_rules + 1);
    if (p->kind == HOX__CHOICE && leads_to(m, p))
        m->s->named[p->id] = true;
    memset(m->seen, 0, (size_t)m->s->space->n_rules + 1);
    if (p->kind == HOX__REPEAT && leads_to(m, p->kid[0]))
        mark_all(m->s, p->kid[1], m->seen);
    if ((p->kind == HOX__COPIES || p->kind == HOX__BINARY) && leads_to(m, p->kid[1]))
        mark_all(m->s, p->kid[0], m->seen);
    if (p->kind == HOX__RULE && !strcmp(p->rule->name, m->name))
        for (int i = 0; i < p->n; i++)
            mark_all(m->s, p->kid[i], m->seen);
    return true;
}

static void mark_rule(hox__states *s, const char *name)
{
    const char *dot = strrchr(name, '.');
    const size_t length =
        dot && !hox__rule_named(s->space, name) ? (size_t)(dot - name) : strlen(name);
    const size_t rules = (size_t)s->space->n_rules + 1;
    char *base = hox__alloc(length + 1, 1);
    bool *seen = hox__alloc(2 * rules, sizeof *seen);
    if (base && seen) {
        memcpy(base, name, length);
        marker m = {s, base, seen, seen + rules};
        const hox__rule *named = hox__rule_named(s->space, base);
        hox__space_visit(s->space, mark_question, &m);
        memset(seen, 0, rules);
        if (named)
            mark_all(s, named->body, seen);
    } else {
        s->failed = true;
    }
    hox__free(base);
    hox__free(seen);
}

/* What a test on parts of the finished network depends on, the state does not hold: all answers in
 * the network make it, so that its walks are counted one by one. Real numbers do where arguments
 * are compared. */
static void mark_network(hox__states *s, bool compares)
{
    const hox__rule *net = hox__rule_named(s->space, "net");
    bool *seen = hox__alloc((size_t)s->space->n_rules + 1, sizeof *seen);
    s->failed |= !seen;
    s->counting = !compares;
    if (net && seen)
        mark_all(s, net->body, seen);
    s->counting = false;
    hox__free(seen);
}

static void mark_test(hox__states *s, const hox__test *t)
{
    const int m = t->kind == HOX__TEST_CALL ? hox__metric_named(t->name) : -1;
    if (t->kind == HOX__TEST_NAME && strcmp(t->name, "net"))
        mark_rule(s, t->name);
    if (m >= 0) {
        s->cost[m] = s->total[m] = true;
        return;
    }
    if (t->kind == HOX__TEST_CALL) {
        const hox__rule *rule =
            t->n ? hox__rule_named(s->space, t->kid[0]->name ? t->kid[0]->name : "") : NULL;
        if ((!strcmp(t->name, "count") || !strcmp(t->name, "absent")) && rule && rule->counter)
            s->cost[rule->counter] = s->total[rule->counter] = true;
        else
            mark_network(s, t->n == 2);
        return;
    }
    for (int i = 0; i < t->n; i++)
        mark_test(s, t->kid[i]);
}

/* `metric(net) <= 5` is over once the network is made. */
static bool is_bound(const hox__test *t, int *m)
{
    if (t->kind == HOX__TEST_GROUP)
        return is_bound(t->kid[0], m);
    return t->kind == HOX__TEST_COMPARE && t->op_text[0] == '<' &&
           t->kid[0]->kind == HOX__TEST_CALL && t->kid[1]->kind == HOX__TEST_NUMBER &&
           (*m = hox__metric_named(t->kid[0]->name)) >= 0;
}

static void mark_requirement(hox__states *s, const hox__test *t)
{
    int m;
    if (t->kind == HOX__TEST_AND || t->kind == HOX__TEST_GROUP)
        for (int i = 0; i < t->n; i++)
            mark_requirement(s, t->kid[i]);
    else if (is_bound(t, &m))
        s->cost[m] = true;
    else if (!hox__parts_seen(s->space, t))
        mark_test(s, t);
}

bool hox__states_init(hox__states *s, const hox_space *space)
{
    *s = (hox__states){.space = space};
    s->named = hox__alloc((size_t)space->n_phrases + 1, sizeof *s->named);
    s->failed = !s->named;
    for (int i = 0; s->named && i < space->n_requirements; i++)
        mark_requirement(s, space->requirement[i].test);
    return !s->failed;
}

void hox__states_deinit(hox__states *s)
{
    hox__intern_deinit(&s->ids);
    hox__free(s->named);
    hox__free(s->key);
}
