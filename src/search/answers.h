/* What several methods keep of a trial: its answers, found again by the key of their path. */
#ifndef HOX_SEARCH_ANSWERS_H
#define HOX_SEARCH_ANSWERS_H

#include "search/strategy.h"

/* A copy of what a trial was asked, without the paths, which go with the walk. */
typedef struct {
    hox_answered *answer; /* [n], in the order of asking */
    int n;
    int *by_key; /* [n] indices, sorted by key */
} hox__answers;

/* HOX_ERR_MEMORY is the only failure; *out is empty then. */
hox_status hox__answers_copy(const hox_asked *asked, hox__answers *out);
void hox__answers_free(hox__answers *answers);

/* The answer to the question of that key, or NULL. */
const hox_answer *hox__answers_find(const hox__answers *answers, uint64_t key);

/* Are both the same answers to the same questions? */
bool hox__answers_equal(const hox__answers *a, const hox_asked *b);

bool hox__answer_same(hox_question kind, hox_answer a, hox_answer b);

#endif
