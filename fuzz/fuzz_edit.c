/* room: space */
/* A space, a zero byte, then bytes that seed edits one after the other: each gives a legal
 * sentence, or a reason. */
#include <hox/rng.h>
#include <hox/space.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void edit(hox_space *space, const uint8_t *seed, size_t n)
{
    hox_walk *from = hox_walk_new(space, NULL), *to = hox_walk_new(space, NULL);
    hox_rng start = hox_rng_seed(n);
    const hox_choice *c;
    int asked = 0;
    while ((c = hox_walk_next(from)) && ++asked < 300)
        hox_walk_answer(from, hox_choice_draw(c, &start), NULL);
    hox_sentence *sentence = NULL;
    if (c || hox_walk_finish(from, &sentence, NULL) != HOX_OK)
        n = 0;
    hox_sentence_free(sentence);
    for (size_t i = 0; i < n && i < 6; i++) {
        hox_rng rng = hox_rng_seed(seed[i]);
        hox_error err = {0};
        char what[80];
        if (hox_edit_any(from, NULL, &rng, to, what, &err) != HOX_OK) {
            if (!err.message[0])
                abort();
            break;
        }
        sentence = NULL;
        if (hox_walk_finish(to, &sentence, NULL) != HOX_OK)
            abort();
        hox_sentence_free(sentence);
        const double d = hox_walk_distance(from, to);
        if (!(d >= 0 && d <= 1))
            abort();
        hox_walk *kept = from;
        from = to;
        to = kept;
    }
    hox_walk_free(from);
    hox_walk_free(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const uint8_t *zero = n ? memchr(data, 0, n) : NULL;
    const size_t length = zero ? (size_t)(zero - data) : n;
    hox_diagnostics *list = hox_diagnostics_new();
    hox_space *space = NULL;
    if (length < 4096 &&
        hox_space_load("fuzz.hox", (const char *)data, length, NULL, list, &space) == HOX_OK &&
        zero)
        edit(space, zero + 1, n - length - 1);
    hox_space_free(space);
    hox_diagnostics_free(list);
    return 0;
}
