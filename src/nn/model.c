/* Trained networks: made from a plan, described, asked. */
#include "nn/model.h"
#include "nn/judge.h"
#include "nn/metrics.h"
#include "nn/step.h"
#include <math.h>
#include <string.h>

enum { ASK_BATCH = 256 };
static const size_t model_bytes_max = (size_t)1 << 33;

int64_t hox__shape_values(const hox__shape *shape)
{
    int64_t n = 1;
    for (int i = 0; i < shape->rank; i++)
        n *= shape->dim[i];
    return n;
}

/* ---- terms ---- */

static const char *copy_text(hox__arena *arena, const char *s, bool *good)
{
    const char *copy = s ? hox__arena_copy(arena, s, strlen(s)) : NULL;
    *good &= !s || copy;
    return copy;
}

const hox_term *hox__term_copy(hox__arena *arena, const hox_term *term)
{
    hox_term *copy = HOX__NEW(arena, hox_term);
    if (!copy)
        return NULL;
    bool good = true;
    *copy = *term;
    copy->name = copy_text(arena, term->name, &good);
    copy->path = copy_text(arena, term->path, &good);
    const hox_term **part = term->n ? HOX__NEW_N(arena, const hox_term *, (size_t)term->n) : NULL;
    const char **label =
        term->n && term->label ? HOX__NEW_N(arena, const char *, (size_t)term->n) : NULL;
    good &= !term->n || (part && (!term->label || label));
    for (int i = 0; good && i < term->n; i++) {
        part[i] = hox__term_copy(arena, term->part[i]);
        good &= part[i] != NULL;
        if (label)
            label[i] = copy_text(arena, term->label[i], &good);
    }
    copy->part = part;
    copy->label = label;
    return good ? copy : NULL;
}

/* ---- models ---- */

static bool copy_tensors(hox__model *m, const hox__network *network, const hox__plan *plan)
{
    m->tensors = hox__network_weights(network);
    m->tensor = HOX__NEW_N(m->arena, hox__tensor, (size_t)m->tensors + 1);
    bool good = m->tensor != NULL;
    for (int i = 0; good && i < m->tensors; i++) {
        const hox__weight *w = hox__network_weight(network, i);
        const int64_t count = hox__shape_values(&w->shape);
        float *value = HOX__NEW_N(m->arena, float, (size_t)count);
        m->tensor[i] = (hox__tensor){copy_text(m->arena, w->name, &good), w->shape, count, value};
        good &= value && hox__plan_get(plan, w->name, value, count);
        m->facts.params += w->trained ? count : 0;
    }
    return good;
}

void hox__model_know(hox__model *m)
{
    const hox__encoded *data = hox__encoder_describe(m->encoder);
    m->facts.height = data->height;
    m->facts.width = data->width;
    m->facts.channels = data->channels;
    m->facts.classes = data->classes;
    m->facts.class_names = data->class_names;
    m->facts.kind = data->kind;
    m->facts.target = data->target;
}

hox_status hox__model_new(const hox__model_parts *parts, hox__encoder **encoder, hox__model **model,
                          hox_error *err)
{
    hox__arena *arena = hox__arena_new(model_bytes_max);
    hox__model *m = arena ? HOX__NEW(arena, hox__model) : NULL;
    bool good = m != NULL;
    if (good) {
        *m = (hox__model){.arena = arena, .net = hox__term_copy(arena, parts->net)};
        m->loss = parts->loss ? hox__term_copy(arena, parts->loss) : NULL;
        m->facts.metric = copy_text(arena, parts->metric, &good);
        good &= m->net && (m->loss || !parts->loss);
    }
    if (!good || !copy_tensors(m, parts->network, parts->plan)) {
        hox__arena_free(arena);
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the model");
    }
    m->encoder = *encoder;
    *encoder = NULL;
    hox__model_know(m);
    *model = m;
    return HOX_OK;
}

void hox__model_free(hox__model *model)
{
    if (!model)
        return;
    hox__encoder_free(model->encoder);
    hox__arena_free(model->arena);
}

const hox__encoder *hox__model_encoder(const hox__model *model)
{
    return model->encoder;
}

const hox__model_facts *hox__model_describe(const hox__model *model)
{
    return &model->facts;
}

bool hox__model_weight(const hox__model *model, const char *name, float *out, int64_t n)
{
    for (int i = 0; i < model->tensors; i++)
        if (strcmp(model->tensor[i].name, name) == 0 && model->tensor[i].count == n) {
            memcpy(out, model->tensor[i].value, (size_t)n * sizeof *out);
            return true;
        }
    return false;
}

/* ---- asking ---- */

static hox_status judge_of(const hox__model *m, const hox__examples *examples, int64_t n,
                           hox__judge **judge, hox_error *err)
{
    const hox__judge_options options = {.encoder = m->encoder,
                                        .examples = n < ASK_BATCH ? n : ASK_BATCH};
    hox_status status = hox__encoder_fits(m->encoder, examples, err);
    if (status == HOX_OK)
        status = hox__judge_new(m->net, &options, judge, err);
    for (int i = 0; status == HOX_OK && i < m->tensors; i++)
        hox__plan_set((*judge)->plan, m->tensor[i].name, m->tensor[i].value, m->tensor[i].count);
    return status;
}

