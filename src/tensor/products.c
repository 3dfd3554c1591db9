/* Sums of products as one row: gates = x Wx' + h Wh' + b, and the gradient of a state that several
 * products read. The tiles of the result stay in registers until all terms are added, so nothing
 * is written, read back and added. Here is the pass that finds such sums, and the row.
 *
 * An addition of equal shapes is taken apart down to what is no addition, or is read by others too.
 * Of those leaves, products that only it reads become terms, a repeated row its bias, and a value
 * that no tape computes, such as a part of another tensor, what it begins with.
 */
#include "tensor/compile.h"

typedef struct {
    const hox__graph *g;
    hox__graph *to;
    hox__arena *arena;
    hox__node *map;
    int *users;
    hox__node *user; /* the last */
    hox__node *leaf, *stack;
} sums;

#define NODE(a) (&s->g->node[a])

static bool adds_matrices(const sums *s, hox__node a)
{
    const hox__value *v = NODE(a);
    return v->op == HOX__OP_ADD && v->shape.rank == 2 &&
           hox__dims_equal(&v->shape, &NODE(v->in[0])->shape) &&
           hox__dims_equal(&v->shape, &NODE(v->in[1])->shape);
}

bool hox__may_be_term(const hox__graph *g, hox__node a, int users, int right_users)
{
    /* what neither the library nor dot products do faster, and fits the second cache: rows.c;
     * packing for few rows pays where a loop reads the same weights again and again */
    enum { ROWS_MIN = 24, INNER_MAX = 512, COLUMNS_MIN = 16, LOOP_MIN = 8, LARGE = 1 << 19 };
    const hox__value *v = &g->node[a];
    if (v->op != HOX__OP_MATMUL || v->shape.rank != 2 || v->param.transpose_a || users != 1)
        return false;
    const int64_t m = v->shape.dim[0], n = v->shape.dim[1], k = g->node[v->in[0]].shape.dim[1];
    if (n <= COLUMNS_MIN)
        return false;
    return v->param.transpose_b ? m >= ROWS_MIN || right_users >= LOOP_MIN
                                : k <= INNER_MAX && k * n < LARGE;
}

static bool is_term(const sums *s, hox__node a)
{
    return hox__may_be_term(s->g, a, s->users[a],
                            NODE(a)->op == HOX__OP_MATMUL ? s->users[NODE(a)->in[1]] : 0);
}

static bool is_bias(const sums *s, hox__node a)
{
    const hox__value *v = NODE(a);
    return v->op == HOX__OP_EXPAND && NODE(v->in[0])->shape.rank == 2 &&
           NODE(v->in[0])->shape.dim[0] == 1 && NODE(v->in[0])->shape.dim[1] == v->shape.dim[1];
}

static bool may_begin(const sums *s, hox__node a)
{
    const hox__value *v = NODE(a);
    return hox__operations[v->op].kind == HOX__OTHER && v->op != HOX__OP_EXPAND;
}

static int leaves(sums *s, hox__node root)
{
    int n = 0, open = 0;
    s->stack[open++] = root;
    while (open) {
        const hox__node a = s->stack[--open];
        if (a != root && !(adds_matrices(s, a) && s->users[a] == 1)) {
            s->leaf[n++] = a;
            continue;
        }
        s->stack[open++] = NODE(a)->in[1];
        s->stack[open++] = NODE(a)->in[0];
    }
    return n;
}

/* The sum of the leaves, or HOX__NONE where it has no terms worth it. */
static hox__node sum_of(sums *s, hox__node root)
{
    hox__node in[2 * HOX__TERMS_MAX + 2], rest = HOX__NONE, bias = HOX__NONE, begin = HOX__NONE;
    hox__param param = {.axis = 0};
    const int n = leaves(s, root);
    for (int i = 0; i < n; i++) {
        const hox__node a = s->leaf[i];
        const hox__value *v = NODE(a);
        if (is_term(s, a) && param.axis < HOX__TERMS_MAX &&
            (param.axis == 0 || param.transpose_b == v->param.transpose_b)) {
            param.transpose_b = v->param.transpose_b;
            in[2 * param.axis] = s->map[v->in[0]];
            in[2 * param.axis++ + 1] = s->map[v->in[1]];
        } else if (bias == HOX__NONE && is_bias(s, a)) {
            bias = s->map[v->in[0]];
        } else if (begin == HOX__NONE && may_begin(s, a)) {
            begin = s->map[a];
        } else {
            rest = rest == HOX__NONE ? s->map[a] : hox__add(s->to, rest, s->map[a]);
        }
    }
    int operands = 2 * param.axis;
    if (param.axis == 0 || (param.axis == 1 && bias == HOX__NONE && begin == HOX__NONE))
        return HOX__NONE;
    param.start = begin != HOX__NONE;
    if (begin != HOX__NONE)
        in[operands++] = begin;
    if (bias != HOX__NONE)
        in[operands++] = bias;
    const hox__node made = hox__emit(s->to, HOX__OP_PRODUCTS, in, operands, &param, NULL);
    return rest == HOX__NONE ? made : hox__add(s->to, made, rest);
}

