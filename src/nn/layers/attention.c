/* Attention of a sequence to itself (Vaswani et al., NeurIPS 2017, section 3.2): each of `heads`
 * heads has width / heads columns of queries, keys and values.
 *
 *   head = softmax(Q K^T / sqrt(width / heads)) V        y = concat(heads) W_out + b_out
 *
 * Weights: weight [3 width, width] (queries, keys, values), bias [3 width], out [width, width],
 * out_bias [width].
 */
#include "nn/layers.h"
#include <math.h>

static const float never = -1e9f;

/* 0 on and below the diagonal, `never` above: blocks of halves, so that the nodes are few. */
static hox__node mask(hox__graph *g, int64_t n)
{
    if (n == 1)
        return hox__constant(g, HOX__SHAPE(1, 1), 0);
    const int64_t a = n / 2, b = n - a;
    const hox__node first = mask(g, a), second = a == b ? first : mask(g, b);
    const hox__node above[] = {first, hox__constant(g, HOX__SHAPE(a, b), never)},
                    below[] = {hox__constant(g, HOX__SHAPE(b, a), 0), second};
    const hox__node rows[] = {hox__concat(g, above, 2, 1), hox__concat(g, below, 2, 1)};
    return hox__concat(g, rows, 2, 0);
}

static hox__node product(const hox__site *site, hox__node x, const char *part, const char *bias,
                         int64_t units)
{
    const int64_t in = hox__node_shape(site->g, x)->dim[1];
    const hox__wish wish = {.part = part,
                            .shape = HOX__SHAPE(units, in),
                            .fan_in = in,
                            .fan_out = in, /* each of queries, keys and values is a square */
                            .trained = true,
                            .decayed = true};
    const hox__node y = hox__matmul(site->g, x, hox__site_weight(site, &wish), false, true);
    return hox__site_bias(site, y, bias, 0);
}

/* Queries, keys or values, [n * heads, length, width / heads], of all [3, n, heads, length, d]. */
static hox__node third(hox__graph *g, hox__node all, int k)
{
    const int64_t *d = hox__node_shape(g, all)->dim;
    return hox__reshape(g, hox__slice(g, all, 0, k, k + 1), HOX__SHAPE(d[1] * d[2], d[3], d[4]));
}

hox__node hox__layer_attention(const hox__site *site, hox__node x)
{
    hox__graph *g = site->g;
    int64_t heads;
    if (!hox__site_sequence(site, x) ||
        !hox__site_int(site, "heads", (hox__bounds){1, 256, 1, -1}, &heads))
        return HOX__NONE;
    const hox__shape shape = *hox__node_shape(g, x);
    const int64_t n = shape.dim[0], length = shape.dim[1], width = shape.dim[2], d = width / heads;
    if (width % heads)
        return hox__site_fail(site, "%lld heads do not divide a width of %lld", (long long)heads,
                              (long long)width);
    const hox__node rows = hox__reshape(g, x, HOX__SHAPE(n * length, width));
    const hox__node three = hox__reshape(g, product(site, rows, "weight", "bias", 3 * width),
                                         HOX__SHAPE(n, length, 3, heads, d));
    const hox__node all = hox__permute(g, three, (const int[]){2, 0, 3, 1, 4});
    hox__node score = hox__matmul(g, third(g, all, 0), third(g, all, 1), false, true);
    score = hox__mul(g, hox__constant(g, HOX__SCALAR, 1 / sqrtf((float)d)), score);
    if (hox__site_yes(site, "causal", false)) {
        const hox__node hidden = hox__reshape(g, mask(g, length), HOX__SHAPE(1, length, length));
        score = hox__add(g, score, hox__expand(g, hidden, HOX__SHAPE(n * heads, length, length)));
    }
    const hox__node seen = hox__matmul(g, hox__softmax(g, score), third(g, all, 2), false, false);
    const hox__node back = hox__permute(g, hox__reshape(g, seen, HOX__SHAPE(n, heads, length, d)),
                                        (const int[]){0, 2, 1, 3});
    const hox__node y = product(site, hox__reshape(g, back, HOX__SHAPE(n * length, width)), "out",
                                "out_bias", width);
    return hox__reshape(g, y, shape);
}
