/* Tall matrices turned over: what an optimizer that learns does to many coordinates is products
 * [m, k] b with few columns, of which a vector holds a part only (20 of 32 lanes), and gates that
 * lie in short runs. Held as [k, m] the coordinates fill the lanes, and every gate is one run.
 *
 *   x b, x b'              -> b' x', b x'
 *   x' y                   -> x' (y')'          the gradient of weights
 *   sum over rows          -> sum over columns
 *   columns [from, to)     -> rows [from, to)
 *   elementwise, concat    -> the same on turned operands
 *
 * A single column is the same bytes both ways. A value is turned only if all that it is made of and
 * all that reads it can be, so that nothing is ever turned while the plan runs: such networks begin
 * with columns (a number a coordinate), constants and rows that repeat, and end likewise.
 */
#include "tensor/compile.h"

/* From so many rows on; below it the lanes would be no fuller than they are. */
enum { ROWS_MIN = 128 };

typedef struct {
    const hox__graph *g;
    hox__graph *to;
    hox__arena *arena;
    int64_t rows;            /* of what is turned */
    hox__node *map, *turned; /* in the new graph; HOX__NONE: not there in this form */
    bool *member;            /* computed turned over */
    bool *kept;
    int *first_user;
    hox__node *user;
    hox__node *stack; /* members to look at again */
    bool *waiting;
    int open;
} turn;

#define NODE(a) (&s->g->node[a])

static bool is_tall(const turn *s, hox__node a)
{
    const hox__value *v = NODE(a);
    return v->type == HOX__F32 && v->shape.rank == 2 && v->shape.dim[0] == s->rows &&
           v->shape.dim[1] < s->rows;
}

static bool is_column(const turn *s, hox__node a)
{
    return is_tall(s, a) && NODE(a)->shape.dim[1] == 1;
}

static bool is_turned(const turn *s, hox__node a)
{
    return s->member[a] || is_column(s, a);
}

static bool is_plain(const turn *s, hox__node a)
{
    return !s->member[a] || is_column(s, a);
}

static bool is_product(const turn *s, hox__node a, bool transpose_a)
{
    const hox__value *v = NODE(a);
    return v->op == HOX__OP_MATMUL && v->shape.rank == 2 && v->param.transpose_a == transpose_a;
}

/* ---- what can be turned ---- */

static bool operands_turned(const turn *s, const hox__value *v)
{
    for (int i = 0; i < v->n; i++)
        if (!is_turned(s, v->in[i]) &&
            !(hox__operations[v->op].kind == HOX__ELEMENTWISE && NODE(v->in[i])->shape.rank == 0))
            return false;
    return true;
}

/* Do the operands exist in the form that the turned node needs? */
static bool can_be_made(const turn *s, hox__node a)
{
    const hox__value *v = NODE(a);
    if (hox__operations[v->op].kind == HOX__ELEMENTWISE)
        return operands_turned(s, v);
    switch (v->op) {
    case HOX__OP_CONSTANT:
        return true;
    case HOX__OP_SLICE:
    case HOX__OP_PAD:
    case HOX__OP_CONCAT:
        return v->param.axis == 1 && operands_turned(s, v);
    case HOX__OP_SUM:
        return v->param.axes == 2 && operands_turned(s, v);
    case HOX__OP_EXPAND: {
        const hox__shape *from = &NODE(v->in[0])->shape;
        return from->rank == 2 &&
               (from->dim[0] == 1 ? is_plain(s, v->in[0]) : is_column(s, v->in[0]));
    }
    case HOX__OP_PRODUCTS:
        for (int i = 0; i < v->n; i++) {
            const bool weights = i < 2 * v->param.axis && i % 2,
                       bias = i == 2 * v->param.axis + (int)v->param.start;
            if (weights || bias ? !is_plain(s, v->in[i]) : !is_turned(s, v->in[i]))
                return false;
        }
        return !v->param.transpose_a;
    case HOX__OP_MATMUL:
        return is_product(s, a, false) && is_turned(s, v->in[0]) && is_plain(s, v->in[1]);
    default:
        return false;
    }
}

/* Reads turned operands, though its own result is not. */
static bool ends(const turn *s, hox__node a)
{
    const hox__value *v = NODE(a);
    if (v->op == HOX__OP_SUM)
        return v->param.axes == 1 && s->member[v->in[0]] && !is_column(s, v->in[0]);
    return is_product(s, a, true) && !v->param.transpose_b && is_turned(s, v->in[0]) &&
           is_turned(s, v->in[1]) && !(is_column(s, v->in[0]) && is_column(s, v->in[1]));
}

