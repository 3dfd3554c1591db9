/* oneDNN 2.x behind kernels/dnnl.h.
 *
 * The header is only used for its declarations: every function is found in libdnnl.so.2 when the
 * first plan is made, and the library then stays loaded, so that its cache of compiled kernels
 * serves later plans. As many threads as asked for, direct algorithms (the same bits every time),
 * scratch memory from the caller's arena. Weights are kept row-major by the caller; a reorder to
 * the library's own layout runs beside each convolution (0.2 to 32 us, under 1 % of it).
 */
#include "tensor/kernels/dnnl.h"
#include "base/alloc.h"
#include "base/symbol.h"

#ifdef HOX_DNNL
#include <dnnl.h>
#endif

#if defined(HOX_DNNL) && DNNL_VERSION_MAJOR == 2

#include <string.h>

#define FUNCTIONS(X)                                                                               \
    X(engine_create)                                                                               \
    X(engine_destroy)                                                                              \
    X(stream_create)                                                                               \
    X(stream_destroy)                                                                              \
    X(memory_desc_init_by_tag)                                                                     \
    X(memory_desc_get_size)                                                                        \
    X(memory_desc_equal)                                                                           \
    X(memory_create)                                                                               \
    X(memory_destroy)                                                                              \
    X(dilated_convolution_forward_desc_init)                                                       \
    X(dilated_convolution_backward_data_desc_init)                                                 \
    X(dilated_convolution_backward_weights_desc_init)                                              \
    X(primitive_desc_create)                                                                       \
    X(primitive_desc_destroy)                                                                      \
    X(primitive_desc_query)                                                                        \
    X(primitive_desc_query_md)                                                                     \
    X(primitive_attr_create)                                                                       \
    X(primitive_attr_destroy)                                                                      \
    X(primitive_attr_set_scratchpad_mode)                                                          \
    X(reorder_primitive_desc_create)                                                               \
    X(primitive_create)                                                                            \
    X(primitive_execute)                                                                           \
    X(primitive_destroy)                                                                           \
    X(set_primitive_cache_capacity)                                                                \
    X(sgemm)                                                                                       \
    X(version)

struct hox__library {
#define X(name) __typeof__(dnnl_##name) *name;
    FUNCTIONS(X)
#undef X
    void (*omp_set_num_threads)(int);
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_attr_t attributes;
    hox__convolution *first;
    int block, threads;
    bool half; /* convolutions multiply in bfloat16 */
};

enum { ARGUMENTS = 4, CACHE_PRIMITIVES = 512, ALIGN = 64 };

struct hox__convolution {
    hox__library *library;
    hox__convolution *next;
    hox__direction direction;
    dnnl_primitive_desc_t description;
    dnnl_primitive_t primitive, reorder;
    dnnl_memory_desc_t x, w, y, plain_w, pad;
    dnnl_memory_t memory[5];
    dnnl_exec_arg_t argument[ARGUMENTS], reorder_argument[2];
    size_t w_bytes, scratch_bytes; /* w_bytes 0: weights are used as they are */
    const char *kernel;
};

#define WORD(x)  WORD_(x)
#define WORD_(x) #x
#define NAME                                                                                       \
    "oneDNN " WORD(DNNL_VERSION_MAJOR) "." WORD(DNNL_VERSION_MINOR) "." WORD(DNNL_VERSION_PATCH)

const char *hox__library_with(const char *set)
{
    return strcmp(set, "avx512") == 0 ? NAME ", avx512"
           : strcmp(set, "avx2") == 0 ? NAME ", avx2"
                                      : NAME;
}

static bool load(hox__library *library)
{
    void *handle = hox__symbol_library("libdnnl.so.2");
    if (!handle)
        return false;
    bool all = true;
#define X(name) all &= hox__symbol_find(handle, "dnnl_" #name, &library->name);
    FUNCTIONS(X)
#undef X
    hox__symbol_find(handle, "omp_set_num_threads", &library->omp_set_num_threads);
    return all && library->version()->major == 2;
}

