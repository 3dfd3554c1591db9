#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/io.h"
#include "base/json.h"
#include "base/number.h"
#include "base/proc.h"
#include "base/table.h"
#include "base/text.h"
#include "hoxtest.h"
#include <float.h>
#include <hox/rng.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static double read_back(const char *s)
{
    double v = NAN;
    bool integral;
    assert_int_equal(hox__number_read(s, strlen(s), &v, &integral), strlen(s));
    return v;
}

static void numbers_print_shortest_and_read_back(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } known[] = {{0.1, "0.1"},
                 {1, "1"},
                 {-3, "-3"},
                 {1e-5, "1e-5"},
                 {1e300, "1e300"},
                 {500000, "500000"},
                 {1.0 / 3, "0.3333333333333333"},
                 {0.30000000000000004, "0.30000000000000004"},
                 {123456789012345, "123456789012345"},
                 {5e-324, "5e-324"}};
    char s[HOX__NUMBER_MAX];
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        hox__number_print(known[i].value, s);
        if (known[i].value != 5e-324)
            assert_string_equal(s, known[i].text);
        assert_true(read_back(s) == known[i].value);
    }
    hox_rng rng = hox_rng_seed(11);
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = (uint64_t)hox_rng_u32(&rng) << 32 | hox_rng_u32(&rng);
        double v;
        memcpy(&v, &bits, sizeof v);
        if (!isfinite(v))
            continue;
        assert_true(hox__number_print(v, s) < HOX__NUMBER_MAX);
        assert_true(read_back(s) == v);
    }
}

static void numbers_stop_where_the_language_says(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t used;
        double value;
        bool integral;
    } cases[] = {{"1..3", 1, 1, true},         {"1.", 1, 1, true},        {".5", 0, 0, true},
                 {"500_000", 7, 500000, true}, {"1_", 1, 1, true},        {"2e", 1, 2, true},
                 {"2e-3x", 4, 2e-3, false},    {"-7", 2, -7, true},       {"-x", 0, 0, true},
                 {"1e+5", 4, 1e5, false},      {"3.25.1", 4, 3.25, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double v = 0;
        bool integral = false;
        assert_int_equal(hox__number_read(cases[i].text, strlen(cases[i].text), &v, &integral),
                         cases[i].used);
        if (cases[i].used) {
            assert_true(v == cases[i].value);
            assert_int_equal(integral, cases[i].integral);
        }
    }
}

static double ulps(double got, double want)
{
    return fabs(got - want) / (nextafter(fabs(want), HUGE_VAL) - fabs(want));
}

static void exp_and_log_are_within_two_units_in_the_last_place(void **state)
{
    (void)state;
    hox_rng rng = hox_rng_seed(3);
    for (int i = 0; i < 100000; i++) {
        const double x = 1400 * hox_rng_unit(&rng) - 700;
        assert_true(ulps(hox__exp(x), exp(x)) <= 2);
        const double y = exp(x);
        if (fabs(log(y)) > 1e-3)
            assert_true(ulps(hox__log(y), log(y)) <= 2);
    }
    assert_true(hox__exp(0) == 1 && hox__log(1) == 0);
    assert_true(isinf(hox__exp(1000)) && hox__exp(-1000) == 0);
    assert_true(isnan(hox__log(-1)) && isinf(hox__log(0)));
}

static void arenas_keep_their_limit_and_rewind(void **state)
{
    (void)state;
    hox__arena *arena = hox__arena_new(100000);
    char *first = hox__arena_copy(arena, "first", 5);
    const hox__arena_mark mark = hox__arena_here(arena);
    int given = 0;
    while (hox__arena_alloc(arena, 1, 1000))
        given++;
    assert_true(given >= 95 && given <= 100);
    hox__arena_rewind(arena, mark);
    assert_string_equal(first, "first");
    unsigned char *again = hox__arena_alloc(arena, 9000, 1);
    for (int i = 0; i < 9000; i++)
        assert_int_equal(again[i], 0);
    assert_null(hox__arena_alloc(arena, SIZE_MAX / 2, 4));
    assert_string_equal(hox__arena_printf(arena, "%d-%s", 7, "x"), "7-x");
    hox__arena_free(arena);
}

/* What is done again and again in an arena allocates nothing. */
static void an_arena_keeps_its_first_block(void **state)
{
    (void)state;
    hox__arena *arena = hox__arena_new(1 << 20);
    assert_non_null(hox__arena_alloc(arena, 100, 1));
    hox__alloc_fail_at(0, true);
    for (int i = 0; i < 1000; i++) {
        hox__arena_rewind(arena, (hox__arena_mark){0});
        assert_int_equal(hox__arena_bytes(arena), 0);
        assert_non_null(hox__arena_alloc(arena, 100, 1));
    }
    hox__alloc_fail_at(-1, false);
    hox__arena_free(arena);
}

