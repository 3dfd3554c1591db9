/* Evaluates a graph node by node in double, every value in memory of its own: the oracle for
 * gradients (differences need the digits) and for plans (which reuse memory). The kernels are the
 * plain ones, compiled with double. */
#ifndef TENSOR_EVALUATE_H
#define TENSOR_EVALUATE_H

#include "base/alloc.h"
#include "tensor/internal.h"

#define HOX__REAL double
#include "tensor/kernels/reference.h"
#include "tensor/kernels/reference_index.c"
#include "tensor/kernels/reference_math.c"
#include "tensor/kernels/reference_net.c"

typedef struct {
    const hox__graph *g;
    void **value;
    uint64_t seed, step;
} evaluation;

static inline size_t element_size(const hox__value *v)
{
    return v->type == HOX__F32 ? sizeof(double) : v->type == HOX__I32 ? 4 : 1;
}

static inline evaluation evaluation_new(const hox__graph *g, uint64_t seed)
{
    evaluation e = {g, hox__alloc((size_t)g->count, sizeof(void *)), seed, 0};
    for (hox__node a = 0; a < g->count; a++)
        e.value[a] =
            hox__alloc((size_t)hox__shape_count(&g->node[a].shape), element_size(&g->node[a]));
    return e;
}

static inline void evaluation_free(evaluation *e)
{
    for (hox__node a = 0; a < e->g->count; a++)
        hox__free(e->value[a]);
    hox__free(e->value);
}

/* Leaves are read from, all others written to, e->value. */
static inline void evaluate(evaluation *e)
{
    static void (*const kernel[])(const hox__call *) = {
#define HOX__OP(id, name, arity, shape, flops, plain, gradient, definition, kind)                  \
    hox__reference_double_##plain,
#include "tensor/ops.def"
#undef HOX__OP
    };
    const hox_rng root = hox_rng_seed(e->seed);
    for (hox__node a = 0; a < e->g->count; a++) {
        const hox__value *v = &e->g->node[a];
        const void *in[16];
        const hox__shape *shape[16];
        hox__call call = {.param = &v->param, .in_shape = shape, .in = in, .out_shape = &v->shape};
        for (int i = 0; i < v->n; i++) {
            in[i] = e->value[v->in[i]];
            shape[i] = &e->g->node[v->in[i]].shape;
            call.in_bytes = (int)element_size(&e->g->node[v->in[i]]);
        }
        call.n = v->n;
        call.out = e->value[a];
        call.out_bytes = (int)element_size(v);
        call.stream = hox_rng_child(&root, v->name, v->param.id);
        call.stream.position = e->step << 32;
        kernel[v->op](&call);
    }
}

#endif
