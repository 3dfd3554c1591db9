/* The objective of test functions:
 *
 *   objective = function(branin)
 *   objective = function(ackley, noise: 0.5, fail: 0.1, shift: 7)
 *
 * The numbers x1, x2 .. of the space, or the parameters that the function names, give its value,
 * `value`, to be minimized. `noise` adds a normal draw of that standard deviation; `fail` is the
 * part of the trials that fail; `shift` moves the minimum to a point drawn by that seed, in the
 * middle four fifths of each range.
 */
#include "base/alloc.h"
#include "search/special.h"
#include "study/functions.h"
#include "study/instant.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const hox_space *space;
    const hox__function *f;
    int dims;
    double noise, fail;
    double move[HOX__FUNCTION_DIMS_MAX];
} function;

/* ---- reading it ---- */

static hox_status wrong(hox_error *err, const char *what, const char *which)
{
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303",
                         "`objective = function(...)`: %s%.60s\nwrite `function(branin)`; noise, "
                         "fail and shift may follow: `function(ackley, noise: 0.5)`",
                         what, which);
}

static hox_status unknown(hox_error *err, const char *name)
{
    const char *names[64];
    size_t n = 0;
    while (n < 64 && hox__function_at((int)n)) {
        names[n] = hox__function_at((int)n)->name;
        n++;
    }
    const char *near = hox__nearest(name, names, n);
    return hox_fail_code(
        err, HOX_ERR_ARGUMENT, "E0303", "there is no test function `%.60s`\n%s%s%s", name,
        near ? "did you mean `" : "one of them is `branin", near ? near : "", near ? "`?" : "`");
}

static hox_status read_setting(function *s, const char *label, const hox_term *value,
                               uint64_t *shift, hox_error *err)
{
    if (value->kind != HOX_TERM_NUMBER || !(value->number >= 0 && value->number < 1e15))
        return wrong(err, "a number of at least 0 is needed for ", label);
    if (strcmp(label, "noise") == 0)
        s->noise = value->number;
    else if (strcmp(label, "fail") == 0)
        s->fail = value->number;
    else if (strcmp(label, "shift") == 0)
        *shift = (uint64_t)value->number;
    else
        return wrong(err, "there is no ", label);
    return HOX_OK;
}

/* x1, x2 .. as many as the space has. */
static int dims_of(const hox_space *space)
{
    char name[16];
    int n = 0;
    do
        snprintf(name, sizeof name, "x%d", n + 1);
    while (n < HOX__FUNCTION_DIMS_MAX + 1 && hox_space_has(space, name) && ++n);
    return n;
}

static hox_status read_dims(function *s, hox_error *err)
{
    s->dims = s->f->of ? dims_of(s->space) : 0;
    if (!s->f->of || (s->dims >= s->f->dims_min && s->dims <= s->f->dims_max))
        return HOX_OK;
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303",
                         "`%s` is a function of %d to %d numbers x1, x2, ...; the space has %d of "
                         "them\n`hox search %s --print-spec` shows a space of its",
                         s->f->name, s->f->dims_min, s->f->dims_max, s->dims, s->f->name);
}

/* Where coordinate i has its range: as the questions say. */
static bool range_of(hox_walk *walk, int i, double *low, double *high)
{
    char name[16];
    const hox_choice *q;
    snprintf(name, sizeof name, "x%d", i + 1);
    hox_walk_restart(walk);
    while ((q = hox_walk_next(walk)) != NULL) {
        if (strcmp(q->path, name) == 0 && q->kind != HOX_ASK_CHOICE) {
            *low = q->low;
            *high = q->high;
            return true;
        }
        if (hox_walk_answer(walk, q->fallback, NULL) != HOX_OK)
            return false;
    }
    return false;
}

static hox_status move_minimum(function *s, uint64_t seed, hox_error *err)
{
    if (!s->f->of || s->f->local)
        return wrong(err, "there is no moving the minimum of ", s->f->name);
    hox_walk *walk = hox_walk_new(s->space, err);
    const hox_rng root = hox_rng_seed(seed);
    for (int i = 0; walk && i < s->dims; i++) {
        double low, high;
        hox_rng rng = hox_rng_child(&root, "shift", (uint64_t)i);
        if (!range_of(walk, i, &low, &high))
            continue; /* words: nowhere to move to */
        const double at = s->f->at_each ? s->f->at_each[i] : s->f->at;
        s->move[i] = low + (0.1 + 0.8 * hox_rng_unit(&rng)) * (high - low) - at;
    }
    hox_walk_free(walk);
    return walk ? HOX_OK : HOX_ERR_MEMORY;
}

