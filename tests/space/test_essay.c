/* The spaces of the essay: their members are the papers' examples. */
#include "base/io.h"
#include "space/canonical.h"
#include "spaces.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const essay[] = {
    "metaqnn",       "nas-cnn",         "genetic-cnn",           "codeepneat",
    "nas-bench-201", "nas-bench-macro", "large-scale-evolution", "nas-rnn-cell"};
enum { ESSAY = sizeof essay / sizeof *essay };

static const hox__embedded_file *file_of(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "spaces/%s.hox", name);
    const hox__embedded_file *file = hox__embedded(path);
    if (!file)
        fail_msg("%s is not there", path);
    return file;
}

static hox_space *open(const char *name)
{
    const hox__embedded_file *file = file_of(name);
    return load_n(file->path, file->text, file->n);
}

static void short_and_cited(void **state)
{
    (void)state;
    for (int i = 0; i < ESSAY; i++) {
        const hox__embedded_file *file = file_of(essay[i]);
        int lines = 0;
        for (size_t k = 0; k < file->n; k++)
            lines += file->text[k] == '\n';
        if (lines > 40 || !strstr(file->text, "arXiv"))
            fail_msg("%s: %d lines", essay[i], lines);
    }
}

/* `answers` to the questions of the network; the rest as by default. */
static hox_sentence *read_walk(const hox_space *space, const char *answers)
{
    hox_walk *w = hox_walk_new(space, NULL);
    hox_error err = {0};
    const hox_choice *c;
    while ((c = hox_walk_next(w))) {
        hox_answer a = c->fallback;
        if (!strncmp(c->path, "net", 3) || !strncmp(c->path, "once", 4)) {
            char *end;
            const double x = strtod(answers, &end);
            if (end == answers)
                fail_msg("no answer is left for %s", c->path);
            answers = end + (*end == ';');
            a = c->kind == HOX_ASK_REAL ? (hox_answer){.real = x}
                                        : (hox_answer){.index = (int64_t)x};
        }
        if (hox_walk_answer(w, a, &err) != HOX_OK)
            fail_msg("%s", err.message);
    }
    assert_string_equal(answers, "");
    hox_sentence *s = finish(w);
    hox_walk_free(w);
    return s;
}

static char *network_of(const hox_sentence *s)
{
    hox__text text = {0};
    hox__canonical_network(&text, hox_sentence_root(s, "net"));
    return hox__text_take(&text);
}

/* The walk's network is that of `text`, but for names and the order of what is added. */
static void check_network(hox_space *space, const char *answers, const char *text)
{
    hox_sentence *s = answers ? read_walk(space, answers) : derive(space, hox_answer_default, NULL);
    hox_space *other = load(text);
    hox_sentence *t = derive(other, hox_answer_default, NULL);
    char *a = network_of(s), *b = network_of(t);
    assert_string_equal(a, b);
    hox_text_free(a);
    hox_text_free(b);
    hox_sentence_free(s);
    hox_sentence_free(t);
    hox_space_free(space);
    hox_space_free(other);
}

static void check(const char *name, const char *answers, const char *net)
{
    char text[4096];
    snprintf(text, sizeof text, "use nn\ndata = cifar(\"cifar-10\")\nnet = %s\n", net);
    check_network(open(name), answers, text);
}

/* Appendix, table of the best networks for CIFAR-10: C(512,5) C(256,3) C(256,5) C(256,3) P(5,3)
 * C(512,3) C(512,5) P(2,2) SM. */
static void metaqnn(void **state)
{
    (void)state;
    check("metaqnn", "3;2;1;2;0;1;2;2;1;2;0;2;2;1;3;0;1;3;2;2;0;0;1",
          "conv(512, 5) relu conv(256, 3) relu conv(256, 5) relu conv(256, 3) relu maxpool(5, "
          "stride: 3)\n"
          "  conv(512, 3) relu conv(512, 5) relu maxpool(2) dense(classes)");
    check("metaqnn", "0;0;2;0;1;0;0;2;0;2;0;0;0",
          "conv(64, 3) relu maxpool(2) conv(64, 3) relu maxpool(2) dense(512) relu dense(512) relu "
          "dense(classes)");
}

