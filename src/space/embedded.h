/* The shipped vocabularies and spaces, compiled in from vocab/ and spaces/. */
#ifndef HOX_SPACE_EMBEDDED_H
#define HOX_SPACE_EMBEDDED_H

#include <stddef.h>

typedef struct {
    const char *path; /* "vocab/nn.hox" */
    const char *text; /* NUL-terminated */
    size_t n;
} hox__embedded_file;

extern const hox__embedded_file hox__embedded_files[]; /* ends with a NULL path */

const hox__embedded_file *hox__embedded(const char *path); /* NULL: no such file */

#endif
