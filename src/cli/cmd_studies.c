/* hox studies [STORE]: what is in a store. */
#include "cli/cli.h"
#include "cli/sheet.h"
#include "cli/view.h"
#include <math.h>

typedef struct {
    hox__cli *cli;
    hox__sheet *sheet;
    hox__store *store;
    hox_status status;
} lister;

static bool put(void *ctx, const hox__study_row *row)
{
    lister *l = ctx;
    int64_t n[HOX__TRIAL_STATES], trials = 0;
    hox__trial_row best;
    hox_error *err = &l->cli->error;
    l->status = hox__store_count(l->store, row->id, n, err);
    const hox_status found =
        l->status < 0 ? l->status : hox__store_best(l->store, row->id, &best, err);
    if (found < 0) {
        l->status = found;
        return false;
    }
    for (int i = 0; i < HOX__TRIAL_STATES; i++)
        trials += n[i];
    hox__sheet_row(l->sheet, (hox__cell[]){{.text = row->name},
                                           {.text = row->state},
                                           {.integer = trials},
                                           {.integer = n[HOX_TRIAL_DONE]},
                                           {.number = found == HOX_OK ? best.value : (double)NAN,
                                            .empty = found != HOX_OK},
                                           {.text = row->objective},
                                           {.text = row->strategy}});
    return true;
}

static int run(hox__cli *cli)
{
    static const hox__column column[] = {
        {"study", HOX__CELL_TEXT, 9},    {"state", HOX__CELL_TEXT, 7},
        {"trials", HOX__CELL_INT, 6},    {"done", HOX__CELL_INT, 5},
        {"best", HOX__CELL_NUMBER, 8},   {"objective", HOX__CELL_TEXT, 4},
        {"strategy", HOX__CELL_TEXT, 3},
    };
    const char *path = cli->args.positionals ? cli->args.positional[0] : cli->store;
    lister l = {.cli = cli};
    if (hox__store_open(path, HOX__STORE_READ, &l.store, &cli->error) != HOX_OK)
        return HOX__FAILED;
    l.sheet = hox__sheet_begin(&cli->out, cli->format, "study", column, 7);
    hox_status status =
        l.sheet ? hox__store_studies(l.store, put, &l, &cli->error) : HOX_ERR_MEMORY;
    if (l.status < 0)
        status = l.status;
    if (l.sheet)
        hox__sheet_end(l.sheet, NULL, NULL);
    hox__store_close(l.store);
    return status < 0 ? HOX__FAILED : HOX__EXIT_DONE;
}

static const hox__option options[] = {{0}};

const hox__command hox__command_studies = {
    .name = "studies",
    .synopsis = "[STORE] [FLAGS]",
    .summary = "the studies of a store: their state, trials and best values",
    .example = {{"hox studies", "of hox.db here"}, {"hox studies runs.db --json", ""}},
    .option = options,
    .positional_max = 1,
    .complete = "file",
    .run = run,
};
