/* Salvage: a store that is damaged at every page, cut at many lengths, flipped at many bits or
 * whose log is torn gives back what is readable, and never anything that is not a store. */
#include "base/alloc.h"
#include "base/io.h"
#include "hoxtest.h"
#include "study/salvage.h"
#include "study/store_write.h"
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIALS = 300, MANY = 2000, PAGE = 4096 };

typedef struct {
    char folder[40], path[64], log[72], damaged[64], damaged_log[72], saved[64], large[64];
    hox__mapping whole, whole_log; /* the file without its log, and the log */
    char hash[65];
} place;

static void append(hox__store *store, int64_t study, const hox__event *e)
{
    hox_error err = {0};
    if (hox__store_append(store, study, e, &err) != HOX_OK)
        print_error("%s\n", err.message);
    assert_true(err.status == HOX_OK);
}

static void add_trial(hox__store *store, int64_t study, uint64_t number)
{
    char walk[80], key[65];
    snprintf(walk, sizeof walk, "0.0%llu;%llu;1", (unsigned long long)number + 1,
             (unsigned long long)number);
    snprintf(key, sizeof key, "%064llu", (unsigned long long)number);
    append(store, study,
           &(hox__event){.type = "trial.ask",
                         .trial = number,
                         .walk = walk,
                         .key = key,
                         .seed = 7 + number,
                         .repeat_of = -1});
    append(store, study, &(hox__event){.type = "trial.start", .trial = number});
    for (int step = 1; step <= 2; step++)
        append(store, study,
               &(hox__event){.type = "trial.report",
                             .trial = number,
                             .step = step,
                             .value = 0.5 * step,
                             .accuracy = 0.25 * step,
                             .loss = 1,
                             .train_loss = 2});
    append(store, study,
           &(hox__event){.type = "trial.end",
                         .trial = number,
                         .state = "done",
                         .value = (double)number / TRIALS,
                         .epochs = 2});
}

static void read_file(const char *path, hox__mapping *out)
{
    char *data = NULL;
    assert_int_equal(hox__file_read(path, 1 << 26, &data, &out->n, NULL), HOX_OK);
    out->data = (const uint8_t *)data;
}

/* Half of the trials are in the file, the others in its log. */
static int setup(void **state)
{
    place *p = calloc(1, sizeof *p);
    hox__store *store = NULL;
    int64_t study = 0;
    const hox__study_new row = {.name = "one",
                                .spec = "a = 1 | 2",
                                .spec_name = "one.hox",
                                .spec_hash = "abc",
                                .objective = "maximize accuracy",
                                .strategy = "random",
                                .data_hash = "def",
                                .maximize = true,
                                .seed = 5};
    strcpy(p->folder, "/tmp/hox-salvage-XXXXXX");
    if (!p || !mkdtemp(p->folder))
        return -1;
    snprintf(p->path, sizeof p->path, "%s/hox.db", p->folder);
    snprintf(p->log, sizeof p->log, "%s-wal", p->path);
    snprintf(p->damaged, sizeof p->damaged, "%s/bad.db", p->folder);
    snprintf(p->damaged_log, sizeof p->damaged_log, "%s-wal", p->damaged);
    snprintf(p->large, sizeof p->large, "%s/large.db", p->folder);
    snprintf(p->saved, sizeof p->saved, "%s/saved.db", p->folder);
    for (int half = 0; half < 2; half++) {
        if (hox__store_open(p->path, HOX__STORE_CREATE, &store, NULL) != HOX_OK)
            return -1;
        if (half == 0 && hox__store_add_study(store, &row, &study, NULL) != HOX_OK)
            return -1;
        if (hox__store_begin(store, NULL) != HOX_OK)
            return -1;
        for (uint64_t i = 0; i < TRIALS / 2; i++)
            add_trial(store, study, i + (uint64_t)half * TRIALS / 2);
        if (hox__store_end(store, HOX_OK, NULL) != HOX_OK)
            return -1;
        if (half == 1) {
            hox__store_log_hash(store, study, p->hash, NULL);
            read_file(p->log, &p->whole_log);
        }
        if (half == 1)
            read_file(p->path, &p->whole);
        hox__store_close(store);
    }
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    place *p = *state;
    hox__remove_tree(p->folder, NULL);
    hox__free((void *)(uintptr_t)p->whole.data);
    hox__free((void *)(uintptr_t)p->whole_log.data);
    free(p);
    return 0;
}

