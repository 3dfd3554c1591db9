/* Walks: questions, masks, defaults, draws, requirements. */
#include "spaces.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DATA "use nn\ndata = idx(\"x\", shape: [8, 8, 3], classes: 10)\n"

static void check_count(const char *text, int want)
{
    hox_space *space = load(text);
    int legal;
    enumerate(space, &legal);
    assert_int_equal(legal, want);
    hox_space_free(space);
}

/* Every legal sentence is offered, and nothing else ends a walk. */
static void masks_keep_all_legal_sentences(void **state)
{
    (void)state;
    check_count("use nn\nnet = (relu | tanh){1..3}\n", 2 + 4 + 8);
    check_count(DATA "net = conv(4 | 8) add(id, conv(4 | 8 | 16)) dense(2)\n", 2);
    check_count(DATA "net = conv(4 | 8) add(conv(4 | 8), conv(8 | 16)) dense(2)\n", 2 * 1);
    check_count(DATA "net = b(4 | 8 | 16)\nb(f) = conv(f) add(id, conv(f))\n", 3);
    check_count(DATA "net = maxpool(8 | 4) maxpool(1 | 2 | 4) globalpool\n", 1 + 2);
    check_count(DATA "net = concat(conv(4 | 8), maxpool(2 | 1)) dense(2)\n", 2);
    check_count(DATA "net = add(concat(id, conv(1 | 2)), conv(4 | 5 | 6))\n", 2);
    check_count(DATA "net = globalpool (conv(4) | dense(4))\n", 1);
    check_count(DATA "net = 2 * (maxpool(2 | 3 | 1)) dense(2)\n", 2);
    check_count(DATA "net = p{0..4}\np = maxpool(2)\n", 4);
}

static void dead_ends_are_few(void **state)
{
    (void)state;
    hox_space *space = load(DATA "net = u{2..6} globalpool dense(classes)\n"
                                 "u = add(id, conv(4 | 8 | 16)) | conv(4 | 8 | 16) | maxpool(2)\n");
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(1);
    for (int i = 0; i < 500; i++) {
        int attempts;
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, &attempts, NULL), HOX_OK);
        assert_int_equal(attempts, 1);
    }
    hox_walk_free(w);
    hox_space_free(space);
}

static void bounds_hold_and_mask(void **state)
{
    (void)state;
    hox_space *space = load(DATA "net = c{3} dense(classes)\nc = conv(4 | 8 | 64)\n"
                                 "require params(net) <= 9000 and depth(net) <= 5\n");
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(1);
    for (int i = 0; i < 200; i++) {
        int attempts;
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, &attempts, NULL), HOX_OK);
        assert_int_equal(attempts, 1);
        hox_sentence *s = finish(w);
        assert_true(hox_sentence_cost(s).params <= 9000);
        hox_sentence_free(s);
    }
    hox_walk_free(w);
    hox_space_free(space);
}

static void named_values_are_required_of_every_use(void **state)
{
    (void)state;
    check_count("use nn\nnet = d{2}\nd = b(8 | 16)\nb(units) = dense(units)\nbatch = 8 | 16 | 32\n"
                "require b.units <= batch and batch > 8\n",
                8);
    check_count("use nn\nnet = relu | f(4)\nf(x) = conv(x)\nrequire f.x > 5\n", 1);
    check_count(
        "use nn\nnet = act act\nact = relu\nbatch = 2..9\nrequire batch % 4 == 1 or batch == 2\n",
        3);
}

static void once_is_drawn_once(void **state)
{
    (void)state;
    check_count("use nn\nnet = a a a\nonce a = relu | tanh\n", 2);
    check_count("use nn\nnet = f(3 | 5) f(3 | 5)\nf(k) = conv(4, k) conv(4, k)\n", 4);
    check_count("use nn\nnet = 5 * (relu | tanh)\n", 2);
}

