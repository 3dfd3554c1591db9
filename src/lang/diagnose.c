/* The list of findings and its two faces: a compiler's text and JSON Lines. */
#include "lang/diagnose.h"
#include "base/alloc.h"
#include "base/json.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LIST_BYTES_MAX = 4 << 20, LINE_SHOWN_MAX = 400 };

typedef struct {
    hox_diagnostic d; /* first: the pointer handed out is the pointer to this */
    const char *line; /* the source line, cut to LINE_SHOWN_MAX bytes */
    size_t caret;     /* byte in `line` where the span begins */
} finding;

struct hox_diagnostics {
    hox__arena *arena;
    int errors, warnings, kept;
    finding *sorted[2 * HOX_DIAGNOSTICS_MAX];
};

hox_diagnostics *hox_diagnostics_new(void)
{
    hox_diagnostics *list = hox__alloc(1, sizeof *list);
    if (list && !(list->arena = hox__arena_new(LIST_BYTES_MAX))) {
        hox__free(list);
        list = NULL;
    }
    return list;
}

void hox_diagnostics_free(hox_diagnostics *list)
{
    if (!list)
        return;
    hox__arena_free(list->arena);
    hox__free(list);
}

int hox_diagnostics_errors(const hox_diagnostics *list)
{
    return list->errors;
}

int hox_diagnostics_warnings(const hox_diagnostics *list)
{
    return list->warnings;
}

const hox_diagnostic *hox_diagnostics_get(const hox_diagnostics *list, int i)
{
    return i >= 0 && i < list->kept ? &list->sorted[i]->d : NULL;
}

void hox_text_free(char *text)
{
    hox__free(text);
}

/* ---- adding ---- */

static bool continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Line, column and the text of the line that holds `byte`. */
static bool locate(hox_diagnostics *list, const hox__source *source, hox__place place, finding *f)
{
    const char *text = source->text;
    size_t begin = 0, end = place.byte < source->n ? place.byte : source->n;
    const size_t byte = end;
    int line = 1, column = 1;
    for (size_t i = 0; i < byte; i++) {
        const bool pair = text[i] == '\r' && i + 1 < source->n && text[i + 1] == '\n';
        if (text[i] == '\n' || (text[i] == '\r' && !pair)) {
            line++;
            begin = i + 1;
        }
    }
    while (end < source->n && text[end] != '\n' && text[end] != '\r')
        end++;
    for (size_t i = begin; i < byte; i++)
        column += !continuation(text[i]);
    f->d.span = (hox_span){.file = hox__arena_copy(list->arena, source->name, strlen(source->name)),
                           .line = line,
                           .column = column,
                           .byte = byte,
                           .length = place.length,
                           .label = ""};
    /* A line longer than a screen is shown around the caret. */
    size_t from = begin;
    if (byte - begin > LINE_SHOWN_MAX / 2) {
        from = byte - LINE_SHOWN_MAX / 4;
        while (from < byte && continuation(text[from]))
            from++;
    }
    if (end - from > LINE_SHOWN_MAX)
        end = from + LINE_SHOWN_MAX;
    f->line = hox__arena_copy(list->arena, text + from, end - from);
    f->caret = byte - from;
    return f->d.span.file && f->line;
}

static bool known(const hox_diagnostics *list, const finding *f)
{
    for (int i = 0; i < list->kept; i++) {
        const hox_span *s = &list->sorted[i]->d.span;
        if (s->byte == f->d.span.byte && s->length == f->d.span.length &&
            strcmp(s->file, f->d.span.file) == 0)
            return true;
    }
    return false;
}

static void keep(hox_diagnostics *list, finding *f)
{
    int at = list->kept++;
    for (; at > 0 && list->sorted[at - 1]->d.span.byte > f->d.span.byte &&
           strcmp(list->sorted[at - 1]->d.span.file, f->d.span.file) == 0;
         at--)
        list->sorted[at] = list->sorted[at - 1];
    list->sorted[at] = f;
}

