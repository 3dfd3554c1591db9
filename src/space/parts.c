/* Requirements on parts of a network.
 *
 * A condition on the shape at a rule's entry is checked where the rule is entered, and a bound on
 * how often a rule is used counts like a cost: both are masks. Everything else is looked up on the
 * finished derivation, which is replayed once for each question.
 */
#include "space/parts.h"
#include "space/reach.h"
#include "space/shape.h"
#include <string.h>

typedef enum { PART_NONE, PART_SIZE, PART_COUNT, PART_ABSENT, PART_EDGES, PART_SEQUENCE } part;

static part part_of(const char *name, int *dim)
{
    static const struct {
        const char *name;
        part part;
        int dim;
    } words[] = {{"height", PART_SIZE, 0},
                 {"width", PART_SIZE, 1},
                 {"channels", PART_SIZE, 2},
                 {"count", PART_COUNT, 0},
                 {"absent", PART_ABSENT, 0},
                 {"edges", PART_EDGES, 0},
                 {"nondecreasing", PART_SEQUENCE, 1},
                 {"nonincreasing", PART_SEQUENCE, -1}};
    *dim = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i].name, name)) {
            *dim = words[i].dim;
            return words[i].part;
        }
    return PART_NONE;
}

/* input(fc) or output(fc): the rule's name. */
static const char *side(const hox__test *t, bool *input)
{
    *input = t->kind == HOX__TEST_CALL && !strcmp(t->name, "input");
    const bool output = t->kind == HOX__TEST_CALL && !strcmp(t->name, "output");
    return (*input || output) && t->n == 1 && t->kid[0]->kind == HOX__TEST_NAME ? t->kid[0]->name
                                                                                : NULL;
}

/* ---- checking ---- */

static bool is_part_name(const hox_space *space, const char *name)
{
    const hox__rule *rule = hox__rule_named(space, name);
    if (rule)
        return true;
    const char *dot = strrchr(name, '.');
    for (int i = 0; dot && i < space->n_rules; i++) {
        rule = space->rule[i];
        if (strlen(rule->name) != (size_t)(dot - name) ||
            strncmp(rule->name, name, (size_t)(dot - name)))
            continue;
        for (int k = 0; k < rule->n; k++)
            if (!strcmp(rule->param[k].name, dot + 1))
                return true;
    }
    return false;
}

static void malformed(hox_space *space, const hox__test *call, const char *write)
{
    hox_diagnostic *d = hox__diagnose(space->list, &space->tree->source, call->place, "E0316",
                                      "`%s` cannot be read here", call->name);
    hox__diagnose_help(space->list, d, "write `%s`", write);
}

static void check_rule(hox_space *space, const hox__test *name)
{
    if (!is_part_name(space, name->name))
        hox__unknown(space, &space->tree->source, name->place, "rule", name->name, NULL);
}

bool hox__parts_check(hox_space *space, const hox__test *call)
{
    int dim;
    bool input;
    const part p = part_of(call->name, &dim);
    if (p == PART_NONE)
        return false;
    const hox__test *first = call->n ? call->kid[0] : NULL;
    if (p == PART_SIZE && (call->n != 1 || !side(first, &input)))
        malformed(space, call, "height(input(RULE)) or height(output(RULE))");
    else if (p == PART_SEQUENCE && (call->n != 2 || call->kid[0]->kind != HOX__TEST_NAME ||
                                    call->kid[1]->kind != HOX__TEST_NAME))
        malformed(space, call, "nondecreasing(filters in net)");
    else if (p != PART_SIZE && p != PART_SEQUENCE &&
             (call->n != 1 || first->kind != HOX__TEST_NAME))
        malformed(space, call, p == PART_EDGES ? "edges(RULE)" : "count(RULE) or absent(RULE)");
    else
        check_rule(space, p == PART_SIZE       ? first->kid[0]
                          : p == PART_SEQUENCE ? call->kid[1]
                                               : first);
    return true;
}

/* ---- what is seen on the way ---- */

static const hox__test *bare(const hox__test *t)
{
    while (t->kind == HOX__TEST_GROUP)
        t = t->kid[0];
    return t;
}

/* count(R) or absent(R) of a rule. */
static hox__rule *counted_rule(const hox_space *space, const hox__test *t)
{
    int dim;
    const part p = t->kind == HOX__TEST_CALL ? part_of(t->name, &dim) : PART_NONE;
    const bool counts =
        (p == PART_COUNT || p == PART_ABSENT) && t->n == 1 && t->kid[0]->kind == HOX__TEST_NAME;
    return counts ? hox__rule_named(space, t->kid[0]->name) : NULL;
}

