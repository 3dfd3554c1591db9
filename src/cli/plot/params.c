#include "cli/plot/params.h"
#include "base/alloc.h"
#include "base/number.h"
#include "search/encode.h"
#include "search/importance.h"
#include "study/point.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The best of so many trials are told from all. */
static const double best_part = 0.1;

/* ---- columns ---- */

static double *gaps(hox__arena *arena, int64_t n)
{
    double *x = HOX__NEW_N(arena, double, (size_t)(n > 0 ? n : 1));
    for (int64_t i = 0; x && i < n; i++)
        x[i] = (double)NAN;
    return x;
}

/* `adam(beta: 0.8 .. 0.99)` is `adam` where no other branch begins so. */
static size_t head(const hox_choice *c, int branch)
{
    const size_t n = strcspn(c->text[branch], "( ");
    for (int i = 0; i < c->n; i++)
        if (i != branch && strncmp(c->text[i], c->text[branch], n) == 0 &&
            strcspn(c->text[i], "( ") == n)
            return strlen(c->text[branch]);
    return n ? n : strlen(c->text[branch]);
}

static const char **branches(hox__arena *arena, const hox_choice *c)
{
    const char **word = HOX__NEW_N(arena, const char *, (size_t)c->n);
    for (int i = 0; word && i < c->n; i++) {
        hox__text safe = {0};
        hox__text_escaped(&safe, c->text[i], head(c, i));
        word[i] = hox__arena_copy(arena, hox__text_get(&safe), safe.len);
        hox__text_deinit(&safe);
        if (!word[i])
            return NULL;
    }
    return word;
}

static hox__plot_param *add_param(hox__plot_params *p, const hox_choice *c)
{
    if (p->params == p->room) {
        const int room = p->room ? 2 * p->room : 32;
        hox__plot_param *grown = hox__realloc(p->param, (size_t)room, sizeof *grown);
        if (!grown)
            return NULL;
        p->param = grown;
        p->room = room;
    }
    hox__plot_param *param = &p->param[p->params];
    *param = (hox__plot_param){
        .path = hox__arena_copy(p->arena, c->path, strlen(c->path)),
        .kind = c->kind,
        .nominal = hox__is_nominal(c),
        .is_log = c->kind == HOX_ASK_CHOICE ? c->order == HOX_ORDER_LOG : c->is_log,
        .low = c->low,
        .high = c->high,
        .cells = c->n,
        .value = gaps(p->arena, p->rows),
        .at = gaps(p->arena, p->rows),
        .share = (double)NAN,
    };
    if (c->kind == HOX_ASK_CHOICE) {
        param->words = c->n;
        param->word = branches(p->arena, c);
    }
    if (!param->path || !param->value || !param->at || (c->kind == HOX_ASK_CHOICE && !param->word))
        return NULL;
    p->params++;
    return param;
}

/* Questions come in much the same order every time: the one behind the last is tried first. */
static hox__plot_param *find_param(hox__plot_params *p, const char *path, int *hint)
{
    for (int i = 0; i < p->params; i++) {
        const int k = (*hint + i) % p->params;
        if (strcmp(p->param[k].path, path) == 0) {
            *hint = k + 1;
            return &p->param[k];
        }
    }
    return NULL;
}

static void note(hox__plot_param *param, int64_t row, const hox_choice *c, hox_answer answer)
{
    param->at[row] = hox__coordinate_of(c, answer);
    if (c->kind == HOX_ASK_CHOICE) {
        param->value[row] = param->nominal ? (double)answer.index : c->value[answer.index];
        if (!param->nominal) { /* ordered: numbers on their own scale */
            for (int i = 0; i < c->n; i++) {
                param->low = i == 0 ? c->value[i] : fmin(param->low, c->value[i]);
                param->high = i == 0 ? c->value[i] : fmax(param->high, c->value[i]);
            }
        }
    } else {
        param->value[row] = c->kind == HOX_ASK_INT ? (double)answer.index : answer.real;
        param->low = fmin(param->low, c->low);
        param->high = fmax(param->high, c->high);
        param->cells = c->kind == HOX_ASK_INT && c->step <= 1 ? param->high - param->low + 1 : 0;
    }
    param->asked++;
}

/* ---- walks ---- */

