/* hox compare A B...: are they different, and by how much? */
#include "cli/versus.h"
#include <math.h>

static const hox__option options[] = {
    HOX__VERSUS_OPTIONS,
    {"target", 0, HOX__OPTION_REAL, HOX__OPTION_COMMON, "V", "trials are counted to this value",
     "median of the first group", NULL},
    {0},
};

static int run(hox__cli *cli)
{
    hox__contest *contest = hox__contest_new();
    hox_status status = contest ? HOX_OK : HOX_ERR_MEMORY;
    int code = HOX__FAILED;
    if (!contest)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory to compare"), HOX__FAILED;
    if (!cli->args.positionals)
        status = hox__versus_add(cli, contest, "");
    for (int i = 0; i < cli->args.positionals && status == HOX_OK; i++)
        status = hox__versus_add(cli, contest, cli->args.positional[i]);
    if (status == HOX_OK)
        code = hox__versus_print(cli, contest, hox__args_real(&cli->args, "target", (double)NAN));
    hox__contest_free(contest);
    return code;
}

const hox__command hox__command_compare = {
    .name = "compare",
    .synopsis = "[STUDY|BENCH|BENCH/STRATEGY]... [FLAGS]",
    .summary = "statistics of studies side by side, paired by seed",
    .example = {{"hox compare branin/random branin/gp", "two strategies of `hox bench branin`"},
                {"hox compare", "every bench of the store, over all its problems"},
                {"hox compare old new --fail-if worse", "for scripts: exit code 1 when it is"}},
    .option = options,
    .positional_max = -1,
    .complete = "study",
    .run = run,
};
