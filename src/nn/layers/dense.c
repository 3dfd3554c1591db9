/* dense, norm, dropout and what only changes the shape. Weights of products [out, in] start as
 * Glorot and Bengio (AISTATS 2010) say: uniform with variance 2 / (fan_in + fan_out). */
#include "nn/layers.h"

/* How much of a running statistic stays at each step. */
static const float keep = 0.9f;

hox__node hox__flat(hox__graph *g, hox__node x)
{
    const hox__shape *shape = hox__node_shape(g, x);
    if (x == HOX__NONE || shape->rank == 2)
        return x;
    int64_t size = 1;
    for (int i = 1; i < shape->rank; i++)
        size *= shape->dim[i];
    return hox__reshape(g, x, HOX__SHAPE(shape->dim[0], size));
}

hox__node hox__layer_dense(const hox__site *site, hox__node x)
{
    const hox__node flat = hox__flat(site->g, x);
    const int64_t in = hox__node_shape(site->g, flat)->dim[1];
    int64_t units;
    if (!hox__site_int(site, "units", (hox__bounds){1, 65536, -1, in}, &units))
        return HOX__NONE;
    const hox__wish wish = {.part = "weight",
                            .shape = HOX__SHAPE(units, in),
                            .fan_in = in,
                            .fan_out = units,
                            .trained = true,
                            .decayed = true};
    const hox__node w = hox__site_weight(site, &wish);
    const hox__node y = hox__matmul(site->g, flat, w, false, true);
    if (y == HOX__NONE || !hox__site_yes(site, "bias", true))
        return y;
    const hox__shape shape = *hox__node_shape(site->g, y);
    const hox__wish bias = {.part = "bias", .shape = HOX__SHAPE(units), .trained = true};
    const hox__node row =
        hox__reshape(site->g, hox__site_weight(site, &bias), HOX__SHAPE(1, units));
    return hox__add(site->g, y, hox__expand(site->g, row, shape));
}

/* Training normalizes with the batch's statistics and lets the running ones follow; otherwise the
 * running ones are used (Ioffe, Szegedy 2015, algorithms 1 and 2). */
hox__node hox__layer_norm(const hox__site *site, hox__node x)
{
    hox__graph *g = site->g;
    const hox__shape shape = *hox__node_shape(g, x), c = HOX__SHAPE(shape.dim[1]);
    const hox__node scale = hox__site_weight(
        site, &(hox__wish){.part = "scale", .shape = c, .initial = 1, .trained = true});
    const hox__node shift =
        hox__site_weight(site, &(hox__wish){.part = "shift", .shape = c, .trained = true});
    const hox__node mean = hox__site_weight(site, &(hox__wish){.part = "mean", .shape = c});
    const hox__node variance =
        hox__site_weight(site, &(hox__wish){.part = "variance", .shape = c, .initial = 1});
    if (!site->build->training)
        return hox__batch_apply(g, x, scale, shift, mean, variance);
    int64_t count = shape.dim[0];
    for (int i = 2; i < shape.rank; i++)
        count *= shape.dim[i];
    hox__node seen_mean, seen_variance;
    const hox__node y = hox__batch_norm(g, x, scale, shift, &seen_mean, &seen_variance);
    /* An estimate from few values is too small on average: n / (n - 1). */
    const float unbias = count > 1 ? (float)((double)count / (double)(count - 1)) : 1;
    hox__site_running(site, mean, seen_mean, keep);
    hox__site_running(site, variance,
                      hox__mul(g, hox__constant(g, HOX__SCALAR, unbias), seen_variance), keep);
    return y;
}

hox__node hox__layer_dropout(const hox__site *site, hox__node x)
{
    const double rate = hox_term_number(site->term, "rate", 0.5);
    if (!(rate >= 0 && rate < 1))
        return hox__site_fail(site, "rate %g is not in 0 .. 0.99", rate);
    const uint64_t id = (uint64_t)site->build->dropouts++;
    if (!site->build->training || rate <= 0)
        return x;
    return hox__dropout(site->g, x, (float)rate, site->path, id);
}

hox__node hox__layer_flatten(const hox__site *site, hox__node x)
{
    return hox__flat(site->g, x);
}

hox__node hox__layer_id(const hox__site *site, hox__node x)
{
    (void)site;
    return x;
}
