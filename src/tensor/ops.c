/* The table of operations, from ops.def. */
#include "tensor/internal.h"
#include "tensor/kernels/reference.h"

const hox__operation hox__operations[HOX__OPS] = {
#define HOX__OP(id, op_name, op_arity, rule, cost, plain, vjp, meaning, op_kind)                   \
    {.name = op_name,                                                                              \
     .arity = op_arity,                                                                            \
     .shape = hox__shape_##rule,                                                                   \
     .flops = cost,                                                                                \
     .kernel = hox__reference_##plain,                                                             \
     .gradient = vjp,                                                                              \
     .definition = meaning,                                                                        \
     .kind = op_kind},
#include "tensor/ops.def"
#undef HOX__OP
};
