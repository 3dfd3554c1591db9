/* hox replay STUDY@T: runs a trial again from its record and compares bit for bit; hox replay
 * STUDY: makes every suggestion again in the recorded order of events. Nothing is written to the
 * store. */
#include "cli/cli.h"
#include "cli/signals.h"
#include "cli/trust.h"
#include "cli/view.h"
#include "study/verify.h"
#include <inttypes.h>
#include <string.h>

static const hox__option options[] = {
    {"study", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL,
     "the suggestions of the whole study, also when a trial is named", NULL, NULL},
    {"allow-run", 0, HOX__OPTION_FLAG, HOX__OPTION_NO_ENV, NULL,
     "run the program of a study that is not trusted, this once", NULL, NULL},
    {0},
};

static const char *const verdicts[] = {"identical", "near", "different"};

static void put_json(hox__cli *cli, const char *study, bool whole, const hox__replayed *r)
{
    hox__json json = {.out = &cli->out.text};
    const bool differs = r->verdict != HOX__REPLAY_IDENTICAL;
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "replay");
    hox__json_text(&json, "study", study);
    if (!whole || differs)
        hox__json_int(&json, "trial", (int64_t)r->trial);
    hox__json_text(&json, "verdict", verdicts[r->verdict]);
    hox__json_int(&json, whole ? "suggestions" : "reports", r->compared);
    if (whole)
        hox__json_int(&json, "skipped", r->skipped);
    if (differs) {
        if (r->step >= 0)
            hox__json_int(&json, "step", r->step);
        hox__json_text(&json, "what", r->what);
        hox__json_text(&json, "was", r->was);
        hox__json_text(&json, "is", r->is);
    }
    hox__json_end_object(&json);
    hox__text_putc(&cli->out.text, '\n');
}

static void put_where(hox__stream *out, bool whole, const hox__replayed *r)
{
    if (whole)
        hox__put(out, " at trial %" PRIu64, r->trial);
    else if (r->step >= 0)
        hox__put(out, " at step %" PRId64, r->step);
    else
        hox__text_puts(&out->text,
                       strcmp(r->what, "data") == 0 ? " before its first step" : " at its end");
    hox__text_puts(&out->text, ": ");
    hox__put_escaped(out, r->what);
    hox__text_puts(&out->text, " was ");
    hox__put_escaped(out, *r->was ? r->was : "nothing");
    hox__text_puts(&out->text, ", is ");
    hox__put_escaped(out, *r->is ? r->is : "nothing");
    hox__text_putc(&out->text, '\n');
}

static void put_human(hox__cli *cli, const char *study, bool whole, const hox__replayed *r)
{
    hox__stream *out = &cli->out;
    hox__put(out, "%s", study);
    if (!whole)
        hox__put(out, "@%" PRIu64, r->trial);
    if (r->verdict == HOX__REPLAY_IDENTICAL && whole) {
        hox__put(out, "   all %" PRId64 " suggestions are the same", r->compared);
        if (r->skipped)
            hox__put(out, "; %" PRId64 " were the user's own", r->skipped);
        hox__text_putc(&out->text, '\n');
    } else if (r->verdict == HOX__REPLAY_IDENTICAL) {
        hox__put(out, "   identical: %" PRId64 " reports and the end\n", r->compared);
    } else {
        hox__text_puts(&out->text, r->verdict == HOX__REPLAY_NEAR
                                       ? "   the same to 1e-6, not bit for bit; first"
                                       : "   different");
        put_where(out, whole, r);
    }
}

