/* One arena for everything a plan touches, of a size known before it is allocated.
 *
 * Variables and pinned values come first. Temporaries live from the row that writes them to the
 * last that reads them; they are placed largest first, each into the smallest gap that is free
 * during its life (best fit). A result may take the place of an operand that dies in the same row.
 */
#include "base/alloc.h"
#include "tensor/compile.h"
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64 };

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static int root(const hox__plan *plan, int buffer)
{
    while (buffer >= 0 && plan->buffer[buffer].joined >= 0)
        buffer = plan->buffer[buffer].joined;
    return buffer;
}

static void touch(hox__plan *plan, int buffer, int row)
{
    if (buffer < 0)
        return;
    hox__buffer *b = &plan->buffer[root(plan, buffer)];
    if (b->first < 0)
        b->first = row;
    b->last = row;
}

static void measure_lives(hox__plan *plan)
{
    for (int i = 0; i < plan->buffers; i++)
        plan->buffer[i].first = plan->buffer[i].last = -1;
    for (int r = 0; r < plan->rows; r++) {
        const hox__row *row = &plan->row[r];
        for (int i = 0; i < row->call.n; i++)
            touch(plan, row->in_buffer[i], r);
        for (int i = 0; i < row->outs; i++)
            touch(plan, row->out_buffer[i], r);
        touch(plan, row->scratch_buffer, r);
    }
}

static int writer(const hox__plan *plan, int buffer)
{
    for (int r = 0; r < plan->rows; r++)
        for (int i = 0; i < plan->row[r].outs; i++)
            if (root(plan, plan->row[r].out_buffer[i]) == buffer)
                return r;
    return -1;
}

/* May result `out` of the row be written where `buffer`, an operand, lies? */
static bool lies_over(const hox__plan *plan, const hox__row *row, int buffer, int out)
{
    for (int i = 0; i < row->call.n; i++)
        if (root(plan, row->in_buffer[i]) == buffer && (!row->over || !row->over(row, i, out)))
            return false;
    return true;
}

static int result_of(const hox__plan *plan, const hox__row *row, int buffer)
{
    for (int i = 0; i < row->outs; i++)
        if (root(plan, row->out_buffer[i]) == buffer)
            return i;
    return -1;
}

/* Can the new value of a variable be written over the old one? Not before its last reader. */
static bool overwrites(const hox__plan *plan, int variable, int value)
{
    const int at = writer(plan, value);
    if (at < 0 || plan->buffer[value].lifetime != HOX__TEMPORARY ||
        plan->buffer[value].bytes != plan->buffer[variable].bytes)
        return false;
    const hox__row *row = &plan->row[at];
    const int last = plan->buffer[variable].last;
    return last < at || (last == at && lies_over(plan, row, variable, result_of(plan, row, value)));
}

static void run_store(const hox__row *row)
{
    memcpy(row->out[0], row->call.in[0],
           (size_t)hox__shape_count(row->call.out_shape) * sizeof(float));
}

/* A copy made by no node: from one buffer to another. */
static bool copy_row(hox__compile *c, hox__node node, int from, int to, const char *label)
{
    hox__row *row = hox__row_add(c, node, &node, NULL, 1);
    if (!row)
        return false;
    row->run = run_store;
    row->label = label;
    row->in_buffer[0] = from;
    row->out_buffer[0] = to;
    row->outs = 1;
    return true;
}

/* New values of variables: over the old ones where that is safe, else through a copy at the end.
 * Values that are themselves kept places (another variable, an input) are copied aside first. */
