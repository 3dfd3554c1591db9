/* Graphs of networks: dag, chain and tree. What is wired to what, what is dead and what size things
 * are brought to is said in space/wiring.h; here it is built.
 */
#include "base/arena.h"
#include "nn/layers.h"
#include "space/wiring.h"
#include <stdio.h>
#include <string.h>

enum { ARENA_MAX = 64 << 20 };

typedef struct {
    const hox__site *site;
    hox__arena *arena;
    hox__form form;
    hox__join join;
    hox__fit fit;
    const hox_term *part[HOX__PART_KINDS]; /* a LIST, or what all places hold */
    hox__circuit circuit;
    hox__node *value; /* [joints] */
    int projections;
} graph;

/* ---- reading the term ---- */

static const hox_term *part_of(const graph *g, hox__part_kind kind, int index)
{
    const hox_term *t = g->part[kind];
    if (!t || t->kind != HOX_TERM_LIST)
        return t;
    return index < t->n ? t->part[index] : NULL;
}

static bool is_none(const hox_term *t)
{
    if (t->kind == HOX_TERM_CALL || t->kind == HOX_TERM_WORD)
        return strcmp(t->name, "none") == 0;
    for (int i = 0; t->kind == HOX_TERM_CHAIN && i < t->n; i++)
        if (is_none(t->part[i]))
            return true;
    return false;
}

static hox__ends ends_of(const hox_term *term)
{
    const char *word = hox_term_word(term, "ends", "fixed");
    return strcmp(word, "free") == 0   ? HOX__ENDS_FREE
           : strcmp(word, "open") == 0 ? HOX__ENDS_OPEN
                                       : HOX__ENDS_FIXED;
}

static bool read_form(graph *g, hox__wiring wiring, const char *count)
{
    static const char *const names[][HOX__PART_KINDS] = {{"edge", "first", "node", NULL, "last"},
                                                         {"skip", NULL, "layer", NULL, NULL},
                                                         {NULL, NULL, "leaf", "join", NULL}};
    const hox_term *term = g->site->term;
    int64_t n;
    if (!hox__site_int(g->site, count, (hox__bounds){0, HOX__FORM_MAX, -1, -1}, &n))
        return false;
    g->form = (hox__form){wiring, ends_of(term), (int)n};
    g->fit = hox__fit_named(hox_term_word(term, "fit", "error"));
    g->join =
        hox__join_named(hox_term_word(term, "join", wiring == HOX__WIRED_CHAIN ? "concat" : "add"));
    for (int k = 0; k < HOX__PART_KINDS; k++)
        g->part[k] = names[wiring - HOX__WIRED_DAG][k]
                         ? hox_term_get(term, names[wiring - HOX__WIRED_DAG][k])
                         : NULL;
    if (g->fit == HOX__FIT_UNKNOWN)
        hox__site_fail(g->site, "knows no such way to fit sizes together");
    return g->fit != HOX__FIT_UNKNOWN;
}

static bool wire(graph *g)
{
    const int edges = hox__form_parts(&g->form, HOX__PART_EDGE);
    bool *present = HOX__NEW_N(g->arena, bool, edges + 1);
    for (int i = 0; present && i < edges; i++) {
        const hox_term *t = part_of(g, HOX__PART_EDGE, i);
        present[i] = t && !is_none(t);
    }
    if (present && hox__circuit_build(g->arena, &g->form, present, &g->circuit))
        g->value = HOX__NEW_N(g->arena, hox__node, g->circuit.n);
    if (!g->value)
        hox__site_fail(g->site, "has no memory for its wires");
    return g->value != NULL;
}

/* ---- fitting ---- */

static hox__extent extent_of(const graph *g, hox__node x)
{
    const hox__shape *s = hox__node_shape(g->site->g, x);
    if (s->rank == 4)
        return (hox__extent){3, {(double)s->dim[2], (double)s->dim[3], (double)s->dim[1]}};
    return (hox__extent){1, {(double)s->dim[1]}};
}

/* x with zeros behind axis `axis` up to `size`; `before` of them in front. */
static hox__node zeros(const graph *g, hox__node x, int axis, int64_t size, bool centred)
{
    hox__shape s = *hox__node_shape(g->site->g, x);
    const int64_t missing = size - s.dim[axis], before = centred ? missing / 2 : 0;
    hox__node part[3];
    int n = 0;
    if (missing <= 0)
        return x;
    if (before) {
        s.dim[axis] = before;
        part[n++] = hox__constant(g->site->g, s, 0);
    }
    part[n++] = x;
    s.dim[axis] = missing - before;
    part[n++] = hox__constant(g->site->g, s, 0);
    return hox__concat(g->site->g, part, n, axis);
}

