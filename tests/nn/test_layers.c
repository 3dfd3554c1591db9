/* Layers: each one of the table is built and run; sizes, padding, sharing and errors are known. */
#include "hoxtest.h"
#include "nn/layers.h"
#include "nn/terms.h"
#include <math.h>

enum { N = 2, C = 4, H = 7, W = 5 };

typedef struct {
    hox__graph *g;
    hox__network *network;
    hox__node x, y;
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
    if (strcmp(name, "conv") == 0)
        return call(a, name, "p", "filters", number(a, 6), "bias", word(a, "yes"), NULL);
    if (strcmp(name, "dense") == 0)
        return call(a, name, "p", "units", number(a, 6), NULL);
    if (strcmp(name, "add") == 0 || strcmp(name, "mul") == 0 || strcmp(name, "concat") == 0)
        return call(a, name, "p", "", call(a, "relu", "q", NULL), "", chain(a, NULL), NULL);
    if (strcmp(name, "dag") == 0 || strcmp(name, "chain") == 0 || strcmp(name, "tree") == 0)
        return call(a, name, "p",
                    *name == 'd'   ? "nodes"
                    : *name == 'c' ? "layers"
                                   : "leaves",
                    number(a, 2), *name == 'c' ? "layer" : "edge", call(a, "relu", "q", NULL),
                    "join", call(a, "add", "r", NULL), NULL);
    return call(a, name, "p", NULL);
}

/* Training and answering, followed by a product so that gradients reach the layer. */
static void every_layer_runs(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 24);
    for (int i = 0; hox__layer_word(i); i++)
        for (int training = 0; training < 2 && strcmp(hox__layer_word(i), "none"); training++) {
            built b;
            const hox_term *net =
                chain(a, call(a, "conv", "c", "filters", word(a, "same"), NULL),
                      example(a, hox__layer_word(i)),
                      call(a, "dense", "d", "units", word(a, "classes"), NULL), NULL);
            if (build(&b, net, HOX__SHAPE(N, C, H, W), 3, training == 1) != HOX_OK)
                fail_msg("%s: %s", hox__layer_word(i), b.err.message);
            hox__node from[16], to[16];
            int n = 0;
            for (int k = 0; k < hox__network_weights(b.network); k++)
                if (hox__network_weight(b.network, k)->trained)
                    from[n++] = hox__network_weight(b.network, k)->node;
            hox__gradients(b.g, hox__sum(b.g, b.y, 3), from, n, to);
            for (int k = 0; training && k < n; k++)
                hox__assign(b.g, from[k], hox__sub(b.g, from[k], to[k]));
            run(&b);
            assert_int_equal(b.values, N * 3);
            for (int64_t k = 0; k < b.values; k++)
                assert_true(isfinite(b.out[k]));
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
        cmocka_unit_test(every_layer_runs),     cmocka_unit_test(sizes_follow_the_vocabulary),
        cmocka_unit_test(convolution_is_known), cmocka_unit_test(statistics_run),
        cmocka_unit_test(equal_paths_share),    cmocka_unit_test(errors_tell_the_way),
        cmocka_unit_test(words_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
