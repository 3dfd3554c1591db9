/* What a study wants: one or several metrics, each to be large or small, and bounds that a result
 * must keep. Read from `objective`:
 *
 *   objective = maximize acc
 *   objective = minimize mean of last 5 val_loss
 *   objective = maximize acc minimize seconds below(memory: 2e9) above(recall: 0.5)
 */
#ifndef HOX_STUDY_AIM_H
#define HOX_STUDY_AIM_H

#include "base/arena.h"
#include <hox/space.h>

enum { HOX__AIMS_MAX = 8, HOX__BOUNDS_MAX = 8, HOX__MEAN_MAX = 1000000 };

typedef struct {
    const char *metric;
    bool maximize;
    int64_t reduce; /* of a curve: 0 the last value, -1 the best, k > 0 the mean of the last k */
} hox__goal;

typedef struct {
    const char *metric;
    bool above; /* must be at least `value`; else at most */
    double value;
} hox__bound;

typedef struct {
    hox__goal goal[HOX__AIMS_MAX];
    int goals; /* at least 1 */
    hox__bound bound[HOX__BOUNDS_MAX];
    int bounds;
} hox__aim;

/* `term` NULL: `usual`, to be maximized. Names live in `arena`. */
hox_status hox__aim_read(const hox_term *term, const char *usual, hox__arena *arena, hox__aim *aim,
                         hox_error *err);

/* In one order: "maximize accuracy", "minimize mean of last 5 loss"; NULL: no memory. */
const char *hox__aim_text(const hox__aim *aim, hox__arena *arena);

/* The values of a trial as the log keeps them, "[0.91,12.5]", into value[goals]: NaN where it is
 * not a number. Returns how many there are; those past the goals are not written. */
int hox__aim_scores(const hox__aim *aim, const char *text, double *value);

/* Sum of what the values miss their bounds by, 0: none. value[i] is that of bound i; NaN counts as
 * missed by infinity. */
double hox__aim_violation(const hox__aim *aim, const double *value);

#endif
