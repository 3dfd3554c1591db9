#include "study/functions.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- two numbers ---- */

static double branin(const double *x, int d)
{
    (void)d;
    const double a = x[1] - 5.1 / (4 * M_PI * M_PI) * x[0] * x[0] + 5 / M_PI * x[0] - 6;
    return a * a + 10 * (1 - 1 / (8 * M_PI)) * cos(x[0]) + 10;
}

static double camel(const double *x, int d)
{
    (void)d;
    const double a = x[0] * x[0], b = x[1] * x[1];
    return (4 - 2.1 * a + a * a / 3) * a + x[0] * x[1] + (4 * b - 4) * b;
}

static double goldstein_price(const double *x, int d)
{
    (void)d;
    const double a = x[0], b = x[1], s = a + b + 1, t = 2 * a - 3 * b;
    return (1 + s * s * (19 - 14 * a + 3 * a * a - 14 * b + 6 * a * b + 3 * b * b)) *
           (30 + t * t * (18 - 32 * a + 12 * a * a + 48 * b - 36 * a * b + 27 * b * b));
}

static double beale(const double *x, int d)
{
    (void)d;
    const double a = x[0], b = x[1];
    const double p = 1.5 - a + a * b, q = 2.25 - a + a * b * b, r = 2.625 - a + a * b * b * b;
    return p * p + q * q + r * r;
}

/* ---- sums of bells ---- */

static const double hartmann_weight[4] = {1, 1.2, 3, 3.2};

static double hartmann(const double *x, int d, const double *a, const double *p)
{
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        double q = 0;
        for (int j = 0; j < d; j++)
            q += a[d * i + j] * (x[j] - p[d * i + j]) * (x[j] - p[d * i + j]);
        sum -= hartmann_weight[i] * exp(-q);
    }
    return sum;
}

static double hartmann3(const double *x, int d)
{
    static const double a[] = {3, 10, 30, 0.1, 10, 35, 3, 10, 30, 0.1, 10, 35};
    static const double p[] = {.3689, .1170, .2673, .4699, .4387, .7470,
                               .1091, .8732, .5547, .0381, .5743, .8828};
    return hartmann(x, d, a, p);
}

static double hartmann6(const double *x, int d)
{
    static const double a[] = {10, 3,   17,  3.5, 1.7, 8, 0.05, 10, 17,   0.1, 8,   14,
                               3,  3.5, 1.7, 10,  17,  8, 17,   8,  0.05, 10,  0.1, 14};
    static const double p[] = {.1312, .1696, .5569, .0124, .8283, .5886, .2329, .4135,
                               .8307, .3736, .1004, .9991, .2348, .1451, .3522, .2883,
                               .3047, .6650, .4047, .8828, .8732, .5743, .1091, .0381};
    return hartmann(x, d, a, p);
}

static double shekel(const double *x, int d)
{
    static const double width[10] = {.1, .2, .2, .4, .4, .6, .3, .7, .5, .5};
    static const double centre[2][10] = {{4, 1, 8, 6, 3, 2, 5, 8, 6, 7},
                                         {4, 1, 8, 6, 7, 9, 3, 1, 2, 3.6}};
    double sum = 0;
    for (int i = 0; i < 10; i++) {
        double q = width[i];
        for (int j = 0; j < d; j++)
            q += (x[j] - centre[j % 2][i]) * (x[j] - centre[j % 2][i]);
        sum -= 1 / q;
    }
    return sum;
}

/* ---- any number of numbers ---- */

static double sphere(const double *x, int d)
{
    double sum = 0;
    for (int i = 0; i < d; i++)
        sum += x[i] * x[i];
    return sum;
}

static double ellipsoid(const double *x, int d)
{
    double sum = 0;
    for (int i = 0; i < d; i++)
        sum += pow(1e6, d > 1 ? (double)i / (d - 1) : 0) * x[i] * x[i];
    return sum;
}

static double rosenbrock(const double *x, int d)
{
    double sum = 0;
    for (int i = 0; i + 1 < d; i++) {
        const double a = x[i + 1] - x[i] * x[i], b = x[i] - 1;
        sum += 100 * a * a + b * b;
    }
    return sum;
}

static double ackley(const double *x, int d)
{
    double squares = 0, waves = 0;
    for (int i = 0; i < d; i++) {
        squares += x[i] * x[i];
        waves += cos(2 * M_PI * x[i]);
    }
    return 20 + M_E - 20 * exp(-0.2 * sqrt(squares / d)) - exp(waves / d);
}

