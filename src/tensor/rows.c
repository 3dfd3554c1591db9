/* One row for a node: which kernel computes it, on which layouts. */
#include "tensor/compile.h"

#define NODE(a) (&c->g->node[a])

bool hox__over_always(const hox__row *row, int in, int out)
{
    (void)row, (void)in, (void)out;
    return true;
}

bool hox__window_equal(const hox__window *a, const hox__window *b)
{
    return a->stride_h == b->stride_h && a->stride_w == b->stride_w && a->pad_top == b->pad_top &&
           a->pad_bottom == b->pad_bottom && a->pad_left == b->pad_left &&
           a->pad_right == b->pad_right && a->groups == b->groups && a->gap_h == b->gap_h &&
           a->gap_w == b->gap_w;
}

/* ---- plain C ---- */

static void run_reference(const hox__row *row)
{
    row->kernel(&row->call);
}

static hox_rng stream_at(const hox__row *row)
{
    hox_rng stream = row->call.stream;
    stream.position = *row->step << 32;
    return stream;
}

static void run_draw(const hox__row *row)
{
    hox__call call = row->call;
    call.stream = stream_at(row);
    row->kernel(&call);
}

static bool reference(hox__compile *c, hox__node a)
{
    const hox__operation *op = &hox__operations[NODE(a)->op];
    hox__row *row = hox__row_add(c, a, NODE(a)->in, NULL, NODE(a)->n);
    if (!row)
        return false;
    row->run = op->kind == HOX__DRAWS ? run_draw : run_reference;
    row->kernel = op->kernel;
    row->over = op->kind == HOX__ELEMENTWISE ? hox__over_always : NULL;
    row->call.stream = hox_rng_child(&c->root, NODE(a)->name, NODE(a)->param.id);
    if (op->flops == hox__flops_conv || op->flops == hox__flops_matmul)
        row->flops = op->flops(c->g, NODE(a));
    hox__row_output(c, row, a, HOX__PLAIN);
    return c->status == HOX_OK;
}

/* ---- products ---- */

static void run_convolution(const hox__row *row)
{
    hox__convolution_run(row->convolution);
}

/* In the layouts wanted, or in others where only those have a kernel of this processor: a reorder
 * is cheap beside one of plain C. */
static hox__convolution *made_for(hox__library *library, hox__direction direction,
                                  const hox__shape *x, const hox__shape *w, const hox__shape *y,
                                  const hox__window *window, bool *xb, bool *yb, bool y_half)
{
    enum { TRIES = 4 };
    const bool tries[TRIES][2] = {{*xb, *yb}, {true, true}, {false, true}, {false, false}};
    hox__convolution *first = NULL;
    for (int i = 0; i < TRIES; i++) {
        hox__convolution *made = hox__convolution_new(
            library, direction, x, w, y, window, tries[i][0], tries[i][1], y_half && tries[i][1]);
        *xb = tries[i][0];
        *yb = tries[i][1];
        if (made && !hox__convolution_slow(made))
            return made;
        first = i == 0 ? made : first;
    }
    *xb = tries[0][0];
    *yb = tries[0][1];
    return first;
}

/* Is the image read by normalizations only? They read 16 bits as well as floats, and are what keeps
 * it for the way back. */
static bool only_normalized(const hox__compile *c, hox__node a)
{
    for (int i = c->first_user[a]; i < c->first_user[a + 1]; i++) {
        const hox__value *v = NODE(c->user[i]);
        const bool reads = v->op == HOX__OP_BN_TRAIN || v->op == HOX__OP_BN_MEAN ||
                           v->op == HOX__OP_BN_VAR || v->op == HOX__OP_BN_DX ||
                           v->op == HOX__OP_BN_DSCALE;
        if (!reads || v->in[0] != a || v->in[1] == a)
            return false;
    }
    return !c->kept[a];
}

