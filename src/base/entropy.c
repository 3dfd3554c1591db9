#include "base/entropy.h"
#include <stdlib.h>
#include <sys/random.h>

uint64_t hox__entropy_u64(void)
{
    uint64_t value;
    /* The kernel gives up to 256 bytes whole once its pool is filled, which booting waits for. */
    if (getrandom(&value, sizeof value, 0) != sizeof value)
        abort();
    return value;
}
