/* Reading .hoxm (save.c says what it looks like). Nothing is believed: the digest must hold, the
 * header must be whole, the network must build, and the tensors must be exactly those it wants, in
 * its order, without gaps or numbers that are not finite.
 */
#include "base/alloc.h"
#include "base/digest.h"
#include "base/io.h"
#include "nn/file.h"
#include "nn/model.h"
#include <math.h>
#include <string.h>

enum { CLASSES_MAX = 65536, TENSORS_MAX = 65536 };
static const size_t file_bytes_max = (size_t)1 << 32;

typedef struct {
    const char *name; /* of the file */
    const uint8_t *data;
    size_t n, begin; /* begin: of the tensors */
    hox__model *m;
    hox__provenance from;
    hox_error *err;
} reader;

static hox_status damaged(const reader *r, const char *what)
{
    return hox_fail_code(r->err, HOX_ERR_DATA, "E0703", "%.200s: damaged model: %s", r->name, what);
}

static uint64_t get_le(const uint8_t *from, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)from[i] << (8 * i);
    return value;
}

static size_t aligned(size_t n)
{
    return (n + HOX__MODEL_ALIGN - 1) / HOX__MODEL_ALIGN * HOX__MODEL_ALIGN;
}

static bool zeros(const uint8_t *data, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (data[i])
            return false;
    return true;
}

/* ---- the envelope ---- */

static hox_status envelope(reader *r, json_t **json)
{
    if (r->n < 4 || memcmp(r->data, "HOXM", 4) != 0)
        return hox_fail_code(r->err, HOX_ERR_DATA, "E0701", "%.200s is not a .hoxm model", r->name);
    if (r->n < HOX__MODEL_HEAD + HOX__DIGEST_BYTES)
        return damaged(r, "it is cut off");
    const uint64_t version = get_le(r->data + 4, 4), length = get_le(r->data + 8, 8);
    if (version > HOX__MODEL_VERSION)
        return hox_fail_code(r->err, HOX_ERR_DATA, "E0702",
                             "%.200s is a model of version %llu; this build reads up to %d",
                             r->name, (unsigned long long)version, HOX__MODEL_VERSION);
    const size_t body = r->n - HOX__DIGEST_BYTES;
    uint8_t digest[HOX__DIGEST_BYTES];
    hox__digest_of(r->data, body, digest);
    if (version == 0)
        return damaged(r, "there is no version 0");
    if (length > body - HOX__MODEL_HEAD)
        return damaged(r, "it is cut off");
    if (memcmp(digest, r->data + body, sizeof digest) != 0)
        return damaged(r, "the checksum does not match");
    json_error_t where;
    *json = json_loadb((const char *)r->data + HOX__MODEL_HEAD, (size_t)length,
                       JSON_REJECT_DUPLICATES, &where);
    if (!*json)
        return damaged(r, "its header is no JSON");
    r->n = body;
    r->begin = aligned(HOX__MODEL_HEAD + (size_t)length);
    return r->begin <= body && zeros(r->data, HOX__MODEL_HEAD + (size_t)length, r->begin)
               ? HOX_OK
               : damaged(r, "bytes between header and tensors");
}

/* ---- the header ---- */

static const char *keep(const reader *r, const json_t *json)
{
    const char *s = json_string_value(json);
    return s ? hox__arena_copy(r->m->arena, s, strlen(s)) : NULL;
}

static bool size_of(const json_t *array, size_t i, int64_t most, int64_t *out)
{
    const json_t *value = json_array_get(array, i);
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 1 && *out <= most;
}

static bool read_floats(const json_t *array, int64_t n, float *out)
{
    for (int64_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(array, (size_t)i);
        out[i] = (float)json_number_value(value);
        if (!json_is_number(value) || !isfinite(out[i]))
            return false;
    }
    return json_array_size(array) == (size_t)n;
}

static bool read_classes(reader *r, const json_t *json)
{
    hox__model_facts *f = &r->m->facts;
    const json_t *labels = json_object_get(json, "labels");
    if (json_is_null(labels))
        return true;
    const char **name = HOX__NEW_N(r->m->arena, const char *, (size_t)f->classes);
    if (!name || json_array_size(labels) != (size_t)f->classes)
        return false;
    for (int i = 0; i < f->classes; i++)
        if (!(name[i] = keep(r, json_array_get(labels, (size_t)i))))
            return false;
    f->class_names = name;
    return true;
}

