/* What `hox show` knows to show; cmd_show.c does studies and trials, show_file.c the rest. */
#ifndef HOX_CLI_SHOW_H
#define HOX_CLI_SHOW_H

#include "cli/cli.h"
#include <hox/space.h>

/* The network as a chain of lines. */
hox_status hox__show_network(hox__cli *cli, const hox_sentence *sentence, const hox_facts *facts);

/* --dot and --sentence, the same for all that holds a sentence: true when one was asked for. */
bool hox__show_other_form(hox__cli *cli, const hox_sentence *sentence, const hox_facts *facts);

/* One parameter a line. */
void hox__show_parameters(hox__stream *out, const hox_sentence *sentence);

hox_status hox__show_hox(hox__cli *cli, const char *path);
hox_status hox__show_model(hox__cli *cli, const char *path);
hox_status hox__show_store(hox__cli *cli, const char *path);

#endif
