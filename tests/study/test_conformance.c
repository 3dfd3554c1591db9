/* What every strategy of methods.def owes the contract of search/strategy.h, whatever it does. */
#include "search/player.h"
#include "study/methods.h"
#include <stdlib.h>

/* ---- spaces of every kind ---- */

static const char *const texts[] = {
    /* flat and continuous */
    "command = \"x\"\na = 0.0 .. 1.0\nb = -5.0 .. 10.0\nc = log 1e-5 .. 1.0\n",
    /* conditional, branches of different sizes */
    "command = \"x\"\nlr = log 1e-5 .. 1e-1\n"
    "opt = sgd(momentum: 0.0 .. 0.99, nesterov: yes | no) | adam(beta: 0.8 .. 0.999) | plain\n"
    "layers = (l){1..4}\nl = 8 | 16 | 32\n",
    /* words, ordered numbers, numbers of equal ratio, weights */
    "command = \"x\"\na = red | green @3 | blue\nb = 1 | 2 | 5 | 6\nc = 16 | 32 | 64 | 128\n"
    "d = p | q\n",
    /* whole numbers: small, large, logarithmic, with steps; reals with steps */
    "command = \"x\"\na = 1..9\nb = log 1..1000\nc = 8..128 step 8\nd = 0.1 .. 0.9 step 0.1\n"
    "e = 0..1000000\nf = log 1 .. 64 step 2\n",
    /* requirements that refuse most draws */
    "command = \"x\"\na = 2..9\nb = 1..40\nc = 0.0 .. 1.0\nrequire b % a == 1 and b > 9\n",
    /* 20 sentences */
    "command = \"x\"\na = 1..5\nb = p | q | r | s\n",
    /* one sentence */
    "command = \"x\"\na = 7\n",
};

enum { TEXTS = sizeof texts / sizeof texts[0], SPACES = TEXTS + 1, TWENTY = 5, ONE = 6 };

static hox_space *space_of(int i)
{
    return i < TEXTS ? load(texts[i]) : shipped("spaces/fashion-mnist.hox");
}

/* False when the strategy says in words that this space is not for it. */
static bool begins(player *p, const hox_strategy *method, const hox_space *space, uint64_t seed)
{
    hox_error err = {0};
    const hox_status status = player_begin(p, method, space, NULL, seed, &err);
    if (status == HOX_OK)
        return true;
    assert_int_equal(status, HOX_ERR_ARGUMENT);
    assert_true(strlen(err.message) > 10);
    return false;
}

typedef void (*check)(const hox_strategy *method, const hox_space *space, int which);

/* Every strategy on every space; each begins on one at least. */
static void everywhere(check each)
{
    int n;
    const hox_strategy *const *all = hox__strategy_all(&n);
    for (int s = 0; s < SPACES; s++) {
        hox_space *space = space_of(s);
        for (int i = 0; i < n; i++)
            each(all[i], space, s);
        hox_space_free(space);
    }
}

/* ---- outcomes ---- */

static double toy(const hox_answered *answer, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const double x =
            answer[i].kind == HOX_ASK_REAL ? answer[i].answer.real : (double)answer[i].answer.index;
        sum -= fabs(x - 0.3) / (1 + fabs(x));
    }
    return sum;
}

