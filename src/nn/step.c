/* The graph of a training step and the weights it starts from. */
#include "nn/step.h"
#include "base/alloc.h"
#include "nn/losses.h"
#include "nn/model.h"
#include "nn/optimizers.h"
#include <math.h>
#include <stdio.h>

enum { NAME_MAX_BYTES = 4096 };
static const char average_part[] = "average";

/* ---- the graph ---- */

static int trained(const hox__network *network)
{
    int n = 0;
    for (int i = 0; i < hox__network_weights(network); i++)
        n += hox__network_weight(network, i)->trained;
    return n;
}

static const hox__weight *trained_weight(const hox__network *network, int at)
{
    for (int i = 0;; i++)
        if (hox__network_weight(network, i)->trained && at-- == 0)
            return hox__network_weight(network, i);
}

static hox__node loss_of(const hox__recipe *recipe, hox__graph *g, hox__node output,
                         hox__node label)
{
    const char *word = recipe->loss ? recipe->loss->name : "cross_entropy";
    const hox__loss_site site = {
        .g = g, .term = recipe->loss, .output = output, .label = label, .target = HOX__NONE};
    return hox__loss_find(word)->build(&site);
}

/* The mean gradient of the last `accumulate` batches, in NAME/sum. */
static hox__node gathered(const hox__update *u, const hox__weight *weight, hox__node gradient,
                          int64_t batches)
{
    const hox__node sum = hox__update_memory(u, weight, "sum");
    const hox__node total = hox__add(u->g, sum, gradient);
    const hox__node none = hox__constant(u->g, HOX__SCALAR, 0);
    hox__assign(u->g, sum,
                hox__select(u->g, u->due, hox__expand(u->g, none, weight->shape), total));
    return hox__mul(u->g, total, hox__constant(u->g, HOX__SCALAR, 1 / (float)batches));
}

/* All gradients times min(1, longest / their length) (Pascanu, Mikolov, Bengio, ICML 2013,
 * algorithm 1). */
static void clip(hox__graph *g, hox__node *gradient, int n, double longest)
{
    hox__node square = hox__constant(g, HOX__SCALAR, 1e-12f);
    for (int i = 0; i < n; i++) {
        const hox__shape *shape = hox__node_shape(g, gradient[i]);
        const uint32_t axes = (1u << shape->rank) - 1;
        const hox__node sum = hox__sum(g, hox__mul(g, gradient[i], gradient[i]), axes);
        square = hox__add(g, square, hox__reshape(g, sum, HOX__SCALAR));
    }
    const hox__node length = hox__recip(g, hox__sqrt_(g, square));
    const hox__node factor =
        hox__min(g, hox__constant(g, HOX__SCALAR, 1),
                 hox__mul(g, hox__constant(g, HOX__SCALAR, (float)longest), length));
    for (int i = 0; i < n; i++)
        gradient[i] = hox__mul(g, factor, gradient[i]);
}

/* Polyak and Juditsky's average with forgetting (SIAM J. Control Optim. 30, 1992); early on less is
 * kept, (1 + step) / (10 + step), so that the start is soon forgotten. */
static void average(const hox__update *u, const hox__weight *weight, hox__node next, double keep)
{
    hox__graph *g = u->g;
    const hox__node old = hox__update_memory(u, weight, average_part);
    const hox__node early =
        hox__div(g, u->count, hox__add(g, u->count, hox__constant(g, HOX__SCALAR, 9)));
    const hox__node share = hox__min(g, early, hox__constant(g, HOX__SCALAR, (float)keep));
    const hox__node moved = hox__mul(g, share, hox__sub(g, old, next));
    hox__update_keep(u, old, hox__add(g, next, moved));
}

static hox_status updates(const hox__train_step *step, const hox__recipe *recipe,
                          const hox__update *update, hox_error *err)
{
    const int n = trained(step->network);
    hox__optimizer *optimize = hox__optimizer_find(update->term->name, err);
    hox__node *wrt = hox__alloc((size_t)n + 1, 2 * sizeof *wrt), *gradient = wrt + n;
    if (!wrt || !optimize) {
        hox__free(wrt);
        return optimize ? hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for gradients")
                        : HOX_ERR_ARGUMENT;
    }
    for (int i = 0; i < n; i++)
        wrt[i] = trained_weight(step->network, i)->node;
    hox__gradients(step->g, step->loss, wrt, n, gradient);
    for (int i = 0; i < n && update->due != HOX__NONE; i++)
        gradient[i] =
            gathered(update, trained_weight(step->network, i), gradient[i], recipe->accumulate);
    if (recipe->clip > 0)
        clip(step->g, gradient, n, recipe->clip);
    for (int i = 0; i < n; i++) {
        const hox__weight *weight = trained_weight(step->network, i);
        const hox__node next = optimize(update, weight, gradient[i]);
        hox__update_keep(update, weight->node, next);
        if (recipe->average > 0)
            average(update, weight, next, recipe->average);
    }
    hox__free(wrt);
    return hox__graph_status(step->g, err);
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

static hox_status build(hox__train_step *step, const hox__recipe *recipe, const hox__images *images,
                        int64_t batch, const hox__train_options *options, hox_error *err)
{
    hox__graph *g = step->g;
    const hox__node x = hox__input(
        g, HOX__F32, HOX__SHAPE(batch, images->channels, images->height, images->width), "x");
    const hox__node label = hox__input(g, HOX__I32, HOX__SHAPE(batch), "label");
    const hox__update update = {
        .g = g,
        .term = recipe->train,
        .rate = hox__input(g, HOX__F32, HOX__SCALAR, "rate"),
        .count = hox__input(g, HOX__F32, HOX__SCALAR, "count"),
        .due = recipe->accumulate > 1 ? hox__input(g, HOX__F32, HOX__SCALAR, "due") : HOX__NONE};
    hox__node logits;
    hox_status status =
        hox__network_build(step->network, g, recipe->net, x, images->classes, true, &logits, err);
    if (status != HOX_OK)
        return status;
    step->loss = loss_of(recipe, g, logits, label);
    status = updates(step, recipe, &update, err);
    const hox__plan_options plan = {.seed = options->seed,
                                    .memory_bytes_max = options->memory_bytes_max,
                                    .reference = options->reference};
    if (status == HOX_OK)
        status = hox__plan_new(g, &step->loss, 1, &plan, &step->plan, err);
    if (status == HOX_OK)
        status = make_room(step, err);
    if (status != HOX_OK)
        return status;
    step->x = hox__plan_input(step->plan, x);
    step->label = hox__plan_input(step->plan, label);
    step->rate = hox__plan_input(step->plan, update.rate);
    step->count = hox__plan_input(step->plan, update.count);
    if (update.due != HOX__NONE)
        step->due = hox__plan_input(step->plan, update.due);
    step->averaged = recipe->average > 0;
    return HOX_OK;
}

hox_status hox__train_step_new(const hox__recipe *recipe, const hox__images *images, int64_t batch,
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
        status = build(step, recipe, images, batch, options, err);
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

static bool average_name(char name[NAME_MAX_BYTES], const hox__weight *w)
{
    return snprintf(name, NAME_MAX_BYTES, "%s/%s", w->name, average_part) < NAME_MAX_BYTES;
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

/* ---- the start ---- */

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
    for (int64_t i = 0; i < n; i++)
        value[i] = (float)((hox_rng_unit(&rng) * 2 - 1) * bound);
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
