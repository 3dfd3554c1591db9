/* Rows of 3x3 and 5x5 convolutions by our own Winograd kernels (kernels/vector_winograd.h): which
 * they are, how many tiles at once, and what each thread does.
 *
 * The choice depends on shapes only, never on a clock, so that a seed gives the same weights twice.
 * Scratch of a row: the transformed weights, or their gradient once for each thread; then what each
 * thread has inside.
 */
#include "tensor/compile.h"

#define NODE(a) (&c->g->node[a])

/* How many times fewer multiplications there must be, filled up tiles and channels counted, and
 * from how many tiles on (bench/engine/README.md). */
enum { GAIN_MIN = 2, TILES_MIN = 12 };
/* So many bytes of tiles at once stay in the second cache. */
enum { INSIDE_BYTES = 900 << 10, TILES_UNIT = 12 };
enum { SIDE = 6 }; /* of what of the image a tile of the result needs */

static bool fits(const hox__kernels *set, const hox__shape *w, const hox__window *s)
{
    const int64_t taps = w->dim[2];
    return set->winograd_images && (taps == 3 || taps == 5) && w->dim[3] == taps &&
           s->stride_h == 1 && s->stride_w == 1 && s->gap_h == 0 && s->gap_w == 0 &&
           s->groups == 1 && s->pad_top < taps && s->pad_bottom < taps && s->pad_left < taps &&
           s->pad_right < taps;
}

static int64_t tiles_in(const hox__shape *image, int64_t taps)
{
    const int64_t tile = SIDE + 1 - taps;
    return (image->dim[2] + tile - 1) / tile * ((image->dim[3] + tile - 1) / tile);
}

static int64_t filled(const hox__kernels *set, int64_t channels)
{
    return (channels + set->width - 1) / set->width * set->width;
}

/* Of the way from an image of `from` channels to one of `to`: `image`. */
static bool gains(const hox__kernels *set, const hox__shape *image, int64_t from, int64_t to,
                  int64_t taps)
{
    const int64_t tiles = tiles_in(image, taps),
                  products = tiles * HOX__WINOGRAD_POINTS * filled(set, from) * filled(set, to),
                  direct = image->dim[2] * image->dim[3] * taps * taps * from * to;
    return products * GAIN_MIN <= direct && tiles * image->dim[0] >= TILES_MIN;
}

bool hox__winograd_wins(const hox__compile *c, const hox__shape *x, const hox__shape *w,
                        const hox__shape *y, const hox__window *window)
{
    const hox__kernels *set = c->plan->set;
    return !c->options->reference && !c->options->direct && !c->options->half &&
           fits(set, w, window) && gains(set, x, w->dim[0], w->dim[1], w->dim[2]) &&
           gains(set, y, w->dim[1], w->dim[0], w->dim[2]);
}

static hox__winograd described(const hox__kernels *set, const hox__value *v, const hox__shape *from,
                               const hox__shape *to, int64_t taps)
{
    const hox__window *s = &v->param.window;
    const bool back = v->op == HOX__OP_CONV_DX;
    const int64_t tile = SIDE + 1 - taps;
    hox__winograd p = {.taps = taps,
                       .tile = tile,
                       .in_channels = from->dim[1],
                       .out_channels = to->dim[1],
                       .in = filled(set, from->dim[1]),
                       .out = filled(set, to->dim[1]),
                       .h_in = from->dim[2],
                       .w_in = from->dim[3],
                       .h_out = to->dim[2],
                       .w_out = to->dim[3],
                       .pad_top = back ? taps - 1 - s->pad_top : s->pad_top,
                       .pad_left = back ? taps - 1 - s->pad_left : s->pad_left,
                       .rows = (to->dim[2] + tile - 1) / tile,
                       .columns = (to->dim[3] + tile - 1) / tile,
                       .back = back};
    p.tiles = from->dim[0] * p.rows * p.columns;
    const int64_t bytes = HOX__WINOGRAD_POINTS * (p.in + p.out) * (int64_t)sizeof(float);
    int64_t n = INSIDE_BYTES / bytes / TILES_UNIT * TILES_UNIT;
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
    *p = described(c->plan->set, v, &NODE(v->in[0])->shape,
                   slopes ? &NODE(v->in[1])->shape : &v->shape,
                   slopes ? v->shape.dim[2] : NODE(v->in[1])->shape.dim[2]);
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
