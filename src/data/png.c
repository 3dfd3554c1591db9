/* PNG files, by libpng's simplified reader. Their chunks are walked over first: what is missing or
 * damaged is then said with its byte. */
#include "base/alloc.h"
#include "data/picture.h"
#include <png.h>
#include <string.h>
#include <zlib.h>

static hox_status malformed(const hox__bytes *b, size_t at, const char *what, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: byte %zu: %s", b->name, at, what);
}

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* length (4 bytes), type (4), data, sum over type and data (4); the last is IEND. */
static hox_status check_chunks(const hox__bytes *b, hox_error *err)
{
    for (size_t at = 8;;) {
        if (b->n < at || b->n - at < 12 || big_endian(b->data + at) > b->n - at - 12)
            return malformed(b, b->n, "the PNG file ends early", err);
        const uint32_t n = big_endian(b->data + at);
        if (crc32(crc32(0, NULL, 0), b->data + at + 4, n + 4) != big_endian(b->data + at + 8 + n))
            return malformed(b, at, "the sum over a part of the PNG file is wrong", err);
        if (memcmp(b->data + at + 4, "IEND", 4) == 0)
            return HOX_OK;
        at += 12 + (size_t)n;
    }
}

static hox_status read_pixels(png_image *image, const hox__bytes *b, int channels,
                              hox__picture *out, hox_error *err)
{
    static const png_color white = {255, 255, 255};
    image->format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    uint8_t *pixel = hox__alloc((size_t)image->height * image->width + 1, (size_t)channels);
    if (!pixel)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory for the picture",
                             b->name);
    if (!png_image_finish_read(image, &white, pixel, 0, NULL) || image->warning_or_error > 1) {
        hox__free(pixel);
        return hox_fail_code(err, HOX_ERR_DATA, "E0502",
                             "%s: byte %zu: the PNG file is damaged: %s", b->name, b->n,
                             image->message);
    }
    *out = (hox__picture){image->height, image->width, channels, pixel};
    return HOX_OK;
}

hox_status hox__png_read(const hox__bytes *b, int channels, hox__picture *out, hox_error *err)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    hox_status status = check_chunks(b, err);
    if (status != HOX_OK)
        return status;
    if (!png_image_begin_read_from_memory(&image, b->data, b->n)) {
        status = hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: byte 8: no PNG file: %s", b->name,
                               image.message);
    } else if (image.height > HOX__PICTURE_SIDE_MAX || image.width > HOX__PICTURE_SIDE_MAX ||
               image.height * image.width > HOX__PICTURE_PIXELS_MAX) {
        status = malformed(b, 16, "a picture of more than 64 million pixels", err);
    } else if (!channels) {
        const bool colour = image.format & (PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_COLORMAP);
        *out = (hox__picture){image.height, image.width, colour ? 3 : 1, NULL};
    } else {
        status = read_pixels(&image, b, channels, out, err);
    }
    png_image_free(&image);
    return status;
}
