/* Successive halving, Hyperband, ASHA: brackets from the papers, invariants, tables of curves. */
#include "base/alloc.h"
#include "hoxtest.h"
#include "study/allocator.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIALS_MAX = 4000, WORKERS_MAX = 8 };

/* What a trial would show at a step, larger is better; NaN: it fails. */
typedef double (*curve)(void *ctx, uint64_t trial, double step);

/* A study of one allocator in simulated time. */
typedef struct {
    const hox_allocator *rule;
    void *state;
    curve curve;
    void *ctx;
    double came_to[TRIALS_MAX]; /* by trial */
    uint64_t trials;
    double cost; /* steps made, with resuming */
    double best; /* at the largest budget seen */
    uint64_t winner;
    double winner_step;
} game;

static game *begin(const char *name, const char *settings, double low, double high, curve shape,
                   void *ctx)
{
    hox_value value[8] = {{0}};
    hox_error err = {0};
    hox_space *space = NULL;
    char line[200];
    game *g = calloc(1, sizeof *g);
    assert_non_null(g);
    g->rule = hox__allocator_find(name);
    assert_non_null(g->rule);
    hox_diagnostics *list = hox_diagnostics_new();
    snprintf(line, sizeof line, "search = %s(%s)\n", name, settings);
    assert_int_equal(hox_space_load("t", line, strlen(line), NULL, list, &space), HOX_OK);
    assert_int_equal(hox__settings_read(g->rule->setting, g->rule->settings,
                                        hox_space_constant(space, "search"), value, &err),
                     HOX_OK);
    const hox_allocation about = {.low = low, .high = high, .maximize = true};
    if (g->rule->begin(&about, value, &g->state, &err) != HOX_OK)
        fail_msg("%s: %s", line, err.message);
    hox_space_free(space);
    hox_diagnostics_free(list);
    g->curve = shape;
    g->ctx = ctx;
    g->best = -HUGE_VAL;
    return g;
}

static void end(game *g)
{
    g->rule->end(g->state);
    free(g);
}

static hox_status next(game *g, hox_grant *grant)
{
    const hox_status status = g->rule->next(g->state, true, grant, NULL);
    if (status == HOX_OK && grant->fresh)
        grant->trial = g->trials++;
    assert_true(g->trials < TRIALS_MAX);
    if (status == HOX_OK)
        assert_int_equal(g->rule->started(g->state, grant->trial, grant->budget), HOX_OK);
    return status;
}

/* The granted run comes to its end, step by step of one unit (the last one may be shorter). */
static void run(game *g, const hox_grant *grant)
{
    double *at = &g->came_to[grant->trial];
    double value = (double)NAN;
    hox_verdict verdict = HOX_VERDICT_GO;
    while (verdict == HOX_VERDICT_GO && *at < grant->budget) {
        const double step = fmin(*at + 1, grant->budget);
        g->cost += step - *at;
        *at = step;
        value = g->curve(g->ctx, grant->trial, step);
        assert_int_equal(g->rule->report(g->state, grant->trial, step, value, &verdict), HOX_OK);
    }
    if (!isnan(value) && (*at > g->winner_step || (*at == g->winner_step && value > g->best))) {
        g->best = value;
        g->winner = grant->trial;
        g->winner_step = *at;
    }
    if (verdict == HOX_VERDICT_PAUSE)
        return;
    const hox_outcome o = {
        .state = verdict == HOX_VERDICT_STOP ? HOX_TRIAL_PRUNED : HOX_TRIAL_DONE,
        .score = value,
        .budget = *at,
    };
    assert_int_equal(g->rule->told(g->state, grant->trial, &o), HOX_OK);
}

/* One worker until the rule is done or `most` steps are made. */
static void play(game *g, double most)
{
    hox_grant grant;
    while (g->cost < most) {
        const hox_status status = next(g, &grant);
        if (status == HOX_DONE)
            break;
        assert_int_equal(status, HOX_OK);
        run(g, &grant);
    }
}

/* ---- brackets ---- */

static double by_number(void *ctx, uint64_t trial, double step)
{
    (void)ctx, (void)step;
    return (double)((trial * 37) % 101);
}

