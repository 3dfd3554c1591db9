/* Optimizers as macros of the graph: the plan fuses each into one pass over its weight.
 *
 * g is the gradient, with `decay` * w added to it (L2) where the weight is decayed; adamw and
 * lion take decay * lr off the weight instead (Loshchilov, Hutter, ICLR 2019). Weights are decayed,
 * biases, scales and shifts are not.
 */
#include "nn/optimizers.h"
#include "base/text.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    hox__optimizer *update;
    double rate;
} optimizer[] = {
#define OPTIMIZER(word, function, rate) {#word, function, rate},
#include "nn/optimizers.def"
#undef OPTIMIZER
};
enum { OPTIMIZERS = sizeof optimizer / sizeof optimizer[0], NAME_MAX_BYTES = 4096 };

const char *hox__optimizer_word(int i)
{
    return i >= 0 && i < OPTIMIZERS ? optimizer[i].word : NULL;
}

hox__optimizer *hox__optimizer_find(const char *word, hox_error *err)
{
    hox__text known = {0};
    for (int i = 0; i < OPTIMIZERS; i++) {
        if (strcmp(optimizer[i].word, word) == 0) {
            hox__text_deinit(&known);
            return optimizer[i].update;
        }
        hox__text_printf(&known, "%s%s", i ? ", " : "", optimizer[i].word);
    }
    hox_fail_code(err, HOX_ERR_ARGUMENT, "E0404",
                  "the engine knows no optimizer `%.60s`; it knows %s", word,
                  hox__text_get(&known));
    hox__text_deinit(&known);
    return NULL;
}

double hox__optimizer_rate(const hox_term *term)
{
    double declared = 0;
    for (int i = 0; i < OPTIMIZERS; i++)
        if (strcmp(optimizer[i].word, term->name) == 0)
            declared = optimizer[i].rate;
    return hox_term_number(term, "lr", declared);
}

/* ---- small words ---- */

static hox__node number(const hox__update *u, double value)
{
    return hox__constant(u->g, HOX__SCALAR, (float)value);
}

static hox__node scaled(const hox__update *u, double factor, hox__node a)
{
    return hox__mul(u->g, number(u, factor), a);
}

static double setting(const hox__update *u, const char *name, double fallback)
{
    return hox_term_number(u->term, name, fallback);
}

hox__node hox__update_memory(const hox__update *u, const hox__weight *weight, const char *part)
{
    char name[NAME_MAX_BYTES];
    snprintf(name, sizeof name, "%s/%s", weight->name, part);
    return hox__variable(u->g, weight->shape, name);
}

void hox__update_keep(const hox__update *u, hox__node variable, hox__node next)
{
    if (u->due != HOX__NONE)
        next = hox__select(u->g, u->due, next, variable);
    hox__assign(u->g, variable, next);
}

/* keep * old + (1 - keep) * seen, and `old` becomes it. What is remembered begins at 0. */
static hox__node moving(const hox__update *u, hox__node old, double keep, hox__node seen)
{
    const hox__node next = hox__add(u->g, scaled(u, keep, old), scaled(u, 1 - keep, seen));
    hox__update_keep(u, old, next);
    return next;
}

static hox__node with_decay(const hox__update *u, const hox__weight *weight, hox__node gradient)
{
    const double decay = setting(u, "decay", 0);
    if (!weight->decayed || decay <= 0)
        return gradient;
    return hox__add(u->g, gradient, scaled(u, decay, weight->node));
}

static hox__node descend(const hox__update *u, hox__node from, hox__node direction)
{
    return hox__sub(u->g, from, hox__mul(u->g, u->rate, direction));
}

/* `decay` * lr taken off the weight itself. */
static hox__node shrunk(const hox__update *u, const hox__weight *weight, double decay)
{
    if (!weight->decayed || decay <= 0)
        return weight->node;
    const hox__node lost = hox__mul(u->g, scaled(u, decay, u->rate), weight->node);
    return hox__sub(u->g, weight->node, lost);
}

/* ---- the optimizers ---- */

/* v' = momentum v + g;  w' = w - lr v', or w - lr (g + momentum v') after Nesterov, in the form of
 * Sutskever, Martens, Dahl, Hinton (ICML 2013). */
hox__node hox__optimizer_sgd(const hox__update *u, const hox__weight *weight, hox__node gradient)
{
    const double momentum = setting(u, "momentum", 0);
    const hox__node g = with_decay(u, weight, gradient);
    if (momentum <= 0)
        return descend(u, weight->node, g);
    const hox__node v = hox__update_memory(u, weight, "momentum");
    const hox__node next = hox__add(u->g, scaled(u, momentum, v), g);
    const bool nesterov = strcmp(hox_term_word(u->term, "nesterov", "no"), "yes") == 0;
    hox__update_keep(u, v, next);
    return descend(u, weight->node, nesterov ? hox__add(u->g, g, scaled(u, momentum, next)) : next);
}

