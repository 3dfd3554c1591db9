/* What a picture shows, before anybody draws it: panels with two axes and marks in the units of the
 * data. draw.c lays it out for any pen (pen.h): text, SVG, PNG and PDF are the same picture.
 *
 * Everything lives in the scene's arena. Functions that return pointers return NULL when memory is
 * short and remember it in `failed`, so a builder checks once, at the end. */
#ifndef HOX_CLI_PLOT_SCENE_H
#define HOX_CLI_PLOT_SCENE_H

#include "base/arena.h"
#include <stdbool.h>

/* Inks of series count from 0 and repeat after HOX__INKS. */
enum { HOX__INKS = 6, HOX__INK_TEXT = -1, HOX__INK_FAINT = -2, HOX__INK_BAD = 5 };

typedef enum {
    HOX__MARK_LINE,   /* points joined */
    HOX__MARK_STEPS,  /* the value holds until the next point */
    HOX__MARK_POINTS, /* apart */
    HOX__MARK_BARS,   /* from x = 0 to x, thick, one a row */
    HOX__MARK_SPANS,  /* from x to x2, told apart where they touch */
} hox__mark_kind;

typedef enum { HOX__SHAPE_DOT, HOX__SHAPE_DISC, HOX__SHAPE_RING, HOX__SHAPE_CROSS } hox__shape;

typedef struct {
    hox__mark_kind kind;
    hox__shape shape; /* POINTS */
    int ink;
    const char *label; /* in the legend, or NULL */
    int n;
    double *x, *y; /* [n]; what is not finite is a gap */
    double *x2;    /* [n] SPANS */
} hox__mark;

typedef struct {
    const char *label; /* or NULL */
    bool log;          /* all of it is positive */
    double low, high;  /* NaN: as the marks need it */
    const char *const *word;
    int words; /* > 0: the positions 0 .. words-1 have names */
} hox__axis;

enum { HOX__MARKS_MAX = 64 };

typedef struct {
    const char *title; /* or NULL */
    hox__axis x, y;
    bool bare; /* no frame: a vertical rule at each word of x (parallel coordinates) */
    const char *const *low, *const *high; /* [x.words] bare: what stands at the rules' ends */
    int marks;
    hox__mark mark[HOX__MARKS_MAX];
} hox__panel;

enum { HOX__PANELS_MAX = 64, HOX__NOTES_MAX = 6 };

typedef struct {
    hox__arena *arena;
    bool failed;
    const char *title;
    const char *note[HOX__NOTES_MAX]; /* lines below the picture */
    int notes;
    hox__panel *panel[HOX__PANELS_MAX];
    int panels;
} hox__scene;

/* HOX_ERR_MEMORY is what `failed` means. */
bool hox__scene_init(hox__scene *scene);
void hox__scene_deinit(hox__scene *scene);

/* NULL also when there are too many: what comes after is left out. */
hox__panel *hox__scene_panel(hox__scene *scene);
void hox__scene_note(hox__scene *scene, const char *format, ...) HOX_PRINTF(2, 3);
const char *hox__scene_text(hox__scene *scene, const char *format, ...) HOX_PRINTF(2, 3);

/* A mark with room for n points, all of them gaps; label may be NULL and is borrowed. */
hox__mark *hox__scene_mark(hox__scene *scene, hox__panel *panel, hox__mark_kind kind, int ink,
                           const char *label, int n);

/* The ends of an axis: what the marks need and a little more; never equal, both finite. */
void hox__panel_ends(const hox__panel *panel, bool of_x, double *low, double *high);

#endif
