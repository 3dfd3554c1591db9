/* hox show SUBJECT: a study, a trial, a model or a .hox file: what it is, in words and drawings. */
#include "base/alloc.h"
#include "base/io.h"
#include "cli/chart.h"
#include "cli/cli.h"
#include "cli/quantity.h"
#include "cli/show.h"
#include "cli/spec.h"
#include "cli/view.h"
#include "study/store_write.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const hox__option options[] = {
    {"dot", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL,
     "the network in Graphviz's language: hox show @3 --dot | dot -Tsvg", NULL, NULL},
    {"command", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL,
     "the command that runs this trial again", NULL, NULL},
    {"sentence", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL, "the sentence as a .hox file", NULL,
     NULL},
    {"spec", 0, HOX__OPTION_FLAG, 0, NULL, "the space of the study as a .hox file", NULL, NULL},
    {"log", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL, "what the program of the trial printed",
     NULL, NULL},
    {0},
};

typedef struct {
    double *x, *y;
    int n, room;
    double best;
    bool maximize, failed;
    bool by_value; /* the metric of a program, not the accuracy of a network */
} series;

static void series_add(series *s, double x, double y)
{
    if (s->n == s->room) {
        const int room = s->room ? s->room * 2 : 64;
        double *gx = hox__realloc(s->x, (size_t)room, sizeof *gx);
        if (gx)
            s->x = gx;
        double *gy = gx ? hox__realloc(s->y, (size_t)room, sizeof *gy) : NULL;
        if (gy)
            s->y = gy;
        s->failed = !gy;
        if (!gy)
            return;
        s->room = room;
    }
    s->x[s->n] = x;
    s->y[s->n++] = y;
}

static void series_free(series *s)
{
    hox__free(s->x);
    hox__free(s->y);
}

static int width_of(const hox__cli *cli)
{
    return cli->out.terminal.width < 100 ? cli->out.terminal.width : 100;
}

/* ---- studies ---- */

static bool add_best_so_far(void *ctx, const hox__trial_row *row)
{
    series *s = ctx;
    if (row->state != HOX_TRIAL_DONE || isnan(row->value))
        return true;
    if (s->n == 0 || (s->maximize ? row->value > s->best : row->value < s->best))
        s->best = row->value;
    series_add(s, (double)row->trial, s->best);
    return !s->failed;
}

typedef struct {
    hox__counts counts;
    const hox__trial_row *best; /* or NULL */
    series history;
    char log_hash[65];
} study_summary;

/* ---- changes of its space ---- */

typedef struct {
    hox__cli *cli;
    hox__json *json; /* NULL: for people */
    int64_t asked;
} changes;

static bool put_change(void *ctx, const hox__event *e)
{
    changes *c = ctx;
    c->asked += strcmp(e->type, "trial.ask") == 0;
    if (strcmp(e->type, "study.amend") != 0)
        return true;
    if (c->json) {
        hox__json_begin_object(c->json, NULL);
        hox__json_int(c->json, "trials", c->asked);
        hox__json_text(c->json, "what", e->reason);
        hox__json_end_object(c->json);
        return true;
    }
    hox__put(&c->cli->out, "amended after %" PRId64 " trial%s: ", c->asked, hox__plural(c->asked));
    hox__put_escaped(&c->cli->out, e->reason);
    hox__text_putc(&c->cli->out.text, '\n');
    return true;
}

/* The log is read for studies that were changed alone. */
static hox_status put_changes(hox__cli *cli, const hox__view *view, hox__json *json)
{
    changes c = {.cli = cli, .json = json};
    const hox_status status =
        hox__past_eras_of(view->study.settings) != 0
            ? hox__store_events(view->store, view->study.id, put_change, &c, &cli->error)
            : HOX_OK;
    return status < 0 ? status : HOX_OK;
}

