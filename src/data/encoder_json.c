/* Encoders in model files: JSON, everything checked on the way in. */
#include "base/alloc.h"
#include "base/json.h"
#include "data/encoder.h"
#include <float.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

enum { SIZE_MAX_ = 1 << 24, SIDE_MAX = 1 << 16, LIST_MAX = 1 << 24 };

static const char *const kinds[] = {"images", "features", "tokens"};
static const char *const targets[] = {"class", "value", "next"};
static const char *const column_kinds[] = {"number", "category", "unused"};
static const char *const levels[] = {"byte", "char", "word"};

/* ---- out ---- */

static void put_words(hox__json *json, const char *key, const char *const *word, int n)
{
    hox__json_begin_array(json, key);
    for (int i = 0; word && i < n; i++)
        hox__json_text(json, NULL, word[i] ? word[i] : "");
    hox__json_end_array(json);
}

static void put_numbers(hox__json *json, const char *key, const float *x, int64_t n)
{
    hox__json_begin_array(json, key);
    for (int64_t i = 0; i < n; i++)
        hox__json_number(json, NULL, (double)x[i]);
    hox__json_end_array(json);
}

static void put_schema(hox__json *json, const hox__schema *s)
{
    hox__json_begin_object(json, "schema");
    hox__json_bool(json, "header", s->header);
    hox__json_bool(json, "embed", s->embed);
    hox__json_text_n(json, "separator", &s->separator, s->separator != 0);
    hox__json_int(json, "target_column", s->target_column);
    put_words(json, "missing", s->missing_word, s->missing_words);
    hox__json_begin_array(json, "columns");
    for (int j = 0; s->column && j < s->columns; j++) {
        const hox__schema_column *c = &s->column[j];
        hox__json_begin_object(json, NULL);
        hox__json_text(json, "name", c->name);
        hox__json_text(json, "kind", column_kinds[c->kind]);
        hox__json_bool(json, "missing", c->missing);
        if (c->kind == HOX__COLUMN_CATEGORY)
            put_words(json, "words", c->words.word, c->words.n);
        hox__json_end_object(json);
    }
    hox__json_end_array(json);
    hox__json_text(json, "level", levels[s->level]);
    put_words(json, "vocabulary", s->vocabulary.word, s->vocabulary.n);
    hox__json_end_object(json);
}

char *hox__encoder_text(const hox__encoder *e, hox_error *err)
{
    const hox__encoded *d = &e->encoded;
    const int64_t n = d->kind == HOX__IMAGES ? d->channels : e->numbers;
    hox__text text = {0};
    hox__json json = {.out = &text};
    hox__json_begin_object(&json, NULL);
    hox__json_text(&json, "kind", kinds[d->kind]);
    hox__json_text(&json, "target", targets[d->target]);
    hox__json_int(&json, "height", d->height);
    hox__json_int(&json, "width", d->width);
    hox__json_int(&json, "channels", d->channels);
    hox__json_int(&json, "numbers", e->numbers);
    hox__json_int(&json, "categories", e->categories);
    hox__json_int(&json, "length", d->length);
    hox__json_int(&json, "vocabulary", d->vocabulary);
    hox__json_int(&json, "classes", d->classes);
    if (d->class_names)
        put_words(&json, "class_names", d->class_names, d->classes);
    put_numbers(&json, "mean", e->mean, n);
    put_numbers(&json, "scale", e->scale, n);
    hox__json_number(&json, "value_mean", d->value_mean);
    hox__json_number(&json, "value_scale", d->value_scale);
    if (e->schema && (e->schema->columns > 0 || e->schema->vocabulary.n > 0))
        put_schema(&json, e->schema);
    hox__json_end_object(&json);
    char *taken = hox__text_take(&text);
    if (!taken)
        hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to write the encoder");
    return taken;
}

/* ---- in ---- */

typedef struct {
    bool good;       /* false: something is not as it must be */
    const char *why; /* the first such thing */
    bool memory;
} reader;

static void bad(reader *r, const char *what)
{
    if (r->good)
        r->why = what;
    r->good = false;
}

static int64_t size_in(reader *r, const json_t *from, const char *key, int64_t most)
{
    const json_t *x = json_object_get(from, key);
    if (json_is_integer(x) && json_integer_value(x) >= 0 && json_integer_value(x) <= most)
        return (int64_t)json_integer_value(x);
    bad(r, key);
    return 0;
}