static void allocation_fails_where_told(void **state)
{
    (void)state;
    hox__alloc_fail_at(1, false);
    void *a = hox__alloc(1, 1), *b = hox__alloc(1, 1), *c = hox__alloc(1, 1);
    assert_non_null(a);
    assert_null(b);
    assert_non_null(c);
    assert_int_equal(hox__alloc_failures(), 1);
    hox__alloc_fail_at(-1, false);
    hox__free(a);
    hox__free(c);
}

static void pages_are_zero_from_end_to_end(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 4097, 1 << 20, (3 << 20) + 5, (5 << 19) - 1, 9 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *p = hox__alloc_pages(sizes[i]);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 4096, 0);
        for (size_t k = 0; k < sizes[i]; k++)
            if (p[k] != 0)
                fail_msg("byte %zu of %zu", k, sizes[i]);
        memset(p, 1, sizes[i]);
        hox__free_pages(p, sizes[i]);
    }
    assert_null(hox__alloc_pages(SIZE_MAX));
    assert_null(hox__alloc_pages(SIZE_MAX / 4));
    hox__alloc_fail_at(0, false);
    assert_null(hox__alloc_pages(1));
    hox__alloc_fail_at(-1, false);
    hox__free_pages(NULL, 1);
}

/* A large block lies in one mapping, whatever was wished for its pages: the system moves only what
 * does, and else a block that grows is copied each time. */
static void large_blocks_are_one_mapping(void **state)
{
    const size_t bytes = (size_t)40 << 20;
    char *p = hox__realloc(hox__alloc(1, (size_t)20 << 20), 1, bytes), line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    bool whole = !maps;
    (void)state;
    assert_non_null(p);
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long long low, high;
        if (sscanf(line, "%llx-%llx", &low, &high) == 2)
            whole |= low <= (uintptr_t)p && (uintptr_t)p + bytes <= high;
    }
    if (maps)
        fclose(maps);
    assert_true(whole);
    hox__free(p);
}

static void tables_keep_order_and_survive_growth(void **state)
{
    (void)state;
    hox__table *t = hox__table_new();
    int value[1000];
    char key[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "k%d", i);
        assert_true(hox__table_puts(t, key, &value[i]));
    }
    for (int i = 0; i < 1000; i++) {
        const char *k;
        snprintf(key, sizeof key, "k%d", i);
        assert_ptr_equal(hox__table_gets(t, key), &value[i]);
        assert_ptr_equal(hox__table_at(t, (size_t)i, &k, NULL), &value[i]);
        assert_string_equal(k, key);
    }
    assert_null(hox__table_gets(t, "absent"));
    assert_true(hox__table_puts(t, "k5", &value[0]));
    assert_ptr_equal(hox__table_gets(t, "k5"), &value[0]);
    assert_int_equal(hox__table_count(t), 1000);
    hox__table_free(t);
}

static void nearest_names_are_near(void **state)
{
    (void)state;
    static const char *const names[] = {"conv", "dense", "maxpool", "avgpool"};
    assert_string_equal(hox__nearest("convv", names, 4), "conv");
    assert_string_equal(hox__nearest("desne", names, 4), "dense");
    assert_string_equal(hox__nearest("maxpol", names, 4), "maxpool");
    assert_string_equal(hox__nearest("MaxPool", names, 4), "maxpool");
    assert_null(hox__nearest("transformer", names, 4));
}

static void hostile_text_is_escaped(void **state)
{
    (void)state;
    hox__text t = {0};
    const char *evil = "a\x1b[31m\xff\xe2\x80\xae"
                       "b\n";
    hox__text_escaped(&t, evil, strlen(evil));
    assert_string_equal(hox__text_get(&t), "a\\x1b[31m\\xff\\u{202e}b\n");
    hox__text_deinit(&t);
}

static void json_is_well_formed(void **state)
{
    (void)state;
    hox__text t = {0};
    hox__json j = {.out = &t};
    hox__json_begin_object(&j, NULL);
    hox__json_int(&j, "v", 1);
    hox__json_text(&j, "s", "a\"\n\x01\xff");
    hox__json_number(&j, "x", 0.1);
    hox__json_number(&j, "nan", (double)NAN);
    hox__json_id(&j, "seed", UINT64_MAX);
    hox__json_begin_array(&j, "list");
    hox__json_bool(&j, NULL, true);
    hox__json_null(&j, NULL);
    hox__json_end_array(&j);
    hox__json_end_object(&j);
    assert_string_equal(hox__text_get(&t),
                        "{\"v\":1,\"s\":\"a\\\"\\n\\u0001\xef\xbf\xbd\",\"x\":0.1,\"nan\":null,"
                        "\"seed\":\"18446744073709551615\",\"list\":[true,null]}");
    hox__text_deinit(&t);
}

/* The messages of the standard's examples (NIST, SHA256.pdf) and the empty one; in one piece, and
 * in pieces that grow. The long one goes by the instructions of the processor where it has them,
 * its pieces do not. */
