/* SVG, written by hand so that it is the same everywhere. Colours are classes of a style that looks
 * at the reader's preference for light or dark. */
#include "cli/plot/pen.h"
#include "cli/quantity.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Okabe and Ito's colours (2008), told apart by people with any of the common colour blindnesses;
 * on light ground the pale ones are darker, so that all have a contrast of at least 3. */
const char *hox__ink_color(int ink, bool dark)
{
    static const char *const light[HOX__INKS] = {"#0072b2", "#b26f00", "#008661",
                                                 "#b3528c", "#2f87b8", "#d55e00"};
    static const char *const night[HOX__INKS] = {"#56a5e0", "#e69f00", "#00b386",
                                                 "#dd92bd", "#7cc8ef", "#ff7f2a"};
    if (ink == HOX__INK_TEXT)
        return dark ? "#e6e6e6" : "#222222";
    if (ink == HOX__INK_FAINT)
        return dark ? "#9a9a9a" : "#767676";
    return (dark ? night : light)[ink % HOX__INKS];
}

static char ink_letter(int ink)
{
    if (ink == HOX__INK_TEXT)
        return 't';
    return ink == HOX__INK_FAINT ? 'f' : "0123456789"[ink % HOX__INKS];
}

/* To a tenth of a unit: no picture needs more. */
static void number(hox__text *out, double x)
{
    hox__text_number(out, round(x * 10) / 10 + 0.0);
}

static void attribute(hox__text *out, const char *name, double x)
{
    hox__text_printf(out, " %s=\"", name);
    number(out, x);
    hox__text_putc(out, '"');
}

/* What XML cannot hold is shown escaped, as on a terminal. */
static void escaped(hox__text *out, const char *s)
{
    hox__text safe = {0};
    hox__text_escaped(&safe, s, strlen(s));
    for (const char *p = hox__text_get(&safe); *p; p++) {
        if (*p == '<')
            hox__text_puts(out, "&lt;");
        else if (*p == '>')
            hox__text_puts(out, "&gt;");
        else if (*p == '&')
            hox__text_puts(out, "&amp;");
        else if (*p != '\n' && *p != '\t')
            hox__text_putc(out, *p);
        else
            hox__text_putc(out, ' ');
    }
    out->failed |= safe.failed;
    hox__text_deinit(&safe);
}

static void line_through(void *ctx, const double *x, const double *y, int n, int ink, bool dashed)
{
    hox__text *out = ctx;
    hox__text_printf(out, "<path class=\"l l%c%s\" d=\"", ink_letter(ink), dashed ? " d" : "");
    for (int i = 0; i < n; i++) {
        hox__text_putc(out, i ? 'L' : 'M');
        number(out, x[i]);
        hox__text_putc(out, ' ');
        number(out, y[i]);
    }
    hox__text_puts(out, "\"/>\n");
}

static void rule(void *ctx, double x0, double y0, double x1, double y1, bool strong)
{
    hox__text *out = ctx;
    hox__text_printf(out, "<path class=\"%s\" d=\"M", strong ? "axis" : "grid");
    number(out, x0);
    hox__text_putc(out, ' ');
    number(out, y0);
    hox__text_putc(out, 'L');
    number(out, x1);
    hox__text_putc(out, ' ');
    number(out, y1);
    hox__text_puts(out, "\"/>\n");
}

static void box(void *ctx, double x0, double y0, double x1, double y1, int ink, bool apart)
{
    hox__text *out = ctx;
    const double width = x1 - x0 - (apart && x1 - x0 > 2 ? 1 : 0);
    hox__text_printf(out, "<rect class=\"p%c\"", ink_letter(ink));
    attribute(out, "x", x0);
    attribute(out, "y", y0);
    attribute(out, "width", width > 0.3 ? width : 0.3);
    attribute(out, "height", y1 - y0);
    hox__text_puts(out, "/>\n");
}

