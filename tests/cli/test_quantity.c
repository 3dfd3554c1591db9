/* Quantities of the command line: known answers, and what is refused with which hint. */
#include "base/text.h"
#include "cli/quantity.h"
#include "hoxtest.h"
#include <stdio.h>
#include <string.h>

static void durations_add_their_parts(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        double seconds;
    } known[] = {{"30s", 30},    {"2m", 120},   {"1h30m", 5400}, {"500ms", 0.5},
                 {"1.5h", 5400}, {"1d", 86400}, {"0s", 0},       {"1m30s", 90}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double seconds = -1;
        assert_int_equal(hox__quantity_duration(known[i].text, &seconds, NULL), HOX_OK);
        assert_true(seconds == known[i].seconds);
    }
}

static void a_bare_duration_names_its_units(void **unused)
{
    (void)unused;
    hox_error err = {0};
    double seconds = 7;
    assert_int_equal(hox__quantity_duration("30", &seconds, &err), HOX_ERR_ARGUMENT);
    assert_non_null(strstr(err.message, "`30s`"));
    assert_true(seconds == 7);
    static const char *const bad[] = {"", "s", "3x", "30s5", "-3s", "1e999h", "3 s", "ms", "1h30"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(hox__quantity_duration(bad[i], &seconds, NULL), HOX_ERR_ARGUMENT);
}

static void counts_take_factors(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        int64_t n;
    } known[] = {{"0", 0},       {"12", 12},          {"2k", 2000},  {"3M", 3000000},
                 {"1.5k", 1500}, {"2Gi", 2147483648}, {"4Ki", 4096}, {"1_000", 1000}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int64_t n = -1;
        assert_int_equal(hox__quantity_int(known[i].text, &n, NULL), HOX_OK);
        assert_int_equal(n, known[i].n);
    }
    static const char *const bad[] = {"", "k", "1.5", "3K", "2GB", "abc", "1e30", "0x10", "1 k"};
    int64_t n;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(hox__quantity_int(bad[i], &n, NULL), HOX_ERR_ARGUMENT);
}

static void seeds_are_64_bits(void **unused)
{
    (void)unused;
    uint64_t seed = 1;
    assert_int_equal(hox__quantity_seed("18446744073709551615", &seed, NULL), HOX_OK);
    assert_true(seed == UINT64_MAX);
    assert_int_equal(hox__quantity_seed("18446744073709551616", &seed, NULL), HOX_ERR_ARGUMENT);
    assert_int_equal(hox__quantity_seed("-1", &seed, NULL), HOX_ERR_ARGUMENT);
    assert_int_equal(hox__quantity_seed("", &seed, NULL), HOX_ERR_ARGUMENT);
    assert_true(seed == UINT64_MAX);
}

static const char *printed(void (*print)(hox__text *, double), double value, char out[64])
{
    hox__text text = {0};
    print(&text, value);
    snprintf(out, 64, "%s", hox__text_get(&text));
    hox__text_deinit(&text);
    return out;
}

static void grouped(hox__text *out, double value)
{
    hox__print_grouped(out, (int64_t)value);
}

static void figures_print_as_people_write_them(void **unused)
{
    (void)unused;
    char s[64];
    assert_string_equal(printed(hox__print_duration, 47.2, s), "0:47");
    assert_string_equal(printed(hox__print_duration, 3723, s), "1:02:03");
    assert_string_equal(printed(hox__print_bytes, 217088, s), "212 KiB");
    assert_string_equal(printed(hox__print_bytes, 12, s), "12 B");
    assert_string_equal(printed(grouped, 60000, s), "60 000");
    assert_string_equal(printed(grouped, -1234567, s), "-1 234 567");
    assert_string_equal(printed(grouped, 999, s), "999");
    assert_string_equal(printed(hox__print_power, 9.6, s), "4e9");
    assert_string_equal(printed(hox__print_power, 9.99, s), "1e10");
    assert_string_equal(printed(hox__print_power, 2, s), "100");
    assert_string_equal(printed(hox__print_score, 0.91234, s), "0.9123");
    assert_string_equal(printed(hox__print_score, 0.0000123, s), "1.23e-05");
}

static void widths_count_columns(void **unused)
{
    (void)unused;
    assert_int_equal(hox__width("abc", 3), 3);
    assert_int_equal(hox__width("\xc3\xa9", 2), 1);         /* e acute */
    assert_int_equal(hox__width("e\xcc\x81", 3), 1);        /* e and a combining acute */
    assert_int_equal(hox__width("\xe6\xbc\xa2", 3), 2);     /* a Chinese character */
    assert_int_equal(hox__width("\xf0\x9f\x98\x80", 4), 2); /* a face */
    assert_int_equal(hox__width_cut("a\xe6\xbc\xa2z", 5, 2), 1);
    assert_int_equal(hox__width_cut("a\xe6\xbc\xa2z", 5, 3), 4);
    assert_int_equal(hox__width_cut("abc", 3, 10), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_add_their_parts),
        cmocka_unit_test(a_bare_duration_names_its_units),
        cmocka_unit_test(counts_take_factors),
        cmocka_unit_test(seeds_are_64_bits),
        cmocka_unit_test(figures_print_as_people_write_them),
        cmocka_unit_test(widths_count_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
