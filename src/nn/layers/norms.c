/* Normalizations that need no statistics of the batch: the same in training and answering.
 *
 *   layernorm     over all of one example (images) or each position (vectors, sequences)
 *                 (Ba, Kiros, Hinton 2016)
 *   groupnorm     over groups of channels of an image (Wu, He, ECCV 2018)
 *   instancenorm  over each channel of an image (Ulyanov, Vedaldi, Lempitsky 2016)
 *   lrn           local response normalization across channels (Krizhevsky, Sutskever, Hinton, NIPS
 *                 2012, section 3.3)
 *
 * The first three end with a scale and a shift for each channel.
 */
#include "nn/layers.h"

static hox__node vector(const hox__site *site, const char *part, int64_t n, float initial)
{
    return hox__site_weight(
        site,
        &(hox__wish){.part = part, .shape = HOX__SHAPE(n), .initial = initial, .trained = true});
}

/* x [n, c, h, w] with mean 0 and variance 1 in each of `groups` groups, then scaled and shifted. */
static hox__node by_groups(const hox__site *site, hox__node x, int64_t groups)
{
    hox__graph *g = site->g;
    const hox__shape shape = *hox__node_shape(g, x);
    const int64_t *d = shape.dim, c = d[1];
    if (c % groups)
        return hox__site_fail(site, "%lld groups do not divide %lld channels", (long long)groups,
                              (long long)c);
    const hox__node split = hox__reshape(g, x, HOX__SHAPE(d[0], groups, c / groups * d[2] * d[3]));
    const hox__node white = hox__reshape(g, hox__whiten(g, split, 4), shape);
    const hox__shape row = HOX__SHAPE(1, c, 1, 1);
    const hox__node scale = hox__reshape(g, vector(site, "scale", c, 1), row),
                    shift = hox__reshape(g, vector(site, "shift", c, 0), row);
    return hox__add(g, hox__mul(g, white, hox__expand(g, scale, shape)),
                    hox__expand(g, shift, shape));
}

hox__node hox__layer_layernorm(const hox__site *site, hox__node x)
{
    const hox__shape *shape = hox__node_shape(site->g, x);
    if (shape->rank == 4)
        return by_groups(site, x, 1);
    const int64_t width = shape->dim[shape->rank - 1];
    const hox__node scale = vector(site, "scale", width, 1);
    return hox__row_norm(site->g, x, scale, vector(site, "shift", width, 0));
}

hox__node hox__layer_groupnorm(const hox__site *site, hox__node x)
{
    int64_t groups;
    if (!hox__site_image(site, x) ||
        !hox__site_int(site, "groups", (hox__bounds){1, 4096, 8, -1}, &groups))
        return HOX__NONE;
    return by_groups(site, x, groups);
}

hox__node hox__layer_instancenorm(const hox__site *site, hox__node x)
{
    return hox__site_image(site, x) ? by_groups(site, x, hox__node_shape(site->g, x)->dim[1])
                                    : HOX__NONE;
}

/* x / (k + alpha sum of x^2 over `size` neighbouring channels) ^ beta: the sum is a convolution
 * with ones along the channels. */
hox__node hox__layer_lrn(const hox__site *site, hox__node x)
{
    hox__graph *g = site->g;
    int64_t size;
    if (!hox__site_image(site, x) ||
        !hox__site_int(site, "size", (hox__bounds){1, 63, 5, -1}, &size))
        return HOX__NONE;
    const hox__shape shape = *hox__node_shape(g, x);
    const int64_t *d = shape.dim;
    const hox__node square =
        hox__reshape(g, hox__mul(g, x, x), HOX__SHAPE(d[0], 1, d[1], d[2] * d[3]));
    const hox__node ones = hox__constant(g, HOX__SHAPE(1, 1, size, 1), 1);
    const hox__window window = {1, 1, size / 2, size / 2, 0, 0, 1, 0, 0};
    const hox__node sum = hox__reshape(g, hox__conv(g, square, ones, window), shape);
    const double alpha = hox_term_number(site->term, "alpha", 1e-4),
                 beta = hox_term_number(site->term, "beta", 0.75),
                 k = hox_term_number(site->term, "k", 2);
    if (!(k > 0 && alpha >= 0))
        return hox__site_fail(site, "needs k above 0 and alpha of at least 0");
    const hox__node below = hox__add(g, hox__constant(g, HOX__SCALAR, (float)k),
                                     hox__mul(g, hox__constant(g, HOX__SCALAR, (float)alpha), sum));
    const hox__node power =
        hox__mul(g, hox__constant(g, HOX__SCALAR, (float)-beta), hox__log_(g, below));
    return hox__mul(g, x, hox__exp_(g, power));
}
