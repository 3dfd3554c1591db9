/* Layers: each one of the table is built and run; sizes, padding, sharing and errors are known. */
#include "hoxtest.h"
#include "nn/layers.h"
#include "nn/terms.h"
#include <math.h>

enum { N = 2, C = 4, H = 7, W = 5 };

typedef struct {
    hox__graph *g;
    hox__network *network;
    hox__node x, y, mix;
    int64_t mixes;
    hox__plan *plan;
    hox_error err;
    int64_t values;
    float *out;
} built;

static hox_status build(built *b, const hox_term *net, hox__shape x, int64_t classes, bool training)
{
    *b = (built){.g = hox__graph_new(), .network = hox__network_new()};
    b->x = hox__input(b->g, HOX__F32, x, "x");
    return hox__network_build(b->network, b->g, net, b->x, classes, training, &b->y, &b->err);
}

/* Weights are 0.5, statistics and scales what they start as; x[i] = sin(i). */
static void run(built *b)
{
    const hox__shape *shape = hox__node_shape(b->g, b->y), *in = hox__node_shape(b->g, b->x);
    b->values = 1;
    int64_t inputs = 1;
    for (int i = 0; i < shape->rank; i++)
        b->values *= shape->dim[i];
    for (int i = 0; i < in->rank; i++)
        inputs *= in->dim[i];
    assert_int_equal(hox__plan_new(b->g, &b->y, 1, NULL, &b->plan, &b->err), HOX_OK);
    for (int i = 0; i < hox__network_weights(b->network); i++) {
        const hox__weight *w = hox__network_weight(b->network, i);
        float value[8192];
        int64_t n = 1;
        for (int k = 0; k < w->shape.rank; k++)
            n *= w->shape.dim[k];
        assert_true(n <= 8192);
        for (int64_t k = 0; k < n; k++)
            value[k] = w->fan_in ? 0.5f : w->initial;
        assert_true(hox__plan_set(b->plan, w->name, value, n));
    }
    float *x = hox__plan_input(b->plan, b->x);
    for (int64_t i = 0; i < inputs; i++)
        x[i] = sinf((float)i);
    hox__plan_run(b->plan);
    b->out = hox__alloc((size_t)b->values, sizeof *b->out);
    hox__plan_read(b->plan, b->y, b->out);
}

static void done(built *b)
{
    hox__free(b->out);
    hox__plan_free(b->plan);
    hox__network_free(b->network);
    hox__graph_free(b->g);
}

/* A call of `name` with what it cannot do without. */
static const hox_term *example(hox__arena *a, const char *name)
{
    static const char *const sized[][3] = {
        {"conv", "filters", "yes"},   {"dense", "units", "yes"},
        {"embed", "width", "no"},     {"convtranspose", "filters", "yes"},
        {"conv1d", "filters", "yes"}, {"rnn", "units", "no"},
        {"gru", "units", "no"},       {"lstm", "units", "no"},
    };
    for (size_t i = 0; i < sizeof sized / sizeof sized[0]; i++)
        if (strcmp(name, sized[i][0]) == 0)
            return call(a, name, "p", sized[i][1], number(a, 6), "bias", word(a, sized[i][2]),
                        NULL);
    if (strcmp(name, "add") == 0 || strcmp(name, "mul") == 0 || strcmp(name, "concat") == 0)
        return call(a, name, "p", "", call(a, "relu", "q", NULL), "", chain(a, NULL), NULL);
    if (strcmp(name, "dag") == 0 || strcmp(name, "chain") == 0 || strcmp(name, "tree") == 0)
        return call(a, name, "p",
                    *name == 'd'   ? "nodes"
                    : *name == 'c' ? "layers"
                                   : "leaves",
                    number(a, 2), *name == 'c' ? "layer" : "edge", call(a, "relu", "q", NULL),
                    "join", call(a, "add", "r", NULL), NULL);
    if (strcmp(name, "recurrent") == 0)
        return call(a, name, "p", "cell",
                    chain(a, call(a, "dense", "q", "units", number(a, 5), NULL),
                          call(a, "tanh", "r", NULL), NULL),
                    "units", number(a, 5), NULL);
    if (strcmp(name, "treecell") == 0)
        return call(a, name, "p", "units", number(a, 3), "leaves", number(a, 2), "leaf",
                    call(a, "add", "q", NULL), "join", call(a, "mul", "r", NULL), "inject",
                    call(a, "add", "s", NULL), NULL);
    if (strcmp(name, "highway") == 0)
        return call(a, name, "p", "part", call(a, "tanh", "q", NULL), NULL);
    if (strcmp(name, "groupnorm") == 0)
        return call(a, name, "p", "groups", number(a, 2), NULL);
    if (strcmp(name, "attention") == 0)
        return call(a, name, "p", "heads", number(a, 2), "causal", word(a, "yes"), NULL);
    return call(a, name, "p", NULL);
}

