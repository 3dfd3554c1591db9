/* Keys of graphs against isomorphism by trying every permutation. */
#include "spaces.h"
#include <stdio.h>
#include <stdlib.h>

#define DATA "use nn\ndata = idx(\"x\", shape: [8, 8, 3], classes: 10)\n"

/* ---- graphs of at most 6 atoms that read each other and the input ---- */

enum { ATOMS = 6 };

typedef struct {
    int n, label[ATOMS];
    int reads[ATOMS + 1][ATOMS + 1]; /* row: reader, the last is the output; column: atom, the last
                                        is the input */
} drawing;

typedef struct {
    char code[64];
    char key[65];
} pair;

static void write(const drawing *d, const int *at, char *code)
{
    int where[ATOMS + 1], k = 0;
    for (int i = 0; i < d->n; i++)
        where[i] = at[i];
    where[d->n] = ATOMS;
    for (int i = 0; i < d->n; i++)
        code[k++] = (char)('a' + d->label[where[i]]);
    for (int i = 0; i <= d->n; i++)
        for (int j = 0; j <= d->n; j++)
            code[k++] = (char)('0' + d->reads[where[i]][where[j]]);
    code[k] = 0;
}

/* The least text over all orders. */
static void least(const drawing *d, int *at, int n, char *best)
{
    char code[64];
    if (n == d->n) {
        write(d, at, code);
        if (!*best || strcmp(code, best) < 0)
            strcpy(best, code);
        return;
    }
    for (int i = n; i < d->n; i++) {
        int kept = at[n];
        at[n] = at[i];
        at[i] = kept;
        least(d, at, n + 1, best);
        at[i] = at[n];
        at[n] = kept;
    }
}

static int by_code(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(pair));
}

static int by_key(const void *a, const void *b)
{
    const pair *x = a, *y = b;
    int c = strcmp(x->key, y->key);
    return c ? c : strcmp(x->code, y->code);
}

/* Equal codes have equal keys and equal keys equal codes; returns how many there are. */
static int compare(pair *p, int n)
{
    int codes = 0, keys = 0;
    qsort(p, (size_t)n, sizeof *p, by_code);
    for (int i = 0; i < n; i++) {
        const bool fresh = i == 0 || strcmp(p[i].code, p[i - 1].code);
        codes += fresh;
        if (!fresh)
            assert_string_equal(p[i].key, p[i - 1].key);
    }
    qsort(p, (size_t)n, sizeof *p, by_key);
    for (int i = 0; i < n; i++)
        keys += i == 0 || strcmp(p[i].key, p[i - 1].key);
    assert_int_equal(keys, codes);
    return keys;
}

typedef void drawer(const hox_answered *answer, drawing *d);

/* Every sentence of a space of choices. */
static int classes(const char *text, drawer *draw)
{
    enum { MOST = 16384 };
    hox_space *space = load(text);
    hox_walk *w = hox_walk_new(space, NULL);
    pair *p = calloc(MOST, sizeof *p);
    int64_t digit[32] = {0};
    int n = 0;
    for (;; n++) {
        const hox_choice *c;
        int q = 0, size[32];
        assert_true(n < MOST);
        hox_walk_restart(w);
        for (; (c = hox_walk_next(w)); q++) {
            size[q] = c->n;
            assert_int_equal(hox_walk_answer(w, (hox_answer){.index = digit[q]}, NULL), HOX_OK);
        }
        hox_sentence *s = finish(w);
        strcpy(p[n].key, hox_sentence_key(s));
        hox_sentence_free(s);
        if (draw) {
            drawing d = {0};
            int at[ATOMS] = {0, 1, 2, 3, 4, 5}, count;
            draw(hox_walk_answers(w, &count), &d);
            least(&d, at, 0, p[n].code);
        } else {
            snprintf(p[n].code, sizeof p[n].code, "%.63s", p[n].key);
        }
        while (q > 0 && ++digit[q - 1] == size[q - 1])
            digit[--q] = 0;
        if (q == 0)
            break;
    }
    const int found = compare(p, n + 1);
    free(p);
    hox_walk_free(w);
    hox_space_free(space);
    return found;
}

/* ---- Genetic CNN ---- */

/* Five nodes; isolated ones are not there. */
static void draw_stage(const hox_answered *a, drawing *d)
{
    int degree[5] = {0}, place[5];
    for (int j = 1, k = 0; j < 5; j++)
        for (int i = 0; i < j; i++, k++)
            if (a[k].answer.index) {
                degree[i]++;
                degree[j]++;
            }
    for (int i = 0; i < 5; i++)
        if (degree[i])
            place[i] = d->n++;
    for (int j = 1, k = 0; j < 5; j++)
        for (int i = 0; i < j; i++, k++)
            if (a[k].answer.index)
                d->reads[place[j]][place[i]] = 1;
}

#define STAGE                                                                                      \
    "stage(f, k) = dag(nodes: k, edge: none | id, node: unit(f, 3), join: add, ends: free,\n"      \
    "                  first: unit(f, 5), last: unit(f, 3)) maxpool(2)\n"                          \
    "unit(f, k) = conv(f, k) norm relu\n"

