/* Edits: legal sentences or reasons; what an edit does not touch stays. */
#include "spaces.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DATA "use nn\ndata = idx(\"x\", shape: [8, 8, 3], classes: 10)\n"

typedef struct {
    hox_space *space;
    hox_walk *from, *to;
    hox_rng rng;
    hox_error err;
} bench;

static bench begin(const char *text, const char *answers)
{
    bench b = {.space = load(text), .rng = hox_rng_seed(5)};
    b.from = hox_walk_new(b.space, NULL);
    b.to = hox_walk_new(b.space, NULL);
    if (answers) {
        if (hox_walk_read(b.from, answers, &b.err) != HOX_OK)
            fail_msg("%s", b.err.message);
        assert_null(hox_walk_next(b.from));
    }
    return b;
}

static void end(bench *b)
{
    hox_walk_free(b->from);
    hox_walk_free(b->to);
    hox_space_free(b->space);
}

static void check_walk(const hox_walk *walk, const char *want)
{
    char *text = hox_walk_text(walk);
    assert_string_equal(text, want);
    hox_text_free(text);
}

static void check_ok(bench *b, hox_status status, const char *want)
{
    if (status != HOX_OK)
        fail_msg("%s", b->err.message);
    check_walk(b->to, want);
    hox_sentence_free(finish(b->to));
}

static void check_no(bench *b, hox_status status)
{
    assert_int_equal(status, HOX_ERR_ARGUMENT);
    assert_true(b->err.message[0] != 0);
    b->err = (hox_error){0};
}

/* ---- values ---- */

static void values(void **state)
{
    (void)state;
    bench b = begin(DATA "net = conv(k, 3) (b(k) | relu) dense(classes)\nb(f) = conv(f, 1 | 3 | "
                         "5)\nonce k = 4 | 8 | 16\n"
                         "batch = 8..64\n",
                    "1;0;2;32");
    check_ok(&b, hox_edit_set(b.from, "once/k", (hox_answer){.index = 2}, NULL, b.to, &b.err),
             "2;0;2;32");
    check_ok(&b, hox_edit_set(b.from, "batch", (hox_answer){.index = 9}, NULL, b.to, &b.err),
             "1;0;2;9");
    check_ok(&b, hox_edit_set(b.from, "net|0", (hox_answer){.index = 1}, NULL, b.to, &b.err),
             "1;1;32");
    check_no(&b, hox_edit_set(b.from, "batch", (hox_answer){.index = 7}, NULL, b.to, &b.err));
    check_no(&b, hox_edit_set(b.from, "batch|0", (hox_answer){.index = 9}, NULL, b.to, &b.err));
    check_walk(b.from, "1;0;2;32");
    end(&b);
    b = begin(DATA "net = (relu | conv(8, 1 | 3 | 5)) dense(classes)\n", "0");
    check_no(&b, hox_edit_set(b.from, "net|0", (hox_answer){.index = 1}, NULL, b.to,
                              &b.err)); /* what is new must be drawn */
    assert_int_equal(hox_edit_set(b.from, "net|0", (hox_answer){.index = 1}, &b.rng, b.to, &b.err),
                     HOX_OK);
    end(&b);
    /* no other value goes with the rest */
    b = begin(DATA "net = conv(f | 8) add(id, conv(4))\nf = 4 | 4\n", "0;0");
    check_no(&b, hox_edit_set(b.from, "net/conv[0].filters", (hox_answer){.index = 1}, &b.rng, b.to,
                              &b.err));
    end(&b);
}

