/* The graph of a training step and the weights it starts from. */
#include "nn/step.h"
#include "base/alloc.h"
#include "nn/model.h"
#include "nn/optimizers.h"
#include <math.h>

/* ---- the graph ---- */

static int trained(const hox__network *network)
{
    int n = 0;
    for (int i = 0; i < hox__network_weights(network); i++)
        n += hox__network_weight(network, i)->trained;
    return n;
}

static hox_status updates(const hox__train_step *step, const hox__update *update, hox_error *err)
{
    const int n = trained(step->network);
    hox__optimizer *optimize = hox__optimizer_find(update->term->name, err);
    hox__node *wrt = hox__alloc((size_t)n + 1, 2 * sizeof *wrt), *gradient = wrt + n;
    if (!wrt || !optimize) {
        hox__free(wrt);
        return optimize ? hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for gradients")
                        : HOX_ERR_ARGUMENT;
    }
    int at = 0;
    for (int i = 0; i < hox__network_weights(step->network); i++)
        if (hox__network_weight(step->network, i)->trained)
            wrt[at++] = hox__network_weight(step->network, i)->node;
    hox__gradients(step->g, step->loss, wrt, n, gradient);
    at = 0;
    for (int i = 0; i < hox__network_weights(step->network); i++)
        if (hox__network_weight(step->network, i)->trained)
            optimize(update, hox__network_weight(step->network, i), gradient[at++]);
    hox__free(wrt);
    return hox__graph_status(step->g, err);
}

static hox_status build(hox__train_step *step, const hox__recipe *recipe, const hox__images *images,
                        int64_t batch, const hox__train_options *options, hox_error *err)
{
    hox__graph *g = step->g;
    const hox__node x = hox__input(
        g, HOX__F32, HOX__SHAPE(batch, images->channels, images->height, images->width), "x");
    const hox__node label = hox__input(g, HOX__I32, HOX__SHAPE(batch), "label");
    const hox__update update = {.g = g,
                                .term = recipe->train,
                                .rate = hox__input(g, HOX__F32, HOX__SCALAR, "rate"),
                                .count = hox__input(g, HOX__F32, HOX__SCALAR, "count")};
    hox__node logits;
    hox_status status =
        hox__network_build(step->network, g, recipe->net, x, images->classes, true, &logits, err);
    if (status != HOX_OK)
        return status;
    step->loss = hox__softmax_xent(g, logits, label);
    status = updates(step, &update, err);
    const hox__plan_options plan = {.seed = options->seed,
                                    .memory_bytes_max = options->memory_bytes_max,
                                    .reference = options->reference};
    if (status == HOX_OK)
        status = hox__plan_new(g, &step->loss, 1, &plan, &step->plan, err);
    if (status != HOX_OK)
        return status;
    step->x = hox__plan_input(step->plan, x);
    step->label = hox__plan_input(step->plan, label);
    step->rate = hox__plan_input(step->plan, update.rate);
    step->count = hox__plan_input(step->plan, update.count);
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
    hox__free(step);
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

hox_status hox__train_step_start(hox__train_step *step, uint64_t seed, hox_error *err)
{
    const hox_rng root = hox_rng_seed(seed), init = hox_rng_child(&root, "init", 0);
    int64_t most = 1;
    for (int i = 0; i < hox__network_weights(step->network); i++) {
        const int64_t n = hox__shape_values(&hox__network_weight(step->network, i)->shape);
        most = n > most ? n : most;
    }
    float *value = hox__alloc((size_t)most, sizeof *value);
    if (!value)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to draw weights");
    for (int i = 0; i < hox__network_weights(step->network); i++) {
        const hox__weight *w = hox__network_weight(step->network, i);
        const int64_t n = hox__shape_values(&w->shape);
        draw(w, &init, value, n);
        hox__plan_set(step->plan, w->name, value, n);
    }
    hox__free(value);
    return HOX_OK;
}