static void draws_follow_the_declared_weights(void **state)
{
    (void)state;
    hox_space *space = load("use nn\nnet = relu @1 | tanh @2 | elu @5\nbatch = 3..6\n");
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(11);
    int branch[3] = {0}, number[4] = {0};
    enum { N = 8000 };
    for (int i = 0; i < N; i++) {
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL), HOX_OK);
        int n;
        const hox_answered *a = hox_walk_answers(w, &n);
        assert_int_equal(n, 2);
        branch[a[0].answer.index]++;
        number[a[1].answer.index - 3]++;
    }
    double chi = 0, want[3] = {N / 8.0, N / 4.0, 5 * N / 8.0};
    for (int i = 0; i < 3; i++)
        chi += pow(branch[i] - want[i], 2) / want[i];
    assert_true(chi < 13.8); /* 2 degrees of freedom, p = 0.001 */
    chi = 0;
    for (int i = 0; i < 4; i++)
        chi += pow(number[i] - N / 4.0, 2) / (N / 4.0);
    assert_true(chi < 16.3);
    hox_walk_free(w);
    hox_space_free(space);
}

static void check_default(const char *text, const char *want)
{
    hox_space *space = load(text);
    hox_walk *w = hox_walk_new(space, NULL);
    assert_int_equal(hox_walk_derive(w, hox_answer_default, NULL, NULL, NULL), HOX_OK);
    char *got = hox_walk_text(w);
    assert_string_equal(got, want);
    hox_text_free(got);
    hox_walk_free(w);
    hox_space_free(space);
}

static void defaults_are_the_middle(void **state)
{
    (void)state;
    check_default("a = 1 .. 9\ncommand = \"x\"\n", "5");
    check_default("a = 1 .. 8\ncommand = \"x\"\n", "4");
    check_default("a = 0.0 .. 1.0 ~ 0.3\ncommand = \"x\"\n", "0.3");
    check_default("a = log 1 .. 100\ncommand = \"x\"\n", "10");
    check_default("a = 0.1 .. 0.9 step 0.1\ncommand = \"x\"\n", "0.5");
    check_default("a = p | q\ncommand = \"x\"\n", "0");
    check_default(DATA "net = globalpool (conv(2) | dense(3))\n", "1");
    check_default(DATA "net = maxpool(2){1..5}\n", "3");
}

static void grids_are_decimal(void **state)
{
    (void)state;
    hox_space *space = load("a = 0.1 .. 0.9 step 0.1\ncommand = \"x\"\n");
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(2);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL), HOX_OK);
        char *text = hox_walk_text(w);
        assert_int_equal(strlen(text), 3); /* 0.3, never 0.30000000000000004 */
        hox_text_free(text);
    }
    hox_walk_free(w);
    hox_space_free(space);
}

static void paths_are_stable(void **state)
{
    (void)state;
    static const char *const want[] = {"net|0",      "net/s[0]/u[0]/b.k", "net/s[0]/u[1]/b.k",
                                       "net/s[0]|1", "net/s[1]/u[0]/b.k", "net/s[1]/u[1]/b.k",
                                       "net/s[1]|1", "once/act",          "batch"};
    hox_space *space = load("use nn\nnet = s{1..2 ~ 2} act\ns = u u (relu | tanh)\nu = b(3 | 5)\n"
                            "b(k) = conv(4, k) conv(4, k)\nonce act = relu | tanh\nbatch = 1..4\n");
    hox_walk *w = hox_walk_new(space, NULL);
    int n = 0;
    for (const hox_choice *c; (c = hox_walk_next(w)); n++) {
        assert_true(n < 9);
        assert_int_equal(c->index, n);
        if (n != 3 && n != 6)
            assert_string_equal(c->path, want[n]);
        assert_true(c->key == hox_path_key(c->path));
        hox_walk_answer(w, c->fallback, NULL);
    }
    assert_int_equal(n, 9);
    const hox_answered *a = hox_walk_answers(w, &n);
    for (int i = 0; i < n; i++)
        assert_true(a[i].key == hox_path_key(a[i].path) && a[i].key != a[(i + 1) % n].key);
    hox_walk_free(w);
    hox_space_free(space);
}

