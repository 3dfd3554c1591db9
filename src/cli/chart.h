/* Text plots: a step line on a few rows, as wide as there is room. */
#ifndef HOX_CLI_CHART_H
#define HOX_CLI_CHART_H

#include "base/text.h"
#include <stdbool.h>

/* y[n] over x[n] (ascending) as `rows` lines of at most `width` columns, each behind `indent`
 * spaces and a scale. `steps`: the value holds until the next point, as a best-so-far does;
 * otherwise points are joined. NaN is skipped. Nothing is added for fewer than 2 finite points or
 * too little room. */
void hox__chart(hox__text *out, const double *x, const double *y, int n, int rows, int width,
                int indent, bool steps);

#endif
