/* Arrays: headers, types, orders, what shapes mean; zips. Files are made here, byte by byte. */
#include "base/alloc.h"
#include "data/arrays.h"
#include "files.h"
#include <math.h>
#include <zlib.h>

/* A file of version 1 with the dictionary `dict` and the elements behind. */
static size_t npy(uint8_t *out, const char *dict, const void *elements, size_t n)
{
    size_t header = 10 + strlen(dict) + 1;
    header += (64 - header % 64) % 64;
    memset(out, ' ', header);
    memcpy(out, "\x93NUMPY\1\0", 8);
    out[8] = (uint8_t)(header - 10);
    out[9] = (uint8_t)((header - 10) >> 8);
    memcpy(out + 10, dict, strlen(dict));
    out[header - 1] = '\n';
    memcpy(out + header, elements, n);
    return header + n;
}

static hox__bytes bytes_of(const uint8_t *data, size_t n)
{
    return (hox__bytes){.name = "a.npy", .data = data, .n = n};
}

static void elements_are_numbers_of_any_type(void **state)
{
    (void)state;
    static const struct {
        const char *dict, *bytes;
        size_t n;
        double want[4];
    } table[] = {
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }",
         "\1\2\3\377",
         4,
         {1, 2, 3, 255}},
        {"{'descr': '|i1', 'fortran_order': False, 'shape': (2, 2)}",
         "\1\2\3\377",
         4,
         {1, 2, 3, -1}},
        {"{'descr': '<i2', 'fortran_order': False, 'shape': (4,), }",
         "\1\0\2\0\0\1\376\377",
         8,
         {1, 2, 256, -2}},
        {"{'descr': '>u2', 'fortran_order': False, 'shape': (4,), }",
         "\0\1\0\2\1\0\377\376",
         8,
         {1, 2, 256, 65534}},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }",
         "\0\0\200\77\0\0\0\100\0\0\100\100\0\0\200\100",
         16,
         {1, 3, 2, 4}},
        {"{\"shape\": (4,), \"descr\": \"|b1\", \"fortran_order\": False}",
         "\0\1\0\1",
         4,
         {0, 1, 0, 1}},
        {"{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }",
         "\77\370\0\0\0\0\0\0",
         8,
         {1.5}},
    };
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        uint8_t data[300];
        hox__bytes b = bytes_of(data, npy(data, table[k].dict, table[k].bytes, table[k].n));
        hox__npy a;
        hox_error err = {0};
        if (hox__npy_read(&b, &a, &err) != HOX_OK)
            fail_msg("%s: %s", table[k].dict, err.message);
        for (int64_t i = 0; i < a.count; i++)
            assert_true(hox__npy_at(&a, i) == table[k].want[i]);
    }
}

static void damaged_arrays_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 1, 1, 1), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (281474976710656, 281474976710656), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (4,), }",
        "{'descr': '<U4', 'fortran_order': False, 'shape': (4,), }",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,), }",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (4,), }",
        "{'descr': '<f4', 'shape': (4,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 4}",
        "nothing"};
    uint8_t data[400];
    hox__npy a;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        hox_error err = {0};
        hox__bytes b = bytes_of(data, npy(data, bad[k], "0123456789abcdef", 16));
        if (hox__npy_read(&b, &a, &err) != HOX_ERR_DATA)
            fail_msg("%s was read", bad[k]);
        assert_non_null(strstr(err.message, "a.npy: byte "));
    }
    const size_t n = npy(data, "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }",
                         "0123456789abcdef", 16);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = malloc(cut + 1); /* ASan sees one byte too many */
        memcpy(exact, data, cut);
        hox__bytes b = bytes_of(exact, cut);
        assert_int_equal(hox__npy_read(&b, &a, NULL), HOX_ERR_DATA);
        free(exact);
    }
}

static hox__npy array_of(const char *dict, const void *elements, size_t n, uint8_t *data)
{
    hox__bytes b = bytes_of(data, npy(data, dict, elements, n));
    hox__npy a;
    assert_int_equal(hox__npy_read(&b, &a, NULL), HOX_OK);
    return a;
}

