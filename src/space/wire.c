/* Graphs of networks: `dag`, `chain` and `tree`.
 *
 * The networks on edges are derived first, without shapes: what enters them is not known yet, nor
 * which of them count. Then the wires are known, and what lives at nodes is derived in the order in
 * which shapes reach it, masks and all; nothing is spent on the way. When all networks are there,
 * shapes and costs flow once along the wires. Dead parts cost nothing (wiring.h says which they
 * are).
 */
#include "space/derive.h"
#include "space/reach.h"
#include <math.h>
#include <string.h>

/* What shapes and costs came of one shape: copies of a graph ask again. */
typedef struct passed passed;
struct passed {
    uint32_t in, out;
    hox__count count;
    double cost[HOX__METRICS];
    passed *next;
};

struct hox__wired {
    hox__form form;
    hox__join join;
    hox__fit fit;
    int at[HOX__PART_KINDS + 1]; /* the first of its kind among the parts; how many there are */
    uint32_t in;                 /* while it is derived */
    double depth;
    bool known; /* the circuit */
    hox__circuit circuit;
    uint32_t *shape; /* [joints] */
    double *deep;    /* [joints] */
    uint32_t *met;   /* [wires of the widest joint] */
    passed *passed;
};

/* ---- declarations ---- */

static int parameter_named(const hox__layer *layer, const char *name)
{
    for (int k = 0; k < layer->n; k++)
        if (!strcmp(layer->param[k].name, name))
            return k;
    return -1;
}

bool hox__wired_layer(hox__layer *layer, const char *name)
{
    static const struct {
        const char *name, *count, *group[HOX__PART_KINDS];
    } known[] = {{"dag", "nodes", {"edge", "first", "node", NULL, "last"}},
                 {"chain", "layers", {"skip", NULL, "layer", NULL, NULL}},
                 {"tree", "leaves", {NULL, NULL, "leaf", "join", NULL}},
                 {"cell", "leaves", {NULL, "inject", "leaf", "join", NULL}}};
    for (int i = 0; i < 4; i++) {
        if (strcmp(known[i].name, name))
            continue;
        layer->wiring = (hox__wiring)(HOX__WIRED_DAG + i);
        layer->out = HOX__OUT_WIRED;
        layer->output = "any";
        layer->count = parameter_named(layer, known[i].count);
        layer->units = i == 3 ? parameter_named(layer, "units") : -1;
        layer->join = i >= 2 ? -1 : parameter_named(layer, "join");
        layer->fit = parameter_named(layer, "fit");
        layer->ends = i == 0 ? parameter_named(layer, "ends") : -1;
        for (int g = 0; g < HOX__PART_KINDS; g++) {
            int k = known[i].group[g] ? parameter_named(layer, known[i].group[g]) : -1;
            layer->group[g] = k >= 0 && layer->param[k].is_network ? k : -1;
        }
        return layer->count >= 0 && (i < 3 || layer->units >= 0);
    }
    return false;
}

/* ---- reading a node ---- */

const hox__form *hox__wired_form(const hox__node *node)
{
    return &node->wired->form;
}

void hox__wired_entry(const hox__node *node, uint32_t *in, double *depth)
{
    *in = node->wired->in;
    *depth = node->wired->depth;
}

const hox__circuit *hox__wired_circuit(const hox__node *node)
{
    return &node->wired->circuit;
}

uint32_t hox__wired_shape(const hox__node *node, int joint)
{
    const struct hox__wired *d = node->wired;
    return d->known && joint < d->circuit.n && d->circuit.joint[joint].live ? d->shape[joint] : 0;
}

int hox__wired_at(const hox__form *form, hox__part_kind kind)
{
    int at = 0;
    for (int g = 0; g < (int)kind; g++)
        at += hox__form_parts(form, (hox__part_kind)g);
    return at;
}

