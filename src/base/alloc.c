/* The heap, behind one door: sizes are checked for overflow here, and tests make it fail here. */
#include "base/alloc.h"
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>

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

enum { SMALL = 4 << 10, LARGE = 2 << 20 };

static size_t multiple(size_t bytes, size_t of)
{
    return (bytes + of - 1) / of * of;
}

/* Whatever holds a whole large page or two gets large pages, where they fit. The wish is for all of
 * the block's pages, so that a mapping of its own stays one and can still be moved when it grows.
 */
static void *with_large_pages(void *p, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    const size_t before = (uintptr_t)p % SMALL;
    if (p && bytes >= 2 * (size_t)LARGE)
        madvise((char *)p - before, multiple(before + bytes, SMALL), MADV_HUGEPAGE);
#else
    (void)bytes;
#endif
    return p;
}

void *hox__alloc(size_t n, size_t size)
{
    size_t bytes;
    if (refused() || __builtin_mul_overflow(n, size, &bytes))
        return NULL;
    return with_large_pages(calloc(bytes ? bytes : 1, 1), bytes);
}

void *hox__realloc(void *old, size_t n, size_t size)
{
    size_t bytes;
    if (refused() || __builtin_mul_overflow(n, size, &bytes))
        return NULL;
    return with_large_pages(realloc(old, bytes ? bytes : 1), bytes);
}

void hox__free(void *p)
{
    free(p);
}

/* ---- pages ---- */

/* What is beyond the last large page is one more where that adds no more than a 64th, so that
 * what is asked for is about what is taken; else small ones. */
static size_t in_large_pages(size_t bytes)
{
    const size_t up = multiple(bytes, LARGE);
    return up - bytes <= bytes / 64 ? up : bytes / LARGE * LARGE;
}

static size_t mapped(size_t bytes)
{
    const size_t large = in_large_pages(bytes);
    return large > bytes ? large : multiple(bytes ? bytes : 1, SMALL);
}

static void give_back(void *p, size_t bytes)
{
    if (bytes)
        munmap(p, bytes);
}

/* The system places mappings at any small page: what lies before the first large one and behind
 * the last is given back. */
void *hox__alloc_pages(size_t bytes)
{
    if (refused() || bytes > SIZE_MAX / 2)
        return NULL;
    const size_t all = mapped(bytes), large = in_large_pages(bytes);
    char *at = mmap(NULL, all + LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    const size_t before = multiple((uintptr_t)at, LARGE) - (uintptr_t)at;
    give_back(at, before);
    give_back(at + before + all, LARGE - before);
#ifdef MADV_HUGEPAGE
    if (large)
        madvise(at + before, large, MADV_HUGEPAGE); /* a wish */
#endif
    return at + before;
}

void hox__free_pages(void *p, size_t bytes)
{
    if (p)
        munmap(p, mapped(bytes));
}

void hox__alloc_soon(void *p, size_t bytes)
{
#ifdef MADV_POPULATE_WRITE
    const size_t before = multiple((uintptr_t)p, SMALL) - (uintptr_t)p;
    if (bytes > before + SMALL)
        madvise((char *)p + before, (bytes - before) / SMALL * SMALL, MADV_POPULATE_WRITE);
#else
    (void)p;
    (void)bytes;
#endif
}

void hox__heap_begin(void)
{
#if defined(M_TRIM_THRESHOLD) && defined(MADV_POPULATE_WRITE)
    enum { FIRST_BYTES = 1 << 20, MAPPED_BYTES = 4 << 20, KEPT_BYTES = 16 << 20 };
    mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    char *first = malloc(FIRST_BYTES);
    const size_t beyond = (uintptr_t)first % SMALL;
    if (first)
        madvise(first - beyond, FIRST_BYTES, MADV_POPULATE_WRITE); /* or page by page, later */
    free(first);
#endif
}
