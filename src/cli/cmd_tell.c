/* hox tell STUDY@TRIAL NAME=VALUE...: what came of a trial that was asked. */
#include "cli/drive.h"
#include <inttypes.h>

static const hox__option options[] = {
    HOX__WAIT_OPTION,
    {"lease", 0, HOX__OPTION_TEXT, 0, "WORD",
     "the word that `hox ask` gave: refused when somebody else has the trial now", NULL, NULL},
    {"failed", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON, "WHY", "it failed", NULL, NULL},
    {0},
};

static hox_status tell(hox__cli *cli, hox_study *study, const hox__subject *subject,
                       const hox__measures *measures)
{
    hox__text scores = {0}, metrics = {0};
    hox__told told = {
        .trial = subject->trial,
        .lease = hox__args_text(&cli->args, "lease", NULL),
        .failed = hox__args_text(&cli->args, "failed", NULL),
    };
    hox_status status = HOX_OK;
    if (!told.failed)
        status = hox__measures_tell(measures, study, &told, &scores, &metrics, &cli->error);
    if (status == HOX_OK)
        status = hox__study_tell(study, &told, &cli->error);
    hox__text_deinit(&scores);
    hox__text_deinit(&metrics);
    return status;
}

static int run(hox__cli *cli)
{
    hox__subject subject;
    hox__measures measures;
    hox_study *study = NULL;
    hox_status status = hox__subject_read(cli->args.positional[0], &subject, &cli->error);
    if (status == HOX_OK && subject.which != HOX__TRIAL_NUMBER)
        status = hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                          "`%s`: whose result?\nwrite STUDY@TRIAL, `hox tell lab@3 y=0.73`",
                          cli->args.positional[0]);
    if (status == HOX_OK)
        status = hox__measures_read(cli, 1, &measures);
    if (status == HOX_OK)
        status = hox__drive_join(cli, &subject, HOX__STAY_TELL, &study);
    if (status == HOX_OK)
        status = tell(cli, study, &subject, &measures);
    hox_study_close(study);
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__FAILED;
}

const hox__command hox__command_tell = {
    .name = "tell",
    .synopsis = "[STUDY]@TRIAL NAME=VALUE... [FLAGS]",
    .summary = "the result of a trial that was asked; the same again is fine",
    .example = {{"hox tell lab@3 y=0.73", "the metric of the study's objective"},
                {"hox tell lab@3 --failed 'the robot fell over'", ""}},
    .option = options,
    .positional_min = 1,
    .positional_max = -1,
    .complete = "study",
    .run = run,
};