static const char *word_of(const hox__node *node, int k)
{
    hox__value v = k < 0 ? (hox__value){0} : hox__thunk_value(&node->call->thunk[k]);
    return v.kind == HOX__VALUE_WORD ? v.name : "";
}

static hox__ends ends_of(const hox__node *node)
{
    const char *word = word_of(node, node->phrase->layer->ends);
    return !strcmp(word, "free")   ? HOX__ENDS_FREE
           : !strcmp(word, "open") ? HOX__ENDS_OPEN
                                   : HOX__ENDS_FIXED;
}

bool hox__node_is_none(const hox__node *node)
{
    const hox__phrase *p = node->phrase;
    if (p->kind == HOX__LAYER)
        return p->layer->out == HOX__OUT_NOWHERE;
    for (int i = 0; i < node->n; i++)
        if (hox__node_is_none(node->kid[i]))
            return true;
    return false;
}

/* ---- deriving ---- */

void hox__wire_begin(hox_walk *w, hox__node *node)
{
    const hox__layer *layer = node->phrase->layer;
    hox__value v = hox__thunk_value(&node->call->thunk[layer->count]);
    struct hox__wired *made = HOX__NEW(w->d->arena, struct hox__wired);
    if (!made) {
        hox__derive_short(w);
        return;
    }
    if (v.kind != HOX__VALUE_NUMBER || v.number < (layer->wiring != HOX__WIRED_CHAIN) ||
        v.number != floor(v.number) || v.number > HOX__FORM_MAX) {
        hox__derive_dead(w, node->phrase, "`%s` of `%s` must be a whole number up to %d, not %g",
                         layer->param[layer->count].name, layer->name, HOX__FORM_MAX, v.number);
        return;
    }
    made->form = (hox__form){layer->wiring, ends_of(node), (int)v.number};
    made->join = hox__join_named(layer->join < 0 ? "add" : word_of(node, layer->join));
    made->fit = hox__fit_named(layer->fit < 0 ? "error" : word_of(node, layer->fit));
    for (int g = 0; g < HOX__PART_KINDS; g++)
        made->at[g + 1] = made->at[g] + hox__form_parts(&made->form, (hox__part_kind)g);
    made->in = w->shape;
    made->depth = w->cost[2];
    node->wired = made;
    const int parts = made->at[HOX__PART_KINDS];
    node->kid = HOX__NEW_N(w->d->arena, hox__node *, parts + 1); /* n grows with what is there */
    if (!node->kid) {
        hox__derive_short(w);
        return;
    }
    w->shape = 0;
    w->wired++;
    hox__derive_push(w, HOX__GOAL_WIRE, node, 0);
}

/* Which kind of part number i is. */
static hox__part_kind kind_of(const struct hox__wired *d, int i, int *index)
{
    int g = 0;
    while (g < HOX__PART_KINDS - 1 && i >= d->at[g + 1])
        g++;
    *index = i - d->at[g];
    return (hox__part_kind)g;
}

static bool circuit(hox_walk *w, hox__node *node)
{
    struct hox__wired *d = node->wired;
    if (d->known)
        return true;
    const int edges = d->at[HOX__PART_FIRST];
    bool *present = HOX__NEW_N(w->d->arena, bool, edges + 1);
    bool ok = present != NULL;
    for (int i = 0; ok && i < edges; i++)
        present[i] =
            node->phrase->layer->group[HOX__PART_EDGE] >= 0 && !hox__node_is_none(node->kid[i]);
    ok = ok && hox__circuit_build(w->d->arena, &d->form, present, &d->circuit);
    int widest = 0;
    for (int j = 0; ok && j < d->circuit.n; j++)
        if (d->circuit.joint[j].wires > widest)
            widest = d->circuit.joint[j].wires;
    d->shape = ok ? HOX__NEW_N(w->d->arena, uint32_t, d->circuit.n) : NULL;
    d->deep = ok ? HOX__NEW_N(w->d->arena, double, d->circuit.n) : NULL;
    d->met = ok ? HOX__NEW_N(w->d->arena, uint32_t, widest + 1) : NULL;
    d->known = d->shape && d->deep && d->met;
    if (!d->known)
        hox__derive_short(w);
    return d->known;
}

