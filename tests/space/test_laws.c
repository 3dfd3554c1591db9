/* The laws of the language, on every shipped space: what prints parses back, the same seed gives
 * the same sentence, draws are distributed as declared. HOX_TEST_WALKS says how many walks per
 * space. Membership is in test_member.c, edits in test_edits.c. */
#include "spaces.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DATA "use nn\ndata = idx(\"x\", shape: [8, 8, 3], classes: 10)\n"

static int walks(void)
{
    const char *count = getenv("HOX_TEST_WALKS");
    return count ? atoi(count) : 100;
}

typedef void law(const hox__embedded_file *file, const hox_space *space);

static void for_each_space(law *check)
{
    for (const hox__embedded_file *f = hox__embedded_files; f->path; f++) {
        if (strncmp(f->path, "spaces/", 7))
            continue;
        hox_space *space = load_n(f->path, f->text, f->n);
        check(f, space);
        hox_space_free(space);
    }
}

/* ---- parse(print(s)) = s ---- */

static void parses_back(const hox__embedded_file *file, const hox_space *space)
{
    hox_rng rng = hox_rng_seed(11);
    for (int i = 0; i < walks(); i++) {
        hox_sentence *s = derive(space, hox_answer_prior, &rng);
        char *text = hox_sentence_text(s, i % 2);
        hox_space *one = load(text);
        if (!hox_space_is_sentence(one))
            fail_msg("%s: more than one sentence in\n%s", file->path, text);
        hox_sentence *t = derive(one, hox_answer_default, NULL);
        char *a = hox_sentence_text(s, false), *b = hox_sentence_text(t, false);
        assert_string_equal(a, b);
        assert_string_equal(hox_sentence_key(s), hox_sentence_key(t));
        const hox_cost x = hox_sentence_cost(s), y = hox_sentence_cost(t);
        assert_true(x.params == y.params && x.flops == y.flops && x.depth == y.depth);
        hox_text_free(text);
        hox_text_free(a);
        hox_text_free(b);
        hox_sentence_free(s);
        hox_sentence_free(t);
        hox_space_free(one);
    }
}

static void round_trip(void **state)
{
    (void)state;
    for_each_space(parses_back);
}

/* ---- same seed, same space, same answers ---- */

static void repeats(const hox__embedded_file *file, const hox_space *space)
{
    hox_space *other = load_n(file->path, file->text, file->n);
    hox_walk *a = hox_walk_new(space, NULL), *b = hox_walk_new(other, NULL),
             *c = hox_walk_new(space, NULL);
    for (int i = 0; i < walks(); i++) {
        hox_rng first = hox_rng_seed((uint64_t)i), second = hox_rng_seed((uint64_t)i);
        assert_int_equal(hox_walk_derive(a, hox_answer_prior, &first, NULL, NULL), HOX_OK);
        assert_int_equal(hox_walk_derive(b, hox_answer_prior, &second, NULL, NULL), HOX_OK);
        char *x = hox_walk_text(a), *y = hox_walk_text(b);
        assert_string_equal(x, y);
        assert_int_equal(hox_walk_read(c, x, NULL), HOX_OK); /* and the text gives the walk back */
        assert_null(hox_walk_next(c));
        char *z = hox_walk_text(c);
        assert_string_equal(x, z);
        hox_text_free(x);
        hox_text_free(y);
        hox_text_free(z);
    }
    hox_walk_free(a);
    hox_walk_free(b);
    hox_walk_free(c);
    hox_space_free(other);
}

static void determinism(void **state)
{
    (void)state;
    for_each_space(repeats);
}

/* ---- distribution ---- */

/* Chi-square of drawn walks against `share` of each walk's text; 99.9 % of fair samples are below
 * the bound (Wilson, Hilferty 1931). */
static void distributed(const char *text, const char *const *walk, const double *share, int n)
{
    hox_space *space = load(text);
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(77);
    int seen[64] = {0};
    const int draws = 20000;
    for (int i = 0; i < draws; i++) {
        int k = 0;
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL), HOX_OK);
        char *said = hox_walk_text(w);
        while (k < n && strcmp(walk[k], said))
            k++;
        if (k == n)
            fail_msg("%s\ngave %s", text, said);
        seen[k]++;
        hox_text_free(said);
    }
    double chi = 0, k = n - 1;
    for (int i = 0; i < n; i++)
        chi += pow(seen[i] - draws * share[i], 2) / (draws * share[i]);
    const double bound = k * pow(1 - 2 / (9 * k) + 3.09 * sqrt(2 / (9 * k)), 3);
    if (chi > bound)
        fail_msg("%s\nchi-square %g, more than %g", text, chi, bound);
    hox_walk_free(w);
    hox_space_free(space);
}

static void distribution(void **state)
{
    (void)state;
    distributed(DATA "net = (relu | tanh @2 | sigmoid @5)\n", (const char *[]){"0", "1", "2"},
                (double[]){1 / 8.0, 2 / 8.0, 5 / 8.0}, 3);
    /* a range, then as many draws */
    distributed(DATA "net = (relu | tanh){1..2}\n",
                (const char *[]){"1;0", "1;1", "2;0;0", "2;0;1", "2;1;0", "2;1;1"},
                (double[]){.25, .25, .125, .125, .125, .125}, 6);
    /* one that is masked leaves its share to the others of its question, not of the whole */
    distributed(DATA "net = conv(4 | 8) add(id, conv(4 | 8 | 16)) | dense(3)\n",
                (const char *[]){"0;0;0", "0;1;1", "1"}, (double[]){.25, .25, .5}, 3);
    distributed(DATA "net = maxpool(4 | 8) maxpool(1 | 2 | 4)\n",
                (const char *[]){"0;0", "0;1", "1;0"}, (double[]){.25, .25, .5}, 3);
    /* log: u = log(low - 1/2) .. log(high + 1/2) */
    distributed(
        "a = log 1..3\ncommand = \"x {a}\"\n", (const char *[]){"1", "2", "3"},
        (double[]){log(1.5 / .5) / log(3.5 / .5), log(2.5 / 1.5) / log(7), log(3.5 / 2.5) / log(7)},
        3);
    /* edges one by one; a node without them is not asked about */
    distributed(DATA "net = dag(nodes: 2, edge: none | id @3, node: relu | tanh, ends: free)\n",
                (const char *[]){"0", "1;0;0", "1;0;1", "1;1;0", "1;1;1"},
                (double[]){.25, .1875, .1875, .1875, .1875}, 5);
    distributed(DATA "net = chain(layers: 0..2, layer: relu | tanh, skip: none | id, join: add)\n",
                (const char *[]){"0", "1;0", "1;1", "2;0;0;0", "2;0;0;1", "2;0;1;0", "2;0;1;1",
                                 "2;1;0;0", "2;1;0;1", "2;1;1;0", "2;1;1;1"},
                (double[]){1 / 3.0, 1 / 6.0, 1 / 6.0, 1 / 24.0, 1 / 24.0, 1 / 24.0, 1 / 24.0,
                           1 / 24.0, 1 / 24.0, 1 / 24.0, 1 / 24.0},
                11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(determinism),
        cmocka_unit_test(distribution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
