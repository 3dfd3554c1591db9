/* Networks as graphs, and graphs as text.
 *
 * A value is a sum of atoms: the input, a layer on a value, or a join of values (a product,
 * channels side by side, or a sum whose parts had to be fitted). Atoms are told apart by refining
 * colours from both sides (Weisfeiler, Leman 1968) until nothing changes; a tie between atoms that
 * have the same neighbours is no tie, any other is broken each way in turn and the least text wins
 * (McKay 1981, individualization and refinement). Past BRANCHES_MAX the first way is taken: then
 * two isomorphic graphs may get two texts, never two different ones the same.
 */
#include "space/canonical.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "space/term_graph.h"
#include <stdlib.h>
#include <string.h>

enum { MEMORY_MAX = 64 << 20, BRANCHES_MAX = 200, DEPTH_MAX = 200 };

typedef struct {
    int atom;
    uint64_t times;
} summand;

typedef struct {
    int n;
    summand *sum; /* in order of atoms; n 0: zero */
} value;

typedef struct {
    int position; /* inputs of equal position may change places */
    value value;
} input;

typedef struct {
    const char *label;
    int n;
    input *in;
    uint64_t colour;
} atom;

typedef struct {
    hox__arena *arena;
    int n, cap;
    atom *atom;
    bool failed;
    int depth, branches;
} graph;

/* ---- plain terms ---- */

void hox__canonical_term(hox__text *out, const hox_term *t)
{
    switch (t->kind) {
    case HOX_TERM_NUMBER:
        hox__text_number(out, t->number);
        return;
    case HOX_TERM_WORD:
        hox__text_puts(out, t->name);
        return;
    case HOX_TERM_TEXT:
        hox__text_printf(out, "\"%zu:%s\"", strlen(t->name), t->name);
        return;
    case HOX_TERM_RANGE: /* the budget is no part of it */
        hox__text_puts(out, "budget");
        return;
    case HOX_TERM_LIST:
    case HOX_TERM_CHAIN:
        hox__text_putc(out, t->kind == HOX_TERM_LIST ? '[' : '(');
        break;
    case HOX_TERM_CALL:
        hox__text_puts(out, t->name);
        if (t->path && !strncmp(t->path, "shared/", 7))
            hox__text_printf(out, "=%s", t->path);
        hox__text_putc(out, '(');
        break;
    }
    for (int i = 0; i < t->n; i++) {
        if (t->kind == HOX_TERM_CALL)
            hox__text_printf(out, "%s:", t->label[i]);
        hox__canonical_term(out, t->part[i]);
        hox__text_putc(out, ',');
    }
    hox__text_putc(out, ')');
}

/* ---- values ---- */

static void *room(graph *g, size_t n, size_t size)
{
    void *p = g->failed ? NULL : hox__arena_alloc(g->arena, n ? n : 1, size);
    g->failed |= !p;
    return p;
}

static value single(graph *g, int a)
{
    value v = {1, room(g, 1, sizeof *v.sum)};
    if (v.sum)
        v.sum[0] = (summand){a, 1};
    else
        v.n = 0;
    return v;
}

static value plus(graph *g, value a, value b)
{
    value v = {0, room(g, (size_t)(a.n + b.n), sizeof *v.sum)};
    for (int i = 0, k = 0; v.sum && (i < a.n || k < b.n); v.n++) {
        const bool left = k == b.n || (i < a.n && a.sum[i].atom <= b.sum[k].atom);
        const bool right = i == a.n || (k < b.n && b.sum[k].atom <= a.sum[i].atom);
        v.sum[v.n] = left ? a.sum[i] : b.sum[k];
        if (left && right)
            v.sum[v.n].times += b.sum[k].times;
        i += left;
        k += right;
    }
    return v;
}

static int atom_new(graph *g, const char *label, int n)
{
    if (g->n == g->cap) {
        const int cap = g->cap ? 2 * g->cap : 16;
        atom *list = room(g, (size_t)cap, sizeof *list);
        if (!list)
            return 0;
        if (g->n)
            memcpy(list, g->atom, sizeof *list * (size_t)g->n);
        g->atom = list;
        g->cap = cap;
    }
    g->atom[g->n] = (atom){.label = label, .n = n, .in = room(g, (size_t)n, sizeof(input))};
    if (g->failed)
        g->atom[g->n].n = 0;
    return g->n++;
}

