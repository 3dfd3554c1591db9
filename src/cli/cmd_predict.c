/* hox predict MODEL INPUT: labels and probabilities, or numbers; with the truth given, how good
 * they are. INPUT is read as the training file was: images, rows of a table, a text. */
#include "base/alloc.h"
#include "cli/cli.h"
#include "cli/quantity.h"
#include "cli/sheet.h"
#include "cli/spec.h"
#include "nn/train.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const hox__option options[] = {
    {"labels", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "FILE",
     "true labels of INPUT (IDX): scores it", NULL, "file"},
    {"test", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL,
     "scores the test part of the data set it was trained on", NULL, NULL},
    {"each", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL, "every image, also when it is scored",
     NULL, NULL},
    {0},
};

enum { CLASSES_MAX = 200, OTHERS = 5, CHUNK = 512 };

typedef struct {
    hox__cli *cli;
    hox__model *model;
    hox__provenance from;
    const hox__model_facts *facts;
    const hox__examples *examples;
    char number[CLASSES_MAX][12]; /* names of classes that have none */
    char column_name[CLASSES_MAX][72];

    const char *input; /* that the examples are from */
    bool names_files;  /* which file is it? is not clear from the command */
    bool knows;        /* the table in hand has the truth */
    hox__sheet *sheet;
    hox__column column[CLASSES_MAX + OTHERS];
    int columns;
} predictor;

static const char *class_name(predictor *p, int i)
{
    if (p->facts->class_names && p->facts->class_names[i])
        return p->facts->class_names[i];
    snprintf(p->number[i], sizeof p->number[i], "%d", i);
    return p->number[i];
}

static void name_columns(predictor *p, const char *prefix)
{
    for (int i = 0; i < p->facts->classes; i++)
        snprintf(p->column_name[i], sizeof p->column_name[i], "%s%s", prefix, class_name(p, i));
}

/* What an answer is about, in words. */
static const char *thing(const predictor *p)
{
    return p->facts->kind == HOX__IMAGES     ? "image"
           : p->facts->kind == HOX__FEATURES ? "row"
                                             : "token";
}

/* ---- one row an answer ---- */

static void add_column(predictor *p, const char *name, hox__cell_kind kind, int keep)
{
    p->column[p->columns++] = (hox__column){name, kind, keep};
}

/* One table for all inputs, as long as they have the same columns. */
static hox_status begin_table(predictor *p)
{
    const bool known = hox__examples_labelled(p->examples),
               classes = p->facts->target == HOX__CLASS;
    if (p->sheet && p->knows == known)
        return HOX_OK;
    if (p->sheet)
        hox__sheet_end(p->sheet, NULL, NULL);
    p->knows = known;
    p->columns = 0;
    add_column(p, thing(p), HOX__CELL_INT, 97);
    if (p->names_files)
        add_column(p, "file", HOX__CELL_TEXT, 95);
    add_column(p, classes ? "label" : "value", classes ? HOX__CELL_TEXT : HOX__CELL_NUMBER, 99);
    if (classes)
        add_column(p, "probability", HOX__CELL_NUMBER, 98);
    if (known)
        add_column(p, "true", classes ? HOX__CELL_TEXT : HOX__CELL_NUMBER, 96);
    name_columns(p, "p_");
    for (int i = 0; classes && i < p->facts->classes; i++)
        add_column(p, p->column_name[i], HOX__CELL_NUMBER, 1);
    p->sheet = hox__sheet_begin(&p->cli->out, p->cli->format, "prediction", p->column, p->columns);
    return p->sheet ? HOX_OK
                    : hox_fail(&p->cli->error, HOX_ERR_MEMORY, "no memory for the predictions");
}

static void end_table(predictor *p)
{
    if (p->sheet)
        hox__sheet_end(p->sheet, p->cli->quiet ? NULL : &p->cli->err, "all of it: -f tsv");
    p->sheet = NULL;
}

/* answer: probabilities [classes], or the number. */
static void put_answer(predictor *p, int64_t row, const float *answer)
{
    const bool class = p->facts->target == HOX__CLASS;
    const hox__examples *x = p->examples;
    hox__cell cell[CLASSES_MAX + OTHERS];
    int best = 0, n = 0;
    for (int i = 1; class && i < p->facts->classes; i++)
        if (answer[i] > answer[best])
            best = i;
    cell[n++] = (hox__cell){.integer = row};
    if (p->names_files)
        cell[n++] = (hox__cell){.text = x->names ? x->names[row] : p->input};
    if (class)
        cell[n++] = (hox__cell){.text = class_name(p, best)};
    cell[n++] = (hox__cell){.number = (double)answer[best]};
    if (p->knows && class)
        cell[n++] = (hox__cell){.text = class_name(p, x->labels[row])};
    else if (p->knows)
        cell[n++] = (hox__cell){.number = (double)x->values[row]};
    for (int i = 0; class && i < p->facts->classes; i++)
        cell[n++] = (hox__cell){.number = (double)answer[i]};
    hox__sheet_row(p->sheet, cell);
}

