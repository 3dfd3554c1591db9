#!/usr/bin/env python3
"""Finds the direction numbers of src/search/sobol_table.h.

Dimension 0 is the van der Corput sequence. Dimension j > 0 has the j-th primitive polynomial over
GF(2), by degree, then by value; its first numbers m_1 .. m_s (odd, m_i < 2^i) are chosen one
dimension after the other so that the two-dimensional projections onto the earlier dimensions are
good nets: of CANDIDATES draws from a fixed generator, the one whose sum over earlier dimensions i and
sizes 2^m, m = 4 .. 12, of 4^t(i, j, m) 0.9^(j-i) is least (over the 32 dimensions before), t being the exact quality of the net. This is the idea of Joe and Kuo,
"Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci. Comput. 30,
2008, with a criterion and a search of our own.

usage: sobol_table.py > src/search/sobol_table.h
"""
import random

DIMENSIONS, BITS, CANDIDATES, SIZES = 128, 32, 256, range(4, 13)


def polynomial_is_primitive(p):
    """p has degree s and both its ends set; is x of order 2^s - 1 modulo p?"""
    s = p.bit_length() - 1
    order = (1 << s) - 1

    def power(e):
        result, base = 1, 2
        while e:
            if e & 1:
                result = times(result, base)
            base = times(base, base)
            e >>= 1
        return result

    def times(a, b):
        product = 0
        while b:
            if b & 1:
                product ^= a
            a <<= 1
            if a >> s:
                a ^= p
            b >>= 1
        return product

    def factors(n):
        found, d = set(), 2
        while d * d <= n:
            while n % d == 0:
                found.add(d)
                n //= d
            d += 1
        if n > 1:
            found.add(n)
        return found

    if s == 1:
        return True
    return power(order) == 1 and all(power(order // q) != 1 for q in factors(order))


def primitive_polynomials():
    s = 1
    while True:
        for middle in range(1 << (s - 1)):
            p = 1 << s | middle << 1 | 1
            if polynomial_is_primitive(p):
                yield p
        s += 1


def directions(p, m):
    """The columns v_1 .. v_BITS as integers with bit BITS-1 first: Bratley and Fox 1988."""
    s = p.bit_length() - 1
    m = list(m)
    for k in range(s, BITS):
        new = m[k - s] ^ (m[k - s] << s)
        for i in range(1, s):
            if p >> (s - i) & 1:
                new ^= m[k - i] << i
        m.append(new)
    return [m[k] << (BITS - 1 - k) for k in range(BITS)]


def rows(v, size):
    """The first `size` rows of the generating matrix, each a mask over the first `size` columns."""
    return [sum((v[c] >> (BITS - 1 - r) & 1) << c for c in range(size)) for r in range(size)]


def quality(a, b, size):
    """t of the two-dimensional net of 2^size points: the least t such that the first k rows of one and
    the first size - t - k rows of the other are independent for every k."""
    best = size
    for k in range(size + 1):
        basis = {}
        rank = 0

        def add(row):
            nonlocal rank
            while row:
                high = row.bit_length()
                if high not in basis:
                    basis[high] = row
                    rank += 1
                    return True
                row ^= basis[high]
            return False

        for row in a[:k]:
            add(row)
        if rank < k:
            best = min(best, k - 1)
            break
        together = k
        for row in b[: size - k]:
            if not add(row):
                break
            together += 1
        best = min(best, together)
    return size - best


def main():
    rng = random.Random(20081)
    polynomial = primitive_polynomials()
    table = [(0, 0, [])]
    chosen = [{n: rows([1 << (BITS - 1 - k) for k in range(BITS)], n) for n in SIZES}]
    for j in range(1, DIMENSIONS):
        p = next(polynomial)
        s = p.bit_length() - 1
        best = None
        for _ in range(min(CANDIDATES, 1 << (s * (s - 1) // 2))):
            m = [2 * rng.randrange(1 << i) + 1 for i in range(s)]
            v = directions(p, m)
            mine = {n: rows(v, n) for n in SIZES}
            cost = 0.0
            for i in range(j - 1, max(-1, j - 33), -1):
                for n in SIZES:
                    cost += 4.0 ** quality(chosen[i][n], mine[n], n) * 0.9 ** (j - i)
                if best and cost >= best[0]:
                    break
            if best is None or cost < best[0]:
                best = (cost, m, mine)
        table.append((s, p, best[1]))
        chosen.append(best[2])
    print("/* Made by scripts/sobol_table.py: primitive polynomials over GF(2), bit s .. bit 0, and the first")
    print(" * numbers m_1 .. m_s of each dimension. Dimension 0 is the van der Corput sequence. */")
    print("enum { SOBOL_DIMENSIONS = %d, SOBOL_DEGREE_MAX = %d };" % (DIMENSIONS, max(s for s, _, _ in table)))
    print("static const struct {")
    print("    uint16_t polynomial;")
    print("    uint16_t m[SOBOL_DEGREE_MAX];")
    print("} sobol_table[SOBOL_DIMENSIONS] = {")
    for s, p, m in table:
        print("    {%d, {%s}}," % (p, ", ".join(map(str, m)) or "0"))
    print("};")


main()
