/* Requirements on parts: what they keep, what is wrong with them, and that those which can be masks
 * are. */
#include "space/accept.h"
#include "space/count.h"
#include "spaces.h"
#include <stdlib.h>

#define DATA "use nn\ndata = idx(\"x\", shape: [8, 8, 3], classes: 10)\n"

static void check_count(const char *text, int want)
{
    hox_space *space = load(text);
    int legal;
    enumerate(space, &legal);
    if (legal != want)
        print_error("%s", text);
    assert_int_equal(legal, want);
    hox__count_options options;
    hox__tally tally;
    hox__count_defaults(&options);
    assert_int_equal(hox__count_space(space, &options, &tally, NULL), HOX_OK);
    if (tally.exact)
        assert_int_equal(atoi(tally.digits), want);
    hox_text_free(tally.digits);
    hox_space_free(space);
}

/* All walks that masks let through are legal. */
static void check_masked(const char *text, double share)
{
    hox_space *space = load(text);
    const double got = hox__acceptance(space, 500, 1);
    if (got < share)
        print_error("%s%g\n", text, got);
    assert_true(got >= share);
    hox_space_free(space);
}

#define POOLS DATA "net = p{0..3} fc\np = maxpool(2)\n"

static void sizes_at_parts(void **state)
{
    (void)state;
    check_count(POOLS "fc = dense(2)\nrequire height(input(fc)) <= 4\n", 3);
    check_count(POOLS "fc = dense(2)\nrequire 4 > height(input(fc))\n", 2);
    check_count(POOLS "fc = dense(2)\nrequire width(input(fc)) == 2\n", 1);
    check_count(POOLS "fc = dense(2)\nrequire not height(input(fc)) <= 4\n", 1);
    check_count(POOLS "fc = dense(2 | 3)\nrequire channels(output(fc)) == 3\n", 4);
    check_count(DATA "net = a | globalpool dense(2)\na = maxpool(2)? fc\nfc = dense(2)\n"
                     "require absent(fc) or height(input(fc)) <= 5\n",
                2);
    check_count(DATA "net = a | globalpool dense(2)\na = maxpool(2)? fc\nfc = dense(2)\nrequire "
                     "height(input(fc)) <= 5\n",
                2);
    /* every use counts, those of copies and graphs too */
    check_count(DATA
                "net = u{1..3} dense(2)\nu = conv(3) maxpool(2)?\nrequire height(input(u)) >= 4\n",
                2 + 4 + 6);
    check_count(
        DATA "net = 2 * u dense(2)\nu = maxpool(2 | 4 | 1)\nrequire height(input(u)) >= 3\n", 2);
    check_count(DATA "net = dag(nodes: 3, edge: none | id | maxpool(2), node: u, first: u) "
                     "globalpool\nu = conv(3)\n"
                     "require height(input(u)) >= 8\n",
                19);
}

static void uses_of_parts(void **state)
{
    (void)state;
    check_count("use nn\nnet = (a | relu){3}\na = tanh\nrequire count(a) <= 1\n", 4);
    check_count("use nn\nnet = (a | relu){3}\na = tanh\nrequire count(a) == 2\n", 3);
    check_count("use nn\nnet = (a | relu){3}\na = tanh\nrequire absent(a)\n", 1);
    check_count("use nn\nnet = (a | relu){3}\na = tanh\nrequire not absent(a)\n", 7);
    check_count("use nn\nnet = (a | b | relu){2}\na = tanh\nb = elu\nrequire count(a) > count(b)\n",
                3);
    check_count(
        "use nn\nnet = (a | b | c){2}\na = tanh\nb = elu\nc = relu\n"
        "require count(a) <= 1 and count(b) <= 1 and count(c) <= 1\n", /* one more than there are
                                                                          counters */
        6);
    check_count("use nn\nnet = 3 * a b\na = tanh | relu\nb = a?\nrequire count(a) == 3\n", 2);
    check_count("use nn\nnet = (a | relu){2}\na = tanh\nbatch = 1..3\nrequire count(a) < batch\n",
                1 * 3 + 2 * 2 + 1 * 1);
}