static double number_in(reader *r, const json_t *x, const char *key)
{
    if (json_is_number(x) && fabs(json_number_value(x)) <= (double)FLT_MAX)
        return json_number_value(x);
    bad(r, key);
    return 0;
}

static int word_in(reader *r, const json_t *from, const char *key, const char *const *words, int n)
{
    const char *text = json_string_value(json_object_get(from, key));
    for (int i = 0; text && i < n; i++)
        if (strcmp(text, words[i]) == 0)
            return i;
    bad(r, key);
    return 0;
}

/* The strings of an array, borrowed; hox__free(). NULL when it is none. */
static const char **strings_in(reader *r, const json_t *from, const char *key, int *n)
{
    const json_t *list = json_object_get(from, key);
    *n = 0;
    if (!json_is_array(list) || json_array_size(list) > LIST_MAX) {
        bad(r, key);
        return NULL;
    }
    const char **out = hox__alloc(json_array_size(list) + 1, sizeof *out);
    r->memory |= !out;
    for (size_t i = 0; out && i < json_array_size(list); i++) {
        out[i] = json_string_value(json_array_get(list, i));
        if (!out[i]) {
            bad(r, key);
            break;
        }
        *n = (int)i + 1;
    }
    return out;
}

static void words_in(reader *r, hox__schema *s, const json_t *from, const char *key,
                     hox__words *words)
{
    int n;
    const char **text = strings_in(r, from, key, &n);
    if (text && r->good && !hox__words_set(s, words, text, n))
        r->memory = true;
    hox__free(text);
}

static void missing_in(reader *r, hox__schema *s, const json_t *from)
{
    hox__words words = {0}; /* only to copy them */
    words_in(r, s, from, "missing", &words);
    hox__table_free(words.code);
    s->missing_words = words.n;
    s->missing_word = words.word;
}

static void column_in(reader *r, hox__schema *s, const json_t *from, hox__schema_column *c)
{
    const char *name = json_string_value(json_object_get(from, "name"));
    if (!name)
        bad(r, "name");
    c->name = hox__arena_copy(s->arena, name ? name : "", name ? strlen(name) : 0);
    r->memory |= !c->name;
    c->kind = (hox__column_kind)word_in(r, from, "kind", column_kinds, 3);
    c->missing = json_is_true(json_object_get(from, "missing"));
    if (c->kind == HOX__COLUMN_CATEGORY)
        words_in(r, s, from, "words", &c->words);
}

static void columns_in(reader *r, hox__schema *s, const json_t *from)
{
    const json_t *list = json_object_get(from, "columns");
    const size_t n = json_array_size(list);
    const json_t *target = json_object_get(from, "target_column");
    if (!json_is_array(list) || n > SIDE_MAX) {
        bad(r, "columns");
        return;
    }
    if (n) {
        s->column = HOX__NEW_N(s->arena, hox__schema_column, n);
        r->memory |= !s->column;
        s->columns = s->column ? (int)n : 0;
    }
    for (int j = 0; j < s->columns && r->good && !r->memory; j++)
        column_in(r, s, json_array_get(list, (size_t)j), &s->column[j]);
    if (!json_is_integer(target) || json_integer_value(target) < -1 ||
        json_integer_value(target) >= (json_int_t)(n ? n : 1))
        bad(r, "target_column");
    else
        s->target_column = (int)json_integer_value(target);
}

static void schema_in(reader *r, hox__schema *s, const json_t *from, const hox__examples *x)
{
    const char *separator = json_string_value(json_object_get(from, "separator"));
    if (!json_is_object(from) || !separator || strlen(separator) > 1 ||
        strpbrk(separator, "\"\r\n")) {
        bad(r, "schema");
        return;
    }
    s->separator = *separator;
    s->header = json_is_true(json_object_get(from, "header"));
    s->embed = json_is_true(json_object_get(from, "embed"));
    s->level = (hox__level)word_in(r, from, "level", levels, 3);
    missing_in(r, s, from);
    columns_in(r, s, from);
    words_in(r, s, from, "vocabulary", &s->vocabulary);
    if (x->kind == HOX__TOKENS && hox__schema_vocabulary(s) != x->vocabulary)
        bad(r, "vocabulary");
}

