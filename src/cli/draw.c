/* Networks drawn; see draw.h. Each layer of the chain is built by itself onto a graph that is never
 * run: shapes and weights are those of the engine, not a second opinion. Branches of a combinator
 * are drawn below it, indented, each on a graph of its own that begins with the combinator's input.
 */
#include "cli/draw.h"
#include "base/number.h"
#include "cli/quantity.h"
#include "nn/train.h"
#include "space/term_graph.h"
#include "space/vocabulary.h"
#include "tensor/graph.h"
#include <inttypes.h>
#include <string.h>

/* ---- terms as text ---- */

static void put_value(hox__text *out, const hox_term *term)
{
    switch (term->kind) {
    case HOX_TERM_NUMBER:
        hox__text_number(out, term->number);
        break;
    case HOX_TERM_RANGE:
        hox__text_puts(out, "budget ");
        hox__text_number(out, term->low);
        hox__text_puts(out, "..");
        hox__text_number(out, term->number);
        break;
    case HOX_TERM_WORD:
    case HOX_TERM_TEXT:
        hox__text_escaped(out, term->name, strlen(term->name));
        break;
    case HOX_TERM_LIST:
        hox__text_putc(out, '[');
        for (int i = 0; i < term->n; i++) {
            hox__text_puts(out, i ? ", " : "");
            put_value(out, term->part[i]);
        }
        hox__text_putc(out, ']');
        break;
    case HOX_TERM_CHAIN:
        for (int i = 0; i < term->n; i++) {
            hox__text_puts(out, i ? " " : "");
            hox__draw_term(out, term->part[i]);
        }
        break;
    case HOX_TERM_CALL:
        hox__draw_term(out, term);
        break;
    }
}

/* The default of `label` in the vocabulary: what stands behind the last " = " of its domain. */
static const char *default_of(hox__vocabulary *vocabulary, const char *layer, const char *label)
{
    const hox__declaration *d;
    for (int i = 0; vocabulary && (d = hox__vocabulary_at(vocabulary, i)) != NULL; i++) {
        if (strcmp(d->name, layer) != 0)
            continue;
        for (int k = 0; k < d->n; k++) {
            const char *equals = strstr(d->domain[k], " = ");
            if (strcmp(d->parameter[k], label) == 0)
                return equals ? equals + 3 : NULL;
        }
    }
    return NULL;
}

static bool is_network(const hox_term *term)
{
    if (term->kind == HOX_TERM_LIST)
        return term->n > 0 && is_network(term->part[0]);
    return term->kind == HOX_TERM_CALL || term->kind == HOX_TERM_CHAIN;
}

static bool is_combinator(const hox_term *term)
{
    for (int i = 0; term->kind == HOX_TERM_CALL && i < term->n; i++)
        if (is_network(term->part[i]))
            return true;
    return false;
}

/* Is `value` what the layer takes when nothing is said? A default may name an earlier parameter. */
static bool is_usual(hox__vocabulary *vocabulary, const hox_term *layer, const char *label,
                     const char *value)
{
    const char *usual = default_of(vocabulary, layer->name, label);
    const hox_term *other = usual ? hox_term_get(layer, usual) : NULL;
    if (!other)
        return usual && strcmp(usual, value) == 0;
    hox__text text = {0};
    put_value(&text, other);
    const bool same = strcmp(hox__text_get(&text), value) == 0;
    hox__text_deinit(&text);
    return same;
}

static void put_term(hox__text *out, const hox_term *term, hox__vocabulary *vocabulary)
{
    if (term->kind != HOX_TERM_CALL) {
        put_value(out, term);
        return;
    }
    bool any = false;
    hox__text_escaped(out, term->name, strlen(term->name));
    for (int i = 0; i < term->n; i++) {
        if (is_network(term->part[i]))
            continue;
        hox__text value = {0};
        put_value(&value, term->part[i]);
        const char *label = term->label[i] ? term->label[i] : "";
        if (!is_usual(vocabulary, term, label, hox__text_get(&value))) {
            hox__text_printf(out, "%s%s%s%s", any ? ", " : "(", label, *label ? ": " : "",
                             hox__text_get(&value));
            any = true;
        }
        hox__text_deinit(&value);
    }
    hox__text_puts(out, any ? ")" : "");
}