static void graphs_and_sequences(void **state)
{
    (void)state;
    check_count(
        "use nn\nnet = cell\ncell = dag(nodes: 3, edge: none | id)\nrequire edges(cell) >= 2\n", 2);
    check_count("use nn\nnet = b(dag(nodes: 3, edge: none | id))\nb(cell) = cell relu "
                "cell\nrequire edges(b.cell) == 1\n",
                3);
    check_count(
        DATA "net = c{3} dense(2)\nc = conv(4 | 8)\nrequire nondecreasing(filters in net)\n", 4);
    check_count(
        DATA "net = c{3} dense(2)\nc = conv(4 | 8)\nrequire nonincreasing(filters in net)\n", 4);
    check_count(DATA "net = s conv(2) dense(2)\ns = c{2}\nc = conv(4 | 8)\nrequire "
                     "nondecreasing(filters in s)\n",
                3);
    /* 8*8*4*4 bytes after the convolution and after relu, 10 floats at the end */
    check_count(DATA "net = conv(4) relu? dense(10)\nrequire memory(net) <= 1064\n", 1);
    check_count(DATA "net = conv(4) relu? dense(10)\nrequire memory(net) <= 2088\n", 2);
}

/* What is absent makes its comparison true, and nothing else. */
static void absent_comparisons(void **state)
{
    (void)state;
    check_count(
        "use nn\nnet = relu | f(4)\nf(x) = conv(x)\nbatch = 1..4\nrequire f.x > 5 and batch > 2\n",
        2);
    check_count(
        "use nn\nnet = relu | f(4)\nf(x) = conv(x)\nbatch = 1..4\nrequire f.x > 5 or batch > 2\n",
        4 + 2);
}

static void monotone_ones_are_masks(void **state)
{
    (void)state;
    check_masked(DATA "net = p{0 | 1 | 2 | 3} fc\np = maxpool(2)\nfc = dense(2)\nrequire "
                      "height(input(fc)) <= 2\n",
                 1);
    check_masked("use nn\nnet = (a | relu){8}\na = tanh\nrequire count(a) <= 1\n", 1);
    check_masked("use nn\nnet = (a | relu){8}\na = tanh\nrequire absent(a)\n", 1);
    check_masked(
        DATA "net = (conv(4) | conv(8)){1 | 2 | 4 | 6} dense(2)\nrequire memory(net) <= 5000\n", 1);
    /* the least completion of a recursion has its place */
    check_masked(DATA "net = m dense(2)\nm = conv(4) @2 | conv(8) m m\nrequire depth(net) <= 6\n",
                 1);
    check_masked(DATA "net = m dense(2)\nm = a @2 | m m\na = conv(4)\nrequire count(a) <= 5\n", 1);
}

/* However many names a requirement speaks of, all of them count. */
static void many_names(void **state)
{
    (void)state;
    check_count("command = \"x {a} {b} {c} {d} {e} {f} {g} {h} {i} {j}\"\n"
                "a = 0..1\nb = 0..1\nc = 0..1\nd = 0..1\ne = 0..1\n"
                "f = 0..1\ng = 0..1\nh = 0..1\ni = 0..1\nj = 0..1\n"
                "require a + b + c + d + e + f + g + h + i + j <= 1\n",
                11);
}

static void mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code;
        int line, column;
    } cases[] = {
        {"use nn\nnet = fc\nfc = relu\nrequire height(fc) <= 7\n", "E0316", 4, 9},
        {"use nn\nnet = fc\nfc = relu\nrequire height(input(fd)) <= 7\n", "E0207", 4, 22},
        {"use nn\nnet = fc\nfc = relu\nrequire count(3) <= 7\n", "E0316", 4, 9},
        {"use nn\nnet = fc\nfc = relu\nrequire edges(ff)\n", "E0207", 4, 15},
        {"use nn\nnet = fc\nfc = relu\nrequire nondecreasing(filters)\n", "E0316", 4, 9},
        {"use nn\nnet = fc\nfc = relu\nrequire parms(net) < 3\n", "E0316", 4, 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hox_diagnostics *list = hox_diagnostics_new();
        hox_space *space = NULL;
        assert_int_not_equal(
            hox_space_load("t.hox", cases[i].text, strlen(cases[i].text), NULL, list, &space),
            HOX_OK);
        const hox_diagnostic *d = hox_diagnostics_get(list, 0);
        assert_string_equal(d->code, cases[i].code);
        assert_int_equal(d->span.line, cases[i].line);
        assert_int_equal(d->span.column, cases[i].column);
        hox_diagnostics_free(list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_at_parts),
        cmocka_unit_test(uses_of_parts),
        cmocka_unit_test(graphs_and_sequences),
        cmocka_unit_test(absent_comparisons),
        cmocka_unit_test(monotone_ones_are_masks),
        cmocka_unit_test(many_names),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
