/* Elementwise tapes: each strip of 256 elements goes through all steps while it is in the first
 * cache; a step is one loop. Part of vector_body.h. */
#ifndef HOX_TENSOR_VECTOR_TAPE_H
#define HOX_TENSOR_VECTOR_TAPE_H

#include "tensor/kernels/vector_functions.h"
#include "tensor/kernels/vector_half.h"
#include "tensor/kernels/vector_lanes.h"

#define STEP1(expression)                                                                          \
    do {                                                                                           \
        SAFE for (int64_t i = 0; i < n; i++)                                                       \
        {                                                                                          \
            const float x = a[i];                                                                  \
            to[i] = (expression);                                                                  \
        }                                                                                          \
    } while (0)
#define STEP2(expression)                                                                          \
    do {                                                                                           \
        SAFE for (int64_t i = 0; i < n; i++)                                                       \
        {                                                                                          \
            const float x = a[i], y = b[i];                                                        \
            to[i] = (expression);                                                                  \
        }                                                                                          \
    } while (0)

#define STEP_LANES(expression)                                                                     \
    do {                                                                                           \
        int64_t i = 0;                                                                             \
        for (; i + WIDTH <= n; i += WIDTH) {                                                       \
            const lanes x = load(a + i);                                                           \
            store(to + i, (expression));                                                           \
        }                                                                                          \
        if (i < n) {                                                                               \
            const lanes x = load_part(a + i, n - i);                                               \
            store_part(to + i, (expression), n - i);                                               \
        }                                                                                          \
    } while (0)

static void step_unary(int op, float *to, const float *a, int64_t n)
{
    switch (op) {
    case HOX__STEP_NEG:
        STEP1(-x);
        break;
    case HOX__STEP_RECIP:
        STEP1(1.0f / x);
        break;
    case HOX__STEP_EXP:
        STEP_LANES(exp_lanes(x));
        break;
    case HOX__STEP_LOG:
        STEP1(log_(x));
        break;
    case HOX__STEP_SQRT:
        STEP1(__builtin_sqrtf(x));
        break;
    case HOX__STEP_TANH:
        STEP_LANES(tanh_lanes(x));
        break;
    case HOX__STEP_SIGMOID:
        STEP_LANES(sigmoid_lanes(x));
        break;
    case HOX__STEP_ERF:
        STEP1(erf_(x));
        break;
    case HOX__STEP_ABS:
        STEP1(__builtin_fabsf(x));
        break;
    case HOX__STEP_SIN:
        sines(to, a, n, 0);
        break;
    case HOX__STEP_COS:
        sines(to, a, n, 1);
        break;
    case HOX__STEP_FLOOR:
        STEP1(__builtin_floorf(x));
        break;
    default:
        STEP1(x > 0 ? x : 0);
        break;
    }
}

static void step_binary(int op, float *to, const float *a, const float *b, const float *c,
                        int64_t n)
{
    switch (op) {
    case HOX__STEP_ADD:
        STEP2(x + y);
        break;
    case HOX__STEP_SUB:
        STEP2(x - y);
        break;
    case HOX__STEP_MUL:
        STEP2(x * y);
        break;
    case HOX__STEP_DIV:
        STEP2(x / y);
        break;
    case HOX__STEP_MAX:
        STEP2(x > y ? x : y);
        break;
    case HOX__STEP_MIN:
        STEP2(x < y ? x : y);
        break;
    case HOX__STEP_POW:
        STEP2(pow_(x, y));
        break;
    case HOX__STEP_LESS:
        STEP2(x < y ? 1.0f : 0.0f);
        break;
    case HOX__STEP_KEEP_POSITIVE:
        STEP2(x > 0 ? y : 0);
        break;
    case HOX__STEP_SIGMOID_SLOPE:
        STEP2(x * (y * (1.0f - y)));
        break;
    case HOX__STEP_TANH_SLOPE:
        STEP2(x * (1.0f - y * y));
        break;
    default:
        SAFE for (int64_t i = 0; i < n; i++)
        {
            const float p = b[i], q = c[i];
            to[i] = a[i] != 0 ? p : q;
        }
    }
}

