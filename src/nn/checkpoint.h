/* A training put down and taken up again. */
#ifndef HOX_NN_CHECKPOINT_H
#define HOX_NN_CHECKPOINT_H

#include "base/digest.h"
#include "nn/train.h"

/* What an epoch ended with; NaN: there is no validation, or no such measure. */
typedef struct {
    double value; /* the metric that is wanted */
    double accuracy, loss, train_loss;
} hox__epoch_end;

/* Where a training stands. What is drawn (order, augmentation, dropout) follows from seed and step;
 * what is learned and remembered is in the plan's variables. */
typedef struct {
    int64_t step; /* batches done */
    double sum;   /* of their losses in the epoch that is under way */
    double train_loss;
    int64_t epochs;            /* wholly done and measured */
    hox__epoch_end *measured;  /* [epochs], room for epochs_max */
    int64_t epochs_max;        /* not in the file */
    char key[HOX__DIGEST_HEX]; /* of what is trained, on what, and how */
} hox__standing;

/* The key of a training: equal for trainings that take the same steps. The number of epochs counts
 * only where the schedule looks at it, so that a budget can be raised. */
hox_status hox__standing_key(const hox__recipe *recipe, const hox__split *split,
                             const hox__data_plan *data /* may be NULL */, uint64_t seed,
                             char key[HOX__DIGEST_HEX], hox_error *err);

/* Written as a whole or not at all; the file is 0600. */
hox_status hox__checkpoint_save(const hox__standing *standing, const hox__plan *plan,
                                const char *path, hox_error *err);

/* Into the variables of `plan` and its step. HOX_ERR_DATA: damaged, of another version (E0702), or
 * of another training (E0704); then the plan's variables may have changed. standing->key says which
 * training is wanted. */
hox_status hox__checkpoint_load(const char *path, hox__standing *standing, hox__plan *plan,
                                hox_error *err);
hox_status hox__checkpoint_load_bytes(const void *data, size_t n, const char *path,
                                      hox__standing *standing, hox__plan *plan, hox_error *err);

#endif
