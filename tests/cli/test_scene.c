/* Plots: round ticks, and a picture in every form read back by somebody else. */
#include "base/text.h"
#include "cli/plot/pen.h"
#include "cli/plot/ticks.h"
#include "hoxtest.h"
#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void labels_of(double low, double high, bool log, int most, char *out, size_t n)
{
    hox__ticks t;
    size_t at = 0;
    hox__ticks_make(low, high, log, most, &t);
    out[0] = 0;
    for (int i = 0; i < t.n; i++)
        at += (size_t)snprintf(out + at, n - at, "%s%s", i ? " " : "", t.label[i]);
}

static void ticks_are_round(void **unused)
{
    (void)unused;
    static const struct {
        double low, high;
        bool log;
        int most;
        const char *labels;
    } known[] = {
        {0, 10, false, 6, "0 2 4 6 8 10"},
        {0.871, 0.8999, false, 4, "0.88 0.89"},
        {-1, 1, false, 5, "-1.0 -0.5 0.0 0.5 1.0"},
        {0, 1e7, false, 5, "0 2e6 4e6 6e6 8e6 1e7"},
        {1e-5, 1e-1, true, 6, "1e-5 0.0001 0.001 0.01 0.1"},
        {1e-12, 1, true, 4, "1e-12 1e-9 1e-6 0.001 1"},
        {8, 300, true, 8, "10 20 50 100 200"},
        {0.02, 0.03, true, 5, "0.020 0.022 0.024 0.026 0.028 0.030"},
        {1e300, 1e301, false, 3, "5e300 1e301"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char got[400];
        labels_of(known[i].low, known[i].high, known[i].log, known[i].most, got, sizeof got);
        assert_string_equal(got, known[i].labels);
    }
}

static void ticks_never_hang_or_overflow(void **unused)
{
    (void)unused;
    static const double end[] = {-1e308, -1, -1e-300, 0, 5e-324, 1e-300, 1, 1 + 1e-15, 1e15, 1e308};
    for (size_t i = 0; i < 10; i++)
        for (size_t k = i + 1; k < 10; k++)
            for (int is_log = 0; is_log <= (end[i] > 0); is_log++) {
                hox__ticks t;
                hox__ticks_make(end[i], end[k], is_log, 1000, &t);
                assert_in_range(t.n, 0, HOX__TICKS_MAX);
            }
}

/* Two panels with everything there is, and names that want to break out. */
static void fill(hox__scene *scene)
{
    static const char *const word[] = {"<tag attr=\"1\">&amp;", "\033[31mred", "\xff\xfe"};
    assert_true(hox__scene_init(scene));
    scene->title = "a & b < c";
    hox__panel *p = hox__scene_panel(scene);
    p->x.label = "x";
    p->y.label = "y]]>";
    for (int k = HOX__MARK_LINE; k <= HOX__MARK_POINTS; k++) {
        hox__mark *m = hox__scene_mark(scene, p, (hox__mark_kind)k, k, word[k], 9);
        m->shape = HOX__SHAPE_CROSS;
        for (int i = 0; i < 8; i++) { /* the last stays a gap */
            m->x[i] = i;
            m->y[i] = i == 3 ? (double)INFINITY : k + sqrt(i);
        }
    }
    p = hox__scene_panel(scene);
    p->y.word = word;
    p->y.words = 3;
    hox__mark *bars = hox__scene_mark(scene, p, HOX__MARK_BARS, 0, NULL, 3);
    hox__mark *spans = hox__scene_mark(scene, p, HOX__MARK_SPANS, 1, "spans", 3);
    for (int i = 0; i < 3; i++) {
        bars->x[i] = i == 2 ? (double)NAN : 0.4 * i;
        spans->x[i] = 0.5;
        spans->x2[i] = 0.5 + i;
        bars->y[i] = spans->y[i] = i;
    }
    hox__scene_note(scene, "%d notes", 1);
}

/* Elements open and close, attributes are quoted, nothing is raw. */
static void assert_well_formed(const char *s)
{
    char open[64][16];
    int depth = 0;
    while (*s) {
        if (*s != '<') {
            assert_true((unsigned char)*s >= 32 || *s == '\n');
            assert_true(*s != '&' || !strncmp(s, "&lt;", 4) || !strncmp(s, "&gt;", 4) ||
                        !strncmp(s, "&amp;", 5));
            s++;
            continue;
        }
        const char *end = s;
        for (bool quoted = false; *end != '>' || quoted; end++) {
            assert_true(*end != '\0');
            quoted ^= *end == '"';
            assert_false(quoted && *end == '<' && end > s);
        }
        char name[16];
        const bool closes = s[1] == '/';
        assert_int_equal(sscanf(s + 1 + closes, "%15[a-z]", name), 1);
        if (closes)
            assert_string_equal(open[--depth], name);
        else if (end[-1] != '/')
            memcpy(open[depth++], name, sizeof name);
        assert_in_range(depth, 0, 63);
        s = end + 1;
    }
    assert_int_equal(depth, 0);
}

static void svg_is_well_formed(void **unused)
{
    (void)unused;
    hox__scene scene;
    hox__text out = {0};
    fill(&scene);
    assert_int_equal(hox__scene_as_svg(&scene, &out), HOX_OK);
    assert_well_formed(hox__text_get(&out));
    assert_non_null(strstr(hox__text_get(&out), "<title>a &amp; b &lt; c</title>"));
    assert_null(strstr(hox__text_get(&out), "nan"));
    assert_null(strstr(hox__text_get(&out), "inf"));
    hox__text_deinit(&out);
    hox__scene_deinit(&scene);
}

static void png_opens(void **unused)
{
    (void)unused;
    hox__scene scene;
    hox__text out = {0};
    hox_error err = {0};
    fill(&scene);
    if (hox__scene_as_cairo(&scene, false, &out, &err) != HOX_OK) {
        print_message("cairo is not here: %s\n", err.message);
        hox__scene_deinit(&scene);
        hox__text_deinit(&out);
        skip();
    }
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_int_equal(png_image_begin_read_from_memory(&image, out.data, out.len), 1);
    assert_int_equal(image.width, 1520);
    assert_true(image.height > 300);
    image.format = PNG_FORMAT_RGB;
    unsigned char *pixel = malloc(PNG_IMAGE_SIZE(image));
    assert_non_null(pixel);
    assert_int_equal(png_image_finish_read(&image, NULL, pixel, 0, NULL), 1);
    int blue = 0;
    for (size_t i = 0; i + 2 < PNG_IMAGE_SIZE(image); i += 3)
        blue += pixel[i] == 0 && pixel[i + 1] == 0x72 && pixel[i + 2] == 0xb2;
    assert_true(blue > 500); /* the first line and the bars */
    free(pixel);
    hox__text_clear(&out);
    assert_int_equal(hox__scene_as_cairo(&scene, true, &out, NULL), HOX_OK);
    assert_memory_equal(out.data, "%PDF-1", 6);
    hox__text_deinit(&out);
    hox__scene_deinit(&scene);
}

static void text_fits_its_width(void **unused)
{
    (void)unused;
    hox__scene scene;
    fill(&scene);
    for (int columns = 20; columns <= 500; columns += 37) {
        hox__text out = {0};
        assert_int_equal(hox__scene_as_text(&scene, columns, false, false, &out), HOX_OK);
        int at = 0;
        for (const char *s = hox__text_get(&out); *s; s++) {
            at = *s == '\n' ? 0 : at + 1;
            assert_true(at <= (columns < 30 ? 30 : columns));
            assert_true((unsigned char)*s >= 32 || *s == '\n');
        }
        hox__text_deinit(&out);
    }
    hox__scene_deinit(&scene);
}

static double luminance(const char *hash)
{
    double sum = 0;
    static const double weight[] = {0.2126, 0.7152, 0.0722};
    for (int i = 0; i < 3; i++) {
        unsigned value = 0;
        assert_int_equal(sscanf(hash + 1 + 2 * i, "%2x", &value), 1);
        const double c = value / 255.0;
        sum += weight[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

/* WCAG 2.1 asks 3 : 1 of what is drawn and 4.5 : 1 of text. */
static void inks_can_be_seen(void **unused)
{
    (void)unused;
    for (int dark = 0; dark < 2; dark++) {
        const double ground = luminance(dark ? "#1b1b1b" : "#ffffff");
        for (int ink = HOX__INK_FAINT; ink < HOX__INKS; ink++) {
            const double l = luminance(hox__ink_color(ink, dark));
            const double contrast = (fmax(l, ground) + 0.05) / (fmin(l, ground) + 0.05);
            assert_true(contrast >= (ink < 0 ? 4.5 : 3));
        }
    }
}

static void an_axis_has_two_ends(void **unused)
{
    (void)unused;
    static const double value[] = {0, 5, -1e308, 1e308, 5e-324, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < 7; i++)
        for (size_t k = 0; k < 7; k++)
            for (int is_log = 0; is_log < 2; is_log++) {
                hox__scene scene;
                double low, high;
                assert_true(hox__scene_init(&scene));
                hox__panel *p = hox__scene_panel(&scene);
                p->y.log = is_log;
                hox__mark *m = hox__scene_mark(&scene, p, HOX__MARK_POINTS, 0, NULL, 2);
                m->y[0] = value[i];
                m->y[1] = value[k];
                hox__panel_ends(p, false, &low, &high);
                assert_true(isfinite(low) && isfinite(high) && low < high);
                assert_true(!is_log || low > 0);
                hox__scene_deinit(&scene);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round),      cmocka_unit_test(ticks_never_hang_or_overflow),
        cmocka_unit_test(svg_is_well_formed),   cmocka_unit_test(png_opens),
        cmocka_unit_test(text_fits_its_width),  cmocka_unit_test(inks_can_be_seen),
        cmocka_unit_test(an_axis_has_two_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