hox__library *hox__library_open(int block, int threads)
{
    hox__library *library = hox__alloc(1, sizeof *library);
    if (!library)
        return NULL;
    library->block = block;
    library->threads = threads;
    if (!load(library)) {
        hox__free(library);
        return NULL;
    }
    hox__library_threads(library);
    library->set_primitive_cache_capacity(CACHE_PRIMITIVES);
    if (library->engine_create(&library->engine, dnnl_cpu, 0) == dnnl_success &&
        library->stream_create(&library->stream, library->engine, dnnl_stream_default_flags) ==
            dnnl_success &&
        library->primitive_attr_create(&library->attributes) == dnnl_success &&
        library->primitive_attr_set_scratchpad_mode(library->attributes,
                                                    dnnl_scratchpad_mode_user) == dnnl_success)
        return library;
    hox__library_close(library);
    return NULL;
}

static void convolution_free(hox__convolution *c)
{
    hox__library *l = c->library;
    for (int i = 0; i < 5; i++)
        if (c->memory[i])
            l->memory_destroy(c->memory[i]);
    if (c->primitive)
        l->primitive_destroy(c->primitive);
    if (c->reorder)
        l->primitive_destroy(c->reorder);
    if (c->description)
        l->primitive_desc_destroy(c->description);
    hox__free(c);
}

void hox__library_close(hox__library *library)
{
    if (!library)
        return;
    for (hox__convolution *c = library->first, *next; c; c = next) {
        next = c->next;
        convolution_free(c);
    }
    if (library->attributes)
        library->primitive_attr_destroy(library->attributes);
    if (library->stream)
        library->stream_destroy(library->stream);
    if (library->engine)
        library->engine_destroy(library->engine);
    hox__free(library);
}

bool hox__library_halve(hox__library *library)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    library->half = library->block == 16 && __builtin_cpu_supports("avx512bf16");
#endif
    return library->half;
}

void hox__library_threads(const hox__library *library)
{
    if (library->omp_set_num_threads)
        library->omp_set_num_threads(library->threads);
}

/* ---- descriptions ---- */

static dnnl_format_tag_t image_tag(const hox__library *l, bool blocked)
{
    return !blocked ? dnnl_nchw : l->block == 16 ? dnnl_nChw16c : dnnl_nChw8c;
}

static bool image(const hox__library *l, dnnl_memory_desc_t *out, const hox__shape *s,
                  dnnl_format_tag_t tag)
{
    const dnnl_dims_t dims = {s->dim[0], s->dim[1], s->dim[2], s->dim[3]};
    return l->memory_desc_init_by_tag(out, 4, dims, dnnl_f32, tag) == dnnl_success;
}

static bool weights(const hox__library *l, dnnl_memory_desc_t *out, const hox__shape *w,
                    int64_t groups, bool any)
{
    const dnnl_dims_t flat = {w->dim[0], w->dim[1], w->dim[2], w->dim[3]};
    if (groups == 1)
        return l->memory_desc_init_by_tag(out, 4, flat, dnnl_f32,
                                          any ? dnnl_format_tag_any : dnnl_oihw) == dnnl_success;
    const dnnl_dims_t dims = {groups, w->dim[0] / groups, w->dim[1], w->dim[2], w->dim[3]};
    return l->memory_desc_init_by_tag(out, 5, dims, dnnl_f32,
                                      any ? dnnl_format_tag_any : dnnl_goihw) == dnnl_success;
}

/* The library pads as it is told on the low side; the high side follows from the sizes. */
static bool describe(const hox__library *l, hox__direction direction, const dnnl_memory_desc_t *x,
                     const dnnl_memory_desc_t *w, const dnnl_memory_desc_t *y,
                     const hox__window *window, dnnl_convolution_desc_t *out)
{
    const dnnl_dims_t stride = {window->stride_h, window->stride_w};
    const dnnl_dims_t low = {window->pad_top, window->pad_left};
    const dnnl_dim_t *yd = y->dims, *xd = x->dims, *wd = w->dims + (w->ndims - 4);
    const dnnl_dims_t gap = {window->gap_h, window->gap_w};
    const dnnl_dims_t high = {
        (yd[2] - 1) * stride[0] + (wd[2] - 1) * (gap[0] + 1) + 1 - xd[2] - low[0],
        (yd[3] - 1) * stride[1] + (wd[3] - 1) * (gap[1] + 1) + 1 - xd[3] - low[1]};
    dnnl_status_t status;
    if (direction == HOX__FORWARD)
        status = l->dilated_convolution_forward_desc_init(out, dnnl_forward_training,
                                                          dnnl_convolution_direct, x, w, NULL, y,
                                                          stride, gap, low, high);
    else if (direction == HOX__BACKWARD_DATA)
        status = l->dilated_convolution_backward_data_desc_init(out, dnnl_convolution_direct, x, w,
                                                                y, stride, gap, low, high);
    else
        status = l->dilated_convolution_backward_weights_desc_init(
            out, dnnl_convolution_direct, x, w, NULL, y, stride, gap, low, high);
    return status == dnnl_success;
}

