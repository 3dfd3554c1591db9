/* Tokens and sequences: [n, length] whole numbers become [n, length, width]. */
#include "nn/layers.h"
#include <string.h>

bool hox__site_sequence(const hox__site *site, hox__node x)
{
    if (hox__node_shape(site->g, x)->rank == 3)
        return true;
    hox__site_fail(site, "needs a sequence");
    return false;
}

/* One row of a table for each token. */
hox__node hox__layer_embed(const hox__site *site, hox__node x)
{
    const int64_t vocabulary = site->build->vocabulary;
    int64_t width;
    if (!hox__is_tokens(site, x) || vocabulary < 1)
        return hox__site_fail(site, "needs tokens");
    if (!hox__site_int(site, "width", (hox__bounds){1, 4096, -1, -1}, &width))
        return HOX__NONE;
    /* Variance 1 / width: a row is about 1 long. */
    const hox__wish wish = {.part = "weight",
                            .shape = HOX__SHAPE(vocabulary, width),
                            .fan_in = width,
                            .fan_out = width,
                            .trained = true,
                            .decayed = true};
    const hox__node table = hox__site_weight(site, &wish);
    site->build->table = table;
    return hox__gather_rows(site->g, table, x);
}

/* A learned vector for each place, added (Gehring et al., ICML 2017, section 3.1). */
hox__node hox__layer_position(const hox__site *site, hox__node x)
{
    if (!hox__site_sequence(site, x))
        return HOX__NONE;
    const hox__shape shape = *hox__node_shape(site->g, x);
    const hox__wish wish = {.part = "weight",
                            .shape = HOX__SHAPE(shape.dim[1], shape.dim[2]),
                            .fan_in = shape.dim[2],
                            .fan_out = shape.dim[2],
                            .trained = true,
                            .decayed = true};
    const hox__node row = hox__reshape(site->g, hox__site_weight(site, &wish),
                                       HOX__SHAPE(1, shape.dim[1], shape.dim[2]));
    return hox__add(site->g, x, hox__expand(site->g, row, shape));
}

hox__node hox__layer_last(const hox__site *site, hox__node x)
{
    if (!hox__site_sequence(site, x))
        return HOX__NONE;
    const int64_t *d = hox__node_shape(site->g, x)->dim;
    return hox__reshape(site->g, hox__slice(site->g, x, 1, d[1] - 1, d[1]), HOX__SHAPE(d[0], d[2]));
}

hox__node hox__layer_reverse(const hox__site *site, hox__node x)
{
    return hox__site_sequence(site, x) ? hox__flip(site->g, x, 2) : HOX__NONE;
}

/* A convolution along the sequence; `causal` pads in front alone, so that no step sees a later one
 * (van den Oord et al. 2016, WaveNet). */
hox__node hox__layer_conv1d(const hox__site *site, hox__node x)
{
    hox__graph *g = site->g;
    int64_t filters, kernel, stride, groups, dilation;
    if (!hox__site_sequence(site, x))
        return HOX__NONE;
    const int64_t *d = hox__node_shape(g, x)->dim, n = d[0], length = d[1], in = d[2];
    if (!hox__site_int(site, "filters", (hox__bounds){1, 4096, -1, in}, &filters) ||
        !hox__site_int(site, "kernel", (hox__bounds){1, 63, 3, -1}, &kernel) ||
        !hox__site_int(site, "stride", (hox__bounds){1, 8, 1, -1}, &stride) ||
        !hox__site_int(site, "groups", (hox__bounds){1, 4096, 1, in}, &groups) ||
        !hox__site_int(site, "dilation", (hox__bounds){1, 64, 1, -1}, &dilation))
        return HOX__NONE;
    if (in % groups || filters % groups)
        return hox__site_fail(site, "%lld groups do not divide %lld channels and %lld filters",
                              (long long)groups, (long long)in, (long long)filters);
    const bool causal = hox__site_yes(site, "causal", false);
    const int64_t reach = (kernel - 1) * dilation + 1,
                  pad = causal ? reach - 1 : hox__padding(length, reach, stride),
                  front = causal ? pad : pad / 2;
    const hox__window window = {1, stride, 0, 0, front, pad - front, groups, 0, dilation - 1};
    const hox__wish wish = {.part = "weight",
                            .shape = HOX__SHAPE(filters, in / groups, 1, kernel),
                            .fan_in = in / groups * kernel,
                            .trained = true,
                            .decayed = true};
    const hox__node row =
        hox__reshape(g, hox__permute(g, x, (const int[]){0, 2, 1}), HOX__SHAPE(n, in, 1, length));
    const hox__node y = hox__conv(g, row, hox__site_weight(site, &wish), window);
    if (y == HOX__NONE)
        return y;
    const int64_t out = hox__node_shape(g, y)->dim[3];
    const hox__node back =
        hox__permute(g, hox__reshape(g, y, HOX__SHAPE(n, filters, out)), (const int[]){0, 2, 1});
    return hox__site_yes(site, "bias", true) ? hox__site_bias(site, back, "bias", 0) : back;
}
