/* The graph of a training step and the weights it starts from. */
#include "nn/step.h"
#include "base/alloc.h"
#include "nn/losses.h"
#include "nn/model.h"
#include "nn/optimizers.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 4096 };
const char hox__average_part[] = "average";

/* ---- the truth ---- */

typedef struct {
    hox__node label, value, other, other_value, share, weight;
} truth;

static truth truth_inputs(hox__graph *g, const hox__ends *ends, const hox__step_kind *kind)
{
    const hox__shape rows = HOX__SHAPE(ends->rows), column = HOX__SHAPE(ends->rows, 1);
    const bool numbers = kind->data->target == HOX__VALUE;
    truth t = {HOX__NONE, HOX__NONE, HOX__NONE, HOX__NONE, HOX__NONE, HOX__NONE};
    if (numbers)
        t.value = hox__input(g, HOX__F32, column, "value");
    else
        t.label = hox__input(g, HOX__I32, rows, "label");
    if (kind->mixes && numbers)
        t.other_value = hox__input(g, HOX__F32, column, "other_value");
    else if (kind->mixes)
        t.other = hox__input(g, HOX__I32, rows, "other");
    if (kind->mixes)
        t.share = hox__input(g, HOX__F32, column, "share");
    if (kind->class_weight)
        t.weight = hox__input(g, HOX__F32, HOX__SHAPE(1, ends->width), "class_weight");
    return t;
}

/* share a + (1 - share) b */
static hox__node mixture(hox__graph *g, hox__node share, hox__node a, hox__node b)
{
    const hox__node part = hox__expand(g, share, *hox__node_shape(g, a));
    return hox__add(g, b, hox__mul(g, part, hox__sub(g, a, b)));
}

/* What the loss compares with: a distribution over classes where labels are mixed, smoothed
 * (Szegedy et al., CVPR 2016, section 7) or weighed; HOX__NONE: the labels do. */
static hox__node target_of(hox__graph *g, const truth *t, const hox__ends *ends, double smooth)
{
    if (t->value != HOX__NONE)
        return t->share == HOX__NONE ? t->value : mixture(g, t->share, t->value, t->other_value);
    if (t->share == HOX__NONE && t->weight == HOX__NONE && smooth <= 0)
        return HOX__NONE;
    hox__node target = hox__onehot(g, t->label, ends->width);
    if (t->share != HOX__NONE)
        target = mixture(g, t->share, target, hox__onehot(g, t->other, ends->width));
    if (smooth > 0) {
        const hox__node kept = hox__constant(g, HOX__SCALAR, (float)(1 - smooth)),
                        even = hox__constant(g, HOX__SCALAR, (float)(smooth / (double)ends->width));
        target = hox__add(g, even, hox__mul(g, kept, target));
    }
    if (t->weight != HOX__NONE)
        target = hox__mul(g, target, hox__expand(g, t->weight, *hox__node_shape(g, target)));
    return target;
}

const hox__loss_row *hox__loss_for(const hox__recipe *recipe, hox__target target)
{
    return hox__loss_find(recipe->loss           ? recipe->loss->name
                          : target == HOX__VALUE ? "mse"
                                                 : "cross_entropy");
}

static hox_status check(const hox__recipe *recipe, const hox__step_kind *kind, hox_error *err)
{
    const bool numbers = kind->data->target == HOX__VALUE;
    const hox__loss_row *loss = hox__loss_for(recipe, kind->data->target);
    if (!(loss->kind & (numbers ? HOX__NUMBERS : HOX__CLASSES)))
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303",
                             "the loss `%s` compares %s, and the data ask for %s", loss->word,
                             numbers ? "classes" : "numbers", numbers ? "numbers" : "classes");
    if (numbers && recipe->smooth > 0)
        return hox_fail_code(
            err, HOX_ERR_ARGUMENT, "E0303",
            "`smooth` spreads a target over classes, and the data ask for a number");
    if (kind->class_weight && loss->build != hox__loss_cross_entropy)
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303",
                             "`balance` weighs cross_entropy, not `%s`", loss->word);
    if (kind->mixes && (kind->data->kind == HOX__TOKENS || kind->data->codes > 0))
        return hox_fail_code(
            err, HOX_ERR_ARGUMENT, "E0303",
            "`mixup` mixes numbers; tokens and embedded categories cannot be mixed");
    return HOX_OK;
}

static hox__node loss_of(const hox__recipe *recipe, const hox__step_kind *kind, hox__graph *g,
                         const hox__ends *ends, const truth *t)
{
    const hox__loss_site site = {.g = g,
                                 .term = recipe->loss,
                                 .output = ends->output,
                                 .label = t->label,
                                 .target = target_of(g, t, ends, recipe->smooth)};
    return hox__loss_for(recipe, kind->data->target)->build(&site);
}

/* ---- the plan ---- */

static void *at(const hox__train_step *step, hox__node input)
{
    return input == HOX__NONE ? NULL : hox__plan_input(step->plan, input);
}

static void bind(hox__train_step *step, const hox__ends *ends, const truth *t,
                 const hox__update *update)
{
    step->batch = hox__ends_inputs(ends, step->plan);
    step->batch.label = at(step, t->label);
    step->batch.value = at(step, t->value);
    step->batch.other = at(step, t->other);
    step->batch.other_value = at(step, t->other_value);
    step->batch.share = at(step, t->share);
    step->rate = at(step, update->rate);
    step->count = at(step, update->count);
    step->due = at(step, update->due);
}

