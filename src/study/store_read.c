/* Rows of a store, as structs. */
#include "study/store_sqlite.h"
#include "study/store_write.h"
#include <stdio.h>
#include <string.h>

/* Runs `statement` to its end or until `each` returns false, and finalizes it. */
typedef bool (*see_row)(sqlite3_stmt *row, void *ctx);
static hox_status see_all(hox__store *store, sqlite3_stmt *statement, see_row see, void *ctx,
                          hox_error *err)
{
    int code;
    hox_status status = HOX_OK;
    bool more = true;
    while (more && (code = sqlite3_step(statement)) != SQLITE_DONE) {
        if (code != SQLITE_ROW) {
            status = hox__store_fail(store, "read", err);
            break;
        }
        more = see(statement, ctx);
    }
    sqlite3_finalize(statement);
    return status;
}

/* ---- studies ---- */

#define STUDY_COLUMNS                                                                              \
    "SELECT id, name, spec, spec_hash, objective, strategy, data_hash, settings, seed, "           \
    "created_ms, state, allocator FROM study JOIN study_now ON study = id "

static void read_study(sqlite3_stmt *row, hox__study_row *out)
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
}

typedef struct {
    bool (*each)(void *ctx, const hox__study_row *row);
    void *ctx;
} study_caller;

static bool see_study(sqlite3_stmt *statement, void *ctx)
{
    const study_caller *c = ctx;
    hox__study_row row;
    read_study(statement, &row);
    return c->each(c->ctx, &row);
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

static bool keep_study(sqlite3_stmt *statement, void *ctx)
{
    finder *f = ctx;
    if (f->seen++ > 0) /* the first is the one; the others only count */
        return true;
    read_study(statement, f->row);
    hox__arena *arena = f->store->study;
    const char **text[] = {&f->row->name,      &f->row->spec,     &f->row->spec_hash,
                           &f->row->objective, &f->row->strategy, &f->row->data_hash,
                           &f->row->settings,  &f->row->state,    &f->row->allocator};
    hox__arena_rewind(arena, (hox__arena_mark){0});
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        *text[i] = hox__store_keep(arena, *text[i]);
        f->no_memory |= *text[i] == NULL;
    }
    return !f->no_memory;
}

hox_status hox__store_find(hox__store *store, const char *name, hox__study_row *row, bool *guessed,
                           hox_error *err)
{
    sqlite3_stmt *statement = NULL;
    finder f = {.store = store, .name = name, .row = row};
    hox_status status = hox__store_prepare(store,
                                           name ? STUDY_COLUMNS "WHERE name = ?1"
                                                : STUDY_COLUMNS "ORDER BY last_event DESC, id DESC",
                                           &statement, err);
    if (status == HOX_OK && name)
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_TRANSIENT);
    if (status == HOX_OK)
        status = see_all(store, statement, keep_study, &f, err);
    if (status != HOX_OK)
        return status;
    if (f.no_memory)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to read", store->path);
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
    } else {
        status = hox__store_fail(store, "read", err);
    }
    sqlite3_finalize(row);
    return status;
}

/* ---- trials ---- */

#define TRIAL_COLUMNS                                                                              \
    "SELECT trial, state, reason, detail, walk, seed, value, budget, epochs, created_ms, "         \
    "started_ms, ended_ms, cpu_s, memory_bytes, repeat_of, params, flops, scores, violation, "     \
    "metrics, worker, lease_ms FROM trial "                                                        \
    "WHERE study = ?1 "

static hox_trial_state read_state(const char *word)
{
    static const char *const name[] = {"queued", "running",   "done",  "pruned",
                                       "failed", "cancelled", "paused"};
    for (int i = 0; i <= HOX_TRIAL_PAUSED; i++)
        if (strcmp(word, name[i]) == 0)
            return (hox_trial_state)i;
    return HOX_TRIAL_CANCELLED;
}