static void shapes_say_what_they_are(void **state)
{
    (void)state;
    uint8_t one[400], two[400], pixel[24];
    for (int i = 0; i < 24; i++)
        pixel[i] = (uint8_t)i;
    const int32_t label[] = {1, 0};
    const float value[] = {1.5F, -2};
    hox__npy x = array_of("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 2, 3), }",
                          pixel, 24, one);
    hox__npy y =
        array_of("{'descr': '<i4', 'fortran_order': False, 'shape': (2, 1), }", label, 8, two);
    hox__arrays_options o = {0};
    hox__examples *e = NULL;
    assert_int_equal(hox__arrays_examples(&x, &y, &o, NULL, &e, NULL), HOX_OK);
    assert_int_equal(e->kind, HOX__IMAGES);
    assert_int_equal(e->channels, 3);
    assert_int_equal(e->classes, 2);
    assert_int_equal(e->labels[0], 1);
    assert_int_equal(e->pixels[1], 3); /* red of the second pixel */
    assert_int_equal(e->pixels[12 + 4], 13);
    hox__examples_free(e);
    x = array_of("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 12), }", pixel, 24, one);
    y = array_of("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", value, 8, two);
    assert_int_equal(hox__arrays_examples(&x, &y, &o, NULL, &e, NULL), HOX_OK);
    assert_int_equal(e->kind, HOX__FEATURES);
    assert_int_equal(e->numbers, 12);
    assert_int_equal(e->target, HOX__VALUE);
    assert_true(e->values[1] == -2 && e->number[13] == 13);
    hox__encoder *encoder = NULL;
    assert_int_equal(hox__encoder_fit(e, NULL, 0, &encoder, NULL), HOX_OK);
    assert_int_equal(hox__encoder_describe(encoder)->features, 12);
    hox__encoder_free(encoder);
    hox__examples_free(e);
    o.tokens = true;
    assert_int_equal(hox__arrays_examples(&x, &y, &o, NULL, &e, NULL), HOX_OK);
    assert_int_equal(e->kind, HOX__TOKENS);
    assert_int_equal(e->vocabulary, 24);
    assert_int_equal(e->length, 12);
    hox__examples_free(e);
}

/* Images of floats are standardized by channel, and changed like those of bytes. */
static void images_of_floats(void **state)
{
    (void)state;
    uint8_t data[600];
    float pixel[2 * 2 * 2 * 2];
    for (int i = 0; i < 16; i++)
        pixel[i] = (float)(i % 2 ? 100 : i);
    hox__npy x = array_of("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 2, 2), }",
                          pixel, sizeof pixel, data);
    hox__examples *e = NULL;
    hox__encoder *encoder = NULL;
    hox_error err = {0};
    assert_int_equal(hox__arrays_examples(&x, NULL, &(hox__arrays_options){0}, NULL, &e, &err),
                     HOX_OK);
    assert_int_equal(hox__encoder_fit(e, NULL, 0, &encoder, NULL), HOX_OK);
    const int64_t rows[] = {0, 1};
    float out[16];
    hox__encoder_fill(encoder, e, rows, 2, NULL, NULL, 0, &(hox__batch){.x = out});
    const float deviation = sqrtf(21);
    for (int i = 0; i < 4; i++) { /* 0, 2 .. 14 have mean 7 and variance 21; 100 does not vary */
        assert_true(fabsf(out[i] - ((float)(2 * i) - 7) / deviation) < 1e-5F);
        assert_true(fabsf(out[4 + i]) < 1e-5F);
    }
    hox__encoder_free(encoder);
    hox__examples_free(e);
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, unsigned v)
{
    put16(p, v);
    put16(p + 2, v >> 16);
}

