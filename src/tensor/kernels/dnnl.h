/* oneDNN, opened at first use (decisions 1.13): the only door to it, and no type of its own passes.
 *
 * Everything answers NULL or false where the library, its header or an implementation is missing;
 * callers then take a kernel of ours. Values are plain (row-major) or blocked by channels:
 * [n, ceil(c / block), h, w, block], the padded channels zero.
 */
#ifndef HOX_TENSOR_DNNL_H
#define HOX_TENSOR_DNNL_H

#include "tensor/graph.h"
#include <stddef.h>

typedef struct hox__library hox__library;
typedef struct hox__convolution hox__convolution;

/* block: channels of a block of ours, 8 or 16. threads: those it computes in. */
hox__library *hox__library_open(int block, int threads);

/* From now on convolutions multiply numbers of 16 bits (half.h), where the library has a kernel for
 * it, and add in 32. False: this processor has no instructions for it. */
bool hox__library_halve(hox__library *library);
void hox__library_close(hox__library *library); /* with all its convolutions */
const char *hox__library_with(const char *set); /* "oneDNN 2.6.3, avx512", as built; static */

/* So many compute threads for whoever calls; oneDNN would take every core. Cheap. */
void hox__library_threads(const hox__library *library);

typedef enum { HOX__FORWARD, HOX__BACKWARD_DATA, HOX__BACKWARD_WEIGHTS } hox__direction;

/* Which layouts a convolution of this shape wants, in all three directions. */
bool hox__convolution_layouts(hox__library *library, const hox__shape *x, const hox__shape *w,
                              const hox__shape *y, const hox__window *window, bool *x_blocked,
                              bool *y_blocked);

/* y_half: the result of the way forward shall have 16 bits, if its operands do. */
hox__convolution *hox__convolution_new(hox__library *library, hox__direction direction,
                                       const hox__shape *x, const hox__shape *w,
                                       const hox__shape *y, const hox__window *window,
                                       bool x_blocked, bool y_blocked, bool y_half);
/* Which images it reads or writes with 16 bits; gradients of images and of weights are floats. */
void hox__convolution_halves(const hox__convolution *convolution, bool *x, bool *y);
size_t hox__convolution_scratch(const hox__convolution *convolution);
const char *hox__convolution_kernel(const hox__convolution *convolution); /* for listings */
/* Has the library no kernel of this processor for it, only one of plain C? */
bool hox__convolution_slow(const hox__convolution *convolution);

/* Addresses, once. Weights are plain; what the library wants instead lies in scratch. */
bool hox__convolution_bind(hox__convolution *convolution, void *x, void *w, void *y, void *scratch);
void hox__convolution_run(const hox__convolution *convolution);

/* c = op(a) op(b), row-major. False: not done. */
bool hox__library_gemm(const hox__library *library, bool ta, bool tb, int64_t m, int64_t n,
                       int64_t k, const float *a, const float *b, float *c);

#endif
