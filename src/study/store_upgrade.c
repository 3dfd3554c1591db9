/* Stores of older versions. An upgrade keeps a copy, STORE.vN, and is one transaction: a file is
 * either still the old one or wholly the new one. The tables of each old version are written down
 * here, since a store is opened only when it holds exactly what its version says. */
#include "base/io.h"
#include "base/text.h"
#include "study/store_event.h"
#include "study/store_schema.h"
#include "study/store_sqlite.h"
#include "study/store_wide.h"

/* Version 1: no programs, no leases, no stopping rules. */
static const char tables_1[] =
    "CREATE TABLE study(\n"
    "  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, spec TEXT NOT NULL,\n"
    "  spec_name TEXT NOT NULL, spec_hash TEXT NOT NULL, objective TEXT NOT NULL,\n"
    "  maximize INTEGER NOT NULL, strategy TEXT NOT NULL, data_hash TEXT NOT NULL,\n"
    "  seed INTEGER NOT NULL, no_default INTEGER NOT NULL, created_ms INTEGER NOT NULL) STRICT;\n"
    "CREATE TABLE event(\n"
    "  id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES study(id), type TEXT NOT NULL,\n"
    "  trial INTEGER, time_ms INTEGER NOT NULL, state TEXT, reason TEXT, detail TEXT, walk TEXT,\n"
    "  key TEXT, seed INTEGER, value REAL, budget REAL, step INTEGER, accuracy REAL, loss REAL,\n"
    "  train_loss REAL, epochs INTEGER, cpu_s REAL, memory_bytes INTEGER, repeat_of INTEGER,\n"
    "  params INTEGER, flops REAL) STRICT;\n"
    "CREATE TABLE study_now(\n"
    "  study INTEGER PRIMARY KEY, state TEXT NOT NULL, settings TEXT NOT NULL,\n"
    "  last_event INTEGER NOT NULL, readings INTEGER NOT NULL) STRICT;\n"
    "CREATE TABLE trial(\n"
    "  study INTEGER NOT NULL, trial INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,\n"
    "  detail TEXT NOT NULL, walk TEXT NOT NULL, key TEXT NOT NULL, seed INTEGER NOT NULL,\n"
    "  value REAL, budget REAL NOT NULL, epochs INTEGER NOT NULL, created_ms INTEGER NOT NULL,\n"
    "  started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, cpu_s REAL NOT NULL,\n"
    "  memory_bytes INTEGER NOT NULL, repeat_of INTEGER NOT NULL, params INTEGER NOT NULL,\n"
    "  flops REAL NOT NULL, PRIMARY KEY(study, trial)) STRICT, WITHOUT ROWID;\n"
    "CREATE INDEX trial_by_value ON trial(study, state, value, trial);\n"
    "CREATE TABLE report(\n"
    "  study INTEGER NOT NULL, trial INTEGER NOT NULL, step INTEGER NOT NULL, accuracy REAL,\n"
    "  loss REAL, train_loss REAL, PRIMARY KEY(study, trial, step)) STRICT, WITHOUT ROWID;\n"
    "CREATE TRIGGER study_made AFTER INSERT ON event WHEN NEW.type = 'study.create' BEGIN\n"
    "  INSERT INTO study_now VALUES(NEW.study, 'interrupted', '', NEW.id, 0); END;\n"
    "CREATE TRIGGER study_run AFTER INSERT ON event WHEN NEW.type = 'study.run' BEGIN\n"
    "  UPDATE study_now SET state = 'running', settings = NEW.detail WHERE study = NEW.study; "
    "END;\n"
    "CREATE TRIGGER study_ended AFTER INSERT ON event WHEN NEW.type = 'study.end' BEGIN\n"
    "  UPDATE study_now SET state = NEW.state WHERE study = NEW.study; END;\n"
    "CREATE TRIGGER test_read AFTER INSERT ON event WHEN NEW.type = 'test.read' BEGIN\n"
    "  UPDATE study_now SET readings = readings + 1 WHERE study = NEW.study; END;\n"
    "CREATE TRIGGER any_event AFTER INSERT ON event BEGIN\n"
    "  UPDATE study_now SET last_event = NEW.id WHERE study = NEW.study; END;\n"
    "CREATE TRIGGER trial_asked AFTER INSERT ON event WHEN NEW.type = 'trial.ask' BEGIN\n"
    "  INSERT INTO trial VALUES(NEW.study, NEW.trial, 'queued', '', '', NEW.walk, NEW.key, "
    "NEW.seed,\n"
    "    NULL, NEW.budget, 0, NEW.time_ms, 0, 0, 0, 0, NEW.repeat_of, NEW.params, NEW.flops); "
    "END;\n"
    "CREATE TRIGGER trial_started AFTER INSERT ON event WHEN NEW.type = 'trial.start' BEGIN\n"
    "  UPDATE trial SET state = 'running', reason = '', detail = '', value = NULL, epochs = 0,\n"
    "    ended_ms = 0, started_ms = NEW.time_ms WHERE study = NEW.study AND trial = NEW.trial;\n"
    "  DELETE FROM report WHERE study = NEW.study AND trial = NEW.trial; END;\n"
    "CREATE TRIGGER trial_reported AFTER INSERT ON event WHEN NEW.type = 'trial.report' BEGIN\n"
    "  INSERT OR REPLACE INTO report VALUES(NEW.study, NEW.trial, NEW.step, NEW.accuracy, "
    "NEW.loss,\n"
    "    NEW.train_loss); END;\n"
    "CREATE TRIGGER trial_ended AFTER INSERT ON event WHEN NEW.type = 'trial.end' BEGIN\n"
    "  UPDATE trial SET state = NEW.state, reason = NEW.reason, detail = NEW.detail,\n"
    "    value = NEW.value, epochs = NEW.epochs, ended_ms = NEW.time_ms, cpu_s = NEW.cpu_s,\n"
    "    memory_bytes = NEW.memory_bytes WHERE study = NEW.study AND trial = NEW.trial; END;\n";

