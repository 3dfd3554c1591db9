/* The log and the tables that follow from it say most things twice: what one of them lost, the
 * other often has. Everything found goes into a store in memory without triggers; there the log is
 * made whole and put in order, and is played into the new store, whose triggers derive the rest. */
#include "study/salvage.h"
#include "base/io.h"
#include "base/text.h"
#include "study/store_schema.h"
#include "study/store_sqlite.h"
#include "study/store_write.h"
#include <string.h>

enum { EVENT = 27, STUDY = 13, TRIAL = 24, REPORT = 8, LEAST_EVENT = 23, LEAST_STUDY = 12 };

typedef struct {
    sqlite3 *db;
    sqlite3_stmt *event, *study, *trial, *report;
} workshop;

/* ---- what is found ---- */

static bool is_text(const hox__found *v, const char *start)
{
    const size_t n = strlen(start);
    return v->kind == HOX__FOUND_TEXT && v->n >= n && memcmp(v->data, start, n) == 0;
}

static bool is_event(const hox__found *v, int n)
{
    return n >= LEAST_EVENT && n <= EVENT && v[0].kind == HOX__FOUND_NULL &&
           v[1].kind == HOX__FOUND_INT &&
           (is_text(&v[2], "trial.") || is_text(&v[2], "study.") || is_text(&v[2], "test."));
}

static bool is_study(const hox__found *v, int n)
{
    return n >= LEAST_STUDY && n <= STUDY && v[0].kind == HOX__FOUND_NULL &&
           v[1].kind == HOX__FOUND_TEXT && v[2].kind == HOX__FOUND_TEXT &&
           (is_text(&v[5], "maximize ") || is_text(&v[5], "minimize "));
}

static bool is_row(const hox__found *v, int n, int columns, int text)
{
    return n == columns && v[0].kind == HOX__FOUND_INT && v[1].kind == HOX__FOUND_INT &&
           v[2].kind == (text ? HOX__FOUND_TEXT : HOX__FOUND_INT);
}

/* Values that a table refuses are none of its own; a row that is there stays. */
static void put(sqlite3_stmt *to, int columns, int64_t row, const hox__found *v, int n)
{
    sqlite3_clear_bindings(to);
    for (int i = 0; i < n && i < columns; i++)
        if (v[i].kind == HOX__FOUND_INT)
            sqlite3_bind_int64(to, i + 1, v[i].integer);
        else if (v[i].kind == HOX__FOUND_REAL)
            sqlite3_bind_double(to, i + 1, v[i].real);
        else if (v[i].kind == HOX__FOUND_TEXT)
            sqlite3_bind_text(to, i + 1, v[i].data, (int)v[i].n, SQLITE_TRANSIENT);
    if (row)
        sqlite3_bind_int64(to, 1, row);
    if (columns == STUDY && n < STUDY)
        sqlite3_bind_text(to, STUDY, "", 0, SQLITE_STATIC);
    sqlite3_step(to);
    sqlite3_reset(to);
}

static void see(void *ctx, bool table, int64_t row, const hox__found *v, int n)
{
    const workshop *w = ctx;
    if (table && row > 0 && is_event(v, n))
        put(w->event, EVENT, row, v, n);
    else if (table && row > 0 && is_study(v, n))
        put(w->study, STUDY, row, v, n);
    else if (!table && is_row(v, n, TRIAL, true))
        put(w->trial, TRIAL, 0, v, n);
    else if (!table && is_row(v, n, REPORT, false))
        put(w->report, REPORT, 0, v, n);
}

/* ---- the log, made whole ---- */

#define OWN " e.study = t.study AND e.trial = t.trial"
#define BEFORE(time)                                                                               \
    "(SELECT at FROM e WHERE e.study = t.study AND e.time_ms <= t." time                           \
    " ORDER BY e.time_ms DESC, at DESC LIMIT 1)"

