/* Trainings: a small net learns, a seed is a result, optimizers and schedules take known steps. */
#include "hoxtest.h"
#include "nn/optimizers.h"
#include "nn/schedules.h"
#include "nn/terms.h"
#include <math.h>

typedef struct {
    hox__arena *a;
    toy *set;
    hox__split split;
    hox__recipe recipe;
    hox__train_result result;
    hox_error err;
} bench;

static bench begin(void)
{
    bench b = {.a = hox__arena_new(1 << 24), .set = toy_new()};
    assert_int_equal(hox__split_make(&b.set->images, 0.25, 0, &b.split, &b.err), HOX_OK);
    b.recipe = toy_recipe(b.a);
    return b;
}

static void end(bench *b)
{
    hox__split_free(&b->split);
    hox__free(b->set);
    hox__arena_free(b->a);
}

static hox_status train(bench *b, const hox__train_options *options, hox__model **model)
{
    b->err = (hox_error){0};
    return hox__train(&b->recipe, &b->set->images, &b->split, NULL, options, &b->result, model,
                      &b->err);
}

static void learns(void **state)
{
    (void)state;
    static const char *const name[] = {"adam", "adamw", "rmsprop", "sgd"};
    bench b = begin();
    for (int i = 0; i < 4; i++) {
        b.recipe.train =
            call(b.a, name[i], "train", "lr", number(b.a, i == 3 ? 0.05 : 0.01), "momentum",
                 number(b.a, i == 3 ? 0.9 : 0), "nesterov", word(b.a, "yes"), NULL);
        b.recipe.schedule = call(b.a, "cosine", "schedule", "warmup", number(b.a, 1), NULL);
        assert_int_equal(train(&b, NULL, NULL), HOX_OK);
        assert_true(b.result.accuracy > 0.9);
        assert_true(b.result.value == b.result.accuracy);
        assert_true(b.result.loss < 0.5 && b.result.train_loss < 0.7);
        assert_int_equal(b.result.epochs, 4);
        assert_int_equal(b.result.steps, 4 * (360 / 32));
        assert_int_equal(b.result.params, 8 * 9 + 16 + 4 * 128 + 4);
    }
    end(&b);
}

static void same_seed_same_weights(void **state)
{
    (void)state;
    bench b = begin();
    const int64_t n = b.set->images.n;
    float *p[3];
    for (int i = 0; i < 3; i++) {
        hox__model *model;
        const hox__train_options options = {.seed = i < 2 ? 7 : 8};
        p[i] = hox__alloc((size_t)(n * TOY_CLASSES), sizeof(float));
        b.recipe.epochs = 1;
        assert_int_equal(train(&b, &options, &model), HOX_OK);
        assert_int_equal(hox__model_predict(model, &b.set->images, NULL, n, p[i], &b.err), HOX_OK);
        hox__model_free(model);
    }
    const size_t bytes = (size_t)(n * TOY_CLASSES) * sizeof(float);
    assert_memory_equal(p[0], p[1], bytes);
    assert_memory_not_equal(p[0], p[2], bytes);
    for (int i = 0; i < 3; i++)
        hox__free(p[i]);
    end(&b);
}

/* An absurd rate: the loss leaves the numbers, and the message says when. */
static void divergence_is_told(void **state)
{
    (void)state;
    bench b = begin();
    b.recipe.net = chain(b.a, call(b.a, "dense", "a", "units", number(b.a, 64), NULL),
                         call(b.a, "dense", "b", "units", number(b.a, 64), NULL),
                         call(b.a, "dense", "c", "units", word(b.a, "classes"), NULL), NULL);
    b.recipe.train = call(b.a, "sgd", "train", "lr", number(b.a, 1000), NULL);
    b.recipe.epochs = 50;
    assert_int_equal(train(&b, NULL, NULL), HOX_ERR_NUMERIC);
    assert_non_null(strstr(b.err.message, "loss is "));
    assert_non_null(strstr(b.err.message, " at step "));
    assert_true(isnan(b.result.value));
    end(&b);
}

