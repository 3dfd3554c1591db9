/* What the columns of a table are.
 *
 * A column is numbers when more than half of its values are; then every one of them must be, since
 * a word among numbers is a mistake or means that there is no value. Otherwise it holds categories:
 * all words when there are at most 256, else the 256 most frequent (what is left has code 0, as has
 * a word never seen); with more words than every other row has, as names and serial numbers do, the
 * column is not used.
 *
 * The target is a class when it holds words, or whole numbers that count from 0 or 1 up to at most
 * 20 without a gap; else it is a value.
 *
 * The first record names the columns when none of its cells is a number and some column is
 * otherwise of numbers, or when none of its cells comes again in its column.
 */
#include "base/alloc.h"
#include "data/csv.h"
#include <math.h>
#include <string.h>

enum { WORDS_MAX = 256, WORDS_SEEN_MAX = 1 << 17, CLASSES_MAX = 1000, COUNT_TO = 20 };

typedef struct {
    int64_t present, numbers, missing;
    int64_t wrong;      /* values that are no numbers */
    hox__table *words;  /* word -> how often, of a column of words */
    uint32_t whole;     /* bit i: the number i occurs, 0 <= i <= COUNT_TO */
    bool other_numbers; /* numbers that are not in `whole` */
    bool first_again;   /* the first record's cell occurs in a later one */
    bool first_number;  /* the first record's cell is a number or missing */
    bool forced;        /* csv(categories: …) names it */
} column;

typedef struct {
    const hox__bytes *file;
    const hox__csv_options *options;
    hox__schema *schema;
    hox__csv csv;
    column *column;
    hox__text first; /* the first record's cells, each with a NUL behind */
    int n;
    int64_t rows;
    hox_error *err;
} reader;

static hox_status no_memory(const reader *r)
{
    return hox_fail_code(r->err, HOX_ERR_MEMORY, "E0901", "%s: no memory for its columns",
                         r->file->name);
}

static hox_status wrong(const reader *r, const char *what)
{
    return hox_fail_code(r->err, HOX_ERR_DATA, "E0505", "%s: %s", r->file->name, what);
}

/* ---- counting ---- */

static void count_cell(const reader *r, column *c, const hox__csv_cell *cell)
{
    double value;
    if (hox__csv_is_missing(r->schema, cell)) {
        c->missing++;
        return;
    }
    c->present++;
    if (!hox__csv_number(&r->csv, cell, &value)) {
        c->wrong++;
        return;
    }
    c->numbers++;
    if (value >= 0 && value <= COUNT_TO && value == floor(value))
        c->whole |= UINT32_C(1) << (int)value;
    else
        c->other_numbers = true;
}

static hox_status wrong_width(const reader *r)
{
    return hox_fail_code(r->err, HOX_ERR_DATA, "E0505", "%s:%lld: %d cells, the first row has %d",
                         r->file->name, (long long)r->csv.record_line, r->csv.n, r->n);
}

static hox_status first_record(reader *r)
{
    hox_status status = hox__csv_next(&r->csv, r->err);
    if (status == HOX_DONE)
        return wrong(r, "no row in it");
    if (status != HOX_OK)
        return status;
    r->n = r->csv.n;
    if (r->n < 2)
        return wrong(r, "one column only; a table needs its target and something to tell it by\n"
                        "columns are separated by a comma, a semicolon, a tab or `|`: "
                        "separator: \";\" names another");
    r->column = hox__alloc((size_t)r->n, sizeof *r->column);
    for (int j = 0; r->column && j < r->n; j++) {
        const hox__csv_cell *cell = &r->csv.cell[j];
        double value;
        hox__text_utf8(&r->first, cell->text, cell->n);
        hox__text_add(&r->first, "", 1);
        r->column[j].first_number =
            hox__csv_is_missing(r->schema, cell) || hox__csv_number(&r->csv, cell, &value);
    }
    return r->column && !r->first.failed ? HOX_OK : no_memory(r);
}

static hox_status count_columns(reader *r)
{
    enum { LOOK_BACK = 1000 };
    hox_status status = first_record(r);
    while (status == HOX_OK && (status = hox__csv_next(&r->csv, r->err)) == HOX_OK) {
        if (r->csv.n != r->n)
            return wrong_width(r);
        const char *first = r->first.data;
        r->rows++;
        for (int j = 0; j < r->n; j++) {
            const hox__csv_cell *cell = &r->csv.cell[j];
            const size_t len = strlen(first);
            count_cell(r, &r->column[j], cell);
            if (r->rows < LOOK_BACK && len == cell->n && memcmp(first, cell->text, len) == 0)
                r->column[j].first_again = true;
            first += len + 1;
        }
    }
    return status == HOX_DONE ? HOX_OK : status;
}