/* Plain or our block; anything else is none of ours. */
static bool classify(const hox__library *l, const dnnl_memory_desc_t *got, const hox__shape *s,
                     bool *blocked)
{
    for (int b = 0; b < 2; b++) {
        dnnl_memory_desc_t ours;
        if (image(l, &ours, s, image_tag(l, b)) && l->memory_desc_equal(got, &ours)) {
            *blocked = b;
            return true;
        }
    }
    return false;
}

static dnnl_data_type_t width_of(bool half)
{
    return half ? dnnl_bf16 : dnnl_f32;
}

/* Which numbers have 16 bits: those that are multiplied, and the result of the way forward if
 * asked. */
typedef struct {
    bool multiplied, result;
} widths;

static dnnl_primitive_desc_t forward(hox__library *l, const hox__shape *x, const hox__shape *w,
                                     const hox__shape *y, const hox__window *window,
                                     dnnl_format_tag_t x_tag, dnnl_format_tag_t y_tag, widths half)
{
    dnnl_memory_desc_t xm, wm, ym;
    dnnl_convolution_desc_t description;
    dnnl_primitive_desc_t out = NULL;
    if (!image(l, &xm, x, x_tag) || !image(l, &ym, y, y_tag) ||
        !weights(l, &wm, w, window->groups, true))
        return NULL;
    xm.data_type = wm.data_type = width_of(half.multiplied);
    ym.data_type = width_of(half.result);
    if (describe(l, HOX__FORWARD, &xm, &wm, &ym, window, &description) &&
        l->primitive_desc_create(&out, &description, l->attributes, l->engine, NULL) ==
            dnnl_success)
        return out;
    return NULL;
}

bool hox__convolution_layouts(hox__library *library, const hox__shape *x, const hox__shape *w,
                              const hox__shape *y, const hox__window *window, bool *x_blocked,
                              bool *y_blocked)
{
    hox__library *l = library;
    dnnl_primitive_desc_t pd =
        forward(l, x, w, y, window, dnnl_format_tag_any, dnnl_format_tag_any, (widths){0});
    if (!pd)
        return false;
    bool known = classify(l, l->primitive_desc_query_md(pd, dnnl_query_src_md, 0), x, x_blocked) &&
                 classify(l, l->primitive_desc_query_md(pd, dnnl_query_dst_md, 0), y, y_blocked);
    l->primitive_desc_destroy(pd);
    /* A plain image of few channels suits the way forward alone: beyond three (colours), the way
     * back has plain C kernels in the library, a thousand times as slow. */
    known = known && (*x_blocked == *y_blocked || x->dim[1] <= 3);
    if (!known) { /* or the library likes a layout that our kernels do not speak */
        *x_blocked = *y_blocked = true;
        pd = forward(l, x, w, y, window, image_tag(l, true), image_tag(l, true), (widths){0});
        known = pd != NULL;
        if (pd)
            l->primitive_desc_destroy(pd);
    }
    return known;
}

/* ---- primitives ---- */

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

/* Which of x, w and y a direction multiplies, and so may have 16 bits. */
static const struct {
    bool x, w, y;
} multiplied[] = {[HOX__FORWARD] = {true, true, false},
                  [HOX__BACKWARD_DATA] = {false, true, true},
                  [HOX__BACKWARD_WEIGHTS] = {true, false, true}};

/* The descriptions; false: the library has none such, or of numbers of 16 bits only one that is
 * slow. */
