/* From a graph to rows: what plan.c, simplify.c, regroup.c, products.c, turn.c, layout.c, fuse.c,
 * lower.c, rows.c, tape.c and memory.c share.
 *
 * A buffer is a place for one value in one layout. A row is one kernel call over buffers. Rows are
 * made in an order that computes operands first; then buffers get offsets in one arena, and
 * addresses are bound into the rows.
 */
#ifndef HOX_TENSOR_COMPILE_H
#define HOX_TENSOR_COMPILE_H

#include "tensor/internal.h"
#include "tensor/kernels/dnnl.h"
#include "tensor/kernels/team.h"
#include "tensor/kernels/vector.h"
#include "tensor/plan.h"

typedef enum {
    HOX__PLAIN,
    HOX__BLOCKED,    /* images by blocks of channels */
    HOX__PLAIN_HALF, /* both with numbers of 16 bits (kernels/half.h) */
    HOX__BLOCKED_HALF,
    HOX__PANELS, /* matrices [n, k] as the transposed right operand of a product */
    HOX__LAYOUTS
} hox__layout;

static inline bool hox__layout_blocked(hox__layout layout)
{
    return layout == HOX__BLOCKED || layout == HOX__BLOCKED_HALF;
}

static inline bool hox__layout_half(hox__layout layout)
{
    return layout == HOX__PLAIN_HALF || layout == HOX__BLOCKED_HALF;
}

static inline hox__layout hox__layout_of(bool blocked, bool half)
{
    if (half)
        return blocked ? HOX__BLOCKED_HALF : HOX__PLAIN_HALF;
    return blocked ? HOX__BLOCKED : HOX__PLAIN;
}

typedef enum {
    HOX__TEMPORARY, /* lives between its first and last row */
    HOX__VARIABLES, /* the others keep their place */
    HOX__PINNED
} hox__lifetime;

typedef struct {
    size_t bytes, offset;
    int first, last; /* rows; first -1: before all */
    hox__lifetime lifetime;
    int joined; /* buffer whose place this one took, or -1 */
} hox__buffer;

enum { HOX__OUTPUTS_MAX = 12 };

typedef struct hox__row hox__row;
/* Does the part of a row over planes that `planes` names. */
typedef void hox__planes_part(const hox__row *row, const hox__planes *planes);
struct hox__row {
    void (*run)(const hox__row *row);
    hox__call call; /* parameters and shapes; addresses once bound */
    void *out[HOX__OUTPUTS_MAX];
    void *scratch;
    void (*kernel)(const hox__call *call); /* plain C */
    const hox__kernels *set;
    hox__planes planes; /* of the images a vector kernel works on */
    const hox__tape *tape;
    hox__convolution *convolution;
    const hox__winograd *winograd;
    const hox__library *library;
    const hox__team *team;  /* NULL: one thread */
    hox__planes_part *part; /* of rows over planes */
    bool flag;              /* relu after a normalization */
    bool masked, pooled;    /* see hox__incoming */
    bool narrows;           /* can write result 0 with 16 bits, too, or instead */
    int half;               /* the result that is so; 0: none */
    const uint64_t *step;
    const char *label;
    hox__op op; /* of pools */
    hox__node node;
    hox__layout layout;
    int outs;
    int *in_buffer; /* [call.n] */
    int out_buffer[HOX__OUTPUTS_MAX], scratch_buffer;
    /* May result `out` lie where operand `in` of the same size is? NULL: never. */
    bool (*over)(const hox__row *row, int in, int out);
    int64_t offset; /* where in operands that are parts of others */
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
    const hox__kernels *set;
    hox__library *library; /* NULL: our own kernels only */
    hox__team *team;       /* NULL: one thread */
    hox__slot *input, *output, *variable;
    int inputs, outputs, variables;
    uint64_t step;
    unsigned char *base; /* of the arena */
    hox__plan_facts facts;
};

/* A batch normalization and what is folded into its passes; nodes, HOX__NONE where absent. */
typedef struct {
    hox__node x, train;
    hox__node relu;        /* the only reader of train */
    hox__node pool, index; /* 2x2 maxima of relu, computed in the same pass */
    hox__node sums_of;     /* gradient that dscale, dshift and dx read */
    hox__node incoming;    /* what it is the masked or scattered form of */
    bool masked, pooled;
    hox__node dscale, dshift, dx;
} hox__norm;

