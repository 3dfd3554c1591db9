/* Columns of codes become numbers: each has a table of its own (Guo, Berkhahn 2016, "Entity
 * embeddings of categorical variables"), whose rows stand behind the features. */
#include "nn/layers.h"
#include <stdio.h>

static hox__node column(hox__build *build, const hox__entry *door, int64_t j)
{
    char path[48];
    snprintf(path, sizeof path, "data/column[%lld]", (long long)j);
    const hox__site site = {build, build->g, NULL, path};
    const int64_t n = hox__node_shape(build->g, door->code)->dim[0], width = door->embedding[j];
    const hox__wish wish = {.part = "weight",
                            .shape = HOX__SHAPE(door->cardinality[j], width),
                            .fan_in = width,
                            .fan_out = width,
                            .trained = true,
                            .decayed = true};
    /* Slices are of floats, which hold every code below 2^24. */
    const hox__node number =
        hox__slice(build->g, hox__cast(build->g, door->code, HOX__F32), 1, j, j + 1);
    const hox__node code =
        hox__cast(build->g, hox__reshape(build->g, number, HOX__SHAPE(n)), HOX__I32);
    return hox__gather_rows(build->g, hox__site_weight(&site, &wish), code);
}

hox__node hox__columns(hox__build *build, const hox__entry *door)
{
    hox__graph *g = build->g;
    hox__node x = door->x;
    for (int64_t j = 0; j < door->codes && build->status == HOX_OK; j++) {
        const hox__node part[] = {x, column(build, door, j)};
        x = x == HOX__NONE ? part[1] : hox__concat(g, part, 2, 1);
    }
    return x;
}
