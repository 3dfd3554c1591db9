/* Convolutions in bfloat16: close to those in floats, never equal to them, and the same twice. */
#include "hoxtest.h"
#include "tensor/internal.h"
#include "tensor/plan.h"
#include <math.h>
#include <string.h>

enum { N = 4, IN = 32, OUT = 48, SIDE = 10, TAPS = IN * 9 };

typedef struct {
    float y[N * OUT * SIDE * SIDE], dx[N * IN * SIDE * SIDE], dw[OUT * TAPS];
} values;

/* False where this machine has no such instructions. */
static bool run(bool half, values *out)
{
    hox__graph *g = hox__graph_new();
    const hox__node x = hox__input(g, HOX__F32, HOX__SHAPE(N, IN, SIDE, SIDE), "x");
    const hox__node w = hox__input(g, HOX__F32, HOX__SHAPE(OUT, IN, 3, 3), "w");
    const hox__node y = hox__conv(g, x, w, (hox__window){1, 1, 1, 1, 1, 1, 1, 0, 0});
    const hox__node loss =
        hox__reshape(g, hox__sum(g, hox__mul(g, y, hox__tanh_(g, y)), 15), HOX__SCALAR);
    const hox__node of[2] = {x, w};
    hox__node d[2];
    hox__gradients(g, loss, of, 2, d);
    const hox__node output[3] = {y, d[0], d[1]};
    const hox__plan_options options = {.half = half};
    hox__plan *plan = NULL;
    hox_error err = {0};
    const hox_status status = hox__plan_new(g, output, 3, &options, &plan, &err);
    if (status != HOX_OK) {
        assert_true(half && status == HOX_ERR_ARGUMENT);
        assert_string_equal(err.code, "E0904");
        print_message("skipped: %s\n", err.message);
        hox__graph_free(g);
        return false;
    }
    hox_rng rng = hox_rng_seed(3);
    float *at = hox__plan_input(plan, x);
    for (int i = 0; i < N * IN * SIDE * SIDE; i++)
        at[i] = (float)(hox_rng_unit(&rng) * 2 - 1);
    at = hox__plan_input(plan, w);
    for (int i = 0; i < OUT * TAPS; i++)
        at[i] = (float)(hox_rng_unit(&rng) * 2 - 1) * 0.1f;
    hox__plan_run(plan);
    hox__plan_read(plan, y, out->y);
    hox__plan_read(plan, d[0], out->dx);
    hox__plan_read(plan, d[1], out->dw);
    hox__plan_free(plan);
    hox__graph_free(g);
    return true;
}

/* Root of the mean square of a - b over that of a. */
static double apart(const float *a, const float *b, int n)
{
    double error = 0, size = 0;
    for (int i = 0; i < n; i++) {
        error += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        size += (double)a[i] * (double)a[i];
    }
    return sqrt(error / size);
}

static values whole, half, again;

/* A number of 8 bits is off by up to 1/512; products of two and sums of many stay near that. */
static void close_to_floats(void **state)
{
    (void)state;
    assert_true(run(false, &whole));
    if (!run(true, &half))
        skip();
    const double off[3] = {
        apart(whole.y, half.y, N * OUT * SIDE * SIDE),
        apart(whole.dx, half.dx, N * IN * SIDE * SIDE),
        apart(whole.dw, half.dw, OUT * TAPS),
    };
    for (int i = 0; i < 3; i++)
        if (!(off[i] > 1e-4 && off[i] < 1e-2))
            fail_msg("result %d is %g apart", i, off[i]);
    assert_true(run(true, &again));
    assert_memory_equal(&half, &again, sizeof half);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(close_to_floats)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