static void study_json(hox__cli *cli, const hox__view *view, const study_summary *sum)
{
    const hox__counts *c = &sum->counts;
    const hox__trial_row *best = sum->best;
    hox__json json = {.out = &cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "study");
    hox__json_text(&json, "study", view->study.name);
    hox__json_text(&json, "store", view->path);
    hox__json_text(&json, "state", view->study.state);
    hox__json_text(&json, "objective", view->study.objective);
    hox__json_text(&json, "strategy", view->study.strategy);
    hox__json_id(&json, "seed", view->study.seed);
    hox__json_text(&json, "spec_hash", view->study.spec_hash);
    hox__json_text(&json, "data_hash", view->study.data_hash);
    hox__json_text(&json, "log_hash", sum->log_hash);
    hox__json_int(&json, "trials", c->trials);
    hox__json_int(&json, "done", c->done);
    hox__json_int(&json, "failed", c->failed);
    hox__json_int(&json, "pruned", c->pruned);
    hox__json_int(&json, "paused", c->paused);
    hox__json_int(&json, "cancelled", c->cancelled);
    if (best) {
        hox__json_int(&json, "best_trial", (int64_t)best->trial);
        hox__json_number(&json, "best", best->value);
    }
    hox__json_text(&json, "spec", view->study.spec);
    hox__json_begin_array(&json, "amended");
    put_changes(cli, view, &json);
    hox__json_end_array(&json);
    hox__json_end_object(&json);
    hox__text_putc(&cli->out.text, '\n');
}

static void put_counts(hox__stream *out, const hox__counts *c)
{
    hox__put(out, "trials  %" PRId64 ": %" PRId64 " done, %" PRId64 " failed", c->trials, c->done,
             c->failed);
    if (c->pruned)
        hox__put(out, ", %" PRId64 " pruned", c->pruned);
    if (c->paused)
        hox__put(out, ", %" PRId64 " paused", c->paused);
    if (c->cancelled)
        hox__put(out, ", %" PRId64 " cancelled", c->cancelled);
    if (c->running + c->queued)
        hox__put(out, ", %" PRId64 " unfinished", c->running + c->queued);
    hox__text_putc(&out->text, '\n');
}

static void study_human(hox__cli *cli, hox__view *view, const study_summary *sum)
{
    const hox__counts *c = &sum->counts;
    const hox__trial_row *best = sum->best;
    const series *history = &sum->history;
    hox__stream *out = &cli->out;
    hox__put(out, "study   %s in %s, %s\n", view->study.name, view->path, view->study.state);
    hox__put(out, "seed    %" PRIu64 "   spec %.12s   data %.12s   log %.12s\n", view->study.seed,
             view->study.spec_hash, view->study.data_hash, sum->log_hash);
    hox__put(out, "search  %s, %s\n", view->study.strategy, view->study.objective);
    if (*view->study.allocator)
        hox__put(out, "prune   %s\n", view->study.allocator);
    put_changes(cli, view, NULL);
    put_counts(out, c);
    if (!best)
        return;
    hox__put(out, "best    @%" PRIu64 "   ", best->trial);
    hox__text_puts(&out->text, best->params > 0 ? "validation " : "");
    hox__print_score(&out->text, best->value);
    hox__put(out, " (best of %" PRId64 ")\n", c->done);
    hox__chart(&out->text, history->x, history->y, history->n, 6, width_of(cli), 0, true);
    if (!cli->quiet)
        hox__put(&cli->err,
                 "next    hox show %s@%" PRIu64 "   hox trials %s   hox best %s -o "
                 "best.hox\n",
                 view->study.name, best->trial, view->study.name, view->study.name);
}

static hox_status show_study(hox__cli *cli, hox__view *view)
{
    study_summary sum = {.history = {.maximize = view->maximize}};
    hox__trial_row best;
    const hox__subject subject = {.which = HOX__TRIAL_BEST};
    hox_status status = hox__view_count(view, &sum.counts, &cli->error);
    if (status == HOX_OK)
        status = hox__store_log_hash(view->store, view->study.id, sum.log_hash, &cli->error);
    if (status == HOX_OK)
        status = hox__store_trials(view->store, view->study.id, add_best_so_far, &sum.history,
                                   &cli->error);
    if (status >= 0)
        status = hox__view_trial(view, &subject, &best, &cli->error);
    sum.best = status == HOX_OK ? &best : NULL;
    if (status >= 0 && hox__wants_json(cli))
        study_json(cli, view, &sum);
    else if (status >= 0)
        study_human(cli, view, &sum);
    series_free(&sum.history);
    return status < 0 ? status : cli->error.status;
}

