/* Folders of pictures: a class is a subfolder. */
#ifndef HOX_DATA_FOLDER_H
#define HOX_DATA_FOLDER_H

#include "data/picture.h"
#include "data/schema.h"

/* What every picture is brought to. */
typedef struct {
    int64_t height, width, channels; /* channels 1 or 3 */
} hox__picture_size;

/* PATH is a picture, or a folder of them, for a trained network: classes are not asked for. */
hox_status hox__pictures_open(const char *path, const hox__picture_size *size, hox__examples **out,
                              hox_error *err);

#endif
