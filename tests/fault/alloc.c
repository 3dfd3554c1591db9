/* Preloaded into a program: makes its k-th allocation fail, whoever asks for it - the program,
 * SQLite, jansson, libc - once or from then on (reliability H7). Only the process that was started
 * counts, not its forks.
 *
 *     HOX_ALLOC_AT=K     at allocation K, counted from 1     HOX_ALLOC_STAY=1   and at all later
 * ones HOX_ALLOC_COUNT=F  writes the number of allocations to F when the program ends by itself
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t n);
extern void *__libc_memalign(size_t alignment, size_t n);

static long calls, at;
static int on, stay;
static pid_t counted;

__attribute__((constructor)) static void begin(void)
{
    const char *k = getenv("HOX_ALLOC_AT");
    at = k ? atol(k) : 0;
    stay = getenv("HOX_ALLOC_STAY") != NULL;
    counted = getpid();
    on = 1;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("HOX_ALLOC_COUNT");
    on = 0;
    FILE *f = path && getpid() == counted ? fopen(path, "w") : NULL;
    if (!f)
        return;
    fprintf(f, "%ld\n", calls);
    fclose(f);
}

static int refused(void)
{
    if (!on || getpid() != counted)
        return 0;
    const long call = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    if (at <= 0 || (call != at && !(stay && call > at)))
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t n)
{
    return refused() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return refused() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t n)
{
    return refused() ? NULL : __libc_realloc(old, n);
}

void *memalign(size_t alignment, size_t n)
{
    return refused() ? NULL : __libc_memalign(alignment, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
    return memalign(alignment, n);
}

int posix_memalign(void **p, size_t alignment, size_t n)
{
    void *got = memalign(alignment, n);
    if (!got)
        return ENOMEM;
    *p = got;
    return 0;
}
