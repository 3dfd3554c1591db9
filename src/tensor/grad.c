/* Reverse differentiation: gradients are nodes of the same graph, so that they can be
 * differentiated again.
 *
 * One sweep from y down to the operands, adding what each user contributes. A node on the way
 * that has no gradient of its own (the fused derivative of a macro) is first replaced by its
 * definition, and what depends on it is rebuilt on top.
 */
#include "base/alloc.h"
#include "tensor/internal.h"
#include <string.h>

#define SHAPE(a) (&g->node[a].shape)

hox__node hox__scalar(hox__graph *g, float value)
{
    return hox__constant(g, HOX__SCALAR, value);
}

/* ---- elementwise: operands may be single numbers, whose gradient is summed ---- */

#define GRADIENT(name)                                                                             \
    void hox__grad_##name(hox__graph *g, hox__node a, hox__node dy, hox__node *din)
#define X(i) (g->node[a].in[i])

GRADIENT(none)
{
    (void)g;
    (void)a;
    (void)dy;
    (void)din;
}

GRADIENT(neg)
{
    (void)a;
    din[0] = hox__neg(g, dy);
}

GRADIENT(recip)
{
    din[0] = hox__neg(g, hox__mul(g, dy, hox__mul(g, a, a)));
}

GRADIENT(exp)
{
    din[0] = hox__mul(g, dy, a);
}

GRADIENT(log)
{
    din[0] = hox__div(g, dy, X(0));
}

GRADIENT(sqrt)
{
    din[0] = hox__div(g, hox__mul(g, dy, hox__scalar(g, 0.5f)), a);
}

GRADIENT(tanh)
{
    din[0] = hox__mul(g, dy, hox__sub(g, hox__scalar(g, 1), hox__mul(g, a, a)));
}

GRADIENT(sigmoid)
{
    din[0] = hox__mul(g, dy, hox__mul(g, a, hox__sub(g, hox__scalar(g, 1), a)));
}

GRADIENT(erf)
{
    const hox__node x = X(0);
    const hox__node bell = hox__exp_(g, hox__neg(g, hox__mul(g, x, x)));
    din[0] = hox__mul(g, dy, hox__mul(g, bell, hox__scalar(g, 1.12837917f))); /* 2/sqrt(pi) */
}

GRADIENT(abs)
{
    const hox__node x = X(0), zero = hox__scalar(g, 0);
    const hox__node down = hox__select(g, hox__less(g, x, zero), hox__neg(g, dy), zero);
    din[0] = hox__select(g, hox__less(g, zero, x), dy, down);
}

GRADIENT(sin)
{
    (void)a;
    din[0] = hox__mul(g, dy, hox__cos_(g, X(0)));
}

GRADIENT(cos)
{
    (void)a;
    din[0] = hox__neg(g, hox__mul(g, dy, hox__sin_(g, X(0))));
}

GRADIENT(relu)
{
    const hox__node zero = hox__scalar(g, 0);
    din[0] = hox__select(g, hox__less(g, zero, a), dy, zero);
}

GRADIENT(add)
{
    din[0] = hox__sum_to(g, dy, X(0));
    din[1] = hox__sum_to(g, dy, X(1));
}

GRADIENT(sub)
{
    din[0] = hox__sum_to(g, dy, X(0));
    din[1] = hox__sum_to(g, hox__neg(g, dy), X(1));
}

GRADIENT(mul)
{
    const hox__node x = X(0), y = X(1);
    din[0] = hox__sum_to(g, hox__mul(g, dy, y), x);
    din[1] = hox__sum_to(g, hox__mul(g, dy, x), y);
}

GRADIENT(div)
{
    const hox__node x = X(0), y = X(1), over = hox__div(g, dy, y);
    din[0] = hox__sum_to(g, over, x);
    din[1] = hox__sum_to(g, hox__neg(g, hox__mul(g, over, a)), y);
}

