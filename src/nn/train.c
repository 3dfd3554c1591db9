/* The training loop.
 *
 * An epoch visits the training rows in a new order, in batches of one size; what does not fill the
 * last batch is left out of that epoch (fewer rows than a batch make one batch of them all). After
 * it the weights go to the answering network, which is measured on validation. Everything drawn
 * comes from the seed: weights, order, augmentation, dropout.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/io.h"
#include "nn/checkpoint.h"
#include "nn/judge.h"
#include "nn/metrics.h"
#include "nn/model.h"
#include "nn/optimizers.h"
#include "nn/schedules.h"
#include "nn/step.h"
#include <math.h>
#include <string.h>

enum { JUDGE_BATCH = 256 };

typedef struct {
    const hox__recipe *recipe;
    const hox__examples *examples;
    const hox__split *split;
    const hox__train_options *options;
    hox_rng rng;
    hox__encoder *encoder;
    hox__augment *augment;
    hox__tally *tally;
    hox__train_step *step;
    hox__judge *judge;
    int64_t batch, steps_per_epoch;
    int64_t *order;
    hox__epoch_end *measured; /* [epochs] */
    double sum;               /* of the losses of the epoch so far */
    char key[HOX__DIGEST_HEX];
    double reported, saved;
    hox__progress progress;
    hox__train_result *result;
    hox_error *err;
} trainer;

/* ---- before ---- */

static hox_status check(const trainer *t)
{
    if (!hox__examples_labelled(t->examples))
        return hox_fail_code(t->err, HOX_ERR_DATA, "E0503", "the training set has no labels");
    if (t->split->n_train < 1)
        return hox_fail_code(t->err, HOX_ERR_DATA, "E0503", "there is no example to train on");
    if (t->recipe->batch < 1 || t->recipe->epochs < 1)
        return hox_fail_code(t->err, HOX_ERR_ARGUMENT, "E0304",
                             "batch %lld and epochs %lld must be at least 1",
                             (long long)t->recipe->batch, (long long)t->recipe->epochs);
    return HOX_OK;
}

static size_t plan_bytes(const hox__plan *plan)
{
    const hox__plan_facts facts = hox__plan_describe(plan);
    return facts.arena_bytes;
}

static void describe(trainer *t)
{
    hox__train_result *r = t->result;
    const hox__network *network = t->step->network;
    r->memory_bytes = plan_bytes(t->step->plan) + (t->judge ? plan_bytes(t->judge->plan) : 0);
    for (int i = 0; i < hox__network_weights(network); i++)
        if (hox__network_weight(network, i)->trained)
            r->params += hox__shape_values(&hox__network_weight(network, i)->shape);
    if (t->judge)
        r->flops_per_example =
            hox__plan_describe(t->judge->plan).flops / (double)t->judge->examples;
}

/* In smaller batches where there is too little memory for large ones. */
static hox_status judge_within(trainer *t, hox__judge_options *options)
{
    for (;;) {
        hox_error why = {0};
        const hox_status status = hox__judge_new(t->recipe->net, options, &t->judge, &why);
        if (status != HOX_ERR_MEMORY || !options->memory_bytes_max || options->examples == 1) {
            if (status != HOX_OK && t->err)
                *t->err = why;
            return status;
        }
        options->examples /= 2;
    }
}

/* What validation may take is what training leaves. */
static hox_status prepare_judge(trainer *t)
{
    const size_t most = t->options->memory_bytes_max, used = plan_bytes(t->step->plan);
    const int64_t n = t->split->n_validation;
    hox__judge_options options = {.encoder = t->encoder,
                                  .examples = n < 1             ? 1
                                              : n < JUDGE_BATCH ? n
                                                                : JUDGE_BATCH,
                                  .memory_bytes_max = !most         ? 0
                                                      : most > used ? most - used
                                                                    : 1,
                                  .reference = t->options->reference,
                                  .threads = t->options->threads};
    const hox_status status = judge_within(t, &options);
    if (status != HOX_OK)
        return status;
    const hox__encoded *data = hox__encoder_describe(t->encoder);
    const hox__tally_options tally = {.metric = t->recipe->metric,
                                      .loss = hox__loss_for(t->recipe, data->target),
                                      .loss_term = t->recipe->loss,
                                      .width = data->classes,
                                      .most = n * (t->judge->ends.rows / t->judge->examples),
                                      .numbers = data->target == HOX__VALUE,
                                      .mean = data->value_mean,
                                      .scale = data->value_scale};
    return hox__tally_new(&tally, &t->tally, t->err);
}

