/* room: data */
/* Any bytes as a zip of arrays: every member is read, or refused clearly. */
#include "data/npy.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const hox__bytes zip = {.name = "fuzz", .data = data, .n = n};
    hox_status s = HOX_OK;
    for (int i = 0; s == HOX_OK; i++) {
        hox_error err = {0};
        hox__zip_member m;
        hox__bytes member = {0};
        hox__npy a;
        s = hox__zip_get(&zip, i, &m, &err);
        if (s == HOX_OK && (s = hox__zip_read(&zip, &m, &member, &err)) == HOX_OK)
            hox__npy_read(&member, &a, NULL);
        if (s < 0 && !err.message[0])
            abort();
        hox__bytes_free(&member);
    }
    return 0;
}
