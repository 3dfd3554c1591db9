/* Requirements: `require flops(net) <= 1e6 and batch >= 32`.
 *
 * A bound on params, flops or depth is also a mask while deriving (question.c); everything is
 * checked again on the finished sentence. A name holds for all its uses, and where it does not
 * occur the requirement is true (decisions 2.8).
 */
#include "lang/print.h"
#include "space/cost.h"
#include "space/parts.h"
#include <math.h>
#include <string.h>

enum { VALUES_MAX = 256, COMBINATIONS_MAX = 100000 };

/* ---- reading ---- */

static bool of_net(const hox__test *t)
{
    return t->n == 1 && t->kid[0]->kind == HOX__TEST_NAME && !strcmp(t->kid[0]->name, "net");
}

static bool known_name(hox_space *space, const hox__test *t)
{
    if (hox__rule_named(space, t->name) || hox__table_gets(space->words, t->name) ||
        hox__layer_named(space, t->name))
        return true;
    const char *dot = strrchr(t->name, '.');
    const char *rule = dot ? hox__arena_copy(space->arena, t->name, (size_t)(dot - t->name)) : NULL;
    const hox__rule *r = rule ? hox__rule_named(space, rule) : NULL;
    for (int k = 0; r && k < r->n; k++)
        if (!strcmp(r->param[k].name, dot + 1))
            return true;
    return false;
}

static void check(hox_space *space, const hox__test *t)
{
    const hox__source *source = &space->tree->source;
    if (t->kind == HOX__TEST_NAME && !known_name(space, t)) {
        hox__unknown(space, source, t->place, "name", t->name, NULL);
    } else if (t->kind == HOX__TEST_CALL) {
        if (hox__parts_check(space, t))
            return;
        if (hox__metric_named(t->name) < 0 || !of_net(t)) {
            hox_diagnostic *d = hox__diagnose(space->list, source, t->place, "E0316",
                                              "`%s` cannot be required here", t->name);
            hox__diagnose_help(
                space->list, d,
                "write params, flops, depth or memory of net, height(input(RULE)), "
                "count(RULE), absent(RULE), edges(RULE), nondecreasing(filters in net)");
        }
        return;
    }
    for (int i = 0; i < t->n; i++)
        check(space, t->kid[i]);
}

/* `metric(net) <= 5` that must hold on its own becomes a bound. */
static void bound(hox_space *space, const hox__test *t)
{
    if (t->kind == HOX__TEST_GROUP || t->kind == HOX__TEST_AND) {
        for (int i = 0; i < t->n; i++)
            bound(space, t->kid[i]);
        return;
    }
    if (t->kind != HOX__TEST_COMPARE || t->n != 2)
        return;
    bool turned = t->kid[0]->kind == HOX__TEST_NUMBER;
    const hox__test *call = t->kid[turned], *limit = t->kid[!turned];
    if (call->kind != HOX__TEST_CALL || limit->kind != HOX__TEST_NUMBER || !of_net(call) ||
        (t->op_text[0] != (turned ? '>' : '<') && strcmp(t->op_text, "==")))
        return;
    int m = hox__metric_named(call->name);
    if (m >= 0 && limit->number.value < space->bound[m])
        space->bound[m] = limit->number.value;
}

void hox__check_requirements(hox_space *space)
{
    for (int m = 0; m < HOX__METRICS; m++)
        space->bound[m] = HUGE_VAL;
    for (int i = 0; i < space->tree->n; i++)
        space->n_requirements += space->tree->item[i].kind == HOX__ITEM_REQUIRE;
    space->requirement = HOX__NEW_N(space->arena, hox__requirement, space->n_requirements + 1);
    if (!space->requirement) {
        space->failed_memory = true;
        return;
    }
    for (int i = 0, k = 0; i < space->tree->n; i++)
        if (space->tree->item[i].kind == HOX__ITEM_REQUIRE) {
            const hox__test *t = space->tree->item[i].test;
            space->requirement[k++] = (hox__requirement){t, &space->tree->source};
            check(space, t);
            bound(space, t);
            hox__parts_counters(space, t);
        }
    for (int i = 0; i < space->n_requirements; i++)
        hox__parts_bounds(space, space->requirement[i].test);
}

