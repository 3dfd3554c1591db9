/* Measures, in double.
 *
 *   accuracy    share of answers whose largest output is the truth
 *   topK        share of answers whose truth is among the K largest outputs
 *   f1          2 tp / (2 tp + fp + fn): of the second of two classes, otherwise the mean over the
 *               classes that occur (macro)
 *   auc         probability that a member of a class gets a higher probability of it than another
 *               example, ties half (Hanley, McNeil 1982): of the second of two classes, otherwise
 *               the mean over the classes that have members and others
 *   log_loss    mean of -log p(truth), nats; perplexity exp(log_loss); bits log_loss / log 2
 *   rmse, mae   in the units of the file; r2 = 1 - squares / squares about the mean
 *   loss        what training makes small, without what it adds (smoothing, weights)
 */
#include "nn/metrics.h"
#include "base/alloc.h"
#include "base/number.h"
#include "nn/judge.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const hox__metric_row metric[] = {
#define METRIC(word, function, kind, larger) {#word, function, kind, larger},
#include "nn/metrics.def"
#undef METRIC
};
enum { METRICS = sizeof metric / sizeof metric[0], TOP_MAX = 1000 };
static const int64_t kept_values_max = (int64_t)1 << 28;

struct hox__tally {
    hox__tally_options o;
    const hox__metric_row *row;
    int64_t k; /* of topK */
    int64_t n, hits, hits_top;
    double loss, loss2, log_loss, log_loss2; /* sums, and sums of squares */
    double squares, absolutes, absolutes2, truth, truth2;
    int64_t *both, *said, *is; /* [width] each */
    float *score;              /* auc: [most, width] probabilities */
    int32_t *label;            /* [most] */
    double *sorted;            /* [most, 2] */
};

const char *hox__metric_word(int i)
{
    return i >= 0 && i < METRICS ? metric[i].word : NULL;
}

const hox__metric_row *hox__metric_find(const char *word, int64_t *k)
{
    *k = 0;
    for (int i = 0; i < METRICS; i++)
        if (strcmp(metric[i].word, word) == 0 && metric[i].value != hox__metric_top)
            return &metric[i];
    if (strncmp(word, "top", 3) != 0 || !word[3])
        return NULL;
    for (const char *s = word + 3; *s; s++) {
        if (*s < '0' || *s > '9' || *k > TOP_MAX)
            return NULL;
        *k = 10 * *k + (*s - '0');
    }
    for (int i = 0; i < METRICS && *k >= 1 && *k <= TOP_MAX; i++)
        if (metric[i].value == hox__metric_top)
            return &metric[i];
    return NULL;
}

/* ---- tallies ---- */

static hox_status keep_all(hox__tally *t, hox_error *err)
{
    const int64_t most = t->o.most > 0 ? t->o.most : 1;
    if (most > kept_values_max / t->o.width)
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303",
                             "`auc` keeps every answer; %lld of %lld numbers are too many",
                             (long long)most, (long long)t->o.width);
    t->score = hox__alloc((size_t)(most * t->o.width), sizeof *t->score);
    t->label = hox__alloc((size_t)most, sizeof *t->label);
    t->sorted = hox__alloc((size_t)most, 2 * sizeof *t->sorted);
    return t->score && t->label && t->sorted
               ? HOX_OK
               : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the answers");
}