static bool has_header(const reader *r)
{
    if (r->options->header >= 0)
        return r->options->header > 0;
    bool any_numbers = false, any_again = false;
    for (int j = 0; j < r->n; j++) {
        const column *c = &r->column[j];
        if (c->first_number)
            return false;
        any_numbers |= c->numbers > c->wrong;
        any_again |= c->first_again;
    }
    return any_numbers || !any_again;
}

/* ---- names ---- */

static hox_status name_columns(reader *r)
{
    hox__schema *s = r->schema;
    s->header = has_header(r);
    s->separator = r->csv.separator;
    s->columns = r->n;
    s->column = HOX__NEW_N(s->arena, hox__schema_column, (size_t)r->n);
    if (!s->column)
        return no_memory(r);
    const char *first = r->first.data;
    for (int j = 0; j < r->n; j++) {
        s->column[j].name = s->header && *first ? hox__arena_copy(s->arena, first, strlen(first))
                                                : hox__arena_printf(s->arena, "%d", j + 1);
        if (!s->column[j].name)
            return no_memory(r);
        first += strlen(first) + 1;
    }
    return HOX_OK;
}

static int column_named(const hox__schema *s, const char *name)
{
    for (int j = 0; j < s->columns; j++)
        if (strcmp(s->column[j].name, name) == 0)
            return j;
    return -1;
}

static hox_status no_column(const reader *r, const char *name)
{
    const hox__schema *s = r->schema;
    const char **names = hox__alloc((size_t)s->columns, sizeof *names);
    for (int j = 0; names && j < s->columns; j++)
        names[j] = s->column[j].name;
    const char *near = names ? hox__nearest(name, names, (size_t)s->columns) : NULL;
    const hox_status status =
        hox_fail_code(r->err, HOX_ERR_DATA, "E0505", "%s: no column \"%s\"\n%s%s%s", r->file->name,
                      name, near ? "did you mean \"" : "the last one is \"",
                      near ? near : s->column[s->columns - 1].name, near ? "\"?" : "\"");
    hox__free(names);
    return status;
}

/* Every name of a list that csv(…) has been given, as a column. */
static hox_status each_named(reader *r, const hox_term *list, void (*then)(reader *, int column))
{
    for (int i = 0; list && i < list->n; i++) {
        const char *name = list->part[i]->name ? list->part[i]->name : "";
        const int j = column_named(r->schema, name);
        if (j < 0)
            return no_column(r, name);
        then(r, j);
    }
    return HOX_OK;
}

static void drop(reader *r, int j)
{
    r->column[j].present = 0;
}

static void force(reader *r, int j)
{
    r->column[j].forced = true;
}

/* ---- kinds ---- */

/* The first value of column j that is no number, for the message. */
static hox_status not_a_number(reader *r, int j)
{
    hox__csv csv;
    double value;
    const char *name = r->schema->column[j].name;
    const int64_t more = r->column[j].wrong - 1;
    hox_status status;
    hox__csv_begin(&csv, r->file, r->schema->separator);
    bool skip = r->schema->header;
    while ((status = hox__csv_next(&csv, r->err)) == HOX_OK) {
        if (!skip && !hox__csv_is_missing(r->schema, &csv.cell[j]) &&
            !hox__csv_number(&csv, &csv.cell[j], &value))
            break;
        skip = false;
    }
    if (status == HOX_OK) {
        const hox__csv_cell *cell = &csv.cell[j];
        hox__text what = {0};
        hox__text_puts(&what, "is not a number");
        if (more)
            hox__text_printf(&what, ", nor %s %lld more of this column", more == 1 ? "is" : "are",
                             (long long)more);
        hox__text_puts(&what, "\nif it means that there is no value: --na ");
        hox__text_escaped(&what, cell->text, cell->n < 40 ? cell->n : 40);
        hox__text_puts(&what,
                       ", or na: [\"…\"] in csv(…); if the column holds words: categories: [\"");
        hox__text_escaped(&what, name, strnlen(name, 40));
        hox__text_puts(&what, "\"]");
        status = hox__csv_fail(&csv, name, cell, hox__text_get(&what), r->err);
        hox__text_deinit(&what);
    }
    hox__csv_end(&csv);
    return status;
}

