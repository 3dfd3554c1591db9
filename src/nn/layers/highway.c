/* highway(part): t part(x) + (1 - t) x with t = s(W x + b), b starting at -1 so that at first most
 * passes by (Srivastava, Greff, Schmidhuber, NIPS 2015). The gate of an image is a 1x1 convolution,
 * that of a sequence the same product at every step. */
#include "nn/layers.h"
#include <string.h>

static hox__node gate(const hox__site *site, hox__node x)
{
    hox__graph *g = site->g;
    const hox__shape shape = *hox__node_shape(g, x);
    const bool image = shape.rank == 4;
    const int64_t c = shape.dim[image ? 1 : shape.rank - 1];
    const hox__wish wish = {.part = "weight",
                            .shape = image ? HOX__SHAPE(c, c, 1, 1) : HOX__SHAPE(c, c),
                            .fan_in = c,
                            .fan_out = c,
                            .trained = true,
                            .decayed = true};
    const hox__node w = hox__site_weight(site, &wish);
    if (image)
        return hox__site_bias(site, hox__conv(g, x, w, (hox__window){1, 1, 0, 0, 0, 0, 1, 0, 0}),
                              "bias", -1);
    const hox__node rows = hox__rows(g, x);
    const hox__node y = hox__site_bias(site, hox__matmul(g, rows, w, false, true), "bias", -1);
    return hox__reshape(g, y, shape);
}

hox__node hox__layer_highway(const hox__site *site, hox__node x)
{
    hox__graph *g = site->g;
    if (site->term->n < 1)
        return hox__site_fail(site, "takes a network");
    if (hox__is_tokens(site, x))
        return hox__site_fail(site, "needs numbers, here are tokens");
    const hox__node y = hox__build_chain(site->build, site->term->part[0], x);
    if (y == HOX__NONE)
        return y;
    const hox__shape *a = hox__node_shape(g, x), *b = hox__node_shape(g, y);
    if (a->rank != b->rank || memcmp(a->dim, b->dim, (size_t)a->rank * sizeof a->dim[0]) != 0)
        return hox__site_fail(site, "gets %s and its network gives %s", hox__size_of(g, x).text,
                              hox__size_of(g, y).text);
    const hox__node t = hox__sigmoid(g, gate(site, x));
    return hox__add(g, x, hox__mul(g, t, hox__sub(g, y, x)));
}
