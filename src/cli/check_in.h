/* hox check SENTENCE --in SPACE. */
#ifndef HOX_CLI_CHECK_IN_H
#define HOX_CLI_CHECK_IN_H

#include "cli/cli.h"

/* Exit code: 0 and the walk when the sentence is a member of the space in the file `space`, 1 and
 * where it leaves the space when it is not. */
int hox__check_in(hox__cli *cli, const char *path, const char *text, size_t n, const char *space);

#endif
