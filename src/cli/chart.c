/* Text plots; see chart.h. The value of each column is found first, then each row draws where the
 * line runs flat (-), and a change of level as a corner below (' or .), bars between, a corner
 * above.
 *
 *   0.90 |            .---------
 *   0.85 |     .------'
 *   0.80 |-----'
 */
#include "cli/chart.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { COLUMNS_MAX = 240, ROWS_MAX = 20 };

typedef struct {
    double low, high, left, right;
    int points;
} extent;

static extent measure(const double *x, const double *y, int n)
{
    extent e = {INFINITY, -INFINITY, INFINITY, -INFINITY, 0};
    for (int i = 0; i < n; i++) {
        if (!isfinite(y[i]) || !isfinite(x[i]))
            continue;
        e.low = fmin(e.low, y[i]);
        e.high = fmax(e.high, y[i]);
        e.left = fmin(e.left, x[i]);
        e.right = fmax(e.right, x[i]);
        e.points++;
    }
    return e;
}

/* The row (0 at the bottom) of each column, -1 before the first point. */
static void levels(const double *x, const double *y, int n, const extent *e, int rows, int columns,
                   bool steps, int *level)
{
    int i = -1;
    for (int c = 0; c < columns; c++) {
        const double at = e->left + (e->right - e->left) * c / (columns - 1);
        while (i + 1 < n && x[i + 1] <= at)
            i++;
        level[c] = -1;
        if (i < 0 || !isfinite(y[i]))
            continue;
        double value = y[i];
        if (!steps && i + 1 < n && isfinite(y[i + 1]) && x[i + 1] > x[i])
            value += (y[i + 1] - y[i]) * (at - x[i]) / (x[i + 1] - x[i]);
        level[c] = (int)lround((value - e->low) / (e->high - e->low) * (rows - 1));
    }
}

static char mark(const int *level, int c, int row)
{
    const int now = level[c], before = c ? level[c - 1] : now;
    if (now < 0)
        return ' ';
    if (before < 0 || before == now)
        return row == now ? '-' : ' ';
    const int low = before < now ? before : now, high = before < now ? now : before;
    if (row < low || row > high)
        return ' ';
    return row == high ? '.' : row == low ? '\'' : '|';
}

/* Digits after the point that tell neighbouring rows apart. */
static int decimals(double step)
{
    int d = 0;
    while (d < 6 && step < 0.99) {
        step *= 10;
        d++;
    }
    return d < 2 ? 2 : d;
}

void hox__chart(hox__text *out, const double *x, const double *y, int n, int rows, int width,
                int indent, bool steps)
{
    extent e = measure(x, y, n);
    const int columns = width - indent - 10 < COLUMNS_MAX ? width - indent - 10 : COLUMNS_MAX;
    if (e.points < 2 || columns < 16 || rows < 2 || rows > ROWS_MAX || !(e.right > e.left))
        return;
    if (!(e.high > e.low))
        e.high = e.low + fmax(fabs(e.low) * 0.01, 1e-6);
    int level[COLUMNS_MAX];
    levels(x, y, n, &e, rows, columns, steps, level);
    const double step = (e.high - e.low) / (rows - 1);
    const int digits = fabs(e.high) >= 1000 ? 0 : decimals(step);
    for (int row = rows - 1; row >= 0; row--) {
        char line[COLUMNS_MAX + 1];
        for (int c = 0; c < columns; c++)
            line[c] = mark(level, c, row);
        int end = columns;
        while (end > 0 && line[end - 1] == ' ')
            end--;
        hox__text_printf(out, "%*s%7.*f |%.*s\n", indent, "", digits, e.low + step * row, end,
                         line);
    }
}
