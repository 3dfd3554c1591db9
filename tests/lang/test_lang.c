#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "hoxtest.h"
#include "lang/diagnose.h"
#include "lang/lexer.h"
#include "lang/print.h"
#include <hox/rng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA = 256 << 20 };

typedef struct {
    hox__arena *arena;
    hox_diagnostics *list;
    const hox__tree *tree;
} parsed;

static parsed parse(const char *text)
{
    parsed p = {hox__arena_new(ARENA), hox_diagnostics_new(), NULL};
    p.tree = hox__parse(p.arena, "t.hox", text, strlen(text), p.list);
    assert_non_null(p.tree);
    return p;
}

static void drop(parsed *p)
{
    hox_diagnostics_free(p->list);
    hox__arena_free(p->arena);
}

static char *printed(const char *text)
{
    parsed p = parse(text);
    if (hox_diagnostics_errors(p.list)) {
        char *why = hox_diagnostics_text(p.list, false);
        print_error("%s\n", why);
        hox_text_free(why);
    }
    assert_int_equal(hox_diagnostics_errors(p.list), 0);
    hox__text out = {0};
    hox__print_tree(&out, p.tree);
    drop(&p);
    return hox__text_take(&out);
}

static const char *const valid[] = {
    "use nn\n",
    "net = conv(filters: 16 | 32, kernel: 3) norm relu\n",
    "lr = log 1e-3 .. 3e-1 ~ 0.05\n",
    "a = 1..8 step 2 ~ 3\n",
    "b = budget log 1..81\n",
    "c = x{1 @4 | 2 @2 | 3}  # why\n",
    "# above\nonce act = relu | tanh\n",
    "body(cell) = 5 * cell down(32) 5 * cell\n",
    "x = [id, none] (a | b)? \"text \\\"q\\\"\"\n",
    "kind odd = int where it % 2 == 1\n",
    "layer conv(filters: int 1..4096, each edge: network ..., k: odd = 3)\n    : image(h, w, c) "
    "where c % g == 0 -> image(ceil(h / s), w, filters)\n",
    "layer sep(f: int) : image -> image = depthwise(3) conv(f, 1)\n",
    "require params(net) <= 500_000 and not depth(net) > 3 or lr * layers < 0.5\n",
    "log = 3\nbudget = log budget\nstep = 1..2\n",
    "stage.1 = a.b.c stage.2\n",
    "w = a@2|b\nn = -3..-1 - 2\n",
    "a = b;c = d\n",
};

static void print_then_parse_then_print_is_stable(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof valid / sizeof valid[0]; i++) {
        char *once = printed(valid[i]), *twice = printed(once);
        assert_string_equal(once, twice);
        hox_text_free(once);
        hox_text_free(twice);
    }
    char *out = printed("net=conv( 16|32,3 )norm   relu # c\nlr=log 1e-3..3e-1~0.05");
    assert_string_equal(out,
                        "net = conv(16 | 32, 3) norm relu  # c\nlr = log 1e-3 .. 3e-1 ~ 0.05\n");
    hox_text_free(out);
}

static void read_and_check(const char *path)
{
    char *text;
    size_t n;
    assert_int_equal(hox__file_read(path, 1 << 20, &text, &n, NULL), HOX_OK);
    char *once = printed(text), *twice = printed(once);
    assert_string_equal(once, twice);
    hox_text_free(once);
    hox_text_free(twice);
    hox__free(text);
}

static void shipped_files_are_stable_too(void **state)
{
    (void)state;
    static const char *const files[] = {"../vocab/nn.hox", "../spaces/fashion-mnist.hox",
                                        "../spaces/mlp.hox"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (hox__file_exists(files[i]))
            read_and_check(files[i]);
}

static void drafts_of_the_systems_parse(void **state)
{
    (void)state;
    static const char *const names[] = {
        "cnn",     "codeepneat", "command", "deepcoder",   "einspace", "genetic_cnn", "lse",
        "metaqnn", "nas_cnn",    "nas_rnn", "nasbench201", "nn",       "tabular"};
    const char *shared = getenv("HOX_SHARED");
    char path[512];
    snprintf(path, sizeof path, "%s/design/spaces", shared ? shared : "../../shared");
    if (!hox__is_directory(path)) {
        print_message("skipped: no shared folder\n");
        skip();
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/design/spaces/%s.hox", shared ? shared : "../../shared",
                 names[i]);
        read_and_check(path);
    }
}