hox_status hox__tally_new(const hox__tally_options *options, hox__tally **out, hox_error *err)
{
    int64_t k;
    const hox__metric_row *row = hox__metric_find(options->metric, &k);
    *out = NULL;
    if (!row)
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303", "there is no measure `%.60s`",
                             options->metric);
    if (!(row->kind & (options->numbers ? HOX__NUMBERS : HOX__CLASSES)))
        return hox_fail_code(
            err, HOX_ERR_ARGUMENT, "E0303",
            "`%s` is measured on %s, and the data ask for %s; try `objective = %s`",
            options->metric, options->numbers ? "classes" : "numbers",
            options->numbers ? "numbers" : "classes",
            options->numbers ? "minimize rmse" : "maximize accuracy");
    hox__tally *t = hox__alloc(1, sizeof *t);
    if (!t)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the answers");
    t->o = *options;
    t->row = row;
    t->k = k;
    t->both = hox__alloc((size_t)options->width, 3 * sizeof *t->both);
    hox_status status = HOX_OK;
    if (!t->both)
        status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the answers");
    else if (row->value == hox__metric_auc)
        status = keep_all(t, err);
    if (status != HOX_OK) {
        hox__tally_free(t);
        return status;
    }
    t->said = t->both + options->width;
    t->is = t->said + options->width;
    *out = t;
    return HOX_OK;
}

void hox__tally_free(hox__tally *t)
{
    if (!t)
        return;
    hox__free(t->both);
    hox__free(t->score);
    hox__free(t->label);
    hox__free(t->sorted);
    hox__free(t);
}

void hox__tally_clear(hox__tally *t)
{
    t->n = t->hits = t->hits_top = 0;
    t->loss = t->loss2 = t->log_loss = t->log_loss2 = 0;
    t->squares = t->absolutes = t->absolutes2 = t->truth = t->truth2 = 0;
    memset(t->both, 0, (size_t)t->o.width * 3 * sizeof *t->both);
}

static void add_number(hox__tally *t, float output, float value)
{
    const double truth = t->o.mean + t->o.scale * (double)value,
                 d = t->o.scale * ((double)output - (double)value);
    t->squares += d * d;
    t->absolutes += fabs(d);
    t->absolutes2 += d * d;
    t->truth += truth;
    t->truth2 += truth * truth;
}

/* How many outputs are larger than the truth's, or equal and before it. */
static int64_t rank_of(const float *output, int64_t width, int32_t label)
{
    int64_t before = 0;
    for (int64_t k = 0; k < width; k++)
        before += output[k] > output[label] || (output[k] == output[label] && k < label);
    return before;
}

static void add_class(hox__tally *t, const float *output, int32_t label)
{
    const int64_t width = t->o.width;
    const bool independent = t->o.loss->build == hox__loss_bce;
    const int said = hox__logits_best(output, width);
    t->hits += said == label;
    t->both[label] += said == label;
    t->said[said]++;
    t->is[label]++;
    if (t->row->value == hox__metric_top)
        t->hits_top += rank_of(output, width, label) < t->k;
    if (t->row->kind == HOX__CLASSES) {
        const double l =
            -hox__log(fmax(hox__answer_probability(output, width, label, independent), 1e-300));
        t->log_loss += l;
        t->log_loss2 += l * l;
    }
    if (!t->score || t->n >= t->o.most)
        return;
    for (int64_t k = 0; k < width; k++)
        t->score[t->n * width + k] =
            (float)hox__answer_probability(output, width, (int32_t)k, independent);
    t->label[t->n] = label;
}

void hox__tally_add(hox__tally *t, const float *output, int32_t label, float value)
{
    const double loss =
        t->o.loss->of_one(t->o.loss_term, output, t->o.width, t->o.numbers ? -1 : label, &value);
    t->loss += loss;
    t->loss2 += loss * loss;
    if (t->o.numbers)
        add_number(t, *output, value);
    else
        add_class(t, output, label);
    t->n++;
}

int64_t hox__tally_count(const hox__tally *t)
{
    return t->n;
}

int64_t hox__tally_hits(const hox__tally *t)
{
    return t->hits;
}

double hox__tally_value(const hox__tally *t)
{
    return t->n ? t->row->value(t) : (double)NAN;
}

double hox__tally_accuracy(const hox__tally *t)
{
    return t->n && !t->o.numbers ? hox__metric_accuracy(t) : (double)NAN;
}

double hox__tally_loss(const hox__tally *t)
{
    return t->n ? hox__metric_loss(t) : (double)NAN;
}