static hox_status walk_trial(hox__plot_params *p, hox__past *past, hox_walk *walk, int64_t row,
                             hox_error *err)
{
    int n = 0, hint = 0;
    hox_status status = hox__past_read(past, p->trial[row]->trial, p->trial[row]->walk, walk, err);
    if (status != HOX_OK)
        return status;
    const hox_answered *said = hox_walk_answers(walk, &n);
    hox_answered *answer = hox__alloc((size_t)n + 1, sizeof *answer);
    if (!answer)
        return hox_fail(err, HOX_ERR_MEMORY, "no memory for the plot");
    if (n)
        memcpy(answer, said, (size_t)n * sizeof *answer);
    hox_walk_restart(walk);
    for (int i = 0; i < n && status == HOX_OK; i++) {
        const hox_choice *c = hox_walk_next(walk);
        hox__plot_param *param = find_param(p, c->path, &hint);
        param = param ? param : add_param(p, c);
        if (!param)
            status = hox_fail(err, HOX_ERR_MEMORY, "no memory for the plot");
        else if (param->kind == c->kind && param->nominal == hox__is_nominal(c))
            note(param, row, c, answer[i].answer);
        if (status == HOX_OK)
            status = hox_walk_answer(walk, answer[i].answer, err);
    }
    hox__free(answer);
    return status;
}

static hox_status walk_all(hox__plot_params *p, const hox__view *view, hox_error *err)
{
    hox_walk *walk = hox_walk_new(view->space, err);
    hox_status status = walk ? HOX_OK : HOX_ERR_MEMORY;
    for (int64_t row = 0; row < p->rows && status == HOX_OK; row++)
        status = walk_trial(p, view->past, walk, row, err);
    hox_walk_free(walk);
    return status;
}

/* ---- names ---- */

static const char *tail(const char *path, int parts)
{
    const char *at = path + strlen(path);
    while (at > path && parts > 0) {
        at--;
        parts -= at > path && at[-1] == '/';
    }
    return at;
}

static bool unique(const hox__plot_params *p, int i, const char *end)
{
    const size_t n = strlen(end);
    for (int k = 0; k < p->params; k++) {
        const size_t m = strlen(p->param[k].path);
        if (k != i && m >= n && strcmp(p->param[k].path + m - n, end) == 0 &&
            (m == n || p->param[k].path[m - n - 1] == '/'))
            return false;
    }
    return true;
}

/* As {NAME} of programs: `opt.beta` for opt/adam.beta. False: two would be called so. */
static bool name_of_program(const hox__plot_params *p, int i, char out[HOX__POINT_NAME])
{
    char other[HOX__POINT_NAME];
    hox__point_name(p->param[i].path, out);
    for (int k = 0; k < p->params; k++) {
        hox__point_name(p->param[k].path, other);
        if (k != i && strcmp(out, other) == 0)
            return false;
    }
    return true;
}

static bool name_params(hox__plot_params *p, bool of_program)
{
    enum { MANY = 1000 };
    char called[HOX__POINT_NAME];
    for (int i = 0; i < p->params; i++) {
        const char *end = p->param[i].path;
        for (int parts = 1; parts < 16 && p->params < MANY; parts++) {
            end = tail(p->param[i].path, parts);
            if (end == p->param[i].path || unique(p, i, end))
                break;
        }
        if (of_program && p->params < MANY && name_of_program(p, i, called))
            end = called;
        hox__text safe = {0};
        hox__text_escaped(&safe, end, strlen(end));
        p->param[i].name = hox__arena_copy(p->arena, hox__text_get(&safe), safe.len);
        hox__text_deinit(&safe);
        if (!p->param[i].name)
            return false;
    }
    return true;
}

/* ---- importance and order ---- */

static int by_share(const void *a, const void *b, void *ctx)
{
    const hox__plot_param *param = ctx;
    const int i = *(const int *)a, k = *(const int *)b;
    const double x = param[i].share, y = param[k].share;
    if (isnan(x) || isnan(y) || x == y)
        return i - k;
    return x < y ? 1 : -1;
}

