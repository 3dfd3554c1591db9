/* One training step of the nets of peer.py, built directly on the graph, one thread.
 *
 * usage: bench-engine NET BATCH [SECONDS] [list]
 * NET: tiny lenet mlp cnn6 fashion. Prints one line: NET BATCH hox microseconds-a-step (median of 9
 * samples) images-a-second, then milliseconds that compiling the plan took, first and again, the
 * arena in MB and the loss. The batches are slices of 4096 drawn images, copied in before each step
 * within the time measured. `list` prints the rows of the plan with their times.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "tensor/compile.h"
#include "tensor/plan.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 9, WEIGHTS_MAX = 64, IMAGES = 4096, PIXELS = 784, CLASSES = 10 };

typedef struct {
    hox__graph *g;
    hox__node weight[WEIGHTS_MAX];
    float bound[WEIGHTS_MAX]; /* of the uniform start; 0: ones for scales */
    int weights;
} net;

static hox__node weight(net *n, hox__shape shape, float bound)
{
    char name[16];
    snprintf(name, sizeof name, "w%d", n->weights);
    n->bound[n->weights] = bound;
    n->weight[n->weights] = hox__variable(n->g, shape, name);
    return n->weight[n->weights++];
}

static hox__node conv_norm_relu(net *n, hox__node x, int64_t out, int64_t k)
{
    const int64_t in = hox__node_shape(n->g, x)->dim[1], p = k / 2;
    const hox__node w = weight(n, HOX__SHAPE(out, in, k, k), sqrtf(6.0f / (float)(in * k * k)));
    const hox__node y = hox__conv(n->g, x, w, (hox__window){1, 1, p, p, p, p, 1});
    const hox__node scale = weight(n, HOX__SHAPE(out), 0), shift = weight(n, HOX__SHAPE(out), -1);
    return hox__relu(n->g, hox__batch_norm(n->g, y, scale, shift, NULL, NULL));
}

static hox__node halve(net *n, hox__node x)
{
    return hox__maxpool(n->g, x, 2, 2, (hox__window){2, 2, 0, 0, 0, 0, 0});
}

static hox__node dense(net *n, hox__node x, int64_t out)
{
    const hox__shape *s = hox__node_shape(n->g, x);
    int64_t in = 1;
    for (int i = 1; i < s->rank; i++)
        in *= s->dim[i];
    const hox__node flat = hox__reshape(n->g, x, HOX__SHAPE(s->dim[0], in));
    const hox__node w = weight(n, HOX__SHAPE(out, in), sqrtf(6.0f / (float)in));
    const hox__node b = weight(n, HOX__SHAPE(out), -1);
    const hox__node y = hox__matmul(n->g, flat, w, false, true);
    const hox__shape shape = *hox__node_shape(n->g, y);
    return hox__add(n->g, y, hox__expand(n->g, hox__reshape(n->g, b, HOX__SHAPE(1, out)), shape));
}

static hox__node global_average(net *n, hox__node x)
{
    const hox__shape *s = hox__node_shape(n->g, x);
    return hox__avgpool(n->g, x, s->dim[2], s->dim[3], (hox__window){1, 1, 0, 0, 0, 0, 0});
}

static hox__node cnn6(net *n, hox__node x)
{
    for (int stage = 0; stage < 3; stage++) {
        const hox__node y = conv_norm_relu(n, x, 32 << stage, 3);
        x = hox__add(n->g, conv_norm_relu(n, y, 32 << stage, 3), y);
        if (stage < 2)
            x = halve(n, x);
    }
    return dense(n, global_average(n, x), CLASSES);
}

/* What the search of spaces/fashion-mnist.hox mostly draws. */
static hox__node fashion(net *n, hox__node x)
{
    x = halve(n, conv_norm_relu(n, x, 16, 3));
    x = conv_norm_relu(n, conv_norm_relu(n, x, 32, 3), 32, 3);
    x = conv_norm_relu(n, halve(n, x), 64, 3);
    return dense(n, hox__dropout(n->g, global_average(n, x), 0.1f, "dropout", 0), CLASSES);
}

