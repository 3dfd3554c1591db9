/* Starting without a .hox file: a data set's name, a file or a folder of examples, and the shipped
 * space that goes with it. */
#ifndef HOX_CLI_DEFAULT_SPACE_H
#define HOX_CLI_DEFAULT_SPACE_H

#include "cli/cli.h"

/* Is `path` something to learn from rather than a .hox file? By its kind, its ending or its first
 * bytes; a word that is no file counts when it has neither `/` nor `.hox` in it. */
bool hox__is_data(const char *path);

/* The text of a shipped space with `path` as its data, and what --target, --test and --na say about
 * it where the command has them. Errors are those of the data. */
hox_status hox__default_space(hox__cli *cli, const char *path, char **text, size_t *n);

#endif
