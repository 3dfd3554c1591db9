/* The table of commands and the way from argv into one of them. */
#include "cli/cli.h"
#include "cli/missing.h"
#include "cli/signals.h"
#include "study/allocator.h"
#include <hox/version.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HOX_COMMAND(name) extern const hox__command hox__command_##name;
#include "cli/commands.def"
#undef HOX_COMMAND
extern const hox__command hox__command_complete; /* for completion scripts; not listed */

static const hox__command *const commands[] = {
#define HOX_COMMAND(name) &hox__command_##name,
#include "cli/commands.def"
#undef HOX_COMMAND
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

const hox__option hox__common_options[] = {
    {"format", 'f', HOX__OPTION_WORD, 0, "table|tsv|csv|json|jsonl|md", "how results are printed",
     "table, or tsv when piped", NULL},
    {"json", 0, HOX__OPTION_FLAG, HOX__OPTION_NO_ENV, NULL, "results as JSON", NULL, NULL},
    {"store", 0, HOX__OPTION_TEXT, 0, "FILE", "the store of studies", "hox.db", "file"},
    {"directory", 'C', HOX__OPTION_TEXT, HOX__OPTION_NO_ENV, "DIR", "work in this directory", NULL,
     "folder"},
    {"color", 0, HOX__OPTION_WORD, 0, "auto|always|never", "colours", "auto", NULL},
    {"quiet", 'q', HOX__OPTION_COUNT, 0, NULL, "only the result and errors; -qq only the exit code",
     NULL, NULL},
    {"verbose", 'v', HOX__OPTION_COUNT, 0, NULL, "say what is decided, and why", NULL, NULL},
    {"help", 'h', HOX__OPTION_FLAG, HOX__OPTION_NO_ENV, NULL, "the commonest flags", NULL, NULL},
    {"help-all", 0, HOX__OPTION_FLAG, HOX__OPTION_NO_ENV, NULL, "every flag", NULL, NULL},
    {"version", 'V', HOX__OPTION_FLAG, HOX__OPTION_NO_ENV, NULL, "the version", NULL, NULL},
    {0},
};

const hox__command *hox__command_at(int i)
{
    return i < COMMANDS ? commands[i] : NULL;
}

const hox__command *hox__command_find(const char *name)
{
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return strcmp(name, "__complete") == 0 ? &hox__command_complete : NULL;
}

bool hox__wants_json(const hox__cli *cli)
{
    return cli->format == HOX__FORMAT_JSON || cli->format == HOX__FORMAT_JSONL;
}

bool hox__for_people(const hox__cli *cli)
{
    return cli->format == HOX__FORMAT_TABLE || cli->format == HOX__FORMAT_MD;
}

void hox__put_store_flag(hox__stream *stream, const hox__cli *cli)
{
    if (strcmp(cli->store, "hox.db") == 0)
        return;
    hox__text_puts(&stream->text, " --store ");
    hox__put_escaped(stream, cli->store);
}

/* ---- from argv to a command ---- */

static hox_status unknown_command(const char *word, hox_error *err)
{
    const char *missing = hox__missing_command(word);
    if (missing)
        return hox_fail(err, HOX_ERR_ARGUMENT, "`hox %s` is not in this version: %s", word,
                        missing);
    const char *names[COMMANDS];
    for (int i = 0; i < COMMANDS; i++)
        names[i] = commands[i]->name;
    const char *near = hox__nearest(word, names, COMMANDS);
    if (near)
        return hox_fail(err, HOX_ERR_ARGUMENT, "unknown command `%s`\ndid you mean `hox %s`?", word,
                        near);
    return hox_fail(err, HOX_ERR_ARGUMENT, "unknown command `%s`\n`hox help` lists the commands",
                    word);
}

/* `--prune median`: the rule would be taken for a word of the command. */
static hox_status check_bare(const hox__args *args, hox_error *err)
{
    char name[64];
    const char *word = args->behind_bare;
    snprintf(name, sizeof name, "%.*s", word ? (int)strcspn(word, "( ") : 0, word ? word : "");
    if (!hox__allocator_find(name) && strcmp(name, "none") != 0)
        return HOX_OK;
    const char *quote = strpbrk(word, "( ") ? "'" : "";
    return hox_fail(err, HOX_ERR_ARGUMENT, "%s: the value stands behind `=`\nwrite `%s=%s%s%s`",
                    args->bare, args->bare, quote, word, quote);
}

static hox_status check_words(const hox__cli *cli, hox_error *err)
{
    const hox__command *c = cli->command;
    const int n = c->program && cli->args.dashes ? cli->args.before : cli->args.positionals;
    if (cli->args.dashes && hox__missing_form(c->name, "--"))
        return hox_fail(err, HOX_ERR_ARGUMENT, "`hox %s -- PROGRAM` is not in this version: %s",
                        c->name, hox__missing_form(c->name, "--"));
    if (check_bare(&cli->args, err) != HOX_OK)
        return HOX_ERR_ARGUMENT;
    if (n < c->positional_min)
        return hox_fail(
            err, HOX_ERR_ARGUMENT,
            "`hox %s` needs more words\nwrite `hox %s %s`\n`hox %s --help` has examples", c->name,
            c->name, c->synopsis, c->name);
    if (c->positional_max >= 0 && n > c->positional_max)
        return hox_fail(err, HOX_ERR_ARGUMENT, "`%s` is one word too many\nwrite `hox %s %s`",
                        cli->args.positional[c->positional_max], c->name, c->synopsis);
    return HOX_OK;
}

static hox__format format_of(const hox__cli *cli)
{
    static const char *const word[] = {"table", "tsv", "csv", "json", "jsonl", "md"};
    const hox__option_value *json = hox__args_get(&cli->args, "json");
    if (json->flag)
        return cli->command->streams ? HOX__FORMAT_JSONL : HOX__FORMAT_JSON;
    const char *given = hox__args_text(&cli->args, "format", NULL);
    for (int i = 0; given && i < 6; i++)
        if (strcmp(given, word[i]) == 0)
            return (hox__format)i;
    return cli->out.terminal.is_terminal ? HOX__FORMAT_TABLE : HOX__FORMAT_TSV;
}

static hox__color_wish color_of(const hox__args *args)
{
    const char *word = hox__args_text(args, "color", "auto");
    return word[0] == 'a' && word[1] == 'l' ? HOX__COLOR_ALWAYS
           : word[0] == 'n'                 ? HOX__COLOR_NEVER
                                            : HOX__COLOR_AUTO;
}

static hox_status settle(hox__cli *cli)
{
    hox_error *err = &cli->error;
    if (hox__args_environment(&cli->args, hox__environment, err) != HOX_OK)
        return err->status;
    const hox__color_wish wish = color_of(&cli->args);
    hox__stream_deinit(&cli->out);
    hox__stream_init(&cli->out, STDOUT_FILENO, wish);
    hox__stream_init(&cli->err, STDERR_FILENO, wish);
    cli->format = format_of(cli);
    cli->quiet = hox__args_get(&cli->args, "quiet")->count;
    cli->verbose = hox__args_get(&cli->args, "verbose")->count;
    cli->store = hox__args_text(&cli->args, "store", "hox.db");
    cli->data = hox__environment("HOX_DATA");
    cli->path = hox__environment("HOX_PATH");
    const char *folder = hox__args_text(&cli->args, "directory", NULL);
    if (folder && chdir(folder) != 0)
        return hox_fail(err, HOX_ERR_ARGUMENT, "%s: there is no such directory to work in", folder);
    return HOX_OK;
}

/* Reads the flags before the command, the command, and all that follows. */
static hox_status parse(hox__cli *cli, int argc, char **argv)
{
    hox__args before;
    int used = 0;
    hox__args_init(&before, "", NULL, hox__common_options);
    hox_status status = hox__args_parse(&before, argc, argv, true, &used, &cli->error);
    const bool version = status == HOX_OK && hox__args_flag(&before, "version");
    const bool help = status == HOX_OK &&
                      (hox__args_flag(&before, "help") || hox__args_flag(&before, "help-all"));
    hox__args_deinit(&before);
    if (status != HOX_OK)
        return status;
    const char *word = used < argc ? argv[used] : version ? "version" : help ? "help" : NULL;
    if (!word)
        return HOX_DONE;
    cli->overview = help && used == argc;
    cli->command = hox__command_find(word);
    if (!cli->command)
        return unknown_command(word, &cli->error);
    hox__args_init(&cli->args, word, cli->command->option, hox__common_options);
    status = hox__args_parse(&cli->args, used, argv, false, NULL, &cli->error);
    if (status == HOX_OK && used + 1 < argc)
        status =
            hox__args_parse(&cli->args, argc - used - 1, argv + used + 1, false, NULL, &cli->error);
    return status;
}

static int run(hox__cli *cli)
{
    if (cli->overview) {
        hox__help_all_commands(&cli->out);
        return HOX__EXIT_DONE;
    }
    if (hox__args_flag(&cli->args, "help-all")) {
        hox__help_command_all(&cli->out, cli->command);
        return HOX__EXIT_DONE;
    }
    if (hox__args_flag(&cli->args, "help")) {
        hox__help_command(&cli->out, cli->command);
        return HOX__EXIT_DONE;
    }
    if (check_words(cli, &cli->error) != HOX_OK)
        return HOX__FAILED;
    return cli->command->run(cli);
}

/* Everything is written out; a result that could not be written is a failure of its own. */
static int leave(hox__cli *cli, int code)
{
    if (code < 0) {
        code = hox__exit_code(cli->error.status);
        if (!cli->diagnosed && cli->quiet < 2)
            hox__error_put(&cli->err, &cli->error, hox__wants_json(cli) && cli->command);
    }
    if (cli->quiet < 2)
        hox__stream_flush(&cli->out);
    if (cli->out.failed && code == HOX__EXIT_DONE) {
        hox_error err = {0};
        hox_fail(&err, HOX_ERR_IO, "the result is incomplete: %s", cli->out.err.message);
        hox__error_put(&cli->err, &err, false);
        code = HOX__EXIT_SURROUNDINGS;
    }
    hox__stream_flush(&cli->err);
    hox__stream_deinit(&cli->out);
    hox__stream_deinit(&cli->err);
    hox__args_deinit(&cli->args);
    return code;
}

int hox__cli_main(int argc, char **argv)
{
    hox__standard_streams_open();
    hox__cli cli = {.store = "hox.db"};
    hox__stream_init(&cli.out, STDOUT_FILENO, HOX__COLOR_AUTO);
    hox__stream_init(&cli.err, STDERR_FILENO, HOX__COLOR_AUTO);
    hox_status status = parse(&cli, argc - 1, argv + 1);
    if (status == HOX_DONE) {
        hox__help_short(&cli.err);
        return leave(&cli, HOX__EXIT_INPUT);
    }
    if (status == HOX_OK)
        status = settle(&cli);
    const int code = leave(&cli, status == HOX_OK ? run(&cli) : HOX__FAILED);
    hox__signals_reraise(); /* shell loops stop only when we end as the signal ends us */
    return code;
}
