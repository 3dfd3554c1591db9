/* Which inputs a network has: an image, a row of numbers and codes, or tokens. */
#include "nn/ends.h"

static hox__entry door_of(hox__graph *g, const hox__encoded *data, int64_t n, hox__ends *ends)
{
    hox__entry door = {.x = HOX__NONE,
                       .classes = data->classes,
                       .each = data->target == HOX__NEXT,
                       .code = HOX__NONE};
    switch (data->kind) {
    case HOX__IMAGES:
        ends->x =
            hox__input(g, HOX__F32, HOX__SHAPE(n, data->channels, data->height, data->width), "x");
        break;
    case HOX__FEATURES:
        if (data->features > 0)
            ends->x = hox__input(g, HOX__F32, HOX__SHAPE(n, data->features), "x");
        if (data->codes > 0)
            ends->code = hox__input(g, HOX__I32, HOX__SHAPE(n, data->codes), "code");
        break;
    case HOX__TOKENS:
        ends->code = hox__input(g, HOX__I32, HOX__SHAPE(n, data->length), "code");
        door.vocabulary = data->vocabulary;
        break;
    }
    door.x = data->kind == HOX__TOKENS ? ends->code : ends->x;
    if (data->kind == HOX__FEATURES && data->codes > 0) {
        door.code = ends->code;
        door.codes = data->codes;
        door.cardinality = data->cardinality;
        door.embedding = data->embedding;
    }
    return door;
}

hox_status hox__ends_build(hox__network *network, hox__graph *g, const hox_term *net,
                           const hox__encoded *data, int64_t n, bool training, hox__ends *ends,
                           hox_error *err)
{
    *ends = (hox__ends){HOX__NONE, HOX__NONE, HOX__NONE, n, data->classes};
    const hox__entry door = door_of(g, data, n, ends);
    const hox_status status =
        hox__network_build_on(network, g, net, &door, training, &ends->output, err);
    if (status != HOX_OK)
        return status;
    if (door.each) {
        ends->rows = n * data->length;
        ends->output = hox__reshape(g, ends->output, HOX__SHAPE(ends->rows, ends->width));
    }
    return hox__graph_status(g, err);
}

hox__batch hox__ends_inputs(const hox__ends *ends, hox__plan *plan)
{
    return (hox__batch){
        .x = ends->x == HOX__NONE ? NULL : hox__plan_input(plan, ends->x),
        .code = ends->code == HOX__NONE ? NULL : hox__plan_input(plan, ends->code),
    };
}
