/* The vector kernels for AVX-512. */
#if defined(__x86_64__)
#define WIDTH 16
#define SET   avx512
#include "tensor/kernels/vector_body.h"
#else
typedef int hox__not_this_machine;
#endif
