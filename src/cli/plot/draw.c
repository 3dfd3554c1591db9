/* From a scene to strokes: where panels, axes, ticks, legend and marks go. The same for every pen.
 *
 *   title
 *   -- one  -- two                    legend
 *   panel title            panel title
 *   label of y             label of y
 *   0.9 |      .---        0.9 |  .
 *   0.8 | .---'            0.8 | .
 *       +-----------           +--------
 *        0   10   20             1e-3  1e-2
 *            label of x            label of x
 *   notes
 */
#include "base/alloc.h"
#include "cli/plot/pen.h"
#include "cli/plot/ticks.h"
#include "cli/quantity.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Points beyond so many are drawn once for each small square that they share. */
enum { POINTS_MANY = 2000, SQUARES = 1 << 18, CHUNK = 512, WORD_MAX = 200 };
static const double square = 3; /* units */

typedef struct {
    const hox__scene *scene;
    const hox__pen *pen;
    const hox__panel *panel;
    double left, top, right, bottom; /* inside the axes */
    double x_low, x_high, y_low, y_high;
} area;

static int length_of(const char *s)
{
    return s ? hox__width(s, strlen(s)) : 0;
}

/* Where v lies on an axis, 0 .. 1; NaN: nowhere. */
static double place(double v, double low, double high, bool is_log)
{
    if (is_log)
        return v > 0 ? log(v / low) / log(high / low) : (double)NAN;
    return (v / 2 - low / 2) / (high / 2 - low / 2);
}

static double at_x(const area *a, double x)
{
    return a->left + (a->right - a->left) * place(x, a->x_low, a->x_high, a->panel->x.log);
}

/* Words are listed from the top, numbers rise. */
static double at_y(const area *a, double y)
{
    const double u = place(y, a->y_low, a->y_high, a->panel->y.log);
    return a->panel->y.words ? a->top + (a->bottom - a->top) * u
                             : a->bottom - (a->bottom - a->top) * u;
}

/* What lies on an edge belongs to the area, also where pens round. */
static double inside_y(const area *a, double y)
{
    return fmin(fmax(y, a->top + 0.01), a->bottom - 0.01);
}

/* ---- legend ---- */

/* The k-th mark whose label no earlier one has; NULL past the end. */
static const hox__mark *legend_at(const hox__scene *scene, int k)
{
    const char *seen[HOX__MARKS_MAX];
    int n = 0;
    for (int p = 0; p < scene->panels; p++)
        for (int m = 0; m < scene->panel[p]->marks; m++) {
            const hox__mark *mark = &scene->panel[p]->mark[m];
            bool known = !mark->label || n == HOX__MARKS_MAX;
            for (int i = 0; i < n && !known; i++)
                known = strcmp(seen[i], mark->label) == 0;
            if (known)
                continue;
            if (n == k)
                return mark;
            seen[n++] = mark->label;
        }
    return NULL;
}

static bool joined(const hox__mark *mark)
{
    return mark->kind == HOX__MARK_LINE || mark->kind == HOX__MARK_STEPS;
}

/* Which of the lines of the legend it is; -1: none, or there is no other. */
static int line_of(const hox__scene *scene, const hox__mark *mark)
{
    int lines = 0, mine = -1;
    const hox__mark *other;
    for (int k = 0; (other = legend_at(scene, k)) != NULL; k++) {
        if (!joined(other))
            continue;
        if (mark->label && strcmp(mark->label, other->label) == 0)
            mine = lines;
        lines++;
    }
    return lines > 1 ? mine : -1;
}

/* 0: it needs none. */
static char letter_of(const hox__scene *scene, const hox__pen *pen, const hox__mark *mark)
{
    const int k = pen->letters && joined(mark) ? line_of(scene, mark) : -1;
    return k >= 0 && k < 26 ? (char)('a' + k) : 0;
}

/* Every other line, so that neighbours differ in more than colour. */
static bool is_dashed(const hox__scene *scene, const hox__mark *mark)
{
    const int k = line_of(scene, mark);
    return k > 0 && k % 2 == 1;
}