static void cross(hox__text *out, double x, double y, int ink)
{
    hox__text_printf(out, "<path class=\"l l%c\" d=\"M", ink_letter(ink));
    number(out, x - 3);
    hox__text_putc(out, ' ');
    number(out, y - 3);
    hox__text_puts(out, "l6 6m0 -6l-6 6\"/>\n");
}

static void point(void *ctx, double x, double y, hox__shape shape, int ink)
{
    hox__text *out = ctx;
    if (shape == HOX__SHAPE_CROSS) {
        cross(out, x, y, ink);
        return;
    }
    hox__text_printf(out, "<circle class=\"%s%c\"", shape == HOX__SHAPE_RING ? "l l" : "p",
                     ink_letter(ink));
    attribute(out, "cx", x);
    attribute(out, "cy", y);
    attribute(out, "r", shape == HOX__SHAPE_DOT ? 1.8 : 3.2);
    hox__text_puts(out, "/>\n");
}

static void text(void *ctx, double x, double y, const char *s, int align, int ink, bool strong)
{
    static const char *const anchor[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
    hox__text *out = ctx;
    hox__text_printf(out, "<text class=\"p%c%s\"%s", ink_letter(ink), strong ? " b" : "",
                     anchor[align + 1]);
    attribute(out, "x", x);
    attribute(out, "y", y + HOX__PAGE_FONT * 0.35);
    hox__text_putc(out, '>');
    escaped(out, s);
    hox__text_puts(out, "</text>\n");
}

static void colors(hox__text *out, bool dark)
{
    static const int ink[] = {HOX__INK_TEXT, HOX__INK_FAINT, 0, 1, 2, 3, 4, 5};
    hox__text_printf(out, ".ground{fill:%s}.axis{stroke:%s}.grid{stroke:%s}\n",
                     dark ? "#1b1b1b" : "#ffffff", hox__ink_color(HOX__INK_FAINT, dark),
                     dark ? "#3a3a3a" : "#e4e4e4");
    for (int i = 0; i < 8; i++) {
        const char c = ink_letter(ink[i]);
        hox__text_printf(out, ".p%c{fill:%s}.l%c{stroke:%s}", c, hox__ink_color(ink[i], dark), c,
                         hox__ink_color(ink[i], dark));
    }
    hox__text_putc(out, '\n');
}

static void head(hox__text *out, const char *title, double width, double height)
{
    hox__text_printf(out,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                     "viewBox=\"0 0 %.0f %.0f\" role=\"img\" font-family=\"system-ui, "
                     "sans-serif\" font-size=\"%d\">\n<title>",
                     width, height, width, height, HOX__PAGE_FONT);
    escaped(out, title ? title : "");
    hox__text_puts(out, "</title>\n<style>\npath{fill:none}.l{stroke-width:1.6;stroke-linejoin:"
                        "round}circle.l{fill:none}.d{stroke-dasharray:5 3}.b{font-weight:600}\n");
    colors(out, false);
    hox__text_puts(out, "@media (prefers-color-scheme: dark) {\n");
    colors(out, true);
    hox__text_puts(out, "}\n</style>\n<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n");
    hox__text_printf(out, "<g transform=\"translate(%d %d)\">\n", HOX__PAGE_MARGIN,
                     HOX__PAGE_MARGIN);
}

hox_status hox__scene_as_svg(const hox__scene *scene, hox__text *out)
{
    hox__pen pen = {.ctx = out,
                    .line_through = line_through,
                    .rule = rule,
                    .box = box,
                    .point = point,
                    .text = text};
    hox__pen_page(&pen, scene);
    head(out, scene->title, HOX__PAGE_WIDTH, pen.height + 2 * HOX__PAGE_MARGIN);
    hox__scene_draw(scene, &pen);
    hox__text_puts(out, "</g>\n</svg>\n");
    return out->failed ? HOX_ERR_MEMORY : HOX_OK;
}