/* "81x1 27x3": how many trials were granted which budget, in order. */
static void check_brackets(const char *name, const char *settings, double low, double high,
                           const char *want, double cost)
{
    char got[400] = "";
    int count = 0;
    double budget = 0;
    bool fresh = false;
    game *g = begin(name, settings, low, high, by_number, NULL);
    for (;;) {
        hox_grant grant;
        const hox_status status = next(g, &grant);
        assert_true(status == HOX_OK || status == HOX_DONE);
        if (count && (status == HOX_DONE || grant.budget != budget || grant.fresh != fresh)) {
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%dx%g", *got ? " " : "", count,
                     budget);
            count = 0;
        }
        if (status == HOX_DONE)
            break;
        count++;
        budget = grant.budget;
        fresh = grant.fresh;
        run(g, &grant);
    }
    assert_string_equal(got, want);
    assert_true(g->cost == cost);
    end(g);
}

/* successive-halving.md 2.3. The costs are sums of n_k (r_k - r_(k-1)). */
static void brackets_of_hyperband(void **state)
{
    (void)state;
    check_brackets("hyperband", "eta: 3, passes: 1", 1, 81,
                   "81x1 27x3 9x9 3x27 1x81 34x3 11x9 3x27 1x81 15x9 5x27 1x81 8x27 2x81 5x81",
                   297 + 276 + 279 + 324 + 405);
    check_brackets("hyperband", "eta: 3, passes: 1", 1, 27,
                   "27x1 9x3 3x9 1x27 12x3 4x9 1x27 6x9 2x27 4x27", 81 + 78 + 90 + 108);
    check_brackets("hyperband", "eta: 2, passes: 1", 1, 16,
                   "16x1 8x2 4x4 2x8 1x16 10x2 5x4 2x8 1x16 7x4 3x8 1x16 5x8 2x16 5x16",
                   48 + 46 + 48 + 56 + 80);
    check_brackets("hyperband", "eta: 3, passes: 1, rounding: floor", 1, 81,
                   "81x1 27x3 9x9 3x27 1x81 27x3 9x9 3x27 1x81 9x9 3x27 1x81 6x27 2x81 5x81",
                   297 + 243 + 189 + 270 + 405);
    check_brackets("hyperband", "eta: 3, passes: 1", 1, 243, /* exact powers: no logarithm is off */
                   "243x1 81x3 27x9 9x27 3x81 1x243 98x3 32x9 10x27 3x81 1x243 41x9 13x27 4x81 "
                   "1x243 18x27 6x81 2x243 9x81 3x243 6x243",
                   1053 + 990 + 981 + 1134 + 1215 + 1458);
}

static void brackets_of_halving(void **state)
{
    (void)state;
    check_brackets("halving", "n: 81, from: 2, brackets: 1", 1, 52, "81x2 27x6 9x18 3x52", 480);
    check_brackets("halving", "brackets: 1", 1, 81, "81x1 27x3 9x9 3x27 1x81", 297);
    check_brackets("halving", "eta: 2, n: 5, brackets: 2", 0.25, 1,
                   "5x0.25 2x0.5 1x1 5x0.25 2x0.5 1x1", 2 * (1.25 + 0.5 + 0.5));
    check_brackets("halving", "n: 2, brackets: 1", 5, 5, "2x5", 10);
}

/* Survivors are the best of their rung, ties by number. */
static double steps_of_ten(void *ctx, uint64_t trial, double step)
{
    (void)ctx, (void)step;
    return (double)(trial % 10);
}

static void the_best_go_on(void **state)
{
    (void)state;
    game *g = begin("halving", "n: 27, brackets: 1", 1, 27, steps_of_ten, NULL);
    play(g, HUGE_VAL);
    /* of 0..26: 9, 19; 8, 18; 7, 17; 6, 16, 26 go on, then 9, 19, 8, then 9 */
    static const uint64_t second[] = {9, 19, 8, 18, 7, 17, 6, 16, 26}, third[] = {9, 19, 8};
    for (int i = 0; i < 9; i++)
        assert_true(g->came_to[second[i]] >= 3);
    for (int i = 0; i < 3; i++)
        assert_true(g->came_to[third[i]] >= 9);
    assert_true(g->came_to[9] == 27 && g->came_to[19] == 9 && g->came_to[18] == 3);
    end(g);
}

