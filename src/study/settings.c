/* The bounds of a run as JSON, so that `hox resume` without flags goes on to the old ones. */
#include "base/json.h"
#include "study/study.h"
#include <jansson.h>
#include <math.h>

char *hox__run_settings(const hox_run_options *o)
{
    hox__text text = {0};
    hox__json json = {.out = &text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "trials", o->trials);
    hox__json_int(&json, "epochs", o->epochs);
    hox__json_number(&json, "time_s", o->time_s);
    hox__json_number(&json, "target", o->target);
    hox__json_int(&json, "jobs", o->jobs);
    hox__json_int(&json, "memory_bytes", o->memory_bytes);
    hox__json_number(&json, "timeout_s", o->timeout_s);
    hox__json_bool(&json, "keep_going", o->keep_going);
    hox__json_end_object(&json);
    return hox__text_take(&text);
}

static int64_t whole(const json_t *o, const char *key)
{
    const json_t *value = json_object_get(o, key);
    return json_is_integer(value) && json_integer_value(value) > 0 ? json_integer_value(value) : 0;
}

static double real(const json_t *o, const char *key, double absent)
{
    const json_t *value = json_object_get(o, key);
    return json_is_number(value) ? json_number_value(value) : absent;
}

bool hox__run_bounded(const hox_run_options *o)
{
    return o->trials > 0 || o->epochs > 0 || o->time_s > 0 || !isnan(o->target);
}

/* Only bounds that are not given are taken, and only when none is. */
void hox__run_settings_read(const char *text, hox_run_options *options)
{
    if (hox__run_bounded(options))
        return;
    json_t *o = json_loads(text, 0, NULL);
    options->trials = whole(o, "trials");
    options->epochs = whole(o, "epochs");
    options->time_s = real(o, "time_s", 0);
    options->target = real(o, "target", (double)NAN);
    if (!(options->time_s > 0))
        options->time_s = 0;
    json_decref(o);
}