static bool convolution(hox__compile *c, hox__node a)
{
    const hox__value *v = NODE(a);
    const hox__direction direction = v->op == HOX__OP_CONV      ? HOX__FORWARD
                                     : v->op == HOX__OP_CONV_DX ? HOX__BACKWARD_DATA
                                                                : HOX__BACKWARD_WEIGHTS;
    const hox__shape *first = &NODE(v->in[0])->shape, *second = &NODE(v->in[1])->shape;
    const hox__shape *x = direction == HOX__BACKWARD_DATA ? &v->shape : first;
    const hox__shape *y = direction == HOX__FORWARD         ? &v->shape
                          : direction == HOX__BACKWARD_DATA ? first
                                                            : second;
    const hox__shape *w = direction == HOX__BACKWARD_WEIGHTS ? &v->shape : second;
    if (hox__winograd_wins(c, x, w, y, &v->param.window))
        return hox__lower_winograd(c, a);
    hox__library *library = c->plan->library;
    bool xb = false, yb = false;
    hox__convolution *made = NULL;
    if (library && hox__convolution_layouts(library, x, w, y, &v->param.window, &xb, &yb))
        made = made_for(library, direction, x, w, y, &v->param.window, &xb, &yb,
                        direction == HOX__FORWARD && only_normalized(c, a));
    if (!made)
        return reference(c, a);
    bool x_half, y_half;
    hox__convolution_halves(made, &x_half, &y_half);
    const hox__layout lx = hox__layout_of(xb, x_half), ly = hox__layout_of(yb, y_half);
    const hox__layout in[2] = {direction == HOX__BACKWARD_DATA ? ly : lx,
                               direction == HOX__BACKWARD_WEIGHTS ? ly : HOX__PLAIN};
    hox__row *row = hox__row_add(c, a, v->in, in, 2);
    if (!row)
        return false;
    row->run = run_convolution;
    row->convolution = made;
    row->flops = hox__flops_conv(c->g, v);
    hox__row_output(c, row, a,
                    direction == HOX__FORWARD         ? ly
                    : direction == HOX__BACKWARD_DATA ? lx
                                                      : HOX__PLAIN);
    hox__row_scratch(c, row, hox__convolution_scratch(made));
    return c->status == HOX_OK;
}

typedef struct {
    int64_t batch, m, n, k;
    bool ta, tb;
} product;

static product product_of(const hox__param *param, const hox__shape *a, const hox__shape *y)
{
    const int r = y->rank;
    return (product){.batch = r == 3 ? y->dim[0] : 1,
                     .m = y->dim[r - 2],
                     .n = y->dim[r - 1],
                     .k = a->dim[param->transpose_a ? r - 2 : r - 1],
                     .ta = param->transpose_a,
                     .tb = param->transpose_b};
}

static product product_of_row(const hox__row *row)
{
    return product_of(row->call.param, row->call.in_shape[0], row->call.out_shape);
}

/* Multiply-adds that take as long as a pass over a float. */
enum { FLOPS_A_FLOAT = 16 };

/* Many products are shared one by one, a single one by its rows. */
static void some_products(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    const product p = product_of_row(row);
    const float *a = row->call.in[0], *b = row->call.in[1];
    float *out = row->out[0];
    int64_t first = 0, end = p.batch, from = 0, to = p.m;
    if (p.batch > 1)
        hox__team_span(p.batch, 1, part, parts, &first, &end);
    else
        hox__team_span(p.m, HOX__GEMM_ROWS, part, parts, &from, &to);
    /* many small matrices by vectors: a' v is v' a, whose rows fill the lanes; a v is dot products
     */
    const bool vectors = p.batch > 1 && p.n == 1 && !p.tb;
    for (int64_t i = first; i < end && from < to; i++) {
        const float *x = a + i * p.m * p.k, *y = b + i * p.k * p.n;
        if (vectors && p.ta)
            row->set->gemm(false, false, 1, p.m, p.k, y, x, out + i * p.m, 0, 1);
        else
            row->set->gemm(p.ta, p.tb || vectors, p.m, p.n, p.k, x, y, out + i * p.m * p.n, from,
                           to);
    }
}

static void run_matmul(const hox__row *row)
{
    const product p = product_of_row(row);
    hox__run_shared(row, p.batch * p.m * p.n * p.k / FLOPS_A_FLOAT, some_products);
}

/* In the library's own threads. */
static void run_library(const hox__row *row)
{
    const product p = product_of_row(row);
    const float *a = row->call.in[0], *b = row->call.in[1];
    float *out = row->out[0];
    for (int64_t i = 0; i < p.batch; i++, a += p.m * p.k, b += p.k * p.n, out += p.m * p.n)
        if (!hox__library_gemm(row->library, p.ta, p.tb, p.m, p.n, p.k, a, b, out))
            row->set->gemm(p.ta, p.tb, p.m, p.n, p.k, a, b, out, 0, p.m);
}

