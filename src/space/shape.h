/* Shapes, and what a layer does to them. A shape's number is its place in the table of shapes of a
 * reach; 0 is a shape that nobody knows, which fits everywhere. */
#ifndef HOX_SPACE_SHAPE_H
#define HOX_SPACE_SHAPE_H

#include "space/derive.h"

typedef struct {
    const char *name; /* image, vector, weights ... */
    int rank;
    double dim[HOX__RANK_MAX];
} hox__shape;

/* The arguments of one call: value[k] of parameter k; NONE where it does not matter. */
typedef struct {
    const hox__layer *layer;
    const hox__value *value;
    const hox_facts *facts;
} hox__call;

/* Does `in` fit, and what comes out? Native layers that are no combinators. *out has no name when
 * it cannot be known. */
bool hox__shape_apply(const hox__call *call, const hox__shape *in, hox__shape *out);

/* params, flops, depth of the layer at this place. */
void hox__shape_cost(const hox__call *call, const hox__shape *in, const hox__shape *out,
                     double cost[HOX__METRICS]);

void hox__shape_print(hox__text *out, const hox__shape *shape); /* 28x28x1 */

/* What the part of a stepped layer gets at each step; returns how many steps there are, NaN when
 * that is not known. */
double hox__shape_stepped(const hox__call *call, const hox__shape *in, hox__shape *part);

bool hox__facts_known(const hox_facts *facts); /* are the sizes of an example known? */

/* The shape that enters a root: the image for net, weights for train ...; no name: unknown. */
hox__shape hox__shape_of_root(const hox_space *space, const char *root);

#endif
