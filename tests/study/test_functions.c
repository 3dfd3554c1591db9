/* Test functions at their minima and at points worked out by hand or by Python; tables that are
 * looked up; both as objectives of studies. */
#include "base/proc.h"
#include "space/spaces.h"
#include "study/functions.h"
#include "study/instant.h"
#include <hox/study.h>
#include <math.h>
#include <stdio.h>

/* ---- functions ---- */

static void minimum_of(const hox__function *f, int dims)
{
    double x[HOX__FUNCTION_DIMS_MAX];
    for (int i = 0; i < dims; i++)
        x[i] = f->at_each ? f->at_each[i] : f->at;
    const double least = hox__function_least(f, dims), here = f->of(x, dims);
    if (!(fabs(here - least) < 2e-6 * (1 + fabs(least))))
        fail_msg("%s-%d: %.12g at its minimum, which is %.12g", f->name, dims, here, least);
    hox_rng rng = hox_rng_seed(7); /* nothing near it is less */
    for (int k = 0; k < 500; k++) {
        double y[HOX__FUNCTION_DIMS_MAX];
        for (int i = 0; i < dims; i++)
            y[i] = x[i] + 0.02 * (hox_rng_unit(&rng) - 0.5);
        assert_true(f->of(y, dims) >= least - 1e-9);
    }
}

static void minima_are_where_they_should_be(void **state)
{
    const hox__function *f;
    (void)state;
    for (int i = 0; (f = hox__function_at(i)) != NULL; i++)
        if (f->of) {
            minimum_of(f, f->dims);
            minimum_of(f, f->dims_min);
        }
}

/* Values elsewhere: the same formulas written in Python 3.11. */
static void values_elsewhere(void **state)
{
    static const struct {
        const char *name;
        double x[6];
        int dims;
        double value;
    } known[] = {
        {"branin", {0, 0}, 2, 55.602112642270264},
        {"camel", {1, 1}, 2, 3.2333333333333334},
        {"goldstein_price", {1, 1}, 2, 1876},
        {"beale", {0, 0}, 2, 14.203125},
        {"hartmann3", {0.5, 0.5, 0.5}, 3, -0.6280220150705942},
        {"hartmann6", {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, 6, -0.5053149917022333},
        {"rosenbrock", {0, 0, 0, 0}, 4, 3},
        {"ackley", {1, 2, 3}, 3, 7.0164536082694},
        {"rastrigin", {0.5, 1}, 2, 21.25},
        {"levy", {0, 0}, 2, 0.7158445541169746},
        {"griewank", {10, 20}, 2, 1.1208309370669414},
        {"shekel", {1, 1, 1, 1}, 4, -5.128471039662404},
        {"zakharov", {1, 1}, 2, 9.3125},
        {"styblinski_tang", {1, 1}, 2, -10},
        {"schwefel", {100, 0}, 2, 892.3678856338043},
        {"michalewicz", {1, 1}, 2, -2.5573872831813936e-5},
    };
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const hox__function *f = hox__function_find(known[i].name);
        assert_non_null(f);
        const double got = f->of(known[i].x, known[i].dims);
        if (!(fabs(got - known[i].value) <= 1e-6 * (1 + fabs(known[i].value))))
            fail_msg("%s: %.13g, not %.13g", f->name, got, known[i].value);
    }
}

/* ---- their spaces ---- */

static void hear(void *ctx, const char *s, size_t n)
{
    hox__line_read(s, n, ctx);
}

static double value_at(const char *text, const char *walk_text)
{
    hox_error err = {0};
    hox_space *space = load(text);
    const hox__objective_input in = {.space = space, .study = "t"};
    const hox__objective *objective = hox__objective_of(space);
    void *opened = NULL;
    hox__line ready, line = {0};
    int end[2];
    if (objective->open(&in, &opened, &ready, &err) != HOX_OK)
        fail_msg("%s", err.message);
    assert_true(hox__pair_open(end));
    const hox__task task = {.walk = walk_text, .seed = 5, .keep_from = (double)NAN};
    objective->trial(opened, &task, end[1]);
    hox__lines *lines = hox__lines_new(end[0], HOX__WIRE_LINE_MAX);
    assert_non_null(lines);
    hox__lines_read(lines, hear, &line);
    hox__lines_free(lines);
    hox__pair_close(end);
    objective->close(opened);
    hox_space_free(space);
    return line.kind == HOX__LINE_RESULT ? line.value : (double)NAN;
}

