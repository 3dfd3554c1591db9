/* hox data ls|info|check|hash: what there is to learn from, and what is in it. */
#include "base/alloc.h"
#include "base/io.h"
#include "cli/cli.h"
#include "cli/default_space.h"
#include "cli/quantity.h"
#include "cli/sheet.h"
#include "cli/spec.h"
#include "data/schema.h"
#include <math.h>
#include <string.h>

static const hox__option options[] = {
    {"target", 0, HOX__OPTION_TEXT, HOX__OPTION_REPEAT | HOX__OPTION_COMMON | HOX__OPTION_NO_ENV,
     "COLUMN", "what is to be learnt from a table", "the last column", NULL},
    {"test", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "FILE",
     "the test part of a table or text", NULL, "file"},
    {"na", 0, HOX__OPTION_TEXT, HOX__OPTION_REPEAT | HOX__OPTION_COMMON | HOX__OPTION_NO_ENV,
     "WORD", "means that a table has no value there", "? NA NaN NULL", NULL},
    {0},
};

typedef struct {
    hox__cli *cli;
    const char *path;
    hox__text source;
    hox_facts facts;
    hox__dataset *dataset;
} looker;

static int no_table(hox__cli *cli)
{
    hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the table");
    return HOX__FAILED;
}

/* ---- ls ---- */

static void put_set(hox__sheet *sheet, hox__cli *cli, const char *path)
{
    hox__text source = {0}, what = {0};
    hox_facts facts = {0};
    hox_error before = cli->error;
    const bool good = hox__data_open(cli, path, &source, &facts, NULL) == HOX_OK;
    const char *message = cli->error.message;
    if (good)
        hox__facts_print(&what, &facts);
    else
        hox__text_add(&what, message, strcspn(message, "\n"));
    if (good || strcmp(cli->error.code, "E0501") != 0)
        hox__sheet_row(sheet, (hox__cell[]){{.text = path},
                                            {.text = good ? hox__text_get(&source) : "broken"},
                                            {.text = hox__text_get(&what)}});
    cli->error = before;
    hox__text_deinit(&source);
    hox__text_deinit(&what);
}

/* Sets by name, then what lies here. */
static int list(looker *l)
{
    static const char *const known[] = {"fashion-mnist", "mnist", "cifar-10"};
    static const hox__column column[] = {
        {"name", HOX__CELL_TEXT, 3}, {"source", HOX__CELL_TEXT, 1}, {"what", HOX__CELL_TEXT, 2}};
    enum { NAMES_MAX = 100000 };
    hox__cli *cli = l->cli;
    hox__names here = {0};
    if (hox__folder_read(".", NAMES_MAX, &here, &cli->error) != HOX_OK)
        return HOX__FAILED;
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "data", column, 3);
    if (!sheet) {
        hox__names_free(&here);
        return no_table(cli);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        put_set(sheet, cli, known[i]);
    for (int64_t i = 0; i < here.n; i++)
        if (!hox__is_directory(here.name[i]) && hox__is_data(here.name[i]))
            put_set(sheet, cli, here.name[i]);
    hox__sheet_end(sheet, cli->quiet ? NULL : &cli->err, "all of it: -f tsv");
    hox__names_free(&here);
    return HOX__EXIT_DONE;
}

/* ---- info ---- */

static void put_summary(looker *l)
{
    const hox__examples *x = hox__dataset_training(l->dataset);
    const int64_t test = hox__dataset_test(l->dataset)->n;
    hox__stream *err = &l->cli->err;
    hox__put_escaped(err, hox__text_get(&l->source));
    hox__text_puts(&err->text, "\n");
    hox__print_grouped(&err->text, x->n);
    hox__text_puts(&err->text, " to learn from, ");
    hox__print_grouped(&err->text, test);
    hox__text_puts(&err->text, " to test; ");
    hox__facts_print(&err->text, &l->facts);
    hox__text_putc(&err->text, '\n');
}

typedef struct {
    int64_t missing, n;
    double sum, squares;
} column_facts;

static column_facts look_at_numbers(const float *x, int64_t n, int64_t stride)
{
    column_facts c = {0};
    for (int64_t i = 0; i < n; i++) {
        const double v = (double)x[i * stride];
        if (isnan(v)) {
            c.missing++;
            continue;
        }
        c.n++;
        c.sum += v;
        c.squares += v * v;
    }
    return c;
}

static void put_number(hox__sheet *sheet, const char *name, const char *kind, column_facts c)
{
    const double mean = c.n ? c.sum / (double)c.n : 0;
    const double variance = c.n ? c.squares / (double)c.n - mean * mean : 0;
    hox__sheet_row(sheet,
                   (hox__cell[]){{.text = name},
                                 {.text = kind},
                                 {.integer = c.missing},
                                 {.empty = true},
                                 {.number = mean, .empty = !c.n},
                                 {.number = sqrt(variance > 0 ? variance : 0), .empty = !c.n}});
}

static void put_words(hox__sheet *sheet, const char *name, const char *kind, int64_t missing,
                      int64_t words)
{
    hox__sheet_row(sheet, (hox__cell[]){{.text = name},
                                        {.text = kind},
                                        {.integer = missing},
                                        {.integer = words},
                                        {.empty = true},
                                        {.empty = true}});
}