static hox_status prepare_step(trainer *t, const hox__data_plan *data)
{
    const hox__encoded *encoded = hox__encoder_describe(t->encoder);
    hox__step_kind kind = {.data = encoded,
                           .examples = t->batch,
                           .mixes = t->augment && hox__augment_mixes(t->augment)};
    float *weight = NULL;
    if (hox__augment_fits(t->augment, t->examples, encoded->codes > 0, t->err) != HOX_OK)
        return HOX_ERR_DATA;
    if (data && data->balance && encoded->target != HOX__CLASS)
        return hox_fail_code(t->err, HOX_ERR_DATA, "E0503",
                             "`balance` weighs classes, and there are none to tell apart");
    if (data && data->balance) {
        weight = hox__alloc((size_t)encoded->classes, sizeof *weight);
        if (!weight)
            return hox_fail_code(t->err, HOX_ERR_MEMORY, "E0901", "no memory to train");
        hox__class_weights(t->examples, t->split->train, t->split->n_train, weight);
        kind.class_weight = weight;
    }
    const hox_status status = hox__train_step_new(t->recipe, &kind, t->options, &t->step, t->err);
    hox__free(weight);
    return status;
}

/* ---- put down and taken up ---- */

static hox_status put_down(trainer *t)
{
    hox__standing s = {.step = t->progress.step,
                       .sum = t->sum,
                       .train_loss = t->result->train_loss,
                       .epochs = t->result->epochs,
                       .measured = t->measured};
    if (!t->options->checkpoint)
        return HOX_OK;
    memcpy(s.key, t->key, sizeof s.key);
    t->saved = hox__clock_s();
    return hox__checkpoint_save(&s, t->step->plan, t->options->checkpoint, t->err);
}

static bool is_put_down(const trainer *t)
{
    const char *path = t->options->checkpoint;
    return path && t->options->resume && hox__file_exists(path);
}

static hox_status take_up(trainer *t)
{
    const char *path = t->options->checkpoint;
    hox__standing s = {.measured = t->measured, .epochs_max = t->recipe->epochs};
    memcpy(s.key, t->key, sizeof s.key);
    const hox_status status = hox__checkpoint_load(path, &s, t->step->plan, t->err);
    if (status != HOX_OK)
        return status;
    if (s.step > t->progress.steps || s.epochs != s.step / t->steps_per_epoch)
        return hox_fail_code(t->err, HOX_ERR_DATA, "E0703",
                             "%.200s: damaged checkpoint: step %lld is not in its epoch", path,
                             (long long)s.step);
    t->progress.step = s.step;
    t->sum = s.sum;
    t->result->train_loss = s.train_loss;
    t->result->epochs = s.epochs;
    t->result->steps = s.step;
    return HOX_OK;
}

static hox_status prepare(trainer *t, const hox__data_plan *data)
{
    const hox__split *split = t->split;
    hox_status status = check(t);
    if (status != HOX_OK)
        return status;
    t->batch = t->recipe->batch < split->n_train ? t->recipe->batch : split->n_train;
    t->steps_per_epoch = split->n_train / t->batch;
    t->rng = hox_rng_seed(t->options->seed);
    t->order = hox__alloc((size_t)split->n_train, sizeof *t->order);
    t->measured = hox__alloc((size_t)t->recipe->epochs, sizeof *t->measured);
    if (!t->order || !t->measured)
        return hox_fail_code(t->err, HOX_ERR_MEMORY, "E0901", "no memory to train");
    status = hox__encoder_fit(t->examples, split->train, split->n_train, &t->encoder, t->err);
    if (status == HOX_OK && data)
        status = hox__augment_new(data->augment, data->augments, &t->augment, t->err);
    if (status == HOX_OK)
        status = prepare_step(t, data);
    if (status == HOX_OK)
        status = prepare_judge(t);
    if (status != HOX_OK)
        return status;
    const bool goes_on = is_put_down(t); /* then every variable comes from the file */
    if (!goes_on)
        hox__train_step_start(t->step, t->options->seed);
    if (t->options->checkpoint)
        status = hox__standing_key(t->recipe, split, data, t->options->seed, t->key, t->err);
    describe(t);
    t->progress = (hox__progress){.epochs = t->recipe->epochs,
                                  .steps = t->recipe->epochs * t->steps_per_epoch,
                                  .accuracy = (double)NAN,
                                  .validation_loss = (double)NAN,
                                  .value = (double)NAN};
    t->saved = hox__clock_s();
    return status == HOX_OK && goes_on ? take_up(t) : status;
}

