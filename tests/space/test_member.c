/* Membership: a sentence finds the walk that says it. */
#include "spaces.h"
#include <stdio.h>
#include <stdlib.h>

#define DATA "use nn\ndata = idx(\"x\", shape: [8, 8, 3], classes: 10)\n"

static hox_walk *member(const hox_space *space, const char *text, hox_error *err)
{
    hox_diagnostics *list = hox_diagnostics_new();
    hox_walk *walk = NULL;
    *err = (hox_error){0};
    hox_space_member(space, "member", text, strlen(text), NULL, list, &walk, err);
    hox_diagnostics_free(list);
    return walk;
}

/* print(derive(print(w))) = print(w). Returns whether the walk is the same too. */
static bool check(const hox_space *space, const hox_walk *walk)
{
    hox_error err;
    hox_sentence *s = finish((hox_walk *)(uintptr_t)walk);
    char *text = hox_sentence_text(s, false);
    hox_walk *found = member(space, text, &err);
    if (!found)
        fail_msg("%s\nis no member: %s", text, err.message);
    hox_sentence *t = finish(found);
    char *again = hox_sentence_text(t, false), *a = hox_walk_text(walk), *b = hox_walk_text(found);
    assert_string_equal(again, text);
    const bool same = !strcmp(a, b);
    hox_text_free(a);
    hox_text_free(b);
    hox_text_free(again);
    hox_text_free(text);
    hox_sentence_free(s);
    hox_sentence_free(t);
    hox_walk_free(found);
    return same;
}

static int draws(const hox_space *space, int n, uint64_t seed)
{
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(seed);
    int same = 0;
    for (int i = 0; i < n; i++) {
        assert_int_equal(hox_walk_derive(w, i ? hox_answer_prior : hox_answer_default,
                                         i ? &rng : NULL, NULL, NULL),
                         HOX_OK);
        same += check(space, w);
    }
    hox_walk_free(w);
    return same;
}

/* Every construct; all walks are told apart by their text but where a body says the same twice. */
static void what_prints_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool one_to_one;
    } spaces[] = {
        {DATA "net = a{1..3} (relu | tanh)? b(4 | 8)\na = conv(3 | 5) | id\nb(f) = conv(f) norm? "
              "conv(f, 1 | 3)\n",
         true},
        {DATA "net = a b a\nonce a = relu | tanh\nb = a? a{2}\n", true},
        {DATA "net = (1..3) * (conv(3 | 4)) relu\n", true},
        {DATA "net = f(conv(3 | 4) relu?) f(id)\nf(x) = x{1 | 2} add(id, x) | tanh\n", true},
        {DATA "net = conv(k * 8, 3) dense(k + 1)\nonce k = 1..4\nbatch = 16 | 32\ntrain = sgd(lr: "
              "log 1e-4 .. 1.0) | adam\n",
         true},
        {DATA "net = m\nm = op @6 | m m @1 | add(m, m) @1\nop = relu | tanh | id\n", false},
        {DATA "net = relu? relu? relu\n", false},
        {DATA "net = (a | b) (a | b)\na = relu\nb = relu\n", true},
        {DATA "net = dag(nodes: 2..4, edge: none | op, node: op, ends: free | open, first: op) "
              "op\nop = id | conv(same, 1 | 3)\n",
         true},
        {DATA "net = chain(layers: 0..3, layer: relu | conv(3, 1..5 step 2), skip: none | id, fit: "
              "nearest)\n",
         true},
        {DATA "net = flatten tree(leaves: 2..3, leaf: dense(3), join: (add | mul) act)\nonce act = "
              "relu | id\n",
         true},
        {DATA "net = conv(3, kernel: s, width: s) conv(4, stride: 1 | 2)\ns = 1..7 step 2\n", true},
        {"lr = 0.0 .. 1.0 step 0.1\nopt = sgd(beta: 0.5 | 0.9) | adam\nflags = \"-x\"? (\"-y\" "
         "(\"a\" | \"b\"))?\ncommand = \"x {lr} {opt} {flags...}\"\n",
         true},
        {"n = 1..9\nx = f(n, a | b) | [n, 2 | 3]\ncommand = \"x {n}\"\n", true},
    };
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        hox_space *space = load(spaces[i].text);
        const int same = draws(space, 60, i);
        if (spaces[i].one_to_one && same != 60)
            fail_msg("%s\n%d of 60 walks are found again", spaces[i].text, same);
        hox_space_free(space);
    }
}

