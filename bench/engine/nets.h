/* The nets of peer.py, built directly on the graph; included by step.c. */
#ifndef BENCH_NETS_H
#define BENCH_NETS_H

#include "tensor/plan.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { WEIGHTS_MAX = 64, PIXELS = 784, CLASSES = 10 };
enum { TIME = 50, WORDS = 64, UNITS = 128 };      /* lstm, cell */
enum { DIMENSION = 10, HIDDEN = 20, STEPS = 20 }; /* learned; a batch is so many problems */

typedef struct {
    hox__graph *g;
    hox__node weight[WEIGHTS_MAX];
    float bound[WEIGHTS_MAX]; /* of the uniform start; 0: ones for scales */
    int weights;
} net;

static inline hox__node weight(net *n, hox__shape shape, float bound)
{
    char name[16];
    snprintf(name, sizeof name, "w%d", n->weights);
    n->bound[n->weights] = bound;
    n->weight[n->weights] = hox__variable(n->g, shape, name);
    return n->weight[n->weights++];
}

static inline hox__node conv_norm_relu(net *n, hox__node x, int64_t out, int64_t k)
{
    const int64_t in = hox__node_shape(n->g, x)->dim[1], p = k / 2;
    const hox__node w = weight(n, HOX__SHAPE(out, in, k, k), sqrtf(6.0f / (float)(in * k * k)));
    const hox__node y = hox__conv(n->g, x, w, (hox__window){1, 1, p, p, p, p, 1, 0, 0});
    const hox__node scale = weight(n, HOX__SHAPE(out), 0), shift = weight(n, HOX__SHAPE(out), -1);
    return hox__relu(n->g, hox__batch_norm(n->g, y, scale, shift, NULL, NULL));
}

static inline hox__node halve(net *n, hox__node x)
{
    return hox__maxpool(n->g, x, 2, 2, (hox__window){2, 2, 0, 0, 0, 0, 0, 0, 0});
}

static inline hox__node dense(net *n, hox__node x, int64_t out)
{
    const hox__shape *s = hox__node_shape(n->g, x);
    int64_t in = 1;
    for (int i = 1; i < s->rank; i++)
        in *= s->dim[i];
    const hox__node flat = hox__reshape(n->g, x, HOX__SHAPE(s->dim[0], in));
    const hox__node w = weight(n, HOX__SHAPE(out, in), sqrtf(6.0f / (float)in));
    const hox__node b = weight(n, HOX__SHAPE(out), -1);
    const hox__node y = hox__matmul(n->g, flat, w, false, true);
    const hox__shape shape = *hox__node_shape(n->g, y);
    return hox__add(n->g, y, hox__expand(n->g, hox__reshape(n->g, b, HOX__SHAPE(1, out)), shape));
}

static inline hox__node global_average(net *n, hox__node x)
{
    const hox__shape *s = hox__node_shape(n->g, x);
    return hox__avgpool(n->g, x, s->dim[2], s->dim[3], (hox__window){1, 1, 0, 0, 0, 0, 0, 0, 0});
}

static inline hox__node cnn6(net *n, hox__node x)
{
    for (int stage = 0; stage < 3; stage++) {
        const hox__node y = conv_norm_relu(n, x, 32 << stage, 3);
        x = hox__add(n->g, conv_norm_relu(n, y, 32 << stage, 3), y);
        if (stage < 2)
            x = halve(n, x);
    }
    return dense(n, global_average(n, x), CLASSES);
}

/* What the search of spaces/fashion-mnist.hox mostly draws. */
static inline hox__node fashion(net *n, hox__node x)
{
    x = halve(n, conv_norm_relu(n, x, 16, 3));
    x = conv_norm_relu(n, conv_norm_relu(n, x, 32, 3), 32, 3);
    x = conv_norm_relu(n, halve(n, x), 64, 3);
    return dense(n, hox__dropout(n->g, global_average(n, x), 0.1f, "dropout", 0), CLASSES);
}

static inline hox__node build(net *n, const char *name, hox__node x)
{
    if (strcmp(name, "tiny") == 0) {
        x = halve(n, conv_norm_relu(n, x, 16, 3));
        x = halve(n, conv_norm_relu(n, x, 32, 3));
        return dense(n, x, CLASSES);
    }
    if (strcmp(name, "lenet") == 0) {
        x = halve(n, conv_norm_relu(n, x, 32, 5));
        x = halve(n, conv_norm_relu(n, x, 64, 5));
        return dense(n, hox__relu(n->g, dense(n, x, 128)), CLASSES);
    }
    if (strcmp(name, "mlp") == 0) {
        x = hox__relu(n->g, dense(n, x, 256));
        return dense(n, hox__relu(n->g, dense(n, x, 256)), CLASSES);
    }
    if (strcmp(name, "deep") == 0) { /* many small weights */
        x = dense(n, x, 16);
        for (int i = 0; i < 20; i++)
            x = hox__relu(n->g, dense(n, x, 16));
        return dense(n, x, CLASSES);
    }
    return strcmp(name, "fashion") == 0 ? fashion(n, x) : cnn6(n, x);
}

/* ---- a recurrent cell, operation by operation, as a generated one is written ---- */

typedef struct {
    hox__node x, h, bias; /* weights [4 units, in], [4 units, units], [4 units] */
} cell;

static inline cell cell_new(net *n, int64_t in, int64_t units)
{
    const float bound = 1 / sqrtf((float)units);
    return (cell){weight(n, HOX__SHAPE(4 * units, in), bound),
                  weight(n, HOX__SHAPE(4 * units, units), bound),
                  weight(n, HOX__SHAPE(4 * units), bound)};
}

