/* Tables: what columns are, what rows become, and what a broken row says. */
#include "base/alloc.h"
#include "data/csv.h"
#include "data/dataset.h"
#include "files.h"
#include <math.h>

static const hox__csv_options usual = {.target = "", .header = -1};

static hox__bytes bytes_of(const char *text)
{
    return (hox__bytes){.name = "t.csv", .data = (const uint8_t *)text, .n = strlen(text)};
}

static hox__examples *read_with(const char *text, const hox__csv_options *options)
{
    hox__bytes file = bytes_of(text);
    hox__schema *schema = NULL;
    hox__examples *x = NULL;
    hox_error err = {0};
    if (hox__csv_infer(&file, options, &schema, &err) != HOX_OK ||
        hox__csv_read(&file, schema, true, &x, &err) != HOX_OK)
        fail_msg("%s", err.message);
    hox__schema_free(schema);
    return x;
}

static void refuse(const char *text, const hox__csv_options *options, const char *message)
{
    hox__bytes file = bytes_of(text);
    hox__schema *schema = NULL;
    hox__examples *x = NULL;
    hox_error err = {0};
    if (hox__csv_infer(&file, options, &schema, &err) == HOX_OK &&
        hox__csv_read(&file, schema, true, &x, &err) == HOX_OK)
        fail_msg("accepted: %s", text);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" is not in \"%s\"", message, err.message);
    assert_int_equal(err.status, HOX_ERR_DATA);
    assert_string_equal(err.code, "E0505");
    assert_null(x);
    hox__schema_free(schema);
}

static void types_are_inferred(void **state)
{
    (void)state;
    hox__examples *x = read_with("age,job,when,income\n"
                                 "39,clerk,1.5e1,low\n"
                                 "?,\"sales, retail\",-2,high\n"
                                 "28,clerk,.5,low\r\n"
                                 "\n"
                                 "17, \"say \"\"no\"\"\" ,+7,low\n",
                                 &usual);
    assert_int_equal(x->kind, HOX__FEATURES);
    assert_int_equal(x->target, HOX__CLASS);
    assert_int_equal(x->n, 4);
    assert_int_equal(x->numbers, 2);
    assert_int_equal(x->categories, 1);
    assert_int_equal(x->classes, 2);
    assert_string_equal(x->class_names[0], "high");
    assert_int_equal(x->labels[0], 1);
    assert_int_equal(x->labels[1], 0);
    const float want[] = {39, 15, NAN, -2, 28, 0.5F, 17, 7};
    for (int i = 0; i < 8; i++)
        assert_true(x->number[i] == want[i] || (isnan(want[i]) && isnan(x->number[i])));
    const hox__schema_column *job = &x->schema->column[1];
    assert_int_equal(job->words.n, 3);
    assert_string_equal(job->words.word[2], "say \"no\"");
    assert_int_equal(x->codes[0], 1);
    assert_int_equal(x->codes[1], 2);
    assert_int_equal(x->codes[3], 3);
    assert_true(x->schema->column[0].missing);
    assert_false(x->schema->column[2].missing);
    hox__examples_free(x);
}

static void separators_and_headers_are_found(void **state)
{
    (void)state;
    static const char *const same[] = {"a;b;y\n1,5;x;2.5\n2,25;x;3.5\n",
                                       "a\tb\ty\n1.5\tx\t2.5\n2.25\tx\t3.5\n",
                                       "a|b|y\n1.5|x|2.5\n2.25|x|3.5",
                                       "\xef\xbb\xbf"
                                       "1.5,x,2.5\r2.25,x,3.5\r"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        hox__examples *x = read_with(same[i], &usual);
        assert_int_equal(x->n, 2);
        assert_int_equal(x->target, HOX__VALUE);
        assert_int_equal(x->classes, 1);
        assert_true(x->number[0] == 1.5F && x->number[1] == 2.25F);
        assert_true(x->values[0] == 2.5F && x->values[1] == 3.5F);
        assert_int_equal(x->schema->header, i < 3);
        hox__examples_free(x);
    }
    /* words alone: the first row comes again in its columns, or it does not */
    hox__examples *x = read_with("red,yes\nblue,no\nred,no\nblue,yes\n", &usual);
    assert_int_equal(x->n, 4);
    hox__examples_free(x);
    x = read_with("colour,ripe\nblue,no\nred,no\nblue,yes\n", &usual);
    assert_int_equal(x->n, 3);
    hox__examples_free(x);
}