/* Other data cannot give the same training: said before it begins. */
static hox_status verify(hox__cli *cli, hox_study *study, const char *data_hash, bool whole,
                         uint64_t trial, hox__replayed *r)
{
    if (whole)
        return hox__study_verify(study, r, &cli->error);
    if (strcmp(data_hash, study->ready.hash) != 0) {
        *r = (hox__replayed){
            .verdict = HOX__REPLAY_DIFFERENT, .trial = trial, .step = -1, .what = "data"};
        memcpy(r->was, data_hash, strlen(data_hash) < 65 ? strlen(data_hash) : 64);
        memcpy(r->is, study->ready.hash, strlen(study->ready.hash));
        return HOX_OK;
    }
    hox__signals_install("\nreplay left; nothing was written\n");
    const hox_status status = hox__trial_verify(study, trial, hox__signals_stop(), r, &cli->error);
    hox__signals_install("");
    return status;
}

static hox_status replay_era(hox__cli *cli, hox__view *view, bool whole, uint64_t trial, int era,
                             hox__replayed *r)
{
    hox_study *study = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    if (!list)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the messages");
    hox_status status = hox__study_open_to_verify(view->path, view->study.name, cli->data, whole,
                                                  era, list, &study, &cli->error);
    if (status == HOX_OK)
        status = verify(cli, study, view->study.data_hash, whole, trial, r);
    else if (!cli->error.message[0]) {
        hox__diagnostics_put(&cli->err, list, hox__wants_json(cli));
        cli->error.status = status;
        cli->diagnosed = true;
    }
    hox_study_close(study);
    hox_diagnostics_free(list);
    return status;
}

/* A study whose space was changed has several eras, each with suggestions of its own. */
static hox_status replay(hox__cli *cli, hox__view *view, bool whole, uint64_t trial,
                         hox__replayed *r)
{
    hox_status status = HOX_OK;
    *r = (hox__replayed){.step = -1};
    if (!whole)
        return replay_era(cli, view, false, trial, hox__past_era(view->past, trial), r);
    for (int era = 0; era <= hox__past_eras(view->past) && status == HOX_OK &&
                      r->verdict == HOX__REPLAY_IDENTICAL;
         era++)
        status = replay_era(cli, view, true, trial, era, r);
    return status;
}

static hox_status of_view(hox__cli *cli, hox__view *view, const hox__subject *subject, bool *same)
{
    hox__trial_row row = {0};
    hox__replayed r;
    const bool whole = subject->which == HOX__TRIAL_NONE || hox__args_flag(&cli->args, "study");
    hox_status status = whole ? HOX_OK : hox__view_trial(view, subject, &row, &cli->error);
    if (status == HOX_DONE)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "no trial of %s has finished",
                        view->study.name);
    if (status == HOX_OK)
        status = hox__view_space(cli, view);
    if (status == HOX_OK && !whole)
        status = hox__trust_check(cli, view->study.name, view->study.spec, view->space);
    if (status == HOX_OK)
        status = replay(cli, view, whole, row.trial, &r);
    if (status < 0)
        return status;
    *same = r.verdict == HOX__REPLAY_IDENTICAL;
    (hox__wants_json(cli) ? put_json : put_human)(cli, view->study.name, whole, &r);
    return HOX_OK;
}

static int run(hox__cli *cli)
{
    hox__subject subject;
    hox__view view;
    bool same = false;
    const char *word = cli->args.positionals ? cli->args.positional[0] : NULL;
    if (hox__subject_read(word, &subject, &cli->error) != HOX_OK ||
        hox__view_open(cli, &subject, &view) != HOX_OK)
        return HOX__FAILED;
    const hox_status status = of_view(cli, &view, &subject, &same);
    hox__view_close(&view);
    if (status < 0)
        return HOX__FAILED;
    return same ? HOX__EXIT_DONE : HOX__EXIT_NO;
}

const hox__command hox__command_replay = {
    .name = "replay",
    .synopsis = "[[STORE:]STUDY[@T]] [FLAGS]",
    .summary = "run a trial again and compare bit for bit; or all suggestions of a study",
    .example = {{"hox replay @42", "is what the log says of trial 42 what happens again?"},
                {"hox replay fashion", "would the search try the same again?"},
                {"hox replay fashion@best --json", "for other programs; exit code 1: it differs"}},
    .option = options,
    .positional_max = 1,
    .complete = "study",
    .run = run,
};