/* Layers without an edge read the image and are read by the classifier; else an edge says who
 * reads whom. */
static void nas_cnn(void **state)
{
    (void)state;
    check("nas-cnn", "6;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;1;0;0;2;0;0;3;0;0;0;0;0;1;0;0",
          "dag(nodes: 6, edge: none, node: [u(24), u(36), u(48), u(64), u(24), u(36)], join: "
          "concat, fit: pad,\n"
          "    ends: open) globalpool dense(classes)\n"
          "u(f) = conv(f, 3) norm relu");
    check(
        "nas-cnn", "6;1;0;1;0;0;1;0;0;0;1;0;0;0;0;1;0;3;2;1;0;0;2;0;0;3;0;0;0;0;0;1;0;0",
        "conv(24, 7, width: 5) norm relu u(36) u(48) u(64) u(24) u(36) globalpool dense(classes)\n"
        "u(f) = conv(f, 3) norm relu");
    /* 3 reads 1 and 2, which read the image */
    check("nas-cnn", "6;0;1;1;0;0;1;0;0;0;1;0;0;0;0;1;0;0;0;1;0;0;2;0;0;3;0;0;0;0;0;1;0;0",
          "dag(nodes: 2, edge: none, node: [u(24), u(36)], join: concat, fit: pad, ends: open) "
          "u(48) u(64) u(24) u(36) globalpool dense(classes)\nu(f) = conv(f, 3) norm relu");
}

/* The example of section 3.4 and figure 5: base 2, the tree's tokens add tanh, mul ReLU, mul
 * sigmoid; the memory is injected by add ReLU into leaf 0 and read from part 1, before its
 * activation. The space is that of base 8 but for its size. */
static void nas_rnn_cell(void **state)
{
    (void)state;
    static const char *const change[][2] = {
        {"leaves: 8", "leaves: 2"}, {"read: 0..14", "read: 0..2 "}, {"at: 0..7", "at: 0..1"}};
    const hox__embedded_file *file = file_of("nas-rnn-cell");
    char text[4096];
    snprintf(text, sizeof text, "%.*s", (int)file->n, file->text);
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        char *at = strstr(text, change[i][0]);
        assert_non_null(at);
        memcpy(at, change[i][1], strlen(change[i][1]));
    }
    check_network(
        load(text), "1;0;0;2;0;0;1;2;1;3",
        "use nn\nnet = embed(200) treecell(units: 200, leaves: 2, leaf: [add tanh, mul relu], "
        "join: [mul sigmoid],\n    inject: add relu, read: 1, at: 0) dense(classes)\n");
}

/* 1-01 and 0-11-101-0001, stages of the best CIFAR-10 code (section 4.2); stages without edges. */
static void genetic_cnn(void **state)
{
    (void)state;
#define TAIL " dense(500) relu dropout(0.5) dense(classes)\nu(f, k) = conv(f, k) norm relu"
    check(
        "genetic-cnn", "1;0;1;0;1;1;1;0;1;0;0;0;1",
        "u(20, 5) u(20, 3) u(20, 3) u(20, 3) u(20, 3) maxpool(2)\n"
        "  dag(nodes: 7, first: u(50, 5), node: u(50, 3), last: u(50, 3),\n"
        "      edge: [id, id, none, none, id, id, none, id, none, id, none, none, none, none, id,\n"
        "             none, none, none, none, none, id]) maxpool(2)" TAIL);
    check("genetic-cnn", "0;0;0;0;0;0;0;0;0;0;0;0;0",
          "u(20, 5) maxpool(2) u(50, 5) maxpool(2)" TAIL);
    /* residual-like 1-01-101 leaves node 5 out */
    check("genetic-cnn", "0;0;0;1;0;1;1;0;1;0;0;0;0",
          "u(20, 5) maxpool(2) u(50, 5) u(50, 3) add(id, u(50, 3) u(50, 3)) u(50, 3) u(50, 3) "
          "maxpool(2)" TAIL);
}

