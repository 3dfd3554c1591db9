/* A network that only answers: the running statistics, no dropout, a fixed batch. */
#ifndef HOX_NN_JUDGE_H
#define HOX_NN_JUDGE_H

#include "nn/ends.h"
#include "nn/metrics.h"

typedef struct {
    hox__plan *plan;
    hox__network *network;
    hox__graph *g;
    hox__ends ends;
    hox__batch batch; /* the plan's inputs */
    int64_t examples; /* at once */
    int64_t *row;     /* [examples] */
    float *output;    /* [ends.rows, ends.width] */
    int32_t *label;   /* [ends.rows]: the truth, where it is classes */
    float *value;     /* [ends.rows]: where it is numbers */
} hox__judge;

typedef struct {
    const hox__encoder *encoder;
    int64_t examples;        /* at once, at most; less when memory is scarce */
    size_t memory_bytes_max; /* 0: no limit */
    bool reference;
    int threads;
} hox__judge_options;

/* Variables are 0 until they are set. */
hox_status hox__judge_new(const hox_term *net, const hox__judge_options *options,
                          hox__judge **judge, hox_error *err);
void hox__judge_free(hox__judge *judge);

/* Answers of rows[0 .. n), n <= judge->examples; rows NULL: first, first + 1, .... Each example has
 * ends.rows / examples answers of ends.width numbers. Valid until the next call. */
const float *hox__judge_ask(hox__judge *judge, const hox__encoder *encoder,
                            const hox__examples *examples, const int64_t *rows, int64_t first,
                            int64_t n);

/* The same, told to a tally with the truth of the examples. */
const float *hox__judge_tally(hox__judge *judge, const hox__encoder *encoder,
                              const hox__examples *examples, const int64_t *rows, int64_t first,
                              int64_t n, hox__tally *tally);

/* The largest logit, first of equals; the cross-entropy -log softmax(logit)[label] in nats;
 * probabilities. */
int hox__logits_best(const float *logit, int64_t width);
double hox__logits_loss(const float *logit, int64_t width, int32_t label);
void hox__logits_probability(const float *logit, int64_t width, float *probability);

/* The probability of one class: by softmax, or, where each output was trained on its own (bce), by
 * sigmoids that are made to sum to 1. */
double hox__answer_probability(const float *output, int64_t width, int32_t label, bool independent);

#endif
