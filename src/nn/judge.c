/* Networks that only answer, and what is read from their logits. */
#include "nn/judge.h"
#include "base/alloc.h"
#include "base/number.h"

static hox_status compile(hox__judge *judge, const hox_term *net, const hox__judge_options *options,
                          hox_error *err)
{
    judge->g = hox__graph_new();
    judge->network = hox__network_new();
    if (!judge->g || !judge->network)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the network");
    const hox_status status =
        hox__ends_build(judge->network, judge->g, net, hox__encoder_describe(options->encoder),
                        judge->examples, false, &judge->ends, err);
    if (status != HOX_OK)
        return status;
    const hox__plan_options plan = {.memory_bytes_max = options->memory_bytes_max,
                                    .reference = options->reference,
                                    .threads = options->threads};
    return hox__plan_new(judge->g, &judge->ends.output, 1, &plan, &judge->plan, err);
}

static hox_status judge_new(const hox_term *net, const hox__judge_options *options,
                            int64_t examples, hox__judge **out, hox_error *err)
{
    hox__judge *judge = hox__alloc(1, sizeof *judge);
    if (!judge)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the network");
    judge->examples = examples;
    hox_status status = compile(judge, net, options, err);
    if (status == HOX_OK) {
        const size_t values = (size_t)(judge->ends.rows * judge->ends.width);
        judge->row = hox__alloc((size_t)examples, sizeof *judge->row);
        judge->output = hox__alloc(values, sizeof *judge->output);
        judge->label = hox__alloc((size_t)judge->ends.rows, sizeof *judge->label);
        judge->value = hox__alloc((size_t)judge->ends.rows, sizeof *judge->value);
        judge->batch = hox__ends_inputs(&judge->ends, judge->plan);
        if (!judge->row || !judge->output || !judge->label || !judge->value)
            status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the answers");
    }
    if (status != HOX_OK) {
        hox__judge_free(judge);
        judge = NULL;
    }
    *out = judge;
    return status;
}

hox_status hox__judge_new(const hox_term *net, const hox__judge_options *options,
                          hox__judge **judge, hox_error *err)
{
    hox_status status = HOX_ERR_MEMORY;
    hox_error last = {0};
    for (int64_t n = options->examples; n > 0 && status == HOX_ERR_MEMORY; n /= 4) {
        last = (hox_error){0};
        status = judge_new(net, options, n, judge, &last);
    }
    if (status != HOX_OK)
        return hox_fail_code(err, status, last.code, "%s", last.message);
    return status;
}

void hox__judge_free(hox__judge *judge)
{
    if (!judge)
        return;
    hox__plan_free(judge->plan);
    hox__network_free(judge->network);
    hox__graph_free(judge->g);
    hox__free(judge->row);
    hox__free(judge->output);
    hox__free(judge->label);
    hox__free(judge->value);
    hox__free(judge);
}

static const float *ask(hox__judge *judge, const hox__encoder *encoder,
                        const hox__examples *examples, const int64_t *rows, int64_t first,
                        int64_t n, const hox__batch *batch)
{
    if (!rows)
        for (int64_t i = 0; i < n; i++)
            judge->row[i] = first + i;
    /* Rows past n keep older examples: examples do not touch each other here. */
    hox__encoder_fill(encoder, examples, rows ? rows : judge->row, n, NULL, NULL, 0, batch);
    hox__plan_run(judge->plan);
    hox__plan_read(judge->plan, judge->ends.output, judge->output);
    return judge->output;
}

const float *hox__judge_ask(hox__judge *judge, const hox__encoder *encoder,
                            const hox__examples *examples, const int64_t *rows, int64_t first,
                            int64_t n)
{
    return ask(judge, encoder, examples, rows, first, n, &judge->batch);
}

const float *hox__judge_tally(hox__judge *judge, const hox__encoder *encoder,
                              const hox__examples *examples, const int64_t *rows, int64_t first,
                              int64_t n, hox__tally *tally)
{
    const bool numbers = hox__encoder_describe(encoder)->target == HOX__VALUE;
    hox__batch batch = judge->batch;
    batch.label = numbers ? NULL : judge->label;
    batch.value = numbers ? judge->value : NULL;
    const float *output = ask(judge, encoder, examples, rows, first, n, &batch);
    const int64_t each = judge->ends.rows / judge->examples;
    for (int64_t i = 0; i < n * each; i++)
        hox__tally_add(tally, output + i * judge->ends.width, judge->label[i], judge->value[i]);
    return output;
}

/* ---- logits ---- */

int hox__logits_best(const float *logit, int64_t width)
{
    int best = 0;
    for (int k = 1; k < width; k++)
        if (logit[k] > logit[best])
            best = k;
    return best;
}

/* log sum exp(logit), the largest taken out so that nothing overflows. */
static double log_sum(const float *logit, int64_t width)
{
    const double most = (double)logit[hox__logits_best(logit, width)];
    double sum = 0;
    for (int64_t k = 0; k < width; k++)
        sum += hox__exp((double)logit[k] - most);
    return most + hox__log(sum);
}

double hox__logits_loss(const float *logit, int64_t width, int32_t label)
{
    return log_sum(logit, width) - (double)logit[label];
}

void hox__logits_probability(const float *logit, int64_t width, float *probability)
{
    const double all = log_sum(logit, width);
    for (int64_t k = 0; k < width; k++)
        probability[k] = (float)hox__exp((double)logit[k] - all);
}

static double squashed(double x)
{
    return x < 0 ? hox__exp(x) / (1 + hox__exp(x)) : 1 / (1 + hox__exp(-x));
}

double hox__answer_probability(const float *output, int64_t width, int32_t label, bool independent)
{
    double sum = 0;
    if (!independent)
        return hox__exp(-hox__logits_loss(output, width, label));
    for (int64_t k = 0; k < width; k++)
        sum += squashed((double)output[k]);
    return sum > 0 ? squashed((double)output[label]) / sum : 1 / (double)width;
}
