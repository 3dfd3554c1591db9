/* The rows of a table as numbers and codes, by a schema. */
#include "base/alloc.h"
#include "data/csv.h"
#include "data/set.h"
#include <math.h>
#include <string.h>

typedef struct {
    const hox__bytes *file;
    hox__schema *schema;
    hox__csv csv;
    int *at;   /* [columns]: which cell of this file's records is the schema's column; -1 none */
    int width; /* cells of a record */
    int64_t rows;
    float *number, *value;
    int32_t *code, *label;
    hox_error *err;
} reader;

static hox_status no_memory(const reader *r)
{
    return hox_fail_code(r->err, HOX_ERR_MEMORY, "E0901", "%s: no memory for %lld rows",
                         r->file->name, (long long)r->rows);
}

/* ---- which cell is which column ---- */

static bool is_named(const hox__csv_cell *cell, const char *name)
{
    hox__text clean = {0};
    hox__text_utf8(&clean, cell->text, cell->n);
    const bool same = !clean.failed && strcmp(hox__text_get(&clean), name) == 0;
    hox__text_deinit(&clean);
    return same;
}

static hox_status find_by_name(reader *r, bool needs_target)
{
    const hox__schema *s = r->schema;
    for (int j = 0; j < s->columns; j++) {
        r->at[j] = -1;
        for (int k = 0; k < r->csv.n && r->at[j] < 0; k++)
            if (is_named(&r->csv.cell[k], s->column[j].name))
                r->at[j] = k;
        if (r->at[j] < 0 && s->column[j].kind != HOX__COLUMN_UNUSED &&
            (j != s->target_column || needs_target))
            return hox_fail_code(r->err, HOX_ERR_DATA, "E0505",
                                 "%s:%lld: no column \"%s\", which the training file has",
                                 r->file->name, (long long)r->csv.record_line, s->column[j].name);
    }
    return HOX_OK;
}

/* Without a header: as many cells as columns, or all but the target's. */
static hox_status find_by_place(reader *r, bool needs_target)
{
    const hox__schema *s = r->schema;
    const bool without = r->csv.n == s->columns - 1 && !needs_target;
    if (r->csv.n != s->columns && !without)
        return hox_fail_code(r->err, HOX_ERR_DATA, "E0505",
                             "%s:%lld: %d cells, the training file has %d", r->file->name,
                             (long long)r->csv.record_line, r->csv.n, s->columns);
    for (int j = 0; j < s->columns; j++)
        r->at[j] = !without ? j : j == s->target_column ? -1 : j - (j > s->target_column);
    return HOX_OK;
}

/* Stands before the first row, and counts the rows from there. */
static hox_status start(reader *r, bool needs_target)
{
    const hox__schema *s = r->schema;
    r->at = hox__alloc((size_t)s->columns + 1, sizeof *r->at);
    if (!r->at)
        return no_memory(r);
    hox__csv_begin(&r->csv, r->file, s->separator);
    hox_status status = hox__csv_next(&r->csv, r->err);
    if (status == HOX_DONE)
        return hox_fail_code(r->err, HOX_ERR_DATA, "E0505", "%s: no row in it", r->file->name);
    r->width = r->csv.n;
    if (status == HOX_OK)
        status = s->header ? find_by_name(r, needs_target) : find_by_place(r, needs_target);
    r->rows = !s->header;
    while (status == HOX_OK && (status = hox__csv_next(&r->csv, r->err)) == HOX_OK) {
        if (r->csv.n != r->width)
            return hox_fail_code(r->err, HOX_ERR_DATA, "E0505",
                                 "%s:%lld: %d cells, the first row has %d", r->file->name,
                                 (long long)r->csv.record_line, r->csv.n, r->width);
        r->rows++;
    }
    hox__csv_end(&r->csv);
    hox__csv_begin(&r->csv, r->file, s->separator);
    if (status == HOX_DONE)
        status = s->header ? hox__csv_next(&r->csv, r->err) : HOX_OK;
    return status;
}

/* ---- a row ---- */

