/* Graphs of networks, from text to a trained step: what the space says of sizes and weights is what
 * the engine builds. */
#include "hoxtest.h"
#include "nn/terms.h"
#include "nn/train.h"
#include <math.h>
#include <stdio.h>

#define DATA                                                                                       \
    "use nn\ndata = idx(\"x\", shape: [8, 8, 1], classes: 4)\ntrain = sgd(lr: 0.01)\nbatch = "     \
    "32\nepochs = 1\n"

static hox_space *load(const char *net)
{
    char all[4096];
    snprintf(all, sizeof all, DATA "%s\n", net);
    hox_space *space = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    if (hox_space_load("test", all, strlen(all), NULL, list, &space) != HOX_OK)
        fail_msg("%s: %s", net, hox_diagnostics_text(list, false));
    hox_diagnostics_free(list);
    return space;
}

static hox_sentence *draw(const hox_space *space, hox_rng *rng)
{
    hox_walk *walk = hox_walk_new(space, NULL);
    hox_sentence *sentence = NULL;
    hox_error err = {0};
    if (hox_walk_derive(walk, rng ? hox_answer_prior : hox_answer_default, rng, NULL, &err) !=
            HOX_OK ||
        hox_walk_finish(walk, &sentence, &err) != HOX_OK)
        fail_msg("%s", err.message);
    hox_walk_free(walk);
    return sentence;
}

/* One epoch on small images; the weights that it trained. */
static int64_t train(const hox_sentence *sentence)
{
    toy *set = toy_new();
    hox_error err = {0};
    hox__recipe recipe;
    hox__split split;
    hox__train_result result;
    assert_int_equal(hox__recipe_read(sentence, 0, &recipe, &err), HOX_OK);
    assert_int_equal(hox__split_make(&set->images, 0.8, 0, &split, &err), HOX_OK);
    if (hox__train(&recipe, &set->images, &split, NULL, NULL, &result, NULL, &err) != HOX_OK) {
        char *said = hox_sentence_text(sentence, false);
        fail_msg("%s\n%s", err.message, said);
    }
    assert_true(isfinite(result.train_loss) && result.steps > 0);
    hox__split_free(&split);
    hox__free(set);
    return result.params;
}

/* Weights of the engine = weights that the space counts. */
static void check(const char *net, int draws)
{
    hox_space *space = load(net);
    hox_rng rng = hox_rng_seed(4);
    for (int i = 0; i <= draws; i++) {
        hox_sentence *sentence = draw(space, i ? &rng : NULL);
        assert_int_equal(train(sentence), (int64_t)hox_sentence_cost(sentence).params);
        hox_sentence_free(sentence);
    }
    hox_space_free(space);
}

static void dags(void **state)
{
    (void)state;
    check("net = conv(4) dag(nodes: 3, edge: relu conv(same) norm) globalpool dense(classes)", 0);
    check("net = conv(4) dag(nodes: 4, edge: none | id | conv(same), join: add) globalpool "
          "dense(classes)",
          6);
    check("net = dag(nodes: 1..5, edge: none | id, node: conv(4), ends: free, first: conv(4), "
          "last: conv(4)) "
          "globalpool dense(classes)",
          6);
    check("net = dag(nodes: 1..5, edge: none | id, node: conv(2 | 5) maxpool(2)?, join: concat, "
          "fit: pool, ends: open) "
          "globalpool dense(classes)",
          6);
    check("net = dag(nodes: 2..4, edge: none | id, node: conv(2 | 5, stride: 1 | 2), join: add, "
          "fit: pool, ends: open) "
          "globalpool dense(classes)",
          6);
    check("net = dag(nodes: 2..4, edge: none | id, node: conv(2 | 5, stride: 1 | 2), join: concat, "
          "fit: pad, ends: open) "
          "globalpool dense(classes)",
          6);
    check("net = dag(nodes: 2..4, edge: none | id, node: conv(2 | 5, stride: 1 | 3), join: add, "
          "fit: pad, ends: open) "
          "globalpool dense(classes)",
          6);
}

static void chains(void **state)
{
    (void)state;
    check("net = chain(layers: 3, layer: conv(4) relu, skip: id) globalpool dense(classes)", 0);
    check("net = chain(layers: 0..5, layer: conv(2 | 3, stride: 1 | 2) norm relu, skip: none | id, "
          "join: add, "
          "fit: nearest) globalpool dense(classes)",
          8);
}

static void trees(void **state)
{
    (void)state;
    check("net = flatten dense(6) tree(leaves: 5, leaf: dense(6), join: (add | mul | concat) (id | "
          "tanh), fit: pad) "
          "dense(classes)",
          4);
}

static void one_set_of_weights_when_shared(void **state)
{
    (void)state;
    check("net = conv(4) dag(nodes: 3, edge: eye | id, node: id) globalpool dense(classes)\nshared "
          "eye = conv(4)",
          4);
    check("net = conv(4) 3 * (dag(nodes: 3, edge: conv(4))) globalpool dense(classes)", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dags),
        cmocka_unit_test(chains),
        cmocka_unit_test(trees),
        cmocka_unit_test(one_set_of_weights_when_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
