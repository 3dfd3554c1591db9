/* Every allocation of the library refused in turn (reliability P28): a program that loads a space,
 * samples it, makes a study, asks, reports, tells and looks at the best. Whatever is refused, each
 * call gives HOX_ERR_MEMORY or does all it should, nothing is left allocated, and the store on the
 * disk is whole. Allocations of SQLite and other libraries are refused as ours are; under a
 * sanitizer, which has its own heap, only ours. HOX_TEST_EVERY is every how many-th is refused. */
#include "base/alloc.h"
#include "base/io.h"
#include "hoxtest.h"
#include "study/study.h"
#include <errno.h>
#include <hox/client.h>
#include <hox/study.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OTHER_HEAP 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OTHER_HEAP 1
#endif

/* ---- the heap ---- */

#ifdef OTHER_HEAP
static void refuse(int64_t k, bool stay)
{
    hox__alloc_fail_at(k, stay);
}

static int64_t refused(void)
{
    return hox__alloc_failures();
}

static int64_t living(void) /* the sanitizer looks when the program ends */
{
    return 0;
}
#else
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void __libc_free(void *p);
#define FOR_ALL __attribute__((visibility("default"))) /* libraries call these, too */
FOR_ALL void *malloc(size_t n);
FOR_ALL void *calloc(size_t n, size_t size);
FOR_ALL void *realloc(void *p, size_t n);
FOR_ALL void free(void *p);

static struct {
    int64_t living, left, refused; /* left: until the one that is refused; < 0: none is */
    bool stay;
} heap = {.left = -1};

static void refuse(int64_t k, bool stay)
{
    heap.left = k;
    heap.stay = stay;
    heap.refused = 0;
}

static int64_t refused(void)
{
    return heap.refused;
}

static int64_t living(void)
{
    return heap.living;
}

static bool is_refused(void)
{
    if (heap.left < 0 || (heap.left > 0 && heap.left--))
        return false;
    heap.left = heap.stay ? 0 : -1;
    heap.refused++;
    errno = ENOMEM;
    return true;
}

static void *counted(void *p)
{
    heap.living += p != NULL;
    return p;
}

void *malloc(size_t n)
{
    return is_refused() ? NULL : counted(__libc_malloc(n));
}

void *calloc(size_t n, size_t size)
{
    return is_refused() ? NULL : counted(__libc_calloc(n, size));
}

void *realloc(void *p, size_t n)
{
    if (is_refused())
        return NULL;
    return p ? __libc_realloc(p, n) : counted(__libc_realloc(p, n));
}

void free(void *p)
{
    heap.living -= p != NULL;
    __libc_free(p);
}
#endif

/* ---- the program ---- */

static char folder[] = "/dev/shm/hox-memory-XXXXXX", store[64], whole[64];
static const char spec[] = "x = 0.0 .. 1.0\nk = log 1..100\nopt = sgd(m: 0.0 .. 0.9) | adam\n"
                           "objective = maximize y\nsearch = tpe\n";

static hox_status sample(hox_error *err)
{
    hox_space *space = NULL;
    hox_sentence *sentence = NULL;
    char *text = NULL;
    hox_diagnostics *list = hox_diagnostics_new();
    hox_status status =
        list ? hox_space_load("s.hox", spec, strlen(spec), NULL, list, &space) : HOX_ERR_MEMORY;
    hox_walk *walk = status == HOX_OK ? hox_walk_new(space, err) : NULL;
    if (status == HOX_OK && !walk)
        status = HOX_ERR_MEMORY;
    hox_rng rng = hox_rng_seed(3);
    if (status == HOX_OK)
        status = hox_walk_derive(walk, hox_answer_prior, &rng, NULL, err);
    if (status == HOX_OK)
        status = hox_walk_finish(walk, &sentence, err);
    if (status == HOX_OK && !(text = hox_sentence_text(sentence, true)))
        status = HOX_ERR_MEMORY;
    if (status == HOX_OK)
        assert_non_null(strstr(text, "opt"));
    hox_text_free(text);
    hox_sentence_free(sentence);
    hox_walk_free(walk);
    hox_space_free(space);
    hox_diagnostics_free(list);
    return status;
}

static hox_status create(hox_error *err)
{
    hox_study *study = NULL;
    const hox_study_options options = {
        .store = store, .name = "s", .spec = spec, .seed = 5, .told = true};
    hox_diagnostics *list = hox_diagnostics_new();
    const hox_status status =
        list ? hox_study_create(&options, list, &study, NULL, err) : HOX_ERR_MEMORY;
    hox_diagnostics_free(list);
    hox_study_close(study);
    return status;
}

static hox_status drive(hox_error *err)
{
    hox_client *c = NULL;
    hox_ticket ticket;
    hox_advice advice;
    hox_status status = hox_client_open(store, "s", &c, err);
    for (int i = 0; i < 2 && status == HOX_OK; i++) {
        status = hox_client_ask(c, 60, &ticket, err);
        if (status == HOX_OK)
            status = hox_client_report(c, ticket.trial, 1, 0.25, &advice, err);
        if (status == HOX_OK)
            status = hox_client_tell(c, ticket.trial, hox_client_number(c, "x", -1), err);
    }
    hox_client_close(c);
    return status;
}

static hox_status best(hox_error *err)
{
    hox__store *s = NULL;
    hox__trial_row row;
    char hex[65];
    hox_status status = hox__store_open(store, HOX__STORE_READ, &s, err);
    if (status == HOX_OK)
        status = hox__store_best(s, 1, &row, err);
    if (status == HOX_OK)
        status = hox__store_log_hash(s, 1, hex, err);
    hox__store_close(s);
    return status;
}

