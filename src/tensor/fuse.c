/* What is computed together.
 *
 * Elementwise nodes whose readers all belong to one group join it (so groups are convex and nothing
 * is computed twice); a group becomes a tape. Around a batch normalization, the relu and the 2x2
 * maxima that follow go into its forward pass, and the gradient through them into its two backward
 * passes, so that neither the normalized image nor its gradient is written to memory.
 */
#include "tensor/compile.h"

#define NODE(a) (&c->g->node[a])

static bool is_op(const hox__compile *c, hox__node a, hox__op op)
{
    return a != HOX__NONE && NODE(a)->op == op;
}

/* The only reader of `a` with this operation, or HOX__NONE. */
static hox__node user_of(const hox__compile *c, hox__node a, hox__op op)
{
    hox__node found = HOX__NONE;
    for (int i = c->first_user[a]; i < c->first_user[a + 1]; i++)
        if (NODE(c->user[i])->op == op) {
            if (found != HOX__NONE && found != c->user[i])
                return HOX__NONE;
            found = c->user[i];
        }
    return found;
}

/* ---- elementwise ---- */

bool hox__repeats(const hox__compile *c, hox__node expand, hox__layout layout, hox__register *out)
{
    const hox__value *v = NODE(expand);
    if (v->op != HOX__OP_EXPAND)
        return false;
    const hox__shape *from = &NODE(v->in[0])->shape, *to = &v->shape;
    int first = 0, last = from->rank; /* axes that do not repeat: [first, last) */
    while (first < last && from->dim[first] == 1)
        first++;
    while (last > first && from->dim[last - 1] == 1)
        last--;
    *out = (hox__register){.kind = HOX__REGISTER_CYCLE, .inner = 1, .mid = 1};
    for (int i = first; i < last; i++) {
        if (from->dim[i] != to->dim[i])
            return false;
        out->mid *= from->dim[i];
    }
    for (int i = last; i < to->rank; i++)
        out->inner *= to->dim[i];
    if (out->mid == 1)
        out->kind = HOX__REGISTER_ONE;
    else if (layout == HOX__BLOCKED) {
        if (first != 1 || last != 2 || to->rank != 4)
            return false;
        out->kind = HOX__REGISTER_BLOCK;
    }
    return c->layout[v->in[0]] == HOX__PLAIN;
}

static bool same_space(const hox__compile *c, hox__node a, hox__node b)
{
    return hox__dims_equal(&NODE(a)->shape, &NODE(b)->shape) && c->layout[a] == c->layout[b];
}

/* Members and operands are registers of a tape, members are its steps. */
enum { GROUP_MAX = 90, GROUP_OUTPUTS_MAX = 11, PARTS_MAX = 6 };

static bool may_join(const hox__compile *c, hox__node a)
{
    return c->live[a] && hox__operations[NODE(a)->op].kind == HOX__ELEMENTWISE && !c->norm_of[a];
}

bool hox__is_gathered(const hox__compile *c, hox__node a)
{
    return NODE(a)->op == HOX__OP_CONCAT && c->group_size[a] > 0;
}

/* Can the parts be computed together and written where the concatenation wants them? */
static bool gathers(const hox__compile *c, hox__node a)
{
    const hox__value *v = NODE(a);
    if (!c->live[a] || v->op != HOX__OP_CONCAT || v->n > PARTS_MAX || c->layout[a] != HOX__PLAIN)
        return false;
    for (int i = 0; i < v->n; i++)
        if (!may_join(c, v->in[i]) || hox__users(c, v->in[i]) != 1 || c->kept[v->in[i]] ||
            !same_space(c, v->in[i], v->in[0]) || c->layout[v->in[i]] != HOX__PLAIN)
            return false;
    return true;
}

static bool in_group_of(const hox__compile *c, hox__node a, hox__node reader)
{
    return hox__is_gathered(c, reader) || (may_join(c, reader) && same_space(c, a, reader));
}

/* The group that `a` can join: that of a reader, when all other readers come behind its last node,
 * so that nothing in the group waits for them. */
static hox__node group_to_join(const hox__compile *c, hox__node a)
{
    hox__node group = HOX__NONE;
    for (int i = c->first_user[a]; i < c->first_user[a + 1]; i++) {
        const hox__node user = c->user[i];
        if (in_group_of(c, a, user) && (group == HOX__NONE || c->group[user] < group))
            group = c->group[user];
    }
    for (int i = c->first_user[a]; i < c->first_user[a + 1]; i++)
        if (c->group[c->user[i]] != group && c->user[i] < group)
            return HOX__NONE;
    return group;
}

