/* Opening and closing a store. Nothing is touched before the file is known to be ours: its first
 * hundred bytes (https://www.sqlite.org/fileformat.html, 1.3) are looked at before SQLite opens it,
 * its tables are compared word by word afterwards. */
#include "study/store.h"
#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "study/store_schema.h"
#include "study/store_sqlite.h"
#include "study/store_write.h"
#include <errno.h>
#include <math.h>
#include <string.h>

enum { HEADER_BYTES = 100, AT_VERSION = 60, AT_ID = 68, BUSY_MS = 5000 };

/* ---- errors ---- */

bool hox__store_unreadable(sqlite3 *db)
{
    int of_file = 0, of_log = 0;
    sqlite3_file *log = NULL;
    sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &of_file);
    sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log && log->pMethods)
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &of_log);
    return of_file == EIO || of_file == ENXIO || of_log == EIO || of_log == ENXIO;
}

hox_status hox__store_fail(const hox__store *store, const char *what, hox_error *err)
{
    const int code = store->db ? sqlite3_errcode(store->db) & 0xff : SQLITE_NOMEM;
    const char *why = store->db ? sqlite3_errmsg(store->db) : "out of memory";
    switch (code) {
    case SQLITE_NOMEM:
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to %s", store->path,
                             what);
    case SQLITE_CORRUPT:
        if (hox__store_unreadable(store->db))
            return hox_fail_code(err, HOX_ERR_IO, "E0902",
                                 "%s: cannot %s: the system fails to read the file", store->path,
                                 what);
        /* fall through */
    case SQLITE_NOTADB:
    case SQLITE_SCHEMA:
    case SQLITE_ERROR:
    case SQLITE_TOOBIG:
        return hox_fail_code(err, HOX_ERR_DATA, "E0604", "%s: cannot %s, the store is damaged: %s",
                             store->path, what, why);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return hox_fail_code(err, HOX_ERR_BUSY, "E0602", "%s: another program is writing it",
                             store->path);
    default:
        return hox_fail_code(err, HOX_ERR_IO, "E0902", "%s: cannot %s: %s", store->path, what, why);
    }
}

hox_status hox__store_prepare(const hox__store *store, const char *sql, sqlite3_stmt **out,
                              hox_error *err)
{
    return sqlite3_prepare_v2(store->db, sql, -1, out, NULL) == SQLITE_OK
               ? HOX_OK
               : hox__store_fail(store, "read", err);
}

const char *hox__column_text(sqlite3_stmt *row, int i)
{
    const unsigned char *text = sqlite3_column_text(row, i);
    return text ? (const char *)text : "";
}

bool hox__column_lost(sqlite3_stmt *row)
{
    return sqlite3_errcode(sqlite3_db_handle(row)) == SQLITE_NOMEM;
}

double hox__column_real(sqlite3_stmt *row, int i)
{
    return sqlite3_column_type(row, i) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(row, i);
}

const char *hox__store_keep(hox__arena *arena, const char *text)
{
    return hox__arena_copy(arena, text, strlen(text));
}

/* ---- the header ---- */

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* A file whose maker was stopped before its tables were there, or one that somebody touched. */
static hox_status nothing_in_it(const char *path, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0608",
                         "%s: an empty store: nothing is in it yet\n`hox search FILE.hox -t 2m` "
                         "begins a study",
                         path);
}

static hox_status check_header(const char *path, bool may_be_empty, hox_error *err)
{
    hox__mapping file;
    const hox_status status = hox__file_map(path, &file, err);
    if (status != HOX_OK)
        return status;
    uint32_t id = 0, version = 0;
    const bool empty = file.n == 0;
    const bool sqlite = file.n >= HEADER_BYTES && memcmp(file.data, "SQLite format 3", 16) == 0;
    if (sqlite) {
        id = big_endian(file.data + AT_ID);
        version = big_endian(file.data + AT_VERSION);
    }
    hox__file_unmap(&file);
    if (empty)
        return may_be_empty ? HOX_OK : nothing_in_it(path, err);
    if (!sqlite || id != HOX__STORE_ID)
        return hox_fail_code(err, HOX_ERR_DATA, "E0601",
                             "%s: not a store of hox; it was left as it is\n--store FILE names "
                             "another",
                             path);
    if (version > HOX__STORE_VERSION)
        return hox_fail_code(err, HOX_ERR_DATA, "E0603",
                             "%s: a store of version %u, newer than this hox, which knows version "
                             "%d; it was left as it is",
                             path, (unsigned)version, HOX__STORE_VERSION);
    return HOX_OK;
}

