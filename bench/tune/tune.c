/* Choosing constants: a strategy's settings on functions that no claim is about (bench/hpo reports
 * Branin and Hartmann-6, which are not here), with another minimum for every seed. Prints for each
 * line of settings the mean over functions of the mean logarithm of the regret, the mean rank, and
 * that logarithm for each function.
 *
 * usage: bench-tune SEEDS TRIALS STRATEGY...      "tpe(gamma: 0.1)"
 */
#include "search/player.h"
#include "study/functions.h"
#include "study/methods.h"
#include <stdlib.h>

enum { SEEDS_MAX = 100, PROBLEMS_MAX = 16, METHODS_MAX = 64 };

static const char *const names[] = {"hartmann3",   "levy-4",     "ackley-5",   "rosenbrock-4",
                                    "shekel",      "griewank-6", "zakharov-5", "styblinski_tang-4",
                                    "michalewicz", "mixed",      "optimizer",  "layers"};
enum { PROBLEMS = sizeof names / sizeof *names };

typedef struct {
    const hox_space *space;
    const hox__function *f;
    hox_walk *walk;
    double move[HOX__FUNCTION_DIMS_MAX];
} problem;

static double loss(void *ctx, const hox_answered *a, int n)
{
    problem *p = ctx;
    double x[HOX__FUNCTION_DIMS_MAX];
    if (p->f->of) {
        for (int i = 0; i < n; i++)
            x[i] = a[i].answer.real - p->move[i];
        return -p->f->of(x, n);
    }
    hox_sentence *sentence = NULL;
    hox_walk_restart(p->walk);
    for (int i = 0; i < n; i++) {
        hox_walk_next(p->walk);
        hox_walk_answer(p->walk, a[i].answer, NULL);
    }
    assert_int_equal(hox_walk_finish(p->walk, &sentence, NULL), HOX_OK);
    const hox__values values = {.space = p->space, .sentence = sentence};
    const double value = p->f->of_values(&values);
    hox_sentence_free(sentence);
    return -value;
}

static void open_problem(problem *p, int i)
{
    hox__text spec = {0};
    char base[64];
    snprintf(base, sizeof base, "%.*s", (int)strcspn(names[i], "-"), names[i]);
    assert_true(hox__function_spec(names[i], &spec));
    p->f = hox__function_find(base);
    p->space = load(hox__text_get(&spec));
    p->walk = hox_walk_new(p->space, NULL);
    hox__text_deinit(&spec);
}

/* Another minimum for every seed. */
static void move(problem *p, int seed)
{
    const hox_rng root = hox_rng_seed((uint64_t)seed);
    if (!p->f->of || p->f->local)
        return;
    hox_walk *w = p->walk;
    const hox_choice *q;
    hox_walk_restart(w);
    for (int i = 0; (q = hox_walk_next(w)) != NULL; i++) {
        hox_rng rng = hox_rng_child(&root, "shift", (uint64_t)i);
        const double at = p->f->at_each ? p->f->at_each[i] : p->f->at;
        p->move[i] = q->low + (0.1 + 0.8 * hox_rng_unit(&rng)) * (q->high - q->low) - at;
        hox_walk_answer(w, q->fallback, NULL);
    }
}

int main(int count, char **argument)
{
    static double regret[METHODS_MAX][PROBLEMS_MAX][SEEDS_MAX];
    const int seeds = atoi(argument[1]), trials = atoi(argument[2]), methods = count - 3;
    for (int k = 0; k < PROBLEMS; k++) {
        problem p = {0};
        open_problem(&p, k);
        for (int m = 0; m < methods; m++) {
            char name[64];
            snprintf(name, sizeof name, "%.*s", (int)strcspn(argument[m + 3], "("),
                     argument[m + 3]);
            for (int s = 0; s < seeds; s++) {
                move(&p, s + 1000);
                player one = player_new(hox__strategy_find(name), p.space, argument[m + 3],
                                        (uint64_t)s + 1000);
                int dims = 0;
                hox_walk_answers(p.walk, &dims);
                const double least = hox__function_least(p.f, p.f->of ? dims : 0);
                regret[m][k][s] = -player_best(&one, trials, loss, &p) - least;
                player_end(&one);
            }
        }
        hox_walk_free(p.walk);
        hox_space_free((hox_space *)(uintptr_t)p.space);
    }
    for (int m = 0; m < methods; m++) {
        double logs = 0, ranks = 0;
        for (int k = 0; k < PROBLEMS; k++)
            for (int s = 0; s < seeds; s++) {
                logs += log10(fmax(regret[m][k][s], 1e-6)) / PROBLEMS / seeds;
                for (int o = 0; o < methods; o++)
                    if (o == m || regret[o][k][s] < regret[m][k][s])
                        ranks += 1.0 / PROBLEMS / seeds;
            }
        printf("%-48s log10 regret %8.4f  rank %6.3f ", argument[m + 3], logs, ranks);
        for (int k = 0; k < PROBLEMS; k++) {
            double sum = 0;
            for (int s = 0; s < seeds; s++)
                sum += log10(fmax(regret[m][k][s], 1e-6)) / seeds;
            printf(" %6.2f", sum);
        }
        printf("\n");
    }
    return 0;
}
