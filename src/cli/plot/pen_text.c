/* Text: a grid of characters. With UTF-8 a character holds 2 x 4 braille dots, in ASCII 1 x 2 (' .
 * and :); words, rules and boxes take whole characters and win over dots. */
#include "base/alloc.h"
#include "cli/plot/pen.h"
#include "cli/quantity.h"
#include <math.h>
#include <string.h>

enum { COLUMNS_MAX = 400, ROWS_MAX = 2000 };

typedef struct {
    char glyph[5];      /* "" : the dots */
    unsigned char dots; /* bits of U+2800 */
    signed char ink;
    bool strong, rule, covered; /* covered: by the wide character before it */
} cell;

typedef struct {
    cell *cell; /* [rows][columns] */
    int rows, columns;
    bool utf8;
    double letter, line;
} canvas;

static cell *at(const canvas *c, int row, int column)
{
    return row < 0 || row >= c->rows || column < 0 || column >= c->columns
               ? NULL
               : &c->cell[row * c->columns + column];
}

static void put(cell *k, const char *glyph, size_t n, int ink, bool strong)
{
    if (!k || n > 4)
        return;
    memcpy(k->glyph, glyph, n);
    k->glyph[n] = '\0';
    k->ink = (signed char)ink;
    k->strong = strong;
    k->rule = false;
}

/* ---- dots ---- */

