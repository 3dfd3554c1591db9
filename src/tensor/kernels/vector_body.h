/* The vector kernels for one instruction set: WIDTH floats a vector, SET names the table. */
#include "tensor/kernels/vector_gemm.h"
#include "tensor/kernels/vector_half.h"
#include "tensor/kernels/vector_lanes.h"
#include "tensor/kernels/vector_norm.h"
#include "tensor/kernels/vector_pool.h"
#include "tensor/kernels/vector_products.h"
#include "tensor/kernels/vector_rows.h"
#include "tensor/kernels/vector_tape.h"
#include "tensor/kernels/vector_winograd.h"

#define JOIN(a, b)  JOIN_(a, b)
#define JOIN_(a, b) a##b
#define WORD(a)     WORD_(a)
#define WORD_(a)    #a

const hox__kernels JOIN(hox__kernels_, SET) = {
    .name = WORD(SET),
    .width = WIDTH,
    .tape = tape_run,
    .pack = pack,
    .unpack = unpack,
    .narrow = narrow,
    .widen = widen,
    .bn_stats = bn_stats,
    .bn_apply = bn_apply,
    .bn_apply_pool = bn_apply_pool,
    .bn_sums = bn_sums,
    .bn_dx = bn_dx,
    .channel_sum = channel_sum,
    .channel_max = channel_max,
    .maxpool = maxpool,
    .max_scatter = max_scatter,
    .avgpool = avgpool,
    .avgpool_dx = avgpool_dx,
#if WIDTH == 16 && defined(__AVX512F__)
    .winograd_weights = winograd_weights,
    .winograd_slopes = winograd_slopes,
    .winograd_images = winograd_images,
    .winograd_gradients = winograd_gradients,
#endif
    .gemm = gemm,
    .gemm_pack = gemm_pack,
    .gemm_packed = gemm_packed,
    .products = products,
    .softmax = softmax,
    .xent = xent,
    .uniform = uniform,
    .dropout = dropout,
};
