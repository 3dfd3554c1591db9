/* hox best [STUDY]: the best trial; -o writes its sentence as a file. */
#include "base/io.h"
#include "cli/cli.h"
#include "cli/front.h"
#include "cli/quantity.h"
#include "cli/sheet.h"
#include "cli/view.h"
#include <inttypes.h>
#include <string.h>

static const hox__option options[] = {
    {"output", 'o', HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "FILE",
     "write the sentence to FILE, or - for stdout", NULL, "file"},
    {0},
};

typedef struct {
    const hox__view *view;
    const hox__trial_row *row;
    const hox_sentence *sentence;
    int64_t best_of;
    char *text, *summary;
} best;

static void put_json(hox__cli *cli, const best *b)
{
    hox__json json = {.out = &cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "trial");
    hox__json_text(&json, "study", b->view->study.name);
    hox__json_int(&json, "trial", (int64_t)b->row->trial);
    hox__json_number(&json, "value", b->row->value);
    hox__json_text(&json, "objective", b->view->study.objective);
    hox__json_int(&json, "best_of", b->best_of);
    hox__json_id(&json, "seed", b->row->seed);
    hox__json_number(&json, "budget", b->row->budget);
    hox__json_int(&json, "params", b->row->params);
    hox__json_text(&json, "summary", b->summary);
    hox__json_text(&json, "walk", b->row->walk);
    hox__json_text(&json, "key", hox_sentence_key(b->sentence));
    int n = 0;
    const hox_parameter *p = hox_sentence_parameters(b->sentence, &n);
    hox__json_begin_object(&json, "parameters");
    for (int i = 0; i < n; i++)
        hox__json_text(&json, p[i].path, p[i].value);
    hox__json_end_object(&json);
    hox__json_text(&json, "sentence", b->text);
    hox__json_end_object(&json);
    hox__text_putc(&cli->out.text, '\n');
}

static void put_table(hox__cli *cli, const best *b)
{
    static const hox__column column[] = {
        {"study", HOX__CELL_TEXT, 5},  {"trial", HOX__CELL_INT, 7},  {"value", HOX__CELL_NUMBER, 9},
        {"best_of", HOX__CELL_INT, 8}, {"params", HOX__CELL_INT, 4}, {"network", HOX__CELL_TEXT, 6},
        {"walk", HOX__CELL_TEXT, 1},
    };
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "trial", column, 7);
    if (!sheet)
        return;
    hox__sheet_row(sheet, (hox__cell[]){{.text = b->view->study.name},
                                        {.integer = (int64_t)b->row->trial},
                                        {.number = b->row->value},
                                        {.integer = b->best_of},
                                        {.integer = b->row->params},
                                        {.text = b->summary},
                                        {.text = b->row->walk}});
    hox__sheet_end(sheet, NULL, NULL);
}

static void put_human(hox__cli *cli, const best *b)
{
    hox__stream *out = &cli->out;
    const char *objective = b->view->study.objective;
    hox__put(out, "%s@%" PRIu64 "   %s ", b->view->study.name, b->row->trial,
             !hox_space_has(b->view->space, "net") ? objective
             : strstr(objective, "loss")           ? "validation loss"
                                                   : "validation accuracy");
    hox__print_score(&out->text, b->row->value);
    hox__put(out, " (best of %" PRId64 ")\n        ", b->best_of);
    hox__put_escaped(out, b->summary);
    hox__text_puts(&out->text, "\n\n");
    hox__text_puts(&out->text, b->text);
    if (cli->quiet)
        return;
    if (!hox_space_has(b->view->space, "net")) {
        hox__put(&cli->err, "\nnext    hox show %s@%" PRIu64 "        its values and its curve\n",
                 b->view->study.name, b->row->trial);
        return;
    }
    hox__put(&cli->err, "\nnext    hox best -o best.hox         the sentence as a file\n");
    hox__put(&cli->err, "        hox show %s@%" PRIu64 "        its network and its curve\n",
             b->view->study.name, b->row->trial);
}

static hox_status put(hox__cli *cli, const best *b)
{
    const char *path = hox__args_text(&cli->args, "output", NULL);
    if (path && strcmp(path, "-") == 0) {
        hox__text_puts(&cli->out.text, b->text);
        return HOX_OK;
    }
    if (path) {
        const hox_status status = hox__file_write(path, b->text, strlen(b->text), &cli->error);
        if (status != HOX_OK)
            return status;
        if (!cli->quiet)
            hox__put(&cli->err, "%s holds the sentence of %s@%" PRIu64 "\n", path,
                     b->view->study.name, b->row->trial);
        if (!hox__wants_json(cli))
            return HOX_OK;
    }
    if (hox__wants_json(cli))
        put_json(cli, b);
    else if (cli->format == HOX__FORMAT_TABLE)
        put_human(cli, b);
    else
        put_table(cli, b);
    return HOX_OK;
}

static hox_status with_trial(hox__cli *cli, hox__view *view, const hox__subject *subject)
{
    hox__trial_row row = {0};
    int64_t done = 0;
    hox_status status = hox__view_trial(view, subject, &row, &cli->error);
    if (status == HOX_DONE) {
        hox__put(&cli->err, "no trial of %s has finished\n", view->study.name);
        return HOX_DONE;
    }
    if (status == HOX_OK)
        status = hox__store_done(view->store, view->study.id, &done, &cli->error);
    hox_sentence *sentence = NULL;
    if (status == HOX_OK)
        status = hox__view_sentence(cli, view, &row, &sentence);
    if (status != HOX_OK)
        return status;
    best b = {.view = view, .row = &row, .sentence = sentence, .best_of = done};
    b.text = hox_sentence_text(sentence, false);
    b.summary = hox_sentence_summary(sentence);
    status = b.text && b.summary
                 ? put(cli, &b)
                 : hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the sentence");
    hox_text_free(b.text);
    hox_text_free(b.summary);
    hox_sentence_free(sentence);
    return status;
}

static int run(hox__cli *cli)
{
    hox__subject subject;
    hox__view view;
    const char *word = cli->args.positionals ? cli->args.positional[0] : NULL;
    if (hox__subject_read(word, &subject, &cli->error) != HOX_OK)
        return HOX__FAILED;
    if (subject.which == HOX__TRIAL_NONE)
        subject.which = HOX__TRIAL_BEST;
    if (hox__view_open(cli, &subject, &view) != HOX_OK)
        return HOX__FAILED;
    const bool several = !word || !strchr(word, '@') || subject.which == HOX__TRIAL_PARETO;
    const bool front =
        several && !hox__args_get(&cli->args, "output")->given && hox__view_has_goals(&view);
    if (subject.which == HOX__TRIAL_PARETO)
        subject.which = HOX__TRIAL_BEST;
    const hox_status status = front ? hox__front_put(cli, &view) : with_trial(cli, &view, &subject);
    hox__view_close(&view);
    return status == HOX_OK ? HOX__EXIT_DONE : status == HOX_DONE ? HOX__EXIT_NO : HOX__FAILED;
}

const hox__command hox__command_best = {
    .name = "best",
    .synopsis = "[[STORE:]STUDY] [FLAGS]",
    .summary = "the best trial of a study: its value, its network, its sentence",
    .example = {{"hox best", "of the study last written"},
                {"hox best -o best.hox", "the sentence as a file, to train or to edit"},
                {"hox best fashion --json", "for other programs"}},
    .option = options,
    .positional_max = 1,
    .complete = "study",
    .run = run,
};
