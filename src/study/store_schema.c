/* The event log is the truth; triggers derive all other tables from it, so that an event and what
 * follows from it are one transaction, and a replay of the log is an INSERT ... SELECT. */
#include "study/store_schema.h"
#include <string.h>

const char hox__schema_tables[] =
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
const char hox__schema_triggers[] =
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

/* A trial that goes on after a pause keeps what it had come to by then, NEW.step; what it reported
 * later, before it was cut off, is superseded. What it costs adds up. */
static const char runs[] =
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

static const char *const schema[] = {hox__schema_tables, hox__schema_triggers, runs, NULL};

static int execute(sqlite3 *db, const char *const *sql)
{
    int code = SQLITE_OK;
    for (; *sql && code == SQLITE_OK; sql++)
        code = sqlite3_exec(db, *sql, NULL, NULL, NULL);
    return code;
}

int hox__schema_make(sqlite3 *db)
{
    return execute(db, schema);
}

/* ---- is it ours? ---- */

static const char parts[] =
    "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name";

static bool same_column(sqlite3_stmt *a, sqlite3_stmt *b, int i)
{
    const void *x = sqlite3_column_blob(a, i), *y = sqlite3_column_blob(b, i);
    const int n = sqlite3_column_bytes(a, i);
    if (sqlite3_column_type(a, i) != sqlite3_column_type(b, i) || n != sqlite3_column_bytes(b, i))
        return false;
    return n == 0 || memcmp(x, y, (size_t)n) == 0;
}

bool hox__schema_same_rows(sqlite3_stmt *a, sqlite3_stmt *b)
{
    for (;;) {
        const int x = sqlite3_step(a), y = sqlite3_step(b);
        if (x != y || (x != SQLITE_ROW && x != SQLITE_DONE))
            return false;
        if (x == SQLITE_DONE)
            return true;
        for (int i = 0; i < sqlite3_column_count(a); i++)
            if (!same_column(a, b, i))
                return false;
    }
}

hox_status hox__schema_verify(sqlite3 *db, const char *path, hox_error *err)
{
    return hox__schema_verify_as(db, path, schema, HOX__STORE_VERSION, err);
}

hox_status hox__schema_verify_as(sqlite3 *db, const char *path, const char *const *sql, int version,
                                 hox_error *err)
{
    sqlite3 *fresh = NULL;
    sqlite3_stmt *a = NULL, *b = NULL;
    if (sqlite3_open_v2(":memory:", &fresh, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        execute(fresh, sql) != SQLITE_OK ||
        sqlite3_prepare_v2(fresh, parts, -1, &b, NULL) != SQLITE_OK) {
        sqlite3_close(fresh);
        return hox_fail(err, HOX_ERR_MEMORY, "%s: no memory to check its tables", path);
    }
    hox_status status = HOX_OK;
    const bool same =
        sqlite3_prepare_v2(db, parts, -1, &a, NULL) == SQLITE_OK && hox__schema_same_rows(a, b);
    const int code = sqlite3_errcode(db) & 0xff;
    if (!same && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_FULL))
        status = hox_fail_code(err, HOX_ERR_IO, "E0902", "%s: cannot read: %s", path,
                               sqlite3_errmsg(db));
    else if (!same)
        status = hox_fail_code(err, HOX_ERR_DATA, "E0604",
                               "%s: a damaged store: its tables are not those "
                               "of version %d",
                               path, version);
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    sqlite3_close(fresh);
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
