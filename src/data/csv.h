/* Tables as text: records of cells (RFC 4180 and its relatives), and what the columns are. */
#ifndef HOX_DATA_CSV_H
#define HOX_DATA_CSV_H

#include "base/number.h"
#include "base/text.h"
#include "data/reader.h"
#include "data/schema.h"

typedef struct {
    const char *text; /* [n], not NUL-terminated; white space around it is gone unless quoted */
    size_t n;
    bool quoted;
} hox__csv_cell;

/* A place in the file and the record last read. Start with hox__csv_begin(). */
typedef struct {
    const hox__bytes *file;
    size_t at;
    int64_t line; /* where the next record begins */
    char separator;
    hox__csv_cell *cell; /* [n], valid until the next record */
    int n, cap;
    int64_t record_line; /* where the record begins */
    hox__text unescaped; /* cells with doubled quotes */
} hox__csv;

enum { HOX__CSV_COLUMNS_MAX = 16384 };

/* separator 0: the one of , ; tab | that splits the first records most evenly. */
void hox__csv_begin(hox__csv *csv, const hox__bytes *file, char separator);
void hox__csv_end(hox__csv *csv);

/* The next record that is not empty: HOX_OK, HOX_DONE at the end, or HOX_ERR_DATA (E0505) with the
 * line: a quote that is not closed, text behind one, a zero byte, too many cells. */
hox_status hox__csv_next(hox__csv *csv, hox_error *err);

/* Is the whole cell a decimal number? `12`, `-1.5e3`, `.5`, `+7`; with `;` between cells also
 * `1,5`. */
bool hox__csv_number(const hox__csv *csv, const hox__csv_cell *cell, double *out);

/* What csv(…) says beside the name. */
typedef struct {
    const char *target; /* name of the column, "" = the last */
    char separator;     /* 0: found out */
    int header;         /* 1 yes, 0 no, -1 found out */
    bool embed;
    enum { HOX__TASK_AUTO, HOX__TASK_CLASSES, HOX__TASK_VALUE } task;
    const hox_term *na, *drop, *categories; /* lists of texts, or NULL */
} hox__csv_options;

/* What the columns of a training file are. */
hox_status hox__csv_infer(const hox__bytes *file, const hox__csv_options *options,
                          hox__schema **schema, hox_error *err);

/* The rows of a file that has the schema's columns, in whatever order when there is a header.
 * `needs_target`: every row must have one; otherwise the column may be absent. */
hox_status hox__csv_read(const hox__bytes *file, hox__schema *schema, bool needs_target,
                         hox__examples **out, hox_error *err);

bool hox__csv_is_missing(const hox__schema *schema, const hox__csv_cell *cell);

/* The name of a class from a cell of the target column: numbers in their shortest form. Borrowed
 * from the cell or from `buffer`. */
const char *hox__csv_class(const hox__csv *csv, const hox__csv_cell *cell,
                           char buffer[HOX__NUMBER_MAX], size_t *n);

/* FILE:LINE: column "NAME": "TEXT" WHAT, the text shortened and escaped. */
hox_status hox__csv_fail(const hox__csv *csv, const char *column, const hox__csv_cell *cell,
                         const char *what, hox_error *err);

#endif
