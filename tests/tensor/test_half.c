/* Convolutions in bfloat16: close to those in floats, never equal to them, and the same twice;
 * equal to them but for the order of sums where operands have 8 bits to begin with; and plans that
 * take less memory, since what is kept for the way back takes half. */
#include "hoxtest.h"
#include "tensor/internal.h"
#include "tensor/kernels/half.h"
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

/* A number of 8 bits is off by up to 1/512; products of two and sums of many stay near that. */
static void close_to_floats(void **state)
{
    (void)state;
    static values whole, rounded, again;
    assert_true(run(false, &whole));
    if (!run(true, &rounded))
        skip();
    const double off[3] = {
        apart(whole.y, rounded.y, N * OUT * SIDE * SIDE),
        apart(whole.dx, rounded.dx, N * IN * SIDE * SIDE),
        apart(whole.dw, rounded.dw, OUT * TAPS),
    };
    for (int i = 0; i < 3; i++)
        if (!(off[i] > 1e-4 && off[i] < 1e-2))
            fail_msg("result %d is %g apart", i, off[i]);
    assert_true(run(true, &again));
    assert_memory_equal(&rounded, &again, sizeof rounded);
}

/* ---- whole networks ---- */

/* NULL where this machine has no such instructions. */
static hox__plan *plan_with(const hox__graph *g, const hox__node *output, int n, bool half)
{
    const hox__plan_options options = {.half = half, .direct = true};
    hox__plan *plan = NULL;
    hox_error err = {0};
    const hox_status status = hox__plan_new(g, output, n, &options, &plan, &err);
    assert_true(status == HOX_OK || (half && strcmp(err.code, "E0904") == 0));
    return plan;
}

static void fill(hox__plan *plan, hox__node input, int64_t n, uint64_t seed)
{
    hox_rng rng = hox_rng_seed(seed);
    float *at = hox__plan_input(plan, input);
    for (int64_t i = 0; i < n; i++)
        at[i] = hox__widen(hox__narrow((float)(hox_rng_unit(&rng) * 2 - 1)));
}

/* y = conv(x, w), and the gradients of sum(y c): all that is multiplied has 8 bits. */
static void exact_of_eight_bits(void **state)
{
    (void)state;
    static values got[2];
    const int64_t channels[2] = {1, IN}; /* a plain image, a blocked one */
    for (int k = 0; k < 2; k++) {
        hox__graph *g = hox__graph_new();
        const int64_t in = channels[k], n = N * in * SIDE * SIDE, taps = OUT * in * 9;
        const hox__node x = hox__input(g, HOX__F32, HOX__SHAPE(N, in, SIDE, SIDE), "x");
        const hox__node w = hox__input(g, HOX__F32, HOX__SHAPE(OUT, in, 3, 3), "w");
        const hox__node c = hox__input(g, HOX__F32, HOX__SHAPE(N, OUT, SIDE, SIDE), "c");
        const hox__node y = hox__conv(g, x, w, (hox__window){1, 1, 1, 1, 1, 1, 1, 0, 0});
        const hox__node loss = hox__reshape(g, hox__sum(g, hox__mul(g, y, c), 15), HOX__SCALAR);
        hox__node output[3] = {y};
        hox__gradients(g, loss, (hox__node[]){x, w}, 2, output + 1);
        hox__plan *plan[2] = {plan_with(g, output, 3, false), plan_with(g, output, 3, true)};
        for (int i = 0; i < 2 && plan[1]; i++) {
            fill(plan[i], x, n, 1);
            fill(plan[i], w, taps, 2);
            fill(plan[i], c, N * OUT * SIDE * SIDE, 3);
            hox__plan_run(plan[i]);
            hox__plan_read(plan[i], output[0], got[i].y);
            hox__plan_read(plan[i], output[1], got[i].dx);
            hox__plan_read(plan[i], output[2], got[i].dw);
        }
        const bool skipped = !plan[1];
        for (int i = 0; i < 2; i++)
            hox__plan_free(plan[i]);
        hox__graph_free(g);
        if (skipped)
            skip();
        assert_true(apart(got[0].y, got[1].y, N * OUT * SIDE * SIDE) < 1e-6);
        assert_true(apart(got[0].dx, got[1].dx, (int)n) < 1e-6);
        assert_true(apart(got[0].dw, got[1].dw, (int)taps) < 1e-6);
    }
}

enum { BATCH = 16, FILTERS = 32, WIDE = 24, LAYERS = 4, WEIGHTS = 3 * LAYERS };