static const hox__loss_row *loss_of(const hox__model *m)
{
    const hox__recipe recipe = {.loss = m->loss};
    return hox__loss_for(&recipe, m->facts.target);
}

/* One answer as people read it. */
static void answer(const hox__model *m, const float *output, int64_t width, float *out)
{
    if (m->facts.target == HOX__VALUE) {
        const hox__encoded *data = hox__encoder_describe(m->encoder);
        *out = (float)(data->value_mean + data->value_scale * (double)*output);
        return;
    }
    const bool independent = loss_of(m)->build == hox__loss_bce;
    if (!independent) {
        hox__logits_probability(output, width, out);
        return;
    }
    for (int64_t k = 0; k < width; k++)
        out[k] = (float)hox__answer_probability(output, width, (int32_t)k, true);
}

hox_status hox__model_predict(const hox__model *model, const hox__examples *examples,
                              const int64_t *rows, int64_t n, float *probability, hox_error *err)
{
    hox__judge *judge = NULL;
    if (n <= 0)
        return HOX_OK;
    const hox_status status = judge_of(model, examples, n, &judge, err);
    for (int64_t at = 0; status == HOX_OK && at < n; at += judge->examples) {
        const int64_t left = n - at, take = left < judge->examples ? left : judge->examples;
        const int64_t width = judge->ends.width, each = judge->ends.rows / judge->examples;
        const float *output =
            hox__judge_ask(judge, model->encoder, examples, rows ? rows + at : NULL, at, take);
        for (int64_t i = 0; i < take * each; i++)
            answer(model, output + i * width, width, probability + (at * each + i) * width);
    }
    hox__judge_free(judge);
    return status;
}

static hox_status check_labels(const hox__model *m, const hox__examples *x, hox_error *err)
{
    if (!hox__examples_labelled(x))
        return hox_fail_code(err, HOX_ERR_DATA, "E0504", "there are no labels to score against");
    for (int64_t i = 0; m->facts.target == HOX__CLASS && i < x->n; i++)
        if (x->labels[i] < 0 || x->labels[i] >= m->facts.classes)
            return hox_fail_code(err, HOX_ERR_DATA, "E0504",
                                 "label %d of example %lld is none of the model's %d classes",
                                 (int)x->labels[i], (long long)i, m->facts.classes);
    return HOX_OK;
}

static hox_status tally_of(const hox__model *m, const hox__judge *judge, int64_t n,
                           hox__tally **tally, hox_error *err)
{
    const hox__encoded *data = hox__encoder_describe(m->encoder);
    const hox__tally_options options = {.metric = m->facts.metric,
                                        .loss = loss_of(m),
                                        .loss_term = m->loss,
                                        .width = judge->ends.width,
                                        .most = n * (judge->ends.rows / judge->examples),
                                        .numbers = data->target == HOX__VALUE,
                                        .mean = data->value_mean,
                                        .scale = data->value_scale};
    return hox__tally_new(&options, tally, err);
}

static void note(const hox__tally *tally, hox__score *score)
{
    const double p = hox__tally_accuracy(tally), n = (double)hox__tally_count(tally);
    score->n = hox__tally_count(tally);
    score->hits = hox__tally_hits(tally);
    score->accuracy = p;
    score->standard_error = sqrt(p * (1 - p) / n);
    score->value = hox__tally_value(tally);
    score->value_error = hox__tally_error(tally);
}

hox_status hox__model_score(const hox__model *model, const hox__examples *examples,
                            hox__score *score, int64_t *confusion, hox_error *err)
{
    const int64_t n = examples->n, classes = model->facts.classes;
    const double none = (double)NAN;
    hox__judge *judge = NULL;
    hox__tally *tally = NULL;
    *score =
        (hox__score){.accuracy = none, .standard_error = none, .value = none, .value_error = none};
    hox_status status = check_labels(model, examples, err);
    if (status == HOX_OK && confusion)
        memset(confusion, 0, (size_t)(classes * classes) * sizeof *confusion);
    if (status != HOX_OK || n == 0)
        return status;
    status = judge_of(model, examples, n, &judge, err);
    if (status == HOX_OK)
        status = tally_of(model, judge, n, &tally, err);
    for (int64_t at = 0; status == HOX_OK && at < n; at += judge->examples) {
        const int64_t left = n - at, take = left < judge->examples ? left : judge->examples;
        const float *output =
            hox__judge_tally(judge, model->encoder, examples, NULL, at, take, tally);
        for (int64_t i = 0; confusion && i < take; i++)
            confusion[examples->labels[at + i] * classes +
                      hox__logits_best(output + i * classes, classes)]++;
    }
    if (status == HOX_OK)
        note(tally, score);
    hox__tally_free(tally);
    hox__judge_free(judge);
    return status;
}