HOX_PRINTF(2, 0)
static const char *formatted(hox_diagnostics *list, const char *format, va_list args)
{
    char out[1024];
    vsnprintf(out, sizeof out, format, args);
    return hox__arena_copy(list->arena, out, strlen(out));
}

hox_diagnostic *hox__diagnose(hox_diagnostics *list, const hox__source *source, hox__place place,
                              const char *code, const char *format, ...)
{
    int *count = code[0] == 'E' ? &list->errors : &list->warnings;
    if (*count >= HOX_DIAGNOSTICS_MAX) { /* before looking for the line: a hostile file has many */
        ++*count;
        return NULL;
    }
    finding *f = HOX__NEW(list->arena, finding);
    if (!f || !locate(list, source, place, f)) {
        ++*count;
        return NULL;
    }
    if (known(list, f))
        return NULL;
    ++*count;
    snprintf(f->d.code, sizeof f->d.code, "%s", code);
    va_list args;
    va_start(args, format);
    f->d.message = formatted(list, format, args);
    va_end(args);
    if (!f->d.message)
        f->d.message = "";
    keep(list, f);
    return &f->d;
}

#define SET_FORMATTED(field)                                                                       \
    do {                                                                                           \
        va_list args;                                                                              \
        if (!d)                                                                                    \
            return;                                                                                \
        va_start(args, format);                                                                    \
        const char *text = formatted(list, format, args);                                          \
        va_end(args);                                                                              \
        if (text)                                                                                  \
            d->field = text;                                                                       \
    } while (0)

void hox__diagnose_label(hox_diagnostics *list, hox_diagnostic *d, const char *format, ...)
{
    SET_FORMATTED(span.label);
}

void hox__diagnose_help(hox_diagnostics *list, hox_diagnostic *d, const char *format, ...)
{
    SET_FORMATTED(help);
}

void hox__diagnose_fix(hox_diagnostics *list, hox_diagnostic *d, bool safe, const char *format, ...)
{
    SET_FORMATTED(replacement);
    d->safe = safe;
    if (!d->help)
        hox__diagnose_help(list, d, "write `%s`", d->replacement);
}

/* ---- text ---- */

typedef struct {
    const char *error, *warning, *place, *strong, *off;
} palette;

static const palette coloured = {"\x1b[1;31m", "\x1b[1;33m", "\x1b[34m", "\x1b[1m", "\x1b[0m"};
static const palette plain = {"", "", "", "", ""};

/* Columns that a character takes on a terminal: 2 for the wide blocks of East Asian writing and
 * pictographs. */
