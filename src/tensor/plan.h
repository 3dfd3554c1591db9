/* A plan: a graph compiled to a fixed list of rows over one arena of known size. Running it
 * allocates nothing and, in one thread, locks nothing and calls no system. Same graph, seed, build,
 * instruction set and number of threads: same bits. With other numbers of threads only
 * sums over images (gradients of weights of convolutions) may differ, in their last bits.
 */
#ifndef HOX_TENSOR_PLAN_H
#define HOX_TENSOR_PLAN_H

#include "tensor/graph.h"
#include <stddef.h>

typedef struct hox__plan hox__plan;

typedef struct {
    uint64_t seed;           /* of hox__uniform and hox__dropout */
    size_t memory_bytes_max; /* 0: no limit; above it HOX_ERR_MEMORY before anything is allocated,
                                naming both sizes */
    bool reference;          /* plain C kernels only */
    int kernels;             /* a set this machine has: 0 the best, 1 the next, as in vector.h */
    int threads;             /* to compute in; 0: one */
    bool half;               /* convolutions multiply in bfloat16 and add in float; images that they
                                read, and those that only normalizations read of them, are kept in
                                it; HOX_ERR_ARGUMENT where the processor or the library cannot */
    bool direct;             /* no convolution with fewer multiplications (Winograd): to compare */
} hox__plan_options;

typedef struct {
    size_t arena_bytes;    /* all that a run touches, known before it is allocated */
    size_t variable_bytes; /* those of them that variables take */
    int rows;
    double flops; /* 2 x multiply-adds of products and convolutions of one run */
} hox__plan_facts;

/* The graph may be freed afterwards. `output[n]` are the values that can be read; assignments of
 * the graph are always done. */
hox_status hox__plan_new(const hox__graph *g, const hox__node *output, int n,
                         const hox__plan_options *options, hox__plan **plan, hox_error *err);
void hox__plan_free(hox__plan *plan);

/* What such a plan takes, without allocating it: `memory(net)` of a requirement. */
hox_status hox__plan_measure(const hox__graph *g, const hox__node *output, int n,
                             const hox__plan_options *options, hox__plan_facts *facts,
                             hox_error *err);

/* Runs one step; the step number (from 0) counts draws of hox__uniform. */
void hox__plan_run(hox__plan *plan);
uint64_t hox__plan_step(const hox__plan *plan);
void hox__plan_set_step(hox__plan *plan, uint64_t step);

/* Memory of an input, in logical order, to be filled before a run. */
void *hox__plan_input(hox__plan *plan, hox__node input);

/* An output of the last run, in logical order, into out[elements]. */
void hox__plan_read(const hox__plan *plan, hox__node output, float *out);

/* Variables by name, logical order. false: no such variable or another size. */
bool hox__plan_get(const hox__plan *plan, const char *variable, float *out, int64_t n);
bool hox__plan_set(hox__plan *plan, const char *variable, const float *in, int64_t n);
int hox__plan_variables(const hox__plan *plan);
const char *hox__plan_variable(const hox__plan *plan, int i,
                               hox__shape *shape); /* in order of creation */

/* Every variable of `to` that `from` has by name and shape. */
void hox__plan_copy_variables(hox__plan *to, const hox__plan *from);

hox__plan_facts hox__plan_describe(const hox__plan *plan);

/* One line a row: operation, kernel, shapes, layout. For people; hox__text of base. */
char *hox__plan_listing(const hox__plan *plan); /* hox__free() */

/* "oneDNN 2.6.3, avx512" or "plain C": what this build and machine will use. Static text. */
const char *hox__tensor_backend(void);

#endif
