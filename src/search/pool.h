/* Candidates for the largest improvement: points of the unit cube where every question is always
 * asked, walks through the space and changed walks of the best trials where not. */
#ifndef HOX_SEARCH_POOL_H
#define HOX_SEARCH_POOL_H

#include "search/improve.h"

typedef struct {
    const hox__history *history;
    hox__arena *arena;
    hox_rng *rng;
    hox_walk *walk;
    int dims;
    bool flat;      /* every question is always asked, and all its branches are feasible */
    double **dense; /* [n] */
    double *value;  /* [n] */
    int n, room;
    const int64_t *best; /* [n_best] rows around which candidates lie */
    int n_best;
} hox__pool;

/* Room for the candidates that a process of `points` points can afford. False: memory. history,
 * arena, rng, walk and best are set before. */
bool hox__pool_init(hox__pool *pool, int points);
hox_status hox__pool_fill(hox__pool *pool, hox_error *err);

/* Climbs from the most promising candidates; the best point that is new, and a sentence, stands on
 * the walk afterwards. When there is none, a draw from the prior. */
hox_status hox__pool_search(hox__pool *pool, hox__improvement *im, hox_error *err);

#endif
