/* hox init [KIND]: a commented file to begin with, from the folder starters. A kind whose words
 * this version's vocabulary lacks is refused, naming them. */
#include "base/io.h"
#include "cli/cli.h"
#include "cli/spec.h"
#include "space/embedded.h"
#include <string.h>

static const hox__option options[] = {
    {"output", 'o', HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "FILE",
     "the file to write; - is standard output", "KIND.hox", "file"},
    {"data", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "D",
     "the data set, or the program of `command`", NULL, NULL},
    {0},
};

/* kind, what stands for its data in the starter, what it is for */
static const struct {
    const char *name, *data, *what;
} kinds[] = {
    {"images", "fashion-mnist", "convolutional networks for images"},
    {"table", "data.csv", "networks for the rows of a table"},
    {"text", "corpus.txt", "networks that predict the next character"},
    {"command", "./train.sh", "tuning a program of your own"},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static int kind_named(const char *name, hox_error *err)
{
    const char *names[KINDS];
    for (int i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return i;
        else
            names[i] = kinds[i].name;
    const char *near = hox__nearest(name, names, KINDS);
    hox_fail(err, HOX_ERR_ARGUMENT,
             "there is no starter `%s`%s%s%s\nwrite images, table, text or command", name,
             near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
    return -1;
}

/* The starter with `data`, quoted, in place of its own. */
static void fill(hox__text *out, const char *text, const char *own, const char *data)
{
    const char *at = strstr(text, own);
    if (!at || !data) {
        hox__text_puts(out, text);
        return;
    }
    hox__text_add(out, text, (size_t)(at - text));
    for (; *data; data++) {
        if (*data == '"' || *data == '\\')
            hox__text_putc(out, '\\');
        hox__text_putc(out, *data);
    }
    hox__text_puts(out, at + strlen(own));
}

/* The words that this version lacks: what the checker does not know. */
static hox_status check_words(hox__cli *cli, const char *kind, const char *text)
{
    const hox_space_options space_options = hox__space_options(cli);
    hox_space *space = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    if (!list)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the messages");
    hox_status status = hox_space_load(kind, text, strlen(text), &space_options, list, &space);
    const hox_diagnostic *d;
    hox__text missing = {0};
    for (int i = 0; (d = hox_diagnostics_get(list, i)) != NULL; i++)
        if (strcmp(d->code, "E0207") == 0)
            hox__text_printf(&missing, "%s%.*s", missing.len ? ", " : "", (int)d->span.length,
                             text + d->span.byte);
    if (missing.len)
        status = hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                          "a starter for %s needs words that this version has not: %s\n"
                          "`hox vocabulary nn` prints those it has",
                          kind, hox__text_get(&missing));
    else if (status != HOX_OK)
        hox_fail(&cli->error, status, "the starter for %s is not right here: %s", kind,
                 hox_diagnostics_get(list, 0) ? hox_diagnostics_get(list, 0)->message
                                              : "no memory");
    hox__text_deinit(&missing);
    hox_space_free(space);
    hox_diagnostics_free(list);
    return status;
}

static hox_status write_starter(hox__cli *cli, int kind, const hox__text *text)
{
    hox__text own = {0};
    hox__text_printf(&own, "%s.hox", kinds[kind].name);
    const char *path = hox__args_text(&cli->args, "output", hox__text_get(&own));
    hox_status status = HOX_OK;
    if (own.failed || text->failed) {
        status = hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the starter");
    } else if (strcmp(path, "-") == 0) {
        hox__text_add(&cli->out.text, text->data, text->len);
    } else if (hox__file_exists(path)) {
        status = hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                          "%s is there already\n`hox init %s -o FILE` writes another file", path,
                          kinds[kind].name);
    } else if ((status = hox__file_write(path, text->data, text->len, &cli->error)) == HOX_OK &&
               !cli->quiet) {
        hox__put(&cli->err, "wrote ");
        hox__put_escaped(&cli->err, path);
        hox__put(&cli->err, ": %s\n", kinds[kind].what);
        hox__put(&cli->err, "next: hox check %s\n      hox sample %s\n      hox search %s -n 30\n",
                 path, path, path);
    }
    hox__text_deinit(&own);
    return status;
}

static int run(hox__cli *cli)
{
    const char *name = cli->args.positionals ? cli->args.positional[0] : "images";
    const int kind = kind_named(name, &cli->error);
    if (kind < 0)
        return HOX__FAILED;
    char path[64] = "starters/";
    strncat(path, kinds[kind].name, sizeof path - 16);
    strcat(path, ".hox");
    const hox__embedded_file *file = hox__embedded(path);
    if (!file)
        return hox_fail(&cli->error, HOX_ERR_DATA, "%s is not in this binary", path), HOX__FAILED;
    hox__text text = {0};
    fill(&text, file->text, kinds[kind].data, hox__args_text(&cli->args, "data", NULL));
    hox_status status = check_words(cli, name, hox__text_get(&text));
    if (status == HOX_OK)
        status = write_starter(cli, kind, &text);
    hox__text_deinit(&text);
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__FAILED;
}

const hox__command hox__command_init = {
    .name = "init",
    .synopsis = "[images|table|text|command] [FLAGS]",
    .summary = "a commented file to begin with",
    .example = {{"hox init", "images.hox"},
                {"hox init table --data adult.csv", "for a table of your own"},
                {"hox init command -o tune.hox", "to tune a program"}},
    .option = options,
    .positional_max = 1,
    .complete = "starter",
    .run = run,
};