static hox_status put_answers(predictor *p)
{
    const int width = p->facts->target == HOX__CLASS ? p->facts->classes : 1;
    float *answer = hox__alloc((size_t)CHUNK * (size_t)width, sizeof *answer);
    int64_t *rows = hox__alloc(CHUNK, sizeof *rows);
    hox_status status =
        answer && rows ? begin_table(p)
                       : hox_fail(&p->cli->error, HOX_ERR_MEMORY, "no memory for the predictions");
    for (int64_t at = 0; status == HOX_OK && at < p->examples->n; at += CHUNK) {
        const int64_t left = p->examples->n - at, m = left < CHUNK ? left : CHUNK;
        for (int64_t i = 0; i < m; i++)
            rows[i] = at + i;
        status = hox__model_predict(p->model, p->examples, rows, m, answer, &p->cli->error);
        for (int64_t i = 0; status == HOX_OK && i < m; i++)
            put_answer(p, at + i, answer + i * width);
    }
    hox__free(rows);
    hox__free(answer);
    return status;
}

/* ---- how often it is right ---- */

static void put_row(predictor *p, hox__sheet *sheet, const char *name, int64_t hits,
                    const int64_t *counts)
{
    const int classes = p->facts->classes;
    hox__cell cell[CLASSES_MAX + 4];
    int64_t n = 0;
    for (int i = 0; i < classes; i++)
        n += counts[i];
    const double rate = n ? (double)hits / (double)n : 0;
    cell[0] = (hox__cell){.text = name};
    cell[1] = (hox__cell){.integer = n};
    cell[2] = (hox__cell){.number = rate, .empty = !n};
    cell[3] = (hox__cell){.number = n ? sqrt(rate * (1 - rate) / (double)n) : 0, .empty = !n};
    for (int i = 0; i < classes; i++)
        cell[4 + i] = (hox__cell){.integer = counts[i]};
    hox__sheet_row(sheet, cell);
}

static hox_status put_matrix(predictor *p, const hox__score *score, const int64_t *confusion)
{
    const int classes = p->facts->classes;
    hox__column column[CLASSES_MAX + 4];
    int64_t sums[CLASSES_MAX] = {0};
    name_columns(p, "as_");
    column[0] = (hox__column){"class", HOX__CELL_TEXT, 99};
    column[1] = (hox__column){"n", HOX__CELL_INT, 97};
    column[2] = (hox__column){"recall", HOX__CELL_NUMBER, 98};
    column[3] = (hox__column){"standard_error", HOX__CELL_NUMBER, 1};
    for (int i = 0; i < classes; i++)
        column[4 + i] = (hox__column){p->column_name[i], HOX__CELL_INT, 50};
    hox__sheet *sheet =
        hox__sheet_begin(&p->cli->out, p->cli->format, "recall", column, classes + 4);
    if (!sheet)
        return hox_fail(&p->cli->error, HOX_ERR_MEMORY, "no memory for the table");
    for (int t = 0; t < classes; t++)
        for (int i = 0; i < classes; i++)
            sums[i] += confusion[t * classes + i];
    put_row(p, sheet, "all", score->hits, sums);
    for (int t = 0; t < classes; t++)
        put_row(p, sheet, class_name(p, t), confusion[t * classes + t], confusion + t * classes);
    hox__sheet_end(sheet, p->cli->quiet ? NULL : &p->cli->err, "all of it: -f tsv");
    return HOX_OK;
}

static void score_json(predictor *p, const hox__score *score, const int64_t *confusion)
{
    const int classes = p->facts->classes;
    hox__json json = {.out = &p->cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "score");
    hox__json_int(&json, "n", score->n);
    if (p->facts->target != HOX__VALUE) {
        hox__json_int(&json, "hits", score->hits);
        hox__json_number(&json, "accuracy", score->accuracy);
        hox__json_number(&json, "standard_error", score->standard_error);
    }
    if (strcmp(p->facts->metric, "accuracy") != 0) {
        hox__json_text(&json, "metric", p->facts->metric);
        hox__json_number(&json, "value", score->value);
        if (isfinite(score->value_error))
            hox__json_number(&json, "value_error", score->value_error);
    }
    if (!confusion) {
        hox__json_end_object(&json);
        hox__text_putc(&p->cli->out.text, '\n');
        return;
    }
    hox__json_begin_array(&json, "classes");
    for (int i = 0; i < classes; i++)
        hox__json_text(&json, NULL, class_name(p, i));
    hox__json_end_array(&json);
    hox__json_begin_array(&json, "confusion");
    for (int t = 0; t < classes; t++) {
        hox__json_begin_array(&json, NULL);
        for (int i = 0; i < classes; i++)
            hox__json_int(&json, NULL, confusion[t * classes + i]);
        hox__json_end_array(&json);
    }
    hox__json_end_array(&json);
    hox__json_end_object(&json);
    hox__text_putc(&p->cli->out.text, '\n');
}

