/* A study for plots: what of its trials is drawn, and nothing else. */
#include "base/alloc.h"
#include "cli/plot/kind.h"
#include "study/objective.h"
#include <math.h>
#include <string.h>

typedef struct {
    hox__plot *plot;
    hox__plot_study *study;
} loader;

/* goal[goals] in the view's arena, NULL: they are not all there. */
static const double *read_goals(hox__plot_study *s, const char *scores)
{
    double *goal = HOX__NEW_N(s->view.arena, double, (size_t)s->aim.goals);
    return goal && hox__aim_scores(&s->aim, scores, goal) == s->aim.goals ? goal : NULL;
}

static bool see_trial(void *ctx, const hox__trial_row *row)
{
    hox__plot_study *s = ((loader *)ctx)->study;
    if (s->n == s->room) {
        const int64_t room = s->room ? 2 * s->room : 256;
        hox__plot_trial *grown = hox__realloc(s->trial, (size_t)room, sizeof *grown);
        if (!grown) {
            s->status = hox__plot_no_memory(((loader *)ctx)->plot);
            return false;
        }
        s->trial = grown;
        s->room = room;
    }
    hox__plot_trial *t = &s->trial[s->n];
    *t = (hox__plot_trial){.trial = row->trial,
                           .state = row->state,
                           .value = row->value,
                           .feasible = !(row->violation > 0),
                           .outside = row->outside,
                           .created_ms = row->created_ms,
                           .started_ms = row->started_ms,
                           .ended_ms = row->ended_ms};
    t->walk = hox__arena_copy(s->view.arena, row->walk, strlen(row->walk));
    if (s->aim.goals > 1) {
        t->goal = read_goals(s, row->scores);
        if (s->goal > 0)
            t->value = t->goal ? t->goal[s->goal] : (double)NAN;
    }
    s->n += t->walk != NULL;
    return t->walk != NULL;
}

static hox_status choose_goal(hox__plot *plot, hox__plot_study *s, const char *goal)
{
    s->goal = goal ? -1 : 0;
    for (int i = 0; s->goal < 0 && i < s->aim.goals; i++)
        if (strcmp(s->aim.goal[i].metric, goal) == 0)
            s->goal = i;
    if (s->goal < 0)
        return hox_fail(&plot->cli->error, HOX_ERR_ARGUMENT,
                        "--goal: study `%s` has no goal `%s`; it wants to %s", s->view.study.name,
                        goal, s->view.study.objective);
    s->metric = s->aim.goal[s->goal].metric;
    s->maximize = s->aim.goal[s->goal].maximize;
    return HOX_OK;
}

static hox_status read_trials(hox__plot *plot, hox__plot_study *s, const char *goal)
{
    hox_error *err = &plot->cli->error;
    hox_status status = hox__view_space(plot->cli, &s->view);
    if (status == HOX_OK)
        status = hox__objective_of(s->view.space)->aim(s->view.space, s->view.arena, &s->aim, err);
    if (status == HOX_OK)
        status = choose_goal(plot, s, goal);
    if (status != HOX_OK)
        return status;
    status = hox__store_trials(s->view.store, s->view.study.id, see_trial, &(loader){plot, s}, err);
    return s->status != HOX_OK ? s->status : status < 0 ? status : HOX_OK;
}

/* Two studies of one name come from two stores. */
static const char *label_of(const hox__plot *plot, hox__plot_study *s)
{
    bool taken = false;
    for (int i = 0; i < plot->studies; i++)
        taken |= strcmp(plot->study[i].view.study.name, s->view.study.name) == 0;
    hox__text name = {0}, safe = {0};
    if (taken)
        hox__text_printf(&name, "%s:", s->view.path);
    hox__text_puts(&name, s->view.study.name);
    hox__text_escaped(&safe, hox__text_get(&name), name.len);
    const char *label = hox__arena_copy(s->view.arena, hox__text_get(&safe), safe.len);
    hox__text_deinit(&name);
    hox__text_deinit(&safe);
    return label ? label : s->view.study.name;
}

hox_status hox__plot_load(hox__plot *plot, const char *word, const char *goal)
{
    hox__subject subject;
    hox__plot_study *s = &plot->study[plot->studies];
    if (plot->studies == HOX__PLOT_STUDIES_MAX)
        return hox_fail(&plot->cli->error, HOX_ERR_ARGUMENT, "more than %d studies in one plot",
                        HOX__PLOT_STUDIES_MAX);
    hox_status status = hox__subject_read(word, &subject, &plot->cli->error);
    if (status == HOX_OK && subject.which != HOX__TRIAL_NONE)
        status = hox_fail(&plot->cli->error, HOX_ERR_ARGUMENT,
                          "`%s` is a trial; plots show studies\n`hox show %s` draws its curve",
                          word, word);
    if (status == HOX_OK)
        status = hox__view_open(plot->cli, &subject, &s->view);
    if (status != HOX_OK)
        return status;
    s->label = label_of(plot, s);
    plot->studies++; /* from here on it is unloaded with the others */
    return read_trials(plot, s, goal);
}