/* d/dx x^y = y x^(y-1); d/dy = x^y log x, taken as 0 where x is not positive. */
GRADIENT(pow)
{
    const hox__node x = X(0), y = X(1), zero = hox__scalar(g, 0), one = hox__scalar(g, 1);
    const hox__node positive = hox__less(g, zero, x);
    const hox__node log = hox__log_(g, hox__select(g, positive, x, one));
    const hox__node slope = hox__mul(g, y, hox__pow_(g, x, hox__sub(g, y, one)));
    din[0] = hox__sum_to(g, hox__mul(g, dy, slope), x);
    din[1] = hox__sum_to(g, hox__mul(g, dy, hox__mul(g, a, log)), y);
}

/* The larger operand takes the gradient; equal ones share it. */
static void extreme(hox__graph *g, hox__node x, hox__node y, hox__node x_loses, hox__node y_loses,
                    hox__node dy, hox__node *din)
{
    const hox__node zero = hox__scalar(g, 0);
    const hox__node half = hox__mul(g, dy, hox__scalar(g, 0.5f));
    const hox__node to_x = hox__select(g, x_loses, zero, hox__select(g, y_loses, dy, half));
    const hox__node to_y = hox__select(g, y_loses, zero, hox__select(g, x_loses, dy, half));
    din[0] = hox__sum_to(g, to_x, x);
    din[1] = hox__sum_to(g, to_y, y);
}

GRADIENT(max)
{
    const hox__node x = X(0), y = X(1);
    extreme(g, x, y, hox__less(g, x, y), hox__less(g, y, x), dy, din);
}

GRADIENT(min)
{
    const hox__node x = X(0), y = X(1);
    extreme(g, x, y, hox__less(g, y, x), hox__less(g, x, y), dy, din);
}

GRADIENT(select)
{
    const hox__node c = X(0), x = X(1), y = X(2), zero = hox__scalar(g, 0);
    din[1] = hox__sum_to(g, hox__select(g, c, dy, zero), x);
    din[2] = hox__sum_to(g, hox__select(g, c, zero, dy), y);
}

/* ---- shape ---- */

GRADIENT(expand)
{
    din[0] = hox__sum_to(g, dy, X(0));
}

GRADIENT(reshape)
{
    din[0] = hox__reshape(g, dy, *SHAPE(X(0)));
}

GRADIENT(permute)
{
    int back[HOX__RANK_MAX];
    for (int i = 0; i < SHAPE(a)->rank; i++)
        back[g->node[a].param.order[i]] = i;
    din[0] = hox__permute(g, dy, back);
}

static hox__node pad(hox__graph *g, hox__node x, int axis, int64_t start, int64_t size,
                     int64_t step)
{
    const hox__param param = {.axis = axis, .start = start, .stop = size, .step = step};
    return hox__emit(g, HOX__OP_PAD, &x, 1, &param, NULL);
}

GRADIENT(slice)
{
    const hox__param p = g->node[a].param;
    din[0] = pad(g, dy, p.axis, p.start, SHAPE(X(0))->dim[p.axis], p.step);
}

GRADIENT(pad)
{
    const hox__param p = g->node[a].param;
    const int64_t last = p.start + (SHAPE(X(0))->dim[p.axis] - 1) * p.step;
    din[0] = hox__slice_steps(g, dy, p.axis, p.start, last + 1, p.step);
}

GRADIENT(concat)
{
    const int axis = g->node[a].param.axis, n = g->node[a].n;
    int64_t start = 0;
    for (int i = 0; i < n; i++) {
        const int64_t size = SHAPE(X(i))->dim[axis];
        din[i] = hox__slice(g, dy, axis, start, start + size);
        start += size;
    }
}

GRADIENT(sum)
{
    din[0] = hox__expand(g, dy, *SHAPE(X(0)));
}

/* ---- products ---- */

GRADIENT(matmul)
{
    const hox__node x = X(0), y = X(1);
    const bool ta = g->node[a].param.transpose_a, tb = g->node[a].param.transpose_b;
    din[0] = ta ? hox__matmul(g, y, dy, tb, true) : hox__matmul(g, dy, y, false, !tb);
    din[1] = tb ? hox__matmul(g, dy, x, true, ta) : hox__matmul(g, x, dy, !ta, false);
}

