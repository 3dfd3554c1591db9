/* What follows from an event. A log that is played gives the same tables as the one that grew. */
#include "study/store_event.h"
#include "study/store_sqlite.h"
#include <math.h>

enum { MADE, RUN, OVER, READ, ASKED, BEGUN, FORGET, REPORTED, LEASED, ENDED, DONE, DEEDS };
_Static_assert((int)DEEDS <= (int)HOX__STORE_DEEDS, "room for all statements");

/* ?1 study, ?2 trial, ?3 event, ?4 a number, ?5 value, ?6 cpu_s, ?7 memory_bytes, ?8 text.
 * A trial that begins again forgets its end; one that goes on after a pause keeps what it had
 * reported by then, up to ?4: what came later is superseded. What it costs adds up. */
static const char *const sql[DEEDS] = {
    [MADE] = "INSERT INTO study_now VALUES(?1, 'interrupted', '', 0, 0)",
    [RUN] = "UPDATE study_now SET state = 'running', settings = ?8 WHERE study = ?1",
    [OVER] = "UPDATE study_now SET state = ?8 WHERE study = ?1",
    [READ] = "UPDATE study_now SET readings = readings + 1 WHERE study = ?1",
    [ASKED] = "INSERT INTO trial VALUES(?1, ?2, 0, NULL, ?3, NULL, NULL, NULL, 0, 0)",
    [BEGUN] = "UPDATE trial SET state = 1, rank = NULL, begun = ?3, ended = NULL,"
              " leased = CASE WHEN ?4 THEN ?3 END WHERE study = ?1 AND trial = ?2",
    [FORGET] = "DELETE FROM report WHERE study = ?1 AND trial = ?2 AND (step > ?4 OR ?4 = 0)",
    [REPORTED] = "INSERT OR REPLACE INTO report VALUES(?1, ?2, ?4, ?3)",
    [LEASED] = "UPDATE trial SET leased = ?3 WHERE study = ?1 AND trial = ?2",
    [ENDED] = "UPDATE trial SET state = ?4, ended = ?3, rank = (SELECT CASE WHEN maximize THEN -?5"
              " ELSE ?5 END FROM study WHERE id = ?1), cpu_s = cpu_s + ?6,"
              " memory_bytes = max(memory_bytes, ?7) WHERE study = ?1 AND trial = ?2",
    /* One more or one less is done; asked before the state of the trial is another. */
    [DONE] = "UPDATE study_now SET done = done + ?4 WHERE study = ?1 AND EXISTS(SELECT 1 FROM trial"
             " WHERE study = ?1 AND trial = ?2 AND (state = 2) = (?4 < 0))",
};

typedef struct {
    hox__store *store;
    int64_t study, event;
    const hox__event *e;
    hox_status status;
    hox_error *err;
} deriver;

static void put(deriver *d, int deed, int64_t number, double value, const char *text)
{
    sqlite3_stmt **to = &d->store->deed[deed];
    if (d->status == HOX_OK && !*to)
        d->status = hox__store_prepare(d->store, sql[deed], to, d->err);
    if (d->status != HOX_OK)
        return;
    const int n = sqlite3_bind_parameter_count(*to);
    const int64_t whole[] = {d->study, (int64_t)d->e->trial, d->event, number};
    for (int i = 0; i < 4 && i < n; i++)
        sqlite3_bind_int64(*to, i + 1, whole[i]);
    if (n >= 5) {
        sqlite3_bind_double(*to, 5, value); /* NaN is NULL */
        sqlite3_bind_double(*to, 6, d->e->cpu_s);
        sqlite3_bind_int64(*to, 7, d->e->memory_bytes);
    }
    if (n >= 8)
        sqlite3_bind_text(*to, 8, text, -1, SQLITE_STATIC);
    if (sqlite3_step(*to) != SQLITE_DONE)
        d->status = hox__store_fail(d->store, "write", d->err);
    sqlite3_reset(*to);
}

