/* Recipes of sentences, and the costs that the space predicts against what the engine builds. */
#include "hoxtest.h"
#include "nn/train.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    hox_space *space;
    hox_walk *walk;
    hox_sentence *sentence;
    hox_error err;
} bench;

static bench load(const char *text, uint64_t seed, const hox_space_options *options)
{
    bench b = {0};
    hox_diagnostics *list = hox_diagnostics_new();
    if (hox_space_load("test", text, strlen(text), options, list, &b.space) != HOX_OK) {
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
                   0, NULL);
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

/* A measure knows which way is better; the words may say otherwise. */
static void reads_measures(void **state)
{
    (void)state;
    static const struct {
        const char *text, *metric;
        bool maximize;
        int64_t reduce;
    } row[] = {{"rmse", "rmse", false, 0},
               {"top5", "top5", true, 0},
               {"maximize best auc", "auc", true, -1},
               {"minimize mean of last 3 bits", "bits", false, 3},
               {"maximize loss", "loss", true, 0}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        char text[200];
        snprintf(text, sizeof text,
                 "use nn\nnet = flatten dense(classes)\ntrain = adam\nobjective = %s\n",
                 row[i].text);
        bench b = load(text, 0, NULL);
        hox__recipe r;
        assert_int_equal(hox__recipe_read(b.sentence, 0, &r, &b.err), HOX_OK);
        assert_string_equal(r.metric, row[i].metric);
        assert_true(r.maximize == row[i].maximize && r.reduce == row[i].reduce);
        end(&b);
    }
}

/* What stands beside the optimizer, in any order. */
static void reads_beside(void **state)
{
    (void)state;
    bench b = load("use nn\nnet = flatten dense(classes)\n"
                   "train = clip(5) huber(delta: 2) opt accumulate average(0.99) patience(3)\n"
                   "opt = lion\n",
                   0, NULL);
    hox__recipe r;
    assert_int_equal(hox__recipe_read(b.sentence, 0, &r, &b.err), HOX_OK);
    assert_string_equal(r.train->name, "lion");
    assert_string_equal(r.loss->name, "huber");
    assert_true(r.clip == 5 && r.average == 0.99);
    assert_int_equal(r.accumulate, 4);
    assert_int_equal(r.patience, 3);
    end(&b);
}

static void defaults(void **state)
{
    (void)state;
    bench b = load("use nn\nnet = flatten dense(classes)\ntrain = sgd\n", 0, NULL);
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
        {"use nn\nnet = flatten dense(classes)\ntrain = adam\nobjective = maximize speed\n",
         "`objective`: the engine measures accuracy, top5, f1, auc, log_loss, perplexity, bits, "
         "rmse, mae, r2, loss, not `speed`; another measure needs a `command`"},
        {"use nn\nnet = flatten dense(classes)\ntrain = adam clip sgd\n",
         "`train` names two optimizers, `adam` and `sgd`"},
        {"use nn\nnet = flatten dense(classes)\ntrain = mse adam mae\n",
         "`train` names two losses, `mse` and `mae`"},
        {"use nn\nnet = flatten dense(classes)\ntrain = mse clip\n",
         "the sentence does not say how to train; add `train = adam`"},
    };
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        bench b = load(text[i][0], 0, NULL);
        hox__recipe r;
        assert_int_equal(hox__recipe_read(b.sentence, 0, &r, &b.err), HOX_ERR_ARGUMENT);
        assert_string_equal(b.err.message, text[i][1]);
        end(&b);
    }
}

/* ---- costs ---- */

static bool tokens(void *ctx, const hox_term *source, hox_facts *facts)
{
    (void)ctx;
    (void)source;
    *facts = (hox_facts){.length = 6, .vocabulary = 11, .classes = 11};
    return true;
}

