/* Which layout each value is computed in: one forward sweep.
 *
 * Convolutions say what they want; elementwise nodes, normalizations and pools take the layout of
 * their images, so that a backbone is never reordered; everything else is plain. The logical order
 * is always row-major: a layout is only where the numbers lie.
 */
#include "tensor/compile.h"

hox__planes hox__planes_of(const hox__shape *shape, hox__layout layout)
{
    hox__planes p = {.n = shape->dim[0], .c = 1, .cells = 1, .h = 1, .w = 1};
    if (shape->rank > 1)
        p.c = shape->dim[1];
    for (int i = 2; i < shape->rank; i++)
        p.cells *= shape->dim[i];
    if (shape->rank == 4) {
        p.h = shape->dim[2];
        p.w = shape->dim[3];
    }
    p.blocked = hox__layout_blocked(layout);
    p.half = hox__layout_half(layout);
    return p;
}

static void conv_layouts(hox__compile *c, hox__node a, const hox__shape *x, const hox__shape *w,
                         const hox__shape *y)
{
    const hox__op op = c->g->node[a].op;
    bool xb = false, yb = false;
    c->layout[a] = HOX__PLAIN;
    if (hox__winograd_wins(c, x, w, y, &c->g->node[a].param.window))
        c->layout[a] = HOX__BLOCKED;
    else if (c->plan->library && hox__convolution_layouts(c->plan->library, x, w, y,
                                                          &c->g->node[a].param.window, &xb, &yb))
        c->layout[a] = op == HOX__OP_CONV ? yb : op == HOX__OP_CONV_DX ? xb : HOX__PLAIN;
}

/* Blocked when an operand of the same shape is. */
static hox__layout of_operands(const hox__compile *c, const hox__value *v)
{
    for (int i = 0; v->shape.rank == 4 && i < v->n; i++)
        if (c->layout[v->in[i]] == HOX__BLOCKED &&
            hox__dims_equal(&c->g->node[v->in[i]].shape, &v->shape))
            return HOX__BLOCKED;
    return HOX__PLAIN;
}

/* Channels move in whole blocks. */
static hox__layout of_parts(const hox__compile *c, const hox__value *v)
{
    const int width = c->plan->set->width;
    bool whole = v->shape.rank == 4 && v->param.axis == 1 && v->shape.dim[1] % width == 0;
    if (v->op == HOX__OP_SLICE || v->op == HOX__OP_PAD)
        whole &= v->param.start % width == 0 && v->param.step == 1;
    for (int i = 0; i < v->n; i++)
        whole &=
            c->layout[v->in[i]] == HOX__BLOCKED && c->g->node[v->in[i]].shape.dim[1] % width == 0;
    return whole ? HOX__BLOCKED : HOX__PLAIN;
}

/* The gradient of an average goes back to images of the backbone, which are blocked when the
 * channels fill blocks. */
static hox__layout of_average_dx(const hox__compile *c, const hox__value *v, bool any_blocked)
{
    if (c->layout[v->in[0]] == HOX__BLOCKED)
        return HOX__BLOCKED;
    return any_blocked && v->shape.dim[1] % c->plan->set->width == 0 ? HOX__BLOCKED : HOX__PLAIN;
}

static hox__layout of_index(const hox__compile *c, hox__node index)
{
    return (int)c->g->node[index].type == HOX__U8 ? (hox__layout)c->layout[index] : HOX__PLAIN;
}

static void choose(hox__compile *c, hox__node a, bool *any_blocked)
{
    const hox__value *v = &c->g->node[a];
    const hox__shape *first = v->n > 0 ? &c->g->node[v->in[0]].shape : NULL;
    const hox__shape *second = v->n > 1 ? &c->g->node[v->in[1]].shape : NULL;
    hox__layout layout = HOX__PLAIN;
    switch (v->op) {
    case HOX__OP_CONV:
        conv_layouts(c, a, first, second, &v->shape);
        *any_blocked |= c->layout[a] == HOX__BLOCKED;
        return;
    case HOX__OP_CONV_DX:
        conv_layouts(c, a, &v->shape, second, first);
        return;
    case HOX__OP_BN_TRAIN:
    case HOX__OP_BN_DX:
    case HOX__OP_MAXPOOL:
    case HOX__OP_AVGPOOL:
    case HOX__OP_STOP:
        layout = c->layout[v->in[0]];
        break;
    case HOX__OP_MAXPOOL_INDEX:
        layout = (int)v->type == HOX__U8 ? c->layout[v->in[0]] : HOX__PLAIN;
        break;
    case HOX__OP_MAX_SCATTER:
        layout = of_index(c, v->in[1]);
        break;
    case HOX__OP_AVGPOOL_DX:
        layout = of_average_dx(c, v, *any_blocked);
        break;
    case HOX__OP_CONCAT:
    case HOX__OP_SLICE:
    case HOX__OP_PAD:
        layout = of_parts(c, v);
        break;
    default:
        if (hox__operations[v->op].kind == HOX__ELEMENTWISE)
            layout = of_operands(c, v);
        break;
    }
    c->layout[a] = (uint8_t)layout;
}

void hox__choose_layouts(hox__compile *c)
{
    bool any_blocked = false;
    for (hox__node a = 0; a < c->nodes; a++)
        if (c->live[a] && !c->options->reference)
            choose(c, a, &any_blocked);
}