/* `at` orders events; what the tables know and the log lost goes between those that it has. A trial
 * without answers is none; the numbers of later ones move up, for a log counts without gaps. */
static const char *const mend[] = {
    "CREATE TABLE e AS SELECT CAST(id AS REAL) AS at, * FROM event",
    "CREATE INDEX e_trial ON e(study, trial, type, step)",
    "CREATE INDEX e_time ON e(study, time_ms, at)",
    "INSERT INTO e(at, study, type, trial, time_ms, walk, key, seed, budget, repeat_of, params, "
    "flops)"
    " SELECT coalesce((SELECT min(at) - 0.5 FROM e WHERE" OWN
    "), " BEFORE("created_ms") " + 0.2, 0),"
                               " study, 'trial.ask', trial, created_ms, walk, key, seed, budget, "
                               "repeat_of, params, flops"
                               " FROM trial t WHERE NOT EXISTS(SELECT 1 FROM e WHERE" OWN
                               " AND type = 'trial.ask')",
    "INSERT INTO e(at, study, type, trial, time_ms) SELECT"
    " (SELECT min(at) + 0.1 FROM e WHERE" OWN
    " AND type = 'trial.ask'), study, 'trial.start', trial,"
    " started_ms FROM trial t WHERE started_ms > 0 AND"
    " NOT EXISTS(SELECT 1 FROM e WHERE" OWN " AND type = 'trial.start')",
    "INSERT INTO e(at, study, type, trial, time_ms, step, accuracy, loss, train_loss, value, "
    "metrics)"
    " SELECT coalesce((SELECT max(at) FROM e WHERE" OWN " AND type = 'trial.report' AND e.step <"
    " t.step), (SELECT max(at) FROM e WHERE" OWN
    " AND type = 'trial.start')) + 1e-3 + t.step * 1e-9,"
    " study, 'trial.report', trial, 0, step, accuracy, loss, train_loss, value, metrics FROM "
    "report t"
    " WHERE NOT EXISTS(SELECT 1 FROM e WHERE" OWN " AND type = 'trial.report' AND e.step = t.step)",
    "INSERT INTO e(at, study, type, trial, time_ms, state, reason, detail, value, epochs, cpu_s,"
    " memory_bytes, scores, violation, metrics) SELECT max(coalesce(" BEFORE(
        "ended_ms") ", 0),"
                    " (SELECT max(at) FROM e WHERE" OWN
                    ")) + 0.3, study, 'trial.end', trial, ended_ms, state, reason,"
                    " detail, value, epochs, cpu_s, memory_bytes, scores, violation, metrics FROM "
                    "trial t"
                    " WHERE state IN ('done', 'pruned', 'failed') AND"
                    " NOT EXISTS(SELECT 1 FROM e WHERE" OWN
                    " AND type = 'trial.end' AND e.state = t.state)",
    "DELETE FROM e WHERE study NOT IN (SELECT id FROM study)",
    "INSERT INTO e(at, study, type, time_ms) SELECT -1, id, 'study.create', created_ms FROM study"
    " WHERE NOT EXISTS(SELECT 1 FROM e WHERE e.study = study.id AND type = 'study.create')",
    "CREATE TABLE a AS SELECT study, trial, row_number() OVER w - 1 AS number, max(min(at)) OVER w "
    "AS"
    " due FROM e WHERE type = 'trial.ask' AND trial >= 0 AND walk IS NOT NULL AND key IS NOT NULL "
    "AND"
    " seed IS NOT NULL GROUP BY study, trial WINDOW w AS (PARTITION BY study ORDER BY trial)",
    "CREATE UNIQUE INDEX a_trial ON a(study, trial)",
    NULL,
};

