/* Networks that only answer, and what is read from their logits. */
#include "nn/judge.h"
#include "base/alloc.h"
#include "base/number.h"
#include "nn/layers.h"

static hox_status compile(hox__judge *judge, const hox_term *net, const hox__judge_options *options,
                          hox_error *err)
{
    judge->g = hox__graph_new();
    judge->network = hox__network_new();
    if (!judge->g || !judge->network)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the network");
    judge->x = hox__input(
        judge->g, HOX__F32,
        HOX__SHAPE(judge->batch, options->channels, options->height, options->width), "x");
    const hox_status status = hox__network_build(judge->network, judge->g, net, judge->x,
                                                 options->classes, false, &judge->logits, err);
    if (status != HOX_OK)
        return status;
    judge->logits = hox__flat(judge->g, judge->logits);
    judge->width = hox__node_shape(judge->g, judge->logits)->dim[1];
    const hox__plan_options plan = {.memory_bytes_max = options->memory_bytes_max,
                                    .reference = options->reference};
    return hox__plan_new(judge->g, &judge->logits, 1, &plan, &judge->plan, err);
}

static hox_status judge_new(const hox_term *net, const hox__judge_options *options, int64_t batch,
                            hox__judge **out, hox_error *err)
{
    hox__judge *judge = hox__alloc(1, sizeof *judge);
    if (!judge)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the network");
    judge->batch = batch;
    hox_status status = compile(judge, net, options, err);
    if (status == HOX_OK) {
        judge->row = hox__alloc((size_t)batch, sizeof *judge->row);
        judge->logit = hox__alloc((size_t)(batch * judge->width), sizeof *judge->logit);
        if (!judge->row || !judge->logit)
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
    for (int64_t batch = options->batch; batch > 0 && status == HOX_ERR_MEMORY; batch /= 4) {
        last = (hox_error){0};
        status = judge_new(net, options, batch, judge, &last);
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
    hox__free(judge->logit);
    hox__free(judge);
}

const float *hox__judge_ask(hox__judge *judge, const hox__images *images,
                            const hox__standard *standard, const int64_t *rows, int64_t first,
                            int64_t n)
{
    if (!rows)
        for (int64_t i = 0; i < n; i++)
            judge->row[i] = first + i;
    /* Rows past n keep older images: examples do not touch each other here. */
    hox__batch_fill(images, standard, rows ? rows : judge->row, n, NULL, NULL, 0,
                    hox__plan_input(judge->plan, judge->x), NULL);
    hox__plan_run(judge->plan);
    hox__plan_read(judge->plan, judge->logits, judge->logit);
    return judge->logit;
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
