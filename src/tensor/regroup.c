/* Loops that were unrolled into a graph, put together again where that is one product instead of
 * many: a recurrent layer of t steps has t products with the same weights and, in its gradient,
 * sums of t products, of t slices put back in their places and of t column sums.
 *
 *   sum of pads at different places       -> concat
 *   sum of a_t' b_t                       -> concat(a_t)' concat(b_t)
 *   sum of column sums of x_t             -> column sum of concat(x_t)
 *   concat(a_t b), rows after rows        -> concat(a_t) b
 *   x[t] b, x[t] slices of one tensor     -> slices of x b
 *   concat of neighbouring slices of x    -> x
 *   slices of an elementwise value        -> elementwise on slices
 *
 * Reshapes on the way that nobody else reads are seen through. The graph that comes in is
 * simplified; the one that goes out is simplified again, which shares what became equal.
 */
#include "tensor/compile.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    int first, n; /* leaves: list[first .. first + n) */
} tree;

/* Products of slices of x with one right operand. */
typedef struct {
    hox__node x, b, product; /* product: in the new graph, once made */
    int transpose_b, members;
    int64_t rows;
} shared;

typedef struct {
    const hox__graph *g;
    hox__graph *to;
    hox__arena *arena;
    hox__node *map;
    int *users;
    hox__node *user; /* the last */
    bool *inside;    /* an addition inside a tree */
    bool *cut;       /* elementwise, and read only as slices that do not overlap */
    int64_t *taken;  /* length of those slices */
    tree *tree;      /* of root additions; n 0: none */
    hox__node *list; /* leaves of all trees */
    hox__node *stack;
    int listed;
    shared *shared;
    int shareds;
} regroup;

#define NODE(a) (&s->g->node[a])

static hox__node mapped(regroup *s, hox__node a);

/* ---- what a node is beneath reshapes that only it reads ---- */

static hox__node core(const regroup *s, hox__node a)
{
    while (NODE(a)->op == HOX__OP_RESHAPE && s->users[a] == 1)
        a = NODE(a)->in[0];
    return a;
}

/* A slice of rows of x, as [m, k]: its first row in x taken as rows of k, or -1. */
static int64_t row_of_slice(const regroup *s, hox__node a, int64_t k, hox__node *x)
{
    while (NODE(a)->op == HOX__OP_RESHAPE)
        a = NODE(a)->in[0];
    const hox__value *v = NODE(a);
    if (v->op != HOX__OP_SLICE || v->param.axis != 0 || v->param.step != 1)
        return -1;
    const hox__shape *from = &NODE(v->in[0])->shape;
    const int64_t start = v->param.start * (hox__shape_count(from) / from->dim[0]);
    *x = v->in[0];
    return start % k || hox__shape_count(from) % k ? -1 : start / k;
}

/* Slices of x that a product with `v` as one of several covers: they are multiplied at once, and
 * `v` is part of that from *row on (NULL: not asked). NULL: it stays alone. */
static shared *shared_of(const regroup *s, const hox__value *v, int64_t *row)
{
    hox__node x;
    if (v->op != HOX__OP_MATMUL || v->param.transpose_a || v->shape.rank != 2)
        return NULL;
    const int64_t k = NODE(v->in[0])->shape.dim[1], at = row_of_slice(s, v->in[0], k, &x);
    for (int i = 0; at >= 0 && i < s->shareds; i++) {
        shared *p = &s->shared[i];
        const int64_t all = hox__shape_count(&NODE(x)->shape) / k;
        if (p->x != x || p->b != v->in[1] || p->transpose_b != v->param.transpose_b ||
            p->members < 2 || 2 * p->rows < all)
            continue;
        if (row)
            *row = at;
        return p;
    }
    return NULL;
}

/* ---- finding ---- */

static bool count_users(regroup *s, const hox__node *output, int n)
{
    const hox__graph *g = s->g;
    int total = 0;
    for (hox__node a = 0; a < g->count; a++)
        for (int i = 0; i < g->node[a].n; i++, total++)
            s->users[g->node[a].in[i]]++, s->user[g->node[a].in[i]] = a;
    for (int i = 0; i < n; i++)
        s->users[output[i]] += 2; /* never inside anything */
    for (int i = 0; i < g->assigns; i++)
        s->users[g->assign[i].value] += 2;
    s->list = hox__arena_alloc(s->arena, (size_t)total + 1, sizeof *s->list);
    return s->list != NULL;
}

