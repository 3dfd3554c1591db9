/* The plain-C kernels. HOX__REAL is float; the tests compile the same files with double to check
 * gradients by differences. */
#ifndef HOX_TENSOR_REFERENCE_H
#define HOX_TENSOR_REFERENCE_H

#include "tensor/kernels/call.h"

#ifdef HOX__REAL
#define HOX__REFERENCE(name) hox__reference_double_##name
#else
#define HOX__REAL            float
#define HOX__REFERENCE(name) hox__reference_##name
#endif
typedef HOX__REAL hox__real;

static inline int64_t hox__elements(const hox__shape *shape)
{
    int64_t n = 1;
    for (int i = 0; i < shape->rank; i++)
        n *= shape->dim[i];
    return n;
}

#define HOX__KERNEL(name) void HOX__REFERENCE(name)(const hox__call *call)
HOX__KERNEL(none);
HOX__KERNEL(constant);
HOX__KERNEL(uniform);
HOX__KERNEL(neg);
HOX__KERNEL(recip);
HOX__KERNEL(exp);
HOX__KERNEL(log);
HOX__KERNEL(sqrt);
HOX__KERNEL(tanh);
HOX__KERNEL(sigmoid);
HOX__KERNEL(erf);
HOX__KERNEL(abs);
HOX__KERNEL(sin);
HOX__KERNEL(cos);
HOX__KERNEL(floor);
HOX__KERNEL(relu);
HOX__KERNEL(add);
HOX__KERNEL(sub);
HOX__KERNEL(mul);
HOX__KERNEL(div);
HOX__KERNEL(max);
HOX__KERNEL(min);
HOX__KERNEL(pow);
HOX__KERNEL(less);
HOX__KERNEL(select);
HOX__KERNEL(expand);
HOX__KERNEL(copy);
HOX__KERNEL(permute);
HOX__KERNEL(slice);
HOX__KERNEL(pad);
HOX__KERNEL(concat);
HOX__KERNEL(sum);
HOX__KERNEL(flip);
HOX__KERNEL(maxval);
HOX__KERNEL(argmax);
HOX__KERNEL(cast);
HOX__KERNEL(gather_rows);
HOX__KERNEL(scatter_rows);
HOX__KERNEL(matmul);
HOX__KERNEL(products);
HOX__KERNEL(conv);
HOX__KERNEL(conv_dx);
HOX__KERNEL(conv_dw);
HOX__KERNEL(maxpool);
HOX__KERNEL(maxpool_index);
HOX__KERNEL(max_scatter);
HOX__KERNEL(max_gather);
HOX__KERNEL(avgpool);
HOX__KERNEL(avgpool_dx);
HOX__KERNEL(bn_mean);
HOX__KERNEL(bn_var);
HOX__KERNEL(bn_train);
HOX__KERNEL(bn_dx);
HOX__KERNEL(bn_dscale);
HOX__KERNEL(softmax);
HOX__KERNEL(xent);
HOX__KERNEL(xent_dx);
HOX__KERNEL(onehot);
HOX__KERNEL(hits);
HOX__KERNEL(dropout);

#endif