static void swatch(const hox__scene *scene, const hox__pen *pen, const hox__mark *mark, double x,
                   double y)
{
    const char letter[2] = {letter_of(scene, pen, mark)};
    if (letter[0])
        pen->text(pen->ctx, x, y, letter, -1, mark->ink, true);
    else if (joined(mark))
        pen->line_through(pen->ctx, (double[]){x, x + 1.8 * pen->letter}, (double[]){y, y}, 2,
                          mark->ink, is_dashed(scene, mark));
    else if (mark->kind == HOX__MARK_POINTS)
        pen->point(pen->ctx, x + pen->letter / 2, y, mark->shape, mark->ink);
    else
        pen->box(pen->ctx, x, y - pen->line / 4, x + 2 * pen->letter, y + pen->line / 4, mark->ink,
                 false);
}

/* Draws when `y` >= 0. Returns how many lines it takes. */
static int legend(const hox__scene *scene, const hox__pen *pen, double y)
{
    double x = 0;
    int lines = 0;
    const hox__mark *mark;
    for (int k = 0; (mark = legend_at(scene, k)) != NULL; k++) {
        const double wide = (3 + length_of(mark->label) + 2) * pen->letter;
        if (lines == 0 || x + wide > pen->width) {
            x = 0;
            lines++;
        }
        if (y >= 0) {
            const double middle = y + (lines - 0.5) * pen->line;
            swatch(scene, pen, mark, x, middle);
            pen->text(pen->ctx, x + 3 * pen->letter, middle, mark->label, -1, HOX__INK_TEXT, false);
        }
        x += wide;
    }
    return lines;
}

/* ---- how high ---- */

static int columns_of(const hox__scene *scene, const hox__pen *pen)
{
    return scene->panels < pen->columns ? (scene->panels ? scene->panels : 1) : pen->columns;
}

/* Lines around the area: titles, labels, ticks. */
static int lines_around(const hox__panel *p, const hox__pen *pen)
{
    return (p->title != NULL) + (p->y.label != NULL) + 1 + (p->x.label != NULL) + 2 * p->bare +
           (int)ceil(pen->axis_h / pen->line);
}

static int panel_lines(const hox__scene *scene, const hox__pen *pen)
{
    const int rows = scene->panels > 1 ? pen->rows_small : pen->rows;
    int most = 0;
    for (int i = 0; i < scene->panels; i++) {
        const hox__panel *p = scene->panel[i];
        const int inside = p->y.words > 0 ? p->y.words : rows - lines_around(p, pen);
        const int lines = lines_around(p, pen) + inside;
        most = lines > most ? lines : most;
    }
    return most;
}

int hox__scene_lines(const hox__scene *scene, const hox__pen *pen)
{
    const int columns = columns_of(scene, pen);
    const int bands = (scene->panels + columns - 1) / columns;
    return (scene->title != NULL) + legend(scene, pen, -1) +
           bands * (panel_lines(scene, pen) + (bands > 1)) + scene->notes;
}

void hox__pen_page(hox__pen *pen, const hox__scene *scene)
{
    pen->width = HOX__PAGE_WIDTH - 2 * HOX__PAGE_MARGIN;
    pen->letter = HOX__PAGE_FONT * 0.58;
    pen->line = HOX__PAGE_FONT * 1.5;
    pen->axis_w = pen->axis_h = 3;
    pen->rows = 22;
    pen->rows_small = 13;
    pen->columns = scene->panels > 4 ? 3 : 2;
    pen->grid = true;
    pen->height = hox__scene_lines(scene, pen) * pen->line;
}

/* ---- axes ---- */

/* `s` in at most `columns` columns. */
static const char *cut(const char *s, int columns, char out[WORD_MAX])
{
    if (length_of(s) <= columns && strlen(s) < WORD_MAX)
        return s;
    size_t n = hox__width_cut(s, strlen(s), columns > 2 ? columns - 2 : 1);
    n = n < WORD_MAX - 3 ? n : WORD_MAX - 3;
    snprintf(out, WORD_MAX, "%.*s..", (int)n, s);
    return out;
}

static double label_width(const area *a, const hox__ticks *ticks, double room)
{
    const hox__axis *y = &a->panel->y;
    int most = 0;
    for (int i = 0; i < y->words; i++)
        most = length_of(y->word[i]) > most ? length_of(y->word[i]) : most;
    for (int i = 0; !y->words && i < ticks->n; i++)
        most = length_of(ticks->label[i]) > most ? length_of(ticks->label[i]) : most;
    const double wide = most * a->pen->letter;
    return wide < 0.4 * room ? wide : 0.4 * room;
}

