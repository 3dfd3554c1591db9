/* Which vector kernels this machine runs, and its floating-point mode. */
#include "tensor/kernels/vector.h"

#if defined(__x86_64__)
#include <xmmintrin.h>

enum { FLUSH_RESULTS = 0x8000, OPERANDS_ZERO = 0x0040 };

const hox__kernels *hox__kernels_at(int i)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("fma"))
        if (i-- == 0)
            return &hox__kernels_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        if (i-- == 0)
            return &hox__kernels_avx2;
    return i == 0 ? &hox__kernels_plain : NULL;
}

unsigned hox__denormals_off(void)
{
    const unsigned state = _mm_getcsr();
    _mm_setcsr(state | FLUSH_RESULTS | OPERANDS_ZERO);
    return state;
}

void hox__denormals_restore(unsigned state)
{
    _mm_setcsr(state);
}

#else

const hox__kernels *hox__kernels_at(int i)
{
    return i == 0 ? &hox__kernels_plain : NULL;
}

unsigned hox__denormals_off(void)
{
    return 0;
}

void hox__denormals_restore(unsigned state)
{
    (void)state;
}

#endif

const hox__kernels *hox__kernels_pick(void)
{
    return hox__kernels_at(0);
}

const char *hox__kernels_text(const hox__kernels *set)
{
    return set == &hox__kernels_plain ? "plain C"
           : set->width == 16         ? "plain C, avx512"
                                      : "plain C, avx2";
}
