/* Building a graph: nodes are checked by their operation's rule as they are added, and numbered in
 * an order in which operands come first. */
#include "base/alloc.h"
#include "tensor/internal.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

hox__graph *hox__graph_new(void)
{
    hox__graph *g = hox__alloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->arena = hox__arena_new(SIZE_MAX);
    if (!g->arena) {
        hox__free(g);
        return NULL;
    }
    return g;
}

void hox__graph_free(hox__graph *g)
{
    if (!g)
        return;
    hox__arena_free(g->arena);
    hox__free(g->node);
    hox__free(g->assign);
    hox__free(g);
}

bool hox__graph_fail(hox__graph *g, hox_status status, const char *format, ...)
{
    if (g->error.status != HOX_OK)
        return false;
    va_list list;
    va_start(list, format);
    vsnprintf(g->error.message, sizeof g->error.message, format, list);
    va_end(list);
    g->error.status = status;
    return false;
}

hox_status hox__graph_status(const hox__graph *g, hox_error *err)
{
    if (g->error.status == HOX_OK)
        return HOX_OK;
    return hox_fail(err, g->error.status, "%s", g->error.message);
}

const hox__shape *hox__node_shape(const hox__graph *g, hox__node a)
{
    static const hox__shape scalar = {0, {0}};
    return a == HOX__NONE ? &scalar : &g->node[a].shape;
}

int hox__graph_count(const hox__graph *g)
{
    return g->count;
}

const char *hox__node_name(const hox__graph *g, hox__node a)
{
    if (a == HOX__NONE)
        return "";
    const hox__value *v = &g->node[a];
    return v->op == HOX__OP_INPUT || v->op == HOX__OP_VARIABLE ? v->name : "";
}

bool hox__graph_grow(hox__graph *g, void **list, int count, int *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    const int wanted = *capacity ? *capacity * 2 : 64;
    void *grown = wanted > *capacity ? hox__realloc(*list, (size_t)wanted, size) : NULL;
    if (!grown)
        return hox__graph_fail(g, HOX_ERR_MEMORY, "not enough memory for a graph of %d nodes",
                               count);
    *list = grown;
    *capacity = wanted;
    return true;
}

static void copy_shape(hox__shape *to, const hox__shape *from)
{
    to->rank = from->rank;
    for (int i = 0; i < from->rank && i < HOX__RANK_MAX; i++)
        to->dim[i] = from->dim[i];
}

void hox__param_copy(hox__param *to, const hox__param *from)
{
    memset(to, 0, sizeof *to);
    copy_shape(&to->shape, &from->shape);
    to->window = from->window; /* no padding inside */
    to->size_h = from->size_h;
    to->size_w = from->size_w;
    to->start = from->start;
    to->stop = from->stop;
    to->step = from->step;
    to->id = from->id;
    to->value = from->value;
    to->axes = from->axes;
    to->axis = from->axis;
    to->type = from->type;
    memcpy(to->order, from->order, sizeof to->order);
    to->transpose_a = from->transpose_a;
    to->transpose_b = from->transpose_b;
}

hox__node hox__emit(hox__graph *g, hox__op op, const hox__node *in, int n, const hox__param *param,
                    const char *name)
{
    const hox__operation *operation = &hox__operations[op];
    if (g->error.status != HOX_OK)
        return HOX__NONE;
    for (int i = 0; i < n; i++)
        if (in[i] < 0 || in[i] >= g->count) {
            hox__graph_fail(g, HOX_ERR_ARGUMENT, "%s: operand %d is not a node of this graph",
                            operation->name, i + 1);
            return HOX__NONE;
        }
    hox__value value = {.op = op, .n = n, .name = ""};
    if (param)
        value.param = *param;
    hox__node *copy = hox__arena_alloc(g->arena, n ? (size_t)n : 1, sizeof *copy);
    if (copy && n)
        memcpy(copy, in, (size_t)n * sizeof *copy);
    if (name)
        value.name = hox__arena_copy(g->arena, name, strlen(name));
    if (!copy || !value.name) {
        hox__graph_fail(g, HOX_ERR_MEMORY, "not enough memory for a graph of %d nodes", g->count);
        return HOX__NONE;
    }
    value.in = copy;
    if (!operation->shape(g, &value) ||
        !hox__graph_grow(g, (void **)&g->node, g->count, &g->capacity, sizeof *g->node))
        return HOX__NONE;
    g->node[g->count] = value;
    return g->count++;
}

hox__node hox__emit1(hox__graph *g, hox__op op, hox__node a)
{
    return hox__emit(g, op, &a, 1, NULL, NULL);
}

hox__node hox__emit2(hox__graph *g, hox__op op, hox__node a, hox__node b)
{
    const hox__node in[2] = {a, b};
    return hox__emit(g, op, in, 2, NULL, NULL);
}

static bool named_before(const hox__graph *g, hox__op op, const char *name)
{
    for (int i = 0; i < g->count; i++)
        if (g->node[i].op == op && strcmp(g->node[i].name, name) == 0)
            return true;
    return false;
}

hox__node hox__input(hox__graph *g, hox__type type, hox__shape shape, const char *name)
{
    hox__param param = {.type = (int32_t)type};
    param.shape = shape;
    return hox__emit(g, HOX__OP_INPUT, NULL, 0, &param, name);
}

hox__node hox__variable(hox__graph *g, hox__shape shape, const char *name)
{
    hox__param param = {.type = HOX__F32};
    param.shape = shape;
    if (g->error.status == HOX_OK && named_before(g, HOX__OP_VARIABLE, name)) {
        hox__graph_fail(g, HOX_ERR_ARGUMENT, "two variables are named %s", name);
        return HOX__NONE;
    }
    return hox__emit(g, HOX__OP_VARIABLE, NULL, 0, &param, name);
}

hox__node hox__constant(hox__graph *g, hox__shape shape, float value)
{
    hox__param param = {.type = HOX__F32, .value = value};
    param.shape = shape;
    return hox__emit(g, HOX__OP_CONSTANT, NULL, 0, &param, NULL);
}

hox__node hox__uniform(hox__graph *g, hox__shape shape, const char *name, uint64_t id)
{
    hox__param param = {.type = HOX__F32, .id = id};
    param.shape = shape;
    return hox__emit(g, HOX__OP_UNIFORM, NULL, 0, &param, name);
}

void hox__assign(hox__graph *g, hox__node variable, hox__node value)
{
    if (g->error.status != HOX_OK)
        return;
    if (variable < 0 || variable >= g->count || g->node[variable].op != HOX__OP_VARIABLE ||
        value < 0 || value >= g->count) {
        hox__graph_fail(g, HOX_ERR_ARGUMENT,
                        "assign: the first operand must be a variable and the second a node");
        return;
    }
    const hox__value *to = &g->node[variable], *from = &g->node[value];
    if (!hox__dims_equal(&to->shape, &from->shape) || from->type != HOX__F32) {
        hox__graph_fail(g, HOX_ERR_SHAPE, "assign: variable %s is %s, the value is %s", to->name,
                        HOX__SHAPE_STRING(&to->shape), HOX__SHAPE_STRING(&from->shape));
        return;
    }
    for (int i = 0; i < g->assigns; i++)
        if (g->assign[i].variable == variable) {
            hox__graph_fail(g, HOX_ERR_ARGUMENT, "assign: variable %s is assigned twice", to->name);
            return;
        }
    if (hox__graph_grow(g, (void **)&g->assign, g->assigns, &g->assign_capacity, sizeof *g->assign))
        g->assign[g->assigns++] = (hox__assignment){variable, value};
}