/* ---- trials ---- */

static bool add_report(void *ctx, const hox__report_row *row)
{
    series *s = ctx;
    series_add(s, (double)row->step, s->by_value ? row->value : row->accuracy);
    return !s->failed;
}

static void trial_head(hox__cli *cli, const hox__view *view, const hox__trial_row *row)
{
    hox__stream *out = &cli->out;
    hox__put(out, "trial   %s@%" PRIu64 ", %s", view->study.name, row->trial,
             hox__state_name(row->state));
    if (row->reason && *row->reason)
        hox__put(out, ": %s", row->reason);
    if (row->detail && *row->detail) {
        hox__text_puts(&out->text, ", ");
        hox__put_escaped(out, row->detail);
    }
    hox__text_putc(&out->text, '\n');
    if (row->state == HOX_TRIAL_DONE) {
        hox__text_puts(&out->text, "value   ");
        hox__print_score(&out->text, row->value);
        hox__put(out, " (%s%s)\n", view->study.objective, row->params ? ", on validation" : "");
    }
    hox__put(out, "seed    %" PRIu64 "   %" PRId64 " epochs", row->seed, row->epochs);
    if (row->ended_ms && row->started_ms)
        hox__put(out, " in %.1f s", (double)(row->ended_ms - row->started_ms) / 1000);
    if (row->repeat_of >= 0)
        hox__put(out, "   the same network as @%" PRId64, row->repeat_of);
    hox__text_putc(&out->text, '\n');
    if (row->params) {
        hox__text_puts(&out->text, "network ");
        hox__print_grouped(&out->text, row->params);
        hox__put(out, " weights, %.3g flops for one example\n", row->flops);
    }
}

static void trial_json(hox__cli *cli, const hox__view *view, const hox__trial_row *row,
                       const hox_sentence *sentence, const series *curve)
{
    hox__json json = {.out = &cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "trial");
    hox__json_text(&json, "study", view->study.name);
    hox__json_int(&json, "trial", (int64_t)row->trial);
    hox__json_text(&json, "state", hox__state_name(row->state));
    hox__json_text(&json, "reason", row->reason);
    hox__json_text(&json, "detail", row->detail);
    hox__json_number(&json, "value", row->value);
    if (isnan(row->value))
        hox__json_text(&json, "nonfinite", "nan");
    hox__json_id(&json, "seed", row->seed);
    hox__json_int(&json, "epochs", row->epochs);
    hox__json_int(&json, "params", row->params);
    hox__json_number(&json, "flops", row->flops);
    hox__json_text(&json, "walk", row->walk);
    if (*row->metrics)
        hox__json_text(&json, "metrics", row->metrics);
    hox__json_begin_array(&json, "curve");
    for (int i = 0; i < curve->n; i++)
        hox__json_number(&json, NULL, curve->y[i]);
    hox__json_end_array(&json);
    int n = 0;
    const hox_parameter *p = hox_sentence_parameters(sentence, &n);
    hox__json_begin_object(&json, "parameters");
    for (int i = 0; i < n; i++)
        hox__json_text(&json, p[i].path, p[i].value);
    hox__json_end_object(&json);
    char *text = hox_sentence_text(sentence, false);
    hox__json_text(&json, "sentence", text);
    hox_text_free(text);
    hox__json_end_object(&json);
    hox__text_putc(&cli->out.text, '\n');
}

