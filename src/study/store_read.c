/* Rows of a store, as structs. */
#include "study/store_event.h"
#include "study/store_sqlite.h"
#include "study/store_write.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Runs `statement` to its end, or until `see` says HOX_DONE or fails. */
typedef hox_status (*see_row)(sqlite3_stmt *row, void *ctx);
static hox_status see_each(hox__store *store, sqlite3_stmt *statement, see_row see, void *ctx,
                           hox_error *err)
{
    int code = SQLITE_ROW;
    hox_status status = HOX_OK;
    while (status == HOX_OK && (code = sqlite3_step(statement)) == SQLITE_ROW)
        status = see(statement, ctx);
    if (status == HOX_OK && code != SQLITE_DONE)
        status = hox__store_fail(store, "read", err);
    else if (status == HOX_ERR_MEMORY)
        hox_fail_code(err, status, "E0901", "%s: no memory to read", store->path);
    else if (status == HOX_ERR_DATA)
        hox_fail_code(err, status, "E0604",
                      "%s: the store is damaged: an event of its log cannot be read", store->path);
    return status == HOX_DONE ? HOX_OK : status;
}

/* The same, and finalizes it. */
static hox_status see_all(hox__store *store, sqlite3_stmt *statement, see_row see, void *ctx,
                          hox_error *err)
{
    const hox_status status = see_each(store, statement, see, ctx, err);
    sqlite3_finalize(statement);
    return status;
}

static hox_status no_memory(const hox__store *store, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to read", store->path);
}

static hox_status more_if(bool more)
{
    return more ? HOX_OK : HOX_DONE;
}

/* The event whose blob is in column `i`. */
static hox_status unpack(sqlite3_stmt *row, int i, int64_t code, hox__arena *arena, hox__event *out)
{
    const void *said = sqlite3_column_blob(row, i);
    return hox__event_unpack(code, said, (size_t)sqlite3_column_bytes(row, i), arena, out);
}

/* ---- studies ---- */

#define STUDY_COLUMNS                                                                              \
    "SELECT id, name, spec, spec_hash, objective, strategy, data_hash, settings, seed, "           \
    "created_ms, state, allocator FROM study JOIN study_now ON study = id "

static hox_status read_study(sqlite3_stmt *row, hox__study_row *out)
{
    *out = (hox__study_row){
        .id = sqlite3_column_int64(row, 0),
        .name = hox__column_text(row, 1),
        .spec = hox__column_text(row, 2),
        .spec_hash = hox__column_text(row, 3),
        .objective = hox__column_text(row, 4),
        .strategy = hox__column_text(row, 5),
        .data_hash = hox__column_text(row, 6),
        .settings = hox__column_text(row, 7),
        .seed = (uint64_t)sqlite3_column_int64(row, 8),
        .created_ms = sqlite3_column_int64(row, 9),
        .state = hox__column_text(row, 10),
        .allocator = hox__column_text(row, 11),
    };
    return hox__column_lost(row) ? HOX_ERR_MEMORY : HOX_OK;
}

typedef struct {
    bool (*each)(void *ctx, const hox__study_row *row);
    void *ctx;
} study_caller;

static hox_status see_study(sqlite3_stmt *statement, void *ctx)
{
    const study_caller *c = ctx;
    hox__study_row row;
    const hox_status status = read_study(statement, &row);
    return status == HOX_OK ? more_if(c->each(c->ctx, &row)) : status;
}

hox_status hox__store_studies(hox__store *store, bool (*each)(void *ctx, const hox__study_row *row),
                              void *ctx, hox_error *err)
{
    sqlite3_stmt *statement = NULL;
    const hox_status status =
        hox__store_prepare(store, STUDY_COLUMNS "ORDER BY id", &statement, err);
    return status == HOX_OK ? see_all(store, statement, see_study, &(study_caller){each, ctx}, err)
                            : status;
}

typedef struct {
    hox__store *store;
    const char *name;
    hox__study_row *row;
    int64_t seen;
    bool no_memory;
} finder;