static const char *const schema_1[] = {tables_1, NULL};

/* Version 2: programs, leases, stopping rules; no trial was paused. */
static const char tables_2[] =
    "CREATE TABLE study(\n"
    "  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, spec TEXT NOT NULL,\n"
    "  spec_name TEXT NOT NULL, spec_hash TEXT NOT NULL, objective TEXT NOT NULL,\n"
    "  maximize INTEGER NOT NULL, strategy TEXT NOT NULL, data_hash TEXT NOT NULL,\n"
    "  seed INTEGER NOT NULL, no_default INTEGER NOT NULL, created_ms INTEGER NOT NULL,\n"
    "  allocator TEXT NOT NULL) STRICT;\n"
    "CREATE TABLE event(\n"
    "  id INTEGER PRIMARY KEY, study INTEGER NOT NULL REFERENCES study(id), type TEXT NOT NULL,\n"
    "  trial INTEGER, time_ms INTEGER NOT NULL, state TEXT, reason TEXT, detail TEXT, walk TEXT,\n"
    "  key TEXT, seed INTEGER, value REAL, budget REAL, step INTEGER, accuracy REAL, loss REAL,\n"
    "  train_loss REAL, epochs INTEGER, cpu_s REAL, memory_bytes INTEGER, repeat_of INTEGER,\n"
    "  params INTEGER, flops REAL, scores TEXT, violation REAL, metrics TEXT,\n"
    "  lease_ms INTEGER) STRICT;\n"
    "CREATE TABLE study_now(\n"
    "  study INTEGER PRIMARY KEY, state TEXT NOT NULL, settings TEXT NOT NULL,\n"
    "  last_event INTEGER NOT NULL, readings INTEGER NOT NULL) STRICT;\n"
    "CREATE TABLE trial(\n"
    "  study INTEGER NOT NULL, trial INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,\n"
    "  detail TEXT NOT NULL, walk TEXT NOT NULL, key TEXT NOT NULL, seed INTEGER NOT NULL,\n"
    "  value REAL, budget REAL NOT NULL, epochs INTEGER NOT NULL, created_ms INTEGER NOT NULL,\n"
    "  started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, cpu_s REAL NOT NULL,\n"
    "  memory_bytes INTEGER NOT NULL, repeat_of INTEGER NOT NULL, params INTEGER NOT NULL,\n"
    "  flops REAL NOT NULL, scores TEXT, violation REAL, metrics TEXT, worker TEXT NOT NULL,\n"
    "  lease_ms INTEGER NOT NULL, PRIMARY KEY(study, trial)) STRICT, WITHOUT ROWID;\n"
    "CREATE INDEX trial_by_value ON trial(study, state, value, trial);\n"
    "CREATE TABLE report(\n"
    "  study INTEGER NOT NULL, trial INTEGER NOT NULL, step INTEGER NOT NULL, accuracy REAL,\n"
    "  loss REAL, train_loss REAL, value REAL, metrics TEXT,\n"
    "  PRIMARY KEY(study, trial, step)) STRICT, WITHOUT ROWID;\n";
