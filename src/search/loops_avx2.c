/* The loops for AVX2. */
#if defined(__x86_64__)
#define SET avx2
#include "search/loops_body.h"
#else
typedef int hox__not_this_machine;
#endif