/* Under `ends: free` what is dead is not asked about. */
static bool is_asked(const hox__node *node, hox__part_kind kind, int index)
{
    const struct hox__wired *d = node->wired;
    if (d->form.ends != HOX__ENDS_FREE || kind == HOX__PART_EDGE || kind == HOX__PART_FIRST)
        return true;
    for (int j = 0; j < d->circuit.n; j++)
        if (d->circuit.joint[j].live && d->circuit.joint[j].part == kind &&
            (kind == HOX__PART_LAST || d->circuit.joint[j].index == index))
            return true;
    return false;
}

static hox__node *absent(hox_walk *w, const hox__node *node)
{
    static const hox__phrase nothing = {.kind = HOX__CHAIN};
    return hox__derive_node(w, &nothing, NULL, node->call->frame, true);
}

static hox__node *part(hox_walk *w, const hox__node *node, hox__part_kind kind, int index)
{
    const hox__layer *layer = node->phrase->layer;
    const int k = layer->group[kind];
    const hox__thunk *t = k < 0 ? NULL : &node->call->thunk[k];
    if (!t || !t->phrase || !is_asked(node, kind, index))
        return absent(w, node);
    const hox__phrase *p = t->phrase;
    if (p->kind == HOX__LIST && index >= p->n)
        return absent(w, node);
    const bool each = layer->param[k].each;
    hox__frame *f =
        hox__derive_frame(w, node->call->frame, '.', t->name, each ? index : -1, p->opens);
    p = p->kind == HOX__LIST ? p->kid[index] : p;
    return f ? hox__derive_node(w, p, t->env, f, true) : NULL;
}

static void check_list(hox_walk *w, const hox__node *node, hox__part_kind kind)
{
    const hox__layer *layer = node->phrase->layer;
    const int k = layer->group[kind], wants = hox__form_parts(&node->wired->form, kind);
    const hox__phrase *p = k < 0 ? NULL : node->call->thunk[k].phrase;
    if (p && p->kind == HOX__LIST && p->n != wants)
        hox__derive_dead(w, p, "`%s` of `%s` lists %d network%s, but there are %d places",
                         layer->param[k].name, layer->name, p->n, p->n == 1 ? "" : "s", wants);
}

/* ---- shapes and costs ---- */

static bool extent(const hox__shape *s, hox__extent *e)
{
    if (!s || (s->rank != 1 && s->rank != 3))
        return false;
    *e = (hox__extent){.rank = s->rank};
    memcpy(e->dim, s->dim, sizeof *s->dim * (size_t)s->rank);
    return true;
}

static void no_fit(hox_walk *w, const hox__node *node, const uint32_t *in, int n)
{
    hox__text t = {0};
    for (int i = 0; i < n; i++) {
        hox__text_puts(&t, i ? ", " : "");
        hox__shape_print(&t, hox__reach_shape_at(w->reach, in[i]));
    }
    hox__derive_dead(w, node->phrase, "`%s` cannot join %s", node->phrase->name, hox__text_get(&t));
    hox__text_deinit(&t);
}

/* A 1x1 convolution for each input whose channels must change. */
static void projections(hox_walk *w, const hox__node *node, hox__join join, hox__fit fit,
                        const hox__extent *in, const hox__extent *to, hox__count count)
{
    if (!hox__fit_projects(join, fit, in, to))
        return;
    const int last = in->rank - 1;
    double cost[HOX__METRICS] = {in->dim[last] * to->dim[last], 2 * in->dim[last] * to->dim[last],
                                 0};
    for (int k = 0; k < last; k++)
        cost[1] *= to->dim[k];
    if (!w->trail)
        hox__derive_spend(w, node->phrase, cost, count);
}

