/* Checkpoints: stopped and taken up again is the same as never stopped; no damaged byte is
 * accepted. */
#include "base/io.h"
#include "hoxtest.h"
#include "nn/checkpoint.h"
#include "nn/model.h"
#include "nn/terms.h"
#include <math.h>
#include <stdio.h>
#include <unistd.h>

enum { EPOCHS = 4, STEPS = 11 };

typedef struct {
    int64_t epoch, step;
    double loss, value;
    bool epoch_end;
} seen;

typedef struct {
    hox__arena *a;
    toy *set;
    hox__split split;
    hox__recipe recipe;
    hox__data_plan plan;
    hox__train_options options;
    hox__train_result result;
    hox_error err;
    char path[64];
    int64_t stop_at; /* a step; 0: never */
    seen report[EPOCHS];
} bench;

static double clock_of_test(void)
{
    return 0;
}

static bool watch(void *ctx, const hox__progress *p)
{
    bench *b = ctx;
    if (p->epoch_end)
        b->report[p->epoch - 1] = (seen){p->epoch, p->step, p->loss, p->value, true};
    return p->step != b->stop_at || p->epoch_end != (p->step % STEPS == 0);
}

/* Everything that has a state: moments, averages, gathered gradients, statistics, dropout, order,
 * augmentation, a schedule. */
static void begin(bench *b)
{
    *b = (bench){.a = hox__arena_new(1 << 24), .set = toy_new()};
    assert_int_equal(hox__split_make(&b->set->images, 0.25, 0, &b->split, &b->err), HOX_OK);
    b->recipe = toy_recipe(b->a);
    b->recipe.average = 0.9;
    b->recipe.accumulate = 3;
    b->recipe.schedule = call(b->a, "cosine", "schedule", NULL);
    const hox_term **augment = HOX__NEW_N(b->a, const hox_term *, 1);
    augment[0] = call(b->a, "flip", "data/flip", NULL);
    b->plan = (hox__data_plan){.augment = augment, .augments = 1};
    snprintf(b->path, sizeof b->path, "/tmp/hox-checkpoint-%ld", (long)getpid());
    b->options = (hox__train_options){.seed = 5, .report = watch, .now = clock_of_test, .ctx = b};
    unlink(b->path);
}

static void end(bench *b)
{
    unlink(b->path);
    hox__split_free(&b->split);
    hox__free(b->set);
    hox__arena_free(b->a);
}

static hox_status train(bench *b, hox__model **model)
{
    b->err = (hox_error){0};
    return hox__train(&b->recipe, &b->set->images, &b->split, &b->plan, &b->options, &b->result,
                      model, &b->err);
}

static void expect_equal(const bench *a, const hox__model *one, const bench *b,
                         const hox__model *two)
{
    assert_int_equal(one->tensors, two->tensors);
    for (int i = 0; i < one->tensors; i++)
        assert_memory_equal(one->tensor[i].value, two->tensor[i].value,
                            (size_t)one->tensor[i].count * sizeof(float));
    assert_memory_equal(a->report, b->report, sizeof a->report);
    assert_true(a->result.value == b->result.value && a->result.loss == b->result.loss);
    assert_true(a->result.train_loss == b->result.train_loss);
    assert_int_equal(a->result.steps, b->result.steps);
    assert_int_equal(a->result.epochs, b->result.epochs);
}

