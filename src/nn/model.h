/* Inside a trained network. */
#ifndef HOX_NN_MODEL_H
#define HOX_NN_MODEL_H

#include "base/arena.h"
#include "nn/train.h"

typedef struct {
    const char *name;
    hox__shape shape;
    int64_t count;
    const float *value;
} hox__tensor;

struct hox__model {
    hox__arena *arena; /* owns all below */
    const hox_term *net;
    hox__standard standard;
    hox__model_facts facts;
    hox__tensor *tensor;
    int tensors;
};

enum { HOX__MODEL_SIZE_MAX = 1 << 16, HOX__MODEL_CHANNELS_MAX = 16 };

/* Copies what it is given; the tensors are those of `network`, with the values they have in `plan`.
 */
hox_status hox__model_new(const hox_term *net, const hox__images *images,
                          const hox__standard *standard, const hox__network *network,
                          const hox__plan *plan, hox__model **model, hox_error *err);

/* The values of one tensor; false: no such tensor, or not of n values. */
bool hox__model_weight(const hox__model *model, const char *name, float *out, int64_t n);

/* A deep copy in `arena`; NULL when memory is short. */
const hox_term *hox__term_copy(hox__arena *arena, const hox_term *term);

/* The product of its sizes. */
int64_t hox__shape_values(const hox__shape *shape);

#endif
