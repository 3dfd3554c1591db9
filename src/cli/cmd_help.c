/* hox help [COMMAND|json] */
#include "cli/cli.h"
#include <string.h>

static const char events[] =
    "JSON output: every object has \"v\":1 and \"type\". Within a version fields are only added.\n"
    "Numbers are the shortest that read back to the same bits; what is not finite is null, with\n"
    "\"nonfinite\":\"nan\" beside it. Seeds and hashes are strings: readers that keep numbers as\n"
    "doubles would change them. Times are RFC 3339 in UTC, durations are seconds.\n"
    "\n"
    "events of search and resume --json, one line each\n"
    "  study.start   study store seed jobs strategy objective data spec_hash\n"
    "  trial.start   trial params summary\n"
    "  trial.report  trial step steps accuracy loss train_loss progress\n"
    "  trial.end     trial state reason value step seconds params best best_trial done failed\n"
    "  best          trial value summary\n"
    "  warning       message\n"
    "  error         code message spans help\n"
    "  study.end     seconds controller_cpu_s done pruned failed trials best best_trial\n"
    "  result        study trial value best_of test standard_error reading model bytes params\n"
    "\n"
    "results of --json, one object or an array of them\n"
    "  trial (best, trials, show)   study, space, model (show)   check (check)   sentence "
    "(sample)\n"
    "  method (strategies)   setting (strategies NAME)   epoch (train)   prediction and\n"
    "  score (predict)   finding (doctor)   code (explain)   version (version)\n";

static int run(hox__cli *cli)
{
    if (!cli->args.positionals) {
        hox__help_all_commands(&cli->out);
        return HOX__EXIT_DONE;
    }
    const char *word = cli->args.positional[0];
    const hox__command *command = hox__command_find(word);
    if (command)
        hox__help_command_all(&cli->out, command);
    else if (strcmp(word, "json") == 0)
        hox__text_puts(&cli->out.text, events);
    else
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "there is no command `%s`\n`hox help` lists the commands", word),
               HOX__FAILED;
    return HOX__EXIT_DONE;
}

const hox__command hox__command_help = {
    .name = "help",
    .synopsis = "[COMMAND|json]",
    .summary = "every flag of a command, or the list of commands",
    .example = {{"hox help", "the commands"},
                {"hox help search", "all about searching"},
                {"hox help json", "the events and objects of --json"}},
    .positional_max = 1,
    .complete = "command",
    .run = run,
};
