/* Data sets: reading, refusing, splitting, batches. Files are made here, byte by byte. */
#include "base/alloc.h"
#include "data/reader.h"
#include "hoxtest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { N = 20, H = 3, W = 2 };

static char folder[64];

static void put32(uint8_t *at, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(x >> (24 - 8 * i));
}

static size_t idx_images(uint8_t *out, uint32_t n)
{
    put32(out, 0x00000803);
    put32(out + 4, n);
    put32(out + 8, H);
    put32(out + 12, W);
    for (uint32_t i = 0; i < n * H * W; i++)
        out[16 + i] = (uint8_t)(7 * i);
    return 16 + (size_t)n * H * W;
}

static size_t idx_labels(uint8_t *out, uint32_t n)
{
    put32(out, 0x00000801);
    put32(out + 4, n);
    for (uint32_t i = 0; i < n; i++)
        out[8 + i] = (uint8_t)(i % 2);
    return 8 + n;
}

static const char *path_of(const char *name)
{
    static char path[4][200];
    static int k;
    char *p = path[k++ & 3];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static const char *write_file(const char *name, const uint8_t *data, size_t n)
{
    FILE *f = fopen(path_of(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    fclose(f);
    return path_of(name);
}

static const char *write_gzip(const char *name, const uint8_t *data, size_t n)
{
    gzFile f = gzopen(path_of(name), "wb");
    assert_non_null(f);
    assert_int_equal(gzwrite(f, data, (unsigned)n), (int)n);
    gzclose(f);
    return path_of(name);
}

static hox__images *open_ok(const char *images, const char *labels)
{
    hox_error err = {0};
    hox__images *set = NULL;
    if (hox__images_open(images, labels, &set, &err) != HOX_OK)
        print_error("%s\n", err.message);
    assert_non_null(set);
    return set;
}

static void idx_reads_plain_and_gzip(void **state)
{
    (void)state;
    uint8_t a[200], b[200];
    size_t n = idx_images(a, N), m = idx_labels(b, N);
    for (int gzip = 0; gzip < 2; gzip++) {
        hox__images *set = gzip ? open_ok(write_gzip("i.gz", a, n), write_gzip("l.gz", b, m))
                                : open_ok(write_file("i", a, n), write_file("l", b, m));
        assert_int_equal(set->n, N);
        assert_int_equal(set->height, H);
        assert_int_equal(set->width, W);
        assert_int_equal(set->channels, 1);
        assert_int_equal(set->classes, 2);
        assert_memory_equal(set->pixels, a + 16, N * H * W);
        assert_int_equal(set->labels[3], 1);
        hox__images_free(set);
    }
}

/* Pages of its own hold what a large file inflates to, and the images stay there; a file whose end
 * lies about its length, and one cut short, are told apart. */
static void large_gzip_is_used_where_it_was_inflated(void **state)
{
    (void)state;
    enum { MANY = 500000 };
    uint8_t *a = hox__alloc(16 + MANY * H * W, 1), *b = hox__alloc(8 + MANY, 1);
    const size_t n = idx_images(a, MANY), m = idx_labels(b, MANY);
    const char *packed = write_gzip("i.gz", a, n), *labels = write_gzip("l.gz", b, m);
    hox__images *set = open_ok(packed, labels);
    assert_int_equal(set->n, MANY);
    assert_memory_equal(set->pixels, a + 16, MANY * H * W);
    hox__images_free(set);
    FILE *f = fopen(packed, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, -4, SEEK_END), 0);
    fwrite((uint8_t[]){9, 0, 0, 0}, 1, 4, f);
    fclose(f);
    hox_error err = {0};
    assert_int_equal(hox__images_open(packed, labels, &set, &err), HOX_ERR_DATA);
    assert_non_null(strstr(err.message, "malformed gzip"));
    assert_int_equal(truncate(packed, 5000), 0);
    err = (hox_error){0};
    assert_int_equal(hox__images_open(packed, labels, &set, &err), HOX_ERR_DATA);
    assert_non_null(strstr(err.message, "end too early"));
    hox__free(a);
    hox__free(b);
}

static void cifar_reads_planes(void **state)
{
    (void)state;
    static uint8_t a[2 * 3073];
    a[0] = 3;
    a[3073] = 9;
    a[1] = 11;            /* red of the first pixel */
    a[3073 + 2049] = 200; /* blue of the first pixel of the second */
    hox__images *set = open_ok(write_file("c.bin", a, sizeof a), NULL);
    assert_int_equal(set->n, 2);
    assert_int_equal(set->channels, 3);
    assert_int_equal(set->labels[0], 3);
    assert_int_equal(set->labels[1], 9);
    assert_int_equal(set->pixels[0], 11);
    assert_int_equal(set->pixels[3072 + 2048], 200);
    hox__images_free(set);
}

static void refuse(const uint8_t *a, size_t n, const char *what)
{
    hox_error err = {0};
    hox__images *set = NULL;
    hox_status s = hox__images_open(write_file("bad", a, n), NULL, &set, &err);
    if (s == HOX_OK)
        fail_msg("%s was accepted", what);
    assert_null(set);
    assert_true(err.message[0] != 0);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    uint8_t a[200];
    size_t n = idx_images(a, N);
    for (size_t cut = 0; cut < n; cut++)
        refuse(a, cut, "a short file");
    a[n] = 0;
    refuse(a, n + 1, "a long file");
    a[3] = 9;
    refuse(a, n, "nine dimensions");
    idx_images(a, N);
    a[2] = 0x0d;
    refuse(a, n, "floats");
    idx_images(a, N);
    put32(a + 4, 0xffffffff);
    put32(a + 8, 0xffffffff);
    refuse(a, n, "more pixels than a machine has");
    idx_images(a, N);
    put32(a + 8, 0);
    refuse(a, n, "images without height");
}

static void labels_must_fit_images(void **state)
{
    (void)state;
    uint8_t a[200], b[200];
    size_t n = idx_images(a, N), m = idx_labels(b, N - 1);
    hox_error err = {0};
    hox__images *set = NULL;
    assert_int_equal(hox__images_open(write_file("i", a, n), write_file("l", b, m), &set, &err),
                     HOX_ERR_DATA);
    assert_non_null(strstr(err.message, "19"));
}

static hox__images *made(void)
{
    uint8_t a[200], b[200];
    size_t n = idx_images(a, N), m = idx_labels(b, N);
    return open_ok(write_file("i", a, n), write_file("l", b, m));
}

static void splits_are_stratified_and_whole(void **state)
{
    (void)state;
    hox__images *set = made();
    hox__split s, again, other;
    assert_int_equal(hox__split_make(set, 0.2, 5, &s, NULL), HOX_OK);
    assert_int_equal(hox__split_make(set, 0.2, 5, &again, NULL), HOX_OK);
    assert_int_equal(hox__split_make(set, 0.2, 6, &other, NULL), HOX_OK);
    assert_int_equal(s.n_train, 16);
    assert_int_equal(s.n_validation, 4);
    bool seen[N] = {false};
    int ones = 0;
    for (int i = 0; i < 16; i++)
        seen[s.train[i]] = true;
    for (int i = 0; i < 4; i++) {
        assert_false(seen[s.validation[i]]);
        seen[s.validation[i]] = true;
        ones += set->labels[s.validation[i]];
        assert_true(i == 0 || s.validation[i] > s.validation[i - 1]);
    }
    for (int i = 0; i < N; i++)
        assert_true(seen[i]);
    assert_int_equal(ones, 2);
    assert_memory_equal(s.validation, again.validation, 4 * sizeof(int64_t));
    assert_memory_not_equal(s.validation, other.validation, 4 * sizeof(int64_t));
    hox__split_free(&s);
    hox__split_free(&again);
    hox__split_free(&other);
    hox__images_free(set);
}

static void batches_are_standardized(void **state)
{
    (void)state;
    hox__images *set = made();
    int64_t rows[N];
    for (int i = 0; i < N; i++)
        rows[i] = i;
    hox__standard standard;
    hox__standard_fit(set, rows, N, &standard);
    static float x[N * H * W];
    int32_t labels[N];
    hox_rng rng = hox_rng_seed(1);
    hox__batch_fill(set, &standard, rows, N, NULL, &rng, 0, x, labels);
    double sum = 0, squares = 0;
    for (int i = 0; i < N * H * W; i++) {
        sum += (double)x[i];
        squares += (double)x[i] * (double)x[i];
    }
    assert_true(sum / (N * H * W) < 1e-5 && sum / (N * H * W) > -1e-5);
    assert_true(squares / (N * H * W) > 0.999 && squares / (N * H * W) < 1.001);
    assert_int_equal(labels[5], 1);
    hox__images_free(set);
}

static hox_term word(const char *name)
{
    return (hox_term){.kind = HOX_TERM_CALL, .name = name, .path = ""};
}

static void augmentation_does_not_depend_on_the_batch(void **state)
{
    (void)state;
    hox__images *set = made();
    hox_term flip = word("flip");
    const hox_term *parts[] = {&flip};
    hox__augment *augment = NULL;
    assert_int_equal(hox__augment_new(parts, 1, &augment, NULL), HOX_OK);
    hox__standard plain = {.scale = {1}};
    hox_rng rng = hox_rng_seed(9);
    int64_t all[N], turned = 0;
    for (int i = 0; i < N; i++)
        all[i] = i;
    static float whole[N * H * W], one[H * W], as_is[N * H * W];
    hox__batch_fill(set, &plain, all, N, augment, &rng, 3, whole, NULL);
    hox__batch_fill(set, &plain, all, N, NULL, &rng, 3, as_is, NULL);
    for (int64_t i = N - 1; i >= 0; i--) {
        hox__batch_fill(set, &plain, &i, 1, augment, &rng, 3, one, NULL);
        assert_memory_equal(one, whole + i * H * W, sizeof one);
        if (memcmp(one, as_is + i * H * W, sizeof one)) {
            turned++;
            for (int y = 0; y < H; y++)
                for (int k = 0; k < W; k++)
                    assert_true(one[y * W + k] == as_is[i * H * W + y * W + (W - 1 - k)]);
        }
    }
    assert_true(turned > 3 && turned < 17);
    hox__augment_free(augment);
    hox__images_free(set);
}

static void orders_are_permutations(void **state)
{
    (void)state;
    int64_t rows[50], out[50], again[50];
    for (int i = 0; i < 50; i++)
        rows[i] = 2 * i;
    hox_rng rng = hox_rng_seed(4);
    hox__epoch_order(rows, 50, &rng, 1, out);
    hox__epoch_order(rows, 50, &rng, 1, again);
    assert_memory_equal(out, again, sizeof out);
    hox__epoch_order(rows, 50, &rng, 2, again);
    assert_memory_not_equal(out, again, sizeof out);
    bool seen[50] = {false};
    for (int i = 0; i < 50; i++)
        seen[out[i] / 2] = true;
    for (int i = 0; i < 50; i++)
        assert_true(seen[i]);
}

static void a_set_that_is_not_there_says_how_to_get_it(void **state)
{
    (void)state;
    hox_term name = {.kind = HOX_TERM_TEXT, .name = "no-such-set", .path = ""};
    const hox_term *part[] = {&name};
    const char *label[] = {"name"};
    hox_term idx = {HOX_TERM_CALL, "idx", "", 0, 0, false, 1, part, label};
    hox__places places = {folder};
    hox__dataset *set = NULL;
    hox_error err = {0};
    assert_int_equal(hox__dataset_open(&idx, &places, &set, &err), HOX_ERR_DATA);
    assert_string_equal(err.code, "E0501");
    assert_non_null(strstr(err.message, "no-such-set"));
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/hox-data-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"i", "l", "i.gz", "l.gz", "c.bin", "bad"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(path_of(names[i]));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idx_reads_plain_and_gzip),
        cmocka_unit_test(large_gzip_is_used_where_it_was_inflated),
        cmocka_unit_test(cifar_reads_planes),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(labels_must_fit_images),
        cmocka_unit_test(splits_are_stratified_and_whole),
        cmocka_unit_test(batches_are_standardized),
        cmocka_unit_test(augmentation_does_not_depend_on_the_batch),
        cmocka_unit_test(orders_are_permutations),
        cmocka_unit_test(a_set_that_is_not_there_says_how_to_get_it),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
