/* A text that grows. Failing to grow is remembered in `failed` and makes every later addition a
 * no-op, so callers check once, at the end. */
#ifndef HOX_BASE_TEXT_H
#define HOX_BASE_TEXT_H

#include <hox/export.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    char *data; /* NUL-terminated when len > 0; NULL while empty */
    size_t len, cap;
    bool failed;
} hox__text; /* start with {0} */

void hox__text_add(hox__text *text, const char *s, size_t n);
void hox__text_room(hox__text *text, size_t n); /* for n bytes more and the NUL */
void hox__text_puts(hox__text *text, const char *s);
void hox__text_putc(hox__text *text, char c);
void hox__text_printf(hox__text *text, const char *format, ...) HOX_PRINTF(2, 3);
void hox__text_number(hox__text *text, double value); /* shortest; see number.h */
void hox__text_clear(hox__text *text);                /* keeps the memory and clears `failed` */
void hox__text_deinit(hox__text *text);
const char *hox__text_get(const hox__text *text); /* "" while empty */
char *hox__text_take(
    hox__text *text); /* hox__free() it; NULL when `failed`; never NULL for an empty text */

/* The nearest of `n` names to `word` by Damerau-Levenshtein distance <= max(1, len/3), whatever
 * the case, or NULL. */
const char *hox__nearest(const char *word, const char *const *names, size_t n);

/* Adds `s` with control bytes, invalid UTF-8 and bidirectional controls shown as \xNN or \u{NNNN},
 * so that no text from a file or a trial can drive a terminal. */
void hox__text_escaped(hox__text *text, const char *s, size_t n);

/* Adds `s` with every byte that is not part of well-formed UTF-8 replaced by U+FFFD. */
void hox__text_utf8(hox__text *text, const char *s, size_t n);

#endif
