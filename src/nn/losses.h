/* Losses: what training makes small, as nodes of a graph and as a number of one example. */
#ifndef HOX_NN_LOSSES_H
#define HOX_NN_LOSSES_H

#include "nn/train.h"

typedef enum {
    HOX__CLASSES = 1, /* one of some classes */
    HOX__NUMBERS = 2,
    HOX__ANYTHING = HOX__CLASSES | HOX__NUMBERS
} hox__truth_kind;

/* output [n, width] is what the network says. The truth is label [n] (I32), one of `width` classes,
 * or target [n, width]: numbers, or the probability of each class (each row is a weight times a
 * distribution). With both, target counts. */
typedef struct {
    hox__graph *g;
    const hox_term *term;
    hox__node output, label, target;
} hox__loss_site;

/* The mean over rows, a scalar. */
typedef hox__node hox__loss(const hox__loss_site *site);

/* Of one example: output[width] against a class, or against value[width] when label < 0. */
typedef double hox__loss_of(const hox_term *term, const float *output, int64_t width, int32_t label,
                            const float *value);

#define LOSS(word, function, of_one, kind)                                                         \
    hox__loss function;                                                                            \
    hox__loss_of of_one;
#include "nn/losses.def"
#undef LOSS

typedef struct {
    const char *word;
    hox__loss *build;
    hox__loss_of *of_one;
    hox__truth_kind kind;
} hox__loss_row;

/* NULL: no such loss. */
const hox__loss_row *hox__loss_find(const char *word);
const char *hox__loss_word(int i); /* in the order of losses.def; NULL past the end */

#endif