double hox__tally_error(const hox__tally *t)
{
    const double n = (double)t->n, mean = hox__tally_value(t);
    double squares;
    if (t->row->value == hox__metric_accuracy || t->row->value == hox__metric_top)
        squares = mean;
    else if (t->row->value == hox__metric_loss)
        squares = t->loss2 / n;
    else if (t->row->value == hox__metric_log_loss)
        squares = t->log_loss2 / n;
    else if (t->row->value == hox__metric_mae)
        squares = t->absolutes2 / n;
    else
        return (double)NAN;
    return sqrt(fmax(squares - mean * mean, 0) / n);
}

/* ---- the measures ---- */

double hox__metric_accuracy(const hox__tally *t)
{
    return (double)t->hits / (double)t->n;
}

double hox__metric_top(const hox__tally *t)
{
    return (double)t->hits_top / (double)t->n;
}

static double f1_of(const hox__tally *t, int64_t c)
{
    const int64_t below = t->said[c] + t->is[c]; /* 2 tp + fp + fn */
    return below ? 2 * (double)t->both[c] / (double)below : 0;
}

double hox__metric_f1(const hox__tally *t)
{
    if (t->o.width == 2)
        return f1_of(t, 1);
    double sum = 0;
    int64_t classes = 0;
    for (int64_t c = 0; c < t->o.width; c++)
        if (t->is[c] || t->said[c]) {
            sum += f1_of(t, c);
            classes++;
        }
    return classes ? sum / (double)classes : 0;
}

static int by_score(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* From the ranks of the members: (sum of ranks - m (m + 1) / 2) / (m others); NaN without either.
 */
static double auc_of(const hox__tally *t, int64_t c)
{
    const int64_t n = t->n < t->o.most ? t->n : t->o.most;
    double *pair = t->sorted, ranks = 0, members = 0;
    for (int64_t i = 0; i < n; i++) {
        pair[2 * i] = (double)t->score[i * t->o.width + c];
        pair[2 * i + 1] = t->label[i] == c;
    }
    qsort(pair, (size_t)n, 2 * sizeof *pair, by_score);
    for (int64_t i = 0, end; i < n; i = end) {
        double here = 0;
        for (end = i; end < n && !(pair[2 * end] > pair[2 * i]); end++)
            here += pair[2 * end + 1];
        members += here;
        ranks += here * (double)(i + 1 + end) / 2;
    }
    const double others = (double)n - members;
    return (ranks - members * (members + 1) / 2) / (members * others);
}

double hox__metric_auc(const hox__tally *t)
{
    if (t->o.width == 2)
        return auc_of(t, 1);
    double sum = 0;
    int64_t classes = 0;
    for (int64_t c = 0; c < t->o.width; c++) {
        const double auc = auc_of(t, c);
        sum += isfinite(auc) ? auc : 0;
        classes += isfinite(auc) != 0;
    }
    return classes ? sum / (double)classes : (double)NAN;
}

double hox__metric_log_loss(const hox__tally *t)
{
    return t->log_loss / (double)t->n;
}

double hox__metric_perplexity(const hox__tally *t)
{
    return hox__exp(hox__metric_log_loss(t));
}

double hox__metric_bits(const hox__tally *t)
{
    return hox__metric_log_loss(t) / 0.69314718055994530942;
}

double hox__metric_rmse(const hox__tally *t)
{
    return sqrt(t->squares / (double)t->n);
}

double hox__metric_mae(const hox__tally *t)
{
    return t->absolutes / (double)t->n;
}

double hox__metric_r2(const hox__tally *t)
{
    const double mean = t->truth / (double)t->n, about = t->truth2 - (double)t->n * mean * mean;
    return about > 0 ? 1 - t->squares / about : (double)NAN;
}

double hox__metric_loss(const hox__tally *t)
{
    return t->loss / (double)t->n;
}
