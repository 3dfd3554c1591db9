#include "study/wire.h"
#include "base/io.h"
#include "base/json.h"
#include "study/json_read.h"
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- writing ---- */

/* What only programs say. */
static void put_measured(hox__json *json, const hox__line *l)
{
    if (l->scores == 0)
        return;
    hox__json_begin_array(json, "scores");
    for (int i = 0; i < l->scores; i++)
        hox__json_number(json, NULL, l->score[i]);
    hox__json_end_array(json);
    hox__json_number(json, "violation", l->violation);
    hox__json_text(json, "metrics", l->metrics);
}

static void put_report(hox__json *json, const hox__line *l)
{
    put_measured(json, l);
    if (l->wait)
        hox__json_bool(json, "wait", true);
    hox__json_int(json, "step", l->step);
    hox__json_int(json, "steps", l->steps);
    hox__json_number(json, "accuracy", l->accuracy);
    hox__json_number(json, "loss", l->loss);
    hox__json_number(json, "train_loss", l->train_loss);
    hox__json_number(json, "progress", l->progress);
    hox__json_bool(json, "end", l->epoch_end);
}

static void put_result(hox__json *json, const hox__line *l)
{
    put_measured(json, l);
    hox__json_number(json, "value", l->value);
    hox__json_int(json, "epochs", l->step);
    hox__json_int(json, "params", l->params);
    hox__json_int(json, "memory", l->memory_bytes);
    hox__json_bool(json, "kept", l->kept);
}

static void put_ready(hox__json *json, const hox__line *l)
{
    hox__json_bool(json, "ready", true);
    hox__json_int(json, "train", l->train);
    hox__json_int(json, "test", l->test);
    hox__json_int(json, "height", l->height);
    hox__json_int(json, "width", l->width);
    hox__json_int(json, "channels", l->channels);
    hox__json_int(json, "classes", l->classes);
    hox__json_int(json, "fit", l->fit);
    hox__json_int(json, "validate", l->validate);
    hox__json_text(json, "data_hash", l->hash);
}

static void put_score(hox__json *json, const hox__line *l)
{
    hox__json_number(json, "score", l->value);
    hox__json_number(json, "standard_error", l->standard_error);
    hox__json_int(json, "params", l->params);
    hox__json_int(json, "bytes", l->bytes);
}

static void put_text(hox__json *json, const char *key, const char *s)
{
    hox__text clean = {0};
    hox__text_utf8(&clean, s, strlen(s));
    hox__json_text(json, key, hox__text_get(&clean));
    hox__text_deinit(&clean);
}

static void put_words(hox__json *json, const hox__line *l)
{
    if (l->kind == HOX__LINE_FAILED) {
        hox__json_text(json, "failed", l->reason);
        put_text(json, "detail", l->text);
        return;
    }
    put_text(json, "error", l->text);
    hox__json_int(json, "status", l->status);
    hox__json_text(json, "code", l->code);
}

hox_status hox__line_write(int fd, const hox__line *l)
{
    hox__text text = {0};
    hox__json json = {.out = &text};
    hox__json_begin_object(&json, NULL);
    if (l->kind == HOX__LINE_REPORT)
        put_report(&json, l);
    else if (l->kind == HOX__LINE_RESULT)
        put_result(&json, l);
    else if (l->kind == HOX__LINE_READY)
        put_ready(&json, l);
    else if (l->kind == HOX__LINE_SCORE)
        put_score(&json, l);
    else
        put_words(&json, l);
    hox__json_end_object(&json);
    hox__text_putc(&text, '\n');
    const hox_status status =
        text.failed ? HOX_ERR_MEMORY : hox__write_all(fd, text.data, text.len, NULL);
    hox__text_deinit(&text);
    return status;
}

bool hox__line_go_on(int fd)
{
    char line[256];
    size_t n = 0;
    while (n + 1 < sizeof line) {
        if (!hox__read_byte(fd, &line[n]))
            return false;
        if (line[n++] == '\n')
            break;
    }
    json_t *answer = hox__json_read(line, n, NULL);
    const bool go = json_is_true(json_object_get(answer, "go"));
    json_decref(answer);
    return go;
}

