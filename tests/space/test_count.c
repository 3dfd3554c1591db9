/* Counting: exact counts equal enumeration, estimates cover exact counts, draws are even. */
#include "base/big.h"
#include "space/count.h"
#include "spaces.h"
#include <math.h>
#include <stdlib.h>

#define DATA "use nn\ndata = idx(\"x\", shape: [8, 8, 3], classes: 10)\n"

static const char *const small[] = {
    "use nn\nnet = (relu | tanh){1..3}\n",
    "use nn\nnet = relu\n",
    "use nn\nnet = a a a\nonce a = relu | tanh\n",
    "use nn\nnet = f(3 | 5) f(3 | 5)\nf(k) = conv(4, k) conv(4, k)\n",
    "use nn\nnet = 5 * (relu | tanh | conv(3 | 4))\n",
    "use nn\nnet = (relu | dense(4)){0..3} (tanh? | elu){1 | 3}\nbatch = 16 | 32 | 64\n",
    "use nn\nnet = f(relu | tanh, 2..4)\nf(x, n) = x{n} x | x\n", /* arguments drawn at their first
                                                                     use, or never */
    "use nn\nnet = f((1 | 2) * (3 | 4))\nf(u) = dense(u) dense(u)\n",
    "use nn\nnet = f(a)\nf(x) = x x\na = relu | b\nb = tanh | dense(2 | 3)\n",
    DATA "net = conv(4 | 8) add(id, conv(4 | 8 | 16)) dense(2)\n",
    DATA "net = conv(4 | 8) add(conv(4 | 8), conv(8 | 16)) dense(2)\n",
    DATA "net = b(4 | 8 | 16)\nb(f) = conv(f) add(id, conv(f))\n",
    DATA "net = maxpool(8 | 4) maxpool(1 | 2 | 4) globalpool\n",
    DATA "net = add(concat(id, conv(1 | 2)), conv(4 | 5 | 6))\n",
    DATA "net = globalpool (conv(4) | dense(4))\n",
    DATA "net = p{0..4}\np = maxpool(2) | avgpool(2) | nothing\n",
    DATA "net = 2 * (maxpool(2 | 3 | 1)) dense(2)\n",
    DATA "net = u{2..4} globalpool dense(classes)\nu = add(id, conv(4 | 8)) | conv(3 | 4 | 8) | "
         "maxpool(2)\n",
    DATA "net = c{3} dense(classes)\nc = conv(4 | 8 | 64)\nrequire params(net) <= 9000 and "
         "depth(net) <= 5\n",
    DATA "net = c{0..4} dense(classes)\nc = conv(4 | 8) | maxpool(2)\nrequire params(net) >= 400\n",
    DATA "net = t globalpool dense(2)\nt = conv(4) | conv(8) t | add(conv(4), conv(4)) maxpool(2) "
         "t\nrequire depth(net) <= 6\n",
    DATA "net = dag(nodes: 3, edge: none | id | conv(4), join: add) globalpool\n",
    DATA
    "net = dag(nodes: 1..3, edge: none | id, node: conv(4 | 8), join: add, ends: free) conv(8)\n",
    DATA "net = 2 * dag(nodes: 3, edge: none | maxpool(2) | conv(3), join: concat) dense(2)\n",
    DATA "net = chain(layers: 0..3, layer: conv(4 | 6) | maxpool(2), skip: none | id, join: add) "
         "dense(2)\n"
         "require params(net) <= 700\n",
    DATA "net = tree(leaves: 3, leaf: conv(4 | 8), join: add | mul | concat) dense(2)\n",
    DATA "net = 3 * cell (conv(4) | cell)\nonce cell = add(id, conv(same, 1 | 3)) | conv(4 | 8)\n",
    DATA "net = body(add(conv(same, 1 | 3), id | conv(same))) dense(2)\nbody(c) = c maxpool(2 | 4) "
         "c conv(4) c\n",
    "use nn\nnet = d{2}\nd = b(8 | 16)\nb(units) = dense(units)\nbatch = 8 | 16 | 32\n"
    "require b.units <= batch and batch > 8\n",
    "use nn\nnet = relu | f(4)\nf(x) = conv(x)\nrequire f.x > 5\n",
    "use nn\nnet = act act\nact = relu\nbatch = 2..9\nrequire batch % 4 == 1 or batch == 2\n",
    "use nn\nnet = s{1..3}\ns = f(2..4)?\nf(k) = dense(k)\nbatch = 1..4\nrequire f.k == batch or "
    "batch == 1\n",
    DATA
    "net = cell dense(2)\ncell = dag(nodes: 4, edge: none | conv(4), join: add)\nbatch = 8 | 16\n"
    "require edges(cell) >= 2 and edges(cell) <= 4\n",
    DATA "net = u{1..4} dense(2)\nu = conv(filters: 4 | 8 | 16) relu\nbatch = 8 | 16\n"
         "require nondecreasing(filters in net) and batch > 8\n",
    DATA "net = u{0..3} (fc | relu) dense(2)\nu = conv(4) | maxpool(2)\nfc = flatten dense(3)\n"
         "require absent(fc) or height(output(u)) <= 4\n",
    "command = \"x\"\na = p | q(1..3) | r(s: x | y)\nb = a a | 1..4\n",
    "command = \"x\"\na = 1..20 step 3\nb = log 1..64 step 2\nc = 0.1 .. 0.5 step 0.1\n",
};

