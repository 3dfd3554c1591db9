/* Texts: tokens, vocabularies, examples that follow each other. */
#include "base/alloc.h"
#include "data/corpus.h"
#include "files.h"

static hox__bytes bytes_of(const char *text)
{
    return (hox__bytes){.name = "t.txt", .data = (const uint8_t *)text, .n = strlen(text)};
}

static hox__examples *read_text(const char *text, hox__level level, int64_t length, int vocabulary)
{
    hox__bytes file = bytes_of(text);
    hox__corpus_options o = {level, length, vocabulary};
    hox__schema *schema = NULL;
    hox__examples *x = NULL;
    hox_error err = {0};
    if (hox__corpus_learn(&file, &o, &schema, &err) != HOX_OK ||
        hox__corpus_read(&file, schema, &x, &err) != HOX_OK)
        fail_msg("%s", err.message);
    hox__schema_free(schema);
    return x;
}

static void characters_have_codes(void **state)
{
    (void)state;
    hox__examples *x = read_text("abc\xc3\xa9"
                                 "bca",
                                 HOX__LEVEL_CHAR, 3, 0);
    assert_int_equal(x->vocabulary, 5); /* none, a, b, c, é */
    assert_int_equal(x->classes, 5);
    assert_int_equal(x->n, 2);
    const int32_t want[] = {1, 2, 3, 4, 2, 3, 1};
    assert_memory_equal(x->codes, want, sizeof want);
    hox__encoder *e = NULL;
    assert_int_equal(hox__encoder_fit(x, NULL, 0, &e, NULL), HOX_OK);
    const int64_t rows[] = {1, 0};
    int32_t code[6], label[6];
    hox__encoder_fill(e, x, rows, 2, NULL, NULL, 0, &(hox__batch){.code = code, .label = label});
    const int32_t codes[] = {4, 2, 3, 1, 2, 3}, labels[] = {2, 3, 1, 2, 3, 4};
    assert_memory_equal(code, codes, sizeof codes);
    assert_memory_equal(label, labels, sizeof labels);
    hox__encoder_free(e);
    hox__examples_free(x);
}

static void words_and_marks_part(void **state)
{
    (void)state;
    hox__examples *x =
        read_text("\"Well,\" he said (don't): <unk> @-@ 3.5 ...\nend", HOX__LEVEL_WORD, 1, 100);
    static const char *const want[] = {"\"",  "Well",  ",", "\"", "he",    "said",
                                       "(",   "don't", ")", ":",  "<unk>", "@-@",
                                       "3.5", ".",     ".", ".",  "\n",    "end"};
    assert_int_equal(x->n + 1, sizeof want / sizeof *want);
    for (int i = 0; i <= x->n; i++)
        assert_string_equal(x->schema->vocabulary.word[x->codes[i] - 1], want[i]);
    hox__examples_free(x);
    x = read_text("a b a c a b d", HOX__LEVEL_WORD, 2, 2); /* the two most frequent */
    assert_int_equal(x->vocabulary, 3);
    const int32_t codes[] = {1, 2, 1, 0, 1, 2, 0};
    assert_memory_equal(x->codes, codes, sizeof codes);
    hox__examples_free(x);
}

static void what_is_no_text_says_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } bad[] = {{"abc\xff"
                "def",
                "t.txt: byte 3: no character of UTF-8"},
               {"abcde\xed\xa0\x80", "byte 5: no character"},
               {"abcdef\xc3", "byte 6: no character"},
               {"ab", "2 tokens, but an example has 4"},
               {"", "0 tokens"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hox__bytes file = bytes_of(bad[i].text);
        hox__corpus_options o = {HOX__LEVEL_CHAR, 4, 10};
        hox__schema *schema = NULL;
        hox__examples *x = NULL;
        hox_error err = {0};
        if (hox__corpus_learn(&file, &o, &schema, &err) == HOX_OK)
            assert_int_equal(hox__corpus_read(&file, schema, &x, &err), HOX_ERR_DATA);
        assert_int_equal(err.status, HOX_ERR_DATA);
        if (!strstr(err.message, bad[i].message))
            fail_msg("%s", err.message);
        hox__schema_free(schema);
    }
    hox__examples *x = read_text("\xff\xfe\x01\x02", HOX__LEVEL_BYTE, 3, 0); /* bytes are bytes */
    assert_int_equal(x->vocabulary, 257);
    assert_int_equal(x->codes[0], 256);
    hox__examples_free(x);
}

static void a_text_is_split_in_blocks(void **state)
{
    (void)state;
    char text[102];
    memset(text, 'a', 101);
    text[101] = '\0';
    hox__examples *x = read_text(text, HOX__LEVEL_CHAR, 5, 0);
    hox__split s;
    assert_int_equal(x->n, 20);
    assert_int_equal(hox__split_make(x, 0.25, 1, &s, NULL), HOX_OK);
    assert_int_equal(s.n_validation, 5);
    assert_int_equal(s.validation[0], 15);
    hox__split_free(&s);
    hox__data_plan plan = {.folds = 3, .fold = 1};
    assert_int_equal(hox__split_of(x, &plan, &s, NULL), HOX_OK);
    assert_int_equal(s.validation[0], 6);
    assert_int_equal(s.n_validation, 7);
    hox__split_free(&s);
    hox__examples_free(x);
}

static void memory_may_be_short(void **state)
{
    (void)state;
    const char *path = text_put("t.txt", "to be or not to be, that is the question\n");
    for (int64_t k = 0;; k++) {
        hox__dataset *d = NULL;
        hox__encoder *e = NULL, *again = NULL;
        char *text = NULL;
        hox_error err = {0};
        hox_term length = {.kind = HOX_TERM_NUMBER, .number = 4, .path = ""},
                 level = {.kind = HOX_TERM_WORD, .name = "word", .path = ""},
                 name = {.kind = HOX_TERM_TEXT, .name = path, .path = ""};
        const hox_term *part[] = {&name, &length, &level};
        const char *label[] = {"name", "length", "level"};
        hox_term source = {HOX_TERM_CALL, "text", "", 0, 0, false, 3, part, label};
        hox__alloc_fail_at(k, true);
        hox_status s = hox__dataset_open(&source, NULL, &d, &err);
        if (s == HOX_OK)
            s = hox__encoder_fit(hox__dataset_training(d), NULL, 0, &e, &err);
        if (s == HOX_OK && !(text = hox__encoder_text(e, &err)))
            s = HOX_ERR_MEMORY;
        if (s == HOX_OK)
            s = hox__encoder_read(text, strlen(text), &again, &err);
        const bool done = hox__alloc_failures() == 0;
        hox__alloc_fail_at(-1, false);
        assert_int_equal(s == HOX_OK, done);
        assert_true(s == HOX_OK || err.message[0]);
        hox__free(text);
        hox__encoder_free(e);
        hox__encoder_free(again);
        hox__dataset_free(d);
        if (done)
            break;
        assert_true(k < 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_have_codes),      cmocka_unit_test(words_and_marks_part),
        cmocka_unit_test(what_is_no_text_says_where), cmocka_unit_test(a_text_is_split_in_blocks),
        cmocka_unit_test(memory_may_be_short),
    };
    return cmocka_run_group_tests(tests, files_begin, files_end);
}
