/* Findings of `hox check` about a rule, for rooms that see no text: what they know is its name. */
#ifndef HOX_SPACE_FINDING_H
#define HOX_SPACE_FINDING_H

#include <hox/space.h>

/* Adds what `why` says (message; what follows the first line is help) under `code` at the place of
 * `word` in the body of the rule `name`, else at its whole body. `word` begins with `{`, is NULL or
 * stands nowhere else than before `}`, `:` or `.`. */
void hox__find_in_rule(const hox_space *space, hox_diagnostics *list, const char *name,
                       const char *word, const char *code, const hox_error *why);

#endif