static hox_status check_file_system(const char *path, hox_error *err)
{
    bool network = false;
    hox__text folder = {0};
    const char *slash = strrchr(path, '/');
    hox__text_add(&folder, slash ? path : ".", slash ? (size_t)(slash - path) + 1 : 1);
    hox_status status =
        folder.failed
            ? hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to open it", path)
            : hox__on_network_file_system(hox__text_get(&folder), &network, err);
    hox__text_deinit(&folder);
    if (status == HOX_OK && network)
        status = hox_fail_code(err, HOX_ERR_IO, "E0607",
                               "%s: on a network file system, where SQLite is not safe; keep it on "
                               "a disk of this machine",
                               path);
    return status;
}

/* ---- opening ---- */

static hox_status take_lock(hox__store *store, hox_error *err)
{
    hox__text path = {0};
    hox__text_printf(&path, "%s.lock", store->path);
    hox_error why = {0};
    const hox_status status =
        path.failed
            ? hox_fail_code(&why, HOX_ERR_MEMORY, "E0901", "%s: no memory to open it", store->path)
            : hox__lock_open(hox__text_get(&path), &store->lock, &why);
    hox__text_deinit(&path);
    if (status == HOX_ERR_BUSY)
        return hox_fail_code(err, status, "E0602", "%s", why.message);
    return status == HOX_OK ? HOX_OK : hox_fail(err, status, "%s", why.message);
}

static bool run(hox__store *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* One number that the data base says. */
static hox_status number_of(hox__store *store, const char *sql, int *out, hox_error *err)
{
    sqlite3_stmt *row = NULL;
    hox_status status = hox__store_prepare(store, sql, &row, err);
    if (status == HOX_OK && sqlite3_step(row) == SQLITE_ROW)
        *out = sqlite3_column_int(row, 0);
    else if (status == HOX_OK)
        status = hox__store_fail(store, "read", err);
    sqlite3_finalize(row);
    return status;
}

/* The tables, the identity and the version come in one transaction of the old kind of journal: a
 * file is either empty or a store. Only then is it switched to WAL. */
static hox_status make_tables(hox__store *store, hox_error *err)
{
    if (!run(store, "PRAGMA page_size=4096; PRAGMA synchronous=FULL; BEGIN IMMEDIATE;"
                    "PRAGMA application_id=1213159457; PRAGMA user_version=4;") ||
        hox__schema_make(store->db) != SQLITE_OK || !run(store, "COMMIT"))
        return hox__store_fail(store, "make its tables", err);
    return HOX_OK;
}

static bool writes(hox__store_mode mode)
{
    return mode >= HOX__STORE_WRITE;
}

/* Without waiting: who has it open already may have it for long. The look takes the lock. */
static void be_alone(hox__store *store)
{
    int keep = 1;
    sqlite3_busy_timeout(store->db, 0);
    store->alone = run(store, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA user_version");
    if (!store->alone)
        run(store, "PRAGMA locking_mode=NORMAL");
    else
        sqlite3_file_control(store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    sqlite3_busy_timeout(store->db, BUSY_MS);
}

/* The log's file stays, with nothing in it for whoever opens it next: it is not made anew and
 * removed by every command. All that it had is in the store's file by now, and synced; one that is
 * found not to be empty because this did not get to the disk says the same again. */
static void empty_log(hox__store *store)
{
    static const char no_header[32];
    sqlite3_file *log = NULL;
    int frames = 0, done = 0;
    if (store->doubtful || !run(store, "PRAGMA synchronous=FULL") ||
        sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_PASSIVE, &frames, &done) !=
            SQLITE_OK ||
        frames <= 0 || frames != done)
        return;
    sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log && log->pMethods)
        log->pMethods->xWrite(log, no_header, sizeof no_header, 0);
}

static hox_status connect(hox__store *store, hox__store_mode mode, hox_error *err)
{
    /* A reader, too, rolls back what a killed writer left half-written; it writes nothing else. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX; /* one thread has a store */
    if (mode == HOX__STORE_CREATE)
        flags |= SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
        return hox__store_fail(store, "open", err);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (!writes(mode))
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, HOX__STORE_ROW_BYTES);
    if (!run(store, "PRAGMA cell_size_check=ON; PRAGMA foreign_keys=ON; PRAGMA mmap_size=0") ||
        (!writes(mode) && !run(store, "PRAGMA query_only=ON")))
        return hox__store_fail(store, "open", err);
    if (mode == HOX__STORE_BRIEF)
        be_alone(store);
    return HOX_OK;
}