static bool store_assignments(hox__compile *c)
{
    hox__plan *plan = c->plan;
    const hox__graph *g = c->g;
    int *from = hox__arena_alloc(c->scratch, (size_t)g->assigns + 1, sizeof *from);
    if (!from)
        return hox__compile_short(c);
    for (int i = 0; i < g->assigns; i++) {
        from[i] = root(plan, c->at[g->assign[i].value][HOX__PLAIN]);
        if (writer(plan, from[i]) >= 0)
            continue;
        const int aside = hox__buffer_add(c, plan->buffer[from[i]].bytes, HOX__TEMPORARY);
        if (aside < 0 || !copy_row(c, g->assign[i].value, from[i], aside, "keep"))
            return false;
        from[i] = aside;
    }
    for (int i = 0; i < g->assigns; i++) {
        const int to = root(plan, c->at[g->assign[i].variable][HOX__PLAIN]);
        measure_lives(plan);
        from[i] = root(plan, from[i]);
        if (overwrites(plan, to, from[i]))
            plan->buffer[from[i]].joined = to;
        else if (!copy_row(c, g->assign[i].variable, from[i], to, "store"))
            return false;
    }
    return true;
}

/* ---- offsets ---- */

typedef struct {
    int id;
    size_t bytes;
    int first, last;
} piece;

static int by_size(const void *a, const void *b)
{
    const piece *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x->id - y->id;
}

/* The smallest gap among placed buffers, in order of offsets, that are alive at the same time. */
static size_t best_fit(hox__buffer *const *placed, int n, const hox__buffer *b, size_t floor)
{
    const size_t bytes = aligned(b->bytes);
    size_t end = floor, best = SIZE_MAX, at = SIZE_MAX;
    for (int i = 0; i < n; i++) {
        const hox__buffer *other = placed[i];
        if (other->first > b->last || b->first > other->last)
            continue;
        if (other->offset >= end + bytes && other->offset - end < best) {
            best = other->offset - end;
            at = end;
        }
        const size_t stop = other->offset + aligned(other->bytes);
        end = stop > end ? stop : end;
    }
    return at == SIZE_MAX ? end : at;
}

static size_t place_temporaries(hox__plan *plan, piece *list, int n, hox__buffer **placed,
                                size_t floor)
{
    size_t top = floor;
    qsort(list, (size_t)n, sizeof *list, by_size);
    for (int count = 0; count < n; count++) {
        hox__buffer *b = &plan->buffer[list[count].id];
        b->offset = best_fit(placed, count, b, floor);
        if (b->offset + aligned(b->bytes) > top)
            top = b->offset + aligned(b->bytes);
        int k = count;
        for (; k > 0 && placed[k - 1]->offset > b->offset; k--)
            placed[k] = placed[k - 1];
        placed[k] = b;
    }
    return top;
}

static bool offsets(hox__compile *c)
{
    hox__plan *plan = c->plan;
    const size_t n = (size_t)plan->buffers + 1;
    piece *list = hox__arena_alloc(c->scratch, n, sizeof *list);
    hox__buffer **placed = hox__arena_alloc(c->scratch, n, sizeof(void *));
    if (!list || !placed)
        return hox__compile_short(c);
    size_t kept = 0;
    for (int pass = HOX__VARIABLES; pass <= HOX__PINNED; pass++) {
        for (int i = 0; i < plan->buffers; i++)
            if ((int)plan->buffer[i].lifetime == pass && plan->buffer[i].joined < 0) {
                plan->buffer[i].offset = kept;
                kept += aligned(plan->buffer[i].bytes);
            }
        if (pass == HOX__VARIABLES)
            plan->facts.variable_bytes = kept;
    }
    int count = 0;
    for (int i = 0; i < plan->buffers; i++) {
        const hox__buffer *b = &plan->buffer[i];
        if (b->lifetime == HOX__TEMPORARY && b->joined < 0 && b->first >= 0)
            list[count++] = (piece){i, b->bytes, b->first, b->last};
    }
    plan->facts.arena_bytes = place_temporaries(plan, list, count, placed, kept);
    return true;
}

/* A result takes the place of an operand of equal size that nobody reads later. */
static void join_result(hox__plan *plan, int r, int k)
{
    const hox__row *row = &plan->row[r];
    const int out = root(plan, row->out_buffer[k]);
    if (out < 0)
        return;
    hox__buffer *to = &plan->buffer[out];
    if (to->lifetime != HOX__TEMPORARY || to->first != r || to->last == r)
        return;
    for (int i = 0; i < row->call.n; i++) {
        const int in = root(plan, row->in_buffer[i]);
        hox__buffer *from = &plan->buffer[in];
        if (in == out || from->lifetime != HOX__TEMPORARY || from->last != r ||
            from->bytes != to->bytes || from->first == r || !lies_over(plan, row, in, k))
            continue;
        to->joined = in;
        from->last = to->last;
        return;
    }
}

