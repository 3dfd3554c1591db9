/* Tables and texts through training, model files and answers; what is told to the loss. */
#include "data/schema.h"
#include "hoxtest.h"
#include "nn/model.h"
#include "nn/terms.h"
#include <math.h>
#include <stdio.h>
#include <unistd.h>

enum { ROWS = 400, LENGTH = 8, LETTERS = 4 };

typedef struct {
    hox__arena *a;
    hox__examples x;
    hox__schema *schema;
    hox__split split;
    hox__recipe recipe;
    hox__data_plan plan;
    hox__train_result result;
    float number[ROWS * 2], value[ROWS];
    int32_t label[ROWS], code[ROWS * LENGTH + 1];
    hox_error err;
} bench;

static void begin(bench *b)
{
    *b = (bench){.a = hox__arena_new(1 << 22)};
    b->recipe = toy_recipe(b->a);
    b->recipe.epochs = 8;
}

static void end(bench *b)
{
    hox__split_free(&b->split);
    hox__schema_free(b->schema);
    hox__arena_free(b->a);
}

static hox_status train(bench *b, hox__model **model)
{
    if (!b->split.train)
        assert_int_equal(hox__split_of(&b->x, &b->plan, &b->split, &b->err), HOX_OK);
    b->err = (hox_error){0};
    return hox__train(&b->recipe, &b->x, &b->split, &b->plan, NULL, &b->result, model, &b->err);
}

/* y = 100 + 10 (3 u - 2 v), u and v in other units. */
static void make_table(bench *b)
{
    hox_rng rng = hox_rng_seed(3);
    for (int i = 0; i < ROWS; i++) {
        const double u = hox_rng_unit(&rng), v = hox_rng_unit(&rng);
        b->number[2 * i] = (float)(1000 * u);
        b->number[2 * i + 1] = (float)(v - 5);
        b->value[i] = (float)(100 + 10 * (3 * u - 2 * v));
        b->label[i] = 3 * u > 2 * v;
    }
    b->plan = (hox__data_plan){.validation = 0.2};
    b->x = (hox__examples){.n = ROWS,
                           .kind = HOX__FEATURES,
                           .target = HOX__VALUE,
                           .classes = 1,
                           .number = b->number,
                           .numbers = 2,
                           .values = b->value};
}

/* a b c d a b c d ..., from a random place. */
static void make_text(bench *b)
{
    for (int i = 0; i < ROWS * LENGTH + 1; i++)
        b->code[i] = i * 7 / 3 % LETTERS;
    static const char *const letter[] = {"a", "b", "c"}; /* code 0 is what was never seen */
    b->schema = hox__schema_new(HOX__TOKENS, HOX__NEXT);
    b->schema->level = HOX__LEVEL_CHAR;
    b->schema->length = LENGTH;
    assert_true(hox__words_set(b->schema, &b->schema->vocabulary, letter, LETTERS - 1));
    b->plan = (hox__data_plan){.validation = 0.2};
    b->x = (hox__examples){.n = ROWS,
                           .schema = b->schema,
                           .kind = HOX__TOKENS,
                           .target = HOX__NEXT,
                           .classes = LETTERS,
                           .codes = b->code,
                           .length = LENGTH,
                           .vocabulary = LETTERS};
}

/* Saves, loads, and asks both. */
static void round_trip(bench *b, hox__model *model, int64_t values)
{
    char path[64];
    hox__model *again;
    hox__provenance from;
    snprintf(path, sizeof path, "/tmp/hox-kinds-%ld.hoxm", (long)getpid());
    float *p = hox__alloc((size_t)values, 2 * sizeof *p), *q = p + values;
    assert_int_equal(hox__model_save(model, NULL, path, &b->err), HOX_OK);
    if (hox__model_load(path, &again, &from, &b->err) != HOX_OK)
        fail_msg("%s", b->err.message);
    unlink(path);
    assert_int_equal(hox__model_predict(model, &b->x, NULL, b->x.n, p, &b->err), HOX_OK);
    assert_int_equal(hox__model_predict(again, &b->x, NULL, b->x.n, q, &b->err), HOX_OK);
    assert_memory_equal(p, q, (size_t)values * sizeof *p);
    const hox__model_facts *f = hox__model_describe(again);
    assert_int_equal(f->kind, b->x.kind);
    assert_int_equal(f->target, b->x.target);
    assert_string_equal(f->metric, b->recipe.metric);
    hox__free(p);
    hox__model_free(again);
}

