/* Measures of how well a network answers, gathered one example (or token) at a time. */
#ifndef HOX_NN_METRICS_H
#define HOX_NN_METRICS_H

#include "nn/losses.h"

typedef struct hox__tally hox__tally;
typedef double hox__metric(const hox__tally *tally);

#define METRIC(word, function, kind, larger) hox__metric function;
#include "nn/metrics.def"
#undef METRIC

typedef struct {
    const char *word;
    hox__metric *value;
    hox__truth_kind kind;
    bool larger;
} hox__metric_row;

/* NULL: no such measure. `top5` is `top` with *k = 5, 1 <= k <= 1000. */
const hox__metric_row *hox__metric_find(const char *word, int64_t *k);
const char *hox__metric_word(int i); /* in the order of metrics.def; NULL past the end */

typedef struct {
    const char *metric;        /* must outlive the tally */
    const hox__loss_row *loss; /* and what it is told of */
    const hox_term *loss_term;
    int64_t width;      /* of an answer */
    int64_t most;       /* examples that may come; auc keeps them all */
    bool numbers;       /* against numbers, otherwise classes */
    double mean, scale; /* numbers in their own units: mean + scale * answer */
} hox__tally_options;

/* HOX_ERR_ARGUMENT when the measure does not go with the data. */
hox_status hox__tally_new(const hox__tally_options *options, hox__tally **tally, hox_error *err);
void hox__tally_free(hox__tally *tally);
void hox__tally_clear(hox__tally *tally);

/* One answer output[width], against a class or against a number (as the network sees it). */
void hox__tally_add(hox__tally *tally, const float *output, int32_t label, float value);

int64_t hox__tally_count(const hox__tally *tally);
int64_t hox__tally_hits(const hox__tally *tally);
double hox__tally_value(const hox__tally *tally);    /* of the measure asked for; NaN when empty */
double hox__tally_accuracy(const hox__tally *tally); /* NaN for numbers */
double hox__tally_loss(const hox__tally *tally);

/* The standard error of the value, where it is a mean over examples (accuracy, top, loss, log_loss,
 * mae); NaN otherwise. */
double hox__tally_error(const hox__tally *tally);

#endif
