#include "base/big.h"
#include <math.h>
#include <string.h>

enum { BASE = 1000000000 };

static hox__big trimmed(const uint32_t *limb, int n)
{
    while (n > 0 && limb[n - 1] == 0)
        n--;
    return (hox__big){n, limb};
}

hox__big hox__big_of(hox__arena *arena, uint64_t x)
{
    uint32_t *limb = HOX__NEW_N(arena, uint32_t, 3);
    if (!limb)
        return (hox__big){0, NULL};
    for (int i = 0; i < 3; i++, x /= BASE)
        limb[i] = (uint32_t)(x % BASE);
    return trimmed(limb, 3);
}

bool hox__big_add(hox__arena *arena, hox__big a, hox__big b, hox__big *out)
{
    if (a.n < b.n) {
        const hox__big t = a;
        a = b;
        b = t;
    }
    uint32_t *limb = HOX__NEW_N(arena, uint32_t, (size_t)a.n + 1);
    uint32_t carry = 0;
    if (!limb)
        return false;
    for (int i = 0; i < a.n; i++) {
        const uint32_t sum = a.limb[i] + (i < b.n ? b.limb[i] : 0) + carry;
        carry = sum >= BASE;
        limb[i] = carry ? sum - BASE : sum;
    }
    limb[a.n] = carry;
    *out = trimmed(limb, a.n + 1);
    return true;
}

/* Limb by limb with k below the base; larger factors in two steps of at most 10^9. */
bool hox__big_times(hox__arena *arena, hox__big a, uint64_t k, hox__big *out)
{
    const uint32_t factor[3] = {(uint32_t)(k % BASE), (uint32_t)(k / BASE % BASE),
                                (uint32_t)(k / BASE / BASE)};
    uint32_t *limb = HOX__NEW_N(arena, uint32_t, (size_t)a.n + 4);
    if (!limb)
        return false;
    for (int j = 0; j < 3; j++) {
        uint64_t carry = 0;
        for (int i = 0; i < a.n || carry; i++) {
            const uint64_t x =
                (i < a.n ? (uint64_t)a.limb[i] * factor[j] : 0) + limb[i + j] + carry;
            limb[i + j] = (uint32_t)(x % BASE);
            carry = x / BASE;
        }
    }
    *out = trimmed(limb, a.n + 4);
    return true;
}

int hox__big_compare(hox__big a, hox__big b)
{
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    for (int i = a.n - 1; i >= 0; i--)
        if (a.limb[i] != b.limb[i])
            return a.limb[i] < b.limb[i] ? -1 : 1;
    return 0;
}

/* The highest three limbs as a double, and how many are below them. */
static double leading(hox__big a, int *below)
{
    double x = 0;
    int i = a.n - 1;
    for (; i >= 0 && i >= a.n - 3; i--)
        x = x * BASE + a.limb[i];
    *below = i + 1;
    return x;
}

double hox__big_log10(hox__big a)
{
    int below;
    const double x = leading(a, &below);
    return a.n ? log10(x) + 9 * below : -HUGE_VAL;
}

double hox__big_ratio(hox__big a, hox__big b)
{
    int i, j;
    double x = leading(a, &i);
    const double y = leading(b, &j);
    for (; i > j && x < HUGE_VAL; i--)
        x *= BASE;
    for (; i < j && x > 0; i++)
        x /= BASE;
    return x / y;
}

void hox__big_print(hox__text *out, hox__big a)
{
    hox__text_printf(out, "%u", a.n ? a.limb[a.n - 1] : 0);
    for (int i = a.n - 2; i >= 0; i--)
        hox__text_printf(out, "%09u", a.limb[i]);
}