static void stopped_is_not_seen(void **state)
{
    (void)state;
    static const int64_t stop[][4] = {{1}, {7, 8, 9}, {11, 12, 30}, {22, 43}, {33}};
    bench whole;
    hox__model *one, *two;
    begin(&whole);
    assert_int_equal(train(&whole, &one), HOX_OK);
    for (size_t i = 0; i < sizeof stop / sizeof stop[0]; i++) {
        bench b;
        begin(&b);
        b.options.checkpoint = b.path;
        b.options.resume = true;
        for (int k = 0; k < 4 && stop[i][k]; k++) {
            b.stop_at = stop[i][k];
            assert_int_equal(train(&b, &two), HOX_ERR_INTERRUPTED);
            assert_null(two);
        }
        b.stop_at = 0;
        if (train(&b, &two) != HOX_OK)
            fail_msg("%s", b.err.message);
        expect_equal(&whole, one, &b, two);
        hox__model_free(two);
        /* Taken up behind its end: nothing is left to do. */
        memcpy(b.report, whole.report, sizeof b.report);
        assert_int_equal(train(&b, &two), HOX_OK);
        expect_equal(&whole, one, &b, two);
        hox__model_free(two);
        end(&b);
    }
    hox__model_free(one);
    end(&whole);
}

/* Without a schedule that counts them, more epochs go on from fewer. */
static void a_budget_can_be_raised(void **state)
{
    (void)state;
    bench whole, b;
    hox__model *one, *two;
    begin(&whole);
    whole.recipe.schedule = NULL;
    assert_int_equal(train(&whole, &one), HOX_OK);
    begin(&b);
    b.recipe.schedule = NULL;
    b.options.checkpoint = b.path;
    b.options.resume = true;
    b.recipe.epochs = 1;
    assert_int_equal(train(&b, NULL), HOX_OK);
    b.recipe.epochs = EPOCHS;
    assert_int_equal(train(&b, &two), HOX_OK);
    expect_equal(&whole, one, &b, two);
    hox__model_free(one);
    hox__model_free(two);
    end(&b);
    end(&whole);
}

static void another_training_is_refused(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    b.options.checkpoint = b.path;
    b.options.resume = true;
    b.stop_at = 3;
    assert_int_equal(train(&b, NULL), HOX_ERR_INTERRUPTED);
    b.options.seed = 6;
    assert_int_equal(train(&b, NULL), HOX_ERR_DATA);
    assert_string_equal(b.err.code, "E0704");
    b.options.seed = 5;
    b.recipe.clip = 1;
    assert_int_equal(train(&b, NULL), HOX_ERR_DATA);
    b.recipe.clip = 0;
    b.plan.augments = 0;
    assert_int_equal(train(&b, NULL), HOX_ERR_DATA);
    b.plan.augments = 1;
    b.recipe.epochs++; /* the cosine counts epochs */
    assert_int_equal(train(&b, NULL), HOX_ERR_DATA);
    b.recipe.epochs--;
    b.options.resume = false; /* then the file does not matter */
    assert_int_equal(train(&b, NULL), HOX_ERR_INTERRUPTED);
    end(&b);
}

static void damage_is_seen(void **state)
{
    (void)state;
    bench b;
    char *data;
    size_t n;
    begin(&b);
    b.options.checkpoint = b.path;
    b.stop_at = 2;
    assert_int_equal(train(&b, NULL), HOX_ERR_INTERRUPTED);
    assert_int_equal(hox__file_read(b.path, 1 << 24, &data, &n, &b.err), HOX_OK);
    b.options.resume = true;
    b.stop_at = 2;
    for (size_t i = 0; i < n; i += 1 + n / 40) {
        data[i] ^= 1;
        assert_int_equal(hox__file_write(b.path, data, n, &b.err), HOX_OK);
        assert_int_equal(train(&b, NULL), HOX_ERR_DATA);
        data[i] ^= 1;
        assert_int_equal(hox__file_write(b.path, data, i, &b.err), HOX_OK);
        assert_int_equal(train(&b, NULL), HOX_ERR_DATA);
    }
    hox__free(data);
    b.stop_at = 0;
    b.options.checkpoint = "/nonexistent/folder/c";
    assert_int_equal(train(&b, NULL), HOX_ERR_IO);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopped_is_not_seen),
        cmocka_unit_test(a_budget_can_be_raised),
        cmocka_unit_test(another_training_is_refused),
        cmocka_unit_test(damage_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