static uint32_t together(hox_walk *w, const hox__node *node, hox__join join, hox__fit fit,
                         const uint32_t *in, int n, hox__count count)
{
    hox__extent *e = HOX__NEW_N(w->d->arena, hox__extent, n), target, out;
    if (!e) {
        hox__derive_short(w);
        return 0;
    }
    for (int i = 0; i < n; i++)
        if (!extent(hox__reach_shape_at(w->reach, in[i]), &e[i]))
            return 0;
    if (!hox__fit_target(join, fit, e, n, &target, &out)) {
        no_fit(w, node, in, n);
        return 0;
    }
    for (int i = 0; i < n; i++)
        projections(w, node, join, fit, &e[i], &target, count);
    hox__shape shape = *hox__reach_shape_at(w->reach, in[0]);
    memcpy(shape.dim, out.dim, sizeof *out.dim * (size_t)out.rank);
    return hox__reach_shape(w->reach, &shape);
}

/* The layer that a join begins with. */
void hox__wire_join(hox_walk *w, const hox__node *node)
{
    const hox__layer *layer = node->phrase->layer;
    const hox__join join =
        layer->parts >= 0 && node->n == 0 ? hox__join_named(layer->name) : HOX__JOIN_UNKNOWN;
    const int n = w->meet.n;
    w->meet.n = 0;
    if (join == HOX__JOIN_UNKNOWN)
        hox__derive_dead(w, node->phrase, "a join begins with add, mul or concat, not with `%s`",
                         layer->name);
    else
        w->shape = together(w, node, join, w->meet.fit, w->meet.in, n, HOX__COUNT_AGAIN);
}

static void joint(hox_walk *w, const hox__node *node, int j, hox__count count)
{
    struct hox__wired *d = node->wired;
    const hox__layer *layer = node->phrase->layer;
    const hox__joint *at = &d->circuit.joint[j];
    double deepest = 0;
    for (int i = 0; i < at->wires && !w->dead; i++) {
        w->shape = d->shape[at->wire[i].from];
        w->cost[2] = d->deep[at->wire[i].from];
        if (at->wire[i].edge >= 0)
            hox__derive_replay(w, node->kid[at->wire[i].edge], count);
        d->met[i] = w->shape;
        deepest = fmax(deepest, w->cost[2]);
    }
    w->cost[2] = deepest;
    if (at->part == HOX__PART_JOIN) {
        w->meet.n = at->wires;
        w->meet.in = d->met;
        w->meet.fit = d->fit;
    } else if (at->wires > 1 && !w->dead) {
        w->shape = together(w, node, d->join, d->fit, d->met, at->wires, count);
    }
    if (at->part != HOX__PART_KINDS && !w->dead)
        hox__derive_replay(w, node->kid[d->at[at->part] + at->index], count);
    if (w->meet.n && !w->dead)
        hox__derive_dead(w, node->phrase, "a join of `%s` is empty", layer->name);
    d->shape[j] = w->shape;
    d->deep[j] = w->cost[2];
}

static bool remembered(hox_walk *w, const hox__node *node, hox__count count)
{
    const bool alike = count != HOX__COUNT_NONE && w->space->n_once == 0; /* nothing is shared */
    for (const passed *m = node->wired->passed; m && !w->trail && !w->watch; m = m->next)
        if (m->in == w->shape && (m->count == count || (alike && m->count != HOX__COUNT_NONE))) {
            w->shape = m->out;
            hox__derive_spend(w, node->phrase, m->cost, HOX__COUNT_AGAIN);
            return true;
        }
    return false;
}

static void remember(hox_walk *w, const hox__node *node, hox__count count, uint32_t in,
                     const double before[HOX__METRICS])
{
    passed *m = w->dead || w->trail || w->wired || w->watch ? NULL : HOX__NEW(w->d->arena, passed);
    if (!m)
        return;
    *m = (passed){.in = in, .out = w->shape, .count = count, .next = node->wired->passed};
    for (int k = 0; k < HOX__METRICS; k++)
        m->cost[k] = w->cost[k] - before[k];
    node->wired->passed = m;
}

