/* Recurrent cells that are trees, unrolled. Zoph, Le, ICLR 2017, section 3.4:
 *
 *   leaf k      p_k = join_k(W_k x, U_k h),  a_k = act_k(p_k)
 *   inject      a_m = act(join(a_m, c)), m = `at`, before anybody reads a_m
 *   join j      p = join_j(a_left, a_right), a = act_j(p)       no weights
 *   next        h' = a of the root,  c' = p_q, q = `read`
 *
 * Weights: input [leaves * units, width], state [leaves * units, units]. States start at 0.
 */
#include "nn/layers.h"
#include <string.h>

enum { LEAVES_MAX = 32, PARTS_MAX = 2 * LEAVES_MAX - 1 };

typedef struct {
    const hox__site *site;
    hox__graph *g;
    int64_t n, length, width, units, leaves, read, at;
    const hox_term *leaf, *join, *inject;
    hox__node h, c, state;
} cell;

static bool begin(cell *r, hox__node x)
{
    const hox__site *site = r->site;
    if (!hox__site_sequence(site, x))
        return false;
    const int64_t *d = hox__node_shape(r->g, x)->dim;
    r->n = d[0];
    r->length = d[1];
    r->width = d[2];
    if (!hox__site_int(site, "units", (hox__bounds){1, 4096, -1, d[2]}, &r->units) ||
        !hox__site_int(site, "leaves", (hox__bounds){1, LEAVES_MAX, -1, -1}, &r->leaves) ||
        !hox__site_int(site, "read", (hox__bounds){0, 2 * r->leaves - 2, 0, -1}, &r->read) ||
        !hox__site_int(site, "at", (hox__bounds){0, r->leaves - 1, 0, -1}, &r->at))
        return false;
    r->leaf = hox_term_get(site->term, "leaf");
    r->join = hox_term_get(site->term, "join");
    r->inject = hox_term_get(site->term, "inject");
    if (r->length > HOX__STEPS_MAX)
        hox__site_fail(site, "takes at most %d steps, here are %lld", HOX__STEPS_MAX,
                       (long long)r->length);
    else if (!r->leaf || !r->inject || (r->leaves > 1 && !r->join))
        hox__site_fail(site, "lacks its parts");
    else
        return true;
    return false;
}

static hox__node matrix(const cell *r, const char *part, int64_t columns)
{
    const hox__wish wish = {.part = part,
                            .shape = HOX__SHAPE(r->leaves * r->units, columns),
                            .fan_in = columns,
                            .fan_out = r->units,
                            .trained = true,
                            .decayed = true};
    return hox__site_weight(r->site, &wish);
}

static const hox_term *place(const hox_term *t, int64_t i)
{
    return t->kind != HOX_TERM_LIST ? t : i < t->n ? t->part[i] : NULL;
}

/* add or mul of a and b, then the layers behind it; *joined is what was joined. */
static hox__node part(const cell *r, const hox_term *term, hox__node a, hox__node b,
                      hox__node *joined)
{
    int n = 0;
    const hox_term *const *t = term ? hox_term_parts(&term, &n) : NULL;
    const char *word = n && t[0]->name ? t[0]->name : "";
    if (strcmp(word, "add") && strcmp(word, "mul"))
        return hox__site_fail(r->site, "needs parts that begin with add or mul");
    hox__node y = *word == 'a' ? hox__add(r->g, a, b) : hox__mul(r->g, a, b);
    *joined = y;
    for (int i = 1; i < n && y != HOX__NONE; i++)
        y = hox__build_chain(r->site->build, t[i], y);
    return y;
}

static hox__node columns(const cell *r, hox__node all, int64_t k)
{
    return hox__slice(r->g, all, 1, k * r->units, (k + 1) * r->units);
}

/* Neighbours in pairs, level by level; an odd one moves up (space/wiring.h). */
static hox__node joins(const cell *r, hox__node *a, hox__node *joined)
{
    int64_t row[LEAVES_MAX], width = r->leaves, made = r->leaves;
    for (int64_t i = 0; i < width; i++)
        row[i] = i;
    while (width > 1) {
        int64_t next = 0;
        for (int64_t i = 0; i + 1 < width; i += 2, made++) {
            a[made] =
                part(r, place(r->join, made - r->leaves), a[row[i]], a[row[i + 1]], &joined[made]);
            if (a[made] == HOX__NONE)
                return HOX__NONE;
            row[next++] = made;
        }
        if (width % 2)
            row[next++] = row[width - 1];
        width = next;
    }
    return a[row[0]];
}

/* in [n, leaves * units] is W x of one step. */
static bool step(cell *r, hox__node in)
{
    hox__node a[PARTS_MAX], joined[PARTS_MAX], ignored;
    const hox__node own = hox__matmul(r->g, r->h, r->state, false, true);
    for (int64_t k = 0; k < r->leaves; k++) {
        a[k] = part(r, place(r->leaf, k), columns(r, in, k), columns(r, own, k), &joined[k]);
        if (a[k] != HOX__NONE && k == r->at)
            a[k] = part(r, r->inject, a[k], r->c, &ignored);
        if (a[k] == HOX__NONE)
            return false;
    }
    r->h = joins(r, a, joined);
    r->c = r->h == HOX__NONE ? HOX__NONE : joined[r->read];
    return r->h != HOX__NONE;
}

hox__node hox__layer_treecell(const hox__site *site, hox__node x)
{
    hox__graph *g = site->g;
    cell r = {.site = site, .g = g};
    hox__node out[HOX__STEPS_MAX];
    if (!begin(&r, x))
        return HOX__NONE;
    const hox__node flat = hox__reshape(g, hox__permute(g, x, (const int[]){1, 0, 2}),
                                        HOX__SHAPE(r.length * r.n, r.width));
    const hox__node in = hox__matmul(g, flat, matrix(&r, "input", r.width), false, true);
    r.state = matrix(&r, "state", r.units);
    r.h = r.c = hox__constant(g, HOX__SHAPE(r.n, r.units), 0);
    const size_t length = site->build->trail.len;
    for (int64_t t = 0; t < r.length; t++) {
        if (!step(&r, hox__slice(g, in, 0, t * r.n, (t + 1) * r.n)))
            return HOX__NONE;
        hox__build_back(site->build, length);
        out[t] = r.h;
    }
    const hox__node all = r.length == 1 ? out[0] : hox__concat(g, out, (int)r.length, 0);
    return hox__permute(g, hox__reshape(g, all, HOX__SHAPE(r.length, r.n, r.units)),
                        (const int[]){1, 0, 2});
}
