/* Our own vector kernels: one body (vector_body.h), compiled for each instruction set, picked at
 * run time. Sums run in a fixed order, so the same set gives the same bits every time.
 *
 * Layouts: plain [n, c, cells], or blocked [n, ceil(c/width), cells, width] with zeros in the
 * padded channels, which every kernel writes.
 */
#ifndef HOX_TENSOR_VECTOR_H
#define HOX_TENSOR_VECTOR_H

#include "tensor/kernels/call.h"
#include <stddef.h>

/* ---- tapes: elementwise programs over strips of 256 floats that stay in the first cache ---- */

enum { HOX__STRIP = 256, HOX__STEPS_MAX = 96, HOX__REGISTERS_MAX = 96 };
enum { HOX__GEMM_ROWS = 12 };

typedef enum {
    HOX__STEP_NEG,
    HOX__STEP_RECIP,
    HOX__STEP_EXP,
    HOX__STEP_LOG,
    HOX__STEP_SQRT,
    HOX__STEP_TANH,
    HOX__STEP_SIGMOID,
    HOX__STEP_ERF,
    HOX__STEP_ABS,
    HOX__STEP_SIN,
    HOX__STEP_COS,
    HOX__STEP_FLOOR,
    HOX__STEP_RELU,
    HOX__STEP_ADD,
    HOX__STEP_SUB,
    HOX__STEP_MUL,
    HOX__STEP_DIV,
    HOX__STEP_MAX,
    HOX__STEP_MIN,
    HOX__STEP_POW,
    HOX__STEP_LESS,
    HOX__STEP_SELECT,
    HOX__STEP_KEEP_POSITIVE, /* a > 0 ? b : 0 */
    HOX__STEP_SIGMOID_SLOPE, /* a (b (1 - b)) */
    HOX__STEP_TANH_SLOPE,    /* a (1 - b b) */
} hox__step_op;

typedef struct {
    uint8_t op, to, a, b, c; /* registers */
} hox__step;

typedef enum {
    HOX__REGISTER_SLOT,   /* one strip of scratch */
    HOX__REGISTER_IN,     /* an operand of the whole size */
    HOX__REGISTER_HALF,   /* such an operand with 16 bits (half.h) */
    HOX__REGISTER_OUT,    /* a result */
    HOX__REGISTER_ONE,    /* a single number, repeated */
    HOX__REGISTER_CYCLE,  /* element i is operand[(i / inner) % mid] */
    HOX__REGISTER_ROWS,   /* part of an operand: runs of `inner`, `mid` apart */
    HOX__REGISTER_PLACES, /* a result that is such a part of a larger one */
    HOX__REGISTER_BLOCK   /* per channel, where the strip is blocked: inner = cells, mid = c */
} hox__register_kind;

typedef struct {
    uint8_t kind;
    int16_t which; /* operand or result */
    int64_t inner, mid;
    int64_t offset; /* of the first element: operands, results and their parts */
} hox__register;

typedef struct {
    int64_t n; /* elements, padding included */
    int steps, registers;
    hox__step step[HOX__STEPS_MAX];
    hox__register reg[HOX__REGISTERS_MAX];
    bool blocked;
    bool gathered; /* results are parts of one tensor */
    int64_t pad_channels, blocks,
        cells; /* padded channels of the last block are zeroed in results */
} hox__tape;

/* A short vector repeated: written out once, each strip begins inside it. */
static inline bool hox__turns(const hox__register *r)
{
    return r->kind == HOX__REGISTER_CYCLE && r->inner == 1 && r->mid <= HOX__STRIP;
}

/* Scratch of a register. */
static inline int64_t hox__register_floats(const hox__register *r)
{
    return hox__turns(r) ? 2 * HOX__STRIP : HOX__STRIP;
}

/* ---- the others ---- */