/* Rules that ask nothing are derived once for the space (freeze.c): what they do and cost is what
 * it would be, were they written out. */
static void constant_rules_are_as_if_written_out(void **state)
{
    (void)state;
    static const char *const text[2] = {
        DATA "net = (a(4) | b){1..3} dag(nodes: 3, edge: none | c(2), join: add) 2 * c(3) d\n"
             "a(f) = conv(f, stride: 1) add(id, c(f)) e(relu)\nb = a(6) tanh\nc(f) = conv(same, 3) "
             "norm relu dropout(f / 10)\nd = dense(2)\ne(x) = x x\nrequire params(net) <= 1200\n",
        DATA
        "net = (conv(4, stride: 1) add(id, conv(same, 3) norm relu dropout(0.4)) relu relu | "
        "conv(6, stride: 1) add(id, conv(same, 3) norm relu dropout(0.6)) relu relu tanh){1..3} "
        "dag(nodes: 3, edge: none | conv(same, 3) norm relu dropout(0.2), join: add) "
        "2 * (conv(same, 3) norm relu dropout(0.3)) dense(2)\nrequire params(net) <= 1200\n"};
    hox_space *space[2] = {load(text[0]), load(text[1])};
    hox_walk *w[2] = {hox_walk_new(space[0], NULL), hox_walk_new(space[1], NULL)};
    for (uint64_t i = 0; i < 300; i++) {
        hox_sentence *s[2];
        for (int k = 0; k < 2; k++) {
            hox_rng rng = hox_rng_seed(i);
            hox_walk_restart(w[k]);
            assert_int_equal(hox_walk_derive(w[k], hox_answer_prior, &rng, NULL, NULL), HOX_OK);
            s[k] = finish(w[k]);
        }
        const hox_cost a = hox_sentence_cost(s[0]), b = hox_sentence_cost(s[1]);
        assert_true(a.params == b.params && a.flops == b.flops && a.depth == b.depth);
        assert_string_equal(hox_sentence_key(s[0]), hox_sentence_key(s[1]));
        hox_sentence_free(s[0]);
        hox_sentence_free(s[1]);
    }
    for (int k = 0; k < 2; k++) {
        hox_walk_free(w[k]);
        hox_space_free(space[k]);
    }
}

static void recursion_ends(void **state)
{
    (void)state;
    hox_space *space =
        load(DATA "net = t globalpool dense(2)\nt = conv(4) | add(t, t) | conv(8) t\n"
                  "require depth(net) <= 8\n");
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(5);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL), HOX_OK);
        hox_sentence *s = finish(w);
        assert_true(hox_sentence_cost(s).depth <= 8);
        hox_sentence_free(s);
    }
    hox_walk_free(w);
    hox_space_free(space);
}

static void facts_come_from_the_data(void **state)
{
    (void)state;
    hox_space *space = shipped("spaces/fashion-mnist.hox");
    const hox_facts *f = hox_space_facts(space);
    assert_int_equal(f->height, 28);
    assert_int_equal(f->classes, 10);
    assert_true(hox_space_size_log10(space, NULL) >= 6);
    double low, high;
    const char *root;
    assert_true(hox_space_budget(space, &low, &high, &root));
    assert_string_equal(root, "epochs");
    assert_non_null(hox_space_constant(space, "objective"));
    assert_null(hox_space_constant(space, "batch"));
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_keep_all_legal_sentences),
        cmocka_unit_test(dead_ends_are_few),
        cmocka_unit_test(bounds_hold_and_mask),
        cmocka_unit_test(named_values_are_required_of_every_use),
        cmocka_unit_test(once_is_drawn_once),
        cmocka_unit_test(draws_follow_the_declared_weights),
        cmocka_unit_test(defaults_are_the_middle),
        cmocka_unit_test(grids_are_decimal),
        cmocka_unit_test(paths_are_stable),
        cmocka_unit_test(constant_rules_are_as_if_written_out),
        cmocka_unit_test(recursion_ends),
        cmocka_unit_test(facts_come_from_the_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
