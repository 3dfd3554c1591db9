/* Which rows learn and which validate, how much they count, how they are mixed. */
#include "data/dataset.h"
#include "hoxtest.h"
#include <math.h>
#include <string.h>

enum { N = 47, CLASSES = 3, WIDTH = 4 };

static int32_t label[N];
static float number[N * WIDTH];

/* 24 of class 0, 16 of class 1, 7 of class 2, in no order. */
static hox__examples toy(void)
{
    for (int i = 0; i < N; i++) {
        const int k = (i * 10) % N;
        label[i] = k < 24 ? 0 : k < 40 ? 1 : 2;
        for (int j = 0; j < WIDTH; j++)
            number[i * WIDTH + j] = (float)(i * 7 % 11 + j);
    }
    return (hox__examples){.kind = HOX__FEATURES,
                           .target = HOX__CLASS,
                           .n = N,
                           .classes = CLASSES,
                           .labels = label,
                           .number = number,
                           .numbers = WIDTH};
}

static void folds_are_a_stratified_partition(void **state)
{
    (void)state;
    const hox__examples x = toy();
    static const int whole[CLASSES] = {24, 16, 7};
    for (int folds = 2; folds <= 7; folds++) {
        int seen[N] = {0};
        for (int fold = 0; fold < folds; fold++) {
            int count[CLASSES] = {0};
            hox__split s;
            const hox__data_plan plan = {.folds = folds, .fold = fold, .split_seed = 3};
            assert_int_equal(hox__split_of(&x, &plan, &s, NULL), HOX_OK);
            assert_int_equal(s.n_train + s.n_validation, N);
            assert_true(s.n_validation >= N / folds && s.n_validation <= N / folds + 1);
            for (int64_t i = 0; i < s.n_validation; i++) {
                seen[s.validation[i]]++;
                count[label[s.validation[i]]]++;
            }
            for (int c = 0; c < CLASSES; c++)
                assert_true(count[c] >= whole[c] / folds && count[c] <= whole[c] / folds + 1);
            hox__split_free(&s);
        }
        for (int i = 0; i < N; i++)
            assert_int_equal(seen[i], 1);
    }
    hox__split s;
    hox_error err = {0};
    const hox__data_plan many = {.folds = N + 1};
    assert_int_equal(hox__split_of(&x, &many, &s, &err), HOX_ERR_ARGUMENT);
}

/* n / (classes * n_c): 47 / (3 * 24) ... and their mean over the rows is 1. */
static void rare_classes_weigh_more(void **state)
{
    (void)state;
    const hox__examples x = toy();
    float weight[CLASSES];
    double sum = 0;
    hox__class_weights(&x, NULL, N, weight);
    assert_true(fabsf(weight[0] - 47.0F / 72) < 1e-6F);
    assert_true(fabsf(weight[2] - 47.0F / 21) < 1e-6F);
    for (int i = 0; i < N; i++)
        sum += (double)weight[label[i]];
    assert_true(fabs(sum / N - 1) < 1e-6);
    const int64_t zeros[] = {0};
    hox__class_weights(&x, zeros, 1, weight);
    assert_true(weight[1] == 0 && fabsf(weight[label[0]] - 1.0F / 3) < 1e-6F);
}

static hox_term word(const char *name)
{
    return (hox_term){.kind = HOX_TERM_CALL, .name = name, .path = ""};
}

/* Equation 1 of mixup, row by row, from the shares that it reports; the shares are of Beta(0.2,
 * 0.2), whose mean is 1/2 and whose variance is 1 / (4 * 1.4). */
