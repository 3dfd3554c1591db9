/* Rules that share out epochs, on the tables of LCBench, 2000 networks, 52 epochs each, and on the
 * function on which BOHB was shown: counting ones.
 *
 * usage: bench-budgets SEEDS [FOLDER]     the folder that holds lcbench_NAME.tsv
 *
 * One worker. Of a table a trial is the row nearest to what a strategy suggests. It goes on from
 * where it was paused, so an epoch is paid once. After so many epochs the answer is the trial with
 * the best value at the largest budget that any has come to; what counts is what it is worth: a
 * row's accuracy after epoch 52, the function without its noise.
 */
#include "search/player.h"
#include "study/allocator.h"
#include "study/methods.h"
#include <stdlib.h>

enum { ROWS = 2000, EPOCHS = 52, DIMS = 7, AT = 4, SEEDS_MAX = 1000, TRIALS_MAX = 20000 };

/* What is searched. A trial is a point[DIMS_MAX] of the problem's own. */
enum { DIMS_MAX = 8 };
typedef struct {
    const char *name, *what, *space;
    int epochs;
    double at[AT]; /* the answer is looked at after so many epochs */
    void (*read)(const hox_walk *walk, double *point);
    double (*shown)(const double *point, int epoch, hox_rng rng); /* rng: the trial's noise */
    double (*worth)(const double *point);
} problem;

/* ---- LCBench ---- */

static const char lcbench_space[] =
    "command = \"x\"\n"
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

static void nearest(const hox_walk *walk, double *point)
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
    point[0] = best;
}

static double accuracy(const double *point, int epoch, hox_rng rng)
{
    (void)rng;
    return table[(int)point[0]].accuracy[epoch - 1];
}

static double last_accuracy(const double *point)
{
    return table[(int)point[0]].accuracy[EPOCHS - 1];
}

/* ---- counting ones ----
 *
 * Falkner, Klein, Hutter, "BOHB", ICML 2018, section 5.1, with 4 and 4 parameters: the sum of bits,
 * and of the means of coins that come down with probability x, thrown once an epoch. Times 100/8.
 */

static const char ones_space[] = "command = \"x\"\na = 0 | 1\nb = 0 | 1\nc = 0 | 1\nd = 0 | 1\n"
                                 "p = 0.0 .. 1.0\nq = 0.0 .. 1.0\nr = 0.0 .. 1.0\ns = 0.0 .. 1.0\n"
                                 "n = budget 1..81\n";

static void read_ones(const hox_walk *walk, double *point)
{
    int n;
    const hox_answered *a = hox_walk_answers(walk, &n);
    for (int k = 0; k < 8 && k < n; k++)
        point[k] = a[k].kind == HOX_ASK_REAL ? a[k].answer.real : (double)a[k].answer.index;
}

static double ones(const double *point)
{
    double sum = 0;
    for (int k = 0; k < 8; k++)
        sum += point[k];
    return 12.5 * sum;
}

static double count_ones(const double *point, int epoch, hox_rng rng)
{
    double sum = 0;
    for (int k = 0; k < 4; k++)
        sum += point[k];
    for (int e = 0; e < epoch; e++)
        for (int k = 4; k < 8; k++)
            sum += (hox_rng_unit(&rng) < point[k]) / (double)epoch;
    return 12.5 * sum;
}

static const problem tables[] = {
#define LCBENCH(name)                                                                              \
    {                                                                                              \
        name, "accuracy after epoch 52", lcbench_space, EPOCHS, {480, 960, 1440, 2880}, nearest,   \
            accuracy, last_accuracy                                                                \
    }
    LCBENCH("fashion_mnist"),
    LCBENCH("adult"),
    LCBENCH("phoneme"),
#undef LCBENCH
};

/* One bracket of Hyperband, five, ten, and twenty. */
static const problem counting = {"counting ones",         "part of 100", ones_space, 81,
                                 {297, 1581, 3162, 6324}, read_ones,     count_ones, ones};

/* ---- one study ---- */

typedef struct {
    const problem *of;
    player p;
    const hox_allocator *rule; /* NULL: whole runs */
    void *state;
    double point[TRIALS_MAX][DIMS_MAX];
    double came_to[TRIALS_MAX];
    double spent, best, best_at;
    uint64_t winner;
    int marks;
    double final[AT];
} game;