static void some_rows(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    const product p = product_of_row(row);
    int64_t from, to;
    hox__team_span(p.m, HOX__GEMM_ROWS, part, parts, &from, &to);
    if (from < to)
        row->set->gemm_packed(p.m, p.n, p.k, row->call.in[0], row->call.in[1], row->out[0], from,
                              to);
}

static void run_matmul_panels(const hox__row *row)
{
    const product p = product_of_row(row);
    hox__run_shared(row, p.m * p.n * p.k / FLOPS_A_FLOAT, some_rows);
}

/* Operands beyond the second cache are the library's; it blocks for them (bench/engine). */
static const int64_t gemm_large = 1 << 19;
/* Rows from which packing the right operand costs less than dot products do. */
enum { GEMM_ROWS = 24, GEMM_COLUMNS = 16, GEMM_INNER = 64, GEMM_LONG = 512 };

/* How many products have `b` as their transposed right operand. */
static int panel_users(const hox__compile *c, hox__node b)
{
    int n = 0;
    for (int i = c->first_user[b]; i < c->first_user[b + 1]; i++) {
        const hox__value *v = NODE(c->user[i]);
        n += (v->op == HOX__OP_MATMUL && v->in[1] == b && v->param.transpose_b) ||
             (v->op == HOX__OP_PRODUCTS && v->param.transpose_b);
    }
    return n;
}

static bool in_panels(const hox__compile *c, hox__node a, const product *p)
{
    if (p->batch > 1 || NODE(a)->shape.rank != 2 || p->ta || !p->tb)
        return false;
    const int64_t panel = 2 * c->plan->set->width, lanes = (p->n + panel - 1) / panel * panel;
    if (p->k >= GEMM_INNER && (p->n <= GEMM_COLUMNS || (p->k >= GEMM_LONG && 4 * p->n < 3 * lanes)))
        return false;
    return p->m >= GEMM_ROWS || panel_users(c, NODE(a)->in[1]) > 1;
}

static bool matmul(hox__compile *c, hox__node a)
{
    const hox__value *v = NODE(a);
    const product p = product_of(&v->param, &NODE(v->in[0])->shape, &v->shape);
    const bool panels = in_panels(c, a, &p);
    const hox__layout in[2] = {HOX__PLAIN, panels ? HOX__PANELS : HOX__PLAIN};
    hox__row *row = hox__row_add(c, a, v->in, in, 2);
    if (!row)
        return false;
    row->run = panels ? run_matmul_panels : run_matmul;
    row->flops = hox__flops_matmul(c->g, v);
    if (!panels && c->plan->library && p.k * p.n >= gemm_large && p.m >= GEMM_ROWS) {
        row->library = c->plan->library;
        row->run = run_library;
    }
    hox__row_output(c, row, a, HOX__PLAIN);
    return c->status == HOX_OK;
}

/* ---- pools ---- */

/* Some of the images of a row: x and y, and where those begin in large and small images. */
typedef struct {
    hox__shape x, y;
    int64_t at_x, at_y;
} images;

static int64_t blocked_image(const hox__row *row, const hox__shape *s)
{
    const int64_t width = row->set->width;
    return (s->dim[1] + width - 1) / width * width * s->dim[2] * s->dim[3];
}

static images images_of(const hox__row *row, const hox__shape *x, const hox__shape *y, int part,
                        int parts)
{
    images some = {.x = *x, .y = *y};
    int64_t from, to;
    hox__team_span(x->dim[0], 1, part, parts, &from, &to);
    some.x.dim[0] = some.y.dim[0] = to - from;
    some.at_x = from * blocked_image(row, x);
    some.at_y = from * blocked_image(row, y);
    return some;
}

static void maxpool(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    const images s = images_of(row, row->call.in_shape[0], row->call.out_shape, part, parts);
    const bool index_only = row->op == HOX__OP_MAXPOOL_INDEX;
    float *out = index_only ? NULL : row->out[0];
    uint8_t *index = index_only ? row->out[0] : row->outs > 1 ? row->out[1] : NULL;
    row->set->maxpool(row->call.param, &s.x, &s.y, (const float *)row->call.in[0] + s.at_x,
                      out ? out + s.at_y : NULL, index ? index + s.at_y : NULL);
}

