/* Several objectives: domination, crowding, hypervolume, operators, fronts that are known. */
#include "search/pareto.h"
#include "search/player.h"
#include "search/variation.h"
#include <stdlib.h>

extern const hox_strategy hox__strategy_nsga2, hox__strategy_random;

/* ---- ranks ---- */

static void fronts_by_hand(void **state)
{
    (void)state;
    /* a b c are the front, d lies under b, e under c and d, f equals b, g is under all */
    static const double score[][2] = {{1, 5}, {3, 4}, {5, 1}, {2, 4}, {2, 1}, {3, 4}, {0, 0}};
    static const int want[] = {0, 0, 0, 1, 2, 0, 3};
    int rank[7];
    assert_int_equal(hox__pareto_rank(7, 2, &score[0][0], NULL, rank), HOX_OK);
    for (int i = 0; i < 7; i++)
        assert_int_equal(rank[i], want[i]);
}

static void the_infeasible_come_last(void **state)
{
    (void)state;
    static const double score[] = {1, 9, 2, 9, 3, 9};
    static const double violation[] = {0, 2, 0, 1, 0, 2};
    static const int want[] = {2, 4, 1, 3, 0, 4};
    int rank[6];
    assert_int_equal(hox__pareto_rank(6, 1, score, violation, rank), HOX_OK);
    for (int i = 0; i < 6; i++)
        assert_int_equal(rank[i], want[i]);
}

/* The definition, front by front. */
static void rank_slowly(int n, int m, const double *score, int *rank)
{
    for (int i = 0; i < n; i++)
        rank[i] = -1;
    for (int front = 0, left = n; left > 0; front++) {
        for (int i = 0; i < n; i++) {
            bool dominated = false;
            for (int j = 0; j < n; j++)
                dominated |= (rank[j] < 0 || rank[j] == front) &&
                             hox__dominates(m, score + j * m, score + i * m);
            if (rank[i] < 0 && !dominated) {
                rank[i] = front;
                left--;
            }
        }
    }
}

static void ranks_are_as_defined(void **state)
{
    (void)state;
    enum { N = 120 };
    hox_rng rng = hox_rng_seed(4);
    for (int m = 1; m <= 4; m++) {
        double score[N * 4];
        int fast[N], slow[N];
        for (int i = 0; i < N * m; i++) /* few values: many ties */
            score[i] = hox_rng_below(&rng, 12);
        assert_int_equal(hox__pareto_rank(N, m, score, NULL, fast), HOX_OK);
        rank_slowly(N, m, score, slow);
        for (int i = 0; i < N; i++)
            assert_int_equal(fast[i], slow[i]);
    }
}

/* Neighbours apart, each objective in parts of its range: (3-0)/10 + (9-4)/10 and so on. */
static void crowding_by_hand(void **state)
{
    (void)state;
    static const double score[][2] = {{0, 10}, {1, 9}, {3, 4}, {10, 0}, {7, 7}};
    static const int member[] = {3, 1, 0, 2};
    double distance[4];
    assert_int_equal(hox__pareto_crowding(2, &score[0][0], member, 4, distance), HOX_OK);
    assert_true(isinf(distance[0]) && isinf(distance[2]));
    assert_true(fabs(distance[1] - (0.3 + 0.6)) < 1e-12);
    assert_true(fabs(distance[3] - (0.9 + 0.9)) < 1e-12);
}

/* ---- hypervolume ---- */

static double volume(int n, int m, const double *score, const double *reference)
{
    double v;
    assert_int_equal(hox__hypervolume(n, m, score, reference, &v), HOX_OK);
    return v;
}

static void volumes_by_hand(void **state)
{
    (void)state;
    static const double zero[4] = {0};
    static const double two[] = {1, 3, 2, 2, 3, 1, 1, 1, 5, -1};
    assert_true(volume(5, 2, two, zero) == 6);
    static const double three[] = {1, 1, 3, 2, 2, 1}; /* boxes of 3 and 4 share 1 */
    assert_true(volume(2, 3, three, zero) == 6);
    static const double four[] = {1, 1, 1, 3, 2, 2, 1, 1, 1, 1, 1, 3};
    assert_true(volume(3, 4, four, zero) == 6);
    static const double reference[] = {1, 1};
    assert_true(volume(3, 2, two, reference) == 1);
    assert_true(volume(0, 2, two, zero) == 0);
    assert_true(volume(1, 1, two, zero) == 1);
}

/* By inclusion and exclusion over all subsets. */
static double volume_slowly(int n, int m, const double *score)
{
    double sum = 0;
    for (unsigned set = 1; set < 1u << n; set++) {
        double box = 1;
        for (int k = 0; k < m; k++) {
            double least = HUGE_VAL;
            for (int i = 0; i < n; i++)
                if (set >> i & 1)
                    least = fmin(least, score[i * m + k]);
            box *= least;
        }
        sum += __builtin_popcount(set) & 1 ? box : -box;
    }
    return sum;
}

static void volumes_are_as_defined(void **state)
{
    (void)state;
    enum { N = 9 };
    static const double zero[5] = {0};
    hox_rng rng = hox_rng_seed(8);
    for (int m = 1; m <= 5; m++)
        for (int repeat = 0; repeat < 20; repeat++) {
            double score[N * 5];
            for (int i = 0; i < N * m; i++)
                score[i] = repeat < 10 ? hox_rng_unit(&rng) : hox_rng_below(&rng, 4) + 1;
            const double want = volume_slowly(N, m, score);
            assert_true(fabs(volume(N, m, score, zero) - want) < 1e-10 * (1 + want));
        }
}

