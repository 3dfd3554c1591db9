/* hox resume [STUDY]: go on where a study ended or was cut off. */
#include "base/io.h"
#include "cli/cli.h"
#include "cli/program.h"
#include "cli/run.h"
#include "cli/spec.h"
#include "cli/trust.h"
#include "cli/view.h"
#include "study/amend.h"
#include <hox/version.h>
#include <inttypes.h>
#include <string.h>

static const hox__option options[] = {
    HOX__RUN_OPTIONS,
    {"param", 'p', HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_REPEAT | HOX__OPTION_NO_ENV,
     "NAME=EXPR", "change a rule of the study: -p lr='log 1e-5 .. 1e-1'", NULL, NULL},
    {"allow-run", 0, HOX__OPTION_FLAG, HOX__OPTION_NO_ENV, NULL,
     "run the program of a study that is not trusted, this once", NULL, NULL},
    {0},
};

static void put_head(hox__cli *cli, const hox_study *study, const hox__counts *before, int jobs)
{
    const hox_study_facts facts = hox_study_describe(study);
    hox__stream *err = &cli->err;
    hox__put(err, "hox %s . study %s in %s . seed %" PRIu64 " . %d job%s\n", HOX_VERSION,
             facts.name, facts.store, facts.seed, jobs > 0 ? jobs : 0, hox__plural(jobs));
    const int64_t cut = before->running + before->queued;
    hox__put(err, "resume  %" PRId64 " trials are safe", facts.done + facts.failed + facts.pruned);
    if (cut)
        hox__put(err, "; %" PRId64 " cut off, to be run again", cut);
    hox__put(err, "\nsearch  %s, %s\n", facts.strategy, facts.objective);
    if (*facts.allocator)
        hox__put(err, "prune   %s\n", facts.allocator);
    hox__put_amendment(cli, study);
    hox__text_putc(&err->text, '\n');
    hox__stream_flush(err);
}

/* The text of the study with the rules of -p, which the user types and trusts by that; "": there
 * are none. */
static hox_status changed_spec(hox__cli *cli, const hox__view *view, hox__text *spec)
{
    hox__text rules = {0};
    hox__spec made = {0};
    hox_status status = hox__program_rules(cli, &rules);
    if (status == HOX_OK && rules.len)
        status = hox__spec_amend(view->study.spec, rules.data, spec, &cli->error);
    if (status == HOX_OK && rules.len)
        status = hox__spec_of_text(cli, view->study.name, spec->data, &made);
    if (status == HOX_OK && made.space && hox_space_has(made.space, "command"))
        hox__trust_add(view->study.name, spec->data, NULL);
    hox_space_free(made.space);
    hox__text_deinit(&rules);
    return status;
}

static hox_status open_changed(hox__cli *cli, const hox__subject *subject, bool told,
                               const char *spec, hox_diagnostics *list, hox_study **study)
{
    bool resumed;
    const hox_study_options options_of_study = {
        .store = cli->store,
        .name = subject->study,
        .spec_name = subject->study,
        .spec = spec,
        .any_seed = true,
        .data_folder = cli->data,
        .told = told,
        .amend = true,
    };
    return hox_study_create(&options_of_study, list, study, &resumed, &cli->error);
}

static int resume(hox__cli *cli, const hox__subject *subject, bool told, const char *spec,
                  const hox__counts *before, hox_run_options *run_options)
{
    hox_study *study = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    if (!list)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the messages"), HOX__FAILED;
    if (subject->store[0])
        cli->store = subject->store;
    hox_status status = *spec ? open_changed(cli, subject, told, spec, list, &study)
                              : hox__study_open(cli->store, subject->study, cli->data, told, list,
                                                &study, &cli->error);
    int code = HOX__FAILED;
    if (status == HOX_OK)
        status = hox_study_options_fill(study, run_options, &cli->error);
    if (status == HOX_OK) {
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
    hox__text spec = {0};
    if (status == HOX_OK)
        status = changed_spec(cli, &view, &spec);
    const bool told = status == HOX_OK && hox__run_is_told(view.space, &run_options);
    hox__view_close(&view);
    const int code = status == HOX_OK
                         ? resume(cli, &subject, told, hox__text_get(&spec), &before, &run_options)
                         : HOX__FAILED;
    hox__text_deinit(&spec);
    return code;
}

const hox__command hox__command_resume = {
    .name = "resume",
    .synopsis = "[[STORE:]STUDY] [FLAGS]",
    .summary = "go on with a study that ended or was cut off; finished trials are kept",
    .example = {{"hox resume", "the study last written, up to its old bounds"},
                {"hox resume fashion -t 10m", "ten minutes more"},
                {"hox resume fashion -n 200", "until it has 200 trials"},
                {"hox resume train.py -p lr='log 1e-5 .. 1e-1' -n 80", "in another range"}},
    .option = options,
    .positional_max = 1,
    .complete = "study",
    .run = run,
    .streams = true,
};
