"""Hox from Python, standard library only.

In a program that `hox search -- python3 train.py` runs:

    import hox
    for step in range(1, 31):
        ...
        if not hox.report(step, acc=accuracy):
            break                            # hox says: stop this trial

To drive a study oneself (the command `hox` does the work and must be in PATH, or $HOX):

    trial = hox.ask("lab")                   # Trial: .number, .params, .seed, .budget
    trial.report(1, y=0.5)                   # False: stop it
    trial.tell(y=measure(**trial.params))
"""

import json
import os
import socket
import subprocess

_channel = None


class HoxError(RuntimeError):
    """What `hox` printed when it refused."""

def params():
    """The values of this trial, as numbers where they are numbers: {"lr": 0.01, "opt_name": "sgd"}."""
    found = {}
    for name, text in os.environ.items():
        if name.startswith("HOX_P_"):
            try:
                found[name[6:]] = json.loads(text)
            except ValueError:
                found[name[6:]] = text
    return found


def _open():
    global _channel
    if _channel is None and os.environ.get("HOX_FD"):
        try:
            _channel = socket.socket(fileno=int(os.environ["HOX_FD"])).makefile("rw", buffering=1)
        except OSError:
            _channel = None
    return _channel


def report(step, **metrics):
    """Says how the trial goes; False: it shall stop. True outside of hox."""
    channel = _open()
    if channel is None:
        return True
    line = {"step": step}
    for name, value in metrics.items():
        value = float(value)
        line[name] = value if value - value == 0 else str(value)
    channel.write(json.dumps(line) + "\n")
    channel.flush()
    answer = channel.readline()
    return bool(answer) and bool(json.loads(answer).get("go"))


def _hox(*words, ok=(0,)):
    done = subprocess.run([os.environ.get("HOX", "hox"), *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True)
    if done.returncode not in ok:
        raise HoxError(done.stderr.strip() or "hox ended with %d" % done.returncode)
    return done


class Trial:
    """A trial that was asked. It is ours until its lease ends; a report begins the lease anew."""

    def __init__(self, said, store):
        self.number, self.study, self.params = said["trial"], said["study"], said["params"]
        self.seed, self.budget, self.lease = int(said["seed"]), said.get("budget"), said["lease"]
        self._flags = store + ["--lease", self.lease]

    def _words(self, metrics):
        return ["%s@%d" % (self.study, self.number)] + ["%s=%r" % (k, float(v)) for k, v in metrics.items()]

    def report(self, step, **metrics):
        words = self._words(metrics) + ["--step", str(step)] + self._flags
        return _hox("report", *words, ok=(0, 10)).returncode == 0

    def tell(self, **metrics):
        _hox("tell", *self._words(metrics), *self._flags)

    def fail(self, why):
        _hox("tell", *self._words({}), "--failed", str(why), *self._flags)


def ask(study, *flags, store=None):
    """The next trial of a study or of a .hox file. None: nothing is left, or others must be told of first.
    Flags are those of `hox ask`."""
    store = ["--store", store] if store else []
    done = _hox("ask", study, "--json", *flags, *store, ok=(0, 1))
    return Trial(json.loads(done.stdout), store) if done.returncode == 0 else None