/* code, line, column of the only error */
static void mistakes_have_one_message_with_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code;
        int line, column;
    } cases[] = {
        {"net = conv(16", "E0110", 1, 14},
        {"a = b\nnet = conv(16,, 3)\nc = d", "E0110", 2, 15},
        {"p = .5", "E0103", 1, 5},
        {"p = 5.", "E0103", 1, 5},
        {"p = 3x", "E0104", 1, 5},
        {"s = \"open\nb = c", "E0105", 1, 5},
        {"s = \"a\\q\"", "E0106", 1, 7},
        {"lr = $0.1", "E0101", 1, 6},
        {"lr = 1e999", "E0107", 1, 6},
        {"a = b \x01 c", "E0102", 1, 7},
        {"a = \xff", "E0102", 1, 5},
        {"once f(x) = x", "E0111", 1, 6},
        {"use 3", "E0110", 1, 5},
        {"a = b @ c", "E0110", 1, 9},
        {"require params(net) = 3", "E0110", 1, 21},
        {"lr = 1e-5..1e-1:log", "E0110", 1, 16},
        {"a = \xc3\xa9", "E0101", 1, 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        parsed p = parse(cases[i].text);
        const hox_diagnostic *d = hox_diagnostics_get(p.list, 0);
        assert_non_null(d);
        assert_string_equal(d->code, cases[i].code);
        assert_int_equal(d->span.line, cases[i].line);
        assert_int_equal(d->span.column, cases[i].column);
        assert_non_null(hox__code_find(d->code));
        drop(&p);
    }
}

static void a_finding_looks_like_a_compilers(void **state)
{
    (void)state;
    parsed p = parse("a = b\n\tnet = conv(16,, 3)\n");
    drop(&p);
    p = parse("a = b\nnet = conv(16,, 3)\n");
    char *text = hox_diagnostics_text(p.list, false);
    assert_string_equal(text,
                        "error[E0110]: expected a name, a number, a string, `(` or `[`, found `,`\n"
                        " --> t.hox:2:15\n"
                        "  |\n"
                        "2 | net = conv(16,, 3)\n"
                        "  |               ^ expected a name, a number, a string, `(` or `[`\n");
    hox_text_free(text);
    text = hox_diagnostics_json(p.list);
    assert_non_null(strstr(text, "\"code\":\"E0110\""));
    assert_non_null(strstr(text, "\"line\":2,\"col\":15,\"byte\":20,\"len\":1"));
    hox_text_free(text);
    drop(&p);
}

static char *nested(int depth)
{
    char *text = malloc((size_t)depth * 2 + 16);
    char *at = text + sprintf(text, "a = ");
    for (int i = 0; i < depth; i++)
        *at++ = '(';
    *at++ = 'x';
    for (int i = 0; i < depth; i++)
        *at++ = ')';
    *at = '\0';
    return text;
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    for (int depth = 254; depth <= 257; depth++) {
        char *text = nested(depth);
        parsed p = parse(text);
        /* The outermost expression is a level too. */
        assert_int_equal(hox_diagnostics_errors(p.list), depth + 1 > 256);
        if (depth + 1 > 256)
            assert_string_equal(hox_diagnostics_get(p.list, 0)->code, "E0108");
        drop(&p);
        free(text);
    }
}

static void only_twenty_errors_are_kept(void **state)
{
    (void)state;
    char text[4096] = "";
    for (int i = 0; i < 50; i++)
        strcat(text, "a = )\n");
    parsed p = parse(text);
    assert_int_equal(hox_diagnostics_errors(p.list), 50);
    assert_null(hox_diagnostics_get(p.list, 20));
    assert_non_null(hox_diagnostics_get(p.list, 19));
    drop(&p);
}

/* Drops, doubles or swaps one token of a valid text: the caret must be within one token of the
 * damage in 9 of 10 cases that are noticed at all. */
static const char *const whole = "use nn\n"
                                 "data = idx(\"m\") split(validation: 0.1)\n"
                                 "net = stem stage{1..3} head\n"
                                 "stem = conv(filters: 16 | 32, kernel: 3) norm relu\n"
                                 "stage = block(32 | 64) maxpool(2)\n"
                                 "block(f) = conv(f, 3) norm relu | add(id, conv(f, 3) norm) relu\n"
                                 "train = sgd(lr: log 1e-3 .. 3e-1 ~ 0.05, momentum: 0.8 .. 0.99)\n"
                                 "require params(net) <= 500_000\n";