static hox_status make_room(hox__train_step *step, hox_error *err)
{
    int64_t most = 1;
    for (int i = 0; i < hox__network_weights(step->network); i++) {
        const int64_t n = hox__shape_values(&hox__network_weight(step->network, i)->shape);
        most = n > most ? n : most;
    }
    step->value = hox__alloc((size_t)most, sizeof *step->value);
    return step->value ? HOX_OK
                       : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the weights");
}

static hox_status build(hox__train_step *step, const hox__recipe *recipe,
                        const hox__step_kind *kind, const hox__train_options *options,
                        hox_error *err)
{
    hox__graph *g = step->g;
    hox__ends ends;
    hox_status status = check(recipe, kind, err);
    if (status == HOX_OK)
        status = hox__ends_build(step->network, g, recipe->net, kind->data, kind->examples, true,
                                 &ends, err);
    if (status != HOX_OK)
        return status;
    const truth t = truth_inputs(g, &ends, kind);
    const hox__update update = {
        .g = g,
        .term = recipe->train,
        .rate = hox__input(g, HOX__F32, HOX__SCALAR, "rate"),
        .count = hox__input(g, HOX__F32, HOX__SCALAR, "count"),
        .due = recipe->accumulate > 1 ? hox__input(g, HOX__F32, HOX__SCALAR, "due") : HOX__NONE};
    step->averaged = recipe->average > 0;
    step->loss = loss_of(recipe, kind, g, &ends, &t);
    status = hox__updates(step, recipe, &update, err);
    const hox__plan_options plan = {.seed = options->seed,
                                    .memory_bytes_max = options->memory_bytes_max,
                                    .reference = options->reference,
                                    .threads = options->threads,
                                    .half = recipe->half == 1};
    if (status == HOX_OK)
        status = hox__plan_new(g, &step->loss, 1, &plan, &step->plan, err);
    if (status == HOX_OK)
        status = make_room(step, err);
    if (status != HOX_OK)
        return status;
    bind(step, &ends, &t, &update);
    if (kind->class_weight)
        memcpy(at(step, t.weight), kind->class_weight, (size_t)ends.width * sizeof(float));
    return HOX_OK;
}

hox_status hox__train_step_new(const hox__recipe *recipe, const hox__step_kind *kind,
                               const hox__train_options *options, hox__train_step **out,
                               hox_error *err)
{
    hox__train_step *step = hox__alloc(1, sizeof *step);
    hox_status status = HOX_ERR_MEMORY;
    *out = NULL;
    if (step) {
        step->g = hox__graph_new();
        step->network = hox__network_new();
    }
    if (step && step->g && step->network)
        status = build(step, recipe, kind, options, err);
    else
        hox_fail_code(err, status, "E0901", "no memory for the training step");
    if (status == HOX_OK)
        *out = step;
    else
        hox__train_step_free(step);
    return status;
}

void hox__train_step_free(hox__train_step *step)
{
    if (!step)
        return;
    hox__plan_free(step->plan);
    hox__network_free(step->network);
    hox__graph_free(step->g);
    hox__free(step->value);
    hox__free(step);
}

/* ---- the start and the end ---- */

static bool average_name(char name[NAME_MAX_BYTES], const hox__weight *w)
{
    return snprintf(name, NAME_MAX_BYTES, "%s/%s", w->name, hox__average_part) < NAME_MAX_BYTES;
}

void hox__train_step_copy(const hox__train_step *step, hox__plan *to)
{
    hox__plan_copy_variables(to, step->plan);
    for (int i = 0; step->averaged && i < hox__network_weights(step->network); i++) {
        const hox__weight *w = hox__network_weight(step->network, i);
        char name[NAME_MAX_BYTES];
        const int64_t n = hox__shape_values(&w->shape);
        if (w->trained && average_name(name, w) && hox__plan_get(step->plan, name, step->value, n))
            hox__plan_set(to, w->name, step->value, n);
    }
}

static void draw(const hox__weight *w, const hox_rng *init, float *value, int64_t n)
{
    if (w->fan_in == 0) {
        for (int64_t i = 0; i < n; i++)
            value[i] = w->initial;
        return;
    }
    /* Uniform on [-b, b] has variance b^2 / 3: He's 2 / fan_in, Glorot's 2 / (fan_in + fan_out). */
    const double bound = sqrt(6.0 / (double)(w->fan_in + w->fan_out));
    hox_rng rng = hox_rng_child(init, w->name, 0);
    double unit[256];
    for (int64_t i = 0; i < n; i += 256) {
        const int64_t part = n - i < 256 ? n - i : 256;
        hox_rng_units(&rng, unit, (size_t)part);
        for (int64_t k = 0; k < part; k++)
            value[i + k] = (float)((unit[k] * 2 - 1) * bound);
    }
}

void hox__train_step_start(hox__train_step *step, uint64_t seed)
{
    const hox_rng root = hox_rng_seed(seed), init = hox_rng_child(&root, "init", 0);
    float *value = step->value;
    for (int i = 0; i < hox__network_weights(step->network); i++) {
        const hox__weight *w = hox__network_weight(step->network, i);
        const int64_t n = hox__shape_values(&w->shape);
        draw(w, &init, value, n);
        hox__plan_set(step->plan, w->name, value, n);
        char name[NAME_MAX_BYTES];
        if (step->averaged && w->trained && average_name(name, w))
            hox__plan_set(step->plan, name, value, n);
    }
}
