/* From the loss to the assignments of a step: gradients, gathered over batches, cut to a length,
 * given to the optimizer; and the average of the weights that follows them. */
#include "base/alloc.h"
#include "nn/optimizers.h"
#include "nn/step.h"

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
    const hox__node old = hox__update_memory(u, weight, hox__average_part);
    const hox__node early =
        hox__div(g, u->count, hox__add(g, u->count, hox__constant(g, HOX__SCALAR, 9)));
    const hox__node share = hox__min(g, early, hox__constant(g, HOX__SCALAR, (float)keep));
    const hox__node moved = hox__mul(g, share, hox__sub(g, old, next));
    hox__update_keep(u, old, hox__add(g, next, moved));
}

hox_status hox__updates(const hox__train_step *step, const hox__recipe *recipe,
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
