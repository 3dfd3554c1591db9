/* The plan's own copy of a graph, simplified while it is made: equal nodes become one, arithmetic
 * of constants is done, what changes nothing (x + 0, x * 1, a reshape of a reshape) is left out.
 * Dead nodes are not copied. The caller's numbering is kept in a map.
 */
#include "base/alloc.h"
#include "base/table.h"
#include "tensor/compile.h"
#include "tensor/internal.h"
#include <string.h>

typedef struct {
    const hox__graph *from;
    hox__graph *to;
    hox__table *seen; /* bytes of a node to its number + 1 */
    hox__node *map;
    unsigned char *key;
    size_t key_capacity;
} simplifier;

/* A single number known now. */
static bool known(const hox__graph *g, hox__node a, float *value)
{
    const hox__value *v = &g->node[a];
    *value = v->param.value;
    return v->op == HOX__OP_CONSTANT;
}

static bool is(const hox__graph *g, hox__node a, float wanted)
{
    float value;
    return known(g, a, &value) && value == wanted;
}

static bool same_shape(const hox__graph *g, hox__node a, const hox__shape *shape)
{
    return hox__dims_equal(&g->node[a].shape, shape);
}

/* Operand that a node is equal to, or HOX__NONE. NaN and infinity of the other operand are kept:
 * only identities that hold for every number are used. -0 + 0 is allowed to become -0. */
static hox__node identity(const hox__graph *g, const hox__value *v, const hox__node *in)
{
    hox__node same = HOX__NONE;
    if (v->op == HOX__OP_ADD && is(g, in[1], 0))
        same = in[0];
    else if (v->op == HOX__OP_ADD && is(g, in[0], 0))
        same = in[1];
    else if (v->op == HOX__OP_SUB && is(g, in[1], 0))
        same = in[0];
    else if ((v->op == HOX__OP_MUL || v->op == HOX__OP_DIV) && is(g, in[1], 1))
        same = in[0];
    else if (v->op == HOX__OP_MUL && is(g, in[0], 1))
        same = in[1];
    else if (v->op == HOX__OP_RESHAPE || v->op == HOX__OP_STOP || v->op == HOX__OP_EXPAND)
        same = in[0];
    else if (v->op == HOX__OP_DROPOUT && v->param.value == 0)
        same = in[0];
    return same != HOX__NONE && same_shape(g, same, &v->shape) ? same : HOX__NONE;
}

/* Elementwise arithmetic of constants, by the plain kernel itself. */
static bool fold(const hox__graph *g, const hox__value *v, const hox__node *in, float *value)
{
    const hox__operation *op = &hox__operations[v->op];
    if (op->kind != HOX__ELEMENTWISE || v->n > 3)
        return false;
    float operand[3];
    const void *address[3] = {operand, operand + 1, operand + 2};
    const hox__shape one = {0}, *shape[3] = {&one, &one, &one};
    for (int i = 0; i < v->n; i++)
        if (!known(g, in[i], &operand[i]))
            return false;
    const hox__call call = {.param = &v->param,
                            .in_shape = shape,
                            .in = address,
                            .out_shape = &one,
                            .out = value,
                            .n = v->n};
    op->kernel(&call);
    return true;
}

static bool key_of(simplifier *s, const hox__value *v, const hox__node *in, size_t *bytes)
{
    const size_t name = strlen(v->name) + 1, operands = (size_t)v->n * sizeof *in;
    *bytes = sizeof v->op + sizeof v->param + operands + name;
    if (*bytes > s->key_capacity) {
        void *grown = hox__realloc(s->key, *bytes * 2, 1);
        if (!grown)
            return false;
        s->key = grown;
        s->key_capacity = *bytes * 2;
    }
    unsigned char *at = s->key;
    hox__param param;
    hox__param_copy(&param, &v->param);
    memcpy(at, &v->op, sizeof v->op);
    at += sizeof v->op;
    memcpy(at, &param, sizeof param);
    at += sizeof v->param;
    if (operands)
        memcpy(at, in, operands);
    memcpy(at + operands, v->name, name);
    return true;
}

