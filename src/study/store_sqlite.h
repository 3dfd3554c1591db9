/* What the files of the store share: the connection, statements, and errors. */
#ifndef HOX_STUDY_STORE_SQLITE_H
#define HOX_STUDY_STORE_SQLITE_H

#include "base/arena.h"
#include "base/lock.h"
#include "base/text.h"
#include "study/store.h"
#include "study/store_write.h"
#include <sqlite3.h>

enum { HOX__STORE_DEEDS = 12, HOX__STORE_ROW_BYTES = 1 << 28 };

struct hox__store {
    sqlite3 *db;
    hox__lock *lock; /* NULL: reading */
    char *path;
    sqlite3_stmt *one;                    /* a trial by its number, kept prepared */
    sqlite3_stmt *insert, *last;          /* of events, and the number of the next: kept prepared */
    sqlite3_stmt *deed[HOX__STORE_DEEDS]; /* store_derive.c */
    hox__text said;                       /* the blob of the event in hand */
    bool full;                            /* commits are synced now */
    bool alone;                           /* nobody else can look in */
    bool doubtful;                        /* a sync failed: who knows what the log has */
    bool open;                            /* between hox__store_begin() and _end() */
    bool gathering, gathered;  /* after hox__store_gather(); and it has a transaction open */
    hox__arena *study, *trial; /* what single rows are borrowed from */
    int64_t outside_of;        /* the study of which outside[outsides] is known; 0: none */
    uint64_t *outside;
    int64_t outsides;
};

/* What SQLite said, as a status and a message: damaged files are HOX_ERR_DATA, full disks
 * HOX_ERR_IO. */
hox_status hox__store_fail(const hox__store *store, const char *what, hox_error *err);

/* Whether the system has failed to read a file of the data base: SQLite says then that it is
 * damaged (SQLITE_IOERR_CORRUPTFS becomes SQLITE_CORRUPT). */
bool hox__store_unreadable(sqlite3 *db);

/* Prepares; a statement over a damaged file is HOX_ERR_DATA. */
hox_status hox__store_prepare(const hox__store *store, const char *sql, sqlite3_stmt **out,
                              hox_error *err);

/* Finalizes what is kept prepared. */
void hox__store_statements_end(hox__store *store);

/* store_read.c: rows of events and of reports. HOX_ERR_DATA: this is none. */
#define HOX__EVENT_COLUMNS "SELECT id, type, trial, time_ms, said, study FROM event ORDER BY id"
#define HOX__REPORT_COLUMNS                                                                        \
    "SELECT r.trial, r.step, e.said FROM report r JOIN event e ON e.id = r.event "                 \
    "WHERE r.study = ?1 AND r.trial = ?2 ORDER BY r.step"
hox_status hox__event_read(sqlite3_stmt *row, hox__arena *arena, hox__event *event);
hox_status hox__report_read(sqlite3_stmt *row, hox__arena *arena, hox__report_row *report);

/* store_write.c: an event as it lies in the log; part of a transaction. */
typedef struct {
    int64_t id, study, code, trial, time_ms;
    const void *said;
    size_t n;
} hox__put;
hox_status hox__store_put(hox__store *store, const hox__put *put, hox_error *err);

/* store_derive.c: what follows from event number `id`; part of its transaction. */
hox_status hox__store_derive(hox__store *store, int64_t study, int64_t id, const hox__event *event,
                             hox_error *err);

/* Puts the rows of HOX__EVENT_COLUMNS, of another data base or a copy, into this log and derives
 * the tables; part of a transaction. */
hox_status hox__store_play(hox__store *store, sqlite3_stmt *from, hox_error *err);

/* store_upgrade.c: from `version` to this one. The store is open for writing and locked. */
hox_status hox__store_upgrade(hox__store *store, int version, hox_error *err);

/* store_outside.c: rows of the study say from now on whether they are outside. */
hox_status hox__store_know_outside(hox__store *store, int64_t study, hox_error *err);
void hox__store_forget_outside(hox__store *store);
bool hox__store_is_outside(const hox__store *store, uint64_t trial);

/* A column as text, "" for NULL, or as a number, NaN for NULL. */
const char *hox__column_text(sqlite3_stmt *row, int i);
double hox__column_real(sqlite3_stmt *row, int i);

/* There was no memory for a text of this row: it reads "". */
bool hox__column_lost(sqlite3_stmt *row);

/* `text` in the arena; NULL when memory is short. */
const char *hox__store_keep(hox__arena *arena, const char *text);

#endif
