/* The store: what is appended is read again, tables follow the log, one writer, and no file that is
 * not whole is written to. */
#include "base/alloc.h"
#include "base/io.h"
#include "hoxtest.h"
#include "study/store_sqlite.h"
#include "study/store_write.h"
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char folder[40], path[64];
    hox__store *store;
    int64_t study;
} place;

static int setup(void **state)
{
    place *p = calloc(1, sizeof *p);
    strcpy(p->folder, "/tmp/hox-store-XXXXXX");
    if (!mkdtemp(p->folder))
        return -1;
    snprintf(p->path, sizeof p->path, "%s/hox.db", p->folder);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    place *p = *state;
    hox__store_close(p->store);
    hox__remove_tree(p->folder, NULL);
    free(p);
    return 0;
}

static void make(place *p)
{
    const hox__study_new row = {.name = "one",
                                .spec = "a = 1 | 2",
                                .spec_name = "one.hox",
                                .spec_hash = "abc",
                                .objective = "maximize accuracy",
                                .strategy = "random",
                                .data_hash = "def",
                                .maximize = true,
                                .seed = UINT64_MAX};
    hox_error err = {0};
    assert_int_equal(hox__store_open(p->path, HOX__STORE_CREATE, &p->store, &err), HOX_OK);
    assert_int_equal(hox__store_add_study(p->store, &row, &p->study, &err), HOX_OK);
}

static void trial(place *p, uint64_t number, double value, const char *state)
{
    const hox__event event[] = {
        {.type = "trial.ask",
         .trial = number,
         .walk = "0;1",
         .key = "k",
         .seed = number + 7,
         .budget = 3,
         .repeat_of = -1,
         .params = 10,
         .flops = 20,
         .value = (double)NAN},
        {.type = "trial.start", .trial = number},
        {.type = "trial.report",
         .trial = number,
         .step = 1,
         .accuracy = 0.5,
         .loss = 2,
         .train_loss = 1},
        {.type = "trial.end",
         .trial = number,
         .state = state,
         .reason = "",
         .detail = "",
         .value = value,
         .epochs = 1,
         .cpu_s = 0.1,
         .memory_bytes = 1000},
    };
    for (int i = 0; i < 4; i++)
        assert_int_equal(hox__store_append(p->store, p->study, &event[i], NULL), HOX_OK);
}

static bool keep_row(void *ctx, const hox__trial_row *row)
{
    hox__trial_row *rows = ctx;
    rows[row->trial] = *row;
    return true;
}

static void appended_is_read_again(void **state)
{
    place *p = *state;
    hox__trial_row row[3] = {{0}}, best;
    make(p);
    trial(p, 0, 0.5, "done");
    trial(p, 1, 0.75, "done");
    trial(p, 2, (double)NAN, "failed");
    assert_int_equal(hox__store_trials(p->store, p->study, keep_row, row, NULL), HOX_OK);
    assert_int_equal(row[0].state, HOX_TRIAL_DONE);
    assert_int_equal(row[2].state, HOX_TRIAL_FAILED);
    assert_true(row[1].value == 0.75 && isnan(row[2].value));
    assert_int_equal(row[1].seed, 8);
    assert_int_equal(hox__store_best(p->store, p->study, &best, NULL), HOX_OK);
    assert_int_equal(best.trial, 1);
    assert_int_equal(hox__store_check(p->store, NULL), HOX_OK);
}

/* A trial that begins again forgets its first reports; the log keeps them. */
static bool count_report(void *ctx, const hox__report_row *row)
{
    *(int *)ctx += row->step == 1;
    return true;
}

static void a_new_start_forgets_reports(void **state)
{
    place *p = *state;
    int reports = 0;
    make(p);
    trial(p, 0, 0.5, "cancelled");
    const hox__event again = {.type = "trial.start"};
    assert_int_equal(hox__store_append(p->store, p->study, &again, NULL), HOX_OK);
    assert_int_equal(hox__store_reports(p->store, p->study, 0, count_report, &reports, NULL),
                     HOX_OK);
    assert_int_equal(reports, 0);
    assert_int_equal(hox__store_check(p->store, NULL), HOX_OK);
}

