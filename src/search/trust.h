/* Is advice that a search was given worth following? What was tried on advice is compared with what
 * the search tried by itself, from the first trials on; advice whose two latest trials were no
 * better than the median of the search's own is lost trust in, and it is given in the first 30
 * trials only. So what misleads costs a few trials, whoever gave it: an earlier study
 * (transfer.h) or the user (belief.h). */
#ifndef HOX_SEARCH_TRUST_H
#define HOX_SEARCH_TRUST_H

#include "search/strategy.h"

enum {
    HOX__TRUST_TRIALS = 30,
    HOX__TRUST_OWN = 3,     /* trials of the search must be told to judge advice */
    HOX__TRUST_FAILURES = 2 /* one after the other end it */
};

/* All zeros: nothing was asked yet. */
typedef struct {
    struct {
        uint64_t trial;
        bool advised, told;
        double score; /* NaN until told, or without */
    } seen[HOX__TRUST_TRIALS];
    int n;
} hox__trust;

/* The events of the study, as in strategy.h; `advised`: the trial follows the advice. */
void hox__trust_asked(hox__trust *trust, uint64_t trial, bool advised);
void hox__trust_told(hox__trust *trust, uint64_t trial, const hox_outcome *outcome);

/* Is the next trial among the first, and did the latest advised ones not all fail? */
bool hox__trust_holds(const hox__trust *trust);

#endif