bool hox__leaves_group(const hox__compile *c, hox__node a)
{
    for (int i = c->first_user[a]; i < c->first_user[a + 1]; i++)
        if (c->group[c->user[i]] != c->group[a])
            return true;
    return c->kept[a] || c->group[a] == a;
}

static void join_group(hox__compile *c, hox__node a, hox__node group, uint8_t *outputs)
{
    const bool part = hox__users(c, a) == 1 && c->user[c->first_user[a]] == group &&
                      hox__is_gathered(c, group); /* counted with the concatenation */
    c->group[a] = group;
    c->group_first[group] = a;
    if (part)
        return;
    c->group_size[group] += 1 + NODE(a)->n;
    outputs[group] = (uint8_t)(outputs[group] + hox__leaves_group(c, a));
}

static void group_nodes(hox__compile *c, uint8_t *outputs)
{
    for (hox__node a = c->nodes - 1; a >= 0; a--) {
        c->group_first[a] = a;
        if (gathers(c, a)) {
            for (int i = 0; i < NODE(a)->n; i++)
                c->group_size[a] += 2 + NODE(NODE(a)->in[i])->n;
            outputs[a] = 1;
        }
        if (!may_join(c, a))
            continue;
        const hox__node group = group_to_join(c, a);
        const bool fits = group != HOX__NONE &&
                          c->group_size[group] + 1 + NODE(a)->n <= GROUP_MAX &&
                          outputs[group] < GROUP_OUTPUTS_MAX;
        const bool part = group != HOX__NONE && hox__is_gathered(c, group) &&
                          c->user[c->first_user[a]] == group && hox__users(c, a) == 1;
        if (fits || part) {
            join_group(c, a, group, outputs);
        } else {
            c->group_size[a] = 1 + NODE(a)->n;
            outputs[a] = 1;
        }
    }
}

/* ---- batch normalization ---- */

static bool halves(const hox__compile *c, hox__node pool)
{
    const hox__param *p = &NODE(pool)->param;
    const hox__window *w = &p->window;
    return p->size_h == 2 && p->size_w == 2 && w->stride_h == 2 && w->stride_w == 2 &&
           w->pad_top + w->pad_bottom + w->pad_left + w->pad_right == 0 &&
           c->layout[pool] == HOX__BLOCKED;
}

static bool is_zero(const hox__compile *c, hox__node a)
{
    return is_op(c, a, HOX__OP_CONSTANT) && NODE(a)->param.value == 0;
}

/* select(0 < y, d, 0): d where y is positive. */
static bool is_masked(const hox__compile *c, hox__node a, hox__node y)
{
    if (!is_op(c, a, HOX__OP_SELECT) || !is_zero(c, NODE(a)->in[2]))
        return false;
    const hox__node less = NODE(a)->in[0];
    return is_op(c, less, HOX__OP_LESS) && is_zero(c, NODE(less)->in[0]) &&
           NODE(less)->in[1] == y && hox__users(c, less) == 1 && !c->kept[less] &&
           hox__dims_equal(&NODE(a)->shape, &NODE(y)->shape);
}

/* The backward nodes: all readers of the gradient must be the three sums and dx. */
static void find_backward(const hox__compile *c, hox__norm *n)
{
    n->dscale = n->dshift = n->dx = n->sums_of = HOX__NONE;
    const hox__node x = n->x;
    for (int i = c->first_user[x]; i < c->first_user[x + 1]; i++) {
        const hox__node u = c->user[i];
        const hox__value *v = NODE(u);
        if (v->op == HOX__OP_BN_DSCALE && v->in[0] == x && v->in[2] == NODE(n->train)->in[3] &&
            v->in[3] == NODE(n->train)->in[4]) {
            if (n->dscale != HOX__NONE)
                return; /* differentiated twice: each goes alone */
            n->dscale = u;
        }
    }
    if (n->dscale == HOX__NONE)
        return;
    const hox__node dy = NODE(n->dscale)->in[1];
    n->dx = user_of(c, dy, HOX__OP_BN_DX);
    n->dshift = user_of(c, dy, HOX__OP_SUM);
    if (n->dshift != HOX__NONE && NODE(n->dshift)->param.axes != hox__channel_axes(&NODE(x)->shape))
        n->dshift = HOX__NONE;
    const hox__node *of = n->dx == HOX__NONE ? NULL : NODE(n->dx)->in, *train = NODE(n->train)->in;
    if (of && (of[0] != x || of[2] != train[1] || of[3] != train[3] || of[4] != train[4]))
        n->dx = HOX__NONE;
    n->sums_of = dy;
}