typedef enum { IMAGE, SEQUENCE, TOKENS } entering;

/* What the layer takes. */
static entering kind_of(const char *name)
{
    static const char *const sequence[] = {"recurrent", "position",  "conv1d",  "rnn",  "gru",
                                           "lstm",      "attention", "reverse", "last", "treecell"};
    for (size_t i = 0; i < sizeof sequence / sizeof sequence[0]; i++)
        if (strcmp(name, sequence[i]) == 0)
            return SEQUENCE;
    return strcmp(name, "embed") == 0 ? TOKENS : IMAGE;
}

enum { LENGTH = 5, VOCABULARY = 7 };

/* The layer alone on what it takes; the sum of a fixed mix of its values comes out. */
static hox_status build_alone(built *b, const hox_term *layer, entering kind, bool training)
{
    *b = (built){.g = hox__graph_new(), .network = hox__network_new()};
    hox__entry door = {.x = HOX__NONE};
    if (kind == TOKENS) {
        door.x = hox__input(b->g, HOX__I32, HOX__SHAPE(N, LENGTH), "x");
        door.vocabulary = VOCABULARY;
    } else {
        door.x = hox__input(b->g, HOX__F32,
                            kind == IMAGE ? HOX__SHAPE(N, C, H, W) : HOX__SHAPE(N, LENGTH, C), "x");
    }
    b->x = door.x;
    return hox__network_build_on(b->network, b->g, layer, &door, training, &b->y, &b->err);
}

static hox__node mixed(built *b)
{
    const hox__node flat = hox__flat(b->g, b->y);
    const int64_t n = hox__node_shape(b->g, flat)->dim[0], k = hox__node_shape(b->g, flat)->dim[1];
    const hox__node mix = hox__input(b->g, HOX__F32, HOX__SHAPE(n, k), "mix");
    b->mix = mix;
    b->mixes = n * k;
    return hox__reshape(b->g, hox__sum(b->g, hox__mul(b->g, flat, mix), 3), HOX__SCALAR);
}

/* Starting values that no two weights share. */
static void fill(float *value, int64_t n, float shift)
{
    for (int64_t i = 0; i < n; i++)
        value[i] = 0.4f * sinf(1.3f * (float)i + shift);
}

static void set_all(built *b)
{
    for (int i = 0; i < hox__network_weights(b->network); i++) {
        const hox__weight *w = hox__network_weight(b->network, i);
        float value[8192];
        int64_t n = 1;
        for (int k = 0; k < w->shape.rank; k++)
            n *= w->shape.dim[k];
        assert_true(n <= 8192);
        fill(value, n, (float)i);
        for (int64_t k = 0; k < n && !w->trained; k++)
            value[k] = fabsf(value[k]) + 0.5f;
        assert_true(hox__plan_set(b->plan, w->name, value, n));
    }
    fill(hox__plan_input(b->plan, b->mix), b->mixes, 2);
    const hox__shape *in = hox__node_shape(b->g, b->x);
    void *x = hox__plan_input(b->plan, b->x);
    int64_t n = 1;
    for (int k = 0; k < in->rank; k++)
        n *= in->dim[k];
    if (in->rank == 2)
        for (int64_t i = 0; i < n; i++)
            ((int32_t *)x)[i] = (int32_t)(i * 3 % VOCABULARY);
    else
        fill(x, n, 1);
}

static double loss_with(built *b, hox__node loss, const char *name, float *value, int64_t n,
                        int64_t at, float by)
{
    float out;
    value[at] += by;
    hox__plan_set(b->plan, name, value, n);
    hox__plan_run(b->plan);
    hox__plan_read(b->plan, loss, &out);
    value[at] -= by;
    hox__plan_set(b->plan, name, value, n);
    return (double)out;
}