static void max_scatter(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    const images s = images_of(row, row->call.out_shape, row->call.in_shape[0], part, parts);
    row->set->max_scatter(row->call.param, &s.x, &s.y, (const float *)row->call.in[0] + s.at_y,
                          (const uint8_t *)row->call.in[1] + s.at_y, (float *)row->out[0] + s.at_x);
}

static void avgpool(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    const images s = images_of(row, row->call.in_shape[0], row->call.out_shape, part, parts);
    row->set->avgpool(row->call.param, &s.x, &s.y, (const float *)row->call.in[0] + s.at_x,
                      (float *)row->out[0] + s.at_y);
}

static void avgpool_dx(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    const images s = images_of(row, row->call.out_shape, row->call.in_shape[0], part, parts);
    row->set->avgpool_dx(row->call.param, &s.x, &s.y, (const float *)row->call.in[0] + s.at_y,
                         (float *)row->out[0] + s.at_x);
}

static void run_pool(const hox__row *row)
{
    const hox__op op = row->op;
    const bool back = op == HOX__OP_MAX_SCATTER || op == HOX__OP_AVGPOOL_DX;
    hox__run_shared(row, hox__shape_count(back ? row->call.out_shape : row->call.in_shape[0]),
                    op == HOX__OP_MAX_SCATTER  ? max_scatter
                    : op == HOX__OP_AVGPOOL    ? avgpool
                    : op == HOX__OP_AVGPOOL_DX ? avgpool_dx
                                               : maxpool);
}

/* The positions that belong to the same maxima, if someone wants them. */
static hox__node index_beside(const hox__compile *c, hox__node pool)
{
    const hox__node x = NODE(pool)->in[0];
    for (int i = c->first_user[x]; i < c->first_user[x + 1]; i++) {
        const hox__value *v = NODE(c->user[i]);
        const hox__param *p = &v->param, *q = &NODE(pool)->param;
        if (v->op == HOX__OP_MAXPOOL_INDEX && p->size_h == q->size_h && p->size_w == q->size_w &&
            hox__window_equal(&p->window, &q->window) && (int)v->type == HOX__U8)
            return c->user[i];
    }
    return HOX__NONE;
}

static bool pool(hox__compile *c, hox__node a)
{
    const hox__value *v = NODE(a);
    if (c->layout[a] != HOX__BLOCKED)
        return reference(c, a);
    const hox__layout both[2] = {HOX__BLOCKED, HOX__BLOCKED};
    hox__row *row = hox__row_add(c, a, v->in, both, v->n);
    if (!row)
        return false;
    row->run = run_pool;
    row->op = v->op;
    hox__row_output(c, row, a, HOX__BLOCKED);
    const hox__node index = v->op == HOX__OP_MAXPOOL ? index_beside(c, a) : HOX__NONE;
    if (index != HOX__NONE && c->live[index] && !c->done[index])
        hox__row_output(c, row, index, HOX__BLOCKED);
    return c->status == HOX_OK;
}

/* ---- sums ---- */

static void channel_sum(const hox__row *row, const hox__planes *p)
{
    row->set->channel_sum(p, row->call.in[0], row->out[0]);
}

static void channel_max(const hox__row *row, const hox__planes *p)
{
    row->set->channel_max(p, row->call.in[0], row->out[0]);
}

