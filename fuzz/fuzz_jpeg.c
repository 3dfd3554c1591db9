/* room: data */
#define PICTURE_READ hox__jpeg_read
#include "picture.h"
