/* hox version: opens no library and no file. */
#include "cli/cli.h"
#include <hox/version.h>

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static int run(hox__cli *cli)
{
    if (hox__wants_json(cli)) {
        hox__json json = {.out = &cli->out.text};
        hox__json_begin_object(&json, NULL);
        hox__json_int(&json, "v", 1);
        hox__json_text(&json, "type", "version");
        hox__json_text(&json, "version", HOX_VERSION);
        hox__json_text(&json, "compiler", COMPILER);
        hox__json_end_object(&json);
        hox__text_putc(&cli->out.text, '\n');
        return HOX__EXIT_DONE;
    }
    hox__put(&cli->out, "hox %s\n", HOX_VERSION);
    if (cli->verbose)
        hox__put(&cli->out, "built with %s\n", COMPILER);
    return HOX__EXIT_DONE;
}

const hox__command hox__command_version = {
    .name = "version",
    .synopsis = "",
    .summary = "the version of Hox",
    .example = {{"hox version", "one line"}, {"hox version -v", "and the compiler"}},
    .run = run,
};