static const char *label_of(graph *g, const char *format, const char *a, const char *b)
{
    char *label = g->failed ? NULL : hox__arena_printf(g->arena, "%s%s%s", a, format, b);
    g->failed |= !label;
    return label ? label : "";
}

/* ---- from terms to atoms ---- */

static value sequence(graph *g, const hox_term *t, value v);

static value joined(graph *g, hox__join join, const char *fit, const value *in, int n)
{
    static const char *const name[] = {"add", "mul", "concat", "join"};
    value v = in[0];
    if (n == 1)
        return v;
    if (join == HOX__JOIN_ADD && !strcmp(fit, "error")) {
        for (int i = 1; i < n; i++)
            v = plus(g, v, in[i]);
        return v;
    }
    const int a = atom_new(g, label_of(g, "/", name[join], fit), n);
    for (int i = 0; i < n && !g->failed; i++) {
        const int led = !strcmp(fit, "nearest") ? i > 0 : 0;
        g->atom[a].in[i] = (input){join == HOX__JOIN_CONCAT ? i : led, in[i]};
    }
    return single(g, a);
}

static value layer(graph *g, const hox_term *t, value v)
{
    hox__text text = {0};
    hox__canonical_term(&text, t);
    const int a = atom_new(g, label_of(g, "", hox__text_get(&text), ""), 1);
    g->failed |= text.failed;
    hox__text_deinit(&text);
    if (!g->failed)
        g->atom[a].in[0] = (input){0, v};
    return single(g, a);
}

static value parts(graph *g, const hox_term *t, value v)
{
    value *in = room(g, (size_t)t->n, sizeof *in);
    for (int i = 0; i < t->n && !g->failed; i++)
        in[i] = sequence(g, t->part[i], v);
    return g->failed || !t->n ? v : joined(g, hox__join_named(t->name), "error", in, t->n);
}

static value joint(graph *g, const hox_term *t, const hox__term_graph *w, const hox__joint *at,
                   const value *known)
{
    value *in = room(g, (size_t)at->wires, sizeof *in), none = {0};
    for (int i = 0; i < at->wires && !g->failed; i++) {
        in[i] = known[at->wire[i].from];
        if (at->wire[i].edge >= 0)
            in[i] =
                sequence(g, hox__term_graph_part(t, w, HOX__PART_EDGE, at->wire[i].edge), in[i]);
    }
    const hox_term *p =
        at->part == HOX__PART_KINDS ? NULL : hox__term_graph_part(t, w, at->part, at->index);
    const char *fit = hox_term_word(t, "fit", "error");
    if (g->failed)
        return none;
    if (at->part != HOX__PART_JOIN || !p) {
        const value v =
            joined(g, hox__join_named(hox_term_word(t, "join", "add")), fit, in, at->wires);
        return p ? sequence(g, p, v) : v;
    }
    int n;
    const hox_term *const *rest = hox_term_parts(&p, &n);
    value v = joined(g, n ? hox__join_named(rest[0]->name) : HOX__JOIN_UNKNOWN, fit, in, at->wires);
    for (int i = 1; i < n; i++)
        v = sequence(g, rest[i], v);
    return v;
}

static value wired(graph *g, const hox_term *t, const hox__term_graph *w, value v)
{
    hox__circuit c;
    g->failed |= !hox__term_graph_wires(g->arena, t, w, &c);
    value *known = g->failed ? NULL : room(g, (size_t)c.n, sizeof *known);
    if (!known)
        return v;
    known[0] = v;
    for (int j = 1; j < c.n; j++)
        if (c.joint[j].live)
            known[j] = joint(g, t, w, &c.joint[j], known);
    return c.out < 0 ? (value){0} : known[c.out];
}

static bool is_parallel(const hox_term *t)
{
    return t->kind == HOX_TERM_CALL && t->n > 0 && hox__join_named(t->name) != HOX__JOIN_UNKNOWN;
}

static value sequence(graph *g, const hox_term *t, value v)
{
    hox__term_graph w;
    if (g->failed || !t || ++g->depth > DEPTH_MAX) {
        g->failed = true;
        return v;
    }
    if (t->kind == HOX_TERM_CHAIN) {
        for (int i = 0; i < t->n; i++)
            v = sequence(g, t->part[i], v);
    } else if (is_parallel(t)) {
        v = parts(g, t, v);
    } else if (hox__term_graph_of(t, &w)) {
        v = wired(g, t, &w, v);
    } else if (!t->name || strcmp(t->name, "id")) {
        v = layer(g, t, v);
    }
    g->depth--;
    return v;
}