static void memory_bound_holds(void **state)
{
    (void)state;
    bench b = begin();
    const hox__train_options options = {.memory_bytes_max = 10000};
    assert_int_equal(train(&b, &options, NULL), HOX_ERR_MEMORY);
    assert_non_null(strstr(b.err.message, "10000"));
    end(&b);
}

typedef struct {
    int epochs, steps, stop_at;
    double time;
} watcher;

static double clock_of_test(void)
{
    return 0;
}

static bool watch(void *ctx, const hox__progress *p)
{
    watcher *w = ctx;
    w->steps++;
    w->epochs += p->epoch_end;
    assert_true(isfinite(p->loss));
    assert_int_equal(p->steps, 44);
    assert_true(p->epoch_end ? isfinite(p->accuracy) : isnan(p->accuracy));
    return w->steps != w->stop_at;
}

static void reports_and_stops(void **state)
{
    (void)state;
    bench b = begin();
    watcher w = {0};
    hox__train_options options = {.report = watch, .ctx = &w};
    assert_int_equal(train(&b, &options, NULL), HOX_OK);
    assert_int_equal(w.epochs, 4);
    assert_int_equal(w.steps, 4);
    w = (watcher){.stop_at = 6};
    options.now = clock_of_test; /* report_s 0: every step */
    assert_int_equal(train(&b, &options, NULL), HOX_ERR_INTERRUPTED);
    assert_string_equal(b.err.message, "stopped at step 6 of 44");
    end(&b);
}

/* No validation: no accuracy, no value. Fewer rows than a batch: one batch of them all. */
static void odd_sizes(void **state)
{
    (void)state;
    bench b = begin();
    b.split.n_validation = 0;
    b.split.n_train = 10;
    assert_int_equal(train(&b, NULL, NULL), HOX_OK);
    assert_int_equal(b.result.steps, 4);
    assert_true(isnan(b.result.value) && isnan(b.result.loss));
    assert_true(isfinite(b.result.train_loss));
    end(&b);
}

static void objective_reduces(void **state)
{
    (void)state;
    bench b = begin();
    b.recipe.metric = "loss";
    b.recipe.maximize = false;
    assert_int_equal(train(&b, NULL, NULL), HOX_OK);
    const double last = b.result.value;
    assert_true(last == b.result.loss);
    b.recipe.reduce = -1;
    assert_int_equal(train(&b, NULL, NULL), HOX_OK);
    assert_true(b.result.value <= last);
    b.recipe.reduce = 3;
    assert_int_equal(train(&b, NULL, NULL), HOX_OK);
    assert_true(b.result.value != last);
    end(&b);
}

/* ---- optimizers, against the formulas in double ---- */

/* w after 3 steps on the loss w^2 / 2 from w = 2, so that the gradient is w. */
static double steps_of(const hox_term *train, double rate)
{
    hox__graph *g = hox__graph_new();
    const hox__node w = hox__variable(g, HOX__SHAPE(1), "w");
    const hox__node r = hox__input(g, HOX__F32, HOX__SCALAR, "rate"),
                    k = hox__input(g, HOX__F32, HOX__SCALAR, "count");
    const hox__weight weight = {.name = "w", .node = w, .shape = HOX__SHAPE(1), .decayed = true};
    hox_error err = {0};
    hox__optimizer_find(train->name, &err)(&(hox__update){g, train, r, k}, &weight, w);
    hox__plan *plan;
    assert_int_equal(hox__plan_new(g, &w, 1, NULL, &plan, &err), HOX_OK);
    float value = 2;
    hox__plan_set(plan, "w", &value, 1);
    for (int i = 1; i <= 3; i++) {
        *(float *)hox__plan_input(plan, r) = (float)rate;
        *(float *)hox__plan_input(plan, k) = (float)i;
        hox__plan_run(plan);
    }
    hox__plan_get(plan, "w", &value, 1);
    hox__plan_free(plan);
    hox__graph_free(g);
    return (double)value;
}

