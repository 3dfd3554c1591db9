/* Gradients of what moves or picks by position. */
#include "tensor/internal.h"

#define SHAPE(a) (&g->node[a].shape)
#define GRADIENT(name)                                                                             \
    void hox__grad_##name(hox__graph *g, hox__node a, hox__node dy, hox__node *din)
#define X(i) (g->node[a].in[i])

GRADIENT(flip)
{
    din[0] = hox__flip(g, dy, g->node[a].param.axes);
}

/* Where x equals the maximum; equal ones share. */
GRADIENT(maxval)
{
    const hox__node x = X(0), zero = hox__constant(g, HOX__SCALAR, 0),
                    one = hox__constant(g, HOX__SCALAR, 1);
    const hox__shape shape = *SHAPE(x);
    const uint32_t axes = g->node[a].param.axes;
    const hox__node below = hox__less(g, x, hox__expand(g, a, shape));
    const hox__node most = hox__select(g, below, zero, one);
    const hox__node share = hox__div(g, dy, hox__sum(g, most, axes));
    din[0] = hox__mul(g, most, hox__expand(g, share, shape));
}

GRADIENT(gather_rows)
{
    din[0] = hox__scatter_add_rows(g, dy, X(1), SHAPE(X(0))->dim[0]);
}

GRADIENT(scatter_rows)
{
    din[0] = hox__gather_rows(g, dy, X(1));
}
