#include "search/answers.h"
#include "base/alloc.h"
#include <stdlib.h>
#include <string.h>

bool hox__answer_same(hox_question kind, hox_answer a, hox_answer b)
{
    return kind == HOX_ASK_REAL ? a.real == b.real : a.index == b.index;
}

static int by_address(const void *a, const void *b, void *ctx)
{
    const hox_answered *answer = ctx;
    const uintptr_t x = (uintptr_t)answer[*(const int *)a].path;
    const uintptr_t y = (uintptr_t)answer[*(const int *)b].path;
    return (x > y) - (x < y);
}

hox_status hox__answers_copy(const hox_asked *asked, hox__answers *out)
{
    const size_t n = (size_t)asked->n;
    *out = (hox__answers){.answer = hox__alloc(n, sizeof *out->answer),
                          .by_path = hox__alloc(n, sizeof *out->by_path),
                          .n = asked->n};
    if (!out->answer || !out->by_path) {
        hox__answers_free(out);
        return HOX_ERR_MEMORY;
    }
    if (n)
        memcpy(out->answer, asked->answer, n * sizeof *out->answer);
    for (int i = 0; i < out->n; i++)
        out->by_path[i] = i;
    if (n)
        qsort_r(out->by_path, n, sizeof *out->by_path, by_address, out->answer);
    return HOX_OK;
}

void hox__answers_free(hox__answers *answers)
{
    hox__free(answers->answer);
    hox__free(answers->by_path);
    *answers = (hox__answers){0};
}

const hox_answer *hox__answers_find(const hox__answers *answers, const char *path)
{
    int low = 0, high = answers->n - 1;
    while (low <= high) {
        const int middle = low + (high - low) / 2;
        const hox_answered *a = &answers->answer[answers->by_path[middle]];
        if (a->path == path)
            return &a->answer;
        if ((uintptr_t)a->path < (uintptr_t)path)
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
        if (a->answer[i].path != b->answer[i].path ||
            !hox__answer_same(a->answer[i].kind, a->answer[i].answer, b->answer[i].answer))
            return false;
    return true;
}
