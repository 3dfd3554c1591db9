/* Median, percentile and threshold stopping against values worked out by hand. */
#include "hoxtest.h"
#include "study/allocator.h"
#include <math.h>

typedef struct {
    const hox_allocator *rule;
    void *state;
} game;

static void begin(game *g, const char *name, const double *number, bool maximize)
{
    hox_value value[8] = {{0}};
    hox_error err = {0};
    g->rule = hox__allocator_find(name);
    assert_non_null(g->rule);
    for (int i = 0; i < g->rule->settings; i++)
        value[i].number = number[i];
    const hox_allocation about = {.low = 1, .high = 9, .maximize = maximize};
    assert_int_equal(g->rule->begin(&about, value, &g->state, &err), HOX_OK);
}

static bool goes_on(game *g, uint64_t trial, double step, double value)
{
    hox_verdict verdict = HOX_VERDICT_PAUSE;
    assert_int_equal(g->rule->report(g->state, trial, step, value, &verdict), HOX_OK);
    assert_int_not_equal(verdict, HOX_VERDICT_PAUSE);
    return verdict == HOX_VERDICT_GO;
}

static void start(game *g, uint64_t trial)
{
    if (g->rule->started)
        assert_int_equal(g->rule->started(g->state, trial, 9), HOX_OK);
}

static void tell(game *g, uint64_t trial, hox_trial_state state)
{
    const hox_outcome outcome = {.state = state, .budget = 3};
    if (g->rule->told)
        assert_int_equal(g->rule->told(g->state, trial, &outcome), HOX_OK);
}

/* Three finished curves; their means up to step 2 are 0.2, 0.4, 0.65. */
static void three_curves(game *g)
{
    static const double value[3][3] = {{0.1, 0.3, 0.9}, {0.3, 0.5, 0.9}, {0.6, 0.7, 0.9}};
    for (uint64_t t = 0; t < 3; t++) {
        start(g, t);
        for (int s = 0; s < 3; s++)
            assert_true(goes_on(g, t, s + 1, value[t][s]));
        tell(g, t, HOX_TRIAL_DONE);
    }
}

static void test_median(void **unused)
{
    game g;
    (void)unused;
    begin(&g, "median", (double[]){3, 1}, true);
    three_curves(&g);
    start(&g, 3);
    assert_true(goes_on(&g, 3, 1, 0.35));  /* medians: 0.3 at step 1 */
    assert_false(goes_on(&g, 3, 2, 0.39)); /* 0.4 at step 2 */
    tell(&g, 3, HOX_TRIAL_PRUNED);
    start(&g, 4);
    assert_true(goes_on(&g, 4, 1, 0.4));
    assert_true(goes_on(&g, 4, 2, 0.0)); /* its best, 0.4, is not strictly worse than 0.4 */
    assert_true(goes_on(&g, 4, 2.5, (double)NAN));
    start(&g, 4); /* cut off: the 0.4 is void */
    assert_false(goes_on(&g, 4, 2, 0.0));
    g.rule->end(g.state);
}

static void test_startup_and_warmup(void **unused)
{
    game g;
    (void)unused;
    begin(&g, "median", (double[]){4, 1}, true); /* three are too few */
    three_curves(&g);
    start(&g, 3);
    assert_true(goes_on(&g, 3, 1, -5));
    tell(&g, 3, HOX_TRIAL_FAILED); /* does not count */
    start(&g, 4);
    assert_true(goes_on(&g, 4, 1, -5));
    tell(&g, 4, HOX_TRIAL_DONE);
    start(&g, 5);
    assert_false(goes_on(&g, 5, 1, -6));
    g.rule->end(g.state);

    begin(&g, "median", (double[]){1, 2}, true); /* not before step 2 */
    three_curves(&g);
    start(&g, 3);
    assert_true(goes_on(&g, 3, 1, -5));
    assert_false(goes_on(&g, 3, 2, -5));
    start(&g, 4);
    assert_true(goes_on(&g, 4, 3, -5)); /* it has come to the end: stopping would save nothing */
    g.rule->end(g.state);
}

static void test_percentile(void **unused)
{
    game g;
    (void)unused;
    /* The best 25 % of 0.2, 0.4, 0.65: 0.4 + 0.5 * 0.25 = 0.525. */
    begin(&g, "percentile", (double[]){25, 3, 1}, true);
    three_curves(&g);
    start(&g, 3);
    assert_true(goes_on(&g, 3, 2, 0.526));
    start(&g, 4);
    assert_false(goes_on(&g, 4, 2, 0.524));
    g.rule->end(g.state);
}

static void test_threshold(void **unused)
{
    game g;
    (void)unused;
    begin(&g, "threshold", (double[]){0.5, 2}, true);
    assert_true(goes_on(&g, 0, 1, 0.1));
    assert_false(goes_on(&g, 0, 2, 0.49));
    assert_true(goes_on(&g, 0, 2, 0.5));
    g.rule->end(g.state);
    begin(&g, "threshold", (double[]){0.5, 1}, false); /* a loss of 0.6 comes as -0.6 */
    assert_false(goes_on(&g, 0, 1, -0.6));
    assert_true(goes_on(&g, 0, 1, -0.4));
    g.rule->end(g.state);
}

static void test_names(void **unused)
{
    int n;
    (void)unused;
    const hox_allocator *const *all = hox__allocator_all(&n);
    for (int i = 0; i < n; i++) {
        assert_ptr_equal(hox__allocator_find(all[i]->name), all[i]);
        assert_non_null(all[i]->source);
    }
    assert_null(hox__allocator_find("medium"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_median),     cmocka_unit_test(test_startup_and_warmup),
        cmocka_unit_test(test_percentile), cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
