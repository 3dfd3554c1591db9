/* hox resume [STUDY]: go on where a study ended or was cut off. */
#include "base/io.h"
#include "cli/cli.h"
#include "cli/run.h"
#include "cli/trust.h"
#include "cli/view.h"
#include "study/study.h"
#include <hox/version.h>
#include <inttypes.h>
#include <string.h>

static const hox__option options[] = {
    HOX__RUN_OPTIONS,
    {"allow-run", 0, HOX__OPTION_FLAG, HOX__OPTION_NO_ENV, NULL,
     "run the program of a study that is not trusted, this once", NULL, NULL},
    {0},
};

static void put_head(hox__cli *cli, const hox_study *study, const hox__counts *before, int jobs)
{
    const hox_study_facts facts = hox_study_describe(study);
    hox__stream *err = &cli->err;
    hox__put(err, "hox %s . study %s in %s . seed %" PRIu64 " . %d job%s\n", HOX_VERSION,
             facts.name, facts.store, facts.seed, jobs > 0 ? jobs : 0, jobs == 1 ? "" : "s");
    const int64_t cut = before->running + before->queued;
    hox__put(err, "resume  %" PRId64 " trials are safe", facts.done + facts.failed + facts.pruned);
    if (cut)
        hox__put(err, "; %" PRId64 " cut off, to be run again", cut);
    hox__put(err, "\nsearch  %s, %s\n", facts.strategy, facts.objective);
    if (*facts.allocator)
        hox__put(err, "prune   %s\n", facts.allocator);
    hox__text_putc(&err->text, '\n');
    hox__stream_flush(err);
}

static int resume(hox__cli *cli, const hox__subject *subject, bool told, const hox__counts *before,
                  hox_run_options *run_options)
{
    hox_study *study = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    if (!list)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the messages"), HOX__FAILED;
    if (subject->store[0])
        cli->store = subject->store;
    const hox_status status =
        hox__study_open(cli->store, subject->study, cli->data, told, list, &study, &cli->error);
    int code = HOX__FAILED;
    if (status == HOX_OK) {
        hox_study_options_fill(study, run_options);
        if (!cli->quiet)
            put_head(cli, study, before, run_options->jobs);
        code = hox__run_study(cli, study, run_options);
    } else if (!cli->error.message[0]) {
        hox__diagnostics_put(&cli->err, list, hox__wants_json(cli));
        cli->error.status = status;
        cli->diagnosed = true;
    }
    hox_study_close(study);
    hox_diagnostics_free(list);
    return code;
}

static int run(hox__cli *cli)
{
    hox__subject subject;
    hox__view view;
    hox__counts before;
    hox_run_options run_options;
    const char *word = cli->args.positionals ? cli->args.positional[0] : NULL;
    if (hox__run_options_read(cli, &run_options) != HOX_OK ||
        hox__subject_read(word, &subject, &cli->error) != HOX_OK)
        return HOX__FAILED;
    if (subject.which != HOX__TRIAL_NONE)
        return hox_fail(
                   &cli->error, HOX_ERR_ARGUMENT,
                   "`%s`: a study is resumed, not one of its trials\n`hox train --from %s` runs "
                   "a trial again",
                   word, word),
               HOX__FAILED;
    if (hox__view_open(cli, &subject, &view) != HOX_OK)
        return HOX__FAILED;
    strncpy(subject.study, view.study.name, sizeof subject.study - 1);
    hox_status status = hox__view_count(&view, &before, &cli->error);
    if (status == HOX_OK)
        status = hox__view_space(cli, &view);
    if (status == HOX_OK)
        status = hox__trust_check(cli, view.study.name, view.study.spec, view.space);
    const bool told = status == HOX_OK && hox__run_is_told(view.space, &run_options);
    hox__view_close(&view);
    return status == HOX_OK ? resume(cli, &subject, told, &before, &run_options) : HOX__FAILED;
}

const hox__command hox__command_resume = {
    .name = "resume",
    .synopsis = "[[STORE:]STUDY] [FLAGS]",
    .summary = "go on with a study that ended or was cut off; finished trials are kept",
    .example = {{"hox resume", "the study last written, up to its old bounds"},
                {"hox resume fashion -t 10m", "ten minutes more"},
                {"hox resume fashion -n 200", "until it has 200 trials"}},
    .option = options,
    .positional_max = 1,
    .complete = "study",
    .run = run,
    .streams = true,
};
