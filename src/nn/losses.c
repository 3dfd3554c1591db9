/* Losses.
 *
 *   cross_entropy  -sum_k t_k log softmax(y)_k                          in nats
 *   bce            mean_k of -t_k log s(y_k) - (1 - t_k) log(1 - s(y_k)), s the sigmoid
 *   mse            mean_k of (y_k - t_k)^2
 *   mae            mean_k of |y_k - t_k|
 *   huber          mean_k of d^2 / 2 where |d| < delta, delta (|d| - delta / 2) elsewhere, d = y -
 * t (Huber, Annals of Mathematical Statistics 35, 1964)
 */
#include "nn/losses.h"
#include "base/number.h"
#include "nn/judge.h"
#include <math.h>
#include <string.h>

static const hox__loss_row loss[] = {
#define LOSS(word, function, of_one, kind) {#word, function, of_one, kind},
#include "nn/losses.def"
#undef LOSS
};
enum { LOSSES = sizeof loss / sizeof loss[0] };

const char *hox__loss_word(int i)
{
    return i >= 0 && i < LOSSES ? loss[i].word : NULL;
}

const hox__loss_row *hox__loss_find(const char *word)
{
    for (int i = 0; i < LOSSES; i++)
        if (strcmp(loss[i].word, word) == 0)
            return &loss[i];
    return NULL;
}

/* ---- as nodes ---- */

static hox__node number(const hox__loss_site *s, double value)
{
    return hox__constant(s->g, HOX__SCALAR, (float)value);
}

/* The mean of all values, a scalar. */
static hox__node mean(const hox__loss_site *s, hox__node a)
{
    return hox__reshape(s->g, hox__mean(s->g, a, 3), HOX__SCALAR);
}

static hox__node truth(const hox__loss_site *s)
{
    if (s->target != HOX__NONE)
        return s->target;
    return hox__onehot(s->g, s->label, hox__node_shape(s->g, s->output)->dim[1]);
}

hox__node hox__loss_cross_entropy(const hox__loss_site *s)
{
    hox__graph *g = s->g;
    if (s->target == HOX__NONE)
        return hox__softmax_xent(g, s->output, s->label);
    const double width = (double)hox__node_shape(g, s->output)->dim[1];
    const hox__node each = hox__mul(g, s->target, hox__log_softmax(g, s->output));
    return hox__mul(g, number(s, -width), mean(s, each));
}

/* max(y, 0) - t y + log(1 + exp(-|y|)): at 0 the slope of the maximum is 1/2 and that of |y| is 0,
 * which gives the true 1/2 - t; relu, whose slope there is 0, would not. */
hox__node hox__loss_bce(const hox__loss_site *s)
{
    hox__graph *g = s->g;
    const hox__node y = s->output, below = hox__exp_(g, hox__neg(g, hox__abs_(g, y)));
    const hox__node soft = hox__log_(g, hox__add(g, number(s, 1), below));
    const hox__node linear = hox__sub(g, hox__max(g, y, number(s, 0)), hox__mul(g, truth(s), y));
    return mean(s, hox__add(g, linear, soft));
}

hox__node hox__loss_mse(const hox__loss_site *s)
{
    const hox__node d = hox__sub(s->g, s->output, truth(s));
    return mean(s, hox__mul(s->g, d, d));
}

hox__node hox__loss_mae(const hox__loss_site *s)
{
    return mean(s, hox__abs_(s->g, hox__sub(s->g, s->output, truth(s))));
}

static double delta_of(const hox_term *term)
{
    return term ? hox_term_number(term, "delta", 1) : 1;
}

/* With c = min(|d|, delta): c (|d| - c / 2). */
hox__node hox__loss_huber(const hox__loss_site *s)
{
    hox__graph *g = s->g;
    const hox__node d = hox__abs_(g, hox__sub(g, s->output, truth(s)));
    const hox__node c = hox__min(g, d, number(s, delta_of(s->term)));
    return mean(s, hox__mul(g, c, hox__sub(g, d, hox__mul(g, number(s, 0.5), c))));
}

/* ---- of one example ---- */

double hox__loss_cross_entropy_of(const hox_term *term, const float *output, int64_t width,
                                  int32_t label, const float *value)
{
    (void)term;
    (void)value;
    return hox__logits_loss(output, width, label);
}

typedef double difference(double output, double truth, double delta);

static double mean_of(difference *f, const hox_term *term, const float *output, int64_t width,
                      int32_t label, const float *value)
{
    double sum = 0;
    for (int64_t k = 0; k < width; k++)
        sum += f((double)output[k], label < 0 ? (double)value[k] : (double)(k == label),
                 delta_of(term));
    return sum / (double)width;
}

static double bce(double y, double t, double delta)
{
    (void)delta;
    return fmax(y, 0) - t * y + hox__log(1 + hox__exp(-fabs(y)));
}

static double square(double y, double t, double delta)
{
    (void)delta;
    return (y - t) * (y - t);
}

static double absolute(double y, double t, double delta)
{
    (void)delta;
    return fabs(y - t);
}

static double huber(double y, double t, double delta)
{
    const double d = fabs(y - t), c = fmin(d, delta);
    return c * (d - c / 2);
}

#define OF_ONE(name, f)                                                                            \
    double name(const hox_term *term, const float *output, int64_t width, int32_t label,           \
                const float *value)                                                                \
    {                                                                                              \
        return mean_of(f, term, output, width, label, value);                                      \
    }
OF_ONE(hox__loss_bce_of, bce)
OF_ONE(hox__loss_mse_of, square)
OF_ONE(hox__loss_mae_of, absolute)
OF_ONE(hox__loss_huber_of, huber)
