/* hox train FILE.hox | --from STUDY@TRIAL: one sentence, trained once; validation while it trains,
 * the test set read at the end, the network saved. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/io.h"
#include "base/proc.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/quantity.h"
#include "cli/run.h"
#include "cli/screen.h"
#include "cli/sheet.h"
#include "cli/signals.h"
#include "cli/spec.h"
#include "cli/view.h"
#include "nn/train.h"
#include <hox/version.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const hox__option options[] = {
    {"from", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "STUDY@T",
     "the sentence and seed of a trial", NULL, "study"},
    {"output", 'o', HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "MODEL",
     "where the network is saved", "FILE.hoxm", "file"},
    {"refit", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL,
     "train on training and validation examples together", NULL, NULL},
    {"epochs", 0, HOX__OPTION_INT, HOX__OPTION_COMMON, "N", "how often to see the data",
     "of the sentence", NULL},
    {"seed", 0, HOX__OPTION_SEED, HOX__OPTION_COMMON, "N", "of weights, order and augmentation",
     "of the trial, else drawn and printed", NULL},
    {"data", 0, HOX__OPTION_TEXT, HOX__OPTION_NO_ENV, "D",
     "learn from these instead of the file's own: a set's name, a file or a folder", NULL, "file"},
    {"threads", 0, HOX__OPTION_INT, 0, "N", "to compute in; the same N gives the same weights", "1",
     NULL},
    {"memory", 0, HOX__OPTION_BYTES, 0, "SIZE", "for the network and its training",
     "80 % of the machine", NULL},
    {"progress", 0, HOX__OPTION_WORD, 0, "live|line|json|none", "what stderr shows meanwhile",
     "live on a terminal, else line", NULL},
    {0},
};

typedef struct {
    hox__cli *cli;
    char origin[300], model_path[320]; /* for messages; where it is saved */
    hox__spec spec;
    hox__view view;
    const hox_space *space;
    hox_sentence *sentence;
    const char *study;
    uint64_t trial, seed;
    double budget;
    int threads;
    hox__recipe recipe;
    hox__data_plan plan;
    hox__dataset *dataset;
    hox__split split;
    hox__model *model;
    hox__train_result result;
    hox__score test;
    hox__progress_mode mode;
    hox__screen screen;
} trainer;

/* ---- the sentence ---- */

static hox_status from_trial(trainer *t, const char *word)
{
    hox__subject subject;
    hox__trial_row row;
    hox_error *err = &t->cli->error;
    hox_status status = hox__subject_read(word, &subject, err);
    if (status == HOX_OK && subject.which == HOX__TRIAL_NONE)
        return hox_fail(err, HOX_ERR_ARGUMENT,
                        "`%s` names a study; one of its trials is trained: `%s@best`", word, word);
    if (status == HOX_OK)
        status = hox__view_open(t->cli, &subject, &t->view);
    if (status == HOX_OK)
        status = hox__view_trial(&t->view, &subject, &row, err);
    if (status == HOX_DONE)
        return hox_fail(err, HOX_ERR_ARGUMENT, "no trial of %s has finished", t->view.study.name);
    if (status == HOX_OK)
        status = hox__view_sentence(t->cli, &t->view, &row, &t->sentence);
    if (status != HOX_OK)
        return status;
    t->space = hox__past_space(t->view.past, t->view.space, row.trial);
    t->study = t->view.study.name;
    t->trial = row.trial;
    t->seed = row.seed;
    t->budget = row.budget;
    snprintf(t->origin, sizeof t->origin, "%s@%" PRIu64, t->study, t->trial);
    snprintf(t->model_path, sizeof t->model_path, "%s-%" PRIu64 ".hoxm", t->study, t->trial);
    return HOX_OK;
}

static hox_status from_file(trainer *t, const char *path)
{
    hox_error *err = &t->cli->error;
    hox_status status = hox__spec_open(t->cli, path, &t->spec);
    if (status != HOX_OK)
        return status;
    if (!hox_space_is_sentence(t->spec.space)) {
        hox__text size = {0};
        hox__put_size(&size, t->spec.space);
        hox_fail(err, HOX_ERR_ARGUMENT,
                 "%s holds %s; one is trained\nsearch for a good one: `hox search %s -t 2m`, then "
                 "`hox best -o best.hox`\nor draw one: `hox sample %s -n 1 -o some`, then "
                 "`hox train some/1.hox`",
                 path, hox__text_get(&size), path, path);
        hox__text_deinit(&size);
        return HOX_ERR_ARGUMENT;
    }
    t->space = t->spec.space;
    t->seed = hox__entropy_u64();
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    const int n = (int)(dot && dot > name ? (size_t)(dot - name) : strlen(name));
    snprintf(t->origin, sizeof t->origin, "%s", path);
    snprintf(t->model_path, sizeof t->model_path, "%.*s.hoxm", n < 300 ? n : 300, name);
    return hox__spec_sentence(t->space, &t->sentence, err);
}