/* "accuracy 0.9012 +/- 0.0030 on 10 000 images", then what the model was chosen by. */
static void put_measures(predictor *p, const hox__score *score, hox__stream *out)
{
    const bool classes = p->facts->target != HOX__VALUE;
    const bool more = strcmp(p->facts->metric, "accuracy") != 0;
    if (classes)
        hox__put(out, "accuracy %.4f +/- %.4f%s", score->accuracy, score->standard_error,
                 more ? ", " : "");
    if (more)
        hox__put(out, "%s %.4f", p->facts->metric, score->value);
    if (more && isfinite(score->value_error))
        hox__put(out, " +/- %.4f", score->value_error);
    hox__text_puts(&out->text, " on ");
    hox__print_grouped(&out->text, score->n);
    hox__put(out, " %ss", thing(p));
    if (hox__args_flag(&p->cli->args, "test") && !isnan(p->from.test))
        hox__put(out, "; when it was made %.4f", p->from.test);
    hox__text_putc(&out->text, '\n');
}

/* One row: numbers and texts have no table of what is confused. */
static hox_status put_line(predictor *p, const hox__score *score)
{
    if (p->cli->format == HOX__FORMAT_TABLE) {
        put_measures(p, score, &p->cli->out);
        return HOX_OK;
    }
    const hox__column column[] = {{"metric", HOX__CELL_TEXT, 99},
                                  {"value", HOX__CELL_NUMBER, 98},
                                  {"standard_error", HOX__CELL_NUMBER, 97},
                                  {"n", HOX__CELL_INT, 96}};
    hox__sheet *sheet = hox__sheet_begin(&p->cli->out, p->cli->format, "score", column, 4);
    if (!sheet)
        return hox_fail(&p->cli->error, HOX_ERR_MEMORY, "no memory for the table");
    hox__sheet_row(
        sheet, (hox__cell[]){{.text = p->facts->metric},
                             {.number = score->value},
                             {.number = score->value_error, .empty = !isfinite(score->value_error)},
                             {.integer = score->n}});
    hox__sheet_end(sheet, NULL, NULL);
    return HOX_OK;
}

static hox_status put_score(predictor *p)
{
    const size_t classes = (size_t)p->facts->classes;
    hox__score score;
    const bool confuses = p->facts->target == HOX__CLASS;
    int64_t *confusion = confuses ? hox__alloc(classes * classes, sizeof *confusion) : NULL;
    if (confuses && !confusion)
        return hox_fail(&p->cli->error, HOX_ERR_MEMORY, "no memory for the table");
    hox_status status = hox__model_score(p->model, p->examples, &score, confusion, &p->cli->error);
    if (status == HOX_OK && hox__wants_json(p->cli)) {
        score_json(p, &score, confusion);
    } else if (status == HOX_OK && confuses) {
        if (p->cli->format == HOX__FORMAT_TABLE)
            put_measures(p, &score, &p->cli->out);
        else if (!p->cli->quiet)
            put_measures(p, &score, &p->cli->err);
        status = put_matrix(p, &score, confusion);
    } else if (status == HOX_OK) {
        status = put_line(p, &score);
    }
    hox__free(confusion);
    return status;
}

static bool is_scored(const predictor *p)
{
    return hox__examples_labelled(p->examples) && !hox__args_flag(&p->cli->args, "each");
}

static hox_status put_all(predictor *p)
{
    if (p->facts->target == HOX__NEXT && hox__args_flag(&p->cli->args, "each"))
        return hox_fail(&p->cli->error, HOX_ERR_ARGUMENT,
                        "--each prints one answer an example; a text is only scored");
    if (is_scored(p))
        return put_score(p);
    return put_answers(p);
}

/* ---- what is predicted ---- */

