/* A minimum within bounds, downhill by L-BFGS (Liu, Nocedal, Mathematical Programming 45, 1989). */
#ifndef HOX_SEARCH_MINIMIZE_H
#define HOX_SEARCH_MINIMIZE_H

#include <hox/status.h>

typedef struct {
    /* The value at x [n]; its slope into `gradient` [n] unless that is NULL. It keeps the best. */
    double (*value)(unsigned n, const double *x, double *gradient, void *ctx);
    void *ctx;
    const double *low, *high; /* [n] */
    int steps;                /* at most so many values are asked for */
    double enough;            /* a step that gains less is the last */
} hox__downhill;

/* NLopt does it, which is opened at first use: programs that fit no process need not start it.
 * HOX_ERR_IO: it is not here. A method that minimizes asks when it begins. */
hox_status hox__minimize_find(hox_error *err);

/* From x [n] on, n > 0; x is overwritten. HOX_ERR_MEMORY: nothing was done. */
hox_status hox__minimize(int n, double *x, const hox__downhill *way);

#endif
