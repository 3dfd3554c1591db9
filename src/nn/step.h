/* One training step: forward, loss, gradients, the optimizer's assignments, as one plan. */
#ifndef HOX_NN_STEP_H
#define HOX_NN_STEP_H

#include "nn/ends.h"
#include "nn/losses.h"
#include "nn/optimizers.h"

typedef struct {
    hox__graph *g;
    hox__network *network;
    hox__plan *plan;
    hox__node loss;
    hox__batch batch; /* where the inputs of a run are written */
    float *rate, *count;
    float *due;    /* NULL: every batch is a step of the optimizer */
    bool averaged; /* NAME/average is what training leaves */
    float *value;  /* room for the largest weight */
} hox__train_step;

/* What is trained on. */
typedef struct {
    const hox__encoded *data;
    int64_t examples;          /* of one batch */
    bool mixes;                /* pairs of examples (mixup) */
    const float *class_weight; /* [classes], or NULL */
} hox__step_kind;

hox_status hox__train_step_new(const hox__recipe *recipe, const hox__step_kind *kind,
                               const hox__train_options *options, hox__train_step **step,
                               hox_error *err);
void hox__train_step_free(hox__train_step *step);

/* The loss that is asked for, or the usual one. */
const hox__loss_row *hox__loss_for(const hox__recipe *recipe, hox__target target);

/* updates.c: the assignments that follow from step->loss. */
hox_status hox__updates(const hox__train_step *step, const hox__recipe *recipe,
                        const hox__update *update, hox_error *err);
extern const char hox__average_part[];

/* The variables of a network as training left them, averaged where they are averaged. */
void hox__train_step_copy(const hox__train_step *step, hox__plan *to);

/* The weights as a seed draws them: weight NAME from child(child(seed, "init", 0), NAME, 0), so
 * that it does not depend on what else the network holds. */
void hox__train_step_start(hox__train_step *step, uint64_t seed);

#endif
