/* What is wrong with a text, for people and for programs: a list of findings, each with a code that
 * never changes its meaning, a place, and a way out.
 */
#ifndef HOX_DIAGNOSTICS_H
#define HOX_DIAGNOSTICS_H

#include <hox/export.h>
#include <hox/status.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct hox_diagnostics hox_diagnostics;

/* A stretch of a text. Lines and columns count from 1, columns in characters (UTF-8), bytes from 0.
 */
typedef struct {
    const char *file;
    int line, column;
    size_t byte, length; /* length in bytes, at least 1 when the text allows */
    const char *label;   /* short words beside the caret; may be "" */
} hox_span;

typedef struct {
    char code[8];        /* "E0207"; a warning begins with W */
    const char *message; /* one sentence, no trailing period */
    hox_span span;
    const char *help;        /* the way out, or NULL */
    const char *replacement; /* text to put in place of the span, or NULL */
    bool safe;               /* the replacement cannot change what was meant */
} hox_diagnostic;

enum { HOX_DIAGNOSTICS_MAX = 20 }; /* errors kept; later ones are only counted */

/* NULL when memory is short. */
HOX_API hox_diagnostics *hox_diagnostics_new(void);
HOX_API void hox_diagnostics_free(hox_diagnostics *list);

/* Counts include what was not kept. */
HOX_API int hox_diagnostics_errors(const hox_diagnostics *list);
HOX_API int hox_diagnostics_warnings(const hox_diagnostics *list);

/* The i-th kept, in the order of their places; NULL past the end. Borrowed. */
HOX_API const hox_diagnostic *hox_diagnostics_get(const hox_diagnostics *list, int i);

/* The list as text in the look of a compiler: message, place, source line, caret, help. `color`
 * adds terminal colours. free() the result with hox_text_free(); NULL when memory is short. */
HOX_API char *hox_diagnostics_text(const hox_diagnostics *list, bool color);

/* JSON Lines, one object per finding: {"v":1,"type":"error","code",...,"spans":[...],"help":[...]}.
 */
HOX_API char *hox_diagnostics_json(const hox_diagnostics *list);

HOX_API void hox_text_free(char *text);

#endif
