/* room: study */
/* Any bytes as a table of results: every cell of what is accepted can be read. */
#include "base/alloc.h"
#include "study/tabulation.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hox__tabulation t;
    hox_error err = {0};
    char *text = size < 1 << 20 ? hox__alloc(size + 1, 1) : NULL;
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    const hox_status status = hox__tabulation_take("fuzz", text, size, &t, &err);
    if (status != HOX_OK) {
        if (!err.message[0])
            abort();
        return 0;
    }
    if (t.columns < 2 || t.rows < 1)
        abort();
    for (int64_t r = 0; r < t.rows; r++)
        for (int c = 0; c < t.columns; c++)
            if (strlen(hox__tabulation_cell(&t, r, c)) > size ||
                hox__tabulation_number(&t, r, c) == 0.5)
                continue;
    if (hox__tabulation_column(&t, t.name[0]) != 0)
        abort();
    hox__tabulation_free(&t);
    return 0;
}