static hox__node build(net *n, const char *name, hox__node x)
{
    if (strcmp(name, "tiny") == 0) {
        x = halve(n, conv_norm_relu(n, x, 16, 3));
        x = halve(n, conv_norm_relu(n, x, 32, 3));
        return dense(n, x, CLASSES);
    }
    if (strcmp(name, "lenet") == 0) {
        x = halve(n, conv_norm_relu(n, x, 32, 5));
        x = halve(n, conv_norm_relu(n, x, 64, 5));
        return dense(n, hox__relu(n->g, dense(n, x, 128)), CLASSES);
    }
    if (strcmp(name, "mlp") == 0) {
        x = hox__relu(n->g, dense(n, x, 256));
        return dense(n, hox__relu(n->g, dense(n, x, 256)), CLASSES);
    }
    return strcmp(name, "fashion") == 0 ? fashion(n, x) : cnn6(n, x);
}

/* Stochastic gradient descent with Nesterov momentum 0.9. */
static void updates(net *n, hox__node loss, hox__node rate)
{
    hox__node gradient[WEIGHTS_MAX];
    const hox__node mu = hox__constant(n->g, HOX__SCALAR, 0.9f);
    hox__gradients(n->g, loss, n->weight, n->weights, gradient);
    for (int i = 0; i < n->weights; i++) {
        char name[16];
        snprintf(name, sizeof name, "m%d", i);
        const hox__node m = hox__variable(n->g, *hox__node_shape(n->g, n->weight[i]), name);
        const hox__node next = hox__add(n->g, hox__mul(n->g, mu, m), gradient[i]);
        const hox__node step = hox__add(n->g, gradient[i], hox__mul(n->g, mu, next));
        hox__assign(n->g, m, next);
        hox__assign(n->g, n->weight[i], hox__sub(n->g, n->weight[i], hox__mul(n->g, rate, step)));
    }
}

