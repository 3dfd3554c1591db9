#!/usr/bin/env python3
"""The expected numbers of test_cma.c: one update of CMA-ES from its equations (arXiv 1604.00772,
appendix A, with the constants of c-cmaes), in 50 digits. The inverse square
root of C comes from Newton's iteration, so nothing is shared with the code under test.

usage: cma_golden.py
"""
from decimal import Decimal as D, getcontext

getcontext().prec = 50
N, LAMBDA = 3, 7
MU = LAMBDA // 2
C = [[D("1.5"), D("0.3"), D("-0.2")], [D("0.3"), D("0.8"), D("0.1")], [D("-0.2"), D("0.1"), D("0.6")]]
MEAN = [D("0.5"), D("0.4"), D("0.6")]
PS = [D("0.1"), D("-0.3"), D("0.2")]
PC = [D("-0.2"), D("0.4"), D("0.05")]
SIGMA = D("0.2")
X = [  # the best first
    [D("0.61"), D("0.35"), D("0.52")],
    [D("0.55"), D("0.52"), D("0.66")],
    [D("0.38"), D("0.31"), D("0.71")],
]


def times(a, b):
    return [[sum(a[i][k] * b[k][j] for k in range(N)) for j in range(N)] for i in range(N)]


def apply(a, x):
    return [sum(a[i][k] * x[k] for k in range(N)) for i in range(N)]


def identity(scale=D(1)):
    return [[scale if i == j else D(0) for j in range(N)] for i in range(N)]


def inverse_root(c):
    """Z -> c^(-1/2) by the coupled Newton-Schulz iteration on c / s."""
    s = sum(c[i][i] for i in range(N))
    y, z = [[v / s for v in row] for row in c], identity()
    for _ in range(200):
        t = times(z, y)
        m = [[(3 * (i == j) - t[i][j]) / 2 for j in range(N)] for i in range(N)]
        y, z = times(y, m), times(m, z)
    return [[v / s.sqrt() for v in row] for row in z]


def norm(x):
    return sum(v * v for v in x).sqrt()


weight = [(D(LAMBDA + 1) / 2).ln() - D(i).ln() for i in range(1, MU + 1)]
weight = [w / sum(weight) for w in weight]
mueff = 1 / sum(w * w for w in weight)
n = D(N)
cs = (mueff + 2) / (n + mueff + 3)
cc = 4 / (n + 4)
c1 = 2 / ((n + D("1.3")) ** 2 + mueff)
cmu = min(1 - c1, 2 * (mueff - 2 + 1 / mueff) / ((n + 2) ** 2 + mueff))
damps = 1 + 2 * max(D(0), ((mueff - 1) / (n + 1)).sqrt() - 1) + cs
chi = n.sqrt() * (1 - 1 / (4 * n) + 1 / (21 * n * n))

y = [[(x[i] - MEAN[i]) / SIGMA for i in range(N)] for x in X]
step = [sum(weight[k] * y[k][i] for k in range(MU)) for i in range(N)]
mean = [MEAN[i] + SIGMA * step[i] for i in range(N)]
white = apply(inverse_root(C), step)
ps = [(1 - cs) * PS[i] + (cs * (2 - cs) * mueff).sqrt() * white[i] for i in range(N)]
hsig = norm(ps) / (1 - (1 - cs) ** 2).sqrt() / chi < D("1.4") + 2 / (n + 1)
pc = [(1 - cc) * PC[i] + hsig * (cc * (2 - cc) * mueff).sqrt() * step[i] for i in range(N)]
new = [[(1 - c1 - cmu + (0 if hsig else c1 * cc * (2 - cc))) * C[i][j] + c1 * pc[i] * pc[j]
        + cmu * sum(weight[k] * y[k][i] * y[k][j] for k in range(MU)) for j in range(N)] for i in range(N)]
sigma = SIGMA * (cs / damps * (norm(ps) / chi - 1)).exp()


def show(name, values):
    print("    static const double %s[] = {%s};" % (name, ", ".join("%.17g" % float(v) for v in values)))


show("constants", [mueff, cs, cc, c1, cmu, damps, chi])
show("mean", mean)
show("ps", ps)
show("pc", pc)
show("c", [new[0][0], new[1][0], new[1][1], new[2][0], new[2][1], new[2][2]])
show("sigma", [sigma])
print("    /* the path is %s */" % ("short" if hsig else "long"))