static hox__node made(sums *s, hox__node a)
{
    const hox__value *v = NODE(a);
    hox__node few[HOX__ARITY_MAX], *in = few, sum = HOX__NONE;
    const bool inner = s->users[a] == 1 && s->user[a] != HOX__NONE && adds_matrices(s, s->user[a]);
    if (adds_matrices(s, a) && !inner)
        sum = sum_of(s, a);
    if (sum != HOX__NONE)
        return sum;
    if (v->n > HOX__ARITY_MAX)
        in = hox__arena_alloc(s->arena, (size_t)v->n, sizeof *in);
    for (int i = 0; in && i < v->n; i++)
        in[i] = s->map[v->in[i]];
    return in ? hox__emit(s->to, v->op, in, v->n, &v->param, v->name) : HOX__NONE;
}

static bool count_users(sums *s, const hox__node *output, int n)
{
    const size_t count = (size_t)s->g->count + 1;
    s->users = hox__arena_alloc(s->arena, count, sizeof *s->users);
    s->user = hox__arena_alloc(s->arena, count, sizeof *s->user);
    s->leaf = hox__arena_alloc(s->arena, count, sizeof *s->leaf);
    s->stack = hox__arena_alloc(s->arena, count + 1, sizeof *s->stack);
    if (!s->users || !s->user || !s->leaf || !s->stack)
        return false;
    for (hox__node a = 0; a < s->g->count; a++) {
        s->user[a] = HOX__NONE;
        for (int i = 0; i < NODE(a)->n; i++)
            s->users[NODE(a)->in[i]]++, s->user[NODE(a)->in[i]] = a;
    }
    for (int i = 0; i < n; i++)
        s->users[output[i]] += 2;
    for (int i = 0; i < s->g->assigns; i++)
        s->users[s->g->assign[i].value] += 2;
    return true;
}

hox__graph *hox__summed(const hox__graph *g, const hox__node *output, int n, hox__node *map)
{
    sums s = {.g = g, .map = map, .to = hox__graph_new(), .arena = hox__arena_new(SIZE_MAX)};
    bool good = s.to && s.arena && count_users(&s, output, n);
    for (hox__node a = 0; good && a < g->count; a++) {
        map[a] = made(&s, a);
        good = map[a] != HOX__NONE;
    }
    for (int i = 0; good && i < g->assigns; i++)
        hox__assign(s.to, map[g->assign[i].variable], map[g->assign[i].value]);
    hox__arena_free(s.arena);
    if (good && s.to->error.status == HOX_OK)
        return s.to;
    hox__graph_free(s.to);
    return NULL;
}

#undef NODE
#define NODE(a) (&c->g->node[a])

/* ---- the row ---- */

static void some_rows(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    const hox__call *call = &row->call;
    const hox__param *param = call->param;
    const int terms = param->axis, bias = 2 * terms + (int)param->start;
    hox__products p = {.m = call->out_shape->dim[0],
                       .n = call->out_shape->dim[1],
                       .terms = terms,
                       .transpose_a = param->transpose_a,
                       .panels = param->transpose_b,
                       .c = row->out[0]};
    for (int i = 0; i < terms; i++)
        p.term[i] = (hox__term){call->in[2 * i], call->in[2 * i + 1],
                                call->in_shape[2 * i]->dim[param->transpose_a ? 0 : 1]};
    if (param->start)
        p.begin = (const float *)call->in[2 * terms] + row->offset;
    if (bias < call->n && call->in_shape[bias]->dim[0] == 1 && call->in_shape[bias]->dim[1] == p.n)
        p.row = call->in[bias];
    else if (bias < call->n)
        p.column = call->in[bias];
    int64_t from, to;
    hox__team_span(p.m, HOX__GEMM_ROWS, part, parts, &from, &to);
    if (from < to)
        row->set->products(&p, from, to);
}

static void run_products(const hox__row *row)
{
    enum { FLOPS_A_FLOAT = 16 };
    const hox__call *call = &row->call;
    int64_t inner = 0;
    for (int i = 0; i < call->param->axis; i++)
        inner += call->in_shape[2 * i]->dim[call->param->transpose_a ? 0 : 1];
    hox__run_shared(row, hox__shape_count(call->out_shape) * inner / FLOPS_A_FLOAT, some_rows);
}

/* The result over what it begins with: a tile reads that before it writes. */
static bool over(const hox__row *row, int in, int out)
{
    const hox__param *param = row->call.param;
    (void)out;
    return param->start && in == 2 * param->axis && row->offset == 0;
}

bool hox__lower_products(hox__compile *c, hox__node a)
{
    const hox__value *v = NODE(a);
    const hox__param *p = &v->param;
    hox__node *in = hox__compile_alloc(c, (size_t)v->n, sizeof *in);
    hox__layout *layout = hox__compile_alloc(c, (size_t)v->n, sizeof *layout);
    hox__register part = {.kind = HOX__REGISTER_IN};
    if (!in || !layout)
        return false;
    for (int i = 0; i < v->n; i++) {
        in[i] = v->in[i];
        layout[i] = i < 2 * p->axis && i % 2 && p->transpose_b ? HOX__PANELS : HOX__PLAIN;
    }
    if (p->start) {
        hox__register reg;
        const hox__node whole = hox__part_of(c, v->in[2 * p->axis], &reg);
        if (whole != HOX__NONE && reg.kind == HOX__REGISTER_IN) {
            in[2 * p->axis] = whole;
            part = reg;
        }
    }
    hox__row *row = hox__row_add(c, a, in, layout, v->n);
    if (!row)
        return false;
    row->run = run_products;
    row->offset = part.offset;
    row->over = over;
    row->flops = hox__flops_products(c->g, v);
    hox__row_output(c, row, a, HOX__PLAIN);
    return c->status == HOX_OK;
}