static void hash_of(place *p, const char *path, int order, char hex[65])
{
    snprintf(p->path, sizeof p->path, "%s/%s", p->folder, path);
    make(p);
    trial(p, 0, 0.5, order ? "cancelled" : "done");
    if (order) { /* interrupted and run again: the same study */
        const hox__event rest[] = {
            {.type = "trial.start"},
            {.type = "trial.report", .step = 1, .accuracy = 0.5, .loss = 2, .train_loss = 1},
            {.type = "trial.end",
             .state = "done",
             .reason = "",
             .detail = "",
             .value = 0.5,
             .epochs = 1},
        };
        for (int i = 0; i < 3; i++)
            assert_int_equal(hox__store_append(p->store, p->study, &rest[i], NULL), HOX_OK);
    }
    trial(p, 1, order == 2 ? 0.25 : 0.75, "done");
    assert_int_equal(hox__store_log_hash(p->store, p->study, hex, NULL), HOX_OK);
    hox__store_close(p->store);
    p->store = NULL;
}

static void the_hash_is_the_study(void **state)
{
    char a[65], b[65], c[65];
    hash_of(*state, "a.db", 0, a);
    hash_of(*state, "b.db", 1, b);
    hash_of(*state, "c.db", 2, c);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
}

static void one_writer(void **state)
{
    place *p = *state;
    hox__store *second = NULL;
    hox_error err = {0};
    make(p);
    assert_int_equal(hox__store_open(p->path, HOX__STORE_WRITE, &second, &err), HOX_ERR_BUSY);
    assert_null(second);
    assert_string_equal(err.code, "E0602");
    assert_non_null(strstr(err.message, "process"));
    assert_int_equal(hox__store_open(p->path, HOX__STORE_READ, &second, NULL), HOX_OK);
    hox__store_close(second);
}

static int trials_in(hox__store *store, int64_t study)
{
    int64_t n[HOX__TRIAL_STATES], sum = 0;
    assert_int_equal(hox__store_count(store, study, n, NULL), HOX_OK);
    for (int i = 0; i < HOX__TRIAL_STATES; i++)
        sum += n[i];
    return (int)sum;
}

/* The log's file stays, and nothing of the store is in it. */
static void holds_no_more(const place *p, const char *wal, int trials)
{
    char header[32] = "x";
    static const char none[32];
    hox__store *store;
    FILE *f = fopen(wal, "rb");
    assert_non_null(f);
    assert_int_equal(fread(header, 1, sizeof header, f), sizeof header);
    fclose(f);
    assert_memory_equal(header, none, sizeof none);
    assert_int_equal(remove(wal), 0);
    assert_int_equal(hox__store_open(p->path, HOX__STORE_WRITE, &store, NULL), HOX_OK);
    assert_int_equal(trials_in(store, p->study), trials);
    hox__store_close(store);
}

/* A store for one command: alone when it can be, beside those who look in when not. */
static void open_for_one_command(void **state)
{
    place *p = *state;
    hox__store *reader = NULL;
    char wal[80];
    make(p);
    trial(p, 0, 0.5, "done");
    hox__store_close(p->store);
    snprintf(wal, sizeof wal, "%s-wal", p->path);
    for (int beside = 0; beside < 2; beside++) {
        if (beside)
            assert_int_equal(hox__store_open(p->path, HOX__STORE_READ, &reader, NULL), HOX_OK);
        if (beside)
            assert_int_equal(trials_in(reader, p->study), 2);
        assert_int_equal(hox__store_open(p->path, HOX__STORE_BRIEF, &p->store, NULL), HOX_OK);
        assert_int_equal(p->store->alone, !beside);
        trial(p, (uint64_t)beside + 1, 0.25, "done");
        assert_int_equal(trials_in(p->store, p->study), beside + 2);
        hox__store_close(p->store);
        p->store = NULL;
        if (!beside)
            holds_no_more(p, wal, 2);
    }
    assert_int_equal(trials_in(reader, p->study), 3);
    assert_int_equal(hox__store_check(reader, NULL), HOX_OK);
    hox__store_close(reader);
}

