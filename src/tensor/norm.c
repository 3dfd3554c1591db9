/* Rows of batch normalization with what fuse.c folded into them: apply (relu, 2x2 maxima), the two
 * sums of the backward pass, and dx. */
#include "tensor/compile.h"

#define NODE(a) (&c->g->node[a])

static hox__result result_of(const hox__row *row)
{
    return (hox__result){row->out[0], row->half ? row->out[row->half] : NULL};
}

static void apply(const hox__row *row, const hox__planes *p)
{
    const void *const *in = row->call.in;
    row->set->bn_apply(p, in[0], in[1], in[2], in[3], in[4], row->flag, result_of(row));
}

static void apply_pool(const hox__row *row, const hox__planes *p)
{
    const void *const *in = row->call.in;
    row->set->bn_apply_pool(p, in[0], in[1], in[2], in[3], in[4], row->flag, result_of(row),
                            row->pooled ? row->out[1] : NULL);
}

/* Operands: x, scale, shift, mean, variance. */
static bool lower_apply(hox__compile *c, const hox__norm *n)
{
    const hox__layout layout = (hox__layout)c->layout[n->x], held = hox__layout_held(c, n->x);
    const hox__layout in[5] = {held, HOX__PLAIN, HOX__PLAIN, HOX__PLAIN, HOX__PLAIN};
    hox__row *row = hox__row_add(c, n->train, NODE(n->train)->in, in, 5);
    if (!row)
        return false;
    row->planes = hox__planes_of(&NODE(n->x)->shape, held);
    row->narrows = true;
    row->flag = n->relu != HOX__NONE;
    row->label = n->pool != HOX__NONE ? "bn+relu+maxpool" : row->flag ? "bn+relu" : "bn_train";
    hox__share_images(row, n->pool != HOX__NONE ? apply_pool : apply);
    if (n->pool == HOX__NONE) {
        row->over = hox__over_always;
        hox__row_output(c, row, row->flag ? n->relu : n->train, layout);
    } else {
        hox__row_output(c, row, n->pool, layout);
        row->pooled = n->index != HOX__NONE;
        if (row->pooled)
            hox__row_output(c, row, n->index, layout);
    }
    return c->status == HOX_OK;
}

/* Operands of both backward rows begin with x, the incoming gradient and the scale; behind the
 * others come the shift, if relu masks the gradient, and the positions it is scattered to. */
typedef struct {
    hox__node node[9];
    hox__layout layout[9];
    int n;
} operands;

static void put(operands *o, hox__node a, hox__layout layout)
{
    o->node[o->n] = a;
    o->layout[o->n++] = layout;
}

static void put_mask(const hox__compile *c, operands *o, const hox__norm *n, hox__layout layout)
{
    if (n->masked)
        put(o, NODE(n->train)->in[2], HOX__PLAIN);
    if (n->pooled)
        put(o, n->index, layout);
}

/* `at`: where the operands of put_mask begin. */
static hox__incoming incoming(const hox__row *row, int at)
{
    hox__incoming g = {.dy = row->call.in[1]};
    if (row->masked)
        g.shift = row->call.in[at];
    if (row->pooled)
        g.index = row->call.in[at + 1];
    return g;
}

static void sums(const hox__row *row, const hox__planes *p)
{
    const void *const *in = row->call.in;
    const hox__incoming g = incoming(row, 5);
    row->set->bn_sums(p, in[0], &g, in[2], in[3], in[4], row->out[0],
                      row->outs > 1 ? row->out[1] : row->scratch);
}

static void dx(const hox__row *row, const hox__planes *p)
{
    const void *const *in = row->call.in;
    const hox__incoming g = incoming(row, 7);
    row->set->bn_dx(p, in[0], &g, in[2], in[3], in[4], in[5], in[6], result_of(row));
}

static hox__row *backward_row(hox__compile *c, hox__node a, const hox__norm *n, operands *o)
{
    put_mask(c, o, n, (hox__layout)c->layout[o->node[0]]);
    hox__row *row = hox__row_add(c, a, o->node, o->layout, o->n);
    if (!row)
        return NULL;
    row->planes = hox__planes_of(&NODE(o->node[0])->shape, o->layout[0]);
    row->masked = n->masked;
    row->pooled = n->pooled;
    return row;
}

static bool lower_sums(hox__compile *c, hox__node a, const hox__norm *n, hox__node dy)
{
    const hox__value *v = NODE(a);
    operands o = {.n = 0};
    put(&o, v->in[0], hox__layout_held(c, v->in[0]));
    put(&o, dy, (hox__layout)c->layout[v->in[0]]);
    put(&o, n->masked ? NODE(n->train)->in[1] : v->in[2], HOX__PLAIN);
    put(&o, v->in[2], HOX__PLAIN);
    put(&o, v->in[3], HOX__PLAIN);
    hox__row *row = backward_row(c, a, n, &o);
    if (!row)
        return false;
    hox__share_units(row, sums);
    hox__row_output(c, row, a, HOX__PLAIN);
    if (n->dshift != HOX__NONE)
        hox__row_output(c, row, n->dshift, HOX__PLAIN);
    else
        hox__row_scratch(c, row, hox__value_bytes(c, a, HOX__PLAIN));
    return c->status == HOX_OK;
}

static bool lower_dx(hox__compile *c, hox__node a, const hox__norm *n, hox__node dy)
{
    const hox__value *v = NODE(a);
    const hox__layout layout = (hox__layout)c->layout[v->in[0]];
    operands o = {.n = 0};
    put(&o, v->in[0], hox__layout_held(c, v->in[0]));
    put(&o, dy, layout);
    for (int i = 2; i < 7; i++)
        put(&o, v->in[i], HOX__PLAIN);
    hox__row *row = backward_row(c, a, n, &o);
    if (!row)
        return false;
    hox__share_images(row, dx);
    row->over = n->pooled ? NULL : hox__over_always;
    row->narrows = true;
    hox__row_output(c, row, a, layout);
    return c->status == HOX_OK;
}

bool hox__lower_norm(hox__compile *c, hox__node a)
{
    static const hox__norm alone = {.dshift = HOX__NONE};
    if (!c->norm_of[a]) {
        const hox__node dy = NODE(a)->in[1];
        return NODE(a)->op == HOX__OP_BN_DX ? lower_dx(c, a, &alone, dy)
                                            : lower_sums(c, a, &alone, dy);
    }
    const hox__norm *n = &c->norm[c->norm_of[a] - 1];
    if (a == n->dx)
        return lower_dx(c, a, n, n->incoming);
    if (a == n->dscale || a == n->dshift)
        return lower_sums(c, n->dscale, n, n->incoming);
    const hox__node result = n->pool != HOX__NONE   ? n->pool
                             : n->relu != HOX__NONE ? n->relu
                                                    : n->train;
    const bool forward = a == n->train || a == n->relu || a == n->pool || a == n->index;
    if (forward && !c->done[result] && !lower_apply(c, n))
        return false;
    c->done[a] = true; /* computed there, or folded away */
    return true;
}
