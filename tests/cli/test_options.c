/* The parser over tables of options: every way to write a flag, and every mistake with its hint. */
#include "cli/options.h"
#include "hoxtest.h"
#include <stdio.h>
#include <string.h>

static const hox__option own[] = {
    {"trials", 'n', HOX__OPTION_INT, 0, "N", "", NULL, NULL},
    {"time", 't', HOX__OPTION_DURATION, 0, "DUR", "", NULL, NULL},
    {"target", 0, HOX__OPTION_REAL, 0, "V", "", NULL, NULL},
    {"keep-going", 0, HOX__OPTION_FLAG, 0, NULL, "", NULL, NULL},
    {"where", 0, HOX__OPTION_TEXT, HOX__OPTION_REPEAT, "TEST", "", NULL, NULL},
    {"output", 'o', HOX__OPTION_TEXT, HOX__OPTION_NO_ENV, "FILE", "", NULL, NULL},
    {0},
};
static const hox__option common[] = {
    {"format", 'f', HOX__OPTION_WORD, 0, "table|tsv|csv", "", NULL, NULL},
    {"quiet", 'q', HOX__OPTION_COUNT, 0, NULL, "", NULL, NULL},
    {"verbose", 'v', HOX__OPTION_COUNT, 0, NULL, "", NULL, NULL},
    {"seed", 0, HOX__OPTION_SEED, 0, "N", "", NULL, NULL},
    {0},
};

enum { WORDS_MAX = 16 };

/* Splits at single spaces; the words live in `line`. */
static hox_status parsed(hox__args *args, char *line, hox_error *err)
{
    char *argv[WORDS_MAX];
    int argc = 0;
    for (char *p = line; p; p = strchr(p, ' ') ? strchr(p, ' ') + 1 : NULL)
        argv[argc++] = p;
    for (char *p = line; *p; p++)
        if (*p == ' ')
            *p = '\0';
    hox__args_init(args, "search", own, common);
    return hox__args_parse(args, argc, argv, false, NULL, err);
}

static void every_way_to_write_a_flag(void **unused)
{
    (void)unused;
    static const char *const ways[] = {"--trials 6 x", "--trials=6 x", "-n 6 x",   "-n6 x",
                                       "x -n 6",       "-n 5 -n 6 x",  "-qn6 x -q"};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        char line[64];
        hox__args args;
        snprintf(line, sizeof line, "%s", ways[i]);
        assert_int_equal(parsed(&args, line, NULL), HOX_OK);
        assert_int_equal(hox__args_int(&args, "trials", 0), 6);
        assert_int_equal(args.positionals, 1);
        assert_string_equal(args.positional[0], "x");
        hox__args_deinit(&args);
    }
}

static void booleans_counts_and_repeats(void **unused)
{
    (void)unused;
    hox__args args;
    char line[] = "--keep-going -qqv --where a=1 --where b=2 --no-keep-going -- --trials";
    assert_int_equal(parsed(&args, line, NULL), HOX_OK);
    assert_true(hox__args_get(&args, "keep-going")->given);
    assert_false(hox__args_flag(&args, "keep-going"));
    assert_int_equal(hox__args_get(&args, "quiet")->count, 2);
    assert_int_equal(hox__args_get(&args, "verbose")->count, 1);
    assert_int_equal(args.repeats, 2);
    assert_string_equal(args.repeated[1], "b=2");
    assert_true(args.dashes);
    assert_string_equal(args.positional[0], "--trials");
    hox__args_deinit(&args);
}

static void values_may_begin_with_a_dash(void **unused)
{
    (void)unused;
    hox__args args;
    char line[] = "--target -0.5 -o - --where -value";
    assert_int_equal(parsed(&args, line, NULL), HOX_OK);
    assert_true(hox__args_real(&args, "target", 0) == -0.5);
    assert_string_equal(hox__args_text(&args, "output", ""), "-");
    assert_string_equal(args.repeated[0], "-value");
    hox__args_deinit(&args);
}