static hox_status keep_study(sqlite3_stmt *statement, void *ctx)
{
    finder *f = ctx;
    if (f->seen++ > 0) /* the first is the one; the others only count */
        return HOX_OK;
    const hox_status status = read_study(statement, f->row);
    if (status != HOX_OK)
        return status;
    hox__arena *arena = f->store->study;
    const char **text[] = {&f->row->name,      &f->row->spec,     &f->row->spec_hash,
                           &f->row->objective, &f->row->strategy, &f->row->data_hash,
                           &f->row->settings,  &f->row->state,    &f->row->allocator};
    hox__arena_rewind(arena, (hox__arena_mark){0});
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        *text[i] = hox__store_keep(arena, *text[i]);
        f->no_memory |= *text[i] == NULL;
    }
    return f->no_memory ? HOX_ERR_MEMORY : HOX_OK;
}

hox_status hox__store_find(hox__store *store, const char *name, hox__study_row *row, bool *guessed,
                           hox_error *err)
{
    sqlite3_stmt *statement = NULL;
    finder f = {.store = store, .name = name, .row = row};
    hox_status status =
        hox__store_prepare(store,
                           name ? STUDY_COLUMNS "WHERE name = ?1"
                                : STUDY_COLUMNS "ORDER BY id = (SELECT study FROM event ORDER BY "
                                                "id DESC LIMIT 1) DESC, id DESC",
                           &statement, err);
    if (status == HOX_OK && name)
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    if (status == HOX_OK)
        status = see_all(store, statement, keep_study, &f, err);
    if (status != HOX_OK)
        return status;
    if (f.seen == 0 && name)
        return hox_fail_code(err, HOX_ERR_DATA, "E0605",
                             "%s: there is no study `%s` in it\n`hox studies` lists them",
                             store->path, name);
    if (f.seen == 0)
        return hox_fail_code(err, HOX_ERR_DATA, "E0605", "%s: there is no study in it",
                             store->path);
    *guessed = f.seen > 1;
    return HOX_OK;
}