/* Some entries of each weight's gradient against central differences. */
static void check_gradients(built *b, const char *layer)
{
    hox__node wrt[16], out[17];
    const hox__weight *of[16];
    int n = 0;
    for (int k = 0; k < hox__network_weights(b->network); k++)
        if (hox__network_weight(b->network, k)->trained) {
            of[n] = hox__network_weight(b->network, k);
            wrt[n] = of[n]->node;
            n++;
        }
    out[n] = mixed(b);
    hox__gradients(b->g, out[n], wrt, n, out);
    if (hox__plan_new(b->g, out, n + 1, NULL, &b->plan, &b->err) != HOX_OK)
        fail_msg("%s: %s", layer, b->err.message);
    set_all(b);
    for (int k = 0; k < n; k++) {
        float value[8192], gradient[8192];
        int64_t count = 1;
        for (int i = 0; i < of[k]->shape.rank; i++)
            count *= of[k]->shape.dim[i];
        hox__plan_get(b->plan, of[k]->name, value, count);
        hox__plan_run(b->plan);
        hox__plan_read(b->plan, out[k], gradient);
        for (int64_t at = 0; at < count; at += 1 + count / 7) {
            const float h = 1e-2f;
            const double slope = (loss_with(b, out[n], of[k]->name, value, count, at, h) -
                                  loss_with(b, out[n], of[k]->name, value, count, at, -h)) /
                                 (2 * (double)h);
            if (fabs(slope - (double)gradient[at]) > 2e-3 + 1e-2 * fabs(slope))
                fail_msg("%s: %s[%lld]: %g by differences, %g by the graph", layer, of[k]->name,
                         (long long)at, slope, (double)gradient[at]);
        }
    }
}

/* Training and answering. */
static void every_layer_runs(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 24);
    for (int i = 0; hox__layer_word(i); i++)
        for (int training = 0; training < 2 && strcmp(hox__layer_word(i), "none"); training++) {
            const char *name = hox__layer_word(i);
            built b;
            if (build_alone(&b, example(a, name), kind_of(name), training == 1) != HOX_OK)
                fail_msg("%s: %s", name, b.err.message);
            if (strcmp(name, "dropout") != 0)
                check_gradients(&b, name);
            done(&b);
        }
    hox__arena_free(a);
}

static void expect(const hox_term *net, hox__shape x, const hox__shape *shape)
{
    built b;
    if (build(&b, net, x, 0, false) != HOX_OK)
        fail_msg("%s", b.err.message);
    const hox__shape *got = hox__node_shape(b.g, b.y);
    assert_int_equal(got->rank, shape->rank);
    for (int i = 0; i < shape->rank; i++)
        assert_int_equal(got->dim[i], shape->dim[i]);
    done(&b);
}

/* The shape rules of vocab/nn.hox. */
static void sizes_follow_the_vocabulary(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    const hox__shape x = HOX__SHAPE(N, C, H, W);
    expect(call(a, "convtranspose", "p", "filters", number(a, 2), "stride", number(a, 3), NULL), x,
           &HOX__SHAPE(N, 2, 3 * H, 3 * W));
    for (int k = 1; k <= 5; k += 2)
        for (int s = 1; s <= 4; s++) {
            const hox_term *conv = call(a, "conv", "p", "filters", number(a, 2), "kernel",
                                        number(a, k), "stride", number(a, s), NULL);
            expect(conv, x, &HOX__SHAPE(N, 2, (H + s - 1) / s, (W + s - 1) / s));
            const hox_term *bare =
                call(a, "conv", "p", "filters", number(a, 2), "kernel", number(a, k), "stride",
                     number(a, s), "pad", word(a, "no"), NULL);
            expect(bare, x, &HOX__SHAPE(N, 2, (H - k + s) / s, (W - k + s) / s));
            const hox_term *pool = call(a, "avgpool", "p", "size", number(a, k), "stride",
                                        number(a, s), "pad", word(a, "yes"), NULL);
            expect(pool, x, &HOX__SHAPE(N, C, (H + s - 1) / s, (W + s - 1) / s));
            pool = call(a, "maxpool", "p", "size", number(a, k), "stride", number(a, s), NULL);
            expect(pool, x, &HOX__SHAPE(N, C, (H - k + s) / s, (W - k + s) / s));
        }
    expect(call(a, "conv", "p", "filters", number(a, 8), "kernel", number(a, 3), "width",
                number(a, 1), "stride", number(a, 1), "across", number(a, 2), "groups",
                number(a, 4), NULL),
           x, &HOX__SHAPE(N, 8, H, 3));
    expect(call(a, "concat", "p", "", chain(a, NULL), "", call(a, "id", "", NULL), NULL), x,
           &HOX__SHAPE(N, 2 * C, H, W));
    expect(call(a, "flatten", "p", NULL), x, &HOX__SHAPE(N, C * H * W));
    hox__arena_free(a);
}

