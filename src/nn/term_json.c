/* Terms as JSON and back. */
#include "base/text.h"
#include "nn/file.h"
#include <math.h>
#include <string.h>

enum { DEPTH_MAX = 200 };

json_t *hox__text_to_json(const char *text)
{
    if (!text)
        return json_null();
    json_t *json = json_string(text);
    if (json)
        return json;
    hox__text clean = {0};
    hox__text_utf8(&clean, text, strlen(text));
    json = clean.failed ? NULL : json_string(hox__text_get(&clean));
    hox__text_deinit(&clean);
    return json;
}

/* ---- writing ---- */

static json_t *parts_to_json(const hox_term *term)
{
    json_t *array = json_array();
    for (int i = 0; array && i < term->n; i++)
        if (json_array_append_new(array, hox__term_to_json(term->part[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *labels_to_json(const hox_term *term)
{
    json_t *array = json_array();
    for (int i = 0; array && i < term->n; i++) {
        const char *label = term->label && term->label[i] ? term->label[i] : "";
        if (json_array_append_new(array, hox__text_to_json(label)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

json_t *hox__term_to_json(const hox_term *term)
{
    const char *path = term->path ? term->path : "";
    switch (term->kind) {
    case HOX_TERM_NUMBER:
        return json_real(term->number);
    case HOX_TERM_WORD:
        return json_pack("{s:o, s:o}", "word", hox__text_to_json(term->name), "path",
                         hox__text_to_json(path));
    case HOX_TERM_TEXT:
        return json_pack("{s:o}", "text", hox__text_to_json(term->name));
    case HOX_TERM_RANGE:
        return json_pack("{s:f, s:f}", "low", term->low, "high", term->number);
    case HOX_TERM_LIST:
        return json_pack("{s:o}", "list", parts_to_json(term));
    case HOX_TERM_CHAIN:
        return parts_to_json(term);
    case HOX_TERM_CALL:
        return json_pack("{s:o, s:o, s:o, s:o}", "call", hox__text_to_json(term->name), "path",
                         hox__text_to_json(path), "labels", labels_to_json(term), "parts",
                         parts_to_json(term));
    }
    return NULL;
}

/* ---- reading ---- */

static const hox_term *read_term(hox__arena *arena, const json_t *json, int depth);

static const char *text_of(hox__arena *arena, const json_t *json)
{
    const char *s = json_string_value(json);
    return s ? hox__arena_copy(arena, s, strlen(s)) : NULL;
}

static bool read_parts(hox__arena *arena, const json_t *array, hox_term *term, int depth)
{
    const size_t n = json_array_size(array);
    const hox_term **part = HOX__NEW_N(arena, const hox_term *, n + 1);
    if (!json_is_array(array) || !part)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!(part[i] = read_term(arena, json_array_get(array, i), depth + 1)))
            return false;
    term->part = part;
    term->n = (int)n;
    return true;
}

static bool read_labels(hox__arena *arena, const json_t *array, hox_term *term)
{
    const size_t n = json_array_size(array);
    const char **label = HOX__NEW_N(arena, const char *, n + 1);
    if (!json_is_array(array) || !label || n != (size_t)term->n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!(label[i] = text_of(arena, json_array_get(array, i))))
            return false;
    term->label = label;
    return true;
}

static bool read_object(hox__arena *arena, const json_t *json, hox_term *term, int depth)
{
    const char *const key[] = {"call", "word", "text"};
    const hox_term_kind kind[] = {HOX_TERM_CALL, HOX_TERM_WORD, HOX_TERM_TEXT};
    for (int i = 0; i < 3; i++) {
        const json_t *name = json_object_get(json, key[i]);
        if (!name)
            continue;
        term->kind = kind[i];
        term->name = text_of(arena, name);
        if (i < 2)
            term->path = text_of(arena, json_object_get(json, "path"));
        if (!term->name || (i < 2 && !term->path))
            return false;
        return i > 0 || (read_parts(arena, json_object_get(json, "parts"), term, depth) &&
                         read_labels(arena, json_object_get(json, "labels"), term));
    }
    if (json_object_get(json, "list")) {
        term->kind = HOX_TERM_LIST;
        return read_parts(arena, json_object_get(json, "list"), term, depth);
    }
    const json_t *low = json_object_get(json, "low"), *high = json_object_get(json, "high");
    term->kind = HOX_TERM_RANGE;
    term->low = json_number_value(low);
    term->number = json_number_value(high);
    return json_is_number(low) && json_is_number(high);
}

static const hox_term *read_term(hox__arena *arena, const json_t *json, int depth)
{
    hox_term *term = depth <= DEPTH_MAX ? HOX__NEW(arena, hox_term) : NULL;
    if (!term)
        return NULL;
    if (json_is_number(json)) {
        term->kind = HOX_TERM_NUMBER;
        term->number = json_number_value(json);
        term->integral = term->number == floor(term->number);
        return term;
    }
    term->kind = HOX_TERM_CHAIN;
    if (json_is_array(json))
        return read_parts(arena, json, term, depth) ? term : NULL;
    return json_is_object(json) && read_object(arena, json, term, depth) ? term : NULL;
}

const hox_term *hox__term_from_json(hox__arena *arena, const json_t *json)
{
    return read_term(arena, json, 0);
}
