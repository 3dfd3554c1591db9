/* What a Gaussian process sees of a history: some rows, and values to be made small. */
#ifndef HOX_SEARCH_SAMPLE_H
#define HOX_SEARCH_SAMPLE_H

#include "base/arena.h"
#include "search/history.h"

typedef struct {
    int64_t *row; /* [n] of the history, rising */
    double *y;    /* [n] standardized, smaller is better */
    double mean, sd;
    int n;
} hox__sample;

/* Told trials; of more than `most` two fifths are the best, one fifth the latest, the rest an even
 * sample by rank. Scores are cut off at median + 5 (median - best); what failed or broke a
 * constraint is as bad as the worst, what was pruned no better than the median. NULL: memory. */
hox__sample *hox__sample_scores(hox__arena *arena, const hox__history *history, int most);

/* Told trials of known duration, and the logarithm of their seconds. */
hox__sample *hox__sample_seconds(hox__arena *arena, const hox__history *history, int most);

#endif
