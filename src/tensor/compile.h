/* From a graph to rows: what plan.c, lower.c, layout.c, fuse.c and memory.c share.
 *
 * A buffer is a place for one value in one layout. A row is one kernel call over buffers. Rows are
 * made in an order that computes operands first; then buffers get offsets in one arena, and
 * addresses are bound into the rows.
 */
#ifndef HOX_TENSOR_COMPILE_H
#define HOX_TENSOR_COMPILE_H

#include "tensor/internal.h"
#include "tensor/plan.h"

typedef enum { HOX__PLAIN, HOX__BLOCKED, HOX__LAYOUTS } hox__layout;

typedef enum {
    HOX__TEMPORARY, /* lives between its first and last row */
    HOX__VARIABLES, /* the others keep their place */
    HOX__PINNED
} hox__lifetime;

typedef struct {
    size_t bytes, offset;
    int first, last; /* rows; first -1: before all */
    hox__lifetime lifetime;
    int joined; /* buffer that this one became part of, or -1 */
} hox__buffer;

enum { HOX__OUTPUTS_MAX = 3 };

typedef struct hox__row hox__row;
struct hox__row {
    void (*run)(const hox__row *row);
    hox__call call; /* parameters and shapes; addresses once bound */
    void *out[HOX__OUTPUTS_MAX];
    void *scratch;
    const void *data; /* of the kernel */
    void (*kernel)(const hox__call *call);
    const uint64_t *step;
    const char *label;
    hox__node node;
    hox__layout layout;
    int outs;
    int *in_buffer; /* [call.n] */
    int out_buffer[HOX__OUTPUTS_MAX], scratch_buffer;
    bool in_place; /* results may lie where operands of the same size are */
    double flops;
};

typedef struct {
    hox__node node; /* of the caller's graph */
    int buffer;
    int64_t count;
    const char *name;
    hox__shape shape;
} hox__slot;

struct hox__plan {
    hox__arena *arena; /* rows and names; the graph below has its own */
    hox__graph *g;
    hox__row *row;
    int rows;
    hox__buffer *buffer;
    int buffers;
    hox__slot *input, *output, *variable;
    int inputs, outputs, variables;
    uint64_t step;
    void *memory;        /* as allocated */
    unsigned char *base; /* aligned */
    hox__plan_facts facts;
};

/* State of one compilation. */
typedef struct {
    hox__plan *plan;
    hox__graph *g;
    const hox__plan_options *options;
    hox_error *err;
    hox_status status;
    hox__arena *scratch;
    int nodes;
    bool *live;
    int *uses;               /* live readers of each node, assignments and outputs included */
    int (*at)[HOX__LAYOUTS]; /* buffer of each node and layout, -1: none yet */
    uint8_t *layout;         /* where the node's own row writes it */
    bool *done;              /* has a row, or needs none */
    int row_capacity, buffer_capacity;
    hox_rng root; /* of draws */
} hox__compile;

/* False and status when memory is short. */
bool hox__compile_short(hox__compile *c);
void *hox__compile_alloc(hox__compile *c, size_t n, size_t size);

/* lower.c: rows. */
int hox__buffer_add(hox__compile *c, size_t bytes, hox__lifetime lifetime);
hox__row *hox__row_add(hox__compile *c, hox__node node, int ins, int outs);
int hox__value_buffer(hox__compile *c, hox__node a, hox__layout layout); /* made when absent */
int hox__operand(hox__compile *c, hox__node a, hox__layout layout);      /* reordered when needed */
size_t hox__value_bytes(const hox__graph *g, hox__node a);
bool hox__lower(hox__compile *c);

/* memory.c: merges, liveness, offsets, allocation, addresses. */
bool hox__place(hox__compile *c);

#endif
