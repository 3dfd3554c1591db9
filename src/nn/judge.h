/* A network that only answers: the running statistics, no dropout, a fixed batch. */
#ifndef HOX_NN_JUDGE_H
#define HOX_NN_JUDGE_H

#include "nn/train.h"

typedef struct {
    hox__plan *plan;
    hox__network *network;
    hox__graph *g;
    hox__node x, logits;
    int64_t batch, width; /* width: logits of one example */
    int64_t *row;         /* [batch] */
    float *logit;         /* [batch, width] */
} hox__judge;

typedef struct {
    int64_t channels, height, width, classes;
    int64_t batch;           /* at most; less when memory is scarce */
    size_t memory_bytes_max; /* 0: no limit */
    bool reference;
} hox__judge_options;

/* Variables are 0 until they are set. */
hox_status hox__judge_new(const hox_term *net, const hox__judge_options *options,
                          hox__judge **judge, hox_error *err);
void hox__judge_free(hox__judge *judge);

/* Logits [n, width] of rows[0 .. n), n <= batch; rows NULL: first, first + 1, .... Valid until the
 * next call. */
const float *hox__judge_ask(hox__judge *judge, const hox__images *images,
                            const hox__standard *standard, const int64_t *rows, int64_t first,
                            int64_t n);

/* The largest logit, first of equals; the cross-entropy -log softmax(logit)[label] in nats;
 * probabilities. */
int hox__logits_best(const float *logit, int64_t width);
double hox__logits_loss(const float *logit, int64_t width, int32_t label);
void hox__logits_probability(const float *logit, int64_t width, float *probability);

#endif
