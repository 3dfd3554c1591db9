/* Preloaded into a program: the clock on the wall jumps at every look, as far as 40 years to and
 * fro; the clocks that only go forward are as they are (reliability H8). HOX_CLOCK_SEED names the
 * jumps; HOX_CLOCK_AHEAD is seconds that it is ahead, and then it does not jump. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static uint64_t state;
static long ahead;
static int fixed;

__attribute__((constructor)) static void begin(void)
{
    const char *seed = getenv("HOX_CLOCK_SEED"), *by = getenv("HOX_CLOCK_AHEAD");
    state = 88172645463325252ull ^ (seed ? strtoull(seed, NULL, 10) * 0x9E3779B97F4A7C15ull : 0);
    ahead = by ? atol(by) : 0;
    fixed = by != NULL;
}

static long jump(void)
{
    static const long farthest = 40l * 365 * 86400;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return fixed ? ahead : (long)(state % (uint64_t)(2 * farthest)) - farthest;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    int (*real)(clockid_t, struct timespec *) =
        (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    const int code = real(id, t);
    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
        t->tv_sec += jump();
    return code;
}

time_t time(time_t *out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

int gettimeofday(struct timeval *out, void *zone)
{
    struct timespec t;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    *out = (struct timeval){t.tv_sec, t.tv_nsec / 1000};
    return 0;
}
