/* Kinds and layers of one's own: what they declare, what it does to a space, what is wrong with
 * them. */
#include "base/alloc.h"
#include "space/vocabulary.h"
#include "spaces.h"

/* Vocabularies that a space may name. */
static const struct {
    const char *name, *text;
} files[] = {
    {"machine",
     "# vocabulary machine, version 2: for tests\n"
     "kind level = ordinal(\"slow\" | \"middle\" | \"fast\", default: \"middle\")\n"
     "kind rate  = real log 1e-6 .. 10.0 ~ 0.1\n"
     "kind delay = linear(int 0..5000 step 10, default: 100, unit: \"ms\")\n"
     "kind port  = nominal(80 | 443 | 8080)\n"
     "kind brief = delay 0..500\n"
     "layer heat(level: level, rate: rate, delay: delay, port: port = 80) : metal -> metal\n"
     "layer wait(delay: brief) : metal(t) where t > 3 -> metal(t / 2)\n"
     "layer twice(d: brief) : metal -> metal = wait(d) wait(d)\n"},
    {"more", "use machine\nlayer anneal(slow: rate) : metal -> metal = heat(rate: slow) wait\n"},
    {"loop", "use loop\nlayer x : any -> any\n"},
    {"rules", "layer x : any -> any\nnet = x\n"},
    {"empty", "# nothing here\n"},
    {"default",
     "kind a = int 1..5 ~ 3\nkind b = ordinal(x | y, default: z)\nlayer q : any -> any\n"},
};

static char *find(void *ctx, const char *name, size_t *n)
{
    (void)ctx;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (!strcmp(files[i].name, name)) {
            *n = strlen(files[i].text);
            char *copy = hox__alloc(*n + 1, 1);
            memcpy(copy, files[i].text, *n);
            return copy;
        }
    return NULL;
}

static const hox_space_options options = {.vocabulary = find};

/* The first finding's code, or "" when all is well. */
static const char *finding(const char *text, char code[8])
{
    hox_diagnostics *list = hox_diagnostics_new();
    hox_space *space = NULL;
    hox_space_load("t.hox", text, strlen(text), &options, list, &space);
    const hox_diagnostic *d = hox_diagnostics_get(list, 0);
    strcpy(code, d ? d->code : "");
    hox_space_free(space);
    hox_diagnostics_free(list);
    return code;
}

static void check(const char *text, const char *want)
{
    char code[8];
    if (strcmp(finding(text, code), want)) {
        print_error("%s", text);
        assert_string_equal(code, want);
    }
}

static hox_space *open(const char *text)
{
    hox_diagnostics *list = hox_diagnostics_new();
    hox_space *space = NULL;
    assert_int_equal(hox_space_load("t.hox", text, strlen(text), &options, list, &space), HOX_OK);
    hox_diagnostics_free(list);
    return space;
}

static void kinds_say_scale_default_and_unit(void **state)
{
    (void)state;
    hox_diagnostics *list = hox_diagnostics_new();
    hox__vocabulary *v = hox__vocabulary_read("machine", &options, list);
    assert_non_null(v);
    static const struct {
        const char *name, *scale, *fallback, *unit;
    } want[] = {{"level", "ordinal", "\"middle\"", ""},
                {"rate", "log", "0.1", ""},
                {"delay", "linear", "100", "ms"},
                {"port", "nominal", NULL, ""},
                {"brief", "linear", "100", "ms"}};
    for (int i = 0; i < 5; i++) {
        const hox__declared_kind *k = hox__vocabulary_kind(v, i);
        assert_non_null(k);
        assert_string_equal(k->as.name, want[i].name);
        assert_string_equal(k->as.scale, want[i].scale);
        assert_string_equal(k->as.unit, want[i].unit);
        if (want[i].fallback)
            assert_string_equal(k->as.fallback, want[i].fallback);
        else
            assert_null(k->as.fallback);
    }
    const hox__declaration *wait = hox__vocabulary_at(v, 1);
    assert_string_equal(wait->takes, "metal(t)");
    assert_string_equal(wait->gives, "metal(t / 2)");
    assert_string_equal(wait->where, "t > 3");
    assert_string_equal(wait->domain[0], "brief = 100");
    assert_true(wait->native);
    assert_false(hox__vocabulary_at(v, 2)->native);
    hox__vocabulary_free(v);
    hox_diagnostics_free(list);
}

