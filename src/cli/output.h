/* What leaves the program. stdout is data and nothing else; progress, hints and errors go to
 * stderr. A stream gathers text and writes it in large pieces; a failing write is remembered and
 * becomes exit code 3 at the end. */
#ifndef HOX_CLI_OUTPUT_H
#define HOX_CLI_OUTPUT_H

#include "base/json.h"
#include "base/text.h"
#include "cli/terminal.h"
#include <hox/diagnostics.h>
#include <hox/status.h>

typedef enum {
    HOX__FORMAT_TABLE,
    HOX__FORMAT_TSV,
    HOX__FORMAT_CSV,
    HOX__FORMAT_JSON,
    HOX__FORMAT_JSONL,
    HOX__FORMAT_MD,
} hox__format;

/* Exit codes of the command line; 130 and 143 come from the signals themselves. */
enum {
    HOX__EXIT_DONE = 0,
    HOX__EXIT_NO = 1,           /* done, and the answer is no */
    HOX__EXIT_INPUT = 2,        /* usage, .hox, data set, model or store file */
    HOX__EXIT_SURROUNDINGS = 3, /* disk, permission, memory */
    HOX__EXIT_BUSY = 4,         /* another live process owns it */
    HOX__EXIT_BUG = 70,
};
int hox__exit_code(hox_status status);

/* "s" of all numbers but 1. */
const char *hox__plural(int64_t n);

typedef struct {
    int fd;
    hox__terminal terminal;
    const hox__colors *color;
    hox__text text;
    bool failed; /* a write was refused; the reason is in `err` */
    hox_error err;
} hox__stream;

void hox__stream_init(hox__stream *stream, int fd, hox__color_wish wish);
void hox__stream_deinit(hox__stream *stream);
void hox__stream_flush(hox__stream *stream);       /* all of it */
void hox__stream_flush_large(hox__stream *stream); /* when much has gathered */

/* Adds a line or more; text from files or trials goes through hox__put_escaped. */
#define hox__put(stream, ...) hox__text_printf(&(stream)->text, __VA_ARGS__)
void hox__put_escaped(hox__stream *stream, const char *s);

/* `error[E0602]: message`, the place, `= help:` for each further line of the message. With `json`
 * one JSON object. */
void hox__error_put(hox__stream *stream, const hox_error *err, bool json);
void hox__error_json(hox__text *out, const hox_error *err);

/* Everything in the list, as text or JSON Lines. */
void hox__diagnostics_put(hox__stream *stream, const hox_diagnostics *list, bool json);

#endif
