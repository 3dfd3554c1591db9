/* Appending to the log; the derived tables come along. */
#include "study/store_write.h"
#include "base/clock.h"
#include "study/store_event.h"
#include "study/store_sqlite.h"
#include <math.h>
#include <string.h>

typedef struct {
    sqlite3_stmt *to;
    int at;
} binder;

static void put_text(binder *b, const char *s)
{
    sqlite3_bind_text(b->to, b->at++, s, -1, SQLITE_STATIC); /* NULL binds NULL */
}

static void put_int(binder *b, int64_t x)
{
    sqlite3_bind_int64(b->to, b->at++, x);
}

/* A result must survive the machine; a report need only survive the program. */
static hox_status choose_sync(hox__store *store, bool full, hox_error *err)
{
    if (store->full == full)
        return HOX_OK;
    store->full = full;
    if (store->alone)
        return HOX_OK;
    const char *sql = full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL";
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return HOX_OK;
    store->full = !full;
    return hox__store_fail(store, "write", err);
}

/* Of a store that is open for one command. Nobody else writes or looks in, so that a commit need
 * not be synced: SQLite syncs its log before the file is touched, and the file after that, which it
 * does when a command ends anyway. Three syncs in place of five, and the same is on the disk when
 * this returns. After a sync that failed nobody knows what the log has: it is left to the next who
 * opens it and looks at its checksums. */
static hox_status bring_in(hox__store *store, hox_error *err)
{
    int frames = 0, done = 0;
    if (!store->alone || !store->full)
        return HOX_OK;
    if (sqlite3_exec(store->db, "PRAGMA synchronous=FULL", NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &done) ==
            SQLITE_OK &&
        frames == done &&
        sqlite3_exec(store->db, "PRAGMA synchronous=OFF", NULL, NULL, NULL) == SQLITE_OK)
        return HOX_OK;
    const hox_status status = hox__store_fail(store, "write", err);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    store->doubtful = true;
    return status;
}

static hox_status commit(hox__store *store, hox_error *err)
{
    return sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK
               ? bring_in(store, err)
               : hox__store_fail(store, "write", err);
}

hox_status hox__store_put(hox__store *store, const hox__put *put, hox_error *err)
{
    static const char insert[] = "INSERT INTO event VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
    hox_status status =
        store->insert ? HOX_OK : hox__store_prepare(store, insert, &store->insert, err);
    if (status != HOX_OK)
        return status;
    sqlite3_stmt *to = store->insert;
    sqlite3_bind_int64(to, 1, put->id);
    sqlite3_bind_int64(to, 2, put->study);
    sqlite3_bind_int64(to, 3, put->code);
    if (put->code >= HOX__TRIAL_ASK)
        sqlite3_bind_int64(to, 4, put->trial);
    else
        sqlite3_bind_null(to, 4);
    sqlite3_bind_int64(to, 5, put->time_ms);
    sqlite3_bind_blob(to, 6, put->n ? put->said : "", (int)put->n, SQLITE_STATIC);
    if (sqlite3_step(to) != SQLITE_DONE)
        status = hox__store_fail(store, "write", err);
    sqlite3_reset(to);
    return status;
}

/* Events are numbered without gaps. */
static hox_status next_id(hox__store *store, int64_t *id, hox_error *err)
{
    hox_status status =
        store->last ? HOX_OK
                    : hox__store_prepare(store, "SELECT coalesce(max(id), 0) + 1 FROM event",
                                         &store->last, err);
    if (status != HOX_OK)
        return status;
    if (sqlite3_step(store->last) == SQLITE_ROW)
        *id = sqlite3_column_int64(store->last, 0);
    else
        status = hox__store_fail(store, "write", err);
    sqlite3_reset(store->last);
    return status;
}

static hox_status insert_said(hox__store *store, int64_t study, const hox__event *e,
                              const hox__text *said, hox_error *err)
{
    hox__put put = {.study = study,
                    .code = hox__event_code_of(e->type),
                    .trial = (int64_t)e->trial,
                    .time_ms = e->time_ms > 0 ? e->time_ms : hox__clock_unix_ms(),
                    .said = said->data,
                    .n = said->len};
    hox_status status = next_id(store, &put.id, err);
    if (status == HOX_OK)
        status = hox__store_put(store, &put, err);
    return status == HOX_OK ? hox__store_derive(store, study, put.id, e, err) : status;
}

/* Part of a transaction. */
static hox_status insert(hox__store *store, int64_t study, const hox__event *e, hox_error *err)
{
    hox__text_clear(&store->said);
    hox__event_pack(e, &store->said);
    if (store->said.failed)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to write", store->path);
    return insert_said(store, study, e, &store->said, err);
}

