/* Streams, errors and exit codes; see output.h. */
#include "cli/output.h"
#include "base/io.h"
#include <string.h>

const char *hox__plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

int hox__exit_code(hox_status status)
{
    switch (status) {
    case HOX_OK:
    case HOX_DONE:
    case HOX_WAIT:
        return HOX__EXIT_DONE;
    case HOX_ERR_NUMERIC:
    case HOX_ERR_INTERRUPTED:
        return HOX__EXIT_NO;
    case HOX_ERR_MEMORY:
    case HOX_ERR_IO:
        return HOX__EXIT_SURROUNDINGS;
    case HOX_ERR_BUSY:
        return HOX__EXIT_BUSY;
    case HOX_ERR_ARGUMENT:
    case HOX_ERR_SYNTAX:
    case HOX_ERR_EMPTY:
    case HOX_ERR_DATA:
    case HOX_ERR_SHAPE:
        return HOX__EXIT_INPUT;
    }
    return HOX__EXIT_BUG;
}

void hox__stream_init(hox__stream *stream, int fd, hox__color_wish wish)
{
    *stream = (hox__stream){.fd = fd, .terminal = hox__terminal_of(fd, wish)};
    stream->color = hox__colors_of(stream->terminal.color);
}

void hox__stream_deinit(hox__stream *stream)
{
    hox__text_deinit(&stream->text);
}

void hox__stream_flush(hox__stream *stream)
{
    if (stream->text.failed)
        stream->failed =
            hox_fail(&stream->err, HOX_ERR_MEMORY, "no memory for the output") != HOX_OK;
    if (stream->text.len && !stream->failed)
        stream->failed =
            hox__write_all(stream->fd, stream->text.data, stream->text.len, &stream->err) != HOX_OK;
    hox__text_clear(&stream->text);
}

void hox__stream_flush_large(hox__stream *stream)
{
    enum { LARGE = 1 << 15 };
    if (stream->text.len >= LARGE || stream->text.failed)
        hox__stream_flush(stream);
}

void hox__put_escaped(hox__stream *stream, const char *s)
{
    hox__text_escaped(&stream->text, s, strlen(s));
}

/* ---- errors ---- */

static void put_help(hox__stream *stream, const char *lines)
{
    while (lines && *lines) {
        const size_t n = strcspn(lines, "\n");
        hox__text_puts(&stream->text, "  = help: ");
        hox__text_escaped(&stream->text, lines, n);
        hox__text_putc(&stream->text, '\n');
        lines += n + (lines[n] == '\n');
    }
}

void hox__error_json(hox__text *out, const hox_error *err)
{
    const size_t n = strcspn(err->message, "\n");
    hox__json json = {.out = out};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "error");
    hox__json_text(&json, "code", err->code);
    hox__json_text_n(&json, "message", err->message, n);
    hox__json_begin_array(&json, "spans");
    if (err->file[0]) {
        hox__json_begin_object(&json, NULL);
        hox__json_text(&json, "file", err->file);
        hox__json_int(&json, "line", err->line);
        hox__json_int(&json, "col", err->column);
        hox__json_end_object(&json);
    }
    hox__json_end_array(&json);
    hox__json_begin_array(&json, "help");
    if (err->message[n]) {
        hox__json_begin_object(&json, NULL);
        hox__json_text(&json, "text", err->message + n + 1);
        hox__json_end_object(&json);
    }
    hox__json_end_array(&json);
    hox__json_end_object(&json);
    hox__text_putc(out, '\n');
}

void hox__error_put(hox__stream *stream, const hox_error *err, bool json)
{
    if (json) {
        hox__error_json(&stream->text, err);
        return;
    }
    const size_t n = strcspn(err->message, "\n");
    const hox__colors *color = stream->color;
    hox__put(stream, "%serror%s%s%s%s: ", color->bad, err->code[0] ? "[" : "", err->code,
             err->code[0] ? "]" : "", color->off);
    hox__text_escaped(&stream->text, err->message, n);
    hox__text_putc(&stream->text, '\n');
    if (err->file[0]) {
        hox__text_puts(&stream->text, "  --> ");
        hox__put_escaped(stream, err->file);
        if (err->line)
            hox__put(stream, ":%d:%d", err->line, err->column);
        hox__text_putc(&stream->text, '\n');
    }
    if (err->message[n])
        put_help(stream, err->message + n + 1);
}

void hox__diagnostics_put(hox__stream *stream, const hox_diagnostics *list, bool json)
{
    char *text =
        json ? hox_diagnostics_json(list) : hox_diagnostics_text(list, stream->terminal.color);
    hox__text_puts(&stream->text, text ? text : "error: no memory for the messages\n");
    hox_text_free(text);
}