/* ---- colours ---- */

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 29);
}

static uint64_t hash_text(const char *s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *s; s++)
        h = (h ^ (uint8_t)*s) * 0x100000001b3u;
    return mix(h, 1);
}

/* Sums of mixed terms: no order counts. */
static uint64_t colour_of(const graph *g, value v)
{
    uint64_t h = (uint64_t)v.n;
    for (int i = 0; i < v.n; i++)
        h += mix(mix(17, g->atom[v.sum[i].atom].colour), v.sum[i].times);
    return mix(3, h);
}

static int classes(const graph *g, uint64_t *sorted)
{
    int n = 0;
    for (int i = 0; i < g->n; i++) {
        int k = n;
        while (k > 0 && sorted[k - 1] > g->atom[i].colour)
            k--;
        if (k > 0 && sorted[k - 1] == g->atom[i].colour)
            continue;
        memmove(sorted + k + 1, sorted + k, sizeof *sorted * (size_t)(n - k));
        sorted[k] = g->atom[i].colour;
        n++;
    }
    return n;
}

static void refine(graph *g, value out)
{
    uint64_t *next = room(g, (size_t)g->n, sizeof *next),
             *sorted = room(g, (size_t)g->n + 1, sizeof *next);
    int before = 0, now = g->failed ? 0 : classes(g, sorted);
    while (now > before && !g->failed) {
        before = now;
        for (int i = 0; i < g->n; i++)
            next[i] = mix(5, g->atom[i].colour);
        for (int i = 0; i < g->n; i++) {
            const atom *a = &g->atom[i];
            uint64_t below = 0;
            for (int k = 0; k < a->n; k++) {
                below += mix(mix(7, (uint64_t)a->in[k].position), colour_of(g, a->in[k].value));
                for (int j = 0; j < a->in[k].value.n; j++) {
                    const summand s = a->in[k].value.sum[j];
                    next[s.atom] +=
                        mix(mix(mix(11, a->colour), (uint64_t)a->in[k].position), s.times);
                }
            }
            next[i] += mix(13, below);
        }
        for (int k = 0; k < out.n; k++)
            next[out.sum[k].atom] += mix(19, out.sum[k].times);
        for (int i = 0; i < g->n; i++)
            g->atom[i].colour = mix(23, next[i]);
        now = classes(g, sorted);
    }
}

/* ---- text ---- */

static int by_colour(const void *a, const void *b, void *ctx)
{
    const graph *g = ctx;
    const int i = *(const int *)a, k = *(const int *)b;
    const uint64_t x = g->atom[i].colour, y = g->atom[k].colour;
    return x != y ? (x > y) - (x < y) : (i > k) - (i < k);
}

typedef struct {
    int at; /* place of the atom in the order */
    uint64_t times;
} placed;