/* A study that goes on without its bounds would never end. */
static hox_status bounds(hox_error *err)
{
    hox_study *study = NULL;
    hox_run_options options = {.target = (double)NAN};
    hox_diagnostics *list = hox_diagnostics_new();
    hox_status status =
        list ? hox__study_open(store, "s", NULL, true, list, &study, err) : HOX_ERR_MEMORY;
    if (status == HOX_OK)
        status = hox_study_options_fill(study, &options, err);
    if (status == HOX_OK)
        assert_int_equal(options.trials, 7);
    hox_diagnostics_free(list);
    hox_study_close(study);
    return status;
}

/* ---- what is left on the disk ---- */

static void copy_file(const char *from, const char *to)
{
    hox__mapping file;
    assert_int_equal(hox__file_map(from, &file, NULL), HOX_OK);
    assert_int_equal(hox__file_write(to, file.data, file.n, NULL), HOX_OK);
    hox__file_unmap(&file);
}

static void put_back(const char *from)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char path[80];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(path, sizeof path, "%s%s", store, ends[i]);
        unlink(path);
    }
    if (from)
        copy_file(from, store);
}

/* Trials that are done; -1: there is no study yet. */
static int64_t done_in_store(const char **broken)
{
    static char why[600];
    hox__store *s = NULL;
    hox_error err = {0};
    int64_t done = -1;
    if (access(store, F_OK) != 0)
        return -1;
    hox_status status = hox__store_open(store, HOX__STORE_READ, &s, &err);
    if (status != HOX_OK && strcmp(err.code, "E0608") == 0)
        return -1; /* empty: it was not begun */
    if (status == HOX_OK)
        status = hox__store_check(s, &err);
    if (status != HOX_OK)
        snprintf(why, sizeof why, "the store is not whole: %s", err.message);
    else if (hox__store_done(s, 1, &done, NULL) != HOX_OK)
        done = -1;
    *broken = status == HOX_OK ? NULL : why;
    hox__store_close(s);
    return done;
}

/* ---- one after the other ---- */

typedef struct {
    const char *name;
    hox_status (*run)(hox_error *err);
    const char *from; /* the store it begins with; NULL: none */
    int64_t done;     /* trials done when it has come through; -1: no study */
} act;

/* What is wrong after allocation k was refused; NULL: nothing. */
static const char *one(const act *a, int64_t k, bool stay, int64_t *again, hox_error *err)
{
    put_back(a->from);
    const int64_t before = living();
    refuse(k, stay);
    const hox_status status = a->run(err);
    *again = refused();
    refuse(-1, false);
    if (living() != before)
        return "something is left allocated";
    if (status != HOX_OK && (status != HOX_ERR_MEMORY || *again == 0))
        return "it says something else";
    const char *broken = NULL;
    const int64_t done = done_in_store(&broken);
    if (broken)
        return broken;
    return status == HOX_OK && done != a->done ? "it went well and is not done" : NULL;
}

static void each_refused(const act *a)
{
    const char *every = getenv("HOX_TEST_EVERY");
    const int64_t step = every && atoll(every) > 0 ? atoll(every) : 7;
    int64_t tried = 0, again = 0, wrong = 0;
    put_back(a->from);
    assert_int_equal(a->run(NULL), HOX_OK); /* what libraries keep for good they have now */
    for (int stay = 0; stay < 2; stay++) {
        again = 1;
        for (int64_t k = 0; again > 0; k += k < 20 ? 1 : step, tried++) {
            hox_error err = {0};
            const char *what = one(a, k, stay, &again, &err);
            if (what)
                print_error("%s, allocation %d refused%s: %s: %s\n", a->name, (int)k,
                            stay ? " and all after it" : "", what, err.message);
            wrong += what != NULL;
        }
    }
    print_message("%s: %d refused\n", a->name, (int)tried);
    assert_int_equal(wrong, 0);
    assert_true(tried > 20);
}

static void test_sample(void **unused)
{
    (void)unused;
    each_refused(&(act){"sample", sample, NULL, -1});
}

static void test_create(void **unused)
{
    (void)unused;
    each_refused(&(act){"create", create, NULL, 0});
}

static void test_drive(void **unused)
{
    (void)unused;
    put_back(NULL);
    assert_int_equal(create(NULL), HOX_OK);
    copy_file(store, whole);
    each_refused(&(act){"drive", drive, whole, 2});
}

static void test_best(void **unused)
{
    (void)unused;
    put_back(NULL);
    assert_int_equal(create(NULL), HOX_OK);
    assert_int_equal(drive(NULL), HOX_OK);
    copy_file(store, whole);
    each_refused(&(act){"best", best, whole, 2});
}

static void test_bounds(void **unused)
{
    (void)unused;
    hox__store *s = NULL;
    const hox__event told = {.type = "study.run", .detail = "{\"trials\":7}"};
    put_back(NULL);
    assert_int_equal(create(NULL), HOX_OK);
    assert_int_equal(hox__store_open(store, HOX__STORE_WRITE, &s, NULL), HOX_OK);
    assert_int_equal(hox__store_append(s, 1, &told, NULL), HOX_OK);
    hox__store_close(s);
    copy_file(store, whole);
    each_refused(&(act){"bounds", bounds, whole, 0});
}

static int make_folder(void **unused)
{
    (void)unused;
    if (access("/dev/shm", W_OK) != 0)
        strcpy(folder, "/tmp/hox-memory-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(store, sizeof store, "%s/s.db", folder);
    snprintf(whole, sizeof whole, "%s/whole.db", folder);
    return 0;
}

static int drop_folder(void **unused)
{
    (void)unused;
    return hox__remove_tree(folder, NULL) == HOX_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds), cmocka_unit_test(test_sample), cmocka_unit_test(test_create),
        cmocka_unit_test(test_drive),  cmocka_unit_test(test_best),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
