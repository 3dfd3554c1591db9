#include "study/manage.h"
#include "study/store_sqlite.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool run(hox__store *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* What is kept is numbered from 1 without gaps, and the other tables are made again. */
static hox_status play_again(hox__store *store, hox_error *err)
{
    sqlite3_stmt *kept = NULL;
    hox_status status = hox__store_prepare(
        store, "SELECT rowid, type, trial, time_ms, said, study FROM kept ORDER BY rowid", &kept,
        err);
    if (status == HOX_OK)
        status = hox__store_play(store, kept, err);
    sqlite3_finalize(kept);
    return status;
}

hox_status hox__store_remove(hox__store *store, int64_t study, hox_error *err)
{
    char pick[128], forget[128];
    snprintf(pick, sizeof pick,
             "CREATE TEMP TABLE kept AS SELECT * FROM event WHERE study != %" PRId64 " ORDER BY id",
             study);
    snprintf(forget, sizeof forget, "DELETE FROM study WHERE id = %" PRId64, study);
    run(store, "PRAGMA temp_store=MEMORY");
    hox_status status = hox__store_begin(store, err);
    if (status != HOX_OK)
        return status;
    const bool ok = run(store, pick) &&
                    run(store, "DELETE FROM event; DELETE FROM report; DELETE FROM trial;"
                               "DELETE FROM study_now") &&
                    run(store, forget);
    status = ok ? play_again(store, err) : hox__store_fail(store, "remove a study", err);
    if (status == HOX_OK && !run(store, "DROP TABLE kept"))
        status = hox__store_fail(store, "remove a study", err);
    return hox__store_end(store, status, err);
}

hox_status hox__store_rename(hox__store *store, int64_t study, const char *name, hox_error *err)
{
    sqlite3_stmt *to = NULL;
    hox_status status =
        hox__store_prepare(store, "UPDATE study SET name = ?1 WHERE id = ?2", &to, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_text(to, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(to, 2, study);
    const int code = sqlite3_step(to);
    if (code == SQLITE_CONSTRAINT)
        status =
            hox_fail_code(err, HOX_ERR_ARGUMENT, "E0606", "there is a study `%s` already", name);
    else if (code != SQLITE_DONE)
        status = hox__store_fail(store, "rename a study", err);
    sqlite3_finalize(to);
    return status;
}