static bool can_be_read(const turn *s, hox__node a)
{
    if (is_column(s, a))
        return true;
    for (int i = s->first_user[a]; i < s->first_user[a + 1]; i++) {
        const hox__node u = s->user[i];
        if (!ends(s, u) && !s->member[u])
            return false;
    }
    return !s->kept[a];
}

/* Every second of so many operands is the right one of a product that may be turned. */
static int right_operands(const turn *s, hox__node a)
{
    return is_product(s, a, false)           ? 2
           : NODE(a)->op == HOX__OP_PRODUCTS ? 2 * NODE(a)->param.axis
                                             : 0;
}

static void look_again(turn *s, hox__node a)
{
    if (s->member[a] && !s->waiting[a]) {
        s->waiting[a] = true;
        s->stack[s->open++] = a;
    }
}

/* The largest set of nodes whose operands and readers agree. */
static void find_members(turn *s)
{
    for (hox__node a = 0; a < s->g->count; a++)
        s->member[a] = is_tall(s, a);
    for (hox__node a = 0; a < s->g->count; a++)
        for (int i = 1; i < right_operands(s, a); i += 2)
            s->member[NODE(a)->in[i]] = false;
    for (hox__node a = 0; a < s->g->count; a++)
        look_again(s, a);
    while (s->open) {
        const hox__node a = s->stack[--s->open];
        s->waiting[a] = false;
        if (can_be_made(s, a) && can_be_read(s, a))
            continue;
        s->member[a] = false;
        for (int i = 0; i < NODE(a)->n; i++)
            look_again(s, NODE(a)->in[i]);
        for (int i = s->first_user[a]; i < s->first_user[a + 1]; i++) {
            const hox__node u = s->user[i];
            look_again(s, u);
            for (int k = 0; k < NODE(u)->n; k++)
                look_again(s, NODE(u)->in[k]);
        }
    }
}

static bool list_users(turn *s)
{
    const hox__graph *g = s->g;
    for (hox__node a = 0; a < g->count; a++)
        for (int i = 0; i < g->node[a].n; i++)
            s->first_user[g->node[a].in[i] + 2]++;
    for (hox__node a = 0; a < g->count; a++)
        s->first_user[a + 2] += s->first_user[a + 1];
    s->user = hox__arena_alloc(s->arena, (size_t)s->first_user[g->count + 1] + 1, sizeof *s->user);
    if (!s->user)
        return false;
    for (hox__node a = 0; a < g->count; a++)
        for (int i = 0; i < g->node[a].n; i++)
            s->user[s->first_user[g->node[a].in[i] + 1]++] = a;
    return true;
}

static bool find(turn *s, const hox__node *output, int n)
{
    const size_t count = (size_t)s->g->count + 2;
    s->member = hox__arena_alloc(s->arena, count, sizeof *s->member);
    s->kept = hox__arena_alloc(s->arena, count, sizeof *s->kept);
    s->waiting = hox__arena_alloc(s->arena, count, sizeof *s->waiting);
    s->stack = hox__arena_alloc(s->arena, count, sizeof *s->stack);
    s->turned = hox__arena_alloc(s->arena, count, sizeof *s->turned);
    s->first_user = hox__arena_alloc(s->arena, count + 1, sizeof *s->first_user);
    if (!s->member || !s->kept || !s->waiting || !s->stack || !s->turned || !s->first_user ||
        !list_users(s))
        return false;
    for (int i = 0; i < n; i++)
        s->kept[output[i]] = true;
    for (int i = 0; i < s->g->assigns; i++)
        s->kept[s->g->assign[i].value] = true;
    find_members(s);
    return true;
}

/* ---- building ---- */

static hox__shape over(hox__shape shape)
{
    return HOX__SHAPE(shape.dim[1], shape.dim[0]);
}

/* The node of the new graph that holds `a` turned over; a column changes its name only. */
static hox__node turned(turn *s, hox__node a)
{
    if (s->turned[a] == HOX__NONE && is_column(s, a))
        s->turned[a] = hox__reshape(s->to, s->map[a], over(NODE(a)->shape));
    return s->turned[a];
}

static hox__node plain(turn *s, hox__node a)
{
    if (s->map[a] == HOX__NONE && is_column(s, a))
        s->map[a] = hox__reshape(s->to, s->turned[a], NODE(a)->shape);
    return s->map[a];
}

