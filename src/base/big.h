/* Whole numbers of at least 0 without a limit, for counting. Immutable; limbs live in an arena. */
#ifndef HOX_BASE_BIG_H
#define HOX_BASE_BIG_H

#include "base/arena.h"
#include "base/text.h"

typedef struct {
    int n;                /* 0: the number is 0 */
    const uint32_t *limb; /* [n] base 10^9, the lowest first, the highest not 0 */
} hox__big;

hox__big hox__big_of(hox__arena *arena, uint64_t x);

/* false when memory is short. *out may be one of the operands. */
bool hox__big_add(hox__arena *arena, hox__big a, hox__big b, hox__big *out);
bool hox__big_times(hox__arena *arena, hox__big a, uint64_t k, hox__big *out);

int hox__big_compare(hox__big a, hox__big b);    /* <0, 0, >0 */
double hox__big_log10(hox__big a);               /* -HUGE_VAL for 0 */
double hox__big_ratio(hox__big a, hox__big b);   /* a / b, b > 0; relative error below 1e-15 */
void hox__big_print(hox__text *out, hox__big a); /* all digits */

#endif