static bool choose(hox__convolution *c, const hox__shape *x, const hox__shape *w,
                   const hox__shape *y, const hox__window *window, bool x_blocked, bool y_blocked,
                   widths half)
{
    hox__library *l = c->library;
    dnnl_memory_desc_t any;
    dnnl_convolution_desc_t description;
    if (!image(l, &c->x, x, image_tag(l, x_blocked)) ||
        !image(l, &c->y, y, image_tag(l, y_blocked)) ||
        !weights(l, &any, w, window->groups, true) ||
        !weights(l, &c->plain_w, w, window->groups, false))
        return false;
    c->x.data_type = width_of(half.multiplied && multiplied[c->direction].x);
    c->y.data_type = width_of(half.multiplied && multiplied[c->direction].y);
    if (c->direction == HOX__FORWARD)
        c->y.data_type = width_of(half.result);
    any.data_type = width_of(half.multiplied && multiplied[c->direction].w);
    if (!describe(l, c->direction, &c->x, &any, &c->y, window, &description))
        return false;
    dnnl_primitive_desc_t hint =
        forward(l, x, w, y, window, image_tag(l, x_blocked), image_tag(l, y_blocked), half);
    const bool made = hint && l->primitive_desc_create(&c->description, &description, l->attributes,
                                                       l->engine, hint) == dnnl_success;
    if (hint)
        l->primitive_desc_destroy(hint);
    if (!made)
        return false;
    if (l->primitive_desc_query(c->description, dnnl_query_impl_info_str, 0, &c->kernel) !=
        dnnl_success)
        c->kernel = "";
    if (half.multiplied && strncmp(c->kernel, "jit", 3) != 0 && strncmp(c->kernel, "brg", 3) != 0) {
        l->primitive_desc_destroy(c->description);
        c->description = NULL;
        return false;
    }
    return true;
}

static bool create(hox__convolution *c, const hox__shape *x, const hox__shape *w,
                   const hox__shape *y, const hox__window *window, bool x_blocked, bool y_blocked,
                   bool y_half)
{
    hox__library *l = c->library;
    const widths none = {0};
    bool made = false;
    for (int result = l->half && y_half; l->half && !made && result >= 0; result--)
        made = choose(c, x, w, y, window, x_blocked, y_blocked, (widths){true, result});
    if (!made && !choose(c, x, w, y, window, x_blocked, y_blocked, none))
        return false;
    if (l->primitive_create(&c->primitive, c->description) != dnnl_success)
        return false;
    c->w = *l->primitive_desc_query_md(
        c->description,
        c->direction == HOX__BACKWARD_WEIGHTS ? dnnl_query_diff_weights_md : dnnl_query_weights_md,
        0);
    c->pad = *l->primitive_desc_query_md(c->description, dnnl_query_scratchpad_md, 0);
    if (!l->memory_desc_equal(&c->w, &c->plain_w))
        c->w_bytes = l->memory_desc_get_size(&c->w);
    c->scratch_bytes = aligned(c->w_bytes) + aligned(l->memory_desc_get_size(&c->pad));
    return true;
}

/* Between the caller's weights and the library's. */
static bool create_reorder(hox__convolution *c)
{
    hox__library *l = c->library;
    if (c->w_bytes == 0)
        return true;
    const bool back = c->direction == HOX__BACKWARD_WEIGHTS;
    dnnl_primitive_desc_t pd = NULL;
    if (l->reorder_primitive_desc_create(&pd, back ? &c->w : &c->plain_w, l->engine,
                                         back ? &c->plain_w : &c->w, l->engine,
                                         NULL) != dnnl_success)
        return false;
    const bool made = l->primitive_create(&c->reorder, pd) == dnnl_success;
    l->primitive_desc_destroy(pd);
    return made;
}

hox__convolution *hox__convolution_new(hox__library *library, hox__direction direction,
                                       const hox__shape *x, const hox__shape *w,
                                       const hox__shape *y, const hox__window *window,
                                       bool x_blocked, bool y_blocked, bool y_half)
{
    hox__convolution *c = hox__alloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->library = library;
    c->direction = direction;
    if (!create(c, x, w, y, window, x_blocked, y_blocked, y_half) || !create_reorder(c)) {
        convolution_free(c);
        return NULL;
    }
    c->next = library->first;
    library->first = c;
    return c;
}

void hox__convolution_halves(const hox__convolution *convolution, bool *x, bool *y)
{
    *x = convolution->x.data_type == dnnl_bf16;
    *y = convolution->y.data_type == dnnl_bf16;
}

size_t hox__convolution_scratch(const hox__convolution *convolution)
{
    return convolution->scratch_bytes;
}

const char *hox__convolution_kernel(const hox__convolution *convolution)
{
    return convolution->kernel;
}

bool hox__convolution_slow(const hox__convolution *convolution)
{
    return strncmp(convolution->kernel, "ref", 3) == 0;
}

