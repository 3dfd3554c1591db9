#ifndef HOX_STUDY_METHODS_H
#define HOX_STUDY_METHODS_H

#include "search/strategy.h"

/* Borrowed, lives as long as the program; NULL when no method has that name. `-` counts as `_`. */
const hox_strategy *hox__strategy_find(const char *name);

/* The word before any `(`: is it a strategy or a scheme? HOX_ERR_ARGUMENT, and the nearest name. */
hox_status hox__strategy_check(const char *text, hox_error *err);
hox_status hox__strategy_unknown(const char *name, hox_error *err);

/* The whole table, [*n], in the order of methods.def. */
const hox_strategy *const *hox__strategy_all(int *n);

/* A word of `search =` that stands for a strategy with its defaults and a rule that shares out
 * budget among its trials, whose settings it has. NULL when no scheme has that name. */
typedef struct {
    const char *name, *strategy, *allocator, *source, *summary;
} hox__scheme;
const hox__scheme *hox__scheme_find(const char *name);
const hox__scheme *hox__scheme_all(int *n);

/* The essay's taxonomy: every method of the field, here yet or not. */
typedef struct {
    const char *name, *strategy; /* strategy: word of `search =`, or NULL while it is not here */
    const char *branch;          /* "A" searching architectures, "B" networks inside networks */
    const char *manipulates, *mechanism, *product, *source;
} hox__taxon;
const hox__taxon *hox__taxonomy(int *n);

#endif
