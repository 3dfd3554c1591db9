/* The arithmetic of shapes: a layer's rule as read by shape_rules.c, applied to what arrives. */
#include "space/shape.h"
#include "base/text.h"
#include "space/cost.h"
#include <math.h>
#include <string.h>

/* ---- dimensions ---- */

static double incoming(const hox__shape *in, int j)
{
    return j < in->rank ? in->dim[j] : (double)NAN;
}

static double size_of(const hox__shape *in)
{
    double n = 1;
    for (int i = 0; i < in->rank; i++)
        n *= in->dim[i];
    return n;
}

/* `same` is the incoming size of the dimension that the parameter sets (decisions 2.1); a change of
 * rank counts dimensions from the end. */
static double parameter(const hox__call *call, const hox__shape *in, int k)
{
    const hox__value v = call->value[k];
    if (v.kind == HOX__VALUE_NUMBER)
        return v.number;
    if (v.kind == HOX__VALUE_WORD && !strcmp(v.name, "classes"))
        return call->facts->classes > 0 ? (double)call->facts->classes : (double)NAN;
    if (v.kind == HOX__VALUE_WORD && !strcmp(v.name, "same")) {
        int j = call->layer->param[k].sets;
        if (j < 0)
            return (double)NAN;
        return incoming(in, in->rank == call->layer->out_rank ? j : in->rank - 1);
    }
    return (double)NAN;
}

static bool says_yes(const hox__call *call, const hox__dim *d)
{
    if (d->kind != HOX__DIM_PARAM)
        return false;
    const hox__value v = call->value[d->index];
    return v.kind == HOX__VALUE_WORD && !strcmp(v.name, "yes");
}

static double dim(const hox__call *call, const hox__shape *in, const hox__dim *d)
{
    switch (d->kind) {
    case HOX__DIM_NUMBER:
        return d->number;
    case HOX__DIM_PARAM:
        return parameter(call, in, d->index);
    case HOX__DIM_INPUT:
        return incoming(in, d->index);
    case HOX__DIM_SIZE:
        return size_of(in);
    case HOX__DIM_LAST:
        return in->rank > 0 ? in->dim[in->rank - 1] : (double)NAN;
    case HOX__DIM_BINARY:
        return hox__arithmetic(d->op, dim(call, in, d->kid[0]), dim(call, in, d->kid[1]));
    case HOX__DIM_CEIL:
        return ceil(dim(call, in, d->kid[0]));
    case HOX__DIM_FLOOR:
        return floor(dim(call, in, d->kid[0]));
    case HOX__DIM_POOLED: {
        double h = dim(call, in, d->kid[0]), k = dim(call, in, d->kid[1]);
        double s = dim(call, in, d->kid[2]);
        return ceil((says_yes(call, d->kid[3]) ? h : h - k + 1) / s);
    }
    }
    return (double)NAN;
}

/* ---- where ---- */

/* A comparison with something unknown holds. */
static bool compare(const char *op, double a, double b)
{
    if (isnan(a) || isnan(b))
        return true;
    switch (*op) {
    case '=':
        return a == b;
    case '!':
        return a != b;
    case '<':
        return op[1] ? a <= b : a < b;
    default:
        return op[1] ? a >= b : a > b;
    }
}

static bool fits(const hox__call *call, const hox__shape *in, const hox__fits *f)
{
    switch (f->kind) {
    case HOX__FITS_AND:
    case HOX__FITS_OR: {
        bool all = f->kind == HOX__FITS_AND;
        for (int i = 0; i < f->n; i++)
            if (fits(call, in, f->kid[i]) != all)
                return !all;
        return all;
    }
    case HOX__FITS_NOT:
        return !fits(call, in, f->kid[0]);
    case HOX__FITS_COMPARE:
        return compare(f->op, dim(call, in, f->dim[0]), dim(call, in, f->dim[1]));
    case HOX__FITS_WORD: {
        const hox__value v = call->value[f->index];
        bool same = v.kind == HOX__VALUE_WORD && !strcmp(v.name, f->word);
        return v.kind == HOX__VALUE_NONE || same == (*f->op == '=');
    }
    }
    return true;
}

/* ---- the whole layer ---- */

static bool takes(const hox__layer *layer, const hox__shape *in)
{
    if (strcmp(layer->input, "any") && strcmp(layer->input, in->name))
        return false;
    return layer->input_rank < 0 || layer->input_rank == in->rank;
}