static void change(const place *p, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Each of them is told from a whole store by `hox__store_check` or already by opening it. */
static void a_lie_is_found(void **state)
{
    static const char *const lie[] = {
        "UPDATE trial SET rank = -0.9 WHERE trial = 0",
        "UPDATE study_now SET done = 3",
        "DELETE FROM event WHERE type = 9",
        "DELETE FROM trial WHERE trial = 1",
        "CREATE TRIGGER evil AFTER INSERT ON event BEGIN DELETE FROM trial; END",
        "UPDATE event SET said = x'01020D01' WHERE type = 11 AND trial = 1",
        "UPDATE event SET said = x'FF' WHERE type = 11",
        "DROP TABLE report",
        "DROP INDEX best",
    };
    place *p = *state;
    for (size_t i = 0; i < sizeof lie / sizeof *lie; i++) {
        snprintf(p->path, sizeof p->path, "%s/%zu.db", p->folder, i);
        make(p);
        trial(p, 0, 0.5, "done");
        trial(p, 1, 0.75, "done");
        hox__store_close(p->store);
        p->store = NULL;
        change(p, lie[i]);
        hox_error err = {0};
        hox_status status = hox__store_open(p->path, HOX__STORE_READ, &p->store, &err);
        if (status == HOX_OK)
            status = hox__store_check(p->store, &err);
        hox__store_close(p->store);
        p->store = NULL;
        if (status != HOX_ERR_DATA || strcmp(err.code, "E0604") != 0)
            fail_msg("%s: not found (%d %s)", lie[i], status, err.message);
    }
}

static void a_newer_store_is_left_alone(void **state)
{
    place *p = *state;
    hox_error err = {0};
    make(p);
    hox__store_close(p->store);
    p->store = NULL;
    change(p, "PRAGMA user_version = 1000; PRAGMA wal_checkpoint(TRUNCATE)");
    char *before, *after;
    size_t n, m;
    assert_int_equal(hox__file_read(p->path, 1 << 24, &before, &n, NULL), HOX_OK);
    assert_int_equal(hox__store_open(p->path, HOX__STORE_CREATE, &p->store, &err), HOX_ERR_DATA);
    assert_string_equal(err.code, "E0603");
    assert_int_equal(hox__file_read(p->path, 1 << 24, &after, &m, NULL), HOX_OK);
    assert_int_equal(n, m);
    assert_memory_equal(before, after, n);
    hox__free(before);
    hox__free(after);
}

static void an_empty_file_is_no_store_yet(void **state)
{
    place *p = *state;
    hox_error err = {0};
    assert_int_equal(hox__file_write(p->path, "", 0, NULL), HOX_OK);
    assert_int_equal(hox__store_open(p->path, HOX__STORE_READ, &p->store, &err), HOX_ERR_DATA);
    assert_string_equal(err.code, "E0608");
    make(p);
}

/* Every allocation refused in turn: an error, and the file is whole. */
static void refused_memory(void **state)
{
    place *p = *state;
    make(p);
    trial(p, 0, 0.5, "done");
    hox__store_close(p->store);
    p->store = NULL;
    int64_t refused = 1;
    for (int64_t k = 0; refused > 0; k++) {
        char hex[65];
        hox__alloc_fail_at(k, true);
        hox_status status = hox__store_open(p->path, HOX__STORE_READ, &p->store, NULL);
        if (status == HOX_OK)
            status = hox__store_log_hash(p->store, 1, hex, NULL);
        refused = hox__alloc_failures();
        hox__alloc_fail_at(-1, false);
        if (status == HOX_OK ? refused != 0 : status != HOX_ERR_MEMORY)
            fail_msg("allocation %d refused gives status %d", (int)k, status);
        hox__store_close(p->store);
        p->store = NULL;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(appended_is_read_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_start_forgets_reports, setup, teardown),
        cmocka_unit_test_setup_teardown(the_hash_is_the_study, setup, teardown),
        cmocka_unit_test_setup_teardown(one_writer, setup, teardown),
        cmocka_unit_test_setup_teardown(open_for_one_command, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lie_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_newer_store_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_file_is_no_store_yet, setup, teardown),
        cmocka_unit_test_setup_teardown(refused_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
