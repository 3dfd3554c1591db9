/* hox rename [STORE:]STUDY NAME */
#include "base/io.h"
#include "cli/cli.h"
#include "cli/view.h"
#include "study/manage.h"
#include <stdio.h>
#include <string.h>

/* The folders of its trials go with it. */
static hox_status move_folder(const char *store, const char *from, const char *to, hox_error *err)
{
    char a[4096], b[4096];
    const int n = snprintf(a, sizeof a, "%s.d/%s", store, from);
    const int m = snprintf(b, sizeof b, "%s.d/%s", store, to);
    if (n >= (int)sizeof a || m >= (int)sizeof b || !hox__file_exists(a))
        return HOX_OK;
    if (hox__file_exists(b))
        hox__remove_tree(b, NULL); /* of a study that is no more */
    return hox__move(a, b, err);
}

static hox_status give_name(hox__cli *cli, const char *path, const char *old, const char *name)
{
    hox__store *store;
    hox__study_row row;
    bool guessed;
    hox_status status = hox__store_open(path, HOX__STORE_WRITE, &store, &cli->error);
    if (status != HOX_OK)
        return status;
    status = hox__store_find(store, old, &row, &guessed, &cli->error);
    if (status == HOX_OK)
        status = hox__store_rename(store, row.id, name, &cli->error);
    if (status == HOX_OK)
        status = move_folder(path, old, name, &cli->error);
    hox__store_close(store);
    return status;
}

static int run(hox__cli *cli)
{
    hox__subject subject;
    const char *name = cli->args.positional[1];
    if (hox__subject_read(cli->args.positional[0], &subject, &cli->error) != HOX_OK)
        return HOX__FAILED;
    if (!*name || strpbrk(name, ":@/\n") || *name == '-' || *name == '.' || strlen(name) >= 200)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                        "`%.60s` cannot name a study\na name has no `:`, `@` or `/` and begins "
                        "with neither `-` nor `.`",
                        name),
               HOX__FAILED;
    const char *path = subject.store[0] ? subject.store : cli->store;
    const hox_status status = give_name(cli, path, subject.study, name);
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__FAILED;
}

static const hox__option options[] = {{0}};

const hox__command hox__command_rename = {
    .name = "rename",
    .synopsis = "[STORE:]STUDY NAME",
    .summary = "give a study another name",
    .example = {{"hox rename train.py fashion-2", ""}},
    .option = options,
    .positional_min = 2,
    .positional_max = 2,
    .complete = "study",
    .run = run,
};