static void classes_in(reader *r, hox__schema *s, const json_t *from, hox__examples *x)
{
    if (json_object_get(from, "class_names")) {
        words_in(r, s, from, "class_names", &s->class_code);
        if (r->good && s->class_code.n != x->classes)
            bad(r, "class_names");
        x->class_names = s->class_name = s->class_code.word;
    }
    s->classes = x->classes;
}

static void sizes_in(reader *r, const json_t *from, hox__examples *x)
{
    x->kind = (hox__kind)word_in(r, from, "kind", kinds, 3);
    x->target = (hox__target)word_in(r, from, "target", targets, 3);
    x->height = size_in(r, from, "height", SIDE_MAX);
    x->width = size_in(r, from, "width", SIDE_MAX);
    x->channels = size_in(r, from, "channels", SIDE_MAX);
    x->numbers = size_in(r, from, "numbers", SIZE_MAX_);
    x->categories = size_in(r, from, "categories", SIZE_MAX_);
    x->length = size_in(r, from, "length", SIZE_MAX_);
    x->vocabulary = size_in(r, from, "vocabulary", SIZE_MAX_);
    x->classes = (int)size_in(r, from, "classes", SIZE_MAX_);
    const int64_t pixels = x->height * x->width; /* at most 2^32 */
    if (x->kind == HOX__IMAGES &&
        (pixels < 1 || x->channels < 1 || pixels > ((int64_t)1 << 40) / x->channels))
        bad(r, "height");
    if (x->kind == HOX__TOKENS && (x->length < 1 || x->vocabulary < 1))
        bad(r, "length");
    if (x->classes < 1)
        bad(r, "classes");
}

/* What a schema says about columns must be what the sizes say. */
static void agree(reader *r, const hox__schema *s, const hox__examples *x)
{
    if (x->kind == HOX__FEATURES && s->column &&
        (hox__schema_numbers(s) != x->numbers || hox__schema_categories(s) != x->categories))
        bad(r, "columns");
    if (x->kind == HOX__FEATURES && !s->column && x->categories)
        bad(r, "categories");
    if (x->kind == HOX__FEATURES && x->numbers + x->categories < 1)
        bad(r, "numbers");
}

static void numbers_in(reader *r, const json_t *from, const char *key, float *out, int64_t n)
{
    const json_t *list = json_object_get(from, key);
    if (!json_is_array(list) || (int64_t)json_array_size(list) != n) {
        bad(r, key);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)number_in(r, json_array_get(list, (size_t)i), key);
}

static hox__encoder *encoder_in(reader *r, const json_t *from)
{
    hox__examples x = {0};
    sizes_in(r, from, &x);
    hox__schema *s = hox__schema_new(x.kind, x.target);
    hox__encoder *e = NULL;
    r->memory |= !s;
    if (s) {
        s->length = x.length;
        if (json_object_get(from, "schema"))
            schema_in(r, s, json_object_get(from, "schema"), &x);
        if (r->good && !r->memory)
            classes_in(r, s, from, &x);
        agree(r, s, &x);
        x.schema = s;
    }
    if (r->good && !r->memory) {
        e = hox__encoder_new(&x);
        r->memory |= !e;
    }
    hox__schema_free(s);
    if (!e)
        return NULL;
    const int64_t n = x.kind == HOX__IMAGES ? x.channels : x.numbers;
    numbers_in(r, from, "mean", e->mean, n);
    numbers_in(r, from, "scale", e->scale, n);
    e->encoded.value_mean = number_in(r, json_object_get(from, "value_mean"), "value_mean");
    e->encoded.value_scale = number_in(r, json_object_get(from, "value_scale"), "value_scale");
    return e;
}

hox_status hox__encoder_read(const char *text, size_t n, hox__encoder **encoder, hox_error *err)
{
    json_error_t where;
    json_t *from = json_loadb(text, n, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(from)) {
        const hox_status status =
            hox_fail_code(err, HOX_ERR_DATA, "E0502", "byte %d: the encoder is not JSON: %s",
                          from ? 0 : where.position, from ? "no object" : where.text);
        json_decref(from);
        return status;
    }
    reader r = {.good = true};
    hox__encoder *e = encoder_in(&r, from);
    json_decref(from);
    if (e && r.good && !r.memory) {
        *encoder = e;
        return HOX_OK;
    }
    hox__encoder_free(e);
    if (r.memory)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the encoder");
    return hox_fail_code(err, HOX_ERR_DATA, "E0502", "the encoder's `%s` is not as it must be",
                         r.why ? r.why : "kind");
}