static bool adds_whole(const regroup *s, hox__node a)
{
    const hox__value *v = NODE(a);
    return !s->cut[a] && v->op == HOX__OP_ADD &&
           hox__dims_equal(&v->shape, &NODE(v->in[0])->shape) &&
           hox__dims_equal(&v->shape, &NODE(v->in[1])->shape);
}

/* The leaves of the additions above `root`, left to right. */
static void find_tree(regroup *s, hox__node root)
{
    hox__node *out = s->list + s->listed;
    int n = 0, open = 0;
    hox__node *stack = s->stack;
    stack[open++] = root;
    while (open) {
        const hox__node a = stack[--open];
        if (a != root && !(adds_whole(s, a) && s->users[a] == 1)) {
            out[n++] = a;
            continue;
        }
        s->inside[a] = a != root;
        stack[open++] = NODE(a)->in[1];
        stack[open++] = NODE(a)->in[0];
    }
    s->tree[root] = (tree){s->listed, n};
    s->listed += n;
}

static bool is_elementwise(const regroup *s, hox__node a)
{
    return hox__operations[NODE(a)->op].kind == HOX__ELEMENTWISE;
}

enum { ADDITIONS_MAX = 8 };

/* A sum with products only it reads: those are added where they are computed (products.c), whole.
 */
static bool sums_products(const regroup *s, hox__node a, int depth)
{
    if (depth == 0 || !adds_whole(s, a))
        return false;
    for (int i = 0; i < 2; i++) {
        const hox__node x = NODE(a)->in[i];
        const bool product = NODE(x)->op == HOX__OP_MATMUL;
        if (s->users[x] == 1 && (product ? hox__may_be_term(s->g, x, 1, s->users[NODE(x)->in[1]]) &&
                                               !shared_of(s, NODE(x), NULL)
                                         : sums_products(s, x, depth - 1)))
            return true;
    }
    return false;
}

/* Marks what is only read as slices, or by one elementwise reader of its shape that is. */
static void find_cuts(regroup *s)
{
    const hox__graph *g = s->g;
    for (hox__node a = 0; a < g->count; a++) {
        const hox__value *v = NODE(a);
        const hox__node x = v->n ? v->in[0] : HOX__NONE;
        if (v->op != HOX__OP_SLICE || v->param.step != 1 || !is_elementwise(s, x))
            continue;
        s->taken[x] += v->param.stop - v->param.start;
        s->users[x]--; /* for the moment: those that are not slices */
    }
    for (hox__node a = g->count - 1; a >= 0; a--) {
        if (!is_elementwise(s, a))
            continue;
        const hox__node u = s->user[a];
        if (s->taken[a] && s->users[a] == 0)
            s->cut[a] = NODE(u)->op == HOX__OP_SLICE && !sums_products(s, a, ADDITIONS_MAX) &&
                        s->taken[a] <= NODE(a)->shape.dim[NODE(u)->param.axis];
        else if (!s->taken[a] && s->users[a] == 1)
            s->cut[a] = s->cut[u] && is_elementwise(s, u) &&
                        hox__dims_equal(&NODE(a)->shape, &NODE(u)->shape);
    }
    for (hox__node a = 0; a < g->count; a++) {
        const hox__value *v = NODE(a);
        if (v->op == HOX__OP_SLICE && v->param.step == 1 && is_elementwise(s, v->in[0]))
            s->users[v->in[0]]++;
    }
}

static void note_product(regroup *s, hox__node a)
{
    const hox__value *v = NODE(a);
    hox__node x;
    if (v->op != HOX__OP_MATMUL || v->param.transpose_a || v->shape.rank != 2)
        return;
    const int64_t k = NODE(v->in[0])->shape.dim[1];
    if (row_of_slice(s, v->in[0], k, &x) < 0)
        return;
    int i = 0;
    while (i < s->shareds && (s->shared[i].x != x || s->shared[i].b != v->in[1] ||
                              s->shared[i].transpose_b != v->param.transpose_b))
        i++;
    if (i == s->shareds)
        s->shared[s->shareds++] = (shared){
            .x = x, .b = v->in[1], .product = HOX__NONE, .transpose_b = v->param.transpose_b};
    s->shared[i].members++;
    s->shared[i].rows += v->shape.dim[0];
}