static bool read_facts(reader *r, const json_t *json)
{
    hox__model *m = r->m;
    hox__model_facts *f = &m->facts;
    const json_t *input = json_object_get(json, "input"),
                 *sentence = json_object_get(json, "sentence");
    const json_int_t classes = json_integer_value(json_object_get(json, "classes"));
    if (json_array_size(input) != 3 || !size_of(input, 0, HOX__MODEL_SIZE_MAX, &f->height) ||
        !size_of(input, 1, HOX__MODEL_SIZE_MAX, &f->width) ||
        !size_of(input, 2, HOX__MODEL_CHANNELS_MAX, &f->channels) || classes < 1 ||
        classes > CLASSES_MAX)
        return false;
    f->classes = (int)classes;
    f->sentence_text = keep(r, sentence);
    return (json_is_null(sentence) || f->sentence_text) && read_classes(r, json) &&
           read_floats(json_object_get(json, "mean"), f->channels, m->standard.mean) &&
           read_floats(json_object_get(json, "scale"), f->channels, m->standard.scale);
}

static bool read_id(const json_t *json, uint64_t *out)
{
    const char *s = json_string_value(json);
    *out = 0;
    if (!s || !*s || strlen(s) > 20)
        return false;
    for (; *s; s++) {
        const uint64_t digit = (uint64_t)(*s - '0');
        if (*s < '0' || *s > '9' || *out > (UINT64_MAX - digit) / 10)
            return false;
        *out = *out * 10 + digit;
    }
    return true;
}

static bool read_measure(const json_t *json, double *out)
{
    *out = json_is_number(json) ? json_number_value(json) : (double)NAN;
    return json_is_number(json) || json_is_null(json);
}

static bool read_provenance(reader *r, const json_t *json)
{
    hox__provenance *p = &r->from;
    const char *const key[] = {"study", "version", "data_hash"};
    const char **const to[] = {&p->study, &p->version, &p->data_hash};
    for (int i = 0; i < 3; i++) {
        const json_t *text = json_object_get(json, key[i]);
        *to[i] = keep(r, text);
        if (!*to[i] && !json_is_null(text))
            return false;
    }
    p->sentence_text = r->m->facts.sentence_text;
    return read_id(json_object_get(json, "trial"), &p->trial) &&
           read_id(json_object_get(json, "seed"), &p->seed) &&
           read_measure(json_object_get(json, "validation"), &p->validation) &&
           read_measure(json_object_get(json, "test"), &p->test);
}

/* ---- the tensors ---- */

static bool described(const json_t *json, const hox__weight *w, size_t offset)
{
    const char *name = json_string_value(json_object_get(json, "name"));
    const json_t *shape = json_object_get(json, "shape"), *at = json_object_get(json, "offset");
    if (!name || strcmp(name, w->name) != 0 || !json_is_integer(at) ||
        json_integer_value(at) != (json_int_t)offset ||
        json_array_size(shape) != (size_t)w->shape.rank)
        return false;
    for (int k = 0; k < w->shape.rank; k++)
        if (json_integer_value(json_array_get(shape, (size_t)k)) != w->shape.dim[k])
            return false;
    return true;
}

static bool read_values(const uint8_t *from, float *to, int64_t n)
{
    bool finite = true;
    for (int64_t i = 0; i < n; i++) {
        const uint32_t bits = (uint32_t)get_le(from + 4 * i, 4);
        memcpy(&to[i], &bits, sizeof bits);
        finite &= isfinite(to[i]) != 0;
    }
    return finite;
}

static hox_status read_tensor(reader *r, const json_t *json, const hox__weight *w, size_t *at,
                              hox__tensor *out)
{
    const size_t start = aligned(*at);
    const int64_t count = hox__shape_values(&w->shape);
    if (!described(json, w, start - r->begin))
        return damaged(r, "its tensors are not those of its network");
    if (start > r->n || (uint64_t)count > (r->n - start) / sizeof(float) ||
        !zeros(r->data, *at, start))
        return damaged(r, "a tensor lies outside the file");
    const size_t bytes = strlen(w->name);
    const char *name = hox__arena_copy(r->m->arena, w->name, bytes);
    float *value = HOX__NEW_N(r->m->arena, float, (size_t)count);
    if (!name || !value)
        return hox_fail_code(r->err, HOX_ERR_MEMORY, "E0901", "no memory for the model");
    if (!read_values(r->data + start, value, count))
        return damaged(r, "a weight is not a finite number");
    *out = (hox__tensor){name, w->shape, count, value};
    r->m->facts.params += w->trained ? count : 0;
    *at = start + (size_t)count * sizeof(float);
    return HOX_OK;
}

