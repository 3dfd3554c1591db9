/* Convolutions. Weights [out, in/groups, height, width] start as He, Zhang, Ren, Sun (ICCV 2015)
 * say: uniform with variance 2 / fan_in. */
#include "nn/layers.h"

typedef struct {
    int64_t filters, height, width, down, across, groups, gap;
    bool pad;
} form;

static hox__node convolve(const hox__site *site, hox__node x, const form *f)
{
    const int64_t *d = hox__node_shape(site->g, x)->dim, in = d[1] / f->groups;
    const int64_t height = (f->height - 1) * (f->gap + 1) + 1,
                  width = (f->width - 1) * (f->gap + 1) + 1;
    if (!f->pad && (height > d[2] || width > d[3]))
        return hox__site_fail(site, "needs at least %lldx%lld", (long long)height,
                              (long long)width);
    const int64_t ph = f->pad ? hox__padding(d[2], height, f->down) : 0,
                  pw = f->pad ? hox__padding(d[3], width, f->across) : 0;
    const hox__window window = {f->down,     f->across, ph / 2, ph - ph / 2, pw / 2,
                                pw - pw / 2, f->groups, f->gap, f->gap};
    const hox__wish wish = {.part = "weight",
                            .shape = HOX__SHAPE(f->filters, in, f->height, f->width),
                            .fan_in = in * f->height * f->width,
                            .trained = true,
                            .decayed = true};
    const hox__node y = hox__conv(site->g, x, hox__site_weight(site, &wish), window);
    return y != HOX__NONE && hox__site_yes(site, "bias", false) ? hox__site_bias(site, y, "bias", 0)
                                                                : y;
}

/* `dilation` as the cells between those that are multiplied (Yu, Koltun, ICLR 2016). */
static bool read_gap(const hox__site *site, int64_t *gap)
{
    if (!hox__site_int(site, "dilation", (hox__bounds){1, 64, 1, -1}, gap))
        return false;
    --*gap;
    return true;
}

bool hox__site_image(const hox__site *site, hox__node x)
{
    if (hox__node_shape(site->g, x)->rank == 4)
        return true;
    hox__site_fail(site, "needs an image");
    return false;
}

hox__node hox__layer_conv(const hox__site *site, hox__node x)
{
    if (!hox__site_image(site, x))
        return HOX__NONE;
    const int64_t channels = hox__node_shape(site->g, x)->dim[1];
    form f = {.pad = hox__site_yes(site, "pad", true)};
    if (!hox__site_int(site, "filters", (hox__bounds){1, 4096, -1, channels}, &f.filters) ||
        !hox__site_int(site, "kernel", (hox__bounds){1, 15, 3, -1}, &f.height) ||
        !hox__site_int(site, "width", (hox__bounds){1, 15, f.height, -1}, &f.width) ||
        !hox__site_int(site, "stride", (hox__bounds){1, 8, 1, -1}, &f.down) ||
        !hox__site_int(site, "across", (hox__bounds){1, 8, f.down, -1}, &f.across) ||
        !hox__site_int(site, "groups", (hox__bounds){1, 4096, 1, channels}, &f.groups) ||
        !read_gap(site, &f.gap))
        return HOX__NONE;
    if (channels % f.groups || f.filters % f.groups)
        return hox__site_fail(site, "%lld groups do not divide %lld channels and %lld filters",
                              (long long)f.groups, (long long)channels, (long long)f.filters);
    return convolve(site, x, &f);
}

hox__node hox__layer_depthwise(const hox__site *site, hox__node x)
{
    if (!hox__site_image(site, x))
        return HOX__NONE;
    const int64_t channels = hox__node_shape(site->g, x)->dim[1];
    form f = {.filters = channels, .groups = channels, .pad = hox__site_yes(site, "pad", true)};
    if (!hox__site_int(site, "kernel", (hox__bounds){1, 15, 3, -1}, &f.height) ||
        !hox__site_int(site, "stride", (hox__bounds){1, 8, 1, -1}, &f.down) ||
        !read_gap(site, &f.gap))
        return HOX__NONE;
    f.width = f.height;
    f.across = f.down;
    return convolve(site, x, &f);
}

/* The convolution that goes the other way: from `stride` times the size, padded, it would give what
 * arrives here (Zeiler et al., CVPR 2010). Weights [in, filters, height, width]. */
hox__node hox__layer_convtranspose(const hox__site *site, hox__node x)
{
    int64_t filters, kernel, stride;
    if (!hox__site_image(site, x))
        return HOX__NONE;
    const int64_t *d = hox__node_shape(site->g, x)->dim;
    if (!hox__site_int(site, "filters", (hox__bounds){1, 4096, -1, d[1]}, &filters) ||
        !hox__site_int(site, "kernel", (hox__bounds){1, 15, 3, -1}, &kernel) ||
        !hox__site_int(site, "stride", (hox__bounds){1, 8, 2, -1}, &stride))
        return HOX__NONE;
    const hox__shape out = HOX__SHAPE(d[0], filters, d[2] * stride, d[3] * stride);
    const int64_t ph = hox__padding(out.dim[2], kernel, stride),
                  pw = hox__padding(out.dim[3], kernel, stride);
    const hox__window window = {stride, stride, ph / 2, ph - ph / 2, pw / 2, pw - pw / 2, 1, 0, 0};
    /* Each output cell is a sum of about in * kernel^2 / stride^2 products. */
    const int64_t fan = d[1] * kernel * kernel / (stride * stride);
    const hox__wish wish = {.part = "weight",
                            .shape = HOX__SHAPE(d[1], filters, kernel, kernel),
                            .fan_in = fan > 0 ? fan : 1,
                            .trained = true,
                            .decayed = true};
    const hox__node y = hox__conv_dx(site->g, x, hox__site_weight(site, &wish), window, out);
    return y != HOX__NONE && hox__site_yes(site, "bias", false) ? hox__site_bias(site, y, "bias", 0)
                                                                : y;
}