static double rastrigin(const double *x, int d)
{
    double sum = 10 * d;
    for (int i = 0; i < d; i++)
        sum += x[i] * x[i] - 10 * cos(2 * M_PI * x[i]);
    return sum;
}

static double levy(const double *x, int d)
{
    double sum = 0;
    for (int i = 0; i < d; i++) {
        const double w = 1 + (x[i] - 1) / 4, first = sin(M_PI * w);
        if (i == 0)
            sum += first * first;
        const double wave = i + 1 < d ? sin(M_PI * w + 1) : sin(2 * M_PI * w);
        sum += (w - 1) * (w - 1) * (1 + (i + 1 < d ? 10 : 1) * wave * wave);
    }
    return sum;
}

static double griewank(const double *x, int d)
{
    double sum = 0, product = 1;
    for (int i = 0; i < d; i++) {
        sum += x[i] * x[i] / 4000;
        product *= cos(x[i] / sqrt(i + 1.0));
    }
    return sum - product + 1;
}

static double zakharov(const double *x, int d)
{
    double squares = 0, line = 0;
    for (int i = 0; i < d; i++) {
        squares += x[i] * x[i];
        line += 0.5 * (i + 1) * x[i];
    }
    return squares + line * line + pow(line, 4);
}

static double styblinski_tang(const double *x, int d)
{
    double sum = 0;
    for (int i = 0; i < d; i++)
        sum += (pow(x[i], 4) - 16 * x[i] * x[i] + 5 * x[i]) / 2;
    return sum;
}

static double schwefel(const double *x, int d)
{
    double sum = 418.98288727243369 * d;
    for (int i = 0; i < d; i++)
        sum -= x[i] * sin(sqrt(fabs(x[i])));
    return sum;
}

static double michalewicz(const double *x, int d)
{
    double sum = 0;
    for (int i = 0; i < d; i++)
        sum -= sin(x[i]) * pow(sin((i + 1) * x[i] * x[i] / M_PI), 20);
    return sum;
}

/* ---- mixed and conditional parameters: our own, with minimum 0 ---- */

static double number(const hox__values *v, const char *name)
{
    const hox_term *term = hox__value_find(v, name);
    return term && term->kind == HOX_TERM_NUMBER ? term->number : (double)NAN;
}

static bool is(const hox__values *v, const char *name, const char *word)
{
    const hox_term *term = hox__value_find(v, name);
    return term && term->name && strcmp(term->name, word) == 0;
}

static double square(double x)
{
    return x * x;
}

/* A training recipe: two logarithmic numbers, a fraction, a count, two words and a switch; one word
 * moves the best rate. */
static double mixed(const hox__values *v)
{
    const double rate = log10(number(v, "lr")), decay = log10(number(v, "wd"));
    double sum = square(rate + (is(v, "act", "relu") ? 2.5 : 3.5));
    sum += 2 * square(number(v, "drop") - 0.35) + 0.02 * square(number(v, "layers") - 12);
    sum += is(v, "act", "relu") ? 0 : is(v, "act", "tanh") ? 0.3 : 0.5;
    sum += is(v, "plan", "cosine") ? 0 : is(v, "plan", "step") ? 0.1 : 0.3;
    return sum + 0.1 * square(decay + 4) + (is(v, "flip", "yes") ? 0 : 0.2);
}

/* An optimizer with parameters of its own; each wants another rate. */
static double optimizer(const hox__values *v)
{
    const double rate = log10(number(v, "lr"));
    if (is(v, "opt", "adam"))
        return 0.5 * square(rate + 3.3) + 40 * square(number(v, "opt.beta") - 0.95);
    if (is(v, "opt", "sgd"))
        return 0.2 + square(rate + 2) + 3 * square(number(v, "opt.momentum") - 0.9) +
               (is(v, "opt.nesterov", "yes") ? 0 : 0.1);
    return is(v, "opt", "plain") ? 0.5 + square(rate + 1.5) : (double)NAN;
}

/* One to six layers, each with a width and a part dropped; four that narrow are best. */
static double layers(const hox__values *v)
{
    const hox_term *stack = hox__value_find(v, "stack");
    int n = 0;
    const hox_term *const *part = stack ? hox_term_parts(&stack, &n) : NULL;
    double sum = 0.3 * abs(n - 4) + square(log10(number(v, "lr")) + 2.7);
    for (int i = 0; i < n; i++) {
        const double units = hox_term_number(part[i], "units", (double)NAN);
        const double dropped = hox_term_number(part[i], "drop", (double)NAN);
        sum += 0.15 * fabs(log2(units) - (8 - i)) + 2 * square(dropped - 0.1 * i);
    }
    return n ? sum : (double)NAN;
}

