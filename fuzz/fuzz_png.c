/* room: data */
#define PICTURE_READ hox__png_read
#include "picture.h"
