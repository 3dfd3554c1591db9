/* Walks as vectors and back, and the history of trials. */
#include "../space/spaces.h"
#include "base/alloc.h"
#include "search/encode.h"
#include "search/history.h"
#include <math.h>

#define MIXED                                                                                      \
    "command = \"run {lr} {width} {depth} {drop} {size} {act} {opt} [{opt.beta}] [{opt.eps}]\"\n"  \
    "lr = log 1e-4 .. 1e-1\nwidth = log 8 .. 512\ndepth = 1 .. 5\ndrop = 0.0 .. 0.5 step 0.125\n"  \
    "size = 8 | 4 | 16\nact = relu | tanh | gelu\n"                                                \
    "opt = sgd(momentum: 0.0 .. 0.99) | adam(beta: 0.8 .. 0.999, eps: log 1e-9 .. 1e-6)\n"

static void near(double a, double b, double within)
{
    assert_true(fabs(a - b) <= within);
}

static hox_choice number(hox_question kind, double low, double high, double step, bool is_log)
{
    return (hox_choice){.kind = kind, .low = low, .high = high, .step = step, .is_log = is_log};
}

/* Hand-computed. */
static void coordinates_are_the_declared_scale(void **state)
{
    (void)state;
    hox_choice c = number(HOX_ASK_REAL, 2, 6, 0, false);
    near(hox__coordinate_of(&c, (hox_answer){.real = 3}), 0.25, 1e-15);
    c = number(HOX_ASK_REAL, 1e-4, 1, 0, true);
    near(hox__coordinate_of(&c, (hox_answer){.real = 1e-3}), 0.25, 1e-14);
    c = number(HOX_ASK_REAL, 0, 0.5, 0.125, false);
    near(hox__coordinate_of(&c, (hox_answer){.real = 0.25}), 0.5, 1e-15);
    c = number(HOX_ASK_INT, 1, 4, 1, false);
    near(hox__coordinate_of(&c, (hox_answer){.index = 1}), 0.125, 1e-15);
    c = number(HOX_ASK_INT, 1, 10, 1, true);
    near(hox__coordinate_of(&c, (hox_answer){.index = 2}), log(4) / log(21), 1e-14);
    c = number(HOX_ASK_INT, 2, 16, 2, true); /* 2 4 8 16 */
    near(hox__coordinate_of(&c, (hox_answer){.index = 8}), 0.625, 1e-14);
    c = number(HOX_ASK_INT, 7, 7, 1, false);
    near(hox__coordinate_of(&c, (hox_answer){.index = 7}), 0.5, 0);
}

static void ordered_choices_keep_their_order_and_masks(void **state)
{
    (void)state;
    const double value[3] = {8, 4, 16}, weight[3] = {1, 1, 2};
    bool mask[3] = {true, true, true};
    hox_choice c = {.kind = HOX_ASK_CHOICE,
                    .n = 3,
                    .weight = weight,
                    .mask = mask,
                    .value = value,
                    .order = HOX_ORDER_LOG};
    near(hox__coordinate_of(&c, (hox_answer){.index = 1}), 1 / 6.0, 1e-15);
    near(hox__coordinate_of(&c, (hox_answer){.index = 0}), 0.5, 1e-15);
    assert_int_equal(hox__answer_at(&c, 0.4).index, 0);
    assert_int_equal(hox__answer_at(&c, 0.1).index, 1);
    mask[1] = false;
    assert_int_equal(hox__answer_at(&c, 0.1).index, 0);
}

/* Property: every value comes back from its coordinate, and from anywhere in its cell. */
static void values_come_back(void **state)
{
    (void)state;
    const hox_choice grids[] = {
        number(HOX_ASK_INT, 1, 9, 1, false),        number(HOX_ASK_INT, 1, 300, 1, true),
        number(HOX_ASK_INT, 2, 64, 2, true),        number(HOX_ASK_INT, -4, 8, 3, false),
        number(HOX_ASK_REAL, 0, 0.5, 0.125, false), number(HOX_ASK_REAL, 0.01, 1, 10, true)};
    for (size_t g = 0; g < sizeof grids / sizeof *grids; g++) {
        const hox_choice *c = &grids[g];
        const hox__dim dim = {.cells = 1e9,
                              .kind = c->kind,
                              .low = c->low,
                              .high = c->high,
                              .step = c->step,
                              .is_log = c->is_log};
        hox_rng rng = hox_rng_seed(g);
        for (int i = 0; i < 300; i++) {
            double a, b;
            const hox_answer x = hox_choice_draw(c, &rng);
            const double u = hox__coordinate_of(c, x);
            assert_true(u >= 0 && u <= 1);
            const hox_answer y = hox__answer_at(c, u);
            if (c->kind == HOX_ASK_REAL)
                near(x.real, y.real, 1e-14);
            else
                assert_int_equal(x.index, y.index);
            if (g != 1)
                continue;
            hox__cell_ends(&dim, u, &a, &b);
            assert_true(a < u && u < b);
            assert_int_equal(hox__answer_at(c, a + 1e-9 * (b - a)).index, x.index);
            assert_int_equal(hox__answer_at(c, b - 1e-9 * (b - a)).index, x.index);
        }
    }
}

