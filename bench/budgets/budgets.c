/* Rules that share out epochs, on the tables of LCBench: 2000 networks, 52 epochs each.
 *
 * usage: bench-budgets SEEDS [FOLDER]     the folder that holds lcbench_NAME.tsv
 *
 * One worker. A trial is the row nearest to what a strategy suggests; it goes on from where it was
 * paused, so an epoch is paid once. After so many epochs the answer is the row with the best value
 * at the largest budget that any trial has come to; what counts is that row's accuracy after
 * epoch 52.
 */
#include "search/player.h"
#include "study/allocator.h"
#include "study/methods.h"
#include <stdlib.h>

enum { ROWS = 2000, EPOCHS = 52, DIMS = 7, AT = 4, SEEDS_MAX = 1000, TRIALS_MAX = 20000 };

static const double at[AT] = {480, 960, 1440, 2880};
static const char space_text[] = "command = \"x\"\n"
                                 "batch = log 16..512\nlr = log 1e-4 .. 0.1\ndropout = 0.0 .. 1.0\n"
                                 "units = log 64..1024\nmomentum = 0.1 .. 0.99\nlayers = 1..4\n"
                                 "decay = log 1e-5 .. 0.1\nn = budget 1..52\n";

typedef struct {
    double x[DIMS]; /* 0 .. 1 on the scale of the space */
    double accuracy[EPOCHS];
} row;
static row table[ROWS];

/* Of each column: its ends, and is it logarithmic? */
static const struct {
    double low, high;
    bool log;
} column[DIMS] = {{16, 512, true},    {1e-4, 0.1, true}, {0, 1, false},    {64, 1024, true},
                  {0.1, 0.99, false}, {1, 4, false},     {1e-5, 0.1, true}};

static double scaled(int k, double x)
{
    const double low = column[k].low, high = column[k].high;
    return column[k].log ? log(x / low) / log(high / low) : (x - low) / (high - low);
}

static bool read_table(const char *folder, const char *name)
{
    char path[600], line[4000];
    snprintf(path, sizeof path, "%s/lcbench_%s.tsv", folder, name);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(line, sizeof line, f))
        return false;
    for (int i = 0; i < ROWS && fgets(line, sizeof line, f); i++) {
        char *p = strchr(line, '\t') + 1;
        for (int k = 0; k < DIMS; k++, p++)
            table[i].x[k] = scaled(k, strtod(p, &p));
        for (int k = 0; k < EPOCHS; k++, p++)
            table[i].accuracy[k] = strtod(p, &p);
    }
    fclose(f);
    return true;
}

static int nearest(const hox_walk *walk)
{
    int n, best = 0;
    double least = HUGE_VAL;
    const hox_answered *a = hox_walk_answers(walk, &n);
    for (int i = 0; i < ROWS; i++) {
        double sum = 0;
        for (int k = 0; k < DIMS && k < n; k++) {
            const double x =
                a[k].kind == HOX_ASK_REAL ? a[k].answer.real : (double)a[k].answer.index;
            const double d = scaled(k, x) - table[i].x[k];
            sum += d * d;
        }
        if (sum < least) {
            least = sum;
            best = i;
        }
    }
    return best;
}

/* ---- one study ---- */

typedef struct {
    player p;
    const hox_allocator *rule; /* NULL: whole runs */
    void *state;
    int of[TRIALS_MAX]; /* row */
    double came_to[TRIALS_MAX];
    double spent, best, best_at;
    int winner, marks;
    double final[AT];
} game;

static void begin_rule(game *g, const char *text)
{
    hox_value value[16] = {{0}};
    hox_error err = {0};
    char line[200], name[40];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, "("), text);
    g->rule = hox__allocator_find(name);
    if (!g->rule)
        return;
    snprintf(line, sizeof line, "search = %s\n", text);
    hox_space *settings = load(line);
    const hox_allocation about = {.low = 1, .high = EPOCHS, .maximize = true};
    if (hox__settings_read(g->rule->setting, g->rule->settings,
                           hox_space_constant(settings, "search"), value, &err) != HOX_OK ||
        g->rule->begin(&about, value, &g->state, &err) != HOX_OK)
        print_error("%s: %s\n", text, err.message);
    hox_space_free(settings);
}

/* An epoch more of `trial`, unless the study's are spent: the answers at the marks are noted. */
static bool epoch(game *g, uint64_t trial)
{
    if (g->marks == AT)
        return false;
    g->came_to[trial]++;
    g->spent++;
    const int e = (int)g->came_to[trial];
    const double value = table[g->of[trial]].accuracy[e - 1];
    if (e > g->best_at || (e == (int)g->best_at && value > g->best)) {
        g->best_at = e;
        g->best = value;
        g->winner = g->of[trial];
    }
    while (g->marks < AT && g->spent >= at[g->marks])
        g->final[g->marks++] = table[g->winner].accuracy[EPOCHS - 1];
    return true;
}

