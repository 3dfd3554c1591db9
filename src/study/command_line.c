#include "study/command_line.h"
#include "study/runnable.h"
#include <string.h>

enum { ARENA_BYTES = 1 << 24 };

static void put_word(hox__text *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./,:=+@%";
    if (*word && strspn(word, plain) == strlen(word)) {
        hox__text_puts(out, word);
        return;
    }
    hox__text_putc(out, '\'');
    for (; *word; word++)
        if (*word == '\'')
            hox__text_puts(out, "'\\''");
        else
            hox__text_putc(out, *word);
    hox__text_putc(out, '\'');
}

hox_status hox__command_line(const hox__values *values, hox__text *out, hox_error *err)
{
    hox__runnable runnable;
    const hox__filler filler = hox__values_filler(values);
    const char **argv;
    int n;
    hox__arena *arena = hox__arena_new(ARENA_BYTES);
    if (!arena)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory for a command");
    hox_status status = hox__runnable_read(values->space, arena, &runnable, err);
    if (status == HOX_OK) {
        status = hox__words_fill(&runnable.words, &filler, arena, &argv, &n, err);
        for (int i = 0; status == HOX_OK && i < n; i++) {
            if (i)
                hox__text_putc(out, ' ');
            put_word(out, argv[i]);
        }
    }
    hox__runnable_free(&runnable);
    hox__arena_free(arena);
    return status;
}

typedef struct {
    const hox__values *values;
    hox__text *out;
    bool any;
} line_writer;

static void put_value(void *ctx, const char *name, const hox_term *term)
{
    line_writer *w = ctx;
    hox__text_printf(w->out, "%s%s=", w->any ? " " : "", name);
    hox__value_print(w->values, term, NULL, w->out);
    w->any = true;
}

void hox__values_line(const hox__values *values, hox__text *out)
{
    line_writer w = {.values = values, .out = out};
    hox__values_each(values, put_value, &w);
}
