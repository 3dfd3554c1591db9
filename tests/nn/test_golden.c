/* The first 20 steps of four networks against PyTorch (bench/golden/losses.py says how the weights
 * and the data come about): losses equal to 1e-4. */
#include "hoxtest.h"
#include "nn/golden/losses.h"
#include "nn/step.h"
#include "nn/terms.h"
#include <math.h>

enum { STEPS = 20, N = 8, CLASSES = 5, SIDE = 6, LENGTH = 7, LETTERS = 9 };

static const hox__encoded images = {
    .kind = HOX__IMAGES, .channels = 1, .height = SIDE, .width = SIDE, .classes = CLASSES};
static const hox__encoded letters = {.kind = HOX__TOKENS,
                                     .target = HOX__NEXT,
                                     .length = LENGTH,
                                     .vocabulary = LETTERS,
                                     .classes = LETTERS};

/* Weight k of those that are drawn is 0.3 sin(1.3 i + k); the others are what they start as. */
static void start(const hox__train_step *step)
{
    int k = 0;
    for (int i = 0; i < hox__network_weights(step->network); i++) {
        const hox__weight *w = hox__network_weight(step->network, i);
        float value[4096];
        int64_t n = 1;
        for (int d = 0; d < w->shape.rank; d++)
            n *= w->shape.dim[d];
        assert_true(n <= 4096);
        for (int64_t j = 0; j < n; j++)
            value[j] = w->fan_in ? (float)(0.3 * sin(1.3 * (double)j + k)) : w->initial;
        k += w->fan_in > 0;
        assert_true(hox__plan_set(step->plan, w->name, value, n));
    }
}

static void fill(const hox__train_step *step, int b)
{
    for (int i = 0; step->batch.x && i < N * SIDE * SIDE; i++)
        step->batch.x[i] = (float)sin(0.37 * i + b);
    for (int i = 0; step->batch.x && i < N; i++)
        step->batch.label[i] = (7 * i + b) % CLASSES;
    for (int i = 0; step->batch.code && i < N * LENGTH; i++) {
        step->batch.code[i] = (3 * i + i / 4 + b) % LETTERS;
        step->batch.label[i] = (5 * i + i / 3 + b) % LETTERS;
    }
}

static void check(const char *name, const hox__recipe *recipe, const hox__encoded *data,
                  bool reference, const double golden[STEPS])
{
    const hox__step_kind kind = {.data = data, .examples = N};
    const hox__train_options options = {.reference = reference};
    hox__train_step *step;
    hox_error err = {0};
    if (hox__train_step_new(recipe, &kind, &options, &step, &err) != HOX_OK)
        fail_msg("%s: %s", name, err.message);
    start(step);
    for (int b = 0; b < STEPS; b++) {
        float loss;
        fill(step, b);
        *step->rate = (float)hox__optimizer_rate(recipe->train);
        *step->count = (float)(b + 1);
        hox__plan_run(step->plan);
        hox__plan_read(step->plan, step->loss, &loss);
        if (!(fabs((double)loss - golden[b]) < 1e-4))
            fail_msg("%s, step %d: %.7f, PyTorch has %.7f", name, b, (double)loss, golden[b]);
    }
    hox__train_step_free(step);
}

/* With the fastest kernels there are, and in plain C. */
static void check_both(const char *name, const hox__recipe *recipe, const hox__encoded *data,
                       const double golden[STEPS])
{
    check(name, recipe, data, false, golden);
    check(name, recipe, data, true, golden);
}

static const hox_term *end(hox__arena *a)
{
    return call(a, "dense", "end", "units", word(a, "classes"), NULL);
}

static const hox_term *conv(hox__arena *a, const char *path, int filters, int kernel, int stride)
{
    return call(a, "conv", path, "filters", number(a, filters), "kernel", number(a, kernel),
                "stride", number(a, stride), NULL);
}

static const hox_term *plain(hox__arena *a, const char *name, const char *path)
{
    return call(a, name, path, NULL);
}

static void mlp(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    const hox__recipe r = {.net = chain(a, call(a, "dense", "a", "units", number(a, 16), NULL),
                                        plain(a, "tanh", "t"), end(a), NULL),
                           .train = call(a, "sgd", "train", "lr", number(a, 0.1), "momentum",
                                         number(a, 0.9), "nesterov", word(a, "yes"), "decay",
                                         number(a, 0.01), NULL)};
    check_both("mlp", &r, &images, golden_mlp);
    hox__arena_free(a);
}

static void cnn(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    const hox__recipe r = {
        .net = chain(a, conv(a, "a", 8, 3, 1), plain(a, "norm", "an"), plain(a, "relu", "ar"),
                     plain(a, "maxpool", "p"), conv(a, "b", 12, 5, 2), plain(a, "norm", "bn"),
                     plain(a, "relu", "br"), plain(a, "globalpool", "g"), end(a), NULL),
        .train = call(a, "adam", "train", "lr", number(a, 0.01), NULL)};
    check_both("cnn", &r, &images, golden_cnn);
    hox__arena_free(a);
}

static void residual(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    const hox_term *body =
        chain(a, conv(a, "b", 8, 3, 1), plain(a, "norm", "bn"), plain(a, "relu", "br"),
              conv(a, "c", 8, 3, 1), plain(a, "norm", "cn"), NULL);
    const hox__recipe r = {
        .net = chain(a, conv(a, "a", 8, 3, 1), plain(a, "norm", "an"), plain(a, "relu", "ar"),
                     call(a, "add", "s", "", plain(a, "id", "i"), "", body, NULL),
                     plain(a, "relu", "sr"), end(a), NULL),
        .train = call(a, "adamw", "train", "lr", number(a, 0.003), "decay", number(a, 0.1), NULL)};
    check_both("residual", &r, &images, golden_residual);
    hox__arena_free(a);
}

static void lstm(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    const hox__recipe r = {.net = chain(a, call(a, "embed", "e", "width", number(a, 6), NULL),
                                        call(a, "lstm", "l", "units", number(a, 10), NULL), end(a),
                                        NULL),
                           .train = call(a, "rmsprop", "train", "lr", number(a, 0.003), NULL),
                           .clip = 0.25};
    check_both("lstm", &r, &letters, golden_lstm);
    hox__arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mlp),
        cmocka_unit_test(cnn),
        cmocka_unit_test(residual),
        cmocka_unit_test(lstm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
