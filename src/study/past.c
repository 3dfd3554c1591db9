#include "study/past.h"
#include "base/alloc.h"
#include "study/json_read.h"
#include <jansson.h>
#include <string.h>

typedef struct {
    const char *spec;    /* borrowed from `settings` */
    int64_t trials;      /* asked until it ended */
    const json_t *moved; /* of these, the ones that had not ended */
    hox_space *space;    /* once it was needed */
    hox_walk *walk;
} era;

struct hox__past {
    json_t *settings;
    const hox_space *now;
    hox_space_options options;
    hox__carry carry;
    int eras;
    era era[];
};

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the space a study had");
}

/* ---- reading ---- */

static const json_t *list_of(const json_t *settings)
{
    return json_object_get(settings, "amended");
}

/* NULL: it was never amended. */
static hox_status read_settings(const char *settings, json_t **out, hox_error *err)
{
    bool lacking;
    *out = NULL;
    if (!settings || !strstr(settings, "\"amended\":"))
        return HOX_OK;
    *out = hox__json_read(settings, strlen(settings), &lacking);
    if (*out)
        return HOX_OK;
    return lacking ? no_memory(err)
                   : hox_fail_code(err, HOX_ERR_DATA, "E0604",
                                   "the store is damaged: what its study was told cannot be read");
}

int hox__past_eras_of(const char *settings)
{
    json_t *o;
    if (read_settings(settings, &o, NULL) != HOX_OK)
        return -1;
    const int n = (int)json_array_size(list_of(o));
    json_decref(o);
    return n;
}

hox_status hox__past_open(const char *settings, int limit, const hox_space *now,
                          const hox_space_options *options, hox__past **out, hox_error *err)
{
    *out = NULL;
    json_t *o;
    const hox_status status = read_settings(settings, &o, err);
    if (status != HOX_OK)
        return status;
    const json_t *list = list_of(o);
    const int all = (int)json_array_size(list), n = limit < 0 || limit > all ? all : limit;
    hox__past *past = n ? hox__alloc(1, sizeof *past + (size_t)n * sizeof past->era[0]) : NULL;
    if (!past || !hox__carry_init(&past->carry)) {
        json_decref(o);
        hox__free(past);
        return n ? no_memory(err) : HOX_OK;
    }
    past->settings = o;
    past->now = now;
    past->options = options ? *options : (hox_space_options){0};
    past->eras = n;
    for (int i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, (size_t)i);
        const char *spec = json_string_value(json_object_get(one, "spec"));
        past->era[i] = (era){.spec = spec ? spec : "",
                             .trials = json_integer_value(json_object_get(one, "trials")),
                             .moved = json_object_get(one, "moved")};
    }
    *out = past;
    return HOX_OK;
}

void hox__past_free(hox__past *past)
{
    if (!past)
        return;
    for (int i = 0; i < past->eras; i++) {
        hox_walk_free(past->era[i].walk);
        hox_space_free(past->era[i].space);
    }
    hox__carry_deinit(&past->carry);
    json_decref(past->settings);
    hox__free(past);
}

const char *hox__past_spec(const hox__past *past, int i)
{
    return past->era[i].spec;
}

int hox__past_eras(const hox__past *past)
{
    return past ? past->eras : 0;
}

/* ---- eras of trials ---- */

static int asked_in(const hox__past *past, uint64_t trial)
{
    int i = 0;
    while (i < past->eras && (int64_t)trial >= past->era[i].trials)
        i++;
    return i;
}

static bool holds(const json_t *list, uint64_t trial)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_integer_value(json_array_get(list, i)) == (json_int_t)trial)
            return true;
    return false;
}

int hox__past_era(const hox__past *past, uint64_t trial)
{
    int at = past ? asked_in(past, trial) : 0;
    while (past && at < past->eras && holds(past->era[at].moved, trial))
        at++;
    return at;
}

bool hox__past_has(const hox__past *past, uint64_t trial)
{
    return past && asked_in(past, trial) < past->eras;
}

static hox_status need(hox__past *past, int i, hox_error *err)
{
    era *e = &past->era[i];
    if (e->walk)
        return HOX_OK;
    hox_status status = HOX_OK;
    if (!e->space)
        status = hox_space_load("the space before it was changed", e->spec, strlen(e->spec),
                                &past->options, NULL, &e->space);
    if (status == HOX_ERR_MEMORY)
        return no_memory(err);
    if (status != HOX_OK)
        return hox_fail_code(err, HOX_ERR_DATA, "E0604",
                             "the space that the study had before it was changed cannot be read");
    e->walk = hox_walk_new(e->space, err);
    return e->walk ? HOX_OK : HOX_ERR_MEMORY;
}

