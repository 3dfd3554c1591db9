/* What the files of this room share: nodes, the table of operations, kernel calls.
 *
 * Every operation is one row of ops.def: its name, how many operands it takes, the rule that checks
 * shapes, the cost, the plain-C kernel, the gradient (which builds nodes) and, for macros, a
 * definition in other operations. Everything else in the room goes through that table.
 */
#ifndef HOX_TENSOR_INTERNAL_H
#define HOX_TENSOR_INTERNAL_H

#include "base/arena.h"
#include "tensor/graph.h"
#include "tensor/kernels/call.h"
#include <stddef.h>

/* Storage of positions inside a pooling window; never a type of the user's values. */
enum { HOX__U8 = 2 };

typedef enum {
#define HOX__OP(id, name, arity, shape, flops, kernel, gradient, definition, kind) HOX__OP_##id,
#include "tensor/ops.def"
#undef HOX__OP
    HOX__OPS
} hox__op;

/* How the planner may treat an operation. */
typedef enum {
    HOX__LEAF,        /* computes nothing */
    HOX__ELEMENTWISE, /* one output element from the same element of each operand */
    HOX__ALIAS,       /* the operand's bytes under another name */
    HOX__OTHER,
    HOX__DRAWS /* depends on the step number */
} hox__kind;

typedef struct {
    hox__op op;
    hox__type type;
    hox__shape shape;
    int n; /* operands */
    const hox__node *in;
    hox__param param;
    const char *name; /* inputs, variables, streams; "" otherwise */
} hox__value;

typedef struct {
    hox__node variable, value;
} hox__assignment;

struct hox__graph {
    hox__arena *arena; /* operand lists and names */
    hox__value *node;
    int count, capacity;
    hox__assignment *assign;
    int assigns, assign_capacity;
    hox_error error; /* the first; status HOX_OK while there is none */
};

typedef struct {
    const char *name;
    int arity; /* -1: any */
    /* Fills value->shape and value->type from operands and parameters, or reports and returns
     * false. */
    bool (*shape)(hox__graph *g, hox__value *value);
    double (*flops)(const hox__graph *g, const hox__value *value); /* NULL: one an element */
    void (*kernel)(const hox__call *call);                         /* plain C */
    /* din[i] = contribution to operand i, or HOX__NONE. NULL: not differentiable by itself. */
    void (*gradient)(hox__graph *g, hox__node a, hox__node dy, hox__node *din);
    /* The same value in operations that have gradients; used when this node must be differentiated
     * and has no gradient. */
    hox__node (*definition)(hox__graph *g, const hox__value *value);
    hox__kind kind;
} hox__operation;

extern const hox__operation hox__operations[HOX__OPS];

/* ---- graph.c ---- */

enum { HOX__ARITY_MAX = 8 }; /* of operations with a fixed number of operands */

/* Adds a node after checking it by its rule. NULL param: all zero. */
hox__node hox__emit(hox__graph *g, hox__op op, const hox__node *in, int n, const hox__param *param,
                    const char *name);
hox__node hox__emit1(hox__graph *g, hox__op op, hox__node a);
hox__node hox__emit2(hox__graph *g, hox__op op, hox__node a, hox__node b);
/* Records the first error; always false. */
bool hox__graph_fail(hox__graph *g, hox_status status, const char *format, ...) HOX_PRINTF(3, 4);
bool hox__graph_grow(hox__graph *g, void **list, int count, int *capacity, size_t size);
/* Every byte is set, padding too, so that equal parameters have equal bytes. */
void hox__param_copy(hox__param *to, const hox__param *from);

static inline const hox__value *hox__value_of(const hox__graph *g, hox__node a)
{
    return &g->node[a];
}

/* ---- shape.c ---- */

int64_t hox__shape_count(const hox__shape *shape);
bool hox__dims_equal(const hox__shape *a, const hox__shape *b);
enum { HOX__SHAPE_TEXT = 128 };
const char *hox__shape_text(const hox__shape *shape,
                            char out[HOX__SHAPE_TEXT]); /* "3x4", "scalar" */
#define HOX__SHAPE_STRING(shape) hox__shape_text((shape), (char[HOX__SHAPE_TEXT]){0})
uint32_t hox__channel_axes(const hox__shape *shape); /* all axes but 1 */

#define HOX__RULE(name) bool hox__shape_##name(hox__graph *g, hox__value *value)
/* For rules: gives the shape (checked, clean bytes) and type; operands [first, first + n) hold
 * numbers; param.axis is an axis of `rank`. */
