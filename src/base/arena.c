/* A chain of blocks, newest first; each is twice as large as the one before, up to 1 MiB, or as
 * large as the request needs. */
#include "base/arena.h"
#include "base/alloc.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    ALIGN = HOX__ARENA_ALIGN,
    FIRST_BLOCK = 4096,
    LARGEST_BLOCK = 1 << 20,
    BLOCK_SOON = 1 << 18
};

typedef struct block block;
struct block {
    block *older;
    size_t size;   /* of the bytes behind this header */
    size_t before; /* bytes handed out in older blocks */
};

enum { HEADER = (sizeof(block) + ALIGN - 1) / ALIGN * ALIGN };

static char *first_byte(block *b)
{
    return (char *)b + HEADER;
}

/* Goes on in `b` behind `used` bytes, up to its end or to the limit of the arena. */
static void stand(hox__arena *arena, block *b, size_t used)
{
    arena->newest = b;
    arena->at = arena->end = NULL;
    if (!b)
        return;
    const size_t rest = b->size - used, allowed = arena->max - b->before - used;
    arena->at = first_byte(b) + used;
    arena->end = arena->at + (rest < allowed ? rest : allowed);
}

static size_t used_of(const hox__arena *arena)
{
    return arena->newest ? (size_t)(arena->at - first_byte(arena->newest)) : 0;
}

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
    for (block *b = arena->newest, *older; b != keep; b = older) {
        older = b->older;
        hox__free(b);
    }
}

void hox__arena_free(hox__arena *arena)
{
    if (!arena)
        return;
    free_until(arena, NULL);
    hox__free(arena);
}

static bool add_block(hox__arena *arena, size_t bytes)
{
    const size_t size = arena->next_size > bytes ? arena->next_size : bytes;
    const size_t total = hox__arena_bytes(arena);
    block *b =
        hox__realloc(NULL, HEADER + size, 1); /* not zeroed: each piece is, when handed out */
    if (!b)
        return false;
    if (size >= BLOCK_SOON)
        hox__alloc_soon(b, HEADER + size);
    *b = (block){arena->newest, size, total};
    stand(arena, b, 0);
    if (arena->next_size < LARGEST_BLOCK)
        arena->next_size *= 2;
    return true;
}

void *hox__arena_more(hox__arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX - HEADER || bytes > arena->max - hox__arena_bytes(arena) ||
        !add_block(arena, bytes))
        return NULL;
    char *p = arena->at;
    arena->at += bytes;
    return memset(p, 0, bytes);
}

char *hox__arena_copy(hox__arena *arena, const char *s, size_t n)
{
    char *copy = hox__arena_alloc(arena, n < SIZE_MAX ? n + 1 : n, 1);
    if (copy && n)
        memcpy(copy, s, n);
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
    return (hox__arena_mark){arena->newest, used_of(arena)};
}

/* The first block stays, and blocks grow from there again. */
static hox__arena_mark beginning(hox__arena *arena)
{
    block *b = arena->newest;
    while (b && b->older)
        b = b->older;
    if (b)
        arena->next_size = b->size < LARGEST_BLOCK / 2 ? 2 * b->size : LARGEST_BLOCK;
    return (hox__arena_mark){b, 0};
}

void hox__arena_rewind(hox__arena *arena, hox__arena_mark mark)
{
    if (!mark.block)
        mark = beginning(arena);
    free_until(arena, mark.block);
    stand(arena, mark.block, mark.used);
}

size_t hox__arena_bytes(const hox__arena *arena)
{
    const block *b = arena->newest;
    return b ? b->before + used_of(arena) : 0;
}
