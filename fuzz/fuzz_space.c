/* room: space */
/* Any text: load, derive the default and two draws, print, load what was printed. */
#include <hox/rng.h>
#include <hox/space.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void again(const char *text, const char *key)
{
    hox_diagnostics *list = hox_diagnostics_new();
    hox_space *space = NULL;
    if (hox_space_load("again", text, strlen(text), NULL, list, &space) == HOX_OK) {
        hox_walk *walk = hox_walk_new(space, NULL);
        hox_sentence *sentence = NULL;
        if (!hox_space_is_sentence(space) || hox_walk_next(walk) ||
            hox_walk_finish(walk, &sentence, NULL) != HOX_OK ||
            strcmp(hox_sentence_key(sentence), key))
            abort();
        hox_sentence_free(sentence);
        hox_walk_free(walk);
    }
    hox_space_free(space);
    hox_diagnostics_free(list);
}

static void derive(hox_walk *walk, hox_answerer answer, void *ctx)
{
    const hox_choice *c;
    hox_walk_restart(walk);
    for (int k = 0; k < 2000 && (c = hox_walk_next(walk)); k++)
        if (hox_walk_answer(walk, answer(ctx, c, 0), NULL) != HOX_OK)
            abort();
    hox_sentence *sentence = NULL;
    if (hox_walk_finish(walk, &sentence, NULL) != HOX_OK)
        return;
    char *text = hox_sentence_text(sentence, false);
    if (text && strlen(text) < 100000)
        again(text, hox_sentence_key(sentence));
    hox_text_free(text);
    hox_text_free(hox_sentence_summary(sentence));
    hox_sentence_free(sentence);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hox_diagnostics *list = hox_diagnostics_new();
    hox_space *space = NULL;
    if (hox_space_load("fuzz.hox", (const char *)data, n, NULL, list, &space) == HOX_OK) {
        hox_walk *walk = hox_walk_new(space, NULL);
        hox_rng rng = hox_rng_seed(n);
        derive(walk, hox_answer_default, NULL);
        derive(walk, hox_answer_prior, &rng);
        hox_walk_free(walk);
    }
    hox_space_free(space);
    hox_diagnostics_free(list);
    return 0;
}