static void tell(game *g, uint64_t trial, hox_trial_state state)
{
    const hox_outcome o = {.state = state,
                           .score = table[g->of[trial]].accuracy[(int)g->came_to[trial] - 1],
                           .budget = g->came_to[trial]};
    player_tell(&g->p, trial, &o);
    if (g->rule && g->rule->told && state == HOX_TRIAL_DONE)
        g->rule->told(g->state, trial, &o);
}

/* Up to its budget, or until the rule has its word. */
static void run(game *g, const hox_grant *grant)
{
    const uint64_t t = grant->trial;
    hox_verdict verdict = HOX_VERDICT_GO;
    while (verdict == HOX_VERDICT_GO && g->came_to[t] < grant->budget && epoch(g, t))
        if (g->rule)
            g->rule->report(g->state, t, g->came_to[t],
                            table[g->of[t]].accuracy[(int)g->came_to[t] - 1], &verdict);
    if (g->marks < AT)
        tell(g, t, verdict == HOX_VERDICT_GO ? HOX_TRIAL_DONE : HOX_TRIAL_PRUNED);
}

static bool next(game *g, hox_grant *grant)
{
    *grant = (hox_grant){.fresh = true, .budget = EPOCHS};
    if (g->rule && g->rule->next(g->state, true, grant, NULL) != HOX_OK)
        return false;
    if (grant->fresh) {
        hox_error err = {0};
        if (g->p.trials == TRIALS_MAX || player_suggest(&g->p, g->p.trials, &err) != HOX_OK)
            return false;
        g->of[g->p.trials] = nearest(g->p.walk);
        player_ask(&g->p, &grant->trial);
    }
    return !g->rule || g->rule->started(g->state, grant->trial, grant->budget) == HOX_OK;
}

static void play(const char *rule, const char *strategy, const hox_space *space, uint64_t seed,
                 double final[AT])
{
    hox_grant grant;
    char name[40];
    game *g = calloc(1, sizeof *g);
    snprintf(name, sizeof name, "%.*s", (int)strcspn(strategy, "("), strategy);
    g->p = player_new(hox__strategy_find(name), space, strategy, seed);
    begin_rule(g, rule);
    while (g->marks < AT && next(g, &grant))
        run(g, &grant);
    memcpy(final, g->final, sizeof g->final);
    player_end(&g->p);
    if (g->rule)
        g->rule->end(g->state);
    free(g);
}

/* ---- all of them ---- */

static const struct {
    const char *rule, *strategy;
} cases[] = {
    {"none", "random"},      {"halving(n: 81, from: 2)", "random"},
    {"hyperband", "random"}, {"asha(eta: 3, from: 2)", "random"},
    {"none", "tpe"},         {"halving(n: 81, from: 2)", "kde"},
    {"hyperband", "kde"},    {"asha(eta: 3, from: 2)", "kde"},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static double final[CASES][SEEDS_MAX][AT];

static void measure(const char *name, const hox_space *space, int seeds)
{
    printf("%s: mean accuracy of the row that is chosen, after so many epochs\n", name);
    printf("%-26s %-8s", "rule", "strategy");
    for (int k = 0; k < AT; k++)
        printf("  %14.0f", at[k]);
    printf("   better than hyperband, random at 480, 2880\n");
    for (int i = 0; i < CASES; i++) {
        double sum[AT] = {0}, square[AT] = {0};
        int wins[2] = {0};
        for (int s = 0; s < seeds; s++)
            play(cases[i].rule, cases[i].strategy, space, (uint64_t)s + 1, final[i][s]);
        for (int s = 0; s < seeds; s++) {
            for (int k = 0; k < AT; k++) {
                sum[k] += final[i][s][k] / seeds;
                square[k] += final[i][s][k] * final[i][s][k] / seeds;
            }
            wins[0] += i > 2 && final[i][s][0] > final[2][s][0];
            wins[1] += i > 2 && final[i][s][AT - 1] > final[2][s][AT - 1];
        }
        printf("%-26s %-8s", cases[i].rule, cases[i].strategy);
        for (int k = 0; k < AT; k++)
            printf("  %7.3f +%.3f", sum[k], sqrt(fmax(square[k] - sum[k] * sum[k], 0) / seeds));
        if (i > 2)
            printf("   %d, %d of %d", wins[0], wins[1], seeds);
        printf("\n");
        fflush(stdout);
    }
}

int main(int count, char **argument)
{
    static const char *const names[] = {"fashion_mnist", "adult", "phoneme"};
    const char *shared = getenv("HOX_SHARED");
    char folder[500];
    snprintf(folder, sizeof folder, "%s/data/hpo", shared ? shared : "../shared");
    const int seeds = count > 1 ? atoi(argument[1]) : 100;
    if (seeds < 1 || seeds > SEEDS_MAX)
        return 2;
    hox_space *space = load(space_text);
    int missing = 0;
    for (int i = 0; i < 3; i++) {
        if (read_table(count > 2 ? argument[2] : folder, names[i])) {
            measure(names[i], space, seeds);
        } else {
            fprintf(stderr, "no table of lcbench_%s: set HOX_SHARED\n", names[i]);
            missing++;
        }
    }
    hox_space_free(space);
    return missing ? 3 : 0;
}
