/* hox plot history: every value in the order of trials, and the best so far. */
#include "cli/plot/kind.h"
#include <inttypes.h>
#include <math.h>

static const hox__column column[] = {
    {"study", HOX__CELL_TEXT, 1},   {"trial", HOX__CELL_INT, 9},   {"state", HOX__CELL_TEXT, 5},
    {"value", HOX__CELL_NUMBER, 8}, {"best", HOX__CELL_NUMBER, 7},
};

static void put_row(hox__plot *plot, const hox__plot_study *s, const hox__plot_trial *t,
                    double best)
{
    const bool valued = t->state == HOX_TRIAL_DONE || t->state == HOX_TRIAL_PRUNED;
    hox__plot_row(plot, (hox__cell[]){{.text = s->label},
                                      {.integer = (int64_t)t->trial},
                                      {.text = hox__state_name(t->state)},
                                      {.number = t->value, .empty = !valued || isnan(t->value)},
                                      {.number = best, .empty = isnan(best)}});
}

/* Rows of all trials; `steps` (may be NULL) gets the best so far. */
static void best_so_far(hox__plot *plot, const hox__plot_study *s, hox__mark *steps)
{
    double best = (double)NAN;
    for (int64_t i = 0; i < s->n; i++) {
        const hox__plot_trial *t = &s->trial[i];
        if (hox__plot_counts(t) && (isnan(best) || hox__plot_better(s, t->value, best)))
            best = t->value;
        if (steps) {
            steps->x[i] = (double)t->trial;
            steps->y[i] = best;
        }
        put_row(plot, s, t, best);
    }
}

static void put_points(hox__plot *plot, hox__panel *panel, const hox__plot_study *s,
                       hox_trial_state state, hox__shape shape, int ink, const char *label)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->n; i++)
        n += s->trial[i].state == state && isfinite(s->trial[i].value);
    hox__mark *m =
        n ? hox__scene_mark(&plot->scene, panel, HOX__MARK_POINTS, ink, label, (int)n) : NULL;
    if (!m)
        return;
    m->shape = shape;
    for (int64_t i = 0, k = 0; i < s->n; i++)
        if (s->trial[i].state == state && isfinite(s->trial[i].value)) {
            m->x[k] = (double)s->trial[i].trial;
            m->y[k++] = s->trial[i].value;
        }
}

static void one_study(hox__plot *plot, hox__panel *panel, const hox__plot_study *s)
{
    enum { MANY = 400 };
    int64_t failed = 0;
    const bool small = s->n > MANY;
    put_points(plot, panel, s, HOX_TRIAL_PRUNED, small ? HOX__SHAPE_DOT : HOX__SHAPE_RING,
               HOX__INK_FAINT, "pruned");
    put_points(plot, panel, s, HOX_TRIAL_DONE, small ? HOX__SHAPE_DOT : HOX__SHAPE_DISC, 0,
               "finished");
    for (int64_t i = 0; i < s->n; i++)
        failed += s->trial[i].state == HOX_TRIAL_FAILED;
    if (failed)
        hox__scene_note(&plot->scene, "%" PRId64 " of %" PRId64 " trials failed", failed, s->n);
}

static void limit(hox__plot *plot, hox__panel *panel)
{
    for (int i = 0; panel && i < panel->marks && plot->studies == 1; i++)
        if (panel->mark[i].kind == HOX__MARK_POINTS && panel->mark[i].ink == 0)
            hox__plot_limit(plot, &panel->y, panel->mark[i].y, panel->mark[i].n);
}

static hox_status make(hox__plot *plot)
{
    hox__panel *panel;
    const hox_status status = hox__plot_over(plot, "history", "best so far", &panel);
    if (status != HOX_OK)
        return status;
    panel->x.label = "trial";
    panel->y.label = hox__plot_value_label(plot, &plot->study[0]);
    for (int i = 0; i < plot->studies; i++) {
        const hox__plot_study *s = &plot->study[i];
        if (plot->studies == 1)
            one_study(plot, panel, s);
        best_so_far(plot, s,
                    hox__scene_mark(&plot->scene, panel, HOX__MARK_STEPS,
                                    plot->studies == 1 ? 1 : i,
                                    plot->studies == 1 ? "best so far" : s->label, (int)s->n));
    }
    limit(plot, panel);
    return HOX_OK;
}

const hox__plot_kind hox__plot_history = {
    .name = "history",
    .summary = "values in the order of trials, and the best so far",
    .several = true,
    .column = column,
    .columns = 5,
    .make = make,
};
