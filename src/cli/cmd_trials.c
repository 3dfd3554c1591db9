/* hox trials [STUDY]: a table of trials. Without --sort rows stream from the store as they are
 * read. */
#include "base/alloc.h"
#include "base/number.h"
#include "base/table.h"
#include "cli/fields.h"
#include "cli/front.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const hox__option options[] = {
    {"where", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_REPEAT, "TEST",
     "only these: value>0.9, state=done and lr<0.01", NULL, NULL},
    {"sort", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON, "COLUMN",
     "ascending; -COLUMN descending: --sort=-value", "trial", NULL},
    {"columns", 0, HOX__OPTION_TEXT, HOX__OPTION_COMMON, "A,B",
     "which, parameters too: trial,value,lr; all", NULL, NULL},
    {"limit", 'n', HOX__OPTION_INT, HOX__OPTION_COMMON, "N", "at most N rows", NULL, NULL},
    {0},
};

enum { FIELDS_MAX = 200 };

typedef struct {
    double number;
    bool numeric;
    char *text;
    uint64_t trial;
} sort_key;

typedef struct {
    hox__cli *cli;
    hox__view *view;
    hox__field field[FIELDS_MAX];
    hox__column column[FIELDS_MAX];
    int fields, conditions;
    hox__condition condition[HOX__CONDITIONS_MAX];
    hox__table *parameters; /* names, for --columns all */
    char *names;            /* of --columns, cut at the commas */
    hox__sheet *sheet;
    int64_t limit, printed;
    hox__field sort_field;
    bool sorted, descending;
    sort_key *key;
    size_t keys, room;
    hox__aim aim;
    bool unfinished; /* some value is the last of a trial that did not finish */
    hox_status status;
} lister;

/* ---- which columns ---- */

static hox_status add_field(lister *l, const char *name)
{
    if (l->fields == FIELDS_MAX)
        return hox_fail(&l->cli->error, HOX_ERR_ARGUMENT, "--columns: more than %d columns",
                        FIELDS_MAX);
    l->field[l->fields] = hox__field_of(name);
    l->column[l->fields] = l->field[l->fields].column;
    l->fields++;
    return HOX_OK;
}

static bool see_parameters(void *ctx, const hox__trial_row *row)
{
    lister *l = ctx;
    hox_sentence *sentence = NULL;
    l->status = hox__view_sentence(l->cli, l->view, row, &sentence);
    int n = 0;
    const hox_parameter *p = l->status == HOX_OK ? hox_sentence_parameters(sentence, &n) : NULL;
    for (int i = 0; i < n; i++)
        if (!hox__table_gets(l->parameters, p[i].path) &&
            !hox__table_puts(l->parameters, p[i].path, l))
            l->status = hox_fail(&l->cli->error, HOX_ERR_MEMORY, "no memory for the columns");
    hox_sentence_free(sentence);
    return l->status == HOX_OK;
}

static hox_status all_fields(lister *l)
{
    hox_status status = HOX_OK;
    for (int i = 0; hox__field_name(i) && status == HOX_OK; i++)
        status = add_field(l, hox__field_name(i));
    l->parameters = hox__table_new();
    if (!l->parameters)
        return hox_fail(&l->cli->error, HOX_ERR_MEMORY, "no memory for the columns");
    if (status == HOX_OK)
        status =
            hox__store_trials(l->view->store, l->view->study.id, see_parameters, l, &l->cli->error);
    if (l->status != HOX_OK)
        return l->status;
    for (size_t i = 0; status >= 0 && i < hox__table_count(l->parameters); i++) {
        const char *name;
        hox__table_at(l->parameters, i, &name, NULL);
        status = add_field(l, name);
    }
    return status < 0 ? status : HOX_OK;
}

static void add_goal(lister *l, const char *metric)
{
    if (l->fields == FIELDS_MAX)
        return;
    l->field[l->fields] = (hox__field){{metric, HOX__CELL_NUMBER, 98}, -1};
    l->column[l->fields] = l->field[l->fields].column;
    l->fields++;
}

static bool is_goal(const lister *l, const char *name)
{
    for (int k = 0; k < l->aim.goals; k++)
        if (strcmp(l->aim.goal[k].metric, name) == 0)
            return true;
    return false;
}

/* Of several goals each has a column, in place of the value, which is the first one's. */
static hox_status usual_fields(lister *l)
{
    hox_status status = HOX_OK;
    const bool several = hox__view_has_goals(l->view);
    if (several)
        status = hox__view_aim(l->cli, l->view, &l->aim);
    for (int i = 0; i < hox__fields_default() && status == HOX_OK; i++) {
        const char *name = hox__field_name(i);
        if (!several || (strcmp(name, "value") != 0 && !is_goal(l, name)))
            status = add_field(l, name);
        else if (strcmp(name, "value") == 0)
            for (int k = 0; k < l->aim.goals; k++)
                add_goal(l, l->aim.goal[k].metric);
    }
    return status;
}

