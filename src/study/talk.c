#include "study/talk.h"
#include "study/event_json.h"
#include "study/json_read.h"
#include <math.h>
#include <string.h>

static const char *const word[] = {"",      "hello", "ask",  "report", "tell", "queue", "join",
                                   "trial", "wait",  "done", "go",     "ok",   "no",    "bye"};
enum { WORDS = sizeof word / sizeof word[0] };

/* ---- writing ---- */

static void put_hello(hox__json *json, const hox__talk *t)
{
    hox__json_int(json, "version", t->version);
    hox__json_int(json, "pid", t->pid);
    hox__json_text(json, "study", t->study ? t->study : "");
    if (t->folder)
        hox__json_text(json, "folder", t->folder);
}

static void put_no(hox__json *json, const hox__talk *t)
{
    hox__json_int(json, "status", t->status);
    hox__json_text(json, "code", t->code ? t->code : "");
    hox__json_text(json, "text", t->text ? t->text : "");
}

static void put_members(hox__json *json, const hox__talk *t)
{
    if (t->kind == HOX__TALK_HELLO) {
        put_hello(json, t);
    } else if (t->kind == HOX__TALK_NO) {
        put_no(json, t);
    } else if (t->kind == HOX__TALK_GO) {
        hox__json_bool(json, "go", t->go);
    } else if (t->kind < HOX__TALK_WAIT) {
        hox__json_int(json, "trial", (int64_t)t->event.trial);
        hox__event_put(json, &t->event);
        if (t->lease && *t->lease)
            hox__json_text(json, "lease", t->lease);
        if (t->lease_s > 0)
            hox__json_number(json, "lease_s", t->lease_s);
        if (t->lasting)
            hox__json_bool(json, "lasting", true);
        if (t->jobs > 0)
            hox__json_int(json, "jobs", t->jobs);
    }
}

void hox__talk_print(hox__text *out, const hox__talk *talk)
{
    hox__text line = {0};
    hox__json json = {.out = &line};
    hox__json_begin_object(&json, NULL);
    hox__json_text(&json, "say", word[talk->kind]);
    put_members(&json, talk);
    hox__json_end_object(&json);
    hox__text_putc(&line, '\n');
    hox__text_utf8(out, hox__text_get(&line), line.len); /* texts come from anywhere */
    out->failed |= line.failed;
    hox__text_deinit(&line);
}

/* ---- reading ---- */

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static int64_t int_of(const json_t *o, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(o, key));
}

static double real_of(const json_t *o, const char *key, double absent)
{
    const json_t *x = json_object_get(o, key);
    return json_is_number(x) ? json_number_value(x) : absent;
}

static hox__talk_kind kind_of(const char *said)
{
    for (int i = 1; i < WORDS; i++)
        if (strcmp(said, word[i]) == 0)
            return (hox__talk_kind)i;
    return HOX__TALK_NONE;
}

static void read_members(const json_t *o, hox__talk *t)
{
    hox__event_get(o, &t->event);
    t->version = int_of(o, "version");
    t->pid = int_of(o, "pid");
    t->jobs = int_of(o, "jobs");
    t->study = text_of(o, "study");
    t->folder = text_of(o, "folder");
    t->lease = text_of(o, "lease");
    t->lease_s = real_of(o, "lease_s", 0);
    t->lasting = json_is_true(json_object_get(o, "lasting"));
    t->go = json_is_true(json_object_get(o, "go"));
    t->status = (hox_status)int_of(o, "status");
    t->code = text_of(o, "code");
    t->text = text_of(o, "text");
}

void hox__talk_read(const char *s, size_t n, hox__talk *t)
{
    json_t *o = hox__json_read(s, n, NULL);
    *t = (hox__talk){.root = o};
    if (json_is_object(o)) {
        t->kind = kind_of(text_of(o, "say"));
        read_members(o, t);
    }
}

void hox__talk_free(hox__talk *t)
{
    json_decref(t->root);
    t->root = NULL;
}
