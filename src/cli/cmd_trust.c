/* hox trust FILE.hox: this exact content may run programs. */
#include "cli/cli.h"
#include "cli/spec.h"
#include "cli/trust.h"
#include <string.h>

static int run(hox__cli *cli)
{
    const char *path = cli->args.positional[0];
    hox__spec spec;
    if (hox__spec_open(cli, path, &spec) != HOX_OK)
        return HOX__FAILED;
    const hox_status status = hox__trust_add(path, spec.text, &cli->error);
    const hox_term *command = hox_space_constant(spec.space, "command");
    const hox_term *first = command && command->kind == HOX_TERM_CHAIN ? command->part[0] : command;
    if (status == HOX_OK && !cli->quiet) {
        hox__put_escaped(&cli->err, path);
        hox__text_puts(&cli->err.text, first ? " may run `" : " is trusted; it runs no program\n");
        if (first) {
            hox__put_escaped(&cli->err, first->name ? first->name : "");
            hox__text_puts(&cli->err.text, "` until the file changes\n");
        }
    }
    hox__spec_close(&spec);
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__FAILED;
}

static const hox__option options[] = {{0}};

const hox__command hox__command_trust = {
    .name = "trust",
    .synopsis = "FILE.hox",
    .summary = "let this exact content of a .hox file run its program",
    .example = {{"hox trust tune.hox", "asked for again when the file changes"}},
    .option = options,
    .positional_min = 1,
    .positional_max = 1,
    .complete = "file",
    .run = run,
};
