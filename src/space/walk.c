/* Walks: the public side of a derivation. */
#include "base/alloc.h"
#include "base/number.h"
#include "space/derive.h"
#include "space/reach.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

hox_walk *hox_walk_new(const hox_space *space, hox_error *err)
{
    hox_walk *w = hox__alloc(1, sizeof *w);
    if (w) {
        w->space = space;
        w->reach = hox__reach_take(space);
    }
    if (!w || !w->reach) {
        hox__free(w);
        hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a walk");
        return NULL;
    }
    hox_walk_restart(w);
    return w;
}

void hox_walk_free(hox_walk *w)
{
    if (!w)
        return;
    hox__derivation_release(w->d);
    hox__reach_park(w->reach);
    hox__free(w);
}

void hox_walk_restart(hox_walk *w)
{
    if (!hox__derivation_rewind(w->d)) {
        const size_t used = w->d ? hox__arena_bytes(w->d->arena) : 0;
        hox__derivation_release(w->d);
        w->d = hox__derivation_new(w->space, 2 * used);
    }
    w->todo = NULL;
    w->next_root = 0;
    w->steps = 0;
    w->wired = w->meet.n = 0;
    w->asking = w->dead = w->finished = w->no_memory = false;
    w->dead_at = NULL;
    w->why[0] = 0;
    w->node = NULL;
    if (w->d) {
        hox__reach_start(w->reach, w->d);
    } else {
        w->no_memory = w->dead = true;
        snprintf(w->why, sizeof w->why, "memory is short");
    }
}

const hox_choice *hox_walk_next(hox_walk *w)
{
    if (w->dead || w->finished)
        return NULL;
    if (w->asking)
        return &w->choice;
    hox__derive_run(w);
    if (!w->asking || w->dead)
        return NULL;
    if (w->d->n >= HOX__QUESTIONS_MAX)
        hox__derive_dead(w, w->node->phrase, "a derivation asks at most %d questions",
                         HOX__QUESTIONS_MAX);
    else
        hox__question_prepare(w);
    if (w->dead)
        w->asking = false;
    return w->dead ? NULL : &w->choice;
}

bool hox_walk_dead(const hox_walk *w)
{
    return w->dead;
}

static bool record(hox_walk *w, hox_answer answer)
{
    hox__derivation *d = w->d;
    if (d->n == d->cap) {
        int cap = d->cap ? 2 * d->cap : 32;
        hox_answered *list = HOX__NEW_N(d->arena, hox_answered, cap);
        hox__node **asked = HOX__NEW_N(d->arena, hox__node *, cap);
        if (!list || !asked)
            return false;
        if (d->n) {
            memcpy(list, d->answer, sizeof *list * (size_t)d->n);
            memcpy(asked, d->asked, sizeof(*asked) * (size_t)d->n);
        }
        d->answer = list;
        d->asked = asked;
        d->cap = cap;
    }
    d->asked[d->n] = w->node;
    d->answer[d->n++] = (hox_answered){w->choice.path, w->choice.key, w->choice.kind, answer};
    return true;
}

hox_status hox_walk_answer(hox_walk *w, hox_answer answer, hox_error *err)
{
    if (!w->asking || w->dead)
        return hox_fail(err, HOX_ERR_ARGUMENT, "no question was asked");
    const hox_choice *c = &w->choice;
    if (!hox_choice_admits(c, answer)) {
        if (c->kind == HOX_ASK_REAL)
            return hox_fail(err, HOX_ERR_ARGUMENT, "%s: %.17g is not an answer", c->path,
                            answer.real);
        return hox_fail(err, HOX_ERR_ARGUMENT, "%s: %lld is not an answer that fits", c->path,
                        (long long)answer.index);
    }
    double value = c->kind == HOX_ASK_REAL ? hox__grid_value(w->node->phrase, answer.real)
                                           : (double)answer.index;
    if (c->kind == HOX_ASK_REAL)
        answer.real = value;
    if (!record(w, answer)) {
        w->no_memory = w->dead = true;
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a walk");
    }
    hox__derive_answered(w, value);
    return HOX_OK;
}

/* ---- whole walks ---- */

