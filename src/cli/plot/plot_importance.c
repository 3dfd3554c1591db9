/* hox plot importance: which parameters tell the best trials from the others. */
#include "cli/plot/params.h"
#include <inttypes.h>
#include <math.h>

enum { BARS_MAX = 24 };

static const hox__column column[] = {
    {"parameter", HOX__CELL_TEXT, 9},
    {"importance", HOX__CELL_NUMBER, 8},
    {"trials", HOX__CELL_INT, 5},
    {"path", HOX__CELL_TEXT, 2},
};

static void put_rows(hox__plot *plot, const hox__plot_params *p)
{
    for (int i = 0; i < p->params; i++) {
        const hox__plot_param *param = &p->param[p->order[i]];
        hox__plot_row(plot, (hox__cell[]){{.text = param->name},
                                          {.number = param->share},
                                          {.integer = param->asked},
                                          {.text = param->path}});
    }
}

static void put_bars(hox__plot *plot, const hox__plot_params *p)
{
    const int bars = p->params < BARS_MAX ? p->params : BARS_MAX;
    hox__panel *panel = hox__scene_panel(&plot->scene);
    hox__mark *mark = hox__scene_mark(&plot->scene, panel, HOX__MARK_BARS, 0, NULL, bars);
    const char **word = mark ? HOX__NEW_N(plot->scene.arena, const char *, (size_t)bars) : NULL;
    if (!word) {
        plot->scene.failed = true;
        return;
    }
    for (int i = 0; i < bars; i++) {
        const hox__plot_param *param = &p->param[p->order[i]];
        word[i] = hox__scene_text(&plot->scene, "%s  %.3f", param->name, param->share);
        mark->x[i] = param->share;
        mark->y[i] = i;
    }
    panel->y.word = word;
    panel->y.words = bars;
    panel->x.low = 0;
    panel->x.label = "importance: share of what tells the best from all";
    if (bars < p->params)
        hox__scene_note(&plot->scene, "%d more parameters matter less; -f tsv lists all",
                        p->params - bars);
}

static hox_status picture(hox__plot *plot, const hox__plot_params *p)
{
    hox__plot_study *s = &plot->study[0];
    if (p->params == 0)
        return hox__plot_nothing(plot, "%s has no parameters", s->label);
    if (isnan(p->param[0].share))
        return hox__plot_nothing(plot,
                                 "importance needs at least 4 finished trials; %s has %" PRId64,
                                 s->label, p->rows);
    if (p->best == 0)
        return hox__plot_nothing(plot,
                                 "all finished trials of %s are equally good, so nothing "
                                 "tells them apart",
                                 s->label);
    put_rows(plot, p);
    plot->scene.title =
        hox__scene_text(&plot->scene, "what matters in %s: %s", s->label, s->metric);
    put_bars(plot, p);
    hox__scene_note(&plot->scene,
                    "PED-ANOVA: the best %" PRId64 " of %" PRId64 " finished trials against all%s",
                    p->best, p->rows, p->rows < 50 ? "; few trials say little" : "");
    return HOX_OK;
}

static hox_status make(hox__plot *plot)
{
    return hox__plot_params_make(plot, picture);
}

const hox__plot_kind hox__plot_importance = {
    .name = "importance",
    .summary = "which parameters tell the best trials from the others (PED-ANOVA)",
    .column = column,
    .columns = 4,
    .make = make,
};
