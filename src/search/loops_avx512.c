/* The loops for AVX512. */
#if defined(__x86_64__)
#define SET avx512
#include "search/loops_body.h"
#else
typedef int hox__not_this_machine;
#endif
