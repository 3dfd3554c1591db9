/* What PNG and JPEG share: telling them apart, and sizes. */
#include "data/picture.h"
#include <math.h>
#include <string.h>

static bool is_png(const hox__bytes *b)
{
    return b->n >= 8 && memcmp(b->data, "\x89PNG\r\n\x1a\n", 8) == 0;
}

static bool is_jpeg(const hox__bytes *b)
{
    return b->n >= 3 && memcmp(b->data, "\xff\xd8\xff", 3) == 0;
}

bool hox__is_picture(const hox__bytes *b)
{
    return is_png(b) || is_jpeg(b);
}

hox_status hox__picture_read(const hox__bytes *b, int channels, hox__picture *out, hox_error *err)
{
    if (is_png(b))
        return hox__png_read(b, channels, out, err);
    if (is_jpeg(b))
        return hox__jpeg_read(b, channels, out, err);
    return hox_fail_code(err, HOX_ERR_DATA, "E0502", "%s: byte 0: neither a PNG nor a JPEG file",
                         b->name);
}

/* The mean over rows [top, bottom) and columns [left, right) of channel c, parts of pixels by their
 * share. */
static double mean_of(const hox__picture *p, double top, double bottom, double left, double right,
                      int64_t c)
{
    double sum = 0, area = 0;
    for (int64_t y = (int64_t)top; y < p->height && (double)y < bottom; y++) {
        const double tall = fmin((double)y + 1, bottom) - fmax((double)y, top);
        for (int64_t x = (int64_t)left; x < p->width && (double)x < right; x++) {
            const double share = tall * (fmin((double)x + 1, right) - fmax((double)x, left));
            sum += share * p->pixel[(y * p->width + x) * p->channels + c];
            area += share;
        }
    }
    return area > 0 ? sum / area : 0;
}

void hox__picture_fit(const hox__picture *p, int64_t height, int64_t width, uint8_t *to)
{
    const double down = (double)p->height / (double)height,
                 across = (double)p->width / (double)width;
    const bool same = p->height == height && p->width == width;
    for (int64_t c = 0; c < p->channels; c++)
        for (int64_t y = 0; y < height; y++)
            for (int64_t x = 0; x < width; x++, to++)
                *to = same ? p->pixel[(y * width + x) * p->channels + c]
                           : (uint8_t)(mean_of(p, (double)y * down, (double)(y + 1) * down,
                                               (double)x * across, (double)(x + 1) * across, c) +
                                       0.5);
}