/* gates = x Wx + h Wh + b; c = s(f) c + s(i) tanh(z); h = s(o) tanh(c) */
static inline void cell_step(hox__graph *g, const cell *w, hox__node x, hox__node *h, hox__node *c)
{
    const int64_t units = hox__node_shape(g, *c)->dim[1], rows = hox__node_shape(g, *c)->dim[0];
    hox__node gates =
        hox__add(g, hox__matmul(g, x, w->x, false, true), hox__matmul(g, *h, w->h, false, true));
    gates = hox__add(g, gates,
                     hox__expand(g, hox__reshape(g, w->bias, HOX__SHAPE(1, 4 * units)),
                                 HOX__SHAPE(rows, 4 * units)));
    hox__node part[4];
    for (int i = 0; i < 4; i++)
        part[i] = hox__slice(g, gates, 1, i * units, (i + 1) * units);
    const hox__node keep = hox__mul(g, hox__sigmoid(g, part[1]), *c);
    const hox__node write = hox__mul(g, hox__sigmoid(g, part[0]), hox__tanh_(g, part[2]));
    *c = hox__add(g, keep, write);
    *h = hox__mul(g, hox__sigmoid(g, part[3]), hox__tanh_(g, *c));
}

/* Characters [time, batch] to logits [time * batch, words]. */
static inline hox__node sequence(net *n, hox__node x)
{
    hox__graph *g = n->g;
    const int64_t batch = hox__node_shape(g, x)->dim[1];
    const hox__node table = weight(n, HOX__SHAPE(WORDS, UNITS), 1);
    const hox__node rows = hox__gather_rows(g, table, x); /* [time, batch, units] */
    const cell w = cell_new(n, UNITS, UNITS);
    hox__node h = hox__constant(g, HOX__SHAPE(batch, UNITS), 0), c = h, out[TIME];
    for (int t = 0; t < TIME; t++) {
        const hox__node at =
            hox__reshape(g, hox__slice(g, rows, 0, t, t + 1), HOX__SHAPE(batch, UNITS));
        cell_step(g, &w, at, &h, &c);
        out[t] = h;
    }
    return dense(n, hox__concat(g, out, TIME, 0), WORDS);
}

/* Learning to learn by gradient descent (Andrychowicz et al. 2016, section 3.1): random
 * quadratics |W theta - y|^2 of DIMENSION coordinates each; a coordinatewise LSTM of two layers
 * sees the gradient and gives the step; the loss is the mean over all steps. w: [problems, d, d],
 * y: [problems, d, 1]. */
static inline hox__node learned(net *n, hox__node w, hox__node y)
{
    hox__graph *g = n->g;
    const int64_t problems = hox__node_shape(g, w)->dim[0], rows = problems * DIMENSION;
    const cell first = cell_new(n, 1, HIDDEN), second = cell_new(n, HIDDEN, HIDDEN);
    const hox__node to = weight(n, HOX__SHAPE(1, HIDDEN), 1 / sqrtf(HIDDEN));
    const hox__node zero = hox__constant(g, HOX__SHAPE(rows, HIDDEN), 0);
    hox__node h[2] = {zero, zero}, c[2] = {zero, zero}, loss = hox__constant(g, HOX__SCALAR, 0);
    hox__node theta = hox__constant(g, HOX__SHAPE(problems, DIMENSION, 1), 0);
    for (int t = 0; t <= STEPS; t++) {
        const hox__node d = hox__sub(g, hox__matmul(g, w, theta, false, false), y);
        const hox__node f = hox__reshape(g, hox__sum(g, hox__mul(g, d, d), 7), HOX__SCALAR);
        loss = hox__add(g, loss, f);
        if (t == STEPS)
            break;
        hox__node slope;
        hox__gradients(g, f, &theta, 1, &slope);
        slope = hox__reshape(g, hox__stop_gradient(g, slope), HOX__SHAPE(rows, 1));
        cell_step(g, &first, slope, &h[0], &c[0]);
        cell_step(g, &second, h[0], &h[1], &c[1]);
        const hox__node step = hox__matmul(g, h[1], to, false, true);
        theta = hox__add(g, theta,
                         hox__mul(g, hox__constant(g, HOX__SCALAR, 0.1f),
                                  hox__reshape(g, step, *hox__node_shape(g, theta))));
    }
    return hox__mul(g, loss, hox__constant(g, HOX__SCALAR, 1.0f / (float)(problems * (STEPS + 1))));
}

/* Stochastic gradient descent with Nesterov momentum 0.9. */
static inline void updates(net *n, hox__node loss, hox__node rate)
{
    hox__node gradient[WEIGHTS_MAX];
    const hox__node mu = hox__constant(n->g, HOX__SCALAR, 0.9f);
    hox__gradients(n->g, loss, n->weight, n->weights, gradient);
    for (int i = 0; i < n->weights; i++) {
        char name[16];
        snprintf(name, sizeof name, "m%d", i);
        const hox__node m = hox__variable(n->g, *hox__node_shape(n->g, n->weight[i]), name);
        const hox__node next = hox__add(n->g, hox__mul(n->g, mu, m), gradient[i]);
        const hox__node step = hox__add(n->g, gradient[i], hox__mul(n->g, mu, next));
        hox__assign(n->g, m, next);
        hox__assign(n->g, n->weight[i], hox__sub(n->g, n->weight[i], hox__mul(n->g, rate, step)));
    }
}

#endif