static hox_status choose_kind(reader *r, int j)
{
    hox__schema_column *c = &r->schema->column[j];
    const column *seen = &r->column[j];
    c->missing = seen->missing > 0;
    if (seen->present == 0)
        c->kind = HOX__COLUMN_UNUSED;
    else if (seen->forced || seen->wrong >= seen->numbers)
        c->kind = HOX__COLUMN_CATEGORY;
    else
        c->kind = HOX__COLUMN_NUMBER;
    if (c->kind == HOX__COLUMN_NUMBER && seen->wrong)
        return not_a_number(r, j);
    return HOX_OK;
}

/* Whole numbers from 0 or 1 upwards without a gap, at least two of them. */
static bool counts(const column *c)
{
    const uint32_t up = c->whole & 1 ? c->whole : c->whole >> 1;
    return !c->other_numbers && up > 1 && (up & (up + 1)) == 0;
}

static hox_status choose_target(reader *r)
{
    hox__schema *s = r->schema;
    const char *name = r->options->target;
    const int j = *name ? column_named(s, name) : s->columns - 1;
    if (j < 0)
        return no_column(r, name);
    s->target_column = j;
    const column *seen = &r->column[j];
    if (seen->present == 0)
        return wrong(r, "the target column has no value at all");
    if (r->options->task == HOX__TASK_VALUE) {
        s->target = HOX__VALUE;
        return seen->wrong ? not_a_number(r, j) : HOX_OK;
    }
    if (r->options->task == HOX__TASK_AUTO && seen->numbers > seen->wrong && !counts(seen)) {
        s->target = HOX__VALUE;
        return seen->wrong ? not_a_number(r, j) : HOX_OK;
    }
    s->target = HOX__CLASS;
    return HOX_OK;
}

/* ---- words ---- */

static hox_status count_word(reader *r, int j)
{
    hox__schema *s = r->schema;
    column *c = &r->column[j];
    const hox__csv_cell *cell = &r->csv.cell[j];
    char buffer[HOX__NUMBER_MAX];
    const char *word = cell->text;
    size_t n = cell->n;
    if (hox__csv_is_missing(s, cell))
        return HOX_OK;
    if (j == s->target_column)
        word = hox__csv_class(&r->csv, cell, buffer, &n);
    if (!c->words && !(c->words = hox__table_new()))
        return no_memory(r);
    const intptr_t before = (intptr_t)hox__table_get(c->words, word, n);
    if (!before && hox__table_count(c->words) >= WORDS_SEEN_MAX)
        return HOX_OK;
    return hox__table_put(c->words, word, n, (void *)(before + 1)) ? HOX_OK : no_memory(r);
}

static hox_status count_words(reader *r)
{
    const hox__schema *s = r->schema;
    hox_status status = HOX_OK;
    hox__csv_end(&r->csv);
    hox__csv_begin(&r->csv, r->file, s->separator);
    if (s->header)
        status = hox__csv_next(&r->csv, r->err);
    while (status == HOX_OK && (status = hox__csv_next(&r->csv, r->err)) == HOX_OK)
        for (int j = 0; j < s->columns && status == HOX_OK; j++)
            if (j == s->target_column ? s->target == HOX__CLASS
                                      : s->column[j].kind == HOX__COLUMN_CATEGORY)
                status = count_word(r, j);
    return status == HOX_DONE ? HOX_OK : status;
}

/* Numbers by value and before words, words by their bytes. */
static int by_word(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    double p, q;
    bool whole;
    const bool m = hox__number_read(x, strlen(x), &p, &whole) == strlen(x) && *x,
               n = hox__number_read(y, strlen(y), &q, &whole) == strlen(y) && *y;
    if (m != n)
        return m ? -1 : 1;
    if (m && p != q)
        return p < q ? -1 : 1;
    return strcmp(x, y);
}

/* The `most` most frequent words of column j, in order, as `words`. */
static hox_status keep_words(reader *r, int j, int most, hox__words *words)
{
    return hox__words_set_frequent(r->schema, words, r->column[j].words, most, by_word)
               ? HOX_OK
               : no_memory(r);
}

static hox_status keep_category(reader *r, int j)
{
    hox__schema_column *c = &r->schema->column[j];
    const size_t n = hox__table_count(r->column[j].words);
    if (n > WORDS_MAX && (int64_t)n > r->column[j].present / 2 && !r->column[j].forced) {
        c->kind = HOX__COLUMN_UNUSED;
        return HOX_OK;
    }
    if (n > WORDS_MAX)
        c->missing = true; /* rare words share the column of the missing ones */
    return keep_words(r, j, WORDS_MAX, &c->words);
}

