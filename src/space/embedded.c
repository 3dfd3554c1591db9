/* Finding the shipped vocabularies and spaces by path. */
#include "space/embedded.h"
#include <string.h>

const hox__embedded_file *hox__embedded(const char *path)
{
    for (const hox__embedded_file *f = hox__embedded_files; f->path; f++)
        if (!strcmp(f->path, path))
            return f;
    return NULL;
}
