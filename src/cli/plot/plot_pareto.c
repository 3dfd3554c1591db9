/* hox plot pareto: two goals against each other, and the trials that no other beats in all. */
#include "cli/plot/kind.h"
#include "study/front.h"
#include <stdlib.h>

enum { PANELS_MAX = 6 };

typedef struct {
    hox__plot *plot;
    hox__plot_study *study;
    hox__front of;
} front;

static double value(const front *f, int i, int goal)
{
    return f->of.value[i * f->of.goals + goal];
}

typedef struct {
    double x, y;
} point;

static int by_x(const void *a, const void *b)
{
    const point *p = a, *q = b;
    return p->x < q->x ? -1 : p->x > q->x ? 1 : (p->y > q->y) - (p->y < q->y);
}

static void put_points(const front *f, hox__panel *panel, int a, int b, bool best)
{
    enum { MANY = 300 };
    hox__mark *m = hox__scene_mark(&f->plot->scene, panel, HOX__MARK_POINTS, best ? 1 : 0,
                                   best ? "beaten by none" : "beaten", f->of.n);
    if (!m)
        return;
    m->shape = best ? HOX__SHAPE_DISC : f->of.n > MANY ? HOX__SHAPE_DOT : HOX__SHAPE_RING;
    for (int i = 0; i < f->of.n; i++)
        if (hox__front_has(&f->of, i) == best) {
            m->x[i] = value(f, i, a);
            m->y[i] = value(f, i, b);
        }
}

/* With two goals the front is a staircase whose corners are the trials. */
static void put_stairs(const front *f, hox__panel *panel)
{
    int n = 0;
    point *p = HOX__NEW_N(f->plot->scene.arena, point, (size_t)f->of.n);
    for (int i = 0; p && i < f->of.n; i++)
        if (hox__front_has(&f->of, i))
            p[n++] = (point){value(f, i, 0), value(f, i, 1)};
    hox__mark *m = p ? hox__scene_mark(&f->plot->scene, panel, HOX__MARK_LINE, 1, NULL, n) : NULL;
    if (!m)
        return;
    qsort(p, (size_t)n, sizeof *p, by_x);
    for (int i = 0; i < n; i++) {
        m->x[i] = p[i].x;
        m->y[i] = p[i].y;
    }
}

static void put_panels(const front *f)
{
    const int goals = f->study->aim.goals;
    for (int a = 0; a < goals; a++)
        for (int b = a + 1; b < goals; b++) {
            if (f->plot->scene.panels == PANELS_MAX)
                return;
            hox__panel *panel = hox__scene_panel(&f->plot->scene);
            if (!panel)
                return;
            const hox__goal *x = &f->study->aim.goal[a], *y = &f->study->aim.goal[b];
            panel->x.label = hox__plot_goal_label(f->plot, x->metric, x->maximize);
            panel->y.label = hox__plot_goal_label(f->plot, y->metric, y->maximize);
            put_points(f, panel, a, b, false);
            if (goals == 2)
                put_stairs(f, panel);
            put_points(f, panel, a, b, true);
        }
}

static void put_rows(const front *f)
{
    const int goals = f->study->aim.goals;
    hox__column column[HOX__AIMS_MAX + 2] = {{"trial", HOX__CELL_INT, 9},
                                             {"front", HOX__CELL_BOOL, 7}};
    hox__cell cell[HOX__AIMS_MAX + 2] = {0};
    for (int g = 0; g < goals; g++)
        column[g + 2] = (hox__column){f->study->aim.goal[g].metric, HOX__CELL_NUMBER, 8};
    hox__plot_columns(f->plot, column, goals + 2);
    for (int i = 0; i < f->of.n; i++) {
        cell[0].integer = (int64_t)f->of.trial[i];
        cell[1].integer = hox__front_has(&f->of, i);
        for (int g = 0; g < goals; g++)
            cell[g + 2].number = value(f, i, g);
        hox__plot_row(f->plot, cell);
    }
    hox__plot_rows_end(f->plot); /* its columns end with this function */
}

static hox_status make(hox__plot *plot)
{
    hox__plot_study *s = &plot->study[0];
    front f = {.plot = plot, .study = s};
    if (s->aim.goals < 2)
        return hox__plot_nothing(plot, "%s has one goal (%s); `hox plot history %s` shows it",
                                 s->label, s->view.study.objective, s->label);
    const hox_status status =
        hox__front_read(s->view.store, s->view.study.id, &s->aim, &f.of, &plot->cli->error);
    if (status < 0)
        return status;
    if (f.of.n == 0) {
        hox__front_free(&f.of);
        return hox__plot_nothing(plot, "no trial of %s has finished with all its values", s->label);
    }
    put_rows(&f);
    plot->scene.title = hox__scene_text(&plot->scene, "goals of %s", s->label);
    put_panels(&f);
    hox__text reference = {0};
    hox__front_print(&s->aim, f.of.reference, &reference);
    hox__scene_note(&plot->scene, "%d of %d trials are beaten by none in all goals", f.of.members,
                    f.of.n);
    hox__scene_note(&plot->scene, "hypervolume %.6g over the worst of all (%s)", f.of.hypervolume,
                    hox__text_get(&reference));
    hox__text_deinit(&reference);
    hox__front_free(&f.of);
    return HOX_OK;
}

const hox__plot_kind hox__plot_pareto = {
    .name = "pareto",
    .summary = "goals against each other, and the trials that none beats in all",
    .make = make,
};
