/* What the loss compares with: labels mixed, smoothed and weighed, against the formulas in double.
 */
#include "hoxtest.h"
#include "nn/step.h"
#include "nn/terms.h"
#include <math.h>

enum { N = 4, WIDTH = 3, CLASSES = 3 };

static const float inputs[N * WIDTH] = {0.5f, -1, 2, 0, 1, -0.5f, 3, 0.25f, 1, -2, 0.75f, 0};
static const int32_t labels[N] = {0, 2, 1, 1}, others[N] = {1, 2, 0, 0};
static const float shares[N] = {1, 0.25f, 0.6f, 0.5f};
static const float weights[CLASSES] = {0.5f, 1.5f, 1};

static void probabilities(const float *y, double p[CLASSES])
{
    double sum = 0;
    for (int k = 0; k < CLASSES; k++)
        sum += exp((double)y[k]);
    for (int k = 0; k < CLASSES; k++)
        p[k] = exp((double)y[k]) / sum;
}

/* -mean over rows of sum_k w_k t_k log p_k, t the mixture of two labels moved towards 1 / classes.
 */
static double expected(bool mixes, bool weighs, double smooth)
{
    double sum = 0;
    for (int i = 0; i < N; i++) {
        double p[CLASSES];
        probabilities(inputs + i * WIDTH, p);
        for (int k = 0; k < CLASSES; k++) {
            const double share = mixes ? (double)shares[i] : 1;
            double t = share * (k == labels[i]) + (1 - share) * (k == others[i]);
            t = (1 - smooth) * t + smooth / CLASSES;
            sum -= (weighs ? (double)weights[k] : 1) * t * log(p[k]) / N;
        }
    }
    return sum;
}

/* The step on a network that hands its input on; a scale that starts at 1 is there to be trained.
 */
static double loss_of_step(bool mixes, bool weighs, double smooth)
{
    hox__arena *a = hox__arena_new(1 << 20);
    const hox__recipe recipe = {
        .net = call(a, "dense", "d", "units", word(a, "classes"), "bias", word(a, "no"), NULL),
        .train = call(a, "sgd", "train", NULL),
        .smooth = smooth};
    const hox__encoded data = {.kind = HOX__FEATURES, .features = WIDTH, .classes = CLASSES};
    const hox__step_kind kind = {
        .data = &data, .examples = N, .mixes = mixes, .class_weight = weighs ? weights : NULL};
    const hox__train_options options = {0};
    const float unit[CLASSES * WIDTH] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    hox__train_step *step;
    hox_error err = {0};
    float loss;
    if (hox__train_step_new(&recipe, &kind, &options, &step, &err) != HOX_OK)
        fail_msg("%s", err.message);
    assert_true(hox__plan_set(step->plan, "d/weight", unit, CLASSES * WIDTH));
    memcpy(step->batch.x, inputs, sizeof inputs);
    memcpy(step->batch.label, labels, sizeof labels);
    assert_true((step->batch.other != NULL) == mixes && (step->batch.share != NULL) == mixes);
    if (mixes) {
        memcpy(step->batch.other, others, sizeof others);
        memcpy(step->batch.share, shares, sizeof shares);
    }
    *step->rate = 0;
    *step->count = 1;
    hox__plan_run(step->plan);
    hox__plan_read(step->plan, step->loss, &loss);
    hox__train_step_free(step);
    hox__arena_free(a);
    return (double)loss;
}

static void targets_are_known(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        const bool mixes = i & 1, weighs = i & 2;
        const double smooth = i & 4 ? 0.15 : 0;
        assert_true(fabs(loss_of_step(mixes, weighs, smooth) - expected(mixes, weighs, smooth)) <
                    1e-5);
    }
}

static void mixed_numbers_are_known(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    const hox__recipe recipe = {
        .net = call(a, "dense", "d", "units", word(a, "classes"), "bias", word(a, "no"), NULL),
        .train = call(a, "sgd", "train", NULL)};
    const hox__encoded data = {
        .kind = HOX__FEATURES, .target = HOX__VALUE, .features = 1, .classes = 1};
    const hox__step_kind kind = {.data = &data, .examples = 2, .mixes = true};
    const hox__train_options options = {0};
    hox__train_step *step;
    hox_error err = {0};
    const float one = 1;
    float loss;
    if (hox__train_step_new(&recipe, &kind, &options, &step, &err) != HOX_OK)
        fail_msg("%s", err.message);
    assert_true(hox__plan_set(step->plan, "d/weight", &one, 1));
    memcpy(step->batch.x, (float[]){1, -1}, 2 * sizeof(float));
    memcpy(step->batch.value, (float[]){2, 0}, 2 * sizeof(float));
    memcpy(step->batch.other_value, (float[]){0, 2}, 2 * sizeof(float));
    memcpy(step->batch.share, (float[]){0.75f, 0.5f}, 2 * sizeof(float));
    hox__plan_run(step->plan);
    hox__plan_read(step->plan, step->loss, &loss);
    /* targets 1.5 and 1: squares 0.25 and 4 */
    assert_true(fabs((double)loss - 4.25 / 2) < 1e-6);
    hox__train_step_free(step);
    hox__arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_known),
        cmocka_unit_test(mixed_numbers_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