static bool find(regroup *s, const hox__node *output, int n)
{
    const size_t count = (size_t)s->g->count + 1;
    int products = 1;
    for (hox__node a = 0; a < s->g->count; a++)
        products += NODE(a)->op == HOX__OP_MATMUL;
    s->users = hox__arena_alloc(s->arena, count, sizeof *s->users);
    s->user = hox__arena_alloc(s->arena, count, sizeof *s->user);
    s->stack = hox__arena_alloc(s->arena, count + 1, sizeof *s->stack);
    s->inside = hox__arena_alloc(s->arena, count, sizeof *s->inside);
    s->cut = hox__arena_alloc(s->arena, count, sizeof *s->cut);
    s->taken = hox__arena_alloc(s->arena, count, sizeof *s->taken);
    s->tree = hox__arena_alloc(s->arena, count, sizeof *s->tree);
    s->shared = hox__arena_alloc(s->arena, (size_t)products, sizeof *s->shared);
    if (!s->users || !s->user || !s->stack || !s->cut || !s->taken || !s->inside || !s->tree ||
        !s->shared || !count_users(s, output, n))
        return false;
    for (hox__node a = s->g->count - 1; a >= 0; a--)
        note_product(s, a);
    find_cuts(s);
    for (hox__node a = s->g->count - 1; a >= 0; a--)
        if (adds_whole(s, a) && !s->inside[a])
            find_tree(s, a);
    return true;
}

/* ---- concatenation that sees what it joins; parts are of the old graph, HOX__NONE for zeros ----
 */

/* Neighbouring slices of one tensor: their place in it. */
static hox__node one_piece(regroup *s, const hox__node *part, int n)
{
    hox__node x = HOX__NONE;
    int64_t start = 0, stop = 0;
    for (int i = 0; i < n; i++) {
        hox__node from;
        const int64_t at = part[i] == HOX__NONE ? -1 : row_of_slice(s, part[i], 1, &from);
        if (at < 0 || (i > 0 && (from != x || at != stop)))
            return HOX__NONE;
        start = i ? start : at;
        x = from;
        stop = at + hox__shape_count(&NODE(part[i])->shape);
    }
    const hox__node whole = mapped(s, x);
    const int64_t all = hox__shape_count(&NODE(x)->shape);
    const hox__node flat = hox__reshape(s->to, whole, HOX__SHAPE(all));
    return stop - start == all ? whole : hox__slice(s->to, flat, 0, start, stop);
}

static hox__node joined(regroup *s, const hox__node *part, int n, int axis,
                        const hox__shape *shape);

/* Products with one right operand, rows after rows. */
static hox__node one_product(regroup *s, const hox__node *part, int n)
{
    const hox__value *first = NULL;
    int64_t rows = 0;
    for (int i = 0; i < n; i++) {
        const hox__node a = part[i] == HOX__NONE ? HOX__NONE : core(s, part[i]);
        const hox__value *v = a == HOX__NONE ? NULL : NODE(a);
        if (!v || v->op != HOX__OP_MATMUL || v->param.transpose_a || s->users[a] != 1 ||
            v->shape.rank != 2)
            return HOX__NONE;
        first = first ? first : v;
        if (v->in[1] != first->in[1] || v->param.transpose_b != first->param.transpose_b)
            return HOX__NONE;
        rows += v->shape.dim[0];
    }
    hox__node *left = hox__arena_alloc(s->arena, (size_t)n, sizeof *left);
    if (!left)
        return HOX__NONE;
    for (int i = 0; i < n; i++)
        left[i] = NODE(core(s, part[i]))->in[0];
    const hox__shape shape = HOX__SHAPE(rows, NODE(left[0])->shape.dim[1]);
    return hox__matmul(s->to, joined(s, left, n, 0, &shape), mapped(s, first->in[1]), false,
                       first->param.transpose_b);
}

/* Zeros of the shape between `from` and `to` on the axis. */
static hox__node zeros(regroup *s, hox__shape shape, int axis, int64_t size)
{
    shape.dim[axis] = size;
    return hox__constant(s->to, shape, 0);
}