/* Sums and maxima that leave one run of axes go over images and cells of "channels". */
static bool reduction(hox__compile *c, hox__node a)
{
    const hox__node from = NODE(a)->in[0];
    const hox__shape *x = &NODE(from)->shape;
    const uint32_t axes = NODE(a)->param.axes;
    hox__planes p = {.n = 1, .c = 1, .cells = 1, .h = 1, .w = 1};
    int part = 0; /* before, in, after the run */
    bool single = true;
    for (int i = 0; i < x->rank; i++) {
        if (x->dim[i] == 1)
            continue;
        const bool gone = axes >> i & 1;
        if (!gone && part == 2)
            single = false;
        part = !gone ? 1 : part == 0 ? 0 : 2;
        *(part == 0 ? &p.n : part == 1 ? &p.c : &p.cells) *= x->dim[i];
    }
    const bool channels = x->rank == 4 && axes == hox__channel_axes(x);
    const hox__layout layout = channels ? (hox__layout)c->layout[from] : HOX__PLAIN;
    if (!single)
        return reference(c, a);
    hox__row *row = hox__row_add(c, a, &from, &layout, 1);
    if (!row)
        return false;
    hox__share_units(row, NODE(a)->op == HOX__OP_SUM ? channel_sum : channel_max);
    row->planes = layout == HOX__BLOCKED ? hox__planes_of(x, layout) : p;
    if (p.c == 1 && layout == HOX__PLAIN) { /* all of it: one long run */
        row->planes.cells = p.n * p.cells;
        row->planes.n = 1;
    }
    hox__row_output(c, row, a, HOX__PLAIN);
    return c->status == HOX_OK;
}

/* ---- normalization without neighbours ---- */

static void stats(const hox__row *row, const hox__planes *p)
{
    row->set->bn_stats(p, row->call.in[0], row->out[0], row->outs > 1 ? row->out[1] : row->scratch);
}

static bool bn_stats(hox__compile *c, hox__node mean)
{
    const hox__node x = NODE(mean)->in[0];
    const hox__layout layout = hox__layout_held(c, x);
    hox__row *row = hox__row_add(c, mean, &x, &layout, 1);
    if (!row)
        return false;
    hox__share_units(row, stats);
    row->planes = hox__planes_of(&NODE(x)->shape, layout);
    hox__row_output(c, row, mean, HOX__PLAIN);
    hox__node variance = HOX__NONE;
    for (int i = c->first_user[mean]; i < c->first_user[mean + 1]; i++)
        if (NODE(c->user[i])->op == HOX__OP_BN_VAR && NODE(c->user[i])->in[0] == x)
            variance = c->user[i];
    if (variance != HOX__NONE)
        hox__row_output(c, row, variance, HOX__PLAIN);
    else
        hox__row_scratch(c, row, hox__value_bytes(c, mean, HOX__PLAIN));
    return c->status == HOX_OK;
}

/* The variance comes with its mean. */
static bool bn_var(hox__compile *c, hox__node a)
{
    const hox__node mean = NODE(a)->in[1];
    if (NODE(mean)->op == HOX__OP_BN_MEAN && NODE(mean)->in[0] == NODE(a)->in[0] && !c->done[mean])
        return bn_stats(c, mean) && (c->done[a] || reference(c, a));
    return reference(c, a);
}

/* ---- rows of numbers ---- */

static void run_softmax(const hox__row *row)
{
    const hox__shape *y = row->call.out_shape;
    const int64_t n = y->dim[y->rank - 1];
    row->set->softmax(hox__shape_count(y) / n, n, row->call.in[0], row->out[0]);
}

static void run_xent(const hox__row *row)
{
    const hox__shape *z = row->call.in_shape[0];
    row->set->xent(z->dim[0], z->dim[1], row->call.in[0], row->call.in[1], row->out[0],
                   row->outs > 1 ? row->out[1] : NULL);
}

static void run_xent_dx(const hox__row *row)
{
    const hox__shape *z = row->call.in_shape[0];
    row->set->xent(z->dim[0], z->dim[1], row->call.in[0], row->call.in[1], NULL, row->out[0]);
}

static void run_uniform(const hox__row *row)
{
    const hox_rng stream = stream_at(row);
    row->set->uniform(&stream, hox__shape_count(row->call.out_shape), row->out[0]);
}

static void some_dropout(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    hox_rng stream = stream_at(row);
    int64_t from, to;
    hox__team_span(hox__shape_count(row->call.out_shape), HOX__STRIP, part, parts, &from, &to);
    stream.position += (uint64_t)from / 4; /* a counter gives four draws */
    row->set->dropout(&stream, to - from, row->call.param->value,
                      (const float *)row->call.in[0] + from, (float *)row->out[0] + from);
}

static void run_dropout(const hox__row *row)
{
    hox__run_shared(row, hox__shape_count(row->call.out_shape), some_dropout);
}

