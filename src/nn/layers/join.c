/* Networks side by side on one input: their sum, their product, their channels together. */
#include "nn/layers.h"

enum { PARTS_MAX = 64 };

/* Builds every part on `x`; 0 when one fails. The trail of a part ends with the part. */
static int parts(const hox__site *site, hox__node x, hox__node part[PARTS_MAX])
{
    const hox_term *term = site->term;
    hox__text *trail = &site->build->trail;
    if (term->n < 1 || term->n > PARTS_MAX) {
        hox__site_fail(site, "takes 1 to %d networks, here are %d", PARTS_MAX, term->n);
        return 0;
    }
    const size_t length = trail->len;
    hox__text_printf(trail, " -> %s(", term->name);
    const size_t inside = trail->len;
    for (int i = 0; i < term->n; i++) {
        part[i] = hox__build_chain(site->build, term->part[i], x);
        if (part[i] == HOX__NONE)
            return 0;
        hox__build_back(site->build, inside);
    }
    hox__build_back(site->build, length);
    return term->n;
}

static int channel_axis(const hox__shape *shape)
{
    return shape->rank == 3 ? 2 : 1;
}

static bool agree(const hox__site *site, const hox__node *part, int n, bool channels_too)
{
    const hox__shape *a = hox__node_shape(site->g, part[0]);
    for (int i = 1; i < n; i++) {
        const hox__shape *b = hox__node_shape(site->g, part[i]);
        bool same = a->rank == b->rank;
        for (int k = 1; same && k < a->rank; k++)
            same = a->dim[k] == b->dim[k] || (k == channel_axis(a) && !channels_too);
        if (!same) {
            hox__site_fail(site, "part 1 gives %s and part %d gives %s",
                           hox__size_of(site->g, part[0]).text, i + 1,
                           hox__size_of(site->g, part[i]).text);
            return false;
        }
    }
    return true;
}

typedef hox__node binary(hox__graph *g, hox__node a, hox__node b);

static hox__node fold(const hox__site *site, hox__node x, binary *operation)
{
    hox__node part[PARTS_MAX];
    const int n = parts(site, x, part);
    if (n == 0 || !agree(site, part, n, true))
        return HOX__NONE;
    hox__node y = part[0];
    for (int i = 1; i < n; i++)
        y = operation(site->g, y, part[i]);
    return y;
}

hox__node hox__layer_add(const hox__site *site, hox__node x)
{
    return fold(site, x, hox__add);
}

hox__node hox__layer_mul(const hox__site *site, hox__node x)
{
    return fold(site, x, hox__mul);
}

hox__node hox__layer_concat(const hox__site *site, hox__node x)
{
    hox__node part[PARTS_MAX];
    const int n = parts(site, x, part);
    if (n == 0 || !agree(site, part, n, false))
        return HOX__NONE;
    const int axis = channel_axis(hox__node_shape(site->g, part[0]));
    return n == 1 ? part[0] : hox__concat(site->g, part, n, axis);
}
