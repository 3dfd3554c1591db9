/* Who draws: a table of functions over a surface, in units of its own with the origin at the top
 * left. One pen a file: pen_text.c, pen_svg.c, pen_cairo.c. */
#ifndef HOX_CLI_PLOT_PEN_H
#define HOX_CLI_PLOT_PEN_H

#include "base/text.h"
#include "cli/plot/scene.h"
#include <hox/status.h>

typedef struct hox__pen hox__pen;
struct hox__pen {
    void *ctx;
    double width, height;  /* of the surface */
    double letter, line;   /* a character's width, about, and the height of a line of text */
    double axis_w, axis_h; /* room that the lines of the axes take, left and below */
    int rows, rows_small;  /* lines of a panel: alone, one of several */
    int columns;           /* panels side by side, at most */
    bool grid;             /* are rules across the panel wanted? */
    bool letters;          /* tells lines apart by a letter at their end, not by colour alone */

    /* x[n], y[n] are finite. */
    void (*line_through)(void *ctx, const double *x, const double *y, int n, int ink, bool dashed);
    void (*rule)(void *ctx, double x0, double y0, double x1, double y1, bool strong);
    void (*box)(void *ctx, double x0, double y0, double x1, double y1, int ink, bool apart);
    void (*point)(void *ctx, double x, double y, hox__shape shape, int ink);
    /* y is the middle of the line; align -1, 0, 1: begins, is centred, ends at x. */
    void (*text)(void *ctx, double x, double y, const char *s, int align, int ink, bool strong);
};

/* A page for pens that draw: units of 1/96 inch, the margin not counted in the pen's width and
 * height. */
enum { HOX__PAGE_WIDTH = 760, HOX__PAGE_MARGIN = 14, HOX__PAGE_FONT = 12 };

/* Sets a pen that has its strokes for such a page, high enough for the scene. */
void hox__pen_page(hox__pen *pen, const hox__scene *scene);

/* How many lines of text the scene needs with this pen; its width is known. */
int hox__scene_lines(const hox__scene *scene, const hox__pen *pen);

/* Draws all of it; width and height are known. */
void hox__scene_draw(const hox__scene *scene, const hox__pen *pen);

/* Text of `columns` columns, braille dots or ASCII, with colours of the terminal or without. */
hox_status hox__scene_as_text(const hox__scene *scene, int columns, bool utf8, bool color,
                              hox__text *out);

/* A file of its own: readable on light and dark ground. */
hox_status hox__scene_as_svg(const hox__scene *scene, hox__text *out);

/* PNG (pdf false) or PDF through libcairo, which is opened here; without it HOX_ERR_IO says what to
 * install. */
hox_status hox__scene_as_cairo(const hox__scene *scene, bool pdf, hox__text *out, hox_error *err);

/* #rrggbb of an ink on light or dark ground. */
const char *hox__ink_color(int ink, bool dark);

#endif
