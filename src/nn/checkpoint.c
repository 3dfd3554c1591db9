/* Checkpoints: sealed files (sealed.h) of every variable of the training plan, in its order. */
#include "nn/checkpoint.h"
#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "nn/file.h"
#include "nn/model.h"
#include <math.h>
#include <string.h>

enum { CHECKPOINT_VERSION = 2, MEASURES = 4 };
static const hox__seal seal = {"HOXC", CHECKPOINT_VERSION, "checkpoint"};
static const size_t file_bytes_max = (size_t)1 << 33;

static int take(const char *s, size_t n, void *text)
{
    hox__text_add(text, s, n);
    return 0;
}

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for the checkpoint");
}

/* ---- the key ---- */

static json_t *term_or_null(const hox_term *term)
{
    return term ? hox__term_to_json(term) : json_null();
}

static bool counts_epochs(const hox_term *schedule)
{
    return schedule && schedule->name && strcmp(schedule->name, "constant") != 0 &&
           strcmp(schedule->name, "step") != 0 && strcmp(schedule->name, "cyclic") != 0;
}

static json_t *recipe_json(const hox__recipe *r)
{
    json_t *json = json_pack("{s:o, s:o, s:o, s:o, s:f, s:f, s:f, s:I, s:I, s:I, s:s, s:b}", "net",
                             term_or_null(r->net), "train", term_or_null(r->train), "schedule",
                             term_or_null(r->schedule), "loss", term_or_null(r->loss), "clip",
                             r->clip, "average", r->average, "smooth", r->smooth, "accumulate",
                             (json_int_t)r->accumulate, "batch", (json_int_t)r->batch, "epochs",
                             (json_int_t)(counts_epochs(r->schedule) ? r->epochs : 0), "metric",
                             r->metric, "maximize", r->maximize);
    if (json && r->half && json_object_set_new(json, "bf16", json_true()) != 0) {
        json_decref(json);
        json = NULL;
    }
    return json;
}

