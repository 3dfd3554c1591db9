#include "cli/run.h"
#include "base/io.h"
#include "base/proc.h"
#include "cli/default_space.h"
#include "cli/front.h"
#include "cli/progress.h"
#include "cli/quantity.h"
#include "cli/sheet.h"
#include "cli/signals.h"
#include "study/command_line.h"
#include "study/objective.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --target names a score, or the column of a table when there is one on the command line. */
static hox_status read_target(hox__cli *cli, double *target)
{
    const hox__args *args = &cli->args;
    *target = (double)NAN;
    for (int i = 0; i < args->repeats; i++) {
        hox_error why = {0};
        if (strcmp(args->repeated_by[i]->name, "target") != 0 ||
            hox__quantity_real(args->repeated[i], target, &why) == HOX_OK)
            continue;
        const bool data = hox__args_has(args, "data") && hox__args_get(args, "data")->given;
        if (!data && (!args->positionals || !hox__is_data(args->positional[0])))
            return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "--target: %s", why.message);
    }
    return HOX_OK;
}

hox_status hox__threads_read(hox__cli *cli, int *threads)
{
    const int64_t n = hox__args_int(&cli->args, "threads", 1);
    *threads = hox__args_get(&cli->args, "threads")->given ? (int)n : 0;
    if (n >= 1 && n <= hox__cores())
        return HOX_OK;
    return hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                    "--threads: from 1 to %d, the cores that can be used here", hox__cores());
}

hox_status hox__run_options_read(hox__cli *cli, hox_run_options *options)
{
    const hox__args *args = &cli->args;
    *options = (hox_run_options){
        .trials = hox__args_int(args, "trials", 0),
        .epochs = hox__args_int(args, "epochs", 0),
        .time_s = hox__args_real(args, "time", 0),
        .jobs = (int)hox__args_int(args, "jobs", 0),
        .memory_bytes = hox__args_int(args, "memory", 0),
        .timeout_s = hox__args_real(args, "timeout", 0),
        .cpu_s = hox__args_real(args, "cpu", 0),
        .grace_s = hox__args_real(args, "grace", 0),
        .retries = hox__args_int(args, "retries", -1),
        .keep_going = hox__args_flag(args, "keep-going"),
        .stop = hox__signals_stop(),
    };
    if (cli->quiet == 0 && strcmp(hox__args_text(args, "progress", ""), "json") == 0)
        cli->quiet = 1; /* stderr is for other programs: events alone */
    static const char *const positive[] = {"trials", "epochs", "memory"};
    for (int i = 0; i < 3; i++)
        if (hox__args_get(args, positive[i])->given && hox__args_int(args, positive[i], 0) == 0)
            return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "--%s: 0 would try nothing",
                            positive[i]);
    if (hox__args_get(args, "time")->given && options->time_s <= 0)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "--time: 0 would try nothing");
    if (hox__args_int(args, "jobs", 1) == 0)
        options->jobs = HOX_JOBS_NONE;
    if (hox__args_int(args, "jobs", 1) > 1024)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "--jobs: at most 1024");
    if (hox__threads_read(cli, &options->threads) != HOX_OK)
        return cli->error.status;
    return read_target(cli, &options->target);
}

bool hox__run_is_told(const hox_space *space, const hox_run_options *options)
{
    return options->jobs == HOX_JOBS_NONE && hox__objective_of(space) == &hox__objective_told;
}

bool hox__run_has_bound(const hox_run_options *options)
{
    return options->trials > 0 || options->epochs > 0 || options->time_s > 0 ||
           !isnan(options->target);
}

