/* The log and the tables that follow from it say some things twice, those of versions 1 to 3 most:
 * what one of them lost, the other may have. Everything found goes into wide tables in memory;
 * there the log is made whole and put in order, and is appended to the new store. */
#include "study/salvage.h"
#include "base/io.h"
#include "base/text.h"
#include "study/past.h"
#include "study/store_event.h"
#include "study/store_sqlite.h"
#include "study/store_wide.h"
#include <math.h>
#include <string.h>

enum {
    EVENT = HOX__WIDE_COLUMNS,
    STUDY = 13,
    TRIAL = 24,
    REPORT = 8,
    LEAST_EVENT = 23,
    LEAST_STUDY = 12,
    SHORT_EVENT = 6, /* since version 4 */
    SHORT_TRIAL = 10,
};

static const char tables[] =
    "CREATE TABLE study(\n"
    "  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, spec TEXT NOT NULL,\n"
    "  spec_name TEXT NOT NULL, spec_hash TEXT NOT NULL, objective TEXT NOT NULL,\n"
    "  maximize INTEGER NOT NULL, strategy TEXT NOT NULL, data_hash TEXT NOT NULL,\n"
    "  seed INTEGER NOT NULL, no_default INTEGER NOT NULL, created_ms INTEGER NOT NULL,\n"
    "  allocator TEXT NOT NULL) STRICT;\n"
    "CREATE TABLE event(\n"
    "  id INTEGER PRIMARY KEY, study INTEGER NOT NULL, type TEXT NOT NULL,\n"
    "  trial INTEGER, time_ms INTEGER NOT NULL, state TEXT, reason TEXT, detail TEXT, walk TEXT,\n"
    "  key TEXT, seed INTEGER, value REAL, budget REAL, step INTEGER, accuracy REAL, loss REAL,\n"
    "  train_loss REAL, epochs INTEGER, cpu_s REAL, memory_bytes INTEGER, repeat_of INTEGER,\n"
    "  params INTEGER, flops REAL, scores TEXT, violation REAL, metrics TEXT,\n"
    "  lease_ms INTEGER) STRICT;\n"
    "CREATE TABLE trial(\n"
    "  study INTEGER NOT NULL, trial INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT,\n"
    "  detail TEXT, walk TEXT, key TEXT, seed INTEGER, value REAL, budget REAL, epochs INTEGER,\n"
    "  created_ms INTEGER, started_ms INTEGER, ended_ms INTEGER, cpu_s REAL,\n"
    "  memory_bytes INTEGER, repeat_of INTEGER, params INTEGER, flops REAL, scores TEXT,\n"
    "  violation REAL, metrics TEXT, worker TEXT, lease_ms INTEGER, PRIMARY KEY(study, trial))\n"
    "  STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE report(\n"
    "  study INTEGER NOT NULL, trial INTEGER NOT NULL, step INTEGER NOT NULL, accuracy REAL,\n"
    "  loss REAL, train_loss REAL, value REAL, metrics TEXT,\n"
    "  PRIMARY KEY(study, trial, step)) STRICT, WITHOUT ROWID;\n"
    "CREATE TABLE ranked(study, trial, rank, PRIMARY KEY(study, trial)) WITHOUT ROWID;\n";

typedef struct {
    sqlite3 *db;
    sqlite3_stmt *event, *study, *trial, *report, *ranked;
    hox__arena *arena; /* the event in hand */
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
            sqlite3_bind_text(to, i + 1, v[i].data, (int)v[i].n, SQLITE_STATIC);
    if (row)
        sqlite3_bind_int64(to, 1, row);
    if (columns == STUDY && n < STUDY)
        sqlite3_bind_text(to, STUDY, "", 0, SQLITE_STATIC);
    sqlite3_step(to);
    sqlite3_reset(to);
}

/* ---- rows of version 4 ---- */

static bool is_short_event(const hox__found *v, int n)
{
    return n == SHORT_EVENT && v[0].kind == HOX__FOUND_NULL && v[1].kind == HOX__FOUND_INT &&
           v[2].kind == HOX__FOUND_INT && v[4].kind == HOX__FOUND_INT &&
           v[5].kind == HOX__FOUND_BLOB && hox__event_type(v[2].integer);
}