static hox__node turned_products(turn *s, const hox__value *v)
{
    hox__node in[2 * HOX__TERMS_MAX + 2];
    hox__param param = v->param;
    const int terms = 2 * param.axis, bias = terms + (int)param.start;
    for (int i = 0; i < terms; i++)
        in[i ^ 1] = i % 2 ? plain(s, v->in[i]) : turned(s, v->in[i]);
    if (param.start)
        in[terms] = turned(s, v->in[terms]);
    if (bias < v->n)
        in[bias] = hox__reshape(s->to, plain(s, v->in[bias]), over(NODE(v->in[bias])->shape));
    param.transpose_a = !v->param.transpose_b;
    param.transpose_b = 0;
    return hox__emit(s->to, v->op, in, v->n, &param, NULL);
}

static hox__node made_turned(turn *s, hox__node a)
{
    const hox__value *v = NODE(a);
    hox__node few[HOX__ARITY_MAX], *in = few;
    hox__param param = v->param;
    if (v->op == HOX__OP_MATMUL)
        return hox__matmul(s->to, plain(s, v->in[1]), turned(s, v->in[0]), !v->param.transpose_b,
                           false);
    if (v->op == HOX__OP_PRODUCTS)
        return turned_products(s, v);
    if (v->op == HOX__OP_CONSTANT)
        return hox__constant(s->to, over(v->shape), v->param.value);
    if (v->op == HOX__OP_EXPAND) {
        const hox__node from = is_column(s, v->in[0])
                                   ? turned(s, v->in[0])
                                   : hox__reshape(s->to, plain(s, v->in[0]),
                                                  HOX__SHAPE(NODE(v->in[0])->shape.dim[1], 1));
        return hox__expand(s->to, from, over(v->shape));
    }
    if (v->op == HOX__OP_SUM)
        return hox__sum(s->to, turned(s, v->in[0]), 1);
    if (v->n > HOX__ARITY_MAX)
        in = hox__arena_alloc(s->arena, (size_t)v->n, sizeof *in);
    for (int i = 0; in && i < v->n; i++)
        in[i] = is_turned(s, v->in[i]) ? turned(s, v->in[i]) : plain(s, v->in[i]);
    param.axis = 0;
    return in ? hox__emit(s->to, v->op, in, v->n, &param, NULL) : HOX__NONE;
}

static hox__node made_plain(turn *s, hox__node a)
{
    const hox__value *v = NODE(a);
    hox__node few[HOX__ARITY_MAX], *in = few;
    if (ends(s, a) && v->op == HOX__OP_SUM)
        return hox__reshape(s->to, hox__sum(s->to, turned(s, v->in[0]), 2), v->shape);
    if (ends(s, a) && (s->member[v->in[0]] || s->member[v->in[1]]))
        return hox__matmul(s->to, turned(s, v->in[0]), turned(s, v->in[1]), false, true);
    if (v->n > HOX__ARITY_MAX)
        in = hox__arena_alloc(s->arena, (size_t)v->n, sizeof *in);
    for (int i = 0; in && i < v->n; i++)
        in[i] = plain(s, v->in[i]);
    return in ? hox__emit(s->to, v->op, in, v->n, &v->param, v->name) : HOX__NONE;
}

/* Rows of the first product with one number a row: where such networks begin. 0: none. */
static int64_t rows_to_turn(const hox__graph *g)
{
    const turn s = {.g = g};
    for (hox__node a = 0; a < g->count; a++)
        for (int i = 0; i < right_operands(&s, a); i += 2)
            if (g->node[a].shape.dim[0] >= ROWS_MIN &&
                g->node[g->node[a].in[i]].shape.dim[1] == 1 && !g->node[a].param.transpose_a)
                return g->node[a].shape.dim[0];
    return 0;
}

bool hox__may_turn(const hox__graph *g)
{
    return rows_to_turn(g) > 0;
}

hox__graph *hox__turned(const hox__graph *g, const hox__node *output, int n, hox__node *map)
{
    turn s = {.g = g,
              .map = map,
              .to = hox__graph_new(),
              .arena = hox__arena_new(SIZE_MAX),
              .rows = rows_to_turn(g)};
    bool good = s.to && s.arena && find(&s, output, n);
    for (hox__node a = 0; good && a < g->count; a++)
        map[a] = s.turned[a] = HOX__NONE;
    for (hox__node a = 0; good && a < g->count; a++) {
        hox__node *at = s.member[a] ? &s.turned[a] : &map[a];
        *at = s.member[a] ? made_turned(&s, a) : made_plain(&s, a);
        good = *at != HOX__NONE;
    }
    for (int i = 0; good && i < n; i++)
        good = plain(&s, output[i]) != HOX__NONE;
    for (int i = 0; good && i < g->assigns; i++)
        hox__assign(s.to, map[g->assign[i].variable], plain(&s, g->assign[i].value));
    hox__arena_free(s.arena);
    if (good && s.to->error.status == HOX_OK)
        return s.to;
    hox__graph_free(s.to);
    return NULL;
}
