/* room: data */
/* Any bytes as an array: examples, or one clear refusal. */
#include "data/arrays.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const hox__bytes file = {.name = "fuzz", .data = data, .n = n};
    const hox__arrays_options options = {.tokens = n & 1};
    hox_error err = {0};
    hox__npy a;
    hox__examples *x = NULL;
    hox_status s = hox__npy_read(&file, &a, &err);
    if (s == HOX_OK)
        s = hox__arrays_examples(&a, a.rank == 1 ? &a : NULL, &options, NULL, &x, &err);
    if ((s == HOX_OK) != (x != NULL) || (s != HOX_OK && !err.message[0]))
        abort();
    hox__examples_free(x);
    return 0;
}
