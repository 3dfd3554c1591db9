#include "search/points.h"
#include "base/alloc.h"
#include "search/sobol_table.h"

enum { BITS = HOX__POINTS_BITS };

_Static_assert((int)SOBOL_DIMENSIONS == (int)HOX__POINTS_DIMENSIONS_MAX,
               "the table has what is promised");

static int degree_of(uint32_t polynomial)
{
    int degree = 0;
    while (polynomial >> (degree + 1))
        degree++;
    return degree;
}

/* v_k = m_k 2^-k with the recurrence of the polynomial x^s + a_1 x^(s-1) + ... + 1:
 * v_k = a_1 v_(k-1) ^ ... ^ a_(s-1) v_(k-s+1) ^ v_(k-s) ^ (v_(k-s) >> s) */
static void plain_directions(int dimension, uint32_t v[BITS])
{
    const uint32_t p = sobol_table[dimension].polynomial;
    const int s = degree_of(p);
    for (int k = 0; k < BITS; k++) {
        if (dimension == 0) {
            v[k] = 1u << (BITS - 1 - k);
        } else if (k < s) {
            v[k] = (uint32_t)sobol_table[dimension].m[k] << (BITS - 1 - k);
        } else {
            v[k] = v[k - s] ^ (v[k - s] >> s);
            for (int i = 1; i < s; i++)
                if (p >> (s - i) & 1)
                    v[k] ^= v[k - i];
        }
    }
}

/* Row r of a lower triangular matrix with ones on the diagonal: digit r of the result is digit r of
 * v and a random sum of the digits before it. */
static void scramble_directions(uint32_t v[BITS], hox_rng rng)
{
    uint32_t row[BITS];
    for (int r = 0; r < BITS; r++) {
        const uint32_t before = r ? ~(uint32_t)0 << (BITS - r) : 0;
        row[r] = (hox_rng_u32(&rng) & before) | 1u << (BITS - 1 - r);
    }
    for (int k = 0; k < BITS; k++) {
        uint32_t w = 0;
        for (int r = 0; r < BITS; r++)
            w |= (uint32_t)(__builtin_popcount(row[r] & v[k]) & 1) << (BITS - 1 - r);
        v[k] = w;
    }
}

hox_status hox__points_init(hox__points *out, int dimensions, const hox_rng *scramble)
{
    *out = (hox__points){
        .dimensions = dimensions,
        .direction = hox__alloc((size_t)dimensions, BITS * sizeof(uint32_t)),
        .shift = hox__alloc((size_t)dimensions, sizeof(uint32_t)),
    };
    if (!out->direction || !out->shift) {
        hox__points_deinit(out);
        return HOX_ERR_MEMORY;
    }
    for (int j = 0; j < dimensions; j++) {
        plain_directions(j, &out->direction[j * BITS]);
        if (!scramble)
            continue;
        scramble_directions(&out->direction[j * BITS],
                            hox_rng_child(scramble, "matrix", (uint64_t)j));
        hox_rng rng = hox_rng_child(scramble, "shift", (uint64_t)j);
        out->shift[j] = hox_rng_u32(&rng);
    }
    return HOX_OK;
}

void hox__points_deinit(hox__points *points)
{
    hox__free(points->direction);
    hox__free(points->shift);
    *points = (hox__points){0};
}

double hox__points_at(const hox__points *points, uint64_t index, int dimension)
{
    const uint32_t *v = &points->direction[dimension * BITS];
    uint32_t x = points->shift[dimension];
    uint32_t gray = (uint32_t)index ^ ((uint32_t)index >> 1);
    for (int k = 0; gray; k++, gray >>= 1)
        if (gray & 1)
            x ^= v[k];
    return x * (1.0 / 4294967296.0);
}
