/* Processor time of a suggestion: the same history of uniform points and a quadratic score, d = 10
 * reals, read from standard input as `x1 ... x10 score` lines, smaller is better.
 *
 * usage: bench-suggest "tpe" N...      milliseconds for each N: mean and worst of 20 suggestions,
 * each with its asked and told
 */
#include "search/strategy.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const hox_strategy hox__strategy_tpe, hox__strategy_gp, hox__strategy_random;

enum { DIMS = 10, REPEATS = 20, SETTINGS_MAX = 32 };

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static hox_space *load(const char *text)
{
    hox_space *space = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    if (hox_space_load("bench", text, strlen(text), NULL, list, &space) != HOX_OK) {
        fprintf(stderr, "suggest: %s", hox_diagnostics_text(list, false));
        exit(2);
    }
    hox_diagnostics_free(list);
    return space;
}

typedef struct {
    const char *text; /* the method with its settings */
    const hox_strategy *method;
    void *state;
    hox_walk *walk;
    uint64_t trials;
} bench;

static void tell(bench *b, double loss)
{
    hox_asked asked;
    asked.answer = hox_walk_answers(b->walk, &asked.n);
    const hox_outcome o = {.state = HOX_TRIAL_DONE, .score = -loss, .seconds = 1};
    if (b->method->asked)
        b->method->asked(b->state, b->trials, &asked);
    if (b->method->told)
        b->method->told(b->state, b->trials, &o);
    b->trials++;
}

/* One line of the history; false at its end. */
static bool feed(bench *b)
{
    char line[1024], walk[1024];
    if (!fgets(line, sizeof line, stdin))
        return false;
    size_t n = 0;
    char *at = line;
    for (int i = 0; i < DIMS; i++)
        n += (size_t)snprintf(walk + n, sizeof walk - n, "%s%.17g", i ? ";" : "", strtod(at, &at));
    if (hox_walk_read(b->walk, walk, NULL) != HOX_OK)
        return false;
    tell(b, strtod(at, &at));
    return true;
}

static double loss_of(const bench *b)
{
    int n;
    double sum = 0;
    const hox_answered *a = hox_walk_answers(b->walk, &n);
    for (int i = 0; i < n; i++)
        sum += (a[i].answer.real - 0.3) * (a[i].answer.real - 0.3);
    return sum;
}

static void measure(bench *b)
{
    double sum = 0, worst = 0;
    const uint64_t n = b->trials;
    const hox_rng root = hox_rng_seed(1);
    for (int i = 0; i < REPEATS; i++) {
        hox_rng rng = hox_rng_child(&root, "trial", b->trials);
        hox_walk_restart(b->walk);
        const double start = cpu_ms();
        b->method->suggest(b->state, b->trials, b->walk, &rng, NULL);
        tell(b, loss_of(b));
        const double ms = cpu_ms() - start;
        sum += ms;
        worst = ms > worst ? ms : worst;
    }
    printf("hox %-13s n = %6llu   mean %9.3f ms   worst %9.3f ms\n", b->text, (unsigned long long)n,
           sum / REPEATS, worst);
    fflush(stdout);
}

int main(int count, char **argument)
{
    char text[1024] = "command = \"x\"\n", search[256];
    hox_value value[SETTINGS_MAX] = {{0}};
    hox_error err = {0};
    if (count < 3)
        return 2;
    for (int i = 0; i < DIMS; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "x%d = 0.0 .. 1.0\n", i);
    snprintf(search, sizeof search, "search = %s\n", argument[1]);
    hox_space *space = load(text), *settings = load(search);
    bench b = {.text = argument[1],
               .method =
                   strncmp(argument[1], "gp", 2) == 0 ? &hox__strategy_gp : &hox__strategy_tpe};
    if (hox__settings_read(b.method->setting, b.method->settings,
                           hox_space_constant(settings, "search"), value, &err) != HOX_OK ||
        b.method->begin(space, value, 1, &b.state, &err) != HOX_OK) {
        fprintf(stderr, "suggest: %s\n", err.message);
        return 2;
    }
    b.walk = hox_walk_new(space, NULL);
    for (int i = 2; i < count; i++) {
        while (b.trials < strtoull(argument[i], NULL, 10) && feed(&b))
            ;
        measure(&b);
    }
    b.method->end(b.state);
    hox_walk_free(b.walk);
    hox_space_free(settings);
    hox_space_free(space);
    return 0;
}
