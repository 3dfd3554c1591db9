"""Does bfloat16 rank networks as floats do, and end as high?

usage: ranks.py HOX [NETWORKS [SEEDS]]      8 networks, 2 seeds
Ranks: each of so many networks drawn from spaces/fashion-mnist.hox is trained for an epoch, in floats from two seeds and in bfloat16 from
the first. Printed: the validation accuracies, and Kendall's tau (the b form) of the ranks between the two seeds and between bfloat16 and
floats of one seed. The end: the default network for Fashion-MNIST, all its epochs, from so many seeds in both; mean test accuracies.
"""
import itertools
import os
import re
import statistics
import subprocess
import sys
import tempfile

HOX = os.path.abspath(sys.argv[1])
NETWORKS = int(sys.argv[2]) if len(sys.argv) > 2 else 8
SEEDS = int(sys.argv[3]) if len(sys.argv) > 3 else 2
SPACE, DEFAULT = "spaces/fashion-mnist.hox", "bench/defaults/fashion.hox"


def train(folder, sentence, seed, half, column="validation", epochs=()):
    path = os.path.join(folder, "one.hox")
    with open(path, "w") as f:
        f.write(re.sub(r"^(train = .*)$", r"\1 bf16", sentence, flags=re.M) if half else sentence)
    command = [HOX, "train", path, *epochs, "--seed", str(seed), "-o", os.path.join(folder, "m.hoxm"), "-q"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()
    return float(dict(zip(out[-2].split("\t"), out[-1].split("\t")))[column])


def tau(a, b):
    pairs = list(itertools.combinations(range(len(a)), 2))
    sign = [[(x[i] > x[j]) - (x[i] < x[j]) for i, j in pairs] for x in (a, b)]
    known = [sum(s != 0 for s in side) for side in sign]
    return sum(s * t for s, t in zip(*sign)) / (known[0] * known[1]) ** 0.5 if all(known) else 0.0


def ranks(folder):
    with open(SPACE) as f:
        space = f.read()
    first, second, half = [], [], []
    one = ("--epochs", "1")
    for i in range(NETWORKS):
        path = os.path.join(folder, "space.hox")
        with open(path, "w") as f:
            f.write(space)
        command = [HOX, "sample", path, "--seed", str(i + 1)]
        sentence = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        first.append(train(folder, sentence, 1, False, epochs=one))
        second.append(train(folder, sentence, 2, False, epochs=one))
        half.append(train(folder, sentence, 1, True, epochs=one))
        print(f"network {i + 1}: floats {first[-1]:.4f}, another seed {second[-1]:.4f}, bf16 {half[-1]:.4f}", flush=True)
    seeds, precision = tau(first, second), tau(first, half)
    print(f"Kendall's tau: two seeds of floats {seeds:.2f}, bf16 and floats {precision:.2f}   {'met' if precision >= seeds else 'NOT MET'}",
          flush=True)


def end(folder):
    with open(DEFAULT) as f:
        sentence = f.read()
    test = [[train(folder, sentence, seed + 1, half, "test") for seed in range(SEEDS)] for half in (False, True)]
    difference = 100 * (statistics.mean(test[1]) - statistics.mean(test[0]))
    print(f"test of the default: floats {test[0]}, bf16 {test[1]}: {difference:+.2f} points (asked within 0.3)   "
          f"{'met' if abs(difference) <= 0.3 else 'NOT MET'}")


with tempfile.TemporaryDirectory() as where:
    if NETWORKS > 0:
        ranks(where)
    if SEEDS > 0:
        end(where)
