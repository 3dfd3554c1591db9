/* hox plot timeline: when each trial ran, beside which others, and how it ended. Time in which
 * nothing ran is cut out: studies rest over night. */
#include "base/alloc.h"
#include "base/clock.h"
#include "cli/plot/kind.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { LANES_MAX = 40 };

static const hox__column column[] = {
    {"trial", HOX__CELL_INT, 9},      {"lane", HOX__CELL_INT, 4},
    {"state", HOX__CELL_TEXT, 7},     {"start", HOX__CELL_NUMBER, 8},
    {"seconds", HOX__CELL_NUMBER, 8}, {"started", HOX__CELL_TEXT, 3},
};

typedef struct {
    const hox__plot_trial *trial;
    double start, end; /* seconds since the first, rests cut out */
    int lane;
} run;

typedef struct {
    hox__plot *plot;
    run *run; /* [n] by start */
    int64_t n;
    int lanes;
    double busy, rested; /* seconds */
} timeline;

static int by_start(const void *a_, const void *b_)
{
    const hox__plot_trial *a = ((const run *)a_)->trial, *b = ((const run *)b_)->trial;
    if (a->started_ms != b->started_ms)
        return a->started_ms < b->started_ms ? -1 : 1;
    return (a->trial > b->trial) - (a->trial < b->trial);
}

static int64_t end_of(const hox__plot_trial *t)
{
    return t->ended_ms > t->started_ms ? t->ended_ms : t->started_ms;
}

static bool collect(timeline *t, const hox__plot_study *s)
{
    t->run = HOX__NEW_N(t->plot->scene.arena, run, (size_t)s->n + 1);
    for (int64_t i = 0; t->run && i < s->n; i++)
        if (s->trial[i].started_ms > 0)
            t->run[t->n++].trial = &s->trial[i];
    if (t->run)
        qsort(t->run, (size_t)t->n, sizeof *t->run, by_start);
    return t->run != NULL;
}

/* A rest longer than a tenth of all work shrinks to that. */
static void lay_out(timeline *t)
{
    int64_t end = 0;
    double cut = 0;
    for (int64_t i = 0; i < t->n; i++)
        t->busy += (double)(end_of(t->run[i].trial) - t->run[i].trial->started_ms) / 1000;
    const double rest_max = fmax(t->busy / 10, 1);
    for (int64_t i = 0; i < t->n; i++) {
        const hox__plot_trial *trial = t->run[i].trial;
        const double rest = i ? (double)(trial->started_ms - end) / 1000 : 0;
        cut += rest > rest_max ? rest - rest_max : 0;
        end = i == 0 || end_of(trial) > end ? end_of(trial) : end;
        t->run[i].start = (double)(trial->started_ms - t->run[0].trial->started_ms) / 1000 - cut;
        t->run[i].end = t->run[i].start + (double)(end_of(trial) - trial->started_ms) / 1000;
    }
    t->rested = cut;
}

/* Each in the first lane that is free; beyond the last there is no more room. */
static void choose_lanes(timeline *t)
{
    double until[LANES_MAX];
    for (int64_t i = 0; i < t->n; i++) {
        run *r = &t->run[i];
        while (r->lane < t->lanes && r->lane < LANES_MAX && until[r->lane] > r->start)
            r->lane++;
        if (r->lane == LANES_MAX)
            continue;
        until[r->lane] = r->end;
        t->lanes = r->lane + 1 > t->lanes ? r->lane + 1 : t->lanes;
    }
}

static void put_state(const timeline *t, hox__panel *panel, hox_trial_state state, int ink)
{
    int64_t n = 0;
    for (int64_t i = 0; i < t->n; i++)
        n += t->run[i].trial->state == state && t->run[i].lane < LANES_MAX;
    hox__mark *m = n ? hox__scene_mark(&t->plot->scene, panel, HOX__MARK_SPANS, ink,
                                       hox__state_name(state), (int)n)
                     : NULL;
    for (int64_t i = 0, k = 0; m && i < t->n; i++)
        if (t->run[i].trial->state == state && t->run[i].lane < LANES_MAX) {
            m->x[k] = t->run[i].start;
            m->x2[k] = t->run[i].end;
            m->y[k++] = t->run[i].lane;
        }
}

static void put_rows(const timeline *t)
{
    for (int64_t i = 0; i < t->n; i++) {
        const run *r = &t->run[i];
        char started[32];
        hox__time_print(r->trial->started_ms, started);
        hox__plot_row(t->plot, (hox__cell[]){{.integer = (int64_t)r->trial->trial},
                                             {.integer = r->lane, .empty = r->lane == LANES_MAX},
                                             {.text = hox__state_name(r->trial->state)},
                                             {.number = r->start},
                                             {.number = r->end - r->start},
                                             {.text = started}});
    }
}

static hox_status picture(timeline *t, hox__panel *panel)
{
    hox__scene *scene = &t->plot->scene;
    static const struct {
        hox_trial_state state;
        int ink;
    } states[] = {{HOX_TRIAL_DONE, 0},
                  {HOX_TRIAL_PRUNED, 4},
                  {HOX_TRIAL_FAILED, HOX__INK_BAD},
                  {HOX_TRIAL_CANCELLED, 1},
                  {HOX_TRIAL_RUNNING, 2}};
    const char **word = HOX__NEW_N(scene->arena, const char *, (size_t)t->lanes + 1);
    if (!panel || !word)
        return hox__plot_no_memory(t->plot);
    for (int i = 0; i < t->lanes; i++)
        word[i] = hox__scene_text(scene, "%d", i + 1);
    panel->y.word = word;
    panel->y.words = t->lanes;
    panel->y.label = "side by side";
    panel->x.label = "seconds";
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        put_state(t, panel, states[i].state, states[i].ink);
    if (t->rested > 0)
        hox__scene_note(scene, "%.0f s in which nothing ran are cut out", t->rested);
    return HOX_OK;
}

static hox_status make(hox__plot *plot)
{
    const hox__plot_study *s = &plot->study[0];
    timeline t = {.plot = plot};
    if (!collect(&t, s))
        return hox__plot_no_memory(plot);
    if (t.n == 0)
        return hox__plot_nothing(plot, "no trial of %s has started", s->label);
    lay_out(&t);
    choose_lanes(&t);
    put_rows(&t);
    plot->scene.title = hox__scene_text(&plot->scene, "timeline of %s", s->label);
    return picture(&t, hox__scene_panel(&plot->scene));
}

const hox__plot_kind hox__plot_timeline = {
    .name = "timeline",
    .summary = "when each trial ran, beside which others, and how it ended",
    .column = column,
    .columns = 6,
    .make = make,
};