static hox_status find_sentence(trainer *t)
{
    const hox__args *args = &t->cli->args;
    const char *from = hox__args_text(args, "from", NULL);
    const char *word = args->positionals ? args->positional[0] : NULL;
    if (from && word)
        return hox_fail(&t->cli->error, HOX_ERR_ARGUMENT,
                        "`%s` and --from %s are two sentences; one is trained", word, from);
    if (!from && !word)
        return hox_fail(&t->cli->error, HOX_ERR_ARGUMENT,
                        "what shall be trained?\nwrite `hox train FILE.hox` or `hox train --from "
                        "STUDY@best`");
    if (from || (strchr(word, '@') && !hox__file_exists(word)))
        return from_trial(t, from ? from : word);
    return from_file(t, word);
}

/* ---- data ---- */

static hox_status open_data(trainer *t)
{
    hox_error *err = &t->cli->error;
    const hox_term *data = hox_sentence_root(t->sentence, "data");
    const hox__places places = hox__places_of(t->cli);
    if (!data || !hox_sentence_root(t->sentence, "net"))
        return hox_fail(err, HOX_ERR_ARGUMENT,
                        "%s has no `%s`: there is nothing to train\nadd `%s`", t->origin,
                        data ? "net" : "data", data ? "net = …" : "data = idx(\"fashion-mnist\")");
    hox_status status = hox__recipe_read(t->sentence, t->budget, &t->recipe, err);
    if (status == HOX_OK)
        status = hox__data_plan_read(data, &t->plan, err);
    if (status == HOX_OK)
        status = hox__dataset_open(t->plan.source, &places, &t->dataset, err);
    if (status != HOX_OK)
        return status;
    if (hox__args_flag(&t->cli->args, "refit"))
        t->plan.validation = t->plan.folds = 0;
    t->recipe.epochs = hox__args_int(&t->cli->args, "epochs", t->recipe.epochs);
    if (t->recipe.epochs < 1)
        return hox_fail(err, HOX_ERR_ARGUMENT, "--epochs: at least 1");
    return hox__split_of(hox__dataset_training(t->dataset), &t->plan, &t->split, err);
}

/* ---- progress ---- */

static void epoch_json(hox__text *out, const hox__progress *p)
{
    hox__json json = {.out = out};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "epoch");
    hox__json_int(&json, "epoch", p->epoch);
    hox__json_int(&json, "epochs", p->epochs);
    hox__json_number(&json, "train_loss", p->loss);
    hox__json_number(&json, "accuracy", p->accuracy);
    hox__json_number(&json, "loss", p->validation_loss);
    if (!isfinite(p->accuracy) || !isfinite(p->loss))
        hox__json_text(&json, "nonfinite", "nan");
    hox__json_number(&json, "examples_per_s", p->examples_per_s);
    hox__json_end_object(&json);
    hox__text_putc(out, '\n');
}

static void epoch_line(hox__text *out, const hox__progress *p)
{
    hox__text_printf(out, "epoch %*" PRId64 " / %" PRId64 "   loss %.4f", p->epochs > 9 ? 2 : 1,
                     p->epoch, p->epochs, p->loss);
    if (isfinite(p->value))
        hox__text_printf(out, "   validation %.4f", p->value);
    if (p->examples_per_s > 0) {
        hox__text_puts(out, "   ");
        hox__print_grouped(out, (int64_t)p->examples_per_s);
        hox__text_puts(out, " examples/s");
    }
    hox__text_putc(out, '\n');
}

static void step_line(trainer *t, const hox__progress *p)
{
    const double now = hox__clock_s();
    if (!hox__screen_due(&t->screen, now))
        return;
    hox__text line = {0};
    hox__text_printf(
        &line, "epoch %" PRId64 " / %" PRId64 "   step %" PRId64 " / %" PRId64 "   loss %.4f\n",
        p->epoch, p->epochs, p->step, p->steps, p->loss);
    hox__screen_paint(&t->screen, hox__text_get(&line), now, false);
    hox__text_deinit(&line);
}