/* `bad` of 100 trials end otherwise than with a score. */
static hox_outcome outcome_of(player *p, uint64_t trial, int bad, double score)
{
    static const hox_trial_state states[] = {HOX_TRIAL_FAILED, HOX_TRIAL_CANCELLED,
                                             HOX_TRIAL_PRUNED, HOX_TRIAL_DONE};
    hox_rng rng = hox_rng_child(&p->root, "outcome", trial);
    hox_outcome o = done(score);
    o.budget = 3;
    if ((int)hox_rng_below(&rng, 100) >= bad)
        return o;
    o.state = states[hox_rng_below(&rng, 4)];
    const uint32_t value = hox_rng_below(&rng, 4);
    if (o.state == HOX_TRIAL_FAILED || o.state == HOX_TRIAL_CANCELLED || value == 0)
        o.score = (double)NAN;
    else if (value == 1)
        o.score = o.state == HOX_TRIAL_PRUNED ? score : -HUGE_VAL;
    else if (value == 2)
        o.score = HUGE_VAL;
    if (value < 2) { /* several objectives, one of them not a number; or broken constraints */
        static double scores[3];
        scores[0] = o.score;
        scores[1] = -score;
        scores[2] = (double)NAN;
        o.scores = scores;
        o.objectives = 2 + (int)value;
        o.violation = value ? HUGE_VAL : 0.5;
    }
    o.seconds = 0;
    return o;
}

/* ---- suggestions are sentences ---- */

static void is_legal(player *p)
{
    hox_sentence *s = NULL;
    hox_error err = {0};
    assert_null(hox_walk_next(p->walk));
    if (hox_walk_finish(p->walk, &s, &err) != HOX_OK)
        fail_msg("%s: %s", p->method->name, err.message);
    hox_sentence_free(s);
}

static char *text_of(player *p)
{
    char *text = hox_walk_text(p->walk);
    assert_non_null(text);
    return text;
}

/* A trial with the outcome of another kind in `bad` of 100 cases. False: it has no more. */
static bool play(player *p, int bad)
{
    hox_error err = {0};
    uint64_t trial;
    const hox_status status = player_suggest(p, p->trials, &err);
    if (status == HOX_DONE)
        return false;
    if (status != HOX_OK) /* nothing is pending: waiting would last for ever */
        fail_msg("%s: status %d, %s", p->method->name, (int)status, err.message);
    is_legal(p);
    int n;
    const hox_answered *answer = hox_walk_answers(p->walk, &n);
    const double score = toy(answer, n);
    assert_int_equal(player_ask(p, &trial), HOX_OK);
    const hox_outcome o = outcome_of(p, trial, bad, score);
    assert_int_equal(player_tell(p, trial, &o), HOX_OK);
    return true;
}

static void legal_whatever_fails(const hox_strategy *method, const hox_space *space, int which)
{
    (void)which;
    for (int bad = 0; bad <= 100; bad += 50) {
        player p;
        if (!begins(&p, method, space, 7))
            return;
        for (int i = 0; i < 20 && play(&p, bad); i++)
            ;
        player_end(&p);
    }
}

static void suggestions_are_legal_whatever_fails(void **state)
{
    (void)state;
    everywhere(legal_whatever_fails);
}

/* ---- a pure function of the events ---- */

/* `p` was asked for suggestions all along, `q` only hears the events. */
static void pure(const hox_strategy *method, const hox_space *space, int which)
{
    (void)which;
    player p, q;
    if (!begins(&p, method, space, 11))
        return;
    assert_true(begins(&q, method, space, 11));
    for (int i = 0; i < 20; i++) {
        uint64_t trial;
        if (player_suggest(&p, p.trials, NULL) != HOX_OK)
            break;
        char *first = text_of(&p);
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        char *second = text_of(&p);
        assert_string_equal(first, second);
        if (i % 5 == 4) {
            assert_int_equal(player_suggest(&q, q.trials, NULL), HOX_OK);
            char *replayed = text_of(&q);
            assert_string_equal(first, replayed);
            hox_text_free(replayed);
        }
        assert_int_equal(hox_walk_read(q.walk, first, NULL), HOX_OK);
        hox_text_free(first);
        hox_text_free(second);
        int n;
        const hox_answered *answer = hox_walk_answers(p.walk, &n);
        const hox_outcome o = outcome_of(&p, (uint64_t)i, 20, toy(answer, n));
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
        assert_int_equal(player_ask(&q, &trial), HOX_OK);
        assert_int_equal(player_tell(&p, trial, &o), HOX_OK);
        assert_int_equal(player_tell(&q, trial, &o), HOX_OK);
    }
    player_end(&p);
    player_end(&q);
}

