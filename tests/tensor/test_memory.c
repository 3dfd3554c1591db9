/* Memory: what a plan says it takes is what it takes; nothing is left behind; shortage is told. */
#include "tensor/compare.h"
#include <sys/wait.h>
#include <unistd.h>

/* A stage of convolution, normalization, relu and maxima, then a dense layer and its update. */
static hox__node network(hox__graph *g, int64_t batch, int64_t filters, int64_t size)
{
    const hox__node x = hox__input(g, HOX__F32, HOX__SHAPE(batch, 3, size, size), "x"),
                    label = hox__input(g, HOX__I32, HOX__SHAPE(batch), "label");
    const hox__node w[4] = {
        hox__variable(g, HOX__SHAPE(filters, 3, 3, 3), "w"),
        hox__variable(g, HOX__SHAPE(filters), "scale"),
        hox__variable(g, HOX__SHAPE(filters), "shift"),
        hox__variable(g, HOX__SHAPE(10, filters * (size / 2) * (size / 2)), "dense")};
    hox__node y = hox__conv(g, x, w[0], (hox__window){1, 1, 1, 1, 1, 1, 1, 0, 0});
    y = hox__relu(g, hox__batch_norm(g, y, w[1], w[2], NULL, NULL));
    y = hox__maxpool(g, y, 2, 2, (hox__window){2, 2, 0, 0, 0, 0, 0, 0, 0});
    y = hox__reshape(g, y, HOX__SHAPE(batch, filters * (size / 2) * (size / 2)));
    const hox__node loss = hox__softmax_xent(g, hox__matmul(g, y, w[3], false, true), label);
    hox__node slope[4];
    hox__gradients(g, loss, w, 4, slope);
    const hox__node rate = hox__constant(g, HOX__SCALAR, 0.01f);
    for (int i = 0; i < 4; i++)
        hox__assign(g, w[i], hox__sub(g, w[i], hox__mul(g, rate, slope[i])));
    return loss;
}

/* 0: this machine has no such instructions. */
static size_t one_step_in(bool half, int64_t batch, int64_t filters, int64_t size)
{
    hox__graph *g = hox__graph_new();
    const hox__node loss = network(g, batch, filters, size);
    const hox__plan_options options = {.seed = 5, .half = half};
    hox__plan *plan = NULL;
    hox_error err = {0};
    if (hox__plan_new(g, &loss, 1, &options, &plan, &err) != HOX_OK) {
        assert_true(half && strcmp(err.code, "E0904") == 0);
        hox__graph_free(g);
        return 0;
    }
    fill_inputs(plan, g, 1, 10);
    hox__plan_run(plan);
    float value;
    hox__plan_read(plan, loss, &value);
    assert_true(value > 0);
    const size_t bytes = hox__plan_describe(plan).arena_bytes;
    hox__plan_free(plan);
    hox__graph_free(g);
    return bytes;
}

static size_t one_step(int64_t batch, int64_t filters, int64_t size)
{
    return one_step_in(false, batch, filters, size);
}

static void measured_is_made(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(31)};
    for (int i = 0; i < 10; i++) {
        hox__graph *g = hox__graph_new();
        const hox__node loss = network(g, roll(&d, 1, 5), roll(&d, 1, 40), roll(&d, 4, 12));
        hox__plan_facts said;
        hox_error err = {0};
        assert_int_equal(hox__plan_measure(g, &loss, 1, NULL, &said, &err), HOX_OK);
        hox__plan *plan = plan_of(g, &loss, 1, false);
        const hox__plan_facts made = hox__plan_describe(plan);
        assert_true(said.arena_bytes == made.arena_bytes && said.rows == made.rows);
        assert_true(said.variable_bytes == made.variable_bytes && said.flops == made.flops);
        hox__plan_free(plan);
        hox__graph_free(g);
    }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

static size_t resident_bytes(void)
{
    long size = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld %ld", &size, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* In a process of its own, after libraries are loaded: what a step adds to it. */
static void said_is_taken_by(bool half)
{
    const pid_t child = fork();
    if (child == 0) {
        if (one_step_in(half, 2, 32, 28) == 0)
            _exit(0);
        const size_t before = resident_bytes();
        hox__graph *g = hox__graph_new();
        const hox__node loss = network(g, 128, 32, 28);
        const hox__plan_options options = {.half = half};
        hox__plan *plan = NULL;
        if (hox__plan_new(g, &loss, 1, &options, &plan, NULL) != HOX_OK)
            _exit(1);
        fill_inputs(plan, g, 1, 10);
        hox__plan_run(plan);
        const double taken = (double)(resident_bytes() - before),
                     said = (double)hox__plan_describe(plan).arena_bytes;
        if (fabs(taken - said) > 0.05 * said)
            fprintf(stderr, "said %.0f bytes, took %.0f\n", said, taken);
        _exit(fabs(taken - said) > 0.05 * said);
    }
    int status = 1;
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    assert_int_equal(status, 0);
}

static void said_is_taken(void **state)
{
    (void)state;
    if (resident_bytes() == 0)
        skip();
    said_is_taken_by(false);
    said_is_taken_by(true);
}

/* Hundreds of networks one after the other: the second half takes nothing that the first did not
 * leave free. */
static void many_networks_leave_nothing(void **state)
{
    (void)state;
    dice d = {hox_rng_seed(32)};
    size_t half = 0;
    for (int i = 0; i < 200; i++) {
        one_step(roll(&d, 1, 4), 8 * roll(&d, 1, 3), 2 * roll(&d, 3, 5));
        if (i == 99)
            half = resident_bytes();
    }
    assert_true(resident_bytes() < half + (size_t)(4 << 20));
}

#else

static void said_is_taken(void **state)
{
    (void)state;
    skip(); /* the sanitizer's own memory would be counted */
}

static void many_networks_leave_nothing(void **state)
{
    (void)state;
    one_step(2, 8, 8);
}

#endif

static void a_step_allocates_nothing(void **state)
{
    (void)state;
    hox__graph *g = hox__graph_new();
    const hox__node loss = network(g, 3, 16, 8);
    hox__plan *plan = plan_of(g, &loss, 1, false);
    fill_inputs(plan, g, 1, 10);
    hox__alloc_fail_at(0, true);
    hox__plan_run(plan);
    const int64_t refused = hox__alloc_failures();
    hox__alloc_fail_at(-1, false);
    assert_true(refused == 0);
    hox__plan_free(plan);
    hox__graph_free(g);
}

/* Every allocation of a compilation refused once: an error each time, and nothing lost. */
static void shortage_is_told(void **state)
{
    (void)state;
    hox__graph *g = hox__graph_new();
    const hox__node loss = network(g, 2, 5, 6);
    for (int64_t k = 0;; k++) {
        hox__plan *plan = NULL;
        hox_error err = {0};
        hox__alloc_fail_at(k, false);
        const hox_status status = hox__plan_new(g, &loss, 1, NULL, &plan, &err);
        const bool refused = hox__alloc_failures() > 0;
        hox__alloc_fail_at(-1, false);
        if (status == HOX_OK)
            hox__plan_free(plan);
        else
            assert_int_equal(status, HOX_ERR_MEMORY);
        if (!refused)
            break;
    }
    hox__graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measured_is_made),
        cmocka_unit_test(said_is_taken),
        cmocka_unit_test(many_networks_leave_nothing),
        cmocka_unit_test(a_step_allocates_nothing),
        cmocka_unit_test(shortage_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