/* State of one compilation. */
typedef struct {
    hox__plan *plan;
    hox__graph *g;
    const hox__plan_options *options;
    hox_error *err;
    hox_status status;
    hox__arena *scratch;
    int nodes;
    bool *live, *done;
    bool *kept;              /* an output or a variable's new value: must be in memory, plain */
    int *first_user, *user;  /* readers of node a: user[first_user[a] .. first_user[a + 1]) */
    int (*at)[HOX__LAYOUTS]; /* buffer of each node and layout, -1: none yet */
    uint8_t *layout;         /* where the node's own row writes it */
    hox__node *group;        /* last node of the tape that computes a node; itself when alone */
    hox__node *group_first;  /* at the last node: the first member */
    int *group_size;         /* at the last node: members and operands */
    hox__norm *norm;         /* [norms] */
    int norms;
    int *norm_of;   /* 1 + the norm whose pass computes the node; 0: none */
    bool dry;       /* only measured */
    int *last_read; /* by a step of the tape that is being built */
    int row_capacity, buffer_capacity;
    hox_rng root; /* of draws */
} hox__compile;

/* False and status when memory is short. */
bool hox__compile_short(hox__compile *c);
void *hox__compile_alloc(hox__compile *c, size_t n, size_t size);
static inline int hox__users(const hox__compile *c, hox__node a)
{
    return c->first_user[a + 1] - c->first_user[a];
}

/* simplify.c: map[a] is the copy of node a. NULL when memory is short. */
hox__graph *hox__simplified(const hox__graph *g, const hox__node *output, int n, hox__node *map);

/* regroup.c: products of unrolled loops as one; maps likewise. */
hox__graph *hox__regrouped(const hox__graph *g, const hox__node *output, int n, hox__node *map);

/* turn.c: tall matrices held turned over; maps likewise. Only worth a try where hox__may_turn(). */
bool hox__may_turn(const hox__graph *g);
hox__graph *hox__turned(const hox__graph *g, const hox__node *output, int n, hox__node *map);

/* products.c: sums of products as one node; maps likewise. users: of a, and of its right operand.
 */
bool hox__may_be_term(const hox__graph *g, hox__node a, int users, int right_users);
hox__graph *hox__summed(const hox__graph *g, const hox__node *output, int n, hox__node *map);
bool hox__lower_products(hox__compile *c, hox__node a);

/* layout.c: which layout each value is computed in. */
void hox__choose_layouts(hox__compile *c);
/* In which layout a normalization reads an image: its own, with 16 bits where it was written so. */
hox__layout hox__layout_held(hox__compile *c, hox__node x);
hox__planes hox__planes_of(const hox__shape *shape, hox__layout layout);

/* fuse.c: normalizations with what surrounds them, and groups of elementwise nodes. */
bool hox__fuse(hox__compile *c);
/* Is `a` a concatenation that a group writes part by part? Then it is the group's last node. */
/* Must a member be written to memory? */
bool hox__leaves_group(const hox__compile *c, hox__node a);
bool hox__is_gathered(const hox__compile *c, hox__node a);
bool hox__repeats(const hox__compile *c, hox__node expand, hox__layout layout, hox__register *out);

/* lower.c: buffers and the order of rows. */
int hox__buffer_add(hox__compile *c, size_t bytes, hox__lifetime lifetime);
/* A row with its operands in place: operand i is in[i] in `layout[i]` (NULL: all plain). */
hox__row *hox__row_add(hox__compile *c, hox__node node, const hox__node *in,
                       const hox__layout *layout, int n);
void hox__row_output(hox__compile *c, hox__row *row, hox__node a, hox__layout layout);
void hox__row_scratch(hox__compile *c, hox__row *row, size_t bytes);
/* Computed; reordered, narrowed to 16 bits or widened if need be. */
int hox__operand(hox__compile *c, hox__node a, hox__layout layout);
size_t hox__value_bytes(const hox__compile *c, hox__node a, hox__layout layout);
bool hox__lower(hox__compile *c);

/* rows.c, tape.c: one row for a node; they mark done what they compute. */
bool hox__lower_node(hox__compile *c, hox__node a);
bool hox__lower_group(hox__compile *c, hox__node last);
/* The value that `a` is a part of, and where in it; HOX__NONE: none. */
hox__node hox__part_of(const hox__compile *c, hox__node a, hox__register *reg);
bool hox__lower_norm(hox__compile *c, hox__node a);
bool hox__window_equal(const hox__window *a, const hox__window *b);
bool hox__over_always(const hox__row *row, int in, int out);

/* winograd.c: 3x3 and 5x5 convolutions by our own kernels, where those win; x: the image, y: the
 * result. */
bool hox__winograd_wins(const hox__compile *c, const hox__shape *x, const hox__shape *w,
                        const hox__shape *y, const hox__window *window);
bool hox__lower_winograd(hox__compile *c, hox__node a);

/* threads.c: rows that several threads share. `work` gets the row. */
void hox__share_units(hox__row *row, hox__planes_part *part);
void hox__share_images(hox__row *row, hox__planes_part *part);
/* n: floats that the row goes over. */
void hox__run_shared(const hox__row *row, int64_t n, hox__team_work *work);

/* memory.c: merges, liveness, offsets, allocation, addresses. */
bool hox__place(hox__compile *c);

#endif
