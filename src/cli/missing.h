/* What the design has and this version has not, one table: missing.def. Refused with a reason,
 * never half done. */
#ifndef HOX_CLI_MISSING_H
#define HOX_CLI_MISSING_H

/* Why there is no such command; NULL: it was never planned. */
const char *hox__missing_command(const char *command);

/* Why `command` does not take `form` ("--prune", "-p", "--"); NULL: it was never planned. */
const char *hox__missing_form(const char *command, const char *form);

/* The i-th command of the table, NULL past the end. */
const char *hox__missing_at(int i);

#endif