hox_status hox__line_failed(int fd, const char *reason, const hox_error *err)
{
    hox__line line = {.kind = HOX__LINE_FAILED};
    snprintf(line.reason, sizeof line.reason, "%s", reason);
    snprintf(line.text, sizeof line.text, "%.*s", HOX__WIRE_TEXT_MAX - 1, err->message);
    return hox__line_write(fd, &line);
}

/* ---- reading ---- */

static double real(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static int64_t whole(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? (int64_t)json_integer_value(value) : 0;
}

static void words(const json_t *object, const char *key, char *out, size_t size)
{
    const char *s = json_string_value(json_object_get(object, key));
    snprintf(out, size, "%s", s ? s : "");
}

static bool has(const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL;
}

static void read_measured(const json_t *o, hox__line *l)
{
    const json_t *scores = json_object_get(o, "scores");
    const size_t n = json_array_size(scores);
    for (size_t i = 0; i < n && i < HOX__SCORES_MAX; i++) {
        const json_t *x = json_array_get(scores, i);
        l->score[l->scores++] = json_is_number(x) ? json_number_value(x) : (double)NAN;
    }
    l->violation = has(o, "violation") ? real(o, "violation") : 0;
    if (isnan(l->violation)) /* JSON has no infinity */
        l->violation = (double)INFINITY;
    words(o, "metrics", l->metrics, sizeof l->metrics);
    if (l->kind == HOX__LINE_REPORT && l->scores > 0)
        l->value = l->score[0];
    l->wait = json_is_true(json_object_get(o, "wait"));
}

static void read_numbers(const json_t *o, hox__line *l)
{
    l->step = has(o, "epochs") ? whole(o, "epochs") : whole(o, "step");
    l->steps = whole(o, "steps");
    l->params = whole(o, "params");
    l->memory_bytes = whole(o, "memory");
    l->accuracy = real(o, "accuracy");
    l->loss = real(o, "loss");
    l->train_loss = real(o, "train_loss");
    l->progress = real(o, "progress");
    l->value = real(o, l->kind == HOX__LINE_SCORE ? "score" : "value");
    l->epoch_end = json_is_true(json_object_get(o, "end"));
    l->kept = json_is_true(json_object_get(o, "kept"));
    l->standard_error = real(o, "standard_error");
    l->bytes = whole(o, "bytes");
}

static void read_ready(const json_t *o, hox__line *l)
{
    l->train = whole(o, "train");
    l->test = whole(o, "test");
    l->height = whole(o, "height");
    l->width = whole(o, "width");
    l->channels = whole(o, "channels");
    l->classes = whole(o, "classes");
    l->fit = whole(o, "fit");
    l->validate = whole(o, "validate");
    words(o, "data_hash", l->hash, sizeof l->hash);
}

static hox__line_kind kind_of(const json_t *o)
{
    static const struct {
        const char *key;
        hox__line_kind kind;
    } mark[] = {
        {"ready", HOX__LINE_READY}, {"error", HOX__LINE_ERROR},  {"failed", HOX__LINE_FAILED},
        {"score", HOX__LINE_SCORE}, {"value", HOX__LINE_RESULT}, {"step", HOX__LINE_REPORT},
    };
    for (size_t i = 0; i < sizeof mark / sizeof mark[0]; i++)
        if (has(o, mark[i].key))
            return mark[i].kind;
    return HOX__LINE_OTHER;
}

void hox__line_read(const char *s, size_t n, hox__line *l)
{
    *l = (hox__line){0};
    json_t *o = hox__json_read(s, n, NULL);
    if (json_is_object(o)) {
        l->kind = kind_of(o);
        read_numbers(o, l);
        read_measured(o, l);
        read_ready(o, l);
        words(o, l->kind == HOX__LINE_FAILED ? "detail" : "error", l->text, sizeof l->text);
        words(o, "failed", l->reason, sizeof l->reason);
        words(o, "code", l->code, sizeof l->code);
        l->status = (hox_status)whole(o, "status");
    }
    json_decref(o);
}
