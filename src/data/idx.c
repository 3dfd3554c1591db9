/* IDX: the format of MNIST and of the sets made after it (Yann LeCun's page on MNIST describes it).
 *
 *   bytes 0-1  zero      byte 2  type, 8 = unsigned byte      byte 3  number of dimensions
 *   then the sizes, 32 bits each, most significant byte first, then the elements, row-major
 */
#include "data/reader.h"
#include "data/set.h"
#include <string.h>

enum { UBYTE = 8, SIDE_MAX = 4096, CHANNELS_MAX = 16, CLASSES_MAX = 65536 };

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static hox_status malformed(const hox__bytes *b, size_t at, const char *what, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: byte %zu: %s", b->name, at, what);
}

/* Magic and sizes; *dims of them. */
static hox_status header(const hox__bytes *b, int least, int most, uint32_t size[4], int *dims,
                         hox_error *err)
{
    if (b->n < 4 || b->data[0] || b->data[1])
        return malformed(b, 0, "not an IDX file: it does not begin with two zero bytes", err);
    if (b->data[2] != UBYTE)
        return malformed(b, 2, "only IDX files of unsigned bytes (type 8) can be read", err);
    *dims = b->data[3];
    if (*dims < least || *dims > most)
        return hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: byte 3: %d dimensions, expected %d%s",
                             b->name, *dims, least, most > least ? " or 4" : "");
    if (b->n < 4 + 4 * (size_t)*dims)
        return malformed(b, b->n, "the file ends inside its header", err);
    for (int i = 0; i < *dims; i++)
        size[i] = big_endian(b->data + 4 + 4 * i);
    return HOX_OK;
}

hox_status hox__idx_header(const hox__bytes *b, hox__image_header *out, size_t *offset,
                           hox_error *err)
{
    uint32_t size[4] = {0};
    int dims = 0;
    hox_status status = header(b, 3, 4, size, &dims, err);
    if (status != HOX_OK)
        return status;
    if (dims == 3)
        size[3] = 1;
    if (!size[0] || !size[1] || !size[2] || !size[3])
        return malformed(b, 4, "a size of zero", err);
    if (size[1] > SIDE_MAX || size[2] > SIDE_MAX || size[3] > CHANNELS_MAX)
        return hox_fail_code(err, HOX_ERR_DATA, "E0502",
                             "%s: byte 8: images of %ux%ux%u, the limit is %dx%dx%d", b->name,
                             size[1], size[2], size[3], SIDE_MAX, SIDE_MAX, CHANNELS_MAX);
    *out = (hox__image_header){size[0], size[3], size[1], size[2]};
    *offset = 4 + 4 * (size_t)dims;
    return HOX_OK;
}

static hox_status check_length(const hox__bytes *b, size_t offset, int64_t elements, hox_error *err)
{
    if ((int64_t)(b->n - offset) < elements)
        return hox_fail_code(err, HOX_ERR_DATA, "E0502",
                             "%s: byte %zu: the file ends early; its header promises %lld bytes",
                             b->name, b->n, (long long)(elements + (int64_t)offset));
    if ((int64_t)(b->n - offset) > elements)
        return hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: byte %lld: %lld bytes too many",
                             b->name, (long long)(elements + (int64_t)offset),
                             (long long)((int64_t)(b->n - offset) - elements));
    return HOX_OK;
}

/* [n, h, w, c] in the file, [n, c, h, w] in memory. */
static void copy_pixels(const uint8_t *from, const hox__image_header *h, uint8_t *to)
{
    const int64_t plane = h->height * h->width;
    if (h->channels == 1) {
        memcpy(to, from, (size_t)(h->n * plane));
        return;
    }
    for (int64_t i = 0; i < h->n; i++)
        for (int64_t p = 0; p < plane; p++)
            for (int64_t c = 0; c < h->channels; c++)
                to[(i * h->channels + c) * plane + p] = from[(i * plane + p) * h->channels + c];
}

static hox_status read_labels(const hox__bytes *b, int64_t n, int *classes, int32_t *label,
                              hox_error *err)
{
    uint32_t size[4] = {0};
    int dims = 0;
    hox_status status = header(b, 1, 1, size, &dims, err);
    if (status != HOX_OK)
        return status;
    if ((int64_t)size[0] != n)
        return hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: byte 4: %u labels for %lld images",
                             b->name, size[0], (long long)n);
    if ((status = check_length(b, 8, n, err)) != HOX_OK)
        return status;
    int largest = 0;
    for (int64_t i = 0; i < n; i++) {
        label[i] = b->data[8 + i];
        largest = label[i] > largest ? label[i] : largest;
        if (*classes && label[i] >= *classes)
            return hox_fail_code(err, HOX_ERR_DATA, "E0502",
                                 "%s: byte %lld: label %d, but there are %d classes", b->name,
                                 (long long)i + 8, label[i], *classes);
    }
    if (!*classes)
        *classes = largest + 1;
    return HOX_OK;
}

/* Images of one channel lie in the file as they are kept: what was inflated is used where it is,
 * and so is a large file. */
static bool lies_well(const hox__bytes *file, const hox__image_header *h)
{
    const bool large = h->n * h->height * h->width >= HOX__SCRATCH_FROM;
    return file->file.n && h->channels == 1 && (large || file->inflated);
}

static hox__examples *in_place(hox__bytes *file, const hox__image_header *h, size_t offset,
                               bool labels)
{
    const hox__image_header none = {0, h->channels, h->height, h->width};
    hox__examples *made = hox__images_new(&none, false);
    if (!made)
        return NULL;
    if (labels && !(made->labels = hox__examples_array(made, h->n, sizeof *made->labels))) {
        hox__examples_free(made);
        return NULL;
    }
    made->n = h->n;
    made->pixels = file->data + offset;
    hox__examples_keep(made, &file->file);
    *file = (hox__bytes){.name = file->name};
    return made;
}

hox_status hox__idx_images(hox__bytes *images, const hox__bytes *labels, int classes,
                           hox__images **out, hox_error *err)
{
    hox__image_header h;
    size_t offset;
    hox_status status = hox__idx_header(images, &h, &offset, err);
    if (status != HOX_OK)
        return status;
    /* At most 2^32 * 2^12 * 2^12 * 2^4: fits. */
    status = check_length(images, offset, h.n * h.height * h.width * h.channels, err);
    if (status != HOX_OK)
        return status;
    const bool where_it_is = lies_well(images, &h);
    hox__images *made = where_it_is ? in_place(images, &h, offset, labels != NULL)
                                    : hox__images_new(&h, labels != NULL);
    if (!made)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory for %lld images",
                             images->name, (long long)h.n);
    if (!where_it_is) {
        uint8_t *pixels;
        memcpy(&pixels, &made->pixels, sizeof pixels);
        copy_pixels(images->data + offset, &h, pixels);
    }
    if (labels) {
        int32_t *label;
        memcpy(&label, &made->labels, sizeof label);
        status = read_labels(labels, h.n, &classes, label, err);
    }
    made->classes = classes;
    if (status == HOX_OK)
        *out = made;
    else
        hox__images_free(made);
    return status;
}
