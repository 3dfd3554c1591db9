/* dag, chain and tree: questions, printing, dead parts, shapes, costs. */
#include "spaces.h"
#include <stdio.h>

#define DATA "use nn\ndata = idx(\"x\", shape: [8, 8, 3], classes: 10)\n"

static char *printed(const hox_space *space, hox_rng *rng)
{
    hox_sentence *s = derive(space, rng ? hox_answer_prior : hox_answer_default, rng);
    char *text = hox_sentence_text(s, false);
    assert_non_null(text);
    hox_sentence_free(s);
    return text;
}

/* Parses to one sentence, which prints the same. */
static void check_round_trip(const char *text)
{
    hox_space *space = load(text);
    assert_true(hox_space_is_sentence(space));
    char *again = printed(space, NULL);
    assert_string_equal(again, text);
    hox_text_free(again);
    hox_space_free(space);
}

static void draws_round_trip(void **state)
{
    (void)state;
    static const char *const nets[] = {
        "net = dag(nodes: 2..5, edge: none | id | conv(3), node: conv(3) | id, join: add | mul | "
        "concat, fit: pad)\n",
        "net = dag(nodes: 1..4, edge: none | id, node: conv(3 | 4), ends: free | open, first: "
        "conv(3) | id, fit: pool)\n",
        "net = chain(layers: 0..4, layer: conv(2 | 3) relu? | id, skip: none | id | relu, fit: "
        "nearest)\n",
        "net = flatten tree(leaves: 1..6, leaf: dense(3), join: (add | mul | concat) (id | tanh) "
        "relu?, fit: pad)\n",
        "net = cell 2 * cell\nonce cell = dag(nodes: 4, edge: op)\nop = none | id | unit(1 | "
        "3)\nunit(k) = conv(same, k)\n",
        "net = f(dag(nodes: 3, edge: none | g))\nf(c) = c relu c\nonce g = conv(3)\n",
        "net = dag(nodes: 3, edge: none | dag(nodes: 3, edge: id | none))\n",
        "net = dag(nodes: n, edge: [id, id | none, relu])\nn = 3\n",
    };
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        char text[512];
        snprintf(text, sizeof text, DATA "%s", nets[i]);
        hox_space *space = load(text);
        hox_rng rng = hox_rng_seed(i);
        for (int k = 0; k < 40; k++) {
            char *said = printed(space, k ? &rng : NULL);
            check_round_trip(said);
            hox_text_free(said);
        }
        hox_space_free(space);
    }
}

static void positions_print_in_order(void **state)
{
    (void)state;
    hox_space *space =
        load(DATA "net = dag(nodes: 4, edge: id | none, node: relu | tanh, ends: free)\n");
    hox_walk *w = hox_walk_new(space, NULL);
    /* (1,2) is there, nothing else: nodes 3 and 4 are isolated and not asked about */
    assert_int_equal(hox_walk_read(w, "0;1;1;1;1;1;0;1", NULL), HOX_OK);
    int n;
    const hox_answered *a = hox_walk_answers(w, &n);
    assert_string_equal(a[5].path, "net/dag.edge[5]");
    assert_string_equal(a[7].path, "net/dag.node[1]");
    hox_sentence *s = finish(w);
    char *text = hox_sentence_text(s, false);
    assert_string_equal(text, DATA "net = dag(nodes: 4, edge: [id, none, none, none, none, none], "
                                   "node: [relu, tanh, nothing, nothing], ends: free)\n");
    hox_text_free(text);
    hox_sentence_free(s);
    hox_walk_free(w);
    hox_space_free(space);
}

static double params(const char *net)
{
    char text[512];
    snprintf(text, sizeof text, DATA "net = %s\n", net);
    hox_space *space = load(text);
    hox_sentence *s = derive(space, hox_answer_default, NULL);
    const double n = hox_sentence_cost(s).params;
    hox_sentence_free(s);
    hox_space_free(space);
    return n;
}