static void rows_are_mixed_by_their_shares(void **state)
{
    (void)state;
    const hox__examples x = toy();
    hox_term mixup = word("mixup");
    const hox_term *part[] = {&mixup};
    hox__augment *augment = NULL;
    hox__encoder *e = NULL;
    assert_int_equal(hox__augment_new(part, 1, &augment, NULL), HOX_OK);
    assert_true(hox__augment_mixes(augment));
    assert_int_equal(hox__encoder_fit(&x, NULL, 0, &e, NULL), HOX_OK);
    const hox_rng rng = hox_rng_seed(8);
    int64_t rows[N];
    float plain[N][WIDTH], mixed[N][WIDTH], again[N][WIDTH], share[N];
    int32_t truth[N], other[N];
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++)
        rows[i] = (i * 5) % N;
    hox__encoder_fill(e, &x, rows, N, NULL, NULL, 0, &(hox__batch){.x = plain[0]});
    for (uint64_t epoch = 0; epoch < 200; epoch++) {
        const hox__batch batch = {.x = mixed[0], .label = truth, .other = other, .share = share};
        hox__encoder_fill(e, &x, rows, N, augment, &rng, epoch, &batch);
        for (int i = 0; i < N; i++) {
            const int j = N - 1 - i;
            assert_true(share[i] >= 0 && share[i] <= 1);
            assert_int_equal(truth[i], label[rows[i]]);
            assert_int_equal(other[i], label[rows[j]]);
            for (int k = 0; k < WIDTH; k++)
                assert_true(fabsf(mixed[i][k] -
                                  (share[i] * plain[i][k] + (1 - share[i]) * plain[j][k])) < 1e-5F);
            sum += (double)share[i];
            squares += (double)share[i] * (double)share[i];
        }
    }
    const double n = 200.0 * N, mean = sum / n, variance = squares / n - mean * mean;
    assert_true(fabs(mean - 0.5) < 0.02); /* 4.5 standard errors of 9400 draws */
    assert_true(fabs(variance - 1 / (4 * 1.4)) < 0.006);
    const hox__batch batch = {.x = again[0], .share = share};
    hox__encoder_fill(e, &x, rows, N, augment, &rng, 199, &batch);
    assert_memory_equal(mixed, again, sizeof mixed);
    hox__encoder_free(e);
    hox__augment_free(augment);
}

static void changes_must_suit_the_examples(void **state)
{
    (void)state;
    const hox__examples table = toy(), text = {.kind = HOX__TOKENS}, image = {.kind = HOX__IMAGES};
    hox_term flip = word("flip"), mixup = word("mixup");
    const hox_term *flips[] = {&flip}, *mixes[] = {&mixup};
    hox__augment *f = NULL, *m = NULL;
    assert_int_equal(hox__augment_new(flips, 1, &f, NULL), HOX_OK);
    assert_int_equal(hox__augment_new(mixes, 1, &m, NULL), HOX_OK);
    assert_int_equal(hox__augment_fits(f, &image, false, NULL), HOX_OK);
    assert_int_equal(hox__augment_fits(f, &table, false, NULL), HOX_ERR_DATA);
    assert_int_equal(hox__augment_fits(m, &table, false, NULL), HOX_OK);
    assert_int_equal(hox__augment_fits(m, &table, true, NULL), HOX_ERR_DATA);
    assert_int_equal(hox__augment_fits(m, &text, false, NULL), HOX_ERR_DATA);
    assert_int_equal(hox__augment_fits(NULL, &text, false, NULL), HOX_OK);
    hox__augment_free(f);
    hox__augment_free(m);
}

static hox_status read_chain(const hox_term *const *part, int n, hox__data_plan *plan)
{
    const hox_term chain = {.kind = HOX_TERM_CHAIN, .path = "", .n = n, .part = part};
    return hox__data_plan_read(&chain, plan, NULL);
}

static void chains_have_an_order(void **state)
{
    (void)state;
    hox_term source = word("idx"), balance = word("balance"), augment = word("augment");
    hox_term five = {.kind = HOX_TERM_NUMBER, .number = 5, .path = ""}, four = five;
    four.number = 4;
    const hox_term *arguments[] = {&five, &four};
    static const char *const labels[] = {"folds", "fold"};
    const hox_term split = {HOX_TERM_CALL, "split", "", 0, 0, false, 2, arguments, labels};
    hox__data_plan plan;
    const hox_term *good[] = {&source, &split, &balance, &augment};
    assert_int_equal(read_chain(good, 4, &plan), HOX_OK);
    assert_true(plan.folds == 5 && plan.fold == 4 && plan.balance);
    const hox_term *wrong[] = {&source, &balance, &split, &augment};
    assert_int_equal(read_chain(wrong, 4, &plan), HOX_ERR_DATA);
    const hox_term *twice[] = {&source, &balance, &balance};
    assert_int_equal(read_chain(twice, 3, &plan), HOX_ERR_DATA);
    four.number = 5; /* folds count from 0 */
    assert_int_equal(read_chain(good, 4, &plan), HOX_ERR_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_are_a_stratified_partition),
        cmocka_unit_test(rare_classes_weigh_more),
        cmocka_unit_test(rows_are_mixed_by_their_shares),
        cmocka_unit_test(changes_must_suit_the_examples),
        cmocka_unit_test(chains_have_an_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
