/* Studies as JSON lines, out and in. */
#include "base/alloc.h"
#include "study/event_json.h"
#include "study/json_read.h"
#include "study/manage.h"
#include "study/store_event.h"
#include "study/store_sqlite.h"
#include <hox/space.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- out ---- */

static void text_unless_empty(hox__json *json, const char *key, const char *s)
{
    if (s && *s)
        hox__json_text(json, key, s);
}

/* JSON has no infinity. */
static void number_if_known(hox__json *json, const char *key, double x)
{
    if (isinf(x))
        hox__json_text(json, key, x > 0 ? "inf" : "-inf");
    else if (!isnan(x))
        hox__json_number(json, key, x);
}

static void int_unless_zero(hox__json *json, const char *key, int64_t x)
{
    if (x)
        hox__json_int(json, key, x);
}

void hox__event_put(hox__json *json, const hox__event *e)
{
    const bool ask = e->type && strcmp(e->type, "trial.ask") == 0;
    const bool run = e->type && strcmp(e->type, "trial.start") == 0 && e->lease_ms == 0;
    text_unless_empty(json, "state", e->state);
    text_unless_empty(json, ask ? "by" : "reason", e->reason);
    text_unless_empty(json, run ? "worker" : "detail", e->detail);
    text_unless_empty(json, "walk", e->walk);
    text_unless_empty(json, "key", e->key);
    if (e->seed)
        hox__json_id(json, "seed", e->seed);
    number_if_known(json, "value", e->value);
    number_if_known(json, "budget", e->budget);
    int_unless_zero(json, "step", e->step);
    number_if_known(json, "accuracy", e->accuracy);
    number_if_known(json, "loss", e->loss);
    number_if_known(json, "train_loss", e->train_loss);
    int_unless_zero(json, "epochs", e->epochs);
    number_if_known(json, ask ? "suggest_s" : "cpu_s", e->cpu_s);
    int_unless_zero(json, "memory_bytes", e->memory_bytes);
    int_unless_zero(json, "repeat_of", e->repeat_of);
    int_unless_zero(json, "params", e->params);
    number_if_known(json, "flops", e->flops);
    text_unless_empty(json, "scores", e->scores);
    number_if_known(json, "violation", e->violation);
    text_unless_empty(json, "metrics", e->metrics);
    int_unless_zero(json, "lease_ms", e->lease_ms);
}

static bool put_event(void *ctx, const hox__event *e)
{
    hox__json json = {.out = ctx};
    if (strcmp(e->type, "study.create") == 0)
        return true; /* the first line says it */
    const bool of_trial = strncmp(e->type, "trial.", 6) == 0;
    hox__json_begin_object(&json, NULL);
    hox__json_text(&json, "type", e->type);
    if (of_trial)
        hox__json_int(&json, "trial", (int64_t)e->trial);
    hox__json_int(&json, "time_ms", e->time_ms);
    hox__event_put(&json, e);
    hox__json_end_object(&json);
    hox__text_putc(ctx, '\n');
    return !((hox__text *)ctx)->failed;
}

hox_status hox__store_export(hox__store *store, const hox__study_row *study, hox__text *out,
                             hox_error *err)
{
    hox__study_more more;
    hox_status status = hox__store_more(store, study->id, &more, err);
    if (status != HOX_OK)
        return status;
    hox__json json = {.out = out};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "study");
    hox__json_text(&json, "name", study->name);
    hox__json_text(&json, "spec_name", more.spec_name);
    hox__json_text(&json, "spec", study->spec);
    hox__json_text(&json, "spec_hash", study->spec_hash);
    hox__json_text(&json, "objective", study->objective);
    hox__json_bool(&json, "maximize", more.maximize);
    hox__json_text(&json, "strategy", study->strategy);
    hox__json_text(&json, "allocator", study->allocator);
    hox__json_text(&json, "data_hash", study->data_hash);
    hox__json_id(&json, "seed", study->seed);
    hox__json_bool(&json, "no_default", more.no_default);
    hox__json_end_object(&json);
    hox__text_putc(out, '\n');
    status = hox__store_events(store, study->id, put_event, out, err);
    if (status >= 0 && out->failed)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to export a study");
    return status;
}

/* ---- in ---- */

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static const char *text_or_null(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static int64_t int_of(const json_t *o, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(o, key));
}

static double real_of(const json_t *o, const char *key, double absent)
{
    const json_t *x = json_object_get(o, key);
    const char *word = json_string_value(x);
    if (word && (strcmp(word, "inf") == 0 || strcmp(word, "-inf") == 0))
        return *word == '-' ? -(double)INFINITY : (double)INFINITY;
    return json_is_number(x) ? json_number_value(x) : absent;
}

static hox_status wrong(int64_t line, const char *what, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0609", "line %lld: %s", (long long)line, what);
}