/* Parts in order, as `shape`; the sizes of parts that are missing are `gap[i]`. */
static hox__node joined_gaps(regroup *s, const hox__node *part, const int64_t *gap, int n, int axis,
                             const hox__shape *shape)
{
    hox__node found = HOX__NONE;
    if (axis == 0 && n > 1)
        found = one_piece(s, part, n);
    if (axis == 0 && n > 1 && found == HOX__NONE)
        found = one_product(s, part, n);
    if (found != HOX__NONE)
        return hox__reshape(s->to, found, *shape);
    hox__node *in = hox__arena_alloc(s->arena, (size_t)n, sizeof *in);
    for (int i = 0; in && i < n; i++)
        in[i] = part[i] == HOX__NONE ? zeros(s, *shape, axis, gap[i]) : mapped(s, part[i]);
    return !in ? HOX__NONE : n == 1 ? in[0] : hox__concat(s->to, in, n, axis);
}

static hox__node joined(regroup *s, const hox__node *part, int n, int axis, const hox__shape *shape)
{
    return joined_gaps(s, part, NULL, n, axis, shape);
}

/* ---- sums ---- */

static int by_start(const void *a, const void *b, void *of)
{
    const regroup *s = of;
    const int64_t x = NODE(core(s, *(const hox__node *)a))->param.start,
                  y = NODE(core(s, *(const hox__node *)b))->param.start;
    return (x > y) - (x < y);
}

/* Steps of a loop in their order: a product's operand from the way forward has the smaller number,
 * and grows with the step; what is summed comes from the way back, last step first. */
static int by_step(const void *a, const void *b, void *of)
{
    const regroup *s = of;
    const hox__value *x = NODE(core(s, *(const hox__node *)a)),
                     *y = NODE(core(s, *(const hox__node *)b));
    if (x->op == HOX__OP_SUM)
        return y->in[0] - x->in[0];
    const hox__node p = x->in[0] < x->in[1] ? x->in[0] : x->in[1],
                    q = y->in[0] < y->in[1] ? y->in[0] : y->in[1];
    return p != q ? p - q : x->in[0] + x->in[1] - y->in[0] - y->in[1];
}

/* Products and sums over so many rows are as fast one by one, and read what was just computed where
 * it still is, in the second cache (bench/engine). */
enum { ROWS_ALONE = 512 };

static bool stays_alone(const regroup *s, hox__node a)
{
    const hox__value *v = NODE(a);
    if (v->op == HOX__OP_MATMUL)
        return v->param.transpose_a && NODE(v->in[0])->shape.dim[0] >= ROWS_ALONE;
    return v->op == HOX__OP_SUM && v->param.axes & 1 && NODE(v->in[0])->shape.dim[0] >= ROWS_ALONE;
}

/* Can leaves a and b, seen through reshapes, be one? */
static bool alike(const regroup *s, hox__node a, hox__node b)
{
    const hox__node x = core(s, a), y = core(s, b);
    const hox__value *v = NODE(x), *w = NODE(y);
    if (v->op != w->op || s->users[x] != 1 || s->users[y] != 1 ||
        !hox__dims_equal(&v->shape, &w->shape) || (stays_alone(s, x) && stays_alone(s, y)))
        return false;
    if (v->op == HOX__OP_PAD)
        return v->param.axis == w->param.axis && v->param.step == 1 && w->param.step == 1;
    if (v->op == HOX__OP_MATMUL)
        return v->shape.rank == 2 && v->param.transpose_a && w->param.transpose_a &&
               !v->param.transpose_b && !w->param.transpose_b;
    if (v->op != HOX__OP_SUM || v->param.axes != w->param.axes || !(v->param.axes & 1))
        return false;
    const hox__shape *p = &NODE(v->in[0])->shape, *q = &NODE(w->in[0])->shape;
    return p->rank == q->rank &&
           memcmp(p->dim + 1, q->dim + 1, (size_t)(p->rank - 1) * sizeof p->dim[0]) == 0;
}

