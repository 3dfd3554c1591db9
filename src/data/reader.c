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

static hox_status inflate_all(const char *path, const hox__mapping *file, size_t most,
                              hox__bytes *out, hox_error *err)
{
    z_stream z = {0};
    if (file->n > UINT32_MAX || inflateInit2(&z, 15 + 16) != Z_OK)
        return no_memory(path, err);
    size_t cap = most ? most : file->n * 4 + 1024;
    uint8_t *data = hox__alloc(cap, 1);
    size_t n = 0;
    z.avail_in = (uInt)file->n;
    memcpy(&z.next_in, &file->data,
           sizeof file->data); /* zlib does not write there, but does not say so */
    int code = data ? Z_OK : Z_MEM_ERROR;
    while (code == Z_OK && n < (most ? most : HOX__DATA_BYTES_MAX)) {
        if (n == cap) {
            uint8_t *grown = hox__realloc(data, cap * 2, 1);
            if (!grown) {
                code = Z_MEM_ERROR;
                break;
            }
            data = grown;
            cap *= 2;
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
        return HOX_OK;
    }
    hox__free(data);
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
        *out = (hox__bytes){path, file.data, file.n, file};
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