static const char in_order[] =
    "SELECT e.study, type, a.number, e.time_ms, e.state, e.reason,"
    " CASE type WHEN 'study.run' THEN coalesce(e.detail, '') ELSE e.detail END, e.walk, e.key,"
    " e.seed, e.value, coalesce(e.budget, 0), e.step, e.accuracy, e.loss, e.train_loss,"
    " coalesce(e.epochs, 0), coalesce(e.cpu_s, 0), coalesce(e.memory_bytes, 0),"
    " coalesce((SELECT number FROM a b WHERE b.study = e.study AND b.trial = e.repeat_of), -1),"
    " coalesce(e.params, 0), coalesce(e.flops, 0), e.scores, e.violation, e.metrics,"
    " coalesce(e.lease_ms, 0) FROM e LEFT JOIN a ON a.study = e.study AND a.trial = e.trial AND"
    " type LIKE 'trial.%' WHERE type NOT LIKE 'trial.%' OR a.number IS NOT NULL"
    " ORDER BY CASE WHEN type = 'trial.ask' THEN a.due ELSE max(at, coalesce(a.due, at)) END,"
    " type <> 'trial.ask', a.number, at";

/* ---- the new store ---- */

static hox_status fail(sqlite3 *db, const char *path, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_IO, "E0901", "%s: could not be salvaged: %s", path,
                         sqlite3_errmsg(db));
}

/* One ask a trial, and nothing that the tables refuse: such an event is lost, the others are not.
 */
static void play(sqlite3_stmt *from, sqlite3_stmt *to, hox__salvaged *out)
{
    while (sqlite3_step(from) == SQLITE_ROW) {
        sqlite3_bind_int64(to, 1, out->events + 1);
        for (int i = 0; i < sqlite3_column_count(from); i++)
            sqlite3_bind_value(to, i + 2, sqlite3_column_value(from, i));
        if (sqlite3_step(to) == SQLITE_DONE)
            out->events++;
        else
            out->lost_events++;
        sqlite3_reset(to);
    }
}

