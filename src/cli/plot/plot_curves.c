/* hox plot curves: what trials reported step by step; the best have names. */
#include "base/alloc.h"
#include "cli/plot/kind.h"
#include "study/json_read.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { NAMED = 5, REPORTS_MAX = 1000000 };

static const hox__column column[] = {
    {"trial", HOX__CELL_INT, 9},
    {"step", HOX__CELL_INT, 8},
    {"value", HOX__CELL_NUMBER, 8},
};

typedef struct {
    hox__plot *plot;
    const hox__plot_study *study;
    double *x, *y; /* trial after trial, a gap between them */
    int64_t n, room, reports;
    bool failed;
} curves;

static void add(curves *c, double x, double y)
{
    if (c->n == c->room) {
        const int64_t room = c->room ? 2 * c->room : 1024;
        double *gx = hox__realloc(c->x, (size_t)room, sizeof *gx);
        c->x = gx ? gx : c->x;
        double *gy = gx ? hox__realloc(c->y, (size_t)room, sizeof *gy) : NULL;
        c->y = gy ? gy : c->y;
        c->failed |= !gy;
        if (!gy)
            return;
        c->room = room;
    }
    c->x[c->n] = x;
    c->y[c->n++] = y;
}

/* What the goal is called among the metrics of a program; networks report two by themselves. */
static double value_of(const hox__plot_study *s, const hox__report_row *r)
{
    if (s->goal == 0 && isfinite(r->value))
        return r->value;
    json_t *o = *r->metrics ? hox__json_read(r->metrics, strlen(r->metrics), NULL) : NULL;
    const json_t *x = json_object_get(o, s->metric);
    double value = json_is_number(x) ? json_number_value(x) : (double)NAN;
    json_decref(o);
    if (isnan(value) && strcmp(s->metric, "loss") == 0)
        value = r->loss;
    return isnan(value) && strcmp(s->metric, "accuracy") == 0 ? r->accuracy : value;
}

static bool see_report(void *ctx, const hox__report_row *r)
{
    curves *c = ctx;
    const double value = value_of(c->study, r);
    add(c, (double)r->step, value);
    c->reports += isfinite(value);
    hox__plot_row(c->plot, (hox__cell[]){{.integer = (int64_t)r->trial},
                                         {.integer = r->step},
                                         {.number = value, .empty = isnan(value)}});
    return !c->failed && c->reports < REPORTS_MAX;
}

static hox_status read_curve(curves *c, uint64_t trial)
{
    const hox__plot_study *s = c->study;
    const hox_status status = hox__store_reports(s->view.store, s->view.study.id, trial, see_report,
                                                 c, &c->plot->cli->error);
    add(c, (double)NAN, (double)NAN);
    return c->failed ? hox__plot_no_memory(c->plot) : status < 0 ? status : HOX_OK;
}

/* The trials with the best values, the best first; -1: there are fewer. */
static void choose_named(const hox__plot_study *s, int64_t named[NAMED])
{
    for (int k = 0; k < NAMED; k++) {
        named[k] = -1;
        for (int64_t i = 0; i < s->n; i++) {
            bool taken = !hox__plot_counts(&s->trial[i]);
            for (int j = 0; j < k; j++)
                taken |= named[j] == i;
            if (!taken &&
                (named[k] < 0 || hox__plot_better(s, s->trial[i].value, s->trial[named[k]].value)))
                named[k] = i;
        }
    }
}

static bool is_named(const int64_t named[NAMED], int64_t i)
{
    for (int k = 0; k < NAMED; k++)
        if (named[k] == i)
            return true;
    return false;
}

static hox__mark *put_line(const curves *c, hox__panel *panel, int ink, const char *label)
{
    hox__mark *m = hox__scene_mark(&c->plot->scene, panel, HOX__MARK_LINE, ink, label, (int)c->n);
    for (int64_t i = 0; m && i < c->n; i++) {
        m->x[i] = c->x[i];
        m->y[i] = c->y[i];
    }
    return m;
}

static hox_status draw(curves *c, hox__panel *panel)
{
    int64_t named[NAMED];
    hox_status status = HOX_OK;
    choose_named(c->study, named);
    for (int64_t i = 0; i < c->study->n && status == HOX_OK; i++)
        if (!is_named(named, i))
            status = read_curve(c, c->study->trial[i].trial);
    if (status == HOX_OK && c->reports) {
        const hox__mark *rest = put_line(c, panel, HOX__INK_FAINT, NULL);
        if (rest)
            hox__plot_limit(c->plot, &panel->y, rest->y, rest->n);
    }
    for (int k = 0; k < NAMED && status == HOX_OK && named[k] >= 0; k++) {
        const hox__plot_trial *t = &c->study->trial[named[k]];
        c->n = 0;
        status = read_curve(c, t->trial);
        put_line(c, panel, k,
                 hox__scene_text(&c->plot->scene, "@%" PRIu64 " %.4g", t->trial, t->value));
    }
    return status;
}

static hox_status make(hox__plot *plot)
{
    const hox__plot_study *s = &plot->study[0];
    hox__panel *panel = hox__scene_panel(&plot->scene);
    curves c = {.plot = plot, .study = s};
    if (!panel)
        return hox__plot_no_memory(plot);
    plot->scene.title = hox__scene_text(&plot->scene, "curves of %s", s->label);
    panel->x.label = "step";
    panel->y.label = hox__plot_value_label(plot, s);
    hox_status status = draw(&c, panel);
    if (status == HOX_OK && c.reports == 0)
        status = hox__plot_nothing(plot, "no trial of %s has reported a value of %s before its end",
                                   s->label, s->metric);
    if (c.reports == REPORTS_MAX)
        hox__scene_note(&plot->scene, "only the first %d reports", REPORTS_MAX);
    hox__free(c.x);
    hox__free(c.y);
    return status;
}

const hox__plot_kind hox__plot_curves = {
    .name = "curves",
    .summary = "what trials reported step by step, the best by name",
    .column = column,
    .columns = 3,
    .make = make,
};
