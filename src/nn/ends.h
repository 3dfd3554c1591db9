/* The ends of a network: what the data put in, and what is answered, as nodes. */
#ifndef HOX_NN_ENDS_H
#define HOX_NN_ENDS_H

#include "nn/train.h"

typedef struct {
    hox__node x, code; /* inputs; HOX__NONE: there is none */
    hox__node output;  /* [rows, width] */
    int64_t rows;      /* answers: one an example, or one a token */
    int64_t width;
} hox__ends;

/* Builds `net` for `n` examples. */
hox_status hox__ends_build(hox__network *network, hox__graph *g, const hox_term *net,
                           const hox__encoded *data, int64_t n, bool training, hox__ends *ends,
                           hox_error *err);

/* Where a batch of examples goes in a plan of these ends; the truth is left out. */
hox__batch hox__ends_inputs(const hox__ends *ends, hox__plan *plan);

#endif
