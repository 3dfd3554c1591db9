/* Which objective a space means, and what the controller knows of each. */
#include "data/dataset.h"
#include "nn/train.h"
#include "study/instant.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const hox__objective *hox__objective_of(const hox_space *space)
{
    static const hox__objective *const all[] = {&hox__objective_function, &hox__objective_table,
                                                &hox__objective_command, &hox__objective_native};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i]->call ? hox__objective_call(space, all[i]->call) != NULL
                         : hox_space_has(space, all[i]->root))
            return all[i];
    return &hox__objective_told;
}

/* ---- native ---- */

/* A sentence of the space, any: the default one if it can be. */
static hox_status some_sentence(const hox_space *space, hox_sentence **sentence, hox_error *err)
{
    hox_rng rng = hox_rng_seed(0);
    hox_walk *walk = hox_walk_new(space, err);
    if (!walk)
        return HOX_ERR_MEMORY;
    hox_status status = hox_walk_derive(walk, hox_answer_default, NULL, NULL, NULL);
    if (status != HOX_OK) {
        hox_walk_restart(walk);
        status = hox_walk_derive(walk, hox_answer_prior, &rng, NULL, err);
    }
    if (status == HOX_OK)
        status = hox_walk_finish(walk, sentence, err);
    hox_walk_free(walk);
    return status;
}

/* The recipe reads `objective`, and says what else of the recipe cannot be. */
hox_status hox__native_aim(const hox_space *space, hox__arena *arena, hox__aim *aim, hox_error *err)
{
    hox__recipe recipe;
    hox_sentence *sentence = NULL;
    double low, budget;
    const char *root;
    if (!hox_space_budget(space, &low, &budget, &root))
        budget = 0;
    hox_status status = some_sentence(space, &sentence, err);
    if (status == HOX_OK)
        status = hox__recipe_read(sentence, budget, &recipe, err);
    if (status == HOX_OK) {
        const char *metric = hox__arena_copy(arena, recipe.metric, strlen(recipe.metric));
        *aim = (hox__aim){.goal = {{metric, recipe.maximize, recipe.reduce}}, .goals = 1};
        status =
            metric ? HOX_OK : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a study");
    }
    hox_sentence_free(sentence);
    return status;
}

static void put_grouped(hox__text *out, int64_t n, const char *unit)
{
    char digits[32];
    const int len = snprintf(digits, sizeof digits, "%" PRId64, n);
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            hox__text_putc(out, ' ');
        hox__text_putc(out, digits[i]);
    }
    hox__text_puts(out, unit);
}

/* "60 000 train, 10 000 test, 28x28x1, 10 classes; 54 000 to fit, 6 000 to validate" */
void hox__native_describe(const hox_space *space, const hox__line *r, hox__text *out)
{
    if (r->train <= 0)
        return;
    put_grouped(out, r->train, " train, ");
    put_grouped(out, r->test, " test, ");
    const hox_facts image = {
        .height = r->height, .width = r->width, .channels = r->channels, .classes = r->classes};
    hox__facts_print(out, r->height > 0 ? &image : hox_space_facts(space));
    hox__text_puts(out, "; ");
    put_grouped(out, r->fit, " to fit, ");
    put_grouped(out, r->validate, " to validate");
}

/* ---- told ---- */

static hox_status aim_of_told(const hox_space *space, hox__arena *arena, hox__aim *aim,
                              hox_error *err)
{
    return hox__aim_read(hox_space_constant(space, "objective"), "value", arena, aim, err);
}

static hox_status open_told(const hox__objective_input *in, void **state, hox__line *ready,
                            hox_error *err)
{
    (void)state;
    (void)ready;
    return hox_fail_code(
        err, HOX_ERR_ARGUMENT, "E0201",
        "the space has neither `net` nor `command`: somebody else must run its "
        "trials\n`hox ask %s` gives one, `hox tell %s@T value=0.5` takes its result",
        in->study, in->study);
}

const hox__objective hox__objective_told = {
    .name = "told",
    .aim = aim_of_told,
    .open = open_told,
};
