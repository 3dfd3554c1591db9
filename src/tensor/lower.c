/* Buffers and the order of rows: nodes are lowered on demand, operands first, so that rows come in
 * a legal order even when several nodes share one. A value asked for in a layout other than its
 * own is reordered once, and narrowed to 16 bits once: by the row that computes it if that can, so
 * that the floats are only there for as long as somebody reads them. */
#include "base/alloc.h"
#include "tensor/compile.h"
#include <assert.h>

bool hox__compile_short(hox__compile *c)
{
    if (c->status == HOX_OK)
        c->status = hox_fail(c->err, HOX_ERR_MEMORY,
                             "not enough memory to compile a graph of %d nodes", c->nodes);
    return false;
}

void *hox__compile_alloc(hox__compile *c, size_t n, size_t size)
{
    void *p = c->status == HOX_OK ? hox__arena_alloc(c->plan->arena, n ? n : 1, size) : NULL;
    if (!p)
        hox__compile_short(c);
    return p;
}

static bool grow(hox__compile *c, void **list, int count, int *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    const int wanted = *capacity ? *capacity * 2 : 64;
    void *grown = hox__realloc(*list, (size_t)wanted, size);
    if (!grown)
        return hox__compile_short(c);
    *list = grown;
    *capacity = wanted;
    return true;
}

static size_t element_bytes(hox__type type)
{
    return (int)type == HOX__U8 ? 1 : 4;
}

size_t hox__value_bytes(const hox__compile *c, hox__node a, hox__layout layout)
{
    const hox__value *v = &c->g->node[a];
    int64_t n = hox__shape_count(&v->shape);
    if (layout == HOX__PANELS) {
        const int64_t panel = 2 * c->plan->set->width, rows = v->shape.dim[0];
        n = (rows + panel - 1) / panel * panel * v->shape.dim[1];
    } else if (hox__layout_blocked(layout)) {
        const int64_t width = c->plan->set->width, channels = v->shape.dim[1];
        n = n / channels * ((channels + width - 1) / width * width);
    }
    if (hox__layout_half(layout))
        return (size_t)n * sizeof(uint16_t);
    return (size_t)n * element_bytes(v->type);
}

int hox__buffer_add(hox__compile *c, size_t bytes, hox__lifetime lifetime)
{
    hox__plan *plan = c->plan;
    if (!grow(c, (void **)&plan->buffer, plan->buffers, &c->buffer_capacity, sizeof *plan->buffer))
        return -1;
    plan->buffer[plan->buffers] =
        (hox__buffer){.bytes = bytes, .lifetime = lifetime, .first = -1, .last = -1, .joined = -1};
    return plan->buffers++;
}

static bool ensure(hox__compile *c, hox__node a);

/* With one cell and whole blocks the two layouts are the same bytes. */
static bool layouts_agree(const hox__compile *c, hox__node a)
{
    const hox__shape *s = &c->g->node[a].shape;
    return s->rank == 4 && s->dim[2] == 1 && s->dim[3] == 1 && s->dim[1] % c->plan->set->width == 0;
}

static void pack(const hox__row *row, const hox__planes *p)
{
    row->set->pack(p, row->call.in[0], row->out[0]);
}

static void unpack(const hox__row *row, const hox__planes *p)
{
    row->set->unpack(p, row->call.in[0], row->out[0]);
}

static void run_panels(const hox__row *row)
{
    const hox__shape *s = row->call.in_shape[0];
    row->set->gemm_pack(s->dim[0], s->dim[1], row->call.in[0], row->out[0]);
}

/* Window positions, which only leave the blocked layout when somebody differentiates twice. */
static void run_unpack_bytes(const hox__row *row)
{
    const hox__planes *p = &row->planes;
    const int64_t width = row->set->width, blocks = (p->c + width - 1) / width;
    const uint8_t *from = row->call.in[0];
    uint8_t *to = row->out[0];
    for (int64_t n = 0; n < p->n; n++)
        for (int64_t k = 0; k < p->c; k++)
            for (int64_t i = 0; i < p->cells; i++)
                to[(n * p->c + k) * p->cells + i] =
                    from[((n * blocks + k / width) * p->cells + i) * width + k % width];
}

static int panels(hox__compile *c, hox__node a)
{
    hox__row *row = hox__row_add(c, a, &a, NULL, 1);
    if (!row)
        return -1;
    row->label = "panels";
    row->run = run_panels;
    hox__row_output(c, row, a, HOX__PANELS);
    return c->at[a][HOX__PANELS];
}

/* ---- numbers of 16 bits ---- */

static void some_narrow(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    int64_t from, to;
    hox__team_span(row->planes.cells, HOX__STRIP, part, parts, &from, &to);
    row->set->narrow(to - from, (const float *)row->call.in[0] + from,
                     (uint16_t *)row->out[0] + from);
}

