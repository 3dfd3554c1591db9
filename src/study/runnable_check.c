/* Does a command fit its space? Said before the first trial, not at the sixtieth. What depends on
 * choices is looked up in sentences drawn from the space. */
#include "base/program.h"
#include "base/table.h"
#include "study/point.h"
#include "study/runnable.h"
#include "study/values.h"
#include <stdio.h>
#include <string.h>

enum { DRAWS = 64, NAME_BYTES = 256, NEAR_MAX = 64 };

typedef struct {
    const hox__runnable *runnable;
    const hox_space *space;
    hox__values values;
    hox__table *used;          /* names that a place holds, and their roots */
    hox__table *present;       /* names that some sentence has */
    const hox__piece *missing; /* a place whose value was absent outside of brackets */
    bool any_place, failed;
} checker;

static void put(checker *c, hox__table *table, const char *name, size_t n)
{
    if (!hox__table_put(table, name, n, c))
        c->failed = true;
}

/* ---- places ---- */

static void each_place(const hox__words *words, void (*each)(void *, const hox__piece *, int),
                       void *ctx)
{
    for (int i = 0; i < words->n; i++)
        for (int k = 0; k < words->word[i].n; k++)
            if (words->word[i].piece[k].name)
                each(ctx, &words->word[i].piece[k], words->word[i].group);
}

static void all_places(const checker *c, void (*each)(void *, const hox__piece *, int), void *ctx)
{
    each_place(&c->runnable->words, each, ctx);
    for (int i = 0; i < c->runnable->templates; i++)
        each_place(&c->runnable->template[i].text, each, ctx);
}

static void use(void *ctx, const hox__piece *place, int group)
{
    checker *c = ctx;
    (void)group;
    c->any_place |= !hox__value_is_reserved(place->name);
    put(c, c->used, place->name, strlen(place->name));
    for (const char *dot = strchr(place->name, '.'); dot; dot = strchr(dot + 1, '.'))
        put(c, c->used, place->name, (size_t)(dot - place->name));
}

static void look(void *ctx, const hox__piece *place, int group)
{
    checker *c = ctx;
    if (hox__value_find(&c->values, place->name))
        put(c, c->present, place->name, strlen(place->name));
    else if (!group && !place->splice && !c->missing &&
             !(hox__value_is_reserved(place->name) &&
               (strcmp(place->name, "budget") != 0 || c->values.budget > 0)))
        c->missing = place;
}

static void note_name(void *ctx, const char *name, const hox_term *term)
{
    checker *c = ctx;
    (void)term;
    put(c, c->present, name, strlen(name));
}

/* ---- what is wrong ---- */

typedef struct {
    const char *names[NEAR_MAX];
    size_t n;
} names;

static void gather(void *ctx, const char *name, const hox_term *term)
{
    names *list = ctx;
    (void)term;
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->names[i], name) == 0)
            return;
    char *copy = NULL;
    hox__text text = {0};
    if (list->n < NEAR_MAX) {
        hox__text_puts(&text, name);
        copy = hox__text_take(&text);
    }
    if (copy)
        list->names[list->n++] = copy;
}

static hox_status unknown(const checker *c, const char *name, names *known, hox_error *err)
{
    static const char *const reserved[] = {"seed", "trial", "dir", "budget", "slot", "study"};
    for (size_t i = 0; i < 6 && known->n < NEAR_MAX; i++)
        gather(known, reserved[i], NULL);
    const char *near = hox__nearest(name, known->names, known->n);
    const bool inner = hox_space_has(c->space, name);
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0806", "`{%s}`: there is no rule `%s`%s%s%s",
                         name, name,
                         near    ? "\ndid you mean `{"
                         : inner ? ""
                                 : "\nwrite `{{",
                         near    ? near
                         : inner ? ""
                                 : name,
                         near    ? "}`?"
                         : inner ? ""
                                 : "}}` for the braces themselves");
}

typedef struct {
    checker *c;
    const char *name; /* the first that no sentence has */
} lost;

static void find_lost(void *ctx, const hox__piece *place, int group)
{
    lost *l = ctx;
    (void)group;
    if (!l->name && !hox__value_is_reserved(place->name) &&
        !hox__table_has(l->c->present, place->name, strlen(place->name)))
        l->name = place->name;
}

static bool is_used(const checker *c, const char *name)
{
    char root[NAME_BYTES];
    if (hox__table_has(c->used, name, strlen(name)))
        return true;
    const char *dot = strrchr(name, '.');
    if (!dot)
        return false;
    /* {opt} alone says which branch; the parts of it go unsaid. */
    snprintf(root, sizeof root, "%.*s", (int)(dot - name), name);
    const hox_term *term = hox_sentence_root(c->values.sentence, root);
    return (!term || term->kind != HOX_TERM_CALL) && hox__table_has(c->used, root, strlen(root));
}

