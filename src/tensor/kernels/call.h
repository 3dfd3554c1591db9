/* What a kernel is given: parameters, shapes and addresses; and the plain-C kernels, one for every
 * operation, which are the truth that all others are compared with. */
#ifndef HOX_TENSOR_CALL_H
#define HOX_TENSOR_CALL_H

#include "tensor/graph.h"

/* Parameters of a node; unused ones are zero, so that equal nodes have equal bytes. */
typedef struct {
    hox__shape shape;          /* of leaves and of results that operands do not tell */
    hox__window window;        /* products and pools */
    int64_t size_h, size_w;    /* pools */
    int64_t start, stop, step; /* slice and pad along `axis` */
    uint64_t id;               /* of a stream */
    float value;               /* constants; probability of dropout */
    uint32_t axes;             /* sums */
    int32_t axis;              /* slice, pad, concat */
    int32_t type;              /* of leaves */
    int32_t order[HOX__RANK_MAX];
    int32_t transpose_a, transpose_b;
} hox__param;

typedef struct {
    const hox__param *param;
    const hox__shape **in_shape;
    const void *const *in;
    const hox__shape *out_shape;
    void *out;
    int n;
    int in_bytes;   /* size of an element of the last operand: 1, 4 or 8; window positions vary */
    int out_bytes;  /* of the result */
    hox_rng stream; /* of draws, at the first element of the step */
} hox__call;

#endif
