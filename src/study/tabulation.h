/* A table of measured results, tab- or comma-separated with a header line, in memory. */
#ifndef HOX_STUDY_TABULATION_H
#define HOX_STUDY_TABULATION_H

#include <hox/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOX__TABULATION_COLUMNS = 4096, HOX__TABULATION_BYTES = 1 << 28 };

typedef struct {
    char *text;        /* of the file; every cell ends with a zero byte */
    const char **name; /* [columns] */
    int columns;
    int64_t rows;
    uint32_t *cell; /* [rows][columns] where it begins in `text` */
    char hash[65];  /* SHA-256 of the file */
} hox__tabulation;

/* HOX_ERR_DATA: no header, or a row with another number of cells. */
hox_status hox__tabulation_read(const char *path, hox__tabulation *out, hox_error *err);
/* The same from text[n] with a zero byte behind, which is taken; `path` names it in messages. */
hox_status hox__tabulation_take(const char *path, char *text, size_t n, hox__tabulation *out,
                                hox_error *err);
void hox__tabulation_free(hox__tabulation *table);

int hox__tabulation_column(const hox__tabulation *table, const char *name); /* -1: none */
const char *hox__tabulation_cell(const hox__tabulation *table, int64_t row, int column);
double hox__tabulation_number(const hox__tabulation *table, int64_t row, int column); /* or NaN */

#endif