/* ---- the table ---- */

static const double branin_at[] = {M_PI, 2.275};
static const double camel_at[] = {0.08984201368301331, -0.7126564032704135};
static const double goldstein_at[] = {0, -1};
static const double beale_at[] = {3, 0.5};
static const double hartmann3_at[] = {0.114614, 0.555649, 0.852547};
static const double hartmann6_at[] = {0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573};
static const double shekel_at[] = {4.000746870, 3.999509482, 4.000746865, 3.999509478};
static const double michalewicz_at[] = {2.20290552, 1.57079633};

static const hox__function functions[] = {
    {.name = "branin",
     .summary = "three equal minima",
     .of = branin,
     .dims_min = 2,
     .dims = 2,
     .dims_max = 2,
     .space = "x1 = -5.0 .. 10.0\nx2 = 0.0 .. 15.0\n",
     .least = 0.39788735772973816,
     .at_each = branin_at},
    {.name = "camel",
     .summary = "six humps",
     .of = camel,
     .dims_min = 2,
     .dims = 2,
     .dims_max = 2,
     .space = "x1 = -3.0 .. 3.0\nx2 = -2.0 .. 2.0\n",
     .least = -1.0316284534898774,
     .at_each = camel_at},
    {.name = "goldstein_price",
     .summary = "values over six orders of magnitude",
     .of = goldstein_price,
     .dims_min = 2,
     .dims = 2,
     .dims_max = 2,
     .low = -2,
     .high = 2,
     .least = 3,
     .at_each = goldstein_at,
     .local = true},
    {.name = "beale",
     .summary = "flat with steep corners",
     .of = beale,
     .dims_min = 2,
     .dims = 2,
     .dims_max = 2,
     .low = -4.5,
     .high = 4.5,
     .at_each = beale_at},
    {.name = "hartmann3",
     .summary = "four bells",
     .of = hartmann3,
     .dims_min = 3,
     .dims = 3,
     .dims_max = 3,
     .low = 0,
     .high = 1,
     .least = -3.8627797869493365,
     .at_each = hartmann3_at},
    {.name = "hartmann6",
     .summary = "four bells, a second minimum 0.12 above",
     .of = hartmann6,
     .dims_min = 6,
     .dims = 6,
     .dims_max = 6,
     .low = 0,
     .high = 1,
     .least = -3.3223680114155147,
     .at_each = hartmann6_at},
    {.name = "shekel",
     .summary = "ten narrow holes",
     .of = shekel,
     .dims_min = 4,
     .dims = 4,
     .dims_max = 4,
     .low = 0,
     .high = 10,
     .least = -10.5364431534835,
     .at_each = shekel_at},
    {.name = "michalewicz",
     .summary = "steep valleys",
     .of = michalewicz,
     .dims_min = 2,
     .dims = 2,
     .dims_max = 2,
     .low = 0,
     .high = M_PI,
     .least = -1.8013034100985537,
     .at_each = michalewicz_at,
     .local = true},
    {.name = "sphere",
     .summary = "a bowl",
     .of = sphere,
     .dims_min = 1,
     .dims = 4,
     .dims_max = HOX__FUNCTION_DIMS_MAX,
     .low = -5.12,
     .high = 5.12},
    {.name = "ellipsoid",
     .summary = "a bowl, a million times steeper one way",
     .of = ellipsoid,
     .dims_min = 2,
     .dims = 10,
     .dims_max = HOX__FUNCTION_DIMS_MAX,
     .low = -5,
     .high = 5},
    {.name = "rosenbrock",
     .summary = "a bent valley",
     .of = rosenbrock,
     .dims_min = 2,
     .dims = 4,
     .dims_max = HOX__FUNCTION_DIMS_MAX,
     .low = -5,
     .high = 10,
     .at = 1},
    {.name = "ackley",
     .summary = "a hole in a plain of waves",
     .of = ackley,
     .dims_min = 1,
     .dims = 5,
     .dims_max = HOX__FUNCTION_DIMS_MAX,
     .low = -32.768,
     .high = 32.768},
    {.name = "rastrigin",
     .summary = "a bowl of waves",
     .of = rastrigin,
     .dims_min = 1,
     .dims = 6,
     .dims_max = HOX__FUNCTION_DIMS_MAX,
     .low = -5.12,
     .high = 5.12},
    {.name = "levy",
     .summary = "waves that grow",
     .of = levy,
     .dims_min = 1,
     .dims = 4,
     .dims_max = HOX__FUNCTION_DIMS_MAX,
     .low = -10,
     .high = 10,
     .at = 1},
    {.name = "griewank",
     .summary = "a bowl of fine waves",
     .of = griewank,
     .dims_min = 1,
     .dims = 6,
     .dims_max = HOX__FUNCTION_DIMS_MAX,
     .low = -600,
     .high = 600},
    {.name = "zakharov",
     .summary = "a plate with a steep edge",
     .of = zakharov,
     .dims_min = 1,
     .dims = 5,
     .dims_max = HOX__FUNCTION_DIMS_MAX,
     .low = -5,
     .high = 10},
    {.name = "styblinski_tang",
     .summary = "two holes a coordinate",
     .of = styblinski_tang,
     .dims_min = 1,
     .dims = 4,
     .dims_max = HOX__FUNCTION_DIMS_MAX,
     .low = -5,
     .high = 5,
     .least_per_dim = -39.16616570377142,
     .at = -2.9035340277711770},
    {.name = "schwefel",
     .summary = "holes far from each other",
     .of = schwefel,
     .dims_min = 1,
     .dims = 4,
     .dims_max = HOX__FUNCTION_DIMS_MAX,
     .low = -500,
     .high = 500,
     .at = 420.96874635998202,
     .local = true},
    {.name = "mixed",
     .summary = "a recipe of numbers, a count and words",
     .of_values = mixed,
     .space = "lr = log 1e-6 .. 1.0\ndrop = 0.0 .. 1.0\nlayers = 1..30\nact = elu | relu | tanh\n"
              "plan = constant | linear | step | cosine\nwd = log 1e-7 .. 1e-1\nflip = no | yes\n"},
    {.name = "optimizer",
     .summary = "branches with parameters of their own",
     .of_values = optimizer,
     .space = "lr = log 1e-5 .. 1e-1\n"
              "opt = sgd(momentum: 0.0 .. 0.99, nesterov: yes | no) | adam(beta: 0.8 .. 0.999)\n"
              "      | plain\n"},
    {.name = "layers",
     .summary = "one to six layers with two parameters each",
     .of_values = layers,
     .space = "lr = log 1e-5 .. 1e-1\nstack = (layer){1..6}\n"
              "layer = dense(units: 8 | 16 | 32 | 64 | 128 | 256, drop: 0.0 .. 0.5)\n"},
};