static void bind_text(sqlite3_stmt *to, int at, const char *s)
{
    if (s && *s)
        sqlite3_bind_text(to, at, s, -1, SQLITE_STATIC);
}

static void bind_event(sqlite3_stmt *to, const hox__event *e)
{
    const char *const text[] = {e->state, e->reason, e->detail, e->walk, e->key};
    const double real[] = {e->accuracy, e->loss, e->train_loss};
    for (int i = 0; i < 5; i++)
        bind_text(to, 6 + i, text[i]);
    sqlite3_bind_int64(to, 11, (int64_t)e->seed);
    sqlite3_bind_double(to, 12, e->value);
    sqlite3_bind_double(to, 13, e->budget);
    sqlite3_bind_int64(to, 14, e->step);
    for (int i = 0; i < 3; i++)
        sqlite3_bind_double(to, 15 + i, real[i]);
    sqlite3_bind_int64(to, 18, e->epochs);
    sqlite3_bind_double(to, 19, e->cpu_s);
    sqlite3_bind_int64(to, 20, e->memory_bytes);
    sqlite3_bind_int64(to, 21, e->repeat_of);
    sqlite3_bind_int64(to, 22, e->params);
    sqlite3_bind_double(to, 23, e->flops);
    bind_text(to, 24, e->scores);
    sqlite3_bind_double(to, 25, e->violation);
    bind_text(to, 26, e->metrics);
    sqlite3_bind_int64(to, 27, e->lease_ms);
}

static void put_short_event(const workshop *w, int64_t row, const hox__found *v)
{
    hox__event e;
    sqlite3_stmt *to = w->event;
    hox__arena_rewind(w->arena, (hox__arena_mark){0});
    if (hox__event_unpack(v[2].integer, v[5].data, v[5].n, w->arena, &e) != HOX_OK)
        return;
    sqlite3_clear_bindings(to);
    sqlite3_bind_int64(to, 1, row);
    sqlite3_bind_int64(to, 2, v[1].integer);
    sqlite3_bind_text(to, 3, e.type, -1, SQLITE_STATIC);
    if (v[3].kind == HOX__FOUND_INT)
        sqlite3_bind_int64(to, 4, v[3].integer);
    sqlite3_bind_int64(to, 5, v[4].integer);
    bind_event(to, &e);
    sqlite3_step(to);
    sqlite3_reset(to);
}

/* study, trial, state, rank, asked, begun, leased, ended, cpu_s, memory_bytes */
static bool is_short_trial(const hox__found *v, int n)
{
    return n == SHORT_TRIAL && v[0].kind == HOX__FOUND_INT && v[1].kind == HOX__FOUND_INT &&
           v[2].kind == HOX__FOUND_INT &&
           (v[3].kind == HOX__FOUND_REAL || v[3].kind == HOX__FOUND_INT) &&
           v[4].kind == HOX__FOUND_INT;
}

/* It was done, and with what value: its end may be lost. */
static void put_short_trial(const workshop *w, const hox__found *v)
{
    sqlite3_stmt *to = w->ranked;
    sqlite3_clear_bindings(to);
    for (int i = 0; i < 2; i++)
        sqlite3_bind_int64(to, i + 1, v[i].integer);
    sqlite3_bind_double(to, 3, v[3].kind == HOX__FOUND_INT ? (double)v[3].integer : v[3].real);
    sqlite3_step(to);
    sqlite3_reset(to);
}

