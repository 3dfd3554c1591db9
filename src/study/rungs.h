/* Rungs: the budgets at which trials are compared, each a factor `eta` above the one before. */
#ifndef HOX_STUDY_RUNGS_H
#define HOX_STUDY_RUNGS_H

#include "study/allocator.h"

enum { HOX__RUNGS_MAX = 64 };

typedef struct {
    double at[HOX__RUNGS_MAX]; /* [n], rising; the last is the whole budget */
    int n;
} hox__rungs;

/* low, low eta, low eta^2 ... and high. A rung nearer to `high` than by the square root of eta is
 * left out, since it would cost nearly as much as the last. Where both ends are whole and high > 1,
 * so are the rungs: budgets of epochs are counted, shares of the data are not. 0 < low <= high,
 * eta >= 2. */
void hox__rungs_make(double low, double high, int eta, hox__rungs *rungs);

/* How often `low` can be multiplied by eta within `high`: floor(log_eta(high / low)), without
 * logarithms, whose rounding is off by one at exact powers. */
int hox__rungs_levels(double low, double high, int eta);

/* n / eta^k, rounded down */
int64_t hox__rungs_left(int64_t n, int eta, int k);

/* Budgets as they are granted: whole numbers are rounded up. */
double hox__rungs_budget(double budget, double low, double high);

/* What the settings and the study say of the ends; HOX_ERR_ARGUMENT when there is no budget to
 * share out, or `from` lies outside. */
hox_status hox__rungs_ends(const hox_allocation *about, const char *who, double from, double *low,
                           double *high, hox_error *err);

#endif