void hox__draw_term(hox__text *out, const hox_term *term)
{
    hox__vocabulary *vocabulary = hox__vocabulary_open("nn", NULL);
    put_term(out, term, vocabulary);
    hox__vocabulary_free(vocabulary);
}

/* ---- chains ---- */

typedef struct {
    hox__text *out;
    hox__vocabulary *vocabulary;
    int64_t classes;
    bool known;
    hox_error *err;
} drawer;

static void put_shape(hox__text *out, const hox__shape *s)
{
    if (s->rank == 4)
        hox__text_printf(out, "%" PRId64 "x%" PRId64 "x%" PRId64, s->dim[2], s->dim[3], s->dim[1]);
    else if (s->rank > 1)
        hox__text_printf(out, "%" PRId64, s->dim[s->rank - 1]);
}

static void put_line(drawer *d, int indent, const hox__text *name, const hox__shape *shape,
                     int64_t weights)
{
    hox__text_printf(d->out, "%*s", 2 * indent, "");
    hox__text_puts(d->out, hox__text_get(name));
    if (shape) {
        const int pad = 44 - 2 * indent - hox__width(hox__text_get(name), name->len);
        hox__text text = {0};
        put_shape(&text, shape);
        hox__text_printf(d->out, "%*s%-12s", pad > 1 ? pad : 1, "", hox__text_get(&text));
        hox__text_deinit(&text);
        if (weights) {
            hox__text_putc(d->out, ' ');
            hox__print_grouped(d->out, weights);
        }
        while (d->out->len && d->out->data[d->out->len - 1] == ' ')
            d->out->data[--d->out->len] = '\0';
    }
    hox__text_putc(d->out, '\n');
}

static int64_t elements(const hox__shape *shape)
{
    int64_t n = 1;
    for (int i = 0; i < shape->rank; i++)
        n *= shape->dim[i];
    return n;
}

static int64_t weights_from(const hox__network *network, const hox__graph *g, int first)
{
    int64_t sum = 0;
    for (int i = first; i < hox__network_weights(network); i++) {
        const hox__weight *w = hox__network_weight(network, i);
        if (w->trained)
            sum += elements(hox__node_shape(g, w->node));
    }
    return sum;
}

static hox_status draw_net(drawer *d, const hox_term *net, const hox__shape *input, int indent);

/* The networks of a graph by their places, those that are not there left out. */
static void draw_places(drawer *d, const hox_term *term, const hox__term_graph *graph, int indent)
{
    static const char *const kind[] = {"edge", "first", "node", "join", "last"};
    for (int g = 0; g < HOX__PART_KINDS; g++)
        for (int i = 0; i < hox__form_parts(&graph->form, (hox__part_kind)g); i++) {
            const hox_term *part = hox__term_graph_part(term, graph, (hox__part_kind)g, i);
            if (!part || (part->kind == HOX_TERM_CHAIN && !part->n) || hox__term_is_none(part))
                continue;
            hox__text name = {0};
            int to = 1;
            while (g == HOX__PART_EDGE && hox__form_edge(0, to + 1) <= i)
                to++;
            hox__text_printf(&name, "- %s", graph->part[g] ? graph->part[g] : kind[g]);
            if (g == HOX__PART_EDGE)
                hox__text_printf(&name, " %d-%d", i - hox__form_edge(0, to) + 1, to + 1);
            else if (g == HOX__PART_NODE || g == HOX__PART_JOIN)
                hox__text_printf(&name, " %d", i + 1);
            hox__text_puts(&name, ": ");
            put_value(&name, part);
            put_line(d, indent, &name, NULL, 0);
            hox__text_deinit(&name);
        }
}

