/* Round numbers along an axis. */
#ifndef HOX_CLI_PLOT_TICKS_H
#define HOX_CLI_PLOT_TICKS_H

#include <stdbool.h>

enum { HOX__TICKS_MAX = 32, HOX__TICK_LABEL = 24 };

typedef struct {
    int n;
    double at[HOX__TICKS_MAX];
    char label[HOX__TICKS_MAX][HOX__TICK_LABEL];
} hox__ticks;

/* About `most` (at least 2, fewer than HOX__TICKS_MAX) of them on [low, high], low < high; more
 * where it would be only one. Multiples of 1, 2 or 5 times a power of ten. `log` (low > 0): powers
 * of ten; 1, 2, 5 of each where there are few; equal steps within less than a factor of 4. Labels
 * have as many digits as tell them apart. */
void hox__ticks_make(double low, double high, bool log, int most, hox__ticks *out);

#endif