static int by_place(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static void write_value(graph *g, hox__text *out, value v, const int *place)
{
    placed *list = room(g, (size_t)v.n, sizeof *list);
    for (int i = 0; list && i < v.n; i++)
        list[i] = (placed){place[v.sum[i].atom], v.sum[i].times};
    if (list)
        qsort(list, (size_t)v.n, sizeof *list, by_place);
    for (int i = 0; list && i < v.n; i++)
        hox__text_printf(out, "%s%d*%llu", i ? "+" : "", list[i].at,
                         (unsigned long long)list[i].times);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Inputs of one position in the order of their texts. */
static void write_inputs(graph *g, hox__text *out, const atom *a, const int *place)
{
    const char **text = room(g, (size_t)a->n, sizeof *text);
    for (int k = 0; text && k < a->n; k++) {
        hox__text t = {0};
        hox__text_printf(&t, "%d:", a->in[k].position);
        write_value(g, &t, a->in[k].value, place);
        text[k] = label_of(g, "", hox__text_get(&t), "");
        hox__text_deinit(&t);
    }
    if (!text || g->failed)
        return;
    qsort(text, (size_t)a->n, sizeof *text, by_text);
    for (int k = 0; k < a->n; k++)
        hox__text_printf(out, "%s,", text[k]);
}

static const char *write(graph *g, value v)
{
    int *order = room(g, (size_t)g->n, sizeof *order),
        *place = room(g, (size_t)g->n, sizeof *place);
    hox__text out = {0};
    for (int i = 0; !g->failed && i < g->n; i++)
        order[i] = i;
    if (!g->failed)
        qsort_r(order, (size_t)g->n, sizeof *order, by_colour, g);
    for (int i = 0; !g->failed && i < g->n; i++)
        place[order[i]] = i;
    for (int i = 0; !g->failed && i < g->n; i++) {
        const atom *a = &g->atom[order[i]];
        hox__text_printf(&out, "%s<", a->label);
        write_inputs(g, &out, a, place);
        hox__text_puts(&out, ">;");
    }
    hox__text_puts(&out, "out<");
    if (!g->failed)
        write_value(g, &out, v, place);
    hox__text_puts(&out, ">");
    const char *text = label_of(g, "", hox__text_get(&out), "");
    g->failed |= out.failed;
    hox__text_deinit(&out);
    return text;
}

/* ---- ties ---- */

/* How often b stands in a's inputs, as one number. */
static uint64_t uses(const atom *a, int b)
{
    uint64_t h = 0;
    for (int k = 0; k < a->n; k++)
        for (int j = 0; j < a->in[k].value.n; j++)
            if (a->in[k].value.sum[j].atom == b)
                h += mix(mix(29, (uint64_t)a->in[k].position), a->in[k].value.sum[j].times);
    return h;
}

static bool same_inputs(const atom *a, const atom *b)
{
    if (a->n != b->n)
        return false;
    for (int k = 0; k < a->n; k++) {
        const value x = a->in[k].value, y = b->in[k].value;
        if (a->in[k].position != b->in[k].position || x.n != y.n ||
            (x.n && memcmp(x.sum, y.sum, sizeof *x.sum * (size_t)x.n)))
            return false;
    }
    return true;
}

/* May a and b change places with nothing else moving? */
static bool twins(const graph *g, int a, int b)
{
    if (!same_inputs(&g->atom[a], &g->atom[b]))
        return false;
    for (int i = 0; i < g->n; i++) {
        if (uses(&g->atom[i], a) != uses(&g->atom[i], b))
            return false;
        for (int k = 0; g->atom[i].n > 1 && k < g->atom[i].n;
             k++) /* joins: each in its own input */
            if (uses(&(atom){.n = 1, .in = &g->atom[i].in[k]}, a) !=
                uses(&(atom){.n = 1, .in = &g->atom[i].in[k]}, b))
                return false;
    }
    return true;
}

/* The least colour that several atoms share, but for twins, which are told apart at once. */
static bool tie(graph *g, uint64_t *colour, bool *again)
{
    bool found = false;
    *again = false;
    for (int i = 0; i < g->n; i++)
        for (int k = i + 1; k < g->n; k++) {
            if (g->atom[i].colour != g->atom[k].colour)
                continue;
            if (twins(g, i, k)) {
                g->atom[k].colour = mix(31, g->atom[k].colour);
                *again = true;
                return false;
            }
            if (!found || g->atom[i].colour < *colour)
                *colour = g->atom[i].colour;
            found = true;
        }
    return found;
}

static const char *least(graph *g, value out)
{
    uint64_t colour = 0;
    bool again;
    do {
        refine(g, out);
        if (tie(g, &colour, &again))
            break;
        if (!again)
            return write(g, out);
    } while (again && !g->failed);
    uint64_t *kept = room(g, (size_t)g->n, sizeof *kept);
    const char *best = NULL;
    for (int i = 0; kept && i < g->n; i++)
        kept[i] = g->atom[i].colour;
    for (int i = 0; kept && i < g->n; i++) {
        if (kept[i] != colour || (best && ++g->branches > BRANCHES_MAX))
            continue;
        for (int k = 0; k < g->n; k++)
            g->atom[k].colour = kept[k];
        g->atom[i].colour = mix(37, colour);
        const char *text = least(g, out);
        if (!best || strcmp(text, best) < 0)
            best = text;
    }
    return best ? best : "";
}

/* ---- whole networks ---- */

/* Atom a is a layer that alone reads what comes before it. */
static int only_reader(const graph *g, int a, const bool *gone)
{
    int reader = -1, n = 0;
    for (int i = 0; i < g->n; i++)
        for (int k = 0; !gone[i] && k < g->atom[i].n; k++)
            for (int j = 0; j < g->atom[i].in[k].value.n; j++)
                if (g->atom[i].in[k].value.sum[j].atom == a) {
                    reader = i;
                    n += g->atom[i].n == 1 && g->atom[i].in[k].value.n == 1 &&
                                 g->atom[i].in[k].value.sum[0].times == 1
                             ? 1
                             : 2;
                }
    return n == 1 ? reader : -1;
}

static bool reads_out(value out, int a)
{
    for (int i = 0; i < out.n; i++)
        if (out.sum[i].atom == a)
            return true;
    return false;
}

/* Drops the atoms marked as gone. */
static value compact(graph *g, const bool *gone, int start, value out)
{
    int *to = room(g, (size_t)g->n, sizeof *to), n = 0;
    for (int i = 0; to && i < g->n; i++)
        to[i] = i == start || !gone[i] ? n++ : 0;
    n = 0;
    for (int i = 0; to && i < g->n; i++) {
        if (i != start && gone[i])
            continue;
        atom a = g->atom[i];
        a.n = i == start ? 0 : a.n;
        a.label = i == start ? "in" : a.label;
        for (int k = 0; k < a.n; k++) {
            value v = {a.in[k].value.n, room(g, (size_t)a.in[k].value.n, sizeof *v.sum)};
            for (int j = 0; v.sum && j < v.n; j++)
                v.sum[j] = (summand){to[a.in[k].value.sum[j].atom], a.in[k].value.sum[j].times};
            a.in[k].value = v;
        }
        a.colour = hash_text(a.label);
        g->atom[n++] = a;
    }
    value moved = {out.n, room(g, (size_t)out.n, sizeof *moved.sum)};
    for (int i = 0; to && moved.sum && i < out.n; i++)
        moved.sum[i] = (summand){to[out.sum[i].atom], out.sum[i].times};
    g->n = n;
    return moved;
}

/* Layers in a row before and behind the part that branches are written as a row. */
static void write_graph(graph *g, hox__text *text, value out)
{
    bool *gone = room(g, (size_t)g->n, sizeof *gone);
    const char **behind = room(g, (size_t)g->n, sizeof *behind);
    int start = 0, reader, n_behind = 0;
    if (g->failed)
        return;
    if (out.n == 0) {
        hox__text_puts(text, "zero,");
        return;
    }
    while (!reads_out(out, start) && (reader = only_reader(g, start, gone)) >= 0) {
        hox__text_printf(text, "%s,", g->atom[reader].label);
        gone[start] = true;
        start = reader;
    }
    while (out.n == 1 && out.sum[0].times == 1 && out.sum[0].atom != start &&
           g->atom[out.sum[0].atom].n == 1) {
        bool read = false;
        const int last = out.sum[0].atom;
        for (int i = 0; i < g->n; i++)
            read |= !gone[i] && i != last && uses(&g->atom[i], last) != 0;
        if (read)
            break;
        behind[n_behind++] = g->atom[last].label;
        gone[last] = true;
        out = g->atom[last].in[0].value;
    }
    if (out.n != 1 || out.sum[0].atom != start || out.sum[0].times != 1) {
        out = compact(g, gone, start, out);
        hox__text_printf(text, "{%s},", g->failed ? "" : least(g, out));
    }
    while (n_behind)
        hox__text_printf(text, "%s,", behind[--n_behind]);
}

static void branching(hox__text *out, const hox_term *t)
{
    graph g = {.arena = hox__arena_new(MEMORY_MAX)};
    if (g.arena) {
        atom_new(&g, "in", 0);
        const value v = sequence(&g, t, single(&g, 0));
        const size_t before = out->len;
        write_graph(&g, out, v);
        if (g.failed && out->data)
            out->data[out->len = before] = 0;
    }
    if (!g.arena || g.failed) /* too large: as it is written */
        hox__canonical_term(out, t);
    hox__arena_free(g.arena);
}

void hox__canonical_network(hox__text *out, const hox_term *t)
{
    int n;
    hox__term_graph w;
    const hox_term *const *part = hox_term_parts(&t, &n);
    for (int i = 0; i < n; i++) {
        if (is_parallel(part[i]) || hox__term_graph_of(part[i], &w)) {
            branching(out, part[i]);
        } else if (part[i]->kind == HOX_TERM_CHAIN) {
            hox__canonical_network(out, part[i]);
        } else if (!part[i]->name || strcmp(part[i]->name, "id")) {
            hox__canonical_term(out, part[i]);
            hox__text_putc(out, ',');
        }
    }
}
