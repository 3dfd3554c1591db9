/* Pooling. With `pad` the windows at the edges reach outside, where there is nothing: a maximum or
 * a mean is over the cells inside. */
#include "nn/layers.h"

typedef hox__node pooling(hox__graph *g, hox__node x, int64_t h, int64_t w, hox__window window);

static hox__node pool(const hox__site *site, hox__node x, pooling *operation)
{
    const hox__shape *shape = hox__node_shape(site->g, x);
    const bool pad = hox__site_yes(site, "pad", false);
    int64_t size, stride;
    if (!hox__site_image(site, x))
        return HOX__NONE;
    if (!hox__site_int(site, "size", (hox__bounds){1, 15, 2, -1}, &size) ||
        !hox__site_int(site, "stride", (hox__bounds){1, 15, size, -1}, &stride))
        return HOX__NONE;
    const int64_t h = shape->dim[2], w = shape->dim[3];
    if (!pad && (size > h || size > w))
        return hox__site_fail(site, "needs at least %lldx%lld", (long long)size, (long long)size);
    const int64_t ph = pad ? hox__padding(h, size, stride) : 0,
                  pw = pad ? hox__padding(w, size, stride) : 0;
    return operation(
        site->g, x, size, size,
        (hox__window){stride, stride, ph / 2, ph - ph / 2, pw / 2, pw - pw / 2, 0, 0, 0});
}

hox__node hox__layer_maxpool(const hox__site *site, hox__node x)
{
    return pool(site, x, hox__maxpool);
}

hox__node hox__layer_avgpool(const hox__site *site, hox__node x)
{
    return pool(site, x, hox__avgpool);
}

/* The mean of each channel, of an image or of a sequence. */
hox__node hox__layer_globalpool(const hox__site *site, hox__node x)
{
    hox__graph *g = site->g;
    const hox__shape shape = *hox__node_shape(g, x);
    if (shape.rank == 3)
        return hox__reshape(g, hox__mean(g, x, 2), HOX__SHAPE(shape.dim[0], shape.dim[2]));
    if (!hox__site_image(site, x))
        return HOX__NONE;
    const hox__node y =
        hox__avgpool(g, x, shape.dim[2], shape.dim[3], (hox__window){.stride_h = 1, .stride_w = 1});
    return hox__flat(g, y);
}