static void read_trial(const hox__store *store, sqlite3_stmt *row, hox__trial_row *out)
{
    *out = (hox__trial_row){
        .trial = (uint64_t)sqlite3_column_int64(row, 0),
        .state = read_state(hox__column_text(row, 1)),
        .reason = hox__column_text(row, 2),
        .detail = hox__column_text(row, 3),
        .walk = hox__column_text(row, 4),
        .seed = (uint64_t)sqlite3_column_int64(row, 5),
        .value = hox__column_real(row, 6),
        .budget = sqlite3_column_double(row, 7),
        .epochs = sqlite3_column_int64(row, 8),
        .created_ms = sqlite3_column_int64(row, 9),
        .started_ms = sqlite3_column_int64(row, 10),
        .ended_ms = sqlite3_column_int64(row, 11),
        .cpu_s = sqlite3_column_double(row, 12),
        .memory_bytes = sqlite3_column_int64(row, 13),
        .repeat_of = sqlite3_column_int64(row, 14),
        .params = sqlite3_column_int64(row, 15),
        .flops = sqlite3_column_double(row, 16),
        .scores = hox__column_text(row, 17),
        .violation = hox__column_real(row, 18),
        .metrics = hox__column_text(row, 19),
        .worker = hox__column_text(row, 20),
        .lease_ms = sqlite3_column_int64(row, 21),
    };
    out->outside = store->outsides > 0 && hox__store_is_outside(store, out->trial);
}

typedef struct {
    const hox__store *store;
    bool (*each)(void *ctx, const hox__trial_row *row);
    void *ctx;
} trial_caller;

static bool see_trial(sqlite3_stmt *statement, void *ctx)
{
    const trial_caller *c = ctx;
    hox__trial_row row;
    read_trial(c->store, statement, &row);
    return c->each(c->ctx, &row);
}

