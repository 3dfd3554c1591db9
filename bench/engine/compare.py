"""Interleaves our training steps with PyTorch's, short rounds of each in turn, and prints medians of their ratios.

usage: compare.py BENCH-ENGINE [NET...]      with python3-torch; ROUNDS and SECONDS in the environment
Every variant is a process of its own that lives through all rounds; times are of the processor, one thread each. Columns:
net, batch, our microseconds a step, GFLOP/s of products and, with PEAK in the environment, their share of it, then the peer's time
over ours for each of its variants: default, with glibc's allocator told to keep freed blocks, channels_last with that, jit with
that; at last the most memory that was resident, ours and the default peer's.
"""
import os
import statistics
import subprocess
import sys

ROUNDS, SECONDS = int(os.environ.get("ROUNDS", "7")), os.environ.get("SECONDS", "0.3")
NETS = sys.argv[2:] or ["tiny", "lenet", "cnn6", "mlp", "lstm", "cell", "learned"]
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


def compare(net, batch):
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
    share = f" {rate / float(os.environ['PEAK']):.2f} of peak" if os.environ.get("PEAK") else ""
    print(f"{net:8} {batch:4d} {us:9.0f} us {rate:5.0f} GFLOP/s{share}   best {best:.2f}   {columns}   "
          f"memory {memory[0]:.0f} : {memory[1]:.0f} MB", flush=True)


for net in NETS:
    for batch in [10, 100] if net == "learned" else [16, 128]:
        compare(net, batch)