static hox_status weigh(hox__plot_params *p)
{
    enum { ENOUGH = 4 };
    hox__importance_of of = {0};
    p->order = HOX__NEW_N(p->arena, int, (size_t)p->params + 1);
    hox__factor *factor = HOX__NEW_N(p->arena, hox__factor, (size_t)p->params + 1);
    double *share = HOX__NEW_N(p->arena, double, (size_t)p->params + 1);
    if (!p->order || !factor || !share)
        return HOX_ERR_MEMORY;
    for (int i = 0; i < p->params; i++) {
        p->order[i] = i;
        factor[i] = (hox__factor){p->param[i].nominal, p->param[i].cells, p->param[i].at};
    }
    if (p->rows < ENOUGH)
        return HOX_OK;
    if (hox__importance(factor, p->params, p->score, p->rows, best_part, share, &of) != HOX_OK)
        return HOX_ERR_MEMORY;
    for (int i = 0; i < p->params; i++)
        p->param[i].share = share[i];
    p->best = of.best < p->rows ? of.best : 0;
    p->least = of.least;
    qsort_r(p->order, (size_t)p->params, sizeof *p->order, by_share, p->param);
    return HOX_OK;
}

/* ---- all of it ---- */

static hox_status choose_rows(hox__plot_study *s, hox__plot_params *p)
{
    const size_t n = (size_t)hox__plot_done(s);
    p->trial = HOX__NEW_N(p->arena, const hox__plot_trial *, n + 1);
    p->score = HOX__NEW_N(p->arena, double, n + 1);
    if (!p->trial || !p->score)
        return HOX_ERR_MEMORY;
    for (int64_t i = 0; i < s->n; i++)
        if (hox__plot_counts(&s->trial[i]) && !s->trial[i].outside) {
            p->trial[p->rows] = &s->trial[i];
            p->score[p->rows++] = s->maximize ? s->trial[i].value : -s->trial[i].value;
        }
    return HOX_OK;
}

static hox_status read_params(hox__plot *plot, hox__plot_study *s, hox__plot_params *p)
{
    *p = (hox__plot_params){.arena = s->view.arena};
    hox_status status = choose_rows(s, p);
    if (status == HOX_OK)
        status = walk_all(p, &s->view, &plot->cli->error);
    if (status == HOX_OK && !name_params(p, !hox_space_has(s->view.space, "net")))
        status = HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = weigh(p);
    return status == HOX_ERR_MEMORY ? hox__plot_no_memory(plot) : status;
}

hox_status hox__plot_params_make(hox__plot *plot,
                                 hox_status (*picture)(hox__plot *plot, const hox__plot_params *p))
{
    hox__plot_params p;
    hox_status status = read_params(plot, &plot->study[0], &p);
    if (status == HOX_OK)
        status = picture(plot, &p);
    hox__free(p.param);
    return status;
}

/* By its name, its path, or an end of the path; or as programs call it. */
static bool is_called(const hox__plot_param *param, const char *wanted)
{
    const size_t n = strlen(param->path), m = strlen(wanted);
    if (strcmp(param->name, wanted) == 0)
        return true;
    return m <= n && strcmp(param->path + n - m, wanted) == 0 &&
           (m == n || strchr("/.|", param->path[n - m - 1]));
}

bool hox__plot_param_wanted(const hox__plot *plot, const hox__plot_param *param)
{
    for (int i = 0; i < plot->parameters; i++)
        if (is_called(param, plot->parameter[i]))
            return true;
    return plot->parameters == 0;
}

hox_status hox__plot_params_check(hox__plot *plot, const hox__plot_params *p)
{
    for (int i = 0; i < plot->parameters; i++) {
        bool any = false;
        for (int k = 0; k < p->params && !any; k++)
            any = is_called(&p->param[k], plot->parameter[i]);
        if (!any)
            return hox_fail(&plot->cli->error, HOX_ERR_ARGUMENT,
                            "--param: no trial of `%s` was asked for `%s`\n`hox plot importance "
                            "-f tsv` lists the names",
                            plot->study[0].label, plot->parameter[i]);
    }
    return HOX_OK;
}

void hox__plot_param_axis(const hox__plot_param *param, hox__axis *axis)
{
    if (param->nominal) {
        axis->word = param->word;
        axis->words = param->words;
    } else {
        axis->log = param->is_log && param->low > 0;
    }
}

void hox__plot_param_text(const hox__plot_param *param, double value, char *out, size_t n)
{
    if (param->nominal)
        snprintf(out, n, "%s", value >= 0 && value < param->words ? param->word[(int)value] : "");
    else
        snprintf(out, n, "%.4g", value);
}