static void y_axis(const area *a, const hox__ticks *ticks, double labels)
{
    const hox__pen *pen = a->pen;
    const double end = a->left - pen->axis_w - (pen->axis_w < pen->letter ? pen->letter / 2 : 0);
    char word[WORD_MAX];
    for (int i = 0; i < a->panel->y.words; i++)
        pen->text(pen->ctx, end, at_y(a, i),
                  cut(a->panel->y.word[i], (int)(labels / pen->letter), word), 1, HOX__INK_TEXT,
                  false);
    for (int i = 0; !a->panel->y.words && i < ticks->n; i++) {
        const double y = at_y(a, ticks->at[i]);
        pen->text(pen->ctx, end, inside_y(a, y), ticks->label[i], 1, HOX__INK_TEXT, false);
        if (pen->grid)
            pen->rule(pen->ctx, a->left, y, a->right, y, false);
    }
}

static void x_words(const area *a, const char *const *words, double y, int ink)
{
    const hox__pen *pen = a->pen;
    const int n = a->panel->x.words;
    const int room = (int)((a->right - a->left) / n / pen->letter);
    const int stride = room >= 3 ? 1 : (4 + room) / (room > 0 ? room : 1);
    char word[WORD_MAX];
    for (int i = 0; i < n; i += stride)
        pen->text(pen->ctx, at_x(a, i), y, cut(words[i], stride * room - 1, word), 0, ink, false);
}

/* Names below, what the ends of the rules mean above and below them. */
static void bare_axes(const area *a)
{
    const hox__pen *pen = a->pen;
    const double below = a->bottom + pen->axis_h + pen->line / 2;
    for (int i = 0; i < a->panel->x.words; i++)
        pen->rule(pen->ctx, at_x(a, i), a->top, at_x(a, i), a->bottom, true);
    x_words(a, a->panel->high, a->top - pen->line / 2, HOX__INK_FAINT);
    x_words(a, a->panel->low, below, HOX__INK_FAINT);
    x_words(a, a->panel->x.word, below + pen->line, HOX__INK_TEXT);
}

static void x_axis(const area *a)
{
    const hox__pen *pen = a->pen;
    const double y = a->bottom + pen->axis_h + pen->line / 2;
    hox__ticks ticks = {0};
    if (a->panel->x.words) {
        x_words(a, a->panel->x.word, y, HOX__INK_TEXT);
        return;
    }
    int most = (int)((a->right - a->left) / (9 * pen->letter));
    double free_from = 0;
    hox__ticks_make(a->x_low, a->x_high, a->panel->x.log, most, &ticks);
    for (int i = 0; i < ticks.n; i++) {
        const double wide = length_of(ticks.label[i]) * pen->letter;
        double x = at_x(a, ticks.at[i]);
        if (pen->grid)
            pen->rule(pen->ctx, x, a->top, x, a->bottom, false);
        x = x + wide / 2 > pen->width ? pen->width - wide / 2 : x;
        if (i > 0 && x - wide / 2 < free_from)
            continue;
        pen->text(pen->ctx, x, y, ticks.label[i], 0, HOX__INK_TEXT, false);
        free_from = x + wide / 2 + pen->letter;
    }
}

static void frame(const area *a)
{
    const hox__pen *pen = a->pen;
    const double x = a->left - pen->axis_w / 2, y = a->bottom + pen->axis_h / 2;
    pen->rule(pen->ctx, x, a->top, x, y, true);
    pen->rule(pen->ctx, x, y, a->right, y, true);
}

/* ---- marks ---- */

typedef struct {
    const area *a;
    const hox__mark *mark;
    bool dashed;
    double x[CHUNK], y[CHUNK];
    int n;
} stroke;

static void end_stroke(stroke *s)
{
    if (s->n > 1)
        s->a->pen->line_through(s->a->pen->ctx, s->x, s->y, s->n, s->mark->ink, s->dashed);
    else if (s->n == 1)
        s->a->pen->point(s->a->pen->ctx, s->x[0], s->y[0], HOX__SHAPE_DOT, s->mark->ink);
    s->n = 0;
}

