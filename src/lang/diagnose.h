/* Filling hox_diagnostics (include/hox/diagnostics.h); opaque list in lang/diagnose.c. */
#ifndef HOX_LANG_DIAGNOSE_H
#define HOX_LANG_DIAGNOSE_H

#include "lang/tree.h"
#include <hox/diagnostics.h>

/* Adds a finding at `place` of `source` (borrowed: the list copies the line it shows). The code's
 * first letter, E or W, says what it is. One mistake, one finding: a second one on the same bytes
 * is dropped. Returns the finding to add help to, or NULL when it was only counted. */
hox_diagnostic *hox__diagnose(hox_diagnostics *list, const hox__source *source, hox__place place,
                              const char *code, const char *format, ...) HOX_PRINTF(5, 6);
void hox__diagnose_label(hox_diagnostics *list, hox_diagnostic *d, const char *format, ...)
    HOX_PRINTF(3, 4);
void hox__diagnose_help(hox_diagnostics *list, hox_diagnostic *d, const char *format, ...)
    HOX_PRINTF(3, 4);
void hox__diagnose_fix(hox_diagnostics *list, hox_diagnostic *d, bool safe, const char *format, ...)
    HOX_PRINTF(4, 5);

/* The table of codes, for `hox explain`: what it means, a wrong and a right example. */
typedef struct {
    const char *code, *title, *text, *wrong, *right;
} hox__code;
const hox__code *hox__code_find(const char *code); /* NULL: unknown */
const hox__code *hox__code_at(int i);              /* NULL past the end */

#endif