/* conv(3, 1) on 3 channels has 9 weights. */
static void dead_parts_cost_nothing(void **state)
{
    (void)state;
    assert_true(params("dag(nodes: 3, edge: [conv(3, 1), none, none])") == 0);
    assert_true(params("dag(nodes: 3, edge: [conv(3, 1), none, id])") == 9);
    assert_true(params("dag(nodes: 3, edge: [conv(3, 1), conv(3, 1), conv(3, 1)])") == 27);
    assert_true(params("dag(nodes: 4, edge: [none, id, conv(3, 1), id, none, none])") == 0);
    /* Xie, Yuille 2017: 1 convolution without edges, else 2 + the nodes that are not isolated */
    assert_true(params("dag(nodes: 3, edge: none, node: conv(3, 1), ends: free, first: conv(3, 1), "
                       "last: conv(3, 1))") == 9);
    assert_true(params("dag(nodes: 3, edge: [id, none, none], node: conv(3, 1), ends: free, first: "
                       "conv(3, 1), last: conv(3, 1))") == 36);
    assert_true(params("dag(nodes: 3, edge: [id, none, id], node: conv(3, 1), ends: free, first: "
                       "conv(3, 1), last: conv(3, 1))") == 45);
    assert_true(params("dag(nodes: 3, edge: none, node: conv(3, 1), ends: open)") == 27);
    assert_true(params("2 * dag(nodes: 2, edge: conv(3, 1))") == 18);
    /* a 1x1 projection of 2 channels to 5 */
    assert_true(
        params(
            "dag(nodes: 2, edge: none, node: [conv(2, 1), conv(5, 1)], ends: open, fit: pool)") ==
        6 + 15 + 10);
}

static void shapes_flow_through(void **state)
{
    (void)state;
    assert_true(params("dag(nodes: 2, edge: none, node: [conv(2, 1), conv(5, 1)], ends: open, "
                       "join: concat) dense(1)") == 21 + 64 * 7 + 1);
    assert_true(params("chain(layers: 2, layer: [conv(2, 1, stride: 2), conv(5, 1)], skip: id, "
                       "fit: nearest) dense(1)") == 6 + 25 + 16 * 5 + 1);
    assert_true(params("flatten dense(4) tree(leaves: 3, join: [concat, concat]) dense(1)") ==
                192 * 4 + 4 + 12 + 1);
}

/* A graph of parts that keep sizes keeps them: what follows is masked as ever. */
static void masks_see_through_graphs(void **state)
{
    (void)state;
    hox_space *space = load(
        DATA
        "net = conv(4) dag(nodes: 3, edge: none | id | conv(same)) add(id, conv(4 | 8 | 16))\n");
    int legal;
    enumerate(space, &legal);
    assert_int_equal(legal, 27);
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(1);
    for (int i = 0; i < 100; i++) {
        int attempts;
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, &attempts, NULL), HOX_OK);
        assert_int_equal(attempts, 1);
    }
    hox_walk_free(w);
    hox_space_free(space);
}

static void one_attempt(const char *net, int legal_want)
{
    char text[512];
    snprintf(text, sizeof text, DATA "net = %s\n", net);
    hox_space *space = load(text);
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(1);
    int legal;
    enumerate(space, &legal);
    assert_int_equal(legal, legal_want);
    for (int i = 0; i < 200; i++) {
        int attempts;
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, &attempts, NULL), HOX_OK);
        if (attempts != 1)
            fail_msg("%s: %d attempts", net, attempts);
    }
    hox_walk_free(w);
    hox_space_free(space);
}

/* Nodes are masked by the shape that reaches them: 8x8 can be halved three times. */
static void masks_look_into_graphs(void **state)
{
    (void)state;
    one_attempt("chain(layers: 4, layer: maxpool(2) | id)", 15);
    one_attempt(
        "dag(nodes: 4, edge: [id, none, id, none, none, id], node: maxpool(2) | id, ends: open)",
        15);
    one_attempt("dag(nodes: 4, edge: none, node: maxpool(2) | maxpool(9) | id, join: concat, fit: "
                "pool, ends: open)",
                16);
    one_attempt("chain(layers: 2, layer: maxpool(2) | maxpool(4) | id, join: add) maxpool(3)", 3);
    one_attempt("chain(layers: 2, layer: chain(layers: 2, layer: maxpool(2) | id))", 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_round_trip),         cmocka_unit_test(positions_print_in_order),
        cmocka_unit_test(dead_parts_cost_nothing),  cmocka_unit_test(shapes_flow_through),
        cmocka_unit_test(masks_see_through_graphs), cmocka_unit_test(masks_look_into_graphs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
