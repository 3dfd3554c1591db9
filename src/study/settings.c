/* What a run was told, as JSON in the log, so that `hox resume` without flags goes on as before. */
#include "base/json.h"
#include "base/proc.h"
#include "study/json_read.h"
#include "study/study.h"
#include <jansson.h>
#include <math.h>

enum { GRACE_S = 30 };

char *hox__run_settings(const hox_study *study, const hox_run_options *o)
{
    hox__text text = {0};
    hox__json json = {.out = &text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "trials", o->trials);
    hox__json_int(&json, "epochs", o->epochs);
    hox__json_number(&json, "time_s", o->time_s);
    hox__json_number(&json, "target", o->target);
    hox__json_int(&json, "jobs", o->jobs);
    hox__json_int(&json, "threads", o->threads);
    hox__json_int(&json, "memory_bytes", o->memory_bytes);
    hox__json_number(&json, "timeout_s", o->timeout_s);
    hox__json_number(&json, "cpu_s", o->cpu_s);
    hox__json_number(&json, "grace_s", o->grace_s);
    hox__json_int(&json, "retries", o->retries);
    hox__json_bool(&json, "keep_going", o->keep_going);
    hox__past_put(&json, study->settings, NULL);
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

static double positive(const json_t *o, const char *key)
{
    const double x = real(o, key, 0);
    return x > 0 ? x : 0;
}

static bool bounded(const hox_run_options *o)
{
    return o->trials > 0 || o->epochs > 0 || o->time_s > 0 || !isnan(o->target);
}

/* The bounds of the last run hold when none is given; what else it was told, when it is not given.
 */
static hox_status take_old(const char *text, hox_run_options *options, hox_error *err)
{
    bool lacking;
    json_t *o = hox__json_read(text, strlen(text), &lacking);
    if (!o)
        return lacking
                   ? hox_fail_code(err, HOX_ERR_MEMORY, "E0901",
                                   "no memory to read how the study was run before")
                   : hox_fail_code(err, HOX_ERR_DATA, "E0604",
                                   "the store is damaged: how its study was run cannot be read");
    if (!bounded(options)) {
        options->trials = whole(o, "trials");
        options->epochs = whole(o, "epochs");
        options->time_s = positive(o, "time_s");
        options->target = real(o, "target", (double)NAN);
    }
    if (options->jobs == 0)
        options->jobs = (int)whole(o, "jobs");
    if (options->threads <= 0)
        options->threads = (int)whole(o, "threads");
    if (options->memory_bytes <= 0)
        options->memory_bytes = whole(o, "memory_bytes");
    if (!(options->timeout_s > 0))
        options->timeout_s = positive(o, "timeout_s");
    if (!(options->cpu_s > 0))
        options->cpu_s = positive(o, "cpu_s");
    if (!(options->grace_s > 0))
        options->grace_s = positive(o, "grace_s");
    if (options->retries < 0 && json_object_get(o, "retries"))
        options->retries = whole(o, "retries");
    options->keep_going |= json_is_true(json_object_get(o, "keep_going"));
    json_decref(o);
    return HOX_OK;
}

hox_status hox_study_options_fill(const hox_study *study, hox_run_options *options, hox_error *err)
{
    const hox_status status =
        study->settings && *study->settings ? take_old(study->settings, options, err) : HOX_OK;
    if (status != HOX_OK)
        return status;
    if (options->threads <= 0)
        options->threads = 1;
    if (options->jobs == 0) /* the cores, all used */
        options->jobs = hox__cores() > options->threads ? hox__cores() / options->threads : 1;
    if (!(options->grace_s > 0))
        options->grace_s = GRACE_S;
    if (options->retries < 0)
        options->retries = 1;
    return HOX_OK;
}
