/* What stands in the pages of an SQLite file, read without SQLite: leaf by leaf, whatever became of
 * the rest. File format: https://www.sqlite.org/fileformat2.html, sections 1.6, 2.1 and 4. */
#ifndef HOX_STUDY_PAGES_H
#define HOX_STUDY_PAGES_H

#include <hox/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    HOX__FOUND_NULL,
    HOX__FOUND_INT,
    HOX__FOUND_REAL,
    HOX__FOUND_TEXT,
    HOX__FOUND_BLOB,
} hox__found_kind;

typedef struct {
    hox__found_kind kind;
    int64_t integer;
    double real;
    const char *data; /* [n] TEXT, BLOB: borrowed for the call */
    size_t n;
} hox__found;

enum { HOX__FOUND_MAX = 64 };

typedef struct {
    int64_t pages;   /* there are, or should be */
    int64_t missing; /* beyond the end of the file, or all zero */
    int64_t damaged; /* leaves with a cell that cannot be read */
    int64_t logged;  /* pages whose newest state came from the log beside the file */
} hox__pages;

/* Calls `see` for every whole record of a leaf: of a table with its row number, or of an index
 * (`row` 0). The latest committed state of `log`, the bytes of FILE-wal, wins over the file's; a
 * torn log counts up to its last whole commit. Pages that the file calls free are left out.
 * HOX_ERR_MEMORY is the only failure. */
hox_status hox__pages_scan(const uint8_t *file, size_t n, const uint8_t *log, size_t log_n,
                           void (*see)(void *ctx, bool table, int64_t row, const hox__found *value,
                                       int values),
                           void *ctx, hox__pages *out);

#endif