/* The three convolutions are one form, linear in x, w and dy; each is differentiated by the other
 * two. */
GRADIENT(conv)
{
    const hox__node x = X(0), w = X(1);
    const hox__window window = g->node[a].param.window;
    din[0] = hox__conv_dx(g, dy, w, window, *SHAPE(x));
    din[1] = hox__conv_dw(g, x, dy, window, *SHAPE(w));
}

GRADIENT(conv_dx)
{
    const hox__node w = X(1), forward = X(0);
    const hox__window window = g->node[a].param.window;
    din[0] = hox__conv(g, dy, w, window);
    din[1] = hox__conv_dw(g, dy, forward, window, *SHAPE(w));
}

GRADIENT(conv_dw)
{
    const hox__node x = X(0), forward = X(1);
    const hox__window window = g->node[a].param.window;
    din[0] = hox__conv_dx(g, forward, dy, window, *SHAPE(x));
    din[1] = hox__conv(g, x, dy, window);
}

/* ---- pools ---- */

static hox__node pooled(hox__graph *g, hox__op op, const hox__node *in, int n, hox__node like,
                        const hox__shape *shape)
{
    hox__param param = g->node[like].param;
    param.shape = *shape;
    return hox__emit(g, op, in, n, &param, NULL);
}

GRADIENT(maxpool)
{
    const hox__node x = X(0);
    const hox__node index = pooled(g, HOX__OP_MAXPOOL_INDEX, &x, 1, a, &HOX__SCALAR);
    const hox__shape shape = *SHAPE(x);
    din[0] = pooled(g, HOX__OP_MAX_SCATTER, (hox__node[]){dy, index}, 2, a, &shape);
}

GRADIENT(max_scatter)
{
    din[0] = pooled(g, HOX__OP_MAX_GATHER, (hox__node[]){dy, X(1)}, 2, a, &HOX__SCALAR);
}

GRADIENT(max_gather)
{
    const hox__shape shape = *SHAPE(X(0));
    din[0] = pooled(g, HOX__OP_MAX_SCATTER, (hox__node[]){dy, X(1)}, 2, a, &shape);
}

GRADIENT(avgpool)
{
    const hox__shape shape = *SHAPE(X(0));
    din[0] = pooled(g, HOX__OP_AVGPOOL_DX, &dy, 1, a, &shape);
}

GRADIENT(avgpool_dx)
{
    din[0] = pooled(g, HOX__OP_AVGPOOL, &dy, 1, a, &HOX__SCALAR);
}

/* ---- macros ---- */

GRADIENT(bn_train)
{
    const hox__node x = X(0), scale = X(1), mean = X(3), variance = X(4);
    const hox__node sums = hox__sum(g, dy, hox__channel_axes(SHAPE(x)));
    const hox__node dshift = hox__reshape(g, sums, *SHAPE(scale));
    const hox__node dscale =
        hox__emit(g, HOX__OP_BN_DSCALE, (hox__node[]){x, dy, mean, variance}, 4, NULL, NULL);
    din[0] = hox__emit(g, HOX__OP_BN_DX,
                       (hox__node[]){x, dy, scale, mean, variance, dscale, dshift}, 7, NULL, NULL);
    din[1] = dscale;
    din[2] = dshift;
}

GRADIENT(softmax)
{
    const hox__shape shape = *SHAPE(a);
    const hox__node product = hox__mul(g, dy, a);
    const hox__node total = hox__sum(g, product, 1u << (shape.rank - 1));
    din[0] = hox__sub(g, product, hox__mul(g, a, hox__expand(g, total, shape)));
}

GRADIENT(xent)
{
    const hox__node dx = hox__emit2(g, HOX__OP_XENT_DX, X(0), X(1));
    din[0] = hox__mul(g, dx, dy);
}

