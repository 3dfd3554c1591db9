/* One training step: forward, loss, gradients, the optimizer's assignments, as one plan. */
#ifndef HOX_NN_STEP_H
#define HOX_NN_STEP_H

#include "nn/train.h"

typedef struct {
    hox__graph *g;
    hox__network *network;
    hox__plan *plan;
    hox__node loss;
    /* Where the inputs of a run are written. */
    float *x;
    int32_t *label;
    float *rate, *count;
    float *value;  /* room for the largest weight */
    bool averaged; /* NAME/average is what training leaves */
    float *due;    /* NULL: every batch is a step of the optimizer */
} hox__train_step;

hox_status hox__train_step_new(const hox__recipe *recipe, const hox__images *images, int64_t batch,
                               const hox__train_options *options, hox__train_step **step,
                               hox_error *err);
void hox__train_step_free(hox__train_step *step);

/* The variables of a network as training left them, averaged where they are averaged. */
void hox__train_step_copy(const hox__train_step *step, hox__plan *to);

/* The weights as a seed draws them: weight NAME from child(child(seed, "init", 0), NAME, 0), so
 * that it does not depend on what else the network holds. */
void hox__train_step_start(hox__train_step *step, uint64_t seed);

#endif
