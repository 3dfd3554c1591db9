/* Reading .hoxm (save.c says what it looks like). Nothing is believed: the digest must hold, the
 * header must be whole, the network must build, and the tensors must be exactly those it wants, in
 * its order, without gaps or numbers that are not finite.
 */
#include "base/alloc.h"
#include "base/io.h"
#include "nn/ends.h"
#include "nn/file.h"
#include "nn/metrics.h"
#include "nn/model.h"
#include <math.h>
#include <string.h>

enum { TENSORS_MAX = 65536 };
static const size_t file_bytes_max = (size_t)1 << 32;

typedef struct {
    hox__sealed file;
    hox__model *m;
    hox__provenance from;
    hox_error *err;
} reader;

static hox_status damaged(const reader *r, const char *what)
{
    return hox__sealed_damaged(&r->file, what, r->err);
}

/* ---- the header ---- */

static const char *keep(const reader *r, const json_t *json)
{
    const char *s = json_string_value(json);
    return s ? hox__arena_copy(r->m->arena, s, strlen(s)) : NULL;
}

/* What it was measured by and trained for, and the sentence. */
static bool read_facts(reader *r, const json_t *json)
{
    hox__model *m = r->m;
    int64_t k;
    const json_t *sentence = json_object_get(json, "sentence"),
                 *loss = json_object_get(json, "loss");
    m->facts.sentence_text = keep(r, sentence);
    m->facts.metric = keep(r, json_object_get(json, "metric"));
    m->loss = hox__term_from_json(m->arena, loss);
    const hox__loss_row *row = m->loss && m->loss->name ? hox__loss_find(m->loss->name) : NULL;
    return (json_is_null(sentence) || m->facts.sentence_text) && m->facts.metric &&
           hox__metric_find(m->facts.metric, &k) && (json_is_null(loss) || row);
}

static hox_status read_encoder(reader *r, const json_t *json)
{
    hox_error why = {0};
    const char *text = json_string_value(json);
    if (!text)
        return damaged(r, "its preprocessing is missing");
    const hox_status status = hox__encoder_read(text, strlen(text), &r->m->encoder, &why);
    if (status == HOX_ERR_MEMORY)
        return hox_fail_code(r->err, status, "E0901", "no memory for the model");
    if (status != HOX_OK)
        return hox_fail_code(r->err, HOX_ERR_DATA, "E0703",
                             "%.200s: damaged model: its preprocessing: %.250s", r->file.path,
                             why.message);
    hox__model_know(r->m);
    return HOX_OK;
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

static hox_status read_tensor(reader *r, const json_t *json, const hox__weight *w, hox__tensor *out)
{
    const int64_t count = hox__shape_values(&w->shape);
    if (!described(json, w, hox__sealed_offset(&r->file)))
        return damaged(r, "its tensors are not those of its network");
    if ((uint64_t)count > r->file.n / sizeof(float))
        return damaged(r, "a tensor lies outside the file");
    const char *name = hox__arena_copy(r->m->arena, w->name, strlen(w->name));
    float *value = HOX__NEW_N(r->m->arena, float, (size_t)count);
    if (!name || !value)
        return hox_fail_code(r->err, HOX_ERR_MEMORY, "E0901", "no memory for the model");
    *out = (hox__tensor){name, w->shape, count, value};
    r->m->facts.params += w->trained ? count : 0;
    return hox__sealed_next(&r->file, value, count, r->err);
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
    hox_status status = HOX_OK;
    for (int i = 0; i < n && status == HOX_OK; i++, m->tensors++)
        status = read_tensor(r, json_array_get(list, (size_t)i), hox__network_weight(network, i),
                             &m->tensor[i]);
    return status == HOX_OK ? hox__sealed_end(&r->file, r->err) : status;
}

/* Builds the network to learn which tensors it wants. */
static hox_status read_network(reader *r, const json_t *json)
{
    hox__graph *g = hox__graph_new();
    hox__network *network = hox__network_new();
    hox_status status = HOX_ERR_MEMORY;
    hox_error why = {0};
    hox__ends ends;
    if (g && network)
        status = hox__ends_build(network, g, r->m->net, hox__encoder_describe(r->m->encoder), 1,
                                 false, &ends, &why);
    if (status == HOX_OK)
        status = read_tensors(r, json_object_get(json, "tensors"), network);
    else if (status == HOX_ERR_MEMORY)
        hox_fail_code(r->err, status, "E0901", "no memory for the model");
    else
        status = hox_fail_code(r->err, HOX_ERR_DATA, "E0703",
                               "%.200s: damaged model: its network cannot be built: %.250s",
                               r->file.path, why.message);
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
        return damaged(r, "sentence, measure or loss are missing or malformed");
    if (!read_provenance(r, json_object_get(json, "provenance")))
        return damaged(r, "its provenance is missing or malformed");
    r->m->net = hox__term_from_json(r->m->arena, json_object_get(json, "net"));
    if (!r->m->net)
        return damaged(r, "its network is missing or malformed");
    const hox_status status = read_encoder(r, json_object_get(json, "data"));
    return status == HOX_OK ? read_network(r, json) : status;
}

hox_status hox__model_load_bytes(const void *data, size_t n, const char *name, hox__model **model,
                                 hox__provenance *provenance, hox_error *err)
{
    reader r = {.err = err};
    *model = NULL;
    hox_status status = hox__sealed_open(&hox__model_seal, data, n, name, &r.file, err);
    hox__arena *arena = status == HOX_OK ? hox__arena_new(2 * file_bytes_max) : NULL;
    r.m = arena ? HOX__NEW(arena, hox__model) : NULL;
    if (r.m) {
        r.m->arena = arena;
        status = read_all(&r, r.file.head);
    } else if (status == HOX_OK) {
        status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the model");
    }
    json_decref(r.file.head);
    if (status != HOX_OK) {
        if (r.m)
            hox__encoder_free(r.m->encoder);
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
