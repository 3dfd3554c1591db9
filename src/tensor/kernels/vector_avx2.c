/* The vector kernels for AVX2 and FMA. */
#if defined(__x86_64__)
#define WIDTH 8
#define SET   avx2
#include "tensor/kernels/vector_body.h"
#else
typedef int hox__not_this_machine;
#endif
