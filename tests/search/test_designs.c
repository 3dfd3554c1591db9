/* Sobol points and Latin hypercubes: nets, strips, even integrals; designs of conditional spaces.
 */
#include "search/player.h"
#include "search/points.h"
#include <stdlib.h>

extern const hox_strategy hox__strategy_sobol, hox__strategy_lhs, hox__strategy_random;

/* ---- the sequence ---- */

/* Worked by hand from the recurrence: polynomials 1 (van der Corput), x + 1, x^2 + x + 1 with
 * m = 1, 1. The first two are every author's first two dimensions. */
static void first_points_are_known(void **state)
{
    (void)state;
    static const double want[8][3] = {
        {0, 0, 0},
        {0.5, 0.5, 0.5},
        {0.75, 0.25, 0.75},
        {0.25, 0.75, 0.25},
        {0.375, 0.375, 0.625},
        {0.875, 0.875, 0.125},
        {0.625, 0.125, 0.375},
        {0.125, 0.625, 0.875},
    };
    hox__points p;
    assert_int_equal(hox__points_init(&p, 3, NULL), HOX_OK);
    for (uint64_t i = 0; i < 8; i++)
        for (int j = 0; j < 3; j++)
            assert_true(hox__points_at(&p, i, j) == want[i][j]);
    hox__points_deinit(&p);
}

/* Every dimension is a (0, 1)-sequence: of 2^m points one lies in each of 2^m intervals. */
static void check_one_in_each_strip(const hox_rng *scramble)
{
    enum { N = 256 };
    hox__points p;
    assert_int_equal(hox__points_init(&p, HOX__POINTS_DIMENSIONS_MAX, scramble), HOX_OK);
    for (int j = 0; j < HOX__POINTS_DIMENSIONS_MAX; j++) {
        bool taken[N] = {false};
        for (uint64_t i = 0; i < N; i++) {
            const int strip = (int)(hox__points_at(&p, 512 + i, j) * N);
            assert_in_range(strip, 0, N - 1);
            assert_false(taken[strip]);
            taken[strip] = true;
        }
    }
    hox__points_deinit(&p);
}

static void every_dimension_is_a_net(void **state)
{
    (void)state;
    const hox_rng rng = hox_rng_seed(3);
    check_one_in_each_strip(NULL);
    check_one_in_each_strip(&rng);
}

/* The quality t of the first 2^m points in dimensions a and b: the least t such that every
 * elementary rectangle of area 2^(t-m) holds 2^t of them. */
static int net_quality(const hox__points *p, int a, int b, int m)
{
    for (int t = 0; t <= m; t++) {
        bool good = true;
        for (int k = 0; good && k <= m - t; k++) {
            int count[1024] = {0};
            for (uint64_t i = 0; i < (1u << m); i++) {
                const int x = (int)ldexp(hox__points_at(p, i, a), k);
                const int y = (int)ldexp(hox__points_at(p, i, b), m - t - k);
                count[x << (m - t - k) | y]++;
            }
            for (int c = 0; good && c < 1 << (m - t); c++)
                good = count[c] == 1 << t;
        }
        if (good)
            return t;
    }
    return m;
}

/* Dimensions 0 and 1 are a (0, 2)-sequence (Sobol 1967); scrambling changes no quality. */
static void pairs_of_dimensions_are_nets(void **state)
{
    (void)state;
    enum { D = 10, M = 8 };
    hox__points plain, scrambled;
    const hox_rng rng = hox_rng_seed(5);
    int worst = 0;
    assert_int_equal(hox__points_init(&plain, D, NULL), HOX_OK);
    assert_int_equal(hox__points_init(&scrambled, D, &rng), HOX_OK);
    assert_int_equal(net_quality(&plain, 0, 1, M), 0);
    for (int a = 0; a < D; a++)
        for (int b = 0; b < a; b++) {
            const int t = net_quality(&plain, a, b, M);
            assert_int_equal(net_quality(&scrambled, a, b, M), t);
            worst = t > worst ? t : worst;
        }
    assert_in_range(worst, 0, 4);
    hox__points_deinit(&plain);
    hox__points_deinit(&scrambled);
}

/* ---- integrals: hpo.md, claim 4 ---- */

static double product(const double *u)
{
    double f = 1;
    for (int j = 0; j < 6; j++)
        f *= 1 + (u[j] - 0.5) / 2;
    return f;
}

/* prod_j (1 + (u_j - 1/2) / 2) over 6 dimensions is 1. Root mean square of 20 scramblings. */
static void sobol_integrates_ten_times_better(void **state)
{
    (void)state;
    enum { N = 1024, SEEDS = 20 };
    double sobol = 0, chance = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        hox__points p;
        hox_rng rng = hox_rng_seed(seed);
        double a = 0, b = 0, u[6];
        assert_int_equal(hox__points_init(&p, 6, &rng), HOX_OK);
        for (uint64_t i = 0; i < N; i++) {
            for (int j = 0; j < 6; j++)
                u[j] = hox__points_at(&p, i, j);
            a += product(u) / N;
            for (int j = 0; j < 6; j++)
                u[j] = hox_rng_unit(&rng);
            b += product(u) / N;
        }
        sobol += (a - 1) * (a - 1) / SEEDS;
        chance += (b - 1) * (b - 1) / SEEDS;
        hox__points_deinit(&p);
    }
    print_message("error of 1024 points: Sobol %.2g, random %.2g\n", sqrt(sobol), sqrt(chance));
    assert_true(10 * sqrt(sobol) < sqrt(chance));
}

/* ---- as strategies ---- */

