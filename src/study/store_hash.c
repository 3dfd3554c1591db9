/* What a study is, in 64 hexadecimal digits, and whether its store is whole. */
#include "base/digest.h"
#include "base/number.h"
#include "study/store_schema.h"
#include "study/store_sqlite.h"
#include "study/store_write.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- the log hash (decisions 3.6) ----
 *
 * Per trial in order: walk, seed, budget, final reports, state, reason, value. Not times, hosts,
 * resources, interruptions: a study that was killed and resumed has the hash of one that was not.
 */

static const char hashed_trials[] = "SELECT trial, walk, seed, budget, state, reason, value, "
                                    "scores, violation FROM trial WHERE study = ?1 "
                                    "ORDER BY trial";
static const char hashed_reports[] =
    "SELECT step, accuracy, loss, train_loss, metrics FROM report WHERE study = ?1 AND trial = ?2 "
    "ORDER BY step";

static void add_int(hox__digest *digest, int64_t x)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, x);
    hox__digest_add_text(digest, text);
}

static void add_real(hox__digest *digest, double x)
{
    char text[HOX__NUMBER_MAX];
    hox__number_print(x, text);
    hox__digest_add_text(digest, text);
}

/* What only programs have does not change the hash of studies without it. */
static void add_some(hox__digest *digest, sqlite3_stmt *row, int i)
{
    if (sqlite3_column_type(row, i) != SQLITE_NULL)
        hox__digest_add_text(digest, hox__column_text(row, i));
}

static void add_trial(hox__digest *digest, sqlite3_stmt *row)
{
    hox__digest_add_text(digest, "trial");
    add_int(digest, sqlite3_column_int64(row, 0));
    hox__digest_add_text(digest, hox__column_text(row, 1));
    add_int(digest, sqlite3_column_int64(row, 2));
    add_real(digest, sqlite3_column_double(row, 3));
    hox__digest_add_text(digest, hox__column_text(row, 4));
    hox__digest_add_text(digest, hox__column_text(row, 5));
    add_real(digest, hox__column_real(row, 6));
    add_some(digest, row, 7);
    if (sqlite3_column_type(row, 8) != SQLITE_NULL)
        add_real(digest, sqlite3_column_double(row, 8));
}

static hox_status add_reports(const hox__store *store, hox__digest *digest, sqlite3_stmt *report,
                              int64_t study, int64_t trial, hox_error *err)
{
    int code;
    sqlite3_bind_int64(report, 1, study);
    sqlite3_bind_int64(report, 2, trial);
    while ((code = sqlite3_step(report)) == SQLITE_ROW) {
        hox__digest_add_text(digest, "report");
        add_int(digest, sqlite3_column_int64(report, 0));
        for (int i = 1; i <= 3; i++)
            add_real(digest, hox__column_real(report, i));
        add_some(digest, report, 4);
    }
    sqlite3_reset(report);
    return code == SQLITE_DONE ? HOX_OK : hox__store_fail(store, "read", err);
}

static hox_status add_trials(const hox__store *store, hox__digest *digest, int64_t study,
                             hox_error *err)
{
    sqlite3_stmt *trial = NULL, *report = NULL;
    hox_status status = hox__store_prepare(store, hashed_trials, &trial, err);
    if (status == HOX_OK)
        status = hox__store_prepare(store, hashed_reports, &report, err);
    if (status == HOX_OK)
        sqlite3_bind_int64(trial, 1, study);
    int code = SQLITE_DONE;
    while (status == HOX_OK && (code = sqlite3_step(trial)) == SQLITE_ROW) {
        add_trial(digest, trial);
        status = add_reports(store, digest, report, study, sqlite3_column_int64(trial, 0), err);
    }
    if (status == HOX_OK && code != SQLITE_DONE)
        status = hox__store_fail(store, "read", err);
    sqlite3_finalize(trial);
    sqlite3_finalize(report);
    return status;
}

hox_status hox__store_log_hash(hox__store *store, int64_t study, char hex[65], hox_error *err)
{
    hox__digest *digest = hox__digest_new();
    if (!digest)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to read", store->path);
    hox__digest_add_text(digest, "hox log 1");
    const hox_status status = add_trials(store, digest, study, err);
    uint8_t bytes[HOX__DIGEST_BYTES];
    hox__digest_get(digest, bytes);
    hox__digest_free(digest);
    if (status == HOX_OK)
        hox__digest_hex(bytes, hex);
    return status;
}

/* ---- is it whole? ---- */

static hox_status damaged(const hox__store *store, const char *what, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0604", "%s: the store is damaged: %s", store->path,
                         what);
}