static void some_widen(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    int64_t from, to;
    hox__team_span(row->planes.cells, HOX__STRIP, part, parts, &from, &to);
    row->set->widen(to - from, (const uint16_t *)row->call.in[0] + from,
                    (float *)row->out[0] + from);
}

static void run_narrow(const hox__row *row)
{
    hox__run_shared(row, row->planes.cells, some_narrow);
}

static void run_widen(const hox__row *row)
{
    hox__run_shared(row, row->planes.cells, some_widen);
}

static int converted(hox__compile *c, hox__node a, hox__layout from, hox__layout to)
{
    const bool narrow = hox__layout_half(to);
    hox__row *row = hox__row_add(c, a, &a, &from, 1);
    if (!row)
        return -1;
    row->label = narrow ? "narrow" : "widen";
    row->run = narrow ? run_narrow : run_widen;
    row->planes.cells =
        (int64_t)(hox__value_bytes(c, a, narrow ? to : from) / sizeof(uint16_t)); /* and padding */
    hox__row_output(c, row, a, to);
    return c->at[a][to];
}

/* The row that computes `buffer`, if it can also write it with 16 bits; NULL: it cannot. */
static hox__row *narrowing_row(const hox__compile *c, int buffer)
{
    for (int r = c->plan->rows - 1; r >= 0; r--)
        if (c->plan->row[r].outs && c->plan->row[r].out_buffer[0] == buffer)
            return c->plan->row[r].narrows ? &c->plan->row[r] : NULL;
    return NULL;
}

static int narrowed(hox__compile *c, hox__node a, hox__layout layout)
{
    const hox__layout whole = hox__layout_of(hox__layout_blocked(layout), false);
    const int buffer = hox__operand(c, a, whole);
    hox__row *row = buffer < 0 ? NULL : narrowing_row(c, buffer);
    if (buffer < 0)
        return -1;
    if (!row)
        return converted(c, a, whole, layout);
    if (row->half == 0) {
        row->half = row->outs;
        hox__row_output(c, row, a, layout);
    }
    c->at[a][layout] = row->out_buffer[row->half];
    return c->at[a][layout];
}

hox__layout hox__layout_held(hox__compile *c, hox__node x)
{
    const hox__layout own = (hox__layout)c->layout[x],
                      half = hox__layout_of(own == HOX__BLOCKED, true);
    if (c->status == HOX_OK)
        ensure(c, x);
    return c->at[x][own] < 0 && c->at[x][half] >= 0 ? half : own;
}

/* ---- operands ---- */

/* In the one of the layouts of floats that it is not in yet. */
static int reordered(hox__compile *c, hox__node a, hox__layout layout)
{
    const hox__layout own = layout == HOX__PLAIN ? HOX__BLOCKED : HOX__PLAIN;
    if (layouts_agree(c, a)) {
        c->at[a][layout] = c->at[a][own];
        return c->at[a][layout];
    }
    assert(c->at[a][own] >= 0);
    hox__row *row = hox__row_add(c, a, &a, &own, 1);
    if (!row)
        return -1;
    row->label = layout == HOX__PLAIN ? "unpack" : "pack";
    row->planes = hox__planes_of(&c->g->node[a].shape, HOX__PLAIN);
    if (layout == HOX__PLAIN && (int)c->g->node[a].type == HOX__U8)
        row->run = run_unpack_bytes;
    else
        hox__share_images(row, layout == HOX__BLOCKED ? pack : unpack);
    hox__row_output(c, row, a, layout);
    return c->at[a][layout];
}

int hox__operand(hox__compile *c, hox__node a, hox__layout layout)
{
    if (c->status != HOX_OK || (c->at[a][layout] < 0 && !ensure(c, a)))
        return -1;
    if (c->at[a][layout] >= 0)
        return c->at[a][layout];
    if (layout == HOX__PANELS)
        return panels(c, a);
    if (hox__layout_half(layout))
        return narrowed(c, a, layout);
    for (int blocked = 0; blocked < 2; blocked++) {
        const hox__layout whole = hox__layout_of(blocked, false),
                          half = hox__layout_of(blocked, true);
        if (c->at[a][HOX__PLAIN] < 0 && c->at[a][HOX__BLOCKED] < 0 && c->at[a][half] >= 0 &&
            converted(c, a, half, whole) < 0)
            return -1;
    }
    return c->at[a][layout] >= 0 ? c->at[a][layout] : reordered(c, a, layout);
}