static void derive_begun(deriver *d)
{
    put(d, DONE, -1, 0, NULL);
    put(d, BEGUN, d->e->lease_ms > 0, 0, NULL);
    put(d, FORGET, d->e->step, 0, NULL);
}

static void derive_ended(deriver *d)
{
    const hox__event *e = d->e;
    const hox_trial_state state = hox__trial_state_of(e->state ? e->state : "");
    const bool done = state == HOX_TRIAL_DONE;
    const bool counts = done && !(e->metrics && *e->metrics && e->violation > 0);
    put(d, DONE, done ? 1 : -1, 0, NULL);
    put(d, ENDED, state, counts ? e->value : (double)NAN, NULL);
}

hox_status hox__store_derive(hox__store *store, int64_t study, int64_t event, const hox__event *e,
                             hox_error *err)
{
    deriver d = {store, study, event, e, HOX_OK, err};
    switch (hox__event_code_of(e->type)) {
    case HOX__STUDY_CREATE:
        put(&d, MADE, 0, 0, NULL);
        break;
    case HOX__STUDY_RUN:
        put(&d, RUN, 0, 0, e->detail ? e->detail : "");
        break;
    case HOX__STUDY_END:
        put(&d, OVER, 0, 0, e->state ? e->state : "");
        break;
    case HOX__TEST_READ:
        put(&d, READ, 0, 0, NULL);
        break;
    case HOX__TRIAL_ASK:
        put(&d, ASKED, 0, 0, NULL);
        break;
    case HOX__TRIAL_START:
        derive_begun(&d);
        break;
    case HOX__TRIAL_REPORT:
        put(&d, REPORTED, e->step, 0, NULL);
        break;
    case HOX__TRIAL_LEASE:
        put(&d, LEASED, 0, 0, NULL);
        break;
    case HOX__TRIAL_END:
        derive_ended(&d);
        break;
    case HOX__STUDY_WARM:
    case HOX__STUDY_AMEND:
    case HOX__EVENT_TYPES:
        break;
    }
    return d.status;
}

/* ---- a log, played ---- */

static hox_status not_played(const hox__store *store, hox_status status, hox_error *err)
{
    return status == HOX_ERR_MEMORY
               ? hox_fail_code(err, status, "E0901", "%s: no memory to read", store->path)
               : hox_fail_code(err, HOX_ERR_DATA, "E0604",
                               "%s: the store is damaged: an event of its log does not follow from "
                               "those before",
                               store->path);
}

static hox_status play_one(hox__store *store, sqlite3_stmt *row, hox__arena *arena)
{
    hox__event e;
    hox__put put = {.id = sqlite3_column_int64(row, 0),
                    .code = sqlite3_column_int64(row, 1),
                    .trial = sqlite3_column_int64(row, 2),
                    .time_ms = sqlite3_column_int64(row, 3),
                    .said = sqlite3_column_blob(row, 4),
                    .n = (size_t)sqlite3_column_bytes(row, 4),
                    .study = sqlite3_column_int64(row, 5)};
    hox__arena_rewind(arena, (hox__arena_mark){0});
    hox_status status = hox__event_read(row, arena, &e);
    if (status == HOX_OK)
        status = hox__store_put(store, &put, NULL);
    return status == HOX_OK ? hox__store_derive(store, put.study, put.id, &e, NULL) : status;
}

hox_status hox__store_play(hox__store *store, sqlite3_stmt *from, hox_error *err)
{
    hox_status status = HOX_OK;
    hox__arena *arena = hox__arena_new(HOX__STORE_ROW_BYTES);
    if (!arena)
        return not_played(store, HOX_ERR_MEMORY, err);
    while (status == HOX_OK && sqlite3_step(from) == SQLITE_ROW)
        status = play_one(store, from, arena);
    hox__arena_free(arena);
    return status == HOX_OK ? HOX_OK : not_played(store, status, err);
}