/* What a program measured besides, where it printed, how it was run. */
static hox_status program_human(hox__cli *cli, hox__view *view, const hox__trial_row *row,
                                const hox_sentence *sentence, const series *curve)
{
    hox__stream *out = &cli->out;
    hox__text line = {0};
    const hox__values values = hox__view_values(view, row, sentence);
    trial_head(cli, view, row);
    if (*row->metrics) {
        hox__text_puts(&out->text, "metrics ");
        hox__put_escaped(out, row->metrics);
        hox__text_putc(&out->text, '\n');
    }
    hox__show_parameters(out, sentence);
    if (hox_space_has(view->space, "command") &&
        hox__command_line(&values, &line, NULL) == HOX_OK) {
        hox__text_puts(&out->text, "command ");
        hox__put_escaped(out, hox__text_get(&line));
        hox__text_putc(&out->text, '\n');
    }
    hox__text_deinit(&line);
    if (curve->n > 1)
        hox__put(out, "\n%s by step\n", view->study.objective);
    hox__chart(&out->text, curve->x, curve->y, curve->n, 5, width_of(cli), 0, false);
    if (!cli->quiet && hox_space_has(view->space, "command"))
        hox__put(&cli->err, "\nnext    hox show %s@%" PRIu64 " --log\n", view->study.name,
                 row->trial);
    return HOX_OK;
}

static hox_status trial_human(hox__cli *cli, hox__view *view, const hox__trial_row *row,
                              const hox_sentence *sentence, const series *curve)
{
    if (!hox_space_has(view->space, "net"))
        return program_human(cli, view, row, sentence, curve);
    trial_head(cli, view, row);
    hox__show_parameters(&cli->out, sentence);
    if (curve->n > 1)
        hox__text_puts(&cli->out.text, "\nvalidation accuracy by epoch\n");
    hox__chart(&cli->out.text, curve->x, curve->y, curve->n, 5, width_of(cli), 0, false);
    const hox_status status = hox__show_network(cli, sentence, hox_space_facts(view->space));
    if (status == HOX_OK && !cli->quiet)
        hox__put(&cli->err,
                 "\nnext    hox train --from %s@%" PRIu64 "   hox show %s@%" PRIu64 " --sentence\n",
                 view->study.name, row->trial, view->study.name, row->trial);
    return status;
}

static hox_status show_sentence(hox__cli *cli, hox__view *view, const hox__trial_row *row)
{
    hox_sentence *sentence = NULL;
    series curve = {0};
    hox_status status = hox__view_sentence(cli, view, row, &sentence);
    curve.by_value = status == HOX_OK && !hox_space_has(view->space, "net");
    if (status == HOX_OK)
        status = hox__store_reports(view->store, view->study.id, row->trial, add_report, &curve,
                                    &cli->error);
    if (status >= 0 && !hox__show_other_form(cli, sentence, hox_space_facts(view->space))) {
        if (hox__wants_json(cli))
            trial_json(cli, view, row, sentence, &curve);
        else
            status = trial_human(cli, view, row, sentence, &curve);
    }
    series_free(&curve);
    hox_sentence_free(sentence);
    return status < 0 ? status : HOX_OK;
}

static hox_status show_log(hox__cli *cli, const hox__view *view, const hox__trial_row *row)
{
    enum { LOG_BYTES = 1 << 24 };
    char path[4096];
    char *text;
    size_t n;
    const int wrote = snprintf(path, sizeof path, "%s.d/%s/%" PRIu64 "/log", view->path,
                               view->study.name, row->trial);
    if (wrote <= 0 || (size_t)wrote >= sizeof path || !hox__file_exists(path))
        return hox_fail(&cli->error, HOX_ERR_DATA,
                        "there is no log of %s@%" PRIu64
                        "\nprograms leave one, while %s.d is there",
                        view->study.name, row->trial, view->path);
    const hox_status status = hox__file_read(path, LOG_BYTES, &text, &n, &cli->error);
    if (status != HOX_OK)
        return status;
    for (const char *p = text; p < text + n;) {
        const char *end = memchr(p, '\n', (size_t)(text + n - p));
        const size_t length = end ? (size_t)(end - p) : (size_t)(text + n - p);
        hox__text_escaped(&cli->out.text, p, length);
        hox__text_putc(&cli->out.text, '\n');
        p += length + 1;
    }
    hox__free(text);
    return HOX_OK;
}