/* Linear in x, with the same mask. */
GRADIENT(dropout)
{
    const hox__param param = g->node[a].param;
    din[0] = hox__emit(g, HOX__OP_DROPOUT, &dy, 1, &param, g->node[a].name);
}

/* ---- the sweep ---- */

typedef struct {
    hox__graph *g;
    hox__node *moved;    /* where a node went when it was rebuilt; itself otherwise */
    bool *wanted;        /* depends on a wrt */
    hox__node *gradient; /* of nodes 0..y */
    int n;
} sweep;

static bool depends(const hox__graph *g, const bool *wanted, hox__node a)
{
    for (int i = 0; i < g->node[a].n; i++)
        if (wanted[g->node[a].in[i]])
            return true;
    return false;
}

static void mark(sweep *s, const hox__node *wrt, int n)
{
    for (int i = 0; i < n; i++)
        if (wrt[i] >= 0 && wrt[i] < s->n)
            s->wanted[wrt[i]] = true;
    for (int a = 0; a < s->n; a++)
        if (!s->wanted[a])
            s->wanted[a] = depends(s->g, s->wanted, a);
}

/* Rebuilds node `a` on top of moved operands. A macro's derivative becomes its definition. */
static hox__node rebuild(sweep *s, hox__node a)
{
    hox__graph *g = s->g;
    const hox__value v = g->node[a];
    hox__node few[HOX__ARITY_MAX], *in = few;
    if (v.n > HOX__ARITY_MAX)
        in = hox__arena_alloc(g->arena, (size_t)v.n, sizeof *in);
    if (!in) {
        hox__graph_fail(g, HOX_ERR_MEMORY, "not enough memory for gradients");
        return HOX__NONE;
    }
    for (int i = 0; i < v.n; i++)
        in[i] = s->moved[v.in[i]];
    if (!hox__operations[v.op].gradient && hox__operations[v.op].definition) {
        hox__value with = v;
        with.in = in;
        return hox__operations[v.op].definition(g, &with);
    }
    return hox__emit(g, v.op, in, v.n, &v.param, v.name);
}

/* True when some node between the wrts and y had to be replaced. */
static bool lower(sweep *s, const bool *above)
{
    bool any = false;
    const int n = s->n;
    for (int a = 0; a < n; a++) {
        const hox__value *v = &s->g->node[a];
        bool touched = false;
        s->moved[a] = a;
        if (!s->wanted[a] || !above[a] || v->n == 0)
            continue;
        for (int i = 0; i < v->n; i++)
            touched |= s->moved[v->in[i]] != v->in[i];
        touched |= !hox__operations[v->op].gradient && hox__operations[v->op].definition &&
                   depends(s->g, s->wanted, a);
        if (!touched)
            continue;
        s->moved[a] = rebuild(s, a);
        if (s->moved[a] == HOX__NONE)
            return false;
        any = true;
    }
    return any;
}

static void accumulate(sweep *s, hox__node to, hox__node part)
{
    if (part == HOX__NONE || !s->wanted[to])
        return;
    s->gradient[to] = s->gradient[to] == HOX__NONE ? part : hox__add(s->g, s->gradient[to], part);
}

static void descend(sweep *s, hox__node y)
{
    hox__graph *g = s->g;
    const hox__shape shape = g->node[y].shape;
    s->gradient[y] = hox__constant(g, shape, 1);
    for (hox__node a = y; a >= 0; a--) {
        if (s->gradient[a] == HOX__NONE || !depends(g, s->wanted, a))
            continue;
        const int n = g->node[a].n;
        hox__node few[HOX__ARITY_MAX], *din = few;
        if (n > HOX__ARITY_MAX)
            din = hox__arena_alloc(g->arena, (size_t)n, sizeof *din);
        if (!din || !hox__operations[g->node[a].op].gradient) {
            hox__graph_fail(g, din ? HOX_ERR_ARGUMENT : HOX_ERR_MEMORY, "%s has no gradient",
                            hox__operations[g->node[a].op].name);
            return;
        }
        for (int i = 0; i < n; i++)
            din[i] = HOX__NONE;
        hox__operations[g->node[a].op].gradient(g, a, s->gradient[a], din);
        for (int i = 0; i < n; i++)
            accumulate(s, g->node[a].in[i], din[i]);
    }
}