static void put_column(hox__sheet *sheet, const hox__examples *x, int j, int64_t *number,
                       int64_t *category)
{
    const hox__schema *s = x->schema;
    const hox__schema_column *c = &s->column[j];
    if (j == s->target_column && x->values)
        put_number(sheet, c->name, "target, a number", look_at_numbers(x->values, x->n, 1));
    else if (j == s->target_column)
        put_words(sheet, c->name, "target, classes", 0, x->classes);
    else if (c->kind == HOX__COLUMN_NUMBER)
        put_number(sheet, c->name, "number",
                   look_at_numbers(x->number + (*number)++, x->n, x->numbers));
    else if (c->kind == HOX__COLUMN_UNUSED)
        hox__sheet_row(sheet, (hox__cell[]){{.text = c->name},
                                            {.text = "not used"},
                                            {.empty = true},
                                            {.empty = true},
                                            {.empty = true},
                                            {.empty = true}});
    else {
        int64_t missing = 0;
        for (int64_t i = 0; i < x->n; i++)
            missing += x->codes[i * x->categories + *category] == 0;
        ++*category;
        put_words(sheet, c->name, "category", missing, c->words.n);
    }
}

static int put_columns(looker *l, const hox__examples *x)
{
    static const hox__column column[] = {
        {"column", HOX__CELL_TEXT, 6}, {"kind", HOX__CELL_TEXT, 5},
        {"missing", HOX__CELL_INT, 4}, {"words", HOX__CELL_INT, 3},
        {"mean", HOX__CELL_NUMBER, 2}, {"deviation", HOX__CELL_NUMBER, 1}};
    hox__cli *cli = l->cli;
    int64_t number = 0, category = 0;
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "column", column, 6);
    if (!sheet)
        return no_table(cli);
    for (int j = 0; j < x->schema->columns; j++)
        put_column(sheet, x, j, &number, &category);
    hox__sheet_end(sheet, cli->quiet ? NULL : &cli->err, "all of it: -f tsv");
    return HOX__EXIT_DONE;
}

static int put_classes(looker *l, const hox__examples *x)
{
    static const hox__column column[] = {
        {"class", HOX__CELL_INT, 2}, {"name", HOX__CELL_TEXT, 4}, {"n", HOX__CELL_INT, 3}};
    hox__cli *cli = l->cli;
    int64_t *count = hox__alloc((size_t)x->classes + 1, sizeof *count);
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "class", column, 3);
    if (!sheet || !count) {
        hox__free(count);
        return no_table(cli);
    }
    for (int64_t i = 0; i < x->n; i++)
        count[x->labels[i]]++;
    for (int c = 0; c < x->classes; c++) {
        const char *name = x->class_names ? x->class_names[c] : NULL;
        hox__sheet_row(sheet, (hox__cell[]){{.integer = c},
                                            {.text = name ? name : "", .empty = !name},
                                            {.integer = count[c]}});
    }
    hox__sheet_end(sheet, cli->quiet ? NULL : &cli->err, "all of it: -f tsv");
    hox__free(count);
    return HOX__EXIT_DONE;
}

static int info(looker *l)
{
    const hox__examples *x = hox__dataset_training(l->dataset);
    if (!l->cli->quiet)
        put_summary(l);
    if (x->kind == HOX__FEATURES && x->schema && x->schema->column)
        return put_columns(l, x);
    return x->labels ? put_classes(l, x) : HOX__EXIT_DONE;
}

/* ---- check, hash ---- */

static int check(looker *l)
{
    if (!l->cli->quiet)
        put_summary(l);
    return HOX__EXIT_DONE;
}

static int hash(looker *l)
{
    hox__put(&l->cli->out, "%s  ", hox__dataset_hash(l->dataset));
    hox__put_escaped(&l->cli->out, l->path);
    hox__text_putc(&l->cli->out.text, '\n');
    return HOX__EXIT_DONE;
}

static const struct {
    const char *word;
    int (*run)(looker *l);
    bool opens;
} verbs[] = {
    {"ls", list, false}, {"info", info, true}, {"check", check, true}, {"hash", hash, true}};
enum { VERBS = sizeof verbs / sizeof *verbs };

static int verb_named(const char *word, hox_error *err)
{
    const char *names[VERBS];
    for (int i = 0; i < VERBS; i++)
        if (strcmp(verbs[i].word, word) == 0)
            return i;
        else
            names[i] = verbs[i].word;
    const char *near = hox__nearest(word, names, VERBS);
    hox_fail(err, HOX_ERR_ARGUMENT,
             "`hox data %s` is no command%s%s%s\nwrite ls, info DATA, check DATA or hash DATA",
             word, near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
    return -1;
}

static int run(hox__cli *cli)
{
    looker l = {.cli = cli};
    const int verb = verb_named(cli->args.positional[0], &cli->error);
    if (verb < 0)
        return HOX__FAILED;
    if (verbs[verb].opens != (cli->args.positionals > 1)) {
        hox_fail(&cli->error, HOX_ERR_ARGUMENT,
                 verbs[verb].opens ? "`hox data %s` needs the data: a name, a file or a folder"
                                   : "`hox data %s` takes no data",
                 verbs[verb].word);
        return HOX__FAILED;
    }
    l.path = verbs[verb].opens ? cli->args.positional[1] : "";
    int code = HOX__FAILED;
    if (!verbs[verb].opens ||
        hox__data_open(cli, l.path, &l.source, &l.facts, &l.dataset) == HOX_OK)
        code = verbs[verb].run(&l);
    hox__dataset_free(l.dataset);
    hox__text_deinit(&l.source);
    return code;
}

const hox__command hox__command_data = {
    .name = "data",
    .synopsis = "ls | info DATA | check DATA | hash DATA [FLAGS]",
    .summary = "data sets that are found, and what is in one",
    .example = {{"hox data ls", "sets by name, and the files here"},
                {"hox data info adult.csv --target income", "its columns"},
                {"hox data check photos/", "reads all of it, or says what is wrong and where"}},
    .option = options,
    .positional_min = 1,
    .positional_max = 2,
    .complete = "file",
    .run = run,
};