bool hox__shape_apply(const hox__call *call, const hox__shape *in, hox__shape *out)
{
    const hox__layer *layer = call->layer;
    *out = (hox__shape){0};
    if (!takes(layer, in) || (layer->fits && !fits(call, in, layer->fits)))
        return false;
    if (layer->out == HOX__OUT_SAME) {
        *out = *in;
        if (strcmp(layer->out_name, "any"))
            out->name = layer->out_name;
        return true;
    }
    hox__shape shape = {layer->out_name, layer->out_rank, {0}};
    for (int j = 0; j < layer->out_rank; j++) {
        double d = layer->out_dim[j] ? dim(call, in, layer->out_dim[j]) : (double)NAN;
        if (isnan(d))
            return true; /* unknown from here on */
        if (d < 1 || d > 1e12)
            return false;
        shape.dim[j] = floor(d);
    }
    if ((layer->mapped || layer->stepped) && in->rank == 2)
        shape = (hox__shape){in->name, 2, {in->dim[0], shape.dim[0]}};
    *out = shape;
    return true;
}

static int parameter_named(const hox__layer *layer, const char *name)
{
    for (int k = 0; k < layer->n; k++)
        if (!strcmp(layer->param[k].name, name))
            return k;
    return -1;
}

typedef struct {
    const hox__call *call;
    const hox__shape *in;
} site;

static double site_number(void *ctx, const char *name, bool most)
{
    const site *s = ctx;
    int k = parameter_named(s->call->layer, name);
    double x = k < 0 ? (double)NAN : parameter(s->call, s->in, k);
    return isnan(x) ? (most ? s->in->dim[2] : 1) : x;
}

static bool site_is(void *ctx, const char *name, const char *word)
{
    const site *s = ctx;
    int k = parameter_named(s->call->layer, name);
    return k >= 0 && s->call->value[k].kind == HOX__VALUE_WORD &&
           !strcmp(s->call->value[k].name, word);
}

void hox__shape_cost(const hox__call *call, const hox__shape *in, const hox__shape *out,
                     double cost[HOX__METRICS])
{
    memset(cost, 0, HOX__METRICS * sizeof *cost);
    if (!out->name)
        return;
    cost[HOX__MEMORY] = 4; /* bytes of a float */
    for (int i = 0; i < out->rank; i++)
        cost[HOX__MEMORY] *= out->dim[i];
    if (call->layer->cost < 0)
        return;
    site s = {call, in};
    hox__cost_site c = {in->dim, out->dim, in->rank, out->rank, site_number, site_is, &s};
    hox__cost_of(call->layer->cost, &c, cost);
}

void hox__shape_print(hox__text *out, const hox__shape *shape)
{
    if (!shape->name || !shape->rank)
        hox__text_puts(out, shape->name ? shape->name : "?");
    for (int i = 0; i < shape->rank; i++) {
        if (i)
            hox__text_putc(out, 'x');
        hox__text_number(out, shape->dim[i]);
    }
}

double hox__shape_stepped(const hox__call *call, const hox__shape *in, hox__shape *part)
{
    hox__shape out;
    *part = (hox__shape){"vector", 0, {0}};
    if (in->rank != 2 || !hox__shape_apply(call, in, &out) || out.rank != 2)
        return (double)NAN;
    *part = (hox__shape){"vector", 1, {in->dim[1] + out.dim[1]}};
    return in->dim[0];
}

bool hox__facts_known(const hox_facts *facts)
{
    return facts->height > 0 || facts->features > 0 || facts->length > 0;
}

hox__shape hox__shape_of_root(const hox_space *space, const char *root)
{
    const hox_facts *f = &space->facts;
    if (!strcmp(root, "net") && f->height > 0)
        return (hox__shape){"image", 3, {(double)f->height, (double)f->width, (double)f->channels}};
    if (!strcmp(root, "net") && f->features > 0)
        return (hox__shape){"vector", 1, {(double)f->features}};
    if (!strcmp(root, "net") && f->length > 0)
        return (hox__shape){"tokens", 2, {(double)f->length, (double)f->vocabulary}};
    static const char *const start[][2] = {
        {"train", "weights"}, {"schedule", "rate"}, {"data", "files"}};
    for (size_t i = 0; i < sizeof start / sizeof *start; i++)
        if (!strcmp(root, start[i][0]))
            return (hox__shape){start[i][1], 0, {0}};
    return (hox__shape){0};
}