static bool see_study(void *ctx, const hox__study_row *row)
{
    *(int64_t *)ctx = row->id;
    return true;
}

/* Trials that came back, 0 when nothing did; what is made is a whole store. */
static int64_t salvage(place *p, const uint8_t *file, size_t n, const uint8_t *log, size_t log_n,
                       char hash[65])
{
    hox__salvaged s;
    hox_error err = {0};
    hox__store *store = NULL;
    int64_t study = 0;
    assert_int_equal(hox__file_write(p->damaged, file, n, NULL), HOX_OK);
    hox__remove_tree(p->damaged_log, NULL);
    if (log_n)
        assert_int_equal(hox__file_write(p->damaged_log, log, log_n, NULL), HOX_OK);
    hox__remove_tree(p->saved, NULL);
    const hox_status status = hox__store_salvage(p->damaged, p->saved, &s, &err);
    if (status != HOX_OK) {
        if (status != HOX_ERR_DATA)
            print_error("%s\n", err.message);
        assert_int_equal(status, HOX_ERR_DATA);
        assert_false(hox__file_exists(p->saved));
        return 0;
    }
    assert_int_equal(hox__store_open(p->saved, HOX__STORE_READ, &store, &err), HOX_OK);
    assert_int_equal(hox__store_check(store, &err), HOX_OK);
    hox__store_studies(store, see_study, &study, NULL);
    if (hash)
        assert_int_equal(hox__store_log_hash(store, study, hash, NULL), HOX_OK);
    hox__store_close(store);
    assert_true(s.finished <= s.trials && s.studies == 1);
    return s.finished;
}

static void nothing_is_lost_of_a_whole_store(void **state)
{
    place *p = *state;
    char hash[65];
    assert_int_equal(salvage(p, p->whole.data, p->whole.n, p->whole_log.data, p->whole_log.n, hash),
                     TRIALS);
    assert_string_equal(hash, p->hash);
}

static uint8_t *copy_of(const hox__mapping *m)
{
    uint8_t *copy = malloc(m->n + 1);
    assert_non_null(copy);
    memcpy(copy, m->data, m->n);
    return copy;
}

static int by_size(const void *a, const void *b)
{
    return (*(const int64_t *)a > *(const int64_t *)b) -
           (*(const int64_t *)a < *(const int64_t *)b);
}

static void make_large(const place *p)
{
    hox__store *store = NULL;
    int64_t study = 0;
    const hox__study_new row = {.name = "large",
                                .spec = "a = 1 | 2",
                                .spec_name = "one.hox",
                                .spec_hash = "abc",
                                .objective = "maximize accuracy",
                                .strategy = "random",
                                .data_hash = "def",
                                .maximize = true};
    assert_int_equal(hox__store_open(p->large, HOX__STORE_CREATE, &store, NULL), HOX_OK);
    assert_int_equal(hox__store_add_study(store, &row, &study, NULL), HOX_OK);
    assert_int_equal(hox__store_begin(store, NULL), HOX_OK);
    for (uint64_t i = 0; i < MANY; i++)
        add_trial(store, study, i);
    assert_int_equal(hox__store_end(store, HOX_OK, NULL), HOX_OK);
    hox__store_close(store); /* the log goes into the file */
}

/* P24: the median over all pages of what comes back is at least 99 %. What a trial is lies in one
 * page, so of a small store a page is more. */
static void any_page_may_be_lost(void **state)
{
    place *p = *state;
    hox__mapping file = {0};
    make_large(p);
    read_file(p->large, &file);
    const size_t pages = file.n / PAGE, stride = pages / 16 + 1;
    int64_t *back = calloc(pages, sizeof *back);
    size_t tries = 0;
    for (size_t i = 0; i < pages; i += stride) {
        uint8_t *copy = copy_of(&file);
        memset(copy + i * PAGE, i % 2 ? 0 : 0x5a, PAGE);
        back[tries++] = salvage(p, copy, file.n, NULL, 0, NULL);
        free(copy);
    }
    qsort(back, tries, sizeof *back, by_size);
    print_message("a page of %zu lost: %lld trials of %d come back at least, the median is %lld\n",
                  pages, (long long)back[0], MANY, (long long)back[tries / 2]);
    assert_true((double)back[tries / 2] >= 0.99 * MANY);
    free(back);
    hox__free((void *)(uintptr_t)file.data);
}