static void mistakes_say_the_way_out(void **unused)
{
    (void)unused;
    static const struct {
        const char *line, *says;
    } known[] = {
        {"--trial 6", "flags are not abbreviated\nwrite `--trials`"},
        {"--trails 6", "did you mean `--trials`?"},
        {"--xyzzy", "`hox search --help-all`"},
        {"-x", "unknown flag `-x`"},
        {"--trials", "the value is missing"},
        {"--trials --time 3s", "the value is missing"},
        {"-n -t 3s", "the value is missing"},
        {"--trials=abc", "`abc` is not a number"},
        {"-n 1.5", "not a whole number"},
        {"-n -4", "negative"},
        {"-t 30", "write `30s`"},
        {"--keep-going=yes", "takes no value"},
        {"--no-trials", "unknown flag `--no-trials`"},
        {"-f xml", "`xml` is none of table|tsv|csv"},
        {"-f ta", "`ta` is none of"},
        {"--output=", "the value is empty"},
        {"--seed -1", "is not a seed"},
        {"--tag x", "not in this version"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char line[64];
        hox__args args;
        hox_error err = {0};
        snprintf(line, sizeof line, "%s", known[i].line);
        assert_int_equal(parsed(&args, line, &err), HOX_ERR_ARGUMENT);
        if (!strstr(err.message, known[i].says))
            fail_msg("%s: %s", known[i].line, err.message);
        hox__args_deinit(&args);
    }
}

/* No prefix of a flag is a flag: what is accepted today stays what it means. */
static void no_prefix_is_accepted(void **unused)
{
    (void)unused;
    for (const hox__option *o = own; o->name; o++)
        for (size_t n = 1; n < strlen(o->name); n++) {
            char line[64];
            hox__args args;
            snprintf(line, sizeof line, "--%.*s=1", (int)n, o->name);
            assert_int_equal(parsed(&args, line, NULL), HOX_ERR_ARGUMENT);
            hox__args_deinit(&args);
        }
}

static const char *environment(const char *name)
{
    return strcmp(name, "HOX_TRIALS") == 0       ? "12"
           : strcmp(name, "HOX_KEEP_GOING") == 0 ? "yes"
           : strcmp(name, "HOX_OUTPUT") == 0     ? "never"
                                                 : NULL;
}

static const char *bad_environment(const char *name)
{
    return strcmp(name, "HOX_TIME") == 0 ? "30" : NULL;
}

static void the_environment_stands_behind_flags(void **unused)
{
    (void)unused;
    hox__args args;
    hox_error err = {0};
    char none[] = "x", given[] = "-n 3";
    assert_int_equal(parsed(&args, none, NULL), HOX_OK);
    assert_int_equal(hox__args_environment(&args, environment, NULL), HOX_OK);
    assert_int_equal(hox__args_int(&args, "trials", 0), 12);
    assert_true(hox__args_flag(&args, "keep-going"));
    assert_null(hox__args_text(&args, "output", NULL));
    hox__args_deinit(&args);
    assert_int_equal(parsed(&args, given, NULL), HOX_OK);
    assert_int_equal(hox__args_environment(&args, environment, NULL), HOX_OK);
    assert_int_equal(hox__args_int(&args, "trials", 0), 3);
    assert_int_equal(hox__args_environment(&args, bad_environment, &err), HOX_ERR_ARGUMENT);
    assert_non_null(strstr(err.message, "HOX_TIME"));
    hox__args_deinit(&args);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_write_a_flag),
        cmocka_unit_test(booleans_counts_and_repeats),
        cmocka_unit_test(values_may_begin_with_a_dash),
        cmocka_unit_test(mistakes_say_the_way_out),
        cmocka_unit_test(no_prefix_is_accepted),
        cmocka_unit_test(the_environment_stands_behind_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