static bool sweep_init(sweep *s, hox__graph *g, int n)
{
    *s = (sweep){.g = g, .n = n};
    s->moved = hox__alloc((size_t)n, sizeof *s->moved);
    s->wanted = hox__alloc((size_t)n, sizeof *s->wanted);
    s->gradient = hox__alloc((size_t)n, sizeof *s->gradient);
    for (int i = 0; s->gradient && i < n; i++)
        s->gradient[i] = HOX__NONE;
    return s->moved && s->wanted && s->gradient;
}

static void sweep_deinit(sweep *s)
{
    hox__free(s->moved);
    hox__free(s->wanted);
    hox__free(s->gradient);
}

/* Nodes that y is computed from. */
static void ancestors(const hox__graph *g, hox__node y, bool *above)
{
    above[y] = true;
    for (hox__node a = y; a >= 0; a--)
        for (int i = 0; above[a] && i < g->node[a].n; i++)
            above[g->node[a].in[i]] = true;
}

static hox__node lowered_y(hox__graph *g, hox__node y, const hox__node *wrt, int n, hox__node *at)
{
    sweep s;
    bool *above = hox__alloc((size_t)(y + 1), sizeof *above);
    hox__node result = HOX__NONE;
    if (sweep_init(&s, g, y + 1) && above) {
        mark(&s, wrt, n);
        ancestors(g, y, above);
        lower(&s, above);
        result = s.moved[y];
        for (int i = 0; i < n; i++)
            at[i] = wrt[i] <= y ? s.moved[wrt[i]] : wrt[i];
    } else {
        hox__graph_fail(g, HOX_ERR_MEMORY, "not enough memory for gradients");
    }
    hox__free(above);
    sweep_deinit(&s);
    return result;
}

static void gradients(hox__graph *g, hox__node y, const hox__node *wrt, int n, hox__node *at,
                      hox__node *out)
{
    sweep s;
    const hox__node lowered = lowered_y(g, y, wrt, n, at);
    if (lowered == HOX__NONE)
        return;
    if (!sweep_init(&s, g, lowered + 1)) {
        hox__graph_fail(g, HOX_ERR_MEMORY, "not enough memory for gradients");
    } else {
        mark(&s, at, n);
        descend(&s, lowered);
        for (int i = 0; i < n; i++) {
            const hox__shape shape = *hox__node_shape(g, wrt[i]);
            out[i] = at[i] <= lowered ? s.gradient[at[i]] : HOX__NONE;
            if (out[i] == HOX__NONE)
                out[i] = hox__constant(g, shape, 0);
        }
    }
    sweep_deinit(&s);
}

void hox__gradients(hox__graph *g, hox__node y, const hox__node *wrt, int n, hox__node *out)
{
    for (int i = 0; i < n; i++)
        out[i] = HOX__NONE;
    if (g->error.status != HOX_OK || y == HOX__NONE)
        return;
    for (int i = 0; i < n; i++)
        if (wrt[i] < 0 || wrt[i] >= g->count) {
            hox__graph_fail(g, HOX_ERR_ARGUMENT,
                            "gradients: node %d of those asked for is not of this graph", i + 1);
            return;
        }
    if (hox__shape_count(SHAPE(y)) != 1) {
        hox__graph_fail(g, HOX_ERR_SHAPE, "gradients: y is %s, must be a single number",
                        HOX__SHAPE_STRING(SHAPE(y)));
        return;
    }
    hox__node *at = hox__alloc((size_t)(n ? n : 1), sizeof *at);
    if (!at) {
        hox__graph_fail(g, HOX_ERR_MEMORY, "not enough memory for gradients");
        return;
    }
    gradients(g, y, wrt, n, at, out);
    hox__free(at);
}