static hox__node pad(const graph *g, hox__node x, const hox__extent *to, bool channels)
{
    const int last = to->rank - 1;
    for (int k = 0; k < last; k++)
        x = zeros(g, x, 2 + k, (int64_t)to->dim[k], true);
    return channels ? zeros(g, x, 1, (int64_t)to->dim[last], false) : x;
}

static hox__node cut(const graph *g, hox__node x, int axis, int64_t size)
{
    return hox__node_shape(g->site->g, x)->dim[axis] > size
               ? hox__slice(g->site->g, x, axis, 0, size)
               : x;
}

/* The 1x1 convolution PATH/fit[k]. */
static hox__node project(graph *g, hox__node x, int64_t channels)
{
    const hox__shape s = *hox__node_shape(g->site->g, x);
    char name[32];
    snprintf(name, sizeof name, "fit[%d]", g->projections++);
    hox__wish wish = {.part = name,
                      .shape = HOX__SHAPE(channels, s.dim[1]),
                      .fan_in = s.dim[1],
                      .trained = true,
                      .decayed = true};
    if (s.rank != 4)
        return hox__matmul(g->site->g, x, hox__site_weight(g->site, &wish), false, true);
    wish.shape = HOX__SHAPE(channels, s.dim[1], 1, 1);
    const hox__window window = {.stride_h = 1, .stride_w = 1, .groups = 1};
    return hox__conv(g->site->g, x, hox__site_weight(g->site, &wish), window);
}

static hox__node pool(graph *g, hox__node x, const hox__extent *from, const hox__extent *to)
{
    if (to->rank == 3) {
        const int64_t h = (int64_t)(from->dim[0] / to->dim[0]),
                      w = (int64_t)(from->dim[1] / to->dim[1]);
        if (h > 1 || w > 1)
            x = hox__maxpool(g->site->g, x, h, w, (hox__window){.stride_h = h, .stride_w = w});
        for (int k = 0; k < 2 && x != HOX__NONE; k++)
            x = cut(g, x, 2 + k, (int64_t)to->dim[k]);
    }
    if (x != HOX__NONE && hox__fit_projects(g->join, g->fit, from, to))
        x = project(g, x, (int64_t)to->dim[to->rank - 1]);
    return x;
}

/* Row i of the result is row floor(i in / out). */
static hox__node nearest_along(const graph *g, hox__node x, int axis, int64_t size)
{
    enum { ROWS_MAX = 512 };
    const int64_t in = hox__node_shape(g->site->g, x)->dim[axis];
    hox__node row[ROWS_MAX];
    if (in == size)
        return x;
    if (size > ROWS_MAX)
        return hox__site_fail(g->site, "cannot stretch to more than %d rows", ROWS_MAX);
    for (int64_t i = 0; i < size; i++)
        row[i] = hox__slice(g->site->g, x, axis, i * in / size, i * in / size + 1);
    return size == 1 ? row[0] : hox__concat(g->site->g, row, (int)size, axis);
}

static hox__node nearest(const graph *g, hox__node x, const hox__extent *to)
{
    const int last = to->rank - 1;
    for (int k = 0; k < last && x != HOX__NONE; k++)
        x = nearest_along(g, x, 2 + k, (int64_t)to->dim[k]);
    if (x == HOX__NONE || g->join == HOX__JOIN_CONCAT)
        return x;
    return zeros(g, cut(g, x, 1, (int64_t)to->dim[last]), 1, (int64_t)to->dim[last], false);
}

static hox__node fit(graph *g, hox__node x, const hox__extent *from, const hox__extent *to)
{
    switch (g->fit) {
    case HOX__FIT_PAD:
        return pad(g, x, to, g->join != HOX__JOIN_CONCAT);
    case HOX__FIT_POOL:
        return pool(g, x, from, to);
    case HOX__FIT_NEAREST:
        return nearest(g, x, to);
    case HOX__FIT_ERROR:
    case HOX__FIT_UNKNOWN:
        break;
    }
    return x;
}

