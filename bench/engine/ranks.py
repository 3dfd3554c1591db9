"""Does bfloat16 rank networks as floats do, and end as high?

usage: ranks.py HOX [NETWORKS [EPOCHS]]      drawn from spaces/fashion-mnist.hox; 8 networks, 1 epoch
Each network is trained three times: in floats from two seeds, and in bfloat16 from the first. Printed: the validation accuracies,
Kendall's tau (the b form) of the ranks between the two seeds and between bfloat16 and floats of the same seed, and the mean difference.
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
EPOCHS = sys.argv[3] if len(sys.argv) > 3 else "1"
SPACE = "spaces/fashion-mnist.hox"


def train(folder, sentence, seed, half):
    path = os.path.join(folder, "one.hox")
    with open(path, "w") as f:
        f.write(re.sub(r"^(train = .*)$", r"\1 bf16", sentence, flags=re.M) if half else sentence)
    command = [HOX, "train", path, "--epochs", EPOCHS, "--seed", str(seed), "-o", os.path.join(folder, "m.hoxm"), "-q"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()
    return float(dict(zip(out[-2].split("\t"), out[-1].split("\t")))["validation"])


def tau(a, b):
    pairs = list(itertools.combinations(range(len(a)), 2))
    sign = [[(x[i] > x[j]) - (x[i] < x[j]) for i, j in pairs] for x in (a, b)]
    known = [sum(s != 0 for s in side) for side in sign]
    return sum(s * t for s, t in zip(*sign)) / (known[0] * known[1]) ** 0.5 if all(known) else 0.0


def main():
    with open(SPACE) as f:
        space = f.read()
    first, second, half = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(NETWORKS):
            path = os.path.join(folder, "space.hox")
            with open(path, "w") as f:
                f.write(space)
            command = [HOX, "sample", path, "--seed", str(i + 1)]
            sentence = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            first.append(train(folder, sentence, 1, False))
            second.append(train(folder, sentence, 2, False))
            half.append(train(folder, sentence, 1, True))
            print(f"network {i + 1}: floats {first[-1]:.4f}, another seed {second[-1]:.4f}, bf16 {half[-1]:.4f}", flush=True)
    seeds, precision = tau(first, second), tau(first, half)
    difference = 100 * statistics.mean(h - f for h, f in zip(half, first))
    between = 100 * statistics.mean(s - f for s, f in zip(second, first))
    print(f"Kendall's tau: two seeds of floats {seeds:.2f}, bf16 and floats {precision:.2f}   {'met' if precision >= seeds else 'NOT MET'}")
    print(f"bf16 ends {difference:+.2f} points from floats (asked within 0.3; another seed {between:+.2f})   "
          f"{'met' if abs(difference) <= 0.3 else 'NOT MET'}")


main()
