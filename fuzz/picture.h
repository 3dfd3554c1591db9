/* The body of fuzz_png.c and fuzz_jpeg.c. Any bytes as a picture: pixels of the size that its
 * header says, or one clear refusal. */
#include "base/alloc.h"
#include "data/picture.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const hox__bytes b = {.name = "fuzz", .data = data, .n = n};
    hox_error err = {0};
    hox__picture size = {0}, p = {0};
    const hox_status before = PICTURE_READ(&b, 0, &size, &err);
    if (before == HOX_OK && size.height * size.width > 1 << 20)
        return 0; /* the sizes are bounded; here only small ones are worth the time */
    const hox_status s = PICTURE_READ(&b, n & 1 ? 1 : 3, &p, &err);
    if ((s == HOX_OK) != (p.pixel != NULL) || (s != HOX_OK && !err.message[0]))
        abort();
    if (s == HOX_OK && (before != HOX_OK || p.height != size.height || p.width != size.width))
        abort();
    hox__free(p.pixel);
    return 0;
}