static void count(const hox_space *space, const hox__count_options *options, hox__tally *out)
{
    hox_error err = {0};
    assert_int_equal(hox__count_space(space, options, out, &err), HOX_OK);
}

static void exact_is_enumeration(void **state)
{
    (void)state;
    hox__count_options options;
    hox__count_defaults(&options);
    for (size_t i = 0; i + 1 < sizeof small / sizeof *small; i++) {
        hox_space *space = load(small[i]);
        hox__tally c;
        int legal;
        enumerate(space, &legal);
        count(space, &options, &c);
        if (!c.exact || atoi(c.digits) != legal)
            print_error("%s%s, not %d\n", small[i], c.exact ? c.digits : c.why, legal);
        assert_true(c.exact);
        assert_int_equal(atoi(c.digits), legal);
        const double size = hox_space_size_log10(space, NULL); /* what `hox check` says: at most */
        if (!(size >= log10(legal) - 1e-9))
            print_error("%sat most 1e%g, not %d\n", small[i], size, legal);
        assert_true(size >= log10(legal) - 1e-9);
        hox_text_free(c.digits);
        hox_space_free(space);
    }
}

/* Graphs whose size is an argument: 2^3 and 2^10 edges (Xie, Yuille 2017, section 3.1). */
static void sizes_of_arguments(void **state)
{
    (void)state;
    hox_space *space = load("use nn\nnet = s(3) s(nodes: 5)\ns(nodes) = t(nodes)\n"
                            "t(n) = dag(nodes: n, edge: none | id, join: add, ends: free)\n");
    assert_true(fabs(hox_space_size_log10(space, NULL) - 13 * log10(2)) < 1e-9);
    hox_space_free(space);
}

static void check(const char *text, const char *want, int reals)
{
    hox_space *space = load(text);
    hox__count_options options;
    hox__count_defaults(&options);
    hox__tally c;
    count(space, &options, &c);
    assert_true(c.exact);
    assert_string_equal(c.digits, want);
    assert_int_equal(c.reals, reals);
    hox_text_free(c.digits);
    hox_space_free(space);
}

static void known_counts(void **state)
{
    (void)state;
    check("command = \"x\"\na = 1..20 step 3\nb = log 1..64 step 2\nc = 0.1 .. 0.5 step 0.1\n",
          "49", 1);
    check("use nn\nnet = (relu | tanh | elu | gelu){100}\n",
          "1606938044258990275541962092341162602522202993782792835301376", 0); /* 4^100 = 2^200 */
    check("use nn\nnet = (relu | tanh){0..63}\n", "18446744073709551615", 0);  /* 2^64 - 1 */
    check("use nn\nnet = dense(1..65536) dropout(0.0 .. 0.5) dense(1..65536)\n", "4294967296", 1);
    check(
        "use nn\nnet = 3 * (relu | tanh)\ntrain = sgd(lr: log 1e-3 .. 1.0) | adam(lr: 0.1 | 0.2)\n",
        "6", 1);
}

