/* hox ask STUDY | FILE.hox: the next trial, for somebody else to run. */
#include "base/entropy.h"
#include "base/io.h"
#include "cli/drive.h"
#include "cli/program.h"
#include "cli/sheet.h"
#include "cli/spec.h"
#include "cli/view.h"
#include "study/command_line.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const hox__option options[] = {
    HOX__PROGRAM_OPTIONS,
    HOX__WAIT_OPTION,
    {"lease-time", 0, HOX__OPTION_DURATION, HOX__OPTION_COMMON, "DUR",
     "how long the trial is yours; a report begins it anew", "1h", NULL},
    {"strategy", 's', HOX__OPTION_TEXT, HOX__OPTION_COMMON, "S", "of a new study",
     "of the file, else auto", "strategy"},
    {"prune", 0, HOX__OPTION_TEXT, HOX__OPTION_OPTIONAL, "RULE", "of a new study", "usual", NULL},
    {"amend", 0, HOX__OPTION_FLAG, HOX__OPTION_NO_ENV, NULL,
     "go on with a study of that name in this space", NULL, NULL},
    {"seed", 0, HOX__OPTION_SEED, 0, "N", "of a new study", "drawn", NULL},
    {"name", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON, "STUDY", "of a new study", "the file's name",
     "study"},
    {0},
};

static void put_json(hox__cli *cli, const hox_study *study, const hox__asked *a,
                     const hox__values *values)
{
    hox__json json = {.out = &cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "trial");
    hox__json_text(&json, "study", study->name);
    hox__json_int(&json, "trial", (int64_t)a->what.trial);
    hox__json_id(&json, "seed", a->what.seed);
    if (a->budget > 0)
        hox__json_number(&json, "budget", a->budget);
    hox__json_text(&json, "lease", a->lease);
    hox__json_number(&json, "lease_s", hox__drive_lease_s(cli));
    hox__json_begin_object(&json, "params");
    hox__values_json(values, &json);
    hox__json_end_object(&json);
    hox__json_text(&json, "walk", a->what.walk);
    hox__json_end_object(&json);
    hox__text_putc(&cli->out.text, '\n');
}

static void put(hox__cli *cli, const hox_study *study, const hox__asked *a)
{
    const hox__values values = {
        .space = study->space,
        .sentence = a->what.sentence,
        .study = study->name,
        .seed = a->what.seed,
        .trial = a->what.trial,
        .budget = a->budget,
    };
    hox__text line = {0};
    if (hox__wants_json(cli)) {
        put_json(cli, study, a, &values);
        return;
    }
    hox__values_line(&values, &line);
    hox__put(&cli->out, "%s@%" PRIu64 "\t%s\t%s\n", study->name, a->what.trial, a->lease,
             hox__text_get(&line));
    hox__text_deinit(&line);
}

/* No trial: exit code 1 both when all is done and when others must be told of first. */
static void put_none(hox__cli *cli, const hox_study *study, const char *why)
{
    hox__json json = {.out = &cli->out.text};
    if (!hox__wants_json(cli))
        return;
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "none");
    hox__json_text(&json, "study", study->name);
    hox__json_text(&json, "why", why);
    hox__json_end_object(&json);
    hox__text_putc(&cli->out.text, '\n');
}

static int ask(hox__cli *cli, hox_study *study)
{
    hox__asked a;
    const hox_status status = hox__study_ask(study, hox__drive_lease_s(cli), true, &a, &cli->error);
    if (status == HOX_OK)
        put(cli, study, &a);
    else if (status == HOX_DONE && !cli->quiet)
        hox__put(&cli->err, "nothing is left to try in %s\n", study->name);
    else if (status == HOX_WAIT && !cli->quiet)
        hox__put(&cli->err, "tell of the trials of %s that are under way first\n", study->name);
    if (status == HOX_DONE || status == HOX_WAIT)
        put_none(cli, study, status == HOX_DONE ? "done" : "wait");
    hox__suggestion_free(&a.what);
    return status == HOX_OK ? HOX__EXIT_DONE : status > 0 ? HOX__EXIT_NO : HOX__FAILED;
}

/* A study made from a file or from flags, or the one of that name. */
static hox_status create(hox__cli *cli, const char *path, const char *text, hox_study **study)
{
    const hox__args *args = &cli->args;
    const hox__option_value *seed = hox__args_get(args, "seed");
    char name[128];
    const char *slash = path ? strrchr(path, '/') : NULL;
    const char *base = path ? slash ? slash + 1 : path : "study";
    snprintf(name, sizeof name, "%.*s", (int)strcspn(base, "."), base);
    bool resumed;
    const hox_study_options fixed = {
        .store = cli->store,
        .name = hox__args_text(args, "name", name),
        .spec_name = path ? path : "command line",
        .spec = text,
        .strategy = hox__args_text(args, "strategy", NULL),
        .prune = hox__args_text(args, "prune", NULL),
        .seed = seed->given ? seed->seed : hox__entropy_u64(),
        .told = true,
        .any_seed = !seed->given,
        .amend = hox__args_flag(args, "amend"),
    };
    hox_diagnostics *list = hox_diagnostics_new();
    if (!list)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the messages");
    const hox_status status = hox_study_create(&fixed, list, study, &resumed, &cli->error);
    if (status != HOX_OK && !cli->error.message[0]) {
        hox__diagnostics_put(&cli->err, list, hox__wants_json(cli));
        cli->error.status = status;
        cli->diagnosed = true;
    }
    hox_diagnostics_free(list);
    return status;
}

static hox_status open_study(hox__cli *cli, hox_study **study)
{
    const char *word = cli->args.positionals ? cli->args.positional[0] : NULL;
    hox__text text = {0};
    hox__subject subject;
    bool any;
    hox_status status = hox__program_text(cli, &text, &any);
    const bool file = word && hox__file_kind_of(word) == HOX__FILE_HOX && !hox__is_study(cli, word);
    if (status == HOX_OK && (any || file)) {
        char *from = NULL;
        size_t n = 0;
        hox__text whole = {0};
        if (file)
            status = hox__spec_read(cli, word, &from, &n);
        hox__text_printf(&whole, "%s%s%s", from ? from : "", from ? "\n" : "",
                         hox__text_get(&text));
        if (status == HOX_OK)
            status = create(cli, file ? word : NULL, hox__text_get(&whole), study);
        hox__text_deinit(&whole);
        hox_text_free(from);
    } else if (status == HOX_OK) {
        status = hox__subject_read(word, &subject, &cli->error);
        if (status == HOX_OK)
            status = hox__drive_join(cli, &subject, HOX__STAY_ONCE, study);
    }
    hox__text_deinit(&text);
    return status;
}

static int run(hox__cli *cli)
{
    hox_study *study = NULL;
    const int code = open_study(cli, &study) == HOX_OK ? ask(cli, study) : HOX__FAILED;
    hox_study_close(study);
    return code;
}

const hox__command hox__command_ask = {
    .name = "ask",
    .synopsis = "[[STORE:]STUDY | FILE.hox] [FLAGS]",
    .summary = "the next trial of a study, to be run by whoever asks",
    .example = {{"hox ask lab --json", "its number, its values, its lease"},
                {"hox ask --max y -p x='0.0..1.0' --name lab", "of a study that begins with it"},
                {"hox tell lab@3 y=0.73", "what came of it"}},
    .option = options,
    .positional_max = 1,
    .complete = "study",
    .run = run,
};
