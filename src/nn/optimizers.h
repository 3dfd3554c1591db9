/* Optimizers: what one training step does to a weight, as nodes of the step's graph. */
#ifndef HOX_NN_OPTIMIZERS_H
#define HOX_NN_OPTIMIZERS_H

#include "nn/train.h"

/* What all weights of one step share. `rate` and `count` (the step's number, from 1) are scalar
 * inputs. */
typedef struct {
    hox__graph *g;
    const hox_term *term;
    hox__node rate, count;
    hox__node due; /* a scalar input, 0 while gradients are only gathered; HOX__NONE: always due */
} hox__update;

/* Returns the next value of `weight`. What is remembered between steps is a variable NAME/...,
 * written by hox__update_keep. */
typedef hox__node hox__optimizer(const hox__update *update, const hox__weight *weight,
                                 hox__node gradient);

#define OPTIMIZER(word, function, rate) hox__optimizer function;
#include "nn/optimizers.def"
#undef OPTIMIZER

/* After a step that is due, `variable` holds `next`. */
void hox__update_keep(const hox__update *update, hox__node variable, hox__node next);

/* The variable NAME/part of the weight's shape. */
hox__node hox__update_memory(const hox__update *update, const hox__weight *weight,
                             const char *part);

/* The optimizer called `word`, or NULL with an error naming the ones there are. */
hox__optimizer *hox__optimizer_find(const char *word, hox_error *err);

/* The learning rate that `term` asks for. */
double hox__optimizer_rate(const hox_term *term);

/* In the order of optimizers.def; NULL past the end. */
const char *hox__optimizer_word(int i);

#endif
