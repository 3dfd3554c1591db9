/* The graph: typed, single-assignment tensor values with logical shapes. Built per network, closed
 * under differentiation (gradients are nodes of the same graph), compiled once by tensor/plan.h,
 * run many times.
 *
 * Logical order is row-major, images [n, c, h, w], convolution weights [out, in/groups, kh, kw],
 * dense weights [out, in]. Nothing here knows a layout, a library or an address.
 *
 * Errors are sticky: a constructor given wrong shapes records the first message in the graph and
 * returns HOX__NONE, which every constructor accepts and passes on; hox__graph_status() tells at
 * the end.
 */
#ifndef HOX_TENSOR_GRAPH_H
#define HOX_TENSOR_GRAPH_H

#include <hox/rng.h>
#include <hox/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hox__graph hox__graph;
typedef int32_t hox__node;
enum { HOX__NONE = -1, HOX__RANK_MAX = 6 };

typedef enum { HOX__F32, HOX__I32 } hox__type; /* where floats are held with 16 bits: compile.h */

typedef struct {
    int rank; /* 0: a scalar */
    int64_t dim[HOX__RANK_MAX];
} hox__shape;

#define HOX__SHAPE(...)                                                                            \
    ((hox__shape){(int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), {__VA_ARGS__}})
#define HOX__SCALAR ((hox__shape){0, {0}})

hox__graph *hox__graph_new(void); /* NULL when memory is short */
void hox__graph_free(hox__graph *g);
hox_status hox__graph_status(const hox__graph *g,
                             hox_error *err); /* first error of any constructor */
const hox__shape *hox__node_shape(const hox__graph *g, hox__node a);
int hox__graph_count(const hox__graph *g);

/* ---- leaves ---- */

/* Filled by the caller before each run: images, labels, the learning rate. */
hox__node hox__input(hox__graph *g, hox__type type, hox__shape shape, const char *name);

/* Persists between runs and has a name by which it is read, written and carried to another plan. */
hox__node hox__variable(hox__graph *g, hox__shape shape, const char *name);
const char *hox__node_name(const hox__graph *g,
                           hox__node a); /* inputs and variables; "" for others */

hox__node hox__constant(hox__graph *g, hox__shape shape, float value);

/* Uniform [0, 1), drawn anew at every run: stream child(plan seed, name, id), counter (step,
 * element). */
hox__node hox__uniform(hox__graph *g, hox__shape shape, const char *name, uint64_t id);

/* Mean 0, variance 1, drawn likewise. */
hox__node hox__normal(hox__graph *g, hox__shape shape, const char *name, uint64_t id);

/* ---- elementwise: shapes must be equal after broadcasting by hox__expand (scalars are broadcast
 * for you) ---- */

hox__node hox__neg(hox__graph *g, hox__node a);
hox__node hox__recip(hox__graph *g, hox__node a);
hox__node hox__exp_(hox__graph *g, hox__node a);
hox__node hox__log_(hox__graph *g, hox__node a);
hox__node hox__sqrt_(hox__graph *g, hox__node a);
hox__node hox__tanh_(hox__graph *g, hox__node a);
hox__node hox__sigmoid(hox__graph *g, hox__node a);
hox__node hox__erf_(hox__graph *g, hox__node a);
hox__node hox__abs_(hox__graph *g, hox__node a);
hox__node hox__sin_(hox__graph *g, hox__node a);
hox__node hox__cos_(hox__graph *g, hox__node a);
hox__node hox__floor_(hox__graph *g, hox__node a); /* slope 0 */
hox__node hox__add(hox__graph *g, hox__node a, hox__node b);
hox__node hox__sub(hox__graph *g, hox__node a, hox__node b);
hox__node hox__mul(hox__graph *g, hox__node a, hox__node b);
hox__node hox__div(hox__graph *g, hox__node a, hox__node b);
hox__node hox__max(hox__graph *g, hox__node a, hox__node b);
hox__node hox__min(hox__graph *g, hox__node a, hox__node b);
hox__node hox__pow_(hox__graph *g, hox__node a, hox__node b); /* as pow() of C */
hox__node hox__less(hox__graph *g, hox__node a, hox__node b); /* 1 or 0 */
hox__node hox__select(hox__graph *g, hox__node condition, hox__node a,
                      hox__node b);              /* condition != 0 ? a : b */
hox__node hox__relu(hox__graph *g, hox__node a); /* slope 0 at 0 */
hox__node hox__elu(hox__graph *g, hox__node a);  /* alpha 1 */
hox__node hox__gelu(hox__graph *g, hox__node a); /* exact, with erf */
hox__node hox__swish(hox__graph *g, hox__node a);

/* ---- shape ---- */

hox__node hox__expand(hox__graph *g, hox__node a, hox__shape shape); /* dimensions of 1 repeat */
hox__node hox__reshape(hox__graph *g, hox__node a, hox__shape shape);
hox__node hox__permute(hox__graph *g, hox__node a, const int *order);
hox__node hox__slice(hox__graph *g, hox__node a, int axis, int64_t start, int64_t stop);
/* Elements start, start + step, ... below stop. */
hox__node hox__slice_steps(hox__graph *g, hox__node a, int axis, int64_t start, int64_t stop,
                           int64_t step);