void hox__put_amendment(hox__cli *cli, const hox_study *study)
{
    const hox__amendment *a = &study->amendment;
    hox__stream *err = &cli->err;
    if (!a->made)
        return;
    hox__put(err, "amended %" PRId64 " of %" PRId64 " trials are sentences of the changed space",
             a->inside, a->trials);
    if (a->inside < a->trials)
        hox__put(err, "; the other%s kept, and no method hears of %s",
                 a->trials - a->inside == 1 ? " is" : "s are",
                 a->trials - a->inside == 1 ? "it" : "them");
    hox__text_putc(&err->text, '\n');
    if (a->dropped)
        hox__put(err, "        %" PRId64 " that had not ended %s outside and ended now\n",
                 a->dropped, a->dropped == 1 ? "was" : "were");
}

/* ---- results ---- */

typedef struct {
    hox__cli *cli;
    hox_study *study;
    const char *model;
    hox_study_facts facts;
    hox_final final;
    char *summary; /* of the network; of a program its command */
    char *values;  /* what a program was told, which its command need not show; NULL: a network */
    hox__front front; /* of several goals */
} result;

static void model_json(const result *r)
{
    hox__json json = {.out = &r->cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "result");
    hox__json_text(&json, "study", r->facts.name);
    hox__json_int(&json, "trial", (int64_t)r->facts.best_trial);
    hox__json_number(&json, "value", r->facts.best_value);
    hox__json_int(&json, "best_of", r->facts.done);
    hox__json_number(&json, "test", r->final.test);
    hox__json_number(&json, "standard_error", r->final.standard_error);
    if (!isfinite(r->final.test))
        hox__json_text(&json, "nonfinite", "nan");
    hox__json_int(&json, "reading", r->final.reading);
    hox__json_text(&json, "model", r->model);
    hox__json_int(&json, "bytes", r->final.bytes);
    hox__json_int(&json, "params", r->final.params);
    if (r->facts.goals > 1)
        hox__front_json(&json, &r->study->aim, &r->front);
    hox__json_end_object(&json);
    hox__text_putc(&r->cli->out.text, '\n');
}

static void model_table(const result *r)
{
    static const hox__column column[] = {
        {"study", HOX__CELL_TEXT, 1},   {"trial", HOX__CELL_INT, 1},
        {"value", HOX__CELL_NUMBER, 1}, {"best_of", HOX__CELL_INT, 1},
        {"test", HOX__CELL_NUMBER, 1},  {"standard_error", HOX__CELL_NUMBER, 1},
        {"reading", HOX__CELL_INT, 1},  {"model", HOX__CELL_TEXT, 1},
        {"network", HOX__CELL_TEXT, 0},
    };
    hox__sheet *sheet = hox__sheet_begin(&r->cli->out, r->cli->format, "result", column, 9);
    if (!sheet)
        return;
    const bool tested = isfinite(r->final.test);
    hox__sheet_row(sheet, (hox__cell[]){{.text = r->facts.name},
                                        {.integer = (int64_t)r->facts.best_trial},
                                        {.number = r->facts.best_value},
                                        {.integer = r->facts.done},
                                        {.number = r->final.test, .empty = !tested},
                                        {.number = r->final.standard_error, .empty = !tested},
                                        {.integer = r->final.reading},
                                        {.text = r->model},
                                        {.text = r->summary}});
    hox__sheet_end(sheet, NULL, NULL);
}

static void program_json(const result *r)
{
    hox__json json = {.out = &r->cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "result");
    hox__json_text(&json, "study", r->facts.name);
    hox__json_int(&json, "trial", (int64_t)r->facts.best_trial);
    hox__json_text(&json, "metric", r->facts.metric);
    hox__json_number(&json, "value", r->facts.best_value);
    hox__json_int(&json, "best_of", r->facts.done);
    hox__json_text(&json, "command", r->summary);
    if (r->facts.goals > 1)
        hox__front_json(&json, &r->study->aim, &r->front);
    hox__json_end_object(&json);
    hox__text_putc(&r->cli->out.text, '\n');
}