static hox_status choose_fields(lister *l)
{
    const char *wanted = hox__args_text(&l->cli->args, "columns", NULL);
    hox_status status = HOX_OK;
    if (wanted && strcmp(wanted, "all") == 0)
        return all_fields(l);
    if (!wanted)
        return usual_fields(l);
    const size_t n = strlen(wanted);
    l->names = hox__alloc(n + 1, 1);
    if (!l->names)
        return hox_fail(&l->cli->error, HOX_ERR_MEMORY, "no memory for the columns");
    memcpy(l->names, wanted, n);
    for (char *p = l->names, *next; p && status == HOX_OK; p = next) {
        next = strchr(p, ',');
        if (next)
            *next++ = '\0';
        status = *p ? add_field(l, p)
                    : hox_fail(&l->cli->error, HOX_ERR_ARGUMENT, "--columns: an empty name in `%s`",
                               wanted);
    }
    return status;
}

static hox_status read_options(lister *l)
{
    const hox__args *args = &l->cli->args;
    for (int i = 0; i < args->repeats; i++) {
        const hox_status status =
            hox__conditions_read(args->repeated[i], l->condition, &l->conditions, &l->cli->error);
        if (status != HOX_OK)
            return status;
    }
    const char *sort = hox__args_text(args, "sort", NULL);
    l->sorted = sort != NULL;
    l->descending = sort && *sort == '-';
    if (sort)
        l->sort_field = hox__field_of(sort + l->descending);
    l->limit = hox__args_int(args, "limit", INT64_MAX);
    return choose_fields(l);
}

/* ---- rows ---- */

static hox_status passes(lister *l, hox__look *look, bool *yes)
{
    *yes = true;
    for (int i = 0; i < l->conditions && *yes; i++) {
        const hox_status status = hox__condition_holds(look, &l->condition[i], yes);
        if (status != HOX_OK)
            return status;
    }
    return HOX_OK;
}

static hox_status print_row(lister *l, hox__look *look)
{
    hox__cell cell[FIELDS_MAX];
    for (int i = 0; i < l->fields; i++) {
        const hox_status status = hox__field_get(look, &l->field[i], &cell[i]);
        if (status != HOX_OK)
            return status;
        l->unfinished |= cell[i].mark != NULL && !cell[i].empty;
    }
    hox__sheet_row(l->sheet, cell);
    l->printed++;
    return HOX_OK;
}

static bool stream_row(void *ctx, const hox__trial_row *row)
{
    lister *l = ctx;
    hox__look look = {.cli = l->cli, .view = l->view, .row = row};
    bool yes;
    if (l->printed >= l->limit)
        return false;
    l->status = passes(l, &look, &yes);
    if (l->status == HOX_OK && yes)
        l->status = print_row(l, &look);
    hox__look_done(&look);
    return l->status == HOX_OK;
}

/* ---- sorting ---- */

static char *copy_of(const char *s)
{
    char *copy = hox__alloc(strlen(s) + 1, 1);
    if (copy)
        memcpy(copy, s, strlen(s));
    return copy;
}

static hox_status key_of(lister *l, hox__look *look, sort_key *key)
{
    hox__cell cell;
    bool integral;
    const hox_status status = hox__field_get(look, &l->sort_field, &cell);
    *key = (sort_key){.trial = look->row->trial, .number = NAN};
    if (status != HOX_OK || cell.empty || cell.mark)
        return status;
    const hox__cell_kind kind = l->sort_field.column.kind;
    if (kind == HOX__CELL_INT)
        key->number = (double)cell.integer;
    else if (kind == HOX__CELL_NUMBER)
        key->number = cell.number;
    else if (kind == HOX__CELL_ID)
        key->number = (double)cell.id;
    else if (cell.text && hox__number_read(cell.text, strlen(cell.text), &key->number, &integral) !=
                              strlen(cell.text))
        key->text = copy_of(cell.text);
    key->numeric = !key->text && !isnan(key->number);
    return HOX_OK;
}

static bool collect_row(void *ctx, const hox__trial_row *row)
{
    lister *l = ctx;
    hox__look look = {.cli = l->cli, .view = l->view, .row = row};
    bool yes;
    l->status = passes(l, &look, &yes);
    if (l->status == HOX_OK && yes && l->keys == l->room) {
        const size_t room = l->room ? l->room * 2 : 256;
        sort_key *grown = hox__realloc(l->key, room, sizeof *grown);
        if (grown) {
            l->key = grown;
            l->room = room;
        } else {
            l->status = hox_fail(&l->cli->error, HOX_ERR_MEMORY, "no memory to sort the trials");
        }
    }
    if (l->status == HOX_OK && yes) {
        l->status = key_of(l, &look, &l->key[l->keys]);
        l->keys += l->status == HOX_OK;
    }
    hox__look_done(&look);
    return l->status == HOX_OK;
}