/* A step that cannot be seen is left out; a full chunk is drawn and goes on from its last point. */
static void stroke_to(stroke *s, double x, double y)
{
    const area *a = s->a;
    y = inside_y(a, y);
    x = x < a->left ? a->left : x > a->right ? a->right : x;
    if (s->n && fabs(x - s->x[s->n - 1]) < 0.25 && fabs(y - s->y[s->n - 1]) < 0.25)
        return;
    if (s->n == CHUNK) {
        end_stroke(s);
        s->x[0] = s->x[CHUNK - 1];
        s->y[0] = s->y[CHUNK - 1];
        s->n = 1;
    }
    s->x[s->n] = x;
    s->y[s->n++] = y;
}

/* The highest and the lowest point of each unit of width stand for all in it. */
static void crowded_line(stroke *s)
{
    const hox__mark *m = s->mark;
    double column = (double)NAN, low = 0, high = 0;
    for (int i = 0; i < m->n; i++) {
        const double x = at_x(s->a, m->x[i]), y = at_y(s->a, m->y[i]);
        if (!isfinite(x) || !isfinite(y))
            continue;
        if (!isnan(column) && floor(x) == column) {
            low = fmin(low, y);
            high = fmax(high, y);
            continue;
        }
        if (!isnan(column)) {
            stroke_to(s, column + 0.5, low);
            stroke_to(s, column + 0.5, high);
        }
        column = floor(x);
        low = high = y;
    }
    if (!isnan(column))
        stroke_to(s, column + 0.5, low);
    end_stroke(s);
}

static void line(const area *a, const hox__mark *m)
{
    stroke s = {.a = a, .mark = m, .dashed = is_dashed(a->scene, m)};
    if (m->kind == HOX__MARK_LINE && m->n > 4 * POINTS_MANY) {
        crowded_line(&s);
        return;
    }
    for (int i = 0; i < m->n; i++) {
        const double x = at_x(a, m->x[i]), y = at_y(a, m->y[i]);
        if (!isfinite(x) || !isfinite(y)) {
            end_stroke(&s);
            continue;
        }
        if (m->kind == HOX__MARK_STEPS && s.n)
            stroke_to(&s, x, s.y[s.n - 1]);
        stroke_to(&s, x, y);
    }
    end_stroke(&s);
}

static void end_letter(const area *a, const hox__mark *m)
{
    const char letter[2] = {letter_of(a->scene, a->pen, m)};
    int i = m->n - 1;
    while (i >= 0 && !isfinite(at_y(a, m->y[i])))
        i--;
    if (letter[0] && i >= 0)
        a->pen->text(a->pen->ctx, at_x(a, m->x[i]), at_y(a, m->y[i]), letter, 0, m->ink, true);
}

/* Is the square of (x, y) free? It is not afterwards. */
static bool take_square(unsigned char *taken, const area *a, double x, double y)
{
    const int wide = (int)((a->right - a->left) / square) + 1;
    const int at = (int)((y - a->top) / square) * wide + (int)((x - a->left) / square);
    if (!taken || at < 0 || at >= SQUARES)
        return true;
    const unsigned char bit = (unsigned char)(1u << (at & 7));
    const bool is_free = !(taken[at >> 3] & bit);
    taken[at >> 3] |= bit;
    return is_free;
}

static void points(const area *a, const hox__mark *m)
{
    unsigned char *taken = m->n > POINTS_MANY ? hox__alloc(SQUARES / 8, 1) : NULL;
    for (int i = 0; i < m->n; i++) {
        const double x = at_x(a, m->x[i]), y = at_y(a, m->y[i]);
        const bool inside = x >= a->left && x <= a->right && y >= a->top && y <= a->bottom;
        if (inside && take_square(taken, a, x, y))
            a->pen->point(a->pen->ctx, x, inside_y(a, y), m->shape, m->ink);
    }
    hox__free(taken);
}

