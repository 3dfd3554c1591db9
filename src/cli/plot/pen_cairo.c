/* PNG and PDF through libcairo, opened when a picture is asked for (decisions 1.13): its types end
 * at this file. The declarations are those of its stable interface, 1.2 and later. */
#include "base/symbol.h"
#include "cli/plot/pen.h"
#include <string.h>

enum { SCALE = 2 };
enum { FORMAT_RGB24 = 1, JOIN_ROUND = 1, STATUS_OK = 0, STATUS_WRITE = 11 };

typedef struct surface surface;
typedef struct painter painter;
typedef int (*writer)(void *ctx, const unsigned char *data, unsigned int n);
typedef struct {
    double x_bearing, y_bearing, width, height, x_advance, y_advance;
} extents;

#define FUNCTIONS(X)                                                                               \
    X(surface *, image_surface_create, (int format, int width, int height))                        \
    X(surface *, pdf_surface_create_for_stream, (writer, void *ctx, double width, double height))  \
    X(int, surface_write_to_png_stream, (surface *, writer, void *ctx))                            \
    X(void, surface_finish, (surface *))                                                           \
    X(int, surface_status, (surface *))                                                            \
    X(void, surface_destroy, (surface *))                                                          \
    X(painter *, create, (surface *))                                                              \
    X(int, status, (painter *))                                                                    \
    X(void, destroy, (painter *))                                                                  \
    X(void, scale, (painter *, double, double))                                                    \
    X(void, translate, (painter *, double, double))                                                \
    X(void, set_source_rgb, (painter *, double, double, double))                                   \
    X(void, set_line_width, (painter *, double))                                                   \
    X(void, set_line_join, (painter *, int))                                                       \
    X(void, set_dash, (painter *, const double *, int, double))                                    \
    X(void, move_to, (painter *, double, double))                                                  \
    X(void, line_to, (painter *, double, double))                                                  \
    X(void, new_sub_path, (painter *))                                                             \
    X(void, arc, (painter *, double, double, double, double, double))                              \
    X(void, rectangle, (painter *, double, double, double, double))                                \
    X(void, stroke, (painter *))                                                                   \
    X(void, fill, (painter *))                                                                     \
    X(void, paint, (painter *))                                                                    \
    X(void, select_font_face, (painter *, const char *, int slant, int weight))                    \
    X(void, set_font_size, (painter *, double))                                                    \
    X(void, text_extents, (painter *, const char *, extents *))                                    \
    X(void, show_text, (painter *, const char *))

typedef struct {
#define X(type, name, arguments) type(*name) arguments;
    FUNCTIONS(X)
#undef X
} library;

typedef struct {
    library f;
    painter *to;
} brush;

static hox_status load(library *f, hox_error *err)
{
    void *handle = hox__symbol_library("libcairo.so.2");
    bool all = handle != NULL;
#define X(type, name, arguments) all = all && hox__symbol_find(handle, "cairo_" #name, &f->name);
    FUNCTIONS(X)
#undef X
    return all ? HOX_OK
               : hox_fail(
                     err, HOX_ERR_IO,
                     "PNG and PDF need the library cairo, and it is not here\n`apt-get install "
                     "libcairo2`, or write SVG: -o picture.svg");
}

/* ---- strokes ---- */