static void events_alone_decide(void **state)
{
    (void)state;
    everywhere(pure);
}

/* ---- many pending, any order ---- */

/* Up to 12 are pending; they end in random order, some never. */
static void pending(const hox_strategy *method, const hox_space *space, int which)
{
    (void)which;
    enum { PENDING = 12 };
    uint64_t open[PENDING];
    int n_open = 0;
    player p;
    if (!begins(&p, method, space, 5))
        return;
    hox_rng rng = hox_rng_seed(9);
    for (int i = 0; i < 30; i++) {
        hox_error err = {0};
        const hox_status status = n_open < PENDING ? player_suggest(&p, p.trials, &err) : HOX_WAIT;
        if (status == HOX_OK) {
            is_legal(&p);
            assert_int_equal(player_ask(&p, &open[n_open++]), HOX_OK);
        } else if (status == HOX_DONE) {
            break;
        } else if (status != HOX_WAIT || n_open == 0) {
            fail_msg("%s: status %d with %d pending, %s", method->name, (int)status, n_open,
                     err.message);
        }
        if (status == HOX_WAIT || hox_rng_below(&rng, 3) == 0) {
            const uint32_t k = hox_rng_below(&rng, (uint32_t)n_open);
            const hox_outcome o = outcome_of(&p, open[k], 30, -(double)k);
            assert_int_equal(player_tell(&p, open[k], &o), HOX_OK);
            open[k] = open[--n_open];
        }
    }
    player_end(&p);
}

static void many_may_be_pending(void **state)
{
    (void)state;
    everywhere(pending);
}

/* Others propose: asked without a suggestion, told in reverse, some never. */
static void strangers(const hox_strategy *method, const hox_space *space, int which)
{
    (void)which;
    player p;
    if (!begins(&p, method, space, 3))
        return;
    hox_rng rng = hox_rng_seed(4);
    for (int round = 0; round < 2; round++) {
        const uint64_t first = p.trials;
        uint64_t trial;
        for (int i = 0; i < 12; i++) {
            hox_walk_restart(p.walk);
            assert_int_equal(hox_walk_derive(p.walk, hox_answer_prior, &rng, NULL, NULL), HOX_OK);
            assert_int_equal(player_ask(&p, &trial), HOX_OK);
        }
        for (uint64_t i = 12; i-- > 0;) {
            const hox_outcome o = outcome_of(&p, first + i, 20, (double)i);
            if (i % 5 != 4)
                assert_int_equal(player_tell(&p, first + i, &o), HOX_OK);
        }
        const hox_status status = player_suggest(&p, p.trials, NULL);
        assert_true(status == HOX_OK || status == HOX_WAIT || status == HOX_DONE);
        if (status == HOX_OK)
            is_legal(&p);
    }
    player_end(&p);
}

static void others_may_propose(void **state)
{
    (void)state;
    everywhere(strangers);
}

/* ---- finite spaces ---- */

/* A strategy that ends has said all 20; one that does not end goes on with sentences. */
static void ends_after_all(const hox_strategy *method, const hox_space *space, int which)
{
    player p;
    if (which != TWENTY && which != ONE)
        return;
    if (!begins(&p, method, space, 2))
        return;
    bool seen[20] = {false};
    int different = 0, i = 0;
    for (; i < 45 && play(&p, 0); i++) {
        int n;
        const hox_answered *answer = hox_walk_answers(p.walk, &n);
        const int64_t cell = n == 2 ? 4 * (answer[0].answer.index - 1) + answer[1].answer.index : 0;
        different += !seen[cell];
        seen[cell] = true;
    }
    if (i < 45)
        assert_int_equal(different, which == TWENTY ? 20 : 1);
    player_end(&p);
}

static void finite_spaces_end_when_all_is_said(void **state)
{
    (void)state;
    everywhere(ends_after_all);
}