static bool hold(hox__convolution *c, int i, const dnnl_memory_desc_t *md, void *address)
{
    return c->library->memory_create(&c->memory[i], md, c->library->engine, address) ==
           dnnl_success;
}

bool hox__convolution_bind(hox__convolution *c, void *x, void *w, void *y, void *scratch)
{
    static const int role[3][3] = {
        {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
        {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
        {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST},
    };
    unsigned char *inside = scratch;
    void *own_w = c->w_bytes ? inside : w;
    if (!hold(c, 0, &c->x, x) || !hold(c, 1, &c->w, own_w) || !hold(c, 2, &c->y, y) ||
        !hold(c, 3, &c->pad, inside + aligned(c->w_bytes)) || !hold(c, 4, &c->plain_w, w))
        return false;
    for (int i = 0; i < 3; i++)
        c->argument[i] = (dnnl_exec_arg_t){role[c->direction][i], c->memory[i]};
    c->argument[3] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, c->memory[3]};
    const bool back = c->direction == HOX__BACKWARD_WEIGHTS;
    c->reorder_argument[0] = (dnnl_exec_arg_t){DNNL_ARG_FROM, c->memory[back ? 1 : 4]};
    c->reorder_argument[1] = (dnnl_exec_arg_t){DNNL_ARG_TO, c->memory[back ? 4 : 1]};
    return true;
}

void hox__convolution_run(const hox__convolution *c)
{
    const hox__library *l = c->library;
    const bool back = c->direction == HOX__BACKWARD_WEIGHTS;
    if (c->reorder && !back)
        l->primitive_execute(c->reorder, l->stream, 2, c->reorder_argument);
    l->primitive_execute(c->primitive, l->stream, ARGUMENTS, c->argument);
    if (c->reorder && back)
        l->primitive_execute(c->reorder, l->stream, 2, c->reorder_argument);
}

bool hox__library_gemm(const hox__library *library, bool ta, bool tb, int64_t m, int64_t n,
                       int64_t k, const float *a, const float *b, float *c)
{
    return library->sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1.0f, a, ta ? m : k, b,
                          tb ? k : n, 0.0f, c, n) == dnnl_success;
}

#else

const char *hox__library_with(const char *set)
{
    (void)set;
    return "";
}

hox__library *hox__library_open(int block, int threads)
{
    (void)block, (void)threads;
    return NULL;
}

bool hox__library_halve(hox__library *library)
{
    (void)library;
    return false;
}

void hox__library_close(hox__library *library)
{
    (void)library;
}

void hox__library_threads(const hox__library *library)
{
    (void)library;
}

bool hox__convolution_layouts(hox__library *library, const hox__shape *x, const hox__shape *w,
                              const hox__shape *y, const hox__window *window, bool *x_blocked,
                              bool *y_blocked)
{
    (void)library, (void)x, (void)w, (void)y, (void)window, (void)x_blocked, (void)y_blocked;
    return false;
}

hox__convolution *hox__convolution_new(hox__library *library, hox__direction direction,
                                       const hox__shape *x, const hox__shape *w,
                                       const hox__shape *y, const hox__window *window,
                                       bool x_blocked, bool y_blocked, bool y_half)
{
    (void)library, (void)direction, (void)x, (void)w, (void)y, (void)window;
    (void)x_blocked, (void)y_blocked, (void)y_half;
    return NULL;
}

void hox__convolution_halves(const hox__convolution *convolution, bool *x, bool *y)
{
    (void)convolution;
    *x = *y = false;
}

size_t hox__convolution_scratch(const hox__convolution *convolution)
{
    (void)convolution;
    return 0;
}

const char *hox__convolution_kernel(const hox__convolution *convolution)
{
    (void)convolution;
    return "";
}

bool hox__convolution_slow(const hox__convolution *convolution)
{
    (void)convolution;
    return false;
}

bool hox__convolution_bind(hox__convolution *c, void *x, void *w, void *y, void *scratch)
{
    (void)c, (void)x, (void)w, (void)y, (void)scratch;
    return false;
}

void hox__convolution_run(const hox__convolution *convolution)
{
    (void)convolution;
}

bool hox__library_gemm(const hox__library *library, bool ta, bool tb, int64_t m, int64_t n,
                       int64_t k, const float *a, const float *b, float *c)
{
    (void)library, (void)ta, (void)tb, (void)m, (void)n, (void)k, (void)a, (void)b, (void)c;
    return false;
}

#endif