static hox_status read_tensors(reader *r, const json_t *list, const hox__network *network)
{
    const int n = hox__network_weights(network);
    hox__model *m = r->m;
    m->tensor = HOX__NEW_N(m->arena, hox__tensor, (size_t)n + 1);
    if (!m->tensor)
        return hox_fail_code(r->err, HOX_ERR_MEMORY, "E0901", "no memory for the model");
    if (!json_is_array(list) || json_array_size(list) != (size_t)n)
        return damaged(r, "its tensors are not those of its network");
    size_t at = r->begin;
    hox_status status = HOX_OK;
    for (int i = 0; i < n && status == HOX_OK; i++, m->tensors++)
        status = read_tensor(r, json_array_get(list, (size_t)i), hox__network_weight(network, i),
                             &at, &m->tensor[i]);
    if (status == HOX_OK && at != r->n)
        status = damaged(r, "bytes behind the last tensor");
    return status;
}

/* Builds the network to learn which tensors it wants. */
static hox_status read_network(reader *r, const json_t *json)
{
    const hox__model_facts *f = &r->m->facts;
    hox__graph *g = hox__graph_new();
    hox__network *network = hox__network_new();
    hox_status status = HOX_ERR_MEMORY;
    hox_error why = {0};
    if (g && network) {
        const hox__node x =
            hox__input(g, HOX__F32, HOX__SHAPE(1, f->channels, f->height, f->width), "x");
        hox__node logits;
        status = hox__network_build(network, g, r->m->net, x, f->classes, false, &logits, &why);
    }
    if (status == HOX_OK)
        status = read_tensors(r, json_object_get(json, "tensors"), network);
    else if (status == HOX_ERR_MEMORY)
        hox_fail_code(r->err, status, "E0901", "no memory for the model");
    else
        status = hox_fail_code(r->err, HOX_ERR_DATA, "E0703",
                               "%.200s: damaged model: its network cannot be built: %.250s",
                               r->name, why.message);
    hox__network_free(network);
    hox__graph_free(g);
    return status;
}

/* ---- all of it ---- */

static hox_status read_all(reader *r, const json_t *json)
{
    if (json_array_size(json_object_get(json, "tensors")) > TENSORS_MAX)
        return damaged(r, "more than 65536 tensors");
    if (!read_facts(r, json))
        return damaged(r, "sizes, labels or preprocessing are missing or out of range");
    if (!read_provenance(r, json_object_get(json, "provenance")))
        return damaged(r, "its provenance is missing or malformed");
    r->m->net = hox__term_from_json(r->m->arena, json_object_get(json, "net"));
    if (!r->m->net)
        return damaged(r, "its network is missing or malformed");
    return read_network(r, json);
}

hox_status hox__model_load_bytes(const void *data, size_t n, const char *name, hox__model **model,
                                 hox__provenance *provenance, hox_error *err)
{
    reader r = {.name = name, .data = data, .n = n, .err = err};
    json_t *json = NULL;
    *model = NULL;
    hox_status status = envelope(&r, &json);
    hox__arena *arena = status == HOX_OK ? hox__arena_new(2 * file_bytes_max) : NULL;
    r.m = arena ? HOX__NEW(arena, hox__model) : NULL;
    if (r.m) {
        r.m->arena = arena;
        status = read_all(&r, json);
    } else if (status == HOX_OK) {
        status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the model");
    }
    json_decref(json);
    if (status != HOX_OK) {
        hox__arena_free(arena);
        return status;
    }
    *model = r.m;
    if (provenance)
        *provenance = r.from;
    return HOX_OK;
}

hox_status hox__model_load(const char *path, hox__model **model, hox__provenance *provenance,
                           hox_error *err)
{
    char *data = NULL;
    size_t n = 0;
    *model = NULL;
    hox_status status = hox__file_read(path, file_bytes_max, &data, &n, err);
    if (status == HOX_OK)
        status = hox__model_load_bytes(data, n, path, model, provenance, err);
    hox__free(data);
    return status;
}