static void see(void *ctx, bool table, int64_t row, const hox__found *v, int n)
{
    const workshop *w = ctx;
    if (table && row > 0 && is_event(v, n))
        put(w->event, EVENT, row, v, n);
    else if (table && row > 0 && is_short_event(v, n))
        put_short_event(w, row, v);
    else if (!table && is_short_trial(v, n))
        put_short_trial(w, v);
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
    "INSERT OR IGNORE INTO trial(study, trial, state, value, started_ms, ended_ms) SELECT r.study,"
    " trial, 'done', CASE WHEN maximize THEN -rank ELSE rank END, 0, 0 FROM ranked r JOIN study ON"
    " id = r.study",
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
    "SELECT 0, e.study, type, a.number, e.time_ms, e.state, e.reason,"
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

typedef struct {
    sqlite3_stmt *number, *before;
    int64_t study;
} renumberer;

/* A trial as it is counted now, -1: lost; or, of a limit, how many of those below it are left. */
static int64_t renumber(void *ctx, int64_t trial, bool limit)
{
    const renumberer *r = ctx;
    sqlite3_stmt *row = limit ? r->before : r->number;
    sqlite3_bind_int64(row, 1, r->study);
    sqlite3_bind_int64(row, 2, trial);
    const int64_t n = sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int64(row, 0) : -1;
    sqlite3_reset(row);
    return n;
}

/* Settings that speak of trials by their numbers. False: no memory. */
static bool with_new_numbers(const workshop *w, int64_t study, hox__event *e, hox__text *settings)
{
    renumberer r = {.study = study};
    if (hox__event_code_of(e->type) != HOX__STUDY_RUN || hox__past_eras_of(e->detail) == 0)
        return true;
    const bool ok =
        sqlite3_prepare_v2(w->db, "SELECT number FROM a WHERE study = ?1 AND trial = ?2", -1,
                           &r.number, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(w->db, "SELECT count(*) FROM a WHERE study = ?1 AND trial < ?2", -1,
                           &r.before, NULL) == SQLITE_OK &&
        hox__past_renumber(e->detail, renumber, &r, settings);
    e->detail = hox__text_get(settings);
    sqlite3_finalize(r.number);
    sqlite3_finalize(r.before);
    return ok;
}

/* One ask a trial, and nothing that the tables refuse: such an event is lost, the others are not.
 */
static void play(const workshop *w, sqlite3_stmt *from, hox__store *store, hox__salvaged *out)
{
    hox__event e;
    hox__text settings = {0};
    while (sqlite3_step(from) == SQLITE_ROW) {
        const int64_t study = sqlite3_column_int64(from, 1);
        hox__wide_read(from, &e);
        hox__text_clear(&settings);
        const bool put =
            hox__event_code_of(e.type) && with_new_numbers(w, study, &e, &settings) &&
            sqlite3_exec(store->db, "SAVEPOINT event", NULL, NULL, NULL) == SQLITE_OK &&
            hox__store_append(store, study, &e, NULL) == HOX_OK;
        if (!put)
            sqlite3_exec(store->db, "ROLLBACK TO event", NULL, NULL, NULL);
        out->events += put;
        out->lost_events += !put;
        sqlite3_exec(store->db, "RELEASE event", NULL, NULL, NULL);
    }
    hox__text_deinit(&settings);
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
    out->finished = number(to, "SELECT count(*) FROM trial WHERE state IN (2, 3, 4)");
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
    sqlite3_stmt *from = NULL;
    hox_status status = hox__store_open(path, HOX__STORE_CREATE, &store, err);
    if (status == HOX_OK)
        status = hox__store_begin(store, err);
    if (status != HOX_OK) {
        hox__store_close(store);
        return status;
    }
    if (!copy_studies(w->db, store->db) ||
        sqlite3_prepare_v2(w->db, in_order, -1, &from, NULL) != SQLITE_OK)
        status = fail(store->db, path, err);
    if (status == HOX_OK)
        play(w, from, store, out);
    sqlite3_finalize(from);
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
        "INSERT OR IGNORE INTO report VALUES(?,?,?,?,?,?,?,?)",
        "INSERT OR IGNORE INTO ranked VALUES(?,?,?)"};
    sqlite3_stmt **to[] = {&w->event, &w->study, &w->trial, &w->report, &w->ranked};
    w->arena = hox__arena_new(HOX__STORE_ROW_BYTES);
    bool ok = w->arena &&
              sqlite3_open_v2(":memory:", &w->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
              sqlite3_exec(w->db, tables, NULL, NULL, NULL) == SQLITE_OK;
    for (int i = 0; i < 5 && ok; i++)
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
    sqlite3_finalize(w.ranked);
    sqlite3_close(w.db);
    hox__arena_free(w.arena);
    return status;
}