static void neighbours(void **state)
{
    (void)state;
    bench b =
        begin(DATA "net = conv(log 1..2048) conv(4, 1..15 step 2, stride: log 1..8 step 2) norm\n"
                   "train = sgd(lr: log 1e-6 .. 10.0, momentum: 0.0 .. 0.9 step 0.1)\nbatch = 8 | "
                   "16 | 32 | 64\n",
              "100;3;2;0.1;0.5;1");
    bool seen[300] = {false};
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(hox_edit_nudge(b.from, "net/conv[0].filters", 2, &b.rng, b.to, &b.err),
                         HOX_OK);
        int n;
        const int64_t f = hox_walk_answers(b.to, &n)[0].answer.index;
        assert_true(f >= 50 && f <= 200 && f != 100);
        seen[f] = true;
    }
    for (int f = 50; f <= 200; f++)
        assert_true(seen[f] == (f != 100));
    int low = 0;
    for (int i = 0; i < 1000; i++) {
        int n;
        assert_int_equal(hox_edit_nudge(b.from, "train/sgd.lr", 2, &b.rng, b.to, &b.err), HOX_OK);
        const double lr = hox_walk_answers(b.to, &n)[3].answer.real;
        assert_true(lr >= 0.05 && lr <= 0.2);
        low += lr < 0.1;
        assert_int_equal(hox_edit_nudge(b.from, "net/conv[1].stride", 2, &b.rng, b.to, &b.err),
                         HOX_OK);
        const int64_t s = hox_walk_answers(b.to, &n)[2].answer.index;
        assert_true(s == 1 || s == 4);
        assert_int_equal(hox_edit_nudge(b.from, "net/conv[1].kernel", 2, &b.rng, b.to, &b.err),
                         HOX_OK);
        assert_int_equal(hox_walk_answers(b.to, &n)[1].answer.index, 5); /* 1.5 .. 6, odd, not 3 */
        assert_int_equal(hox_edit_nudge(b.from, "batch", 0, &b.rng, b.to, &b.err), HOX_OK);
        const int64_t k = hox_walk_answers(b.to, &n)[5].answer.index;
        assert_true(k == 0 || k == 2);
        assert_int_equal(hox_edit_nudge(b.from, "train/sgd.momentum", 0, &b.rng, b.to, &b.err),
                         HOX_OK);
        const double m = hox_walk_answers(b.to, &n)[4].answer.real;
        assert_true(m == 0.4 || m == 0.6);
    }
    assert_true(low > 420 && low < 580);
    end(&b);
}

static void redraws(void **state)
{
    (void)state;
    bench b =
        begin(DATA "net = u u u\nu = conv(3, 1 | 3 | 5 | 7 | 9) (relu | tanh)\nbatch = 1..1000\n",
              "0;0;1;1;2;0;7");
    for (int i = 0; i < 200; i++) {
        int n;
        assert_int_equal(hox_edit_redraw(b.from, "net/u[1]", &b.rng, b.to, &b.err), HOX_OK);
        const hox_answered *a = hox_walk_answers(b.to, &n);
        assert_int_equal(a[0].answer.index + 10 * a[1].answer.index + 100 * a[4].answer.index +
                             1000 * a[6].answer.index,
                         7200);
    }
    check_no(&b, hox_edit_redraw(b.from, "net/u[3]", &b.rng, b.to, &b.err));
    assert_int_equal(hox_edit_redraw(b.from, "", &b.rng, b.to, &b.err), HOX_OK);
    end(&b);
}

/* ---- elements ---- */

static void repetitions(void **state)
{
    (void)state;
    bench b = begin(
        DATA "net = u{1..4} u dense(classes)\nu = conv(3, 1 | 3 | 5 | 7 | 9) (relu | tanh)?\n",
        "3;0;1;1;0;0;2;1;4;1"); /* 1, 3 relu, 5; then 9 */
    hox_places p;
    assert_true(hox_walk_places(b.from, 0, &p) && !hox_walk_places(b.from, 1, &p));
    assert_true(p.elements == 3 && !p.edges && !p.where);
    check_ok(&b, hox_edit_delete(b.from, p.path, 0, NULL, b.to, &b.err), "2;1;0;0;2;1;4;1");
    check_ok(&b, hox_edit_delete(b.from, p.path, 1, NULL, b.to, &b.err), "2;0;1;2;1;4;1");
    check_ok(&b, hox_edit_insert(b.from, p.path, 3, 1, NULL, b.to, &b.err),
             "4;0;1;1;0;0;2;1;1;0;0;4;1");
    check_ok(&b, hox_edit_insert(b.from, p.path, 0, 1, NULL, b.to, &b.err),
             "4;1;0;0;0;1;1;0;0;2;1;4;1");
    assert_int_equal(hox_edit_insert(b.from, p.path, 1, -1, &b.rng, b.to, &b.err), HOX_OK);
    check_no(&b, hox_edit_insert(b.from, p.path, 1, -1, NULL, b.to, &b.err));
    check_no(&b, hox_edit_insert(b.from, p.path, 4, 0, NULL, b.to, &b.err));
    check_no(&b, hox_edit_delete(b.from, p.path, 3, NULL, b.to, &b.err));
    end(&b);
    b = begin(DATA "net = u{1..4}\nu = relu | tanh\n", "4;0;1;0;1");
    hox_walk_places(b.from, 0, &p);
    check_no(&b, hox_edit_insert(b.from, p.path, 0, 0, NULL, b.to, &b.err)); /* five are too many */
    end(&b);
}

