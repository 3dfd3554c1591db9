/* Model files: a round trip changes no bit of an answer; no damaged byte is accepted. */
#include "base/digest.h"
#include "base/io.h"
#include "hoxtest.h"
#include "nn/model.h"
#include "nn/terms.h"
#include <math.h>
#include <stdio.h>
#include <unistd.h>

typedef struct {
    hox__arena *a;
    toy *set;
    hox__model *model;
    char path[64];
} bench;

static bench begin(void)
{
    bench b = {.a = hox__arena_new(1 << 24), .set = toy_new()};
    static const char *const names[] = {"left", "right", "top", "bottom"};
    hox__split split;
    hox_error err = {0};
    hox__train_result result;
    b.set->images.class_names = names;
    hox__recipe recipe = toy_recipe(b.a);
    recipe.epochs = 2;
    assert_int_equal(hox__split_make(&b.set->images, 0.25, 0, &split, &err), HOX_OK);
    assert_int_equal(
        hox__train(&recipe, &b.set->images, &split, NULL, NULL, &result, &b.model, &err), HOX_OK);
    hox__split_free(&split);
    snprintf(b.path, sizeof b.path, "/tmp/hox-model-%ld.hoxm", (long)getpid());
    return b;
}

static void end(bench *b)
{
    unlink(b->path);
    hox__model_free(b->model);
    hox__free(b->set);
    hox__arena_free(b->a);
}

static const hox__provenance origin = {.sentence_text = "use nn\nnet = …\n",
                                       .study = "a study",
                                       .version = "0.1.0",
                                       .data_hash = "00ff",
                                       .trial = UINT64_MAX,
                                       .seed = 42,
                                       .validation = 0.5,
                                       .test = (double)NAN};

static float *answers(const bench *b, const hox__model *model)
{
    hox_error err = {0};
    float *p = hox__alloc(TOY_N * TOY_CLASSES, sizeof *p);
    assert_int_equal(hox__model_predict(model, &b->set->images, NULL, TOY_N, p, &err), HOX_OK);
    return p;
}

static void round_trip(void **state)
{
    (void)state;
    bench b = begin();
    hox_error err = {0};
    hox__model *again;
    hox__provenance from;
    assert_int_equal(hox__model_save(b.model, &origin, b.path, &err), HOX_OK);
    assert_int_equal(hox__model_load(b.path, &again, &from, &err), HOX_OK);
    float *p = answers(&b, b.model), *q = answers(&b, again);
    assert_memory_equal(p, q, TOY_N * TOY_CLASSES * sizeof *p);
    for (int i = 0; i < TOY_N; i++) {
        float sum = 0;
        for (int k = 0; k < TOY_CLASSES; k++)
            sum += p[i * TOY_CLASSES + k];
        assert_true(fabsf(sum - 1) < 1e-5f);
    }
    const hox__model_facts *f = hox__model_describe(again), *g = hox__model_describe(b.model);
    assert_int_equal(f->params, g->params);
    assert_int_equal(f->height, TOY_SIDE);
    assert_int_equal(f->classes, TOY_CLASSES);
    assert_string_equal(f->class_names[3], "bottom");
    assert_string_equal(f->sentence_text, origin.sentence_text);
    assert_string_equal(from.study, "a study");
    assert_true(from.trial == UINT64_MAX && from.seed == 42);
    assert_true(from.validation == 0.5 && isnan(from.test));
    /* Saving what was loaded gives the same file. */
    char *one, *two;
    size_t n, m;
    assert_int_equal(hox__file_read(b.path, 1 << 24, &one, &n, &err), HOX_OK);
    assert_int_equal(hox__model_save(again, &from, b.path, &err), HOX_OK);
    assert_int_equal(hox__file_read(b.path, 1 << 24, &two, &m, &err), HOX_OK);
    assert_int_equal(n, m);
    assert_memory_equal(one, two, n);
    hox__free(one);
    hox__free(two);
    hox__free(p);
    hox__free(q);
    hox__model_free(again);
    end(&b);
}

static void score_counts(void **state)
{
    (void)state;
    bench b = begin();
    hox_error err = {0};
    hox__score score;
    int64_t confusion[TOY_CLASSES * TOY_CLASSES], hits = 0, all = 0;
    assert_int_equal(hox__model_score(b.model, &b.set->images, &score, confusion, &err), HOX_OK);
    for (int i = 0; i < TOY_CLASSES; i++)
        for (int k = 0; k < TOY_CLASSES; k++) {
            all += confusion[i * TOY_CLASSES + k];
            hits += i == k ? confusion[i * TOY_CLASSES + k] : 0;
        }
    assert_int_equal(all, TOY_N);
    assert_int_equal(hits, score.hits);
    assert_true(score.accuracy == (double)hits / TOY_N);
    assert_true(fabs(score.standard_error - sqrt(score.accuracy * (1 - score.accuracy) / TOY_N)) <
                1e-12);
    /* Rows in any order, in any number, get the answers of their images. */
    float *p = answers(&b, b.model), few[3 * TOY_CLASSES];
    const int64_t rows[3] = {477, 0, 31};
    assert_int_equal(hox__model_predict(b.model, &b.set->images, rows, 3, few, &err), HOX_OK);
    for (int i = 0; i < 3 * TOY_CLASSES; i++)
        assert_true(fabsf(few[i] - p[rows[i / TOY_CLASSES] * TOY_CLASSES + i % TOY_CLASSES]) <
                    1e-5f);
    hox__images other = b.set->images;
    other.width = 9;
    assert_int_equal(hox__model_score(b.model, &other, &score, NULL, &err), HOX_ERR_DATA);
    assert_string_equal(err.message, "the images are 8x9x1, the network was trained on 8x8x1");
    hox__free(p);
    end(&b);
}