static void every_use_is_checked(void **state)
{
    (void)state;
    check("use machine\nnet = heat(port: 443) wait\n", "");
    check("use machine.2\nnet = heat wait(200)\n", "");
    check("use machine.1\nnet = heat\n", "E0210");
    check("use machine\nnet = heat(\"quick\")\n", "E0305");
    check("use machine\nnet = heat(rate: 11.0)\n", "E0304");
    check("use machine\nnet = heat(delay: 15)\n", "E0304"); /* not on its grid */
    check("use machine\nnet = wait(delay: 600)\n", "E0304");
    check("use machine\nnet = heat(port: 81)\n", "E0304");
    check("use machine\nnet = heat(dealy: 10)\n", "E0307");
    check("use machine\nnet = warm\n", "E0207");
    check("use machine\nnet = heat(rate: 1e-5 .. 1.0)\n", "W0302");
    check("use machine\nnet = heat(rate: log 1e-5 .. 1.0)\n", "");
    check("use machine\nnet = twice(510)\n", "E0304");
}

static void vocabularies_build_on_others(void **state)
{
    (void)state;
    check("use more\nnet = anneal(0.5) heat\n", "");
    check("use more\nuse machine\nnet = anneal(0.5) heat\n", "");
    check("use more\nnet = anneal(50.0)\n", "E0304");
    check("use loop\nnet = x\n", "");
    check("use rules\nnet = x\n", "E0211");
    check("use empty\nnet = x\n", "E0211");
    check("use default\nnet = q\n", "E0304");
    check("use nowhere\nnet = q\n", "E0210");
}

static void words_of_an_ordinal_kind_are_ordered(void **state)
{
    (void)state;
    hox_space *space =
        open("use machine\nnet = heat(level: \"fast\" | \"slow\", port: 80 | 443)\n");
    hox_walk *w = hox_walk_new(space, NULL);
    const hox_choice *c = hox_walk_next(w);
    assert_int_equal(c->order, HOX_ORDER_ORDINAL);
    assert_true(c->value[0] == 2 && c->value[1] == 0);
    assert_int_equal(hox_walk_answer(w, (hox_answer){.index = 0}, NULL), HOX_OK);
    c = hox_walk_next(w);
    assert_int_equal(c->order, HOX_ORDER_NOMINAL);
    hox_walk_free(w);
    hox_space_free(space);
}

/* What a sentence says parses again, with the kinds and layers of its own file. */
static void sentences_carry_their_kinds(void **state)
{
    (void)state;
    hox_space *space =
        open("kind level = ordinal(low | high, default: low)\n"
             "layer press(level: level, by: real log 0.1 .. 10.0 = 1.0) : any(s) -> any(s)\n"
             "net = press(high | low) press\n");
    hox_rng rng = hox_rng_seed(4);
    hox_sentence *s = derive(space, hox_answer_prior, &rng);
    char *text = hox_sentence_text(s, false);
    check(text, "");
    hox_space *again = open(text);
    assert_true(hox_space_is_sentence(again));
    hox_text_free(text);
    hox_space_free(again);
    hox_sentence_free(s);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_say_scale_default_and_unit),
        cmocka_unit_test(every_use_is_checked),
        cmocka_unit_test(vocabularies_build_on_others),
        cmocka_unit_test(words_of_an_ordinal_kind_are_ordered),
        cmocka_unit_test(sentences_carry_their_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