static void cuts_flips_and_torn_logs(void **state)
{
    place *p = *state;
    uint32_t x = 12345;
    for (int i = 0; i < 30; i++) {
        const size_t cut = p->whole_log.n * (size_t)i / 30 + (size_t)(i * 7 % 11);
        salvage(p, p->whole.data, p->whole.n, p->whole_log.data, cut, NULL);
        salvage(p, p->whole.data, p->whole.n * (size_t)i / 30 + (size_t)i, NULL, 0, NULL);
        uint8_t *copy = copy_of(&p->whole);
        for (int k = 0; k < 40; k++) {
            x = x * 1664525 + 1013904223;
            copy[x % p->whole.n] ^= (uint8_t)(1u << (x >> 29));
        }
        salvage(p, copy, p->whole.n, p->whole_log.data, p->whole_log.n, NULL);
        free(copy);
    }
    assert_int_equal(salvage(p, (const uint8_t *)"", 0, NULL, 0, NULL), 0);
}

static void what_is_there_is_not_written_over(void **state)
{
    place *p = *state;
    hox__salvaged s;
    assert_int_equal(hox__file_write(p->saved, "mine", 4, NULL), HOX_OK);
    assert_int_equal(hox__store_salvage(p->path, p->saved, &s, NULL), HOX_ERR_ARGUMENT);
    assert_int_equal(hox__remove_tree(p->saved, NULL), HOX_OK);
    assert_true(hox__store_salvage("/none/hox.db", p->saved, &s, NULL) < 0);
    assert_false(hox__file_exists(p->saved));
}

static bool keep_settings(void *ctx, const hox__study_row *row)
{
    snprintf(ctx, 512, "%s", row->settings);
    return true;
}

/* A study whose space was changed says until which trial it had the old one, and which trials went
 * on or are outside: by the numbers that they have when some are lost. */
static void eras_are_counted_anew(void **state)
{
    place *p = *state;
    hox__store *store = NULL;
    hox__salvaged s;
    sqlite3 *db = NULL;
    int64_t study = 0;
    char settings[512] = "";
    hox__remove_tree(p->damaged_log, NULL);
    assert_int_equal(hox__file_write(p->damaged, p->whole.data, p->whole.n, NULL), HOX_OK);
    assert_int_equal(hox__file_write(p->damaged_log, p->whole_log.data, p->whole_log.n, NULL),
                     HOX_OK);
    assert_int_equal(hox__store_open(p->damaged, HOX__STORE_WRITE, &store, NULL), HOX_OK);
    hox__store_studies(store, see_study, &study, NULL);
    append(store, study,
           &(hox__event){.type = "study.run",
                         .detail = "{\"jobs\":2,\"amended\":[{\"trials\":200,\"moved\":[150,170],"
                                   "\"outside\":[3,9,150],\"spec\":\"a = 1\"}],\"target\":0.1}"});
    hox__store_close(store);
    assert_int_equal(sqlite3_open(p->damaged, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "DELETE FROM event WHERE trial IN (2, 150);"
                                  "DELETE FROM trial WHERE trial IN (2, 150);"
                                  "DELETE FROM report WHERE trial IN (2, 150); VACUUM",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    hox__remove_tree(p->saved, NULL);
    assert_int_equal(hox__store_salvage(p->damaged, p->saved, &s, NULL), HOX_OK);
    assert_int_equal(s.trials, TRIALS - 2);
    assert_int_equal(hox__store_open(p->saved, HOX__STORE_READ, &store, NULL), HOX_OK);
    hox__store_studies(store, keep_settings, settings, NULL);
    hox__store_close(store);
    assert_non_null(strstr(settings, "\"trials\":198,\"moved\":[168],\"outside\":[2,8],"));
    assert_non_null(strstr(settings, "\"jobs\":2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost_of_a_whole_store),
        cmocka_unit_test(cuts_flips_and_torn_logs),
        cmocka_unit_test(any_page_may_be_lost),
        cmocka_unit_test(what_is_there_is_not_written_over),
        cmocka_unit_test(eras_are_counted_anew),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
