#include "cli/front.h"
#include "base/alloc.h"
#include "cli/sheet.h"
#include "search/pareto.h"
#include "study/objective.h"
#include <jansson.h>
#include <math.h>
#include <string.h>

enum { ARENA_BYTES = 1 << 24 };

typedef struct {
    const hox__aim *aim;
    double *score; /* [n, goals], larger is better */
    double *violation;
    uint64_t *trial;
    int *rank;
    int n, room;
    bool failed;
} front;

static bool grow(front *f)
{
    if (f->n < f->room)
        return true;
    const size_t room = f->room ? 2 * (size_t)f->room : 256;
    double *score = hox__realloc(f->score, room * (size_t)f->aim->goals, sizeof *score);
    f->score = score ? score : f->score;
    double *violation = hox__realloc(f->violation, room, sizeof *violation);
    f->violation = violation ? violation : f->violation;
    uint64_t *trial = hox__realloc(f->trial, room, sizeof *trial);
    f->trial = trial ? trial : f->trial;
    int *rank = hox__realloc(f->rank, room, sizeof *rank);
    f->rank = rank ? rank : f->rank;
    if (!score || !violation || !trial || !rank)
        return false;
    f->room = (int)room;
    return true;
}

static bool add(void *ctx, const hox__trial_row *row)
{
    front *f = ctx;
    const int goals = f->aim->goals;
    if (row->state != HOX_TRIAL_DONE)
        return true;
    if (!grow(f)) {
        f->failed = true;
        return false;
    }
    json_t *list = json_loads(row->scores, 0, NULL);
    bool sound = json_array_size(list) == (size_t)goals;
    for (int i = 0; i < goals && sound; i++) {
        const json_t *x = json_array_get(list, (size_t)i);
        const double value = json_is_number(x) ? json_number_value(x) : (double)NAN;
        sound = isfinite(value);
        f->score[f->n * goals + i] = f->aim->goal[i].maximize ? value : -value;
    }
    json_decref(list);
    f->trial[f->n] = row->trial;
    f->violation[f->n] = row->violation > 0 ? row->violation : 0;
    f->n += sound;
    return true;
}

static void put_row(hox__cli *cli, hox__view *view, hox__sheet *sheet, const front *f, int i)
{
    hox__cell cell[HOX__AIMS_MAX + 2] = {{.integer = (int64_t)f->trial[i]}};
    const int goals = f->aim->goals;
    hox__trial_row row;
    hox_sentence *sentence = NULL;
    hox__text line = {0};
    for (int k = 0; k < goals; k++) {
        const double s = f->score[i * goals + k];
        cell[k + 1].number = f->aim->goal[k].maximize ? s : -s;
    }
    if (hox__store_trial(view->store, view->study.id, f->trial[i], &row, NULL) == HOX_OK &&
        hox__view_sentence(cli, view, &row, &sentence) == HOX_OK) {
        const hox__values values = hox__view_values(view, &row, sentence);
        hox__values_line(&values, &line);
    }
    cell[goals + 1].text = hox__text_get(&line);
    hox__sheet_row(sheet, cell);
    hox__text_deinit(&line);
    hox_sentence_free(sentence);
}

static hox_status put_front(hox__cli *cli, hox__view *view, const front *f)
{
    hox__column column[HOX__AIMS_MAX + 2] = {{"trial", HOX__CELL_INT, 9}};
    const int goals = f->aim->goals;
    int members = 0;
    for (int i = 0; i < goals; i++)
        column[i + 1] = (hox__column){f->aim->goal[i].metric, HOX__CELL_NUMBER, 8};
    column[goals + 1] = (hox__column){"values", HOX__CELL_TEXT, 5};
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "trial", column, goals + 2);
    if (!sheet)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the table");
    for (int i = 0; i < f->n; i++)
        if (f->rank[i] == 0 && f->violation[i] == 0) {
            put_row(cli, view, sheet, f, i);
            members++;
        }
    hox__sheet_end(sheet, NULL, NULL);
    if (!cli->quiet)
        hox__put(&cli->err, "%d of %d trials are beaten by none in all goals (%s)\n", members, f->n,
                 view->study.objective);
    return members ? HOX_OK : HOX_DONE;
}

static hox_status read_aim(hox__cli *cli, hox__view *view, hox__arena *arena, hox__aim *aim,
                           hox_error *err)
{
    const hox_status status = hox__view_space(cli, view);
    return status == HOX_OK ? hox__objective_of(view->space)->aim(view->space, arena, aim, err)
                            : status;
}

int hox__front_goals(hox__cli *cli, hox__view *view)
{
    hox__aim aim = {.goals = 1};
    const char *second = strstr(view->study.objective + 1, "imize");
    hox__arena *arena = second && strstr(second + 1, "imize") ? hox__arena_new(ARENA_BYTES) : NULL;
    if (arena && read_aim(cli, view, arena, &aim, NULL) != HOX_OK)
        aim.goals = 1;
    hox__arena_free(arena);
    return aim.goals;
}

hox_status hox__front_put(hox__cli *cli, hox__view *view)
{
    hox__aim aim;
    front f = {.aim = &aim};
    hox__arena *arena = hox__arena_new(ARENA_BYTES);
    if (!arena)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the trials");
    hox_status status = read_aim(cli, view, arena, &aim, &cli->error);
    if (status == HOX_OK)
        status = hox__store_trials(view->store, view->study.id, add, &f, &cli->error);
    if (status >= 0 && f.failed)
        status = hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the trials");
    if (status >= 0 && f.n > 0)
        status = hox__pareto_rank(f.n, aim.goals, f.score, f.violation, f.rank);
    if (status >= 0)
        status = f.n > 0 ? put_front(cli, view, &f) : HOX_DONE;
    hox__free(f.score);
    hox__free(f.violation);
    hox__free(f.trial);
    hox__free(f.rank);
    hox__arena_free(arena);
    return status;
}
