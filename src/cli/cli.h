/* What every command is given, and what a command is. A command is one file, cmd_NAME.c, and one
 * line in commands.def. */
#ifndef HOX_CLI_CLI_H
#define HOX_CLI_CLI_H

#include "cli/options.h"
#include "cli/output.h"

typedef struct hox__command hox__command;

typedef struct {
    const hox__command *command;
    hox__args args;
    hox__stream out, err; /* stdout, stderr */
    hox__format format;
    int quiet, verbose;
    hox_error error;   /* the failure that ends the command */
    bool overview;     /* `hox --help`, without a command */
    bool diagnosed;    /* the errors were printed already: `error` stays silent */
    const char *store; /* --store, HOX_STORE, else hox.db */
    const char *data;  /* HOX_DATA, or NULL */
    const char *path;  /* HOX_PATH, or NULL */
    char folder[512];  /* of the .hox file last read, "" for this one: its vocabularies lie there */
} hox__cli;

struct hox__command {
    const char *name;
    const char *synopsis;               /* behind the name: "FILE.hox [FLAGS]" */
    const char *summary;                /* one sentence, no period, for lists and completion */
    const char *example[4][2];          /* command line, what it does; ends with NULL */
    const hox__option *option;          /* its own; ends with a NULL name */
    int positional_min, positional_max; /* -1: any number */
    const char *complete;               /* what its words are: "file", "study", ... */
    int (*run)(hox__cli *cli);          /* exit code; negative: that of cli->error */
    bool program;                       /* `-- PROGRAM` may stand behind its words */
    bool streams;                       /* --json means jsonl: events as they happen */
};

/* The table, in the order of the help; NULL past the end. */
const hox__command *hox__command_at(int i);
const hox__command *hox__command_find(const char *name); /* NULL: none */

/* Flags of every command. */
extern const hox__option hox__common_options[];

/* From argv to an exit code; what main() calls. Ends by a signal when a signal ended the command.
 */
int hox__cli_main(int argc, char **argv);

/* What a command returns after hox_fail(&cli->error, ...). */
enum { HOX__FAILED = -1 };

bool hox__wants_json(const hox__cli *cli);
bool hox__for_people(const hox__cli *cli); /* the result is read on a terminal */

/* --store as the pasteable start of a hint: "" or " --store FILE". */
void hox__put_store_flag(hox__stream *stream, const hox__cli *cli);

/* ---- help ---- */

void hox__help_short(hox__stream *stream);                          /* 14 lines */
void hox__help_all_commands(hox__stream *stream);                   /* hox help */
void hox__help_command(hox__stream *stream, const hox__command *c); /* at most 24 lines */
void hox__help_command_all(hox__stream *stream, const hox__command *c);

#endif