/* Convolutions: 1 without edges, else 2 + the nodes with an edge (section 3.1.1). */
static void genetic_cnn_counts(void **state)
{
    (void)state;
    hox_space *space = open("genetic-cnn");
    hox_walk *w = hox_walk_new(space, NULL);
    for (int code = 0; code < 8192; code++) {
        bool has[8] = {false};
        int bit = 0, convs[2] = {1, 1};
        hox_walk_restart(w);
        for (int stage = 0; stage < 2; stage++)
            for (int j = 1; j < (stage ? 5 : 3); j++)
                for (int i = 0; i < j; i++, bit++) {
                    assert_non_null(hox_walk_next(w));
                    hox_walk_answer(w, (hox_answer){.index = code >> bit & 1}, NULL);
                    if (code >> bit & 1)
                        has[3 * stage + i] = has[3 * stage + j] = true;
                }
        for (int i = 0; i < 8; i++)
            convs[i >= 3] += has[i] + (has[i] && convs[i >= 3] == 1);
        assert_null(hox_walk_next(w));
        hox_sentence *s = finish(w);
        const double want = 1 * 20 * 25 + 40 + (convs[0] - 1) * (20 * 20 * 9 + 40) + 20 * 50 * 25 +
                            100 + (convs[1] - 1) * (50 * 50 * 9 + 100) + 7 * 7 * 50 * 500 + 500 +
                            5010;
        assert_true(hox_sentence_cost(s).params == want);
        hox_sentence_free(s);
    }
    hox_walk_free(w);
    hox_space_free(space);
}

/* Nodes of a blueprint that point at one species are the same module, each with weights of its own;
 * a merge of two concatenates, the larger one pooled. */
static void codeepneat(void **state)
{
    (void)state;
    check("codeepneat", "1;0;1;32;0;0.1;1",
          "conv(32, 3) relu dropout(0.1) globalpool dense(classes)");
    check(
        "codeepneat", "3;1;0;1;0;1;64;1;0.5;0;0;0",
        "u u u globalpool dense(classes)\nu = conv(64, 1) relu dropout(0.5) maxpool(2, pad: yes)");
    check("codeepneat", "1;2;2;0;40;0;0;1;50;1;0;0",
          "dag(nodes: 2, edge: none, node: [u(40, 3), u(50, 1) maxpool(2, pad: yes)], join: "
          "concat, fit: pool, ends: open) "
          "globalpool dense(classes)\nu(f, k) = conv(f, k) relu dropout(0)");
    hox_space *space = open("codeepneat");
    hox_sentence *s = read_walk(space, "3;1;0;1;0;1;64;1;0.5;1;0;0");
    assert_true(hox_sentence_cost(s).params == 3 * 64 + 2 * 64 * 64 + 650);
    hox_sentence_free(s);
    hox_space_free(space);
}

/* The first individual has no convolution; a vertex may read an earlier one beside its own. */
static void large_scale_evolution(void **state)
{
    (void)state;
    check("large-scale-evolution", NULL, "globalpool dense(classes)");
    check("large-scale-evolution", "3;0;1;0;0;3;3;3;1;0;0;3;5;3;1;1;1",
          "chain(layers: 2, layer: [conv(3, 3) norm relu conv(3, 5, width: 3), id], skip: id, "
          "join: add,\n"
          "      fit: nearest) globalpool dense(classes)");
}

/* ---- tables ---- */

typedef void rower(const hox_space *space, char **field);