/* The node with these operands in the new graph: an old one when it is there already. */
static hox__node share(simplifier *s, const hox__value *v, const hox__node *in)
{
    size_t bytes;
    if (!key_of(s, v, in, &bytes))
        return HOX__NONE;
    const bool alone = v->op == HOX__OP_INPUT; /* two inputs may look alike */
    const uintptr_t found = alone ? 0 : (uintptr_t)hox__table_get(s->seen, s->key, bytes);
    if (found)
        return (hox__node)(found - 1);
    const hox__node made = hox__emit(s->to, v->op, in, v->n, &v->param, v->name);
    if (made == HOX__NONE ||
        (!alone && !hox__table_put(s->seen, s->key, bytes, (void *)((uintptr_t)made + 1))))
        return HOX__NONE;
    return made;
}

static hox__node constant(simplifier *s, const hox__shape *shape, float value)
{
    hox__value v = {.op = HOX__OP_CONSTANT, .name = ""};
    v.param.value = value;
    v.param.shape = *shape;
    v.param.type = HOX__F32;
    const hox__node none = HOX__NONE;
    return share(s, &v, &none);
}

static hox__node simplified(simplifier *s, const hox__value *v, const hox__node *in)
{
    const hox__node same = identity(s->to, v, in);
    if (same != HOX__NONE)
        return same;
    float value;
    if (fold(s->to, v, in, &value))
        return constant(s, &v->shape, value);
    if ((v->op == HOX__OP_EXPAND || v->op == HOX__OP_RESHAPE) && known(s->to, in[0], &value))
        return constant(s, &v->shape, value);
    if (v->op == HOX__OP_RESHAPE && s->to->node[in[0]].op == HOX__OP_RESHAPE)
        return simplified(s, v, s->to->node[in[0]].in);
    return share(s, v, in);
}

static bool copy_node(simplifier *s, hox__node a)
{
    const hox__value *v = &s->from->node[a];
    hox__node few[HOX__ARITY_MAX], *in = few;
    if (v->n > HOX__ARITY_MAX)
        in = hox__arena_alloc(s->to->arena, (size_t)v->n, sizeof *in);
    if (!in)
        return false;
    for (int i = 0; i < v->n; i++)
        in[i] = s->map[v->in[i]];
    s->map[a] = simplified(s, v, in);
    return s->map[a] != HOX__NONE;
}

/* What outputs and assignments are computed from, and every leaf that a caller may ask for. */
static void needed(const hox__graph *g, const hox__node *output, int n, bool *live)
{
    for (int i = 0; i < n; i++)
        live[output[i]] = true;
    for (int i = 0; i < g->assigns; i++)
        live[g->assign[i].value] = true;
    for (hox__node a = g->count - 1; a >= 0; a--) {
        const hox__op op = g->node[a].op;
        live[a] |= op == HOX__OP_INPUT || op == HOX__OP_VARIABLE;
        for (int i = 0; live[a] && i < g->node[a].n; i++)
            live[g->node[a].in[i]] = true;
    }
}

static bool simplify(simplifier *s, const hox__node *output, int n)
{
    bool *live = hox__alloc((size_t)s->from->count + 1, sizeof *live);
    bool good = live != NULL;
    if (live)
        needed(s->from, output, n, live);
    for (hox__node a = 0; good && a < s->from->count; a++) {
        s->map[a] = HOX__NONE;
        if (live[a])
            good = copy_node(s, a);
    }
    for (int i = 0; good && i < s->from->assigns; i++)
        hox__assign(s->to, s->map[s->from->assign[i].variable], s->map[s->from->assign[i].value]);
    hox__free(live);
    return good && s->to->error.status == HOX_OK;
}

hox__graph *hox__simplified(const hox__graph *g, const hox__node *output, int n, hox__node *map)
{
    simplifier s = {.from = g, .map = map};
    s.to = hox__graph_new();
    s.seen = hox__table_new();
    const bool good = s.to && s.seen && simplify(&s, output, n);
    hox__table_free(s.seen);
    hox__free(s.key);
    if (good)
        return s.to;
    hox__graph_free(s.to);
    return NULL;
}