/* What the space says the sentence costs is what the engine builds. */
static void check_cost(bench *b, hox__shape shape, int64_t vocabulary, int64_t classes)
{
    const hox_cost cost = hox_sentence_cost(b->sentence);
    hox__graph *g = hox__graph_new();
    hox__network *network = hox__network_new();
    const hox__entry door = {.x = hox__input(g, vocabulary ? HOX__I32 : HOX__F32, shape, "x"),
                             .classes = classes,
                             .each = vocabulary > 0,
                             .vocabulary = vocabulary};
    hox__node y;
    hox__plan *plan;
    const hox_status status = hox__network_build_on(
        network, g, hox_sentence_root(b->sentence, "net"), &door, false, &y, &b->err);
    /* The shared convolution met two widths. */
    const bool unlike = status == HOX_ERR_SHAPE && strstr(b->err.message, "shared");
    if (status != HOX_OK && !unlike)
        fail_msg("%s\n%s", hox_sentence_text(b->sentence, false), b->err.message);
    double params = 0;
    for (int i = 0; i < hox__network_weights(network) && !unlike; i++) {
        const hox__weight *w = hox__network_weight(network, i);
        double n = w->trained ? 1 : 0;
        for (int k = 0; k < w->shape.rank; k++)
            n *= (double)w->shape.dim[k];
        params += n;
    }
    if (!unlike) {
        assert_int_equal(hox__plan_new(g, &y, 1, NULL, &plan, &b->err), HOX_OK);
        const double flops = hox__plan_describe(plan).flops;
        if (params != cost.params || flops != cost.flops)
            fail_msg("%s\nbuilt %g weights, %g flops; said %g, %g",
                     hox_sentence_text(b->sentence, false), params, flops, cost.params, cost.flops);
        hox__plan_free(plan);
    }
    hox__network_free(network);
    hox__graph_free(g);
}

static void costs_agree(void **state)
{
    (void)state;
    static const char text[] =
        "use nn\ndata = idx(\"x\", shape: [12, 10, 3], classes: 5)\n"
        "net = conv(8, stride: 1 | 2, dilation: 1 | 2, pad: yes | no) norm relu unit{1..3} "
        "(globalpool | flatten | nothing) "
        "dense(classes)\n"
        "unit = add(id, conv(same) norm relu sepconv(same) norm) | concat(depthwise(3, dilation: 1 "
        "| 2), avgpool(2, "
        "stride: 1, pad: yes) conv(4, 1, bias: yes)) | mul(id, twice sigmoid) | maxpool(2) gelu | "
        "convtranspose(4) layernorm | highway(tanh) instancenorm\n"
        "shared twice = conv(same, 3)\ntrain = adam\n";
    for (uint64_t seed = 1; seed <= 40; seed++) {
        bench b = load(text, seed, NULL);
        check_cost(&b, HOX__SHAPE(1, 3, 12, 10), 0, 5);
        end(&b);
    }
}

static void costs_of_sequences_agree(void **state)
{
    (void)state;
    static const char text[] =
        "use nn\ndata = idx(\"text\")\n"
        "net = embed(8) position? unit{1..3} (dense(classes) | dense(8) dense(classes, tied: "
        "yes))\n"
        "unit = lstm(6) | gru(5) | rnn(4, act: relu) | attention(1, causal: yes) layernorm | "
        "conv1d(8, 3, causal: yes | no, dilation: 1 | 2) relu | dense(same) norm | "
        "highway(dense(same) tanh) | "
        "reverse | recurrent(cell: tree(leaves: 2..3, leaf: dense(5) tanh, join: add | mul), "
        "units: 5)"
        "\ntrain = adam\n";
    const hox_space_options options = {.facts = tokens};
    for (uint64_t seed = 1; seed <= 40; seed++) {
        bench b = load(text, seed, &options);
        check_cost(&b, HOX__SHAPE(1, 6), 11, 11);
        end(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(defaults),
        cmocka_unit_test(refuses),
        cmocka_unit_test(reads_beside),
        cmocka_unit_test(reads_measures),
        cmocka_unit_test(costs_agree),
        cmocka_unit_test(costs_of_sequences_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