static hox_asked answers_of(const hox_walk *walk)
{
    hox_asked asked;
    asked.answer = hox_walk_answers(walk, &asked.n);
    return asked;
}

/* Property: encode, decode: the same walk, without the prior's help. */
static void walks_come_back(void **state)
{
    (void)state;
    hox_space *space = load(MIXED);
    hox__history h;
    assert_int_equal(hox__history_init(&h, space), HOX_OK);
    assert_int_equal(hox__coder_explore(&h.coder, 50, 3), HOX_OK);
    const int dims = h.coder.dims;
    assert_int_equal(dims, 10);
    hox_walk *w = hox_walk_new(space, NULL), *again = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(5);
    for (uint64_t t = 0; t < 100; t++) {
        double at[16];
        hox__decoded how;
        int64_t row;
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL), HOX_OK);
        const hox_asked asked = answers_of(w);
        assert_int_equal(hox__history_asked(&h, t, &asked, &row), HOX_OK);
        assert_int_equal(row, (int64_t)t);
        assert_int_equal(h.row[t].n, asked.n);
        hox__history_dense(&h, row, at, dims);
        assert_int_equal(hox__decode(&h.coder, at, dims, again, &rng, &how, NULL), HOX_OK);
        assert_int_equal(how.from_prior, 0);
        assert_int_equal(how.attempts, 1);
        const hox_asked back = answers_of(again);
        assert_int_equal(back.n, asked.n);
        for (int i = 0; i < asked.n; i++)
            if (asked.answer[i].kind == HOX_ASK_REAL)
                near(asked.answer[i].answer.real, back.answer[i].answer.real, 1e-12);
            else
                assert_int_equal(asked.answer[i].answer.index, back.answer[i].answer.index);
    }
    assert_int_equal(h.coder.dims, dims);
    assert_int_equal(h.coder.dim[0].seen, 100);
    hox_walk_free(w);
    hox_walk_free(again);
    hox__history_deinit(&h);
    hox_space_free(space);
}

static void what_a_vector_does_not_say_is_counted(void **state)
{
    (void)state;
    hox_space *space = load(MIXED);
    hox__coder coder;
    assert_int_equal(hox__coder_init(&coder, space), HOX_OK);
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(1);
    hox__decoded how;
    assert_int_equal(hox__decode(&coder, NULL, 0, w, &rng, &how, NULL), HOX_OK);
    assert_int_equal(how.from_prior, answers_of(w).n);
    assert_int_equal(hox__coder_explore(&coder, 0, 0), HOX_OK);
    double at[16];
    for (int i = 0; i < coder.dims; i++)
        at[i] = i == 2 ? (double)NAN : 0;
    assert_int_equal(hox__decode(&coder, at, coder.dims, w, &rng, &how, NULL), HOX_OK);
    assert_int_equal(how.from_prior, 1);
    hox_walk_free(w);
    hox__coder_deinit(&coder);
    hox_space_free(space);
}

static void requirements_are_met_in_the_end(void **state)
{
    (void)state;
    hox_space *space =
        load("command = \"run {a} {b}\"\na = 1 .. 100\nb = 1 .. 100\nrequire a + b <= 20\n");
    hox__coder coder;
    assert_int_equal(hox__coder_init(&coder, space), HOX_OK);
    assert_int_equal(hox__coder_explore(&coder, 0, 0), HOX_OK);
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(1);
    hox__decoded how;
    const double at[2] = {0.9, 0.9};
    assert_int_equal(hox__decode(&coder, at, 2, w, &rng, &how, NULL), HOX_OK);
    assert_true(how.attempts > 1 && how.from_prior > 0);
    hox_walk_free(w);
    hox__coder_deinit(&coder);
    hox_space_free(space);
}

