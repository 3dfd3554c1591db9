/* Rows of 3x3 convolutions by our own Winograd kernels (kernels/vector_winograd.h): which they are,
 * how many tiles at once, and what each thread does.
 *
 * The choice depends on shapes only, never on a clock, so that a seed gives the same weights twice.
 * Scratch of a row: the transformed weights, or their gradient once for each thread; then what each
 * thread has inside.
 */
#include "tensor/compile.h"

#define NODE(a) (&c->g->node[a])

/* Channels and tiles from which it wins, and how much larger than the image its tiles may be
 * (bench/engine/README.md). */
enum { CHANNELS_MIN = 32, TILES_MIN = 12, WASTE_MAX = 2 };
/* So many bytes of tiles at once stay in the second cache. */
enum { INSIDE_BYTES = 600 << 10, TILES_UNIT = 12 };

static int64_t tiles_along(int64_t cells)
{
    return (cells + HOX__WINOGRAD_TILE - 1) / HOX__WINOGRAD_TILE;
}

static bool fits(const hox__kernels *set, const hox__shape *w, const hox__window *s)
{
    return set->winograd_images && w->dim[2] == 3 && w->dim[3] == 3 && s->stride_h == 1 &&
           s->stride_w == 1 && s->gap_h == 0 && s->gap_w == 0 && s->groups == 1 &&
           s->pad_top <= 2 && s->pad_bottom <= 2 && s->pad_left <= 2 && s->pad_right <= 2 &&
           w->dim[0] % set->width == 0 && w->dim[1] % set->width == 0;
}

bool hox__winograd_wins(const hox__compile *c, const hox__shape *x, const hox__shape *w,
                        const hox__shape *y, const hox__window *window)
{
    if (c->options->reference || c->options->direct || c->options->half ||
        !fits(c->plan->set, w, window))
        return false;
    const int64_t small = x->dim[2] * x->dim[3] < y->dim[2] * y->dim[3] ? x->dim[2] * x->dim[3]
                                                                        : y->dim[2] * y->dim[3];
    const int64_t tiles = tiles_along(y->dim[2]) * tiles_along(y->dim[3]),
                  back = tiles_along(x->dim[2]) * tiles_along(x->dim[3]),
                  most = tiles > back ? tiles : back;
    return w->dim[0] >= CHANNELS_MIN && w->dim[1] >= CHANNELS_MIN &&
           most * HOX__WINOGRAD_TILE * HOX__WINOGRAD_TILE <= WASTE_MAX * small &&
           tiles * x->dim[0] >= TILES_MIN;
}

static hox__winograd described(const hox__value *v, const hox__shape *from, const hox__shape *to)
{
    const hox__window *s = &v->param.window;
    const bool back = v->op == HOX__OP_CONV_DX;
    hox__winograd p = {.in = from->dim[1],
                       .out = to->dim[1],
                       .h_in = from->dim[2],
                       .w_in = from->dim[3],
                       .h_out = to->dim[2],
                       .w_out = to->dim[3],
                       .pad_top = back ? 2 - s->pad_top : s->pad_top,
                       .pad_left = back ? 2 - s->pad_left : s->pad_left,
                       .rows = tiles_along(to->dim[2]),
                       .columns = tiles_along(to->dim[3]),
                       .back = back};
    p.tiles = from->dim[0] * p.rows * p.columns;
    const int64_t tile = HOX__WINOGRAD_POINTS * (p.in + p.out) * (int64_t)sizeof(float);
    int64_t n = INSIDE_BYTES / tile / TILES_UNIT * TILES_UNIT;
    n = n < TILES_UNIT ? TILES_UNIT : n;
    p.tiles_at_once = n < HOX__WINOGRAD_TILES_MAX ? n : HOX__WINOGRAD_TILES_MAX;
    return p;
}

/* ---- scratch ---- */

static int64_t weights_floats(const hox__winograd *p)
{
    return HOX__WINOGRAD_POINTS * hox__winograd_step(p->in, p->out);
}

static int64_t inside_floats(const hox__winograd *p)
{
    return HOX__WINOGRAD_POINTS * (hox__winograd_step(p->tiles_at_once, p->in) +
                                   hox__winograd_step(p->tiles_at_once, p->out));
}

static float *inside(const hox__row *row, int64_t weights, int part)
{
    return (float *)row->scratch + weights * weights_floats(row->winograd) +
           part * inside_floats(row->winograd);
}

/* ---- images ---- */

static void some_weights(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    int64_t from, to;
    hox__team_span(row->winograd->out / row->set->width, 1, part, parts, &from, &to);
    row->set->winograd_weights(row->winograd, row->call.in[1], row->scratch, from, to);
}

static void some_images(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    int64_t from, to;
    hox__team_span(row->winograd->tiles, 1, part, parts, &from, &to);
    row->set->winograd_images(row->winograd, row->call.in[0], row->scratch, row->out[0],
                              inside(row, 1, part), from, to);
}

/* As long as a pass over so many floats takes. */
static int64_t work(const hox__winograd *p)
{
    return p->tiles * (p->in + p->out) * HOX__WINOGRAD_POINTS;
}

static void run_images(const hox__row *row)
{
    hox__run_shared(row, work(row->winograd), some_weights);
    hox__run_shared(row, work(row->winograd), some_images);
}

/* ---- the gradient of the weights: the tiles are cut into as many slices as the team has threads,
 * however many come, so that the sums are the same ---- */

static void some_slices(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    const int slices = hox__team_size(row->team);
    for (int s = part; s < slices; s += parts) {
        int64_t from, to;
        hox__team_span(row->winograd->tiles, 1, s, slices, &from, &to);
        row->set->winograd_gradients(row->winograd, row->call.in[0], row->call.in[1],
                                     (float *)row->scratch + s * weights_floats(row->winograd),
                                     inside(row, slices, part), from, to);
    }
}

static void some_slopes(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    int64_t from, to;
    hox__team_span(row->winograd->out / row->set->width, 1, part, parts, &from, &to);
    row->set->winograd_slopes(row->winograd, row->scratch, hox__team_size(row->team), row->out[0],
                              from, to);
}

static void run_gradients(const hox__row *row)
{
    hox__run_shared(row, work(row->winograd), some_slices);
    hox__run_shared(row, work(row->winograd), some_slopes);
}

bool hox__lower_winograd(hox__compile *c, hox__node a)
{
    const hox__value *v = NODE(a);
    const bool slopes = v->op == HOX__OP_CONV_DW;
    const hox__layout in[2] = {HOX__BLOCKED, slopes ? HOX__BLOCKED : HOX__PLAIN};
    hox__winograd *p = hox__compile_alloc(c, 1, sizeof *p);
    hox__row *row = p ? hox__row_add(c, a, v->in, in, 2) : NULL;
    if (!row)
        return false;
    *p = described(v, &NODE(v->in[0])->shape, slopes ? &NODE(v->in[1])->shape : &v->shape);
    row->winograd = p;
    row->run = slopes ? run_gradients : run_images;
    row->flops = hox__flops_conv(c->g, v);
    hox__row_output(c, row, a, slopes ? HOX__PLAIN : HOX__BLOCKED);
    const int64_t threads = hox__team_size(c->plan->team);
    hox__row_scratch(
        c, row,
        (size_t)((slopes ? threads : 1) * weights_floats(p) + threads * inside_floats(p)) *
            sizeof(float));
    return c->status == HOX_OK;
}