static void spaces_of_the_literature(void **state)
{
    (void)state;
    static const struct {
        const char *path, *count;
    } known[] = {{"spaces/nas-bench-201.hox", "15625"},   /* 5^6 */
                 {"spaces/genetic-cnn.hox", "8192"},      /* 2^13 */
                 {"spaces/nas-bench-macro.hox", "6561"}}; /* 3^8 */
    hox__count_options options;
    hox__count_defaults(&options);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        hox_space *space = shipped(known[i].path);
        hox__tally c;
        count(space, &options, &c);
        assert_true(c.exact);
        assert_string_equal(c.digits, known[i].count);
        hox_text_free(c.digits);
        hox_space_free(space);
    }
    /* 6 to 15 layers, 64 of each, and any set of edges: the sum of 64^n 2^(n(n-1)/2) */
    double want = 0;
    for (int n = 6; n <= 15; n++)
        want += pow(2, 6 * n + n * (n - 1) / 2 - 195);
    hox_space *space = shipped("spaces/nas-cnn.hox");
    hox__tally c;
    options.work = 0;
    options.probes = 500;
    count(space, &options, &c);
    assert_true(fabs(c.log10 - log10(want) - 195 * log10(2)) < 0.02);
    hox_space_free(space);
}

/* Estimates are of the right size wherever the exact count is known, and their intervals honest. */
static void estimates_cover_the_count(void **state)
{
    (void)state;
    int inside = 0, n = 0;
    hox__count_options options;
    hox__count_defaults(&options);
    options.probes = 2000;
    for (size_t i = 0; i < sizeof small / sizeof *small; i++, n++) {
        hox_space *space = load(small[i]);
        hox__tally exact, about;
        options.work = 300000;
        count(space, &options, &exact);
        options.work = 0;
        count(space, &options, &about);
        assert_false(about.exact && about.states > 1);
        assert_true(fabs(exact.log10 - about.log10) < 0.1);
        inside += about.low - 1e-9 <= exact.log10 && exact.log10 <= about.high + 1e-9;
        hox_text_free(exact.digits);
        hox_text_free(about.digits);
        hox_space_free(space);
    }
    assert_true(inside >= n - 4); /* 95 % of 28 */
}

static hox__tally estimate(const char *text, int64_t probes, double narrow)
{
    hox_space *space = load(text);
    const hox__count_options options = {.probes = probes, .narrow = narrow, .seed = 1};
    hox__tally c;
    count(space, &options, &c);
    assert_false(c.exact);
    hox_space_free(space);
    return c;
}

/* An estimate ends when its interval is narrow, is looked at after 256, 512, 1024 ... probes only,
 * and does not end before when told so or when long sentences are rarely met. */
static void estimates_end_when_narrow(void **state)
{
    (void)state;
    static const char even[] = "use nn\nnet = (relu | tanh | elu | gelu){100}\n",
                      lopsided[] = "use nn\nnet = dense(1..8) dense(1..8)\nbatch = 1..8\n"
                                   "require batch % 8 == 1 or batch % 8 == 3\n",
                      recursive[] = "use nn\nnet = t\nt = relu | tanh t\n"
                                    "require depth(net) <= 6 and params(net) <= 1\n";
    const double exact = 200 * log10(2);
    hox__tally c = estimate(even, 5000, 0.02);
    assert_int_equal(c.probes, 256);
    assert_int_equal(c.legal, 256);
    assert_true(fabs(c.log10 - exact) < 1e-9);
    assert_true(fabs(c.low - exact - log10(1 - 3.0 / 256)) < 1e-9); /* 3 in 256 may be illegal */
    assert_int_equal(estimate(even, 5000, 0.01).probes, 512);
    assert_int_equal(estimate(even, 5000, -1).probes, 5000);
    assert_int_equal(estimate(even, 100, 0.02).probes, 100);

    /* One in four is legal: sqrt(3 / n) is the deviation in parts of the mean. */
    c = estimate(lopsided, 100000, 0.1);
    assert_true(c.probes == 1024 || c.probes == 2048);
    assert_true(pow(10, c.high - c.log10) <= 1.1);
    assert_true(c.low <= log10(128) && log10(128) <= c.high);
    assert_int_equal(estimate(lopsided, 700, 0.1).probes, 700);

    c = estimate(recursive, 600, 0.9);
    assert_true(c.rough);
    assert_int_equal(c.probes, 600);
}