/* ---- holding ---- */

typedef struct {
    const char *name;      /* or */
    const hox__test *call; /* on parts of the network */
    int n, at;             /* n = 0: it does not occur */
    hox__value value[VALUES_MAX];
} named;

typedef struct {
    hox_walk *walk;
    const hox__derivation *d;
    int n;
    named *name;
} scope;

static void collect(const hox__node *node, named *out)
{
    if (!node || out->n == VALUES_MAX)
        return;
    const hox__phrase *p = node->phrase;
    if (p->kind == HOX__RULE && !strncmp(out->name, p->rule->name, strlen(p->rule->name))) {
        const char *rest = out->name + strlen(p->rule->name);
        hox__value v = {0};
        if (!*rest && node->n)
            v = hox__node_value(node->kid[0]);
        for (int k = 0; *rest == '.' && node->call && k < node->call->n; k++)
            if (!strcmp(node->call->thunk[k].name, rest + 1) && node->call->thunk[k].node)
                v = hox__thunk_value(&node->call->thunk[k]);
        if (v.kind != HOX__VALUE_NONE)
            out->value[out->n++] = v;
    }
    if (node->again)
        return;
    collect(node->count, out);
    for (int i = 0; i < node->n; i++)
        collect(node->kid[i], out);
    for (int k = 0; p->kind == HOX__LAYER && node->call && k < node->call->n; k++)
        collect(node->call->thunk[k].node, out);
}

static named *named_by(const scope *s, const hox__test *t)
{
    for (int i = 0; i < s->n; i++)
        if (t->kind == HOX__TEST_CALL ? s->name[i].call == t
                                      : s->name[i].name && !strcmp(s->name[i].name, t->name))
            return &s->name[i];
    return NULL;
}

/* Names and calls in it, the repeated ones too. */
static int names_in(const hox__test *t)
{
    int n = t->kind == HOX__TEST_NAME || t->kind == HOX__TEST_CALL;
    for (int i = 0; t->kind != HOX__TEST_CALL && i < t->n; i++)
        n += names_in(t->kid[i]);
    return n;
}

/* The values of every name and part that the test speaks of. */
static void find(scope *s, const hox__test *t)
{
    const hox_space *space = s->d->space;
    const bool call = t->kind == HOX__TEST_CALL;
    for (int i = 0; !call && i < t->n; i++)
        find(s, t->kid[i]);
    if ((t->kind != HOX__TEST_NAME && !call) || (call && hox__metric_named(t->name) >= 0))
        return;
    if (!call && !strchr(t->name, '.') && !hox__rule_named(space, t->name))
        return; /* a word */
    if (named_by(s, t))
        return;
    named *v = &s->name[s->n++];
    *v = (named){.name = call ? NULL : t->name, .call = call ? t : NULL};
    if (call)
        v->n = hox__parts_values(s->walk, t, v->value, VALUES_MAX);
    for (int i = 0; !call && i < space->n_roots; i++) {
        if (v->n < VALUES_MAX && !strcmp(space->root[i]->name, t->name))
            v->value[v->n++] = hox__node_value(s->d->root[i]);
        collect(s->d->root[i], v);
    }
}

/* Does it speak of something that does not occur? Then a comparison holds (decisions 2.8). */
static bool says_absent(const scope *s, const hox__test *t)
{
    const named *v = t->kind == HOX__TEST_NAME || t->kind == HOX__TEST_CALL ? named_by(s, t) : NULL;
    if (v)
        return v->n == 0;
    for (int i = 0; t->kind != HOX__TEST_CALL && i < t->n; i++)
        if (says_absent(s, t->kid[i]))
            return true;
    return false;
}

