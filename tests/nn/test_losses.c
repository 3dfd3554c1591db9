/* Losses: known values, the graph against the host, gradients against differences. */
#include "hoxtest.h"
#include "nn/losses.h"
#include "nn/terms.h"
#include <math.h>

enum { ROWS = 5, WIDTH = 3 };

static const int32_t labels[ROWS] = {0, 2, 1, 1, 0};

static float output_at(int i)
{
    return 3 * sinf((float)i * 1.7f);
}

static float value_at(int i)
{
    return cosf((float)i * 0.9f);
}

/* The loss of the graph and its gradient in `output`. */
static double run(const hox__loss_row *row, const hox_term *term, bool numbers, float *gradient)
{
    hox__graph *g = hox__graph_new();
    const hox__shape shape = HOX__SHAPE(ROWS, WIDTH);
    const hox__node output = hox__input(g, HOX__F32, shape, "output"),
                    label = hox__input(g, HOX__I32, HOX__SHAPE(ROWS), "label"),
                    value = hox__input(g, HOX__F32, shape, "value");
    const hox__loss_site site = {g, term, output, numbers ? HOX__NONE : label,
                                 numbers ? value : HOX__NONE};
    hox__node out[2] = {row->build(&site), HOX__NONE};
    hox__gradients(g, out[0], &output, 1, &out[1]);
    hox__plan *plan;
    hox_error err = {0};
    if (hox__plan_new(g, out, 2, NULL, &plan, &err) != HOX_OK)
        fail_msg("%s: %s", row->word, err.message);
    float *y = hox__plan_input(plan, output), loss;
    int32_t *l = numbers ? NULL : hox__plan_input(plan, label);
    float *v = numbers ? hox__plan_input(plan, value) : NULL;
    for (int i = 0; i < ROWS * WIDTH; i++) {
        y[i] = output_at(i);
        if (v)
            v[i] = value_at(i);
    }
    for (int i = 0; l && i < ROWS; i++)
        l[i] = labels[i];
    hox__plan_run(plan);
    hox__plan_read(plan, out[0], &loss);
    hox__plan_read(plan, out[1], gradient);
    hox__plan_free(plan);
    hox__graph_free(g);
    return (double)loss;
}

static double host(const hox__loss_row *row, const hox_term *term, bool numbers, int moved,
                   double by)
{
    double sum = 0;
    for (int r = 0; r < ROWS; r++) {
        float y[WIDTH], v[WIDTH];
        for (int k = 0; k < WIDTH; k++) {
            const int i = r * WIDTH + k;
            y[k] = output_at(i) + (i == moved ? (float)by : 0);
            v[k] = value_at(i);
        }
        sum += row->of_one(term, y, WIDTH, numbers ? -1 : labels[r], numbers ? v : NULL);
    }
    return sum / ROWS;
}

static void graph_is_host(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    for (int i = 0; hox__loss_word(i); i++)
        for (int numbers = 0; numbers < 2; numbers++) {
            const hox__loss_row *row = hox__loss_find(hox__loss_word(i));
            if (!(row->kind & (numbers ? HOX__NUMBERS : HOX__CLASSES)))
                continue;
            const hox_term *term = call(a, row->word, "", "delta", number(a, 0.7), NULL);
            float gradient[ROWS * WIDTH];
            const double loss = run(row, term, numbers, gradient);
            assert_true(fabs(loss - host(row, term, numbers, -1, 0)) < 1e-5);
            for (int k = 0; k < ROWS * WIDTH; k++) {
                const double h = 1e-3, slope = (host(row, term, numbers, k, h) -
                                                host(row, term, numbers, k, -h)) /
                                               (2 * h);
                assert_true(fabs(slope - (double)gradient[k]) < 3e-4);
            }
        }
    hox__arena_free(a);
}

static void known_values(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    const hox_term *huber = call(a, "huber", "", "delta", number(a, 1), NULL);
    const float two[2] = {2, -0.5f}, zero[2] = {0, 0};
    assert_true(fabs(hox__loss_mse_of(NULL, two, 2, -1, zero) - 2.125) < 1e-12);
    assert_true(fabs(hox__loss_mae_of(NULL, two, 2, -1, zero) - 1.25) < 1e-12);
    assert_true(fabs(hox__loss_huber_of(huber, two, 2, -1, zero) - (1.5 + 0.125) / 2) < 1e-12);
    assert_true(fabs(hox__loss_bce_of(NULL, zero, 2, 0, NULL) - log(2)) < 1e-12);
    assert_true(fabs(hox__loss_cross_entropy_of(NULL, zero, 2, 1, NULL) - log(2)) < 1e-12);
    const float far[2] = {200, -200};
    assert_true(hox__loss_bce_of(NULL, far, 2, 0, NULL) < 1e-12);
    assert_true(fabs(hox__loss_bce_of(NULL, far, 2, 1, NULL) - 200) < 1e-9);
    assert_null(hox__loss_find("adam"));
    hox__arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graph_is_host),
        cmocka_unit_test(known_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
