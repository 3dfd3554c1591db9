/* Writing .hoxm: a sealed file (sealed.h) whose header is the sentence, its preprocessing, the
 * network as a term and the names of the tensors, which follow in that order.
 */
#include "base/alloc.h"
#include "base/text.h"
#include "nn/file.h"
#include "nn/model.h"
#include <math.h>
#include <string.h>

static uint64_t aligned(uint64_t n)
{
    return (n + HOX__SEALED_ALIGN - 1) / HOX__SEALED_ALIGN * HOX__SEALED_ALIGN;
}

const hox__seal hox__model_seal = {"HOXM", HOX__MODEL_VERSION, "model"};

/* ---- the header ---- */

/* Short of memory, the array is gone and stays so. */
static void append(json_t **array, json_t *value)
{
    if (json_array_append_new(*array, value) == 0)
        return;
    json_decref(*array);
    *array = NULL;
}

static json_t *number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* 64-bit numbers are text: JSON readers keep 53 bits. */
static json_t *id(uint64_t value)
{
    hox__text text = {0};
    hox__text_printf(&text, "%llu", (unsigned long long)value);
    json_t *json = text.failed ? NULL : json_string(hox__text_get(&text));
    hox__text_deinit(&text);
    return json;
}

static json_t *provenance_json(const hox__provenance *p)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "study", hox__text_to_json(p->study),
                     "version", hox__text_to_json(p->version), "data_hash",
                     hox__text_to_json(p->data_hash), "trial", id(p->trial), "seed", id(p->seed),
                     "validation", number_or_null(p->validation), "test", number_or_null(p->test));
}

/* Offsets are counted from the end of the header's padding. */
static json_t *tensors_json(const hox__model *m)
{
    json_t *array = json_array();
    uint64_t at = 0;
    for (int i = 0; array && i < m->tensors; i++) {
        const hox__tensor *t = &m->tensor[i];
        json_t *shape = json_array();
        for (int k = 0; shape && k < t->shape.rank; k++)
            append(&shape, json_integer(t->shape.dim[k]));
        json_array_append_new(array,
                              json_pack("{s:o, s:o, s:I}", "name", hox__text_to_json(t->name),
                                        "shape", shape, "offset", (json_int_t)at));
        at = aligned(at + (uint64_t)t->count * sizeof(float));
    }
    return array;
}

static int take(const char *s, size_t n, void *text)
{
    hox__text_add(text, s, n);
    return 0;
}

/* False when memory is short. */
static bool header(const hox__model *m, const hox__provenance *p, hox__text *out)
{
    const hox__provenance none = {.validation = (double)NAN, .test = (double)NAN};
    const hox__model_facts *f = &m->facts;
    char *data = hox__encoder_text(m->encoder, NULL);
    if (!data)
        return false;
    p = p ? p : &none;
    json_t *json = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "sentence",
        hox__text_to_json(p->sentence_text ? p->sentence_text : f->sentence_text), "metric",
        hox__text_to_json(f->metric), "loss", m->loss ? hox__term_to_json(m->loss) : json_null(),
        "data", hox__text_to_json(data), "net", hox__term_to_json(m->net), "tensors",
        tensors_json(m), "provenance", provenance_json(p));
    const bool good =
        json && json_dump_callback(json, take, out, JSON_COMPACT | JSON_REAL_PRECISION(17)) == 0;
    json_decref(json);
    hox__free(data);
    return good && !out->failed;
}

/* ---- the file ---- */

static int64_t count_of(const void *model, int i)
{
    const hox__model *m = model;
    return m->tensor[i].count;
}

static bool value_of(const void *model, int i, float *value)
{
    const hox__model *m = model;
    memcpy(value, m->tensor[i].value, (size_t)m->tensor[i].count * sizeof *value);
    return true;
}

hox_status hox__model_save(const hox__model *model, const hox__provenance *provenance,
                           const char *path, hox_error *err)
{
    hox__text head = {0};
    hox_status status = HOX_ERR_MEMORY;
    if (header(model, provenance, &head)) {
        const hox__contents contents = {hox__text_get(&head), model->tensors, count_of, value_of,
                                        model};
        status = hox__sealed_write(&hox__model_seal, &contents, path, err);
    } else {
        hox_fail_code(err, status, "E0901", "no memory to write the model");
    }
    hox__text_deinit(&head);
    return status;
}
