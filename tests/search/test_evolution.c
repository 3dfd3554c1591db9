/* Aging evolution: who may be a parent, who dies, what a mutation changes (decisions 2.10). */
#include "search/player.h"

extern const hox_strategy hox__strategy_evolution, hox__strategy_random;

enum { WIDE = 8 };
static const char wide[] = "command = \"x\"\na = 0.0 .. 1.0\nb = 0.0 .. 1.0\nc = 0.0 .. 1.0\n"
                           "d = 0.0 .. 1.0\ne = p | q | r\nf = 1..100\ng = 1..2\nh = log 1..64\n";

typedef struct {
    hox_answer answer[WIDE];
} genome;

static genome genome_of(const player *p)
{
    genome g;
    int n;
    const hox_answered *a = hox_walk_answers(p->walk, &n);
    assert_int_equal(n, WIDE);
    for (int i = 0; i < WIDE; i++)
        g.answer[i] = a[i].answer;
    return g;
}

static int differences(const genome *a, const genome *b, int *last)
{
    int n = 0;
    for (int i = 0; i < WIDE; i++)
        if (i < 4 ? a->answer[i].real != b->answer[i].real
                  : a->answer[i].index != b->answer[i].index) {
            n++;
            *last = i;
        }
    return n;
}

/* Suggests and asks, and tells unless `outcome` is NULL. */
static genome trial(player *p, const hox_outcome *outcome)
{
    uint64_t number;
    assert_int_equal(player_suggest(p, p->trials, NULL), HOX_OK);
    const genome g = genome_of(p);
    assert_int_equal(player_ask(p, &number), HOX_OK);
    if (outcome)
        assert_int_equal(player_tell(p, number, outcome), HOX_OK);
    return g;
}

static genome scored(player *p, double score)
{
    const hox_outcome o = done(score);
    return trial(p, &o);
}

/* Which of `n` is the parent of what `trial` would be; *changed: the question that differs. */
static int parent_among(player *p, uint64_t number, const genome *of, int n, int *changed)
{
    assert_int_equal(player_suggest(p, number, NULL), HOX_OK);
    const genome child = genome_of(p);
    for (int i = 0; i < n; i++)
        if (differences(&child, &of[i], changed) == 1)
            return i;
    return -1;
}

static void begins_with_the_prior(void **state)
{
    (void)state;
    hox_space *space = load(wide);
    player p = player_new(&hox__strategy_evolution, space, "evolution(population: 6)", 3);
    player r = player_new(&hox__strategy_random, space, NULL, 3);
    for (int i = 0; i < 6; i++) {
        int last;
        const genome a = scored(&p, i), b = trial(&r, NULL);
        assert_int_equal(differences(&a, &b, &last), 0);
    }
    player_end(&p);
    player_end(&r);
    hox_space_free(space);
}

/* The best of all is the first; three later it is gone, and nothing descends from it. */
static void the_oldest_dies(void **state)
{
    (void)state;
    hox_space *space = load(wide);
    player p =
        player_new(&hox__strategy_evolution, space, "evolution(population: 3, tournament: 3)", 3);
    genome g[6];
    int changed, first = 0;
    for (int i = 0; i < 3; i++)
        g[i] = scored(&p, 10 - i);
    for (uint64_t i = 0; i < 50; i++)
        first += parent_among(&p, 100 + i, g, 3, &changed) == 0;
    assert_in_range(first, 25, 49); /* in 1 - (2/3)^3 = 70 % of the tournaments */
    g[3] = scored(&p, 0);
    for (uint64_t i = 0; i < 50; i++)
        assert_in_range(parent_among(&p, 100 + i, g + 1, 3, &changed), 0, 2);
    player_end(&p);
    hox_space_free(space);
}

