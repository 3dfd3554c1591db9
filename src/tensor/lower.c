/* Nodes to rows: each live node gets a kernel call, in the order of the graph. */
#include "base/alloc.h"
#include "tensor/compile.h"
#include <string.h>

bool hox__compile_short(hox__compile *c)
{
    if (c->status == HOX_OK)
        c->status = hox_fail(c->err, HOX_ERR_MEMORY,
                             "not enough memory to compile a graph of %d nodes", c->nodes);
    return false;
}

void *hox__compile_alloc(hox__compile *c, size_t n, size_t size)
{
    void *p = c->status == HOX_OK ? hox__arena_alloc(c->plan->arena, n ? n : 1, size) : NULL;
    if (!p)
        hox__compile_short(c);
    return p;
}

static bool grow(hox__compile *c, void **list, int count, int *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    const int wanted = *capacity ? *capacity * 2 : 64;
    void *grown = hox__realloc(*list, (size_t)wanted, size);
    if (!grown)
        return hox__compile_short(c);
    *list = grown;
    *capacity = wanted;
    return true;
}

static size_t type_bytes(hox__type type)
{
    return (int)type == HOX__U8 ? 1 : 4;
}

size_t hox__value_bytes(const hox__graph *g, hox__node a)
{
    return (size_t)hox__shape_count(&g->node[a].shape) * type_bytes(g->node[a].type);
}

int hox__buffer_add(hox__compile *c, size_t bytes, hox__lifetime lifetime)
{
    hox__plan *plan = c->plan;
    if (!grow(c, (void **)&plan->buffer, plan->buffers, &c->buffer_capacity, sizeof *plan->buffer))
        return -1;
    plan->buffer[plan->buffers] =
        (hox__buffer){.bytes = bytes, .lifetime = lifetime, .first = -1, .last = -1, .joined = -1};
    return plan->buffers++;
}

hox__row *hox__row_add(hox__compile *c, hox__node node, int ins, int outs)
{
    hox__plan *plan = c->plan;
    int *in = hox__compile_alloc(c, (size_t)ins, sizeof *in);
    const hox__shape **shape = hox__compile_alloc(c, (size_t)ins, sizeof *shape);
    if (!in || !shape ||
        !grow(c, (void **)&plan->row, plan->rows, &c->row_capacity, sizeof *plan->row))
        return NULL;
    hox__row *row = &plan->row[plan->rows++];
    *row = (hox__row){.node = node, .outs = outs, .in_buffer = in, .scratch_buffer = -1};
    row->label = hox__operations[c->g->node[node].op].name;
    row->step = &plan->step;
    row->call.n = ins;
    row->call.in_shape = shape;
    for (int i = 0; i < HOX__OUTPUTS_MAX; i++)
        row->out_buffer[i] = -1;
    return row;
}

int hox__value_buffer(hox__compile *c, hox__node a, hox__layout layout)
{
    if (c->at[a][layout] < 0)
        c->at[a][layout] = hox__buffer_add(c, hox__value_bytes(c->g, a), HOX__TEMPORARY);
    return c->at[a][layout];
}

int hox__operand(hox__compile *c, hox__node a, hox__layout layout)
{
    return hox__value_buffer(c, a, layout);
}

static void run_reference(const hox__row *row)
{
    row->kernel(&row->call);
}

static void run_draw(const hox__row *row)
{
    hox__call call = row->call;
    call.stream.position = *row->step << 32;
    row->kernel(&call);
}

static bool lower_reference(hox__compile *c, hox__node a)
{
    const hox__value *v = &c->g->node[a];
    const hox__operation *op = &hox__operations[v->op];
    hox__row *row = hox__row_add(c, a, v->n, 1);
    if (!row)
        return false;
    const int at = c->plan->rows - 1;
    row->run = op->kind == HOX__DRAWS ? run_draw : run_reference;
    row->kernel = op->kernel;
    row->in_place = op->kind == HOX__ELEMENTWISE;
    row->call.param = &v->param;
    row->call.out_shape = &v->shape;
    row->call.out_bytes = (int)type_bytes(v->type);
    row->call.stream = hox_rng_child(&c->root, v->name, v->param.id);
    row->flops =
        op->flops == hox__flops_conv || op->flops == hox__flops_matmul ? op->flops(c->g, v) : 0;
    for (int i = 0; i < v->n; i++) {
        const int buffer = hox__operand(c, v->in[i], HOX__PLAIN);
        row = &c->plan->row[at];
        row->in_buffer[i] = buffer;
        row->call.in_shape[i] = &c->g->node[v->in[i]].shape;
        row->call.in_bytes = (int)type_bytes(c->g->node[v->in[i]].type);
    }
    const int out = hox__value_buffer(c, a, HOX__PLAIN);
    c->plan->row[at].out_buffer[0] = out;
    return c->status == HOX_OK;
}

bool hox__lower(hox__compile *c)
{
    for (hox__node a = 0; a < c->nodes; a++) {
        const hox__value *v = &c->g->node[a];
        if (!c->live[a] || c->done[a])
            continue;
        if (hox__operations[v->op].kind == HOX__ALIAS)
            c->at[a][HOX__PLAIN] = hox__operand(c, v->in[0], HOX__PLAIN);
        else if (!lower_reference(c, a))
            return false;
        c->done[a] = true;
    }
    return c->status == HOX_OK;
}
