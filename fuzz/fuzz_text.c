/* room: data */
/* Any bytes as a text: examples whose codes are of the vocabulary, or one clear refusal. The first
 * byte chooses the level. */
#include "data/corpus.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const unsigned o = n ? data[0] : 0;
    const hox__corpus_options options = {(hox__level)(o % 3), 1 + o / 32, 10};
    const hox__bytes file = {.name = "fuzz", .data = data + (n > 0), .n = n - (n > 0)};
    hox_error err = {0};
    hox__schema *schema = NULL;
    hox__examples *x = NULL;
    hox_status s = hox__corpus_learn(&file, &options, &schema, &err);
    if (s == HOX_OK)
        s = hox__corpus_read(&file, schema, &x, &err);
    if ((s == HOX_OK) != (x != NULL) || (s != HOX_OK && !err.message[0]))
        abort();
    for (int64_t i = 0; x && i <= x->n * x->length; i++)
        if (x->codes[i] < 0 || x->codes[i] >= x->vocabulary)
            abort();
    hox__examples_free(x);
    hox__schema_free(schema);
    return 0;
}
