/* Sums of products, tile by tile. Part of vector_body.h. */
#ifndef HOX_TENSOR_VECTOR_PRODUCTS_H
#define HOX_TENSOR_VECTOR_PRODUCTS_H

#include "tensor/kernels/vector_gemm.h"

static void products_tile(const hox__products *p, int64_t i, int64_t rows, int64_t j)
{
    place at[HOX__TERMS_MAX];
    for (int t = 0; t < p->terms; t++) {
        const hox__term *x = &p->term[t];
        at[t] = (place){.a = x->a + (p->transpose_a ? i : i * x->k),
                        .b = x->b + (p->panels ? j * x->k : j),
                        .a_row = p->transpose_a ? 1 : x->k,
                        .a_step = p->transpose_a ? p->m : 1,
                        .b_step = p->panels ? PANEL : p->n,
                        .c_row = p->n,
                        .k = x->k,
                        .left = p->n - j,
                        .c = p->c + i * p->n + j,
                        .next = t + 1 < p->terms ? &at[t + 1] : NULL};
    }
    at[0].begin = p->begin ? p->begin + i * p->n + j : NULL;
    at[0].row = p->row ? p->row + j : NULL;
    at[0].column = p->column ? p->column + i : NULL;
    tile_rows(rows, at);
}

static void products(const hox__products *p, int64_t from, int64_t to)
{
    const int64_t height = tile_height(to - from), high = (to - from + height - 1) / height,
                  wide = (p->n + PANEL - 1) / PANEL;
    const bool down = p->m >= p->n || p->panels; /* see gemm_across, gemm_packed */
    for (int64_t t = 0; t < high * wide; t++) {
        const int64_t i = from + (down ? t / wide : t % high) * height,
                      j = (down ? t % wide : t / high) * PANEL;
        products_tile(p, i, to - i < height ? to - i : height, j);
    }
}

#endif