static int width_of(const unsigned char *s, size_t len)
{
    if (len < 3)
        return 1;
    const uint32_t c =
        len == 3 ? (uint32_t)(s[0] & 15) << 12 | (uint32_t)(s[1] & 63) << 6 | (uint32_t)(s[2] & 63)
                 : (uint32_t)(s[0] & 7) << 18 | (uint32_t)(s[1] & 63) << 12 |
                       (uint32_t)(s[2] & 63) << 6 | (uint32_t)(s[3] & 63);
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
                   (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
                   (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                   (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd)
               ? 2
               : 1;
}

/* Shows line[0..n) with tabs as four blanks and hostile bytes escaped; returns the columns it
 * takes. */
static int show(hox__text *out, const char *line, size_t n)
{
    int columns = 0;
    for (size_t i = 0; i < n;) {
        size_t len = 1;
        while (i + len < n && continuation(line[i + len]))
            len++;
        hox__text one = {0};
        if (line[i] == '\t')
            hox__text_puts(&one, "    ");
        else
            hox__text_escaped(&one, line + i, len);
        const bool as_is = one.len == len && len > 1;
        columns += as_is ? width_of((const unsigned char *)line + i, len) : (int)one.len;
        if (out)
            hox__text_add(out, hox__text_get(&one), one.len);
        hox__text_deinit(&one);
        i += len;
    }
    return columns;
}

static void repeat(hox__text *out, char c, int n)
{
    for (int i = 0; i < n; i++)
        hox__text_putc(out, c);
}

static void source_lines(hox__text *out, const finding *f, const palette *c, int margin)
{
    const size_t n = strlen(f->line), caret = f->caret < n ? f->caret : n;
    const size_t span = f->d.span.length < n - caret ? f->d.span.length : n - caret;
    repeat(out, ' ', margin + 1);
    hox__text_printf(out, "%s|%s\n", c->place, c->off);
    hox__text_printf(out, "%s%*d |%s ", c->place, margin, f->d.span.line, c->off);
    show(out, f->line, n);
    hox__text_putc(out, '\n');
    repeat(out, ' ', margin + 1);
    hox__text_printf(out, "%s|%s ", c->place, c->off);
    repeat(out, ' ', show(NULL, f->line, caret));
    const int width = show(NULL, f->line + caret, span);
    hox__text_puts(out, f->d.code[0] == 'E' ? c->error : c->warning);
    repeat(out, '^', width > 0 ? width : 1);
    if (f->d.span.label[0])
        hox__text_printf(out, " %s", f->d.span.label);
    hox__text_puts(out, c->off);
    hox__text_putc(out, '\n');
}

static void one_text(hox__text *out, const finding *f, const palette *c)
{
    const hox_diagnostic *d = &f->d;
    const bool error = d->code[0] == 'E';
    char number[16];
    const int margin = snprintf(number, sizeof number, "%d", d->span.line);
    hox__text_printf(out, "%s%s[%s]%s%s: ", error ? c->error : c->warning,
                     error ? "error" : "warning", d->code, c->off, c->strong);
    hox__text_escaped(out, d->message, strlen(d->message));
    hox__text_printf(out, "%s\n", c->off);
    repeat(out, ' ', margin);
    hox__text_printf(out, "%s-->%s ", c->place, c->off);
    hox__text_escaped(out, d->span.file, strlen(d->span.file));
    hox__text_printf(out, ":%d:%d\n", d->span.line, d->span.column);
    source_lines(out, f, c, margin);
    if (d->help) {
        repeat(out, ' ', margin + 1);
        hox__text_printf(out, "%s=%s help: ", c->place, c->off);
        hox__text_escaped(out, d->help, strlen(d->help));
        hox__text_putc(out, '\n');
    }
}

char *hox_diagnostics_text(const hox_diagnostics *list, bool color)
{
    hox__text out = {0};
    for (int i = 0; i < list->kept; i++) {
        if (i)
            hox__text_putc(&out, '\n');
        one_text(&out, list->sorted[i], color ? &coloured : &plain);
    }
    return hox__text_take(&out);
}

/* ---- JSON ---- */

static void one_json(hox__json *json, const hox_diagnostic *d)
{
    hox__json_begin_object(json, NULL);
    hox__json_int(json, "v", 1);
    hox__json_text(json, "type", d->code[0] == 'E' ? "error" : "warning");
    hox__json_text(json, "code", d->code);
    hox__json_text(json, "message", d->message);
    hox__json_begin_array(json, "spans");
    hox__json_begin_object(json, NULL);
    hox__json_text(json, "file", d->span.file);
    hox__json_int(json, "line", d->span.line);
    hox__json_int(json, "col", d->span.column);
    hox__json_int(json, "byte", (int64_t)d->span.byte);
    hox__json_int(json, "len", (int64_t)d->span.length);
    hox__json_text(json, "label", d->span.label);
    hox__json_end_object(json);
    hox__json_end_array(json);
    hox__json_begin_array(json, "help");
    if (d->help) {
        hox__json_begin_object(json, NULL);
        hox__json_text(json, "text", d->help);
        hox__json_text(json, "replacement", d->replacement);
        hox__json_bool(json, "safe", d->safe);
        hox__json_end_object(json);
    }
    hox__json_end_array(json);
    hox__json_end_object(json);
}

char *hox_diagnostics_json(const hox_diagnostics *list)
{
    hox__text out = {0};
    for (int i = 0; i < list->kept; i++) {
        hox__json json = {.out = &out};
        one_json(&json, &list->sorted[i]->d);
        hox__text_putc(&out, '\n');
    }
    return hox__text_take(&out);
}