/* Skips: (1,2) (1,3) (2,3) ...: layer 3 also reads what layers 1 and 2 read. */
static void chains(void **state)
{
    (void)state;
    bench b = begin(
        DATA
        "net = chain(layers: 0..5, layer: relu | tanh | sigmoid, skip: none | id, join: add)\n",
        "3;1;0;1;0;1;2");
    hox_places p;
    assert_true(hox_walk_places(b.from, 0, &p) && p.edges);
    assert_string_equal(p.where, "net/chain");
    /* one more behind layer 1: layer 2 becomes layer 3 and still reads the input and the layer
     * before */
    check_ok(&b, hox_edit_insert(b.from, p.path, 1, 2, NULL, b.to, &b.err),
             "4;0;1;0;0;1;0;0;2;1;2");
    /* it goes again: nothing has changed */
    hox_walk *again = hox_walk_new(b.space, NULL);
    assert_int_equal(hox_edit_delete(b.to, p.path, 1, NULL, again, &b.err), HOX_OK);
    check_walk(again, "3;1;0;1;0;1;2");
    hox_walk_free(again);
    check_ok(&b, hox_edit_delete(b.from, p.path, 0, NULL, b.to, &b.err), "2;0;1;2");
    check_ok(&b, hox_edit_edge(b.from, "net/chain.skip[1]", true, NULL, b.to, &b.err),
             "3;1;1;1;0;1;2");
    check_ok(&b, hox_edit_edge(b.from, "net/chain.skip[0]", false, NULL, b.to, &b.err),
             "3;0;0;1;0;1;2");
    check_no(&b, hox_edit_edge(b.from, "net/chain.skip[0]", true, NULL, b.to, &b.err));
    check_no(&b, hox_edit_edge(b.from, "net/chain.skip[3]", true, NULL, b.to, &b.err));
    end(&b);
}

static void dags(void **state)
{
    (void)state;
    bench b = begin(DATA "net = dag(nodes: 1..5, edge: none | id, node: relu | tanh, ends: open)\n",
                    "3;1;0;1;0;1;0");
    hox_places p;
    assert_true(hox_walk_places(b.from, 0, &p));
    check_ok(&b, hox_edit_insert(b.from, p.path, 0, 1, NULL, b.to, &b.err),
             "4;0;0;1;0;0;1;1;0;1;0");
    check_ok(&b, hox_edit_delete(b.from, p.path, 1, NULL, b.to, &b.err), "2;0;0;0");
    end(&b);
    /* a node that loses its last edge is not asked about any more */
    b = begin(
        DATA
        "net = dag(nodes: 2, edge: none | id, node: relu | tanh, ends: free, last: relu | id)\n",
        "1;1;1;0");
    check_ok(&b, hox_edit_edge(b.from, "net/dag.edge[0]", false, NULL, b.to, &b.err), "0");
    end(&b);
}

static void crossings(void **state)
{
    (void)state;
    bench b = begin(DATA "net = s s\ns = u{1..3} maxpool(1)?\nu = relu | tanh | sigmoid\n",
                    "3;0;0;0;0;1;0;1");
    hox_walk *other = hox_walk_new(b.space, NULL);
    assert_int_equal(hox_walk_read(other, "2;1;1;0;2;1;1;0", NULL), HOX_OK);
    assert_null(hox_walk_next(other));
    int first = 0;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(hox_edit_cross(b.from, other, "s", &b.rng, b.to, &b.err), HOX_OK);
        char *text = hox_walk_text(b.to);
        const bool a = !strcmp(text, "2;1;1;0;1;0;1"), c = !strcmp(text, "3;0;0;0;0;2;1;1;0");
        assert_true(a || c);
        first += a;
        hox_text_free(text);
    }
    assert_true(first > 10 && first < 40);
    check_no(&b, hox_edit_cross(b.from, other, "w", &b.rng, b.to, &b.err));
    hox_walk_free(other);
    end(&b);
}

static void distances(void **state)
{
    (void)state;
    bench b = begin(
        DATA "net = relu | conv(4, 1 | 3 | 5)\nbatch = 10..30\ntrain = sgd(lr: log 1e-4 .. 1.0)\n",
        "1;0;10;0.01");
    assert_true(hox_walk_distance(b.from, b.from) == 0);
    assert_int_equal(hox_walk_read(b.to, "1;2;20;0.0001", NULL), HOX_OK);
    assert_true(fabs(hox_walk_distance(b.from, b.to) - (0 + 1 + 0.5 + 0.5) / 4) < 1e-12);
    assert_int_equal(hox_walk_read(b.to, "0;10;0.01", NULL), HOX_OK);
    assert_true(fabs(hox_walk_distance(b.from, b.to) - 2.0 / 4) < 1e-12);
    assert_true(hox_walk_distance(b.to, b.from) == hox_walk_distance(b.from, b.to));
    end(&b);
}

