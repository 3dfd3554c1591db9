/* Tables: rows of cells, printed in the format that was asked for. For people they fit the width:
 * the least important columns go first, and a last line says which and how to get them. For
 * programs nothing is shortened. */
#ifndef HOX_CLI_SHEET_H
#define HOX_CLI_SHEET_H

#include "cli/output.h"

typedef enum {
    HOX__CELL_TEXT,
    HOX__CELL_INT,
    HOX__CELL_NUMBER, /* a double */
    HOX__CELL_ID,     /* 64 bits: a string in JSON */
    HOX__CELL_BOOL,
} hox__cell_kind;

typedef struct {
    const char *name;
    hox__cell_kind kind;
    int keep; /* larger stays longer when the table is too wide; the largest always stays */
} hox__column;

typedef struct {
    bool empty; /* "" in tables, null in JSON */
    const char *text;
    int64_t integer; /* INT, BOOL */
    uint64_t id;
    double number;
    const char *mark; /* behind it for people; NULL: none. Not what the column promises: neither
                         sorted by nor compared */
} hox__cell;

typedef struct hox__sheet hox__sheet;

/* Columns are borrowed until the end. `type` is the "type" of each JSON object. NULL: no memory. */
hox__sheet *hox__sheet_begin(hox__stream *out, hox__format format, const char *type,
                             const hox__column *column, int columns);

/* cell[columns]; copied. */
void hox__sheet_row(hox__sheet *sheet, const hox__cell *cell);

/* Prints what is left and frees. `hint` completes "not shown: a, b; " for people, or NULL. */
void hox__sheet_end(hox__sheet *sheet, hox__stream *hints, const char *hint);

#endif
