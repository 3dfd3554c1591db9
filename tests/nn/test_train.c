/* Trainings: a small net learns, a seed is a result, optimizers and schedules take known steps. */
#include "hoxtest.h"
#include "nn/model.h"
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
    static const char *const name[] = {"adam", "adamw", "rmsprop", "sgd", "adagrad", "lion"};
    bench b = begin();
    for (int i = 0; i < 6; i++) {
        static const double rate[] = {0.01, 0.01, 0.01, 0.05, 0.05, 0.003};
        b.recipe.train = call(b.a, name[i], "train", "lr", number(b.a, rate[i]), "momentum",
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
    hox__train_options options = {.memory_bytes_max = 10000};
    assert_int_equal(train(&b, &options, NULL), HOX_ERR_MEMORY);
    assert_non_null(strstr(b.err.message, "limit is 0.01 MiB"));

    /* Less than all of it: validation goes in smaller batches, and finds the same. */
    b.recipe.epochs = 1;
    assert_int_equal(train(&b, NULL, NULL), HOX_OK);
    const hox__train_result whole = b.result;
    options.memory_bytes_max = (size_t)whole.memory_bytes - 1;
    assert_int_equal(train(&b, &options, NULL), HOX_OK);
    assert_true(b.result.memory_bytes < whole.memory_bytes);
    assert_true(b.result.accuracy == whole.accuracy);
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

/* ---- what stands beside the optimizer ---- */

static float *weights_after(bench *b, const char *name, int64_t n)
{
    float *value = hox__alloc((size_t)n, sizeof *value);
    hox__model *model;
    assert_int_equal(train(b, NULL, &model), HOX_OK);
    assert_true(hox__model_weight(model, name, value, n));
    hox__model_free(model);
    return value;
}

static const hox_term *linear(bench *b)
{
    return call(b->a, "dense", "d", "units", word(b->a, "classes"), NULL);
}

/* Two half batches gathered are one whole batch: the loss is a mean and nothing else is drawn. */
static void gathered_batches_are_one(void **state)
{
    (void)state;
    bench b = begin();
    const int64_t n = TOY_CLASSES * TOY_SIDE * TOY_SIDE;
    b.recipe.net = linear(&b);
    b.recipe.epochs = 2;
    b.split.n_train = 320;
    float *whole = weights_after(&b, "d/weight", n);
    b.recipe.batch = 16;
    b.recipe.accumulate = 2;
    float *halves = weights_after(&b, "d/weight", n);
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)whole[i] - (double)halves[i]));
    assert_true(most > 0 && most < 1e-4);
    hox__free(whole);
    hox__free(halves);
    end(&b);
}

/* Plain descent moves by rate times the clipped length, whatever the gradient. */
static void gradients_are_cut(void **state)
{
    (void)state;
    bench b = begin();
    const int64_t n = TOY_CLASSES * TOY_SIDE * TOY_SIDE;
    b.recipe.net =
        call(b.a, "dense", "d", "units", word(b.a, "classes"), "bias", word(b.a, "no"), NULL);
    b.split.n_train = b.recipe.batch = 32;
    float *at[2];
    for (int i = 0; i < 2; i++) {
        b.recipe.clip = 1e-3;
        b.recipe.epochs = i + 1;
        b.recipe.train = call(b.a, "sgd", "train", "lr", number(b.a, 10), NULL);
        at[i] = weights_after(&b, "d/weight", n);
    }
    double square = 0;
    for (int64_t i = 0; i < n; i++)
        square += pow((double)at[1][i] - (double)at[0][i], 2);
    assert_true(fabs(sqrt(square) - 0.01) < 1e-5);
    hox__free(at[0]);
    hox__free(at[1]);
    end(&b);
}

