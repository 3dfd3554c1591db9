/* room: study */
/* Bytes as the lines of `hox export`: a study, or a message and a store as it was. What comes in is
 * a whole store, and goes out again. */
#include "base/io.h"
#include "study/manage.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t studies(hox__store *store)
{
    hox__study_row row;
    bool guessed;
    return hox__store_find(store, NULL, &row, &guessed, NULL) == HOX_OK;
}

static void import(hox__store *store, const char *text)
{
    char name[256] = "";
    hox__study_row row;
    bool guessed;
    hox_error err = {0};
    const hox_status status = hox__store_import(store, text, NULL, name, &err);
    if (status != HOX_OK) {
        if (!err.message[0] || studies(store))
            abort();
        return;
    }
    hox__text out = {0};
    if (hox__store_check(store, &err) != HOX_OK ||
        hox__store_find(store, name, &row, &guessed, &err) != HOX_OK ||
        hox__store_export(store, &row, &out, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    hox__text_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folder[] = "/tmp/fuzz-import-XXXXXX", path[64];
    hox__store *store = NULL;
    char *text = calloc(size + 1, 1);
    if (!text || !mkdtemp(folder)) {
        free(text);
        return 0;
    }
    memcpy(text, data, size);
    snprintf(path, sizeof path, "%s/hox.db", folder);
    if (hox__store_open(path, HOX__STORE_CREATE, &store, NULL) == HOX_OK)
        import(store, text);
    hox__store_close(store);
    hox__remove_tree(folder, NULL);
    free(text);
    return 0;
}