/* Does the program get to know the answer to every question? */
static hox_status check_used(const checker *c, const hox_walk *walk, hox_error *err)
{
    int n;
    char name[NAME_BYTES];
    const hox__runnable *r = c->runnable;
    const hox_answered *answer = hox_walk_answers(walk, &n);
    if (r->params || r->environment || !c->any_place)
        return HOX_OK;
    for (int i = 0; i < n; i++) {
        hox__point_name(answer[i].path, name);
        if (!is_used(c, name))
            return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0809",
                                 "the program never learns `%s`: no place holds it\nwrite {%s}, or "
                                 "read HOX_P_ variables or JSON in the program: --params-json -",
                                 name, name);
    }
    return HOX_OK;
}

/* ---- the draws ---- */

static hox_status draw(checker *c, hox_walk *walk, int i, hox_sentence **sentence, hox_error *err)
{
    const hox_rng root = hox_rng_seed(0);
    hox_rng rng = hox_rng_child(&root, "check", (uint64_t)i);
    hox_walk_restart(walk);
    hox_status status = i == 0 ? hox_walk_derive(walk, hox_answer_default, NULL, NULL, NULL)
                               : hox_walk_derive(walk, hox_answer_prior, &rng, NULL, err);
    if (i == 0 && status != HOX_OK) {
        hox_walk_restart(walk);
        status = hox_walk_derive(walk, hox_answer_prior, &rng, NULL, err);
    }
    if (status == HOX_OK)
        status = hox_walk_finish(walk, sentence, err);
    c->values.sentence = *sentence;
    return status;
}

static hox_status check_draws(checker *c, hox_walk *walk, names *known, hox_error *err)
{
    hox_status status = HOX_OK;
    for (int i = 0; i < DRAWS && status == HOX_OK; i++) {
        hox_sentence *sentence = NULL;
        status = draw(c, walk, i, &sentence, err);
        if (status == HOX_OK) {
            hox__values_each(&c->values, note_name, c);
            hox__values_each(&c->values, gather, known);
            all_places(c, look, c);
            status = check_used(c, walk, err);
        }
        hox_sentence_free(sentence);
    }
    return status;
}

static hox_status check_places(checker *c, names *known, const char **place, hox_error *err)
{
    lost l = {.c = c};
    all_places(c, find_lost, &l);
    *place = l.name ? l.name : c->missing ? c->missing->name : NULL;
    if (l.name)
        return unknown(c, l.name, known, err);
    if (!c->missing)
        return HOX_OK;
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0806",
                         "`{%s}` is absent in some sentences\nput it and what belongs to it in "
                         "brackets, which are left out then: [--flag {%s}]",
                         c->missing->name, c->missing->name);
}

hox_status hox__runnable_check_program(const hox__runnable *r, hox_error *err)
{
    const hox__word *first = &r->words.word[0];
    if (first->n != 1 || !first->piece[0].text || hox__program_exists(first->piece[0].text))
        return HOX_OK;
    return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0807",
                         "cannot start `%s`: there is no such program%s", first->piece[0].text,
                         strpbrk(first->piece[0].text, "|&;<>$*")
                             ? "\nno shell reads the command; write `sh -c '…'` for one"
                             : "");
}

hox_status hox__runnable_check(const hox__runnable *r, const hox_space *space, const char **place,
                               hox_error *err)
{
    const char *wrong = NULL;
    double low, high = 0;
    const char *root;
    names known = {.n = 0};
    checker c = {.runnable = r, .space = space};
    if (!hox_space_budget(space, &low, &high, &root))
        high = 0;
    c.values = (hox__values){.space = space, .budget = high};
    c.used = hox__table_new();
    c.present = hox__table_new();
    hox_walk *walk = hox_walk_new(space, err);
    hox_status status = walk ? HOX_OK : HOX_ERR_MEMORY;
    if (!c.used || !c.present)
        status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to check the command");
    if (status == HOX_OK) {
        all_places(&c, use, &c);
        status = check_draws(&c, walk, &known, err);
    }
    hox_error places = {0};
    /* An unknown place is the better message than a value that is then used nowhere. */
    if ((status == HOX_OK || strcmp(err ? err->code : "", "E0809") == 0) &&
        check_places(&c, &known, &wrong, &places) != HOX_OK) {
        status = places.status;
        if (err)
            *err = places;
    }
    for (size_t i = 0; i < known.n; i++)
        hox_text_free((char *)(uintptr_t)known.names[i]);
    hox_walk_free(walk);
    hox__table_free(c.used);
    hox__table_free(c.present);
    if (place)
        *place = wrong;
    return status;
}