hox_status hox__store_more(hox__store *store, int64_t study, hox__study_more *more, hox_error *err)
{
    sqlite3_stmt *row = NULL;
    hox_status status = hox__store_prepare(store,
                                           "SELECT spec_name, maximize, no_default, readings FROM "
                                           "study JOIN study_now ON study = id WHERE id = ?1",
                                           &row, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_int64(row, 1, study);
    if (sqlite3_step(row) == SQLITE_ROW) {
        snprintf(more->spec_name, sizeof more->spec_name, "%s", hox__column_text(row, 0));
        more->maximize = sqlite3_column_int(row, 1) != 0;
        more->no_default = sqlite3_column_int(row, 2) != 0;
        more->readings = sqlite3_column_int64(row, 3);
        if (hox__column_lost(row))
            status = no_memory(store, err);
    } else {
        status = hox__store_fail(store, "read", err);
    }
    sqlite3_finalize(row);
    return status;
}

hox_status hox__store_done(hox__store *store, int64_t study, int64_t *done, hox_error *err)
{
    sqlite3_stmt *row = NULL;
    hox_status status =
        hox__store_prepare(store, "SELECT done FROM study_now WHERE study = ?1", &row, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_int64(row, 1, study);
    if (sqlite3_step(row) == SQLITE_ROW)
        *done = sqlite3_column_int64(row, 0);
    else
        status = hox__store_fail(store, "read", err);
    sqlite3_finalize(row);
    return status;
}

/* ---- trials ---- */

/* A trial, the event that asked it, the last that began it, the last that leased it, its end. */
#define TRIAL_COLUMNS                                                                              \
    "SELECT t.trial, t.state, t.cpu_s, t.memory_bytes, a.time_ms, a.said, b.time_ms, b.said, "     \
    "l.type, l.said, e.time_ms, e.said FROM trial t JOIN event a ON a.id = t.asked "               \
    "LEFT JOIN event b ON b.id = t.begun LEFT JOIN event l ON l.id = t.leased "                    \
    "LEFT JOIN event e ON e.id = t.ended WHERE t.study = ?1 "

enum { ASKED_AT = 4, ASKED, BEGUN_AT, BEGUN, LEASED_TYPE, LEASED, ENDED_AT, ENDED };

static void put_asked(sqlite3_stmt *row, const hox__event *e, hox__trial_row *out)
{
    *out = (hox__trial_row){
        .trial = (uint64_t)sqlite3_column_int64(row, 0),
        .state = (hox_trial_state)sqlite3_column_int(row, 1),
        .reason = "",
        .detail = "",
        .walk = e->walk,
        .seed = e->seed,
        .value = (double)NAN,
        .budget = e->budget,
        .created_ms = sqlite3_column_int64(row, ASKED_AT),
        .cpu_s = sqlite3_column_double(row, 2),
        .memory_bytes = sqlite3_column_int64(row, 3),
        .repeat_of = e->repeat_of,
        .params = e->params,
        .flops = e->flops,
        .scores = "",
        .metrics = "",
        .violation = (double)NAN,
        .worker = "",
    };
}

static void put_begun(sqlite3_stmt *row, const hox__event *e, hox__trial_row *out)
{
    out->started_ms = sqlite3_column_int64(row, BEGUN_AT);
    out->epochs = e->step;
    out->worker = e->detail;
    if (e->budget > 0)
        out->budget = e->budget;
}

static void put_ended(sqlite3_stmt *row, const hox__event *e, hox__trial_row *out)
{
    out->reason = e->reason;
    out->detail = e->detail;
    out->value = e->value;
    out->epochs = e->epochs;
    out->ended_ms = sqlite3_column_int64(row, ENDED_AT);
    out->scores = e->scores;
    out->violation = e->violation;
    out->metrics = e->metrics;
    out->lease_ms = 0;
}

static bool has(sqlite3_stmt *row, int i)
{
    return sqlite3_column_type(row, i) != SQLITE_NULL;
}

static hox_status read_trial(const hox__store *store, sqlite3_stmt *row, hox__arena *arena,
                             hox__trial_row *out)
{
    hox__event e;
    hox_status status = unpack(row, ASKED, HOX__TRIAL_ASK, arena, &e);
    put_asked(row, &e, out);
    out->outside = store->outsides > 0 && hox__store_is_outside(store, out->trial);
    if (status == HOX_OK && has(row, BEGUN)) {
        status = unpack(row, BEGUN, HOX__TRIAL_START, arena, &e);
        put_begun(row, &e, out);
    }
    if (status == HOX_OK && has(row, LEASED)) {
        status = unpack(row, LEASED, sqlite3_column_int64(row, LEASED_TYPE), arena, &e);
        out->worker = e.detail;
        out->lease_ms = e.lease_ms;
    }
    if (status == HOX_OK && has(row, ENDED)) {
        status = unpack(row, ENDED, HOX__TRIAL_END, arena, &e);
        put_ended(row, &e, out);
    }
    return status;
}

typedef struct {
    const hox__store *store;
    hox__arena *arena;
    bool (*each)(void *ctx, const hox__trial_row *row);
    void *ctx;
} trial_caller;

static hox_status see_trial(sqlite3_stmt *statement, void *ctx)
{
    const trial_caller *c = ctx;
    hox__trial_row row;
    hox__arena_rewind(c->arena, (hox__arena_mark){0});
    const hox_status status = read_trial(c->store, statement, c->arena, &row);
    return status == HOX_OK ? more_if(c->each(c->ctx, &row)) : status;
}

hox_status hox__store_trials(hox__store *store, int64_t study,
                             bool (*each)(void *ctx, const hox__trial_row *row), void *ctx,
                             hox_error *err)
{
    sqlite3_stmt *statement = NULL;
    hox__arena *arena = hox__arena_new(HOX__STORE_ROW_BYTES);
    hox_status status = arena ? hox__store_know_outside(store, study, err) : no_memory(store, err);
    if (status == HOX_OK)
        status = hox__store_prepare(store, TRIAL_COLUMNS "ORDER BY t.trial", &statement, err);
    if (status == HOX_OK) {
        sqlite3_bind_int64(statement, 1, study);
        status =
            see_all(store, statement, see_trial, &(trial_caller){store, arena, each, ctx}, err);
    }
    hox__arena_free(arena);
    return status;
}

typedef struct {
    hox__store *store;
    hox__trial_row *row;
    bool inside; /* only those will do */
    bool found;
} trial_finder;

static hox_status keep_trial(sqlite3_stmt *statement, void *ctx)
{
    trial_finder *f = ctx;
    if (f->inside && hox__store_is_outside(f->store, (uint64_t)sqlite3_column_int64(statement, 0)))
        return HOX_OK;
    f->found = true;
    hox__arena_rewind(f->store->trial, (hox__arena_mark){0});
    const hox_status status = read_trial(f->store, statement, f->store->trial, f->row);
    return status == HOX_OK ? HOX_DONE : status;
}

/* The first row of `statement`, or the first that is not outside, kept in the store's arena;
 * HOX_DONE: there is none. */
static hox_status one_trial(hox__store *store, sqlite3_stmt *statement, bool inside,
                            hox__trial_row *row, hox_error *err)
{
    trial_finder f = {.store = store, .row = row, .inside = inside};
    const hox_status status = see_each(store, statement, keep_trial, &f, err);
    sqlite3_reset(statement);
    return status == HOX_OK && !f.found ? HOX_DONE : status;
}

hox_status hox__store_trial(hox__store *store, int64_t study, uint64_t trial, hox__trial_row *row,
                            hox_error *err)
{
    hox_status status = hox__store_know_outside(store, study, err);
    if (status == HOX_OK && !store->one)
        status = hox__store_prepare(store, TRIAL_COLUMNS "AND t.trial = ?2", &store->one, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_int64(store->one, 1, study);
    sqlite3_bind_int64(store->one, 2, (int64_t)trial);
    status = one_trial(store, store->one, false, row, err);
    if (status == HOX_DONE)
        return hox_fail_code(err, HOX_ERR_DATA, "E0605",
                             "%s: there is no trial %llu in the study\n`hox trials` lists them",
                             store->path, (unsigned long long)trial);
    return status;
}

hox_status hox__store_best(hox__store *store, int64_t study, hox__trial_row *row, hox_error *err)
{
    sqlite3_stmt *statement = NULL;
    hox_status status = hox__store_know_outside(store, study, err);
    if (status == HOX_OK)
        status = hox__store_prepare(store,
                                    TRIAL_COLUMNS "AND t.rank IS NOT NULL ORDER BY t.rank, t.trial",
                                    &statement, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_int64(statement, 1, study);
    status = one_trial(store, statement, true, row, err);
    sqlite3_finalize(statement);
    return status;
}

hox_status hox__store_count(hox__store *store, int64_t study, int64_t n[HOX__TRIAL_STATES],
                            hox_error *err)
{
    sqlite3_stmt *row = NULL;
    int code;
    hox_status status = hox__store_prepare(
        store, "SELECT state, count(*) FROM trial WHERE study = ?1 GROUP BY state", &row, err);
    if (status != HOX_OK)
        return status;
    memset(n, 0, HOX__TRIAL_STATES * sizeof *n);
    sqlite3_bind_int64(row, 1, study);
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        const int state = sqlite3_column_int(row, 0);
        if (state >= 0 && state < HOX__TRIAL_STATES)
            n[state] = sqlite3_column_int64(row, 1);
    }
    if (code != SQLITE_DONE)
        status = hox__store_fail(store, "read", err);
    sqlite3_finalize(row);
    return status;
}

/* ---- reports and events ---- */

typedef struct {
    hox__arena *arena;
    union {
        bool (*report)(void *ctx, const hox__report_row *row);
        bool (*event)(void *ctx, const hox__event *event);
        bool (*ask)(void *ctx, uint64_t trial, const char *by, double seconds);
    } each;
    void *ctx;
} caller;

/* Calls `see` for each row of `sql`, with ?1 the study and ?2 the trial. */
static hox_status see_events(hox__store *store, const char *sql, int64_t study, uint64_t trial,
                             see_row see, caller *c, hox_error *err)
{
    sqlite3_stmt *statement = NULL;
    c->arena = hox__arena_new(HOX__STORE_ROW_BYTES);
    hox_status status =
        c->arena ? hox__store_prepare(store, sql, &statement, err) : no_memory(store, err);
    if (status == HOX_OK) {
        sqlite3_bind_int64(statement, 1, study);
        if (sqlite3_bind_parameter_count(statement) > 1)
            sqlite3_bind_int64(statement, 2, (int64_t)trial);
        status = see_all(store, statement, see, c, err);
    }
    hox__arena_free(c->arena);
    return status;
}

hox_status hox__report_read(sqlite3_stmt *row, hox__arena *arena, hox__report_row *out)
{
    hox__event e;
    const hox_status status = unpack(row, 2, HOX__TRIAL_REPORT, arena, &e);
    *out = (hox__report_row){
        .trial = (uint64_t)sqlite3_column_int64(row, 0),
        .step = sqlite3_column_int64(row, 1),
        .accuracy = e.accuracy,
        .loss = e.loss,
        .train_loss = e.train_loss,
        .value = e.value,
        .metrics = e.metrics,
    };
    return status;
}

static hox_status see_report(sqlite3_stmt *row, void *ctx)
{
    const caller *c = ctx;
    hox__report_row report;
    hox__arena_rewind(c->arena, (hox__arena_mark){0});
    const hox_status status = hox__report_read(row, c->arena, &report);
    return status == HOX_OK ? more_if(c->each.report(c->ctx, &report)) : status;
}

hox_status hox__store_reports(hox__store *store, int64_t study, uint64_t trial,
                              bool (*each)(void *ctx, const hox__report_row *row), void *ctx,
                              hox_error *err)
{
    return see_events(store, HOX__REPORT_COLUMNS, study, trial, see_report,
                      &(caller){.each.report = each, .ctx = ctx}, err);
}

hox_status hox__event_read(sqlite3_stmt *row, hox__arena *arena, hox__event *out)
{
    const hox_status status = unpack(row, 4, sqlite3_column_int64(row, 1), arena, out);
    out->id = sqlite3_column_int64(row, 0);
    out->trial = (uint64_t)sqlite3_column_int64(row, 2);
    out->time_ms = sqlite3_column_int64(row, 3);
    return status;
}

static hox_status see_event(sqlite3_stmt *row, void *ctx)
{
    const caller *c = ctx;
    hox__event e;
    hox__arena_rewind(c->arena, (hox__arena_mark){0});
    const hox_status status = hox__event_read(row, c->arena, &e);
    return status == HOX_OK ? more_if(c->each.event(c->ctx, &e)) : status;
}

hox_status hox__store_events(hox__store *store, int64_t study,
                             bool (*each)(void *ctx, const hox__event *event), void *ctx,
                             hox_error *err)
{
    return see_events(store,
                      "SELECT id, type, trial, time_ms, said FROM event WHERE study = ?1 "
                      "ORDER BY id",
                      study, 0, see_event, &(caller){.each.event = each, .ctx = ctx}, err);
}

static hox_status see_ask(sqlite3_stmt *row, void *ctx)
{
    const caller *c = ctx;
    hox__event e;
    hox__arena_rewind(c->arena, (hox__arena_mark){0});
    const hox_status status = unpack(row, 1, HOX__TRIAL_ASK, c->arena, &e);
    return status == HOX_OK ? more_if(c->each.ask(c->ctx, (uint64_t)sqlite3_column_int64(row, 0),
                                                  e.reason, e.cpu_s))
                            : status;
}

hox_status hox__store_asks(hox__store *store, int64_t study,
                           bool (*each)(void *ctx, uint64_t trial, const char *by, double seconds),
                           void *ctx, hox_error *err)
{
    return see_events(store,
                      "SELECT t.trial, e.said FROM trial t JOIN event e ON e.id = t.asked WHERE "
                      "t.study = ?1 ORDER BY t.trial",
                      study, 0, see_ask, &(caller){.each.ask = each, .ctx = ctx}, err);
}