static int tokens_of(const char *text, size_t begin[], size_t end[], int max)
{
    hox__arena *arena = hox__arena_new(ARENA);
    hox_diagnostics *list = hox_diagnostics_new();
    const hox__source source = {"t", text, strlen(text)};
    size_t count;
    const hox__token *t = hox__lex(arena, &source, list, &count);
    int n = 0;
    for (size_t i = 0; i < count && n < max; i++)
        if (t[i].kind != HOX__TOKEN_SEP && t[i].kind != HOX__TOKEN_END) {
            begin[n] = t[i].place.byte;
            end[n++] = t[i].place.byte + t[i].place.length;
        }
    hox_diagnostics_free(list);
    hox__arena_free(arena);
    return n;
}

static void carets_stand_near_the_damage(void **state)
{
    (void)state;
    size_t begin[256], end[256];
    const int n = tokens_of(whole, begin, end, 256);
    hox_rng rng = hox_rng_seed(5);
    int noticed = 0, near = 0;
    for (int round = 0; round < 1000; round++) {
        const int k = (int)hox_rng_below(&rng, (uint32_t)n - 3) + 1;
        const uint32_t how = hox_rng_below(&rng, 3); /* drop, double, swap with the next */
        char text[2048];
        const int len = (int)(end[k] - begin[k]), next = (int)(end[k + 1] - begin[k + 1]);
        if (how == 0)
            snprintf(text, sizeof text, "%.*s%s", (int)begin[k], whole, whole + end[k]);
        else if (how == 1)
            snprintf(text, sizeof text, "%.*s %.*s %s", (int)end[k], whole, len, whole + begin[k],
                     whole + end[k]);
        else
            snprintf(text, sizeof text, "%.*s%.*s %.*s%s", (int)begin[k], whole, next,
                     whole + begin[k + 1], len, whole + begin[k], whole + end[k + 1]);
        parsed p = parse(text);
        const hox_diagnostic *d = hox_diagnostics_get(p.list, 0);
        if (d) {
            noticed++;
            const long at = (long)d->span.byte, low = (long)begin[k - 1],
                       high = (long)end[k + 2] + (how == 0 ? 0 : len + 2);
            near += at >= low && at <= high;
        }
        drop(&p);
    }
    print_message("%d of %d carets near\n", near, noticed);
    assert_true(noticed > 300);
    assert_true(near * 10 >= noticed * 9);
}

static void running_out_of_memory_is_survived(void **state)
{
    (void)state;
    for (int64_t k = 0;; k++) {
        hox__arena *arena = hox__arena_new(ARENA);
        hox_diagnostics *list = hox_diagnostics_new();
        hox__alloc_fail_at(k, true);
        const hox__tree *tree = hox__parse(arena, "t", whole, strlen(whole), list);
        const bool failed = hox__alloc_failures() > 0;
        hox__alloc_fail_at(-1, false);
        assert_true(failed || (tree && hox_diagnostics_errors(list) == 0));
        hox_diagnostics_free(list);
        hox__arena_free(arena);
        if (!failed)
            break;
    }
}

static void every_code_in_the_sources_is_explained(void **state)
{
    (void)state;
    for (int i = 0; hox__code_at(i); i++) {
        const hox__code *c = hox__code_at(i);
        assert_true(strlen(c->code) == 5 && (c->code[0] == 'E' || c->code[0] == 'W'));
        assert_ptr_equal(hox__code_find(c->code), c);
    }
    assert_null(hox__code_find("E9999"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(print_then_parse_then_print_is_stable),
        cmocka_unit_test(shipped_files_are_stable_too),
        cmocka_unit_test(drafts_of_the_systems_parse),
        cmocka_unit_test(mistakes_have_one_message_with_a_place),
        cmocka_unit_test(a_finding_looks_like_a_compilers),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(only_twenty_errors_are_kept),
        cmocka_unit_test(carets_stand_near_the_damage),
        cmocka_unit_test(running_out_of_memory_is_survived),
        cmocka_unit_test(every_code_in_the_sources_is_explained),
    };
    return cmocka_run_group_tests_name("lang", tests, NULL, NULL);
}