static void finish(trainer *t)
{
    hox__augment_free(t->augment);
    hox__train_step_free(t->step);
    hox__judge_free(t->judge);
    hox__tally_free(t->tally);
    hox__encoder_free(t->encoder);
    hox__free(t->order);
    hox__free(t->measured);
}

/* ---- during ---- */

static hox_status report(trainer *t, bool epoch_end)
{
    const hox__train_options *o = t->options;
    if (!o->report)
        return HOX_OK;
    if (!epoch_end) {
        if (!o->now)
            return HOX_OK;
        const double now = o->now();
        if (now - t->reported < o->report_s)
            return HOX_OK;
        t->reported = now;
    }
    t->progress.epoch_end = epoch_end;
    if (o->report(o->ctx, &t->progress))
        return HOX_OK;
    return hox_fail(t->err, HOX_ERR_INTERRUPTED, "stopped at step %lld of %lld",
                    (long long)t->progress.step, (long long)t->progress.steps);
}

static hox_status one_step(trainer *t, int64_t epoch, int64_t k, double *loss)
{
    const int64_t done = t->progress.step;
    const double factor =
        hox__schedule_at(t->recipe->schedule, done, t->steps_per_epoch, t->recipe->epochs);
    hox__train_step *step = t->step;
    hox__encoder_fill(t->encoder, t->examples, t->order + k * t->batch, t->batch, t->augment,
                      &t->rng, (uint64_t)epoch, &step->batch);
    *step->rate = (float)(hox__optimizer_rate(t->recipe->train) * factor);
    const int64_t group = t->recipe->accumulate > 1 ? t->recipe->accumulate : 1;
    *step->count = (float)(done / group + 1);
    if (step->due)
        *step->due = (done + 1) % group == 0 ? 1 : 0;
    hox__plan_run(step->plan);
    float value;
    hox__plan_read(step->plan, step->loss, &value);
    t->progress.step = done + 1;
    *loss = (double)value;
    if (!isfinite(value))
        return hox_fail_code(t->err, HOX_ERR_NUMERIC, "E0802", "loss is %s at step %lld",
                             isnan(value) ? "nan" : "inf", (long long)(done + 1));
    return HOX_OK;
}

static void measure(trainer *t)
{
    const hox__split *split = t->split;
    hox__judge *judge = t->judge;
    hox__train_step_copy(t->step, judge->plan);
    hox__tally_clear(t->tally);
    for (int64_t at = 0; at < split->n_validation; at += judge->examples) {
        const int64_t left = split->n_validation - at;
        hox__judge_tally(judge, t->encoder, t->examples, split->validation + at, 0,
                         left < judge->examples ? left : judge->examples, t->tally);
    }
    t->progress.accuracy = hox__tally_accuracy(t->tally);
    t->progress.validation_loss = hox__tally_loss(t->tally);
    t->progress.value = hox__tally_value(t->tally);
}

static bool is_due(const trainer *t)
{
    const double every = t->options->checkpoint_s;
    return t->options->checkpoint && every > 0 && hox__clock_s() - t->saved >= every;
}

/* The first status that is not HOX_OK. */
static hox_status first_of(hox_status a, hox_status b)
{
    return a == HOX_OK ? b : a;
}

/* The steps of an epoch that are left, from step `done` of it on. */
static hox_status steps_of(trainer *t, int64_t epoch, int64_t done)
{
    hox__progress *p = &t->progress;
    const double from = hox__clock_s();
    hox_status status = HOX_OK;
    for (int64_t k = done; k < t->steps_per_epoch && status == HOX_OK; k++) {
        double loss = 0;
        status = one_step(t, epoch, k, &loss);
        t->sum += loss;
        p->loss = t->sum / (double)(k + 1);
        const double took = hox__clock_s() - from;
        p->examples_per_s = took > 0 ? (double)((k + 1 - done) * t->batch) / took : 0;
        if (status != HOX_OK)
            return status;
        status = report(t, false);
        if (k + 1 < t->steps_per_epoch && (status == HOX_ERR_INTERRUPTED || is_due(t)))
            status = first_of(status, put_down(t));
    }
    return status;
}

