/* room: study */
/* Any bytes as a store: opened, listed, hashed and checked by a reader. Whatever they are, nothing
 * crashes, and the file is as it was. */
#include "base/io.h"
#include "study/store.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool see_study(void *ctx, const hox__study_row *row)
{
    *(hox__study_row *)ctx = *row;
    return row->name && row->spec && row->strategy;
}

static bool see_trial(void *ctx, const hox__trial_row *row)
{
    (void)ctx;
    return row->walk != NULL;
}

static bool see_report(void *ctx, const hox__report_row *row)
{
    (void)ctx;
    return row->step >= 0;
}

static void look(hox__store *store)
{
    hox__study_row row = {0};
    hox__trial_row trial;
    char hex[65];
    hox_error err = {0};
    if (hox__store_studies(store, see_study, &row, &err) != HOX_OK || !row.name)
        return;
    const int64_t id = row.id;
    hox__store_trials(store, id, see_trial, NULL, NULL);
    hox__store_reports(store, id, 0, see_report, NULL, NULL);
    hox__store_best(store, id, &trial, NULL);
    hox__store_log_hash(store, id, hex, NULL);
    hox__store_check(store, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folder[] = "/tmp/fuzz-store-XXXXXX", path[64];
    hox__store *store = NULL;
    hox_error err = {0};
    if (!mkdtemp(folder))
        return 0;
    snprintf(path, sizeof path, "%s/hox.db", folder);
    if (hox__file_write(path, data, size, NULL) == HOX_OK) {
        const hox_status status = hox__store_open(path, HOX__STORE_READ, &store, &err);
        if ((status == HOX_OK) != (store != NULL) || (status != HOX_OK && !err.message[0]))
            abort();
        if (store)
            look(store);
        hox__store_close(store);
        hox__mapping after = {0};
        if (hox__file_map(path, &after, NULL) != HOX_OK || after.n != size ||
            (size && memcmp(after.data, data, size) != 0))
            abort();
        hox__file_unmap(&after);
    }
    hox__remove_tree(folder, NULL);
    return 0;
}
