/* The cost table of native layers. Costs grow with every parameter but `groups`, so the least
 * values of the parameters give the least cost. */
#include "space/cost.h"
#include <stddef.h>
#include <string.h>

const char *const hox__metric_name[] = {"params", "flops", "depth", "memory"};

int hox__metric_named(const char *name)
{
    const int n = sizeof hox__metric_name / sizeof *hox__metric_name;
    for (int m = 0; m < n; m++)
        if (!strcmp(hox__metric_name[m], name))
            return m;
    return -1;
}

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

/* On a sequence the same weights at every step; tied, those of `embed`. */
static void dense(const hox__cost_site *s, double cost[3])
{
    const bool sequence = s->out_rank == 2;
    const double units = s->out[s->out_rank - 1], steps = sequence ? s->in[0] : 1;
    finish(s, (sequence ? s->in[1] : product(s->in, s->in_rank)) * units, units, steps, cost);
    if (!s->is(s->ctx, "tied", "no"))
        cost[0] = s->is(s->ctx, "bias", "yes") ? units : 0;
}

static void convtranspose(const hox__cost_site *s, double cost[3])
{
    double side = s->number(s->ctx, "kernel", false);
    finish(s, s->in[2] * s->out[2] * side * side, s->out[2], s->in[0] * s->in[1], cost);
}

static void conv1d(const hox__cost_site *s, double cost[3])
{
    double window = s->number(s->ctx, "kernel", false);
    double weights = s->out[1] * (s->in[1] / s->number(s->ctx, "groups", true)) * window;
    finish(s, weights, s->out[1], s->out[0], cost);
}

static void embed(const hox__cost_site *s, double cost[3])
{
    cost[0] = s->in[1] * s->out[1];
    cost[2] = 1;
}

static void position(const hox__cost_site *s, double cost[3])
{
    cost[0] = s->in[0] * s->in[1];
}

/* `gates` products of input and state, and as many biases. */
static void gated(const hox__cost_site *s, double gates, double more, double cost[3])
{
    double units = s->out[1], weights = gates * units * (s->in[1] + units);
    cost[0] = weights + (gates + more) * units;
    cost[1] = 2 * s->in[0] * weights;
    cost[2] = 1;
}

static void rnn(const hox__cost_site *s, double cost[3])
{
    gated(s, 1, 0, cost);
}

static void gru(const hox__cost_site *s, double cost[3])
{
    gated(s, 3, 1, cost);
}

static void lstm(const hox__cost_site *s, double cost[3])
{
    gated(s, 4, 0, cost);
}

/* Four square products a step, and every step against every step twice. */
static void attention(const hox__cost_site *s, double cost[3])
{
    double t = s->in[0], w = s->in[1];
    cost[0] = 4 * w * w + 4 * w;
    cost[1] = 2 * (4 * t * w * w + 2 * t * t * w);
    cost[2] = 1;
}

/* The gate; the network inside counts itself. */
static void highway(const hox__cost_site *s, double cost[3])
{
    double c = s->in[s->in_rank - 1];
    cost[0] = c * c + c;
    cost[1] = 2 * product(s->in, s->in_rank) * c;
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
    {"convtranspose", convtranspose, 3, 3, {"kernel", "bias"}},
    {"conv1d", conv1d, 2, 2, {"kernel", "groups", "bias"}},
    {"dense", dense, 0, 1, {"bias", "tied"}},
    {"norm", norm, 0, 0, {NULL}},
    {"layernorm", norm, 0, 0, {NULL}},
    {"groupnorm", norm, 0, 0, {NULL}},
    {"instancenorm", norm, 0, 0, {NULL}},
    {"embed", embed, 2, 2, {NULL}},
    {"position", position, 2, 0, {NULL}},
    {"rnn", rnn, 2, 2, {NULL}},
    {"gru", gru, 2, 2, {NULL}},
    {"lstm", lstm, 2, 2, {NULL}},
    {"attention", attention, 2, 0, {NULL}},
    {"highway", highway, 1, 0, {NULL}},
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

bool hox__cost_deepens(int row)
{
    return row >= 0 && rows[row].cost != highway && rows[row].cost != position;
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
