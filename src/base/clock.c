#include "base/clock.h"
#include <errno.h>
#include <math.h>
#include <time.h>

static double seconds(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double hox__clock_s(void)
{
    return seconds(CLOCK_MONOTONIC);
}

double hox__clock_cpu_s(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t hox__clock_unix_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void hox__time_print(int64_t unix_ms, char out[HOX__TIME_TEXT])
{
    int64_t s = unix_ms / 1000, ms = unix_ms % 1000;
    if (ms < 0) {
        ms += 1000;
        s--;
    }
    const time_t t = (time_t)s;
    struct tm tm = {0};
    if (!gmtime_r(&t, &tm) || tm.tm_year < 1000 - 1900 || tm.tm_year > 9999 - 1900)
        tm = (struct tm){.tm_year = 70, .tm_mday = 1};
    char *p = out + strftime(out, HOX__TIME_TEXT, "%Y-%m-%dT%H:%M:%S.", &tm);
    *p++ = (char)('0' + ms / 100);
    *p++ = (char)('0' + ms / 10 % 10);
    *p++ = (char)('0' + ms % 10);
    *p++ = 'Z';
    *p = '\0';
}

void hox__sleep_s(double s)
{
    struct timespec t = {(time_t)floor(s), (long)((s - floor(s)) * 1e9)};
    while (s > 0 && nanosleep(&t, &t) == -1 && errno == EINTR)
        ;
}

int64_t hox__clock_boot_ms(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