static int sums_readers(const hox__norm *n)
{
    return (n->dscale != HOX__NONE) + (n->dshift != HOX__NONE) + (n->dx != HOX__NONE);
}

/* Does the gradient come through relu, and through 2x2 maxima of it? */
static void find_mask(const hox__compile *c, hox__norm *n)
{
    n->incoming = n->sums_of;
    if (n->sums_of == HOX__NONE || n->relu == HOX__NONE || c->kept[n->sums_of] ||
        hox__users(c, n->sums_of) != sums_readers(n) || !is_masked(c, n->sums_of, n->relu))
        return;
    n->masked = true;
    n->incoming = NODE(n->sums_of)->in[1];
    const hox__node scatter = n->incoming;
    if (n->pool == HOX__NONE || n->index == HOX__NONE || !is_op(c, scatter, HOX__OP_MAX_SCATTER) ||
        NODE(scatter)->in[1] != n->index || hox__users(c, scatter) != 1 || c->kept[scatter] ||
        c->layout[n->dx != HOX__NONE ? n->dx : n->train] != HOX__BLOCKED)
        return;
    n->pooled = true;
    n->incoming = NODE(scatter)->in[0];
}

/* Relu's image is read by nothing but the maxima and the mask: it need not exist. */
static bool relu_vanishes(const hox__compile *c, const hox__norm *n)
{
    if (c->kept[n->relu])
        return false;
    for (int i = c->first_user[n->relu]; i < c->first_user[n->relu + 1]; i++) {
        const hox__node u = c->user[i];
        const bool mask = n->pooled && u == NODE(NODE(n->sums_of)->in[0])->in[0];
        const bool less = n->pooled && is_op(c, u, HOX__OP_LESS) && u == NODE(n->sums_of)->in[0];
        if (u != n->pool && u != n->index && !mask && !less)
            return false;
    }
    return true;
}

static void find_forward(const hox__compile *c, hox__norm *n)
{
    n->relu = n->pool = n->index = HOX__NONE;
    const hox__node relu = user_of(c, n->train, HOX__OP_RELU);
    if (relu == HOX__NONE || hox__users(c, n->train) != 1 || c->kept[n->train])
        return;
    n->relu = relu;
    const hox__node pool = user_of(c, relu, HOX__OP_MAXPOOL);
    if (pool != HOX__NONE && halves(c, pool)) {
        n->pool = pool;
        n->index = user_of(c, relu, HOX__OP_MAXPOOL_INDEX);
        if (n->index != HOX__NONE && !halves(c, n->index))
            n->pool = n->index = HOX__NONE;
    }
}

static void claim(hox__compile *c, hox__node a, int norm)
{
    if (a != HOX__NONE)
        c->norm_of[a] = norm + 1;
}

static void add_norm(hox__compile *c, hox__node train)
{
    hox__norm *n = &c->norm[c->norms];
    *n = (hox__norm){.train = train, .x = NODE(train)->in[0]};
    find_forward(c, n);
    find_backward(c, n);
    find_mask(c, n);
    if (n->pool != HOX__NONE && !relu_vanishes(c, n)) {
        n->pool = n->index = HOX__NONE;
        n->masked = n->pooled = false;
        find_mask(c, n);
    }
    claim(c, train, c->norms);
    claim(c, n->relu, c->norms);
    claim(c, n->pool, c->norms);
    claim(c, n->index, c->norms);
    claim(c, n->dscale, c->norms);
    claim(c, n->dshift, c->norms);
    claim(c, n->dx, c->norms);
    if (n->masked) {
        claim(c, n->sums_of, c->norms);
        claim(c, NODE(n->sums_of)->in[0], c->norms);
    }
    if (n->pooled)
        claim(c, NODE(n->sums_of)->in[1], c->norms);
    c->norms++;
}

bool hox__fuse(hox__compile *c)
{
    const size_t n = (size_t)c->nodes + 1;
    uint8_t *outputs = hox__arena_alloc(c->scratch, n, sizeof *outputs);
    int norms = 0;
    for (hox__node a = 0; a < c->nodes; a++)
        norms += c->live[a] && NODE(a)->op == HOX__OP_BN_TRAIN;
    c->norm = hox__arena_alloc(c->scratch, (size_t)norms + 1, sizeof *c->norm);
    if (!outputs || !c->norm)
        return hox__compile_short(c);
    for (hox__node a = 0; a < c->nodes; a++)
        if (c->live[a] && NODE(a)->op == HOX__OP_BN_TRAIN && !c->norm_of[a])
            add_norm(c, a);
    group_nodes(c, outputs);
    return true;
}
