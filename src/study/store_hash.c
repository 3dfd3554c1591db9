/* What a study is, in 64 hexadecimal digits, and whether its store is whole. */
#include "base/digest.h"
#include "base/number.h"
#include "study/store_event.h"
#include "study/store_schema.h"
#include "study/store_sqlite.h"
#include "study/store_write.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the log hash (decisions 3.6) ----
 *
 * Per trial in order: walk, seed, budget, final reports, state, reason, value. Not times, hosts,
 * resources, interruptions: a study that was killed and resumed has the hash of one that was not.
 */

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
static void add_some(hox__digest *digest, const char *text)
{
    if (*text)
        hox__digest_add_text(digest, text);
}

static void add_trial(hox__digest *digest, const hox__trial_row *row)
{
    hox__digest_add_text(digest, "trial");
    add_int(digest, (int64_t)row->trial);
    hox__digest_add_text(digest, row->walk);
    add_int(digest, (int64_t)row->seed);
    add_real(digest, row->budget);
    hox__digest_add_text(digest, hox__trial_word(row->state));
    hox__digest_add_text(digest, row->reason);
    add_real(digest, row->value);
    add_some(digest, row->scores);
    if (!isnan(row->violation))
        add_real(digest, row->violation);
}

typedef struct {
    const hox__store *store;
    hox__digest *digest;
    sqlite3_stmt *report; /* kept prepared over all trials */
    hox__arena *arena;
    int64_t study;
    hox_status status;
    hox_error *err;
} hasher;

static hox_status add_report(hasher *h)
{
    hox__report_row r;
    hox__arena_rewind(h->arena, (hox__arena_mark){0});
    const hox_status status = hox__report_read(h->report, h->arena, &r);
    hox__digest_add_text(h->digest, "report");
    add_int(h->digest, r.step);
    add_real(h->digest, r.accuracy);
    add_real(h->digest, r.loss);
    add_real(h->digest, r.train_loss);
    add_some(h->digest, r.metrics);
    return status;
}

static bool add_trial_and_reports(void *ctx, const hox__trial_row *row)
{
    hasher *h = ctx;
    int code = SQLITE_DONE;
    add_trial(h->digest, row);
    sqlite3_bind_int64(h->report, 1, h->study);
    sqlite3_bind_int64(h->report, 2, (int64_t)row->trial);
    while (h->status == HOX_OK && (code = sqlite3_step(h->report)) == SQLITE_ROW)
        h->status = add_report(h);
    sqlite3_reset(h->report);
    if (h->status == HOX_OK && code != SQLITE_DONE)
        h->status = hox__store_fail(h->store, "read", h->err);
    else if (h->status != HOX_OK)
        hox_fail_code(h->err, h->status, h->status == HOX_ERR_MEMORY ? "E0901" : "E0604",
                      "%s: a report in it cannot be read", h->store->path);
    return h->status == HOX_OK;
}

static hox_status add_trials(hox__store *store, hox__digest *digest, int64_t study, hox_error *err)
{
    hasher h = {.store = store, .digest = digest, .study = study, .err = err};
    h.arena = hox__arena_new(HOX__STORE_ROW_BYTES);
    hox_status status =
        h.arena ? hox__store_prepare(store, HOX__REPORT_COLUMNS, &h.report, err)
                : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to read", store->path);
    if (status == HOX_OK)
        status = hox__store_trials(store, study, add_trial_and_reports, &h, err);
    sqlite3_finalize(h.report);
    hox__arena_free(h.arena);
    return h.status != HOX_OK ? h.status : status;
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
    if (!*what)
        status = hox__store_fail(store, "read", err);
    sqlite3_finalize(row);
    return status != HOX_OK || strcmp(what, "ok") == 0 ? status : damaged(store, what, err);
}

static hox_status check_numbers(hox__store *store, hox_error *err)
{
    sqlite3_stmt *row = NULL;
    hox_status status = hox__store_prepare(
        store, "SELECT count(*), coalesce(min(id), 1), coalesce(max(id), 0) FROM event", &row, err);
    if (status != HOX_OK)
        return status;
    bool dense = false;
    if (sqlite3_step(row) != SQLITE_ROW)
        status = hox__store_fail(store, "read", err);
    else
        dense = sqlite3_column_int64(row, 1) == 1 &&
                sqlite3_column_int64(row, 0) == sqlite3_column_int64(row, 2);
    sqlite3_finalize(row);
    return status != HOX_OK || dense ? status
                                     : damaged(store, "events are missing from its log", err);
}

/* ---- the store itself, in memory: its log played into tables that start empty ---- */

static hox_status no_memory(const hox__store *store, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to check it", store->path);
}

static hox_status copy_studies(const hox__store *store, hox__store *fresh, hox_error *err)
{
    sqlite3_stmt *from = NULL, *put = NULL;
    int code = SQLITE_DONE;
    hox_status status = hox__store_prepare(store, "SELECT * FROM study ORDER BY id", &from, err);
    if (status == HOX_OK)
        status = hox__store_prepare(
            fresh, "INSERT INTO study VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)", &put,
            err);
    while (status == HOX_OK && (code = sqlite3_step(from)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(from); i++)
            sqlite3_bind_value(put, i + 1, sqlite3_column_value(from, i));
        if (sqlite3_step(put) != SQLITE_DONE)
            status = no_memory(store, err);
        sqlite3_reset(put);
    }
    if (status == HOX_OK && code != SQLITE_DONE)
        status = hox__store_fail(store, "read", err);
    sqlite3_finalize(from);
    sqlite3_finalize(put);
    return status;
}

static hox_status replay(const hox__store *store, hox__store *fresh, hox_error *err)
{
    sqlite3_stmt *from = NULL;
    if (hox__schema_make(fresh->db) != SQLITE_OK ||
        sqlite3_exec(fresh->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return no_memory(store, err);
    hox_status status = copy_studies(store, fresh, err);
    if (status == HOX_OK)
        status = hox__store_prepare(store, HOX__EVENT_COLUMNS, &from, err);
    if (status == HOX_OK)
        status = hox__store_play(fresh, from, err);
    const int code = from ? sqlite3_errcode(store->db) & 0xff : SQLITE_OK;
    if (status == HOX_OK && code != SQLITE_DONE && code != SQLITE_OK)
        status = hox__store_fail(store, "read", err);
    sqlite3_finalize(from);
    return status;
}

static hox_status compare(const hox__store *store, hox__store *fresh, const char *sql,
                          hox_error *err)
{
    sqlite3_stmt *a = NULL, *b = NULL;
    hox_status status = hox__store_prepare(store, sql, &a, err);
    if (status == HOX_OK)
        status = hox__store_prepare(fresh, sql, &b, err);
    const int code = status == HOX_OK ? hox__schema_compare_rows(a, b) : SQLITE_OK;
    if (code == SQLITE_MISMATCH)
        status = damaged(store, "its tables are not what its log says", err);
    else if (code == SQLITE_NOMEM)
        status = no_memory(store, err);
    else if (code != SQLITE_OK)
        status = hox__store_fail(store, "read", err);
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    return status;
}

static hox_status check_tables(hox__store *store, hox_error *err)
{
    hox__store fresh = {.path = store->path};
    if (sqlite3_open_v2(":memory:", &fresh.db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        sqlite3_close(fresh.db);
        return no_memory(store, err);
    }
    hox_status status = replay(store, &fresh, err);
    const char *sql;
    for (int i = 0; status == HOX_OK && (sql = hox__schema_derived(i)) != NULL; i++)
        status = compare(store, &fresh, sql, err);
    hox__store_statements_end(&fresh);
    sqlite3_close(fresh.db);
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
