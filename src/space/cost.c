/* The cost table of native layers. Costs grow with every parameter but `groups`, so the least
 * values of the parameters give the least cost. */
#include "space/cost.h"
#include <stddef.h>
#include <string.h>

static double product(const double *dim, int n)
{
    double p = 1;
    for (int i = 0; i < n; i++)
        p *= dim[i];
    return p;
}

static void finish(const hox__cost_site *s, double weights, double biases, double positions,
                   double cost[3])
{
    cost[0] = weights + (s->is(s->ctx, "bias", "yes") ? biases : 0);
    cost[1] = 2 * positions * weights;
    cost[2] = 1;
}

/* [filters, c / groups, kernel, width] at every place of the output. */
static void conv(const hox__cost_site *s, double cost[3])
{
    double window = s->number(s->ctx, "kernel", false) * s->number(s->ctx, "width", false);
    double weights = s->out[2] * (s->in[2] / s->number(s->ctx, "groups", true)) * window;
    finish(s, weights, s->out[2], s->out[0] * s->out[1], cost);
}

static void depthwise(const hox__cost_site *s, double cost[3])
{
    double side = s->number(s->ctx, "kernel", false);
    finish(s, s->in[2] * side * side, s->in[2], s->out[0] * s->out[1], cost);
}

static void dense(const hox__cost_site *s, double cost[3])
{
    finish(s, product(s->in, s->in_rank) * s->out[0], s->out[0], 1, cost);
}

static void norm(const hox__cost_site *s, double cost[3])
{
    cost[0] = s->in_rank ? 2 * s->in[s->in_rank - 1] : 0; /* a scale and a shift a channel */
    cost[2] = 1;
}

static void pool(const hox__cost_site *s, double cost[3])
{
    (void)s;
    cost[2] = 1;
}

static const struct {
    const char *layer;
    void (*cost)(const hox__cost_site *site, double cost[3]);
    int in_rank, out_rank; /* at least */
    const char *depends[5];
} rows[] = {
    {"conv", conv, 3, 3, {"kernel", "width", "groups", "bias"}},
    {"depthwise", depthwise, 3, 3, {"kernel", "bias"}},
    {"dense", dense, 0, 1, {"bias"}},
    {"norm", norm, 0, 0, {NULL}},
    {"maxpool", pool, 0, 0, {NULL}},
    {"avgpool", pool, 0, 0, {NULL}},
    {"globalpool", pool, 0, 0, {NULL}},
};

int hox__cost_row(const char *layer)
{
    for (int i = 0; i < (int)(sizeof rows / sizeof *rows); i++)
        if (!strcmp(rows[i].layer, layer))
            return i;
    return -1;
}

bool hox__cost_depends(int row, const char *parameter)
{
    for (int i = 0; row >= 0 && i < 5 && rows[row].depends[i]; i++)
        if (!strcmp(rows[row].depends[i], parameter))
            return true;
    return false;
}

void hox__cost_of(int row, const hox__cost_site *site, double cost[3])
{
    cost[0] = cost[1] = cost[2] = 0;
    if (row >= 0 && site->in_rank >= rows[row].in_rank && site->out_rank >= rows[row].out_rank)
        rows[row].cost(site, cost);
}
