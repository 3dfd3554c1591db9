#include "study/amend.h"
#include "base/alloc.h"
#include "base/text.h"
#include "study/json_read.h"
#include "study/past.h"
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to change a study");
}

/* ---- what becomes of its trials ---- */

typedef struct {
    uint64_t trial;
    int64_t epochs;
    double value;
    bool paused;
} left; /* outside, and not over */

typedef struct {
    hox__past *past;
    hox_walk *walk;
    hox__arena *arena;
    hox__amendment *out;
    uint64_t *moved, *outside;
    left *dropped;
    int64_t room_moved, room_outside, room_dropped, outsides;
    const char *name, *store;
    hox_status status;
    hox_error *err;
} sorter;

static bool grow(void **list, int64_t n, int64_t *room, size_t size)
{
    if (n < *room)
        return true;
    const int64_t more = *room ? 2 * *room : 16;
    void *grown = hox__realloc(*list, (size_t)more, size);
    if (!grown)
        return false;
    *list = grown;
    *room = more;
    return true;
}

static hox_status refuse(const sorter *s, const hox__carried *c, uint64_t trial)
{
    const char *what = c->fit == HOX__CARRY_KIND   ? "is a parameter of another kind there"
                       : c->fit == HOX__CARRY_MORE ? "is new there"
                                                   : "is not there any more";
    return hox_fail_code(s->err, HOX_ERR_ARGUMENT, "E0610",
                         "study `%s` cannot go on in that space: `%s` %s, and trial %" PRIu64
                         " was run without that\nranges, constants, budgets and choices can be "
                         "changed; with other parameters it is a new study,\nwhich may begin with "
                         "this one: --name %s-2 --warm %s",
                         s->name, c->path, what, trial, s->name, s->name);
}

static bool sort_one(void *ctx, const hox__trial_row *row)
{
    sorter *s = ctx;
    hox__carried c;
    hox__amendment *out = s->out;
    const bool over = hox__trial_is_over(row->state);
    s->status = hox__past_bring(s->past, row->trial, row->walk, s->walk, &c, s->err);
    if (s->status == HOX_OK && c.fit != HOX__CARRIED && c.fit != HOX__CARRY_OUTSIDE)
        s->status = refuse(s, &c, row->trial);
    if (s->status != HOX_OK)
        return false;
    const bool inside = c.fit == HOX__CARRIED;
    out->trials += over;
    out->inside += over && inside;
    if (!grow((void **)&s->moved, out->moved, &s->room_moved, sizeof *s->moved) ||
        !grow((void **)&s->outside, s->outsides, &s->room_outside, sizeof *s->outside) ||
        !grow((void **)&s->dropped, out->dropped, &s->room_dropped, sizeof *s->dropped)) {
        s->status = no_memory(s->err);
        return false;
    }
    if (!inside)
        s->outside[s->outsides++] = row->trial;
    if (!over && inside)
        s->moved[out->moved++] = row->trial;
    else if (!over)
        s->dropped[out->dropped++] = (left){.trial = row->trial,
                                            .epochs = row->epochs,
                                            .value = row->value,
                                            .paused = row->state == HOX_TRIAL_PAUSED};
    return true;
}

/* What was paused has come to something, and ends as what comes no farther; the rest never will. */
static hox_status end_dropped(hox_study *study, int64_t id, const sorter *s, hox_error *err)
{
    hox_status status = HOX_OK;
    for (int64_t i = 0; i < s->out->dropped && status == HOX_OK; i++) {
        const left *one = &s->dropped[i];
        const hox__event end = {
            .type = "trial.end",
            .trial = one->trial,
            .state = one->paused ? "pruned" : "failed",
            .reason = one->paused ? "" : "infeasible",
            .detail = "the space was changed, and it is outside",
            .value = one->paused ? one->value : (double)NAN,
            .epochs = one->epochs,
        };
        status = hox__store_append(study->store, id, &end, err);
    }
    return status;
}

/* ---- may it be? ---- */

static hox_status same_goal(const hox_study *study, const hox__study_row *row,
                            const hox_space *before, hox_error *err)
{
    const char *what = NULL;
    if (strcmp(row->objective, study->objective_text) != 0)
        what = "objective";
    else if (hox__objective_of(before) != study->objective)
        what = "way to run a trial";
    if (!what)
        return HOX_OK;
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0610",
                         "study `%s` cannot go on with another %s: its results could not be "
                         "compared\nmake a new study, which may begin with this one: --name %s-2 "
                         "--warm %s",
                         study->name, what, study->name, study->name);
}

static hox_status nothing_left(const hox_study *study, const hox__amendment *out, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0610",
                         "study `%s` cannot go on in that space: none of its %" PRId64
                         " trials is a sentence of it\nmake a new study: --name %s-2",
                         study->name, out->trials, study->name);
}

/* ---- the amendment ---- */