static bool on_report(void *ctx, const hox__progress *p)
{
    trainer *t = ctx;
    hox__stream *err = &t->cli->err;
    if (hox__signals_continued())
        hox__screen_leave(&t->screen);
    if (p->epoch_end && hox__wants_json(t->cli)) {
        epoch_json(&t->cli->out.text, p);
        hox__stream_flush(&t->cli->out);
    }
    if (p->epoch_end && t->mode == HOX__PROGRESS_JSON)
        epoch_json(&err->text, p);
    if (t->mode == HOX__PROGRESS_LIVE && !p->epoch_end)
        step_line(t, p);
    if (t->mode <= HOX__PROGRESS_LINE && (p->epoch_end || hox__signals_status_wanted())) {
        hox__screen_clear(&t->screen);
        epoch_line(&err->text, p);
    }
    hox__stream_flush(err);
    return *hox__signals_stop() == 0;
}

/* ---- training ---- */

static hox_status train(trainer *t)
{
    hox__cli *cli = t->cli;
    const hox__train_options train_options = {
        .seed = t->seed,
        .memory_bytes_max = (size_t)hox__args_int(&cli->args, "memory",
                                                  (int64_t)(0.8 * (double)hox__memory_bytes())),
        .threads = t->threads,
        .report = on_report,
        .now = hox__clock_s,
        .report_s = 0.1,
        .ctx = t,
    };
    t->mode = hox__progress_wanted(cli);
    hox__screen_init(&t->screen, &cli->err);
    hox__signals_install("\nleft at once; nothing was saved\n");
    const hox_status status =
        hox__train(&t->recipe, hox__dataset_training(t->dataset), &t->split, &t->plan,
                   &train_options, &t->result, &t->model, &cli->error);
    hox__screen_clear(&t->screen);
    hox__screen_deinit(&t->screen);
    hox__stream_flush(&cli->err);
    return status;
}

static hox_status test_and_save(trainer *t)
{
    hox_error *err = &t->cli->error;
    const hox__images *test = hox__dataset_test(t->dataset);
    t->test = (hox__score){.value = (double)NAN, .value_error = (double)NAN};
    hox_status status = HOX_OK;
    if (test && test->n > 0)
        status = hox__model_score(t->model, test, &t->test, NULL, err);
    char *text = hox_sentence_text(t->sentence, false);
    if (status == HOX_OK && !text)
        status = hox_fail(err, HOX_ERR_MEMORY, "no memory for the sentence");
    const hox__provenance provenance = {
        .sentence_text = text,
        .study = t->study,
        .version = HOX_VERSION,
        .data_hash = hox__dataset_hash(t->dataset),
        .trial = t->trial,
        .seed = t->seed,
        .validation = t->split.n_validation ? t->result.value : (double)NAN,
        .test = t->test.value,
    };
    if (status == HOX_OK)
        status = hox__model_save(t->model, &provenance, t->model_path, err);
    hox_text_free(text);
    return status;
}

/* ---- results ---- */

static void put_head(trainer *t)
{
    hox__stream *err = &t->cli->err;
    char *summary = hox_sentence_summary(t->sentence);
    hox__put(err, "hox %s . train %s . seed %" PRIu64 "\n", HOX_VERSION, t->origin, t->seed);
    hox__text_puts(&err->text, "network ");
    hox__put_escaped(err, summary ? summary : "");
    hox__text_puts(&err->text, "\ndata    ");
    hox__print_grouped(&err->text, t->split.n_train);
    hox__text_puts(&err->text, " to fit, ");
    hox__print_grouped(&err->text, t->split.n_validation);
    hox__put(err, " to validate; %" PRId64 " epoch%s\n", t->recipe.epochs,
             hox__plural(t->recipe.epochs));
    hox__stream_flush(err);
    hox_text_free(summary);
}

static void result_human(trainer *t, hox__stream *out)
{
    hox__text *text = &out->text;
    hox__put(out, "done in %.1f s", t->result.seconds);
    if (t->split.n_validation) {
        hox__text_puts(text, "   validation ");
        hox__print_score(text, t->result.value);
    }
    if (isfinite(t->test.value))
        hox__put(out, "   test %.4f", t->test.value);
    if (isfinite(t->test.value_error))
        hox__put(out, " +/- %.4f", t->test.value_error);
    hox__text_puts(text, "\n        saved as ");
    hox__put_escaped(out, t->model_path);
    hox__text_puts(text, " (");
    hox__print_grouped(text, t->result.params);
    hox__text_puts(text, " weights)\n");
}