/* 1 - beta^count, from exp(count log beta). */
static hox__node correction(const hox__update *u, double beta)
{
    if (beta <= 0)
        return number(u, 1);
    const hox__node power = hox__exp_(u->g, scaled(u, log(beta), u->count));
    return hox__sub(u->g, number(u, 1), power);
}

/* Kingma, Ba (ICLR 2015), algorithm 1: the direction mean / (sqrt(square) + epsilon). */
static hox__node adam(const hox__update *u, const hox__weight *weight, hox__node g)
{
    const double beta1 = setting(u, "beta1", 0.9), beta2 = setting(u, "beta2", 0.999);
    const hox__node mean = moving(u, hox__update_memory(u, weight, "first"), beta1, g);
    const hox__node square =
        moving(u, hox__update_memory(u, weight, "second"), beta2, hox__mul(u->g, g, g));
    const hox__node root = hox__mul(u->g, hox__sqrt_(u->g, square),
                                    hox__recip(u->g, hox__sqrt_(u->g, correction(u, beta2))));
    const hox__node below = hox__add(u->g, root, number(u, setting(u, "epsilon", 1e-8)));
    return hox__div(u->g, hox__mul(u->g, mean, hox__recip(u->g, correction(u, beta1))), below);
}

hox__node hox__optimizer_adam(const hox__update *u, const hox__weight *weight, hox__node gradient)
{
    return descend(u, weight->node, adam(u, weight, with_decay(u, weight, gradient)));
}

hox__node hox__optimizer_adamw(const hox__update *u, const hox__weight *weight, hox__node gradient)
{
    const hox__node from = shrunk(u, weight, setting(u, "decay", 0.01));
    return descend(u, from, adam(u, weight, gradient));
}

/* Tieleman, Hinton (lecture 6.5, 2012): g / (sqrt(square) + epsilon), with momentum on it. */
hox__node hox__optimizer_rmsprop(const hox__update *u, const hox__weight *weight,
                                 hox__node gradient)
{
    const double momentum = setting(u, "momentum", 0);
    const hox__node g = with_decay(u, weight, gradient);
    const hox__node square = moving(u, hox__update_memory(u, weight, "second"),
                                    setting(u, "rho", 0.9), hox__mul(u->g, g, g));
    const hox__node below =
        hox__add(u->g, hox__sqrt_(u->g, square), number(u, setting(u, "epsilon", 1e-8)));
    hox__node direction = hox__div(u->g, g, below);
    if (momentum > 0) {
        const hox__node v = hox__update_memory(u, weight, "momentum");
        direction = hox__add(u->g, scaled(u, momentum, v), direction);
        hox__update_keep(u, v, direction);
    }
    return descend(u, weight->node, direction);
}

/* Duchi, Hazan, Singer (JMLR 12, 2011), the diagonal form: g / (sqrt(sum of g^2) + epsilon). */
hox__node hox__optimizer_adagrad(const hox__update *u, const hox__weight *weight,
                                 hox__node gradient)
{
    const hox__node g = with_decay(u, weight, gradient);
    const hox__node old = hox__update_memory(u, weight, "second");
    const hox__node sum = hox__add(u->g, old, hox__mul(u->g, g, g));
    hox__update_keep(u, old, sum);
    const hox__node below =
        hox__add(u->g, hox__sqrt_(u->g, sum), number(u, setting(u, "epsilon", 1e-10)));
    return descend(u, weight->node, hox__div(u->g, g, below));
}

static hox__node sign(const hox__update *u, hox__node a)
{
    const hox__node zero = number(u, 0);
    return hox__sub(u->g, hox__less(u->g, zero, a), hox__less(u->g, a, zero));
}

/* Chen et al. (NeurIPS 2023, "Symbolic discovery of optimization algorithms"), algorithm 2: the
 * sign of one mean is followed, another is remembered. */
hox__node hox__optimizer_lion(const hox__update *u, const hox__weight *weight, hox__node gradient)
{
    const double beta1 = setting(u, "beta1", 0.9), beta2 = setting(u, "beta2", 0.99);
    const hox__node m = hox__update_memory(u, weight, "first");
    const hox__node seen = hox__add(u->g, scaled(u, beta1, m), scaled(u, 1 - beta1, gradient));
    moving(u, m, beta2, gradient);
    return descend(u, shrunk(u, weight, setting(u, "decay", 0)), sign(u, seen));
}
