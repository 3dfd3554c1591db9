/* The seam to time. Durations use the monotonic clock; only printed times use the other. */
#ifndef HOX_BASE_CLOCK_H
#define HOX_BASE_CLOCK_H

#include <stdint.h>

double hox__clock_s(void);        /* monotonic seconds from an arbitrary start */
int64_t hox__clock_boot_ms(void); /* since the machine was started, sleep included */
double hox__clock_cpu_s(void);    /* CPU seconds of this process */
int64_t hox__clock_unix_ms(void); /* milliseconds since 1970-01-01 UTC */

enum { HOX__TIME_TEXT = 25 };
void hox__time_print(int64_t unix_ms,
                     char out[HOX__TIME_TEXT]); /* RFC 3339 UTC: 2026-01-31T23:59:59.123Z */

void hox__sleep_s(double seconds);

#endif
