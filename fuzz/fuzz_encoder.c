/* room: data */
/* Any bytes as an encoder of a model file: one that prints and reads back the same, or one clear
 * refusal. */
#include "base/alloc.h"
#include "data/examples.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hox_error err = {0};
    hox__encoder *e = NULL, *again = NULL;
    const hox_status s = hox__encoder_read((const char *)data, n, &e, &err);
    if ((s == HOX_OK) != (e != NULL) || (s != HOX_OK && !err.message[0]))
        abort();
    char *text = e ? hox__encoder_text(e, NULL) : NULL;
    if (text) {
        if (hox__encoder_read(text, strlen(text), &again, NULL) != HOX_OK)
            abort();
        char *same = hox__encoder_text(again, NULL);
        if (!same || strcmp(text, same) != 0)
            abort();
        hox__free(same);
    }
    hox__free(text);
    hox__encoder_free(again);
    hox__encoder_free(e);
    return 0;
}
