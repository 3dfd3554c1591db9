/* The vector kernels for any machine. */
#define WIDTH 8
#define SET   plain
#include "tensor/kernels/vector_body.h"