/* ---- walks ---- */

static hox_status carry(hox__past *past, int from, const char *walk, hox_walk *to,
                        hox__carried *out, hox_error *err)
{
    hox_status status = need(past, from, err);
    if (status != HOX_OK)
        return status;
    status = hox__carry_listen(&past->carry, past->era[from].walk, walk);
    if (status == HOX_OK)
        status = hox__carry_say(&past->carry, to, out);
    if (status == HOX_ERR_MEMORY)
        return no_memory(err);
    return status == HOX_OK ? HOX_OK
                            : hox_fail_code(err, HOX_ERR_DATA, "E0604",
                                            "a walk of the study is none of the space it had");
}

hox_status hox__past_bring(hox__past *past, uint64_t trial, const char *walk, hox_walk *to,
                           hox__carried *out, hox_error *err)
{
    return carry(past, asked_in(past, trial), walk, to, out, err);
}

hox_status hox__past_read(hox__past *past, uint64_t trial, const char *walk, hox_walk *to,
                          hox_error *err)
{
    hox__carried c;
    if (!hox__past_has(past, trial))
        return hox_walk_read(to, walk, err);
    const hox_status status = hox__past_bring(past, trial, walk, to, &c, err);
    return status == HOX_OK && c.fit != HOX__CARRIED
               ? hox_fail_code(err, HOX_ERR_DATA, "E0610",
                               "trial %llu is outside the space that the study has now",
                               (unsigned long long)trial)
               : status;
}

const hox_space *hox__past_space(const hox__past *past, const hox_space *now, uint64_t trial)
{
    const int at = hox__past_era(past, trial);
    return past && at < past->eras && past->era[at].space ? past->era[at].space : now;
}

hox_status hox__past_walk(hox__past *past, const hox_space *now, uint64_t trial, const char *text,
                          hox_walk **out, hox_error *err)
{
    hox__carried c;
    const int from = past ? asked_in(past, trial) : 0, to = hox__past_era(past, trial);
    const bool last = !past || to == past->eras;
    hox_status status = last ? HOX_OK : need(past, to, err);
    *out = status == HOX_OK ? hox_walk_new(last ? now : past->era[to].space, err) : NULL;
    if (!*out)
        return status == HOX_OK ? HOX_ERR_MEMORY : status;
    status = from == to ? hox_walk_read(*out, text, err) : carry(past, from, text, *out, &c, err);
    if (status == HOX_OK && from != to && c.fit != HOX__CARRIED)
        status = hox_fail_code(err, HOX_ERR_DATA, "E0604",
                               "trial %llu went on in a space that it is not in",
                               (unsigned long long)trial);
    if (status != HOX_OK) {
        hox_walk_free(*out);
        *out = NULL;
    }
    return status;
}

hox_status hox__past_sentence(hox__past *past, const hox_space *now, uint64_t trial,
                              const char *text, const hox_space **space, hox_sentence **sentence,
                              hox_error *err)
{
    hox_walk *walk;
    hox_status status = hox__past_walk(past, now, trial, text, &walk, err);
    if (status == HOX_OK)
        status = hox_walk_finish(walk, sentence, err);
    hox_walk_free(walk);
    if (space)
        *space = hox__past_space(past, now, trial);
    return status;
}

static hox_status bring_line(hox__past *past, const char *line, size_t n, hox_walk *to,
                             hox__text *out, hox_error *err)
{
    hox__carried c;
    char *walk = hox__alloc(n + 1, 1), *brought = NULL;
    if (!walk)
        return no_memory(err);
    memcpy(walk, line, n);
    hox_status status = carry(past, 0, walk, to, &c, err);
    if (status == HOX_OK && c.fit == HOX__CARRIED) {
        brought = hox_walk_text(to);
        if (brought)
            hox__text_printf(out, "%s\n", brought);
        else
            status = no_memory(err);
    }
    hox_text_free(brought);
    hox__free(walk);
    return status;
}

hox_status hox__past_bring_lines(hox__past *past, const char *lines, hox_walk *to, hox__text *out,
                                 hox_error *err)
{
    hox_status status = HOX_OK;
    for (const char *p = lines; *p && status == HOX_OK;) {
        const size_t n = strcspn(p, "\n");
        status = bring_line(past, p, n, to, out, err);
        p += n + (p[n] == '\n');
    }
    return status == HOX_OK && out->failed ? no_memory(err) : status;
}

