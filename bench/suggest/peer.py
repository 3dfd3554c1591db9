"""Processor time of a suggestion by Debian's Optuna on the same history, read as suggest.c reads it.

usage: peer.py N...      with python3-optuna; TPESampler(multivariate=True), otherwise its defaults
"""
import sys
import time
import warnings

import optuna

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
REPEATS = 5
SPACE = {f"x{i}": optuna.distributions.FloatDistribution(0, 1) for i in range(10)}


def main():
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1, multivariate=True))
    for n in map(int, sys.argv[1:]):
        while len(study.trials) < n:
            *x, loss = map(float, sys.stdin.readline().split())
            study.add_trial(optuna.trial.create_trial(params=dict(zip(SPACE, x)), distributions=SPACE, value=loss))
        times = []
        for _ in range(REPEATS):
            start = time.process_time()
            trial = study.ask()
            x = [trial.suggest_float(name, 0, 1) for name in SPACE]
            study.tell(trial, sum((u - 0.3) ** 2 for u in x))
            times.append(1e3 * (time.process_time() - start))
        print(f"optuna {optuna.__version__} n = {n:6d}   mean {sum(times) / REPEATS:9.3f} ms   worst {max(times):9.3f} ms", flush=True)


main()