/* ---- settings ---- */

static void rejects(const hox_strategy *method, const char *text, const char *names)
{
    hox_error err = {0};
    hox_value value[SETTINGS_MAX] = {{0}};
    if (settings_of(method, text, value, &err) != HOX_ERR_ARGUMENT)
        fail_msg("`%s` is accepted", text);
    if (!strstr(err.message, names))
        fail_msg("`%s` gave \"%s\", which does not name %s", text, err.message, names);
}

/* A table entry that says all it must, whose default lies in its domain, and whose misspelling is
 * noticed. */
static void setting_is_checked(const hox_strategy *method, const hox_setting *s)
{
    char text[256];
    hox_error err = {0};
    hox_value value[SETTINGS_MAX] = {{0}};
    assert_true(s->name && s->domain && s->fallback && s->source && s->meaning);
    assert_true(strlen(s->source) > 4 && strlen(s->meaning) > 4);
    snprintf(text, sizeof text, "%s(%s: %s)", method->name, s->name, s->fallback);
    if (settings_of(method, text, value, &err) != HOX_OK)
        fail_msg("%s: %s", text, err.message);
    snprintf(text, sizeof text, "%s(%sx: 1)", method->name, s->name);
    rejects(method, text, s->name);
    snprintf(text, sizeof text, "%s(%s: 1e300)", method->name, s->name);
    rejects(method, text, s->name);
    if (strcmp(s->domain, "word") == 0)
        return; /* of the space: `begin` looks it up */
    snprintf(text, sizeof text, "%s(%s: no_such_word)", method->name, s->name);
    rejects(method, text, s->name);
}

/* The ends of a range begin or are refused in words. */
static void ends_of_setting(const hox_strategy *method, const hox_setting *s,
                            const hox_space *space)
{
    double end[2];
    char text[256];
    if (sscanf(s->domain, "int %lf..%lf", &end[0], &end[1]) != 2 &&
        sscanf(s->domain, "real %lf..%lf", &end[0], &end[1]) != 2)
        return;
    for (int i = 0; i < 2; i++) {
        player p;
        hox_error err = {0};
        snprintf(text, sizeof text, "%s(%s: %.17g)", method->name, s->name, end[i]);
        if (player_begin(&p, method, space, text, 1, &err) == HOX_OK) {
            for (int k = 0; k < 3; k++)
                play(&p, 0);
            player_end(&p);
        } else if (err.status != HOX_ERR_ARGUMENT || !strstr(err.message, s->name)) {
            fail_msg("%s: %s", text, err.message);
        }
    }
}

static void settings_are_checked(void **state)
{
    (void)state;
    int n;
    const hox_strategy *const *all = hox__strategy_all(&n);
    hox_space *space = space_of(0), *graphs = space_of(TEXTS);
    for (int i = 0; i < n; i++) {
        const hox_strategy *s = all[i];
        player p;
        assert_true(s->name && s->source && s->summary && s->begin && s->end && s->suggest);
        assert_ptr_equal(hox__strategy_find(s->name), s);
        assert_true(s->settings <= SETTINGS_MAX);
        const bool flat = begins(&p, s, space, 1);
        if (flat) {
            const char *says = s->explain ? s->explain(p.state) : NULL;
            assert_true(!says || (*says && !strchr(says, '\n')));
            player_end(&p);
        }
        for (int k = 0; k < s->settings; k++) {
            setting_is_checked(s, &s->setting[k]);
            ends_of_setting(s, &s->setting[k], flat ? space : graphs);
        }
    }
    hox_space_free(space);
    hox_space_free(graphs);
}

/* ---- memory ---- */