/* One part of a cell: joins two vectors of its size and keeps it. */
static void cell_part(hox_walk *w, const hox__node *node, const hox__node *part, uint32_t size,
                      hox__count count)
{
    const uint32_t both[2] = {size, size};
    w->meet.n = 2;
    w->meet.in = both;
    w->meet.fit = HOX__FIT_ERROR;
    w->shape = size;
    hox__derive_replay(w, part, count);
    if (w->meet.n && !w->dead)
        hox__derive_dead(w, node->phrase, "a part of `%s` is empty", node->phrase->name);
    if (w->shape != size && !w->dead)
        hox__derive_dead(w, part->phrase, "the parts of `%s` must keep their size",
                         node->phrase->name);
    w->meet.n = 0;
}

/* Sequences of width w become sequences of `units`: for each leaf a matrix for what comes in and
 * one for the state. */
static void replay_cell(hox_walk *w, const hox__node *node, hox__count count)
{
    const struct hox__wired *d = node->wired;
    const hox__shape *in = hox__reach_shape_at(w->reach, w->shape);
    const hox__value units = hox__thunk_value(&node->call->thunk[node->phrase->layer->units]);
    const double before = w->cost[2];
    double u = units.kind == HOX__VALUE_NUMBER ? units.number
               : in && in->rank == 2           ? in->dim[1]
                                               : 0;
    hox__shape size = {"vector", 1, {u}}, out = {"sequence", 2, {in ? in->dim[0] : 0, u}};
    if (in && (strcmp(in->name, "sequence") || in->rank != 2)) {
        hox__derive_dead(w, node->phrase, "`%s` wants a sequence", node->phrase->name);
        return;
    }
    const uint32_t vector = in ? hox__reach_shape(w->reach, &size) : 0;
    for (int i = 0; i < node->n && !w->dead; i++)
        cell_part(w, node, node->kid[i], vector, count);
    w->shape = 0;
    if (!in || w->dead)
        return;
    const double weights = d->form.n * u * (in->dim[1] + u);
    w->cost[2] = before;
    w->shape = hox__reach_shape(w->reach, &out);
    if (!w->trail)
        hox__derive_spend(w, node->phrase,
                          (double[HOX__METRICS]){weights, 2 * in->dim[0] * weights, 1}, count);
}

void hox__wire_replay(hox_walk *w, const hox__node *node, hox__count count)
{
    struct hox__wired *d = node->wired;
    if (!d || !d->known) { /* a graph inside a graph that is not finished */
        w->dead = w->dead || !w->wired;
        return;
    }
    if (remembered(w, node, count))
        return;
    const uint32_t in = w->shape;
    double before[HOX__METRICS];
    memcpy(before, w->cost, sizeof before);
    if (d->form.wiring == HOX__WIRED_CELL) {
        replay_cell(w, node, count);
        remember(w, node, count, in, before);
        return;
    }
    d->shape[0] = in;
    d->deep[0] = w->cost[2];
    for (int j = 1; j < d->circuit.n && !w->dead; j++)
        if (d->circuit.joint[j].live)
            joint(w, node, j, count);
    w->shape = d->circuit.out < 0 ? in : d->shape[d->circuit.out];
    w->cost[2] = d->circuit.out < 0 ? before[2] : d->deep[d->circuit.out];
    remember(w, node, count, in, before);
}

/* ---- in order ---- */

/* The living joint whose network that is; -1: it is dead, or on an edge. */
static int joint_of(const struct hox__wired *d, hox__part_kind kind, int index)
{
    for (int j = 1; kind != HOX__PART_EDGE && j < d->circuit.n; j++)
        if (d->circuit.joint[j].live && d->circuit.joint[j].part == kind &&
            d->circuit.joint[j].index == index)
            return j;
    return -1;
}