static hox_status read_target(reader *r, int64_t i, const hox__csv_cell *cell, bool needed)
{
    const hox__schema *s = r->schema;
    const char *name = s->column[s->target_column].name;
    char buffer[HOX__NUMBER_MAX];
    size_t n;
    double value;
    if (hox__csv_is_missing(s, cell)) {
        if (needed || s->target == HOX__CLASS)
            return hox__csv_fail(&r->csv, name, cell, "is no value, and this column is the target",
                                 r->err);
        r->value[i] = NAN;
        return HOX_OK;
    }
    if (s->target == HOX__VALUE) {
        if (!hox__csv_number(&r->csv, cell, &value))
            return hox__csv_fail(&r->csv, name, cell, "is not a number", r->err);
        r->value[i] = (float)value;
        return HOX_OK;
    }
    const char *word = hox__csv_class(&r->csv, cell, buffer, &n);
    const int32_t code = hox__words_find(&s->class_code, word, n);
    if (code < 0)
        return no_memory(r);
    if (!code)
        return hox__csv_fail(&r->csv, name, cell, "is none of the classes of the training file",
                             r->err);
    r->label[i] = code - 1;
    return HOX_OK;
}

static hox_status read_row(reader *r, int64_t i, hox__examples *out, bool needs_target)
{
    const hox__schema *s = r->schema;
    float *number = r->number + i * out->numbers;
    int32_t *code = r->code + i * out->categories;
    for (int j = 0; j < s->columns; j++) {
        const hox__schema_column *c = &s->column[j];
        if (j == s->target_column || c->kind == HOX__COLUMN_UNUSED)
            continue;
        const hox__csv_cell *cell = &r->csv.cell[r->at[j]];
        const bool missing = hox__csv_is_missing(s, cell);
        double value = (double)NAN;
        if (c->kind == HOX__COLUMN_CATEGORY) {
            if ((*code++ = missing ? 0 : hox__words_find(&c->words, cell->text, cell->n)) < 0)
                return no_memory(r);
            continue;
        }
        if (!missing && !hox__csv_number(&r->csv, cell, &value))
            return hox__csv_fail(&r->csv, c->name, cell, "is not a number", r->err);
        *number++ = (float)value;
    }
    const int target = s->target_column < 0 ? -1 : r->at[s->target_column];
    return target < 0 ? HOX_OK : read_target(r, i, &r->csv.cell[target], needs_target);
}

static hox_status make_arrays(reader *r, hox__examples *out)
{
    const hox__schema *s = r->schema;
    const bool target = s->target_column >= 0 && r->at[s->target_column] >= 0;
    out->n = r->rows;
    out->numbers = hox__schema_numbers(s);
    out->categories = hox__schema_categories(s);
    out->classes = s->target == HOX__VALUE ? 1 : s->classes;
    out->number = r->number = hox__examples_array(out, out->n * out->numbers, sizeof *r->number);
    out->codes = r->code = hox__examples_array(out, out->n * out->categories, sizeof *r->code);
    if (target && s->target == HOX__CLASS)
        out->labels = r->label = hox__examples_array(out, out->n, sizeof *r->label);
    if (target && s->target == HOX__VALUE)
        out->values = r->value = hox__examples_array(out, out->n, sizeof *r->value);
    return r->number && r->code && (!target || r->label || r->value) ? HOX_OK : no_memory(r);
}

hox_status hox__csv_read(const hox__bytes *file, hox__schema *schema, bool needs_target,
                         hox__examples **out, hox_error *err)
{
    reader r = {.file = file, .schema = schema, .err = err};
    hox__examples *made = hox__examples_new(HOX__FEATURES, schema->target);
    hox_status status = made ? start(&r, needs_target) : no_memory(&r);
    if (status == HOX_OK)
        status = make_arrays(&r, made);
    for (int64_t i = 0; i < r.rows && status == HOX_OK; i++)
        if ((status = hox__csv_next(&r.csv, err)) == HOX_OK)
            status = read_row(&r, i, made, needs_target);
    hox__csv_end(&r.csv);
    hox__free(r.at);
    if (status == HOX_OK) {
        hox__examples_describe(made, schema);
        *out = made;
    } else {
        hox__examples_free(made);
    }
    return status;
}
