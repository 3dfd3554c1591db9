"""The quickstart's default network in PyTorch, one thread: images a second of whole training steps on given batches.

usage: peer.py ROUNDS      Batches lie in memory as floats: the peer reads and augments nothing.
"""
import sys
import time

import torch
import torch.nn as nn

torch.set_num_threads(1)
torch.manual_seed(0)
BATCH, STEPS = 64, 60


def network():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.1), nn.Linear(32 * 7 * 7, 10))


def rate(layout):
    net = network().to(memory_format=layout)
    optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
    x = torch.randn(BATCH, 1, 28, 28).to(memory_format=layout)
    y = torch.randint(0, 10, (BATCH,))
    begin = None
    for step in range(STEPS + 10):
        if step == 10:
            begin = time.process_time()
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    return BATCH * STEPS / (time.process_time() - begin)


for _ in range(int(sys.argv[1])):
    print(f"{rate(torch.contiguous_format):.0f} {rate(torch.channels_last):.0f}", flush=True)