/* As many as there are unlabelled acyclic digraphs: 6 of 3 nodes, 302 of 5 (OEIS A003087). */
static void genetic_strings(void **state)
{
    (void)state;
    assert_int_equal(classes(DATA "net = stage(50, 5)\n" STAGE, draw_stage), 302);
    assert_int_equal(classes(DATA "net = stage(20, 3) stage(50, 5)\n" STAGE, NULL), 6 * 302);
}

/* ---- NAS-Bench-201 ---- */

/* Answers 0 none, 1 id, 2.. an operation: sums of operations, dead ones left out. */
static void draw_cell(const hox_answered *a, drawing *d)
{
    int sum[4][ATOMS + 1] = {{0}}, reads[ATOMS][ATOMS + 1] = {{0}}, place[ATOMS + 1],
                       live[ATOMS] = {0};
    bool there[4] = {true};
    sum[0][ATOMS] = 1;
    for (int j = 1, k = 0; j < 4; j++)
        for (int i = 0; i < j; i++, k++) {
            if (a[k].answer.index == 0 || !there[i])
                continue;
            there[j] = true;
            for (int x = 0; x <= ATOMS && a[k].answer.index == 1; x++)
                sum[j][x] += sum[i][x];
            if (a[k].answer.index > 1) {
                memcpy(reads[k], sum[i], sizeof reads[k]);
                sum[j][k]++;
            }
        }
    for (int k = ATOMS - 1; k >= 0; k--) {
        live[k] = sum[3][k] > 0;
        for (int x = k + 1; x < ATOMS; x++)
            live[k] |= live[x] && reads[x][k];
    }
    for (int k = 0; k < ATOMS; k++)
        if (live[k]) {
            d->label[d->n] = (int)a[k].answer.index;
            place[d->n++] = k;
        }
    place[d->n] = ATOMS;
    for (int i = 0; i <= d->n; i++)
        for (int x = 0; x <= d->n; x++)
            d->reads[i == d->n ? ATOMS : i][x == d->n ? ATOMS : x] =
                i == d->n ? sum[3][place[x]] : reads[place[i]][place[x]];
}

static void cells(void **state)
{
    (void)state;
    /* 5425 was also found by a program in another language, on the 15,625 codes of the table */
    assert_int_equal(
        classes(DATA "net = conv(8) dag(nodes: 4, edge: op) globalpool\n"
                     "op = none | id | unit(1) | unit(3) | avgpool(3, stride: 1, pad: yes)\n"
                     "unit(k) = relu conv(same, k) norm\n",
                draw_cell),
        5425);
}

/* ---- equalities ---- */

static void key_of(const char *net, char key[65])
{
    char text[1024];
    snprintf(text, sizeof text, DATA "net = %s\nshared one = conv(3)\nshared two = conv(3)\n", net);
    hox_space *space = load(text);
    hox_sentence *s = derive(space, hox_answer_default, NULL);
    strcpy(key, hox_sentence_key(s));
    hox_sentence_free(s);
    hox_space_free(space);
}

static void equal_and_not(void **state)
{
    (void)state;
    static const struct {
        bool same;
        const char *a, *b;
    } cases[] = {
        {true, "conv(3) id relu", "conv(3) relu"},
        {true, "add(conv(3), id)", "add(id, conv(3) id)"},
        {true, "add(add(id, conv(3)), relu)", "add(relu, conv(3), id)"},
        {false, "concat(conv(3), id)", "concat(id, conv(3))"},
        {true, "mul(conv(3), tanh)", "mul(tanh, conv(3))"},
        {true, "dag(nodes: 2, edge: conv(3) relu)", "conv(3) relu"},
        {true, "dag(nodes: 3, edge: [relu, tanh, none])", "tanh"},
        {true, "dag(nodes: 3, edge: [relu, none, tanh])", "relu tanh"},
        {true, "dag(nodes: 3, edge: [relu, tanh, id])", "add(tanh, relu)"},
        {true, "chain(layers: 3, layer: relu)", "relu relu relu"},
        {true, "chain(layers: 2, layer: [conv(3), relu], skip: id, join: add)",
         "add(id, conv(3)) relu"},
        {true, "dag(nodes: 2, edge: none, node: [conv(3), relu], join: concat, ends: open)",
         "concat(conv(3), relu)"},
        {false,
         "dag(nodes: 2, edge: none, node: [conv(3), conv(4)], join: concat, fit: pool, ends: open)",
         "concat(conv(3), conv(4))"},
        {true, "relu tree(leaves: 2, leaf: [tanh, relu], join: mul)", "relu mul(relu, tanh)"},
        {false, "add(id, id)", "id"},
        {false, "add(one, one)", "add(one, two)"},
        {false, "dag(nodes: 3, edge: [conv(3), none, conv(3)])",
         "dag(nodes: 3, edge: [conv(3), conv(3), id])"},
        {false, "conv(3) conv(3)", "conv(3)"},
        /* one convolution read twice, and two */
        {false, "dag(nodes: 4, edge: [conv(3), none, id, none, id, id])",
         "dag(nodes: 4, edge: [conv(3), conv(3), none, none, id, id])"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char a[65], b[65];
        key_of(cases[i].a, a);
        key_of(cases[i].b, b);
        if (cases[i].same != !strcmp(a, b))
            fail_msg("%s %s %s", cases[i].a, cases[i].same ? "is not" : "is", cases[i].b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(genetic_strings),
        cmocka_unit_test(cells),
        cmocka_unit_test(equal_and_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