/* Readers see the tables of this version too: whoever comes first brings them up to it. */
static hox_status bring_up(hox__store *store, hox__store_mode mode, hox_error *err)
{
    int version =
        0; /* as the connection sees it: that in the file's header may be older than the log */
    hox__store *writer;
    hox_status status = number_of(store, "PRAGMA user_version", &version, err);
    if (status != HOX_OK || version < 1 || version >= HOX__STORE_VERSION)
        return status;
    if (writes(mode))
        return hox__store_upgrade(store, version, err);
    status = hox__store_open(store->path, HOX__STORE_WRITE, &writer, err);
    if (status != HOX_OK)
        return status;
    hox__store_close(writer);
    sqlite3_close(store->db);
    store->db = NULL;
    return connect(store, mode, err);
}

static hox_status prepare_store(hox__store *store, hox__store_mode mode, hox_error *err)
{
    int parts = 0;
    hox_status status = connect(store, mode, err);
    if (status == HOX_OK)
        status = bring_up(store, mode, err);
    if (status == HOX_OK)
        status = number_of(store, "SELECT count(*) FROM sqlite_schema", &parts, err);
    if (status == HOX_OK && parts == 0)
        status =
            mode == HOX__STORE_CREATE ? make_tables(store, err) : nothing_in_it(store->path, err);
    if (status == HOX_OK)
        status = hox__schema_verify(store->db, store->path, err);
    if (status == HOX_OK && writes(mode) &&
        !run(store, store->alone ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
                                   "PRAGMA wal_autocheckpoint=0" /* store_write.c: bring_in() */
                                 : "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"))
        status = hox__store_fail(store, "open it for writing", err);
    return status;
}

static hox_status open_checked(hox__store *store, hox__store_mode mode, hox_error *err)
{
    const bool there = hox__file_exists(store->path);
    hox_status status = HOX_OK;
    if (!there && mode != HOX__STORE_CREATE)
        return hox_fail_code(err, HOX_ERR_DATA, "E0601", "%s: there is no store of that name",
                             store->path);
    if (there)
        status = check_header(store->path, mode == HOX__STORE_CREATE, err);
    if (status == HOX_OK)
        status = check_file_system(store->path, err);
    if (status == HOX_OK && writes(mode))
        status = take_lock(store, err);
    return status == HOX_OK ? prepare_store(store, mode, err) : status;
}

hox_status hox__store_open(const char *path, hox__store_mode mode, hox__store **out, hox_error *err)
{
    *out = NULL;
    hox__store *store = hox__alloc(1, sizeof *store);
    if (store) {
        store->path = hox__alloc(strlen(path) + 1, 1);
        store->study = hox__arena_new(HOX__STORE_ROW_BYTES);
        store->trial = hox__arena_new(HOX__STORE_ROW_BYTES);
    }
    if (!store || !store->path || !store->study || !store->trial) {
        hox__store_close(store);
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to open it", path);
    }
    memcpy(store->path, path, strlen(path));
    const hox_status status = open_checked(store, mode, err);
    if (status == HOX_OK)
        *out = store;
    else
        hox__store_close(store);
    return status;
}

void hox__store_statements_end(hox__store *store)
{
    sqlite3_finalize(store->one);
    sqlite3_finalize(store->insert);
    sqlite3_finalize(store->last);
    for (int i = 0; i < HOX__STORE_DEEDS; i++)
        sqlite3_finalize(store->deed[i]);
    store->one = store->insert = store->last = NULL;
    memset(store->deed, 0, sizeof store->deed);
    hox__text_deinit(&store->said);
}

void hox__store_close(hox__store *store)
{
    if (!store)
        return;
    hox__store_forget_outside(store);
    hox__store_statements_end(store);
    if (store->alone)
        empty_log(store);
    sqlite3_close(store->db);
    hox__lock_close(store->lock);
    hox__arena_free(store->study);
    hox__arena_free(store->trial);
    hox__free(store->path);
    hox__free(store);
}

void hox__store_abandon(hox__store *store)
{
    hox__lock_close(store->lock);
    store->lock = NULL;
}