static void a_tournament_of_one_ignores_the_scores(void **state)
{
    (void)state;
    hox_space *space = load(wide);
    player p =
        player_new(&hox__strategy_evolution, space, "evolution(population: 5, tournament: 1)", 5);
    genome g[5];
    int changed, count[5] = {0}, question[WIDE] = {0};
    double chi = 0;
    enum { N = 2000 };
    for (int i = 0; i < 5; i++)
        g[i] = scored(&p, i);
    for (uint64_t i = 0; i < N; i++) {
        const int parent = parent_among(&p, 100 + i, g, 5, &changed);
        assert_in_range(parent, 0, 4);
        count[parent]++;
        question[changed]++;
    }
    for (int i = 0; i < 5; i++)
        chi += pow(count[i] - N / 5.0, 2) / (N / 5.0);
    assert_true(chi < 18.5); /* 4 degrees of freedom, p = 0.001 */
    chi = 0;
    for (int i = 0; i < WIDE; i++) /* and each question is changed as often */
        chi += pow(question[i] - (double)N / WIDE, 2) / ((double)N / WIDE);
    assert_true(chi < 24.3);
    player_end(&p);
    hox_space_free(space);
}

/* P(best of k draws of n is the j-th best) = ((n-j+1)^k - (n-j)^k) / n^k */
static void a_tournament_takes_its_best(void **state)
{
    (void)state;
    hox_space *space = load(wide);
    player p =
        player_new(&hox__strategy_evolution, space, "evolution(population: 5, tournament: 2)", 5);
    genome g[5];
    int changed, count[5] = {0};
    double chi = 0;
    enum { N = 2000 };
    for (int i = 0; i < 5; i++)
        g[i] = scored(&p, -i);
    for (uint64_t i = 0; i < N; i++)
        count[parent_among(&p, 100 + i, g, 5, &changed)]++;
    for (int j = 0; j < 5; j++) {
        const double want = N * (pow(5 - j, 2) - pow(4 - j, 2)) / 25;
        chi += pow(count[j] - want, 2) / want;
    }
    assert_true(chi < 18.5);
    player_end(&p);
    hox_space_free(space);
}

/* A failed trial is the worst, and takes its place in the line of ages. */
static void the_failed_are_worst_and_age(void **state)
{
    (void)state;
    hox_space *space = load(wide);
    player p =
        player_new(&hox__strategy_evolution, space, "evolution(population: 2, tournament: 2)", 8);
    const hox_outcome failed = {.state = HOX_TRIAL_FAILED, .score = (double)NAN};
    const hox_outcome cancelled = {.state = HOX_TRIAL_CANCELLED, .score = (double)NAN};
    genome g[4];
    int changed, parent[3] = {0};
    g[0] = trial(&p, &failed);
    trial(&p, &cancelled); /* says nothing: the first population is still one short */
    g[1] = scored(&p, -1e9);
    for (uint64_t i = 0; i < 200; i++)
        parent[parent_among(&p, 100 + i, g, 2, &changed)]++;
    assert_in_range(parent[0], 30, 70); /* only when drawn twice: 1/4 */
    g[2] = trial(&p, &failed);
    g[3] = trial(&p, &failed);
    for (uint64_t i = 0; i < 50; i++) /* the one that had a score has died */
        assert_in_range(parent_among(&p, 100 + i, g + 2, 2, &changed), 0, 1);
    player_end(&p);
    hox_space_free(space);
}

/* Another branch asks other questions: those are drawn, the rest stays. */
static void new_questions_come_from_the_prior(void **state)
{
    (void)state;
    hox_space *space = load("command = \"x\"\nlr = 0.0 .. 1.0\nopt = sgd(m: 0.0 .. 1.0) | adam(b: "
                            "0.0 .. 1.0, c: 0.0 .. 1.0)\n");
    player p =
        player_new(&hox__strategy_evolution, space, "evolution(population: 2, tournament: 1)", 2);
    hox_outcome o = done(1);
    uint64_t number;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(hox_walk_read(p.walk, "0.25;0;0.5", NULL), HOX_OK);
        assert_int_equal(player_ask(&p, &number), HOX_OK);
        assert_int_equal(player_tell(&p, number, &o), HOX_OK);
    }
    int switched = 0;
    double least = 1, most = 0;
    for (uint64_t i = 0; i < 300; i++) {
        int n;
        assert_int_equal(player_suggest(&p, 100 + i, NULL), HOX_OK);
        const hox_answered *a = hox_walk_answers(p.walk, &n);
        if (a[1].answer.index == 1) {
            assert_int_equal(n, 4);
            assert_true(a[0].answer.real == 0.25);
            least = fmin(least, a[2].answer.real);
            most = fmax(most, a[2].answer.real);
            switched++;
        } else {
            assert_true((a[0].answer.real != 0.25) + (a[2].answer.real != 0.5) == 1);
        }
    }
    assert_in_range(switched, 70, 130); /* one question of three */
    assert_true(least < 0.1 && most > 0.9);
    player_end(&p);
    hox_space_free(space);
}