typedef struct {
    int64_t n, c, cells;
    int64_t h, w; /* cells = h * w */
    bool blocked;
    bool half; /* of normalizations: x has numbers of 16 bits */
    /* The part to work on, of all the units (blocks of channels; channels of a plain image) and
     * images; an end of 0: to the last. Sums go over all images. */
    int64_t unit, unit_end, image, image_end;
} hox__planes;

/* A result as floats, as numbers of 16 bits (half.h), or both; NULL: not so. */
typedef struct {
    float *whole;
    uint16_t *half;
} hox__result;

/* Where the gradient of a normalization's result comes from. */
typedef struct {
    const float *dy;
    const float *shift;   /* not NULL: of relu's result; dy counts where the normalized image, made
                             again from x, scale and shift, is above 0 */
    const uint8_t *index; /* not NULL: dy is that of 2x2 maxima, found at these positions */
} hox__incoming;

/* 3x3 and 5x5 convolutions of stride 1 by tiles of 4x4 or 2x2 results, each from 36 products a pair
 * of channels. */
enum { HOX__WINOGRAD_POINTS = 36, HOX__WINOGRAD_TILES_MAX = 96 };

typedef struct {
    int64_t taps, tile;                /* 3 and 4, or 5 and 2 */
    int64_t in_channels, out_channels; /* of what is read and of the result */
    int64_t in, out;                   /* the same, filled up to whole blocks */
    int64_t h_in, w_in, h_out, w_out, pad_top, pad_left;
    int64_t rows, columns, tiles; /* of tiles in an image; in all images */
    int64_t tiles_at_once;        /* multiplied together, at most HOX__WINOGRAD_TILES_MAX */
    bool back; /* what is read is the gradient of a convolution's result, the result that of its
                  image, and the weights are those of the convolution */
} hox__winograd;

/* From one of the 36 matrices to the next: a line of the cache more than it takes, so that the same
 * element of all of them does not fall into one set. */
static inline int64_t hox__winograd_step(int64_t rows, int64_t channels)
{
    return rows * channels + 16;
}

/* c = sum of op(a) b over the terms, + begin [m, n] + row [n] + column [m], those that are not
 * NULL; c [m, n] may be begin. */
enum { HOX__TERMS_MAX = 4 };

typedef struct {
    const float *a, *b; /* [m, k], or [k, m] transposed; [k, n], or panels of [n, k] */
    int64_t k;
} hox__term;

typedef struct {
    int64_t m, n;
    bool transpose_a, panels;
    int terms;
    hox__term term[HOX__TERMS_MAX];
    const float *begin, *row, *column;
    float *c;
} hox__products;