static hox_status show_command(hox__cli *cli, hox__view *view, const hox__trial_row *row)
{
    hox_sentence *sentence = NULL;
    hox_status status = hox__view_sentence(cli, view, row, &sentence);
    if (status != HOX_OK)
        return status;
    const hox__values values = hox__view_values(view, row, sentence);
    status = hox__command_line(&values, &cli->out.text, &cli->error);
    hox__text_putc(&cli->out.text, '\n');
    hox_sentence_free(sentence);
    return status;
}

static hox_status show_trial(hox__cli *cli, hox__view *view, const hox__subject *subject)
{
    hox__trial_row row;
    const hox_status status = hox__view_trial(view, subject, &row, &cli->error);
    if (status == HOX_DONE)
        return hox_fail(&cli->error, HOX_ERR_ARGUMENT, "no trial of %s has finished",
                        view->study.name);
    if (status != HOX_OK)
        return status;
    if (hox__args_flag(&cli->args, "log"))
        return show_log(cli, view, &row);
    if (hox__args_flag(&cli->args, "command") && hox__view_space(cli, view) == HOX_OK &&
        hox_space_has(view->space, "command"))
        return show_command(cli, view, &row);
    if (hox__args_flag(&cli->args, "command")) {
        hox__put(&cli->out, "hox train --from %s@%" PRIu64, view->study.name, row.trial);
        if (strcmp(view->path, "hox.db") != 0)
            hox__put(&cli->out, " --store %s", view->path);
        hox__text_putc(&cli->out.text, '\n');
        return HOX_OK;
    }
    return show_sentence(cli, view, &row);
}

/* ---- which of them ---- */

static hox_status show_subject(hox__cli *cli, const char *word)
{
    hox__subject subject;
    hox__view view;
    hox_status status = hox__subject_read(word, &subject, &cli->error);
    if (status == HOX_OK)
        status = hox__view_open(cli, &subject, &view);
    if (status != HOX_OK)
        return status;
    if (hox__args_flag(&cli->args, "spec"))
        hox__text_puts(&cli->out.text, view.study.spec);
    else
        status = subject.which == HOX__TRIAL_NONE ? show_study(cli, &view)
                                                  : show_trial(cli, &view, &subject);
    hox__view_close(&view);
    return status;
}

static hox__file_kind kind_of(const hox__cli *cli, const char *word)
{
    const hox__file_kind kind = word ? hox__file_kind_of(word) : HOX__FILE_NONE;
    return kind == HOX__FILE_HOX && hox__is_study(cli, word) ? HOX__FILE_NONE : kind;
}

static int run(hox__cli *cli)
{
    const char *word = cli->args.positionals ? cli->args.positional[0] : NULL;
    hox_status status = HOX_OK;
    switch (kind_of(cli, word)) {
    case HOX__FILE_HOX:
        status = hox__show_hox(cli, word);
        break;
    case HOX__FILE_MODEL:
        status = hox__show_model(cli, word);
        break;
    case HOX__FILE_STORE:
        status = hox__show_store(cli, word);
        break;
    case HOX__FILE_NONE:
        status = show_subject(cli, word);
        break;
    }
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__FAILED;
}

const hox__command hox__command_show = {
    .name = "show",
    .synopsis = "[SUBJECT] [FLAGS]",
    .summary = "a study, a trial, a model or a .hox file: summary, curve, drawing",
    .example = {{"hox show", "the study last written, best so far"},
                {"hox show fashion@best", "a trial: parameters, curve, network"},
                {"hox show fashion.hoxm", "a model; FILE.hox shows a space"}},
    .option = options,
    .positional_max = 1,
    .complete = "study",
    .run = run,
};