static const char triggers_2[] =
    "CREATE TRIGGER study_made AFTER INSERT ON event WHEN NEW.type = 'study.create' BEGIN\n"
    "  INSERT INTO study_now VALUES(NEW.study, 'interrupted', '', NEW.id, 0); END;\n"
    "CREATE TRIGGER study_run AFTER INSERT ON event WHEN NEW.type = 'study.run' BEGIN\n"
    "  UPDATE study_now SET state = 'running', settings = NEW.detail WHERE study = NEW.study; "
    "END;\n"
    "CREATE TRIGGER study_ended AFTER INSERT ON event WHEN NEW.type = 'study.end' BEGIN\n"
    "  UPDATE study_now SET state = NEW.state WHERE study = NEW.study; END;\n"
    "CREATE TRIGGER test_read AFTER INSERT ON event WHEN NEW.type = 'test.read' BEGIN\n"
    "  UPDATE study_now SET readings = readings + 1 WHERE study = NEW.study; END;\n"
    "CREATE TRIGGER any_event AFTER INSERT ON event BEGIN\n"
    "  UPDATE study_now SET last_event = NEW.id WHERE study = NEW.study; END;\n"
    "CREATE TRIGGER trial_asked AFTER INSERT ON event WHEN NEW.type = 'trial.ask' BEGIN\n"
    "  INSERT INTO trial VALUES(NEW.study, NEW.trial, 'queued', '', '', NEW.walk, NEW.key, "
    "NEW.seed,\n"
    "    NULL, NEW.budget, 0, NEW.time_ms, 0, 0, 0, 0, NEW.repeat_of, NEW.params, NEW.flops,\n"
    "    NULL, NULL, NULL, '', 0); END;\n"
    "CREATE TRIGGER trial_reported AFTER INSERT ON event WHEN NEW.type = 'trial.report' BEGIN\n"
    "  INSERT OR REPLACE INTO report VALUES(NEW.study, NEW.trial, NEW.step, NEW.accuracy, "
    "NEW.loss,\n"
    "    NEW.train_loss, NEW.value, NEW.metrics); END;\n"
    "CREATE TRIGGER trial_leased AFTER INSERT ON event WHEN NEW.type = 'trial.lease' BEGIN\n"
    "  UPDATE trial SET worker = NEW.detail, lease_ms = NEW.lease_ms\n"
    "    WHERE study = NEW.study AND trial = NEW.trial; END;\n";

