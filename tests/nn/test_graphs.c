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

/* ---- the example of base 2 in Zoph, Le, ICLR 2017, section 3.4 ---- */

enum { STEPS = 3, WIDTH = 2, UNITS = 3 };

static float squash(float x)
{
    return 1 / (1 + expf(-x));
}

/* a0 = tanh(W1 x + W2 h), a1 = relu(W3 x . W4 h), a0 := relu(a0 + c), h = sigmoid(a0 . a1), c = W3
 * x . W4 h */
static void by_hand(const float *x, const float *w, const float *u, float out[STEPS][UNITS])
{
    float h[UNITS] = {0}, c[UNITS] = {0};
    for (int t = 0; t < STEPS; t++) {
        float in[2 * UNITS] = {0}, own[2 * UNITS] = {0};
        for (int i = 0; i < 2 * UNITS; i++) {
            for (int k = 0; k < WIDTH; k++)
                in[i] += w[i * WIDTH + k] * x[t * WIDTH + k];
            for (int k = 0; k < UNITS; k++)
                own[i] += u[i * UNITS + k] * h[k];
        }
        for (int i = 0; i < UNITS; i++) {
            const float product = in[UNITS + i] * own[UNITS + i];
            const float a0 = fmaxf(tanhf(in[i] + own[i]) + c[i], 0), a1 = fmaxf(product, 0);
            out[t][i] = h[i] = squash(a0 * a1);
            c[i] = product;
        }
    }
}

static void a_cell_is_its_formula(void **state)
{
    (void)state;
    static const char text[] =
        "use nn\nnet = treecell(units: 3, leaves: 2, leaf: [add tanh, mul relu], "
        "join: [mul sigmoid], inject: add relu, read: 1, at: 0)\n";
    hox_space *space = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    assert_int_equal(hox_space_load("cell", text, strlen(text), NULL, list, &space), HOX_OK);
    hox_diagnostics_free(list);
    hox_sentence *s = draw(space, NULL);
    hox__graph *g = hox__graph_new();
    hox__network *network = hox__network_new();
    const hox__node x = hox__input(g, HOX__F32, HOX__SHAPE(1, STEPS, WIDTH), "x");
    hox__node y;
    hox_error err = {0};
    if (hox__network_build(network, g, hox_sentence_root(s, "net"), x, 0, false, &y, &err) !=
        HOX_OK)
        fail_msg("%s", err.message);
    assert_int_equal(hox__network_weights(network), 2);
    hox__plan *plan;
    assert_int_equal(hox__plan_new(g, &y, 1, NULL, &plan, &err), HOX_OK);
    float w[2 * UNITS * WIDTH], u[2 * UNITS * UNITS], want[STEPS][UNITS], got[STEPS][UNITS];
    for (int i = 0; i < 2 * UNITS * WIDTH; i++)
        w[i] = sinf(1 + (float)i);
    for (int i = 0; i < 2 * UNITS * UNITS; i++)
        u[i] = 2 * cosf((float)(3 * i));
    for (int i = 0; i < 2; i++) {
        const hox__weight *weight = hox__network_weight(network, i);
        const bool in = strstr(weight->name, "/input") != NULL;
        assert_true(hox__plan_set(plan, weight->name, in ? w : u,
                                  in ? 2 * UNITS * WIDTH : 2 * UNITS * UNITS));
    }
    float *input = hox__plan_input(plan, x);
    for (int i = 0; i < STEPS * WIDTH; i++)
        input[i] = cosf((float)i);
    by_hand(input, w, u, want);
    hox__plan_run(plan);
    hox__plan_read(plan, y, &got[0][0]);
    for (int t = 0; t < STEPS; t++)
        for (int i = 0; i < UNITS; i++)
            assert_float_equal(got[t][i], want[t][i], 1e-5);
    hox__plan_free(plan);
    hox__network_free(network);
    hox__graph_free(g);
    hox_sentence_free(s);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dags),
        cmocka_unit_test(chains),
        cmocka_unit_test(trees),
        cmocka_unit_test(one_set_of_weights_when_shared),
        cmocka_unit_test(a_cell_is_its_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
