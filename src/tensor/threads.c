/* Rows that several threads share: each takes a part of the units (blocks of channels), of the
 * images, of the rows of a product or of the strips of a tape. No sum is cut in two, so the bits
 * are those of one thread. */
#include "tensor/compile.h"

/* Fewer floats than this in a part are done sooner than another thread wakes up. */
enum { PART_MIN = 1 << 13 };

void hox__run_shared(const hox__row *row, int64_t n, hox__team_work *work)
{
    union {
        const hox__row *in;
        void *out;
    } ctx = {row};
    if (row->team && n >= 2 * PART_MIN)
        hox__team_run(row->team, work, ctx.out);
    else
        work(ctx.out, 0, 1);
}

static int64_t floats(const hox__planes *p)
{
    return p->n * p->c * p->cells;
}

static void some_units(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    hox__planes p = row->planes;
    const int64_t width = row->set->width,
                  units = p.blocked || p.cells == 1 ? (p.c + width - 1) / width : p.c;
    hox__team_span(units, 1, part, parts, &p.unit, &p.unit_end);
    if (p.unit < p.unit_end)
        row->part(row, &p);
}

static void run_units(const hox__row *row)
{
    hox__run_shared(row, floats(&row->planes), some_units);
}

void hox__share_units(hox__row *row, hox__planes_part *part)
{
    row->run = run_units;
    row->part = part;
}

static void some_images(void *ctx, int part, int parts)
{
    const hox__row *row = ctx;
    hox__planes p = row->planes;
    hox__team_span(p.n, 1, part, parts, &p.image, &p.image_end);
    if (p.image < p.image_end)
        row->part(row, &p);
}

static void run_images(const hox__row *row)
{
    hox__run_shared(row, floats(&row->planes), some_images);
}

void hox__share_images(hox__row *row, hox__planes_part *part)
{
    row->run = run_images;
    row->part = part;
}
