/* Folders of pictures: PNG and JPEG, sizes, classes, parts; damaged files. */
#include "base/alloc.h"
#include "data/folder.h"
#include "files.h"
#include <png.h>
#include <turbojpeg.h>
#include <unistd.h>

enum { W = 6, H = 4 };

/* Red grows to the right, green downwards, blue is `blue`. */
static void paint(uint8_t out[H * W * 3], int blue)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            out[(y * W + x) * 3] = (uint8_t)(40 * x);
            out[(y * W + x) * 3 + 1] = (uint8_t)(60 * y);
            out[(y * W + x) * 3 + 2] = (uint8_t)blue;
        }
}

static size_t png(uint8_t *out, size_t size, int blue)
{
    uint8_t pixel[H * W * 3];
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = W, .height = H, .format = PNG_FORMAT_RGB};
    png_alloc_size_t n = size;
    paint(pixel, blue);
    assert_true(png_image_write_to_memory(&image, out, &n, 0, pixel, 0, NULL));
    return n;
}

static size_t jpeg(uint8_t *out, size_t size, int blue)
{
    uint8_t pixel[H * W * 3], *to = NULL;
    unsigned long n = 0;
    paint(pixel, blue);
    tjhandle handle = tjInitCompress();
    assert_int_equal(tjCompress2(handle, pixel, W, 0, H, TJPF_RGB, &to, &n, TJSAMP_444, 100, 0), 0);
    assert_true(n <= size);
    memcpy(out, to, n);
    tjFree(to);
    tjDestroy(handle);
    return n;
}

static hox__bytes bytes_of(const uint8_t *data, size_t n)
{
    return (hox__bytes){.name = "p", .data = data, .n = n};
}

static void pictures_are_decoded(void **state)
{
    (void)state;
    uint8_t data[4000], want[H * W * 3];
    hox__picture p;
    paint(want, 200);
    hox__bytes b = bytes_of(data, png(data, sizeof data, 200));
    assert_int_equal(hox__picture_read(&b, 0, &p, NULL), HOX_OK);
    assert_true(p.height == H && p.width == W && p.channels == 3 && !p.pixel);
    assert_int_equal(hox__picture_read(&b, 3, &p, NULL), HOX_OK);
    assert_memory_equal(p.pixel, want, sizeof want);
    hox__free(p.pixel);
    assert_int_equal(hox__picture_read(&b, 1, &p, NULL), HOX_OK);
    assert_int_equal(p.channels, 1);
    hox__free(p.pixel);
    b = bytes_of(data, jpeg(data, sizeof data, 200));
    assert_int_equal(hox__picture_read(&b, 3, &p, NULL), HOX_OK);
    for (size_t i = 0; i < sizeof want; i++) /* JPEG loses a little */
        assert_true(abs(p.pixel[i] - want[i]) < 12);
    hox__free(p.pixel);
}

/* Cut anywhere: refused with a byte. A PNG with any byte changed: refused, or the change was in
 * what does not count; a JPEG likewise. */
static void damaged_pictures_are_refused(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        uint8_t data[4000];
        const size_t n = kind ? jpeg(data, sizeof data, 9) : png(data, sizeof data, 9);
        for (size_t k = 0; k < 2 * n; k++) {
            const size_t len = k < n ? k : n;
            uint8_t *exact = malloc(len + 1);
            memcpy(exact, data, len);
            if (k >= n)
                exact[k - n] ^= 0x24;
            hox__bytes b = bytes_of(exact, len);
            hox__picture p = {0};
            hox_error err = {0};
            const hox_status s = hox__picture_read(&b, 3, &p, &err);
            if (k < n || s != HOX_OK) {
                assert_int_equal(s, HOX_ERR_DATA);
                assert_non_null(strstr(err.message, "p: byte "));
            }
            hox__free(p.pixel);
            free(exact);
        }
    }
}