enum { D = 3 };
static const char cube[] = "command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\nc = 0.0 .. 1.0\n";

/* The next point of the unit cube. */
static void point(player *p, double u[D])
{
    uint64_t trial;
    int n;
    assert_int_equal(player_suggest(p, p->trials, NULL), HOX_OK);
    assert_int_equal(player_ask(p, &trial), HOX_OK);
    const hox_answered *a = hox_walk_answers(p->walk, &n);
    assert_int_equal(n, D);
    for (int j = 0; j < D; j++)
        u[j] = a[j].answer.real;
}

static void check_strips(const hox_strategy *method, const char *settings, int n)
{
    hox_space *space = load(cube);
    player p = player_new(method, space, settings, 4);
    for (int design = 0; design < 3; design++) {
        bool taken[D][64] = {{false}};
        double u[D];
        for (int i = 0; i < n; i++) {
            point(&p, u);
            for (int j = 0; j < D; j++) {
                assert_false(taken[j][(int)(u[j] * n)]);
                taken[j][(int)(u[j] * n)] = true;
            }
        }
    }
    player_end(&p);
    hox_space_free(space);
}

static void each_strip_holds_a_point(void **state)
{
    (void)state;
    check_strips(&hox__strategy_sobol, NULL, 64);
    check_strips(&hox__strategy_lhs, NULL, 64);
    check_strips(&hox__strategy_lhs, "lhs(n: 17)", 17);
    check_strips(&hox__strategy_lhs, "lhs(n: 17, criterion: none)", 17);
}

static double nearest_pair(const char *settings, uint64_t seed)
{
    enum { N = 16 };
    double u[N][D], least = HUGE_VAL;
    hox_space *space = load(cube);
    player p = player_new(&hox__strategy_lhs, space, settings, seed);
    for (int i = 0; i < N; i++)
        point(&p, u[i]);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < i; k++)
            least = fmin(least, sqrt(pow(u[i][0] - u[k][0], 2) + pow(u[i][1] - u[k][1], 2) +
                                     pow(u[i][2] - u[k][2], 2)));
    player_end(&p);
    hox_space_free(space);
    return least;
}

static void maximin_keeps_points_apart(void **state)
{
    (void)state;
    double best = 0, first = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        const double a = nearest_pair("lhs(n: 16)", seed);
        const double b = nearest_pair("lhs(n: 16, criterion: none)", seed);
        assert_true(a >= b); /* the first is one of those compared */
        best += a;
        first += b;
    }
    assert_true(best > 1.2 * first);
}

/* A question that only one branch asks is as even on that branch as chance allows, and the branch
 * itself is taken as often as its weight says. */
static void branches_have_dimensions_of_their_own(void **state)
{
    (void)state;
    enum { N = 64 };
    hox_space *space = load("command = \"x\"\nopt = sgd(m: 0.0 .. 1.0) | plain\n");
    const hox_strategy *const methods[] = {&hox__strategy_sobol, &hox__strategy_lhs};
    for (int k = 0; k < 2; k++) {
        player p = player_new(methods[k], space, NULL, 9);
        int plain = 0, quarter[4] = {0};
        for (int i = 0; i < N; i++) {
            uint64_t trial;
            int n;
            assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
            const hox_answered *a = hox_walk_answers(p.walk, &n);
            plain += a[0].answer.index == 1;
            if (n == 2)
                quarter[(int)(a[1].answer.real * 4)]++;
            assert_int_equal(player_ask(&p, &trial), HOX_OK);
        }
        assert_true(plain <= 32); /* `plain` is said once only; the others are all new */
        for (int i = 0; i < 4; i++)
            assert_in_range(quarter[i], 10, 22);
        player_end(&p);
    }
    hox_space_free(space);
}

/* 20 sentences: all of them come, none twice, before chance takes over. */
static void small_spaces_are_gone_through(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 1..5\nb = p | q | r | s\n");
    const hox_strategy *const methods[] = {&hox__strategy_sobol, &hox__strategy_lhs};
    for (int k = 0; k < 2; k++) {
        player p = player_new(methods[k], space, NULL, 9);
        bool seen[20] = {false};
        for (int i = 0; i < 20; i++) {
            uint64_t trial;
            int n;
            assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
            const hox_answered *a = hox_walk_answers(p.walk, &n);
            const int64_t cell = 4 * (a[0].answer.index - 1) + a[1].answer.index;
            assert_false(seen[cell]);
            seen[cell] = true;
            assert_int_equal(player_ask(&p, &trial), HOX_OK);
        }
        player_end(&p);
    }
    hox_space_free(space);
}

static void maximin_has_a_limit(void **state)
{
    (void)state;
    player p;
    hox_error err = {0};
    hox_space *space = load(cube);
    assert_int_equal(player_begin(&p, &hox__strategy_lhs, space, "lhs(n: 1001)", 1, &err),
                     HOX_ERR_ARGUMENT);
    assert_non_null(strstr(err.message, "criterion: none"));
    p = player_new(&hox__strategy_lhs, space, "lhs(n: 1001, criterion: none)", 1);
    player_end(&p);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_points_are_known),
        cmocka_unit_test(every_dimension_is_a_net),
        cmocka_unit_test(pairs_of_dimensions_are_nets),
        cmocka_unit_test(sobol_integrates_ten_times_better),
        cmocka_unit_test(each_strip_holds_a_point),
        cmocka_unit_test(maximin_keeps_points_apart),
        cmocka_unit_test(branches_have_dimensions_of_their_own),
        cmocka_unit_test(small_spaces_are_gone_through),
        cmocka_unit_test(maximin_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