static void every_shipped_space_has_values(void **state)
{
    const hox__function *f;
    (void)state;
    for (int i = 0; (f = hox__function_at(i)) != NULL; i++) {
        hox__text spec = {0};
        double least;
        assert_true(hox__function_spec(f->name, &spec));
        hox_space *space = load(hox__text_get(&spec));
        assert_true(hox__objective_optimum(space, NULL, &least));
        hox_walk *walk = hox_walk_new(space, NULL);
        assert_int_equal(hox_walk_derive(walk, hox_answer_default, NULL, NULL, NULL), HOX_OK);
        char *text = hox_walk_text(walk);
        const double value = value_at(hox__text_get(&spec), text);
        assert_true(value > least + 1e-6); /* the default sentence is no minimum */
        hox_text_free(text);
        hox_walk_free(walk);
        hox_space_free(space);
        hox__text_deinit(&spec);
    }
    assert_false(hox__function_spec("branin-3", NULL));
    assert_false(hox__function_spec("ackley-0", NULL));
    assert_false(hox__function_spec("mixed-2", NULL));
    assert_true(hox__function_spec("ackley-12", NULL));
}

static void mixed_minima_are_zero(void **state)
{
    hox__text spec = {0};
    (void)state;
    assert_true(hox__function_spec("mixed", &spec));
    assert_float_equal(value_at(hox__text_get(&spec), "0.0031622776601683794;0.35;12;1;3;0.0001;1"),
                       0, 1e-9);
    hox__text_clear(&spec);
    assert_true(hox__function_spec("optimizer", &spec));
    assert_float_equal(value_at(hox__text_get(&spec), "0.00050118723362727224;1;0.95"), 0, 1e-9);
    assert_float_equal(value_at(hox__text_get(&spec), "0.01;0;0.9;0"), 0.2, 1e-9);
    assert_float_equal(value_at(hox__text_get(&spec), "0.01;2"), 0.75, 1e-9);
    hox__text_clear(&spec);
    assert_true(hox__function_spec("layers", &spec));
    assert_float_equal(
        value_at(hox__text_get(&spec), "0.0019952623149688785;4;5;0;4;0.1;3;0.2;2;0.3"), 0, 1e-9);
    hox__text_deinit(&spec);
}

static void noise_failures_and_shifts(void **state)
{
    (void)state;
    static const char *const space = "x1 = -5.0 .. 10.0\nx2 = 0.0 .. 15.0\n";
    char text[200];
    snprintf(text, sizeof text, "objective = function(branin, noise: 0.5)\n%s", space);
    const double noisy = value_at(text, "0;0");
    assert_true(fabs(noisy - 55.602112642270264) < 5);
    assert_true(noisy != 55.602112642270264);
    assert_true(value_at(text, "0;0") == noisy); /* of the trial's seed */
    snprintf(text, sizeof text, "objective = function(branin, fail: 1)\n%s", space);
    assert_true(isnan(value_at(text, "0;0")));
    snprintf(text, sizeof text, "objective = function(sphere, shift: 3)\n%s", space);
    assert_true(value_at(text, "0;0") > 1);
}

static void mistakes_are_said(void **state)
{
    static const struct {
        const char *text, *said;
    } mistakes[] = {
        {"objective = function(brannin)\nx1 = 0.0 .. 1.0\n", "branin"},
        {"objective = function(branin)\nx1 = 0.0 .. 1.0\n", "of them"},
        {"objective = function(branin, shift: 0, bend: 2)\nx1 = 0.0 .. 1.0\nx2 = 0.0 .. 1.0\n",
         "bend"},
        {"objective = function(schwefel, shift: 2)\nx1 = 0.0 .. 1.0\n", "schwefel"},
        {"objective = table(\"x.tsv\", value: a)\nx1 = 1..3\n", "minimize"},
        {"objective = table(value: a, maximize)\nx1 = 1..3\n", "file"},
        {"objective = table(\"x.tsv\", maximize)\nx1 = 1..3\n", "value"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        hox_error err = {0};
        hox__aim aim;
        hox__arena *arena = hox__arena_new(1 << 16);
        hox_space *space = load(mistakes[i].text);
        assert_true(hox__objective_of(space)->aim(space, arena, &aim, &err) != HOX_OK);
        if (!strstr(err.message, mistakes[i].said))
            fail_msg("%s: %s", mistakes[i].text, err.message);
        hox_space_free(space);
        hox__arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minima_are_where_they_should_be), cmocka_unit_test(values_elsewhere),
        cmocka_unit_test(every_shipped_space_has_values),  cmocka_unit_test(mixed_minima_are_zero),
        cmocka_unit_test(noise_failures_and_shifts),       cmocka_unit_test(mistakes_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