hox_answer hox_answer_prior(void *ctx, const hox_choice *choice, int attempt)
{
    (void)attempt;
    return hox_choice_draw(choice, ctx);
}

hox_answer hox_answer_default(void *ctx, const hox_choice *choice, int attempt)
{
    (void)ctx;
    (void)attempt;
    return choice->fallback;
}

static hox_status dead_end(const hox_walk *w, hox_error *err)
{
    if (w->no_memory)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a walk");
    return hox_fail_code(err, HOX_ERR_EMPTY, "E0403", "%s", w->why);
}

hox_status hox_walk_derive(hox_walk *w, hox_answerer answer, void *ctx, int *attempts,
                           hox_error *err)
{
    for (int k = 0; k < HOX_ATTEMPTS_MAX; k++) {
        if (k || w->d == NULL || w->d->n || w->finished || w->dead)
            hox_walk_restart(w);
        if (attempts)
            *attempts = k + 1;
        const hox_choice *c;
        while ((c = hox_walk_next(w))) {
            hox_status s = hox_walk_answer(w, answer(ctx, c, k), err);
            if (s != HOX_OK)
                return s;
        }
        if (!w->dead && hox__requirements_hold(w))
            return HOX_OK;
        if (w->no_memory)
            return dead_end(w, err);
        if (w->d->n == 0)
            break; /* nothing to decide: every attempt is the same */
    }
    return hox_fail_code(err, HOX_ERR_EMPTY, "E0403", "no sentence was found in %d attempts: %s",
                         HOX_ATTEMPTS_MAX, w->why);
}

const hox_answered *hox_walk_answers(const hox_walk *w, int *n)
{
    *n = w->d ? w->d->n : 0;
    return w->d ? w->d->answer : NULL;
}

char *hox_walk_text(const hox_walk *w)
{
    return w->d ? hox__derivation_walk(w->d) : NULL;
}

char *hox__derivation_walk(const hox__derivation *d)
{
    hox__text t = {0};
    for (int i = 0; i < d->n; i++) {
        if (i)
            hox__text_putc(&t, ';');
        const hox_answered *a = &d->answer[i];
        hox__text_number(&t, a->kind == HOX_ASK_REAL ? a->answer.real : (double)a->answer.index);
    }
    return hox__text_take(&t);
}

static hox_status read_answer(hox_walk *w, const char *text, size_t n, hox_error *err)
{
    const hox_choice *c = hox_walk_next(w);
    if (!c)
        return w->dead ? dead_end(w, err)
                       : hox_fail(err, HOX_ERR_ARGUMENT, "answer %d is one too many", w->d->n + 1);
    bool minus = n && *text == '-', integral = false;
    double x = 0;
    size_t used = hox__number_read(text + minus, n - minus, &x, &integral);
    x = minus ? -x : x;
    hox_answer a = {.real = x};
    bool whole = x == floor(x) && fabs(x) < 9.1e15;
    if (c->kind != HOX_ASK_REAL)
        a = (hox_answer){.index = whole ? (int64_t)x : -1};
    if (used == 0 || used + minus != n || (c->kind != HOX_ASK_REAL && !whole) ||
        !hox_choice_admits(c, a))
        return hox_fail(err, HOX_ERR_ARGUMENT, "answer %d, `%.*s`, does not fit %s", w->d->n + 1,
                        (int)(n < 40 ? n : 40), text, c->path);
    return hox_walk_answer(w, a, err);
}

hox_status hox_walk_read(hox_walk *w, const char *text, hox_error *err)
{
    hox_walk_restart(w);
    while (*text) {
        size_t n = strcspn(text, ";");
        hox_status s = read_answer(w, text, n, err);
        if (s != HOX_OK)
            return s;
        text += n + (text[n] == ';');
    }
    return HOX_OK;
}

hox_status hox_walk_finish(hox_walk *w, hox_sentence **sentence, hox_error *err)
{
    *sentence = NULL;
    if (hox_walk_next(w))
        return hox_fail(err, HOX_ERR_ARGUMENT, "the walk is not complete: %s is open",
                        w->choice.path);
    if (w->dead || !hox__requirements_hold(w))
        return dead_end(w, err);
    *sentence = hox__sentence_new(w->d);
    if (!*sentence)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a sentence");
    return HOX_OK;
}