/* The settings of the last run, with one more era; NULL: no memory. */
static char *settings_with(const char *settings, const hox__amended *more)
{
    const char *key;
    json_t *x, *old = *settings ? hox__json_read(settings, strlen(settings), NULL) : NULL;
    hox__text text = {.failed = *settings && !old};
    hox__json json = {.out = &text};
    hox__json_begin_object(&json, NULL);
    json_object_foreach(old, key, x)
    {
        if (json_is_integer(x))
            hox__json_int(&json, key, json_integer_value(x));
        else if (json_is_boolean(x))
            hox__json_bool(&json, key, json_is_true(x));
        else if (json_is_number(x) || json_is_null(x))
            hox__json_number(&json, key, json_is_null(x) ? (double)NAN : json_number_value(x));
    }
    hox__past_put(&json, settings, more);
    hox__json_end_object(&json);
    json_decref(old);
    return hox__text_take(&text);
}

static hox_status write_down(hox_study *study, const hox__study_row *row, const char *spec_name,
                             const sorter *s, const char *settings, hox_error *err)
{
    hox__text what = {0};
    const char *spec = hox_space_text(study->space);
    hox__spec_differences(row->spec, spec, &what);
    const hox__event amend = {
        .type = "study.amend", .detail = spec, .reason = hox__text_get(&what)};
    const hox__event run = {.type = "study.run", .detail = settings};
    const hox__event end = {.type = "study.end", .state = row->state};
    hox_status status = hox__store_begin(study->store, err);
    if (status != HOX_OK) {
        hox__text_deinit(&what);
        return status;
    }
    status = what.failed ? no_memory(err)
                         : hox__store_change_space(study->store, row->id, spec, spec_name,
                                                   hox_space_hash(study->space), err);
    if (status == HOX_OK)
        status = hox__store_append(study->store, row->id, &amend, err);
    if (status == HOX_OK)
        status = end_dropped(study, row->id, s, err);
    if (status == HOX_OK)
        status = hox__store_append(study->store, row->id, &run, err);
    if (status == HOX_OK)
        status = hox__store_append(study->store, row->id, &end, err);
    status = hox__store_end(study->store, status, err);
    hox__text_deinit(&what);
    return status;
}

static bool count_trial(void *ctx, const hox__trial_row *row)
{
    (void)row;
    ++*(int64_t *)ctx;
    return true;
}

/* Sorts the trials as if it had been amended; *settings is then the caller's. */
static hox_status try_it(hox_study *study, const hox__study_row *row, sorter *s, char **settings,
                         hox_error *err)
{
    hox__amended more = {.spec = row->spec};
    const hox_space_options options = hox__study_space_options(study);
    hox_status status = hox__store_trials(study->store, row->id, count_trial, &more.trials, err);
    char *guess = status == HOX_OK ? settings_with(row->settings, &more) : NULL;
    if (status == HOX_OK && !guess)
        status = no_memory(err);
    if (status == HOX_OK)
        status = hox__past_open(guess, -1, study->space, &options, &s->past, err);
    if (status == HOX_OK) {
        s->walk = hox_walk_new(study->space, err);
        status =
            s->walk ? hox__store_trials(study->store, row->id, sort_one, s, err) : HOX_ERR_MEMORY;
        status = s->status != HOX_OK ? s->status : status;
    }
    if (status == HOX_OK && s->out->trials > 0 && s->out->inside == 0)
        status = nothing_left(study, s->out, err);
    hox__free(guess);
    more.moved = s->moved;
    more.n = s->out->moved;
    more.outside = s->outside;
    more.n_outside = s->outsides;
    *settings = status == HOX_OK ? settings_with(row->settings, &more) : NULL;
    return status == HOX_OK && !*settings ? no_memory(err) : status;
}

static hox_status check_goal(const hox_study *study, const hox__study_row *row, hox_error *err)
{
    hox_space *before = NULL;
    const hox_space_options options = hox__study_space_options(study);
    hox_status status =
        hox_space_load(row->name, row->spec, strlen(row->spec), &options, NULL, &before);
    if (status == HOX_ERR_MEMORY)
        status = no_memory(err);
    else if (status != HOX_OK)
        status = hox_fail_code(err, HOX_ERR_DATA, "E0604",
                               "the space of study `%s` cannot be read any more", row->name);
    if (status == HOX_OK)
        status = same_goal(study, row, before, err);
    hox_space_free(before);
    return status;
}

hox_status hox__study_amend(hox_study *study, hox__study_row *row, const char *spec_name,
                            hox__amendment *out, hox_error *err)
{
    char *settings = NULL;
    sorter s = {.out = out, .name = study->name, .err = err};
    *out = (hox__amendment){0};
    hox_status status = check_goal(study, row, err);
    if (status == HOX_OK)
        status = try_it(study, row, &s, &settings, err);
    if (status == HOX_OK)
        status = write_down(study, row, spec_name, &s, settings, err);
    if (status == HOX_OK) {
        row->settings = hox__arena_copy(study->arena, settings, strlen(settings));
        row->spec_hash = hox_space_hash(study->space);
        row->spec = hox_space_text(study->space);
        status = row->settings ? HOX_OK : no_memory(err);
        out->made = true;
    }
    hox_text_free(settings);
    hox_walk_free(s.walk);
    hox__past_free(s.past);
    hox__free(s.moved);
    hox__free(s.outside);
    hox__free(s.dropped);
    return status;
}
