#include "space/wiring.h"
#include <string.h>

int hox__form_edge(int from, int to)
{
    return to * (to - 1) / 2 + from;
}

int hox__form_parts(const hox__form *f, hox__part_kind kind)
{
    const bool dag = f->wiring == HOX__WIRED_DAG, cell = f->wiring == HOX__WIRED_CELL;
    const bool tree = f->wiring == HOX__WIRED_TREE || cell;
    switch (kind) {
    case HOX__PART_EDGE:
        return tree ? 0 : f->n * (f->n - 1) / 2;
    case HOX__PART_NODE:
        return !dag || f->ends != HOX__ENDS_FIXED ? f->n : f->n > 2 ? f->n - 2 : 0;
    case HOX__PART_JOIN:
        return tree ? f->n - 1 : 0;
    case HOX__PART_FIRST:
        return dag || cell;
    case HOX__PART_LAST:
        return dag && (f->ends != HOX__ENDS_FIXED || f->n > 1);
    case HOX__PART_KINDS:
        break;
    }
    return 0;
}

/* ---- circuits ---- */

typedef struct {
    hox__arena *arena;
    hox__circuit *c;
    bool failed;
} maker;

static int joint(maker *m, hox__part_kind part, int index, int wires_max)
{
    hox__joint *j = &m->c->joint[m->c->n];
    *j = (hox__joint){.live = true, .part = part, .index = index};
    j->wire = HOX__NEW_N(m->arena, hox__wire, wires_max ? wires_max : 1);
    m->failed |= !j->wire;
    return m->c->n++;
}

static void wire(maker *m, int to, int from, int edge)
{
    hox__joint *j = &m->c->joint[to];
    if (!m->failed)
        j->wire[j->wires++] = (hox__wire){from, edge};
}

/* What no input reaches and what reaches no output is dead. */
static void prune(hox__circuit *c)
{
    for (int j = 1; j < c->n; j++) {
        hox__joint *to = &c->joint[j];
        int kept = 0;
        for (int i = 0; i < to->wires; i++)
            if (c->joint[to->wire[i].from].live)
                to->wire[kept++] = to->wire[i];
        to->wires = kept;
        to->live = kept > 0;
    }
    if (!c->joint[c->out].live)
        c->out = -1;
    for (int j = 0; j < c->n; j++)
        c->joint[j].index = c->joint[j].live ? c->joint[j].index : -1;
    for (int j = 0; j < c->n; j++)
        c->joint[j].live = j == c->out;
    for (int j = c->n - 1; j > 0; j--)
        for (int i = 0; c->joint[j].live && i < c->joint[j].wires; i++)
            c->joint[c->joint[j].wire[i].from].live = true;
}

static void fixed(maker *m, int n, const bool *present)
{
    wire(m, joint(m, HOX__PART_FIRST, 0, 1), 0, -1);
    for (int v = 1; v < n; v++) {
        const bool last = v == n - 1;
        const int to = joint(m, last ? HOX__PART_LAST : HOX__PART_NODE, last ? 0 : v - 1, v);
        for (int u = 0; u < v; u++)
            if (present[hox__form_edge(u, v)])
                wire(m, to, u + 1, hox__form_edge(u, v));
    }
    m->c->out = n;
}

static void ended(maker *m, int n, bool isolate, const bool *present)
{
    wire(m, joint(m, HOX__PART_FIRST, 0, 1), 0, -1);
    const int out = n + 2;
    bool any = false;
    for (int v = 0; v < n; v++) {
        bool in = false, leads = false;
        const int to = joint(m, HOX__PART_NODE, v, v + 1);
        for (int u = 0; u < v; u++)
            if (present[hox__form_edge(u, v)]) {
                wire(m, to, u + 2, hox__form_edge(u, v));
                in = true;
            }
        for (int u = v + 1; u < n; u++)
            leads |= present[hox__form_edge(v, u)];
        if (!in && (leads || !isolate))
            wire(m, to, 1, -1);
        any |= in || leads || !isolate;
    }
    joint(m, HOX__PART_LAST, 0, n);
    for (int v = 0; v < n; v++) {
        bool leads = false;
        for (int u = v + 1; u < n; u++)
            leads |= present[hox__form_edge(v, u)];
        if (!leads && (m->failed || m->c->joint[v + 2].wires))
            wire(m, out, v + 2, -1);
    }
    m->c->out = any ? out : 1;
}

