/* Membership: the walk of a space whose sentence is a given one.
 *
 * The sentence is derived in its own right and said as rows of items. Then the space is walked:
 * each question is answered by what may meet the items that are next; where that comes to nothing
 * the walk goes back to the last question with another answer. Answers are tried in the order of
 * the declaration, so that of several walks the first is found. Names of rules must agree; if no
 * walk has the names, they are left out of account.
 */
#include "space/member.h"
#include "base/alloc.h"
#include "space/sentence.h"
#include <stdio.h>
#include <string.h>

enum { ANSWERS_MAX = 2000000, MEMORY_MAX = 256 << 20 };

typedef struct {
    hox_answer *candidate; /* [n] */
    int n, at;
} trial;

typedef struct {
    hox_walk *walk;
    const hox_walk *target;
    hox__arena *arena;
    bool names;
    hox__row *said; /* [roots of the space] */
    bool *there;
    trial *trial; /* [n] the answers so far */
    int n, cap;
    int work;
    int deepest; /* questions answered where it went furthest */
    char why[512];
    bool failed; /* memory */
} search;

static int root_named(const hox_space *space, const char *name)
{
    for (int i = 0; i < space->n_roots; i++)
        if (!strcmp(space->root[i]->name, name))
            return i;
    return -1;
}

/* ---- the sentence ---- */

static bool say(search *s)
{
    const hox_space *space = s->walk->space, *other = s->target->space;
    s->said = HOX__NEW_N(s->arena, hox__row, space->n_roots + 1);
    s->there = HOX__NEW_N(s->arena, bool, space->n_roots + 1);
    bool ok = s->said && s->there;
    for (int i = 0; ok && i < space->n_roots; i++) {
        const int k = root_named(other, space->root[i]->name);
        s->there[i] = k >= 0;
        if (k >= 0)
            ok = hox__say(s->arena, s->target->d->root[k], s->names, &s->said[i]);
    }
    s->failed |= !ok;
    return ok;
}

/* Roots of both that are printed with a sentence. */
static bool same_roots(const search *s, hox_error *err)
{
    const hox_space *space = s->walk->space, *other = s->target->space;
    for (int i = 0; i < space->n_roots; i++)
        if (hox__is_printed(space->root[i]->name) && root_named(other, space->root[i]->name) < 0) {
            hox_fail_code(err, HOX_ERR_ARGUMENT, "E0406", "the sentence says nothing of `%s`",
                          space->root[i]->name);
            return false;
        }
    for (int i = 0; i < other->n_roots; i++)
        if (hox__is_printed(other->root[i]->name) && root_named(space, other->root[i]->name) < 0) {
            hox_fail_code(err, HOX_ERR_ARGUMENT, "E0406", "the space says nothing of `%s`",
                          other->root[i]->name);
            return false;
        }
    return true;
}

/* ---- comparing ---- */

static hox__meeting compare(const search *s, hox__meet *m, const char **root)
{
    const hox_walk *w = s->walk;
    hox__meeting r = HOX__MEETS;
    *m = (hox__meet){.names = s->names, .asked = w->asking ? w->node : NULL};
    for (int i = 0; i < w->space->n_roots && r != HOX__CLASHES; i++) {
        if (!w->d->root[i] || !hox__is_printed(w->space->root[i]->name))
            continue;
        *root = w->space->root[i]->name;
        const hox__meeting one = hox__meet_row(m, w->d->root[i], &s->said[i], true);
        r = one > r ? one : r;
    }
    return r;
}

static void note(search *s, const char *format, const char *what)
{
    if (s->n < s->deepest && *s->why)
        return;
    s->deepest = s->n;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(s->why, sizeof s->why, format, what);
#pragma GCC diagnostic pop
}

/* ---- going forth and back ---- */

static bool push(search *s, hox_answer *candidate, int n)
{
    if (s->n == s->cap) {
        const int cap = s->cap ? 2 * s->cap : 32;
        trial *list = HOX__NEW_N(s->arena, trial, cap);
        if (!list) {
            s->failed = true;
            return false;
        }
        if (s->n)
            memcpy(list, s->trial, sizeof *list * (size_t)s->n);
        s->trial = list;
        s->cap = cap;
    }
    hox_answer *copy = HOX__NEW_N(s->arena, hox_answer, n ? n : 1);
    if (!copy) {
        s->failed = true;
        return false;
    }
    memcpy(copy, candidate, sizeof *copy * (size_t)n);
    s->trial[s->n++] = (trial){copy, n, 0};
    return true;
}