/* At step t the average keeps the lesser of `average` and t / (t + 9). */
static void averages_follow(void **state)
{
    (void)state;
    bench b = begin();
    const int64_t n = TOY_CLASSES * TOY_SIDE * TOY_SIDE;
    float *w[4], *mean = NULL;
    b.recipe.net = linear(&b);
    b.split.n_train = b.recipe.batch = 32;
    b.recipe.train = call(b.a, "sgd", "train", "lr", number(b.a, 0), NULL);
    for (int i = 0; i < 4; i++) {
        b.recipe.epochs = i < 1 ? 1 : i; /* w[0]: a rate of 0, the start */
        w[i] = weights_after(&b, "d/weight", n);
        b.recipe.train = call(b.a, "sgd", "train", "lr", number(b.a, 0.1), NULL);
    }
    b.recipe.average = 0.15;
    mean = weights_after(&b, "d/weight", n);
    const double keep[] = {1 / 10.0, 0.15, 0.15};
    for (int64_t i = 0; i < n; i++) {
        double m = (double)w[0][i];
        for (int k = 0; k < 3; k++)
            m = keep[k] * m + (1 - keep[k]) * (double)w[k + 1][i];
        assert_true(fabs(m - (double)mean[i]) < 1e-6);
    }
    for (int i = 0; i < 4; i++)
        hox__free(w[i]);
    hox__free(mean);
    end(&b);
}

static void patience_ends(void **state)
{
    (void)state;
    bench b = begin();
    b.recipe.net = linear(&b);
    b.recipe.train = call(b.a, "sgd", "train", "lr", number(b.a, 1e-12), NULL);
    b.recipe.epochs = 50;
    b.recipe.patience = 3;
    assert_int_equal(train(&b, NULL, NULL), HOX_OK);
    assert_int_equal(b.result.epochs, 4);
    assert_true(isfinite(b.result.value));
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
    const hox__update update = {g, train, r, k, HOX__NONE};
    hox__update_keep(&update, w, hox__optimizer_find(train->name, &err)(&update, &weight, w));
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
    w = 2, s = 0;
    for (int i = 1; i <= 3; i++) {
        s += w * w;
        w -= 0.1 * w / (sqrt(s) + 1e-10);
    }
    assert_true(fabs(steps_of(call(a, "adagrad", "", NULL), 0.1) - w) < 1e-5);
    const hox_term *lion = call(a, "lion", "", "decay", number(a, 0.1), NULL);
    w = 2, m = 0;
    for (int i = 1; i <= 3; i++) {
        const double g = w, seen = 0.9 * m + 0.1 * g;
        m = 0.99 * m + 0.01 * g;
        w -= 0.8 * ((seen > 0) - (seen < 0) + 0.1 * w);
    }
    assert_true(w < 0.5);
    assert_true(fabs(steps_of(lion, 0.8) - w) < 1e-5);
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
    const hox_term *cyclic = call(a, "cyclic", "", "period", number(a, 2), "low", number(a, 0.2),
                                  "fall", number(a, 0.5), NULL);
    static const double triangle[] = {0.2, 0.6, 1, 0.6, 0.2, 0.4, 0.6, 0.4, 0.2};
    for (int i = 0; i < 9; i++)
        assert_true(fabs(hox__schedule_at(cyclic, i * 5, 10, 9) - triangle[i]) < 1e-12);
    const hox_term *once = call(a, "onecycle", "", "rise", number(a, 0.25), "start", number(a, 0.1),
                                "end", number(a, 0.01), NULL);
    static const double hill[] = {0.1, 1, 0.01 + 0.99 * 0.75, 0.01 + 0.99 * 0.25};
    for (int i = 0; i < 4; i++)
        assert_true(fabs(hox__schedule_at(once, i * 10, 10, 4) - hill[i]) < 1e-12);
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
        cmocka_unit_test(gathered_batches_are_one),
        cmocka_unit_test(gradients_are_cut),
        cmocka_unit_test(averages_follow),
        cmocka_unit_test(patience_ends),
        cmocka_unit_test(known_steps),
        cmocka_unit_test(known_rates),
        cmocka_unit_test(memory_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
