/* hox plot edf: which share of trials is at most so good: the empirical distribution function.
 * Methods are compared by it whatever the order of their trials was. */
#include "base/alloc.h"
#include "cli/plot/kind.h"
#include <math.h>
#include <stdlib.h>

static const hox__column column[] = {
    {"study", HOX__CELL_TEXT, 5},
    {"value", HOX__CELL_NUMBER, 9},
    {"share", HOX__CELL_NUMBER, 8},
};

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Steps from share 0 at the least value to share 1 at the greatest. */
static void put_study(hox__plot *plot, hox__panel *panel, const hox__plot_study *s, int ink)
{
    const int64_t n = hox__plot_done(s);
    hox__mark *m = hox__scene_mark(&plot->scene, panel, HOX__MARK_STEPS, ink,
                                   plot->studies > 1 ? s->label : NULL, (int)n + 1);
    if (!m)
        return;
    int64_t k = 1;
    for (int64_t i = 0; i < s->n; i++)
        if (hox__plot_counts(&s->trial[i]))
            m->x[k++] = s->trial[i].value;
    qsort(m->x + 1, (size_t)n, sizeof *m->x, by_value);
    m->x[0] = n ? m->x[1] : (double)NAN;
    m->y[0] = 0;
    for (int64_t i = 1; i <= n; i++) {
        m->y[i] = (double)i / (double)n;
        hox__plot_row(plot,
                      (hox__cell[]){{.text = s->label}, {.number = m->x[i]}, {.number = m->y[i]}});
    }
}

static hox_status make(hox__plot *plot)
{
    hox__panel *panel;
    const hox_status status = hox__plot_over(plot, "values", "values of the studies", &panel);
    if (status != HOX_OK)
        return status;
    panel->y.low = 0;
    panel->y.high = 1;
    panel->y.label = "share of trials with at most this value";
    panel->x.label = hox__plot_value_label(plot, &plot->study[0]);
    for (int i = 0; i < plot->studies; i++)
        put_study(plot, panel, &plot->study[i], i);
    if (plot->studies == 1 && panel->marks)
        hox__plot_limit(plot, &panel->x, panel->mark[0].x, panel->mark[0].n);
    return HOX_OK;
}

const hox__plot_kind hox__plot_edf = {
    .name = "edf",
    .summary = "the share of trials that are at most so good, of one study or several",
    .several = true,
    .column = column,
    .columns = 3,
    .make = make,
};