static void start(hox__plan *plan, const net *n)
{
    hox_rng rng = hox_rng_seed(1);
    for (int i = 0; i < n->weights; i++) {
        char name[16];
        snprintf(name, sizeof name, "w%d", i);
        const hox__shape *s = hox__node_shape(n->g, n->weight[i]);
        int64_t count = 1;
        for (int k = 0; k < s->rank; k++)
            count *= s->dim[k];
        float *v = hox__alloc((size_t)count, sizeof *v);
        for (int64_t k = 0; v && k < count; k++)
            v[k] = n->bound[i] > 0   ? (float)(hox_rng_unit(&rng) * 2 - 1) * n->bound[i]
                   : n->bound[i] < 0 ? 0
                                     : 1;
        hox__plan_set(plan, name, v, count);
        hox__free(v);
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Microseconds of each row, the best of some runs. */
static void list_rows(hox__plan *plan)
{
    double *best = hox__alloc((size_t)plan->rows, sizeof *best);
    for (int run = 0; best && run < 50; run++)
        for (int r = 0; r < plan->rows; r++) {
            const double from = hox__clock_s();
            plan->row[r].run(&plan->row[r]);
            const double took = hox__clock_s() - from;
            if (run == 0 || took < best[r])
                best[r] = took;
        }
    for (int r = 0; best && r < plan->rows; r++)
        printf("%4d %-16s %8.1f us  %s %s\n", r, plan->row[r].label, best[r] * 1e6,
               HOX__SHAPE_STRING(&plan->g->node[plan->row[r].node].shape),
               plan->row[r].layout == HOX__BLOCKED ? "blocked" : "");
    hox__free(best);
}

static double compile(const net *n, hox__node loss, hox__plan **plan)
{
    hox_error err = {0};
    const double from = hox__clock_s();
    if (hox__plan_new(n->g, &loss, 1, NULL, plan, &err) != HOX_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    return (hox__clock_s() - from) * 1e3;
}

/* The images that batches are cut from. */
typedef struct {
    float *image;
    int32_t *label;
    int64_t batch, at;
} feed;

static feed feed_new(int64_t batch)
{
    feed f = {hox__alloc(IMAGES * PIXELS, sizeof *f.image), hox__alloc(IMAGES, sizeof *f.label),
              batch, 0};
    if (!f.image || !f.label)
        exit(1);
    hox_rng rng = hox_rng_seed(2);
    for (int64_t i = 0; i < IMAGES * PIXELS; i++)
        f.image[i] = (float)(hox_rng_unit(&rng) * 4 - 2);
    for (int64_t i = 0; i < IMAGES; i++)
        f.label[i] = (int32_t)hox_rng_below(&rng, CLASSES);
    return f;
}

static void step(hox__plan *plan, feed *f, hox__node x, hox__node label)
{
    const int64_t from = f->at++ % (IMAGES / f->batch) * f->batch;
    memcpy(hox__plan_input(plan, x), f->image + from * PIXELS,
           (size_t)(f->batch * PIXELS) * sizeof *f->image);
    memcpy(hox__plan_input(plan, label), f->label + from, (size_t)f->batch * sizeof *f->label);
    hox__plan_run(plan);
}

/* Seconds a step. */
static double measure(hox__plan *plan, feed *f, double seconds, hox__node x, hox__node label)
{
    double sample[SAMPLES];
    long steps = 4;
    for (int s = -1; s < SAMPLES; s++) {
        const double from = hox__clock_s();
        for (long i = 0; i < steps; i++)
            step(plan, f, x, label);
        const double one = (hox__clock_s() - from) / (double)steps;
        if (s >= 0)
            sample[s] = one;
        else
            steps = (long)(seconds / SAMPLES / one) + 1;
    }
    qsort(sample, SAMPLES, sizeof *sample, by_value);
    return sample[SAMPLES / 2];
}

static bool is_net(const char *name)
{
    static const char *const nets[] = {"tiny", "lenet", "mlp", "cnn6", "fashion"};
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
        if (strcmp(name, nets[i]) == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    const int64_t batch = argc > 2 ? atoll(argv[2]) : 0;
    if (batch < 1 || batch > IMAGES || !is_net(argv[1])) {
        fprintf(stderr, "usage: bench-engine tiny|lenet|mlp|cnn6|fashion BATCH [SECONDS] [list]\n");
        return 2;
    }
    net n = {.g = hox__graph_new()};
    const hox__node x = hox__input(n.g, HOX__F32, HOX__SHAPE(batch, 1, 28, 28), "x");
    const hox__node label = hox__input(n.g, HOX__I32, HOX__SHAPE(batch), "label");
    const hox__node rate = hox__input(n.g, HOX__F32, HOX__SCALAR, "rate");
    const hox__node loss = hox__softmax_xent(n.g, build(&n, argv[1], x), label);
    updates(&n, loss, rate);
    hox__plan *plan = NULL, *again = NULL;
    const double first = compile(&n, loss, &plan), second = compile(&n, loss, &again);
    hox__plan_free(again);
    start(plan, &n);
    *(float *)hox__plan_input(plan, rate) = 0.05f;
    feed f = feed_new(batch);
    const double took = measure(plan, &f, argc > 3 ? atof(argv[3]) : 3, x, label);
    float value;
    hox__plan_read(plan, loss, &value);
    printf("%s %d hox %.0f %.0f  compiled %.1f ms, again %.1f ms, arena %.1f MB, loss %.3f\n",
           argv[1], (int)batch, took * 1e6, (double)batch / took, first, second,
           (double)hox__plan_describe(plan).arena_bytes * 1e-6, (double)value);
    if (argc > 4)
        list_rows(plan);
    hox__free(f.image);
    hox__free(f.label);
    hox__plan_free(plan);
    hox__graph_free(n.g);
    return 0;
}
