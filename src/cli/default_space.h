/* Starting without a .hox file: a data set's name, a file or a folder of examples, and the shipped
 * space that goes with it. */
#ifndef HOX_CLI_DEFAULT_SPACE_H
#define HOX_CLI_DEFAULT_SPACE_H

#include "cli/cli.h"
#include "data/dataset.h"

/* Is `path` something to learn from rather than a .hox file? By its kind, its ending or its first
 * bytes; a word that is no file counts when it has neither `/` nor `.hox` in it. */
bool hox__is_data(const char *path);

/* The data themselves, and the source that stands for them as text ("csv(\"a.csv\")"), which is
 * hox__text_deinit()ed by the caller also on errors. */
hox_status hox__data_open(hox__cli *cli, const char *path, hox__text *source, hox_facts *facts,
                          hox__dataset **dataset);

/* The text of a shipped space with `path` as its data, and what --target, --test and --na say about
 * it where the command has them. Errors are those of the data. */
hox_status hox__default_space(hox__cli *cli, const char *path, char **text, size_t *n);

/* The text of a space with the source of its `data` replaced by `data` (hox search FILE.hox --data
 * D). *text is freed and made anew. */
hox_status hox__with_data(hox__cli *cli, const char *name, const char *data, char **text,
                          size_t *n);

#endif