static void areas_are_averaged(void **state)
{
    (void)state;
    uint8_t pixel[] = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110}, out[12];
    hox__picture p = {.height = 3, .width = 4, .channels = 1, .pixel = pixel};
    hox__picture_fit(&p, 3, 4, out);
    assert_memory_equal(out, pixel, 12);
    hox__picture_fit(&p, 1, 2, out);
    assert_true(out[0] == 45 && out[1] == 65);
    memcpy(pixel, (const uint8_t[]){0, 12, 24, 36}, 4);
    hox__picture_fit(&p, 3, 3, out); /* 0, and a third of 12: (0 + 4) / (4 / 3) = 3 */
    assert_true(out[0] == 3 && out[1] == 18 && out[2] == 33);
    pixel[2] = 20;
    pixel[3] = 30;
    pixel[1] = 7; /* colours stay apart */
    hox__picture two = {.height = 1, .width = 2, .channels = 2, .pixel = pixel};
    hox__picture_fit(&two, 1, 1, out);
    assert_true(out[0] == 10 && out[1] == 19);
}

static void put_picture(const char *name, int blue, bool as_jpeg)
{
    uint8_t data[4000];
    char folder[200];
    snprintf(folder, sizeof folder, "%s", file_path(name));
    *strrchr(folder, '/') = '\0';
    assert_int_equal(hox__make_directories(folder, NULL), HOX_OK);
    const size_t n = as_jpeg ? jpeg(data, sizeof data, blue) : png(data, sizeof data, blue);
    file_put(name, data, n);
}

static void folders_are_classes(void **state)
{
    (void)state;
    put_picture("one/dog/b.PNG", 9, false);
    put_picture("one/dog/a.png", 5, false);
    put_picture("one/cat/x.jpeg", 250, true);
    text_put("one/dog/notes.txt", "not a picture");
    text_put("one/README.png", "not in a class");
    char root[200];
    snprintf(root, sizeof root, "%s", file_path("one"));
    hox__dataset *d = NULL;
    hox_error err = {0};
    hox_facts facts;
    const hox_term *source = SOURCE_TERM("folder", "name", root);
    assert_int_equal(hox__dataset_facts(source, NULL, &facts, &err), HOX_OK);
    assert_true(facts.height == H && facts.width == W && facts.channels == 3 && facts.classes == 2);
    if (hox__dataset_open(source, NULL, &d, &err) != HOX_OK)
        fail_msg("%s", err.message);
    const hox__examples *x = hox__dataset_training(d);
    assert_int_equal(x->n, 3);
    assert_string_equal(x->class_names[0], "cat");
    assert_true(x->labels[0] == 0 && x->labels[1] == 1 && x->labels[2] == 1);
    assert_int_equal(x->pixels[1 * 3 * H * W + 2 * H * W],
                     5); /* a before b, blue is the last plane */
    assert_int_equal(x->pixels[2 * 3 * H * W + 2 * H * W], 9);
    assert_int_equal(hox__dataset_test(d)->n, 0);
    hox__dataset_free(d);
    hox__examples *some = NULL;
    hox__picture_wish wish = {.size = {2, 2, 1}};
    assert_int_equal(hox__pictures_open(file_path("one/dog"), &wish, &some, &err), HOX_OK);
    assert_true(some->n == 2 && some->height == 2 && some->channels == 1 && !some->labels);
    assert_string_equal(some->names[1], file_path("one/dog/b.PNG"));
    hox__examples_free(some);
    assert_int_equal(hox__pictures_open(file_path("one/dog/a.png"), &wish, &some, &err), HOX_OK);
    assert_int_equal(some->n, 1);
    assert_string_equal(strrchr(some->names[0], '/'), "/a.png");
    hox__examples_free(some);
}

/* For a network that is trained: the truth is the subfolder, in the order of the network's classes.
 */
