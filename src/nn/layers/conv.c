/* Convolutions. Weights [out, in/groups, height, width] start as He, Zhang, Ren, Sun (ICCV 2015)
 * say: uniform with variance 2 / fan_in. */
#include "nn/layers.h"

typedef struct {
    int64_t filters, height, width, down, across, groups;
    bool pad;
} form;

static hox__node with_bias(const hox__site *site, hox__node y)
{
    const hox__shape shape = *hox__node_shape(site->g, y);
    const hox__wish wish = {
        .part = "bias", .shape = HOX__SHAPE(shape.dim[1]), .trained = true, .decayed = false};
    const hox__node bias = hox__site_weight(site, &wish);
    const hox__node row = hox__reshape(site->g, bias, HOX__SHAPE(1, shape.dim[1], 1, 1));
    return hox__add(site->g, y, hox__expand(site->g, row, shape));
}

static hox__node convolve(const hox__site *site, hox__node x, const form *f)
{
    const int64_t *d = hox__node_shape(site->g, x)->dim, in = d[1] / f->groups;
    if (!f->pad && (f->height > d[2] || f->width > d[3]))
        return hox__site_fail(site, "needs at least %lldx%lld", (long long)f->height,
                              (long long)f->width);
    const int64_t ph = f->pad ? hox__padding(d[2], f->height, f->down) : 0,
                  pw = f->pad ? hox__padding(d[3], f->width, f->across) : 0;
    const hox__window window = {f->down, f->across,   ph / 2,   ph - ph / 2,
                                pw / 2,  pw - pw / 2, f->groups};
    const hox__wish wish = {.part = "weight",
                            .shape = HOX__SHAPE(f->filters, in, f->height, f->width),
                            .fan_in = in * f->height * f->width,
                            .trained = true,
                            .decayed = true};
    const hox__node y = hox__conv(site->g, x, hox__site_weight(site, &wish), window);
    return y != HOX__NONE && hox__site_yes(site, "bias", false) ? with_bias(site, y) : y;
}

static bool is_image(const hox__site *site, hox__node x)
{
    if (hox__node_shape(site->g, x)->rank == 4)
        return true;
    hox__site_fail(site, "needs an image");
    return false;
}

hox__node hox__layer_conv(const hox__site *site, hox__node x)
{
    if (!is_image(site, x))
        return HOX__NONE;
    const int64_t channels = hox__node_shape(site->g, x)->dim[1];
    form f = {.pad = hox__site_yes(site, "pad", true)};
    if (!hox__site_int(site, "filters", (hox__bounds){1, 4096, -1, channels}, &f.filters) ||
        !hox__site_int(site, "kernel", (hox__bounds){1, 15, 3, -1}, &f.height) ||
        !hox__site_int(site, "width", (hox__bounds){1, 15, f.height, -1}, &f.width) ||
        !hox__site_int(site, "stride", (hox__bounds){1, 8, 1, -1}, &f.down) ||
        !hox__site_int(site, "across", (hox__bounds){1, 8, f.down, -1}, &f.across) ||
        !hox__site_int(site, "groups", (hox__bounds){1, 4096, 1, channels}, &f.groups))
        return HOX__NONE;
    if (channels % f.groups || f.filters % f.groups)
        return hox__site_fail(site, "%lld groups do not divide %lld channels and %lld filters",
                              (long long)f.groups, (long long)channels, (long long)f.filters);
    return convolve(site, x, &f);
}

hox__node hox__layer_depthwise(const hox__site *site, hox__node x)
{
    if (!is_image(site, x))
        return HOX__NONE;
    const int64_t channels = hox__node_shape(site->g, x)->dim[1];
    form f = {.filters = channels, .groups = channels, .pad = hox__site_yes(site, "pad", true)};
    if (!hox__site_int(site, "kernel", (hox__bounds){1, 15, 3, -1}, &f.height) ||
        !hox__site_int(site, "stride", (hox__bounds){1, 8, 1, -1}, &f.down))
        return HOX__NONE;
    f.width = f.height;
    f.across = f.down;
    return convolve(site, x, &f);
}