static bool with_run(hox__compile *c, hox__node a, void (*run)(const hox__row *))
{
    const hox__value *v = NODE(a);
    hox__row *row = hox__row_add(c, a, v->in, NULL, v->n);
    if (!row)
        return false;
    row->run = run;
    row->call.stream = hox_rng_child(&c->root, v->name, v->param.id);
    row->over = v->op == HOX__OP_DROPOUT || v->op == HOX__OP_SOFTMAX ? hox__over_always : NULL;
    hox__row_output(c, row, a, HOX__PLAIN);
    if (v->op != HOX__OP_XENT)
        return c->status == HOX_OK;
    for (int i = c->first_user[v->in[0]]; i < c->first_user[v->in[0] + 1]; i++) {
        const hox__node dz = c->user[i];
        if (NODE(dz)->op == HOX__OP_XENT_DX && NODE(dz)->in[1] == v->in[1] && !c->done[dz])
            hox__row_output(c, row, dz, HOX__PLAIN);
    }
    return c->status == HOX_OK;
}

/* ---- channels moved in whole blocks: plain kernels on [n, blocks, h, w * width] ---- */

static bool moved_blocks(hox__compile *c, hox__node a)
{
    const hox__value *v = NODE(a);
    if (c->layout[a] != HOX__BLOCKED)
        return reference(c, a);
    hox__layout *layout = hox__compile_alloc(c, (size_t)v->n, sizeof *layout);
    hox__shape *shape = hox__compile_alloc(c, (size_t)v->n + 1, sizeof *shape);
    hox__param *param = hox__compile_alloc(c, 1, sizeof *param);
    if (!layout || !shape || !param)
        return false;
    const int64_t width = c->plan->set->width;
    for (int i = 0; i <= v->n; i++) {
        shape[i] = i < v->n ? NODE(v->in[i])->shape : v->shape;
        shape[i].dim[1] /= width;
        shape[i].dim[3] *= width;
        if (i < v->n)
            layout[i] = HOX__BLOCKED;
    }
    *param = v->param;
    param->start /= width;
    param->stop /= width;
    hox__row *row = hox__row_add(c, a, v->in, layout, v->n);
    if (!row)
        return false;
    for (int i = 0; i < v->n; i++)
        row->call.in_shape[i] = &shape[i];
    row->call.out_shape = &shape[v->n];
    row->call.param = param;
    row->run = run_reference;
    row->kernel = hox__operations[v->op].kernel;
    hox__row_output(c, row, a, HOX__BLOCKED);
    return c->status == HOX_OK;
}

bool hox__lower_node(hox__compile *c, hox__node a)
{
    if (c->options->reference)
        return reference(c, a);
    switch (NODE(a)->op) {
    case HOX__OP_CONV:
    case HOX__OP_CONV_DX:
    case HOX__OP_CONV_DW:
        return convolution(c, a);
    case HOX__OP_MATMUL:
        return matmul(c, a);
    case HOX__OP_PRODUCTS:
        return hox__lower_products(c, a);
    case HOX__OP_MAXPOOL:
    case HOX__OP_MAXPOOL_INDEX:
    case HOX__OP_MAX_SCATTER:
    case HOX__OP_AVGPOOL:
    case HOX__OP_AVGPOOL_DX:
        return pool(c, a);
    case HOX__OP_SUM:
    case HOX__OP_MAXVAL:
        return reduction(c, a);
    case HOX__OP_BN_MEAN:
        return bn_stats(c, a);
    case HOX__OP_BN_VAR:
        return bn_var(c, a);
    case HOX__OP_BN_DX:
    case HOX__OP_BN_DSCALE:
        return hox__lower_norm(c, a);
    case HOX__OP_SOFTMAX:
        return with_run(c, a, run_softmax);
    case HOX__OP_XENT:
        return with_run(c, a, run_xent);
    case HOX__OP_XENT_DX:
        return with_run(c, a, run_xent_dx);
    case HOX__OP_UNIFORM:
        return with_run(c, a, run_uniform);
    case HOX__OP_DROPOUT:
        return with_run(c, a, run_dropout);
    case HOX__OP_CONCAT:
    case HOX__OP_SLICE:
    case HOX__OP_PAD:
        return moved_blocks(c, a);
    default:
        return reference(c, a);
    }
}
