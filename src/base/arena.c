/* A chain of blocks, newest first; each is twice as large as the one before, up to 1 MiB, or as
 * large as the request needs. */
#include "base/arena.h"
#include "base/alloc.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ALIGN = 16, FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

typedef struct block block;
struct block {
    block *older;
    size_t size, used; /* of the bytes behind this header */
};

_Static_assert(sizeof(block) % ALIGN == 8 || sizeof(block) % ALIGN == 0, "header keeps alignment");
enum { HEADER = (sizeof(block) + ALIGN - 1) / ALIGN * ALIGN };

struct hox__arena {
    block *newest;
    size_t total, max, next_size;
};

hox__arena *hox__arena_new_sized(size_t bytes_max, size_t first)
{
    hox__arena *arena = hox__alloc(1, sizeof *arena);
    if (arena) {
        arena->max = bytes_max;
        arena->next_size = first > FIRST_BLOCK ? first : FIRST_BLOCK;
    }
    return arena;
}

hox__arena *hox__arena_new(size_t bytes_max)
{
    return hox__arena_new_sized(bytes_max, FIRST_BLOCK);
}

static void free_until(hox__arena *arena, const block *keep)
{
    while (arena->newest != keep) {
        block *gone = arena->newest;
        arena->newest = gone->older;
        hox__free(gone);
    }
}

void hox__arena_free(hox__arena *arena)
{
    if (!arena)
        return;
    free_until(arena, NULL);
    hox__free(arena);
}

static block *add_block(hox__arena *arena, size_t bytes)
{
    size_t size = arena->next_size > bytes ? arena->next_size : bytes;
    block *b =
        hox__realloc(NULL, HEADER + size, 1); /* not zeroed: each piece is, when handed out */
    if (!b)
        return NULL;
    b->older = arena->newest;
    b->size = size;
    b->used = 0;
    arena->newest = b;
    if (arena->next_size < LARGEST_BLOCK)
        arena->next_size *= 2;
    return b;
}

/* As hox__arena_alloc(), but not zeroed. */
static void *take(hox__arena *arena, size_t n, size_t size, size_t *taken)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX - ALIGN)
        return NULL;
    bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (bytes > arena->max - arena->total)
        return NULL;

    block *b = arena->newest;
    if (!b || bytes > b->size - b->used)
        b = add_block(arena, bytes);
    if (!b)
        return NULL;
    void *p = (char *)b + HEADER + b->used;
    b->used += bytes;
    arena->total += bytes;
    *taken = bytes;
    return p;
}

void *hox__arena_alloc(hox__arena *arena, size_t n, size_t size)
{
    size_t bytes;
    void *p = take(arena, n, size, &bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

char *hox__arena_copy(hox__arena *arena, const char *s, size_t n)
{
    size_t bytes;
    char *copy = take(arena, n < SIZE_MAX ? n + 1 : n, 1, &bytes);
    if (copy && n)
        memcpy(copy, s, n);
    if (copy)
        copy[n] = '\0';
    return copy;
}

char *hox__arena_printf(hox__arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *out = n < 0 ? NULL : hox__arena_alloc(arena, (size_t)n + 1, 1);
    if (out)
        vsnprintf(out, (size_t)n + 1, format, again);
    va_end(again);
    return out;
}

hox__arena_mark hox__arena_here(const hox__arena *arena)
{
    return (hox__arena_mark){arena->newest, arena->newest ? arena->newest->used : 0, arena->total};
}

void hox__arena_rewind(hox__arena *arena, hox__arena_mark mark)
{
    free_until(arena, mark.block);
    if (arena->newest)
        arena->newest->used = mark.used;
    arena->total = mark.total;
}

size_t hox__arena_bytes(const hox__arena *arena)
{
    return arena->total;
}