/* ---- operators ---- */

/* Far from the bounds: children at (a + b)/2 -+ beta (b - a)/2, beta = (2u)^(1/21) for u <= 1/2. */
static void crossover_by_formula(void **state)
{
    (void)state;
    double c[2];
    hox__sbx(0.501, 0.5, 20, 0.25, c);
    const double beta = pow(0.5, 1 / 21.0);
    assert_true(fabs(c[0] - (0.5005 - beta * 0.0005)) < 1e-12);
    assert_true(fabs(c[1] - (0.5005 + beta * 0.0005)) < 1e-12);
    hox__sbx(0.5, 0.501, 20, 0.75, c); /* (1 / (2 (1 - u)))^(1/21) */
    assert_true(fabs(c[1] - c[0] - 0.001 * pow(2, 1 / 21.0)) < 1e-12);
    hox__sbx(0, 0.4, 2, 0.999999, c);
    assert_true(c[0] >= 0 && c[0] < 1e-6 && c[1] <= 1 && c[1] > 0.7);
    hox__sbx(0.3, 0.3, 20, 0.9, c);
    assert_true(c[0] == 0.3 && c[1] == 0.3);
}

static void mutation_by_formula(void **state)
{
    (void)state;
    assert_true(fabs(hox__polynomial_mutation(0.5, 20, 0.5) - 0.5) < 1e-12);
    assert_true(fabs(hox__polynomial_mutation(0.3, 20, 0)) < 1e-12); /* down to the bound */
    assert_true(hox__polynomial_mutation(0.3, 20, 0.9999999999999) > 0.7);
    const double d = pow(2 * 0.1 + 0.8 * pow(0.5, 21), 1 / 21.0) - 1;
    assert_true(fabs(hox__polynomial_mutation(0.5, 20, 0.1) - (0.5 + d)) < 1e-12);
    assert_true(fabs(hox__polynomial_mutation(0.5, 20, 0.9) - (0.5 - d)) < 1e-12);
}

/* ---- as a strategy: ZDT1 of 6 variables ---- */

enum { D = 6 };

/* f1 = x1, f2 = g (1 - sqrt(x1 / g)), g = 1 + 9 mean(x2 ..); both to be small. Zitzler, Deb,
 * Thiele, Evol. Comp. 8(2), 2000. */
static void zdt1(const hox_answered *a, double f[2])
{
    double g = 1;
    for (int i = 1; i < D; i++)
        g += 9 * a[i].answer.real / (D - 1);
    f[0] = -a[0].answer.real;
    f[1] = -g * (1 - sqrt(a[0].answer.real / g));
}

static double covered(const hox_strategy *method, const hox_space *space, uint64_t seed, int trials)
{
    static double front[4000 * 2];
    static const double reference[] = {-1.1, -1.1};
    player p = player_new(method, space, NULL, seed);
    for (int i = 0; i < trials; i++) {
        uint64_t trial;
        int n;
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
        double *f = front + 2 * i;
        zdt1(hox_walk_answers(p.walk, &n), f);
        assert_int_equal(n, D);
        hox_outcome o = done(f[0]);
        o.scores = f;
        o.objectives = 2;
        assert_int_equal(player_tell(&p, trial, &o), HOX_OK);
    }
    player_end(&p);
    return volume(trials, 2, front, reference);
}

/* The whole front covers 0.1 + 2/3 + 0.11 = 0.877 of what lies below (1.1, 1.1). */
static void the_front_is_found(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\nc = 0.0 .. 1.0\n"
                            "d = 0.0 .. 1.0\ne = 0.0 .. 1.0\nf = 0.0 .. 1.0\n");
    int wins = 0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        const double ours = covered(&hox__strategy_nsga2, space, seed, 2000);
        wins += ours > covered(&hox__strategy_random, space, seed, 4000) + 0.3;
        assert_true(ours > 0.8);
    }
    assert_int_equal(wins, 5);
    hox_space_free(space);
}

/* Conditional: the branch with the better front takes over, its own questions are tuned. */
static void branches_are_matched_by_path(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\nopt = p(x: 0.0 .. 1.0) | q(y: 0.0 .. 1.0, z: 0.0 .. "
                            "1.0)\n");
    player p = player_new(&hox__strategy_nsga2, space, NULL, 5);
    int late_q = 0;
    for (int i = 0; i < 400; i++) {
        uint64_t trial;
        int n;
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        assert_int_equal(player_ask(&p, &trial), HOX_OK);
        const hox_answered *a = hox_walk_answers(p.walk, &n);
        const bool q = a[0].answer.index == 1;
        double f[2] = {a[1].answer.real - !q, 1 - a[1].answer.real - !q};
        if (q)
            f[1] -= fabs(a[2].answer.real - 0.5);
        hox_outcome o = done(f[0]);
        o.scores = f;
        o.objectives = 2;
        late_q += i >= 300 && q;
        assert_int_equal(player_tell(&p, trial, &o), HOX_OK);
    }
    assert_in_range(late_q, 70, 100);
    player_end(&p);
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fronts_by_hand),       cmocka_unit_test(the_infeasible_come_last),
        cmocka_unit_test(ranks_are_as_defined), cmocka_unit_test(crowding_by_hand),
        cmocka_unit_test(volumes_by_hand),      cmocka_unit_test(volumes_are_as_defined),
        cmocka_unit_test(crossover_by_formula), cmocka_unit_test(mutation_by_formula),
        cmocka_unit_test(the_front_is_found),   cmocka_unit_test(branches_are_matched_by_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
