/* Grid search: an odometer over the walks of a space.
 *
 * Every question is a wheel: a choice has its feasible branches, a range has `levels` values, both
 * ends included, equally far apart on its own scale. The last question turns fastest. A choice that
 * asks further questions has its branches one after the other, not crossed with what only other
 * branches ask. Points that no sentence has (dead ends, requirements) are passed over.
 */
#include "base/alloc.h"
#include "base/number.h"
#include "search/strategy.h"
#include <math.h>
#include <string.h>

enum {
    SKIPPED_MAX = 100000 /* points passed over in one suggestion before giving up */
};

typedef struct {
    int *digit, *count; /* [n] where each wheel stands, and how many positions it has */
    int n, room;
} odometer;

typedef struct {
    const hox_space *space;
    int levels;
    bool started; /* `at` is a point that was asked */
    odometer at;
} grid;

/* ---- wheels ---- */

/* How many values a range has on its own grid; 0: a continuum. */
static double values_of(const hox_choice *c)
{
    if (c->kind == HOX_ASK_INT && (c->step <= 1))
        return c->high - c->low + 1;
    if (c->step <= 0)
        return 0;
    const double steps =
        c->is_log ? hox__log(c->high / c->low) / hox__log(c->step) : (c->high - c->low) / c->step;
    return floor(steps + 1e-9) + 1;
}

static int wheel_size(const hox_choice *c, int levels)
{
    if (c->kind == HOX_ASK_CHOICE) {
        int n = 0;
        for (int i = 0; i < c->n; i++)
            n += c->mask[i];
        return n;
    }
    if (c->low >= c->high)
        return 1;
    const double values = values_of(c);
    return values > 0 && values <= levels ? (int)values : levels;
}

static double between(const hox_choice *c, double part)
{
    if (part <= 0)
        return c->low;
    if (part >= 1)
        return c->high;
    if (!c->is_log)
        return c->low + part * (c->high - c->low);
    const double low = hox__log(c->low), high = hox__log(c->high);
    return hox__exp(low + part * (high - low));
}

/* Position k of n on a logarithmic scale of whole numbers: rounded, but never the same twice. */
static double log_whole(const hox_choice *c, int k, int n)
{
    double x = c->low - 1;
    for (int i = 0; i <= k; i++) {
        const double rounded = floor(between(c, n > 1 ? (double)i / (n - 1) : 0) + 0.5);
        x = fmin(fmax(rounded, x + 1), c->high - (n - 1 - i));
    }
    return x;
}

static double grid_point(const hox_choice *c, int k, int n)
{
    const double values = values_of(c);
    if (c->is_log && c->kind == HOX_ASK_INT && c->step <= 1)
        return log_whole(c, k, n);
    if (values <= 0)
        return between(c, n > 1 ? (double)k / (n - 1) : 0);
    const double step = c->step > 0 ? c->step : 1;
    const double i = n > 1 ? floor(k * (values - 1) / (n - 1) + 0.5) : 0;
    if (!c->is_log)
        return fmin(c->low + i * step, c->high);
    double x = c->low;
    for (double j = 0; j < i; j++)
        x *= step;
    return fmin(x, c->high);
}

static hox_answer position(const hox_choice *c, int k, int n)
{
    if (c->kind == HOX_ASK_REAL)
        return (hox_answer){.real = grid_point(c, k, n)};
    if (c->kind == HOX_ASK_INT)
        return (hox_answer){.index = (int64_t)grid_point(c, k, n)};
    int64_t branch = 0;
    for (int i = 0, seen = 0; i < c->n; i++)
        if (c->mask[i] && seen++ == k)
            branch = i;
    return (hox_answer){.index = branch};
}

/* ---- the odometer ---- */

static void odometer_free(odometer *o)
{
    hox__free(o->digit);
    hox__free(o->count);
    *o = (odometer){0};
}

static bool odometer_grow(odometer *o)
{
    if (o->n < o->room)
        return true;
    const int room = o->room ? 2 * o->room : 32;
    int *digit = hox__realloc(o->digit, (size_t)room, sizeof *digit);
    if (digit)
        o->digit = digit;
    int *count = digit ? hox__realloc(o->count, (size_t)room, sizeof *count) : NULL;
    if (count)
        o->count = count;
    if (!count)
        return false;
    o->room = room;
    return true;
}

static bool odometer_copy(const odometer *from, odometer *to)
{
    *to = (odometer){0};
    for (int i = 0; i < from->n; i++, to->n++) {
        if (!odometer_grow(to))
            return false;
        to->digit[i] = from->digit[i];
        to->count[i] = from->count[i];
    }
    return true;
}

/* Turns the last wheel that can turn and drops those behind it; false: all have come around. */
static bool turn(odometer *o)
{
    for (int i = o->n - 1; i >= 0; i--) {
        if (o->digit[i] + 1 >= o->count[i])
            continue;
        o->digit[i]++;
        o->n = i + 1;
        return true;
    }
    return false;
}