static double channel(const char *hex)
{
    int value = 0;
    for (int i = 0; i < 2; i++)
        value = value * 16 + (hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
    return value / 255.0;
}

static void color(const brush *b, const char *hash)
{
    b->f.set_source_rgb(b->to, channel(hash + 1), channel(hash + 3), channel(hash + 5));
}

static void line_through(void *ctx, const double *x, const double *y, int n, int ink, bool dashed)
{
    static const double dash[] = {5, 3};
    const brush *b = ctx;
    color(b, hox__ink_color(ink, false));
    b->f.set_line_width(b->to, 1.6);
    b->f.set_dash(b->to, dash, dashed ? 2 : 0, 0);
    for (int i = 0; i < n; i++)
        (i ? b->f.line_to : b->f.move_to)(b->to, x[i], y[i]);
    b->f.stroke(b->to);
    b->f.set_dash(b->to, dash, 0, 0);
}

static void rule(void *ctx, double x0, double y0, double x1, double y1, bool strong)
{
    const brush *b = ctx;
    color(b, strong ? hox__ink_color(HOX__INK_FAINT, false) : "#e4e4e4");
    b->f.set_line_width(b->to, 1);
    b->f.move_to(b->to, x0, y0);
    b->f.line_to(b->to, x1, y1);
    b->f.stroke(b->to);
}

static void box(void *ctx, double x0, double y0, double x1, double y1, int ink, bool apart)
{
    const brush *b = ctx;
    const double width = x1 - x0 - (apart && x1 - x0 > 2 ? 1 : 0);
    color(b, hox__ink_color(ink, false));
    b->f.rectangle(b->to, x0, y0, width > 0.3 ? width : 0.3, y1 - y0);
    b->f.fill(b->to);
}

static void cross(const brush *b, double x, double y)
{
    b->f.set_line_width(b->to, 1.6);
    b->f.move_to(b->to, x - 3, y - 3);
    b->f.line_to(b->to, x + 3, y + 3);
    b->f.move_to(b->to, x + 3, y - 3);
    b->f.line_to(b->to, x - 3, y + 3);
    b->f.stroke(b->to);
}

static void point(void *ctx, double x, double y, hox__shape shape, int ink)
{
    const brush *b = ctx;
    color(b, hox__ink_color(ink, false));
    if (shape == HOX__SHAPE_CROSS) {
        cross(b, x, y);
        return;
    }
    b->f.new_sub_path(b->to);
    b->f.arc(b->to, x, y, shape == HOX__SHAPE_DOT ? 1.8 : 3.2, 0, 6.283185307179586);
    b->f.set_line_width(b->to, 1.6);
    (shape == HOX__SHAPE_RING ? b->f.stroke : b->f.fill)(b->to);
}

/* cairo wants UTF-8: what comes from files and trials is made so. */
static void text(void *ctx, double x, double y, const char *s, int align, int ink, bool strong)
{
    const brush *b = ctx;
    hox__text safe = {0};
    extents e = {0};
    hox__text_escaped(&safe, s, strlen(s));
    color(b, hox__ink_color(ink, false));
    b->f.select_font_face(b->to, "sans-serif", 0, strong);
    b->f.text_extents(b->to, hox__text_get(&safe), &e);
    b->f.move_to(b->to, x - e.x_advance * (align + 1) / 2, y + HOX__PAGE_FONT * 0.35);
    b->f.show_text(b->to, hox__text_get(&safe));
    hox__text_deinit(&safe);
}

/* ---- the page ---- */

static int gather(void *ctx, const unsigned char *data, unsigned int n)
{
    hox__text *out = ctx;
    hox__text_add(out, (const char *)data, n);
    return out->failed ? STATUS_WRITE : STATUS_OK;
}

static void draw(const hox__scene *scene, const hox__pen *pen, brush *b, bool pdf)
{
    if (!pdf)
        b->f.scale(b->to, SCALE, SCALE);
    color(b, "#ffffff");
    b->f.paint(b->to);
    b->f.translate(b->to, HOX__PAGE_MARGIN, HOX__PAGE_MARGIN);
    b->f.set_line_join(b->to, JOIN_ROUND);
    b->f.set_font_size(b->to, HOX__PAGE_FONT);
    hox__scene_draw(scene, pen);
}

static hox_status page(const hox__scene *scene, const hox__pen *pen, brush *b, bool pdf,
                       hox__text *out, hox_error *err)
{
    const double width = HOX__PAGE_WIDTH, height = pen->height + 2 * HOX__PAGE_MARGIN;
    surface *paper =
        pdf ? b->f.pdf_surface_create_for_stream(gather, out, width, height)
            : b->f.image_surface_create(FORMAT_RGB24, HOX__PAGE_WIDTH * SCALE, (int)height * SCALE);
    b->to = b->f.create(paper);
    draw(scene, pen, b, pdf);
    int code = b->f.status(b->to);
    b->f.destroy(b->to);
    if (code == STATUS_OK && !pdf)
        code = b->f.surface_write_to_png_stream(paper, gather, out);
    b->f.surface_finish(paper); /* a PDF is written here */
    if (code == STATUS_OK)
        code = b->f.surface_status(paper);
    b->f.surface_destroy(paper);
    if (out->failed)
        return hox_fail(err, HOX_ERR_MEMORY, "no memory for the picture");
    return code == STATUS_OK ? HOX_OK
                             : hox_fail(err, HOX_ERR_IO,
                                        "cairo could not draw the picture (its status %d)", code);
}

hox_status hox__scene_as_cairo(const hox__scene *scene, bool pdf, hox__text *out, hox_error *err)
{
    brush b = {0};
    const hox_status status = load(&b.f, err);
    hox__pen pen = {.ctx = &b,
                    .line_through = line_through,
                    .rule = rule,
                    .box = box,
                    .point = point,
                    .text = text};
    hox__pen_page(&pen, scene);
    return status == HOX_OK ? page(scene, &pen, &b, pdf, out, err) : status;
}
