#include "search/design.h"
#include "base/text.h"
#include "space/draw.h"
#include <string.h>

enum {
    PROBES = 64,    /* draws that look for questions */
    SPENT_MAX = 500 /* points passed over in one step; then the suggestion is a random draw */
};

/* ---- dimensions ---- */

static hox_status no_memory(hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a design");
}

static bool count_dimensions(hox__design *d, int max)
{
    int n;
    const hox_answered *answer = hox_walk_answers(d->walk, &n);
    for (int i = 0; i < n && d->dimensions < max; i++) {
        if (hox__table_has(d->dimension, &answer[i].key, sizeof answer[i].key))
            continue;
        if (!hox__table_put(d->dimension, &answer[i].key, sizeof answer[i].key,
                            (void *)(intptr_t)(d->dimensions + 1)))
            return false;
        d->dimensions++;
    }
    return true;
}

hox_status hox__design_init(hox__design *d, const hox_space *space, uint64_t seed,
                            hox__design_unit unit, int dimensions_max, hox_error *err)
{
    hox_rng root = hox_rng_seed(seed);
    *d = (hox__design){
        .space = space, .unit = unit, .end = UINT64_MAX, .rng = hox_rng_child(&root, "design", 0)};
    d->walk = hox_walk_new(space, err);
    d->dimension = hox__table_new();
    d->seen = hox__table_new();
    if (!d->walk || !d->dimension || !d->seen)
        return no_memory(err);
    hox_rng rng = hox_rng_child(&d->rng, "probe", 0);
    for (int i = 0; i <= PROBES; i++) {
        const hox_status status =
            hox_walk_derive(d->walk, i ? hox_answer_prior : hox_answer_default, &rng, NULL, NULL);
        if (status == HOX_ERR_MEMORY)
            return no_memory(err);
        if (status == HOX_OK && !count_dimensions(d, dimensions_max))
            return no_memory(err);
    }
    return HOX_OK;
}

void hox__design_deinit(hox__design *d)
{
    hox_walk_free(d->walk);
    hox__table_free(d->dimension);
    hox__table_free(d->seen);
    *d = (hox__design){0};
}

/* ---- points ---- */

static double coordinate(const hox__design *d, uint64_t index, uint64_t key, hox_rng *rare)
{
    const intptr_t known = (intptr_t)hox__table_get(d->dimension, &key, sizeof key);
    return known ? d->unit(d, index, (int)known - 1) : hox_rng_unit(rare);
}

typedef enum { POINT_NEW, POINT_SPENT, POINT_MEMORY } point_state;

/* Walks point `index`. */
static point_state visit(const hox__design *d, uint64_t index, hox_walk *walk)
{
    const hox_choice *c;
    hox_rng rare = hox_rng_child(&d->rng, "rare", index);
    hox_walk_restart(walk);
    while ((c = hox_walk_next(walk)) != NULL) {
        const double u = coordinate(d, index, c->key, &rare);
        if (hox_walk_answer(walk, hox__choice_at(c, u), NULL) != HOX_OK)
            return POINT_MEMORY; /* what lies in the prior is admitted */
    }
    hox_sentence *sentence = NULL;
    const hox_status status = hox_walk_finish(walk, &sentence, NULL);
    hox_sentence_free(sentence);
    if (status != HOX_OK)
        return status == HOX_ERR_MEMORY ? POINT_MEMORY : POINT_SPENT;
    char *text = hox_walk_text(walk);
    if (!text)
        return POINT_MEMORY;
    const bool seen = hox__table_has(d->seen, text, strlen(text));
    hox_text_free(text);
    return seen ? POINT_SPENT : POINT_NEW;
}

/* The first point from d->next on that is new, on `walk`; *index is behind the points passed over.
 */
static point_state find_new(const hox__design *d, hox_walk *walk, uint64_t *index)
{
    point_state state = POINT_SPENT;
    *index = d->next;
    for (int i = 0; i < SPENT_MAX && *index < d->end; i++, ++*index) {
        state = visit(d, *index, walk);
        if (state != POINT_SPENT)
            break;
    }
    return state;
}

/* ---- the method ---- */

static bool remember(hox__design *d, const hox_asked *asked)
{
    hox__text text = {0};
    for (int i = 0; i < asked->n; i++) {
        const hox_answered *a = &asked->answer[i];
        if (i)
            hox__text_putc(&text, ';');
        hox__text_number(&text, a->kind == HOX_ASK_REAL ? a->answer.real : (double)a->answer.index);
    }
    const bool ok = !text.failed && hox__table_put(d->seen, hox__text_get(&text), text.len, d);
    hox__text_deinit(&text);
    return ok;
}

hox_status hox__design_seek(hox__design *d)
{
    uint64_t index;
    if (find_new(d, d->walk, &index) == POINT_MEMORY)
        return HOX_ERR_MEMORY;
    d->next = index;
    return HOX_OK;
}

hox_status hox__design_asked(hox__design *d, const hox_asked *asked)
{
    return remember(d, asked) ? hox__design_seek(d) : HOX_ERR_MEMORY;
}

hox_status hox__design_suggest(const hox__design *d, hox_walk *walk, hox_rng *rng, hox_error *err)
{
    uint64_t index;
    switch (find_new(d, walk, &index)) {
    case POINT_NEW:
        return HOX_OK;
    case POINT_MEMORY:
        return no_memory(err);
    case POINT_SPENT:
        break;
    }
    return hox_walk_derive(walk, hox_answer_prior, rng, NULL, err);
}
