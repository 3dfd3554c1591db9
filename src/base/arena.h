/* Arenas: memory with one owner and one end. A parse, a sentence, a study each own one and end by
 * freeing it. An arena has a limit of bytes and reports reaching it by NULL. Not thread-safe. */
#ifndef HOX_BASE_ARENA_H
#define HOX_BASE_ARENA_H

#include <hox/export.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Open, so that the common case of an allocation is a few instructions. */
typedef struct hox__arena {
    char *at, *end; /* what is left of the newest block, and within the limit */
    void *newest;
    size_t max, next_size;
} hox__arena;
enum { HOX__ARENA_ALIGN = 16 };

hox__arena *hox__arena_new(size_t bytes_max); /* NULL when memory is short */
hox__arena *hox__arena_new_sized(size_t bytes_max,
                                 size_t first); /* its first block holds `first` */
void hox__arena_free(hox__arena *arena);        /* NULL is fine */

void *hox__arena_more(hox__arena *arena, size_t bytes); /* in a new block */

/* Zeroed, aligned for any type; NULL at the limit, when memory is short, or on overflow. */
static inline void *hox__arena_alloc(hox__arena *arena, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX - HOX__ARENA_ALIGN)
        return NULL;
    bytes = (bytes + HOX__ARENA_ALIGN - 1) / HOX__ARENA_ALIGN * HOX__ARENA_ALIGN;
    if (!arena->at || bytes > (size_t)(arena->end - arena->at))
        return hox__arena_more(arena, bytes);
    char *p = arena->at;
    arena->at += bytes;
    return memset(p, 0, bytes);
}

#define HOX__NEW(arena, type)      ((type *)hox__arena_alloc((arena), 1, sizeof(type)))
#define HOX__NEW_N(arena, type, n) ((type *)hox__arena_alloc((arena), (n), sizeof(type)))

/* Copies of text, NUL-terminated. */
char *hox__arena_copy(hox__arena *arena, const char *s, size_t n);
char *hox__arena_printf(hox__arena *arena, const char *format, ...) HOX_PRINTF(2, 3);

/* Everything allocated after a mark is released by rewinding to it. {0} is the beginning; there the
 * first block stays, for what is done again and again. */
typedef struct {
    void *block;
    size_t used;
} hox__arena_mark;

hox__arena_mark hox__arena_here(const hox__arena *arena);
void hox__arena_rewind(hox__arena *arena, hox__arena_mark mark);

size_t hox__arena_bytes(const hox__arena *arena); /* handed out so far */

#endif
