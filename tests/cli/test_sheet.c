/* Tables in every format, and what hostile text looks like in them. */
#include "cli/chart.h"
#include "cli/sheet.h"
#include "hoxtest.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const hox__column column[] = {
    {"trial", HOX__CELL_INT, 3},
    {"value", HOX__CELL_NUMBER, 2},
    {"seed", HOX__CELL_ID, 1},
    {"note", HOX__CELL_TEXT, 0},
};

/* Two rows in `format`, into out; hints into `hints` when not NULL. */
static void print(hox__format format, int width, hox__text *out, hox__text *hints)
{
    hox__stream stream = {.fd = -1, .terminal = {.is_terminal = width > 0, .width = width}};
    hox__stream hint_stream = {.fd = -1};
    hox__sheet *sheet = hox__sheet_begin(&stream, format, "trial", column, 4);
    assert_non_null(sheet);
    hox__sheet_row(sheet, (hox__cell[]){{.integer = 3},
                                        {.number = 0.1},
                                        {.id = 9007199254740993u},
                                        {.text = "a\tb,\"c\"|\n\033[31m"}});
    hox__sheet_row(
        sheet, (hox__cell[]){{.integer = 12}, {.number = (double)NAN}, {.id = 7}, {.empty = true}});
    hox__sheet_end(sheet, &hint_stream, "more");
    *out = stream.text;
    if (hints)
        *hints = hint_stream.text;
    else
        hox__text_deinit(&hint_stream.text);
}

static void each_format_is_what_it_says(void **unused)
{
    (void)unused;
    static const struct {
        hox__format format;
        const char *text;
    } known[] = {
        {HOX__FORMAT_TSV, "trial\tvalue\tseed\tnote\n"
                          "3\t0.1\t9007199254740993\ta\\tb,\"c\"|\\n\\x1b[31m\n"
                          "12\tnan\t7\t\n"},
        {HOX__FORMAT_CSV, "trial,value,seed,note\n"
                          "3,0.1,9007199254740993,\"a\tb,\"\"c\"\"|\n\\x1b[31m\"\n"
                          "12,nan,7,\n"},
        {HOX__FORMAT_JSONL,
         "{\"v\":1,\"type\":\"trial\",\"trial\":3,\"value\":0.1,\"seed\":\"9007199254740993\","
         "\"note\":\"a\\tb,\\\"c\\\"|\\n\\u001b[31m\"}\n"
         "{\"v\":1,\"type\":\"trial\",\"trial\":12,\"value\":null,\"seed\":\"7\",\"note\":null,"
         "\"nonfinite\":\"nan\"}\n"},
        {HOX__FORMAT_TABLE, "trial  value  seed              note\n"
                            "    3    0.1  9007199254740993  a\\tb,\"c\"|\\n\\x1b[31m\n"
                            "   12    nan  7\n"},
        {HOX__FORMAT_MD, "| trial | value | seed | note |\n"
                         "| ---: | ---: | --- | --- |\n"
                         "| 3 | 0.1 | 9007199254740993 | a\\tb,\"c\"\\|\\n\\x1b[31m |\n"
                         "| 12 | nan | 7 |  |\n"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        hox__text out;
        print(known[i].format, 0, &out, NULL);
        assert_string_equal(hox__text_get(&out), known[i].text);
        hox__text_deinit(&out);
    }
}

static void a_narrow_terminal_says_what_it_left_out(void **unused)
{
    (void)unused;
    hox__text out, hints;
    print(HOX__FORMAT_TABLE, 14, &out, &hints);
    assert_string_equal(hox__text_get(&out), "trial  value\n    3    0.1\n   12    nan\n");
    assert_string_equal(hox__text_get(&hints), "not shown: seed, note; more\n");
    hox__text_deinit(&out);
    hox__text_deinit(&hints);
}

static void an_empty_table_is_a_table(void **unused)
{
    (void)unused;
    hox__stream stream = {.fd = -1};
    hox__sheet_end(hox__sheet_begin(&stream, HOX__FORMAT_JSON, "trial", column, 4), NULL, NULL);
    hox__sheet_end(hox__sheet_begin(&stream, HOX__FORMAT_TSV, "trial", column, 4), NULL, NULL);
    assert_string_equal(hox__text_get(&stream.text), "[]\ntrial\tvalue\tseed\tnote\n");
    hox__text_deinit(&stream.text);
}

static void errors_have_their_parts_on_their_lines(void **unused)
{
    (void)unused;
    hox__stream stream = {.fd = -1, .color = hox__colors_of(false)};
    hox_error err = {0};
    hox_fail_code(&err, HOX_ERR_BUSY, "E0602", "it is \033[1mbusy\ntry later\nor elsewhere");
    hox__error_put(&stream, &err, false);
    assert_string_equal(hox__text_get(&stream.text), "error[E0602]: it is \\x1b[1mbusy\n"
                                                     "  = help: try later\n"
                                                     "  = help: or elsewhere\n");
    assert_int_equal(hox__exit_code(HOX_ERR_BUSY), 4);
    assert_int_equal(hox__exit_code(HOX_ERR_IO), 3);
    assert_int_equal(hox__exit_code(HOX_ERR_SYNTAX), 2);
    hox__text_deinit(&stream.text);
}

static void a_chart_climbs(void **unused)
{
    (void)unused;
    const double x[] = {0, 1, 2, 3}, y[] = {0.80, 0.85, 0.90, 0.90};
    hox__text out = {0};
    hox__chart(&out, x, y, 4, 3, 31, 0, true);
    assert_string_equal(hox__text_get(&out), "   0.90 |              .------\n"
                                             "   0.85 |       .------'\n"
                                             "   0.80 |-------'\n");
    hox__text_clear(&out);
    hox__chart(&out, x, y, 1, 3, 31, 0, true);
    hox__chart(&out, x, y, 4, 3, 12, 0, true);
    const double none[] = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    hox__chart(&out, x, none, 4, 3, 60, 0, true);
    assert_int_equal(out.len, 0);
    hox__text_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_is_what_it_says),
        cmocka_unit_test(a_narrow_terminal_says_what_it_left_out),
        cmocka_unit_test(an_empty_table_is_a_table),
        cmocka_unit_test(errors_have_their_parts_on_their_lines),
        cmocka_unit_test(a_chart_climbs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
