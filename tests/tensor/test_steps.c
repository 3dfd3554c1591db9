/* Whole steps: a network learns, assignments see old values, errors are reported. */
#include "hoxtest.h"
#include "tensor/plan.h"
#include <math.h>
#include <string.h>

static hox__node dense(hox__graph *g, hox__node x, hox__node w, hox__node b)
{
    const hox__node y = hox__matmul(g, x, w, false, true);
    const hox__shape shape = *hox__node_shape(g, y);
    return hox__add(g, y, hox__expand(g, hox__reshape(g, b, HOX__SHAPE(1, shape.dim[1])), shape));
}

static void fill(float *v, int64_t n, uint64_t seed, double scale)
{
    hox_rng rng = hox_rng_seed(seed);
    for (int64_t i = 0; i < n; i++)
        v[i] = (float)((hox_rng_unit(&rng) * 2 - 1) * scale);
}

static void mlp_learns(void **state)
{
    (void)state;
    hox__graph *g = hox__graph_new();
    const hox__node x = hox__input(g, HOX__F32, HOX__SHAPE(16, 8), "x");
    const hox__node label = hox__input(g, HOX__I32, HOX__SHAPE(16), "label");
    const hox__node rate = hox__input(g, HOX__F32, HOX__SCALAR, "rate");
    hox__node w[4] = {
        hox__variable(g, HOX__SHAPE(32, 8), "a/w"), hox__variable(g, HOX__SHAPE(32), "a/b"),
        hox__variable(g, HOX__SHAPE(3, 32), "b/w"), hox__variable(g, HOX__SHAPE(3), "b/b")};
    const hox__node logits = dense(g, hox__relu(g, dense(g, x, w[0], w[1])), w[2], w[3]);
    const hox__node loss = hox__softmax_xent(g, logits, label);
    hox__node dw[4];
    hox__gradients(g, loss, w, 4, dw);
    for (int i = 0; i < 4; i++)
        hox__assign(g, w[i], hox__sub(g, w[i], hox__mul(g, rate, dw[i])));
    hox_error err = {0};
    hox__plan *plan = NULL;
    assert_int_equal(hox__plan_new(g, &loss, 1, NULL, &plan, &err), HOX_OK);
    hox__graph_free(g);
    float weights[256];
    fill(weights, 256, 1, 0.5);
    assert_true(hox__plan_set(plan, "a/w", weights, 256));
    assert_true(hox__plan_set(plan, "b/w", weights, 96));
    assert_false(hox__plan_set(plan, "b/w", weights, 95));
    assert_false(hox__plan_set(plan, "c/w", weights, 96));
    fill(hox__plan_input(plan, x), 128, 2, 1);
    int32_t *labels = hox__plan_input(plan, label);
    for (int i = 0; i < 16; i++)
        labels[i] = i % 3;
    *(float *)hox__plan_input(plan, rate) = 0.5f;
    float first = 0, last = 0;
    for (int i = 0; i < 200; i++) {
        hox__plan_run(plan);
        hox__plan_read(plan, loss, &last);
        if (i == 0)
            first = last;
    }
    assert_true(first > 0.9f && first < 2.0f);
    assert_true(last < 0.1f);
    hox__plan_free(plan);
}

/* a, b = b, a + b: Fibonacci only when both come from the old values. */
static void assignments_see_old_values(void **state)
{
    (void)state;
    hox__graph *g = hox__graph_new();
    const hox__node a = hox__variable(g, HOX__SHAPE(2), "a"),
                    b = hox__variable(g, HOX__SHAPE(2), "b");
    const hox__node c = hox__variable(g, HOX__SHAPE(2), "c"),
                    d = hox__variable(g, HOX__SHAPE(2), "d");
    hox__assign(g, a, b);
    hox__assign(g, b, hox__add(g, a, b));
    hox__assign(g, c, d); /* a swap */
    hox__assign(g, d, c);
    hox__plan *plan = NULL;
    hox_error err = {0};
    assert_int_equal(hox__plan_new(g, &a, 1, NULL, &plan, &err), HOX_OK);
    hox__graph_free(g);
    const float zero[2] = {0, 1}, one[2] = {1, 1}, seven[2] = {7, 8}, nine[2] = {9, 10};
    hox__plan_set(plan, "a", zero, 2);
    hox__plan_set(plan, "b", one, 2);
    hox__plan_set(plan, "c", seven, 2);
    hox__plan_set(plan, "d", nine, 2);
    for (int i = 0; i < 11; i++)
        hox__plan_run(plan);
    float v[2];
    hox__plan_get(plan, "a", v, 2);
    assert_true(v[0] == 89.0f && v[1] == 144.0f);
    hox__plan_read(plan, a, v); /* what the last run used */
    assert_true(v[0] == 55.0f && v[1] == 89.0f);
    hox__plan_get(plan, "c", v, 2);
    assert_true(v[0] == 9.0f && v[1] == 10.0f);
    hox__plan_get(plan, "d", v, 2);
    assert_true(v[0] == 7.0f && v[1] == 8.0f);
    hox__plan_free(plan);
}

static void errors_stick(void **state)
{
    (void)state;
    hox__graph *g = hox__graph_new();
    const hox__node a = hox__input(g, HOX__F32, HOX__SHAPE(3, 4), "a");
    const hox__node b = hox__input(g, HOX__F32, HOX__SHAPE(3, 5), "b");
    const hox__node c = hox__add(g, a, b);
    assert_int_equal(c, HOX__NONE);
    assert_int_equal(hox__matmul(g, c, a, false, true), HOX__NONE);
    hox_error err = {0};
    assert_int_equal(hox__graph_status(g, &err), HOX_ERR_SHAPE);
    assert_string_equal(err.message, "add: shapes 3x4 and 3x5 differ; expand one of them first");
    hox__plan *plan = NULL;
    assert_int_equal(hox__plan_new(g, &a, 1, NULL, &plan, &err), HOX_ERR_SHAPE);
    assert_null(plan);
    hox__graph_free(g);
}

static void memory_bound_is_told(void **state)
{
    (void)state;
    hox__graph *g = hox__graph_new();
    const hox__node a = hox__input(g, HOX__F32, HOX__SHAPE(100, 100), "a");
    const hox__node y = hox__sum(g, hox__matmul(g, a, a, false, false), 3);
    const hox__plan_options options = {.memory_bytes_max = 50000};
    hox__plan *plan = NULL;
    hox_error err = {0};
    assert_int_equal(hox__plan_new(g, &y, 1, &options, &plan, &err), HOX_ERR_MEMORY);
    assert_non_null(strstr(err.message, "the limit is 0.05 MiB"));
    assert_non_null(strstr(err.message, "needs 0.08 MiB"));
    hox__graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mlp_learns),
        cmocka_unit_test(assignments_see_old_values),
        cmocka_unit_test(errors_stick),
        cmocka_unit_test(memory_bound_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