/* What comes together at a joint whose sources are derived; 0: unknown. */
static uint32_t entering(hox_walk *w, const hox__node *node, int j)
{
    const struct hox__wired *d = node->wired;
    const hox__joint *at = &d->circuit.joint[j];
    for (int i = 0; i < at->wires && !w->dead; i++) {
        w->shape = d->shape[at->wire[i].from];
        if (at->wire[i].edge >= 0)
            hox__derive_replay(w, node->kid[at->wire[i].edge], HOX__COUNT_NONE);
        d->met[i] = w->shape;
    }
    if (w->dead || at->part == HOX__PART_JOIN)
        return 0;
    if (at->wires == 1)
        return d->met[0];
    return together(w, node, d->join, d->fit, d->met, at->wires, HOX__COUNT_NONE);
}

/* Remembers what the network before number i gives, and says what enters that one. */
static uint32_t shape_before(hox_walk *w, hox__node *node, int i)
{
    struct hox__wired *d = node->wired;
    int index, j = -1;
    if (!d->known || d->form.wiring == HOX__WIRED_CELL)
        return 0;
    if (i == d->at[HOX__PART_FIRST]) {
        memset(d->shape, 0, sizeof *d->shape * (size_t)d->circuit.n);
        d->shape[0] = d->in;
    } else {
        const hox__part_kind before = kind_of(d, i - 1, &index);
        if ((j = joint_of(d, before, index)) >= 0)
            d->shape[j] = w->shape;
    }
    const hox__part_kind kind = kind_of(d, i, &index);
    j = joint_of(d, kind, index);
    return j < 0 ? 0 : entering(w, node, j);
}

static bool gives_all(const hox__node *node, hox__part_kind kind, int index)
{
    const struct hox__wired *d = node->wired;
    return d->known && d->circuit.out > 0 && joint_of(d, kind, index) == d->circuit.out;
}

static void finish(hox_walk *w, hox__node *node)
{
    const struct hox__wired *d = node->wired;
    w->wired--;
    w->shape = d->in;
    w->cost[2] = d->depth;
    hox__wire_replay(w, node, HOX__COUNT_FIRST);
}

/* Are there networks on edges only? Then no shape is needed before all are there. */
static bool only_edges(const hox__node *node)
{
    for (int g = HOX__PART_FIRST; g < HOX__PART_KINDS; g++) {
        const int k = node->phrase->layer->group[g];
        if (k >= 0 && node->call->thunk[k].phrase)
            return false;
    }
    return true;
}

static bool fill(hox_walk *w, hox__node *node)
{
    const int parts = node->wired->at[HOX__PART_KINDS];
    for (; node->n < parts; node->n++)
        if (!(node->kid[node->n] = absent(w, node)))
            return false;
    return true;
}

void hox__wire_next(hox_walk *w, hox__node *node, int i)
{
    const struct hox__wired *d = node->wired;
    int index;
    const bool edges = i == d->at[HOX__PART_FIRST];
    if (i == d->at[HOX__PART_KINDS] || (edges && only_edges(node))) {
        if (fill(w, node) && circuit(w, node))
            finish(w, node);
        return;
    }
    const hox__part_kind kind = kind_of(d, i, &index);
    if (index == 0)
        check_list(w, node, kind);
    if (edges && !circuit(w, node))
        return;
    const uint32_t in = shape_before(w, node, i);
    if (w->dead || !(node->kid[i] = part(w, node, kind, index)))
        return;
    node->n = i + 1;
    w->shape = in;
    hox__goal *next = hox__derive_push(w, HOX__GOAL_WIRE, node, i + 1);
    if (!next)
        return;
    next->in = gives_all(node, kind, index);
    hox__derive_push(w, HOX__GOAL_EXPAND, node->kid[i], 0);
}