static double shown(const game *g, uint64_t trial)
{
    return g->of->shown(g->point[trial], (int)g->came_to[trial],
                        hox_rng_child(&g->p.root, "noise", trial));
}

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
    const hox_allocation about = {.low = 1, .high = g->of->epochs, .maximize = true};
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
    const double value = shown(g, trial);
    if (e > g->best_at || (e == (int)g->best_at && value > g->best)) {
        g->best_at = e;
        g->best = value;
        g->winner = trial;
    }
    while (g->marks < AT && g->spent >= g->of->at[g->marks])
        g->final[g->marks++] = g->of->worth(g->point[g->winner]);
    return true;
}

static void tell(game *g, uint64_t trial, hox_trial_state state)
{
    const hox_outcome o = {.state = state, .score = shown(g, trial), .budget = g->came_to[trial]};
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
            g->rule->report(g->state, t, g->came_to[t], shown(g, t), &verdict);
    if (g->marks < AT)
        tell(g, t, verdict == HOX_VERDICT_GO ? HOX_TRIAL_DONE : HOX_TRIAL_PRUNED);
}

static bool next(game *g, hox_grant *grant)
{
    *grant = (hox_grant){.fresh = true, .budget = g->of->epochs};
    if (g->rule && g->rule->next(g->state, true, grant, NULL) != HOX_OK)
        return false;
    if (grant->fresh) {
        hox_error err = {0};
        if (g->p.trials == TRIALS_MAX || player_suggest(&g->p, g->p.trials, &err) != HOX_OK)
            return false;
        g->of->read(g->p.walk, g->point[g->p.trials]);
        player_ask(&g->p, &grant->trial);
    }
    return !g->rule || g->rule->started(g->state, grant->trial, grant->budget) == HOX_OK;
}

static void play(const problem *of, const char *rule, const char *strategy, const hox_space *space,
                 uint64_t seed, double final[AT])
{
    hox_grant grant;
    char name[40];
    game *g = calloc(1, sizeof *g);
    g->of = of;
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
enum { CASES = sizeof cases / sizeof cases[0], HYPERBAND = 2 };

static double final[CASES][SEEDS_MAX][AT];

static void measure_case(const problem *of, int i, const hox_space *space, int seeds)
{
    double sum[AT] = {0}, square[AT] = {0};
    int wins[AT] = {0};
    for (int s = 0; s < seeds; s++)
        play(of, cases[i].rule, cases[i].strategy, space, (uint64_t)s + 1, final[i][s]);
    for (int s = 0; s < seeds; s++)
        for (int k = 0; k < AT; k++) {
            sum[k] += final[i][s][k] / seeds;
            square[k] += final[i][s][k] * final[i][s][k] / seeds;
            wins[k] += i > HYPERBAND && final[i][s][k] > final[HYPERBAND][s][k];
        }
    printf("%-26s %-8s", cases[i].rule, cases[i].strategy);
    for (int k = 0; k < AT; k++)
        printf("  %7.3f +%.3f", sum[k], sqrt(fmax(square[k] - sum[k] * sum[k], 0) / seeds));
    for (int k = 0; k < AT && i > HYPERBAND; k++)
        printf("%s%3d", k ? "," : "   ", wins[k]);
    printf(i > HYPERBAND ? " of %d\n" : "\n", seeds);
    fflush(stdout);
}

static void measure(const problem *of, int seeds)
{
    hox_space *space = load(of->space);
    printf("%s: mean %s of what is chosen, after so many epochs\n", of->name, of->what);
    printf("%-26s %-8s", "rule", "strategy");
    for (int k = 0; k < AT; k++)
        printf("  %14.0f", of->at[k]);
    printf("   seeds better than hyperband with random\n");
    for (int i = 0; i < CASES; i++)
        measure_case(of, i, space, seeds);
    hox_space_free(space);
}

int main(int count, char **argument)
{
    const char *shared = getenv("HOX_SHARED");
    char folder[500];
    snprintf(folder, sizeof folder, "%s/data/hpo", shared ? shared : "../shared");
    const int seeds = count > 1 ? atoi(argument[1]) : 100;
    if (seeds < 1 || seeds > SEEDS_MAX)
        return 2;
    int missing = 0;
    measure(&counting, seeds);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (read_table(count > 2 ? argument[2] : folder, tables[i].name)) {
            measure(&tables[i], seeds);
        } else {
            fprintf(stderr, "no table of lcbench_%s: set HOX_SHARED\n", tables[i].name);
            missing++;
        }
    }
    return missing ? 3 : 0;
}
