/* Events packed into blobs come back as they were, and no bytes but those of an event are one. */
#include "base/alloc.h"
#include "hoxtest.h"
#include "study/store_event.h"
#include <math.h>
#include <string.h>

static hox__arena *arena;

static hox__event there_and_back(const hox__event *e, size_t *n)
{
    hox__event out;
    hox__text said = {0};
    hox__event_pack(e, &said);
    *n = said.len;
    assert_int_equal(
        hox__event_unpack(hox__event_code_of(e->type), said.data, said.len, arena, &out), HOX_OK);
    hox__text_deinit(&said);
    return out;
}

static void what_is_asked_comes_back(void **state)
{
    static const char *const walk[] = {
        "0.8273800167445479;0.9123590800815127;0.0004388111515193927;85;2",
        "3",
        "-1e-5;10.5;0.5;00.;.;",
        "a;b",
        "0",
        ";;0.0.0",
        "1e-300;5e-324"};
    (void)state;
    for (size_t i = 0; i < sizeof walk / sizeof *walk; i++) {
        size_t n;
        const hox__event e = {
            .type = "trial.ask",
            .walk = walk[i],
            .key = i ? "6431213520409119179aaaa0000000000000000000000000000000000000ffff"
                     : "not a key",
            .seed = UINT64_MAX - i,
            .budget = i ? 27 : 0.3,
            .cpu_s = 5.9613001212710515e-05,
            .repeat_of = i ? -1 : 12345678901,
            .params = 1LL << 40,
            .flops = 1e12,
            .reason = "random",
        };
        const hox__event out = there_and_back(&e, &n);
        assert_string_equal(out.type, e.type);
        assert_string_equal(out.walk, e.walk);
        assert_string_equal(out.key, e.key);
        assert_string_equal(out.reason, e.reason);
        assert_true(out.seed == e.seed && out.budget == e.budget && out.cpu_s == e.cpu_s);
        assert_true(out.repeat_of == e.repeat_of && out.params == e.params && out.flops == e.flops);
        assert_true(isnan(out.value) && out.epochs == 0 && !*out.metrics);
    }
}

static void numbers_come_back(void **state)
{
    static const double number[] = {0,          -0.0,  1,      -1,       0.5,       1e9, 999999999,
                                    -999999999, 1e300, 5e-324, INFINITY, -INFINITY, NAN};
    (void)state;
    for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
        size_t n;
        const hox__event e = {.type = "trial.end",
                              .state = i ? "done" : "another word",
                              .detail = "exit 1",
                              .value = number[i],
                              .metrics = "{}",
                              .violation = number[i],
                              .memory_bytes = -(int64_t)i};
        const hox__event out = there_and_back(&e, &n);
        assert_memory_equal(&out.value, &e.value, sizeof e.value);
        assert_memory_equal(&out.violation, &e.violation, sizeof e.value);
        assert_string_equal(out.state, e.state);
        assert_string_equal(out.detail, e.detail);
        assert_int_equal(out.memory_bytes, e.memory_bytes);
    }
}

static void leases_are_short(void **state)
{
    size_t n;
    (void)state;
    const hox__event e = {.type = "trial.start",
                          .detail = "01234567-89ab-cdef-0123-456789abcdef 0011223344556677",
                          .lease_ms = 123456789};
    const hox__event out = there_and_back(&e, &n);
    assert_string_equal(out.detail, e.detail);
    assert_int_equal(out.lease_ms, e.lease_ms);
    assert_true(n < 32);
}

/* Cut anywhere, changed anywhere: an event, or none, but never beyond the bytes. */
static void other_bytes_are_bounded(void **state)
{
    hox__text said = {0};
    hox__event out;
    (void)state;
    hox__event_pack(&(hox__event){.type = "trial.ask",
                                  .walk = "0.25;0.125;7",
                                  .reason = "random",
                                  .seed = 9,
                                  .repeat_of = -1},
                    &said);
    for (size_t cut = 0; cut <= said.len; cut++) {
        char *copy = hox__alloc(cut, 1);
        memcpy(copy, said.data, cut);
        hox__event_unpack(HOX__TRIAL_ASK, copy, cut, arena, &out);
        for (int byte = 0; byte < 256 && cut > 0; byte++) {
            copy[cut - 1] = (char)byte;
            hox__event_unpack(HOX__TRIAL_ASK, copy, cut, arena, &out);
            hox__event_unpack(byte, copy, cut, arena, &out);
        }
        hox__free(copy);
    }
    assert_int_equal(hox__event_unpack(0, "", 0, arena, &out), HOX_ERR_DATA);
    assert_int_equal(hox__event_unpack(HOX__TRIAL_ASK, "\xff", 1, arena, &out), HOX_ERR_DATA);
    assert_int_equal(hox__event_unpack(HOX__TRIAL_ASK, "\x06\x7fxy", 4, arena, &out), HOX_ERR_DATA);
    hox__text_deinit(&said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_comes_back),
        cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(leases_are_short),
        cmocka_unit_test(other_bytes_are_bounded),
    };
    arena = hox__arena_new((size_t)1 << 26);
    const int failed = arena ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
    hox__arena_free(arena);
    return failed;
}
