/* room: data */
/* Any bytes as a cifar file: images or one clear refusal. */
#include "data/reader.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hox_error err = {0};
    hox__images *images = NULL;
    hox__bytes bytes = {.name = "fuzz", .data = data, .n = n};
    hox_status s = hox__cifar_images(&bytes, 1, &images, &err);
    if ((s == HOX_OK) != (images != NULL) || (s != HOX_OK && !err.message[0]))
        abort();
    hox__images_free(images);
    return 0;
}