/* A zip of two members, the second deflated. */
static size_t zip(uint8_t *out, const char *const *name, uint8_t *const *member, const size_t *size)
{
    uint8_t directory[400];
    size_t n = 0, d = 0;
    for (int i = 0; i < 2; i++) {
        uint8_t packed[1000];
        size_t m = size[i];
        memcpy(packed, member[i], m);
        if (i == 1) {
            z_stream z = {.next_in = member[i],
                          .avail_in = (uInt)m,
                          .next_out = packed,
                          .avail_out = sizeof packed};
            assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
            assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
            m = z.total_out;
            deflateEnd(&z);
        }
        uint8_t *c = directory + d;
        const size_t len = strlen(name[i]);
        memset(c, 0, 46);
        memcpy(c, "PK\1\2", 4);
        put16(c + 10, i ? 8 : 0);
        put32(c + 16, (unsigned)crc32(0, member[i], (uInt)size[i]));
        put32(c + 20, (unsigned)m);
        put32(c + 24, (unsigned)size[i]);
        put16(c + 28, (unsigned)len);
        put32(c + 42, (unsigned)n);
        memcpy(c + 46, name[i], len);
        d += 46 + len;
        memset(out + n, 0, 30);
        memcpy(out + n, "PK\3\4", 4);
        put16(out + n + 26, (unsigned)len);
        memcpy(out + n + 30, name[i], len);
        memcpy(out + n + 30 + len, packed, m);
        n += 30 + len + m;
    }
    memcpy(out + n, directory, d);
    uint8_t *end = out + n + d;
    memset(end, 0, 22);
    memcpy(end, "PK\5\6", 4);
    put16(end + 10, 2);
    put32(end + 12, (unsigned)d);
    put32(end + 16, (unsigned)n);
    return n + d + 22;
}

static size_t make_zip(uint8_t *out)
{
    static uint8_t x[400], y[400];
    const float in[] = {1, 2, 3, 4, 5, 6};
    const int64_t truth[] = {0, 2, 1};
    static const char *const names[] = {"x_train.npy", "y_train.npy"};
    uint8_t *const member[] = {x, y};
    const size_t size[] = {
        npy(x, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }", in, sizeof in),
        npy(y, "{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }", truth, sizeof truth)};
    return zip(out, names, member, size);
}

static void zips_hold_a_set(void **state)
{
    (void)state;
    uint8_t data[3000];
    const size_t n = make_zip(data);
    hox__dataset *d = NULL;
    hox_error err = {0};
    const char *path = file_put("set.npz", data, n);
    if (hox__dataset_open(SOURCE_TERM("npy", "name", path), NULL, &d, &err) != HOX_OK)
        fail_msg("%s", err.message);
    const hox__examples *e = hox__dataset_training(d);
    assert_int_equal(e->n, 3);
    assert_int_equal(e->classes, 3);
    assert_int_equal(e->labels[1], 2);
    assert_true(e->number[5] == 6);
    hox__dataset_free(d);
}

/* Cut anywhere, or with any byte another one: read or refused, never more. */
static void damaged_zips_are_refused(void **state)
{
    (void)state;
    uint8_t data[3000];
    const size_t n = make_zip(data);
    for (size_t k = 0; k < 2 * n; k++) {
        const size_t len = k < n ? k : n;
        uint8_t *exact = malloc(len + 1);
        memcpy(exact, data, len);
        if (k >= n)
            exact[k - n] ^= 0x55;
        const hox__bytes b = {.name = "a.npz", .data = exact, .n = len};
        hox__zip_member m;
        hox_status s = HOX_OK;
        for (int i = 0; s == HOX_OK; i++) {
            hox__bytes member = {0};
            hox_error err = {0};
            s = hox__zip_get(&b, i, &m, &err);
            if (s == HOX_OK)
                s = hox__zip_read(&b, &m, &member, &err);
            assert_true(s == HOX_OK || s == HOX_DONE || err.message[0]);
            hox__bytes_free(&member);
        }
        assert_true(k >= n || s == HOX_ERR_DATA);
        free(exact);
    }
}

static void memory_may_be_short(void **state)
{
    (void)state;
    uint8_t data[3000];
    const char *path = file_put("set.npz", data, make_zip(data));
    for (int64_t k = 0;; k++) {
        hox__dataset *d = NULL;
        hox_error err = {0};
        hox__alloc_fail_at(k, true);
        const hox_status s = hox__dataset_open(SOURCE_TERM("npy", "name", path), NULL, &d, &err);
        const bool done = hox__alloc_failures() == 0;
        hox__alloc_fail_at(-1, false);
        assert_int_equal(s == HOX_OK, done);
        hox__dataset_free(d);
        if (done)
            break;
        assert_true(k < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_numbers_of_any_type),
        cmocka_unit_test(damaged_arrays_are_refused),
        cmocka_unit_test(shapes_say_what_they_are),
        cmocka_unit_test(images_of_floats),
        cmocka_unit_test(zips_hold_a_set),
        cmocka_unit_test(damaged_zips_are_refused),
        cmocka_unit_test(memory_may_be_short),
    };
    return cmocka_run_group_tests(tests, files_begin, files_end);
}