static void program_table(const result *r)
{
    static const hox__column column[] = {
        {"study", HOX__CELL_TEXT, 1},   {"trial", HOX__CELL_INT, 1},
        {"value", HOX__CELL_NUMBER, 1}, {"best_of", HOX__CELL_INT, 1},
        {"metric", HOX__CELL_TEXT, 1},  {"command", HOX__CELL_TEXT, 0},
    };
    hox__sheet *sheet = hox__sheet_begin(&r->cli->out, r->cli->format, "result", column, 6);
    if (!sheet)
        return;
    hox__sheet_row(sheet, (hox__cell[]){{.text = r->facts.name},
                                        {.integer = (int64_t)r->facts.best_trial},
                                        {.number = r->facts.best_value},
                                        {.integer = r->facts.done},
                                        {.text = r->facts.metric},
                                        {.text = r->summary}});
    hox__sheet_end(sheet, NULL, NULL);
}

static void program_human(const result *r, hox__stream *out)
{
    hox__put(out, "best    %s@%" PRIu64 "%s   ", out->color->good, r->facts.best_trial,
             out->color->off);
    hox__put_escaped(out, r->facts.metric);
    hox__text_putc(&out->text, ' ');
    hox__print_score(&out->text, r->facts.best_value);
    hox__put(out, " (best of %" PRId64 ")\n", r->facts.done);
    const char *line[] = {r->values, r->summary};
    for (int i = 0; i < 2; i++)
        if (line[i] && *line[i]) {
            hox__text_puts(&out->text, "        ");
            hox__put_escaped(out, line[i]);
            hox__text_putc(&out->text, '\n');
        }
}

static void model_human(const result *r, hox__stream *out)
{
    hox__put(out, "best    %s@%" PRIu64 "%s   validation ", out->color->good, r->facts.best_trial,
             out->color->off);
    hox__print_score(&out->text, r->facts.best_value);
    hox__put(out, " (best of %" PRId64 ")", r->facts.done);
    if (isfinite(r->final.test)) {
        hox__text_puts(&out->text, "   test ");
        hox__print_score(&out->text, r->final.test);
        hox__put(out, " +/- %.4f", r->final.standard_error);
        if (r->final.reading > 1)
            hox__put(out, " (test, reading %" PRId64 ")", r->final.reading);
    }
    hox__text_puts(&out->text, "\n        ");
    hox__put_escaped(out, r->summary ? r->summary : "");
    hox__text_puts(&out->text, "\n        saved as ");
    hox__put_escaped(out, r->model);
    hox__text_puts(&out->text, " (");
    hox__print_bytes(&out->text, (double)r->final.bytes);
    hox__text_puts(&out->text, ", ");
    hox__print_grouped(&out->text, r->final.params);
    hox__text_puts(&out->text, " weights)\n");
}

static void next_line(hox__cli *cli, bool *first, const char *command, const char *what)
{
    hox__put(&cli->err, "%s%s", *first ? "next    " : "        ", command);
    *first = false;
    if (strcmp(cli->store, "hox.db") != 0 && strncmp(command, "hox predict", 11) != 0)
        hox__put_store_flag(&cli->err, cli);
    hox__put(&cli->err, "   %s\n", what);
}

static void model_next(const result *r)
{
    char command[512];
    bool first = true;
    snprintf(command, sizeof command, "hox show %s@%" PRIu64, r->facts.name, r->facts.best_trial);
    next_line(r->cli, &first, command, "the network, its curve");
    const bool tested = isfinite(r->final.test);
    snprintf(command, sizeof command, "hox predict %s%s", r->model, tested ? " --test" : " FILE");
    next_line(r->cli, &first, command,
              tested ? "what it gets wrong; or a file of yours"
                     : "what it says of a file of yours");
    snprintf(command, sizeof command, "hox best %s -o best.hox", r->facts.name);
    next_line(r->cli, &first, command, "its sentence, to edit and train");
    snprintf(command, sizeof command, "hox resume %s -t 10m", r->facts.name);
    next_line(r->cli, &first, command, "keep searching");
}