static hox_status predict_files(predictor *p)
{
    const hox__args *args = &p->cli->args;
    const char *labels = hox__args_text(args, "labels", NULL);
    if (labels && args->positionals > 2)
        return hox_fail(&p->cli->error, HOX_ERR_ARGUMENT,
                        "--labels belongs to one INPUT, %d are given", args->positionals - 1);
    hox_status status = HOX_OK;
    for (int i = 1; i < args->positionals && status == HOX_OK; i++) {
        hox__examples *examples = NULL;
        status = hox__encoder_open(hox__model_encoder(p->model), args->positional[i], labels,
                                   &examples, &p->cli->error);
        p->examples = examples;
        p->input = args->positional[i];
        p->names_files = args->positionals > 2 || (examples && examples->names);
        if (status == HOX_OK && args->positionals > 2 && is_scored(p) && !p->cli->quiet)
            hox__put(&p->cli->err, "%s\n", p->input);
        if (status == HOX_OK)
            status = put_all(p);
        hox__examples_free(examples);
    }
    end_table(p);
    return status;
}

static hox_status predict_test(predictor *p)
{
    hox_error *err = &p->cli->error;
    const hox__places places = hox__places_of(p->cli);
    hox__spec spec;
    hox_sentence *sentence = NULL;
    hox__dataset *dataset = NULL;
    hox__data_plan plan;
    if (!p->facts->sentence_text || !*p->facts->sentence_text)
        return hox_fail(err, HOX_ERR_DATA, "the model does not say which data set it was made for");
    hox_status status =
        hox__spec_of_text(p->cli, "the sentence in the model", p->facts->sentence_text, &spec);
    if (status != HOX_OK)
        return status;
    status = hox__spec_sentence(spec.space, &sentence, err);
    const hox_term *data = status == HOX_OK ? hox_sentence_root(sentence, "data") : NULL;
    if (status == HOX_OK && !data)
        status = hox_fail(err, HOX_ERR_DATA, "the model's sentence has no `data`");
    if (status == HOX_OK)
        status = hox__data_plan_read(data, &plan, err);
    if (status == HOX_OK)
        status = hox__dataset_open(plan.source, &places, &dataset, err);
    if (status == HOX_OK) {
        p->examples = hox__dataset_test(dataset);
        status = p->examples && p->examples->n
                     ? put_all(p)
                     : hox_fail(err, HOX_ERR_DATA, "the data set of this model has no test part");
        end_table(p);
    }
    hox__dataset_free(dataset);
    hox_sentence_free(sentence);
    hox__spec_close(&spec);
    return status;
}

static hox_status check_words(const hox__cli *cli, hox_error *err)
{
    const char *path = cli->args.positional[0];
    const bool test = hox__args_flag(&cli->args, "test");
    if (test && (cli->args.positionals > 1 || hox__args_get(&cli->args, "labels")->given))
        return hox_fail(err, HOX_ERR_ARGUMENT, "--test brings its own images and labels");
    if (!test && cli->args.positionals < 2)
        return hox_fail(
            err, HOX_ERR_ARGUMENT,
            "what shall be predicted?\nwrite `hox predict %s IMAGES`, or `hox predict %s "
            "--test`",
            path, path);
    switch (hox__file_kind_of(path)) {
    case HOX__FILE_MODEL:
        return HOX_OK;
    case HOX__FILE_NONE:
        return hox_fail(err, HOX_ERR_DATA,
                        "%s: there is no such model\n`hox search` and `hox train` make them", path);
    case HOX__FILE_HOX:
    case HOX__FILE_STORE:
        break;
    }
    return hox_fail_code(err, HOX_ERR_DATA, "E0701",
                         "%s is not a model: it does not begin with HOXM", path);
}

static int run(hox__cli *cli)
{
    if (check_words(cli, &cli->error) != HOX_OK)
        return HOX__FAILED;
    predictor *p = hox__alloc(1, sizeof *p);
    if (!p)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the model"), HOX__FAILED;
    p->cli = cli;
    hox_status status = hox__model_load(cli->args.positional[0], &p->model, &p->from, &cli->error);
    if (status == HOX_OK) {
        p->facts = hox__model_describe(p->model);
        if (p->facts->target == HOX__CLASS && p->facts->classes > CLASSES_MAX)
            status = hox_fail(&cli->error, HOX_ERR_ARGUMENT, "more than %d classes", CLASSES_MAX);
        else
            status = hox__args_flag(&cli->args, "test") ? predict_test(p) : predict_files(p);
    }
    hox__model_free(p->model);
    hox__free(p);
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__FAILED;
}

const hox__command hox__command_predict = {
    .name = "predict",
    .synopsis = "MODEL INPUT... [FLAGS]",
    .summary = "labels, probabilities or numbers for images, tables, texts; with the truth, how "
               "good they are",
    .example = {{"hox predict fashion.hoxm images.idx.gz", "one row an image"},
                {"hox predict fashion.hoxm --test", "the test set of its data"},
                {"hox predict fashion.hoxm images.idx --labels labels.idx", ""}},
    .option = options,
    .positional_min = 1,
    .positional_max = -1,
    .complete = "file",
    .run = run,
};
