#include "study/json_read.h"
#include <errno.h>

json_t *hox__json_read(const char *s, size_t n, bool *no_memory)
{
    json_error_t why = {0};
    errno = 0;
    json_t *value = json_loadb(s, n, 0, &why);
    const bool lacking = errno == ENOMEM;
    if (no_memory)
        *no_memory = lacking;
    if (!lacking)
        return value;
    json_decref(value);
    return NULL;
}
