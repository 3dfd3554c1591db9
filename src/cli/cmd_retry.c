/* hox retry STUDY@TRIAL...: the same answers again, as new trials that the next run begins with. */
#include "cli/drive.h"
#include <inttypes.h>
#include <string.h>

static const hox__option options[] = {HOX__WAIT_OPTION, {0}};

static hox_status retry(hox__cli *cli, const char *word)
{
    hox__subject subject;
    hox_study *study = NULL;
    hox__trial_row row;
    uint64_t trial = 0;
    hox_status status = hox__subject_read(word, &subject, &cli->error);
    if (status == HOX_OK && subject.which != HOX__TRIAL_NUMBER)
        status = hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                          "`%s`: which trial?\nwrite STUDY@TRIAL, `hox retry fashion@6`", word);
    if (status == HOX_OK)
        status = hox__drive_join(cli, &subject, HOX__STAY_ONCE, &study);
    if (status == HOX_OK)
        status = hox__store_trial(study->store, study->id, subject.trial, &row, &cli->error);
    if (status == HOX_OK)
        status = hox__past_read(study->past, subject.trial, row.walk, study->walk, &cli->error);
    char *walk = status == HOX_OK ? hox_walk_text(study->walk) : NULL;
    if (status == HOX_OK && !walk)
        status = hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for a trial");
    if (status == HOX_OK)
        status = hox__study_enqueue(study, walk, &trial, &cli->error);
    hox_text_free(walk);
    if (status == HOX_OK && !cli->quiet)
        hox__put(&cli->err, "%s@%" PRIu64 " will be tried again as @%" PRIu64 "\n", study->name,
                 subject.trial, trial);
    hox_study_close(study);
    return status;
}

static int run(hox__cli *cli)
{
    for (int i = 0; i < cli->args.positionals; i++)
        if (retry(cli, cli->args.positional[i]) != HOX_OK)
            return HOX__FAILED;
    return HOX__EXIT_DONE;
}

const hox__command hox__command_retry = {
    .name = "retry",
    .synopsis = "STUDY@TRIAL...",
    .summary = "queue trials again; `hox resume` or `hox ask` begins with them",
    .example = {{"hox retry fashion@6 fashion@9", "then: hox resume fashion -n 40"}},
    .option = options,
    .positional_min = 1,
    .positional_max = -1,
    .complete = "study",
    .run = run,
};
