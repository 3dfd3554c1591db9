/* What the files of the store share: the connection, statements, and errors. */
#ifndef HOX_STUDY_STORE_SQLITE_H
#define HOX_STUDY_STORE_SQLITE_H

#include "base/arena.h"
#include "base/lock.h"
#include "study/store.h"
#include <sqlite3.h>

struct hox__store {
    sqlite3 *db;
    hox__lock *lock; /* NULL: reading */
    char *path;
    sqlite3_stmt *insert;      /* of events, kept prepared */
    bool full;                 /* commits are synced now */
    bool open;                 /* between hox__store_begin() and _end() */
    bool gathering, gathered;  /* after hox__store_gather(); and it has a transaction open */
    hox__arena *study, *trial; /* what single rows are borrowed from */
    int64_t outside_of;        /* the study of which outside[outsides] is known; 0: none */
    uint64_t *outside;
    int64_t outsides;
};

/* What SQLite said, as a status and a message: damaged files are HOX_ERR_DATA, full disks
 * HOX_ERR_IO. */
hox_status hox__store_fail(const hox__store *store, const char *what, hox_error *err);

/* Prepares; a statement over a damaged file is HOX_ERR_DATA. */
hox_status hox__store_prepare(const hox__store *store, const char *sql, sqlite3_stmt **out,
                              hox_error *err);

/* store_upgrade.c: from `version` to this one. The store is open for writing and locked. */
hox_status hox__store_upgrade(hox__store *store, int version, hox_error *err);

/* store_outside.c: rows of the study say from now on whether they are outside. */
hox_status hox__store_know_outside(hox__store *store, int64_t study, hox_error *err);
void hox__store_forget_outside(hox__store *store);
bool hox__store_is_outside(const hox__store *store, uint64_t trial);

/* A column as text, "" for NULL, or as a number, NaN for NULL. */
const char *hox__column_text(sqlite3_stmt *row, int i);
double hox__column_real(sqlite3_stmt *row, int i);

/* `text` in the arena; NULL when memory is short. */
const char *hox__store_keep(hox__arena *arena, const char *text);

#endif
