/* JPEG files, by libjpeg-turbo. What it calls a warning (a file that ends early, damaged data) is
 * an error here: half a picture is no example. */
#include "base/alloc.h"
#include "data/picture.h"
#include <turbojpeg.h>

static hox_status refused(const hox__bytes *b, tjhandle handle, hox_error *err)
{
    return hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: byte %zu: the JPEG file is damaged: %s",
                         b->name, b->n, tjGetErrorStr2(handle));
}

static hox_status read_pixels(tjhandle handle, const hox__bytes *b, int height, int width,
                              int channels, hox__picture *out, hox_error *err)
{
    uint8_t *pixel = hox__alloc((size_t)height * (size_t)width + 1, (size_t)channels);
    if (!pixel)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory for the picture",
                             b->name);
    if (tjDecompress2(handle, b->data, b->n, pixel, width, 0, height,
                      channels == 1 ? TJPF_GRAY : TJPF_RGB, TJFLAG_ACCURATEDCT) != 0) {
        hox__free(pixel);
        return refused(b, handle, err);
    }
    *out = (hox__picture){height, width, channels, pixel};
    return HOX_OK;
}

hox_status hox__jpeg_read(const hox__bytes *b, int channels, hox__picture *out, hox_error *err)
{
    int width, height, sampling, space;
    tjhandle handle = tjInitDecompress();
    hox_status status = HOX_OK;
    if (!handle)
        return hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "%s: no memory for the picture",
                             b->name);
    if (tjDecompressHeader3(handle, b->data, b->n, &width, &height, &sampling, &space) != 0)
        status = refused(b, handle, err);
    else if (width < 1 || height < 1 || width > HOX__PICTURE_SIDE_MAX ||
             height > HOX__PICTURE_SIDE_MAX || width * height > HOX__PICTURE_PIXELS_MAX)
        status = hox_fail_code(err, HOX_ERR_DATA, "E0502",
                               "%s: byte 0: a picture of more than 64 million pixels", b->name);
    else if (space == TJCS_CMYK || space == TJCS_YCCK)
        status = hox_fail_code(err, HOX_ERR_DATA, "E0502",
                               "%s: byte 0: a picture in the colours of print (CMYK); save it as "
                               "RGB",
                               b->name);
    else if (!channels)
        *out = (hox__picture){height, width, space == TJCS_GRAY ? 1 : 3, NULL};
    else
        status = read_pixels(handle, b, height, width, channels, out, err);
    tjDestroy(handle);
    return status;
}