/* All weights 0.5: a padded 3x3 convolution is half the sum of the cells inside. */
static void convolution_is_known(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    built b;
    assert_int_equal(build(&b, call(a, "depthwise", "p", NULL), HOX__SHAPE(1, 2, 3, 3), 0, false),
                     HOX_OK);
    run(&b);
    for (int c = 0; c < 2; c++)
        for (int y = 0; y < 3; y++)
            for (int x = 0; x < 3; x++) {
                double sum = 0;
                for (int i = 0; i < 9; i++)
                    if (abs(i / 3 - y) < 2 && abs(i % 3 - x) < 2)
                        sum += 0.5 * sin(c * 9 + i);
                assert_true(fabs((double)b.out[(c * 3 + y) * 3 + x] - sum) < 1e-5);
            }
    done(&b);
    hox__arena_free(a);
}

/* Running statistics: 0.9 of the old and 0.1 of the batch's; the variance is unbiased. */
static void statistics_run(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    built b;
    assert_int_equal(build(&b, call(a, "norm", "n", NULL), HOX__SHAPE(8, 3), 0, true), HOX_OK);
    run(&b);
    float mean[3], variance[3];
    assert_true(hox__plan_get(b.plan, "n/mean", mean, 3));
    assert_true(hox__plan_get(b.plan, "n/variance", variance, 3));
    for (int c = 0; c < 3; c++) {
        double m = 0, v = 0;
        for (int i = 0; i < 8; i++)
            m += sin(i * 3 + c) / 8;
        for (int i = 0; i < 8; i++)
            v += (sin(i * 3 + c) - m) * (sin(i * 3 + c) - m) / 7;
        assert_true(fabs((double)mean[c] - 0.1 * m) < 1e-5);
        assert_true(fabs((double)variance[c] - (0.9 + 0.1 * v)) < 1e-5);
    }
    done(&b);
    hox__arena_free(a);
}

/* Two uses of one path: one set of weights, and statistics that move twice in a step. */
static void equal_paths_share(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    const hox_term *unit =
        chain(a, call(a, "conv", "once/u/conv", "filters", word(a, "same"), NULL),
              call(a, "norm", "once/u/norm", NULL), NULL);
    built b;
    assert_int_equal(build(&b, chain(a, unit, unit, NULL), HOX__SHAPE(N, C, H, W), 0, true),
                     HOX_OK);
    assert_int_equal(hox__network_weights(b.network), 5);
    run(&b);
    float mean[C];
    assert_true(hox__plan_get(b.plan, "once/u/norm/mean", mean, C));
    done(&b);
    const hox_term *wrong = call(a, "conv", "once/u/conv", "filters", number(a, 7), NULL);
    assert_int_equal(build(&b, chain(a, unit, wrong, NULL), HOX__SHAPE(N, C, H, W), 0, true),
                     HOX_ERR_SHAPE);
    assert_non_null(strstr(b.err.message, "shared"));
    done(&b);
    hox__arena_free(a);
}

/* ---- recurrent layers and attention, in double ---- */

/* Values as set_all() leaves them, in double. */
static double *weight_of(const built *b, const char *name, int64_t *n)
{
    for (int i = 0; i < hox__network_weights(b->network); i++) {
        const hox__weight *w = hox__network_weight(b->network, i);
        if (strcmp(w->name, name) != 0)
            continue;
        *n = 1;
        for (int k = 0; k < w->shape.rank; k++)
            *n *= w->shape.dim[k];
        float *value = hox__alloc((size_t)*n, sizeof *value);
        double *out = hox__alloc((size_t)*n, sizeof *out);
        assert_true(hox__plan_get(b->plan, name, value, *n));
        for (int64_t k = 0; k < *n; k++)
            out[k] = (double)value[k];
        hox__free(value);
        return out;
    }
    fail_msg("no weight %s", name);
    return NULL;
}

/* sum_k m[row, k] x[k] */
static double row_by(const double *m, int64_t row, const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++)
        sum += m[row * n + k] * x[k];
    return sum;
}

static double s(double x)
{
    return 1 / (1 + exp(-x));
}