/* What training does to its rows: augmentation and weights of classes. */
static json_t *data_json(const hox__data_plan *data)
{
    json_t *array = json_array();
    for (int i = 0; array && data && i < data->augments; i++)
        if (json_array_append_new(array, hox__term_to_json(data->augment[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array ? json_pack("{s:o, s:b}", "augment", array, "balance", data && data->balance)
                 : NULL;
}

hox_status hox__standing_key(const hox__recipe *recipe, const hox__split *split,
                             const hox__data_plan *data, uint64_t seed, char key[HOX__DIGEST_HEX],
                             hox_error *err)
{
    hox__text text = {0};
    json_t *json = json_pack("{s:o, s:o}", "recipe", recipe_json(recipe), "data", data_json(data));
    hox__digest *digest = hox__digest_new();
    uint8_t sum[HOX__DIGEST_BYTES];
    const bool good = json && digest &&
                      json_dump_callback(json, take, &text, JSON_COMPACT | JSON_SORT_KEYS) == 0 &&
                      !text.failed;
    if (good) {
        hox__digest_add(digest, hox__text_get(&text), strlen(hox__text_get(&text)));
        hox__digest_add(digest, &seed, sizeof seed);
        hox__digest_add(digest, split->train, (size_t)split->n_train * sizeof *split->train);
        hox__digest_add(digest, split->validation,
                        (size_t)split->n_validation * sizeof *split->validation);
        hox__digest_get(digest, sum);
        hox__digest_hex(sum, key);
    }
    hox__digest_free(digest);
    json_decref(json);
    hox__text_deinit(&text);
    return good ? HOX_OK : no_memory(err);
}

/* ---- writing ---- */

static json_t *measured_json(const hox__standing *s)
{
    json_t *array = json_array();
    for (int64_t i = 0; array && i < MEASURES * s->epochs; i++) {
        const hox__epoch_end *e = &s->measured[i / MEASURES];
        const double x[MEASURES] = {e->value, e->accuracy, e->loss, e->train_loss};
        json_t *number = isfinite(x[i % MEASURES]) ? json_real(x[i % MEASURES]) : json_null();
        if (json_array_append_new(array, number) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *variables_json(const hox__plan *plan)
{
    json_t *array = json_array();
    hox__shape shape;
    for (int i = 0; array && i < hox__plan_variables(plan); i++)
        if (json_array_append_new(array, hox__text_to_json(hox__plan_variable(plan, i, &shape))) !=
            0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static bool header(const hox__standing *s, const hox__plan *plan, hox__text *out)
{
    json_t *json = json_pack("{s:s, s:I, s:I, s:f, s:f, s:o, s:o}", "key", s->key, "step",
                             (json_int_t)s->step, "draws", (json_int_t)hox__plan_step(plan), "sum",
                             s->sum, "train_loss", isfinite(s->train_loss) ? s->train_loss : 0,
                             "measured", measured_json(s), "variables", variables_json(plan));
    const bool good =
        json && json_dump_callback(json, take, out, JSON_COMPACT | JSON_REAL_PRECISION(17)) == 0;
    json_decref(json);
    return good && !out->failed;
}

static int64_t count_of(const void *plan, int i)
{
    hox__shape shape;
    hox__plan_variable(plan, i, &shape);
    return hox__shape_values(&shape);
}

static bool value_of(const void *plan, int i, float *value)
{
    hox__shape shape;
    const char *name = hox__plan_variable(plan, i, &shape);
    return hox__plan_get(plan, name, value, hox__shape_values(&shape));
}

hox_status hox__checkpoint_save(const hox__standing *standing, const hox__plan *plan,
                                const char *path, hox_error *err)
{
    hox__text head = {0};
    hox_status status = HOX_ERR_MEMORY;
    if (header(standing, plan, &head)) {
        const hox__contents contents = {hox__text_get(&head), hox__plan_variables(plan), count_of,
                                        value_of, plan};
        status = hox__sealed_write(&seal, &contents, path, err);
    } else {
        no_memory(err);
    }
    hox__text_deinit(&head);
    return status;
}

/* ---- reading ---- */

static bool whole(const json_t *head, const char *name, int64_t *out)
{
    const json_t *value = json_object_get(head, name);
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 0;
}

static bool real(const json_t *head, const char *name, double *out)
{
    const json_t *value = json_object_get(head, name);
    *out = json_number_value(value);
    return json_is_number(value);
}

static bool read_standing(const json_t *head, hox__standing *s, int64_t *draws)
{
    const json_t *measured = json_object_get(head, "measured");
    s->epochs = (int64_t)json_array_size(measured) / MEASURES;
    if (!json_is_array(measured) || json_array_size(measured) % MEASURES != 0 ||
        !whole(head, "step", &s->step) || !whole(head, "draws", draws) ||
        !real(head, "sum", &s->sum) || !real(head, "train_loss", &s->train_loss) ||
        s->epochs > s->epochs_max)
        return false;
    for (int64_t i = 0; i < s->epochs; i++) {
        double x[MEASURES];
        for (int k = 0; k < MEASURES; k++) {
            const json_t *value = json_array_get(measured, (size_t)(MEASURES * i + k));
            x[k] = json_is_number(value) ? json_number_value(value) : (double)NAN;
            if (!json_is_number(value) && !json_is_null(value))
                return false;
        }
        s->measured[i] = (hox__epoch_end){x[0], x[1], x[2], x[3]};
    }
    return true;
}

static int64_t largest(const hox__plan *plan)
{
    int64_t most = 0;
    for (int i = 0; i < hox__plan_variables(plan); i++)
        most = count_of(plan, i) > most ? count_of(plan, i) : most;
    return most;
}

static hox_status read_variables(hox__sealed *file, hox__plan *plan, hox_error *err)
{
    const json_t *names = json_object_get(file->head, "variables");
    const int n = hox__plan_variables(plan);
    float *value = hox__alloc((size_t)largest(plan) + 1, sizeof *value);
    hox_status status = value ? HOX_OK : no_memory(err);
    if (status == HOX_OK && json_array_size(names) != (size_t)n)
        status = hox__sealed_damaged(file, "its variables are not those of this training", err);
    for (int i = 0; status == HOX_OK && i < n; i++) {
        hox__shape shape;
        const char *name = hox__plan_variable(plan, i, &shape);
        const char *said = json_string_value(json_array_get(names, (size_t)i));
        const int64_t count = hox__shape_values(&shape);
        status =
            said && strcmp(said, name) == 0
                ? hox__sealed_next(file, value, count, err)
                : hox__sealed_damaged(file, "its variables are not those of this training", err);
        if (status == HOX_OK)
            hox__plan_set(plan, name, value, count);
    }
    hox__free(value);
    return status == HOX_OK ? hox__sealed_end(file, err) : status;
}

static hox_status read_all(hox__sealed *file, hox__standing *standing, hox__plan *plan,
                           hox_error *err)
{
    int64_t draws;
    const char *key = json_string_value(json_object_get(file->head, "key"));
    if (!key || strcmp(key, standing->key) != 0)
        return hox_fail_code(err, HOX_ERR_DATA, "E0704",
                             "%.200s is the checkpoint of another training: another sentence, seed "
                             "or split",
                             file->path);
    if (!read_standing(file->head, standing, &draws))
        return hox__sealed_damaged(file, "its standing is missing or out of range", err);
    const hox_status status = read_variables(file, plan, err);
    if (status == HOX_OK)
        hox__plan_set_step(plan, (uint64_t)draws);
    return status;
}

hox_status hox__checkpoint_load_bytes(const void *data, size_t n, const char *path,
                                      hox__standing *standing, hox__plan *plan, hox_error *err)
{
    hox__sealed file = {0};
    hox_status status = hox__sealed_open(&seal, data, n, path, &file, err);
    if (status == HOX_OK)
        status = read_all(&file, standing, plan, err);
    json_decref(file.head);
    return status;
}

hox_status hox__checkpoint_load(const char *path, hox__standing *standing, hox__plan *plan,
                                hox_error *err)
{
    char *data = NULL;
    size_t n = 0;
    hox_status status = hox__file_read(path, file_bytes_max, &data, &n, err);
    if (status == HOX_OK)
        status = hox__checkpoint_load_bytes(data, n, path, standing, plan, err);
    hox__free(data);
    return status;
}
