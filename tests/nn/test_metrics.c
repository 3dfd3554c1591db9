/* Measures against values worked out by hand. */
#include "hoxtest.h"
#include "nn/metrics.h"
#include <math.h>

static hox__tally *tally(const char *metric, int64_t width, bool numbers)
{
    const hox__tally_options options = {.metric = metric,
                                        .loss = hox__loss_find(numbers ? "mse" : "cross_entropy"),
                                        .width = width,
                                        .most = 16,
                                        .numbers = numbers,
                                        .mean = 10,
                                        .scale = 2};
    hox__tally *t;
    hox_error err = {0};
    if (hox__tally_new(&options, &t, &err) != HOX_OK)
        fail_msg("%s", err.message);
    return t;
}

static void expect(const char *metric, int64_t width, const float *output, const int32_t *label,
                   int n, double value)
{
    hox__tally *t = tally(metric, width, false);
    for (int turn = 0; turn < 2; turn++) {
        hox__tally_clear(t);
        for (int i = 0; i < n; i++)
            hox__tally_add(t, output + i * width, label[i], 0);
        if (!(fabs(hox__tally_value(t) - value) < 1e-6))
            fail_msg("%s: %.9g, not %.9g", metric, hox__tally_value(t), value);
    }
    assert_int_equal(hox__tally_count(t), n);
    hox__tally_free(t);
}

/* Four answers about three classes: right, right at second guess, wrong, right among equals. */
static void of_classes(void **state)
{
    (void)state;
    static const float output[] = {3, 1, 0, 2, 1, 0, 0, 5, 1, 1, 1, 0};
    static const int32_t label[] = {0, 1, 0, 0};
    expect("accuracy", 3, output, label, 4, 0.5);
    expect("top1", 3, output, label, 4, 0.5);
    expect("top2", 3, output, label, 4, 0.75);
    expect("top3", 3, output, label, 4, 1);
    /* said 0 0 1 0, is 0 1 0 0: class 0: 4 / (3 + 3); class 1: 0 / (1 + 1); class 2 never. */
    expect("f1", 3, output, label, 4, (2 / 3.0 + 0) / 2);
    const double p[] = {exp(3) / (exp(3) + exp(1) + 1), exp(1) / (exp(2) + exp(1) + 1),
                        1 / (1 + exp(5) + exp(1)), exp(1) / (2 * exp(1) + 1)};
    double sum = 0;
    for (int i = 0; i < 4; i++)
        sum -= log(p[i]) / 4;
    expect("log_loss", 3, output, label, 4, sum);
    expect("loss", 3, output, label, 4, sum);
    expect("perplexity", 3, output, label, 4, exp(sum));
    expect("bits", 3, output, label, 4, sum / log(2));
}

/* Two classes: the second is what is looked for. Scores 1, 2, 2, 4 of truths 0, 0, 1, 1: of the
 * four pairs three are in order and one is a tie. */
static void of_two_classes(void **state)
{
    (void)state;
    static const float output[] = {0, 1, 0, 2, 0, 2, 0, 4};
    static const int32_t label[] = {0, 0, 1, 1};
    expect("auc", 2, output, label, 4, 3.5 / 4);
    expect("f1", 2, output, label, 4, 2.0 * 2 / (4 + 2));
    expect("accuracy", 2, output, label, 4, 0.5);
}

static void of_numbers(void **state)
{
    (void)state;
    static const char *const name[] = {"rmse", "mae", "r2", "loss"};
    /* In the file's units, 10 + 2 x: truths 8, 10, 14; answers 9, 10, 12. */
    const double squares = 1 + 0 + 4, mean = 32 / 3.0,
                 about = pow(8 - mean, 2) + pow(10 - mean, 2) + pow(14 - mean, 2);
    const double value[] = {sqrt(squares / 3), 1, 1 - squares / about, squares / 4 / 3};
    for (int i = 0; i < 4; i++) {
        hox__tally *t = tally(name[i], 1, true);
        static const float truth[] = {-1, 0, 2}, said[] = {-0.5f, 0, 1};
        for (int k = 0; k < 3; k++)
            hox__tally_add(t, &said[k], 0, truth[k]);
        assert_true(fabs(hox__tally_value(t) - value[i]) < 1e-9);
        assert_true(isnan(hox__tally_accuracy(t)));
        if (i == 1) /* mean of 1, 0, 2 is 1, of their squares 5/3 */
            assert_true(fabs(hox__tally_error(t) - sqrt((5 / 3.0 - 1) / 3)) < 1e-9);
        hox__tally_free(t);
    }
}

static void strangers_are_refused(void **state)
{
    (void)state;
    static const char *const word[] = {"speed", "top", "top0", "top1001", "topx", "rmse"};
    for (int i = 0; i < 6; i++) {
        hox__tally *t;
        hox_error err = {0};
        const hox__tally_options options = {
            .metric = word[i], .loss = hox__loss_find("cross_entropy"), .width = 3, .most = 1};
        assert_int_equal(hox__tally_new(&options, &t, &err), HOX_ERR_ARGUMENT);
        assert_null(t);
    }
    hox__tally *t = tally("accuracy", 3, false);
    assert_true(isnan(hox__tally_value(t)));
    hox__tally_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_classes),
        cmocka_unit_test(of_two_classes),
        cmocka_unit_test(of_numbers),
        cmocka_unit_test(strangers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