/* height(input(R)) op number, as an entry of R. */
static hox__rule *entry_of(const hox_space *space, const hox__test *t, hox__entry *entry)
{
    static const char *const turned[][2] = {{"<", ">"}, {"<=", ">="}, {">", "<"}, {">=", "<="}};
    t = bare(t);
    if (t->kind == HOX__TEST_OR && t->n == 2)
        for (int i = 0; i < 2; i++) {
            const hox__test *absent = bare(t->kid[i]);
            hox__rule *rule = absent->kind == HOX__TEST_CALL && !strcmp(absent->name, "absent")
                                  ? counted_rule(space, absent)
                                  : NULL;
            if (rule && entry_of(space, t->kid[!i], entry) == rule)
                return rule;
        }
    if (t->kind != HOX__TEST_COMPARE)
        return NULL;
    const bool number_first = t->kid[0]->kind == HOX__TEST_NUMBER;
    const hox__test *call = t->kid[number_first], *limit = t->kid[!number_first];
    bool input;
    int dim;
    if (call->kind != HOX__TEST_CALL || limit->kind != HOX__TEST_NUMBER ||
        part_of(call->name, &dim) != PART_SIZE || call->n != 1 || !side(call->kid[0], &input) ||
        !input)
        return NULL;
    *entry = (hox__entry){.dim = dim, .limit = limit->number.value};
    memcpy(entry->op, t->op_text, sizeof entry->op);
    for (int i = 0; number_first && i < 4; i++)
        if (!strcmp(t->op_text, turned[i][0])) {
            strcpy(entry->op, turned[i][1]);
            break;
        }
    return hox__rule_named(space, call->kid[0]->kid[0]->name);
}

void hox__parts_counters(hox_space *space, const hox__test *test)
{
    hox__entry entry;
    if (entry_of(space, test, &entry))
        return;
    hox__rule *rule = counted_rule(space, test);
    for (int k = 0; rule && !rule->counter && k < HOX__COUNTERS; k++)
        if (!space->counted[k]) {
            space->counted[k] = rule;
            rule->counter = HOX__COUNTED + k;
        }
    for (int i = 0; i < test->n; i++)
        hox__parts_counters(space, test->kid[i]);
}

/* count(R) <= 3, 3 > count(R), count(R) == 2, absent(R) */
static void bound_counter(hox_space *space, const hox__test *t)
{
    const hox__rule *rule = counted_rule(space, t);
    double most = 0;
    if (t->kind == HOX__TEST_COMPARE) {
        const bool turned = t->kid[0]->kind == HOX__TEST_NUMBER;
        const hox__test *limit = t->kid[!turned];
        rule = counted_rule(space, t->kid[turned]);
        if (!rule || strcmp(t->kid[turned]->name, "count") || limit->kind != HOX__TEST_NUMBER ||
            (t->op_text[0] != (turned ? '>' : '<') && strcmp(t->op_text, "==")))
            return;
        most = limit->number.value;
    } else if (!rule || strcmp(t->name, "absent")) {
        return;
    }
    if (rule->counter && most < space->bound[rule->counter])
        space->bound[rule->counter] = most;
}

void hox__parts_bounds(hox_space *space, const hox__test *test)
{
    const hox__test *t = bare(test);
    if (t->kind == HOX__TEST_AND) {
        for (int i = 0; i < t->n; i++)
            hox__parts_bounds(space, t->kid[i]);
        return;
    }
    hox__entry entry;
    hox__rule *rule = entry_of(space, t, &entry);
    if (rule && rule->entries < HOX__ENTRIES_MAX)
        rule->entry[rule->entries++] = entry;
    bound_counter(space, t);
}

bool hox__parts_seen(const hox_space *space, const hox__test *test)
{
    hox__entry entry;
    const hox__rule *rule = entry_of(space, test, &entry);
    for (int i = 0; rule && i < rule->entries; i++)
        if (rule->entry[i].dim == entry.dim && rule->entry[i].limit == entry.limit &&
            !strcmp(rule->entry[i].op, entry.op))
            return true;
    return false;
}

/* The size in that direction; false: it has none, or nobody knows it. */
static bool size_of(const hox__shape *s, int dim, double *size)
{
    if (!s || !s->rank || (dim < 2 && s->rank < 3))
        return false;
    *size = s->dim[dim == 2 ? s->rank - 1 : dim];
    return true;
}

bool hox__parts_enter(const hox__rule *rule, const hox__shape *in)
{
    double x;
    for (int i = 0; i < rule->entries; i++) {
        const hox__entry *e = &rule->entry[i];
        if (!size_of(in, e->dim, &x))
            continue;
        const bool ok = *e->op == '<'   ? (e->op[1] ? x <= e->limit : x < e->limit)
                        : *e->op == '>' ? (e->op[1] ? x >= e->limit : x > e->limit)
                                        : (*e->op == '=') == (x == e->limit);
        if (!ok)
            return false;
    }
    return true;
}

/* ---- watching ---- */

static bool is_watched(const hox__watch *watch, const hox__node *node)
{
    const hox__phrase *p = node->phrase;
    if (p->kind == HOX__RULE)
        return !strcmp(p->rule->name, watch->rule);
    if (p->kind != HOX__PARAM || !p->rule)
        return false;
    const size_t n = strlen(p->rule->name);
    return !strncmp(watch->rule, p->rule->name, n) && watch->rule[n] == '.' &&
           !strcmp(watch->rule + n + 1, p->name);
}

static void note(hox__watch *watch, double x)
{
    if (watch->n < watch->max)
        watch->value[watch->n++] = (hox__value){HOX__VALUE_NUMBER, x, NULL};
}