static void shipped_spaces(void **state)
{
    (void)state;
    const char *count = getenv("HOX_TEST_WALKS");
    for (const hox__embedded_file *f = hox__embedded_files; f->path; f++) {
        if (strncmp(f->path, "spaces/", 7))
            continue;
        hox_space *space = load_n(f->path, f->text, f->n);
        draws(space, count ? atoi(count) : 40, 1);
        hox_space_free(space);
    }
}

static void first_in_the_order_of_declaration(void **state)
{
    (void)state;
    hox_error err;
    hox_space *space = load(DATA "net = relu? relu? tanh | relu tanh\n");
    hox_walk *w = member(space, DATA "net = relu tanh\n", &err);
    char *text = hox_walk_text(w);
    assert_string_equal(text, "0;0;1");
    hox_text_free(text);
    hox_walk_free(w);
    hox_space_free(space);
}

/* Names need not be kept, nor values given where they are defaults. */
static void written_by_hand(void **state)
{
    (void)state;
    hox_error err;
    hox_space *space = load(DATA "net = unit{1..3} dense(classes)\nunit = conv(4 | 8, kernel: 3 | "
                                 "5) act\nact = relu | tanh\n");
    hox_walk *w = member(
        space, DATA "net = conv(filters: 8) relu c dense(classes)\nc = conv(4, 5) tanh\n", &err);
    assert_non_null(w);
    char *text = hox_walk_text(w);
    assert_string_equal(text, "2;1;0;0;0;1;1");
    hox_text_free(text);
    hox_walk_free(w);
    hox_space_free(space);
}

static void strangers(void **state)
{
    (void)state;
    static const char *const texts[] = {
        DATA "net = unit dense(classes)\nunit = conv(16) relu\nbatch = 32\n",
        DATA "net = conv(4) dense(classes)\nbatch = 32\n",
        DATA
        "net = conv(4) relu conv(4) relu conv(4) relu conv(4) relu dense(classes)\nbatch = 32\n",
        DATA "net = conv(4) relu dense(classes)\nbatch = 33\n",
        DATA "net = conv(4) relu dense(classes)\n",
        DATA "net = conv(4) relu dense(classes)\nbatch = 32\nepochs = 3\n",
        DATA "net = conv(4) relu dense(classes) relu\nbatch = 32\n",
        DATA "net = conv(8) relu conv(8) relu conv(8) relu dense(classes)\nbatch = 32\n",
        DATA "net = conv(4 | 8) relu dense(classes)\nbatch = 32\n",
        DATA "net = conv(4) relu densse(classes)\nbatch = 32\n",
        "use nn\ndata = idx(\"y\", shape: [8, 8, 3], classes: 10)\nnet = conv(4) relu "
        "dense(classes)\nbatch = 32\n",
    };
    hox_space *space =
        load(DATA "net = unit{1..3} dense(classes)\nunit = conv(4 | 8) relu\nbatch = 16 | 32\n"
                  "require params(net) <= 6000\n");
    hox_error err;
    hox_walk *w = member(space, DATA "net = conv(4) relu dense(classes)\nbatch = 32\n", &err);
    assert_non_null(w);
    hox_walk_free(w);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        w = member(space, texts[i], &err);
        if (w || !err.message[0])
            fail_msg("%s\nis a member", texts[i]);
    }
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_prints_is_found),
        cmocka_unit_test(shipped_spaces),
        cmocka_unit_test(first_in_the_order_of_declaration),
        cmocka_unit_test(written_by_hand),
        cmocka_unit_test(strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
