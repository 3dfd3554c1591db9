/* Inside an encoder. */
#ifndef HOX_DATA_ENCODER_H
#define HOX_DATA_ENCODER_H

#include "base/arena.h"
#include "data/schema.h"

/* One column of a table: where it is kept, and where it goes in x. */
typedef struct {
    bool category;
    int64_t from; /* column of number or codes */
    int64_t at;   /* first column of x */
    int64_t words;
    bool missing; /* one more column of x, behind: 1 where there is no value */
} hox__encoded_column;

struct hox__encoder {
    hox__arena *arena;
    hox__encoded encoded;
    hox__schema *schema; /* may be NULL */
    int64_t numbers, categories;
    float *mean, *scale; /* IMAGES [channels], FEATURES [numbers] */
    int64_t columns;
    hox__encoded_column *column; /* FEATURES [columns] */
};

/* Sizes, layout and class names from `examples`, or from an encoder's own fields when it is read
 * back; mean and scale are left 0 and 1. NULL: memory. */
hox__encoder *hox__encoder_new(const hox__examples *examples);

#endif