/* ---- failures ---- */

static double mostly_fails(void *ctx, uint64_t trial, double step)
{
    (void)ctx, (void)step;
    return trial % 5 ? (double)NAN : (double)trial;
}

static double all_fail(void *ctx, uint64_t trial, double step)
{
    (void)ctx, (void)trial, (void)step;
    return (double)NAN;
}

static void failures_hold_nothing_up(void **state)
{
    (void)state;
    static const char *const names[] = {"halving", "hyperband", "asha"};
    for (int i = 0; i < 3; i++) {
        game *g = begin(names[i], "eta: 3", 1, 27, mostly_fails, NULL);
        play(g, 400);
        assert_true(g->winner_step == 27);
        end(g);
        g = begin(names[i], "eta: 3", 1, 27, all_fail, NULL);
        play(g, 300);
        assert_true(g->winner_step == 0);
        end(g);
    }
}

/* Trials that end by themselves, early, keep their place and are not asked to go on. */
static void who_is_over_is_not_resumed(void **state)
{
    (void)state;
    static const char *const names[] = {"halving", "asha"};
    for (int k = 0; k < 2; k++) {
        game *g = begin(names[k], "eta: 2", 1, 8, by_number, NULL);
        for (int i = 0; i < 100; i++) {
            hox_grant grant;
            assert_int_equal(next(g, &grant), HOX_OK);
            assert_true(grant.trial % 3 || grant.fresh);
            if (grant.trial % 3) {
                run(g, &grant);
            } else {
                const hox_outcome o = {.state = HOX_TRIAL_DONE, .score = 1000, .budget = 0.5};
                assert_int_equal(g->rule->told(g->state, grant.trial, &o), HOX_OK);
            }
        }
        end(g);
    }
}

/* ---- several workers in simulated time ---- */

typedef struct {
    double until;
    hox_grant grant;
    bool busy;
} worker;

/* Log-normal, sd 1, by Box and Muller. */
static double slowness(uint64_t trial)
{
    hox_rng root = hox_rng_seed(99), rng = hox_rng_child(&root, "slow", trial);
    const double r = sqrt(-2 * log(1 - hox_rng_unit(&rng)));
    return exp(r * cos(6.283185307179586 * hox_rng_unit(&rng)));
}

/* The share of the workers' time that nobody could use. `watch` sees every event. */
static double idle_share(game *g, int workers, double most, void (*watch)(game *g))
{
    worker w[WORKERS_MAX] = {{0}};
    double now = 0, idle = 0;
    while (g->cost < most) {
        int waiting = 0, first = -1;
        for (int i = 0; i < workers; i++) {
            if (!w[i].busy && next(g, &w[i].grant) == HOX_OK) {
                w[i].busy = true;
                w[i].until = now + slowness(w[i].grant.trial) *
                                       (w[i].grant.budget - g->came_to[w[i].grant.trial]);
            }
            waiting += !w[i].busy;
            if (w[i].busy && (first < 0 || w[i].until < w[first].until))
                first = i;
        }
        assert_true(first >= 0); /* somebody is always at work */
        idle += waiting * (w[first].until - now);
        now = w[first].until;
        w[first].busy = false;
        run(g, &w[first].grant);
        if (watch)
            watch(g);
    }
    return idle / (workers * now);
}

static void nobody_waits_under_asha(void **state)
{
    (void)state;
    game *a = begin("asha", "eta: 3", 1, 27, by_number, NULL);
    game *s = begin("halving", "eta: 3", 1, 27, by_number, NULL);
    const double asha = idle_share(a, 2, 3000, NULL), halving = idle_share(s, 2, 3000, NULL);
    print_message("idle of 2 workers: asha %.1f %%, synchronous halving %.1f %%\n", 100 * asha,
                  100 * halving);
    assert_true(asha < 0.05);
    assert_true(halving > 0.2);
    end(a);
    end(s);
}

