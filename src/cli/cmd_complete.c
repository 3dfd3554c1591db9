/* hox __complete KIND [STUDY]: one word a line for completion scripts. Whatever goes wrong, it says
 * nothing and succeeds: a shell prompt is no place for messages. */
#include "base/io.h"
#include "cli/cli.h"
#include "lang/diagnose.h"
#include "space/vocabulary.h"
#include "study/methods.h"
#include "study/store.h"
#include <inttypes.h>
#include <string.h>

static bool put_study(void *ctx, const hox__study_row *row)
{
    hox__stream *out = ctx;
    hox__put_escaped(out, row->name);
    hox__text_putc(&out->text, '\n');
    return true;
}

static bool put_trial(void *ctx, const hox__trial_row *row)
{
    hox__put((hox__stream *)ctx, "%" PRIu64 "\n", row->trial);
    return true;
}

static void from_store(hox__cli *cli, bool trials)
{
    hox__store *store;
    hox_error ignored = {0};
    if (!hox__file_exists(cli->store) ||
        hox__store_open(cli->store, HOX__STORE_READ, &store, &ignored) != HOX_OK)
        return;
    hox__study_row study;
    bool guessed;
    const char *name = cli->args.positionals > 1 ? cli->args.positional[1] : NULL;
    if (!trials)
        hox__store_studies(store, put_study, &cli->out, &ignored);
    else if (hox__store_find(store, name, &study, &guessed, &ignored) == HOX_OK)
        hox__store_trials(store, study.id, put_trial, &cli->out, &ignored);
    hox__store_close(store);
}

static int run(hox__cli *cli)
{
    const char *kind = cli->args.positionals ? cli->args.positional[0] : "";
    hox__text *out = &cli->out.text;
    if (strcmp(kind, "command") == 0)
        for (int i = 0; hox__command_at(i); i++)
            hox__text_printf(out, "%s\n", hox__command_at(i)->name);
    if (strcmp(kind, "code") == 0)
        for (int i = 0; hox__code_at(i); i++)
            hox__text_printf(out, "%s\n", hox__code_at(i)->code);
    if (strcmp(kind, "shell") == 0)
        hox__text_puts(out, "bash\nzsh\nfish\n");
    if (strcmp(kind, "strategy") == 0) {
        int n;
        const hox_strategy *const *all = hox__strategy_all(&n);
        for (int i = 0; i < n; i++)
            hox__text_printf(out, "%s\n", all[i]->name);
    }
    char name[64], line[160];
    if (strcmp(kind, "vocabulary") == 0)
        for (int i = 0; hox__vocabulary_built_in(i, name, line); i++)
            hox__text_printf(out, "%s\n", name);
    if (strcmp(kind, "starter") == 0)
        hox__text_puts(out, "images\ntable\ntext\ncommand\n");
    if (strcmp(kind, "study") == 0 || strcmp(kind, "trial") == 0)
        from_store(cli, kind[0] == 't');
    return HOX__EXIT_DONE;
}

const hox__command hox__command_complete = {
    .name = "__complete",
    .synopsis = "KIND [STUDY]",
    .summary = "words for completion scripts",
    .positional_max = 2,
    .run = run,
};
