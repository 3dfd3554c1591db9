/* One training step of the nets of nets.h, one thread.
 *
 * usage: bench-engine NET BATCH [list | serve | once | row | threads N | half | half-list | bf16]
 * NET: tiny lenet mlp cnn6 fashion deep lstm cell learned (a batch of problems of 10 coordinates).
 * Prints one line: NET BATCH, microseconds of processor time a step, milliseconds that compiling
 * the plan took, first and again, rows, arena in MB, GFLOP/s of products, and the loss. The batches
 * are slices of 4096 drawn examples, copied in before each step within the time measured. `list`
 * adds the rows of the plan with their times. `serve` first prints `GFLOP-a-step`, then answers
 * each line of the input, a number of seconds, with microseconds a step over that long: what
 * compare.py interleaves. `once` runs one step, and prints how long ago the process began. `row`
 * runs the plan with kernels that do nothing: what a row costs beside them. `threads N` runs steps
 * in one thread and in N in turn, and compares the time of the wall; `half` and `half-list` are the
 * line and the list of a plan in bfloat16; `bf16` compares that with floats, whose convolutions are
 * direct and as they come, in time of the processor and memory.
 *
 * Time is that of the process, not of the wall: with one thread they are equal on a quiet machine,
 * and only the former can be compared on a busy one.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "nets.h"
#include "tensor/compile.h"
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { EXAMPLES = 4096, INPUTS_MAX = 2 };

typedef struct {
    const char *name;
    int64_t batch, at;
    net n;
    hox__node loss, rate, input[INPUTS_MAX]; /* images or characters, labels */
    size_t bytes[INPUTS_MAX];                /* of a batch */
    unsigned char *data[INPUTS_MAX];         /* `batches` of them */
    int inputs;
    int64_t batches;
    bool once, half;
    hox__plan *plan;
    double before_ms, first_ms, again_ms; /* of processor time: until compiling, compiling */
} bench;

static double processor_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *must(void *p)
{
    if (!p) {
        fprintf(stderr, "not enough memory\n");
        exit(1);
    }
    return p;
}

/* An input filled with draws: numbers in [-2, 2), or labels below `labels`. */
static hox__node input(bench *b, hox__shape shape, int labels)
{
    const int64_t each = hox__shape_count(&shape), total = each * b->batches;
    const hox__node node =
        hox__input(b->n.g, labels ? HOX__I32 : HOX__F32, shape, labels ? "label" : "x");
    unsigned char *data = must(hox__alloc((size_t)total, 4));
    hox_rng rng = hox_rng_seed((uint64_t)b->inputs + 2);
    for (int64_t i = 0; i < total; i++)
        if (labels)
            ((int32_t *)data)[i] = (int32_t)hox_rng_below(&rng, (uint32_t)labels);
        else
            ((float *)data)[i] = (float)(hox_rng_unit(&rng) * 4 - 2);
    b->data[b->inputs] = data;
    b->bytes[b->inputs] = (size_t)each * 4;
    b->input[b->inputs++] = node;
    return node;
}

static hox__node build_loss(bench *b)
{
    net *n = &b->n;
    if (strcmp(b->name, "learned") == 0) {
        b->batches = 8;
        const hox__node w = input(b, HOX__SHAPE(b->batch, DIMENSION, DIMENSION), 0);
        return learned(n, w, input(b, HOX__SHAPE(b->batch, DIMENSION, 1), 0));
    }
    b->batches = b->once ? 1 : EXAMPLES / b->batch;
    if (strcmp(b->name, "lstm") == 0 || strcmp(b->name, "cell") == 0) {
        const hox__node y = sequence(n, input(b, HOX__SHAPE(TIME, b->batch), WORDS));
        return hox__softmax_xent(n->g, y, input(b, HOX__SHAPE(TIME * b->batch), WORDS));
    }
    const hox__node y = build(n, b->name, input(b, HOX__SHAPE(b->batch, 1, 28, 28), 0));
    return hox__softmax_xent(n->g, y, input(b, HOX__SHAPE(b->batch), CLASSES));
}

static const hox__plan_options as_it_comes = {.threads = 1};
static const hox__plan_options in_half = {.threads = 1, .half = true};

