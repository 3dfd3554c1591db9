/* Several threads: the bits of own kernels are those of one thread, but for gradients of the
 * weights of convolutions, which like the library's are the same in every run. */
#include "hoxtest.h"
#include "tensor/internal.h"
#include "tensor/plan.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 32, SIDE = 14, CLASSES = 5, STEPS = 3, WEIGHTS_MAX = 12, VALUES_MAX = 1 << 16 };

typedef struct {
    hox__graph *g;
    hox__node weight[WEIGHTS_MAX], x, label, loss;
    int weights;
} net;

static hox__node weight(net *n, hox__shape shape)
{
    char name[16];
    snprintf(name, sizeof name, "w%d", n->weights);
    n->weight[n->weights] = hox__variable(n->g, shape, name);
    return n->weight[n->weights++];
}

static hox__node conv_norm_relu(net *n, hox__node x, int64_t channels)
{
    hox__graph *g = n->g;
    const hox__window window = {1, 1, 1, 1, 1, 1, 1, 0, 0};
    const hox__node y = hox__conv(
        g, x, weight(n, HOX__SHAPE(channels, hox__node_shape(g, x)->dim[1], 3, 3)), window);
    const hox__node scale = weight(n, HOX__SHAPE(channels));
    return hox__relu(g, hox__batch_norm(g, y, scale, weight(n, HOX__SHAPE(channels)), NULL, NULL));
}

static hox__node dense(net *n, hox__node x, int64_t units)
{
    const int64_t *d = hox__node_shape(n->g, x)->dim;
    return hox__matmul(n->g, x, weight(n, HOX__SHAPE(units, d[1])), false, true);
}

/* Three convolutions, the second of fewer multiplications, and pools when `images`, else a
 * perceptron. */
static net make(bool images)
{
    net n = {.g = hox__graph_new()};
    hox__graph *g = n.g;
    n.x = hox__input(g, HOX__F32, HOX__SHAPE(N, 3, SIDE, SIDE), "x");
    n.label = hox__input(g, HOX__I32, HOX__SHAPE(N), "label");
    hox__node y = n.x;
    if (images) {
        const hox__window by_two = {2, 2, 0, 0, 0, 0, 1, 0, 0};
        y = conv_norm_relu(&n, conv_norm_relu(&n, y, 32), 32);
        y = hox__maxpool(g, y, 2, 2, by_two);
        y = hox__avgpool(g, conv_norm_relu(&n, y, 20), 2, 2, by_two);
    }
    const int64_t *d = hox__node_shape(g, y)->dim;
    y = hox__reshape(g, y, HOX__SHAPE(N, d[1] * d[2] * d[3]));
    y = hox__tanh_(g, dense(&n, hox__dropout(g, y, 0.3f, "drop", 0), 96));
    n.loss = hox__softmax_xent(g, dense(&n, y, CLASSES), n.label);
    hox__node dw[WEIGHTS_MAX];
    hox__gradients(g, n.loss, n.weight, n.weights, dw);
    const hox__node rate = hox__constant(g, HOX__SCALAR, 0.1f);
    for (int i = 0; i < n.weights; i++)
        hox__assign(g, n.weight[i], hox__sub(g, n.weight[i], hox__mul(g, rate, dw[i])));
    return n;
}

/* The weights after some steps; how many numbers they are. */
static int64_t trained(bool images, int threads, float *out)
{
    net n = make(images);
    hox_error err = {0};
    hox__plan *plan = NULL;
    const hox__plan_options options = {.seed = 1, .threads = threads};
    if (hox__plan_new(n.g, &n.loss, 1, &options, &plan, &err) != HOX_OK)
        fail_msg("%s", err.message);
    hox_rng rng = hox_rng_seed(2);
    int64_t total = 0;
    for (int i = 0; i < n.weights; i++) {
        hox__shape shape;
        const char *name = hox__plan_variable(plan, i, &shape);
        const int64_t count = hox__shape_count(&shape);
        for (int64_t k = 0; k < count; k++)
            out[k] = (float)(hox_rng_unit(&rng) - 0.5) * 0.2f;
        assert_true(hox__plan_set(plan, name, out, count));
    }
    float *x = hox__plan_input(plan, n.x);
    int32_t *label = hox__plan_input(plan, n.label);
    for (int i = 0; i < N * 3 * SIDE * SIDE; i++)
        x[i] = (float)hox_rng_unit(&rng);
    for (int i = 0; i < N; i++)
        label[i] = i % CLASSES;
    for (int i = 0; i < STEPS; i++)
        hox__plan_run(plan);
    for (int i = 0; i < n.weights; i++) {
        hox__shape shape;
        const char *name = hox__plan_variable(plan, i, &shape);
        const int64_t count = hox__shape_count(&shape);
        assert_true(total + count <= VALUES_MAX && hox__plan_get(plan, name, out + total, count));
        total += count;
    }
    hox__plan_free(plan);
    hox__graph_free(n.g);
    return total;
}

static float one[VALUES_MAX], two[VALUES_MAX], again[VALUES_MAX];

static void need_threads(void)
{
    net n = make(false);
    hox_error err = {0};
    hox__plan *plan = NULL;
    const hox__plan_options options = {.threads = 2};
    const hox_status status = hox__plan_new(n.g, &n.loss, 1, &options, &plan, &err);
    hox__plan_free(plan);
    hox__graph_free(n.g);
    if (status != HOX_OK) {
        print_message("skipped: %s\n", err.message);
        skip();
    }
}

static void own_kernels_give_the_same_bits(void **state)
{
    (void)state;
    need_threads();
    const int64_t n = trained(false, 1, one);
    for (int threads = 2; threads <= 5; threads++) {
        assert_int_equal(trained(false, threads, two), n);
        assert_memory_equal(one, two, (size_t)n * sizeof *one);
    }
}

static void equal_threads_give_equal_bits(void **state)
{
    (void)state;
    need_threads();
    const int64_t n = trained(true, 1, one);
    for (int threads = 2; threads <= 3; threads++) {
        trained(true, threads, two);
        trained(true, threads, again);
        assert_memory_equal(two, again, (size_t)n * sizeof *one);
        for (int64_t i = 0; i < n; i++)
            assert_true(fabsf(one[i] - two[i]) < 1e-4f);
    }
}

static void too_many_are_refused(void **state)
{
    (void)state;
    net n = make(false);
    hox_error err = {0};
    hox__plan *plan = NULL;
    const hox__plan_options options = {.threads = 1000};
    assert_int_equal(hox__plan_new(n.g, &n.loss, 1, &options, &plan, &err), HOX_ERR_ARGUMENT);
    assert_non_null(strstr(err.message, "at most"));
    hox__graph_free(n.g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_kernels_give_the_same_bits),
        cmocka_unit_test(equal_threads_give_equal_bits),
        cmocka_unit_test(too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