/* Every byte changed, every length cut: an error each time. */
static void damage_is_seen(void **state)
{
    (void)state;
    bench b = begin();
    hox_error err = {0};
    hox__model *again;
    char *data;
    size_t n;
    assert_int_equal(hox__model_save(b.model, &origin, b.path, &err), HOX_OK);
    assert_int_equal(hox__file_read(b.path, 1 << 24, &data, &n, &err), HOX_OK);
    for (size_t i = 0; i < n; i++) {
        data[i] ^= (char)(1 << i % 8);
        err = (hox_error){0};
        assert_int_equal(hox__model_load_bytes(data, n, "m", &again, NULL, &err), HOX_ERR_DATA);
        assert_null(again);
        assert_true(err.message[0] != 0);
        data[i] ^= (char)(1 << i % 8);
    }
    for (size_t i = 0; i < n; i++)
        assert_int_equal(hox__model_load_bytes(data, i, "m", &again, NULL, NULL), HOX_ERR_DATA);
    assert_int_equal(hox__model_load_bytes(data, n, "m", &again, NULL, NULL), HOX_OK);
    hox__model_free(again);
    hox__free(data);
    end(&b);
}

/* The same with a digest that holds: what the header says is checked on its own. Returns how many
 * changed headers were refused. */
static int sealed(char *data, size_t n, size_t i, hox_error *err)
{
    hox__model *again;
    const size_t body = n - HOX__DIGEST_BYTES;
    const char kept = data[i];
    int refused = 0;
    for (int k = 0; k < 3; k++) {
        data[i] = k == 0 ? '9' : k == 1 ? (char)(kept ^ 1) : 0;
        hox__digest_of(data, body, (uint8_t *)data + body);
        *err = (hox_error){0};
        const hox_status status = hox__model_load_bytes(data, n, "m", &again, NULL, err);
        assert_true(status == HOX_OK || status == HOX_ERR_DATA);
        assert_true((status == HOX_OK) == (again != NULL));
        refused += status != HOX_OK;
        hox__model_free(again);
    }
    data[i] = kept;
    return refused;
}

static void sealed_damage_is_seen(void **state)
{
    (void)state;
    bench b = begin();
    hox_error err = {0};
    char *data;
    size_t n;
    int refused = 0;
    assert_int_equal(hox__model_save(b.model, &origin, b.path, &err), HOX_OK);
    assert_int_equal(hox__file_read(b.path, 1 << 24, &data, &n, &err), HOX_OK);
    for (size_t i = 0; i < 1600; i++)
        refused += sealed(data, n, i, &err);
    assert_true(refused > 1600);
    /* A gap, a weight that is no number, a byte behind the last tensor. */
    const float bad = (float)NAN;
    memcpy(data + n - HOX__DIGEST_BYTES - 4, &bad, 4);
    hox__model *again;
    hox__digest_of(data, n - HOX__DIGEST_BYTES, (uint8_t *)data + n - HOX__DIGEST_BYTES);
    err = (hox_error){0};
    assert_int_equal(hox__model_load_bytes(data, n, "m", &again, NULL, &err), HOX_ERR_DATA);
    assert_string_equal(err.message, "m: damaged model: a weight is not a finite number");
    assert_string_equal(err.code, "E0703");
    hox__free(data);
    end(&b);
}

static void strangers_are_named(void **state)
{
    (void)state;
    hox_error err = {0};
    hox__model *again;
    assert_int_equal(hox__model_load_bytes("PK\3\4....", 8, "a.zip", &again, NULL, &err),
                     HOX_ERR_DATA);
    assert_string_equal(err.message, "a.zip is not a model of Hox");
    char newer[64] = "HOXM\7";
    err = (hox_error){0};
    assert_int_equal(hox__model_load_bytes(newer, 64, "n", &again, NULL, &err), HOX_ERR_DATA);
    assert_string_equal(err.code, "E0702");
    assert_int_equal(hox__model_load("/nonexistent/a.hoxm", &again, NULL, NULL), HOX_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),          cmocka_unit_test(score_counts),
        cmocka_unit_test(damage_is_seen),      cmocka_unit_test(sealed_damage_is_seen),
        cmocka_unit_test(strangers_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
