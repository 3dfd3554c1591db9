/* room: data */
/* Any bytes as a table: rows that fit its schema, or one clear refusal. The first byte chooses the
 * options. */
#include "data/csv.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const unsigned o = n ? data[0] : 0;
    const hox__csv_options options = {
        .target = "",
        .separator = o & 1 ? ',' : 0,
        .header = o & 2 ? -1 : (int)(o >> 2 & 1),
        .embed = o & 8,
        .task = o & 16   ? HOX__TASK_CLASSES
                : o & 32 ? HOX__TASK_VALUE
                         : HOX__TASK_AUTO,
    };
    const hox__bytes file = {.name = "fuzz", .data = data + (n > 0), .n = n - (n > 0)};
    hox_error err = {0};
    hox__schema *schema = NULL;
    hox__examples *x = NULL;
    hox_status s = hox__csv_infer(&file, &options, &schema, &err);
    if ((s == HOX_OK) != (schema != NULL) || (s != HOX_OK && !err.message[0]))
        abort();
    if (s == HOX_OK)
        s = hox__csv_read(&file, schema, true, &x, &err);
    if ((s == HOX_OK) != (x != NULL) || (s != HOX_OK && !err.message[0]))
        abort();
    for (int64_t i = 0; x && x->labels && i < x->n; i++)
        if (x->labels[i] < 0 || x->labels[i] >= x->classes)
            abort();
    hox__examples_free(x);
    hox__schema_free(schema);
    return 0;
}