/* A short study in which allocation k fails. */
static hox_status short_study(const hox_strategy *method, const hox_space *space,
                              const hox_value *value)
{
    hox_error err = {0};
    void *state = NULL;
    hox_status status = method->begin(space, value, 1, &state, &err);
    if (status != HOX_OK)
        return status;
    hox_walk *walk = hox_walk_new(space, &err);
    status = walk ? HOX_OK : HOX_ERR_MEMORY;
    for (uint64_t t = 0; status == HOX_OK && t < 12; t++) {
        hox_rng rng = hox_rng_seed(t);
        hox_asked asked;
        hox_walk_restart(walk);
        status = method->suggest(state, t, walk, &rng, &err);
        if (status != HOX_OK)
            break;
        asked.answer = hox_walk_answers(walk, &asked.n);
        if (method->asked)
            status = method->asked(state, t, &asked);
        const hox_outcome o = done(toy(asked.answer, asked.n));
        if (status == HOX_OK && method->told && t % 4 != 3)
            status = method->told(state, t, &o);
    }
    hox_walk_free(walk);
    method->end(state);
    return status;
}

static void memory_may_fail(const hox_strategy *method, const hox_space *space, int which)
{
    if (which != 1 && which != TWENTY)
        return;
    hox_value value[SETTINGS_MAX] = {{0}};
    assert_int_equal(settings_of(method, NULL, value, NULL), HOX_OK);
    for (int64_t k = 0;; k += 1 + k / 4) {
        hox__alloc_fail_at(k, false);
        const hox_status status = short_study(method, space, value);
        const bool failed = hox__alloc_failures() > 0;
        hox__alloc_fail_at(-1, false);
        if (!failed) {
            assert_true(status == HOX_OK || status == HOX_DONE || status == HOX_ERR_ARGUMENT);
            break;
        }
        if (status != HOX_ERR_MEMORY && status != HOX_OK)
            fail_msg("%s: allocation %d refused gives status %d", method->name, (int)k,
                     (int)status);
    }
}

static void refused_allocations_are_errors(void **state)
{
    (void)state;
    everywhere(memory_may_fail);
}

/* ---- learners learn ---- */

static double valley(void *ctx, const hox_answered *answer, int n)
{
    (void)ctx;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const double x = path_ends(answer[i].path, "k") ? (double)answer[i].answer.index / 20
                                                        : answer[i].answer.real;
        sum -= (x - 0.7) * (x - 0.7);
    }
    return sum;
}

/* In how many of 15 paired seeds is its best of `trials` better than random's? */
static int wins_over_random(const hox_strategy *method, const hox_space *space, int trials)
{
    int wins = 0;
    for (uint64_t seed = 1; seed <= 15; seed++) {
        player p = player_new(method, space, NULL, seed);
        player r = player_new(hox__strategy_find("random"), space, NULL, seed);
        wins += player_best(&p, trials, valley, NULL) > player_best(&r, trials, valley, NULL);
        player_end(&p);
        player_end(&r);
    }
    return wins;
}

static void learners_beat_random(void **state)
{
    (void)state;
    static const char *const learners[] = {"evolution", "cmaes", "differential_evolution",
                                           "nsga2",     "tpe",   "auto"};
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\nc = 0.0 .. 1.0\n"
                            "d = 0.0 .. 1.0\nk = 0..20\n");
    for (size_t i = 0; i < sizeof learners / sizeof learners[0]; i++) {
        const hox_strategy *method = hox__strategy_find(learners[i]);
        assert_non_null(method);
        const int wins = wins_over_random(method, space, 120);
        if (wins < 12) /* of 15 coin tosses 12 heads: p = 0.018 */
            fail_msg("%s beats random with %d of 15 seeds", method->name, wins);
    }
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suggestions_are_legal_whatever_fails),
        cmocka_unit_test(events_alone_decide),
        cmocka_unit_test(many_may_be_pending),
        cmocka_unit_test(others_may_propose),
        cmocka_unit_test(finite_spaces_end_when_all_is_said),
        cmocka_unit_test(settings_are_checked),
        cmocka_unit_test(refused_allocations_are_errors),
        cmocka_unit_test(learners_beat_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