static hox_status draw_branches(drawer *d, const hox_term *term, const hox__shape *input,
                                int indent)
{
    hox__term_graph graph;
    if (hox__term_graph_of(term, &graph)) {
        draw_places(d, term, &graph, indent);
        return HOX_OK;
    }
    hox_status status = HOX_OK;
    for (int i = 0; i < term->n && status == HOX_OK; i++) {
        const hox_term *branch = term->part[i];
        if (!is_network(branch))
            continue;
        if (branch->kind == HOX_TERM_LIST) {
            status = draw_branches(d, branch, input, indent);
            continue;
        }
        hox__text name = {0};
        hox__text_printf(&name, "- branch%s",
                         branch->kind == HOX_TERM_CHAIN && !branch->n ? ": as it came" : "");
        put_line(d, indent, &name, NULL, 0);
        hox__text_deinit(&name);
        status = draw_net(d, branch, input, indent + 1);
    }
    return status;
}

/* One layer: built onto the graph, then drawn with the shape that came out. */
static hox_status draw_layer(drawer *d, const hox_term *layer, hox__graph *g, hox__network *network,
                             hox__node *x, int indent)
{
    const int first = d->known ? hox__network_weights(network) : 0;
    const hox__shape input = d->known ? *hox__node_shape(g, *x) : HOX__SCALAR;
    hox__node y = HOX__NONE;
    hox_status status = HOX_OK;
    if (d->known)
        status = hox__network_part(network, g, layer, *x, d->classes, &y, d->err);
    if (status == HOX_OK && d->known)
        status = hox__graph_status(g, d->err);
    hox__text name = {0};
    put_term(&name, layer, d->vocabulary);
    const bool shaped = d->known && status == HOX_OK;
    put_line(d, indent, &name, shaped ? hox__node_shape(g, y) : NULL,
             shaped ? weights_from(network, g, first) : 0);
    hox__text_deinit(&name);
    if (status == HOX_OK && is_combinator(layer))
        status = draw_branches(d, layer, &input, indent + 1);
    *x = y;
    return status;
}

static hox_status draw_net(drawer *d, const hox_term *net, const hox__shape *input, int indent)
{
    hox__graph *g = hox__graph_new();
    hox__network *network = hox__network_new();
    hox_status status = HOX_OK;
    if (!g || !network)
        status = hox_fail(d->err, HOX_ERR_MEMORY, "no memory to draw the network");
    else {
        hox__node x = d->known ? hox__input(g, HOX__F32, *input, "x") : HOX__NONE;
        int n = 1;
        const hox_term *one = net;
        const hox_term *const *part = net->kind == HOX_TERM_CHAIN ? net->part : &one;
        if (net->kind == HOX_TERM_CHAIN)
            n = net->n;
        for (int i = 0; i < n && status == HOX_OK; i++)
            status = draw_layer(d, part[i], g, network, &x, indent);
    }
    hox__network_free(network);
    hox__graph_free(g);
    return status;
}

hox_status hox__draw_chain(hox__text *out, const hox_term *net, const hox_facts *facts,
                           hox_error *err)
{
    drawer d = {.out = out,
                .vocabulary = hox__vocabulary_open("nn", NULL),
                .classes = facts->classes,
                .known = facts->height > 0 && facts->channels > 0 && facts->classes > 0,
                .err = err};
    const hox__shape input = HOX__SHAPE(1, facts->channels, facts->height, facts->width);
    hox__text name = {0};
    hox__text_puts(&name, "input");
    put_line(&d, 0, &name, d.known ? &input : NULL, 0);
    hox__text_deinit(&name);
    const hox_status status = draw_net(&d, net, &input, 0);
    hox__vocabulary_free(d.vocabulary);
    return status;
}

/* ---- Graphviz ---- */