/* Walks where `o` says, then along first positions, which are added to `o`. *legal: a sentence came
 * out. */
static hox_status follow(const grid *g, odometer *o, hox_walk *walk, bool *legal, hox_error *err)
{
    const hox_choice *c;
    int i = 0;
    hox_walk_restart(walk);
    for (; (c = hox_walk_next(walk)) != NULL; i++) {
        if (i == o->n) {
            if (!odometer_grow(o))
                return hox_fail(err, HOX_ERR_MEMORY, "no memory for a point of the grid");
            o->digit[o->n++] = 0;
        }
        o->count[i] = wheel_size(c, g->levels);
        const hox_status status = hox_walk_answer(walk, position(c, o->digit[i], o->count[i]), err);
        if (status != HOX_OK)
            return status;
    }
    hox_error why = {0};
    hox_sentence *sentence = NULL;
    const hox_status status = hox_walk_finish(walk, &sentence, &why);
    hox_sentence_free(sentence);
    *legal = status == HOX_OK;
    return status == HOX_OK || status == HOX_ERR_EMPTY ? HOX_OK
                                                       : hox_fail(err, status, "%s", why.message);
}

/* The next legal point after the one the state stands at, into `o` and `walk`. */
static hox_status next_point(const grid *g, odometer *o, hox_walk *walk, hox_error *err)
{
    bool legal = false;
    if (!odometer_copy(&g->at, o))
        return hox_fail(err, HOX_ERR_MEMORY, "no memory for a point of the grid");
    if (g->started && !turn(o))
        return HOX_DONE;
    for (int skipped = 0; skipped < SKIPPED_MAX; skipped++) {
        const hox_status status = follow(g, o, walk, &legal, err);
        if (status != HOX_OK || legal)
            return status;
        if (!turn(o))
            return HOX_DONE;
    }
    return hox_fail(err, HOX_ERR_EMPTY,
                    "grid: %d points in a row break the requirements; fewer `levels`, or a space "
                    "whose choices meet them",
                    SKIPPED_MAX);
}

/* ---- the method ---- */

static const hox_setting settings[] = {
    {"levels", "int 2..1000", "5", "Hox: both ends, the middle and two between",
     "values of a range of numbers; a shorter range of whole numbers takes all"},
};

static hox_status begin(const hox_space *space, const hox_value *value, uint64_t seed, void **state,
                        hox_error *err)
{
    (void)seed;
    grid *g = hox__alloc(1, sizeof *g);
    if (!g)
        return hox_fail(err, HOX_ERR_MEMORY, "no memory for a grid");
    g->space = space;
    g->levels = (int)value[0].number;
    *state = g;
    return HOX_OK;
}

static void end(void *state)
{
    grid *g = state;
    if (g)
        odometer_free(&g->at);
    hox__free(g);
}

static bool same_walk(const hox_walk *walk, const hox_asked *asked)
{
    int n;
    const hox_answered *answer = hox_walk_answers(walk, &n);
    if (n != asked->n)
        return false;
    for (int i = 0; i < n; i++)
        if (answer[i].key != asked->answer[i].key ||
            (answer[i].kind == HOX_ASK_REAL
                 ? answer[i].answer.real != asked->answer[i].answer.real
                 : answer[i].answer.index != asked->answer[i].answer.index))
            return false;
    return true;
}

/* The grid moves on when its own next point was asked; what others propose does not move it. */
static hox_status asked(void *state, uint64_t trial, const hox_asked *asked)
{
    (void)trial;
    grid *g = state;
    odometer o = {0};
    hox_walk *walk = hox_walk_new(g->space, NULL);
    const hox_status status = walk ? next_point(g, &o, walk, NULL) : HOX_ERR_MEMORY;
    if (status == HOX_OK && same_walk(walk, asked)) {
        odometer_free(&g->at);
        g->at = o;
        g->started = true;
        o = (odometer){0};
    }
    odometer_free(&o);
    hox_walk_free(walk);
    return status == HOX_ERR_MEMORY ? status : HOX_OK;
}

static hox_status suggest(const void *state, uint64_t trial, hox_walk *walk, hox_rng *rng,
                          hox_error *err)
{
    (void)trial, (void)rng;
    odometer o = {0};
    const hox_status status = next_point(state, &o, walk, err);
    odometer_free(&o);
    return status;
}

extern const hox_strategy hox__strategy_grid;
const hox_strategy hox__strategy_grid = {
    .name = "grid",
    .source = "full factorial design, as in Bergstra and Bengio, JMLR 13, 2012, section 1",
    .summary = "every combination of levels, last question fastest",
    .deviations = "conditional questions are concatenated, not crossed; a report of a space, not a "
                  "search: random sees more values of what matters; bench/suite, 18 problems, 100 "
                  "trials: worse than random with twice the trials",
    .setting = settings,
    .settings = 1,
    .no_default = true,
    .begin = begin,
    .end = end,
    .asked = asked,
    .suggest = suggest,
};