static void chain(maker *m, int n, const bool *present)
{
    for (int b = 0; b < n; b++) {
        const int to = joint(m, HOX__PART_NODE, b, b + 1);
        wire(m, to, b, -1);
        for (int a = 0; a < b; a++)
            if (present[hox__form_edge(a, b)])
                wire(m, to, a, hox__form_edge(a, b));
    }
    m->c->out = n;
}

static void tree(maker *m, int n)
{
    int row[HOX__FORM_MAX], width = n, joins = 0;
    for (int i = 0; i < n; i++)
        wire(m, row[i] = joint(m, HOX__PART_NODE, i, 1), 0, -1);
    while (width > 1) {
        int next = 0;
        for (int i = 0; i + 1 < width; i += 2) {
            const int to = joint(m, HOX__PART_JOIN, joins++, 2);
            wire(m, to, row[i], -1);
            wire(m, to, row[i + 1], -1);
            row[next++] = to;
        }
        if (width % 2)
            row[next++] = row[width - 1];
        width = next;
    }
    m->c->out = width ? row[0] : 0;
}

bool hox__circuit_build(hox__arena *arena, const hox__form *f, const bool *present, hox__circuit *c)
{
    maker m = {arena, c, false};
    *c = (hox__circuit){.joint = HOX__NEW_N(arena, hox__joint, 2 * f->n + 3)};
    if (!c->joint)
        return false;
    joint(&m, HOX__PART_KINDS, 0, 0);
    if (f->wiring == HOX__WIRED_CHAIN)
        chain(&m, f->n, present);
    else if (f->wiring == HOX__WIRED_TREE || f->wiring == HOX__WIRED_CELL)
        tree(&m, f->n);
    else if (f->ends == HOX__ENDS_FIXED)
        fixed(&m, f->n, present);
    else
        ended(&m, f->n, f->ends == HOX__ENDS_FREE, present);
    if (!m.failed)
        prune(c);
    return !m.failed;
}

/* ---- coming together ---- */

static int named(const char *word, const char *const *names, int n)
{
    int i = 0;
    while (i < n && (!word || strcmp(names[i], word)))
        i++;
    return i;
}

hox__join hox__join_named(const char *word)
{
    static const char *const names[] = {"add", "mul", "concat"};
    return (hox__join)named(word, names, 3);
}

hox__fit hox__fit_named(const char *word)
{
    static const char *const names[] = {"error", "pad", "pool", "nearest"};
    return (hox__fit)named(word, names, 4);
}

static double pick(hox__fit fit, double a, double b)
{
    if (fit == HOX__FIT_PAD)
        return a > b ? a : b;
    return fit == HOX__FIT_POOL && b < a ? b : a;
}

bool hox__fit_target(hox__join join, hox__fit fit, const hox__extent *in, int n,
                     hox__extent *target, hox__extent *out)
{
    const int last = in[0].rank - 1;
    double channels = in[0].dim[last], sum = channels;
    *target = in[0];
    for (int i = 1; i < n; i++) {
        if (in[i].rank != in[0].rank)
            return false;
        for (int k = 0; k < last; k++) {
            if (fit == HOX__FIT_ERROR && in[i].dim[k] != target->dim[k])
                return false;
            target->dim[k] = pick(fit, target->dim[k], in[i].dim[k]);
        }
        const double c = in[i].dim[last];
        if (fit == HOX__FIT_ERROR && join != HOX__JOIN_CONCAT && c != channels)
            return false;
        if (fit != HOX__FIT_NEAREST && c > channels)
            channels = c;
        sum += c;
    }
    target->dim[last] = channels;
    *out = *target;
    if (join == HOX__JOIN_CONCAT)
        out->dim[last] = sum;
    return true;
}

bool hox__fit_projects(hox__join join, hox__fit fit, const hox__extent *in,
                       const hox__extent *target)
{
    return fit == HOX__FIT_POOL && join != HOX__JOIN_CONCAT &&
           in->dim[in->rank - 1] != target->dim[target->rank - 1];
}