static void dot_node(drawer *d, int id, const hox_term *term)
{
    hox__text name = {0};
    put_term(&name, term, d->vocabulary);
    hox__text_printf(d->out, "  n%d [label=\"", id);
    for (const char *p = hox__text_get(&name); *p; p++)
        hox__text_printf(d->out, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
    hox__text_puts(d->out, "\"];\n");
    hox__text_deinit(&name);
}

static int dot_net(drawer *d, const hox_term *net, int from, int *next);

static void dot_branches(drawer *d, const hox_term *term, int from, int to, int *next)
{
    for (int i = 0; i < term->n; i++) {
        const hox_term *branch = term->part[i];
        if (is_network(branch) && branch->kind == HOX_TERM_LIST)
            dot_branches(d, branch, from, to, next);
        else if (is_network(branch))
            hox__text_printf(d->out, "  n%d -> n%d;\n", dot_net(d, branch, from, next), to);
    }
}

/* Living joints as nodes, the networks on edges between them. */
static int dot_graph(drawer *d, const hox_term *term, const hox__term_graph *graph, int from,
                     int *next)
{
    hox__arena *arena = hox__arena_new((size_t)16 << 20);
    hox__circuit c = {0};
    int *at = NULL, out = from;
    if (arena && hox__term_graph_wires(arena, term, graph, &c))
        at = HOX__NEW_N(arena, int, c.n);
    for (int j = 0; at && j < c.n; j++) {
        const hox__joint *joint = &c.joint[j];
        at[j] = from;
        if (j == 0 || !joint->live)
            continue;
        const bool one = joint->wires == 1;
        int meets = one ? from : (*next)++;
        if (!one)
            hox__text_printf(d->out, "  n%d [label=\"%s\"];\n", meets,
                             hox_term_word(term, "join", ""));
        for (int i = 0; i < joint->wires; i++) {
            const hox__wire *wire = &joint->wire[i];
            int end = at[wire->from];
            if (wire->edge >= 0)
                end = dot_net(d, hox__term_graph_part(term, graph, HOX__PART_EDGE, wire->edge), end,
                              next);
            if (one)
                meets = end;
            else
                hox__text_printf(d->out, "  n%d -> n%d;\n", end, meets);
        }
        const hox_term *part = joint->part == HOX__PART_KINDS
                                   ? NULL
                                   : hox__term_graph_part(term, graph, joint->part, joint->index);
        at[j] = part ? dot_net(d, part, meets, next) : meets;
    }
    if (at && c.out >= 0)
        out = at[c.out];
    hox__arena_free(arena);
    return out;
}

static int dot_layer(drawer *d, const hox_term *term, int from, int *next)
{
    hox__term_graph graph;
    if (hox__term_graph_of(term, &graph))
        return dot_graph(d, term, &graph, from, next);
    const int id = (*next)++;
    dot_node(d, id, term);
    if (is_combinator(term))
        dot_branches(d, term, from, id, next);
    else
        hox__text_printf(d->out, "  n%d -> n%d;\n", from, id);
    return id;
}

/* Returns the node at the end. */
static int dot_net(drawer *d, const hox_term *net, int from, int *next)
{
    if (net->kind != HOX_TERM_CHAIN)
        return dot_layer(d, net, from, next);
    for (int i = 0; i < net->n; i++)
        from = dot_layer(d, net->part[i], from, next);
    return from;
}

void hox__draw_dot(hox__text *out, const hox_term *net, const hox_facts *facts)
{
    drawer d = {.out = out, .vocabulary = hox__vocabulary_open("nn", NULL)};
    int next = 1;
    hox__text_puts(out, "digraph network {\n  node [shape=box, fontname=\"Helvetica\"];\n");
    if (facts->height)
        hox__text_printf(out, "  n0 [label=\"input %" PRId64 "x%" PRId64 "x%" PRId64 "\"];\n",
                         facts->height, facts->width, facts->channels);
    else
        hox__text_puts(out, "  n0 [label=\"input\"];\n");
    const int last = dot_net(&d, net, 0, &next);
    hox__text_printf(out, "  n%d [label=\"output\"];\n  n%d -> n%d;\n}\n", next, last, next);
    hox__vocabulary_free(d.vocabulary);
}
