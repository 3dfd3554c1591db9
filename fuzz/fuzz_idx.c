/* room: data */
/* Any bytes as a idx file: images or one clear refusal. */
#include "data/reader.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hox_error err = {0};
    hox__images *images = NULL;
    size_t half = n ? data[0] % n : 0; /* the rest as labels, to meet both readers */
    hox__bytes whole = {.name = "fuzz", .data = data + (n > 0), .n = n - (n > 0)};
    hox__bytes labels = {.name = "fuzz",
                         .data = whole.data + half * (half < whole.n),
                         .n = whole.n - half * (half < whole.n)};
    hox_status s = hox__idx_images(&whole, n & 1 ? &labels : NULL, 0, &images, &err);
    if ((s == HOX_OK) != (images != NULL) || (s != HOX_OK && !err.message[0]))
        abort();
    hox__images_free(images);
    return 0;
}
