/* What the readers of data files share: bytes of a file, plain or gzip, with their places in
 * errors. */
#ifndef HOX_DATA_READER_H
#define HOX_DATA_READER_H

#include "base/io.h"
#include "data/dataset.h"
#include <stdbool.h>
#include <stddef.h>

/* The bytes of a file: mapped, or inflated into memory when it is gzip. */
typedef struct {
    const char *name;
    const uint8_t *data;
    size_t n;
    hox__mapping file; /* n = 0: data are the heap's */
    bool inflated;     /* `file` is memory of our own, which nobody else can change */
} hox__bytes;

enum { HOX__DATA_BYTES_MAX = 1 << 30, HOX__HEADER_BYTES = 16 };

/* `most` > 0 inflates only that many bytes (headers). Inflating ends at HOX__DATA_BYTES_MAX, an
 * error; plain files may be of any size. */
hox_status hox__bytes_read(const char *path, size_t most, hox__bytes *out, hox_error *err);
void hox__bytes_free(hox__bytes *bytes);

typedef struct {
    int64_t n, channels, height, width;
} hox__image_header;

/* The header of an IDX image file: ubyte, 3 dimensions (n, h, w) or 4 (n, h, w, c). */
hox_status hox__idx_header(const hox__bytes *bytes, hox__image_header *header, size_t *offset,
                           hox_error *err);

/* Images and labels of IDX bytes; `labels` may be NULL. classes 0: one more than the largest label.
 * One channel of a large mapped file, or inflated, is used where it lies: `images` is emptied
 * then. */
hox_status hox__idx_images(hox__bytes *images, const hox__bytes *labels, int classes,
                           hox__images **out, hox_error *err);

/* CIFAR binary: records of a label byte and 3072 bytes of R, G and B planes; `part[n]` are the
 * files, in order. */
hox_status hox__cifar_images(const hox__bytes *part, int n, hox__images **out, hox_error *err);

/* Images with room for n of the given sizes, zeroed; hox__images_free(). */
hox__images *hox__images_new(const hox__image_header *header, bool labels);

/* Names of the classes of known sets, NULL when unknown. */
const char *const *hox__known_classes(const char *set, int classes);

#endif