/* With everything pending and nobody told there is no parent yet. */
static void waits_for_a_first_parent(void **state)
{
    (void)state;
    hox_space *space = load(wide);
    player p =
        player_new(&hox__strategy_evolution, space, "evolution(population: 2, tournament: 2)", 2);
    trial(&p, NULL);
    trial(&p, NULL);
    assert_int_equal(player_suggest(&p, 2, NULL), HOX_WAIT);
    const hox_outcome o = done(1);
    assert_int_equal(player_tell(&p, 1, &o), HOX_OK);
    assert_int_equal(player_suggest(&p, 2, NULL), HOX_OK);
    player_end(&p);
    hox_space_free(space);
}

static void a_tournament_fits_its_population(void **state)
{
    (void)state;
    hox_space *space = load(wide);
    player p;
    hox_error err = {0};
    assert_int_equal(player_begin(&p, &hox__strategy_evolution, space,
                                  "evolution(population: 4, tournament: 5)", 1, &err),
                     HOX_ERR_ARGUMENT);
    assert_non_null(strstr(err.message, "tournament is 5"));
    hox_space_free(space);
}

/* Large-scale evolution begins with its first individual; children differ by a declared operator,
 * so that scores of more layers give more layers. */
static void declared_operators(void **state)
{
    (void)state;
    hox_space *space = shipped("spaces/large-scale-evolution.hox");
    player p =
        player_new(&hox__strategy_evolution, space,
                   "evolution(population: 8, tournament: 3, start: default, mutate: mutation)", 4);
    int most = 0;
    assert_int_equal(player_suggest(&p, 0, NULL), HOX_OK);
    for (int i = 0; i < 80; i++) {
        uint64_t number;
        int n, layers = -1;
        assert_int_equal(player_suggest(&p, p.trials, NULL), HOX_OK);
        const hox_answered *a = hox_walk_answers(p.walk, &n);
        for (int k = 0; k < n; k++)
            if (!strcmp(a[k].path, "net/trunk/chain.layers"))
                layers = (int)a[k].answer.index;
        assert_true(i > 0 ? layers <= most + 1 : layers == 0);
        most = layers > most ? layers : most;
        const hox_outcome o = done(layers);
        assert_int_equal(player_ask(&p, &number), HOX_OK);
        assert_int_equal(player_tell(&p, number, &o), HOX_OK);
    }
    assert_true(most > 5);
    player_end(&p);
    hox_error err = {0};
    assert_int_equal(
        player_begin(&p, &hox__strategy_evolution, space, "evolution(mutate: train)", 1, &err),
        HOX_ERR_ARGUMENT);
    assert_non_null(strstr(err.message, "train"));
    hox_space_free(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_with_the_prior),
        cmocka_unit_test(the_oldest_dies),
        cmocka_unit_test(a_tournament_of_one_ignores_the_scores),
        cmocka_unit_test(a_tournament_takes_its_best),
        cmocka_unit_test(the_failed_are_worst_and_age),
        cmocka_unit_test(new_questions_come_from_the_prior),
        cmocka_unit_test(waits_for_a_first_parent),
        cmocka_unit_test(a_tournament_fits_its_population),
        cmocka_unit_test(declared_operators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
