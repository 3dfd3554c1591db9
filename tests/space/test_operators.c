/* Edit operators declared in spaces, on the mutations of large-scale evolution. */
#include "space/operators.h"
#include "spaces.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    hox_space *space;
    hox__operators *all;
    hox_walk *from, *to;
    hox_rng rng;
    hox_error err;
} bench;

static bench begin(void)
{
    bench b = {.space = shipped("spaces/large-scale-evolution.hox"), .rng = hox_rng_seed(9)};
    b.all = hox__operators_open(b.space, "mutation", &b.err);
    assert_non_null(b.all);
    b.from = hox_walk_new(b.space, NULL);
    b.to = hox_walk_new(b.space, NULL);
    assert_int_equal(hox_walk_derive(b.from, hox_answer_default, NULL, NULL, NULL), HOX_OK);
    return b;
}

static void end(bench *b)
{
    hox_walk_free(b->from);
    hox_walk_free(b->to);
    hox__operators_free(b->all);
    hox_space_free(b->space);
}

static int named(const bench *b, const char *start)
{
    int i = 0;
    for (const char *s; (s = hox__operator_text(b->all, i)) != NULL; i++)
        if (!strncmp(s, start, strlen(start)))
            return i;
    fail_msg("no operator begins with %s", start);
    return -1;
}

static bool apply(bench *b, const char *start)
{
    b->err = (hox_error){0};
    return hox__operator_apply(b->all, named(b, start), b->from, &b->rng, b->to, &b->err) == HOX_OK;
}

static void go(bench *b)
{
    hox_walk *kept = b->from;
    b->from = b->to;
    b->to = kept;
}

/* The answer of the first question whose path ends so; NaN: there is none. */
static double value(const hox_walk *w, const char *path)
{
    int n;
    const hox_answered *a = hox_walk_answers(w, &n);
    for (int i = 0; i < n; i++)
        if (!strcmp(a[i].path, path))
            return a[i].kind == HOX_ASK_REAL ? a[i].answer.real : (double)a[i].answer.index;
    return (double)NAN;
}

/* The paper's first individual has no layers: most mutations have no place yet. */
static void first_individual(void **state)
{
    (void)state;
    bench b = begin();
    assert_true(value(b.from, "net/trunk/chain.layers") == 0);
    static const char *const not_yet[] = {"remove(trunk.layer)",       "alter(vertex.conv.stride",
                                          "alter(vertex.conv.filters", "alter(vertex.conv.kernel",
                                          "insert(trunk.skip",         "remove(trunk.skip"};
    for (size_t i = 0; i < sizeof not_yet / sizeof *not_yet; i++)
        assert_true(!apply(&b, not_yet[i]) && b.err.message[0]);
    assert_true(apply(&b, "keep") && hox_walk_distance(b.from, b.to) == 0);
    assert_true(apply(&b, "reset") && hox_walk_distance(b.from, b.to) == 0);
    for (int i = 0; i < 100; i++) {
        assert_true(apply(&b, "alter(train.sgd.lr"));
        const double lr = value(b.to, "train/sgd.lr");
        assert_true(lr >= 0.05 && lr <= 0.2);
    }
    int strides[3] = {0}, plain = 0;
    for (int i = 0; i < 100; i++) { /* as many filters as channels come in, 3x3, stride 1 or 2 */
        assert_true(apply(&b, "insert(trunk.layer, conv"));
        assert_true(value(b.to, "net/trunk/chain.layers") == 1);
        assert_true(value(b.to, "net/trunk/chain.layer[0]/vertex/conv.filters") == 3);
        assert_true(value(b.to, "net/trunk/chain.layer[0]/vertex/conv.kernel/side") == 3);
        assert_true(value(b.to, "net/trunk/chain.layer[0]/vertex/conv.width/side") == 3);
        strides[(int)value(b.to, "net/trunk/chain.layer[0]/vertex/conv.stride")]++;
        plain += value(b.to, "net/trunk/chain.layer[0]/vertex|1") == 1;
    }
    assert_true(strides[1] > 30 && strides[2] > 30 && plain > 30 && plain < 70);
    assert_true(apply(&b, "insert(trunk.layer, id)"));
    assert_true(value(b.to, "net/trunk/chain.layer[0]/vertex") == 1);
    end(&b);
}

