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
    hox__arena *arena;          /* owns all below */
    const hox_term *net, *loss; /* loss: NULL: the usual one */
    hox__encoder *encoder;
    hox__model_facts facts;
    hox__tensor *tensor;
    int tensors;
};

typedef struct {
    const hox_term *net, *loss;
    const char *metric;
    const hox__network *network; /* the tensors are its weights */
    const hox__plan *plan;       /* with the values they have here */
} hox__model_parts;

/* Copies its parts and takes *encoder (which becomes NULL). */
hox_status hox__model_new(const hox__model_parts *parts, hox__encoder **encoder, hox__model **model,
                          hox_error *err);

/* What the encoder says, into the facts. */
void hox__model_know(hox__model *model);

/* The values of one tensor; false: no such tensor, or not of n values. */
bool hox__model_weight(const hox__model *model, const char *name, float *out, int64_t n);

/* A deep copy in `arena`; NULL when memory is short. */
const hox_term *hox__term_copy(hox__arena *arena, const hox_term *term);

/* The product of its sizes. */
int64_t hox__shape_values(const hox__shape *shape);

#endif
