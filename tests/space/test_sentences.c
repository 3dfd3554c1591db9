/* Sentences: printing and reading back, walks as text, terms, costs. */
#include "spaces.h"
#include <stdio.h>
#include <stdlib.h>

static void check_text(const char *text, const char *want)
{
    hox_space *space = load(text);
    hox_sentence *s = derive(space, hox_answer_default, NULL);
    char *printed = hox_sentence_text(s, false);
    assert_string_equal(printed, want);
    hox_text_free(printed);
    hox_sentence_free(s);
    hox_space_free(space);
}

static void equal_expansions_share_a_definition(void **state)
{
    (void)state;
    check_text("use nn\nnet = a{3} dense(4)\na = relu | tanh\n",
               "use nn\nnet = a a a dense(4)\na = relu\n");
    check_text("use nn\nnet = b(8) b(16) b(8)\nb(f) = conv(f, 3) norm\n",
               "use nn\nnet = b.1 b.2 b.1\nb.1 = conv(8, 3) norm\nb.2 = conv(16, 3) norm\n");
}

static void nothing_is_erased(void **state)
{
    (void)state;
    check_text("use nn\nnet = relu d tanh e?\nd = nothing | relu\ne = relu\n",
               "use nn\nnet = relu tanh e\ne = relu\n");
    check_text("use nn\nnet = d\nd = nothing | relu\n", "use nn\nnet = nothing\n");
}

static void arguments_are_put_in(void **state)
{
    (void)state;
    check_text(
        "use nn\nnet = body(cell: relu conv(8)) dense(2 * (3 | 4))\nbody(cell) = 2 * cell tanh\n",
        "use nn\nnet = body dense(2 * 3)\nbody = 2 * cell tanh\ncell = relu conv(8)\n");
}

static void objective_comes_first_and_search_is_left_out(void **state)
{
    (void)state;
    check_text("use nn\nnet = relu\nobjective = maximize accuracy\nsearch = random\nepochs = "
               "budget 1..4\n",
               "use nn\nobjective = maximize accuracy\nnet = relu\nepochs = budget 1..4\n");
}

static void round_trip(const char *path)
{
    hox_space *space = shipped(path);
    hox_rng rng = hox_rng_seed(7);
    hox_walk *walk = hox_walk_new(space, NULL);
    for (int i = 0; i < 300; i++) {
        hox_error err = {0};
        assert_int_equal(hox_walk_derive(walk, hox_answer_prior, &rng, NULL, &err), HOX_OK);
        hox_sentence *s = finish(walk);
        char *text = hox_sentence_text(s, false), *answers = hox_walk_text(walk);
        hox_space *one = load(text);
        assert_true(hox_space_is_sentence(one));
        hox_sentence *again = derive(one, hox_answer_default, NULL);
        char *twice = hox_sentence_text(again, false);
        assert_string_equal(twice, text);
        assert_string_equal(hox_sentence_key(again), hox_sentence_key(s));
        hox_walk *replay = hox_walk_new(space, NULL);
        assert_int_equal(hox_walk_read(replay, answers, &err), HOX_OK);
        hox_sentence *same = finish(replay);
        assert_string_equal(hox_sentence_key(same), hox_sentence_key(s));
        assert_true(hox_sentence_cost(same).flops == hox_sentence_cost(s).flops);
        hox_sentence_free(same);
        hox_walk_free(replay);
        hox_text_free(twice);
        hox_sentence_free(again);
        hox_space_free(one);
        hox_text_free(answers);
        hox_text_free(text);
        hox_sentence_free(s);
    }
    hox_walk_free(walk);
    hox_space_free(space);
}

static void sentences_read_back(void **state)
{
    (void)state;
    round_trip("spaces/fashion-mnist.hox");
    round_trip("spaces/mlp.hox");
}

/* Paths of all terms below `t`, one a line. */
static void paths(const hox_term *t, char *out, size_t room)
{
    if (t->kind == HOX_TERM_CALL) {
        strncat(out, t->path, room - strlen(out) - 1);
        strncat(out, " ", room - strlen(out) - 1);
    }
    for (int i = 0; i < t->n; i++)
        paths(t->part[i], out, room);
}

static void check_paths(const char *text, const char *want)
{
    hox_space *space = load(text);
    hox_sentence *s = derive(space, hox_answer_default, NULL);
    char out[1000] = "";
    paths(hox_sentence_root(s, "net"), out, sizeof out);
    assert_string_equal(out, want);
    hox_sentence_free(s);
    hox_space_free(space);
}

static void parts_are_named_by_their_rules(void **state)
{
    (void)state;
    check_paths(
        "use nn\nnet = s{2}\ns = conv(4) add(id, conv(4) relu conv(4))\n",
        "net/s/conv net/s/add net/s/id net/s/conv[1] net/s/relu net/s/conv[2] "
        "net/s[1]/conv net/s[1]/add net/s[1]/id net/s[1]/conv[1] net/s[1]/relu net/s[1]/conv[2] ");
    check_paths("use nn\nnet = 2 * (relu conv(4))\n", "net/relu net/conv net/relu[1] net/conv[1] ");
    check_paths("use nn\nnet = t relu t\nshared t = dense(4)\n",
                "shared/t/dense net/relu shared/t/dense ");
    check_paths("use nn\nnet = sepconv(8)\n", "net/sepconv/depthwise net/sepconv/conv ");
}