static void join_in_place(hox__plan *plan)
{
    for (int r = 0; r < plan->rows; r++)
        for (int k = 0; plan->row[r].over && k < plan->row[r].outs; k++)
            join_result(plan, r, k);
}

/* Of what is also written with 16 bits, floats that nobody reads are not written at all. */
static void leave_out_unread(hox__plan *plan)
{
    for (int r = 0; r < plan->rows; r++) {
        hox__row *row = &plan->row[r];
        const hox__buffer *whole = &plan->buffer[root(plan, row->out_buffer[0])];
        if (row->half && whole->lifetime == HOX__TEMPORARY && whole->first == r && whole->last == r)
            row->out_buffer[0] = -1;
    }
    measure_lives(plan);
}

static bool bind_convolution(hox__compile *c, hox__row *row)
{
    void *a = c->plan->base + c->plan->buffer[root(c->plan, row->in_buffer[0])].offset;
    void *b = c->plan->base + c->plan->buffer[root(c->plan, row->in_buffer[1])].offset;
    void *out = row->out[0];
    const hox__op op = c->g->node[row->node].op;
    const bool good =
        op == HOX__OP_CONV      ? hox__convolution_bind(row->convolution, a, b, out, row->scratch)
        : op == HOX__OP_CONV_DX ? hox__convolution_bind(row->convolution, out, b, a, row->scratch)
                                : hox__convolution_bind(row->convolution, a, out, b, row->scratch);
    return good || hox__compile_short(c);
}

static bool bind(hox__compile *c)
{
    hox__plan *plan = c->plan;
    for (int r = 0; r < plan->rows; r++) {
        hox__row *row = &plan->row[r];
        const void **in = hox__compile_alloc(c, (size_t)row->call.n, sizeof *in);
        if (!in)
            return false;
        for (int i = 0; i < row->call.n; i++)
            in[i] = plan->base + plan->buffer[root(plan, row->in_buffer[i])].offset;
        for (int i = 0; i < row->outs; i++)
            if (row->out_buffer[i] >= 0)
                row->out[i] = plan->base + plan->buffer[root(plan, row->out_buffer[i])].offset;
        if (row->scratch_buffer >= 0)
            row->scratch = plan->base + plan->buffer[row->scratch_buffer].offset;
        row->call.in = in;
        row->call.out = row->out[0];
        if (row->convolution && !bind_convolution(c, row))
            return false;
    }
    return true;
}

static bool allocate(hox__compile *c)
{
    hox__plan *plan = c->plan;
    const size_t most = c->options->memory_bytes_max, need = plan->facts.arena_bytes;
    static const double mib = 1024 * 1024;
    if (most && need > most) {
        c->status = hox_fail(c->err, HOX_ERR_MEMORY,
                             "the network needs %.2f MiB of memory, the limit is %.2f MiB",
                             (double)need / mib, (double)most / mib);
        return false;
    }
    plan->base = hox__alloc_pages(need);
    if (!plan->base) {
        c->status = hox_fail(c->err, HOX_ERR_MEMORY,
                             "not enough memory: the network needs %zu bytes", need);
        return false;
    }
    return true;
}

bool hox__place(hox__compile *c)
{
    hox__plan *plan = c->plan;
    if (!store_assignments(c))
        return false;
    measure_lives(plan);
    leave_out_unread(plan);
    join_in_place(plan);
    if (!offsets(c) || c->dry)
        return c->status == HOX_OK;
    if (!allocate(c))
        return false;
    for (int i = 0; i < plan->buffers; i++)
        if (plan->buffer[i].joined >= 0)
            plan->buffer[i].offset = plan->buffer[root(plan, i)].offset;
    return bind(c);
}
