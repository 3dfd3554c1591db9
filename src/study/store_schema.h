/* The tables of a store. */
#ifndef HOX_STUDY_STORE_SCHEMA_H
#define HOX_STUDY_STORE_SCHEMA_H

#include <hox/status.h>
#include <sqlite3.h>
#include <stdbool.h>

enum {
    HOX__STORE_ID = 0x484F5821, /* "HOX!": application_id */
    HOX__STORE_VERSION = 4,     /* user_version */
};

/* Makes the tables in an empty data base; the caller's transaction. */
int hox__schema_make(sqlite3 *db);

/* Are the tables and indices of `db` exactly those of this version? Whoever made the file otherwise
 * could run what he likes through a trigger. */
hox_status hox__schema_verify(sqlite3 *db, const char *path, hox_error *err);

/* The same as a comparison found it: SQLITE_OK, SQLITE_MISMATCH, or what SQLite said. */
hox_status hox__schema_verdict(sqlite3 *db, const char *path, int code, int version,
                               hox_error *err);

/* SQLITE_OK: both statements give the same rows, types included; SQLITE_MISMATCH: they do not; else
 * what SQLite said. */
int hox__schema_compare_rows(sqlite3_stmt *a, sqlite3_stmt *b);

/* The i-th query whose rows must be the same in a store and in its replay; NULL past the end. */
const char *hox__schema_derived(int i);

#endif
