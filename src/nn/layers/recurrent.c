/* Recurrent layers, unrolled: what depends on the input alone is one product over all steps before
 * them. Weights: input [gates * units, width], state [gates * units, units], bias [gates * units].
 *
 *   rnn   h' = act(W x + U h + b)                                    (Elman 1990)
 *   gru   r, z = s(...);  c = tanh(W x + b + r (U h + b'));  h' = (1 - z) c + z h
 *                                                                    (Cho et al., EMNLP 2014)
 *   lstm  f, i, c, o = ...;  m' = s(f) m + s(i) tanh(c);  h' = s(o) tanh(m')
 *                                                     (Hochreiter, Schmidhuber 1997; Gers 2000)
 *
 * Rows of the weights are in these orders: gru r, z, c; lstm f, i, c, o. The bias of f starts at 1
 * (Jozefowicz, Zaremba, Sutskever, ICML 2015). Weights start uniform with variance
 * 1 / (3 units). States start at 0.
 */
#include "nn/layers.h"
#include <string.h>

typedef struct {
    const hox__site *site;
    hox__graph *g;
    int64_t n, length, units;
    hox__node state_weight, state_bias; /* state_bias: gru */
    hox__node h, memory;                /* [n, units]; memory: lstm */
} run;

/* One step: `in` [n, gates * units] is W x + b. Sets h and memory. */
typedef void cell(run *r, hox__node in);

static hox__node weight(const hox__site *site, const char *part, int64_t rows, int64_t columns,
                        int64_t units)
{
    const hox__wish wish = {.part = part,
                            .shape = HOX__SHAPE(rows, columns),
                            .fan_in = units,
                            .fan_out = 5 * units, /* uniform within sqrt(1 / units) */
                            .trained = true,
                            .decayed = true};
    return hox__site_weight(site, &wish);
}

static hox__node vector(const hox__site *site, const char *part, int64_t n, float initial)
{
    const hox__wish wish = {
        .part = part, .shape = HOX__SHAPE(n), .initial = initial, .trained = true};
    return hox__site_weight(site, &wish);
}

/* x [n, length, width] -> W x + b of every step, [length, n, rows]: steps lie together. */
static hox__node ahead(const run *r, hox__node x, int64_t rows, hox__node bias)
{
    hox__graph *g = r->g;
    const int64_t width = hox__node_shape(g, x)->dim[2];
    const hox__node w = weight(r->site, "input", rows, width, r->units);
    const hox__node steps = hox__reshape(g, hox__permute(g, x, (const int[]){1, 0, 2}),
                                         HOX__SHAPE(r->length * r->n, width));
    const hox__node y = hox__matmul(g, steps, w, false, true);
    const hox__node row = hox__reshape(g, bias, HOX__SHAPE(1, rows));
    return hox__add(g, y, hox__expand(g, row, HOX__SHAPE(r->length * r->n, rows)));
}

/* Columns of gate `k`. */
static hox__node gate(const run *r, hox__node all, int k)
{
    return hox__slice(r->g, all, 1, k * r->units, (k + 1) * r->units);
}

static hox__node with_state(const run *r, hox__node in)
{
    return hox__add(r->g, in, hox__matmul(r->g, r->h, r->state_weight, false, true));
}

/* Every step in turn; the states stand side by side in [n, length, units]. */
static hox__node steps(run *r, hox__node in, cell *one)
{
    hox__graph *g = r->g;
    hox__node part[HOX__STEPS_MAX];
    r->h = r->memory = hox__constant(g, HOX__SHAPE(r->n, r->units), 0);
    for (int64_t t = 0; t < r->length; t++) {
        one(r, hox__slice(g, in, 0, t * r->n, (t + 1) * r->n));
        part[t] = r->h;
    }
    const hox__node all = r->length == 1 ? part[0] : hox__concat(g, part, (int)r->length, 0);
    return hox__permute(g, hox__reshape(g, all, HOX__SHAPE(r->length, r->n, r->units)),
                        (const int[]){1, 0, 2});
}

static bool begin(const hox__site *site, hox__node x, run *r)
{
    if (!hox__site_sequence(site, x))
        return false;
    const int64_t *d = hox__node_shape(site->g, x)->dim;
    *r = (run){.site = site, .g = site->g, .n = d[0], .length = d[1]};
    if (!hox__site_int(site, "units", (hox__bounds){1, 4096, -1, d[2]}, &r->units))
        return false;
    if (r->length <= HOX__STEPS_MAX)
        return true;
    hox__site_fail(site, "takes at most %d steps, here are %lld", HOX__STEPS_MAX,
                   (long long)r->length);
    return false;
}

/* ---- rnn ---- */

static void rnn_tanh(run *r, hox__node in)
{
    r->h = hox__tanh_(r->g, with_state(r, in));
}

static void rnn_relu(run *r, hox__node in)
{
    r->h = hox__relu(r->g, with_state(r, in));
}

