/* Test functions with known minima, as spaces and scorers of player.h, and their regret. */
#ifndef TESTS_FUNCTIONS_H
#define TESTS_FUNCTIONS_H

#include "search/player.h"
#include <stdlib.h>

typedef struct {
    const char *name, *space;
    double (*f)(const double *x);
    double least;
} function;

static inline double branin(const double *x)
{
    const double a = x[1] - 5.1 / (4 * M_PI * M_PI) * x[0] * x[0] + 5 / M_PI * x[0] - 6;
    return a * a + 10 * (1 - 1 / (8 * M_PI)) * cos(x[0]) + 10;
}

static inline double hartmann6(const double *x)
{
    static const double a[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                                   {0.05, 10, 17, 0.1, 8, 14},
                                   {3, 3.5, 1.7, 10, 17, 8},
                                   {17, 8, 0.05, 10, 0.1, 14}};
    static const double p[4][6] = {{.1312, .1696, .5569, .0124, .8283, .5886},
                                   {.2329, .4135, .8307, .3736, .1004, .9991},
                                   {.2348, .1451, .3522, .2883, .3047, .6650},
                                   {.4047, .8828, .8732, .5743, .1091, .0381}};
    static const double c[4] = {1, 1.2, 3, 3.2};
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        double q = 0;
        for (int j = 0; j < 6; j++)
            q += a[i][j] * (x[j] - p[i][j]) * (x[j] - p[i][j]);
        sum -= c[i] * exp(-q);
    }
    return sum;
}

static const function functions[] = {
    {"Branin", "command = \"x\"\nx1 = -5.0 .. 10.0\nx2 = 0.0 .. 15.0\n", branin,
     0.39788735772973816},
    {"Hartmann-6",
     "command = \"x\"\nx1 = 0.0 .. 1.0\nx2 = 0.0 .. 1.0\nx3 = 0.0 .. 1.0\nx4 = 0.0 .. 1.0\n"
     "x5 = 0.0 .. 1.0\nx6 = 0.0 .. 1.0\n",
     hartmann6, -3.3223680114155147},
};

static inline double score_function(void *ctx, const hox_answered *answer, int n)
{
    const function *f = ctx;
    double x[16];
    for (int i = 0; i < n; i++)
        x[i] = answer[i].answer.real;
    return -f->f(x);
}

static inline int rising(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* regret[seeds]: how far the best of `trials` is from the minimum. */
static inline void regrets(const hox_strategy *method, const char *settings, const function *f,
                           int trials, int seeds, double *regret)
{
    hox_space *space = load(f->space);
    function copy = *f;
    for (int s = 0; s < seeds; s++) {
        player p = player_new(method, space, settings, (uint64_t)s + 1);
        regret[s] = -player_best(&p, trials, score_function, &copy) - f->least;
        player_end(&p);
    }
    hox_space_free(space);
}

static inline double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, rising);
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

#endif