typedef struct {
    const char *name;
    int width;
    /* Elements [from, to), both multiples of HOX__STRIP but for the last. half: result 0 with 16
     * bits as well, or, where out[0] is NULL, instead; NULL: not. */
    void (*tape)(const hox__tape *tape, int64_t from, int64_t to, const void *const *in,
                 void *const *out, uint16_t *half, float *scratch);
    void (*pack)(const hox__planes *p, const float *plain, float *blocked);
    void (*unpack)(const hox__planes *p, const float *blocked, float *plain);
    void (*narrow)(int64_t n, const float *from, uint16_t *to);
    void (*widen)(int64_t n, const uint16_t *from, float *to);

    /* x: floats, or numbers of 16 bits as p->half says. */
    void (*bn_stats)(const hox__planes *p, const void *x, float *mean, float *variance);
    /* y = scale (x - mean)/s + shift, then max(0, y) when relu. */
    void (*bn_apply)(const hox__planes *p, const void *x, const float *scale, const float *shift,
                     const float *mean, const float *variance, bool relu, hox__result y);
    /* The same followed by 2x2 maxima at stride 2, in one pass; y itself is not written. */
    void (*bn_apply_pool)(const hox__planes *p, const void *x, const float *scale,
                          const float *shift, const float *mean, const float *variance, bool relu,
                          hox__result pooled, uint8_t *index);
    /* scale is read for relu only. */
    void (*bn_sums)(const hox__planes *p, const void *x, const hox__incoming *g, const float *scale,
                    const float *mean, const float *variance, float *dscale, float *dshift);
    void (*bn_dx)(const hox__planes *p, const void *x, const hox__incoming *g, const float *scale,
                  const float *mean, const float *variance, const float *dscale,
                  const float *dshift, hox__result dx);
    void (*channel_sum)(const hox__planes *p, const float *x, float *out);
    void (*channel_max)(const hox__planes *p, const float *x, float *out);

    /* Blocked only. index may be NULL. */
    void (*maxpool)(const hox__param *param, const hox__shape *x, const hox__shape *y,
                    const float *in, float *out, uint8_t *index);
    void (*max_scatter)(const hox__param *param, const hox__shape *x, const hox__shape *y,
                        const float *dy, const uint8_t *index, float *dx);
    void (*avgpool)(const hox__param *param, const hox__shape *x, const hox__shape *y,
                    const float *in, float *out);
    void (*avgpool_dx)(const hox__param *param, const hox__shape *x, const hox__shape *y,
                       const float *dy, float *dx);

    /* NULL: this set has none. u: 36 matrices of in x out in an order of their own, with
     * hox__winograd_step(in, out) from one to the next; inside: 36 of tiles_at_once x in and 36 of
     * tiles_at_once x out. Blocks [from, to) of channels of the result: */
    void (*winograd_weights)(const hox__winograd *p, const float *w, float *u, int64_t from,
                             int64_t to);
    /* dw [out_channels, in_channels, taps, taps] from so many u, one behind the other, added up */
    void (*winograd_slopes)(const hox__winograd *p, const float *u, int parts, float *dw,
                            int64_t from, int64_t to);
    /* Tiles [from, to): images, and what they give to the gradient of the weights. */
    void (*winograd_images)(const hox__winograd *p, const float *x, const float *u, float *y,
                            float *inside, int64_t from, int64_t to);
    void (*winograd_gradients)(const hox__winograd *p, const float *x, const float *dy, float *u,
                               float *inside, int64_t from, int64_t to);

    /* Rows [from, to) of c = op(a) op(b), row-major; for sizes where calling a library costs more
     * than the product. from: a multiple of HOX__GEMM_ROWS. */
    void (*gemm)(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *a, const float *b,
                 float *c, int64_t from, int64_t to);
    /* b [n, k] in panels, [ceil(n / (2 width)), k, 2 width] floats, and c = a b^T with it. */
    void (*gemm_pack)(int64_t n, int64_t k, const float *b, float *panels);
    void (*gemm_packed)(int64_t m, int64_t n, int64_t k, const float *a, const float *panels,
                        float *c, int64_t from, int64_t to);
    /* Rows [from, to), as gemm. */
    void (*products)(const hox__products *p, int64_t from, int64_t to);
    void (*softmax)(int64_t rows, int64_t n, const float *z, float *out);
    /* *loss: mean; dz may be NULL, or loss. */
    void (*xent)(int64_t rows, int64_t n, const float *z, const int32_t *label, float *loss,
                 float *dz);
    void (*uniform)(const hox_rng *stream, int64_t n, float *out);
    void (*dropout)(const hox_rng *stream, int64_t n, float p, const float *in, float *out);
} hox__kernels;

const hox__kernels *hox__kernels_pick(void);
const char *hox__kernels_text(const hox__kernels *set); /* "plain C, avx2"; static */
const hox__kernels *
hox__kernels_at(int i); /* those this machine can run, for tests; NULL past the end */

/* Numbers too small to be normal become 0 until restored. */
unsigned hox__denormals_off(void);
void hox__denormals_restore(unsigned state);

extern const hox__kernels hox__kernels_plain, hox__kernels_avx2, hox__kernels_avx512;

#endif