static hox_status one_epoch(trainer *t, int64_t epoch)
{
    hox__progress *p = &t->progress;
    p->epoch = epoch + 1;
    p->accuracy = p->validation_loss = p->value = (double)NAN;
    hox__epoch_order(t->split->train, t->split->n_train, &t->rng, (uint64_t)epoch, t->order);
    const hox_status status = steps_of(t, epoch, p->step - epoch * t->steps_per_epoch);
    if (status != HOX_OK)
        return status;
    if (t->split->n_validation > 0) {
        measure(t);
        if (!isfinite(p->validation_loss))
            return hox_fail_code(t->err, HOX_ERR_NUMERIC, "E0802",
                                 "validation loss is %s after step %lld",
                                 isnan(p->validation_loss) ? "nan" : "inf", (long long)p->step);
    }
    t->measured[epoch] = (hox__epoch_end){p->value, p->accuracy, p->validation_loss, p->loss};
    t->sum = 0;
    t->result->epochs = epoch + 1;
    t->result->steps = p->step;
    t->result->train_loss = p->loss;
    const hox_status reported = report(t, true);
    const bool save = t->options->checkpoint_s <= 0 || reported != HOX_OK || is_due(t);
    return save ? first_of(reported, put_down(t)) : reported;
}

/* The epochs of the checkpoint. */
static hox_status report_again(trainer *t)
{
    hox__progress *p = &t->progress;
    const int64_t step = p->step;
    hox_status status = HOX_OK;
    for (int64_t i = 0; i < t->result->epochs && status == HOX_OK; i++) {
        const hox__epoch_end *e = &t->measured[i];
        p->epoch = i + 1;
        p->step = p->epoch * t->steps_per_epoch;
        p->value = e->value;
        p->accuracy = e->accuracy;
        p->validation_loss = e->loss;
        p->loss = e->train_loss;
        status = report(t, true);
    }
    p->step = step;
    return status;
}

/* Has the value not become better for `patience` epochs? */
static bool is_enough(const trainer *t)
{
    const int64_t n = t->result->epochs, patience = t->recipe->patience;
    int64_t best = 0;
    if (patience < 1 || t->split->n_validation < 1)
        return false;
    for (int64_t i = 1; i < n; i++)
        if (t->recipe->maximize ? t->measured[i].value > t->measured[best].value
                                : t->measured[i].value < t->measured[best].value)
            best = i;
    return n - 1 - best >= patience;
}

/* ---- after ---- */

static double reduced(const trainer *t)
{
    const int64_t n = t->result->epochs, reduce = t->recipe->reduce;
    double value = t->measured[n - 1].value, sum = 0;
    if (reduce < 0)
        for (int64_t i = 0; i < n; i++)
            value = t->recipe->maximize ? fmax(value, t->measured[i].value)
                                        : fmin(value, t->measured[i].value);
    const int64_t count = reduce < n ? reduce : n;
    for (int64_t i = n - count; reduce > 1 && i < n; i++)
        sum += t->measured[i].value;
    return reduce > 1 ? sum / (double)count : value;
}

hox_status hox__train(const hox__recipe *recipe, const hox__examples *examples,
                      const hox__split *split, const hox__data_plan *data,
                      const hox__train_options *options, hox__train_result *result,
                      hox__model **model, hox_error *err)
{
    const hox__train_options none = {0};
    const double from = hox__clock_s();
    trainer t = {.recipe = recipe,
                 .examples = examples,
                 .split = split,
                 .options = options ? options : &none,
                 .result = result,
                 .err = err};
    *result =
        (hox__train_result){.value = (double)NAN, .accuracy = (double)NAN, .loss = (double)NAN};
    if (model)
        *model = NULL;
    hox_status status = prepare(&t, data);
    if (status == HOX_OK)
        status = report_again(&t);
    for (int64_t epoch = result->epochs;
         epoch < recipe->epochs && status == HOX_OK && !is_enough(&t); epoch++)
        status = one_epoch(&t, epoch);
    if (status == HOX_OK) {
        result->accuracy = t.progress.accuracy;
        result->loss = t.progress.validation_loss;
        result->value = reduced(&t);
    }
    if (status == HOX_OK && model) {
        hox__train_step_copy(t.step, t.judge->plan);
        const hox__model_parts parts = {.net = recipe->net,
                                        .metric = recipe->metric,
                                        .loss = recipe->loss,
                                        .network = t.judge->network,
                                        .plan = t.judge->plan};
        status = hox__model_new(&parts, &t.encoder, model, err);
    }
    result->seconds = hox__clock_s() - from;
    finish(&t);
    return status;
}
