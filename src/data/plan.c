/* The `data` chain: a source, then split(…), then augment(…). */
#include "data/dataset.h"
#include <string.h>

hox_status hox__data_plan_read(const hox_term *data, hox__data_plan *plan, hox_error *err)
{
    int n = 0;
    const hox_term *const *part = data ? hox_term_parts(&data, &n) : NULL;
    if (n == 0)
        return hox_fail_code(
            err, HOX_ERR_DATA, "E0503",
            "the space says nothing about `data`; begin with idx(\"fashion-mnist\")");
    *plan = (hox__data_plan){.source = part[0], .validation = 0.1};
    int place = 0;
    for (int i = 1; i < n; i++) {
        const char *word = part[i]->name ? part[i]->name : "";
        const int wants = strcmp(word, "split") == 0 ? 1 : strcmp(word, "augment") == 0 ? 2 : 0;
        if (!wants || wants <= place)
            return hox_fail_code(
                err, HOX_ERR_DATA, "E0503",
                "`%s` cannot stand there: `data` is a source, then split(…), then augment(…)",
                word);
        place = wants;
        if (wants == 1) {
            plan->validation = hox_term_number(part[i], "validation", 0.1);
            plan->split_seed = (uint64_t)hox_term_number(part[i], "seed", 0);
        } else {
            plan->augment = part[i]->part;
            plan->augments = part[i]->n;
        }
    }
    return HOX_OK;
}
