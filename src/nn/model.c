/* Trained networks: made from a plan, described, asked. */
#include "nn/model.h"
#include "nn/judge.h"
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

static bool copy_classes(hox__model *m, const char *const *names)
{
    bool good = true;
    const char **copy = names ? HOX__NEW_N(m->arena, const char *, (size_t)m->facts.classes) : NULL;
    if (names && !copy)
        return false;
    for (int i = 0; copy && i < m->facts.classes; i++)
        copy[i] = copy_text(m->arena, names[i], &good);
    m->facts.class_names = copy;
    return good;
}

hox_status hox__model_new(const hox_term *net, const hox__images *images,
                          const hox__standard *standard, const hox__network *network,
                          const hox__plan *plan, hox__model **model, hox_error *err)
{
    hox__arena *arena = hox__arena_new(model_bytes_max);
    hox__model *m = arena ? HOX__NEW(arena, hox__model) : NULL;
    bool good = m != NULL;
    if (good) {
        *m = (hox__model){.arena = arena,
                          .net = hox__term_copy(arena, net),
                          .standard = *standard,
                          .facts = {.height = images->height,
                                    .width = images->width,
                                    .channels = images->channels,
                                    .classes = images->classes}};
        good = m->net && copy_tensors(m, network, plan) && copy_classes(m, images->class_names);
    }
    if (!good) {
        hox__arena_free(arena);
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the model");
    }
    *model = m;
    return HOX_OK;
}

void hox__model_free(hox__model *model)
{
    if (model)
        hox__arena_free(model->arena);
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

static hox_status judge_of(const hox__model *m, const hox__images *images, int64_t n,
                           hox__judge **judge, hox_error *err)
{
    const hox__model_facts *f = &m->facts;
    if (images->height != f->height || images->width != f->width || images->channels != f->channels)
        return hox_fail_code(err, HOX_ERR_DATA, "E0504",
                             "the images are %lldx%lldx%lld, the model was trained on "
                             "%lldx%lldx%lld",
                             (long long)images->height, (long long)images->width,
                             (long long)images->channels, (long long)f->height, (long long)f->width,
                             (long long)f->channels);
    const hox__judge_options options = {.channels = f->channels,
                                        .height = f->height,
                                        .width = f->width,
                                        .classes = f->classes,
                                        .batch = n < ASK_BATCH ? n : ASK_BATCH};
    const hox_status status = hox__judge_new(m->net, &options, judge, err);
    for (int i = 0; status == HOX_OK && i < m->tensors; i++)
        hox__plan_set((*judge)->plan, m->tensor[i].name, m->tensor[i].value, m->tensor[i].count);
    return status;
}

hox_status hox__model_predict(const hox__model *model, const hox__images *images,
                              const int64_t *rows, int64_t n, float *probability, hox_error *err)
{
    hox__judge *judge = NULL;
    if (n <= 0)
        return HOX_OK;
    const hox_status status = judge_of(model, images, n, &judge, err);
    for (int64_t at = 0; status == HOX_OK && at < n; at += judge->batch) {
        const int64_t left = n - at, take = left < judge->batch ? left : judge->batch;
        const float *logit =
            hox__judge_ask(judge, images, &model->standard, rows ? rows + at : NULL, at, take);
        for (int64_t i = 0; i < take; i++)
            hox__logits_probability(logit + i * judge->width, judge->width,
                                    probability + (at + i) * judge->width);
    }
    hox__judge_free(judge);
    return status;
}

hox_status hox__model_score(const hox__model *model, const hox__images *images, hox__score *score,
                            int64_t *confusion, hox_error *err)
{
    const int64_t classes = model->facts.classes, n = images->n;
    hox__judge *judge = NULL;
    if (!images->labels)
        return hox_fail_code(err, HOX_ERR_DATA, "E0504", "there are no labels to score against");
    for (int64_t i = 0; i < n; i++)
        if (images->labels[i] < 0 || images->labels[i] >= classes)
            return hox_fail_code(err, HOX_ERR_DATA, "E0504",
                                 "label %d of image %lld is none of the model's %lld classes",
                                 (int)images->labels[i], (long long)i, (long long)classes);
    *score = (hox__score){.n = n, .accuracy = (double)NAN, .standard_error = (double)NAN};
    if (confusion)
        memset(confusion, 0, (size_t)(classes * classes) * sizeof *confusion);
    if (n == 0)
        return HOX_OK;
    const hox_status status = judge_of(model, images, n, &judge, err);
    for (int64_t at = 0; status == HOX_OK && at < n; at += judge->batch) {
        const int64_t left = n - at, take = left < judge->batch ? left : judge->batch;
        const float *logit = hox__judge_ask(judge, images, &model->standard, NULL, at, take);
        for (int64_t i = 0; i < take; i++) {
            const int32_t truth = images->labels[at + i];
            const int said = hox__logits_best(logit + i * judge->width, judge->width);
            score->hits += said == truth;
            if (confusion)
                confusion[truth * classes + said]++;
        }
    }
    hox__judge_free(judge);
    if (status != HOX_OK)
        return status;
    const double p = (double)score->hits / (double)n;
    score->accuracy = p;
    score->standard_error = sqrt(p * (1 - p) / (double)n);
    return HOX_OK;
}
