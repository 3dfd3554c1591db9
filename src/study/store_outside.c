/* Which trials are outside the space that their study has now: it is looked up once a study, in the
 * settings of its last run, and for most studies there are none. */
#include "base/alloc.h"
#include "study/past.h"
#include "study/store_sqlite.h"

hox_status hox__store_know_outside(hox__store *store, int64_t study, hox_error *err)
{
    sqlite3_stmt *row = NULL;
    if (store->outside_of == study)
        return HOX_OK;
    hox__store_forget_outside(store);
    hox_status status =
        hox__store_prepare(store, "SELECT settings FROM study_now WHERE study = ?1", &row, err);
    if (status != HOX_OK)
        return status;
    sqlite3_bind_int64(row, 1, study);
    const int code = sqlite3_step(row);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        status = hox__store_fail(store, "read", err);
    else if (code == SQLITE_ROW &&
             (!hox__past_outside(hox__column_text(row, 0), &store->outside, &store->outsides) ||
              hox__column_lost(row)))
        status = hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to read", store->path);
    sqlite3_finalize(row);
    store->outside_of = status == HOX_OK ? study : 0;
    return status;
}

void hox__store_forget_outside(hox__store *store)
{
    hox__free(store->outside);
    store->outside = NULL;
    store->outsides = store->outside_of = 0;
}

bool hox__store_is_outside(const hox__store *store, uint64_t trial)
{
    int64_t low = 0, high = store->outsides;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (store->outside[middle] < trial)
            low = middle + 1;
        else
            high = middle;
    }
    return low < store->outsides && store->outside[low] == trial;
}
