/* Regret of the strategies on functions with known minima, paired seeds.
 *
 * usage: bench-hpo SEEDS [STRATEGY...]      a strategy as in `search =`: "tpe(gamma: 0.1)"
 */
#include "search/functions.h"
#include <time.h>

extern const hox_strategy hox__strategy_random, hox__strategy_lhs, hox__strategy_tpe,
    hox__strategy_gp;

enum { SEEDS_MAX = 1000 };

static const hox_strategy *find(const char *text)
{
    static const hox_strategy *const all[] = {&hox__strategy_random, &hox__strategy_lhs,
                                              &hox__strategy_tpe, &hox__strategy_gp};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strncmp(text, all[i]->name, strlen(all[i]->name)) == 0)
            return all[i];
    return NULL;
}

static void measure(const char *text, const function *f, int trials, int seeds)
{
    double regret[SEEDS_MAX], random[SEEDS_MAX];
    const hox_strategy *method = find(text);
    int wins = 0;
    if (!method) {
        print_error("no strategy %s here\n", text);
        return;
    }
    regrets(&hox__strategy_random, NULL, f, trials, seeds, random);
    const clock_t start = clock();
    regrets(method, text, f, trials, seeds, regret);
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC / seeds;
    for (int i = 0; i < seeds; i++)
        wins += regret[i] < random[i];
    const double middle = median(regret, seeds);
    printf("%-12s %-10s %4d trials  median %9.3g  quartiles %9.3g %9.3g  worst %9.3g  "
           "beats random %2d of %2d  %.3f s a run\n",
           text, f->name, trials, middle, regret[seeds / 4], regret[3 * seeds / 4],
           regret[seeds - 1], wins, seeds, seconds);
    fflush(stdout);
}

int main(int count, char **argument)
{
    static const char *const usual[] = {"random", "lhs", "tpe(multivariate: no, gamma: 0.1)", "tpe",
                                        "gp"};
    const int seeds = count > 1 ? atoi(argument[1]) : 20;
    if (seeds < 1 || seeds > SEEDS_MAX)
        return 2;
    const int n = count > 2 ? count - 2 : (int)(sizeof usual / sizeof *usual);
    for (int i = 0; i < n; i++) {
        const char *text = count > 2 ? argument[i + 2] : usual[i];
        measure(text, &functions[0], 30, seeds);
        measure(text, &functions[0], 50, seeds);
        measure(text, &functions[1], 100, seeds);
    }
    return 0;
}
