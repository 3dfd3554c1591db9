"""The peer: one training step of the networks of nets.h in PyTorch, one thread, drawn examples.

usage: peer.py NET BATCH MODE      MODE: default channels_last jit
Answers each line of its input, a number of seconds, with microseconds of processor time a step over that long.
SGD with Nesterov momentum, cross-entropy.
"""
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(0)
TIME, WORDS, UNITS = 50, 64, 128
DIMENSION, HIDDEN, STEPS = 10, 20, 20


def conv(inputs, filters, size):
    """The quickstart's `conv(filters, size) norm relu`."""
    return [nn.Conv2d(inputs, filters, size, padding=size // 2, bias=False), nn.BatchNorm2d(filters), nn.ReLU(inplace=True)]


class Cnn6(nn.Module):
    """Three stages of two convolutions with a skip around the second."""

    def __init__(self):
        super().__init__()
        sizes = [(1, 32), (32, 64), (64, 128)]
        self.first = nn.ModuleList(nn.Sequential(*conv(i, o, 3)) for i, o in sizes)
        self.second = nn.ModuleList(nn.Sequential(*conv(o, o, 3)) for _, o in sizes)
        self.last = nn.Linear(128, 10)

    def forward(self, x):
        y = self.first[0](x)
        x = F.max_pool2d(self.second[0](y) + y, 2)
        y = self.first[1](x)
        x = F.max_pool2d(self.second[1](y) + y, 2)
        y = self.first[2](x)
        x = self.second[2](y) + y
        return self.last(x.mean((2, 3)))


class Lstm(nn.Module):
    """The library's own layer."""

    def __init__(self):
        super().__init__()
        self.table, self.cell, self.out = nn.Embedding(WORDS, UNITS), nn.LSTM(UNITS, UNITS), nn.Linear(UNITS, WORDS)

    def forward(self, x):
        return self.out(self.cell(self.table(x))[0]).view(-1, WORDS)


class Cell(nn.Module):
    """The same, operation by operation, as a generated cell is written; its input products are hoisted by hand."""

    def __init__(self):
        super().__init__()
        self.table, self.x, self.h = nn.Embedding(WORDS, UNITS), nn.Linear(UNITS, 4 * UNITS), nn.Linear(UNITS, 4 * UNITS, bias=False)
        self.out, self.units, self.words = nn.Linear(UNITS, WORDS), UNITS, WORDS

    def forward(self, x):
        gates = self.x(self.table(x))
        h = torch.zeros(x.shape[1], self.units)
        c = h
        out = []
        for t in range(x.shape[0]):
            i, f, z, o = (gates[t] + self.h(h)).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(z)
            h = torch.sigmoid(o) * torch.tanh(c)
            out.append(h)
        return self.out(torch.stack(out)).view(-1, self.words)


class Learned(nn.Module):
    """Andrychowicz et al. 2016, section 3.1: a coordinatewise LSTM of two layers unrolled over quadratics."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.LSTMCell(1, HIDDEN), nn.LSTMCell(HIDDEN, HIDDEN)
        self.out = nn.Linear(HIDDEN, 1, bias=False)

    def forward(self, w, y):
        problems, rows = len(w), len(w) * DIMENSION
        theta = torch.zeros(problems, DIMENSION, 1, requires_grad=True)
        a = b = (torch.zeros(rows, HIDDEN), torch.zeros(rows, HIDDEN))
        loss = 0.0
        for t in range(STEPS + 1):
            f = ((w.bmm(theta) - y) ** 2).sum()
            loss = loss + f
            if t == STEPS:
                break
            slope, = torch.autograd.grad(f, theta, retain_graph=True)
            a = self.first(slope.detach().reshape(rows, 1), a)
            b = self.second(a[0], b)
            theta = theta + 0.1 * self.out(b[0]).view_as(theta)
        return loss / (problems * (STEPS + 1))


NETS = {
    "tiny": lambda: nn.Sequential(*conv(1, 16, 3), nn.MaxPool2d(2), *conv(16, 32, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1568, 10)),
    "cnn6": Cnn6,
    "fashion": lambda: nn.Sequential(*conv(1, 16, 3), nn.MaxPool2d(2), *conv(16, 32, 3), *conv(32, 32, 3), nn.MaxPool2d(2), *conv(32, 64, 3),
                                     nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(64, 10)),
    "lenet": lambda: nn.Sequential(*conv(1, 32, 5), nn.MaxPool2d(2), *conv(32, 64, 5), nn.MaxPool2d(2), nn.Flatten(),
                                   nn.Linear(3136, 128), nn.ReLU(inplace=True), nn.Linear(128, 10)),
    "mlp": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)),
    "lstm": Lstm,
    "cell": Cell,
    "learned": Learned,
}


def batches(net, batch, mode):
    count = 4096 // batch
    if net == "learned":
        return [(torch.rand(batch, DIMENSION, DIMENSION) * 4 - 2, torch.rand(batch, DIMENSION, 1) * 4 - 2) for _ in range(8)]
    if net in ("lstm", "cell"):
        return [(torch.randint(0, WORDS, (TIME, batch)), torch.randint(0, WORDS, (TIME * batch,))) for _ in range(count)]
    images = [torch.randn(batch, 1, 28, 28) for _ in range(count)]
    if mode == "channels_last":
        images = [x.contiguous(memory_format=torch.channels_last) for x in images]
    return [(x, torch.randint(0, 10, (batch,))) for x in images]


def main():
    net, batch, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    model = NETS[net]()
    data = batches(net, batch, mode)
    if mode == "channels_last":
        model = model.to(memory_format=torch.channels_last)
    if mode == "jit":
        model = torch.jit.script(model) if net == "cell" else torch.jit.trace(model, data[0][0])
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4 if net == "learned" else 0.05, momentum=0.9, nesterov=True)
    at = 0

    def step():
        nonlocal at
        x, y = data[at % len(data)]
        at += 1
        optimizer.zero_grad(set_to_none=True)
        loss = model(x, y) if net == "learned" else F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()

    def measure(seconds):
        start, steps = time.process_time(), 0
        while True:
            step()
            steps += 1
            took = time.process_time() - start
            if took >= seconds:
                return took * 1e6 / steps

    measure(0.5)
    print("ready", flush=True)
    for line in sys.stdin:
        print(f"{measure(float(line)):.1f}", flush=True)


main()
