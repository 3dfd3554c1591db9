/* Bytes of a file, inflated when it is gzip (told apart by its first two bytes). */
#include "data/reader.h"
#include "base/alloc.h"
#include "base/number.h"
#include "data/set.h"
#include <string.h>
#include <zlib.h>

static hox_status no_memory(const char *path, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory to read it", path);
}

/* ---- inflating: into the heap, or, from PAGES_FROM on, into pages that examples may keep ---- */

enum { PAGES_FROM = 2 << 20, RATIO_MAX = 1032 }; /* no more than that out of a byte (RFC 1951) */

static size_t whole(size_t bytes)
{
    return bytes < PAGES_FROM ? bytes : (bytes + PAGES_FROM - 1) / PAGES_FROM * PAGES_FROM;
}

static uint8_t *room_new(size_t cap)
{
    return cap < PAGES_FROM ? hox__alloc(cap, 1) : hox__alloc_pages(cap);
}

static void room_free(uint8_t *data, size_t cap)
{
    if (cap < PAGES_FROM)
        hox__free(data);
    else
        hox__free_pages(data, cap);
}

static uint8_t *room_grown(uint8_t *data, size_t cap, size_t wanted)
{
    uint8_t *grown = room_new(wanted);
    if (grown) {
        memcpy(grown, data, cap);
        room_free(data, cap);
    }
    return grown;
}

/* What the last four bytes say comes out, as far as that is possible; 1 more, so that its end is
 * seen. */
static size_t expected(const hox__mapping *file)
{
    const uint8_t *last = file->data + file->n - 4;
    if (file->n < 18)
        return 1024;
    const size_t said =
        (size_t)last[0] | (size_t)last[1] << 8 | (size_t)last[2] << 16 | (size_t)last[3] << 24;
    const size_t most =
        file->n * RATIO_MAX < HOX__DATA_BYTES_MAX ? file->n * RATIO_MAX : HOX__DATA_BYTES_MAX;
    return (said < most ? said : most) + 1;
}

static hox_status inflate_all(const char *path, const hox__mapping *file, size_t most,
                              hox__bytes *out, hox_error *err)
{
    z_stream z = {0};
    if (file->n > UINT32_MAX || inflateInit2(&z, 15 + 16) != Z_OK)
        return no_memory(path, err);
    size_t cap = whole(most ? most : expected(file));
    uint8_t *data = room_new(cap);
    size_t n = 0;
    z.avail_in = (uInt)file->n;
    memcpy(&z.next_in, &file->data,
           sizeof file->data); /* zlib does not write there, but does not say so */
    int code = data ? Z_OK : Z_MEM_ERROR;
    while (code == Z_OK && n < (most ? most : HOX__DATA_BYTES_MAX)) {
        if (n == cap) {
            uint8_t *grown = room_grown(data, cap, whole(cap * 2));
            if (!grown) {
                code = Z_MEM_ERROR;
                break;
            }
            data = grown;
            cap = whole(cap * 2);
        }
        const size_t room = cap - n > UINT32_MAX ? UINT32_MAX : cap - n;
        z.next_out = data + n;
        z.avail_out = (uInt)room;
        code = inflate(&z, Z_NO_FLUSH);
        n += room - z.avail_out;
    }
    const size_t at = z.total_in;
    inflateEnd(&z);
    if (code == Z_STREAM_END || (code == Z_OK && most && n >= most)) {
        *out = (hox__bytes){.name = path, .data = data, .n = n};
        if (cap >= PAGES_FROM) {
            out->inflated = true;
            out->file = (hox__mapping){data, cap};
        }
        return HOX_OK;
    }
    if (data)
        room_free(data, cap);
    if (code == Z_MEM_ERROR)
        return no_memory(path, err);
    if (code == Z_OK)
        return hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: inflates to more than %d bytes", path,
                             (int)HOX__DATA_BYTES_MAX);
    return hox_fail_code(err, HOX_ERR_DATA, "E0502",
                         code == Z_BUF_ERROR ? "%s: the gzip data end too early, at byte %zu"
                                             : "%s: malformed gzip data at byte %zu",
                         path, at);
}

hox_status hox__bytes_read(const char *path, size_t most, hox__bytes *out, hox_error *err)
{
    hox__mapping file;
    hox_status status = hox__file_map(path, &file, err);
    if (status != HOX_OK)
        return status;
    if (file.n < 2 || file.data[0] != 0x1f || file.data[1] != 0x8b) {
        *out = (hox__bytes){.name = path, .data = file.data, .n = file.n, .file = file};
        return HOX_OK;
    }
    status = inflate_all(path, &file, most, out, err);
    hox__file_unmap(&file);
    return status;
}

/* Gives away const: the bytes are this room's own. */
static void free_const(const void *p)
{
    void *own;
    memcpy(&own, &p, sizeof own);
    hox__free(own);
}

void hox__bytes_free(hox__bytes *bytes)
{
    if (bytes->file.n)
        hox__file_unmap(&bytes->file);
    else
        free_const(bytes->data);
    *bytes = (hox__bytes){0};
}

hox__images *hox__images_new(const hox__image_header *h, bool labels)
{
    hox__images *images = hox__examples_new(HOX__IMAGES, HOX__CLASS);
    int64_t each;
    if (!images || !hox__mul_i64(h->channels, h->height * h->width, &each)) {
        hox__examples_free(images);
        return NULL;
    }
    images->n = h->n;
    images->channels = h->channels;
    images->height = h->height;
    images->width = h->width;
    images->pixels = hox__examples_array(images, h->n, (size_t)each);
    if (labels)
        images->labels = hox__examples_array(images, h->n, sizeof *images->labels);
    if (images->pixels && (!labels || images->labels))
        return images;
    hox__examples_free(images);
    return NULL;
}

const char *const *hox__known_classes(const char *set, int classes)
{
    static const char *const fashion[] = {"T-shirt", "Trouser", "Pullover", "Dress", "Coat",
                                          "Sandal",  "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
    static const char *const digits[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    static const char *const cifar[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                        "dog",      "frog",       "horse", "ship", "truck"};
    if (classes != 10 || !set)
        return NULL;
    return strcmp(set, "fashion-mnist") == 0 ? fashion
           : strcmp(set, "mnist") == 0       ? digits
           : strcmp(set, "cifar-10") == 0    ? cifar
                                             : NULL;
}