static void targets_are_classes_or_values(void **state)
{
    (void)state;
    hox__examples *x = read_with("x,y\n1,0\n2,1\n3,1\n", &usual);
    assert_int_equal(x->target, HOX__CLASS);
    assert_string_equal(x->class_names[1], "1");
    hox__examples_free(x);
    x = read_with("x,y\n1,3\n2,4\n3,5\n", &usual); /* ratings that do not count from 0 or 1 */
    assert_int_equal(x->target, HOX__VALUE);
    hox__examples_free(x);
    hox__csv_options o = usual;
    o.task = HOX__TASK_CLASSES;
    x = read_with("x,y\n1,10\n2,9.0\n3,9\n", &o); /* in the order of numbers, in one form */
    assert_int_equal(x->classes, 2);
    assert_string_equal(x->class_names[0], "9");
    assert_int_equal(x->labels[1], 0);
    hox__examples_free(x);
    o.task = HOX__TASK_VALUE;
    o.target = "x";
    x = read_with("x,y\n0,10\n1,9.0\n1,9\n", &o);
    assert_int_equal(x->target, HOX__VALUE);
    assert_int_equal(x->numbers, 1);
    hox__examples_free(x);
}

static void broken_rows_say_where(void **state)
{
    (void)state;
    const hox__csv_options *o = &usual;
    refuse("a,b,y\n1,2,x\n3,n/a,z\n4,5,x\n6,n/b,z\n7,8,x\n", o,
           "t.csv:3: column \"b\": \"n/a\" is not a number, nor is 1 more");
    refuse("a,b,y\n1,2,x\n3,x\n", o, "t.csv:3: 2 cells, the first row has 3");
    refuse("a,b,y\n1,\"2,x\n3,4,x\n", o, "t.csv:2: a quote is opened here and never closed");
    refuse("a,b,y\n1,\"2\"3,x\n", o, "t.csv:2: text behind a closing quote");
    refuse("a,b,y\n1,\"p\n\nq\",x\n3,r,?\n5,s,z\n", o,
           "t.csv:5: column \"y\": \"?\" is no value, and this column is the target");
    refuse("", o, "no row");
    refuse("a,b\n", o, "no row behind the header");
    refuse("a\nb\n", o, "one column only");
    refuse("a,y\n1,x\n2,x\n", o, "one value only");
    hox__csv_options other = usual;
    other.target = "incme";
    refuse("age,income\n1,x\n2,z\n", &other, "did you mean \"income\"?");
    static const char zero[] = "a,y\n1,x\n2,\0\n";
    hox__bytes file = {.name = "t.csv", .data = (const uint8_t *)zero, .n = sizeof zero - 1};
    hox__schema *schema = NULL;
    hox_error err = {0};
    assert_int_equal(hox__csv_infer(&file, o, &schema, &err), HOX_ERR_DATA);
    assert_non_null(strstr(err.message, "t.csv:3: a zero byte"));
}

static const char train[] = "size,colour,y\n1,red,0.5\n3,blue,1.5\n,red,2.5\n5,,3.5\n";

static void other_files_follow_the_training_file(void **state)
{
    (void)state;
    hox__bytes file = bytes_of(train);
    hox__schema *schema = NULL;
    hox__examples *x = NULL;
    hox_error err = {0};
    assert_int_equal(hox__csv_infer(&file, &usual, &schema, NULL), HOX_OK);
    hox__bytes moved = bytes_of("more,y,colour,size\n9,7,blue,2\n9,8,green,4\n");
    assert_int_equal(hox__csv_read(&moved, schema, true, &x, NULL), HOX_OK);
    assert_int_equal(x->n, 2);
    assert_true(x->number[1] == 4 && x->values[1] == 8);
    assert_int_equal(x->codes[0], 1); /* blue, red */
    assert_int_equal(x->codes[1], 0); /* never seen */
    hox__examples_free(x);
    hox__bytes without = bytes_of("colour,size\nblue,2\n");
    assert_int_equal(hox__csv_read(&without, schema, false, &x, NULL), HOX_OK);
    assert_false(hox__examples_labelled(x));
    hox__examples_free(x);
    x = NULL;
    assert_int_equal(hox__csv_read(&without, schema, true, &x, &err), HOX_ERR_DATA);
    assert_non_null(strstr(err.message, "no column \"y\""));
    err = (hox_error){0};
    hox__bytes bad = bytes_of("colour,size,y\nblue,2,1\nred,big,2\n");
    assert_int_equal(hox__csv_read(&bad, schema, true, &x, &err), HOX_ERR_DATA);
    assert_non_null(strstr(err.message, "t.csv:3: column \"size\": \"big\" is not a number"));
    assert_null(x);
    hox__schema_free(schema);
}