/* Numbers, then words, then what has neither; equal ones by trial. */
static int by_key(const void *a_, const void *b_, void *ctx)
{
    const sort_key *a = a_, *b = b_;
    const int sign = ((const lister *)ctx)->descending ? -1 : 1;
    const int ra = a->numeric ? 0 : a->text ? 1 : 2, rb = b->numeric ? 0 : b->text ? 1 : 2;
    if (ra != rb)
        return ra - rb;
    int order = 0;
    if (a->numeric)
        order = sign * ((a->number > b->number) - (a->number < b->number));
    else if (a->text)
        order = sign * strcmp(a->text, b->text);
    return order ? order : (a->trial > b->trial) - (a->trial < b->trial);
}

static hox_status print_sorted(lister *l)
{
    hox_status status =
        hox__store_trials(l->view->store, l->view->study.id, collect_row, l, &l->cli->error);
    if (l->status != HOX_OK || status < 0)
        return l->status != HOX_OK ? l->status : status;
    qsort_r(l->key, l->keys, sizeof *l->key, by_key, l);
    for (size_t i = 0; i < l->keys && l->printed < l->limit && l->status == HOX_OK; i++) {
        hox__trial_row row;
        l->status = hox__store_trial(l->view->store, l->view->study.id, l->key[i].trial, &row,
                                     &l->cli->error);
        hox__look look = {.cli = l->cli, .view = l->view, .row = &row};
        if (l->status == HOX_OK)
            l->status = print_row(l, &look);
        hox__look_done(&look);
    }
    return l->status;
}

/* What a table for people does not say by itself. */
static void put_remarks(lister *l)
{
    hox__front f;
    if (l->cli->quiet || l->cli->format != HOX__FORMAT_TABLE)
        return;
    if (l->unfinished)
        hox__put(&l->cli->err, HOX__MARK_LAST " the last value of a trial that was stopped\n");
    if (l->aim.goals < 2 ||
        hox__front_read(l->view->store, l->view->study.id, &l->aim, &f, NULL) < 0)
        return;
    if (f.members)
        hox__front_summary(&l->cli->err, &l->aim, &f, l->view->study.objective, "");
    hox__front_free(&f);
}

static hox_status print_all(lister *l)
{
    hox_status status = read_options(l);
    if (status != HOX_OK)
        return status;
    l->sheet = hox__sheet_begin(&l->cli->out, l->cli->format, "trial", l->column, l->fields);
    if (!l->sheet)
        return hox_fail(&l->cli->error, HOX_ERR_MEMORY, "no memory for the table");
    if (l->sorted)
        status = print_sorted(l);
    else
        status =
            hox__store_trials(l->view->store, l->view->study.id, stream_row, l, &l->cli->error);
    hox__sheet_end(l->sheet, l->cli->quiet ? NULL : &l->cli->err,
                   "--columns names them, -f tsv prints all");
    put_remarks(l);
    return l->status != HOX_OK ? l->status : status < 0 ? status : HOX_OK;
}

static int run(hox__cli *cli)
{
    hox__subject subject;
    hox__view view;
    lister *l = hox__alloc(1, sizeof *l);
    if (!l)
        return hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the table"), HOX__FAILED;
    const char *word = cli->args.positionals ? cli->args.positional[0] : NULL;
    hox_status status = hox__subject_read(word, &subject, &cli->error);
    if (status == HOX_OK)
        status = hox__view_open(cli, &subject, &view);
    if (status == HOX_OK) {
        *l = (lister){.cli = cli, .view = &view};
        status = print_all(l);
        for (size_t i = 0; i < l->keys; i++)
            hox__free(l->key[i].text);
        hox__free(l->key);
        hox__free(l->names);
        hox__table_free(l->parameters);
        hox__view_close(&view);
    }
    hox__free(l);
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__FAILED;
}

const hox__command hox__command_trials = {
    .name = "trials",
    .synopsis = "[[STORE:]STUDY] [FLAGS]",
    .summary = "a table of trials",
    .example = {{"hox trials", "all of them, in order"},
                {"hox trials --sort=-value -n 10", "the ten best"},
                {"hox trials --where state=failed --columns trial,reason,detail", ""}},
    .option = options,
    .positional_max = 1,
    .complete = "study",
    .run = run,
};