/* Promotions never exceed floor(results / eta), at any moment: counted from outside. */
static void count_promotions(game *g)
{
    static const double at[] = {1, 3, 9, 27};
    for (int k = 0; k + 1 < 4; k++) {
        int results = 0, beyond = 0;
        for (uint64_t t = 0; t < g->trials; t++) {
            results += g->came_to[t] >= at[k];
            beyond += g->came_to[t] > at[k];
        }
        assert_true(beyond <= results / 3);
    }
}

static void promotions_are_never_too_many(void **state)
{
    (void)state;
    for (int workers = 1; workers <= 8; workers += 7) {
        game *g = begin("asha", "eta: 3", 1, 27, by_number, NULL);
        idle_share(g, workers, 1000, count_promotions);
        assert_true(g->winner_step == 27);
        end(g);
    }
}

/* Without pausing: of what comes to a rung, about one of three stays. */
static void asha_can_stop_instead(void **state)
{
    (void)state;
    game *g = begin("asha", "eta: 3, pause: no", 1, 27, by_number, NULL);
    play(g, 1500);
    int above[4] = {0};
    static const double at[] = {1, 3, 9, 27};
    for (uint64_t t = 0; t < g->trials; t++)
        for (int k = 0; k < 4; k++)
            above[k] += g->came_to[t] >= at[k];
    for (int k = 1; k < 4; k++) {
        assert_true(above[k] >= above[k - 1] / 5);
        assert_true(above[k] <= above[k - 1] / 2);
    }
    end(g);
}

/* Cut off and begun again: what it showed since is void. */
static void a_cut_is_no_result(void **state)
{
    (void)state;
    game *g = begin("asha", "eta: 2, pause: no", 1, 8, by_number, NULL);
    hox_verdict verdict;
    assert_int_equal(g->rule->started(g->state, 0, 8), HOX_OK);
    assert_int_equal(g->rule->report(g->state, 0, 1, 5, &verdict), HOX_OK);
    assert_int_equal(verdict, HOX_VERDICT_GO);
    assert_int_equal(g->rule->started(g->state, 0, 8), HOX_OK); /* again */
    assert_int_equal(g->rule->started(g->state, 1, 8), HOX_OK);
    assert_int_equal(g->rule->report(g->state, 1, 1, 3, &verdict), HOX_OK);
    assert_int_equal(verdict, HOX_VERDICT_GO); /* the first and best so far */
    assert_int_equal(g->rule->report(g->state, 0, 1, 2, &verdict), HOX_OK);
    assert_int_equal(verdict, HOX_VERDICT_STOP);
    end(g);
}

/* The same events in a fresh state grant the same. */
static void grants_follow_from_events(void **state)
{
    (void)state;
    static const char *const names[] = {"halving", "hyperband", "asha"};
    for (int i = 0; i < 3; i++) {
        game *a = begin(names[i], "eta: 3", 1, 27, by_number, NULL);
        game *b = begin(names[i], "eta: 3", 1, 27, by_number, NULL);
        for (int k = 0; k < 200; k++) {
            hox_grant x, y, again;
            assert_int_equal(a->rule->next(a->state, true, &again, NULL),
                             HOX_OK); /* changes nothing */
            assert_int_equal(next(a, &x), HOX_OK);
            if (k % 7 == 0) {
                assert_int_equal(b->rule->next(b->state, true, &y, NULL), HOX_OK);
                assert_true(x.fresh == y.fresh && x.budget == y.budget &&
                            (x.fresh || x.trial == y.trial));
            }
            b->trials = a->trials;
            assert_int_equal(b->rule->started(b->state, x.trial, x.budget), HOX_OK);
            run(a, &x);
            run(b, &x);
        }
        end(a);
        end(b);
    }
}

/* ---- against random search on made-up curves: successive-halving.md 4, claims 2 and 5 ---- */

typedef struct {
    uint64_t seed;
    bool late; /* the best begin slowly */
} world;