static void note_size(hox_walk *w)
{
    double x;
    if (size_of(hox__reach_shape_at(w->reach, w->shape), w->watch->dim, &x))
        note(w->watch, x);
}

/* Wires between living parts. */
static double wires_of(const hox__node *node)
{
    const hox__circuit *c = hox__wired_circuit(node);
    double n = 0;
    for (int j = 0; j < c->n; j++)
        for (int i = 0; c->joint[j].live && i < c->joint[j].wires; i++)
            n += c->joint[j].wire[i].edge >= 0;
    return n;
}

static void watch_layer(hox_walk *w, const hox__node *node)
{
    hox__watch *watch = w->watch;
    const hox__layer *layer = node->phrase->layer;
    if (watch->what == HOX__WATCH_EDGES && node->wired)
        watch->edges += wires_of(node);
    for (int k = 0; watch->what == HOX__WATCH_PARAMETER && node->call && k < layer->n; k++) {
        hox__value v = hox__thunk_value(&node->call->thunk[k]);
        if (!strcmp(layer->param[k].name, watch->parameter) && v.kind == HOX__VALUE_NUMBER)
            note(watch, v.number);
    }
}

void hox__watch_begin(hox_walk *w, const hox__node *node)
{
    hox__watch *watch = w->watch;
    if (is_watched(watch, node)) {
        watch->uses++;
        if (watch->what == HOX__WATCH_INPUT)
            note_size(w);
        if (watch->inside++ == 0)
            watch->edges = 0;
    }
    if (watch->inside && node->phrase->kind == HOX__LAYER)
        watch_layer(w, node);
}

void hox__watch_end(hox_walk *w, const hox__node *node)
{
    hox__watch *watch = w->watch;
    if (!is_watched(watch, node))
        return;
    if (watch->what == HOX__WATCH_OUTPUT)
        note_size(w);
    if (--watch->inside == 0 && watch->what == HOX__WATCH_EDGES)
        note(watch, watch->edges);
}

/* The network once more, nothing spent; the walk stays as it is. */
static void replay(hox_walk *w, hox__watch *watch)
{
    const uint32_t shape = w->shape;
    const int64_t steps = w->steps;
    double cost[HOX__METRICS];
    memcpy(cost, w->cost, sizeof cost);
    w->watch = watch;
    for (int i = 0; i < w->space->n_roots; i++) {
        const char *name = w->space->root[i]->name;
        if (!w->d->root[i] || !w->d->root[i]->network ||
            (watch->what == HOX__WATCH_USES && strcmp(name, "net")))
            continue;
        hox__shape start = hox__shape_of_root(w->space, w->space->root[i]->name);
        w->shape = hox__reach_shape(w->reach, &start);
        watch->inside = !strcmp(w->space->root[i]->name, watch->rule);
        w->steps = 0;
        hox__derive_replay(w, w->d->root[i], HOX__COUNT_AGAIN);
        if (watch->inside && watch->what == HOX__WATCH_OUTPUT)
            note_size(w);
        if (watch->inside && watch->what == HOX__WATCH_EDGES)
            note(watch, watch->edges);
    }
    w->watch = NULL;
    w->shape = shape;
    w->steps = steps;
    memcpy(w->cost, cost, sizeof cost);
}

static bool is_ordered(const hox__watch *watch, int direction)
{
    for (int i = 0; i + 1 < watch->n; i++)
        if (direction * (watch->value[i + 1].number - watch->value[i].number) < 0)
            return false;
    return true;
}

int hox__parts_values(hox_walk *w, const hox__test *call, hox__value *value, int max)
{
    int dim;
    bool input = false;
    const part p = part_of(call->name, &dim);
    hox__watch watch = {.dim = dim, .max = max, .value = value};
    if (p == PART_SIZE) {
        watch.rule = side(call->kid[0], &input);
        watch.what = input ? HOX__WATCH_INPUT : HOX__WATCH_OUTPUT;
    } else if (p == PART_SEQUENCE) {
        watch.parameter = call->kid[0]->name;
        watch.rule = call->kid[1]->name;
        watch.what = HOX__WATCH_PARAMETER;
    } else {
        const hox__rule *rule = hox__rule_named(w->space, call->kid[0]->name);
        watch.rule = call->kid[0]->name;
        watch.what = p == PART_EDGES ? HOX__WATCH_EDGES : HOX__WATCH_USES;
        if (p != PART_EDGES && rule && rule->counter) {
            const double n = w->d->cost[rule->counter];
            value[0] = (hox__value){HOX__VALUE_NUMBER, p == PART_COUNT ? n : n == 0, NULL};
            return 1;
        }
    }
    replay(w, &watch);
    double answer = 0; /* uses are counted in the network */
    if (p == PART_SEQUENCE)
        answer = is_ordered(&watch, dim);
    else if (p == PART_COUNT || p == PART_ABSENT)
        answer = p == PART_COUNT ? watch.uses : watch.uses == 0;
    else
        return watch.n;
    value[0] = (hox__value){HOX__VALUE_NUMBER, answer, NULL};
    return 1;
}