static void numbers_are_learned(void **state)
{
    (void)state;
    static const char *const loss[] = {"mse", "mae", "huber"};
    for (int i = 0; i < 3; i++) {
        bench b;
        hox__model *model;
        hox__score score;
        begin(&b);
        make_table(&b);
        b.recipe.net = call(b.a, "dense", "d", "units", word(b.a, "classes"), NULL);
        b.recipe.loss = call(b.a, loss[i], "train", NULL);
        b.recipe.train = call(b.a, "adam", "train", "lr", number(b.a, 0.05), NULL);
        b.recipe.metric = "rmse";
        b.recipe.maximize = false;
        if (train(&b, &model) != HOX_OK)
            fail_msg("%s", b.err.message);
        assert_true(b.result.value < 0.5); /* of a spread of about 10 */
        assert_true(isnan(b.result.accuracy));
        assert_int_equal(hox__model_score(model, &b.x, &score, NULL, &b.err), HOX_OK);
        assert_true(fabs(score.value - b.result.value) < 0.2);
        float said;
        assert_int_equal(hox__model_predict(model, &b.x, NULL, 1, &said, &b.err), HOX_OK);
        assert_true(fabsf(said - b.value[0]) < 2);
        round_trip(&b, model, ROWS);
        hox__model_free(model);
        end(&b);
    }
}

static void rows_are_classified(void **state)
{
    (void)state;
    bench b;
    hox__model *model;
    begin(&b);
    make_table(&b);
    b.x.target = HOX__CLASS;
    b.x.classes = 2;
    b.x.labels = b.label;
    b.recipe.net = call(b.a, "dense", "d", "units", word(b.a, "classes"), NULL);
    b.recipe.train = call(b.a, "adam", "train", "lr", number(b.a, 0.05), NULL);
    b.recipe.metric = "auc";
    for (int i = 0; i < 3; i++) {
        b.recipe.loss = i == 1 ? call(b.a, "bce", "train", NULL) : NULL;
        b.recipe.smooth = i == 2 ? 0.2 : 0;
        b.plan.balance = i != 1;
        if (train(&b, &model) != HOX_OK)
            fail_msg("%s", b.err.message);
        assert_true(b.result.value > 0.97 && b.result.accuracy > 0.85);
        round_trip(&b, model, ROWS * 2);
        hox__model_free(model);
    }
    end(&b);
}

static void texts_are_continued(void **state)
{
    (void)state;
    bench b;
    hox__model *model;
    hox__score score;
    begin(&b);
    make_text(&b);
    b.recipe.net = chain(b.a, call(b.a, "embed", "e", "width", number(b.a, 6), NULL),
                         call(b.a, "lstm", "l", "units", number(b.a, 12), NULL),
                         call(b.a, "dense", "d", "units", word(b.a, "classes"), NULL), NULL);
    b.recipe.metric = "bits";
    b.recipe.maximize = false;
    if (train(&b, &model) != HOX_OK)
        fail_msg("%s", b.err.message);
    assert_true(b.result.value < 1); /* of 2 bits when nothing is known */
    assert_int_equal(hox__model_score(model, &b.x, &score, NULL, &b.err), HOX_OK);
    assert_int_equal(score.n, ROWS * LENGTH);
    round_trip(&b, model, ROWS * LENGTH * LETTERS);
    hox__model_free(model);
    /* One answer for a whole sequence is not what is asked for. */
    b.recipe.net = chain(b.a, b.recipe.net->part[0], call(b.a, "last", "x", NULL),
                         b.recipe.net->part[2], NULL);
    assert_int_equal(train(&b, NULL), HOX_ERR_SHAPE);
    assert_non_null(strstr(b.err.message, "at every step"));
    end(&b);
}

static void what_does_not_go_together(void **state)
{
    (void)state;
    bench b;
    begin(&b);
    make_table(&b);
    b.recipe.net = call(b.a, "dense", "d", "units", word(b.a, "classes"), NULL);
    b.recipe.metric = "accuracy";
    assert_int_equal(train(&b, NULL), HOX_ERR_ARGUMENT);
    assert_string_equal(b.err.message, "`accuracy` is measured on classes, and the data ask for "
                                       "numbers; try `objective = minimize rmse`");
    b.recipe.metric = "rmse";
    b.recipe.loss = call(b.a, "cross_entropy", "train", NULL);
    assert_int_equal(train(&b, NULL), HOX_ERR_ARGUMENT);
    assert_string_equal(b.err.message,
                        "the loss `cross_entropy` compares classes, and the data ask for numbers");
    b.recipe.loss = NULL;
    b.recipe.smooth = 0.1;
    assert_int_equal(train(&b, NULL), HOX_ERR_ARGUMENT);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_learned),
        cmocka_unit_test(rows_are_classified),
        cmocka_unit_test(texts_are_continued),
        cmocka_unit_test(what_does_not_go_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
