/* room: study */
/* Bytes as a command with places: read or refused with a message; filled, every word is one, and a
 * word that is quoted reads as itself again. */
#include "study/placeholders.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool value(void *ctx, const hox__piece *place, hox__text *out)
{
    (void)ctx;
    if (strlen(place->name) % 4 == 3)
        return false;
    hox__text_puts(out, "a 'b\" [c] {d}");
    return true;
}

static bool part(void *ctx, const hox__piece *place, int i, hox__text *out)
{
    (void)ctx;
    (void)place;
    hox__text_printf(out, "part %d", i);
    return i < 3;
}

static void fill(const hox__words *words, hox__arena *arena)
{
    const hox__filler filler = {value, part, NULL};
    const char **out = NULL;
    int n = 0;
    hox_error err = {0};
    const hox_status status = hox__words_fill(words, &filler, arena, &out, &n, &err);
    if (status != HOX_OK && !err.message[0])
        abort();
    for (int i = 0; status == HOX_OK && i < n; i++)
        if (!out[i])
            abort();
    if (status == HOX_OK && out[n])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hox__arena *arena = hox__arena_new((size_t)1 << 26);
    char *text = arena && size < 1 << 16 ? hox__arena_copy(arena, (const char *)data, size) : NULL;
    for (int command = 0; text && command < 2; command++) {
        hox__words words = {0};
        hox_error err = {0};
        const hox_status status = command ? hox__words_read(text, arena, &words, &err)
                                          : hox__words_of_text(text, arena, &words, &err);
        if (status == HOX_OK)
            fill(&words, arena);
        else if (!err.message[0])
            abort();
    }
    hox__arena_free(arena);
    return 0;
}
