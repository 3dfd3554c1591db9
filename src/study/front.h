/* The trials of a study with several goals that no other beats in all of them, and how much of the
 * space of goals they cover. */
#ifndef HOX_STUDY_FRONT_H
#define HOX_STUDY_FRONT_H

#include "study/study.h"

typedef struct {
    int goals, n;  /* n: finished trials with all their values */
    int members;   /* of the front */
    double *value; /* [n, goals] as they were told */
    uint64_t *trial;
    double *violation; /* [n] 0: it keeps all bounds */
    int *rank;         /* [n] */
    /* The hypervolume between the front and the worst value of each goal among the finished trials
     * that keep their bounds; NaN: there is none. It grows with a better front and also when a
     * worse trial moves the reference, so it compares fronts of one reference only. */
    double reference[HOX__AIMS_MAX], hypervolume;
} hox__front;

/* HOX_ERR_MEMORY, or what reading the store says; *out is empty then. */
hox_status hox__front_read(hox__store *store, int64_t study, const hox__aim *aim, hox__front *out,
                           hox_error *err);
void hox__front_free(hox__front *front);

static inline bool hox__front_has(const hox__front *front, int i)
{
    return front->rank[i] == 0 && front->violation[i] == 0;
}

/* "acc 0.9, seconds 1.5" */
void hox__front_print(const hox__aim *aim, const double *value, hox__text *out);

#endif