static hox_status keep_classes(reader *r)
{
    hox__schema *s = r->schema;
    const size_t n = hox__table_count(r->column[s->target_column].words);
    if (n > CLASSES_MAX)
        return hox_fail_code(r->err, HOX_ERR_DATA, "E0505",
                             "%s: the target \"%s\" has %zu different values; classes are at most "
                             "%d\nnumbers are learnt as such with task: value",
                             r->file->name, s->column[s->target_column].name, n, CLASSES_MAX);
    if (n < 2)
        return wrong(r, "the target has one value only: there is nothing to tell apart");
    const hox_status status = keep_words(r, s->target_column, CLASSES_MAX, &s->class_code);
    s->classes = s->class_code.n;
    s->class_name = s->class_code.word;
    return status;
}

static hox_status choose_columns(reader *r)
{
    hox__schema *s = r->schema;
    hox_status status = each_named(r, r->options->drop, drop);
    if (status == HOX_OK)
        status = each_named(r, r->options->categories, force);
    if (status == HOX_OK)
        status = choose_target(r);
    for (int j = 0; j < s->columns && status == HOX_OK; j++)
        if (j != s->target_column)
            status = choose_kind(r, j);
    if (status == HOX_OK)
        status = count_words(r);
    for (int j = 0; j < s->columns && status == HOX_OK; j++)
        if (j != s->target_column && s->column[j].kind == HOX__COLUMN_CATEGORY)
            status = keep_category(r, j);
    if (status == HOX_OK && s->target == HOX__CLASS)
        status = keep_classes(r);
    return status;
}

/* ---- the whole ---- */

/* What means that there is no value: an empty cell, these, and what csv(na: …) adds. */
static hox_status missing_words(reader *r)
{
    static const char *const usual[] = {"?", "NA", "NaN", "nan", "NULL", "null"};
    enum { USUAL = sizeof usual / sizeof *usual };
    hox__schema *s = r->schema;
    const hox_term *more = r->options->na;
    const int n = more ? more->n : 0;
    const char **word = HOX__NEW_N(s->arena, const char *, (size_t)(USUAL + n));
    if (!word)
        return no_memory(r);
    for (int i = 0; i < USUAL + n; i++) {
        const char *from = i < USUAL ? usual[i] : more->part[i - USUAL]->name;
        word[i] = hox__arena_copy(s->arena, from ? from : "", from ? strlen(from) : 0);
        if (!word[i])
            return no_memory(r);
    }
    s->missing_word = word;
    s->missing_words = USUAL + n;
    return HOX_OK;
}

static hox_status infer(reader *r)
{
    hox_status status = missing_words(r);
    hox__csv_begin(&r->csv, r->file, r->options->separator);
    if (status == HOX_OK)
        status = count_columns(r);
    if (status == HOX_OK)
        status = name_columns(r);
    if (status == HOX_OK && r->rows == 0 && r->schema->header)
        status = wrong(r, "no row behind the header");
    /* Without a header the first record is a row like the others. */
    if (status == HOX_OK && !r->schema->header) {
        hox__csv_end(&r->csv);
        hox__csv_begin(&r->csv, r->file, r->schema->separator);
        status = hox__csv_next(&r->csv, r->err);
        for (int j = 0; status == HOX_OK && j < r->n; j++)
            count_cell(r, &r->column[j], &r->csv.cell[j]);
    }
    return status == HOX_OK ? choose_columns(r) : status;
}

hox_status hox__csv_infer(const hox__bytes *file, const hox__csv_options *options,
                          hox__schema **schema, hox_error *err)
{
    reader r = {.file = file, .options = options, .err = err};
    r.schema = hox__schema_new(HOX__FEATURES, HOX__CLASS);
    hox_status status = HOX_ERR_MEMORY;
    if (r.schema) {
        r.schema->embed = options->embed;
        status = infer(&r);
    } else {
        no_memory(&r);
    }
    hox__csv_end(&r.csv);
    for (int j = 0; r.column && j < r.n; j++)
        hox__table_free(r.column[j].words);
    hox__free(r.column);
    hox__text_deinit(&r.first);
    if (status == HOX_OK)
        *schema = r.schema;
    else
        hox__schema_free(r.schema);
    return status;
}
