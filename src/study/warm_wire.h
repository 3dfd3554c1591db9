/* Lines between the controller and the warm process.
 *
 *     controller: start TRIAL SEED BUDGET MEMORY KEEP MODEL TO WALK      paths in hexadecimal, or -
 *                 kill TRIAL
 *     warm:       I {"ready":true,...} or I {"error":...}                once, first
 *                 T TRIAL {...}                                          a line of a trial
 *                 E TRIAL EXITED CODE SIGNAL CPU WALL MEMORY             it ended; times in
 * microseconds
 */
#ifndef HOX_STUDY_WARM_WIRE_H
#define HOX_STUDY_WARM_WIRE_H

#include "base/arena.h"
#include "base/proc.h"
#include "base/text.h"
#include "study/objective.h"

enum { HOX__COMMAND_MAX = 1 << 22 };

void hox__command_print(hox__text *out, const hox__task *task, const char *to);

/* Strings are kept in `arena`. *to is NULL for a trial. */
bool hox__command_read(const char *line, hox__arena *arena, hox__task *task, const char **to);

void hox__end_print(hox__text *out, uint64_t trial, const hox__child_end *end);
bool hox__end_read(const char *line, uint64_t *trial, hox__child_end *end);

#endif
