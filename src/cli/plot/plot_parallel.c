/* hox plot parallel: an axis for each parameter and one for the value, a line for each trial.
 * Inselberg, "The plane with parallel coordinates", The Visual Computer 1, 1985. */
#include "cli/plot/params.h"
#include <math.h>
#include <stdio.h>

enum { AXES_MAX = 9, LINES_MAX = 400 };

static const hox__column column[] = {
    {"trial", HOX__CELL_INT, 9},    {"axis", HOX__CELL_TEXT, 8},
    {"setting", HOX__CELL_TEXT, 7}, {"position", HOX__CELL_NUMBER, 6},
    {"value", HOX__CELL_NUMBER, 5},
};

typedef struct {
    hox__plot *plot;
    const hox__plot_params *p;
    const hox__plot_param *axis[AXES_MAX]; /* without that of the value */
    int axes, left_out;
    double low, high; /* values */
} parallel;

static void choose_axes(parallel *a)
{
    for (int i = 0; i < a->p->params; i++) {
        const hox__plot_param *param = &a->p->param[a->p->order[i]];
        if (!hox__plot_param_wanted(a->plot, param))
            continue;
        if (a->axes < AXES_MAX - 1)
            a->axis[a->axes++] = param;
        else
            a->left_out++;
    }
}

/* The height on an axis, 0 .. 1; NaN: it was not asked. */
static double position(const hox__plot_param *param, int64_t row)
{
    if (!param->nominal || isnan(param->at[row]))
        return param->at[row];
    return param->words > 1 ? param->at[row] / (param->words - 1) : 0.5;
}

static double value_position(const parallel *a, int64_t row)
{
    return a->high > a->low ? (a->p->trial[row]->value - a->low) / (a->high - a->low) : 0.5;
}

static void put_rows(const parallel *a)
{
    char text[200];
    for (int64_t i = 0; i < a->p->rows && a->plot->sheet; i++)
        for (int k = 0; k < a->axes; k++) {
            if (isnan(a->axis[k]->value[i]))
                continue;
            hox__plot_param_text(a->axis[k], a->axis[k]->value[i], text, sizeof text);
            hox__plot_row(a->plot, (hox__cell[]){{.integer = (int64_t)a->p->trial[i]->trial},
                                                 {.text = a->axis[k]->name},
                                                 {.text = text},
                                                 {.number = position(a->axis[k], i)},
                                                 {.number = a->p->trial[i]->value}});
        }
}

static bool is_best(const parallel *a, int64_t row)
{
    return a->p->best > 0 && a->p->score[row] >= a->p->least;
}

/* Every line in one mark, a gap behind each; of many, evenly chosen ones. */
static void put_lines(const parallel *a, hox__panel *panel, bool best)
{
    int64_t n = 0, seen = 0;
    for (int64_t i = 0; i < a->p->rows; i++)
        n += is_best(a, i) == best;
    const int64_t stride = (n + LINES_MAX - 1) / LINES_MAX;
    const int points = a->axes + 2;
    const int room = n ? (int)((n + stride - 1) / stride) * points : 0;
    hox__mark *m = n ? hox__scene_mark(&a->plot->scene, panel, HOX__MARK_LINE,
                                       best ? 1 : HOX__INK_FAINT, best ? NULL : "finished", room)
                     : NULL;
    for (int64_t i = 0, at = 0; m && i < a->p->rows; i++) {
        if (is_best(a, i) != best || seen++ % stride)
            continue;
        for (int k = 0; k <= a->axes; k++, at++) {
            m->x[at] = k;
            m->y[at] = k < a->axes ? position(a->axis[k], i) : value_position(a, i);
        }
        at++;
    }
    hox__mark *dots =
        best && m ? hox__scene_mark(&a->plot->scene, panel, HOX__MARK_POINTS, 1, "the best", 0)
                  : NULL;
    if (dots) { /* the same points, for those who see no colour */
        dots->n = room;
        dots->x = m->x;
        dots->y = m->y;
        dots->shape = HOX__SHAPE_DISC;
    }
    if (stride > 1)
        hox__scene_note(&a->plot->scene, "one of %lld of the %s", (long long)stride,
                        best ? "best" : "others");
}

static const char *end_of(const parallel *a, int k, bool high)
{
    const hox__plot_param *param = a->axis[k];
    char text[200];
    hox__plot_param_text(param,
                         param->nominal ? (high ? param->words - 1 : 0)
                         : high         ? param->high
                                        : param->low,
                         text, sizeof text);
    return hox__scene_text(&a->plot->scene, "%s", text);
}

static bool name_axes(parallel *a, hox__panel *panel, const char *metric)
{
    hox__arena *arena = a->plot->scene.arena;
    const char **name = HOX__NEW_N(arena, const char *, AXES_MAX);
    const char **low = HOX__NEW_N(arena, const char *, AXES_MAX);
    const char **high = HOX__NEW_N(arena, const char *, AXES_MAX);
    if (!name || !low || !high)
        return false;
    for (int k = 0; k < a->axes; k++) {
        name[k] = a->axis[k]->name;
        low[k] = end_of(a, k, false);
        high[k] = end_of(a, k, true);
    }
    name[a->axes] = metric;
    low[a->axes] = hox__scene_text(&a->plot->scene, "%.4g", a->low);
    high[a->axes] = hox__scene_text(&a->plot->scene, "%.4g", a->high);
    panel->x.word = name;
    panel->x.words = a->axes + 1;
    panel->low = low;
    panel->high = high;
    return true;
}

static hox_status draw(parallel *a)
{
    hox__plot_study *s = &a->plot->study[0];
    hox_status status = hox__plot_params_check(a->plot, a->p);
    if (status != HOX_OK)
        return status;
    if (a->p->rows == 0)
        return hox__plot_nothing(a->plot, "no trial of %s has finished with a value", s->label);
    if (a->p->params == 0)
        return hox__plot_nothing(a->plot, "%s has no parameters", s->label);
    choose_axes(a);
    put_rows(a);
    a->low = HUGE_VAL;
    a->high = -HUGE_VAL;
    for (int64_t i = 0; i < a->p->rows; i++) {
        a->low = fmin(a->low, a->p->trial[i]->value);
        a->high = fmax(a->high, a->p->trial[i]->value);
    }
    hox__panel *panel = hox__scene_panel(&a->plot->scene);
    if (!panel || !name_axes(a, panel, s->metric))
        return hox__plot_no_memory(a->plot);
    panel->bare = true;
    panel->y.low = 0;
    panel->y.high = 1;
    a->plot->scene.title = hox__scene_text(&a->plot->scene, "trials of %s", s->label);
    put_lines(a, panel, false);
    put_lines(a, panel, true);
    if (a->left_out)
        hox__scene_note(&a->plot->scene, "%d more parameters matter less; -p NAME shows them",
                        a->left_out);
    return HOX_OK;
}

static hox_status picture(hox__plot *plot, const hox__plot_params *p)
{
    return draw(&(parallel){.plot = plot, .p = p});
}

static hox_status make(hox__plot *plot)
{
    return hox__plot_params_make(plot, picture);
}

const hox__plot_kind hox__plot_parallel = {
    .name = "parallel",
    .summary = "an axis for each parameter and a line for each trial",
    .column = column,
    .columns = 5,
    .make = make,
};