static double compile(const bench *b, const hox__plan_options *options, hox__plan **plan)
{
    hox_error err = {0};
    const double from = processor_s();
    if (hox__plan_new(b->n.g, &b->loss, 1, options, plan, &err) != HOX_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    return (processor_s() - from) * 1e3;
}

static void bench_open(bench *b)
{
    hox__plan *again = NULL;
    b->n.g = must(hox__graph_new());
    b->loss = build_loss(b);
    b->rate = hox__input(b->n.g, HOX__F32, HOX__SCALAR, "rate");
    updates(&b->n, b->loss, b->rate);
    b->before_ms = processor_s() * 1e3;
    const hox__plan_options *options = b->half ? &in_half : &as_it_comes;
    b->first_ms = compile(b, options, &b->plan);
    if (!b->once)
        b->again_ms = compile(b, options, &again);
    hox__plan_free(again);
    *(float *)hox__plan_input(b->plan, b->rate) = strcmp(b->name, "learned") == 0 ? 1e-4f : 0.05f;
    hox_rng rng = hox_rng_seed(1);
    for (int i = 0; i < b->n.weights; i++) {
        char name[16];
        snprintf(name, sizeof name, "w%d", i);
        const int64_t count = hox__shape_count(hox__node_shape(b->n.g, b->n.weight[i]));
        const float bound = b->n.bound[i];
        float *v = must(hox__alloc((size_t)count, sizeof *v));
        for (int64_t k = 0; k < count; k++)
            v[k] = bound > 0 ? (float)(hox_rng_unit(&rng) * 2 - 1) * bound : bound < 0 ? 0 : 1;
        hox__plan_set(b->plan, name, v, count);
        hox__free(v);
    }
}

static void bench_close(bench *b)
{
    for (int i = 0; i < b->inputs; i++)
        hox__free(b->data[i]);
    hox__plan_free(b->plan);
    hox__graph_free(b->n.g);
}

static void step(bench *b)
{
    const int64_t at = b->at++ % b->batches;
    for (int i = 0; i < b->inputs; i++)
        memcpy(hox__plan_input(b->plan, b->input[i]), b->data[i] + (size_t)at * b->bytes[i],
               b->bytes[i]);
    hox__plan_run(b->plan);
}

/* Microseconds a step. */
static double measure(bench *b, double seconds)
{
    const double from = processor_s();
    double took = 0;
    long steps = 0;
    do {
        step(b);
        steps++;
        took = processor_s() - from;
    } while (took < seconds);
    return took * 1e6 / (double)steps;
}

/* Seconds of one call of a row, the best of some runs; short ones are called many times between
 * two looks at the clock, which takes longer than they do. */
static double row_s(const hox__row *row)
{
    enum { RUNS = 30, SHORT = 64 };
    double best = 0;
    int calls = 1;
    for (int run = 0; run < RUNS; run++) {
        const double from = processor_s();
        for (int i = 0; i < calls; i++)
            row->run(row);
        const double took = (processor_s() - from) / calls;
        if (run == 0 || took < best)
            best = took;
        calls = best < 5e-6 ? SHORT : 1;
    }
    return best;
}

static void list_rows(const hox__plan *plan)
{
    const unsigned state = hox__denormals_off(); /* as hox__plan_run does */
    for (int r = 0; r < plan->rows; r++)
        printf("%4d %-16s %8.2f us  %s %s\n", r, plan->row[r].label, row_s(&plan->row[r]) * 1e6,
               HOX__SHAPE_STRING(&plan->g->node[plan->row[r].node].shape),
               plan->row[r].layout == HOX__BLOCKED ? "blocked" : "");
    hox__denormals_restore(state);
}

static void serve(bench *b)
{
    char line[64];
    measure(b, 0.2);
    printf("%.6f\n", hox__plan_describe(b->plan).flops * 1e-9);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        printf("%.1f\n", measure(b, atof(line)));
        fflush(stdout);
    }
}

static void report(bench *b, bool list)
{
    measure(b, 0.2);
    const double took = measure(b, 1);
    const hox__plan_facts facts = hox__plan_describe(b->plan);
    float value;
    hox__plan_read(b->plan, b->loss, &value);
    printf("%s %d: %.0f us, %.0f GFLOP/s, %d rows; compiled in %.1f ms, again %.1f ms; arena %.1f "
           "MB; loss %.3f\n",
           b->name, (int)b->batch, took, facts.flops * 1e-3 / took, facts.rows, b->first_ms,
           b->again_ms, (double)facts.arena_bytes * 1e-6, (double)value);
    if (list)
        list_rows(b->plan);
}

/* Since the process began, by the clock that /proc counts in. */
static double process_age_s(void)
{
    char text[1024] = "";
    FILE *f = fopen("/proc/self/stat", "r");
    const size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    text[n] = '\0';
    const char *at = strrchr(text, ')');
    double ticks = 0;
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (at)
        ticks = strtod(at, NULL);
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec - ticks / (double)sysconf(_SC_CLK_TCK);
}