/* Of boxes too narrow to be seen apart, one in a while is drawn. */
static void boxes(const area *a, const hox__mark *m)
{
    double last[64] = {0};
    const double row = (a->bottom - a->top) / (a->panel->y.words ? a->panel->y.words : 1);
    const double half = row * 0.36;
    for (int i = 0; i < m->n; i++) {
        const bool span = m->kind == HOX__MARK_SPANS;
        const double x0 = at_x(a, span ? m->x[i] : 0), x1 = at_x(a, span ? m->x2[i] : m->x[i]);
        const double y = at_y(a, m->y[i]);
        double *drawn = &last[m->y[i] >= 0 && m->y[i] < 64 ? (int)m->y[i] : 63];
        if (m->n > POINTS_MANY && fmax(x0, x1) - *drawn < 0.5)
            continue;
        *drawn = fmax(x0, x1);
        if (isfinite(x0) && isfinite(x1) && isfinite(y))
            a->pen->box(a->pen->ctx, fmin(x0, x1), y - half, fmax(x0, x1), y + half, m->ink, span);
    }
}

/* ---- panels ---- */

static void draw_marks(const area *a)
{
    for (int i = 0; i < a->panel->marks; i++) {
        const hox__mark *m = &a->panel->mark[i];
        if (joined(m))
            line(a, m);
        else if (m->kind == HOX__MARK_POINTS)
            points(a, m);
        else
            boxes(a, m);
    }
    for (int i = 0; i < a->panel->marks; i++)
        if (joined(&a->panel->mark[i]))
            end_letter(a, &a->panel->mark[i]);
}

static void draw_panel(const hox__scene *scene, const hox__pen *pen, const hox__panel *panel,
                       double x, double y, double width, double height)
{
    area a = {.scene = scene, .pen = pen, .panel = panel, .right = x + width};
    hox__ticks ticks = {0};
    a.top = y + ((panel->title != NULL) + (panel->y.label != NULL) + panel->bare) * pen->line;
    a.bottom = y + height - pen->axis_h - (1 + (panel->x.label != NULL) + panel->bare) * pen->line;
    if (panel->y.words && panel->y.words * pen->line < a.bottom - a.top)
        a.bottom = a.top + panel->y.words * pen->line;
    hox__panel_ends(panel, true, &a.x_low, &a.x_high);
    hox__panel_ends(panel, false, &a.y_low, &a.y_high);
    if (!panel->y.words && !panel->bare)
        hox__ticks_make(a.y_low, a.y_high, panel->y.log,
                        (int)((a.bottom - a.top) / (2.5 * pen->line)), &ticks);
    const double labels = label_width(&a, &ticks, width);
    a.left = x + labels + pen->axis_w + pen->letter / 2;
    if (panel->title)
        pen->text(pen->ctx, x, y + pen->line / 2, panel->title, -1, HOX__INK_TEXT, true);
    if (panel->y.label)
        pen->text(pen->ctx, x, a.top - pen->line / 2, panel->y.label, -1, HOX__INK_FAINT, false);
    if (panel->x.label)
        pen->text(pen->ctx, a.right, a.bottom + pen->axis_h + 1.5 * pen->line, panel->x.label, 1,
                  HOX__INK_FAINT, false);
    if (panel->bare) {
        bare_axes(&a);
    } else {
        y_axis(&a, &ticks, labels);
        x_axis(&a);
        frame(&a);
    }
    draw_marks(&a);
}

void hox__scene_draw(const hox__scene *scene, const hox__pen *pen)
{
    const int columns = columns_of(scene, pen);
    const int bands = (scene->panels + columns - 1) / columns;
    const double gap = 3 * pen->letter;
    const double wide = (pen->width - gap * (columns - 1)) / columns;
    const double high = panel_lines(scene, pen) * pen->line;
    double y = 0;
    if (scene->title) {
        pen->text(pen->ctx, 0, pen->line / 2, scene->title, -1, HOX__INK_TEXT, true);
        y = pen->line;
    }
    y += legend(scene, pen, y) * pen->line;
    for (int i = 0; i < scene->panels; i++)
        draw_panel(scene, pen, scene->panel[i], (i % columns) * (wide + gap),
                   y + (i / columns) * (high + (bands > 1) * pen->line), wide, high);
    y += bands * (high + (bands > 1) * pen->line);
    for (int i = 0; i < scene->notes; i++)
        pen->text(pen->ctx, 0, y + (i + 0.5) * pen->line, scene->note[i], -1, HOX__INK_FAINT,
                  false);
}