bool hox__past_outside(const char *settings, uint64_t **trial, int64_t *n)
{
    json_t *o;
    *trial = NULL;
    *n = 0;
    const hox_status status = read_settings(settings, &o, NULL);
    if (status != HOX_OK) /* of damaged ones nobody knows more than that of those without eras */
        return status == HOX_ERR_DATA;
    const json_t *list = list_of(o);
    const size_t eras = json_array_size(list);
    const json_t *outside =
        eras ? json_object_get(json_array_get(list, eras - 1), "outside") : NULL;
    *n = (int64_t)json_array_size(outside);
    *trial = *n ? hox__alloc((size_t)*n, sizeof **trial) : NULL;
    const bool ok = *n == 0 || *trial;
    for (int64_t i = 0; ok && i < *n; i++)
        (*trial)[i] = (uint64_t)json_integer_value(json_array_get(outside, (size_t)i));
    json_decref(o);
    return ok;
}

/* ---- writing ---- */

static void put_list(hox__json *json, const char *key, const uint64_t *trial, int64_t n)
{
    hox__json_begin_array(json, key);
    for (int64_t i = 0; i < n; i++)
        hox__json_int(json, NULL, (int64_t)trial[i]);
    hox__json_end_array(json);
}

static void copy_list(hox__json *json, const char *key, const json_t *list)
{
    hox__json_begin_array(json, key);
    for (size_t i = 0; i < json_array_size(list); i++)
        hox__json_int(json, NULL, json_integer_value(json_array_get(list, i)));
    hox__json_end_array(json);
}

/* What is outside is of interest for the space of now alone. */
static void put_old(hox__json *json, const json_t *one, bool last)
{
    const char *spec = json_string_value(json_object_get(one, "spec"));
    hox__json_begin_object(json, NULL);
    hox__json_int(json, "trials", json_integer_value(json_object_get(one, "trials")));
    copy_list(json, "moved", json_object_get(one, "moved"));
    if (last)
        copy_list(json, "outside", json_object_get(one, "outside"));
    hox__json_text(json, "spec", spec ? spec : "");
    hox__json_end_object(json);
}

static void put_new(hox__json *json, const hox__amended *more)
{
    hox__json_begin_object(json, NULL);
    hox__json_int(json, "trials", more->trials);
    put_list(json, "moved", more->moved, more->n);
    put_list(json, "outside", more->outside, more->n_outside);
    hox__json_text(json, "spec", more->spec);
    hox__json_end_object(json);
}

void hox__past_put(hox__json *json, const char *settings, const hox__amended *more)
{
    json_t *o;
    if (read_settings(settings, &o, NULL) != HOX_OK) { /* an era less would be a lie */
        json->out->failed = true;
        return;
    }
    const json_t *list = list_of(o);
    const size_t n = json_array_size(list);
    if (n > 0 || more) {
        hox__json_begin_array(json, "amended");
        for (size_t i = 0; i < n; i++)
            put_old(json, json_array_get(list, i), !more && i + 1 == n);
        if (more)
            put_new(json, more);
        hox__json_end_array(json);
    }
    json_decref(o);
}

/* ---- other numbers ---- */

/* The list under `key`, whose trials that are gone are left out. */
static bool renumber_list(json_t *one, const char *key, hox__renumberer renumber, void *ctx)
{
    const json_t *list = json_object_get(one, key);
    if (!list)
        return true;
    json_t *fresh = json_array();
    for (size_t i = 0; fresh && i < json_array_size(list); i++) {
        const int64_t trial = renumber(ctx, json_integer_value(json_array_get(list, i)), false);
        if (trial >= 0 && json_array_append_new(fresh, json_integer(trial)) != 0) {
            json_decref(fresh);
            fresh = NULL;
        }
    }
    return fresh && json_object_set_new(one, key, fresh) == 0;
}

static int add(const char *s, size_t n, void *ctx)
{
    hox__text_add(ctx, s, n);
    return 0;
}

bool hox__past_renumber(const char *settings, hox__renumberer renumber, void *ctx, hox__text *out)
{
    json_t *o;
    bool ok = read_settings(settings, &o, NULL) == HOX_OK && o;
    const json_t *list = list_of(o);
    for (size_t i = 0; ok && i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);
        const int64_t limit = json_integer_value(json_object_get(one, "trials"));
        ok = json_object_set_new(one, "trials", json_integer(renumber(ctx, limit, true))) == 0 &&
             renumber_list(one, "moved", renumber, ctx) &&
             renumber_list(one, "outside", renumber, ctx);
    }
    ok = ok && json_dump_callback(o, add, out, JSON_COMPACT) == 0 && !out->failed;
    json_decref(o);
    return ok;
}
