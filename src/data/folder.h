/* Folders of pictures: a class is a subfolder. */
#ifndef HOX_DATA_FOLDER_H
#define HOX_DATA_FOLDER_H

#include "data/picture.h"
#include "data/schema.h"

/* What every picture is brought to. */
typedef struct {
    int64_t height, width, channels; /* channels 1 or 3 */
} hox__picture_size;

typedef struct {
    hox__picture_size size;
    const char *const *class_name; /* [classes], or NULL: it has none */
    int64_t classes;
} hox__picture_wish;

/* PATH is a picture, a folder of them, or one with a subfolder a class (of those wished for; the
 * only one whose examples have labels), for a trained network. Examples have the names of their
 * files. */
hox_status hox__pictures_open(const char *path, const hox__picture_wish *wish, hox__examples **out,
                              hox_error *err);

#endif
