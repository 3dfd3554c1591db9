/* Every mistake: its code and its place. */
#include "space/settings.h"
#include "spaces.h"
#include <stdio.h>

#define DATA "use nn\ndata = idx(\"x\", shape: [8, 8, 3], classes: 10)\n"

static void mistakes_have_code_and_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code;
        int line, column;
    } cases[] = {
        {"use nn\nnet = convv(3)", "E0207", 2, 7},
        {"use nn\nnet = conv(3, knel: 4)", "E0307", 2, 15},
        {"use nn\nnet = conv()", "E0306", 2, 7},
        {"use nn\nnet = conv(3, 4)", "E0304", 2, 15},
        {"use nn\nnet = conv(3 | 9000)", "E0304", 2, 16},
        {"use nn\nnet = f(4)\nf(k) = conv(8, k)", "E0304", 2, 9},
        {"use nn\nnet = conv(relu)", "E0305", 2, 12},
        {"use nn\nnet = relu 3", "E0305", 2, 12},
        {"use nn\nnet = relu{-1}", "E0309", 2, 12},
        {"use nn\nnet = f(1, 2)\nf(x) = conv(x)", "E0307", 2, 12},
        {"use nn\nnet = relu net", "E0313", 2, 1},
        {"use nn\nnet = m\nm = a relu\na = m | m m", "E0313", 3, 1},
        {"use nn\nnet = relu | net net", "E0314", 2, 1},
        {"layer a(x: int 1..4 = 9) : any(s) -> any(s)\nnet = a", "E0304", 1, 23},
        {"layer a(x: yes | no = maybe) : any(s) -> any(s)\nnet = a", "E0207", 1, 23},
        {"layer a(x: odd = 3) : any(s) -> any(s)\nnet = a", "E0207", 1, 12},
        {"kind even = int\nlayer a(x: evn 1..4) : any(s) -> any(s)\nnet = a(1)", "E0207", 2, 12},
        {"layer a : any(s) -> any(s) = b\nlayer b : any(s) -> any(s) = a\nnet = a", "E0313", 1, 7},
        {"layer bake : dough -> cake\nnet = bake bake", "E0401", 2, 12},
        {"use nn\nnet = relu\nsearch = random | grid", "E0302", 3, 1},
        {"use nn\nnet = relu\nepochs = budget 1..4\nsteps = budget 2..3", "E0315", 4, 9},
        {"use nn\nnet = relu\nrequire weight(net) < 3", "E0316", 3, 9},
        {"use nn\nnet = relu\nrequire parms(net) < 3", "E0316", 3, 9},
        {"use nn\nnet = dag(nodes: 3)", "E0306", 2, 7},
        {"use nnn\nnet = relu", "E0210", 1, 5},
        {"use nn\nconv = relu", "E0209", 2, 1},
        {"use nn\nnet = relu\nnet = tanh", "E0208", 3, 1},
        {"use nn\nnet = relu @0 | tanh", "E0310", 2, 7},
        {"a = 5 .. 1\ncommand = \"x\"", "E0311", 1, 5},
        {"a = log 0 .. 1\ncommand = \"x\"", "E0312", 1, 5},
        {DATA "net = maxpool(8) maxpool(3)", "E0401", 3, 18},
        {DATA "net = globalpool conv(3)", "E0401", 3, 18},
        {DATA "net = add(id, conv(4))", "E0402", 3, 7},
        {DATA "net = dense(4) | dense(5)\nrequire params(net) < 3", "E0403", 3, 7},
        {"use nn\ntrain = relu\nnet = relu", "", 0, 0},
        {"", "E0201", 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hox_diagnostics *list = hox_diagnostics_new();
        hox_space *space = NULL;
        hox_status s =
            hox_space_load("t.hox", cases[i].text, strlen(cases[i].text), NULL, list, &space);
        const hox_diagnostic *d = hox_diagnostics_get(list, 0);
        if (!*cases[i].code) {
            assert_int_equal(s, HOX_OK);
        } else if (s == HOX_OK || !d || strcmp(d->code, cases[i].code) ||
                   d->span.line != cases[i].line || d->span.column != cases[i].column) {
            char *text = hox_diagnostics_text(list, false);
            fail_msg("%s\nwanted %s at %d:%d, got\n%s", cases[i].text, cases[i].code, cases[i].line,
                     cases[i].column, text);
        }
        hox_space_free(space);
        hox_diagnostics_free(list);
    }
}

static void shape_errors_show_the_chain(void **state)
{
    (void)state;
    hox_diagnostics *list = hox_diagnostics_new();
    hox_space *space = NULL;
    const char *text = DATA "net = conv(4) maxpool(8) maxpool(3)";
    assert_int_equal(hox_space_load("t.hox", text, strlen(text), NULL, list, &space),
                     HOX_ERR_SHAPE);
    assert_non_null(
        strstr(hox_diagnostics_get(list, 0)->help, "8x8x3 -> conv -> 8x8x4 -> maxpool -> 1x1x4"));
    hox_diagnostics_free(list);
}

static void settings_are_checked(void **state)
{
    (void)state;
    static const hox_setting table[] = {{"population", "int 2..1000", "100", "", ""},
                                        {"aging", "yes | no", "yes", "", ""}};
    static const struct {
        const char *search;
        hox_status status;
        double population;
    } cases[] = {{"evolution", HOX_OK, 100},
                 {"evolution(population: 30)", HOX_OK, 30},
                 {"evolution(7, no)", HOX_OK, 7},
                 {"evolution(population: 1)", HOX_ERR_ARGUMENT, 0},
                 {"evolution(popluation: 9)", HOX_ERR_ARGUMENT, 0},
                 {"evolution(aging: perhaps)", HOX_ERR_ARGUMENT, 0},
                 {"evolution(1, 2, 3)", HOX_ERR_ARGUMENT, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        snprintf(text, sizeof text, "use nn\nnet = relu\nsearch = %s\n", cases[i].search);
        hox_space *space = load(text);
        hox_value value[2];
        hox_error err = {0};
        assert_int_equal(
            hox__settings_read(table, 2, hox_space_constant(space, "search"), value, &err),
            cases[i].status);
        if (cases[i].status == HOX_OK)
            assert_true(value[0].number == cases[i].population);
        else
            assert_true(err.message[0] != 0);
        hox_space_free(space);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_have_code_and_place),
        cmocka_unit_test(shape_errors_show_the_chain),
        cmocka_unit_test(settings_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