hox__node hox__layer_rnn(const hox__site *site, hox__node x)
{
    run r;
    if (!begin(site, x, &r))
        return HOX__NONE;
    const bool relu = strcmp(hox_term_word(site->term, "act", "tanh"), "relu") == 0;
    const hox__node in = ahead(&r, x, r.units, vector(site, "bias", r.units, 0));
    r.state_weight = weight(site, "state", r.units, r.units, r.units);
    return steps(&r, in, relu ? rnn_relu : rnn_tanh);
}

/* ---- gru ---- */

static void gru(run *r, hox__node in)
{
    hox__graph *g = r->g;
    const hox__node own = hox__matmul(g, r->h, r->state_weight, false, true);
    const hox__node reset = hox__sigmoid(g, hox__add(g, gate(r, in, 0), gate(r, own, 0))),
                    keep = hox__sigmoid(g, hox__add(g, gate(r, in, 1), gate(r, own, 1)));
    const hox__node bias = hox__expand(g, hox__reshape(g, r->state_bias, HOX__SHAPE(1, r->units)),
                                       HOX__SHAPE(r->n, r->units));
    const hox__node old = hox__mul(g, reset, hox__add(g, gate(r, own, 2), bias));
    const hox__node fresh = hox__tanh_(g, hox__add(g, gate(r, in, 2), old));
    r->h = hox__add(g, fresh, hox__mul(g, keep, hox__sub(g, r->h, fresh)));
}

hox__node hox__layer_gru(const hox__site *site, hox__node x)
{
    run r;
    if (!begin(site, x, &r))
        return HOX__NONE;
    const hox__node in = ahead(&r, x, 3 * r.units, vector(site, "bias", 3 * r.units, 0));
    r.state_weight = weight(site, "state", 3 * r.units, r.units, r.units);
    r.state_bias = vector(site, "state_bias", r.units, 0);
    return steps(&r, in, gru);
}

/* ---- lstm ---- */

static void lstm(run *r, hox__node in)
{
    hox__graph *g = r->g;
    const hox__node all = with_state(r, in);
    const hox__node kept = hox__mul(g, hox__sigmoid(g, gate(r, all, 0)), r->memory);
    const hox__node fresh =
        hox__mul(g, hox__sigmoid(g, gate(r, all, 1)), hox__tanh_(g, gate(r, all, 2)));
    r->memory = hox__add(g, kept, fresh);
    r->h = hox__mul(g, hox__sigmoid(g, gate(r, all, 3)), hox__tanh_(g, r->memory));
}

hox__node hox__layer_lstm(const hox__site *site, hox__node x)
{
    run r;
    if (!begin(site, x, &r))
        return HOX__NONE;
    const hox__node bias[] = {vector(site, "forget", r.units, 1),
                              vector(site, "bias", 3 * r.units, 0)};
    const hox__node in = ahead(&r, x, 4 * r.units, hox__concat(site->g, bias, 2, 0));
    r.state_weight = weight(site, "state", 4 * r.units, r.units, r.units);
    return steps(&r, in, lstm);
}

/* ---- recurrent(cell) ---- */

/* A cell that is a network: what it makes of the input beside the state is the next state. Its
 * paths are the same at every step, and so are its weights. */
hox__node hox__layer_recurrent(const hox__site *site, hox__node x)
{
    run r;
    hox__node part[HOX__STEPS_MAX];
    const hox_term *net = site->term->n > 0 ? hox_term_get(site->term, "cell") : NULL;
    if (!begin(site, x, &r))
        return HOX__NONE;
    if (!net)
        return hox__site_fail(site, "takes a network as its cell");
    hox__graph *g = r.g;
    const int64_t width = hox__node_shape(g, x)->dim[2];
    const size_t length = site->build->trail.len;
    r.h = hox__constant(g, HOX__SHAPE(r.n, r.units), 0);
    for (int64_t t = 0; t < r.length; t++) {
        const hox__node now =
            hox__reshape(g, hox__slice(g, x, 1, t, t + 1), HOX__SHAPE(r.n, width));
        const hox__node both[] = {now, r.h};
        r.h = part[t] = hox__build_chain(site->build, net, hox__concat(g, both, 2, 1));
        if (r.h == HOX__NONE)
            return HOX__NONE;
        const hox__shape *shape = hox__node_shape(g, r.h);
        if (shape->rank != 2 || shape->dim[1] != r.units)
            return hox__site_fail(site, "has a state of %lld and its cell gives %s",
                                  (long long)r.units, hox__size_of(g, r.h).text);
        hox__build_back(site->build, length);
    }
    const hox__node all = r.length == 1 ? part[0] : hox__concat(g, part, (int)r.length, 0);
    return hox__permute(g, hox__reshape(g, all, HOX__SHAPE(r.length, r.n, r.units)),
                        (const int[]){1, 0, 2});
}