static void classes_of_a_network(void **state)
{
    (void)state;
    static const char *const names[] = {"wolf", "dog", "cat"};
    hox__picture_wish wish = {{2, 2, 3}, names, 3};
    hox__examples *x = NULL;
    hox_error err = {0};
    put_picture("four/cat/2.png", 9, false);
    put_picture("four/cat/1.png", 9, false);
    put_picture("four/dog/1.png", 9, false);
    char root[200];
    snprintf(root, sizeof root, "%s", file_path("four"));
    assert_int_equal(hox__pictures_open(root, &wish, &x, &err), HOX_OK);
    assert_true(x->n == 3 && x->classes == 3);
    assert_true(x->labels[0] == 2 && x->labels[1] == 2 && x->labels[2] == 1);
    assert_string_equal(x->names[0], file_path("four/cat/1.png"));
    assert_string_equal(x->names[2], file_path("four/dog/1.png"));
    hox__examples_free(x);
    wish.classes = 2;
    assert_int_equal(hox__pictures_open(root, &wish, &x, &err), HOX_ERR_DATA);
    assert_non_null(strstr(err.message, "`cat`"));
    err = (hox_error){0};
    wish.class_name = NULL;
    assert_int_equal(hox__pictures_open(root, &wish, &x, &err), HOX_ERR_DATA);
    assert_non_null(strstr(err.message, "no .png"));
}

static void parts_are_folders(void **state)
{
    (void)state;
    put_picture("two/train/dog/1.png", 9, false);
    put_picture("two/train/cat/1.png", 9, false);
    put_picture("two/test/dog/1.png", 9, false);
    put_picture("two/test/cat/1.png", 9, false);
    put_picture("two/test/cat/2.png", 9, false);
    char root[200];
    snprintf(root, sizeof root, "%s", file_path("two"));
    hox__dataset *d = NULL;
    hox_error err = {0};
    assert_int_equal(hox__dataset_open(SOURCE_TERM("folder", "name", root), NULL, &d, &err),
                     HOX_OK);
    assert_int_equal(hox__dataset_training(d)->n, 2);
    assert_int_equal(hox__dataset_test(d)->n, 3);
    hox__dataset_free(d);
    text_put("two/train/dog/0.png", "no picture at all");
    assert_int_equal(hox__dataset_open(SOURCE_TERM("folder", "name", root), NULL, &d, &err),
                     HOX_ERR_DATA);
    assert_non_null(strstr(err.message, "two/train/dog/0.png: byte 0: neither a PNG nor a JPEG"));
    err = (hox_error){0};
    put_picture("two/train/dog/0.png", 9, false);
    put_picture("two/test/wolf/1.png", 9, false);
    assert_int_equal(hox__dataset_open(SOURCE_TERM("folder", "name", root), NULL, &d, &err),
                     HOX_ERR_DATA);
    assert_non_null(strstr(err.message, "`wolf`"));
    err = (hox_error){0};
    char inner[200];
    snprintf(inner, sizeof inner, "%s", file_path("two/train/dog"));
    assert_int_equal(hox__dataset_open(SOURCE_TERM("folder", "name", inner), NULL, &d, &err),
                     HOX_ERR_DATA);
    assert_non_null(strstr(err.message, "0 subfolders"));
}

static void memory_may_be_short(void **state)
{
    (void)state;
    put_picture("three/a/1.png", 9, false);
    put_picture("three/b/1.jpg", 9, true);
    char root[200];
    snprintf(root, sizeof root, "%s", file_path("three"));
    for (int64_t k = 0;; k++) {
        hox__dataset *d = NULL;
        hox_error err = {0};
        hox__alloc_fail_at(k, true);
        const hox_status s = hox__dataset_open(SOURCE_TERM("folder", "name", root), NULL, &d, &err);
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
        cmocka_unit_test(pictures_are_decoded), cmocka_unit_test(damaged_pictures_are_refused),
        cmocka_unit_test(areas_are_averaged),   cmocka_unit_test(folders_are_classes),
        cmocka_unit_test(classes_of_a_network), cmocka_unit_test(parts_are_folders),
        cmocka_unit_test(memory_may_be_short),
    };
    return cmocka_run_group_tests(tests, files_begin, files_end);
}
