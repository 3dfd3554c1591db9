/* hox stop [STUDY]: asks the process that runs a study to end it in good order. */
#include "base/lock.h"
#include "base/proc.h"
#include "cli/cli.h"
#include "cli/view.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const hox__option options[] = {
    {"now", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL, "do not wait for the running trials",
     NULL, NULL},
    {0},
};

static hox_status stop(hox__cli *cli, const hox__view *view)
{
    char path[4096];
    const int n = snprintf(path, sizeof path, "%s.lock", view->path);
    const int64_t owner = n > 0 && (size_t)n < sizeof path ? hox__lock_owner(path) : 0;
    if (owner == 0 || strcmp(view->study.state, "running") != 0)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "no process of this machine runs study `%s`",
                        view->study.name);
    bool sent = hox__process_signal(owner, SIGTERM);
    if (sent && hox__args_flag(&cli->args, "now"))
        sent = hox__process_signal(owner, SIGTERM);
    if (!sent)
        return hox_fail(&cli->error, HOX_ERR_IO, "process %" PRId64 " cannot be told", owner);
    if (!cli->quiet)
        hox__put(&cli->err, "process %" PRId64 " was asked to stop; every finished trial is kept\n",
                 owner);
    return HOX_OK;
}

static int run(hox__cli *cli)
{
    hox__subject subject;
    hox__view view;
    const char *word = cli->args.positionals ? cli->args.positional[0] : NULL;
    if (hox__subject_read(word, &subject, &cli->error) != HOX_OK ||
        hox__view_open(cli, &subject, &view) != HOX_OK)
        return HOX__FAILED;
    const hox_status status = stop(cli, &view);
    hox__view_close(&view);
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__FAILED;
}

const hox__command hox__command_stop = {
    .name = "stop",
    .synopsis = "[[STORE:]STUDY] [FLAGS]",
    .summary = "ask the process that runs a study to end it; it can be resumed",
    .example = {{"hox stop fashion", "running trials may finish"}, {"hox stop fashion --now", ""}},
    .option = options,
    .positional_max = 1,
    .complete = "study",
    .run = run,
};
