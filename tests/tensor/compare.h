/* Runs a graph with the fast and the plain kernels on equal inputs and compares what comes out. */
#ifndef TENSOR_COMPARE_H
#define TENSOR_COMPARE_H

#include "base/alloc.h"
#include "hoxtest.h"
#include "tensor/internal.h"
#include "tensor/kernels/vector.h"
#include "tensor/plan.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    hox_rng rng;
} dice;

static inline int64_t roll(dice *d, int64_t low, int64_t high)
{
    return low + (int64_t)hox_rng_below(&d->rng, (uint32_t)(high - low + 1));
}

static inline float real(dice *d)
{
    return (float)(hox_rng_unit(&d->rng) * 2 - 1);
}

/* Inputs from the dice: numbers in [-1, 1), labels in [0, classes). */
static inline void fill_inputs(hox__plan *plan, const hox__graph *g, uint64_t seed, int classes)
{
    dice d = {hox_rng_seed(seed)};
    for (hox__node a = 0; a < g->count; a++) {
        const hox__value *v = &g->node[a];
        const int64_t n = hox__shape_count(&v->shape);
        if (v->op == HOX__OP_INPUT) {
            void *at = hox__plan_input(plan, a);
            for (int64_t i = 0; i < n; i++)
                if (v->type == HOX__I32)
                    ((int32_t *)at)[i] = (int32_t)roll(&d, 0, classes - 1);
                else
                    ((float *)at)[i] = real(&d);
        } else if (v->op == HOX__OP_VARIABLE) {
            float *values = hox__alloc((size_t)n, sizeof *values);
            for (int64_t i = 0; i < n; i++)
                values[i] = real(&d);
            assert_true(hox__plan_set(plan, v->name, values, n));
            hox__free(values);
        }
    }
}

/* Which vector kernels are compared: see for_each_set(). */
static int compared_set;

static inline hox__plan *plan_of(const hox__graph *g, const hox__node *out, int n, bool reference)
{
    hox__plan *plan = NULL;
    hox_error err = {0};
    const hox__plan_options options = {.seed = 5, .reference = reference, .kernels = compared_set};
    if (hox__plan_new(g, out, n, &options, &plan, &err) != HOX_OK)
        print_error("%s\n", err.message);
    assert_non_null(plan);
    return plan;
}

/* Largest difference relative to the largest value. */
static inline double difference(const float *a, const float *b, int64_t n)
{
    double top = 1e-3, worst = 0;
    for (int64_t i = 0; i < n; i++)
        if (fabs((double)a[i]) > top)
            top = fabs((double)a[i]);
    for (int64_t i = 0; i < n; i++) {
        const double d = fabs((double)a[i] - (double)b[i]);
        if (!(d <= worst))
            worst = isnan(a[i]) && isnan(b[i]) ? worst : d;
    }
    return worst / top;
}

/* Two steps, so that assigned variables are compared too. */
static inline void compare(hox__graph *g, const hox__node *out, int n, int classes,
                           double tolerance, const char *what)
{
    hox_error err = {0};
    if (hox__graph_status(g, &err) != HOX_OK)
        fail_msg("%s: %s", what, err.message);
    hox__plan *fast = plan_of(g, out, n, false), *plain = plan_of(g, out, n, true);
    fill_inputs(fast, g, 9, classes);
    fill_inputs(plain, g, 9, classes);
    for (int step = 0; step < 2; step++) {
        hox__plan_run(fast);
        hox__plan_run(plain);
    }
    for (int i = 0; i < n; i++) {
        const int64_t count = hox__shape_count(hox__node_shape(g, out[i]));
        float *a = hox__alloc((size_t)count, sizeof *a), *b = hox__alloc((size_t)count, sizeof *b);
        hox__plan_read(plain, out[i], a);
        hox__plan_read(fast, out[i], b);
        const double d = difference(a, b, count);
        if (!(d <= tolerance)) {
            char *list = hox__plan_listing(fast);
            print_error("%s", list);
            hox__free(list);
            fail_msg("%s: output %d (%s %s) differs by %g", what, i,
                     hox__operations[g->node[out[i]].op].name,
                     HOX__SHAPE_STRING(hox__node_shape(g, out[i])), d);
        }
        hox__free(a);
        hox__free(b);
    }
    hox__plan_free(fast);
    hox__plan_free(plain);
}

/* The tests once for every set of vector kernels that this machine has. */
static inline int run_for_each_set(const char *name, const struct CMUnitTest *tests, size_t n)
{
    int failed = 0;
    for (compared_set = 0; hox__kernels_at(compared_set); compared_set++) {
        print_message("kernels: %s\n", hox__kernels_at(compared_set)->name);
        failed += _cmocka_run_group_tests(name, tests, n, NULL, NULL);
    }
    return failed;
}

#endif
