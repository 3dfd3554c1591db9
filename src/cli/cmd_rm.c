/* hox rm [STORE:]STUDY...: asks first. */
#include "base/io.h"
#include "cli/cli.h"
#include "cli/view.h"
#include "study/manage.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const hox__option options[] = {
    {"yes", 'y', HOX__OPTION_FLAG, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, NULL, "do not ask",
     NULL, NULL},
    {"dry-run", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL, "say what would go, remove nothing",
     NULL, NULL},
    {0},
};

/* A question at a terminal; elsewhere nobody can say yes. */
static hox_status confirm(hox__cli *cli, const hox__view *view, int64_t trials)
{
    char *answer;
    size_t n;
    hox__put(&cli->err, "study %s with %" PRId64 " trial%s, their models and logs, in %s",
             view->study.name, trials, hox__plural(trials), view->path);
    if (hox__args_flag(&cli->args, "dry-run")) {
        hox__text_puts(&cli->err.text, ": would be removed\n");
        return HOX_DONE;
    }
    if (hox__args_flag(&cli->args, "yes")) {
        hox__text_puts(&cli->err.text, ": removed\n");
        return HOX_OK;
    }
    if (!cli->err.terminal.is_terminal) {
        hox__text_putc(&cli->err.text, '\n');
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "nothing was removed: nobody is here to be asked\n-y removes it");
    }
    hox__text_puts(&cli->err.text, "\nremove it for good? Type yes and end the input (Ctrl-D): ");
    hox__stream_flush(&cli->err);
    if (hox__file_read("-", 4096, &answer, &n, &cli->error) != HOX_OK)
        return cli->error.status;
    const bool yes = strncmp(answer, "yes", 3) == 0;
    hox_text_free(answer);
    return yes ? HOX_OK : HOX_DONE;
}

static hox_status remove_study(hox__cli *cli, const char *path, int64_t id, const char *name)
{
    char folder[4096];
    hox__store *store;
    hox_status status = hox__store_open(path, HOX__STORE_WRITE, &store, &cli->error);
    if (status != HOX_OK)
        return status;
    status = hox__store_remove(store, id, &cli->error);
    hox__store_close(store);
    const int n = snprintf(folder, sizeof folder, "%s.d/%s", path, name);
    if (status == HOX_OK && n > 0 && (size_t)n < sizeof folder)
        status = hox__remove_tree(folder, &cli->error);
    return status;
}

static hox_status one(hox__cli *cli, const char *word)
{
    hox__subject subject;
    hox__view view;
    hox__counts counts;
    hox_status status = hox__subject_read(word, &subject, &cli->error);
    if (status == HOX_OK && (subject.which != HOX__TRIAL_NONE || !subject.study[0]))
        status = hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                          "`%s`: studies are removed as a whole, and by their name", word);
    if (status == HOX_OK)
        status = hox__view_open(cli, &subject, &view);
    if (status != HOX_OK)
        return status;
    status = hox__view_count(&view, &counts, &cli->error);
    if (status == HOX_OK)
        status = confirm(cli, &view, counts.trials);
    char path[1024], name[256];
    snprintf(path, sizeof path, "%s", view.path);
    snprintf(name, sizeof name, "%s", view.study.name);
    const int64_t id = view.study.id;
    hox__view_close(&view);
    return status == HOX_OK ? remove_study(cli, path, id, name) : status;
}

static int run(hox__cli *cli)
{
    for (int i = 0; i < cli->args.positionals; i++)
        if (one(cli, cli->args.positional[i]) < 0)
            return HOX__FAILED;
    return HOX__EXIT_DONE;
}

const hox__command hox__command_rm = {
    .name = "rm",
    .synopsis = "[STORE:]STUDY... [FLAGS]",
    .summary = "remove studies from a store, for good",
    .example = {{"hox rm test-1 --dry-run", "what would go"}, {"hox rm test-1 -y", ""}},
    .option = options,
    .positional_min = 1,
    .positional_max = -1,
    .complete = "study",
    .run = run,
};