static const char runs_2[] =
    "CREATE TRIGGER trial_started AFTER INSERT ON event WHEN NEW.type = 'trial.start' BEGIN\n"
    "  UPDATE trial SET state = 'running', reason = '', detail = '', value = NULL, epochs = 0,\n"
    "    ended_ms = 0, started_ms = NEW.time_ms, scores = NULL, violation = NULL, metrics = NULL,\n"
    "    worker = '', lease_ms = 0 WHERE study = NEW.study AND trial = NEW.trial;\n"
    "  DELETE FROM report WHERE study = NEW.study AND trial = NEW.trial; END;\n"
    "CREATE TRIGGER trial_ended AFTER INSERT ON event WHEN NEW.type = 'trial.end' BEGIN\n"
    "  UPDATE trial SET state = NEW.state, reason = NEW.reason, detail = NEW.detail,\n"
    "    value = NEW.value, epochs = NEW.epochs, ended_ms = NEW.time_ms, cpu_s = NEW.cpu_s,\n"
    "    memory_bytes = NEW.memory_bytes, scores = NEW.scores, violation = NEW.violation,\n"
    "    metrics = NEW.metrics, lease_ms = 0 WHERE study = NEW.study AND trial = NEW.trial; END;\n";

static const char *const schema_2[] = {tables_2, triggers_2, runs_2, NULL};

/* Version 3. A trial that goes on after a pause keeps what it had come to by then, NEW.step; what
 * it reported later, before it was cut off, is superseded. What it costs adds up. */
static const char runs_3[] =
    "CREATE TRIGGER trial_started AFTER INSERT ON event WHEN NEW.type = 'trial.start' BEGIN\n"
    "  UPDATE trial SET state = 'running', reason = '', detail = '', value = NULL,\n"
    "    epochs = NEW.step, ended_ms = 0, started_ms = NEW.time_ms, scores = NULL,\n"
    "    budget = CASE WHEN NEW.budget > 0 THEN NEW.budget ELSE budget END,\n"
    "    violation = NULL, metrics = NULL, worker = '', lease_ms = 0\n"
    "    WHERE study = NEW.study AND trial = NEW.trial;\n"
    "  DELETE FROM report WHERE study = NEW.study AND trial = NEW.trial\n"
    "    AND (step > NEW.step OR NEW.step = 0); END;\n"
    "CREATE TRIGGER trial_ended AFTER INSERT ON event WHEN NEW.type = 'trial.end' BEGIN\n"
    "  UPDATE trial SET state = NEW.state, reason = NEW.reason, detail = NEW.detail,\n"
    "    value = NEW.value, epochs = NEW.epochs, ended_ms = NEW.time_ms,\n"
    "    cpu_s = cpu_s + NEW.cpu_s, memory_bytes = max(memory_bytes, NEW.memory_bytes),\n"
    "    scores = NEW.scores, violation = NEW.violation, metrics = NEW.metrics, lease_ms = 0\n"
    "    WHERE study = NEW.study AND trial = NEW.trial; END;\n";

static const char *const schema_3[] = {tables_2, triggers_2, runs_3, NULL};

/* ---- is it what it says? ---- */