/* To the last question with an answer that was not tried; the walk is walked again up to there. */
static bool back(search *s)
{
    while (s->n && s->trial[s->n - 1].at + 1 >= s->trial[s->n - 1].n)
        s->n--;
    if (s->n == 0)
        return false;
    s->trial[s->n - 1].at++;
    hox_walk_restart(s->walk);
    for (int i = 0; i < s->n; i++, s->work++)
        if (!hox_walk_next(s->walk) ||
            hox_walk_answer(s->walk, s->trial[i].candidate[s->trial[i].at], NULL) != HOX_OK)
            return false;
    return true;
}

static bool forth(search *s, const hox__meet *m)
{
    int n;
    hox_answer *candidate = hox__candidates(s->walk, m, &n);
    if (!candidate)
        s->failed = true;
    if (!candidate || n == 0) {
        note(s, "nothing that %s may be gives what the sentence has there", s->walk->choice.path);
        return false;
    }
    return push(s, candidate, n) &&
           hox_walk_answer(s->walk, s->trial[s->n - 1].candidate[0], NULL) == HOX_OK;
}

static bool derive(search *s)
{
    hox_walk_restart(s->walk);
    s->n = 0;
    while (!s->failed && ++s->work < ANSWERS_MAX) {
        hox__meet m;
        const char *root = "";
        const bool asks = hox_walk_next(s->walk) != NULL;
        const hox__meeting r = compare(s, &m, &root);
        if (r == HOX__CLASHES)
            note(s, "`%s` of the sentence is not what the space gives", root);
        else if (!asks && s->walk->dead)
            note(s, "%s", s->walk->why);
        else if (!asks && hox__requirements_hold(s->walk))
            return true;
        else if (!asks)
            note(s, "%s", s->walk->why);
        if ((r == HOX__CLASHES || !asks || !forth(s, &m)) && !back(s))
            return false;
    }
    return false;
}

static hox_status search_all(search *s, hox_error *err)
{
    if (!same_roots(s, err))
        return HOX_ERR_ARGUMENT;
    for (int names = 1; names >= 0 && !s->failed; names--) {
        s->names = names;
        s->work = 0;
        if (say(s) && derive(s))
            return HOX_OK;
    }
    if (s->failed || s->walk->no_memory)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to find a walk");
    if (s->work >= ANSWERS_MAX)
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0406", "no walk was found in %d answers",
                             ANSWERS_MAX);
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0406", "%s", s->why);
}

hox_status hox__member(const hox_space *space, const hox_walk *target, hox_walk **walk,
                       hox_error *err)
{
    search s = {
        .walk = hox_walk_new(space, err), .target = target, .arena = hox__arena_new(MEMORY_MAX)};
    hox_status status =
        s.walk && s.arena ? search_all(&s, err)
                          : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to find a walk");
    hox__arena_free(s.arena);
    if (status == HOX_OK) {
        *walk = s.walk;
    } else {
        hox_walk_free(s.walk);
        *walk = NULL;
    }
    return status;
}

hox_status hox_space_member(const hox_space *space, const char *name, const char *text, size_t n,
                            const hox_space_options *options, hox_diagnostics *list,
                            hox_walk **walk, hox_error *err)
{
    hox_space *one = NULL;
    *walk = NULL;
    hox_status status = hox_space_load(name, text, n, options, list, &one);
    if (status != HOX_OK)
        return hox_fail(err, status, "%s is not a sentence: it has mistakes", name);
    hox_walk *target = hox_walk_new(one, err);
    if (!target)
        status = HOX_ERR_MEMORY;
    else if (hox_walk_next(target))
        status = hox_fail_code(err, HOX_ERR_ARGUMENT, "E0407", "%s is not a sentence: %s is open",
                               name, target->choice.path);
    else if (target->dead)
        status = hox_fail_code(err, HOX_ERR_EMPTY, "E0403", "%s", target->why);
    else
        status = hox__member(space, target, walk, err);
    hox_walk_free(target);
    hox_space_free(one);
    return status;
}