static hox_status check_pages(hox__store *store, hox_error *err)
{
    sqlite3_stmt *row = NULL;
    char what[200] = "";
    hox_status status = hox__store_prepare(store, "PRAGMA integrity_check(1)", &row, err);
    if (status != HOX_OK)
        return status;
    if (sqlite3_step(row) == SQLITE_ROW)
        snprintf(what, sizeof what, "%s", hox__column_text(row, 0));
    sqlite3_finalize(row);
    return strcmp(what, "ok") == 0 ? HOX_OK : damaged(store, what, err);
}

static hox_status check_numbers(hox__store *store, hox_error *err)
{
    sqlite3_stmt *row = NULL;
    hox_status status = hox__store_prepare(
        store, "SELECT count(*), coalesce(min(id), 1), coalesce(max(id), 0) FROM event", &row, err);
    if (status != HOX_OK)
        return status;
    bool dense = false;
    if (sqlite3_step(row) == SQLITE_ROW)
        dense = sqlite3_column_int64(row, 1) == 1 &&
                sqlite3_column_int64(row, 0) == sqlite3_column_int64(row, 2);
    sqlite3_finalize(row);
    return dense ? HOX_OK : damaged(store, "events are missing from its log", err);
}

/* The store itself, in memory: the log copied row by row into tables that start empty. */
static hox_status copy_log(const hox__store *store, const char *sql, const char *insert,
                           sqlite3 *to, hox_error *err)
{
    sqlite3_stmt *from = NULL, *put = NULL;
    hox_status status = hox__store_prepare(store, sql, &from, err);
    int code = SQLITE_DONE;
    if (status == HOX_OK && sqlite3_prepare_v2(to, insert, -1, &put, NULL) != SQLITE_OK)
        status = hox_fail(err, HOX_ERR_MEMORY, "%s: no memory to check it", store->path);
    while (status == HOX_OK && (code = sqlite3_step(from)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(from); i++)
            sqlite3_bind_value(put, i + 1, sqlite3_column_value(from, i));
        if (sqlite3_step(put) != SQLITE_DONE)
            status = damaged(store, "an event of its log does not follow from those before", err);
        sqlite3_reset(put);
    }
    if (status == HOX_OK && code != SQLITE_DONE)
        status = hox__store_fail(store, "read", err);
    sqlite3_finalize(from);
    sqlite3_finalize(put);
    return status;
}

static hox_status replay(const hox__store *store, sqlite3 *fresh, hox_error *err)
{
    if (hox__schema_make(fresh) != SQLITE_OK || sqlite3_exec(fresh, "BEGIN", NULL, NULL, NULL))
        return hox_fail(err, HOX_ERR_MEMORY, "%s: no memory to check it", store->path);
    hox_status status = copy_log(
        store, "SELECT * FROM study ORDER BY id",
        "INSERT INTO study VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)", fresh, err);
    if (status == HOX_OK)
        status = copy_log(store, "SELECT * FROM event ORDER BY id",
                          "INSERT INTO event VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,"
                          "?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27)",
                          fresh, err);
    return status;
}

static hox_status compare(const hox__store *store, sqlite3 *fresh, const char *sql, hox_error *err)
{
    sqlite3_stmt *a = NULL, *b = NULL;
    hox_status status = hox__store_prepare(store, sql, &a, err);
    if (status == HOX_OK && sqlite3_prepare_v2(fresh, sql, -1, &b, NULL) != SQLITE_OK)
        status = hox_fail(err, HOX_ERR_MEMORY, "%s: no memory to check it", store->path);
    if (status == HOX_OK && !hox__schema_same_rows(a, b))
        status = damaged(store, "its tables are not what its log says", err);
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    return status;
}

static hox_status check_tables(hox__store *store, hox_error *err)
{
    sqlite3 *fresh = NULL;
    if (sqlite3_open_v2(":memory:", &fresh, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        sqlite3_close(fresh);
        return hox_fail(err, HOX_ERR_MEMORY, "%s: no memory to check it", store->path);
    }
    hox_status status = replay(store, fresh, err);
    const char *sql;
    for (int i = 0; status == HOX_OK && (sql = hox__schema_derived(i)) != NULL; i++)
        status = compare(store, fresh, sql, err);
    sqlite3_close(fresh);
    return status;
}

hox_status hox__store_check(hox__store *store, hox_error *err)
{
    /* One snapshot for all of it: a study may be running. */
    if (sqlite3_exec(store->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return hox__store_fail(store, "read", err);
    hox_status status = check_pages(store, err);
    if (status == HOX_OK)
        status = check_numbers(store, err);
    if (status == HOX_OK)
        status = check_tables(store, err);
    sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
    return status;
}
