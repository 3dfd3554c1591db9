/* The native words the engine knows, from its tables. */
#include "nn/layers.h"
#include "nn/losses.h"
#include "nn/optimizers.h"
#include "nn/schedules.h"

const char *hox__engine_word(int i)
{
    const char *(*const table[])(int) = {hox__layer_word, hox__optimizer_word, hox__manner_word,
                                         hox__loss_word, hox__schedule_word};
    for (size_t t = 0; t < sizeof table / sizeof table[0] && i >= 0; t++) {
        int n = 0;
        while (table[t](n))
            if (n++ == i)
                return table[t](i);
        i -= n;
    }
    return NULL;
}