hox_status hox__store_trials(hox__store *store, int64_t study,
                             bool (*each)(void *ctx, const hox__trial_row *row), void *ctx,
                             hox_error *err)
{
    sqlite3_stmt *statement = NULL;
    hox_status status = hox__store_know_outside(store, study, err);
    if (status == HOX_OK)
        status = hox__store_prepare(store, TRIAL_COLUMNS "ORDER BY trial", &statement, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_int64(statement, 1, study);
    return see_all(store, statement, see_trial, &(trial_caller){store, each, ctx}, err);
}

/* The first row of `statement`, or the first that is not outside, kept in the store's arena;
 * HOX_DONE: there is none. */
static hox_status one_trial(hox__store *store, sqlite3_stmt *statement, bool inside,
                            hox__trial_row *row, hox_error *err)
{
    int code = sqlite3_step(statement);
    while (inside && store->outsides > 0 && code == SQLITE_ROW &&
           hox__store_is_outside(store, (uint64_t)sqlite3_column_int64(statement, 0)))
        code = sqlite3_step(statement);
    hox_status status = code == SQLITE_ROW ? HOX_OK : HOX_DONE;
    if (code == SQLITE_ROW) {
        hox__arena_rewind(store->trial, (hox__arena_mark){0});
        read_trial(store, statement, row);
        row->reason = hox__store_keep(store->trial, row->reason);
        row->detail = hox__store_keep(store->trial, row->detail);
        row->walk = hox__store_keep(store->trial, row->walk);
        row->scores = hox__store_keep(store->trial, row->scores);
        row->metrics = hox__store_keep(store->trial, row->metrics);
        row->worker = hox__store_keep(store->trial, row->worker);
        if (!row->reason || !row->detail || !row->walk || !row->scores || !row->metrics ||
            !row->worker)
            status =
                hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to read", store->path);
    } else if (code != SQLITE_DONE) {
        status = hox__store_fail(store, "read", err);
    }
    sqlite3_finalize(statement);
    return status;
}

hox_status hox__store_trial(hox__store *store, int64_t study, uint64_t trial, hox__trial_row *row,
                            hox_error *err)
{
    sqlite3_stmt *statement = NULL;
    hox_status status = hox__store_know_outside(store, study, err);
    if (status == HOX_OK)
        status = hox__store_prepare(store, TRIAL_COLUMNS "AND trial = ?2", &statement, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_int64(statement, 1, study);
    sqlite3_bind_int64(statement, 2, (int64_t)trial);
    status = one_trial(store, statement, false, row, err);
    if (status == HOX_DONE)
        return hox_fail_code(err, HOX_ERR_DATA, "E0605",
                             "%s: there is no trial %llu in the study\n`hox trials` lists them",
                             store->path, (unsigned long long)trial);
    return status;
}

hox_status hox__store_best(hox__store *store, int64_t study, hox__trial_row *row, hox_error *err)
{
    hox__study_more more;
    sqlite3_stmt *statement = NULL;
    hox_status status = hox__store_more(store, study, &more, err);
    if (status == HOX_OK)
        status = hox__store_know_outside(store, study, err);
    if (status == HOX_OK)
        status = hox__store_prepare(store,
                                    more.maximize
                                        ? TRIAL_COLUMNS "AND state = 'done' AND value IS NOT NULL "
                                                        "AND coalesce(violation, 0) = 0 "
                                                        "ORDER BY value DESC, trial LIMIT ?2"
                                        : TRIAL_COLUMNS "AND state = 'done' AND value IS NOT NULL "
                                                        "AND coalesce(violation, 0) = 0 "
                                                        "ORDER BY value, trial LIMIT ?2",
                                    &statement, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_int64(statement, 1, study);
    sqlite3_bind_int64(statement, 2, store->outsides > 0 ? -1 : 1); /* a limit spares a sort */
    return one_trial(store, statement, true, row, err);
}

/* ---- reports and events ---- */

typedef struct {
    bool (*each)(void *ctx, const hox__report_row *row);
    void *ctx;
} report_caller;

static bool see_report(sqlite3_stmt *row, void *ctx)
{
    const report_caller *c = ctx;
    return c->each(c->ctx, &(hox__report_row){
                               .trial = (uint64_t)sqlite3_column_int64(row, 0),
                               .step = sqlite3_column_int64(row, 1),
                               .accuracy = hox__column_real(row, 2),
                               .loss = hox__column_real(row, 3),
                               .train_loss = hox__column_real(row, 4),
                               .value = hox__column_real(row, 5),
                               .metrics = hox__column_text(row, 6),
                           });
}

hox_status hox__store_reports(hox__store *store, int64_t study, uint64_t trial,
                              bool (*each)(void *ctx, const hox__report_row *row), void *ctx,
                              hox_error *err)
{
    sqlite3_stmt *statement = NULL;
    const hox_status status = hox__store_prepare(
        store,
        "SELECT trial, step, accuracy, loss, train_loss, value, metrics FROM report "
        "WHERE study = ?1 AND trial = ?2 ORDER BY step",
        &statement, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_int64(statement, 1, study);
    sqlite3_bind_int64(statement, 2, (int64_t)trial);
    return see_all(store, statement, see_report, &(report_caller){each, ctx}, err);
}

typedef struct {
    bool (*each)(void *ctx, const hox__event *event);
    void *ctx;
} event_caller;

static bool see_event(sqlite3_stmt *row, void *ctx)
{
    const event_caller *c = ctx;
    return c->each(c->ctx, &(hox__event){
                               .id = sqlite3_column_int64(row, 0),
                               .type = hox__column_text(row, 1),
                               .trial = (uint64_t)sqlite3_column_int64(row, 2),
                               .time_ms = sqlite3_column_int64(row, 3),
                               .state = hox__column_text(row, 4),
                               .reason = hox__column_text(row, 5),
                               .detail = hox__column_text(row, 6),
                               .walk = hox__column_text(row, 7),
                               .key = hox__column_text(row, 8),
                               .seed = (uint64_t)sqlite3_column_int64(row, 9),
                               .value = hox__column_real(row, 10),
                               .budget = sqlite3_column_double(row, 11),
                               .epochs = sqlite3_column_int64(row, 12),
                               .repeat_of = sqlite3_column_int64(row, 13),
                               .params = sqlite3_column_int64(row, 14),
                               .step = sqlite3_column_int64(row, 15),
                               .accuracy = hox__column_real(row, 16),
                               .loss = hox__column_real(row, 17),
                               .train_loss = hox__column_real(row, 18),
                               .scores = hox__column_text(row, 19),
                               .violation = hox__column_real(row, 20),
                               .metrics = hox__column_text(row, 21),
                               .lease_ms = sqlite3_column_int64(row, 22),
                               .cpu_s = sqlite3_column_double(row, 23),
                               .memory_bytes = sqlite3_column_int64(row, 24),
                               .flops = sqlite3_column_double(row, 25),
                           });
}

hox_status hox__store_events(hox__store *store, int64_t study,
                             bool (*each)(void *ctx, const hox__event *event), void *ctx,
                             hox_error *err)
{
    sqlite3_stmt *statement = NULL;
    const hox_status status =
        hox__store_prepare(store,
                           "SELECT id, type, trial, time_ms, state, reason, detail, walk, key, "
                           "seed, value, budget, epochs, repeat_of, params, step, accuracy, loss, "
                           "train_loss, scores, violation, metrics, lease_ms, cpu_s, "
                           "memory_bytes, flops FROM event "
                           "WHERE study = ?1 ORDER BY id",
                           &statement, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_int64(statement, 1, study);
    return see_all(store, statement, see_event, &(event_caller){each, ctx}, err);
}

static bool see_step(sqlite3_stmt *row, void *ctx)
{
    const event_caller *c = ctx;
    return c->each(c->ctx, &(hox__event){
                               .type = hox__column_text(row, 0),
                               .trial = (uint64_t)sqlite3_column_int64(row, 1),
                               .state = hox__column_text(row, 2),
                               .reason = hox__column_text(row, 3),
                               .detail = hox__column_text(row, 4),
                               .walk = hox__column_text(row, 5),
                               .key = hox__column_text(row, 6),
                               .value = hox__column_real(row, 7),
                               .budget = sqlite3_column_double(row, 8),
                               .step = sqlite3_column_int64(row, 9),
                               .epochs = sqlite3_column_int64(row, 10),
                               .scores = hox__column_text(row, 11),
                               .violation = hox__column_real(row, 12),
                               .lease_ms = sqlite3_column_int64(row, 13),
                           });
}

hox_status hox__store_replay(hox__store *store, int64_t study,
                             bool (*each)(void *ctx, const hox__event *event), void *ctx,
                             hox_error *err)
{
    sqlite3_stmt *statement = NULL;
    const hox_status status =
        hox__store_prepare(store,
                           "SELECT type, trial, state, reason, detail, walk, key, value, budget, "
                           "step, epochs, scores, violation, lease_ms FROM event "
                           "WHERE study = ?1 ORDER BY id",
                           &statement, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_int64(statement, 1, study);
    return see_all(store, statement, see_step, &(event_caller){each, ctx}, err);
}

typedef struct {
    bool (*each)(void *ctx, uint64_t trial, const char *by, double seconds);
    void *ctx;
} ask_caller;

static bool see_ask(sqlite3_stmt *row, void *ctx)
{
    const ask_caller *c = ctx;
    return c->each(c->ctx, (uint64_t)sqlite3_column_int64(row, 0), hox__column_text(row, 1),
                   sqlite3_column_double(row, 2));
}

hox_status hox__store_asks(hox__store *store, int64_t study,
                           bool (*each)(void *ctx, uint64_t trial, const char *by, double seconds),
                           void *ctx, hox_error *err)
{
    sqlite3_stmt *statement = NULL;
    const hox_status status = hox__store_prepare(store,
                                                 "SELECT trial, reason, cpu_s FROM event WHERE "
                                                 "study = ?1 AND type = 'trial.ask' ORDER BY id",
                                                 &statement, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_int64(statement, 1, study);
    return see_all(store, statement, see_ask, &(ask_caller){each, ctx}, err);
}