static int rows(const char *file, const hox_space *space, rower *each)
{
    char path[512], *data = NULL, *line_at, *field_at;
    size_t n = 0;
    const char *shared = getenv("HOX_SHARED");
    if (!shared) {
        print_message("HOX_SHARED is not set: %s is not compared\n", file);
        return -1;
    }
    snprintf(path, sizeof path, "%s/data/nas/%s", shared, file);
    assert_int_equal(hox__file_read(path, 64 << 20, &data, &n, NULL), HOX_OK);
    int count = 0;
    for (char *line = strtok_r(data, "\n", &line_at); line; line = strtok_r(NULL, "\n", &line_at)) {
        char *field[32];
        int k = 0;
        field_at = line;
        for (char *f; k < 32 && (f = strsep(&field_at, "\t")) != NULL;)
            field[k++] = f;
        if (count++ > 0)
            each(space, field);
    }
    hox_text_free(data);
    return count - 1;
}

static hox_sentence *of_code(const hox_space *space, const char *code, hox_walk **walk)
{
    char answers[64];
    size_t k = 0;
    for (; *code; code++) {
        answers[k++] = *code;
        answers[k++] = code[1] ? ';' : 0;
    }
    *walk = hox_walk_new(space, NULL);
    hox_error err = {0};
    if (hox_walk_read(*walk, answers, &err) != HOX_OK)
        fail_msg("%s", err.message);
    return finish(*walk);
}

/* Weights are 73,306 + 28,000 for each 1x1 and 243,040 for each 3x3 convolution of the cell that is
 * not dead. The table counts dead ones too, and says something in between for 204 of the codes, 101
 * of them without `none`, where its source took a mean over several trainings. */
static int disagree;
static void cell(const hox_space *space, char **field)
{
    hox_walk *w;
    hox_sentence *s = of_code(space, field[1], &w);
    const double params = hox_sentence_cost(s).params, table = 1e6 * atof(field[9]);
    double all = 73306;
    for (const char *c = field[1]; *c; c++)
        all += *c == '2' ? 28000 : *c == '3' ? 243040 : 0;
    if (strchr(field[1], '0') ? params > all : params != all)
        fail_msg("%s: %g, not %g", field[1], params, all);
    disagree += !strchr(field[1], '0') && fabs(params - table) > 0.5;
    hox_sentence_free(s);
    hox_walk_free(w);
}

static void nas_bench_201(void **state)
{
    (void)state;
    hox_space *space = open("nas-bench-201");
    int reals;
    assert_true(fabs(hox_space_size_log10(space, &reals) - log10(15625)) < 1e-9 && reals == 0);
    const int n = rows("nb201.tsv", space, cell);
    assert_true(n < 0 || (n == 15625 && disagree == 101));
    hox_space_free(space);
}

/* Multiply-adds of the table are half our operations. */
static void layers(const hox_space *space, char **field)
{
    hox_walk *w;
    hox_sentence *s = of_code(space, field[0], &w);
    const hox_cost cost = hox_sentence_cost(s);
    if (cost.params != atof(field[5]) || cost.flops != 2 * atof(field[6]))
        fail_msg("%s: %g %g, not %s %s", field[0], cost.params, cost.flops, field[5], field[6]);
    hox_sentence_free(s);
    hox_walk_free(w);
}

static void nas_bench_macro(void **state)
{
    (void)state;
    hox_space *space = open("nas-bench-macro");
    const int n = rows("nbmacro.tsv", space, layers);
    assert_true(n < 0 || n == 6561);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_and_cited), cmocka_unit_test(metaqnn),
        cmocka_unit_test(nas_cnn),         cmocka_unit_test(nas_rnn_cell),
        cmocka_unit_test(genetic_cnn),     cmocka_unit_test(genetic_cnn_counts),
        cmocka_unit_test(codeepneat),      cmocka_unit_test(large_scale_evolution),
        cmocka_unit_test(nas_bench_201),   cmocka_unit_test(nas_bench_macro),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
