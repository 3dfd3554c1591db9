/* The heap, behind one door: sizes are checked for overflow here, and tests make it fail here. */
#include "base/alloc.h"
#include <stdlib.h>

/* Fault injection of the test that runs on this thread; off (-1) everywhere else. */
static _Thread_local int64_t fail_in = -1;
static _Thread_local bool fail_later;
static _Thread_local int64_t failures;

void hox__alloc_fail_at(int64_t k, bool all_later)
{
    fail_in = k;
    fail_later = all_later;
    failures = 0;
}

int64_t hox__alloc_failures(void)
{
    return failures;
}

static bool refused(void)
{
    if (fail_in < 0)
        return false;
    if (fail_in-- > 0)
        return false;
    if (fail_later)
        fail_in = 0;
    failures++;
    return true;
}

void *hox__alloc(size_t n, size_t size)
{
    size_t bytes;
    if (refused() || __builtin_mul_overflow(n, size, &bytes))
        return NULL;
    return calloc(bytes ? bytes : 1, 1);
}

void *hox__realloc(void *old, size_t n, size_t size)
{
    size_t bytes;
    if (refused() || __builtin_mul_overflow(n, size, &bytes))
        return NULL;
    return realloc(old, bytes ? bytes : 1);
}

void hox__free(void *p)
{
    free(p);
}
