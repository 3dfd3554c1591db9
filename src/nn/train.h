/* From a sentence to a trained network. */
#ifndef HOX_NN_TRAIN_H
#define HOX_NN_TRAIN_H

#include "data/dataset.h"
#include "tensor/plan.h"
#include <hox/space.h>

/* A recipe: what a sentence says beside its network. Words and numbers are those of vocab/nn.hox.
 */
typedef struct {
    const hox_term *net, *train; /* train: the optimizer */
    const hox_term *schedule;    /* may be NULL: constant */
    const hox_term *loss;        /* may be NULL: what the targets suggest */
    double clip;                 /* longest gradient of all weights together; 0: any */
    double average;              /* how much of the averaged weights stays; 0: no average */
    double smooth;               /* how much of a target is spread over all classes */
    int64_t accumulate;          /* batches to a step of the optimizer; 0 and 1: every batch */
    int64_t half;                /* 1: convolutions of the training multiply in bfloat16 */
    int64_t patience;            /* epochs without a better value before the end; 0: never */
    int64_t batch;               /* default 64 */
    int64_t epochs;              /* the budget granted, or the sentence's constant; default 5 */
    const char *metric;          /* of `objective`: accuracy or loss */
    bool maximize;
    int64_t reduce; /* 0: the last epoch's value, n > 0: the mean of the last n, -1: the best */
} hox__recipe;
hox_status hox__recipe_read(const hox_sentence *sentence, double budget /* 0: full */,
                            hox__recipe *recipe, hox_error *err);

/* Words of `train` beside optimizers and losses, in the order of their table; NULL past the end. */
const char *hox__manner_word(int i);

/* Builds the network of `net` on `x` ([n, c, h, w]). Training builds dropout and batch statistics;
 * otherwise the running statistics (variables NAME/mean, NAME/variance) are read. Variables are
 * named by path, so that both builds share them. `network` lists what it made; it serves one graph
 * at a time, and another graph begins it anew. The words `same` and `classes` are resolved here.
 * Errors: HOX_ERR_SHAPE with the chain of shapes so far ("input 28x28x1 -> conv 5x5/2 -> 12x12x32
 * -> pool 4x4 needs at least 4x4"). */
typedef struct hox__network hox__network;
typedef struct {
    const char *name;
    hox__node node;
    hox__shape shape;
    int64_t fan_in, fan_out; /* fan_in 0: not a product's weights; fan_out 0: He's start, else
                                Glorot's */
    float initial;           /* used when fan_in is 0 */
    bool trained, decayed;   /* decay applies to weights, not to biases, scales and shifts */
} hox__weight;
hox__network *hox__network_new(void);
void hox__network_free(hox__network *network);
hox_status hox__network_build(hox__network *network, hox__graph *g, const hox_term *net,
                              hox__node x, int64_t classes, bool training, hox__node *logits,
                              hox_error *err);
/* A part of a network, as it answers: what comes out may have any shape. */
hox_status hox__network_part(hox__network *network, hox__graph *g, const hox_term *part,
                             hox__node x, int64_t classes, hox__node *out, hox_error *err);
/* The same where more may arrive: tokens x [n, length] (I32) when vocabulary > 0; columns of codes
 * [n, codes] (I32), each turned into embedding[j] numbers that stand behind x (which may then be
 * HOX__NONE). With `each` there must come an answer for every step of a sequence, otherwise one for
 * every example. */
typedef struct {
    hox__node x;
    int64_t classes, vocabulary;
    bool each;
    hox__node code;
    int64_t codes;
    const int64_t *cardinality, *embedding; /* [codes] */
} hox__entry;
hox_status hox__network_build_on(hox__network *network, hox__graph *g, const hox_term *net,
                                 const hox__entry *door, bool training, hox__node *logits,
                                 hox_error *err);
int hox__network_weights(const hox__network *network);
const hox__weight *hox__network_weight(const hox__network *network, int i);

/* A trained network: variables in logical order. */
typedef struct hox__model hox__model;

typedef struct {
    int64_t epoch, epochs; /* epoch counts from 1 */
    int64_t step, steps;   /* within the whole training */
    double loss;           /* mean training loss of the epoch so far, nats */
    double accuracy;       /* validation, at the end of an epoch; NaN otherwise, and for numbers */
    double validation_loss;
    double value; /* the recipe's metric on validation, likewise */
    bool epoch_end;
    double examples_per_s;
} hox__progress;

