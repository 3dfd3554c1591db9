/* hox import FILE: what `hox export` has written, as a study of this store. It runs nothing. */
#include "base/alloc.h"
#include "base/io.h"
#include "cli/cli.h"
#include "study/ask.h"
#include "study/manage.h"
#include <inttypes.h>
#include <string.h>

enum { FILE_BYTES = 1 << 30 };

static const hox__option options[] = {
    {"name", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON, "STUDY", "of the study here", "as it was",
     "study"},
    {0},
};

/* It must be a study that its strategy can go on with; else it goes again. */
static hox_status verify(hox__cli *cli, const char *name, int64_t *trials)
{
    hox_study *study = NULL;
    hox__store *store;
    hox__study_row row;
    bool guessed;
    hox_status status = hox__study_join(cli->store, name, 0, HOX__STAY_LONG, &study, &cli->error);
    *trials = status == HOX_OK ? study->trials : 0;
    for (int64_t i = 0; i < *trials && status == HOX_OK; i++) {
        hox_sentence *sentence;
        status = hox_study_sentence(study, (uint64_t)i, &sentence, &cli->error);
        hox_sentence_free(sentence);
    }
    hox_study_close(study);
    if (status == HOX_OK || hox__store_open(cli->store, HOX__STORE_WRITE, &store, NULL) != HOX_OK)
        return status;
    if (hox__store_find(store, name, &row, &guessed, NULL) == HOX_OK)
        hox__store_remove(store, row.id, NULL);
    hox__store_close(store);
    return status;
}

static hox_status import(hox__cli *cli, const char *text, char name[256])
{
    hox__store *store;
    hox_status status = hox__store_open(cli->store, HOX__STORE_CREATE, &store, &cli->error);
    if (status != HOX_OK)
        return status;
    status =
        hox__store_import(store, text, hox__args_text(&cli->args, "name", NULL), name, &cli->error);
    hox__store_close(store);
    return status;
}

static int run(hox__cli *cli)
{
    char *text, name[256] = "";
    size_t n;
    int64_t trials = 0;
    hox_status status = hox__file_read(cli->args.positional[0], FILE_BYTES, &text, &n, &cli->error);
    if (status != HOX_OK)
        return HOX__FAILED;
    status = import(cli, text, name);
    if (status == HOX_OK)
        status = verify(cli, name, &trials);
    if (status == HOX_OK && !cli->quiet)
        hox__put(&cli->err, "study %s with %" PRId64 " trial%s is in %s\n", name, trials,
                 hox__plural(trials), cli->store);
    hox__free(text);
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__FAILED;
}

const hox__command hox__command_import = {
    .name = "import",
    .synopsis = "FILE [FLAGS]",
    .summary = "a study that `hox export` has written, into this store",
    .example = {{"hox import fashion.jsonl", ""}, {"hox import - --name copy <fashion.jsonl", ""}},
    .option = options,
    .positional_min = 1,
    .positional_max = 1,
    .complete = "file",
    .run = run,
};
