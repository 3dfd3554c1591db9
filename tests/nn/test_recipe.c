/* Recipes of sentences, and the costs that the space predicts against what the engine builds. */
#include "hoxtest.h"
#include "nn/train.h"
#include <math.h>
#include <string.h>

typedef struct {
    hox_space *space;
    hox_walk *walk;
    hox_sentence *sentence;
    hox_error err;
} bench;

static bench load(const char *text, uint64_t seed)
{
    bench b = {0};
    hox_diagnostics *list = hox_diagnostics_new();
    if (hox_space_load("test", text, strlen(text), NULL, list, &b.space) != HOX_OK) {
        char *message = hox_diagnostics_text(list, false);
        fail_msg("%s", message);
    }
    hox_diagnostics_free(list);
    hox_rng rng = hox_rng_seed(seed);
    b.walk = hox_walk_new(b.space, &b.err);
    assert_int_equal(hox_walk_derive(b.walk, seed ? hox_answer_prior : hox_answer_default,
                                     seed ? &rng : NULL, NULL, &b.err),
                     HOX_OK);
    assert_int_equal(hox_walk_finish(b.walk, &b.sentence, &b.err), HOX_OK);
    return b;
}

static void end(bench *b)
{
    hox_sentence_free(b->sentence);
    hox_walk_free(b->walk);
    hox_space_free(b->space);
}

static void reads(void **state)
{
    (void)state;
    bench b = load("use nn\nnet = flatten dense(classes)\ntrain = adam(lr: 0.01)\n"
                   "schedule = cosine(warmup: 1)\nbatch = 32\nepochs = budget 2..9\n"
                   "data = idx(\"x\", shape: [4, 4, 1], classes: 3)\n"
                   "objective = minimize loss\n",
                   0);
    hox__recipe r;
    assert_int_equal(hox__recipe_read(b.sentence, 0, &r, &b.err), HOX_OK);
    assert_int_equal(r.batch, 32);
    assert_int_equal(r.epochs, 9);
    assert_string_equal(r.train->name, "adam");
    assert_string_equal(r.schedule->name, "cosine");
    assert_string_equal(r.metric, "loss");
    assert_false(r.maximize);
    assert_int_equal(hox__recipe_read(b.sentence, 3, &r, &b.err), HOX_OK);
    assert_int_equal(r.epochs, 3);
    end(&b);
}

static void defaults(void **state)
{
    (void)state;
    bench b = load("use nn\nnet = flatten dense(classes)\ntrain = sgd\n", 0);
    hox__recipe r;
    assert_int_equal(hox__recipe_read(b.sentence, 0, &r, &b.err), HOX_OK);
    assert_int_equal(r.batch, 64);
    assert_int_equal(r.epochs, 5);
    assert_null(r.schedule);
    assert_string_equal(r.metric, "accuracy");
    assert_true(r.maximize && r.reduce == 0);
    end(&b);
}

static void refuses(void **state)
{
    (void)state;
    static const char *const text[][2] = {
        {"use nn\nnet = flatten dense(classes)\n",
         "the sentence does not say how to train; add `train = adam`"},
        {"use nn\nnet = flatten dense(classes)\ntrain = adam\nbatch = 1.5\n",
         "`batch` must be a whole number in 1 .. 1048576"},
        {"use nn\nnet = flatten dense(classes)\ntrain = adam\nobjective = maximize f1\n",
         "`objective`: the engine measures accuracy and loss, not `f1`; another measure needs a "
         "`command`"},
    };
    for (int i = 0; i < 3; i++) {
        bench b = load(text[i][0], 0);
        hox__recipe r;
        assert_int_equal(hox__recipe_read(b.sentence, 0, &r, &b.err), HOX_ERR_ARGUMENT);
        assert_string_equal(b.err.message, text[i][1]);
        end(&b);
    }
}

/* What the space says a sentence costs is what the engine builds. */
static void costs_agree(void **state)
{
    (void)state;
    static const char text[] =
        "use nn\ndata = idx(\"x\", shape: [12, 10, 3], classes: 5)\n"
        "net = conv(8, stride: 1 | 2) norm relu unit{1..3} (globalpool | flatten | nothing) "
        "dense(classes)\n"
        "unit = add(id, conv(same) norm relu sepconv(same) norm) | concat(depthwise(5), avgpool(2, "
        "stride: 1, pad: yes) conv(4, 1, bias: yes)) | mul(id, twice sigmoid) | maxpool(2) gelu\n"
        "shared twice = conv(same, 3)\ntrain = adam\n";
    for (uint64_t seed = 1; seed <= 40; seed++) {
        bench b = load(text, seed);
        const hox_cost cost = hox_sentence_cost(b.sentence);
        hox__graph *g = hox__graph_new();
        hox__network *network = hox__network_new();
        const hox__node x = hox__input(g, HOX__F32, HOX__SHAPE(1, 3, 12, 10), "x");
        hox__node y;
        hox__plan *plan;
        const hox_status status = hox__network_build(
            network, g, hox_sentence_root(b.sentence, "net"), x, 5, false, &y, &b.err);
        if (status == HOX_ERR_SHAPE && strstr(b.err.message, "shared"))
            goto next; /* the shared convolution met two widths */
        if (status != HOX_OK)
            fail_msg("%s", b.err.message);
        double params = 0;
        for (int i = 0; i < hox__network_weights(network); i++) {
            const hox__weight *w = hox__network_weight(network, i);
            double n = w->trained ? 1 : 0;
            for (int k = 0; k < w->shape.rank; k++)
                n *= (double)w->shape.dim[k];
            params += n;
        }
        assert_true(params == cost.params);
        assert_int_equal(hox__plan_new(g, &y, 1, NULL, &plan, &b.err), HOX_OK);
        assert_true(hox__plan_describe(plan).flops == cost.flops);
        hox__plan_free(plan);
    next:
        hox__network_free(network);
        hox__graph_free(g);
        end(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(defaults),
        cmocka_unit_test(refuses),
        cmocka_unit_test(costs_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
