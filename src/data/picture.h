/* Pictures: one PNG or JPEG file, and folders of them. */
#ifndef HOX_DATA_PICTURE_H
#define HOX_DATA_PICTURE_H

#include "data/reader.h"

typedef struct {
    int64_t height, width, channels;
    uint8_t *pixel; /* [h, w, c]; hox__free() */
} hox__picture;

enum { HOX__PICTURE_SIDE_MAX = 1 << 14, HOX__PICTURE_PIXELS_MAX = 1 << 26 };

/* PNG and JPEG, told apart by content, as grey (channels 1) or red, green, blue (3); what a PNG
 * lets shine through is white. A file that ends early or is damaged is HOX_ERR_DATA (E0502), never
 * half a picture. channels 0: only the size is read, with the channels of the file (1 or 3), pixel
 * NULL. */
hox_status hox__picture_read(const hox__bytes *bytes, int channels, hox__picture *out,
                             hox_error *err);
hox_status hox__png_read(const hox__bytes *bytes, int channels, hox__picture *out, hox_error *err);
hox_status hox__jpeg_read(const hox__bytes *bytes, int channels, hox__picture *out, hox_error *err);
bool hox__is_picture(const hox__bytes *bytes);

/* `picture` brought to `height` x `width`, as planes to[c, height, width]: every pixel is the mean
 * of the area that it covers. */
void hox__picture_fit(const hox__picture *picture, int64_t height, int64_t width, uint8_t *to);

#endif