hox__row *hox__row_add(hox__compile *c, hox__node node, const hox__node *in,
                       const hox__layout *layout, int n)
{
    hox__plan *plan = c->plan;
    int *buffer = hox__compile_alloc(c, (size_t)n, sizeof *buffer);
    const hox__shape **shape = hox__compile_alloc(c, (size_t)n, sizeof *shape);
    for (int i = 0; buffer && shape && i < n; i++) {
        buffer[i] = hox__operand(c, in[i], layout ? layout[i] : HOX__PLAIN);
        shape[i] = &c->g->node[in[i]].shape;
    }
    if (c->status != HOX_OK ||
        !grow(c, (void **)&plan->row, plan->rows, &c->row_capacity, sizeof *plan->row))
        return NULL;
    hox__row *row = &plan->row[plan->rows++];
    const hox__value *v = &c->g->node[node];
    *row = (hox__row){.node = node,
                      .in_buffer = buffer,
                      .scratch_buffer = -1,
                      .set = plan->set,
                      .team = plan->team};
    row->label = hox__operations[v->op].name;
    row->step = &plan->step;
    row->call.n = n;
    row->call.in_shape = shape;
    row->call.param = &v->param;
    row->call.out_shape = &v->shape;
    row->call.out_bytes = (int)element_bytes(v->type);
    if (n)
        row->call.in_bytes = (int)element_bytes(c->g->node[in[n - 1]].type);
    return row;
}

void hox__row_output(hox__compile *c, hox__row *row, hox__node a, hox__layout layout)
{
    const int buffer = hox__buffer_add(c, hox__value_bytes(c, a, layout), HOX__TEMPORARY);
    row->out_buffer[row->outs++] = buffer;
    if (buffer < 0)
        return;
    c->at[a][layout] = buffer;
    c->done[a] = true;
    if (hox__layout_blocked(layout))
        row->layout = HOX__BLOCKED;
}

void hox__row_scratch(hox__compile *c, hox__row *row, size_t bytes)
{
    if (bytes)
        row->scratch_buffer = hox__buffer_add(c, bytes, HOX__TEMPORARY);
}

static bool alias(hox__compile *c, hox__node a)
{
    const hox__layout layout = (hox__layout)c->layout[a];
    c->at[a][layout] = hox__operand(c, c->g->node[a].in[0], layout);
    c->done[a] = true;
    return c->status == HOX_OK;
}

/* Lowers what computes node `a`, if nothing has yet. */
static bool ensure(hox__compile *c, hox__node a)
{
    if (c->done[a])
        return true;
    const hox__kind kind = hox__operations[c->g->node[a].op].kind;
    if (kind == HOX__ALIAS)
        return alias(c, a);
    if (c->norm_of[a])
        return hox__lower_norm(c, a);
    if (hox__is_gathered(c, a))
        return hox__lower_group(c, a);
    if (kind == HOX__ELEMENTWISE && !c->options->reference)
        return hox__lower_group(c, c->group[a]);
    return hox__lower_node(c, a);
}

/* ---- updates as soon as their gradient is there: it is still in the cache, and its memory is free
 * again ---- */

static bool is_member(const hox__compile *c, hox__node a, hox__node group)
{
    return c->live[a] && c->group[a] == group &&
           hox__operations[c->g->node[a].op].kind == HOX__ELEMENTWISE;
}

/* Computed, and, if a variable, read by all others who want its old value. */
static bool can_be_used(const hox__compile *c, hox__node a, hox__node group)
{
    while (c->g->node[a].n == 1 && (hox__operations[c->g->node[a].op].kind == HOX__ALIAS ||
                                    c->g->node[a].op == HOX__OP_EXPAND))
        a = c->g->node[a].in[0];
    if (!c->done[a] || c->g->node[a].op != HOX__OP_VARIABLE)
        return c->done[a];
    for (int i = c->first_user[a]; i < c->first_user[a + 1]; i++)
        if (!is_member(c, c->user[i], group) && !c->done[c->user[i]])
            return false;
    return true;
}

static bool is_ready(const hox__compile *c, hox__node group)
{
    bool updates = false;
    for (hox__node a = c->group_first[group]; a <= group; a++) {
        if (!is_member(c, a, group))
            continue;
        updates |= c->kept[a];
        for (int i = 0; i < c->g->node[a].n; i++) {
            const hox__node in = c->g->node[a].in[i];
            if (!is_member(c, in, group) && !can_be_used(c, in, group))
                return false;
        }
    }
    return updates;
}

static bool lower_updates(hox__compile *c, hox__node gradient)
{
    for (int i = c->first_user[gradient]; i < c->first_user[gradient + 1]; i++) {
        const hox__node u = c->user[i], group = c->group[u];
        if (is_member(c, u, group) && !c->norm_of[u] && !c->done[group] &&
            is_member(c, group, group) && is_ready(c, group) && !hox__lower_group(c, group))
            return false;
    }
    return true;
}

bool hox__lower(hox__compile *c)
{
    for (hox__node a = 0; a < c->nodes; a++) {
        const hox__op op = c->g->node[a].op;
        const bool later = c->group[a] != a || op == HOX__OP_EXPAND || op == HOX__OP_SLICE ||
                           hox__operations[op].kind == HOX__ALIAS;
        if (!c->live[a] || c->done[a] || later)
            continue;
        if (!ensure(c, a) || (!c->options->reference && !lower_updates(c, a)))
            return false;
    }
    return c->status == HOX_OK;
}
