/* hox export [STUDY]: a study as JSON lines, every event of it. */
#include "base/io.h"
#include "cli/cli.h"
#include "cli/view.h"
#include "study/manage.h"
#include <string.h>

static const hox__option options[] = {
    {"output", 'o', HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "FILE",
     "where it is written", "stdout", "file"},
    {0},
};

static int run(hox__cli *cli)
{
    hox__subject subject;
    hox__view view;
    const char *word = cli->args.positionals ? cli->args.positional[0] : NULL;
    const char *path = hox__args_text(&cli->args, "output", "-");
    const char *format = hox__args_text(&cli->args, "format", NULL);
    hox__text text = {0};
    if (format && strncmp(format, "json", 4) != 0)
        return hox_fail(
                   &cli->error, HOX_ERR_ARGUMENT,
                   "an export is JSON lines, for `hox import`\n`hox trials %s -f %s` prints the "
                   "trials as a table",
                   word ? word : "STUDY", format),
               HOX__FAILED;
    if (hox__subject_read(word, &subject, &cli->error) != HOX_OK ||
        hox__view_open(cli, &subject, &view) != HOX_OK)
        return HOX__FAILED;
    hox_status status = hox__store_export(view.store, &view.study, &text, &cli->error);
    if (status >= 0 && strcmp(path, "-") == 0)
        hox__text_add(&cli->out.text, hox__text_get(&text), text.len);
    else if (status >= 0)
        status = hox__file_write(path, hox__text_get(&text), text.len, &cli->error);
    hox__text_deinit(&text);
    hox__view_close(&view);
    return status < 0 ? HOX__FAILED : HOX__EXIT_DONE;
}

const hox__command hox__command_export = {
    .name = "export",
    .synopsis = "[[STORE:]STUDY] [FLAGS]",
    .summary = "a study as JSON lines: its space, then every event in order",
    .example = {{"hox export fashion -o fashion.jsonl", "for `hox import` elsewhere"},
                {"hox trials fashion -f csv", "a table of the trials"}},
    .option = options,
    .positional_max = 1,
    .complete = "study",
    .run = run,
};
