"""The peer: one training step of the same small networks in PyTorch, on synthetic 28x28 images.

usage: peer.py NET BATCH MODE [SECONDS]     NET: tiny lenet mlp cnn6 fashion     MODE: default channels_last
Prints one line: NET BATCH MODE microseconds-a-step images-a-second. SGD with Nesterov momentum, cross-entropy, one thread.
"""
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(0)


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
        for stage in range(3):
            y = self.first[stage](x)
            x = self.second[stage](y) + y
            if stage < 2:
                x = F.max_pool2d(x, 2)
        return self.last(x.mean((2, 3)))


NETS = {
    "tiny": lambda: nn.Sequential(*conv(1, 16, 3), nn.MaxPool2d(2), *conv(16, 32, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1568, 10)),
    "cnn6": Cnn6,
    "fashion": lambda: nn.Sequential(*conv(1, 16, 3), nn.MaxPool2d(2), *conv(16, 32, 3), *conv(32, 32, 3), nn.MaxPool2d(2), *conv(32, 64, 3),
                                     nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(64, 10)),
    "lenet": lambda: nn.Sequential(*conv(1, 32, 5), nn.MaxPool2d(2), *conv(32, 64, 5), nn.MaxPool2d(2), nn.Flatten(),
                                   nn.Linear(3136, 128), nn.ReLU(inplace=True), nn.Linear(128, 10)),
    "mlp": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)),
}


def main():
    net, batch, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 3.0
    model = NETS[net]()
    images = torch.randn(4096 // batch, batch, 1, 28, 28)
    labels = torch.randint(0, 10, (4096 // batch, batch))
    batches = [x.contiguous() for x in images]
    if mode == "channels_last":
        model = model.to(memory_format=torch.channels_last)
        batches = [x.contiguous(memory_format=torch.channels_last) for x in batches]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
    at = 0

    def step():
        nonlocal at
        x, y = batches[at % len(batches)], labels[at % len(batches)]
        at += 1
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

    for _ in range(8):
        step()
    start = time.perf_counter()
    step()
    repeats = max(1, int(seconds / 9 / max(time.perf_counter() - start, 1e-5)))
    samples = []
    for _ in range(9):
        start = time.perf_counter()
        for _ in range(repeats):
            step()
        samples.append((time.perf_counter() - start) / repeats)
    t = statistics.median(samples)
    print(f"{net} {batch} {mode} {t * 1e6:.0f} {batch / t:.0f}")


main()
