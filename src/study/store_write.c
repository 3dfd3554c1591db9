/* Appending to the log. The triggers of store_schema.c bring the derived tables along. */
#include "study/store_write.h"
#include "base/clock.h"
#include "study/store_sqlite.h"
#include <math.h>
#include <string.h>

static const char insert_event[] =
    "INSERT INTO event(id, study, type, trial, time_ms, state, reason, detail, walk, key, seed,"
    " value, budget, step, accuracy, loss, train_loss, epochs, cpu_s, memory_bytes, repeat_of,"
    " params, flops, scores, violation, metrics, lease_ms) SELECT coalesce(max(id), 0) + "
    "1,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,"
    "?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26 FROM event";

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

static void put_real(binder *b, double x)
{
    sqlite3_bind_double(b->to, b->at++, x); /* NaN becomes NULL */
}

static void bind(sqlite3_stmt *to, int64_t study, const hox__event *e)
{
    const bool of_trial = strncmp(e->type, "trial.", 6) == 0;
    const bool end = strcmp(e->type, "trial.end") == 0;
    binder b = {to, 1};
    put_int(&b, study);
    put_text(&b, e->type);
    if (of_trial)
        put_int(&b, (int64_t)e->trial);
    else
        b.at++;
    put_int(&b, e->time_ms > 0 ? e->time_ms : hox__clock_unix_ms());
    put_text(&b, e->state);
    put_text(&b, end && !e->reason ? "" : e->reason);
    put_text(&b, end && !e->detail ? "" : e->detail);
    put_text(&b, e->walk);
    put_text(&b, e->key);
    put_int(&b, (int64_t)e->seed);
    put_real(&b, e->value);
    put_real(&b, e->budget);
    put_int(&b, e->step);
    put_real(&b, e->accuracy);
    put_real(&b, e->loss);
    put_real(&b, e->train_loss);
    put_int(&b, e->epochs);
    put_real(&b, e->cpu_s);
    put_int(&b, e->memory_bytes);
    put_int(&b, e->repeat_of);
    put_int(&b, e->params);
    put_real(&b, e->flops);
    put_text(&b, e->scores);
    put_real(&b, e->metrics ? e->violation : (double)NAN);
    put_text(&b, e->metrics);
    put_int(&b, e->lease_ms);
}

/* A result must survive the machine; a report need only survive the program. */
static hox_status choose_sync(hox__store *store, bool full, hox_error *err)
{
    if (store->full == full)
        return HOX_OK;
    const char *sql = full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL";
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return hox__store_fail(store, "write", err);
    store->full = full;
    return HOX_OK;
}

static hox_status insert(hox__store *store, int64_t study, const hox__event *event, hox_error *err)
{
    if (!store->insert) {
        const hox_status status = hox__store_prepare(store, insert_event, &store->insert, err);
        if (status != HOX_OK)
            return status;
    }
    bind(store->insert, study, event);
    hox_status status = HOX_OK;
    if (sqlite3_step(store->insert) != SQLITE_DONE)
        status = hox__store_fail(store, "write", err);
    sqlite3_reset(store->insert);
    sqlite3_clear_bindings(store->insert);
    return status;
}

static hox_status commit_gathered(hox__store *store, hox_error *err)
{
    if (!store->gathered)
        return HOX_OK;
    store->gathered = false;
    if (sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
        return HOX_OK;
    const hox_status status = hox__store_fail(store, "write", err);
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
    if (status != HOX_OK || lasting || !store->gathering)
        return status;
    if (sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return hox__store_fail(store, "write", err);
    store->gathered = true;
    return HOX_OK;
}

hox_status hox__store_append(hox__store *store, int64_t study, const hox__event *event,
                             hox_error *err)
{
    const bool lasting =
        strcmp(event->type, "trial.end") == 0 || strncmp(event->type, "trial.", 6) != 0;
    const hox_status status = store->open ? HOX_OK : prepare_for(store, lasting, err);
    return status == HOX_OK ? insert(store, study, event, err) : status;
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
    if (status == HOX_OK && sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        status = hox__store_fail(store, "write", err);
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