static hox__node shifted(hox__graph *g, hox__node y, hox__node by)
{
    const hox__node channels = hox__reshape(g, by, HOX__SHAPE(1, FILTERS, 1, 1));
    return hox__add(g, y, hox__expand(g, channels, *hox__node_shape(g, y)));
}

/* Convolution, normalization (or only a shift) and relu, four times, maxima in the middle and a sum
 * with what went before at the end; the gradients of all weights. */
static hox__graph *network(bool norm, hox__node *x, hox__node w[WEIGHTS],
                           hox__node output[1 + WEIGHTS])
{
    hox__graph *g = hox__graph_new();
    *x = hox__input(g, HOX__F32, HOX__SHAPE(BATCH, 3, WIDE, WIDE), "x");
    hox__node y = *x, before = *x;
    for (int i = 0; i < LAYERS; i++) {
        const int64_t in = hox__node_shape(g, y)->dim[1];
        w[3 * i] = hox__input(g, HOX__F32, HOX__SHAPE(FILTERS, in, 3, 3), "w");
        w[3 * i + 1] = hox__input(g, HOX__F32, HOX__SHAPE(FILTERS), "scale");
        w[3 * i + 2] = hox__input(g, HOX__F32, HOX__SHAPE(FILTERS), "shift");
        before = y;
        y = hox__conv(g, y, w[3 * i], (hox__window){1, 1, 1, 1, 1, 1, 1, 0, 0});
        y = norm ? hox__batch_norm(g, y, w[3 * i + 1], w[3 * i + 2], NULL, NULL)
                 : shifted(g, y, w[3 * i + 2]);
        y = hox__relu(g, y);
        if (i == 1)
            y = hox__maxpool(g, y, 2, 2, (hox__window){2, 2, 0, 0, 0, 0, 0, 0, 0});
    }
    y = hox__add(g, y, before);
    output[0] = hox__reshape(g, hox__mean(g, hox__mul(g, y, hox__tanh_(g, y)), 15), HOX__SCALAR);
    hox__gradients(g, output[0], w, WEIGHTS, output + 1);
    return g;
}

static void learn_once(hox__graph *g, hox__plan *plan, hox__node x, const hox__node *w,
                       const hox__node *output, float *loss, float *slope)
{
    fill(plan, x, BATCH * 3 * WIDE * WIDE, 1);
    for (int i = 0; i < WEIGHTS; i++) {
        const hox__shape *s = hox__node_shape(g, w[i]);
        fill(plan, w[i], hox__shape_count(s), (uint64_t)i + 2);
    }
    hox__plan_run(plan);
    hox__plan_read(plan, output[0], loss);
    for (int i = 0; i < WEIGHTS; i++) {
        hox__plan_read(plan, output[1 + i], slope);
        slope += hox__shape_count(hox__node_shape(g, w[i]));
    }
}

static void takes_less(bool norm, double share)
{
    enum { SLOPES = LAYERS * (FILTERS * FILTERS * 9 + 2 * FILTERS) };
    static float slope[3][SLOPES], loss[3];
    hox__node x, w[WEIGHTS], output[1 + WEIGHTS];
    hox__graph *g = network(norm, &x, w, output);
    size_t bytes[3] = {0};
    for (int i = 0; i < 3; i++) {
        hox__plan *plan = plan_with(g, output, 1 + WEIGHTS, i > 0);
        if (!plan) {
            hox__graph_free(g);
            skip();
        }
        learn_once(g, plan, x, w, output, &loss[i], slope[i]);
        bytes[i] = hox__plan_describe(plan).arena_bytes;
        hox__plan_free(plan);
    }
    hox__graph_free(g);
    if ((double)bytes[1] > share * (double)bytes[0])
        fail_msg("%zu bytes for %zu", bytes[1], bytes[0]);
    assert_true(fabsf(loss[1] - loss[0]) < 0.01f * fabsf(loss[0]));
    const double off = apart(slope[0], slope[1], SLOPES);
    if (!(off > 1e-4 && off < 0.05))
        fail_msg("gradients are %g apart", off);
    assert_memory_equal(slope[1], slope[2], sizeof slope[1]);
    assert_true(loss[1] == loss[2]);
}

/* Gradients that pass by are floats, as are sums. */
static void less_memory(void **state)
{
    (void)state;
    takes_less(true, 0.67);
    takes_less(false, 0.85);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(close_to_floats),
                                       cmocka_unit_test(exact_of_eight_bits),
                                       cmocka_unit_test(less_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