static hox_status read_function(const hox_space *space, function *s, hox_error *err)
{
    uint64_t shift = 0;
    const hox_term *call = hox__objective_call(space, "function");
    *s = (function){.space = space};
    if (!call || call->n < 1 || *call->label[0] || !call->part[0]->name)
        return wrong(err, "its first word is the name of a function", "");
    s->f = hox__function_find(call->part[0]->name);
    if (!s->f)
        return unknown(err, call->part[0]->name);
    hox_status status = read_dims(s, err);
    for (int i = 1; i < call->n && status == HOX_OK; i++)
        status = read_setting(s, call->label[i], call->part[i], &shift, err);
    if (status == HOX_OK && s->fail > 1)
        return wrong(err, "at most 1 can be the part that fails", "");
    return status == HOX_OK && shift ? move_minimum(s, shift, err) : status;
}

/* ---- its value ---- */

static hox_status value_of(const function *s, const hox__values *values, double *value,
                           hox_error *err)
{
    double x[HOX__FUNCTION_DIMS_MAX];
    char name[16];
    for (int i = 0; i < s->dims; i++) {
        snprintf(name, sizeof name, "x%d", i + 1);
        const hox_term *term = hox__value_find(values, name);
        if (!term || term->kind != HOX_TERM_NUMBER)
            return wrong(err, "not a number in every sentence: ", name);
        x[i] = term->number - s->move[i];
    }
    *value = s->f->of ? s->f->of(x, s->dims) : s->f->of_values(values);
    return isnan(*value) ? hox_fail_code(err, HOX_ERR_ARGUMENT, "E0303",
                                         "the space has not the parameters of `%s`\n`hox search %s "
                                         "--print-spec` shows them",
                                         s->f->name, s->f->name)
                         : HOX_OK;
}

static hox_status measure(const void *state, const hox__values *values, const hox_walk *walk,
                          hox__curve *curve, hox_error *err)
{
    const function *s = state;
    const hox_rng root = hox_rng_seed(values->seed);
    hox_rng fate = hox_rng_child(&root, "fail", 0), noise = hox_rng_child(&root, "noise", 0);
    double value;
    (void)walk;
    hox_status status = value_of(s, values, &value, err);
    if (status == HOX_OK && s->fail > 0 && hox_rng_unit(&fate) < s->fail)
        return hox_fail(err, HOX_ERR_IO, "it was drawn to fail");
    if (status == HOX_OK && s->noise > 0)
        value += s->noise * hox__draw_normal(&noise);
    *curve = (hox__curve){.value = {value}, .n = 1};
    return status;
}

/* ---- the objective ---- */

static hox_status see(void *ctx, const hox__values *values, const hox_walk *walk, hox_error *err)
{
    double value;
    (void)walk;
    return value_of(ctx, values, &value, err);
}

static hox_status open_function(const hox__objective_input *in, void **state, hox__line *ready,
                                hox_error *err)
{
    function *s = hox__alloc(1, sizeof *s);
    if (!s)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a function");
    hox_status status = read_function(in->space, s, err);
    if (status == HOX_OK)
        status = hox__instant_check(in->space, see, s, err);
    if (status != HOX_OK) {
        hox__free(s);
        return status;
    }
    *ready = (hox__line){.kind = HOX__LINE_READY};
    *state = s;
    return HOX_OK;
}

static int run_trial(void *state, const hox__task *task, int fd)
{
    const function *s = state;
    return hox__instant_trial(s->space, task, fd, measure, s);
}

static hox_status aim_of_function(const hox_space *space, hox__arena *arena, hox__aim *aim,
                                  hox_error *err)
{
    function s;
    (void)arena;
    *aim = (hox__aim){.goal = {{.metric = "value"}}, .goals = 1};
    return read_function(space, &s, err);
}

static bool is_quick(const void *state)
{
    return state != NULL;
}

static bool optimum(const hox_space *space, const char *data_folder, double *best)
{
    function s;
    (void)data_folder;
    if (read_function(space, &s, NULL) != HOX_OK)
        return false;
    *best = hox__function_least(s.f, s.dims);
    return true;
}

const hox__objective hox__objective_function = {
    .name = "function",
    .call = "function",
    .aim = aim_of_function,
    .open = open_function,
    .close = hox__free,
    .trial = run_trial,
    .is_quick = is_quick,
    .optimum = optimum,
};