static hox__value number(double x)
{
    return (hox__value){HOX__VALUE_NUMBER, x, NULL};
}

static hox__value eval(const scope *s, const hox__test *t);

static bool compare(const char *op, hox__value a, hox__value b)
{
    if (a.kind != HOX__VALUE_NUMBER || b.kind != HOX__VALUE_NUMBER) {
        bool same = a.name && b.name && !strcmp(a.name, b.name);
        return *op == '!' ? !same : *op == '=' ? same : false;
    }
    double x = a.number, y = b.number;
    return *op == '='   ? x == y
           : *op == '!' ? x != y
           : *op == '<' ? (op[1] ? x <= y : x < y)
                        : (op[1] ? x >= y : x > y);
}

static hox__value eval(const scope *s, const hox__test *t)
{
    switch (t->kind) {
    case HOX__TEST_NUMBER:
        return number(t->number.value);
    case HOX__TEST_STRING:
        return (hox__value){HOX__VALUE_TEXT, 0, t->name};
    case HOX__TEST_NAME:
    case HOX__TEST_CALL: {
        const named *v = named_by(s, t);
        if (v)
            return v->value[v->at];
        return t->kind == HOX__TEST_NAME ? (hox__value){HOX__VALUE_WORD, 0, t->name}
                                         : number(s->d->cost[hox__metric_named(t->name)]);
    }
    case HOX__TEST_GROUP:
        return eval(s, t->kid[0]);
    case HOX__TEST_NOT:
        return number(eval(s, t->kid[0]).number == 0);
    case HOX__TEST_AND:
    case HOX__TEST_OR: {
        bool all = t->kind == HOX__TEST_AND, truth = all;
        for (int i = 0; i < t->n; i++)
            truth = all ? truth && eval(s, t->kid[i]).number != 0
                        : truth || eval(s, t->kid[i]).number != 0;
        return number(truth);
    }
    case HOX__TEST_COMPARE:
        if (says_absent(s, t))
            return number(1);
        return number(compare(t->op_text, eval(s, t->kid[0]), eval(s, t->kid[1])));
    case HOX__TEST_BINARY:
        break;
    }
    return number(
        hox__arithmetic(t->op_text[0], eval(s, t->kid[0]).number, eval(s, t->kid[1]).number));
}

/* For every combination of the uses of its names. */
static bool holds(hox_walk *w, const hox__test *t)
{
    scope s = {w, w->d, 0, HOX__NEW_N(w->d->arena, named, names_in(t) + 1)};
    if (!s.name) {
        hox__derive_short(w);
        return false;
    }
    find(&s, t);
    for (int k = 0; k < COMBINATIONS_MAX; k++) {
        if (eval(&s, t).number == 0)
            return false;
        int i = 0;
        while (i < s.n && ++s.name[i].at >= s.name[i].n)
            s.name[i++].at = 0;
        if (i == s.n)
            break;
    }
    return true;
}

static bool only_bounds(const hox__test *t)
{
    if (t->kind == HOX__TEST_GROUP)
        return only_bounds(t->kid[0]);
    return t->kind == HOX__TEST_COMPARE && t->kid[0]->kind == HOX__TEST_CALL &&
           t->kid[1]->kind == HOX__TEST_NUMBER && hox__metric_named(t->kid[0]->name) >= 0;
}

bool hox__requirements_hold(hox_walk *w)
{
    for (int i = 0; i < w->space->n_requirements && !w->dead; i++) {
        const hox__test *t = w->space->requirement[i].test;
        scope quick = {w, w->d, 0, NULL};
        if (only_bounds(t) ? eval(&quick, t).number != 0
                           : hox__parts_seen(w->space, t) || holds(w, t))
            continue;
        hox__text text = {0};
        hox__print_test(&text, t);
        hox__derive_dead(w, NULL, "require %s does not hold", hox__text_get(&text));
        hox__text_deinit(&text);
    }
    return !w->dead;
}
