/* Latin hypercube sampling: in every dimension, each of n equal strips holds one of n points.
 *
 * u_ij = (pi_j(i) + U_ij) / n with a random permutation pi_j for each dimension. McKay, Beckman,
 * Conover, Technometrics 21(2), 1979. `maximin` draws several designs and keeps the one whose two
 * nearest points are farthest apart (Johnson, Moore, Ylvisaker 1990). After n points follows the
 * next design.
 */
#include "base/alloc.h"
#include "search/design.h"
#include <math.h>
#include <string.h>

enum {
    DIMENSIONS_MAX = 1024,
    DESIGNS = 20,     /* drawn for maximin */
    PAIRS_MAX = 1000, /* points whose distances are compared */
    FOLLOWERS_MAX = 4 /* designs spent in one step before suggestions become random */
};

typedef struct {
    hox__design design; /* first, so that it is found from the design */
    int n;
    bool maximin;
    uint64_t at;   /* which design of n points stands in u */
    double *u;     /* [n][dimensions] */
    double *other; /* [n][dimensions] of a rival under maximin */
} lhs;

static const hox_setting settings[] = {
    {"n", "int 2..10000", "64", "Hox: half of a usual study of 100 to 200 trials",
     "points of one design; best equal to the number of trials"},
    {"criterion", "maximin | none", "maximin", "Johnson, Moore, Ylvisaker 1990; of 20 designs",
     "keep the design whose nearest points are farthest apart, or the first"},
};

static double unit(const hox__design *design, uint64_t index, int dimension)
{
    const lhs *l = (const lhs *)design;
    return l->u[(int64_t)(index % (uint64_t)l->n) * design->dimensions + dimension];
}

/* ---- designs of n points ---- */

/* Variant `k` of design `at` into u [n][d]. */
static void fill(const lhs *l, uint64_t at, int k, double *u)
{
    const int d = l->design.dimensions;
    const hox_rng design = hox_rng_child(&l->design.rng, "latin", at);
    for (int j = 0; j < d; j++) {
        hox_rng rng = hox_rng_child(&design, "dimension", (uint64_t)k << 32 | (uint64_t)j);
        for (int i = 0; i < l->n; i++) { /* Fisher and Yates, inside out */
            const int other = (int)hox_rng_below(&rng, (uint32_t)i + 1);
            u[(int64_t)i * d + j] = u[(int64_t)other * d + j];
            u[(int64_t)other * d + j] = i;
        }
        for (int i = 0; i < l->n; i++)
            u[(int64_t)i * d + j] = (u[(int64_t)i * d + j] + hox_rng_unit(&rng)) / l->n;
    }
}

/* The square of the distance of the two nearest points, or less than `enough` as soon as that is
 * known. */
static double nearest(const lhs *l, const double *u, double enough)
{
    const int d = l->design.dimensions;
    double least = HUGE_VAL;
    for (int a = 0; a < l->n && least > enough; a++)
        for (int b = 0; b < a; b++) {
            double sum = 0;
            for (int j = 0; j < d; j++) {
                const double x = u[(int64_t)a * d + j] - u[(int64_t)b * d + j];
                sum += x * x;
            }
            least = fmin(least, sum);
        }
    return least;
}

static void make(lhs *l, uint64_t at)
{
    fill(l, at, 0, l->u);
    double widest = l->maximin ? nearest(l, l->u, -1) : 0;
    for (int k = 1; l->maximin && k < DESIGNS; k++) {
        fill(l, at, k, l->other);
        const double width = nearest(l, l->other, widest);
        if (width > widest) {
            double *u = l->u;
            l->u = l->other;
            l->other = u;
            widest = width;
        }
    }
    l->at = at;
    l->design.end = (at + 1) * (uint64_t)l->n;
}

/* ---- the method ---- */

static void end(void *state)
{
    lhs *l = state;
    if (!l)
        return;
    hox__design_deinit(&l->design);
    hox__free(l->u);
    hox__free(l->other);
    hox__free(l);
}

static hox_status make_first(lhs *l, const hox_space *space, uint64_t seed, hox_error *err)
{
    const hox_status status = hox__design_init(&l->design, space, seed, unit, DIMENSIONS_MAX, err);
    if (status != HOX_OK)
        return status;
    const size_t cells = (size_t)l->n * (size_t)l->design.dimensions;
    l->u = hox__alloc(cells, sizeof *l->u);
    l->other = hox__alloc(l->maximin ? cells : 0, sizeof *l->other);
    if (!l->u || !l->other)
        return HOX_ERR_MEMORY;
    make(l, 0);
    return HOX_OK;
}

static hox_status begin(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err)
{
    const int n = (int)value[0].number;
    const bool maximin = strcmp(value[1].word, "maximin") == 0;
    if (maximin && n > PAIRS_MAX)
        return hox_fail(err, HOX_ERR_ARGUMENT,
                        "lhs: n is %d, and `maximin` compares all pairs of at most %d points; say "
                        "criterion: none",
                        n, PAIRS_MAX);
    lhs *l = hox__alloc(1, sizeof *l);
    hox_status status = HOX_ERR_MEMORY;
    if (l) {
        l->n = n;
        l->maximin = maximin;
        status = make_first(l, space, seed, err);
    }
    if (status != HOX_OK) {
        end(l);
        return hox_fail_code(err, status, "E0901", "no memory for a design of %d points", n);
    }
    *state = l;
    return HOX_OK;
}

/* When a design is spent the next one follows; where several in a row are (a finite space that has
 * been tried), suggestions become random draws. */
static hox_status asked(void *state, uint64_t trial, const hox_asked *asked)
{
    (void)trial;
    lhs *l = state;
    hox_status status = hox__design_asked(&l->design, asked);
    for (int k = 0; status == HOX_OK && l->design.next == l->design.end && k < FOLLOWERS_MAX; k++) {
        make(l, l->at + 1);
        status = hox__design_seek(&l->design);
    }
    return status;
}

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    (void)trial;
    const lhs *l = state;
    return hox__design_suggest(&l->design, walk, rng, err);
}

extern const hox_strategy hox__strategy_lhs;
const hox_strategy hox__strategy_lhs = {
    .name = "lhs",
    .source = "McKay, Beckman, Conover, Technometrics 21(2), 1979",
    .summary = "Latin hypercubes: each strip of each range holds one of n points",
    .deviations =
        "after n points follows another design; a question so rare that 64 draws do not "
        "meet it is drawn at random; points that are no sentence or were tried are passed "
        "over; bench/suite, 18 problems, 100 trials: worse than random with twice the trials",
    .setting = settings,
    .settings = 2,
    .no_default = true,
    .begin = begin,
    .end = end,
    .asked = asked,
    .suggest = suggest,
};