bool hox__rule_give(hox__graph *g, hox__value *value, const hox__shape *shape, hox__type type);
bool hox__rule_floats(hox__graph *g, const hox__value *value, int first, int n);
bool hox__rule_axis(hox__graph *g, const hox__value *value, int rank);

HOX__RULE(given); /* leaves: shape and type are in param */
HOX__RULE(unary);
HOX__RULE(binary);
HOX__RULE(select);
HOX__RULE(expand);
HOX__RULE(reshape);
HOX__RULE(permute);
HOX__RULE(slice);
HOX__RULE(pad);
HOX__RULE(concat);
HOX__RULE(sum);
HOX__RULE(flip);
HOX__RULE(maxval);
HOX__RULE(argmax);
HOX__RULE(cast);
HOX__RULE(gather_rows);
HOX__RULE(scatter_rows);
HOX__RULE(matmul);
HOX__RULE(products);
HOX__RULE(conv);
HOX__RULE(conv_dx);
HOX__RULE(conv_dw);
HOX__RULE(pool);
HOX__RULE(pool_index);
HOX__RULE(max_scatter);
HOX__RULE(max_gather);
HOX__RULE(avgpool_dx);
HOX__RULE(bn_mean);
HOX__RULE(bn_var);
HOX__RULE(bn_train);
HOX__RULE(bn_dx);
HOX__RULE(bn_dscale);
HOX__RULE(softmax);
HOX__RULE(xent);
HOX__RULE(xent_dx);
HOX__RULE(onehot);
#undef HOX__RULE

double hox__flops_none(const hox__graph *g, const hox__value *value);
double hox__flops_matmul(const hox__graph *g, const hox__value *value);
double hox__flops_products(const hox__graph *g, const hox__value *value);
double hox__flops_conv(const hox__graph *g, const hox__value *value);

/* ---- grad.c, macros.c ---- */

#define HOX__GRADIENT(name)                                                                        \
    void hox__grad_##name(hox__graph *g, hox__node a, hox__node dy, hox__node *din)
HOX__GRADIENT(neg);
HOX__GRADIENT(recip);
HOX__GRADIENT(exp);
HOX__GRADIENT(log);
HOX__GRADIENT(sqrt);
HOX__GRADIENT(tanh);
HOX__GRADIENT(sigmoid);
HOX__GRADIENT(erf);
HOX__GRADIENT(abs);
HOX__GRADIENT(sin);
HOX__GRADIENT(cos);
HOX__GRADIENT(relu);
HOX__GRADIENT(add);
HOX__GRADIENT(sub);
HOX__GRADIENT(mul);
HOX__GRADIENT(div);
HOX__GRADIENT(max);
HOX__GRADIENT(min);
HOX__GRADIENT(pow);
HOX__GRADIENT(none);
HOX__GRADIENT(select);
HOX__GRADIENT(expand);
HOX__GRADIENT(reshape);
HOX__GRADIENT(permute);
HOX__GRADIENT(slice);
HOX__GRADIENT(pad);
HOX__GRADIENT(concat);
HOX__GRADIENT(sum);
HOX__GRADIENT(flip);
HOX__GRADIENT(maxval);
HOX__GRADIENT(gather_rows);
HOX__GRADIENT(scatter_rows);
HOX__GRADIENT(matmul);
HOX__GRADIENT(conv);
HOX__GRADIENT(conv_dx);
HOX__GRADIENT(conv_dw);
HOX__GRADIENT(maxpool);
HOX__GRADIENT(max_scatter);
HOX__GRADIENT(max_gather);
HOX__GRADIENT(avgpool);
HOX__GRADIENT(avgpool_dx);
HOX__GRADIENT(bn_train);
HOX__GRADIENT(softmax);
HOX__GRADIENT(xent);
HOX__GRADIENT(dropout);
#undef HOX__GRADIENT

hox__node hox__define_products(hox__graph *g, const hox__value *value);
hox__node hox__define_bn_mean(hox__graph *g, const hox__value *value);
hox__node hox__define_bn_var(hox__graph *g, const hox__value *value);
hox__node hox__define_bn_dx(hox__graph *g, const hox__value *value);
hox__node hox__define_bn_dscale(hox__graph *g, const hox__value *value);
hox__node hox__define_xent_dx(hox__graph *g, const hox__value *value);

hox__node hox__scalar(hox__graph *g, float value);
hox__node hox__sum_to(hox__graph *g, hox__node a, hox__node like);          /* undoes a broadcast */
hox__node hox__channels(hox__graph *g, hox__node vector, hox__shape shape); /* [c] -> shape */

#endif