static bool copy_studies(sqlite3 *from, sqlite3 *to)
{
    sqlite3_stmt *get = NULL, *put_row = NULL;
    bool ok =
        sqlite3_prepare_v2(from, "SELECT * FROM study ORDER BY id", -1, &get, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(to, "INSERT INTO study VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)", -1, &put_row,
                           NULL) == SQLITE_OK;
    while (ok && sqlite3_step(get) == SQLITE_ROW) {
        for (int i = 0; i < STUDY; i++)
            sqlite3_bind_value(put_row, i + 1, sqlite3_column_value(get, i));
        ok = sqlite3_step(put_row) == SQLITE_DONE;
        sqlite3_reset(put_row);
    }
    sqlite3_finalize(get);
    sqlite3_finalize(put_row);
    return ok;
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *row = NULL;
    int64_t n = 0;
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
        n = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return n;
}

static void count(const workshop *w, sqlite3 *to, hox__salvaged *out)
{
    out->studies = number(to, "SELECT count(*) FROM study");
    out->trials = number(to, "SELECT count(*) FROM trial");
    out->finished =
        number(to, "SELECT count(*) FROM trial WHERE state IN ('done', 'pruned', 'failed')");
    const int64_t known =
        number(w->db, "SELECT sum(n) FROM (SELECT max(trial) + 1 AS n FROM (SELECT study, trial "
                      "FROM event UNION ALL SELECT study, trial FROM trial) WHERE trial < 1e9 AND "
                      "study IN (SELECT id FROM study) GROUP BY study)");
    out->lost_trials = known > out->trials ? known - out->trials : 0;
    out->lost_studies = number(w->db, "SELECT count(DISTINCT study) FROM (SELECT study FROM event "
                                      "UNION SELECT study FROM trial) WHERE study NOT IN (SELECT "
                                      "id FROM study)");
}

static hox_status write_store(const workshop *w, const char *path, hox__salvaged *out,
                              hox_error *err)
{
    hox__store *store = NULL;
    sqlite3_stmt *from = NULL, *to = NULL;
    hox_status status = hox__store_open(path, HOX__STORE_CREATE, &store, err);
    if (status == HOX_OK)
        status = hox__store_begin(store, err);
    if (status != HOX_OK) {
        hox__store_close(store);
        return status;
    }
    if (!copy_studies(w->db, store->db) ||
        sqlite3_prepare_v2(w->db, in_order, -1, &from, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(store->db,
                           "INSERT INTO event VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
                           "?,?,?,?)",
                           -1, &to, NULL) != SQLITE_OK)
        status = fail(store->db, path, err);
    if (status == HOX_OK)
        play(from, to, out);
    sqlite3_finalize(from);
    sqlite3_finalize(to);
    status = hox__store_end(store, status, err);
    if (status == HOX_OK) {
        count(w, store->db, out);
        status = hox__store_check(store, err);
    }
    hox__store_close(store);
    if (status != HOX_OK) /* half a store is none */
        hox__remove_tree(path, NULL);
    return status;
}

/* ---- all of it ---- */

static bool furnish(workshop *w)
{
    static const char *const insert[] = {
        "INSERT OR IGNORE INTO event VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        "INSERT OR IGNORE INTO study VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
        "INSERT OR IGNORE INTO trial VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        "INSERT OR IGNORE INTO report VALUES(?,?,?,?,?,?,?,?)"};
    sqlite3_stmt **to[] = {&w->event, &w->study, &w->trial, &w->report};
    bool ok = sqlite3_open_v2(":memory:", &w->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
              sqlite3_exec(w->db, hox__schema_tables, NULL, NULL, NULL) == SQLITE_OK;
    for (int i = 0; i < 4 && ok; i++)
        ok = sqlite3_prepare_v2(w->db, insert[i], -1, to[i], NULL) == SQLITE_OK;
    return ok && sqlite3_exec(w->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK;
}

static hox_status no_memory(const char *path, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to read it", path);
}

static hox_status find_all(workshop *w, const char *from, hox__salvaged *out, hox_error *err)
{
    hox__mapping file = {0}, log = {0};
    hox__text path = {0};
    hox__text_printf(&path, "%s-wal", from);
    hox_status status = path.failed ? no_memory(from, err) : hox__file_map(from, &file, err);
    if (status == HOX_OK && hox__file_exists(hox__text_get(&path)))
        status = hox__file_map(hox__text_get(&path), &log, err);
    if (status == HOX_OK &&
        hox__pages_scan(file.data, file.n, log.data, log.n, see, w, &out->pages) != HOX_OK)
        status = no_memory(from, err);
    hox__file_unmap(&file);
    hox__file_unmap(&log);
    hox__text_deinit(&path);
    return status;
}

static hox_status put_together(workshop *w, const char *from, hox_error *err)
{
    for (int i = 0; mend[i]; i++)
        if (sqlite3_exec(w->db, mend[i], NULL, NULL, NULL) != SQLITE_OK)
            return fail(w->db, from, err);
    if (number(w->db, "SELECT count(*) FROM study") == 0)
        return hox_fail_code(err, HOX_ERR_DATA, "E0604",
                             "%s: no study in it can be read, so no store was made", from);
    return HOX_OK;
}

hox_status hox__store_salvage(const char *from, const char *to, hox__salvaged *out, hox_error *err)
{
    workshop w = {0};
    *out = (hox__salvaged){0};
    if (hox__file_exists(to))
        return hox_fail(err, HOX_ERR_ARGUMENT, "%s is there already; name a new file", to);
    hox_status status = furnish(&w) ? HOX_OK : no_memory(from, err);
    if (status == HOX_OK)
        status = find_all(&w, from, out, err);
    if (status == HOX_OK)
        status = put_together(&w, from, err);
    if (status == HOX_OK)
        status = write_store(&w, to, out, err);
    sqlite3_finalize(w.event);
    sqlite3_finalize(w.study);
    sqlite3_finalize(w.trial);
    sqlite3_finalize(w.report);
    sqlite3_close(w.db);
    return status;
}