static void result_data(trainer *t)
{
    static const hox__column column[] = {
        {"model", HOX__CELL_TEXT, 1},
        {"seed", HOX__CELL_ID, 1},
        {"validation", HOX__CELL_NUMBER, 1},
        {"test", HOX__CELL_NUMBER, 1},
        {"standard_error", HOX__CELL_NUMBER, 1},
        {"epochs", HOX__CELL_INT, 1},
        {"params", HOX__CELL_INT, 1},
        {"seconds", HOX__CELL_NUMBER, 1},
    };
    hox__format format = t->cli->format == HOX__FORMAT_JSON ? HOX__FORMAT_JSONL : t->cli->format;
    hox__sheet *sheet = hox__sheet_begin(&t->cli->out, format, "result", column, 8);
    if (!sheet)
        return;
    const bool tested = isfinite(t->test.value);
    hox__sheet_row(
        sheet,
        (hox__cell[]){{.text = t->model_path},
                      {.id = t->seed},
                      {.number = t->result.value, .empty = !t->split.n_validation},
                      {.number = t->test.value, .empty = !tested},
                      {.number = t->test.value_error, .empty = !isfinite(t->test.value_error)},
                      {.integer = t->result.epochs},
                      {.integer = t->result.params},
                      {.number = t->result.seconds}});
    hox__sheet_end(sheet, NULL, NULL);
}

static void put_result(trainer *t)
{
    hox__cli *cli = t->cli;
    if (cli->format == HOX__FORMAT_TABLE)
        result_human(t, &cli->out);
    else if (!cli->quiet)
        result_human(t, &cli->err);
    if (cli->format != HOX__FORMAT_TABLE)
        result_data(t);
    hox__stream_flush(&cli->out);
    if (!cli->quiet)
        hox__put(&cli->err, "next    hox predict %s --test   what it gets wrong\n", t->model_path);
}

static void close_all(trainer *t)
{
    hox__model_free(t->model);
    hox__split_free(&t->split);
    hox__dataset_free(t->dataset);
    hox_sentence_free(t->sentence);
    hox__spec_close(&t->spec);
    hox__view_close(&t->view);
}

static hox_status run_all(trainer *t)
{
    const hox__option_value *seed = hox__args_get(&t->cli->args, "seed");
    hox_status status = find_sentence(t);
    if (status == HOX_OK)
        status = open_data(t);
    if (status != HOX_OK)
        return status;
    if (seed->given)
        t->seed = seed->seed;
    if (hox__threads_read(t->cli, &t->threads) != HOX_OK)
        return t->cli->error.status;
    const char *path = hox__args_text(&t->cli->args, "output", NULL);
    if (path && strlen(path) >= sizeof t->model_path)
        return hox_fail(&t->cli->error, HOX_ERR_ARGUMENT, "--output: the path is too long");
    if (path)
        snprintf(t->model_path, sizeof t->model_path, "%s", path);
    if (!t->cli->quiet)
        put_head(t);
    status = train(t);
    return status == HOX_OK ? test_and_save(t) : status;
}

static int run(hox__cli *cli)
{
    trainer *t = hox__alloc(1, sizeof *t);
    if (!t)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory to train"), HOX__FAILED;
    t->cli = cli;
    const hox_status status = run_all(t);
    int code = HOX__FAILED;
    if (status == HOX_OK) {
        put_result(t);
        code = HOX__EXIT_DONE;
    } else if (status == HOX_ERR_INTERRUPTED) {
        hox__put(&cli->err, "stopped; nothing was saved\n");
        code = HOX__EXIT_NO; /* main ends by the signal */
    }
    close_all(t);
    hox__free(t);
    return code;
}

const hox__command hox__command_train = {
    .name = "train",
    .synopsis = "FILE.hox | --from STUDY@TRIAL [FLAGS]",
    .summary = "train one network as its sentence says, test it once, save it",
    .example = {{"hox train best.hox", "a file with one sentence"},
                {"hox train --from fashion@best --refit", ""},
                {"hox train best.hox --epochs 20 --seed 1", ""}},
    .option = options,
    .positional_max = 1,
    .complete = "file",
    .run = run,
    .streams = true,
};