static hox__node meet(graph *g, hox__node *x, int n)
{
    hox__extent *e = HOX__NEW_N(g->arena, hox__extent, n), target, out;
    if (!e)
        return hox__site_fail(g->site, "has no memory for its wires");
    for (int i = 0; i < n; i++)
        e[i] = extent_of(g, x[i]);
    if (!hox__fit_target(g->join, g->fit, e, n, &target, &out))
        return hox__site_fail(g->site, "cannot join %s and %s", hox__size_of(g->site->g, x[0]).text,
                              hox__size_of(g->site->g, x[n - 1]).text);
    for (int i = 0; i < n; i++)
        if ((x[i] = fit(g, x[i], &e[i], &target)) == HOX__NONE)
            return HOX__NONE;
    if (g->join == HOX__JOIN_CONCAT)
        return hox__concat(g->site->g, x, n, 1);
    hox__node y = x[0];
    for (int i = 1; i < n; i++)
        y = g->join == HOX__JOIN_MUL ? hox__mul(g->site->g, y, x[i])
                                     : hox__add(g->site->g, y, x[i]);
    return y;
}

/* ---- building ---- */

/* A join of a tree: the word it begins with brings together, the rest goes on. */
static hox__node join(graph *g, const hox_term *term, hox__node *x, int n)
{
    int parts = 0;
    const hox_term *const *part = term ? hox_term_parts(&term, &parts) : NULL;
    g->join = parts ? hox__join_named(part[0]->name) : HOX__JOIN_UNKNOWN;
    if (g->join == HOX__JOIN_UNKNOWN)
        return hox__site_fail(g->site, "needs joins that begin with add, mul or concat");
    hox__node y = meet(g, x, n);
    for (int i = 1; i < parts && y != HOX__NONE; i++)
        y = hox__build_chain(g->site->build, part[i], y);
    return y;
}

static hox__node joint(graph *g, const hox__joint *at)
{
    hox__node *x = HOX__NEW_N(g->arena, hox__node, at->wires);
    if (!x)
        return hox__site_fail(g->site, "has no memory for its wires");
    for (int i = 0; i < at->wires; i++) {
        x[i] = g->value[at->wire[i].from];
        if (at->wire[i].edge >= 0)
            x[i] = hox__build_chain(g->site->build, part_of(g, HOX__PART_EDGE, at->wire[i].edge),
                                    x[i]);
        if (x[i] == HOX__NONE)
            return HOX__NONE;
    }
    const hox_term *term = at->part == HOX__PART_KINDS ? NULL : part_of(g, at->part, at->index);
    if (at->part == HOX__PART_JOIN)
        return join(g, term, x, at->wires);
    if (at->wires > 1 && g->join == HOX__JOIN_UNKNOWN)
        return hox__site_fail(g->site, "joins by add, mul or concat");
    const hox__node y = at->wires > 1 ? meet(g, x, at->wires) : x[0];
    return term && y != HOX__NONE ? hox__build_chain(g->site->build, term, y) : y;
}

static hox__node build(graph *g, hox__node x)
{
    hox__text *trail = &g->site->build->trail;
    const size_t length = trail->len;
    hox__text_printf(trail, " -> %s(", g->site->term->name);
    const size_t inside = trail->len;
    g->value[0] = x;
    for (int j = 1; j < g->circuit.n; j++) {
        if (!g->circuit.joint[j].live)
            continue;
        g->value[j] = joint(g, &g->circuit.joint[j]);
        if (g->value[j] == HOX__NONE)
            return HOX__NONE;
        hox__build_back(g->site->build, inside);
    }
    hox__build_back(g->site->build, length);
    if (g->circuit.out >= 0)
        return g->value[g->circuit.out];
    return hox__mul(g->site->g, x, hox__constant(g->site->g, HOX__SCALAR, 0));
}

static hox__node graph_of(const hox__site *site, hox__node x, hox__wiring wiring, const char *count)
{
    graph g = {.site = site, .arena = hox__arena_new(ARENA_MAX)};
    hox__node y = HOX__NONE;
    if (!g.arena)
        hox__site_fail(site, "has no memory for its wires");
    else if (read_form(&g, wiring, count) && wire(&g))
        y = build(&g, x);
    hox__arena_free(g.arena);
    return y;
}

hox__node hox__layer_dag(const hox__site *site, hox__node x)
{
    return graph_of(site, x, HOX__WIRED_DAG, "nodes");
}

hox__node hox__layer_chain(const hox__site *site, hox__node x)
{
    return graph_of(site, x, HOX__WIRED_CHAIN, "layers");
}

hox__node hox__layer_tree(const hox__site *site, hox__node x)
{
    return graph_of(site, x, HOX__WIRED_TREE, "leaves");
}

hox__node hox__layer_none(const hox__site *site, hox__node x)
{
    (void)x;
    return hox__site_fail(site, "stands outside an edge");
}
