#include "search/loops.h"

const hox__loops *hox__loops_get(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return &hox__loops_avx512;
    if (__builtin_cpu_supports("avx2"))
        return &hox__loops_avx2;
#endif
    return &hox__loops_plain;
}