static void draw_curve(const world *w, uint64_t trial, double *a, double *c)
{
    hox_rng root = hox_rng_seed(w->seed), rng = hox_rng_child(&root, "curve", trial);
    *a = 0.05 + 0.9 * hox_rng_unit(&rng);
    *c = 0.3 + 0.9 * hox_rng_unit(&rng);
}

/* -err(t), err(t) = a + 0.8 (1 - a) t^-c; late: the better the end, the worse the beginning. */
static double made_up(void *ctx, uint64_t trial, double step)
{
    const world *w = ctx;
    double a, c;
    draw_curve(w, trial, &a, &c);
    if (w->late)
        return step < 40 ? a - 1 : -a;
    return -(a + 0.8 * (1 - a) * pow(step, -c));
}

static void halving_beats_full_runs(void **state)
{
    (void)state;
    double gain = 0;
    int not_worse = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        world w = {seed, false};
        double random = -HUGE_VAL;
        game *g = begin("halving", "brackets: 1", 1, 81, made_up, &w);
        play(g, HUGE_VAL);
        assert_true(g->cost == 297 && g->winner_step == 81);
        for (uint64_t t = 0; t < 4; t++) /* as much: 4 x 81 = 324 */
            random = fmax(random, made_up(&w, 1000 + t, 81));
        gain += (g->best - random) / 300;
        not_worse += g->best >= random;
        end(g);
    }
    print_message("mean gain %.3f, not worse in %d of 300\n", gain, not_worse);
    assert_true(gain >= 0.12);
    assert_true(not_worse >= 270);
}

static void slow_starters_need_hyperband(void **state)
{
    (void)state;
    double halving = 0, hyperband = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        world w = {seed, true};
        game *s = begin("halving", "", 1, 81, made_up, &w);
        game *h = begin("hyperband", "", 1, 81, made_up, &w);
        play(s, 1600);
        play(h, 1600);
        halving += s->best / 20;
        hyperband += h->best / 20;
        end(s);
        end(h);
    }
    assert_true(hyperband > halving + 0.3);
}

/* ---- LCBench tables: benchmarks.md, section 4 ---- */

enum { ROWS = 2000, EPOCHS = 52 };

static double table[ROWS][EPOCHS];

static bool read_table(const char *name)
{
    char path[600], line[4000];
    const char *shared = getenv("HOX_SHARED");
    snprintf(path, sizeof path, "%s/data/hpo/lcbench_%s.tsv", shared ? shared : "../shared", name);
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    assert_non_null(fgets(line, sizeof line, f));
    for (int i = 0; i < ROWS; i++) {
        assert_non_null(fgets(line, sizeof line, f));
        char *p = line;
        for (int k = 0; k < 8; k++) /* config and seven parameters */
            p = strchr(p, '\t') + 1;
        for (int k = 0; k < EPOCHS; k++) {
            table[i][k] = strtod(p, &p);
            p++;
        }
    }
    fclose(f);
    return true;
}

static double looked_up(void *ctx, uint64_t trial, double step)
{
    hox_rng root = hox_rng_seed(*(const uint64_t *)ctx), rng = hox_rng_child(&root, "row", trial);
    return table[hox_rng_below(&rng, ROWS)][(int)step - 1];
}

/* The mean over 500 seeds of the final accuracy of the row that a run of `epochs` chooses. */
static double mean_final(const char *name, const char *settings, double epochs, double *error)
{
    enum { SEEDS = 500 };
    double sum = 0, squares = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        game *g = begin(name, settings, 1, EPOCHS, looked_up, &seed);
        play(g, epochs);
        const double final = looked_up(&seed, g->winner, EPOCHS);
        sum += final;
        squares += final * final;
        end(g);
    }
    *error = sqrt((squares / SEEDS - sum / SEEDS * sum / SEEDS) / SEEDS);
    return sum / SEEDS;
}

/* Hyperband spends a fourth of its epochs on each of four brackets: in 480 it has begun 45 trials
 * where halving has begun 81, and in these tables the order after two epochs is worth having. So it
 * is below halving at 480; with as many times the epochs as it has brackets, which is what hedging
 * costs at most, it is above. */