static void later_individuals(void **state)
{
    (void)state;
    bench b = begin();
    for (int i = 0; i < 3; i++) {
        assert_true(apply(&b, "insert(trunk.layer, conv"));
        go(&b);
    }
    assert_true(apply(&b, "insert(trunk.skip"));
    go(&b);
    assert_true(value(b.from, "net/trunk/chain.skip[0]") +
                    value(b.from, "net/trunk/chain.skip[1]") +
                    value(b.from, "net/trunk/chain.skip[2]") ==
                1);
    static const char *const all[] = {"alter(vertex.conv.stride", "alter(vertex.conv.filters",
                                      "alter(vertex.conv.kernel", "alter(vertex.conv.width",
                                      "remove(trunk.skip",        "remove(trunk.layer"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!apply(&b, all[i]))
            fail_msg("%s: %s", all[i], b.err.message);
        const double d = hox_walk_distance(b.from, b.to);
        assert_true(d > 0 && d < 0.7);
    }
    assert_true(value(b.to, "net/trunk/chain.layers") == 2);
    end(&b);
}

/* No chain of mutations leaves the space. */
static void chains_of_mutations(void **state)
{
    (void)state;
    bench b = begin();
    const char *count = getenv("HOX_TEST_WALKS");
    int layers = 0;
    const int n = count && atoi(count) > 300 ? atoi(count) : 300;
    for (int i = 0; i < n; i++) {
        const char *what = NULL;
        if (hox__operators_apply(b.all, b.from, &b.rng, b.to, &what, &b.err) != HOX_OK)
            fail_msg("%s", b.err.message);
        assert_non_null(what);
        hox_sentence_free(finish(b.to));
        layers = (int)fmax(layers, value(b.to, "net/trunk/chain.layers"));
        go(&b);
    }
    assert_true(layers > 3);
    end(&b);
}

static void mistakes(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "alter(relu.units, within: 2.0) | hold",
        "alter(net.unit)  | insert()",
        "alter(net.units, within: 0.5)",
        "alter(net.unitt, within: 2.0)",
        "remove(net.unit, 3)",
        "keep(net.unit)",
        "insert",
        "3",
        "keep @0",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "use nn\nnet = unit{1..3}\nunit = dense(8 | 16)\nsearch = evolution(mutate: m)\nm "
                 "= %s\n",
                 bodies[i]);
        hox_diagnostics *list = hox_diagnostics_new();
        hox_space *space = NULL;
        if (hox_space_load("t.hox", text, strlen(text), NULL, list, &space) == HOX_OK)
            fail_msg("%s", bodies[i]);
        assert_int_equal(hox_diagnostics_get(list, 0)->span.line, 5);
        hox_diagnostics_free(list);
    }
    hox_error err = {0};
    hox_space *space =
        load("use nn\nnet = unit{1..3}\nunit = dense(8 | 16)\nsearch = evolution(mutate: m)\n"
             "m = insert(net.unit) | remove(net.unit) | alter(unit.dense.units, within: 2.0)\n");
    assert_null(hox__operators_open(space, "n", &err));
    hox__operators *all = hox__operators_open(space, "m", &err);
    hox_walk *w[2] = {hox_walk_new(space, NULL), hox_walk_new(space, NULL)};
    hox_rng rng = hox_rng_seed(1);
    assert_int_equal(hox_walk_derive(w[0], hox_answer_default, NULL, NULL, NULL), HOX_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(hox__operator_apply(all, i, w[0], &rng, w[1], &err), HOX_OK);
    hox_walk_free(w[0]);
    hox_walk_free(w[1]);
    hox__operators_free(all);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_individual),
        cmocka_unit_test(later_individuals),
        cmocka_unit_test(chains_of_mutations),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
