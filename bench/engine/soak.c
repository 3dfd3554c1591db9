/* The machine and the long run.
 *
 * usage: bench-soak peak            multiply-adds a core does from registers, GFLOP/s
 *        bench-soak networks N      N networks drawn one after the other in one process, a step
 *                                 each: resident memory on the way, milliseconds to compile
 *        bench-soak pair          training steps a second of two processes at the same time, over
 *                                 those of one just before and just after; and networks a second
 *                                 (drawn, compiled, one step)
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "nets.h"
#include "tensor/kernels/vector.h"
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double processor_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A product whose operands stay in the first cache is as fast as registers allow. */
static void peak(void)
{
    enum { M = 48, N = 32, K = 128 };
    static float a[M * K], b[K * N], c[M * N];
    const hox__kernels *set = hox__kernels_pick();
    double best = 0;
    for (int sample = 0; sample < 30; sample++) {
        const double from = processor_s();
        for (int i = 0; i < 5000; i++)
            set->gemm(false, false, M, N, K, a, b, c, 0, M);
        const double rate = 2.0 * M * N * K * 5000 / (processor_s() - from) * 1e-9;
        best = rate > best ? rate : best;
    }
    printf("%.0f GFLOP/s a core, %s\n", best, hox__kernels_text(set));
}

static double resident_mb(void)
{
    long size = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld %ld", &size, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) * 1e-6;
}

static int64_t roll(hox_rng *rng, int64_t low, int64_t high)
{
    return low + (int64_t)hox_rng_below(rng, (uint32_t)(high - low + 1));
}

/* Two to five convolutions of drawn size, then a dense layer or two. */
static hox__node drawn(net *n, hox__node x, hox_rng *rng)
{
    const int64_t layers = roll(rng, 2, 5);
    for (int64_t i = 0; i < layers; i++) {
        x = conv_norm_relu(n, x, 8 * roll(rng, 1, 8), 1 + 2 * roll(rng, 0, 2));
        if (hox__node_shape(n->g, x)->dim[2] >= 4 && roll(rng, 0, 1))
            x = halve(n, x);
    }
    x = global_average(n, x);
    return dense(n, roll(rng, 0, 1) ? hox__relu(n->g, dense(n, x, 8 * roll(rng, 1, 16))) : x,
                 CLASSES);
}