enum { U = 3 };

typedef void step_of(const double *const w[4], const double *x, double *h, double *m);

static void lstm_step(const double *const w[4], const double *x, double *h, double *m)
{
    double next[U];
    for (int u = 0; u < U; u++) {
        double a[4];
        for (int k = 0; k < 4; k++)
            a[k] = row_by(w[0], k * U + u, x, C) + row_by(w[1], k * U + u, h, U) +
                   (k ? w[2][(k - 1) * U + u] : w[3][u]);
        m[u] = s(a[0]) * m[u] + s(a[1]) * tanh(a[2]);
        next[u] = s(a[3]) * tanh(m[u]);
    }
    memcpy(h, next, sizeof next);
}

static void gru_step(const double *const w[4], const double *x, double *h, double *m)
{
    (void)m;
    double next[U];
    for (int u = 0; u < U; u++) {
        double in[3], own[3];
        for (int k = 0; k < 3; k++) {
            in[k] = row_by(w[0], k * U + u, x, C) + w[2][k * U + u];
            own[k] = row_by(w[1], k * U + u, h, U);
        }
        const double r = s(in[0] + own[0]), z = s(in[1] + own[1]);
        next[u] = (1 - z) * tanh(in[2] + r * (own[2] + w[3][u])) + z * h[u];
    }
    memcpy(h, next, sizeof next);
}

static void rnn_step(const double *const w[4], const double *x, double *h, double *m)
{
    (void)m;
    double next[U];
    for (int u = 0; u < U; u++)
        next[u] = tanh(row_by(w[0], u, x, C) + row_by(w[1], u, h, U) + w[2][u]);
    memcpy(h, next, sizeof next);
}

static void check_steps(const built *b, const double *const w[4], step_of *step)
{
    float out[N * LENGTH * U], in[N * LENGTH * C];
    hox__plan_read(b->plan, b->y, out);
    fill(in, N * LENGTH * C, 1);
    for (int n = 0; n < N; n++) {
        double h[U] = {0}, m[U] = {0};
        for (int t = 0; t < LENGTH; t++) {
            double x[C];
            for (int k = 0; k < C; k++)
                x[k] = (double)in[(n * LENGTH + t) * C + k];
            step(w, x, h, m);
            for (int u = 0; u < U; u++)
                assert_true(fabs(h[u] - (double)out[(n * LENGTH + t) * U + u]) < 1e-5);
        }
    }
}

static void run_alone(built *b, const hox_term *layer, entering kind)
{
    if (build_alone(b, layer, kind, false) != HOX_OK)
        fail_msg("%s", b->err.message);
    const hox__node out[] = {b->y, mixed(b)};
    assert_int_equal(hox__plan_new(b->g, out, 2, NULL, &b->plan, &b->err), HOX_OK);
    set_all(b);
    hox__plan_run(b->plan);
}

/* A cell of one product and tanh is a plain recurrent layer whose weights stand side by side. */
static void a_cell_is_a_network(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    const hox_term *cell = chain(a, call(a, "dense", "q", "units", number(a, U), NULL),
                                 call(a, "tanh", "t", NULL), NULL);
    built b;
    int64_t n;
    run_alone(&b, call(a, "recurrent", "p", "cell", cell, "units", number(a, U), NULL), SEQUENCE);
    assert_int_equal(hox__network_weights(b.network), 2);
    double *all = weight_of(&b, "q/weight", &n), in[U * C], own[U * U];
    double *bias = weight_of(&b, "q/bias", &n);
    for (int u = 0; u < U; u++)
        for (int k = 0; k < C + U; k++)
            *(k < C ? &in[u * C + k] : &own[u * U + k - C]) = all[u * (C + U) + k];
    const double *const w[4] = {in, own, bias, NULL};
    check_steps(&b, w, rnn_step);
    hox__free(all);
    hox__free(bias);
    done(&b);
    hox__arena_free(a);
}

static void recurrent_layers_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *name, *fourth;
        step_of *step;
    } row[] = {{"rnn", "p/bias", rnn_step},
               {"gru", "p/state_bias", gru_step},
               {"lstm", "p/forget", lstm_step}};
    hox__arena *a = hox__arena_new(1 << 20);
    for (int i = 0; i < 3; i++) {
        built b;
        double *w[4];
        int64_t n;
        run_alone(&b, call(a, row[i].name, "p", "units", number(a, U), NULL), SEQUENCE);
        const char *const part[] = {"p/input", "p/state", "p/bias", row[i].fourth};
        for (int k = 0; k < 4; k++)
            w[k] = weight_of(&b, part[k], &n);
        check_steps(&b, (const double *const *)w, row[i].step);
        for (int k = 0; k < 4; k++)
            hox__free(w[k]);
        done(&b);
    }
    hox__arena_free(a);
}

