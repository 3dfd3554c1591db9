/* Exact counting: every state of a derivation is completed once, and remembered.
 *
 *   count(state) = sum over answers a of count(state after a),   count(end) = 1 if legal, else 0
 *
 * A walk cannot be copied, so it goes back to a state by deriving it again from the start without
 * preparing its questions. Answers on which nothing depends are tried once and count as many.
 */
#include "space/count.h"
#include "base/alloc.h"
#include "base/big.h"
#include "base/number.h"
#include "space/estimate.h"
#include "space/reach.h"
#include "space/state.h"
#include <math.h>
#include <string.h>

enum { DEPTH_MAX = 5000, VALUES_MAX = 200000, MEMORY_MAX = 1 << 30 };

struct hox__counter {
    const hox_space *space;
    hox_walk *walk;
    hox__states states;
    hox__arena *arena;
    int64_t work, work_max, found;   /* answers tried, states met */
    double answer[DEPTH_MAX];        /* on the way to where the walk is */
    uint64_t history[DEPTH_MAX + 1]; /* of the answers that requirements depend on */
    bool *real;                      /* [phrases] ranges of reals that were met */
    const char *why;                 /* the count is not exact: why */
    bool no_memory;
};

/* ---- answers in groups ---- */

typedef struct {
    bool alike;   /* the rest does not depend on the answer: one stands for all */
    int64_t n;    /* how many there are */
    double first; /* the one that stands for all */
} group;

int64_t hox__question_size(const hox_choice *c)
{
    int64_t n = 0;
    if (c->kind == HOX_ASK_REAL)
        return 1;
    if (c->kind == HOX_ASK_CHOICE) {
        for (int i = 0; i < c->n; i++)
            n += c->mask[i];
        return n;
    }
    if (c->is_log && c->step > 1)
        return (int64_t)floor(hox__log(c->high / c->low) / hox__log(c->step) + 1e-9) + 1;
    return (int64_t)floor((c->high - c->low) / (c->step > 0 ? c->step : 1) + 1e-9) + 1;
}

double hox__question_answer(const hox_choice *c, int64_t k)
{
    if (c->kind == HOX_ASK_CHOICE) {
        for (int i = 0; i < c->n; i++)
            if (c->mask[i] && k-- == 0)
                return i;
        return 0;
    }
    if (c->is_log && c->step > 1) {
        double x = c->low;
        for (; k > 0; k--)
            x *= c->step;
        return x;
    }
    return c->low + (double)k * (c->step > 0 ? c->step : 1);
}

/* Leaves of a choice of values: nothing below them is asked. */
static bool flat(const hox__phrase *p)
{
    for (int i = 0; p->kind == HOX__CHOICE && i < p->n; i++)
        if (p->kid[i]->kind != HOX__NUMBER && p->kid[i]->kind != HOX__WORD &&
            p->kid[i]->kind != HOX__TEXT)
            return false;
    return true;
}

static group group_of(const hox__counter *c, const hox_walk *w)
{
    const hox__phrase *p = w->node->phrase;
    const bool named = c->states.named[p->id];
    const bool alike = p->plain && !named && !w->node->network && flat(p);
    return (group){alike || w->choice.kind == HOX_ASK_REAL, hox__question_size(&w->choice),
                   hox__question_answer(&w->choice, 0)};
}

static uint64_t mixed(uint64_t h, const hox__phrase *p, double answer)
{
    uint64_t bits;
    memcpy(&bits, &answer, sizeof bits);
    h = (h ^ p->id) * 0x9e3779b97f4a7c15u;
    h = (h ^ (h >> 29) ^ bits) * 0xd6e8feb86659fd93u;
    return h ^ (h >> 32);
}

/* ---- going somewhere ---- */

/* To the state behind answer[0..n): the walk stands at its question or at its end. */
static void go_to(hox__counter *c, int n)
{
    hox_walk *w = c->walk;
    hox_walk_restart(w);
    for (int i = 0; i < n; i++) {
        hox__derive_run(w);
        if (!w->asking || w->dead)
            return;
        hox__derive_answered(w, c->answer[i]);
    }
    hox__derive_run(w);
}

static void give(hox__counter *c, int n, double answer)
{
    const hox__phrase *p = c->walk->node->phrase;
    c->answer[n] = answer;
    c->history[n + 1] = c->states.named[p->id] ? mixed(c->history[n], p, answer) : c->history[n];
    hox__derive_answered(c->walk, answer);
    hox__derive_run(c->walk);
}