static void digest_matches_the_standard(void **state)
{
    (void)state;
    enum { LONG = 1000000 };
    char *a = malloc(LONG);
    memset(a, 'a', LONG);
    const struct {
        const char *message;
        size_t n;
        const char *digest;
    } example[] = {
        {"", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {a, LONG, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (size_t i = 0; i < sizeof example / sizeof example[0]; i++) {
        uint8_t out[HOX__DIGEST_BYTES];
        char hex[HOX__DIGEST_HEX];
        hox__digest_of(example[i].message, example[i].n, out);
        hox__digest_hex(out, hex);
        assert_string_equal(hex, example[i].digest);
        hox__digest *d = hox__digest_new();
        for (size_t at = 0, n = 0; at < example[i].n; at += n) {
            n = 1 + at % 199 < example[i].n - at ? 1 + at % 199 : example[i].n - at;
            hox__digest_add(d, example[i].message + at, n);
        }
        hox__digest_get(d, out);
        hox__digest_free(d);
        hox__digest_hex(out, hex);
        assert_string_equal(hex, example[i].digest);
    }
    free(a);
}

static void times_print_in_utc(void **state)
{
    (void)state;
    char s[HOX__TIME_TEXT];
    hox__time_print(0, s);
    assert_string_equal(s, "1970-01-01T00:00:00.000Z");
    hox__time_print(INT64_C(951782400123), s);
    assert_string_equal(s, "2000-02-29T00:00:00.123Z");
    hox__time_print(INT64_MAX, s);
    assert_int_equal(strlen(s), 24);
}

static void files_are_replaced_whole(void **state)
{
    (void)state;
    char folder[] = "/tmp/hox-test-XXXXXX", path[64], *data;
    size_t n;
    hox_error err = {0};
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a/b", folder);
    assert_int_equal(hox__make_directories(path, &err), HOX_OK);
    snprintf(path, sizeof path, "%s/a/b/file", folder);
    assert_int_equal(hox__file_write(path, "one", 3, &err), HOX_OK);
    assert_int_equal(hox__file_write(path, "three", 5, &err), HOX_OK);
    assert_int_equal(hox__file_read(path, 5, &data, &n, &err), HOX_OK);
    assert_string_equal(data, "three");
    hox__free(data);
    assert_int_equal(hox__file_read(path, 4, &data, &n, &err), HOX_ERR_DATA);
    assert_int_equal(hox__remove_tree(folder, NULL), HOX_OK);
    assert_false(hox__file_exists(folder));
    err = (hox_error){0};
    assert_int_equal(hox__file_write(path, "x", 1, &err), HOX_ERR_IO);
    assert_non_null(strstr(err.message, path));
}

static int speak(int fd, void *ctx)
{
    (void)ctx;
    dprintf(fd, "hello\nworld\n");
    return 7;
}

static int crash(int fd, void *ctx)
{
    (void)fd;
    (void)ctx;
    raise(SIGSEGV);
    return 0;
}

static void collect(void *ctx, const char *s, size_t n)
{
    hox__text_add(ctx, s, n);
    hox__text_putc(ctx, '|');
}

static hox__child_end run_child(int (*child_main)(int, void *), hox__text *heard)
{
    hox__child child;
    hox__child_end end;
    assert_int_equal(hox__child_fork(child_main, NULL, &(hox__child_options){0}, &child, NULL),
                     HOX_OK);
    hox__lines *lines = hox__lines_new(child.fd, 100);
    while (hox__lines_read(lines, collect, heard))
        hox__wait(&child.fd, 1, 1);
    while (!hox__child_ended(&child, &end))
        hox__wait(NULL, 0, 0.001);
    hox__lines_free(lines);
    hox__child_close(&child);
    return end;
}

static void children_report_and_end(void **state)
{
    (void)state;
    hox__text heard = {0};
    hox__child_end end = run_child(speak, &heard);
    assert_true(end.exited && end.code == 7);
    assert_string_equal(hox__text_get(&heard), "hello|world|");
    end = run_child(crash, &heard);
    assert_true(!end.exited && end.signal == SIGSEGV);
    hox__text_deinit(&heard);
    assert_true(hox__process_start(hox__pid()) > 0);
    assert_true(hox__cores() >= 1 && hox__memory_bytes() > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_blocks_are_one_mapping),
        cmocka_unit_test(numbers_print_shortest_and_read_back),
        cmocka_unit_test(numbers_stop_where_the_language_says),
        cmocka_unit_test(exp_and_log_are_within_two_units_in_the_last_place),
        cmocka_unit_test(arenas_keep_their_limit_and_rewind),
        cmocka_unit_test(an_arena_keeps_its_first_block),
        cmocka_unit_test(allocation_fails_where_told),
        cmocka_unit_test(pages_are_zero_from_end_to_end),
        cmocka_unit_test(tables_keep_order_and_survive_growth),
        cmocka_unit_test(nearest_names_are_near),
        cmocka_unit_test(hostile_text_is_escaped),
        cmocka_unit_test(json_is_well_formed),
        cmocka_unit_test(digest_matches_the_standard),
        cmocka_unit_test(times_print_in_utc),
        cmocka_unit_test(files_are_replaced_whole),
        cmocka_unit_test(children_report_and_end),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