/* Milliseconds to compile; a step is run. */
static double one(hox_rng *rng)
{
    net n = {.g = hox__graph_new()};
    const hox__node x = hox__input(n.g, HOX__F32, HOX__SHAPE(2, 1, 28, 28), "x"),
                    label = hox__input(n.g, HOX__I32, HOX__SHAPE(2), "label"),
                    rate = hox__input(n.g, HOX__F32, HOX__SCALAR, "rate");
    const hox__node loss = hox__softmax_xent(n.g, drawn(&n, x, rng), label);
    updates(&n, loss, rate);
    hox__plan *plan = NULL;
    hox_error err = {0};
    const double from = processor_s();
    if (hox__plan_new(n.g, &loss, 1, NULL, &plan, &err) != HOX_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    const double took = processor_s() - from;
    hox__plan_run(plan);
    hox__plan_free(plan);
    hox__graph_free(n.g);
    return took * 1e3;
}

static void networks(int count)
{
    hox_rng rng = hox_rng_seed(7);
    double sum = 0, half = 0;
    for (int i = 1; i <= count; i++) {
        sum += one(&rng);
        if (i % (count / 10 > 0 ? count / 10 : 1) == 0) {
            printf("%5d networks: resident %.1f MB, %.1f ms to compile one\n", i, resident_mb(),
                   sum / (count / 10 > 0 ? count / 10 : 1));
            fflush(stdout);
            sum = 0;
        }
        if (i == count / 2)
            half = resident_mb();
    }
    printf("%5d networks: resident memory grew by %.1f MB in their second half\n", count,
           resident_mb() - half);
}

/* ---- two processes at once ---- */

typedef struct {
    const char *name; /* NULL: drawn networks, one after the other */
    int batch;
} trial;

static hox__plan *plan_of(net *n, const trial *t)
{
    n->g = hox__graph_new();
    const hox__node x = hox__input(n->g, HOX__F32, HOX__SHAPE(t->batch, 1, 28, 28), "x"),
                    label = hox__input(n->g, HOX__I32, HOX__SHAPE(t->batch), "label"),
                    rate = hox__input(n->g, HOX__F32, HOX__SCALAR, "rate");
    const hox__node loss = hox__softmax_xent(n->g, build(n, t->name, x), label);
    updates(n, loss, rate);
    hox__plan *plan = NULL;
    hox_error err = {0};
    if (hox__plan_new(n->g, &loss, 1, NULL, &plan, &err) != HOX_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    return plan;
}

/* Of one measurement: all of `pair` takes less than a minute. */
static const double seconds_each = 0.8;

/* Steps a second of wall time, from the byte that `go` gives. */
static double rate_here(const trial *t, int ready, int go)
{
    net n = {0};
    hox_rng rng = hox_rng_seed(7);
    hox__plan *plan = t->name ? plan_of(&n, t) : NULL;
    for (int i = 0; i < 3; i++)
        plan ? hox__plan_run(plan) : (void)one(&rng);
    char byte = 0;
    if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1)
        exit(1);
    const double from = hox__clock_s();
    double took = 0;
    int steps = 0;
    for (; took < seconds_each; steps++, took = hox__clock_s() - from)
        plan ? hox__plan_run(plan) : (void)one(&rng);
    return steps / took;
}

static void must(bool good)
{
    if (!good)
        exit(1);
}

/* The rates of so many processes that begin together. */
static double rate_of(const trial *t, int processes)
{
    int ready[2], go[2], done[2];
    double total = 0, rate = 0;
    char byte = 0;
    must(pipe(ready) == 0 && pipe(go) == 0 && pipe(done) == 0);
    for (int p = 0; p < processes; p++)
        if (fork() == 0) {
            rate = rate_here(t, ready[1], go[0]);
            _exit(write(done[1], &rate, sizeof rate) != sizeof rate);
        }
    for (int p = 0; p < processes; p++)
        must(read(ready[0], &byte, 1) == 1);
    for (int p = 0; p < processes; p++)
        must(write(go[1], &byte, 1) == 1);
    for (int p = 0; p < processes; p++) {
        must(read(done[0], &rate, sizeof rate) == sizeof rate);
        total += rate;
    }
    while (wait(NULL) > 0)
        ;
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(go[i]);
        close(done[i]);
    }
    return total;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void pair(void)
{
    static const trial trials[] = {
        {"tiny", 16}, {"mlp", 16}, {"cnn6", 16}, {"cnn6", 128}, {NULL, 0}};
    enum { ROUNDS = 5 };
    for (size_t t = 0; t < sizeof trials / sizeof *trials; t++) {
        double ratio[ROUNDS], before = rate_of(&trials[t], 1);
        for (int i = 0; i < ROUNDS; i++) {
            const double two = rate_of(&trials[t], 2), after = rate_of(&trials[t], 1);
            ratio[i] = two / (0.5 * (before + after));
            before = after;
        }
        qsort(ratio, ROUNDS, sizeof *ratio, by_value);
        printf("pair: %s %d: two processes %.2f of one (median of %d)\n",
               trials[t].name ? trials[t].name : "networks", trials[t].batch, ratio[ROUNDS / 2],
               ROUNDS);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "peak") == 0)
        peak();
    else if (strcmp(what, "networks") == 0)
        networks(argc > 2 ? atoi(argv[2]) : 200);
    else if (strcmp(what, "pair") == 0)
        pair();
    else
        return fprintf(stderr, "usage: bench-soak peak | networks N | pair\n"), 2;
    return 0;
}