/* Fitted on the first three rows alone: mean 2, deviation 1 of 1 and 3. */
static void encoders_standardize_by_training_rows(void **state)
{
    (void)state;
    hox__examples *x = read_with(train, &usual);
    const int64_t rows[] = {0, 1, 2}, all[] = {0, 1, 2, 3};
    hox__encoder *e = NULL;
    assert_int_equal(hox__encoder_fit(x, rows, 3, &e, NULL), HOX_OK);
    const hox__encoded *d = hox__encoder_describe(e);
    /* size, is it missing; blue, red, is it missing */
    assert_int_equal(d->features, 5);
    assert_int_equal(d->codes, 0);
    float in[4][5], y[4];
    const hox__batch batch = {.x = in[0], .value = y};
    hox__encoder_fill(e, x, all, 4, NULL, NULL, 0, &batch);
    const float want[4][5] = {{-1, 0, 0, 1, 0}, {1, 0, 1, 0, 0}, {0, 1, 0, 1, 0}, {3, 0, 0, 0, 1}};
    for (int i = 0; i < 20; i++)
        assert_true(fabsf(in[i / 5][i % 5] - want[i / 5][i % 5]) < 1e-6F);
    assert_true(fabs(d->value_mean - 1.5) < 1e-9);
    assert_true(fabs(d->value_scale - sqrt(2.0 / 3)) < 1e-9);
    assert_true(fabsf(y[3] - (float)(2 / sqrt(2.0 / 3))) < 1e-5F);
    hox_facts facts;
    hox__schema_facts(x->schema, &facts);
    assert_int_equal(facts.features, d->features);
    assert_int_equal(facts.classes, 1);
    hox__encoder_free(e);
    hox__examples_free(x);
}

static void embedded_categories_stay_codes(void **state)
{
    (void)state;
    hox__csv_options o = usual;
    o.embed = true;
    hox__examples *x = read_with(train, &o);
    hox__encoder *e = NULL;
    assert_int_equal(hox__encoder_fit(x, NULL, 0, &e, NULL), HOX_OK);
    const hox__encoded *d = hox__encoder_describe(e);
    assert_int_equal(d->features, 2);
    assert_int_equal(d->codes, 1);
    assert_int_equal(d->cardinality[0], 3);
    assert_int_equal(d->embedding[0], 2);
    const int64_t rows[] = {3, 0};
    int32_t code[2];
    hox__encoder_fill(e, x, rows, 2, NULL, NULL, 0, &(hox__batch){.code = code});
    assert_int_equal(code[0], 0);
    assert_int_equal(code[1], 2);
    hox_facts facts;
    hox__schema_facts(x->schema, &facts);
    assert_int_equal(facts.features, 2 + 2);
    hox__encoder_free(e);
    hox__examples_free(x);
}

/* What is fitted is written and read back to the last bit, and opens a file by itself. */
static void encoders_go_through_text(void **state)
{
    (void)state;
    for (int embed = 0; embed < 2; embed++) {
        hox__csv_options o = usual;
        o.embed = embed;
        hox__examples *x = read_with(train, &o), *more = NULL;
        hox__encoder *e = NULL, *again = NULL;
        hox_error err = {0};
        assert_int_equal(hox__encoder_fit(x, NULL, 0, &e, NULL), HOX_OK);
        char *text = hox__encoder_text(e, NULL);
        if (hox__encoder_read(text, strlen(text), &again, &err) != HOX_OK)
            fail_msg("%s in %s", err.message, text);
        char *same = hox__encoder_text(again, NULL);
        assert_string_equal(text, same);
        assert_int_equal(hox__encoder_describe(again)->features,
                         hox__encoder_describe(e)->features);
        const char *path = text_put("new.csv", "colour,size\nred,2\n,1\n");
        assert_int_equal(hox__encoder_open(again, path, NULL, &more, NULL), HOX_OK);
        assert_int_equal(hox__encoder_fits(e, more, NULL), HOX_OK);
        assert_int_equal(more->n, 2);
        assert_int_equal(more->codes[0], 2);
        hox__examples_free(more);
        hox__examples_free(x);
        hox__encoder_free(e);
        hox__encoder_free(again);
        hox__free(text);
        hox__free(same);
    }
}

