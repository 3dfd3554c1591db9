/* The event log is the truth; store_derive.c derives all other tables from it, in the transaction
 * of the event. They hold numbers of events where they can, and little else: what a trial is lies
 * in the event that asked it, what became of it in that of its end. */
#include "study/store_schema.h"
#include "study/store_sqlite.h"
#include <string.h>

/* In the order of their names, in the words that SQLite keeps. `rank` is the value of a trial that
 * can be the best, the smaller the better; NULL: it cannot. */
static const char *const schema[] = {
    "CREATE INDEX best ON trial(study, rank, trial) WHERE rank IS NOT NULL",
    "CREATE TABLE event(\n"
    "  id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES study(id),\n"
    "  type INTEGER NOT NULL, trial INTEGER, time_ms INTEGER NOT NULL, said BLOB NOT NULL) STRICT",
    "CREATE TABLE report(\n"
    "  study INTEGER NOT NULL, trial INTEGER NOT NULL, step INTEGER NOT NULL,\n"
    "  event INTEGER NOT NULL, PRIMARY KEY(study, trial, step)) STRICT, WITHOUT ROWID",
    "CREATE TABLE study(\n"
    "  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, spec TEXT NOT NULL,\n"
    "  spec_name TEXT NOT NULL, spec_hash TEXT NOT NULL, objective TEXT NOT NULL,\n"
    "  maximize INTEGER NOT NULL, strategy TEXT NOT NULL, data_hash TEXT NOT NULL,\n"
    "  seed INTEGER NOT NULL, no_default INTEGER NOT NULL, created_ms INTEGER NOT NULL,\n"
    "  allocator TEXT NOT NULL) STRICT",
    "CREATE TABLE study_now(\n"
    "  study INTEGER PRIMARY KEY, state TEXT NOT NULL, settings TEXT NOT NULL,\n"
    "  readings INTEGER NOT NULL, done INTEGER NOT NULL) STRICT",
    "CREATE TABLE trial(\n"
    "  study INTEGER NOT NULL, trial INTEGER NOT NULL, state INTEGER NOT NULL, rank REAL,\n"
    "  asked INTEGER NOT NULL, begun INTEGER, leased INTEGER, ended INTEGER,\n"
    "  cpu_s REAL NOT NULL, memory_bytes INTEGER NOT NULL, PRIMARY KEY(study, trial))\n"
    "  STRICT, WITHOUT ROWID",
};

enum { PARTS = sizeof schema / sizeof schema[0] };

/* Tables before what is built on them. */
int hox__schema_make(sqlite3 *db)
{
    int code = SQLITE_OK;
    for (int i = PARTS; i-- > 0 && code == SQLITE_OK;)
        code = sqlite3_exec(db, schema[i], NULL, NULL, NULL);
    return code;
}

/* ---- is it ours? ---- */

static bool same_column(sqlite3_stmt *a, sqlite3_stmt *b, int i)
{
    const void *x = sqlite3_column_blob(a, i), *y = sqlite3_column_blob(b, i);
    const int n = sqlite3_column_bytes(a, i);
    if (sqlite3_column_type(a, i) != sqlite3_column_type(b, i) || n != sqlite3_column_bytes(b, i))
        return false;
    return n == 0 || memcmp(x, y, (size_t)n) == 0;
}

int hox__schema_compare_rows(sqlite3_stmt *a, sqlite3_stmt *b)
{
    for (;;) {
        const int x = sqlite3_step(a), y = sqlite3_step(b);
        if (x != SQLITE_ROW && x != SQLITE_DONE)
            return x & 0xff;
        if (y != SQLITE_ROW && y != SQLITE_DONE)
            return y & 0xff;
        if (x != y)
            return SQLITE_MISMATCH;
        if (x == SQLITE_DONE)
            return SQLITE_OK;
        for (int i = 0; i < sqlite3_column_count(a); i++)
            if (!same_column(a, b, i))
                return SQLITE_MISMATCH;
    }
}

static int compare_parts(sqlite3_stmt *parts)
{
    int n = 0, code;
    while ((code = sqlite3_step(parts)) == SQLITE_ROW) {
        const unsigned char *sql = sqlite3_column_text(parts, 0);
        if (!sql)
            return SQLITE_NOMEM;
        if (n == PARTS || strcmp((const char *)sql, schema[n]) != 0)
            return SQLITE_MISMATCH;
        n++;
    }
    if (code != SQLITE_DONE)
        return code & 0xff;
    return n == PARTS ? SQLITE_OK : SQLITE_MISMATCH;
}

hox_status hox__schema_verdict(sqlite3 *db, const char *path, int code, int version, hox_error *err)
{
    if (code == SQLITE_OK)
        return HOX_OK;
    if (code == SQLITE_NOMEM)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to check its tables",
                             path);
    if (code == SQLITE_CORRUPT && hox__store_unreadable(db))
        return hox_fail_code(err, HOX_ERR_IO, "E0902",
                             "%s: cannot read: the system fails to read the file", path);
    if (code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_FULL)
        return hox_fail_code(err, HOX_ERR_IO, "E0902", "%s: cannot read: %s", path,
                             sqlite3_errmsg(db));
    return hox_fail_code(err, HOX_ERR_DATA, "E0604",
                         "%s: a damaged store: its tables are not those "
                         "of version %d",
                         path, version);
}

hox_status hox__schema_verify(sqlite3 *db, const char *path, hox_error *err)
{
    sqlite3_stmt *parts = NULL;
    int code = sqlite3_prepare_v2(
        db, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name", -1, &parts, NULL);
    code = code == SQLITE_OK ? compare_parts(parts) : code & 0xff;
    const hox_status status = hox__schema_verdict(db, path, code, HOX__STORE_VERSION, err);
    sqlite3_finalize(parts);
    return status;
}

const char *hox__schema_derived(int i)
{
    static const char *const derived[] = {
        "SELECT * FROM study_now ORDER BY study",
        "SELECT * FROM trial ORDER BY study, trial",
        "SELECT * FROM report ORDER BY study, trial, step",
        NULL,
    };
    return derived[i];
}