static void program_next(const result *r)
{
    enum { IMPORTANCE_FROM = 10 }; /* with fewer finished trials it says little */
    char command[512];
    bool first = true;
    if (r->facts.goals > 1) {
        snprintf(command, sizeof command, "hox plot pareto %s", r->facts.name);
        next_line(r->cli, &first, command, "the goals against each other");
    } else if (r->facts.done >= IMPORTANCE_FROM) {
        snprintf(command, sizeof command, "hox plot importance %s", r->facts.name);
        next_line(r->cli, &first, command, "which of them mattered");
    }
    snprintf(command, sizeof command, "hox trials %s --sort %svalue", r->facts.name,
             r->facts.maximize ? "-" : "");
    next_line(r->cli, &first, command, "all of them, the best first");
    snprintf(command, sizeof command, "hox show %s@%" PRIu64, r->facts.name, r->facts.best_trial);
    next_line(r->cli, &first, command, "its values and its curve; --log what it printed");
    snprintf(command, sizeof command, "hox resume %s -t 10m", r->facts.name);
    next_line(r->cli, &first, command, "keep searching");
}

static void put_done(const result *r, hox__progress_view *view, bool stopped)
{
    hox__stream *err = &r->cli->err;
    if (r->cli->quiet)
        return;
    hox__put(err, "%s ", stopped ? "stopped after" : "done in");
    hox__print_duration(&err->text, hox__progress_seconds(view));
    const int64_t n = r->facts.done + r->facts.failed + r->facts.pruned + r->facts.paused;
    hox__put(err, " . %" PRId64 " trial%s: %" PRId64 " finished, ", n, hox__plural(n),
             r->facts.done);
    if (r->facts.pruned)
        hox__put(err, "%" PRId64 " pruned, ", r->facts.pruned);
    if (r->facts.paused)
        hox__put(err, "%" PRId64 " paused, ", r->facts.paused);
    hox__put(err, "%" PRId64 " failed\n", r->facts.failed);
    hox__progress_failures(view, err);
}

static void summarize(result *r)
{
    hox_sentence *sentence = NULL;
    if (hox_study_sentence(r->study, r->facts.best_trial, &sentence, NULL) != HOX_OK)
        return;
    const hox__values values = {
        .space = hox__past_space(r->study->past, hox_study_space(r->study), r->facts.best_trial),
        .sentence = sentence,
        .study = r->facts.name,
        .trial = r->facts.best_trial};
    hox__text line = {0}, told = {0};
    if (r->facts.models) {
        r->summary = hox_sentence_summary(sentence);
    } else {
        hox__values_line(&values, &told);
        r->values = hox__text_take(&told);
        if (hox_space_has(values.space, "command") &&
            hox__command_line(&values, &line, NULL) == HOX_OK)
            r->summary = hox__text_take(&line);
    }
    hox__text_deinit(&line);
    hox__text_deinit(&told);
    hox_sentence_free(sentence);
}

/* ---- the end ---- */

/* What the end of a search looks like: where there is a model, and where there is none. */
typedef struct {
    void (*human)(const result *r, hox__stream *out);
    void (*json)(const result *r);
    void (*table)(const result *r);
    void (*next)(const result *r);
} ending;

static const ending of_model = {model_human, model_json, model_table, model_next};
static const ending of_program = {program_human, program_json, program_table, program_next};

/* Several goals have no one best: the front comes first, and what is called best says by what. */
static void put_human(const result *r, const ending *e, hox__stream *out)
{
    if (r->facts.goals > 1)
        hox__front_lines(out, &r->study->aim, &r->front, r->facts.objective);
    e->human(r, out);
}

/* On stdout when people read it, else beside the progress; what programs read comes besides. */
static void put_ending(const result *r, const ending *e)
{
    hox__cli *cli = r->cli;
    if (cli->format == HOX__FORMAT_TABLE)
        put_human(r, e, &cli->out);
    else if (!cli->quiet)
        put_human(r, e, &cli->err);
    if (hox__wants_json(cli))
        e->json(r);
    else if (cli->format != HOX__FORMAT_TABLE)
        e->table(r);
    hox__stream_flush(&cli->out);
    if (!cli->quiet)
        e->next(r);
}