static void rare_words_share_a_code_and_names_are_left_out(void **state)
{
    (void)state;
    hox__text t = {0};
    hox__text_puts(&t, "name,town,y\n");
    for (int i = 0; i < 1000; i++)
        hox__text_printf(&t, "person %d,town %d,%d\n", i, i < 600 ? i % 300 : 7, i % 2);
    hox__examples *x = read_with(hox__text_get(&t), &usual);
    assert_int_equal(x->schema->column[0].kind, HOX__COLUMN_UNUSED);
    assert_int_equal(x->schema->column[1].kind, HOX__COLUMN_CATEGORY);
    assert_int_equal(x->schema->column[1].words.n, 256);
    int rare = 0;
    for (int i = 0; i < 300; i++)
        rare += x->codes[i] == 0;
    assert_int_equal(rare, 300 - 256);
    hox__examples_free(x);
    hox__text_deinit(&t);
}

static void sources_open_and_describe(void **state)
{
    (void)state;
    const char *path = text_put("train.csv", train);
    const hox_term *source =
        SOURCE_TERM("csv", "name", path, "test", text_put("test.csv", "y,colour,size\n7,red,1\n"));
    hox__dataset *d = NULL;
    hox_error err = {0};
    hox_facts facts;
    if (hox__dataset_open(source, NULL, &d, &err) != HOX_OK)
        fail_msg("%s", err.message);
    assert_int_equal(hox__dataset_training(d)->n, 4);
    assert_int_equal(hox__dataset_test(d)->n, 1);
    assert_int_equal(strlen(hox__dataset_hash(d)), 64);
    assert_int_equal(hox__dataset_facts(source, NULL, &facts, &err), HOX_OK);
    assert_int_equal(facts.features, 5);
    hox__dataset_free(d);
    assert_int_equal(hox__dataset_open(SOURCE_TERM("csv", "name", "no-such.csv"), NULL, &d, &err),
                     HOX_ERR_DATA);
    assert_string_equal(err.code, "E0501");
}

/* Every allocation refused in turn: an error each time, nothing lost (ASan looks). */
static void memory_may_be_short(void **state)
{
    (void)state;
    const char *path = text_put("short.csv", train);
    for (int64_t k = 0;; k++) {
        hox__dataset *d = NULL;
        hox__encoder *e = NULL;
        hox_error err = {0};
        hox__alloc_fail_at(k, true);
        hox_status s = hox__dataset_open(SOURCE_TERM("csv", "name", path), NULL, &d, &err);
        if (s == HOX_OK)
            s = hox__encoder_fit(hox__dataset_training(d), NULL, 0, &e, &err);
        const bool done = hox__alloc_failures() == 0;
        hox__alloc_fail_at(-1, false);
        assert_int_equal(s == HOX_OK, done);
        assert_true(s == HOX_OK || s == HOX_ERR_MEMORY || s == HOX_ERR_DATA);
        hox__encoder_free(e);
        hox__dataset_free(d);
        if (done)
            break;
        assert_true(k < 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_inferred),
        cmocka_unit_test(separators_and_headers_are_found),
        cmocka_unit_test(targets_are_classes_or_values),
        cmocka_unit_test(broken_rows_say_where),
        cmocka_unit_test(other_files_follow_the_training_file),
        cmocka_unit_test(encoders_standardize_by_training_rows),
        cmocka_unit_test(embedded_categories_stay_codes),
        cmocka_unit_test(encoders_go_through_text),
        cmocka_unit_test(rare_words_share_a_code_and_names_are_left_out),
        cmocka_unit_test(sources_open_and_describe),
        cmocka_unit_test(memory_may_be_short),
    };
    return cmocka_run_group_tests(tests, files_begin, files_end);
}
