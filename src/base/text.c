#include "base/text.h"
#include "base/alloc.h"
#include "base/number.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool grow(hox__text *text, size_t more)
{
    if (text->failed || more > SIZE_MAX / 2 - text->len)
        return !(text->failed = true);
    const size_t need = text->len + more + 1;
    if (need <= text->cap)
        return true;
    const size_t cap = need < 64 ? 64 : need + need / 2;
    char *data = hox__realloc(text->data, cap, 1);
    if (!data)
        return !(text->failed = true);
    text->data = data;
    text->cap = cap;
    return true;
}

void hox__text_room(hox__text *text, size_t n)
{
    if (grow(text, n))
        text->data[text->len] = '\0';
}

void hox__text_add(hox__text *text, const char *s, size_t n)
{
    if (!grow(text, n))
        return;
    if (n)
        memcpy(text->data + text->len, s, n);
    text->len += n;
    text->data[text->len] = '\0';
}

void hox__text_puts(hox__text *text, const char *s)
{
    hox__text_add(text, s, strlen(s));
}

void hox__text_putc(hox__text *text, char c)
{
    hox__text_add(text, &c, 1);
}

void hox__text_printf(hox__text *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        text->failed = true;
    else if (grow(text, (size_t)n)) {
        vsnprintf(text->data + text->len, (size_t)n + 1, format, again);
        text->len += (size_t)n;
    }
    va_end(again);
}

void hox__text_number(hox__text *text, double value)
{
    char s[HOX__NUMBER_MAX];
    hox__text_add(text, s, (size_t)hox__number_print(value, s));
}

void hox__text_clear(hox__text *text)
{
    text->len = 0;
    text->failed = false;
    if (text->data)
        text->data[0] = '\0';
}

void hox__text_deinit(hox__text *text)
{
    hox__free(text->data);
    *text = (hox__text){0};
}

const char *hox__text_get(const hox__text *text)
{
    return text->data ? text->data : "";
}

char *hox__text_take(hox__text *text)
{
    if (!text->data)
        hox__text_add(text, "", 0);
    char *data = text->failed ? NULL : text->data;
    if (!data)
        hox__free(text->data);
    *text = (hox__text){0};
    return data;
}

/* Damerau-Levenshtein distance with adjacent transpositions, capitals as small letters; words over
 * 63 bytes count as far. */
enum { WORD_MAX = 64 };

static bool alike(char a, char b)
{
    return a == b || tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t distance(const char *a, const char *b)
{
    const size_t n = strlen(a), m = strlen(b);
    if (n >= WORD_MAX || m >= WORD_MAX)
        return WORD_MAX;
    size_t row[3][WORD_MAX];
    for (size_t j = 0; j <= m; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = last[j - 1] + !alike(a[i - 1], b[j - 1]);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && alike(a[i - 1], b[j - 2]) && alike(a[i - 2], b[j - 1]) &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return row[n % 3][m];
}

const char *hox__nearest(const char *word, const char *const *names, size_t n)
{
    const size_t len = strlen(word);
    size_t limit = len / 3 > 1 ? len / 3 : 1;
    const char *best = NULL;
    for (size_t i = 0; i < n; i++) {
        const size_t d = distance(word, names[i]);
        if (d <= limit && (!best || d < limit)) {
            best = names[i];
            limit = d;
        }
    }
    return best;
}

/* Bytes of the well-formed UTF-8 sequence at s[0..n) and its code point; 0 when malformed. */
static size_t utf8(const unsigned char *s, size_t n, uint32_t *code)
{
    const size_t len = s[0] < 0x80                   ? 1
                       : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
                       : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
                       : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                                                     : 0;
    if (len == 0 || len > n)
        return 0;
    uint32_t c = len == 1 ? s[0] : s[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (c < least[len] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
        return 0;
    *code = c;
    return len;
}

static bool is_bidirectional(uint32_t c)
{
    return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

void hox__text_escaped(hox__text *text, const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    for (size_t i = 0; i < n;) {
        uint32_t code = 0;
        const size_t len = utf8(p + i, n - i, &code);
        if (len == 0 || (code < 0x20 && code != '\n' && code != '\t') || code == 0x7f)
            hox__text_printf(text, "\\x%02x", (unsigned)p[i]);
        else if ((code >= 0x80 && code < 0xa0) || is_bidirectional(code))
            hox__text_printf(text, "\\u{%04x}", (unsigned)code);
        else
            hox__text_add(text, s + i, len);
        i += len ? len : 1;
    }
}

void hox__text_utf8(hox__text *text, const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t code;
        const size_t len = utf8((const unsigned char *)s + i, n - i, &code);
        if (len)
            hox__text_add(text, s + i, len);
        else
            hox__text_puts(text, "\xef\xbf\xbd");
        i += len ? len : 1;
    }
}
