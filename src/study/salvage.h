/* What is readable of a damaged store, as a new store: every trial whose answers are in the log or
 * in the table of trials. The damaged file is only read. */
#ifndef HOX_STUDY_SALVAGE_H
#define HOX_STUDY_SALVAGE_H

#include "study/pages.h"

typedef struct {
    hox__pages pages;
    int64_t studies, trials, finished, events; /* in the new store */
    int64_t lost_trials; /* whose numbers are known and whose answers are not; later ones move up */
    int64_t lost_studies; /* of which there are events and no space */
    int64_t lost_events;  /* that do not follow from those before */
} hox__salvaged;

/* `to` must not be there. HOX_ERR_DATA: nothing could be read, and `to` is not made. What is made
 * passes hox__store_check(). */
hox_status hox__store_salvage(const char *from, const char *to, hox__salvaged *out, hox_error *err);

#endif
