/* CIFAR-10 binary (Krizhevsky's page): records of one label byte and 3 planes of 32x32 bytes, red,
 * green, blue. */
#include "data/reader.h"
#include <string.h>

enum { SIDE = 32, PIXELS = 3 * SIDE * SIDE, RECORD = PIXELS + 1, CLASSES = 10 };

hox_status hox__cifar_images(const hox__bytes *part, int n, hox__images **out, hox_error *err)
{
    hox__image_header h = {0, 3, SIDE, SIDE};
    for (int i = 0; i < n; i++) {
        if (part[i].n % RECORD || !part[i].n)
            return hox_fail_code(err, HOX_ERR_DATA, "E0502",
                                 "%s: byte %zu: not a whole number of records of %d bytes",
                                 part[i].name, part[i].n, RECORD);
        h.n += (int64_t)(part[i].n / RECORD);
    }
    hox__images *made = hox__images_new(&h, true);
    if (!made)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory for %lld images",
                             part[0].name, (long long)h.n);
    uint8_t *pixels;
    int32_t *label;
    memcpy(&pixels, &made->pixels, sizeof pixels);
    memcpy(&label, &made->labels, sizeof label);
    made->classes = CLASSES;
    for (int i = 0; i < n; i++)
        for (size_t at = 0; at < part[i].n; at += RECORD) {
            *label = part[i].data[at];
            if (*label >= CLASSES) {
                hox_fail_code(err, HOX_ERR_DATA, "E0502",
                              "%s: byte %zu: label %d, CIFAR-10 has labels 0 to 9", part[i].name,
                              at, *label);
                hox__images_free(made);
                return HOX_ERR_DATA;
            }
            memcpy(pixels, part[i].data + at + 1, PIXELS);
            pixels += PIXELS;
            label++;
        }
    *out = made;
    return HOX_OK;
}