/* ---- counting ---- */

static bool give_up(hox__counter *c, const char *why)
{
    if (!c->why)
        c->why = why;
    return false;
}

static bool short_of_memory(hox__counter *c)
{
    c->no_memory = true;
    return give_up(c, "memory is short");
}

static bool count_from(hox__counter *c, int n, hox__big *out);

static bool count_answers(hox__counter *c, int n, hox__big *out)
{
    hox_walk *w = c->walk;
    const hox__phrase *p = w->node->phrase;
    const group g = group_of(c, w);
    if (w->choice.kind == HOX_ASK_REAL) {
        c->real[p->id] = true;
        if (!p->plain || c->states.named[p->id])
            return give_up(c, "shapes or requirements depend on a real number");
    }
    if (!g.alike && g.n > VALUES_MAX)
        return give_up(c, "shapes or requirements depend on a range of very many values");
    double *value = hox__alloc((size_t)(g.alike ? 1 : g.n) + 1, sizeof *value);
    if (!value)
        return short_of_memory(c);
    const int64_t tries = g.alike ? 1 : g.n;
    for (int64_t k = 0; k < tries; k++)
        value[k] = g.alike ? g.first : hox__question_answer(&w->choice, k);
    bool ok = true;
    *out = (hox__big){0, NULL};
    for (int64_t k = 0; ok && k < tries; k++) {
        hox__big rest;
        if (k)
            go_to(c, n);
        if (++c->work > c->work_max) {
            ok = give_up(c, "it has too many states");
            break;
        }
        if (!w->asking || w->dead)
            break; /* masked on the way here */
        give(c, n, value[k]);
        ok = count_from(c, n + 1, &rest);
        if (ok && !hox__big_add(c->arena, *out, rest, out))
            ok = short_of_memory(c);
    }
    hox__free(value);
    if (ok && g.alike && !hox__big_times(c->arena, *out, (uint64_t)g.n, out))
        ok = short_of_memory(c);
    return ok;
}

/* *out: how many legal walks go on from where the walk is, n answers from the start. */
static bool count_from(hox__counter *c, int n, hox__big *out)
{
    hox_walk *w = c->walk;
    *out = (hox__big){0, NULL};
    if (w->no_memory)
        return short_of_memory(c);
    if (w->dead)
        return true;
    if (w->finished) {
        if (hox__requirements_hold(w))
            *out = hox__big_of(c->arena, 1);
        return !w->no_memory || short_of_memory(c);
    }
    if (n + 1 >= DEPTH_MAX)
        return give_up(c, "its sentences are too long");
    const uint32_t id = hox__states_id(&c->states, w, c->history[n]);
    if (!id)
        return short_of_memory(c);
    hox__big *known = *hox__intern_value(&c->states.ids, id);
    if (known) {
        *out = *known;
        return true;
    }
    c->found++;
    hox__question_prepare(w);
    if (!w->dead && !count_answers(c, n, out))
        return false;
    if (!(known = HOX__NEW(c->arena, hox__big)))
        return short_of_memory(c);
    *known = *out;
    *hox__intern_value(&c->states.ids, id) = known;
    return true;
}

/* ---- the public side ---- */

void hox__counter_free(hox__counter *c)
{
    if (!c)
        return;
    hox_walk_free(c->walk);
    hox__states_deinit(&c->states);
    hox__arena_free(c->arena);
    hox__free(c->real);
    hox__free(c);
}

static hox__counter *counter_new(const hox_space *space, int64_t work)
{
    hox__counter *c = hox__alloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->space = space;
    c->work_max = work;
    c->walk = hox_walk_new(space, NULL);
    c->arena = hox__arena_new(MEMORY_MAX);
    c->real = hox__alloc((size_t)space->n_phrases + 1, sizeof *c->real);
    if (hox__states_init(&c->states, space) && c->walk && c->arena && c->real)
        return c;
    hox__counter_free(c);
    return NULL;
}

static bool count_all(hox__counter *c, hox__big *out)
{
    go_to(c, 0);
    return count_from(c, 0, out);
}

void hox__count_defaults(hox__count_options *options)
{
    *options = (hox__count_options){.work = 300000, .probes = 5000, .narrow = 0.02, .seed = 1};
}

