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

hox__node hox__rows(hox__graph *g, hox__node x)
{
    const hox__shape *shape = hox__node_shape(g, x);
    if (x == HOX__NONE || shape->rank != 3)
        return hox__flat(g, x);
    return hox__reshape(g, x, HOX__SHAPE(shape->dim[0] * shape->dim[1], shape->dim[2]));
}

/* The weights of a product [units, in]: its own, or with `tied` the table of the network's `embed`
 * (Press, Wolf, EACL 2017). */
static hox__node dense_weight(const hox__site *site, int64_t units, int64_t in)
{
    const hox__wish wish = {.part = "weight",
                            .shape = HOX__SHAPE(units, in),
                            .fan_in = in,
                            .fan_out = units,
                            .trained = true,
                            .decayed = true};
    if (!hox__site_yes(site, "tied", false))
        return hox__site_weight(site, &wish);
    const hox__node table = site->build->table;
    if (table == HOX__NONE)
        return hox__site_fail(site, "is tied, but no `embed` stands before it");
    const int64_t *d = hox__node_shape(site->g, table)->dim;
    if (d[0] != units || d[1] != in)
        return hox__site_fail(site,
                              "is tied to an `embed` of %lld tokens and width %lld, but has "
                              "%lld units and gets %lld values",
                              (long long)d[0], (long long)d[1], (long long)units, (long long)in);
    return table;
}

/* On a sequence the same product at every step. */
hox__node hox__layer_dense(const hox__site *site, hox__node x)
{
    hox__graph *g = site->g;
    if (hox__is_tokens(site, x))
        return hox__site_fail(site, "needs numbers, here are tokens; put `embed` before it");
    const hox__shape shape = *hox__node_shape(g, x);
    const hox__node rows = hox__rows(g, x);
    const int64_t in = hox__node_shape(g, rows)->dim[1];
    int64_t units;
    if (!hox__site_int(site, "units", (hox__bounds){1, 65536, -1, in}, &units))
        return HOX__NONE;
    hox__node y = hox__matmul(g, rows, dense_weight(site, units, in), false, true);
    if (y != HOX__NONE && hox__site_yes(site, "bias", true))
        y = hox__site_bias(site, y, "bias", 0);
    return shape.rank == 3 ? hox__reshape(g, y, HOX__SHAPE(shape.dim[0], shape.dim[1], units)) : y;
}

/* Training normalizes with the batch's statistics and lets the running ones follow; otherwise the
 * running ones are used (Ioffe, Szegedy 2015, algorithms 1 and 2). */
static hox__node batch_norm(const hox__site *site, hox__node x)
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

hox__node hox__layer_norm(const hox__site *site, hox__node x)
{
    const hox__shape shape = *hox__node_shape(site->g, x);
    if (hox__is_tokens(site, x))
        return hox__site_fail(site, "needs numbers, here are tokens");
    return shape.rank == 3 ? hox__reshape(site->g, batch_norm(site, hox__rows(site->g, x)), shape)
                           : batch_norm(site, x);
}

hox__node hox__layer_dropout(const hox__site *site, hox__node x)
{
    const double rate = hox_term_number(site->term, "rate", 0.5);
    if (!(rate >= 0 && rate < 1))
        return hox__site_fail(site, "rate %g is not in 0 .. 0.99", rate);
    const uint64_t id = (uint64_t)site->build->dropouts++;
    if (!site->build->training || rate <= 0 || hox__is_tokens(site, x))
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