/* Elements [first, first + n) of a vector repeated over [outer, mid, inner]. */
static void fill_cycle(const hox__register *r, const float *from, int64_t first, int64_t n,
                       float *to)
{
    int64_t m = first / r->inner % r->mid, k = first % r->inner;
    for (int64_t i = 0; i < n;) {
        int64_t run = r->inner - k < n - i ? r->inner - k : n - i;
        if (r->inner == 1) {
            run = r->mid - m < n - i ? r->mid - m : n - i;
            memcpy(to + i, from + m, (size_t)run * sizeof *to);
            m = 0;
        } else {
            const float v = from[m];
            for (int64_t j = 0; j < run; j++)
                to[i + j] = v;
            m = m + 1 == r->mid ? 0 : m + 1;
        }
        i += run;
        k = 0;
    }
}

static void fill_block(const hox__register *r, const float *from, int64_t first, int64_t n,
                       float *to)
{
    const int64_t blocks = (r->mid + WIDTH - 1) / WIDTH;
    for (int64_t i = 0; i < n; i += WIDTH) {
        const int64_t u = (first + i) / (r->inner * WIDTH) % blocks;
        store(to + i, load_part(from + u * WIDTH, r->mid - u * WIDTH));
    }
}

/* `run` floats, at most two vectors in most cases. */
static inline void move_run(float *to, const float *from, int64_t run)
{
    int64_t j = 0;
    for (; j + WIDTH <= run; j += WIDTH)
        store(to + j, load(from + j));
    if (j < run)
        store_part(to + j, load_part(from + j, run - j), run - j);
}

/* Elements [first, first + n) of runs that lie r->mid apart: read, or written. */
static void fill_rows(const hox__register *r, const float *from, int64_t first, int64_t n,
                      float *to)
{
    const int64_t k = first % r->inner, head = r->inner - k < n ? r->inner - k : n;
    from += r->offset + first / r->inner * r->mid;
    move_run(to, from + k, head);
    int64_t i = head;
    for (from += r->mid; i + r->inner <= n; i += r->inner, from += r->mid)
        move_run(to + i, from, r->inner);
    move_run(to + i, from, n - i);
}

static void place_rows(const hox__register *r, const float *from, int64_t first, int64_t n,
                       float *to)
{
    const int64_t k = first % r->inner, head = r->inner - k < n ? r->inner - k : n;
    to += r->offset + first / r->inner * r->mid;
    move_run(to + k, from, head);
    int64_t i = head;
    for (to += r->mid; i + r->inner <= n; i += r->inner, to += r->mid)
        move_run(to, from + i, r->inner);
    move_run(to, from + i, n - i);
}

/* In elements [from, to) of `each` bytes. */
static void zero_padding(const hox__tape *t, int64_t from, int64_t to, void *out, size_t each)
{
    const int64_t block = t->cells * WIDTH, image = t->blocks * block;
    for (int64_t n = from / image; n * image < to; n++) {
        const int64_t last = (n + 1) * image - block;
        int64_t i = last > from ? last : from;
        for (; i < last + block && i < to; i += WIDTH)
            memset((unsigned char *)out + (size_t)(i + WIDTH - t->pad_channels) * each, 0,
                   (size_t)t->pad_channels * each);
    }
}