typedef struct {
    uint64_t seed;
    size_t memory_bytes_max;
    bool reference; /* plain C kernels */
    int threads;    /* to compute in; 0: one. Weights repeat bit for bit with the same number. */
    /* Called about every `report_s` seconds of training and at the end of every epoch; returning
     * false stops (HOX_ERR_INTERRUPTED). `now` is the caller's clock, which only decides when to
     * call; NULL: only at ends of epochs. */
    bool (*report)(void *ctx, const hox__progress *progress);
    double (*now)(void);
    double report_s;
    void *ctx;
    /* A file that holds the whole state of the training (NULL: none). It is replaced, as a whole,
     * when `report` stops the training and once `checkpoint_s` seconds have gone since it was
     * written last (0: at the end of every epoch). With `resume` a file that is there is read first
     * and the training goes on behind it, bit for bit as if it had never stopped: the ends of the
     * epochs in it are reported again, since whoever listens may have been cut off, too. A file of
     * another training (sentence, seed, split) is an error (E0704); one of fewer epochs goes on
     * where the schedule does not ask for their number. The file stays. */
    const char *checkpoint;
    bool resume;
    double checkpoint_s;
} hox__train_options;

typedef struct {
    double value; /* the metric on validation after the last epoch, or as `objective` reduces it */
    double accuracy, loss; /* validation, last epoch; NaN when there is none */
    double train_loss;
    int64_t epochs, steps, params;
    double flops_per_example, seconds;
    size_t memory_bytes;
} hox__train_result;

/* Trains on split->train and measures on split->validation (may be empty). HOX_ERR_NUMERIC: "loss
 * is nan at step 812". *model is the caller's, also when it is not wanted (NULL skips it). */
hox_status hox__train(const hox__recipe *recipe, const hox__examples *examples,
                      const hox__split *split, const hox__data_plan *data,
                      const hox__train_options *options, hox__train_result *result,
                      hox__model **model, hox_error *err);

/* ---- models: .hoxm files (decisions 3.3) ---- */

void hox__model_free(hox__model *model);
/* `sentence_text` is kept inside with the preprocessing, labels and provenance (JSON key-values,
 * may be empty: NULL). */
typedef struct {
    const char *sentence_text, *study, *version, *data_hash;
    uint64_t trial, seed;
    double validation, test; /* NaN: unknown */
} hox__provenance;
hox_status hox__model_save(const hox__model *model, const hox__provenance *provenance,
                           const char *path, hox_error *err);
hox_status hox__model_load(const char *path, hox__model **model, hox__provenance *provenance,
                           hox_error *err);
hox_status hox__model_load_bytes(const void *data, size_t n, const char *name, hox__model **model,
                                 hox__provenance *provenance,
                                 hox_error *err); /* for the fuzz target */

typedef struct {
    int64_t height, width, channels; /* of an image; 0 otherwise */
    int64_t params;
    int classes;
    const char *const *class_names; /* or NULL */
    const char *sentence_text;
    hox__kind kind;     /* of what it takes */
    hox__target target; /* and of what it says */
    const char *metric; /* it was chosen by: a word of metrics.def */
} hox__model_facts;
const hox__model_facts *hox__model_describe(const hox__model *model);

/* How files become what it takes. */
const hox__encoder *hox__model_encoder(const hox__model *model);

/* Answers of examples[rows] (rows NULL: all): class probabilities [n, classes]; numbers [n] in the
 * units of the training file; probabilities of the next token [n, length, classes]. HOX_ERR_DATA
 * when sizes differ from the model's. */
hox_status hox__model_predict(const hox__model *model, const hox__examples *examples,
                              const int64_t *rows, int64_t n, float *probability, hox_error *err);

/* The model's metric and its accuracy (NaN for numbers) with standard errors (NaN where there is
 * none); n counts answers. confusion[classes*classes] (row: true) when not NULL, CLASS only. */
typedef struct {
    int64_t n, hits;
    double accuracy, standard_error;
    double value, value_error;
} hox__score;
hox_status hox__model_score(const hox__model *model, const hox__examples *examples,
                            hox__score *score, int64_t *confusion, hox_error *err);

/* ---- for hox doctor ---- */

/* Native words the engine knows: layers, optimizers, schedules. NULL past the end. */
const char *hox__engine_word(int i);

#endif
