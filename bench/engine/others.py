"""What the engine is asked beside its ratios to the peer: each figure, its bar, met or not.

usage: others.py FOLDER      of bench-engine and bench-soak
"""
import re
import statistics
import subprocess
import sys


def run(program, *arguments):
    command = [f"{sys.argv[1]}/{program}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def number(text, pattern):
    return float(re.search(pattern, text).group(1))


def tell(what, value, unit, bar, at_most=True):
    good = value <= bar if at_most else value >= bar
    sign = "<=" if at_most else ">="
    print(f"{what:58} {value:8.3g} {unit:8} asked {sign} {bar:g}   {'met' if good else 'NOT MET'}", flush=True)


def median_of(times, program, *arguments, pattern):
    return statistics.median(number(run(program, *arguments), pattern) for _ in range(times))


def main():
    for line in run("bench-soak", "pair").splitlines():
        value = number(line, r"processes ([\d.]+) of")
        if "networks" in line:
            print(f"{line}   (compiling alone; nothing asked)", flush=True)
        else:
            tell(re.sub(r": two.*", "", line) + ": two trials over one", value, "times", 1.8, at_most=False)
    tell("cnn6 16: process start to first step, median of 5",
         median_of(5, "bench-engine", "cnn6", "16", "once", pattern=r"([\d.]+) ms of processor"), "ms", 60)
    tell("cnn6 16: compile, first in its process",
         median_of(3, "bench-engine", "cnn6", "16", pattern=r"compiled in ([\d.]+) ms"), "ms", 30)
    tell("cnn6 16: compile, again", median_of(3, "bench-engine", "cnn6", "16", pattern=r"again ([\d.]+) ms"), "ms", 5)
    tell("a row with an empty kernel", median_of(3, "bench-engine", "cnn6", "16", "row", pattern=r"([\d.]+) us a row"), "us", 0.1)
    soak = run("bench-soak", "networks", "2000")
    print(soak, end="")
    tell("resident memory, growth from network 1,001 to 2,000", number(soak, r"grew by (-?[\d.]+) MB"), "MB", 1)
    for net, batch in ("cnn6", "16"), ("cnn6", "128"):
        lines = run("bench-engine", net, batch, "bf16").splitlines()
        pattern = r"([\d.]+) times"
        tell(f"{net} {batch}: bf16 over direct floats", number(lines[0], pattern), "times", 1.5, at_most=False)
        print(lines[1], flush=True)
    for net, batch in ("cnn6", "128"), ("lenet", "128"), ("mlp", "128"), ("lstm", "128"):
        print(run("bench-engine", net, batch, "threads", "2"), end="", flush=True)


main()