static void names_are_the_same_in_space_and_sentence(void **state)
{
    (void)state;
    hox_space *space = shipped("spaces/fashion-mnist.hox");
    hox_rng rng = hox_rng_seed(3);
    for (int i = 0; i < 50; i++) {
        hox_sentence *s = derive(space, hox_answer_prior, &rng);
        char a[4000] = "", b[4000] = "", *text = hox_sentence_text(s, false);
        hox_space *one = load(text);
        hox_sentence *again = derive(one, hox_answer_default, NULL);
        paths(hox_sentence_root(s, "net"), a, sizeof a);
        paths(hox_sentence_root(again, "net"), b, sizeof b);
        assert_string_equal(a, b);
        hox_sentence_free(again);
        hox_space_free(one);
        hox_text_free(text);
        hox_sentence_free(s);
    }
    hox_space_free(space);
}

static void every_parameter_of_a_layer_is_there(void **state)
{
    (void)state;
    hox_space *space = load("use nn\nnet = conv(8, 5)\n");
    hox_sentence *s = derive(space, hox_answer_default, NULL);
    const hox_term *conv = hox_sentence_root(s, "net");
    assert_int_equal(conv->kind, HOX_TERM_CALL);
    assert_true(hox_term_number(conv, "filters", 0) == 8);
    assert_true(hox_term_number(conv, "width", 0) == 5);
    assert_true(hox_term_number(conv, "across", 0) == 1);
    assert_string_equal(hox_term_word(conv, "pad", ""), "yes");
    assert_null(hox_term_get(conv, "size"));
    hox_sentence_free(s);
    hox_space_free(space);
}

static hox_cost cost(const char *net)
{
    char text[500];
    snprintf(text, sizeof text, "use nn\ndata = idx(\"x\", shape: [8, 8, 3], classes: 10)\n%s",
             net);
    hox_space *space = load(text);
    hox_sentence *s = derive(space, hox_answer_default, NULL);
    hox_cost c = hox_sentence_cost(s);
    hox_sentence_free(s);
    hox_space_free(space);
    return c;
}

static void costs_are_those_of_the_layers(void **state)
{
    (void)state;
    hox_cost c = cost("net = conv(4, 3) flatten dense(classes)\n");
    assert_true(c.params == 3 * 3 * 3 * 4 + 8 * 8 * 4 * 10 + 10);
    assert_true(c.flops == 2 * (64 * 3 * 3 * 3 * 4 + 8 * 8 * 4 * 10));
    assert_true(c.depth == 2);
    c = cost("net = conv(3) t relu t\nshared t = conv(3, 1)\n");
    assert_true(c.params == 81 + 9);
    assert_true(c.flops == 2 * 64 * (81 + 9 + 9));
    c = cost("net = 3 * conv(3)\n");
    assert_true(c.params == 3 * 81 && c.depth == 3);
    c = cost("net = add(id, conv(3) conv(3), conv(3))\n");
    assert_true(c.params == 3 * 81 && c.depth == 2);
}

static void keys_ignore_names_and_budgets(void **state)
{
    (void)state;
    const char *texts[] = {"use nn\nnet = a tanh\na = relu\nepochs = budget 1..4\n",
                           "use nn\nnet = relu nothing b\nb = tanh\nepochs = budget 1..9\n",
                           "use nn\nnet = relu relu\n"};
    char key[3][65];
    for (int i = 0; i < 3; i++) {
        hox_space *space = load(texts[i]);
        hox_sentence *s = derive(space, hox_answer_default, NULL);
        strcpy(key[i], hox_sentence_key(s));
        hox_sentence_free(s);
        hox_space_free(space);
    }
    assert_string_equal(key[0], key[1]);
    assert_string_not_equal(key[0], key[2]);
}

static void walks_refuse_what_does_not_fit(void **state)
{
    (void)state;
    hox_space *space = load("use nn\nnet = relu | tanh\nbatch = 32 | 64\n");
    hox_walk *w = hox_walk_new(space, NULL);
    static const char *const bad[] = {"2", "-1", "0;7", "0;0;0", "x", "0.5", "0;", "1e99"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hox_error err = {0};
        hox_sentence *s = NULL;
        bool refused =
            hox_walk_read(w, bad[i], &err) != HOX_OK || hox_walk_finish(w, &s, &err) != HOX_OK;
        assert_true(refused);
        assert_true(err.message[0] != 0);
    }
    hox_walk_free(w);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_expansions_share_a_definition),
        cmocka_unit_test(nothing_is_erased),
        cmocka_unit_test(arguments_are_put_in),
        cmocka_unit_test(objective_comes_first_and_search_is_left_out),
        cmocka_unit_test(sentences_read_back),
        cmocka_unit_test(parts_are_named_by_their_rules),
        cmocka_unit_test(names_are_the_same_in_space_and_sentence),
        cmocka_unit_test(every_parameter_of_a_layer_is_there),
        cmocka_unit_test(costs_are_those_of_the_layers),
        cmocka_unit_test(keys_ignore_names_and_budgets),
        cmocka_unit_test(walks_refuse_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