static void tape_run(const hox__tape *t, int64_t from, int64_t to, const void *const *in,
                     void *const *out, uint16_t *half, float *scratch)
{
    float *reg[HOX__REGISTERS_MAX], *turns[HOX__REGISTERS_MAX];
    const int64_t strip = to - from < HOX__STRIP ? to - from : HOX__STRIP;
    for (int r = 0; r < t->registers; r++) {
        const hox__register *d = &t->reg[r];
        reg[r] = turns[r] = scratch;
        scratch += hox__register_floats(d);
        if (d->kind == HOX__REGISTER_ONE)
            for (int64_t i = 0; i < strip; i++)
                reg[r][i] = *(const float *)in[d->which];
        else if (hox__turns(d))
            fill_cycle(d, in[d->which], 0, d->mid + strip, turns[r]);
    }
    for (int64_t first = from; first < to; first += HOX__STRIP) {
        const int64_t n = to - first < HOX__STRIP ? to - first : HOX__STRIP;
        for (int r = 0; r < t->registers; r++) {
            const hox__register *d = &t->reg[r];
            if (d->kind == HOX__REGISTER_OUT && out[d->which])
                reg[r] = (float *)out[d->which] + d->offset + first;
            else if (hox__turns(d))
                reg[r] = turns[r] + first % d->mid;
            else if (d->kind == HOX__REGISTER_CYCLE)
                fill_cycle(d, in[d->which], first, n, reg[r]);
            else if (d->kind == HOX__REGISTER_BLOCK)
                fill_block(d, in[d->which], first, n, reg[r]);
            else if (d->kind == HOX__REGISTER_HALF)
                widen(n, (const uint16_t *)in[d->which] + first, reg[r]);
            else if (d->kind == HOX__REGISTER_ROWS)
                fill_rows(d, in[d->which], first, n, reg[r]);
        }
        for (int s = 0; s < t->steps; s++) {
            const hox__step *p = &t->step[s];
            const float *x[3];
            const uint8_t operand[3] = {p->a, p->b, p->c};
            for (int i = 0; i < 3; i++) {
                const hox__register *d = &t->reg[operand[i]];
                x[i] = d->kind == HOX__REGISTER_IN ? (const float *)in[d->which] + d->offset + first
                                                   : reg[operand[i]];
            }
            if (p->op <= HOX__STEP_RELU)
                step_unary(p->op, reg[p->to], x[0], n);
            else
                step_binary(p->op, reg[p->to], x[0], x[1], x[2], n);
        }
        for (int r = 0; r < t->registers; r++)
            if (t->reg[r].kind == HOX__REGISTER_PLACES)
                place_rows(&t->reg[r], reg[r], first, n, out[t->reg[r].which]);
            else if (half && t->reg[r].kind == HOX__REGISTER_OUT && t->reg[r].which == 0)
                narrow(n, reg[r], half + first);
    }
    for (int r = 0; t->pad_channels && r < t->registers; r++)
        if (t->reg[r].kind == HOX__REGISTER_OUT && out[t->reg[r].which])
            zero_padding(t, from, to, out[t->reg[r].which], sizeof(float));
    if (t->pad_channels && half)
        zero_padding(t, from, to, half, sizeof *half);
}

/* ---- plain <-> blocked ---- */

static void pack(const hox__planes *p, const float *plain, float *blocked)
{
    const int64_t blocks = (p->c + WIDTH - 1) / WIDTH, cells = p->cells;
    for (int64_t n = p->image; n < images_end(p); n++)
        for (int64_t u = 0; u < blocks; u++) {
            const float *from = plain + (n * p->c + u * WIDTH) * cells;
            float *to = blocked + (n * blocks + u) * cells * WIDTH;
            const int64_t have = p->c - u * WIDTH < WIDTH ? p->c - u * WIDTH : WIDTH;
            if (have < WIDTH)
                memset(to, 0, (size_t)(cells * WIDTH) * sizeof *to);
            for (int64_t i = 0; i < cells; i++)
                for (int64_t l = 0; l < have; l++)
                    to[i * WIDTH + l] = from[l * cells + i];
        }
}

static void unpack(const hox__planes *p, const float *blocked, float *plain)
{
    const int64_t blocks = (p->c + WIDTH - 1) / WIDTH, cells = p->cells;
    for (int64_t n = p->image; n < images_end(p); n++)
        for (int64_t u = 0; u < blocks; u++) {
            const float *from = blocked + (n * blocks + u) * cells * WIDTH;
            float *to = plain + (n * p->c + u * WIDTH) * cells;
            const int64_t have = p->c - u * WIDTH < WIDTH ? p->c - u * WIDTH : WIDTH;
            for (int64_t l = 0; l < have; l++)
                for (int64_t i = 0; i < cells; i++)
                    to[l * cells + i] = from[i * WIDTH + l];
        }
}

#endif
