/* hox plot pareto: two goals against each other, and the trials that no other beats in all. */
#include "base/alloc.h"
#include "cli/plot/kind.h"
#include "search/pareto.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { PANELS_MAX = 6 };

typedef struct {
    hox__plot *plot;
    hox__plot_study *study;
    const hox__plot_trial **trial; /* [n] those with all goals */
    double *score;                 /* [n, goals] larger is better */
    double *violation;
    int *rank;
    int n;
} front;

static hox_status read_front(front *f)
{
    const hox__plot_study *s = f->study;
    hox__arena *arena = s->view.arena;
    const int goals = s->aim.goals;
    const size_t n = (size_t)s->n + 1;
    f->trial = HOX__NEW_N(arena, const hox__plot_trial *, n);
    f->score = HOX__NEW_N(arena, double, n *(size_t)goals);
    f->violation = HOX__NEW_N(arena, double, n);
    f->rank = HOX__NEW_N(arena, int, n);
    if (!f->trial || !f->score || !f->violation || !f->rank)
        return hox__plot_no_memory(f->plot);
    for (int64_t i = 0; i < s->n; i++) {
        const hox__plot_trial *t = &s->trial[i];
        bool sound = t->state == HOX_TRIAL_DONE && t->goal;
        for (int g = 0; g < goals && sound; g++) {
            sound = isfinite(t->goal[g]);
            f->score[f->n * goals + g] = s->aim.goal[g].maximize ? t->goal[g] : -t->goal[g];
        }
        if (!sound)
            continue;
        f->violation[f->n] = !t->feasible;
        f->trial[f->n++] = t;
    }
    if (f->n && hox__pareto_rank(f->n, goals, f->score, f->violation, f->rank) != HOX_OK)
        return hox__plot_no_memory(f->plot);
    return HOX_OK;
}

static bool on_front(const front *f, int i)
{
    return f->rank[i] == 0 && f->violation[i] == 0;
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
                                   best ? "beaten by none" : "beaten", f->n);
    if (!m)
        return;
    m->shape = best ? HOX__SHAPE_DISC : f->n > MANY ? HOX__SHAPE_DOT : HOX__SHAPE_RING;
    for (int i = 0; i < f->n; i++)
        if (on_front(f, i) == best) {
            m->x[i] = f->trial[i]->goal[a];
            m->y[i] = f->trial[i]->goal[b];
        }
}

/* With two goals the front is a staircase whose corners are the trials. */
static void put_stairs(const front *f, hox__panel *panel)
{
    int n = 0;
    point *p = HOX__NEW_N(f->plot->scene.arena, point, (size_t)f->n);
    for (int i = 0; p && i < f->n; i++)
        if (on_front(f, i))
            p[n++] = (point){f->trial[i]->goal[0], f->trial[i]->goal[1]};
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
            panel->x.label = hox__scene_text(&f->plot->scene, "%s, %s is better", x->metric,
                                             x->maximize ? "more" : "less");
            panel->y.label = hox__scene_text(&f->plot->scene, "%s, %s is better", y->metric,
                                             y->maximize ? "more" : "less");
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
    for (int i = 0; i < f->n; i++) {
        cell[0].integer = (int64_t)f->trial[i]->trial;
        cell[1].integer = on_front(f, i);
        for (int g = 0; g < goals; g++)
            cell[g + 2].number = f->trial[i]->goal[g];
        hox__plot_row(f->plot, cell);
    }
    hox__plot_rows_end(f->plot); /* its columns end with this function */
}

static hox_status make(hox__plot *plot)
{
    hox__plot_study *s = &plot->study[0];
    front f = {.plot = plot, .study = s};
    int members = 0;
    if (s->aim.goals < 2)
        return hox__plot_nothing(plot, "%s has one goal (%s); `hox plot history %s` shows it",
                                 s->label, s->view.study.objective, s->label);
    hox_status status = read_front(&f);
    if (status != HOX_OK)
        return status;
    if (f.n == 0)
        return hox__plot_nothing(plot, "no trial of %s has finished with all its values", s->label);
    for (int i = 0; i < f.n; i++)
        members += on_front(&f, i);
    put_rows(&f);
    plot->scene.title = hox__scene_text(&plot->scene, "goals of %s", s->label);
    put_panels(&f);
    hox__scene_note(&plot->scene, "%d of %d trials are beaten by none in all goals", members, f.n);
    return HOX_OK;
}

const hox__plot_kind hox__plot_pareto = {
    .name = "pareto",
    .summary = "goals against each other, and the trials that none beats in all",
    .make = make,
};
