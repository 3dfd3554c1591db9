/* Which rows learn, which choose, and in what order. */
#include "base/alloc.h"
#include "data/dataset.h"
#include <math.h>
#include <string.h>

static void shuffle(int64_t *row, int64_t n, hox_rng *rng)
{
    for (int64_t i = n - 1; i > 0; i--) {
        const int64_t j = hox_rng_below(rng, (uint32_t)(i + 1));
        const int64_t kept = row[i];
        row[i] = row[j];
        row[j] = kept;
    }
}

/* Marks `share` of the rows of each class, at least 1 where the class has 2, drawn by the class's
 * own stream. */
static void mark(const hox__images *images, double share, const hox_rng *root, int64_t *scratch,
                 uint8_t *chosen)
{
    for (int c = 0; c < (images->labels ? images->classes : 1); c++) {
        int64_t n = 0;
        for (int64_t i = 0; i < images->n; i++)
            if (!images->labels || images->labels[i] == c)
                scratch[n++] = i;
        hox_rng rng = hox_rng_child(root, "class", (uint64_t)c);
        shuffle(scratch, n, &rng);
        int64_t take = (int64_t)floor((double)n * share + 0.5);
        if (share > 0 && take == 0 && n >= 2)
            take = 1;
        for (int64_t i = 0; i < take; i++)
            chosen[scratch[i]] = 1;
    }
}

hox_status hox__split_make(const hox__images *images, double validation, uint64_t seed,
                           hox__split *split, hox_error *err)
{
    if (!(validation >= 0 && validation < 1))
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0503",
                             "split(validation: %g) must lie in [0, 1)", validation);
    if (images->n > UINT32_MAX)
        return hox_fail_code(err, HOX_ERR_DATA, "E0502", "more than 2^32 examples");
    int64_t *scratch = hox__alloc((size_t)images->n + 1, sizeof *scratch);
    uint8_t *chosen = hox__alloc((size_t)images->n + 1, 1);
    *split = (hox__split){.train = hox__alloc((size_t)images->n + 1, sizeof(int64_t)),
                          .validation = hox__alloc((size_t)images->n + 1, sizeof(int64_t))};
    const bool good = scratch && chosen && split->train && split->validation;
    if (good) {
        const hox_rng rng = hox_rng_seed(seed), root = hox_rng_child(&rng, "split", 0);
        mark(images, validation, &root, scratch, chosen);
        for (int64_t i = 0; i < images->n; i++)
            if (chosen[i])
                split->validation[split->n_validation++] = i;
            else
                split->train[split->n_train++] = i;
    } else {
        hox__split_free(split);
    }
    hox__free(scratch);
    hox__free(chosen);
    return good ? HOX_OK
                : hox_fail_code(err, HOX_ERR_MEMORY, "E0901", "no memory to split %lld examples",
                                (long long)images->n);
}

void hox__split_free(hox__split *split)
{
    hox__free(split->train);
    hox__free(split->validation);
    *split = (hox__split){0};
}

void hox__epoch_order(const int64_t *rows, int64_t n, const hox_rng *rng, uint64_t epoch,
                      int64_t *out)
{
    hox_rng order = hox_rng_child(rng, "order", epoch);
    memmove(out, rows, (size_t)n * sizeof *out);
    shuffle(out, n, &order);
}
