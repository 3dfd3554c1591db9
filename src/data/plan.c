/* The `data` chain: a source, then split(…), then balance, then augment(…). */
#include "data/dataset.h"
#include <string.h>

static hox_status read_split(const hox_term *split, hox__data_plan *plan, hox_error *err)
{
    plan->validation = hox_term_number(split, "validation", 0.1);
    plan->split_seed = (uint64_t)hox_term_number(split, "seed", 0);
    plan->folds = (int)hox_term_number(split, "folds", 0);
    plan->fold = (int)hox_term_number(split, "fold", 0);
    if (plan->folds == 1 || (plan->folds > 1 && plan->fold >= plan->folds) ||
        (!plan->folds && plan->fold))
        return hox_fail_code(err, HOX_ERR_DATA, "E0503",
                             "split(folds: %d, fold: %d): two folds or more, counted from 0",
                             plan->folds, plan->fold);
    return HOX_OK;
}

hox_status hox__data_plan_read(const hox_term *data, hox__data_plan *plan, hox_error *err)
{
    static const char *const order[] = {"split", "balance", "augment"};
    int n = 0, next = 0;
    const hox_term *const *part = data ? hox_term_parts(&data, &n) : NULL;
    if (n == 0)
        return hox_fail_code(
            err, HOX_ERR_DATA, "E0503",
            "the space says nothing about `data`; begin with idx(\"fashion-mnist\")");
    *plan = (hox__data_plan){.source = part[0], .validation = 0.1};
    for (int i = 1; i < n; i++) {
        const char *word = part[i]->name ? part[i]->name : "";
        int place = next;
        while (place < 3 && strcmp(word, order[place]) != 0)
            place++;
        if (place == 3)
            return hox_fail_code(err, HOX_ERR_DATA, "E0503",
                                 "`%s` cannot stand there: `data` is a source, then split(…), then "
                                 "balance, then augment(…)",
                                 word);
        next = place + 1;
        if (place == 0 && read_split(part[i], plan, err) != HOX_OK)
            return HOX_ERR_DATA;
        plan->balance |= place == 1;
        if (place == 2) {
            plan->augment = part[i]->part;
            plan->augments = part[i]->n;
        }
    }
    return HOX_OK;
}