static int nothing_succeeded(const result *r)
{
    if (r->facts.failed == 0)
        hox__put(&r->cli->err,
                 "no trial has finished yet; `hox resume %s -t 10m` gives them more time\n",
                 r->facts.name);
    else
        hox__put(&r->cli->err,
                 "no trial succeeded; `hox trials %s --columns trial,reason,detail` says "
                 "why\n",
                 r->facts.name);
    return HOX__EXIT_NO;
}

/* The search ended by itself: the model is saved, the test set read. */
static int finish(result *r, hox__progress_view *view)
{
    put_done(r, view, false);
    if (!r->facts.has_best)
        return nothing_succeeded(r);
    hox__stream_flush(&r->cli->err);
    hox_status status = r->facts.goals > 1
                            ? hox__front_read(r->study->store, r->study->id, &r->study->aim,
                                              &r->front, &r->cli->error)
                            : HOX_OK;
    if (status >= 0 && r->facts.models)
        status = hox_study_finish(r->study, r->model, &r->final, &r->cli->error);
    if (status >= 0) {
        summarize(r);
        put_ending(r, r->facts.models ? &of_model : &of_program);
    }
    hox_text_free(r->summary);
    hox_text_free(r->values);
    hox__front_free(&r->front);
    return status < 0 ? HOX__FAILED : HOX__EXIT_DONE;
}

static int stopped(result *r, hox__progress_view *view)
{
    hox__stream *err = &r->cli->err;
    put_done(r, view, true);
    if (r->cli->quiet >= 2)
        return HOX__EXIT_NO;
    if (r->facts.has_best) {
        hox__put(err, "best    @%" PRIu64 "   %s ", r->facts.best_trial,
                 r->facts.models ? "validation" : r->facts.metric);
        hox__print_score(&err->text, r->facts.best_value);
        hox__put(err, " (best of %" PRId64 ")%s\n", r->facts.done,
                 r->facts.models ? "   test not read" : "");
    }
    hox__put(err, "every finished trial is kept; go on with\n        hox resume %s", r->facts.name);
    hox__put_store_flag(err, r->cli);
    hox__text_putc(&err->text, '\n');
    return HOX__EXIT_NO; /* main ends by the signal that was sent */
}

static int run_and_report(result *r, hox_run_options *options, hox__progress_view *view)
{
    hox_observer observer;
    hox__progress_observe(view, &observer);
    const hox_status status = hox_study_run(r->study, options, &observer, &r->cli->error);
    hox__progress_end(view);
    r->facts = hox_study_describe(r->study);
    if (status == HOX_ERR_INTERRUPTED) {
        const int code = stopped(r, view);
        r->cli->error = (hox_error){0};
        return code;
    }
    if (status < 0)
        return HOX__FAILED;
    return finish(r, view);
}

int hox__run_study(hox__cli *cli, hox_study *study, hox_run_options *options)
{
    char last_words[512], model[512];
    result r = {.cli = cli, .study = study, .facts = hox_study_describe(study)};
    snprintf(model, sizeof model, "%s.hoxm", r.facts.name);
    r.model = hox__args_text(&cli->args, "output", model);
    if (hox__is_directory(r.model))
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "--output: %s is a folder", r.model),
               HOX__FAILED;
    const bool default_store = strcmp(cli->store, "hox.db") == 0;
    snprintf(last_words, sizeof last_words,
             "\nleft at once; every finished trial is kept\n        hox resume %s%s%s\n",
             r.facts.name, default_store ? "" : " --store ", default_store ? "" : cli->store);
    hox__signals_install(last_words);
    hox__progress_view *view = hox__progress_begin(cli, options, &r.facts);
    if (!view)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the progress"), HOX__FAILED;
    const int code = run_and_report(&r, options, view);
    hox__progress_free(view);
    hox__signals_install(""); /* last_words ends with this function */
    return code;
}
