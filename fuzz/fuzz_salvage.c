/* room: study */
/* Any bytes as a damaged store: what is made of them is a whole store, or there is none. */
#include "base/io.h"
#include "study/salvage.h"
#include "study/store.h"
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folder[] = "/tmp/fuzz-salvage-XXXXXX", path[64], log[64], saved[64];
    hox__salvaged s;
    hox_error err = {0};
    if (!mkdtemp(folder))
        return 0;
    snprintf(path, sizeof path, "%s/hox.db", folder);
    snprintf(log, sizeof log, "%s/hox.db-wal", folder);
    snprintf(saved, sizeof saved, "%s/saved.db", folder);
    const size_t half = size / 2; /* as a file, or as a file and its log */
    if (hox__file_write(path, data, size, NULL) == HOX_OK &&
        (size % 2 == 0 || hox__file_write(log, data + half, size - half, NULL) == HOX_OK)) {
        const hox_status status = hox__store_salvage(path, saved, &s, &err);
        if ((status == HOX_OK) != hox__file_exists(saved) || (status != HOX_OK && !err.message[0]))
            abort();
    }
    hox__remove_tree(folder, NULL);
    return 0;
}