/* out[t] of one example by the formula, heads side by side. */
static void attend(const double *qkv, int length, int width, int heads, bool causal, double *out)
{
    const int d = width / heads;
    for (int t = 0; t < length; t++)
        for (int k = 0; k < heads; k++) {
            double e[LENGTH], sum = 0;
            for (int j = 0; j < length; j++) {
                double dot = 0;
                for (int i = 0; i < d; i++)
                    dot += qkv[t * 3 * width + k * d + i] * qkv[j * 3 * width + width + k * d + i];
                e[j] = causal && j > t ? 0 : exp(dot / sqrt(d));
                sum += e[j];
            }
            for (int i = 0; i < d; i++) {
                double *to = &out[t * width + k * d + i];
                *to = 0;
                for (int j = 0; j < length; j++)
                    *to += e[j] / sum * qkv[j * 3 * width + 2 * width + k * d + i];
            }
        }
}

static void attention_is_known(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    for (int causal = 0; causal < 2; causal++) {
        built b;
        int64_t n;
        run_alone(&b,
                  call(a, "attention", "p", "heads", number(a, 2), "causal",
                       word(a, causal ? "yes" : "no"), NULL),
                  SEQUENCE);
        double *w = weight_of(&b, "p/weight", &n), *bias = weight_of(&b, "p/bias", &n),
               *wo = weight_of(&b, "p/out", &n), *bo = weight_of(&b, "p/out_bias", &n);
        float in[N * LENGTH * C], out[N * LENGTH * C];
        fill(in, N * LENGTH * C, 1);
        hox__plan_read(b.plan, b.y, out);
        for (int e = 0; e < N; e++) {
            double qkv[LENGTH * 3 * C], seen[LENGTH * C];
            for (int t = 0; t < LENGTH; t++) {
                double x[C];
                for (int k = 0; k < C; k++)
                    x[k] = (double)in[(e * LENGTH + t) * C + k];
                for (int k = 0; k < 3 * C; k++)
                    qkv[t * 3 * C + k] = row_by(w, k, x, C) + bias[k];
            }
            attend(qkv, LENGTH, C, 2, causal == 1, seen);
            for (int t = 0; t < LENGTH; t++)
                for (int k = 0; k < C; k++)
                    assert_true(fabs(row_by(wo, k, seen + t * C, C) + bo[k] -
                                     (double)out[(e * LENGTH + t) * C + k]) < 1e-5);
        }
        hox__free(w);
        hox__free(bias);
        hox__free(wo);
        hox__free(bo);
        done(&b);
    }
    hox__arena_free(a);
}

/* Each value over (k + alpha sum of squares of its neighbours) ^ beta. */
static void lrn_is_known(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    built b;
    run_alone(&b,
              call(a, "lrn", "p", "size", number(a, 3), "alpha", number(a, 0.5), "beta",
                   number(a, 0.6), "k", number(a, 1.5), NULL),
              IMAGE);
    float in[N * C * H * W], out[N * C * H * W];
    fill(in, N * C * H * W, 1);
    hox__plan_read(b.plan, b.y, out);
    for (int i = 0; i < N * C * H * W; i++) {
        const int c = i / (H * W) % C;
        double sum = 0;
        for (int k = -1; k <= 1; k++)
            if (c + k >= 0 && c + k < C)
                sum += pow((double)in[i + k * H * W], 2);
        assert_true(fabs((double)in[i] / pow(1.5 + 0.5 * sum, 0.6) - (double)out[i]) < 1e-5);
    }
    done(&b);
    hox__arena_free(a);
}