static hox_status read_study(hox__store *store, const json_t *o, const char *name, char *kept,
                             int64_t *id, hox_error *err)
{
    hox_space *space = NULL;
    const char *spec = text_of(o, "spec"), *own = text_of(o, "name");
    if (strcmp(text_of(o, "type"), "study") != 0 || int_of(o, "v") != 1)
        return wrong(1, "it does not begin with a study of version 1", err);
    if (strpbrk(name ? name : own, ":@/\n") || !*(name ? name : own) || strlen(own) > 200)
        return wrong(1, "its name cannot name a study; give it one with --name", err);
    if (hox_space_load("import", spec, strlen(spec), NULL, NULL, &space) != HOX_OK)
        return wrong(1, "its space cannot be read", err);
    const hox__study_new row = {
        .name = name ? name : own,
        .spec = spec,
        .spec_name = text_of(o, "spec_name"),
        .spec_hash = hox_space_hash(space),
        .objective = text_of(o, "objective"),
        .strategy = text_of(o, "strategy"),
        .allocator = text_of(o, "allocator"),
        .data_hash = text_of(o, "data_hash"),
        .maximize = json_is_true(json_object_get(o, "maximize")),
        .no_default = json_is_true(json_object_get(o, "no_default")),
        .seed = strtoull(text_of(o, "seed"), NULL, 10),
    };
    snprintf(kept, 256, "%s", row.name);
    const hox_status status = hox__store_add_study(store, &row, id, err);
    hox_space_free(space);
    return status;
}

void hox__event_get(const json_t *o, hox__event *e)
{
    *e = (hox__event){
        .type = text_of(o, "type"),
        .time_ms = int_of(o, "time_ms"),
        .trial = (uint64_t)int_of(o, "trial"),
        .state = text_of(o, "state"),
        .reason = text_of(o, json_object_get(o, "by") ? "by" : "reason"),
        .detail = text_of(o, json_object_get(o, "worker") ? "worker" : "detail"),
        .walk = text_of(o, "walk"),
        .key = text_of(o, "key"),
        .seed = strtoull(text_of(o, "seed"), NULL, 10),
        .value = real_of(o, "value", (double)NAN),
        .budget = real_of(o, "budget", 0),
        .step = int_of(o, "step"),
        .accuracy = real_of(o, "accuracy", (double)NAN),
        .loss = real_of(o, "loss", (double)NAN),
        .train_loss = real_of(o, "train_loss", (double)NAN),
        .epochs = int_of(o, "epochs"),
        .cpu_s = real_of(o, "suggest_s", real_of(o, "cpu_s", 0)),
        .memory_bytes = int_of(o, "memory_bytes"),
        .repeat_of = int_of(o, "repeat_of"),
        .params = int_of(o, "params"),
        .flops = real_of(o, "flops", 0),
        .scores = text_or_null(o, "scores"),
        .violation = real_of(o, "violation", (double)NAN),
        .metrics = text_or_null(o, "metrics"),
        .lease_ms = int_of(o, "lease_ms"),
    };
}

/* What came of the trials so far: a log in which one ends twice says two things. */
typedef struct {
    bool *over; /* [asked] */
    int64_t asked, room;
} course;

static const char *disorder(course *c, const hox__event *e)
{
    const bool of_trial = strncmp(e->type, "trial.", 6) == 0;
    const bool known = e->trial < (uint64_t)c->asked;
    if (!of_trial)
        return NULL;
    if (strcmp(e->type, "trial.ask") == 0)
        return e->trial == (uint64_t)c->asked ? NULL : "a trial that is asked out of order";
    if (!known)
        return "a trial that was never asked";
    return c->over[e->trial] ? "a trial that has ended before" : NULL;
}

static bool follow(course *c, const hox__event *e)
{
    if (strcmp(e->type, "trial.ask") == 0) {
        if (c->asked == c->room) {
            const int64_t room = c->room ? 2 * c->room : 256;
            bool *grown = hox__realloc(c->over, (size_t)room, sizeof *grown);
            if (!grown)
                return false;
            c->over = grown;
            c->room = room;
        }
        c->over[c->asked++] = false;
    } else if (strcmp(e->type, "trial.end") == 0) {
        c->over[e->trial] = hox__trial_is_over(hox__trial_state_of(e->state));
    }
    return true;
}

static hox_status read_event(hox__store *store, int64_t study, course *c, const json_t *o,
                             int64_t line, hox_error *err)
{
    hox__event e;
    hox__event_get(o, &e);
    if (hox__event_code_of(e.type) <= HOX__STUDY_CREATE)
        return wrong(line, "an event of a kind that is not known", err);
    if (int_of(o, "trial") < 0)
        return wrong(line, "a negative trial", err);
    const char *what = disorder(c, &e);
    if (what)
        return wrong(line, what, err);
    if (!follow(c, &e))
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to import a study");
    return hox__store_append(store, study, &e, err);
}

static hox_status read_lines(hox__store *store, const char *text, const char *name, char *kept,
                             hox_error *err)
{
    int64_t id = 0, line = 0;
    course c = {0};
    hox_status status = HOX_OK;
    for (const char *p = text; *p && status == HOX_OK;) {
        const size_t n = strcspn(p, "\n");
        bool lacking = false;
        json_t *o = n ? hox__json_read(p, n, &lacking) : NULL;
        line++;
        if (lacking)
            status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to import a study");
        else if (n && !json_is_object(o))
            status = wrong(line, "not a JSON object", err);
        else if (n && line == 1)
            status = read_study(store, o, name, kept, &id, err);
        else if (n)
            status = read_event(store, id, &c, o, line, err);
        json_decref(o);
        p += n + (p[n] == '\n');
    }
    hox__free(c.over);
    return status == HOX_OK && id == 0 ? wrong(1, "there is no study in it", err) : status;
}

hox_status hox__store_import(hox__store *store, const char *text, const char *name, char *kept,
                             hox_error *err)
{
    hox_status status = hox__store_begin(store, err);
    if (status != HOX_OK)
        return status;
    status = read_lines(store, text, name, kept, err);
    return hox__store_end(store, status, err);
}
