/* What kinds of plots share. */
#include "base/alloc.h"
#include "cli/plot/kind.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOX_PLOT(name) extern const hox__plot_kind hox__plot_##name;
#include "cli/plot/kinds.def"
#undef HOX_PLOT

static const hox__plot_kind *const kinds[] = {
#define HOX_PLOT(name) &hox__plot_##name,
#include "cli/plot/kinds.def"
#undef HOX_PLOT
    NULL,
};

const hox__plot_kind *hox__plot_kind_at(int i)
{
    return i < (int)(sizeof kinds / sizeof kinds[0]) ? kinds[i] : NULL;
}

const hox__plot_kind *hox__plot_kind_find(const char *name)
{
    for (int i = 0; kinds[i]; i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}

hox_status hox__plot_no_memory(hox__plot *plot)
{
    return hox_fail(&plot->cli->error, HOX_ERR_MEMORY, "no memory for the plot");
}

/* ---- loading ---- */

static void unload(hox__plot_study *s)
{
    hox__free(s->trial);
    hox__view_close(&s->view);
}

void hox__plot_unload(hox__plot *plot)
{
    for (int i = 0; i < plot->studies; i++)
        unload(&plot->study[i]);
}

/* ---- rows ---- */

void hox__plot_columns(hox__plot *plot, const hox__column *column, int columns)
{
    if (plot->picture)
        return;
    plot->sheet =
        hox__sheet_begin(&plot->cli->out, plot->cli->format, plot->kind->name, column, columns);
    plot->scene.failed |= !plot->sheet;
}

void hox__plot_row(hox__plot *plot, const hox__cell *cell)
{
    if (plot->sheet)
        hox__sheet_row(plot->sheet, cell);
}

void hox__plot_rows_end(hox__plot *plot)
{
    if (plot->sheet)
        hox__sheet_end(plot->sheet, NULL, NULL);
    plot->sheet = NULL;
}

/* ---- values ---- */

bool hox__plot_counts(const hox__plot_trial *t)
{
    return t->state == HOX_TRIAL_DONE && isfinite(t->value) && t->feasible;
}

int64_t hox__plot_done(const hox__plot_study *study)
{
    int64_t n = 0;
    for (int64_t i = 0; i < study->n; i++)
        n += hox__plot_counts(&study->trial[i]);
    return n;
}

bool hox__plot_better(const hox__plot_study *study, double a, double b)
{
    return study->maximize ? a > b : a < b;
}

const char *hox__plot_goal_label(hox__plot *plot, const char *metric, bool maximize)
{
    return hox__scene_text(&plot->scene, "%s, %s is better", metric, maximize ? "more" : "less");
}

const char *hox__plot_value_label(hox__plot *plot, const hox__plot_study *study)
{
    return hox__plot_goal_label(plot, study->metric, study->maximize);
}

hox_status hox__plot_over(hox__plot *plot, const char *one, const char *many, hox__panel **panel)
{
    const bool single = plot->studies == 1;
    int64_t done = 0;
    for (int i = 0; i < plot->studies; i++)
        done += hox__plot_done(&plot->study[i]);
    if (done == 0)
        return hox__plot_nothing(plot, "no trial of %s has finished with a value",
                                 single ? plot->study[0].label : "these studies");
    *panel = hox__scene_panel(&plot->scene);
    if (!*panel)
        return hox__plot_no_memory(plot);
    plot->scene.title =
        single ? hox__scene_text(&plot->scene, "%s of %s", one, plot->study[0].label) : many;
    return HOX_OK;
}

hox_status hox__plot_nothing(hox__plot *plot, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    hox__put(&plot->cli->err, "%s\n", text);
    return HOX_DONE;
}

/* ---- limits ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Tenths of the values, and how far beyond them an axis may reach before it is cut. */
void hox__plot_limit(hox__plot *plot, hox__axis *axis, const double *value, int64_t n)
{
    enum { ENOUGH = 20 };
    static const double far = 8, keep = 2; /* times the distance between the tenths */
    double *sorted = hox__alloc((size_t)(n > 0 ? n : 1), sizeof *sorted);
    int64_t m = 0, outside = 0;
    for (int64_t i = 0; sorted && i < n; i++)
        if (isfinite(value[i]))
            sorted[m++] = value[i];
    if (m >= ENOUGH) {
        qsort(sorted, (size_t)m, sizeof *sorted, by_value);
        const double a = sorted[m / 10], b = sorted[m - 1 - m / 10], spread = b - a;
        if (spread > 0 && sorted[0] < a - far * spread)
            axis->low = a - keep * spread;
        if (spread > 0 && sorted[m - 1] > b + far * spread)
            axis->high = b + keep * spread;
        for (int64_t i = 0; i < m; i++)
            outside += sorted[i] < axis->low || sorted[i] > axis->high;
    }
    hox__free(sorted);
    if (outside)
        hox__scene_note(&plot->scene, "%lld values lie far outside the picture",
                        (long long)outside);
}