/* The table of `embed` is the weight of a tied dense layer, once. */
static void tied_weights_are_one(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    const hox_term *net = chain(a, call(a, "embed", "e", "width", number(a, 4), NULL),
                                call(a, "dense", "d", "units", number(a, VOCABULARY), "tied",
                                     word(a, "yes"), "bias", word(a, "no"), NULL),
                                NULL);
    built b;
    int64_t n;
    run_alone(&b, net, TOKENS);
    assert_int_equal(hox__network_weights(b.network), 1);
    double *table = weight_of(&b, "e/weight", &n);
    float out[N * LENGTH * VOCABULARY];
    hox__plan_read(b.plan, b.y, out);
    for (int i = 0; i < N * LENGTH; i++)
        for (int k = 0; k < VOCABULARY; k++)
            assert_true(fabs(row_by(table, k, table + i * 3 % VOCABULARY * 4, 4) -
                             (double)out[i * VOCABULARY + k]) < 1e-5);
    hox__free(table);
    done(&b);
    hox__arena_free(a);
}

static void refuse(const hox_term *net, int64_t classes, hox_status status, const char *message)
{
    built b;
    assert_int_equal(build(&b, net, HOX__SHAPE(N, 1, 28, 28), classes, false), status);
    assert_string_equal(b.err.message, message);
    assert_int_equal(b.y, HOX__NONE);
    done(&b);
}

static void errors_tell_the_way(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    const hox_term *conv = call(a, "conv", "c", "filters", number(a, 32), "kernel", number(a, 5),
                                "stride", number(a, 2), "pad", word(a, "no"), NULL);
    const hox_term *pool = call(a, "maxpool", "m", "size", number(a, 13), NULL);
    refuse(chain(a, conv, call(a, "relu", "r", NULL), pool, NULL), 0, HOX_ERR_SHAPE,
           "input 28x28x1 -> conv 5x5/2 -> 12x12x32 -> relu -> maxpool needs at least 13x13");
    refuse(chain(a, call(a, "flatten", "", NULL), conv, NULL), 0, HOX_ERR_SHAPE,
           "input 28x28x1 -> flatten -> 784 -> conv needs an image");
    refuse(call(a, "add", "", "", chain(a, NULL), "", conv, NULL), 0, HOX_ERR_SHAPE,
           "input 28x28x1 -> add part 1 gives 28x28x1 and part 2 gives 12x12x32");
    refuse(chain(a, conv, NULL), 10, HOX_ERR_SHAPE,
           "input 28x28x1 -> conv 5x5/2 -> 12x12x32: the network must end with a vector of 10, one "
           "for each class; end it with dense(classes)");
    refuse(call(a, "cnov", "", NULL), 0, HOX_ERR_ARGUMENT,
           "the engine knows no layer `cnov`; did you mean `conv`?");
    refuse(number(a, 3), 0, HOX_ERR_ARGUMENT,
           "the network holds a value where a layer should stand");
    refuse(call(a, "conv", "", "filters", number(a, 5000), NULL), 0, HOX_ERR_SHAPE,
           "input 28x28x1 -> conv filters 5000 is not a whole number in 1 .. 4096");
    refuse(call(a, "conv", "", NULL), 0, HOX_ERR_SHAPE, "input 28x28x1 -> conv lacks filters");
    refuse(call(a, "dropout", "", "rate", number(a, 1), NULL), 0, HOX_ERR_SHAPE,
           "input 28x28x1 -> dropout rate 1 is not in 0 .. 0.99");
    hox_term *deep = call(a, "id", "", NULL);
    for (int i = 0; i < 300; i++)
        deep = chain(a, deep, NULL);
    refuse(deep, 0, HOX_ERR_ARGUMENT, "the network is nested deeper than 200 levels");
    hox__arena_free(a);
}

static void words_are_known(void **state)
{
    (void)state;
    bool conv = false, rmsprop = false, cosine = false;
    int n = 0;
    for (; hox__engine_word(n); n++) {
        conv |= strcmp(hox__engine_word(n), "conv") == 0;
        rmsprop |= strcmp(hox__engine_word(n), "rmsprop") == 0;
        cosine |= strcmp(hox__engine_word(n), "cosine") == 0;
    }
    assert_true(conv && rmsprop && cosine && n > 26);
    assert_null(hox__engine_word(-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layer_runs),           cmocka_unit_test(sizes_follow_the_vocabulary),
        cmocka_unit_test(convolution_is_known),       cmocka_unit_test(statistics_run),
        cmocka_unit_test(recurrent_layers_are_known), cmocka_unit_test(a_cell_is_a_network),
        cmocka_unit_test(attention_is_known),         cmocka_unit_test(lrn_is_known),
        cmocka_unit_test(tied_weights_are_one),       cmocka_unit_test(equal_paths_share),
        cmocka_unit_test(errors_tell_the_way),        cmocka_unit_test(words_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