static void dot(const canvas *c, double x, double y, int ink)
{
    static const unsigned char bit[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
    const double row = floor(y / c->line), column = floor(x / c->letter);
    if (!(fabs(row) < ROWS_MAX) || !(fabs(column) < COLUMNS_MAX))
        return;
    cell *k = at(c, (int)row, (int)column);
    if (!k)
        return;
    const int i = (int)(y - row * c->line), j = (int)(x - column * c->letter);
    k->dots |= c->utf8 ? bit[i & 3][j & 1] : bit[i & 1][0];
    if (!k->glyph[0])
        k->ink = (signed char)ink;
}

static void line_through(void *ctx, const double *x, const double *y, int n, int ink, bool dashed)
{
    (void)dashed;
    for (int i = 0; i + 1 < n; i++) {
        const double dx = x[i + 1] - x[i], dy = y[i + 1] - y[i];
        const int steps = (int)ceil(fmax(fabs(dx), fabs(dy)));
        for (int k = 0; k <= steps; k++) {
            const double t = steps ? (double)k / steps : 0;
            dot(ctx, x[i] + t * dx, y[i] + t * dy - 1e-6, ink);
        }
    }
}

static void point(void *ctx, double x, double y, hox__shape shape, int ink)
{
    static const char *const glyph[][2] = {{"●", "*"}, {"○", "o"}, {"×", "x"}};
    const canvas *c = ctx;
    if (shape == HOX__SHAPE_DOT) {
        dot(ctx, x, y - 1e-6, ink);
        return;
    }
    const char *g = glyph[shape - HOX__SHAPE_DISC][!c->utf8];
    put(at(c, (int)((y - 1e-6) / c->line), (int)(x / c->letter)), g, strlen(g), ink, false);
}

/* ---- characters ---- */

static const char *rule_glyph(const canvas *c, bool across, const cell *k)
{
    if (k->rule && k->glyph[0] && !across)
        return c->utf8 ? "└" : "+";
    if (k->rule && across)
        return c->utf8 ? "└" : "+";
    return c->utf8 ? (across ? "─" : "│") : (across ? "-" : "|");
}

static void rule_cell(const canvas *c, int row, int column, bool across)
{
    cell *k = at(c, row, column);
    if (!k)
        return;
    const char *g = rule_glyph(c, across, k);
    put(k, g, strlen(g), HOX__INK_FAINT, false);
    k->rule = true;
}

/* Only the lines of the axes. */
static void rule(void *ctx, double x0, double y0, double x1, double y1, bool strong)
{
    const canvas *c = ctx;
    const int top = (int)(y0 / c->line), bottom = (int)(y1 / c->line);
    const int left = (int)(x0 / c->letter), right = (int)(x1 / c->letter);
    if (!strong)
        return;
    for (int row = top; left == right && row <= bottom; row++)
        rule_cell(c, row, left, false);
    for (int column = left; top == bottom && left != right && column <= right; column++)
        rule_cell(c, top, column, true);
}

/* The eighth of a block that is nearest, 1 .. 8. */
static const char *block(double part)
{
    static const char *const eighth[] = {"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    const int i = (int)lround(part * 8);
    return eighth[i < 1 ? 0 : i > 8 ? 7 : i - 1];
}

static void box(void *ctx, double x0, double y0, double x1, double y1, int ink, bool apart)
{
    const canvas *c = ctx;
    const int row = (int)((y0 + y1) / 2 / c->line);
    const double left = x0 / c->letter, right = x1 / c->letter;
    for (int k = (int)floor(left); k < right && k < c->columns; k++) {
        const bool last = k + 1 >= right;
        const char *g = c->utf8 ? block(last ? right - k : 1) : "#";
        if (apart && last)
            g = c->utf8 ? "▊" : "|";
        put(at(c, row, k), g, strlen(g), ink, false);
    }
}

static void put_text(const canvas *c, int row, int column, const char *s, int ink, bool strong)
{
    for (size_t n; *s; s += n) {
        n = 1;
        while (((unsigned char)s[n] & 0xc0) == 0x80)
            n++;
        const int wide = hox__width(s, n);
        if (wide < 1)
            continue;
        put(at(c, row, column), s, n, ink, strong);
        if (wide > 1 && at(c, row, column + 1))
            at(c, row, column + 1)->covered = true;
        column += wide;
    }
}

/* Names come from files: nothing in them drives the terminal. */
static void text(void *ctx, double x, double y, const char *s, int align, int ink, bool strong)
{
    const canvas *c = ctx;
    hox__text safe = {0};
    hox__text_escaped(&safe, s, strlen(s));
    const int width = hox__width(hox__text_get(&safe), safe.len);
    int column = (int)floor(x / c->letter + 1e-6);
    column -= align > 0 ? width : align == 0 ? width / 2 : 0;
    column = column + width > c->columns ? c->columns - width : column;
    put_text(c, (int)((y - 1e-6) / c->line), column < 0 ? 0 : column, hox__text_get(&safe), ink,
             strong);
    hox__text_deinit(&safe);
}

/* ---- out ---- */

static const char *escape_of(const cell *k)
{
    static const char *const series[HOX__INKS] = {"\033[34m", "\033[33m", "\033[32m",
                                                  "\033[35m", "\033[36m", "\033[31m"};
    if (k->strong && k->ink < 0)
        return "\033[1m";
    if (k->ink >= 0)
        return series[k->ink % HOX__INKS];
    return k->ink == HOX__INK_FAINT ? "\033[2m" : "";
}

static void put_cell(const canvas *c, const cell *k, hox__text *out)
{
    if (k->covered)
        return;
    if (k->glyph[0]) {
        hox__text_puts(out, k->glyph);
    } else if (!k->dots) {
        hox__text_putc(out, ' ');
    } else if (c->utf8) {
        const char braille[] = {(char)0xe2, (char)(0xa0 | k->dots >> 6),
                                (char)(0x80 | (k->dots & 63)), 0};
        hox__text_puts(out, braille);
    } else {
        hox__text_putc(out, " '.:"[k->dots & 3]);
    }
}

static void put_row(const canvas *c, const cell *row, bool color, hox__text *out)
{
    int end = c->columns;
    const char *now = "";
    while (end > 0 && !row[end - 1].glyph[0] && !row[end - 1].dots && !row[end - 1].covered)
        end--;
    for (int i = 0; i < end; i++) {
        const bool blank = !row[i].glyph[0] && !row[i].dots;
        const char *wanted = color && !blank ? escape_of(&row[i]) : "";
        if (strcmp(now, wanted) != 0) {
            hox__text_puts(out, *now ? "\033[0m" : "");
            hox__text_puts(out, wanted);
            now = wanted;
        }
        put_cell(c, &row[i], out);
    }
    hox__text_puts(out, *now ? "\033[0m\n" : "\n");
}

hox_status hox__scene_as_text(const hox__scene *scene, int columns, bool utf8, bool color,
                              hox__text *out)
{
    columns = columns < 30 ? 30 : columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
    canvas c = {.columns = columns, .utf8 = utf8, .letter = utf8 ? 2 : 1, .line = utf8 ? 4 : 2};
    hox__pen pen = {.ctx = &c,
                    .width = columns * c.letter,
                    .letter = c.letter,
                    .line = c.line,
                    .axis_w = c.letter,
                    .axis_h = c.line,
                    .rows = 18,
                    .rows_small = 12,
                    .columns = columns < 70    ? 1
                               : columns < 130 ? 2
                                               : 3,
                    .letters = true,
                    .line_through = line_through,
                    .rule = rule,
                    .box = box,
                    .point = point,
                    .text = text};
    const int lines = hox__scene_lines(scene, &pen);
    c.rows = lines < ROWS_MAX ? lines : ROWS_MAX;
    pen.height = c.rows * c.line;
    c.cell = hox__alloc((size_t)(c.rows * c.columns) + 1, sizeof *c.cell);
    if (!c.cell)
        return HOX_ERR_MEMORY;
    for (int i = 0; i < c.rows * c.columns; i++)
        c.cell[i].ink = HOX__INK_TEXT;
    hox__scene_draw(scene, &pen);
    for (int row = 0; row < c.rows; row++)
        put_row(&c, c.cell + row * c.columns, color, out);
    hox__free(c.cell);
    return out->failed ? HOX_ERR_MEMORY : HOX_OK;
}