static int reals(const hox__counter *c)
{
    int n = 0;
    for (uint32_t i = 0; i <= c->space->n_phrases; i++)
        n += c->real[i];
    return n;
}

hox_status hox__count_space(const hox_space *space, const hox__count_options *options,
                            hox__tally *out, hox_error *err)
{
    *out = (hox__tally){.log10 = -HUGE_VAL};
    if (hox__size_is_infinite(space)) {
        out->infinite = true;
        return HOX_OK;
    }
    hox__counter *c = counter_new(space, options->work);
    hox__big total;
    hox_status status = HOX_OK;
    if (c && count_all(c, &total)) {
        hox__text text = {0};
        hox__big_print(&text, total);
        out->exact = true;
        out->digits = hox__text_take(&text);
        out->log10 = out->low = out->high = hox__big_log10(total);
        out->reals = reals(c);
        out->states = c->found;
    }
    if (!c || c->no_memory || (out->exact && !out->digits))
        status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for counting");
    else if (!out->exact) {
        out->why = c->why;
        status = hox__estimate(space, options, out, err);
    }
    hox__counter_free(c);
    return status;
}

hox_status hox__counter_new(const hox_space *space, int64_t work, hox__counter **out,
                            hox_error *err)
{
    *out = NULL;
    if (hox__size_is_infinite(space))
        return hox_fail(err, HOX_ERR_ARGUMENT,
                        "the sentences cannot be counted: a recursion has no bound");
    hox__counter *c = counter_new(space, work);
    hox__big total;
    if (c && count_all(c, &total)) {
        *out = c;
        return HOX_OK;
    }
    hox_status status = HOX_ERR_MEMORY;
    if (!c || c->no_memory)
        hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for counting");
    else
        status =
            hox_fail(err, HOX_ERR_ARGUMENT, "the sentences cannot be counted exactly: %s", c->why);
    hox__counter_free(c);
    return status;
}

/* The counts behind every answer that the question admits; masked ones have none. */
static hox__big *weigh(hox__counter *c, int n, int64_t tries, const double *value, hox__big *sum)
{
    hox__big *weight = hox__alloc((size_t)tries, sizeof *weight);
    *sum = (hox__big){0, NULL};
    for (int64_t k = 0; weight && k < tries; k++) {
        go_to(c, n);
        if (!c->walk->asking || c->walk->dead)
            break;
        give(c, n, value[k]);
        if (!count_from(c, n + 1, &weight[k]) || !hox__big_add(c->arena, *sum, weight[k], sum))
            break;
    }
    return weight;
}

hox_answer hox__counter_draw(hox__counter *c, const hox_walk *walk, const hox_choice *choice,
                             hox_rng *rng)
{
    int n;
    const hox_answered *done = hox_walk_answers(walk, &n);
    if (choice->kind == HOX_ASK_REAL || n + 1 >= DEPTH_MAX)
        return hox_choice_draw(choice, rng);
    const int64_t size = hox__question_size(choice);
    double u = hox_rng_unit(rng);
    for (int i = 0; i < n; i++) {
        const hox__phrase *p = walk->d->asked[i]->phrase;
        const double a =
            done[i].kind == HOX_ASK_REAL ? done[i].answer.real : (double)done[i].answer.index;
        c->answer[i] = a;
        c->history[i + 1] = c->states.named[p->id] ? mixed(c->history[i], p, a) : c->history[i];
    }
    const group g = {.alike = walk->node->phrase->plain &&
                              !c->states.named[walk->node->phrase->id] && !walk->node->network &&
                              flat(walk->node->phrase),
                     .n = size};
    if (g.alike || size > VALUES_MAX)
        return (hox_answer){.index =
                                (int64_t)hox__question_answer(choice, (int64_t)(u * (double)size))};
    double *value = hox__alloc((size_t)size, sizeof *value);
    hox__big sum, *weight = NULL;
    for (int64_t k = 0; value && k < size; k++)
        value[k] = hox__question_answer(choice, k);
    if (value)
        weight = weigh(c, n, size, value, &sum);
    int64_t pick = 0;
    for (int64_t k = 0; weight && sum.n && k < size; k++) {
        if (!weight[k].n)
            continue;
        pick = k;
        if ((u -= hox__big_ratio(weight[k], sum)) < 0)
            break;
    }
    const double answer = value ? value[pick] : hox__question_answer(choice, 0);
    hox__free(value);
    hox__free(weight);
    return (hox_answer){.index = (int64_t)answer};
}
