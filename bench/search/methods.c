/* What the search methods find: the median over paired seeds of the best value after 25 .. 1000
 * trials, on problems of several kinds. usage: bench-search [NB201.TSV] METHOD... */
#include "study/methods.h"
#include "search/functions.h"
#include <stdlib.h>

enum { SEEDS = 21, READINGS = 6 };
static const int reading[READINGS] = {25, 50, 100, 200, 500, 1000};

static double cells[15625]; /* accuracy of a NAS-Bench-201 cell by its code, base 5 */

/* ---- problems: larger is better ---- */

static double negated(double (*f)(const double *), const hox_answered *a, int n)
{
    double x[16];
    for (int i = 0; i < n; i++)
        x[i] = a[i].answer.real;
    return -f(x);
}

static double branin_score(void *ctx, const hox_answered *a, int n)
{
    (void)ctx;
    return negated(branin, a, n);
}

static double hartmann_score(void *ctx, const hox_answered *a, int n)
{
    (void)ctx;
    return negated(hartmann6, a, n);
}

/* Condition 1000; as the logarithm of what is left. */
static double ellipsoid(void *ctx, const hox_answered *a, int n)
{
    (void)ctx;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const double y = a[i].answer.real - 0.2 - 0.06 * i;
        sum += pow(1000, i / 9.0) * y * y;
    }
    return -log10(sum + 1e-12);
}

static double rastrigin(void *ctx, const hox_answered *a, int n)
{
    (void)ctx;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const double y = 8 * (a[i].answer.real - 0.3 - 0.05 * i);
        sum += y * y + 10 * (1 - cos(2 * M_PI * y));
    }
    return -sum;
}

/* A training recipe: rate, dropout, layers, two choices of words, decay, a switch. */
static double mixed(void *ctx, const hox_answered *a, int n)
{
    (void)ctx, (void)n;
    const double rate = log10(a[0].answer.real), decay = log10(a[5].answer.real);
    const int64_t layers = a[2].answer.index, act = a[3].answer.index, plan = a[4].answer.index;
    double sum = pow(rate + 2.5, 2) + 2 * pow(a[1].answer.real - 0.35, 2);
    sum += 0.02 * pow((double)layers - 12, 2) + (act != 1) * 0.5 + (plan == 0) * 0.3;
    sum += 0.1 * fabs((double)plan - 2) + 0.4 * (act == 2) * fabs(rate + 4);
    sum += 0.1 * pow(decay + 4, 2) + 0.2 * (double)a[6].answer.index;
    return -sum;
}

/* An optimizer with questions of its own, one to four layers with two questions each. */
static double conditional(void *ctx, const hox_answered *a, int n)
{
    (void)ctx;
    double sum = 0.15 * fabs(n - 9.0);
    for (int i = 0; i < n; i++) {
        const char *p = a[i].path;
        const double v = a[i].kind == HOX_ASK_REAL ? a[i].answer.real : (double)a[i].answer.index;
        if (path_ends(p, "lr"))
            sum += pow(log10(v) + 2.7, 2);
        else if (path_ends(p, "momentum"))
            sum += 3 * pow(v - 0.9, 2);
        else if (path_ends(p, "beta"))
            sum += 10 * pow(v - 0.95, 2) - 0.2;
        else if (path_ends(p, "opt"))
            sum += v == 2 ? 0.6 : 0;
        else if (path_ends(p, "nesterov"))
            sum += 0.2 * v;
        else if (path_ends(p, "units"))
            sum += 0.3 * fabs(v - 3);
        else if (path_ends(p, "drop"))
            sum += 2 * pow(v - 0.3, 2);
        else
            sum += 0.05 * v;
    }
    return -sum;
}

static double cell(void *ctx, const hox_answered *a, int n)
{
    (void)ctx;
    int64_t code = 0;
    for (int i = 0; i < n; i++)
        code = 5 * code + a[i].answer.index;
    return cells[code];
}