static hox__node concat_of_pads(regroup *s, hox__node *leaf, int n)
{
    const hox__value *first = NODE(core(s, leaf[0]));
    const int axis = first->param.axis;
    hox__node *part = hox__arena_alloc(s->arena, (size_t)n, 2 * sizeof *part);
    int64_t *gap = hox__arena_alloc(s->arena, (size_t)n, 2 * sizeof *gap), at = 0;
    int parts = 0;
    if (!part || !gap)
        return HOX__NONE;
    qsort_r(leaf, (size_t)n, sizeof *leaf, by_start, s);
    for (int i = 0; i < n; i++) {
        const hox__value *v = NODE(core(s, leaf[i]));
        if (v->param.start < at)
            return HOX__NONE; /* they overlap */
        if (v->param.start > at) {
            gap[parts] = v->param.start - at;
            part[parts++] = HOX__NONE;
        }
        part[parts++] = v->in[0];
        at = v->param.start + NODE(v->in[0])->shape.dim[axis];
    }
    const int64_t rest = first->shape.dim[axis] - at;
    hox__node whole;
    if (rest > 0) { /* one part more than there is room for: the last gap is padded */
        hox__shape shape = first->shape;
        shape.dim[axis] = at;
        const hox__param param = {.axis = axis, .stop = first->shape.dim[axis], .step = 1};
        whole = joined_gaps(s, part, gap, parts, axis, &shape);
        return hox__emit(s->to, HOX__OP_PAD, &whole, 1, &param, NULL);
    }
    return joined_gaps(s, part, gap, parts, axis, &first->shape);
}

/* Operand i of all leaves, one after the other. */
static hox__node joined_operands(regroup *s, const hox__node *leaf, int n, int i)
{
    hox__node *part = hox__arena_alloc(s->arena, (size_t)n, sizeof *part);
    hox__shape shape = NODE(NODE(core(s, leaf[0]))->in[i])->shape;
    if (!part)
        return HOX__NONE;
    shape.dim[0] = 0;
    for (int k = 0; k < n; k++) {
        part[k] = NODE(core(s, leaf[k]))->in[i];
        shape.dim[0] += NODE(part[k])->shape.dim[0];
    }
    return joined(s, part, n, 0, &shape);
}

/* n leaves that are alike as one value, or HOX__NONE. */
static hox__node combined(regroup *s, hox__node *leaf, int n)
{
    const hox__value *first = NODE(core(s, leaf[0]));
    if (first->op == HOX__OP_PAD)
        return concat_of_pads(s, leaf, n);
    qsort_r(leaf, (size_t)n, sizeof *leaf, by_step, s);
    const hox__node a = joined_operands(s, leaf, n, 0);
    if (first->op == HOX__OP_SUM)
        return hox__sum(s->to, a, first->param.axes);
    return hox__matmul(s->to, a, joined_operands(s, leaf, n, 1), true, false);
}

static hox__node plus(regroup *s, hox__node total, hox__node more)
{
    return total == HOX__NONE ? more : hox__add(s->to, total, more);
}

static hox__node sum_of(regroup *s, hox__node root)
{
    const tree t = s->tree[root];
    hox__node *leaf = s->list + t.first, total = HOX__NONE;
    for (int i = 0; i < t.n;) {
        int n = 1; /* those like leaf i come behind it */
        for (int k = i + 1; k < t.n; k++)
            if (alike(s, leaf[i], leaf[k])) {
                const hox__node moved = leaf[k];
                memmove(leaf + i + n + 1, leaf + i + n, (size_t)(k - i - n) * sizeof *leaf);
                leaf[i + n++] = moved;
            }
        const hox__node one = n > 1 ? combined(s, leaf + i, n) : HOX__NONE;
        if (one != HOX__NONE)
            total = plus(s, total, hox__reshape(s->to, one, NODE(root)->shape));
        for (int k = i; one == HOX__NONE && k < i + n; k++)
            total = plus(s, total, mapped(s, leaf[k]));
        i += n;
    }
    return total;
}

/* ---- building ---- */

/* A product with a slice as a slice of the product with all. */
static hox__node slice_of_product(regroup *s, const hox__value *v)
{
    int64_t row;
    shared *p = shared_of(s, v, &row);
    if (!p)
        return HOX__NONE;
    const int64_t k = NODE(v->in[0])->shape.dim[1], all = hox__shape_count(&NODE(p->x)->shape) / k;
    if (p->product == HOX__NONE)
        p->product = hox__matmul(s->to, hox__reshape(s->to, mapped(s, p->x), HOX__SHAPE(all, k)),
                                 mapped(s, p->b), false, p->transpose_b);
    return hox__slice(s->to, p->product, 0, row, row + v->shape.dim[0]);
}