static void recursion_without_a_bound_is_infinite(void **state)
{
    (void)state;
    hox_space *space = load("use nn\nnet = relu @3 | relu net\n");
    hox__count_options options;
    hox__count_defaults(&options);
    hox__tally c;
    count(space, &options, &c);
    assert_true(c.infinite);
    assert_false(c.exact);
    hox_space_free(space);
}

static hox_answer even(void *ctx, const hox_choice *choice, int attempt)
{
    void **both = ctx;
    (void)attempt;
    return hox__counter_draw(both[0], both[1], choice, both[2]);
}

/* Every sentence of a lopsided space is drawn equally often. */
static void draws_are_even(void **state)
{
    (void)state;
    enum { SENTENCES = 2 + 4 + 8 + 3, N = 17 * 300 };
    hox_space *space = load("use nn\nnet = (relu | tanh){1..3} | dense(2..4)\n");
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(3);
    hox__counter *counter;
    assert_int_equal(hox__counter_new(space, 100000, &counter, NULL), HOX_OK);
    void *both[3] = {counter, w, &rng};
    char *seen[SENTENCES];
    int times[SENTENCES] = {0}, n = 0;
    for (int i = 0; i < N; i++) {
        assert_int_equal(hox_walk_derive(w, even, both, NULL, NULL), HOX_OK);
        char *text = hox_walk_text(w);
        int k = 0;
        while (k < n && strcmp(seen[k], text) != 0)
            k++;
        assert_true(k < SENTENCES);
        if (k == n)
            seen[n++] = text;
        else
            hox_text_free(text);
        times[k]++;
    }
    assert_int_equal(n, SENTENCES);
    double chi = 0;
    for (int k = 0; k < n; k++) {
        chi += pow(times[k] - 300, 2) / 300;
        hox_text_free(seen[k]);
    }
    assert_true(chi < 39.3); /* 16 degrees of freedom, p = 0.001 */
    hox__counter_free(counter);
    hox_walk_free(w);
    hox_space_free(space);
}

static void big_numbers(void **state)
{
    (void)state;
    hox__arena *arena = hox__arena_new(1 << 20);
    hox__big a = hox__big_of(arena, 1), b = hox__big_of(arena, UINT64_MAX), sum;
    for (int i = 1; i <= 30; i++)
        assert_true(hox__big_times(arena, a, (uint64_t)i, &a));
    hox__text text = {0};
    hox__big_print(&text, a);
    assert_string_equal(hox__text_get(&text), "265252859812191058636308480000000"); /* 30! */
    assert_true(fabs(hox__big_log10(a) - 32.42366007492572) < 1e-12);
    hox__text_clear(&text);
    assert_true(hox__big_times(arena, b, UINT64_MAX, &b));
    assert_true(hox__big_add(arena, b, hox__big_of(arena, 999999999), &sum));
    hox__big_print(&text, sum);
    assert_string_equal(hox__text_get(&text),
                        "340282366920938463426481119285349108224"); /* by bc */
    assert_true(hox__big_compare(a, b) < 0 && hox__big_compare(b, a) > 0 &&
                hox__big_compare(a, a) == 0);
    assert_true(fabs(hox__big_ratio(a, b) -
                     265252859812191058636308480000000.0 / 3.4028236692093846e38) < 1e-20);
    hox__text_clear(&text);
    hox__big_print(&text, hox__big_of(arena, 0));
    assert_string_equal(hox__text_get(&text), "0");
    hox__text_deinit(&text);
    hox__arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_is_enumeration),
        cmocka_unit_test(sizes_of_arguments),
        cmocka_unit_test(known_counts),
        cmocka_unit_test(spaces_of_the_literature),
        cmocka_unit_test(estimates_cover_the_count),
        cmocka_unit_test(estimates_end_when_narrow),
        cmocka_unit_test(recursion_without_a_bound_is_infinite),
        cmocka_unit_test(draws_are_even),
        cmocka_unit_test(big_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
