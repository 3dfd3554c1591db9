/* hox plot slice: values against each parameter. */
#include "cli/plot/params.h"
#include <math.h>

enum { PANELS_MAX = 12 };

static const hox__column column[] = {
    {"parameter", HOX__CELL_TEXT, 9},
    {"trial", HOX__CELL_INT, 7},
    {"setting", HOX__CELL_TEXT, 8},
    {"value", HOX__CELL_NUMBER, 8},
};

static void put_rows(hox__plot *plot, const hox__plot_params *p, const hox__plot_param *param)
{
    char text[200];
    for (int64_t i = 0; i < p->rows; i++) {
        if (isnan(param->value[i]))
            continue;
        hox__plot_param_text(param, param->value[i], text, sizeof text);
        hox__plot_row(plot, (hox__cell[]){{.text = param->name},
                                          {.integer = (int64_t)p->trial[i]->trial},
                                          {.text = text},
                                          {.number = p->trial[i]->value}});
    }
}

static void put_points(hox__plot *plot, hox__panel *panel, const hox__plot_params *p,
                       const hox__plot_param *param, bool best)
{
    enum { MANY = 300 };
    hox__mark *m = hox__scene_mark(&plot->scene, panel, HOX__MARK_POINTS, best ? 1 : 0,
                                   best ? "the best" : "finished", (int)p->rows);
    if (!m)
        return;
    m->shape = best ? HOX__SHAPE_DISC : p->rows > MANY ? HOX__SHAPE_DOT : HOX__SHAPE_RING;
    for (int64_t i = 0; i < p->rows; i++)
        if ((p->best && p->score[i] >= p->least) == best) {
            m->x[i] = param->value[i];
            m->y[i] = p->trial[i]->value;
        }
}

/* One for all panels, so that they can be compared. */
static hox__axis value_axis(hox__plot *plot, const hox__plot_params *p)
{
    hox__axis axis = {.low = (double)NAN, .high = (double)NAN};
    double *value = HOX__NEW_N(plot->scene.arena, double, (size_t)p->rows + 1);
    double low = HUGE_VAL, high = -HUGE_VAL;
    for (int64_t i = 0; value && i < p->rows; i++) {
        value[i] = p->trial[i]->value;
        low = fmin(low, value[i]);
        high = fmax(high, value[i]);
    }
    if (value)
        hox__plot_limit(plot, &axis, value, p->rows);
    plot->scene.failed |= !value;
    const double pad = fmax(0.05 * (high - low), fabs(low) * 1e-3);
    axis.low = isnan(axis.low) ? low - pad : axis.low;
    axis.high = isnan(axis.high) ? high + pad : axis.high;
    return axis;
}

static void put_panel(hox__plot *plot, const hox__plot_params *p, const hox__plot_param *param,
                      const hox__axis *values)
{
    hox__panel *panel = hox__scene_panel(&plot->scene);
    if (!panel)
        return;
    panel->title = param->name;
    panel->y = *values;
    hox__plot_param_axis(param, &panel->x);
    put_points(plot, panel, p, param, false);
    if (p->best)
        put_points(plot, panel, p, param, true);
}

static hox_status picture(hox__plot *plot, const hox__plot_params *p)
{
    hox__plot_study *s = &plot->study[0];
    int shown = 0, left_out = 0;
    hox_status status = hox__plot_params_check(plot, p);
    if (status != HOX_OK)
        return status;
    if (p->rows == 0)
        return hox__plot_nothing(plot, "no trial of %s has finished with a value", s->label);
    if (p->params == 0)
        return hox__plot_nothing(plot, "%s has no parameters", s->label);
    plot->scene.title = hox__scene_text(&plot->scene, "%s by parameter: %s", s->label,
                                        hox__plot_value_label(plot, s));
    const hox__axis values = value_axis(plot, p);
    for (int i = 0; i < p->params; i++) {
        const hox__plot_param *param = &p->param[p->order[i]];
        if (!hox__plot_param_wanted(plot, param))
            continue;
        put_rows(plot, p, param);
        left_out += shown == PANELS_MAX;
        if (shown < PANELS_MAX) {
            put_panel(plot, p, param, &values);
            shown++;
        }
    }
    if (left_out)
        hox__scene_note(&plot->scene, "%d more parameters matter less; -p NAME shows them",
                        left_out);
    return HOX_OK;
}

static hox_status make(hox__plot *plot)
{
    return hox__plot_params_make(plot, picture);
}

const hox__plot_kind hox__plot_slice = {
    .name = "slice",
    .summary = "values against each parameter, those that matter first",
    .column = column,
    .columns = 4,
    .make = make,
};