#define UNIT(name) name " = 0.0 .. 1.0\n"
#define SIX        UNIT("a") UNIT("b") UNIT("c") UNIT("d") UNIT("e") UNIT("f")
#define OPERATION  "none | id | conv1 | conv3 | pool\n"

static const struct {
    const char *name, *space;
    scorer score;
} problems[] = {
    {"Branin", "command = \"x\"\na = -5.0 .. 10.0\nb = 0.0 .. 15.0\n", branin_score},
    {"Hartmann-6", "command = \"x\"\n" SIX, hartmann_score},
    {"Rastrigin-6", "command = \"x\"\n" SIX, rastrigin},
    {"ellipsoid-10", "command = \"x\"\n" SIX UNIT("g") UNIT("h") UNIT("i") UNIT("j"), ellipsoid},
    {"mixed",
     "command = \"x\"\nlr = log 1e-6 .. 1.0\ndrop = 0.0 .. 1.0\nlayers = 1..30\nact = p | q | r\n"
     "plan = s | t | u | v\nwd = log 1e-7 .. 1e-1\nflip = no | yes\n",
     mixed},
    {"conditional",
     "command = \"x\"\nlr = log 1e-5 .. 1e-1\n"
     "opt = sgd(momentum: 0.0 .. 0.99, nesterov: yes | no) | adam(beta: 0.8 .. 0.999) | plain\n"
     "layers = (l){1..4}\nl = dense(units: 8 | 16 | 32 | 64 | 128 | 256, drop: 0.0 .. 0.5)\n"
     "plan = cosine | step(every: 1..9)\n",
     conditional},
    {"NAS-Bench-201",
     "command = \"x\"\na = " OPERATION "b = " OPERATION "c = " OPERATION "d = " OPERATION
     "e = " OPERATION "f = " OPERATION,
     cell},
};

static bool read_cells(const char *path)
{
    char line[4000];
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    bool ok = fgets(line, sizeof line, f) != NULL;
    while (ok && fgets(line, sizeof line, f)) {
        char code[8];
        double accuracy;
        int k = 0;
        ok = sscanf(line, "%*d %7s %*s %lf", code, &accuracy) == 2; /* c10_val12 */
        for (int i = 0; ok && i < 6; i++)
            k = 5 * k + (code[i] - '0');
        if (ok && k >= 0 && k < 15625)
            cells[k] = accuracy;
    }
    fclose(f);
    return ok;
}

/* ---- measuring ---- */

static void measure(const char *method, size_t problem)
{
    char name[64];
    double best[READINGS][SEEDS];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(method, "("), method);
    const hox_strategy *strategy = hox__strategy_find(name);
    if (!strategy) {
        printf("no method `%s`\n", name);
        return;
    }
    hox_space *space = load(problems[problem].space);
    for (int seed = 0; seed < SEEDS; seed++) {
        player p = player_new(strategy, space, method, (uint64_t)seed + 1);
        double so_far = -HUGE_VAL;
        for (int i = 0, t = 0; i < READINGS; i++) {
            for (; t < reading[i]; t++)
                so_far = fmax(so_far, player_step(&p, problems[problem].score, NULL));
            best[i][seed] = so_far;
        }
        player_end(&p);
    }
    hox_space_free(space);
    printf("%-14s %-24s", problems[problem].name, method);
    for (int i = 0; i < READINGS; i++)
        printf(" %10.4g", median(best[i], SEEDS));
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const bool has_cells = argc > 1 && strstr(argv[1], ".tsv") && read_cells(argv[1]);
    printf("%-14s %-24s", "problem", "method");
    for (int i = 0; i < READINGS; i++)
        printf(" %10d", reading[i]);
    printf("\n");
    for (size_t k = 0; k < sizeof problems / sizeof problems[0]; k++)
        for (int i = 1 + has_cells; i < argc; i++)
            if (has_cells || problems[k].score != cell)
                measure(argv[i], k);
    return 0;
}
