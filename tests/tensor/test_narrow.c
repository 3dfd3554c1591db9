/* Numbers of 16 bits: every set of kernels rounds to them as the definition says, and normalizes
 * images of them as if they were floats. */
#include "hoxtest.h"
#include "tensor/kernels/half.h"
#include "tensor/kernels/vector.h"
#include <hox/rng.h>
#include <math.h>
#include <string.h>

static float of_bits(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* Is `got` the nearest of the numbers of 16 bits, the even one of two? Told by distances alone. */
static bool is_nearest(float v, uint16_t got)
{
    const float g = hox__widen(got);
    if (isnan(v))
        return isnan(g) && got & 0x40;
    if (signbit(v) != signbit(g))
        return false;
    const uint16_t size = got & 0x7fff;
    const double at = fabs((double)v), here = size < 0x7f80 ? fabs((double)g) : 0x1p128;
    if (isinf(v) || size == 0x7f80)
        return size == 0x7f80 && (isinf(v) || at >= 0x1p128 - 0x1p119);
    const double above = size + 1 < 0x7f80 ? (double)hox__widen((uint16_t)(size + 1)) : 0x1p128,
                 below = size ? (double)hox__widen((uint16_t)(size - 1)) : -1;
    const double off = fabs(at - here), up = fabs(at - above), down = fabs(at - below);
    const bool even = size % 2 == 0;
    return (off < up || (off == up && even)) && (off < down || (off == down && even));
}

/* Each exponent with fractions around every place where rounding turns; both signs. */
static int awkward(float *out)
{
    static const uint32_t fraction[] = {0,        1,        0x7fff,   0x8000,  0x8001,   0xffff,
                                        0x10000,  0x17fff,  0x18000,  0x18001, 0x3fffff, 0x400000,
                                        0x7f7fff, 0x7f8000, 0x7f8001, 0x7fffff};
    int n = 0;
    for (uint32_t exponent = 0; exponent < 256; exponent++)
        for (size_t i = 0; i < sizeof fraction / sizeof *fraction; i++)
            for (uint32_t sign = 0; sign < 2; sign++)
                out[n++] = of_bits(sign << 31 | exponent << 23 | fraction[i]);
    return n;
}

enum { NUMBERS = 256 * 16 * 2, MORE = 37 };

static void rounds_to_the_nearest(void **state)
{
    (void)state;
    static float in[NUMBERS + MORE], wide[NUMBERS + MORE];
    static uint16_t got[NUMBERS + MORE + 1];
    hox_rng rng = hox_rng_seed(5);
    const int n = awkward(in);
    assert_int_equal(n, NUMBERS);
    for (int i = n; i < n + MORE; i++)
        in[i] = (float)(hox_rng_unit(&rng) * 2 - 1);
    const hox__kernels *set;
    for (int k = 0; (set = hox__kernels_at(k)); k++)
        for (int some = n; some <= n + MORE; some++) { /* ends that fill no vector */
            got[some] = 0xabcd;
            set->narrow(some, in, got);
            assert_int_equal(got[some], 0xabcd);
            for (int i = some == n ? 0 : n; i < some; i++)
                if (got[i] != hox__narrow(in[i]) || !is_nearest(in[i], got[i]))
                    fail_msg("%s: %a becomes %a", set->name, (double)in[i],
                             (double)hox__widen(got[i]));
            set->widen(some, got, wide);
            for (int i = some == n ? 0 : n; i < some; i++) {
                const float right = hox__widen(got[i]);
                assert_memory_equal(&wide[i], &right, sizeof right);
            }
        }
}

/* ---- normalizations ---- */

enum { FLOATS = 4 * 48 * 49 };

typedef struct {
    float whole[FLOATS];
    uint16_t half[FLOATS];
} image;

typedef struct {
    float mean[48], variance[48], dscale[48], dshift[48];
    image y, pooled, dx, dx_pooled;
    uint8_t index[FLOATS];
} results;

static float draw(hox_rng *rng)
{
    return (float)(hox_rng_unit(rng) * 4 - 2);
}

static void normalize(const hox__kernels *set, const hox__planes *p, const void *x, const float *dy,
                      bool relu, results *out)
{
    float scale[48], shift[48];
    hox_rng rng = hox_rng_seed(8);
    for (int i = 0; i < 48; i++) {
        scale[i] = draw(&rng);
        shift[i] = draw(&rng);
    }
    memset(out, 0, sizeof *out);
    hox__incoming g = {.dy = dy, .shift = relu ? shift : NULL};
    set->bn_stats(p, x, out->mean, out->variance);
    set->bn_apply(p, x, scale, shift, out->mean, out->variance, relu,
                  (hox__result){out->y.whole, out->y.half});
    set->bn_sums(p, x, &g, scale, out->mean, out->variance, out->dscale, out->dshift);
    set->bn_dx(p, x, &g, scale, out->mean, out->variance, out->dscale, out->dshift,
               (hox__result){out->dx.whole, out->dx.half});
    if (!p->blocked)
        return;
    set->bn_apply_pool(p, x, scale, shift, out->mean, out->variance, relu,
                       (hox__result){out->pooled.whole, out->pooled.half}, out->index);
    g.index = out->index;
    set->bn_sums(p, x, &g, scale, out->mean, out->variance, out->dscale, out->dshift);
    set->bn_dx(p, x, &g, scale, out->mean, out->variance, out->dscale, out->dshift,
               (hox__result){out->dx_pooled.whole, out->dx_pooled.half});
}

static void check_halves(const image *v)
{
    for (int i = 0; i < FLOATS; i++)
        if (v->half[i] != hox__narrow(v->whole[i]))
            fail_msg("number %d is %a and with 16 bits %a", i, (double)v->whole[i],
                     (double)hox__widen(v->half[i]));
}

/* The same bits from an image of 16 bits and from floats of the same values; and both forms of a
 * result are one. */
static void normalizes_either(void **state)
{
    (void)state;
    static image x;
    static float dy[FLOATS];
    static results floats, halves;
    hox_rng rng = hox_rng_seed(7);
    for (int i = 0; i < FLOATS; i++) {
        x.half[i] = hox__narrow(draw(&rng) + 0.7f);
        x.whole[i] = hox__widen(x.half[i]);
        dy[i] = draw(&rng);
    }
    const hox__kernels *set;
    for (int k = 0; (set = hox__kernels_at(k)); k++)
        for (int kind = 0; kind < 8; kind++) {
            const bool blocked = kind & 1, cells = kind & 2, relu = kind & 4;
            hox__planes p = {.n = 4, .c = blocked ? 48 : 45, .blocked = blocked};
            p.h = p.w = cells || blocked ? 7 : 1;
            p.cells = p.h * p.w;
            normalize(set, &p, x.whole, dy, relu, &floats);
            p.half = true;
            normalize(set, &p, x.half, dy, relu, &halves);
            if (memcmp(&floats, &halves, sizeof floats) != 0)
                fail_msg("%s, kind %d: results differ", set->name, kind);
            check_halves(&halves.y);
            check_halves(&halves.dx);
            check_halves(&halves.pooled);
            check_halves(&halves.dx_pooled);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rounds_to_the_nearest),
                                       cmocka_unit_test(normalizes_either)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