static hox__node copied(regroup *s, const hox__value *v)
{
    hox__node few[HOX__ARITY_MAX], *in = few;
    if (v->n > HOX__ARITY_MAX)
        in = hox__arena_alloc(s->arena, (size_t)v->n, sizeof *in);
    for (int i = 0; in && i < v->n; i++)
        in[i] = mapped(s, v->in[i]);
    return in ? hox__emit(s->to, v->op, in, v->n, &v->param, v->name) : HOX__NONE;
}

/* The part of a value that a slice wants. */
static hox__node cut(regroup *s, hox__node a, const hox__param *p)
{
    const hox__value *v = NODE(a);
    if (hox__shape_count(&v->shape) == 1)
        return mapped(s, a);
    if (s->cut[a]) {
        hox__node in[3];
        for (int i = 0; i < v->n; i++)
            in[i] = cut(s, v->in[i], p);
        return hox__emit(s->to, v->op, in, v->n, &v->param, v->name);
    }
    if (v->op != HOX__OP_EXPAND || NODE(v->in[0])->shape.rank != v->shape.rank)
        return hox__slice(s->to, mapped(s, a), p->axis, p->start, p->stop);
    hox__node from = mapped(s, v->in[0]);
    hox__shape shape = v->shape;
    shape.dim[p->axis] = p->stop - p->start;
    if (NODE(v->in[0])->shape.dim[p->axis] > 1)
        from = hox__slice(s->to, from, p->axis, p->start, p->stop);
    return hox__expand(s->to, from, shape);
}

static hox__node mapped(regroup *s, hox__node a)
{
    const hox__value *v = NODE(a);
    if (s->map[a] != HOX__NONE)
        return s->map[a];
    hox__node made = HOX__NONE;
    if (s->tree[a].n > 1)
        made = sum_of(s, a);
    else if (v->op == HOX__OP_SLICE && s->cut[v->in[0]])
        made = cut(s, v->in[0], &v->param);
    else if (v->op == HOX__OP_CONCAT)
        made = joined(s, v->in, v->n, v->param.axis, &v->shape);
    else
        made = slice_of_product(s, v);
    s->map[a] = made != HOX__NONE ? made : copied(s, v);
    return s->map[a];
}

/* Will this node only be asked for, if at all, by the sum or product that takes it in? */
static bool waits(const regroup *s, hox__node a)
{
    const hox__op op = NODE(a)->op;
    if (stays_alone(s, a))
        return false;
    if (s->inside[a] || s->cut[a] || s->users[a] != 1)
        return s->inside[a] || s->cut[a];
    hox__node u = s->user[a];
    while (NODE(u)->op == HOX__OP_RESHAPE && s->users[u] == 1)
        u = s->user[u];
    const hox__op by = NODE(u)->op;
    const bool taken = by == HOX__OP_ADD || by == HOX__OP_CONCAT || by == HOX__OP_PAD;
    if (op == HOX__OP_SLICE || op == HOX__OP_RESHAPE)
        return taken || by == HOX__OP_MATMUL;
    return taken && (op == HOX__OP_PAD || op == HOX__OP_MATMUL || op == HOX__OP_SUM);
}

hox__graph *hox__regrouped(const hox__graph *g, const hox__node *output, int n, hox__node *map)
{
    regroup s = {.g = g, .map = map, .to = hox__graph_new(), .arena = hox__arena_new(SIZE_MAX)};
    bool good = s.to && s.arena;
    for (hox__node a = 0; a < g->count; a++)
        map[a] = HOX__NONE;
    good = good && find(&s, output, n);
    for (hox__node a = 0; good && a < g->count; a++)
        if (!waits(&s, a))
            good = mapped(&s, a) != HOX__NONE;
    for (int i = 0; good && i < g->assigns; i++)
        hox__assign(s.to, map[g->assign[i].variable], map[g->assign[i].value]);
    hox__arena_free(s.arena);
    if (good && s.to->error.status == HOX_OK)
        return s.to;
    hox__graph_free(s.to);
    return NULL;
}
