/* Data sets: found by name, read once, checked wholly, shared read-only by every trial; which rows
 * learn and which choose. */
#ifndef HOX_DATA_DATASET_H
#define HOX_DATA_DATASET_H

#include "base/text.h"
#include "data/examples.h"

/* The kind that came first; every function that takes hox__images takes examples of any kind unless
 * it says otherwise. */
typedef hox__examples hox__images;

/* A source: its training part and, when it has one, its test part (n = 0 otherwise). */
typedef struct hox__dataset hox__dataset;

/* Where sets are looked for, in order: HOX_DATA's value (may be NULL), the system's data-set
 * folder, the current directory. */
typedef struct {
    const char *folder; /* value of HOX_DATA or NULL */
} hox__places;

/* `source` is the first part of a `data` chain: the CALL idx(name: …), csv(…), one of sources.def.
 * Errors are HOX_ERR_DATA with file and byte or line; a set that is not there: where it was looked
 * for and how to install it (code E0501). */
hox_status hox__dataset_open(const hox_term *source, const hox__places *places,
                             hox__dataset **dataset, hox_error *err);
void hox__dataset_free(hox__dataset *dataset);
const hox__images *hox__dataset_training(const hox__dataset *dataset);
const hox__images *hox__dataset_test(const hox__dataset *dataset);
const char *
hox__dataset_hash(const hox__dataset *dataset); /* SHA-256 of the training part, hexadecimal */

/* What a network needs to know: from headers where the format has any; a table or a text is read
 * once. */
hox_status hox__dataset_facts(const hox_term *source, const hox__places *places, hox_facts *facts,
                              hox_error *err);

/* "28x28x1, 10 classes", "105 features, one number", "64 tokens out of 66". */
void hox__facts_print(hox__text *out, const hox_facts *facts);

/* One file of images without labels for `hox predict`: IDX (plain or gzip) or CIFAR binary, told
 * apart by content. `labels_path` may be NULL. CIFAR files carry labels of their own. */
hox_status hox__images_open(const char *path, const char *labels_path, hox__images **images,
                            hox_error *err);
void hox__images_free(hox__images *images);

/* The parts of a `data` chain: source, then split(validation:, seed:, folds:, fold:), then balance,
 * then augment(...). Missing split: 0.1, seed 0. Anything else, or another order, is HOX_ERR_DATA.
 * Borrowed from the term. */
typedef struct {
    const hox_term *source;
    double validation;
    uint64_t split_seed;
    int folds, fold; /* folds >= 2: fold 0 .. folds-1 validates, `validation` does not count */
    bool balance;    /* losses weighed by hox__class_weights() of the training rows */
    const hox_term *const *augment;
    int augments;
} hox__data_plan;
hox_status hox__data_plan_read(const hox_term *data, hox__data_plan *plan, hox_error *err);

/* Stratified split: `validation` of every class, drawn with `seed` alone, the same in every study.
 * Arrays are the caller's to hox__free(), ascending. 0 <= validation < 1. */
typedef struct {
    int64_t n_train, n_validation;
    int64_t *train, *validation;
} hox__split;
hox_status hox__split_make(const hox__examples *examples, double validation, uint64_t seed,
                           hox__split *split, hox_error *err);
/* As the plan says: by share or by folds. Validation rows of k folds are a partition of all rows. A
 * text (target NEXT) is cut in blocks that stay together: the last part, or the fold-th of them. */
hox_status hox__split_of(const hox__examples *examples, const hox__data_plan *plan,
                         hox__split *split, hox_error *err);
void hox__split_free(hox__split *split);

/* Images of bytes alone, for who does not use an encoder yet. Per-channel mean and standard
 * deviation (of pixels / 255) over the rows given. */
typedef struct {
    float mean[16],
        scale[16]; /* x = (pixel / 255 - mean) * scale; scale = 1 / standard deviation */
} hox__standard;
void hox__standard_fit(const hox__images *images, const int64_t *rows, int64_t n,
                       hox__standard *out);

/* Writes rows[0..n) as floats [n, c, h, w] and labels [n]. With `augment`, sample `row` in `epoch`
 * draws only from child(child(rng, "augment", epoch), "sample", row): independent of batch and
 * order. labels may be NULL. */
void hox__batch_fill(const hox__images *images, const hox__standard *standard, const int64_t *rows,
                     int64_t n, const hox__augment *augment, const hox_rng *rng, uint64_t epoch,
                     float *x, int32_t *labels);

/* rows[0..n) shuffled for an epoch: Fisher-Yates on child(rng, "order", epoch). out[n]. */
void hox__epoch_order(const int64_t *rows, int64_t n, const hox_rng *rng, uint64_t epoch,
                      int64_t *out);

#endif
