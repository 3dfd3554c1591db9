#include "search/answers.h"
#include "base/alloc.h"
#include <stdlib.h>
#include <string.h>

bool hox__answer_same(hox_question kind, hox_answer a, hox_answer b)
{
    return kind == HOX_ASK_REAL ? a.real == b.real : a.index == b.index;
}

static int compare_keys(const void *a, const void *b, void *ctx)
{
    const hox_answered *answer = ctx;
    const uint64_t x = answer[*(const int *)a].key, y = answer[*(const int *)b].key;
    return (x > y) - (x < y);
}

hox_status hox__answers_copy(const hox_asked *asked, hox__answers *out)
{
    const size_t n = (size_t)asked->n;
    *out = (hox__answers){.answer = hox__alloc(n, sizeof *out->answer),
                          .by_key = hox__alloc(n, sizeof *out->by_key),
                          .n = asked->n};
    if (!out->answer || !out->by_key) {
        hox__answers_free(out);
        return HOX_ERR_MEMORY;
    }
    if (n)
        memcpy(out->answer, asked->answer, n * sizeof *out->answer);
    for (int i = 0; i < out->n; i++) {
        out->answer[i].path = NULL;
        out->by_key[i] = i;
    }
    if (n)
        qsort_r(out->by_key, n, sizeof *out->by_key, compare_keys, out->answer);
    return HOX_OK;
}

void hox__answers_free(hox__answers *answers)
{
    hox__free(answers->answer);
    hox__free(answers->by_key);
    *answers = (hox__answers){0};
}

const hox_answer *hox__answers_find(const hox__answers *answers, uint64_t key)
{
    int low = 0, high = answers->n - 1;
    while (low <= high) {
        const int middle = low + (high - low) / 2;
        const hox_answered *a = &answers->answer[answers->by_key[middle]];
        if (a->key == key)
            return &a->answer;
        if (a->key < key)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return NULL;
}

bool hox__answers_equal(const hox__answers *a, const hox_asked *b)
{
    if (a->n != b->n)
        return false;
    for (int i = 0; i < a->n; i++)
        if (a->answer[i].key != b->answer[i].key ||
            !hox__answer_same(a->answer[i].kind, a->answer[i].answer, b->answer[i].answer))
            return false;
    return true;
}