/* SQLITE_OK, SQLITE_MISMATCH or what SQLite says. */
static int compare_schema(sqlite3 *db, const char *const *sql)
{
    static const char parts[] =
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name";
    sqlite3 *fresh = NULL;
    sqlite3_stmt *a = NULL, *b = NULL;
    int code = sqlite3_open_v2(":memory:", &fresh, SQLITE_OPEN_READWRITE, NULL);
    for (; code == SQLITE_OK && *sql; sql++)
        code = sqlite3_exec(fresh, *sql, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(fresh, parts, -1, &b, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(db, parts, -1, &a, NULL);
    if (code == SQLITE_OK)
        code = hox__schema_compare_rows(a, b);
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    sqlite3_close(fresh);
    return code & 0xff;
}

/* ---- the upgrade: the log is kept, the tables are derived from it anew ---- */

/* Version 1 had no allocator, and nothing behind the column flops. */
static const struct {
    const char *const *schema;
    const char *study, *event;
} old[] = {[1] = {schema_1, "INSERT INTO study SELECT *, '' FROM old_study ORDER BY id",
                  "SELECT *, NULL, NULL, NULL, NULL FROM old_event ORDER BY id"},
           [2] = {schema_2, "INSERT INTO study SELECT * FROM old_study ORDER BY id",
                  "SELECT * FROM old_event ORDER BY id"},
           [3] = {schema_3, "INSERT INTO study SELECT * FROM old_study ORDER BY id",
                  "SELECT * FROM old_event ORDER BY id"}};

static const char set_aside[] =
    "CREATE TEMP TABLE old_study AS SELECT * FROM study;"
    "CREATE TEMP TABLE old_event AS SELECT * FROM event ORDER BY id;"
    "DROP TABLE event; DROP TABLE study; DROP TABLE study_now; DROP TABLE trial;"
    "DROP TABLE report;";

static const char finish[] = "DROP TABLE old_study; DROP TABLE old_event;"
                             "PRAGMA user_version=4;";

static bool run(hox__store *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* The store as it is, in one file beside it, on the disk before anything is changed. */
static hox_status keep_copy(hox__store *store, int version, hox_error *err)
{
    sqlite3_int64 n = 0;
    hox__text path = {0};
    hox__text_printf(&path, "%s.v%d", store->path, version);
    unsigned char *bytes = sqlite3_serialize(store->db, "main", &n, 0);
    const hox_status status =
        !bytes || path.failed
            ? hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to copy it", store->path)
            : hox__file_write(hox__text_get(&path), bytes, (size_t)n, err);
    sqlite3_free(bytes);
    hox__text_deinit(&path);
    return status;
}

/* An event of an old log, under its old number. */
static hox_status bring(hox__store *store, sqlite3_stmt *row, hox_error *err)
{
    hox__event e;
    hox__wide_read(row, &e);
    hox__put put = {.id = sqlite3_column_int64(row, 0),
                    .study = sqlite3_column_int64(row, 1),
                    .code = hox__event_code_of(e.type),
                    .trial = (int64_t)e.trial,
                    .time_ms = e.time_ms};
    hox__text_clear(&store->said);
    hox__event_pack(&e, &store->said);
    put.said = store->said.data;
    put.n = store->said.len;
    if (store->said.failed)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to upgrade it",
                             store->path);
    if (!put.code)
        return hox_fail_code(err, HOX_ERR_DATA, "E0604",
                             "%s: a damaged store: an event of its log is of no known kind",
                             store->path);
    const hox_status status = hox__store_put(store, &put, err);
    return status == HOX_OK ? hox__store_derive(store, put.study, put.id, &e, err) : status;
}

static hox_status bring_all(hox__store *store, const char *select, hox_error *err)
{
    sqlite3_stmt *from = NULL;
    int code = SQLITE_DONE;
    hox_status status = hox__store_prepare(store, select, &from, err);
    while (status == HOX_OK && (code = sqlite3_step(from)) == SQLITE_ROW)
        status = bring(store, from, err);
    if (status == HOX_OK && code != SQLITE_DONE)
        status = hox__store_fail(store, "upgrade", err);
    sqlite3_finalize(from);
    return status;
}

static hox_status change(hox__store *store, int version, hox_error *err)
{
    const bool ok = run(store, "PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY;"
                               "PRAGMA synchronous=FULL; BEGIN IMMEDIATE") &&
                    run(store, set_aside) && hox__schema_make(store->db) == SQLITE_OK &&
                    run(store, old[version].study);
    hox_status status =
        ok ? bring_all(store, old[version].event, err) : hox__store_fail(store, "upgrade", err);
    hox__store_statements_end(store);
    if (status == HOX_OK && !(run(store, finish) && run(store, "COMMIT")))
        status = hox__store_fail(store, "upgrade", err);
    if (status != HOX_OK)
        run(store, "ROLLBACK");
    run(store, "PRAGMA foreign_keys=ON");
    return status;
}

hox_status hox__store_upgrade(hox__store *store, int version, hox_error *err)
{
    hox_status status = HOX_OK;
    if (version < 1 || version >= HOX__STORE_VERSION)
        return hox_fail_code(err, HOX_ERR_DATA, "E0604",
                             "%s: a damaged store: there never was a "
                             "version %d",
                             store->path, version);
    status = hox__schema_verdict(store->db, store->path,
                                 compare_schema(store->db, old[version].schema), version, err);
    if (status == HOX_OK)
        status = keep_copy(store, version, err);
    return status == HOX_OK ? change(store, version, err) : status;
}