static void lcbench(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double halving, random;
    } want[] = {
        {"fashion_mnist", 90.785, 89.693}, {"adult", 89.845, 86.378}, {"phoneme", 80.234, 78.343}};
    for (int i = 0; i < 3; i++) {
        double e, ignored;
        if (!read_table(want[i].name)) {
            print_message("no table of lcbench_%s: set HOX_SHARED\n", want[i].name);
            skip();
        }
        const double sh = mean_final("halving", "n: 81, from: 2, brackets: 1", 480, &e);
        const double hb = mean_final("hyperband", "", 480, &ignored);
        const double hb_2 = mean_final("hyperband", "", 960, &ignored);
        const double hb_4 = mean_final("hyperband", "", 1920, &ignored);
        const double asha = mean_final("asha", "eta: 3, from: 2", 480, &ignored);
        print_message("%s: halving %.3f (%.3f +- %.3f), asha %.3f; hyperband %.3f, with 960 epochs "
                      "%.3f, with 1920 %.3f\n",
                      want[i].name, sh, want[i].halving, e, asha, hb, hb_2, hb_4);
        assert_true(hb_4 > sh);
        assert_true(fabs(sh - want[i].halving) < 3 * e * sqrt(2)); /* both are means of 500 */
        assert_true(hb > want[i].random && asha > want[i].random);
    }
}

/* ---- memory, settings ---- */

static void refused_allocations_are_errors(void **state)
{
    (void)state;
    static const char *const names[] = {"halving", "hyperband", "asha"};
    for (int i = 0; i < 3; i++)
        for (int64_t k = 0;; k++) {
            const hox_allocator *rule = hox__allocator_find(names[i]);
            hox_value value[8] = {{0}};
            hox_error err = {0};
            assert_int_equal(hox__settings_read(rule->setting, rule->settings, NULL, value, &err),
                             HOX_OK);
            const hox_allocation about = {.low = 1, .high = 27};
            void *rules = NULL;
            hox__alloc_fail_at(k, false);
            hox_status status = rule->begin(&about, value, &rules, &err);
            const bool begun = status == HOX_OK;
            for (uint64_t t = 0; status == HOX_OK && t < 200; t++) {
                hox_verdict verdict;
                status = rule->started(rules, t, 1);
                if (status == HOX_OK)
                    status = rule->report(rules, t, 1, (double)t, &verdict);
            }
            const bool failed = hox__alloc_failures() > 0;
            hox__alloc_fail_at(-1, false);
            if (begun)
                rule->end(rules);
            assert_int_equal(status, failed ? HOX_ERR_MEMORY : HOX_OK);
            if (!failed)
                break;
        }
}

static void wrong_ends_are_errors(void **state)
{
    (void)state;
    static const char *const names[] = {"halving", "hyperband", "asha"};
    for (int i = 0; i < 3; i++) {
        const hox_allocator *rule = hox__allocator_find(names[i]);
        hox_value value[8] = {{0}};
        hox_error err = {0};
        void *rules;
        assert_true(rule->needs_budget);
        assert_int_equal(hox__settings_read(rule->setting, rule->settings, NULL, value, &err),
                         HOX_OK);
        const hox_allocation none = {0};
        assert_int_equal(rule->begin(&none, value, &rules, &err), HOX_ERR_ARGUMENT);
        assert_non_null(strstr(err.message, "budget"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brackets_of_hyperband),
        cmocka_unit_test(brackets_of_halving),
        cmocka_unit_test(the_best_go_on),
        cmocka_unit_test(failures_hold_nothing_up),
        cmocka_unit_test(who_is_over_is_not_resumed),
        cmocka_unit_test(nobody_waits_under_asha),
        cmocka_unit_test(promotions_are_never_too_many),
        cmocka_unit_test(asha_can_stop_instead),
        cmocka_unit_test(a_cut_is_no_result),
        cmocka_unit_test(grants_follow_from_events),
        cmocka_unit_test(halving_beats_full_runs),
        cmocka_unit_test(slow_starters_need_hyperband),
        cmocka_unit_test(lcbench),
        cmocka_unit_test(refused_allocations_are_errors),
        cmocka_unit_test(wrong_ends_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