hox__node hox__flip(hox__graph *g, hox__node a, uint32_t axes); /* bit i: axis i backwards */
hox__node hox__concat(hox__graph *g, const hox__node *part, int n, int axis);
hox__node hox__sum(hox__graph *g, hox__node a,
                   uint32_t axes); /* bit i: axis i is summed and kept with size 1 */
hox__node hox__mean(hox__graph *g, hox__node a, uint32_t axes);

hox__node hox__maxval(hox__graph *g, hox__node a,
                      uint32_t axes); /* as sum; equal maxima share the gradient */
/* Position of the largest along an axis, first of equals: I32, the axis kept with size 1. */
hox__node hox__argmax(hox__graph *g, hox__node a, int axis);
/* I32 to F32 and back (towards zero, clamped). Not differentiable. */
hox__node hox__cast(hox__graph *g, hox__node a, hox__type type);

/* ---- rows by number ---- */

/* table [r, d...], index I32 [i...] -> [i..., d...]: an embedding. A number outside 0..r-1 gives
 * zeros. */
hox__node hox__gather_rows(hox__graph *g, hox__node table, hox__node index);
/* Its transpose: rows [i..., d...] are added into `count` rows; those outside are left out. */
hox__node hox__scatter_add_rows(hox__graph *g, hox__node rows, hox__node index, int64_t count);

/* ---- products ---- */

/* op(a) op(b), op transposes the last two axes when asked; ranks 2, or 3 with equal batch. */
hox__node hox__matmul(hox__graph *g, hox__node a, hox__node b, bool transpose_a, bool transpose_b);

typedef struct {
    int64_t stride_h, stride_w;
    int64_t pad_top, pad_bottom, pad_left, pad_right;
    int64_t groups;       /* depthwise when equal to the input channels */
    int64_t gap_h, gap_w; /* cells left out between those that are multiplied: dilation - 1 */
} hox__window;

hox__node hox__conv(hox__graph *g, hox__node x, hox__node w, hox__window window);
hox__node hox__conv_dx(hox__graph *g, hox__node dy, hox__node w, hox__window window, hox__shape x);
hox__node hox__conv_dw(hox__graph *g, hox__node x, hox__node dy, hox__window window, hox__shape w);

/* ---- pooling; groups unused. avgpool divides by the cells inside the image. ---- */

hox__node hox__maxpool(hox__graph *g, hox__node x, int64_t size_h, int64_t size_w,
                       hox__window window);
hox__node hox__avgpool(hox__graph *g, hox__node x, int64_t size_h, int64_t size_w,
                       hox__window window);

/* ---- macros: a fused kernel, and a definition in the operations above for second derivatives ----
 */

/* Batch normalization over all axes but 1 (Ioffe, Szegedy 2015, algorithm 1), eps 1e-5. scale,
 * shift: [c]. *mean, *variance (may be NULL): the batch's, [c], variance biased, not
 * differentiated. x rank 2 or 4. */
hox__node hox__batch_norm(hox__graph *g, hox__node x, hox__node scale, hox__node shift,
                          hox__node *mean, hox__node *variance);
/* With given statistics. */
hox__node hox__batch_apply(hox__graph *g, hox__node x, hox__node scale, hox__node shift,
                           hox__node mean, hox__node variance);

/* (x - mean) / sqrt(variance + 1e-5), both over the given axes of each example: what layer, group
 * and instance normalization have in common (Ba, Kiros, Hinton 2016; Wu, He 2018). */
hox__node hox__whiten(hox__graph *g, hox__node x, uint32_t axes);
/* Layer normalization: over the last axis, then scale and shift, both [last]. */
hox__node hox__row_norm(hox__graph *g, hox__node x, hox__node scale, hox__node shift);

hox__node hox__softmax(hox__graph *g, hox__node x);     /* last axis */
hox__node hox__log_softmax(hox__graph *g, hox__node x); /* last axis */

/* Mean cross-entropy in nats of logits [n, classes] against labels [n] (I32), a scalar. */
hox__node hox__softmax_xent(hox__graph *g, hox__node logits, hox__node label);
/* Labels [n] (I32) as rows [n, classes] of 0 and 1. Not differentiable. */
hox__node hox__onehot(hox__graph *g, hox__node label, int64_t classes);
/* How many rows have their largest logit at the label (first of equals), a scalar. Not
 * differentiable. */
hox__node hox__hits(hox__graph *g, hox__node logits, hox__node label);

/* Inverted dropout: kept with probability 1-p and scaled by 1/(1-p); the mask is recomputed, never
 * stored. p in [0, 1). */
hox__node hox__dropout(hox__graph *g, hox__node x, float p, const char *name, uint64_t id);

/* ---- control ---- */

hox__node hox__stop_gradient(hox__graph *g, hox__node a);

/* After the step, `variable` holds `value`. All values are computed from the old variables. */
void hox__assign(hox__graph *g, hox__node variable, hox__node value);

/* d(scalar y)/d(wrt[i]) as nodes; out[n]. A wrt that y does not depend on gets a constant 0 of its
 * shape. */
void hox__gradients(hox__graph *g, hox__node y, const hox__node *wrt, int n, hox__node *out);

#endif