static void known_steps(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    double w = 2, v = 0, m = 0, s = 0;
    const hox_term *sgd = call(a, "sgd", "", "momentum", number(a, 0.9), "decay", number(a, 0.01),
                               "nesterov", word(a, "yes"), NULL);
    for (int i = 0; i < 3; i++) {
        const double g = w + 0.01 * w;
        v = 0.9 * v + g;
        w -= 0.1 * (g + 0.9 * v);
    }
    assert_true(fabs(steps_of(sgd, 0.1) - w) < 1e-5);
    const hox_term *adamw = call(a, "adamw", "", "decay", number(a, 0.1), NULL);
    w = 2;
    for (int i = 1; i <= 3; i++) {
        m = 0.9 * m + 0.1 * w;
        s = 0.999 * s + 0.001 * w * w;
        const double step = m / (1 - pow(0.9, i)) / (sqrt(s / (1 - pow(0.999, i))) + 1e-8);
        w -= 0.1 * (step + 0.1 * w);
    }
    assert_true(fabs(steps_of(adamw, 0.1) - w) < 1e-4);
    const hox_term *rms =
        call(a, "rmsprop", "", "rho", number(a, 0.8), "momentum", number(a, 0.5), NULL);
    w = 2, v = 0, s = 0;
    for (int i = 1; i <= 3; i++) {
        s = 0.8 * s + 0.2 * w * w;
        v = 0.5 * v + w / (sqrt(s) + 1e-8);
        w -= 0.1 * v;
    }
    assert_true(fabs(steps_of(rms, 0.1) - w) < 1e-5);
    hox__arena_free(a);
}

static void known_rates(void **state)
{
    (void)state;
    hox__arena *a = hox__arena_new(1 << 20);
    const hox_term *step =
        call(a, "step", "", "every", number(a, 2), "factor", number(a, 0.5), NULL);
    assert_true(hox__schedule_at(NULL, 5, 10, 3) == 1);
    assert_true(hox__schedule_at(step, 19, 10, 5) == 1);
    assert_true(hox__schedule_at(step, 20, 10, 5) == 0.5);
    assert_true(hox__schedule_at(step, 40, 10, 5) == 0.25);
    const hox_term *cosine = call(a, "cosine", "", "warmup", number(a, 1), NULL);
    assert_true(hox__schedule_at(cosine, 0, 10, 3) == 0.1);
    assert_true(hox__schedule_at(cosine, 9, 10, 3) == 1);
    assert_true(fabs(hox__schedule_at(cosine, 10, 10, 3) - 1) < 1e-12);
    assert_true(fabs(hox__schedule_at(cosine, 20, 10, 3) - 0.5) < 1e-12);
    assert_true(hox__schedule_at(cosine, 29, 10, 3) > 0);
    hox__arena_free(a);
}

/* Each allocation refused in its turn: an error of memory, no crash, no leak. */
static void memory_can_fail(void **state)
{
    (void)state;
    bench b = begin();
    b.split.n_train = 16;
    b.split.n_validation = 4;
    b.recipe.epochs = 1;
    b.recipe.batch = 8;
    const hox__train_options options = {.reference = true};
    int64_t k = 0, refused = 1;
    for (; refused > 0; k += 1 + k / 16) {
        hox__model *model = NULL;
        hox__alloc_fail_at(k, true);
        const hox_status status = train(&b, &options, &model);
        refused = hox__alloc_failures();
        hox__alloc_fail_at(-1, false);
        assert_int_equal(status, refused > 0 ? HOX_ERR_MEMORY : HOX_OK);
        assert_true((model != NULL) == (status == HOX_OK));
        hox__model_free(model);
    }
    assert_true(k > 10);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns),
        cmocka_unit_test(same_seed_same_weights),
        cmocka_unit_test(divergence_is_told),
        cmocka_unit_test(memory_bound_holds),
        cmocka_unit_test(reports_and_stops),
        cmocka_unit_test(odd_sizes),
        cmocka_unit_test(objective_reduces),
        cmocka_unit_test(known_steps),
        cmocka_unit_test(known_rates),
        cmocka_unit_test(memory_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
