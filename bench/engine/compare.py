"""Interleaves our training steps with PyTorch's, short rounds of each in turn, and prints medians of their ratios.

usage: compare.py BENCH-ENGINE [NET...]      with python3-torch; ROUNDS and SECONDS in the environment
Every variant is a process of its own that lives through all rounds; times are of the processor, one thread each. Columns:
net, batch, our microseconds a step, GFLOP/s of products and, with PEAK in the environment, their share of it, then the peer's time
over ours for each of its variants: default, with glibc's allocator told to keep freed blocks, channels_last with that, jit with
that; the most memory that was resident, ours and the default peer's; at last what was asked and not reached. GFLOP/s are nominal:
padded taps count, and Winograd's convolutions as if they were direct.
"""
import os
import statistics
import subprocess
import sys

ROUNDS, SECONDS = int(os.environ.get("ROUNDS", "5")), os.environ.get("SECONDS", "0.3")
NETS = sys.argv[2:] or ["tiny", "lenet", "cnn6", "mlp", "lstm", "cell", "learned"]
# What is asked of a net at batch 16 and 128 (learned: 100 and 1,000 coordinates): the default peer's time over ours, that of the best
# variant, GFLOP/s over the peak of this core; 0: nothing.
BARS = {
    "tiny": [(2.8, 2.0, 0.70), (3.0, 1.7, 0.60)],
    "lenet": [(1.5, 1.2, 0.88), (1.7, 1.2, 0.88)],
    "cnn6": [(1.7, 1.4, 1.05), (1.7, 1.4, 1.05)],
    "mlp": [(2.2, 2.2, 0.62), (1.3, 1.3, 0.82)],
    "lstm": [(1.9, 1.9, 0.68), (1.4, 1.4, 0.75)],
    "cell": [(6, 2.5, 0.65), (6, 2.5, 0.65)],
    "learned": [(8, 0, 0), (8, 0, 0)],
}
KEEP = {"MALLOC_TRIM_THRESHOLD_": "4294967296", "MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TOP_PAD_": "268435456"}
ONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.py")


def start(command, environment):
    p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **ONE, **environment}, text=True)
    return p, p.stdout.readline().strip()


def ask(p):
    p.stdin.write(SECONDS + "\n")
    p.stdin.flush()
    return float(p.stdout.readline())


def variants(net, batch):
    def peer(mode):
        return [sys.executable, PEER, net, str(batch), mode]

    yield "default", peer("default"), {}
    yield "malloc", peer("default"), KEEP
    if net in ("tiny", "lenet", "cnn6", "fashion"):
        yield "channels_last", peer("channels_last"), KEEP
    if net == "cell":
        yield "jit", peer("jit"), KEEP


def resident_mb(p):
    with open(f"/proc/{p.pid}/status") as status:
        return next(float(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


def missed(net, second, default, best, share, memory):
    """What is below its bar, as text."""
    asked = BARS.get(net, [(0, 0, 0)] * 2)[second]
    got = [("default", default, asked[0]), ("best", best, asked[1])]
    if share is not None:
        got.append(("of peak", share, asked[2]))
    out = [f"{what} {value:.2f} < {bar}" for what, value, bar in got if value < bar]
    if memory[0] > memory[1] / 4:
        out.append("memory above a quarter")
    return "met" if not out else "NOT MET: " + ", ".join(out)


def compare(net, batch, second):
    ours, flops = start([sys.argv[1], net, str(batch), "serve"], {})
    peers = {name: start(command, environment)[0] for name, command, environment in variants(net, batch)}
    times, ratios = [], {name: [] for name in peers}
    for _ in range(ROUNDS):
        for name, p in peers.items():
            before, theirs, after = ask(ours), ask(p), ask(ours)
            times += [before, after]
            ratios[name].append(2 * theirs / (before + after))
    memory = resident_mb(ours), resident_mb(peers["default"])
    for p in [ours, *peers.values()]:
        p.stdin.close()
        p.wait()
    us = statistics.median(times)
    best = min(statistics.median(r) for r in ratios.values())
    columns = "  ".join(f"{name} {statistics.median(r):.2f}" for name, r in ratios.items())
    rate = float(flops) * 1e6 / us
    share = rate / float(os.environ["PEAK"]) if os.environ.get("PEAK") else None
    text = "" if share is None else f" {share:.2f} of peak"
    verdict = missed(net, second, statistics.median(ratios["default"]), best, share, memory)
    print(f"{net:8} {batch:4d} {us:9.0f} us {rate:5.0f} GFLOP/s{text}   best {best:.2f}   {columns}   "
          f"memory {memory[0]:.0f} : {memory[1]:.0f} MB   {verdict}", flush=True)


for net in NETS:
    for at, size in enumerate([10, 100] if net == "learned" else [16, 128]):
        compare(net, size, at)