static hox_status commit_gathered(hox__store *store, hox_error *err)
{
    if (!store->gathered)
        return HOX_OK;
    store->gathered = false;
    const hox_status status = commit(store, err);
    if (status != HOX_OK)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* Ready for an event outside any transaction of the caller's. */
static hox_status prepare_for(hox__store *store, bool lasting, hox_error *err)
{
    if (store->gathered && !lasting)
        return HOX_OK;
    hox_status status = commit_gathered(store, err);
    if (status == HOX_OK)
        status = choose_sync(store, lasting, err);
    if (status != HOX_OK)
        return status;
    if (sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return hox__store_fail(store, "write", err);
    store->gathered = true;
    return HOX_OK;
}

/* The rest of an event that had a transaction of its own, or gathers with others. */
static hox_status conclude(hox__store *store, bool lasting, hox_status status, hox_error *err)
{
    if (status == HOX_OK && store->gathering && !lasting)
        return HOX_OK;
    if (status == HOX_OK)
        return commit_gathered(store, err);
    store->gathered = false;
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

hox_status hox__store_append(hox__store *store, int64_t study, const hox__event *event,
                             hox_error *err)
{
    const hox__event_code code = hox__event_code_of(event->type);
    const bool lasting = code == HOX__TRIAL_END || code < HOX__TRIAL_ASK;
    if (store->open)
        return insert(store, study, event, err);
    hox_status status = prepare_for(store, lasting, err);
    if (status != HOX_OK)
        return status;
    status = insert(store, study, event, err);
    return conclude(store, lasting, status, err);
}

void hox__store_gather(hox__store *store)
{
    store->gathering = true;
}

hox_status hox__store_settle(hox__store *store, hox_error *err)
{
    store->gathering = false;
    return commit_gathered(store, err);
}

static hox_status begin(hox__store *store, bool lasting, hox_error *err)
{
    hox_status status = commit_gathered(store, err);
    if (status == HOX_OK)
        status = choose_sync(store, lasting, err);
    if (status != HOX_OK)
        return status;
    if (sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return hox__store_fail(store, "write", err);
    store->open = true;
    return HOX_OK;
}

hox_status hox__store_begin(hox__store *store, hox_error *err)
{
    return begin(store, true, err);
}

hox_status hox__store_begin_light(hox__store *store, hox_error *err)
{
    return begin(store, false, err);
}

hox_status hox__store_end(hox__store *store, hox_status status, hox_error *err)
{
    store->open = false;
    if (status == HOX_OK)
        status = commit(store, err);
    if (status != HOX_OK)
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* ---- studies ---- */

static hox_status insert_study(hox__store *store, const hox__study_new *s, hox_error *err)
{
    sqlite3_stmt *to = NULL;
    hox_status status = hox__store_prepare(
        store,
        "INSERT INTO study(name, spec, spec_name, spec_hash, objective, maximize, strategy,"
        " data_hash, seed, no_default, created_ms, allocator)"
        " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
        &to, err);
    if (status != HOX_OK)
        return status;
    binder b = {to, 1};
    put_text(&b, s->name);
    put_text(&b, s->spec);
    put_text(&b, s->spec_name);
    put_text(&b, s->spec_hash);
    put_text(&b, s->objective);
    put_int(&b, s->maximize);
    put_text(&b, s->strategy);
    put_text(&b, s->data_hash);
    put_int(&b, (int64_t)s->seed);
    put_int(&b, s->no_default);
    put_int(&b, hox__clock_unix_ms());
    put_text(&b, s->allocator ? s->allocator : "");
    const int code = sqlite3_step(to);
    if (code == SQLITE_CONSTRAINT)
        status = hox_fail_code(err, HOX_ERR_ARGUMENT, "E0606",
                               "there is a study `%s` already\ngive this one a name: --name %s-2",
                               s->name, s->name);
    else if (code != SQLITE_DONE)
        status = hox__store_fail(store, "write", err);
    sqlite3_finalize(to);
    return status;
}

hox_status hox__store_add_study(hox__store *store, const hox__study_new *study, int64_t *id,
                                hox_error *err)
{
    const bool alone = !store->open; /* else it is part of a larger transaction */
    hox_status status = alone ? hox__store_begin(store, err) : HOX_OK;
    if (status != HOX_OK)
        return status;
    status = insert_study(store, study, err);
    if (status == HOX_OK) {
        *id = sqlite3_last_insert_rowid(store->db);
        status = insert(store, *id, &(hox__event){.type = "study.create"}, err);
    }
    return alone ? hox__store_end(store, status, err) : status;
}

hox_status hox__store_change_space(hox__store *store, int64_t study, const char *spec,
                                   const char *spec_name, const char *spec_hash, hox_error *err)
{
    sqlite3_stmt *to = NULL;
    hox_status status = hox__store_prepare(
        store, "UPDATE study SET spec = ?1, spec_name = ?2, spec_hash = ?3 WHERE id = ?4", &to,
        err);
    if (status != HOX_OK)
        return status;
    binder b = {to, 1};
    put_text(&b, spec);
    put_text(&b, spec_name);
    put_text(&b, spec_hash);
    put_int(&b, study);
    if (sqlite3_step(to) != SQLITE_DONE)
        status = hox__store_fail(store, "write", err);
    sqlite3_finalize(to);
    hox__store_forget_outside(store);
    return status;
}