static void once(bench *b)
{
    const double ready = processor_s() * 1e3;
    step(b);
    printf(
        "%s %d: first step done %.0f ms after the process began (to 10 ms), %.1f ms of processor "
        "time: %.1f until compiling; compiled in %.1f ms; weights %.1f, the step %.1f\n",
        b->name, (int)b->batch, process_age_s() * 1e3, processor_s() * 1e3, b->before_ms,
        b->first_ms, ready - b->before_ms - b->first_ms, processor_s() * 1e3 - ready);
}

static void nothing(const hox__row *row)
{
    (void)row;
}

static void row_cost(bench *b)
{
    enum { RUNS = 20000 };
    for (int r = 0; r < b->plan->rows; r++)
        b->plan->row[r].run = nothing;
    const double from = processor_s();
    for (int i = 0; i < RUNS; i++)
        hox__plan_run(b->plan);
    const double us = (processor_s() - from) * 1e6 / RUNS;
    printf("%s %d: %.4f us a row with empty kernels (%d rows)\n", b->name, (int)b->batch,
           us / b->plan->rows, b->plan->rows);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef double clock_of(void);

static double run_for(bench *b, hox__plan *plan, clock_of *now, double seconds)
{
    hox__plan *own = b->plan;
    b->plan = plan;
    const double from = now();
    double took = 0;
    long steps = 0;
    do {
        step(b);
        steps++;
        took = now() - from;
    } while (took < seconds);
    b->plan = own;
    return took / (double)steps;
}

static hox__plan *plan_with(bench *b, const hox__plan_options *options)
{
    hox__plan *plan = NULL;
    compile(b, options, &plan);
    hox__plan_copy_variables(plan, b->plan);
    *(float *)hox__plan_input(plan, b->rate) = *(float *)hox__plan_input(b->plan, b->rate);
    run_for(b, plan, hox__clock_s, 0.2);
    return plan;
}

/* How many times as fast as the second the first is. */
static void against(bench *b, const hox__plan_options *one, const hox__plan_options *two,
                    clock_of *now, const char *what)
{
    enum { ROUNDS = 15 };
    double ratio[ROUNDS];
    hox__plan *first = plan_with(b, one), *second = plan_with(b, two);
    for (int i = 0; i < ROUNDS; i++)
        ratio[i] = run_for(b, second, now, 0.15) / run_for(b, first, now, 0.15);
    qsort(ratio, ROUNDS, sizeof *ratio, by_value);
    printf("%s %d: %.2f times as fast: %s (time of the %s, median of %d); %.1f MB for %.1f\n",
           b->name, (int)b->batch, ratio[ROUNDS / 2], what,
           now == processor_s ? "processor" : "wall", ROUNDS,
           (double)hox__plan_describe(first).arena_bytes * 1e-6,
           (double)hox__plan_describe(second).arena_bytes * 1e-6);
    hox__plan_free(first);
    hox__plan_free(second);
}

static bool is_net(const char *name)
{
    static const char *const nets[] = {"tiny", "lenet", "mlp",  "cnn6",   "fashion",
                                       "deep", "lstm",  "cell", "learned"};
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
        if (strcmp(name, nets[i]) == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    bench b = {.name = argc > 1 ? argv[1] : "", .batch = argc > 2 ? atoll(argv[2]) : 0};
    if (b.batch < 1 || b.batch > EXAMPLES || !is_net(b.name)) {
        fprintf(stderr,
                "usage: bench-engine NET BATCH [list | serve | once | row | threads N | half | "
                "half-list | bf16]\n");
        return 2;
    }
    const char *what = argc > 3 ? argv[3] : "";
    b.once = strcmp(what, "once") == 0;
    b.half = strncmp(what, "half", 4) == 0;
    bench_open(&b);
    if (strcmp(what, "serve") == 0)
        serve(&b);
    else if (b.once)
        once(&b);
    else if (strcmp(what, "row") == 0)
        row_cost(&b);
    else if (strcmp(what, "threads") == 0)
        against(&b, &(hox__plan_options){.threads = argc > 4 ? atoi(argv[4]) : 2}, &as_it_comes,
                hox__clock_s, "several threads against one");
    else if (strcmp(what, "bf16") == 0) {
        const hox__plan_options direct = {.direct = true};
        against(&b, &in_half, &direct, processor_s, "bf16 against direct floats");
        against(&b, &in_half, &as_it_comes, processor_s, "bf16 against floats with Winograd");
    } else
        report(&b, strstr(what, "list") != NULL);
    bench_close(&b);
    return 0;
}
