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

/* Which rows validate: a share of them, or one of `folds`. */
typedef struct {
    double share;
    int folds, fold;
} split_rule;

/* Marks the rows of each class that validate, drawn by the class's own stream: of a share at least
 * 1 where the class has 2; of folds every folds-th, counted on from class to class so that no fold
 * is larger than another by more than 1. */
static void mark(const hox__examples *examples, const split_rule *rule, const hox_rng *root,
                 int64_t *scratch, uint8_t *chosen)
{
    int64_t before = 0;
    for (int c = 0; c < (examples->labels ? examples->classes : 1); c++) {
        int64_t n = 0;
        for (int64_t i = 0; i < examples->n; i++)
            if (!examples->labels || examples->labels[i] == c)
                scratch[n++] = i;
        hox_rng rng = hox_rng_child(root, "class", (uint64_t)c);
        shuffle(scratch, n, &rng);
        int64_t take = (int64_t)floor((double)n * rule->share + 0.5);
        if (rule->share > 0 && take == 0 && n >= 2)
            take = 1;
        for (int64_t i = 0; i < n; i++)
            if (rule->folds ? (before + i) % rule->folds == rule->fold : i < take)
                chosen[scratch[i]] = 1;
        before += n;
    }
}

/* A text: neighbours know each other, so one block validates. */
static void mark_block(const hox__examples *examples, const split_rule *rule, uint8_t *chosen)
{
    const int64_t n = examples->n;
    int64_t from = n - (int64_t)floor((double)n * rule->share + 0.5), to = n;
    if (rule->folds) {
        from = n * rule->fold / rule->folds;
        to = n * (rule->fold + 1) / rule->folds;
    }
    for (int64_t i = from; i < to; i++)
        chosen[i] = 1;
}

static hox_status split_by(const hox__examples *examples, const split_rule *rule, uint64_t seed,
                           hox__split *split, hox_error *err)
{
    if (examples->n > UINT32_MAX)
        return hox_fail_code(err, HOX_ERR_DATA, "E0502", "more than 2^32 examples");
    const size_t n = (size_t)examples->n + 1;
    int64_t *scratch = hox__alloc(n, sizeof *scratch);
    uint8_t *chosen = hox__alloc(n, 1);
    *split = (hox__split){.train = hox__alloc(n, sizeof(int64_t)),
                          .validation = hox__alloc(n, sizeof(int64_t))};
    const bool good = scratch && chosen && split->train && split->validation;
    if (good) {
        const hox_rng rng = hox_rng_seed(seed), root = hox_rng_child(&rng, "split", 0);
        if (examples->target == HOX__NEXT)
            mark_block(examples, rule, chosen);
        else
            mark(examples, rule, &root, scratch, chosen);
        for (int64_t i = 0; i < examples->n; i++)
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
                                (long long)examples->n);
}

hox_status hox__split_make(const hox__examples *examples, double validation, uint64_t seed,
                           hox__split *split, hox_error *err)
{
    if (!(validation >= 0 && validation < 1))
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0503",
                             "split(validation: %g) must lie in [0, 1)", validation);
    return split_by(examples, &(split_rule){.share = validation}, seed, split, err);
}

hox_status hox__split_of(const hox__examples *examples, const hox__data_plan *plan,
                         hox__split *split, hox_error *err)
{
    if (!plan->folds)
        return hox__split_make(examples, plan->validation, plan->split_seed, split, err);
    if (plan->folds > examples->n)
        return hox_fail_code(err, HOX_ERR_ARGUMENT, "E0503",
                             "split(folds: %d) of %lld examples leaves folds empty", plan->folds,
                             (long long)examples->n);
    return split_by(examples, &(split_rule){.folds = plan->folds, .fold = plan->fold},
                    plan->split_seed, split, err);
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