const hox__function *hox__function_at(int i)
{
    return i < (int)(sizeof functions / sizeof functions[0]) ? &functions[i] : NULL;
}

const hox__function *hox__function_find(const char *name)
{
    const hox__function *f;
    for (int i = 0; (f = hox__function_at(i)) != NULL; i++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

double hox__function_least(const hox__function *f, int dims)
{
    return f->least + f->least_per_dim * dims;
}

/* ---- spaces ---- */

static void put_real(double x, hox__text *out)
{
    hox__text_number(out, x);
    if (x == floor(x))
        hox__text_puts(out, ".0");
}

/* The minimum of most lies in the middle, where the default sentence is: it is moved. */
static void put_spec(const hox__function *f, int dims, hox__text *out)
{
    hox__text_printf(out, "# %s\nobjective = function(%s%s)\n", f->summary, f->name,
                     f->of && !f->local ? ", shift: 1" : "");
    if (f->space)
        hox__text_puts(out, f->space);
    for (int i = 0; !f->space && i < dims; i++) {
        hox__text_printf(out, "x%d = ", i + 1);
        put_real(f->low, out);
        hox__text_puts(out, " .. ");
        put_real(f->high, out);
        hox__text_putc(out, '\n');
    }
}

bool hox__function_spec(const char *name, hox__text *out)
{
    char base[64];
    const hox__function *f = hox__function_find(name);
    const char *dash = strrchr(name, '-');
    int dims = f ? f->dims : 0;
    if (!f && dash && dash[1] && strspn(dash + 1, "0123456789") == strlen(dash + 1) &&
        strlen(dash + 1) < 4 && (size_t)(dash - name) < sizeof base) {
        memcpy(base, name, (size_t)(dash - name));
        base[dash - name] = '\0';
        f = hox__function_find(base);
        dims = atoi(dash + 1);
    }
    if (!f || (f->of && (dims < f->dims_min || dims > f->dims_max)) || (!f->of && dash))
        return false;
    if (out)
        put_spec(f, dims, out);
    return true;
}