/* ---- every edit of a legal sentence is a legal sentence ---- */

static void many(const hox_space *space, int n, uint64_t seed)
{
    hox_walk *w[3];
    hox_rng rng = hox_rng_seed(seed);
    for (int i = 0; i < 3; i++)
        w[i] = hox_walk_new(space, NULL);
    hox_error err = {0};
    assert_int_equal(hox_walk_derive(w[0], hox_answer_default, NULL, NULL, &err), HOX_OK);
    assert_int_equal(hox_walk_derive(w[1], hox_answer_prior, &rng, NULL, &err), HOX_OK);
    for (int i = 0; i < n; i++) {
        char what[80], *before = hox_walk_text(w[0]);
        if (hox_edit_any(w[0], w[1], &rng, w[2], what, &err) != HOX_OK)
            fail_msg("%s of %s: %s", what, before, err.message);
        hox_sentence *s = finish(w[2]);
        char *text = hox_sentence_text(s, false), *after = hox_walk_text(w[0]);
        assert_string_equal(before, after);
        hox_space *one = i % 20 ? NULL : load(text);
        assert_true(!one || hox_space_is_sentence(one));
        hox_space_free(one);
        hox_text_free(before);
        hox_text_free(after);
        hox_text_free(text);
        hox_sentence_free(s);
        hox_walk *kept = w[1];
        w[1] = w[0];
        w[0] = w[2];
        w[2] = kept;
    }
    for (int i = 0; i < 3; i++)
        hox_walk_free(w[i]);
}

static int edits(void)
{
    const char *count = getenv("HOX_TEST_WALKS");
    return count ? atoi(count) : 200;
}

static void all_legal(void **state)
{
    (void)state;
    static const char *const texts[] = {
        DATA "net = m\nm = op @6 | m m @1 | add(m, m) @1\nop = relu | conv(3 | 5) | "
             "maxpool(2)\nrequire depth(net) <= 8\n",
        DATA "net = f(conv(3 | 4) relu?){1..3} dense(classes)\nf(x) = x{1 | 2} add(id, x) | tanh\n",
        DATA "net = a{0..3} dense(classes)\na = dag(nodes: n, edge: none | op, node: op)\nonce n = "
             "2..4\nop = id | conv(3) | conv(4)\n",
        "lr = 0.0 .. 1.0 step 0.1\nopt = sgd(beta: 0.5 | 0.9) | adam\ncommand = \"x {lr} {opt}\"\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        hox_space *space = load(texts[i]);
        many(space, edits(), i);
        hox_space_free(space);
    }
    for (const hox__embedded_file *f = hox__embedded_files; f->path; f++) {
        if (strncmp(f->path, "spaces/", 7))
            continue;
        hox_space *space = load_n(f->path, f->text, f->n);
        many(space, edits(), 7);
        hox_space_free(space);
    }
}

/* From any sentence of a small space edits lead to any other. */
static void all_reached(void **state)
{
    (void)state;
    hox_space *space = load(DATA "net = u{1..2} (relu | tanh)\nu = conv(3 | 4) | id\n");
    hox_walk *w[2] = {hox_walk_new(space, NULL), hox_walk_new(space, NULL)};
    hox_rng rng = hox_rng_seed(2);
    char seen[64][32];
    int n = 0, legal;
    enumerate(space, &legal);
    assert_int_equal(hox_walk_derive(w[0], hox_answer_default, NULL, NULL, NULL), HOX_OK);
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(hox_edit_any(w[0], NULL, &rng, w[1], NULL, NULL), HOX_OK);
        char *text = hox_walk_text(w[1]);
        int k = 0;
        while (k < n && strcmp(seen[k], text))
            k++;
        if (k == n && n < 64)
            snprintf(seen[n++], sizeof seen[0], "%s", text);
        hox_text_free(text);
        hox_walk *kept = w[0];
        w[0] = w[1];
        w[1] = kept;
    }
    assert_int_equal(n, legal);
    hox_walk_free(w[0]);
    hox_walk_free(w[1]);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),      cmocka_unit_test(neighbours), cmocka_unit_test(redraws),
        cmocka_unit_test(repetitions), cmocka_unit_test(chains),     cmocka_unit_test(dags),
        cmocka_unit_test(crossings),   cmocka_unit_test(distances),  cmocka_unit_test(all_legal),
        cmocka_unit_test(all_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