static void the_best_trials_come_first(void **state)
{
    (void)state;
    const double nan_ = (double)NAN;
    const hox__row order[] = {
        {.trial = 4, .state = HOX_TRIAL_DONE, .score = 2},
        {.trial = 2, .state = HOX_TRIAL_DONE, .score = 1},
        {.trial = 3, .state = HOX_TRIAL_DONE, .score = 1},
        {.trial = 9, .state = HOX_TRIAL_PRUNED, .score = 5, .budget = 9},
        {.trial = 8, .state = HOX_TRIAL_PRUNED, .score = 7, .budget = 3},
        {.trial = 1, .state = HOX_TRIAL_DONE, .score = 9, .violation = 1},
        {.trial = 0, .state = HOX_TRIAL_FAILED, .score = nan_},
        {.trial = 5, .state = HOX_TRIAL_FAILED, .score = nan_},
    };
    const int n = sizeof order / sizeof *order;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            assert_int_equal(hox__row_better(&order[i], &order[j]), i < j);
}

static void trials_are_told_once(void **state)
{
    (void)state;
    hox_space *space = load(MIXED);
    hox__history h;
    assert_int_equal(hox__history_init(&h, space), HOX_OK);
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(5);
    int64_t row;
    for (uint64_t t = 0; t < 200; t++) {
        assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL), HOX_OK);
        const hox_asked asked = answers_of(w);
        assert_int_equal(hox__history_asked(&h, t << 40, &asked, NULL), HOX_OK);
    }
    for (uint64_t t = 0; t < 200; t++) {
        const hox_outcome outcome = {.state = t % 4 ? HOX_TRIAL_DONE : HOX_TRIAL_FAILED,
                                     .score = t == 1 ? HUGE_VAL : (double)t};
        hox__history_told(&h, t << 40, &outcome, &row);
        assert_int_equal(row, (int64_t)t);
        hox__history_told(&h, t << 40, &outcome, &row);
        assert_int_equal(row, -1);
    }
    hox__history_told(&h, 1, &(hox_outcome){.state = HOX_TRIAL_DONE}, &row);
    assert_int_equal(row, -1);
    assert_int_equal(h.pending, 0);
    assert_int_equal(h.scored, 149); /* trial 1 is infinite */
    assert_int_equal(h.failed, 51);
    hox_walk_free(w);
    hox__history_deinit(&h);
    hox_space_free(space);
}

/* A walk of 4200 questions: 4096 have a place, the others are counted and said. */
static void questions_beyond_the_limit_are_said(void **state)
{
    (void)state;
    enum { QUESTIONS = 4200 };
    hox_space *space = load("command = \"x\"\nn = (l){4200..4200}\nl = 8 | 16\n");
    hox__history h;
    char line[128];
    assert_int_equal(hox__history_init(&h, space), HOX_OK);
    hox_walk *w = hox_walk_new(space, NULL);
    assert_int_equal(hox_walk_derive(w, hox_answer_default, NULL, NULL, NULL), HOX_OK);
    const hox_asked asked = answers_of(w);
    assert_int_equal(hox__history_asked(&h, 0, &asked, NULL), HOX_OK);
    assert_true(asked.n >= QUESTIONS);
    assert_int_equal(h.coder.dims, HOX__DIMS_MAX);
    assert_int_equal(h.coder.left_out, asked.n - HOX__DIMS_MAX);
    hox__coder_explain(&h.coder, line, sizeof line);
    assert_non_null(strstr(line, "4096"));
    hox_walk_free(w);
    hox__history_deinit(&h);
    hox_space_free(space);
}

static void refused_memory_is_reported(void **state)
{
    (void)state;
    hox_space *space = load(MIXED);
    hox_walk *w = hox_walk_new(space, NULL);
    hox_rng rng = hox_rng_seed(5);
    assert_int_equal(hox_walk_derive(w, hox_answer_prior, &rng, NULL, NULL), HOX_OK);
    const hox_asked asked = answers_of(w);
    for (int64_t k = 0;; k++) {
        hox__history h;
        hox__alloc_fail_at(k, false);
        hox_status status = hox__history_init(&h, space);
        if (status == HOX_OK)
            status = hox__history_asked(&h, 0, &asked, NULL);
        const bool refused = hox__alloc_failures() > 0;
        hox__alloc_fail_at(-1, false);
        hox__history_deinit(&h);
        if (!refused) {
            assert_int_equal(status, HOX_OK);
            break;
        }
    }
    hox_walk_free(w);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coordinates_are_the_declared_scale),
        cmocka_unit_test(ordered_choices_keep_their_order_and_masks),
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(walks_come_back),
        cmocka_unit_test(what_a_vector_does_not_say_is_counted),
        cmocka_unit_test(requirements_are_met_in_the_end),
        cmocka_unit_test(the_best_trials_come_first),
        cmocka_unit_test(trials_are_told_once),
        cmocka_unit_test(questions_beyond_the_limit_are_said),
        cmocka_unit_test(refused_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
