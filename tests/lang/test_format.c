/* The canonical layout: comments kept, formatting twice is formatting once, nothing else is said.
 */
#include "base/alloc.h"
#include "base/io.h"
#include "hoxtest.h"
#include "lang/diagnose.h"
#include "lang/format.h"
#include <string.h>

static char *format(const char *text)
{
    hox__arena *arena = hox__arena_new((size_t)64 << 20);
    hox_diagnostics *list = hox_diagnostics_new();
    const hox__tree *tree = hox__parse(arena, "t.hox", text, strlen(text), list);
    assert_non_null(tree);
    assert_int_equal(hox_diagnostics_errors(list), 0);
    hox__text out = {0};
    hox__format_tree(&out, tree);
    hox_diagnostics_free(list);
    hox__arena_free(arena);
    return hox__text_take(&out);
}

static void check(const char *text, const char *want)
{
    char *once = format(text), *twice = format(once);
    assert_string_equal(once, want);
    assert_string_equal(twice, once);
    hox_text_free(once);
    hox_text_free(twice);
}

static void layouts(void **state)
{
    (void)state;
    check("net=relu|tanh", "net = relu | tanh\n");
    check("  a = b\n    c\n  d = e;f = g", "a = b c\nd = e\nf = g\n");
    check("\n\n\na = b\n\n\n\nc = d\n", "a = b\n\nc = d\n");
    check("\xef\xbb\xbf"
          "a = b\r\nc = d\r\n",
          "a = b\nc = d\n");
    check("", "");
}

static void comments_are_kept(void **state)
{
    (void)state;
    check("# only this", "# only this\n");
    check("# head   \n\n\n# above\na=b # behind  \n# below\n",
          "# head\n\n# above\na = b  # behind\n\n# below\n");
    check("# head\n\na=b\n", "# head\n\na = b\n");
    check("a = b  # one\n    | c  # two\nd=e\n", "a = b  # one\n    | c  # two\nd = e\n");
    check("  a = f(  # why \n       x)\n  d=e\n", "a = f(  # why\n       x)\nd = e\n");
    check("a = \"# no comment\"|b", "a = \"# no comment\" | b\n");
    check("a = \"\\\"# nor this\"|b", "a = \"\\\"# nor this\" | b\n");
    check("a = b; # behind\nc = d", "a = b  # behind\nc = d\n");
}

/* Signs that their author put below one another stay below one another, between empty lines. */
static void aligned_signs_stay(void **state)
{
    (void)state;
    check("a  = b\ncc=d\n", "a = b\ncc = d\n");
    check("a   = b\nccc = d\n", "a   = b\nccc = d\n");
    check("a   = b\nccc = d\nf(x) = x\ne   = f\n", "a   = b\nccc = d\nf(x) = x\ne   = f\n");
    check("f( x )  =x\na       =b", "f(x) = x\na    = b\n");
    check("f(x)   = x\na      = b", "f(x) = x\na    = b\n");
    check("a   = b\n\nccc = d\n", "a = b\n\nccc = d\n");
    check("a   = b # why\n# above\nccc = d\n", "a   = b  # why\n# above\nccc = d\n");
    check("a   = b  # why\n  c\nccc = d\n", "a   = b  # why\n  c\nccc = d\n");
    check("once a = b\nkind c = d\ne      = 1\n", "once a = b\nkind c = d\ne      = 1\n");
    check("a   = b; ccc = d", "a = b\nccc = d\n");
}

static void long_items_break(void **state)
{
    (void)state;
    check("train = sgd(learning_rate: log 1e-3 .. 3e-1 ~ 0.05, momentum: 0.85 .. 0.995, nesterov: "
          "yes | no, decay: log 1e-6 .. "
          "1e-2)",
          "train = sgd(learning_rate: log 1e-3 .. 3e-1 ~ 0.05, momentum: 0.85 .. 0.995, nesterov: "
          "yes | no,\n"
          "        decay: log 1e-6 .. 1e-2)\n");
    check("require aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(net) <= 3 and "
          "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb(net) >= 4 or "
          "cccccccccccccccc < 7",
          "require aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(net) <= 3 and "
          "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb(net) >= 4 or\n"
          "        cccccccccccccccc < 7\n");
}

/* A choice breaks before each branch, `|` below the `=`; a chain between parts. */
static void long_bodies_break(void **state)
{
    (void)state;
    check("train = adam(lr: log 1e-4 .. 1e-2 ~ 4e-3) | sgd(lr: log 1e-3 .. 3e-1 ~ 0.05, momentum: "
          "0.8 .. "
          "0.99 ~ 0.9, nesterov: yes | no)",
          "train = adam(lr: log 1e-4 .. 1e-2 ~ 4e-3)\n"
          "      | sgd(lr: log 1e-3 .. 3e-1 ~ 0.05, momentum: 0.8 .. 0.99 ~ 0.9, nesterov: yes | "
          "no)\n");
    check("net = conv(32, 3) norm relu turn(32, 64) stay(64) turn(64, 128) stay(128) stay(128) "
          "turn(128, 256) "
          "stay(256) conv(1280, 1)",
          "net = conv(32, 3) norm relu turn(32, 64) stay(64) turn(64, 128) stay(128) stay(128) "
          "turn(128, 256) "
          "stay(256)\n      conv(1280, 1)\n");
}

static void format_file(const char *path)
{
    char *text;
    size_t n;
    assert_int_equal(hox__file_read(path, 1 << 20, &text, &n, NULL), HOX_OK);
    char *once = format(text), *twice = format(once);
    assert_string_equal(once, twice);
    for (const char *s = text; *s; s++) /* every comment sign is still there */
        if (*s == '#' && (s == text || s[-1] == '\n')) {
            size_t line = strcspn(s, "\n");
            char *copy = hox__alloc(line + 1, 1);
            memcpy(copy, s, line);
            assert_non_null(strstr(once, copy));
            hox__free(copy);
        }
    hox_text_free(once);
    hox_text_free(twice);
    hox__free(text);
}

static void shipped_files(void **state)
{
    (void)state;
    format_file("../vocab/nn.hox");
    format_file("../spaces/fashion-mnist.hox");
    format_file("../spaces/mlp.hox");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts),
        cmocka_unit_test(comments_are_kept),
        cmocka_unit_test(aligned_signs_stay),
        cmocka_unit_test(long_items_break),
        cmocka_unit_test(long_bodies_break),
        cmocka_unit_test(shipped_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
