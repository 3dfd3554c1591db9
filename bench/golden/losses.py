#!/usr/bin/python3
"""Losses of the first 20 steps of four small networks in PyTorch, from weights and data given by
formulas, as a header for tests/nn/test_golden.c, which takes the same steps:

    python3 bench/golden/losses.py > tests/nn/golden/losses.h

Needs python3-torch (made with 1.13.1 of Debian 12). Weight number k of a network, in the order in
which Hox makes them, is 0.3 sin(1.3 i + k); scales are 1, shifts and biases 0, the bias of an
LSTM's forget gate 1. Batch b is sin(0.37 i + b), its labels (7 i + b) mod 5.
"""
import math
import torch
import torch.nn as nn
import torch.nn.functional as F

STEPS, N, CLASSES, SIDE, LENGTH, LETTERS = 20, 8, 5, 6, 7, 9
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


def wave(n, factor, shift, size=1.0):
    return torch.tensor([size * math.sin(factor * i + shift) for i in range(n)], dtype=torch.float32)


def same_pad(x, kernel, stride):
    """Padding of `pad: yes`: ceil(size / stride) outputs, the odd cell behind."""
    pad = []
    for size in (x.shape[3], x.shape[2]):
        need = max(0, (math.ceil(size / stride) - 1) * stride + kernel - size)
        pad += [need // 2, need - need // 2]
    return F.pad(x, pad)


class Conv(nn.Module):
    def __init__(self, i, o, kernel, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(i, o, kernel, stride, bias=False)
        self.kernel, self.stride = kernel, stride

    def forward(self, x):
        return self.conv(same_pad(x, self.kernel, self.stride))


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(SIDE * SIDE, 16), nn.Linear(16, CLASSES)

    def forward(self, x):
        return self.b(torch.tanh(self.a(x.flatten(1))))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.an = Conv(1, 8, 3), nn.BatchNorm2d(8)
        self.b, self.bn = Conv(8, 12, 5, 2), nn.BatchNorm2d(12)
        self.c = nn.Linear(12, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.an(self.a(x))), 2)
        x = F.relu(self.bn(self.b(x)))
        return self.c(x.mean((2, 3)))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.an = Conv(1, 8, 3), nn.BatchNorm2d(8)
        self.b, self.bn = Conv(8, 8, 3), nn.BatchNorm2d(8)
        self.c, self.cn = Conv(8, 8, 3), nn.BatchNorm2d(8)
        self.d = nn.Linear(8 * SIDE * SIDE, CLASSES)

    def forward(self, x):
        x = F.relu(self.an(self.a(x)))
        x = F.relu(x + self.cn(self.c(F.relu(self.bn(self.b(x))))))
        return self.d(x.flatten(1))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.l, self.d = nn.Embedding(LETTERS, 6), nn.LSTM(6, 10, batch_first=True), nn.Linear(10, LETTERS)
        self.l.bias_hh_l0.data.zero_()
        self.l.bias_hh_l0.requires_grad = False

    def forward(self, x):
        return self.d(self.l(self.e(x))[0]).flatten(0, 1)


def hox_order(net):
    """Products of the network as (parameter, rows of Hox -> rows of PyTorch)."""
    if not isinstance(net, Lstm):
        return [(p, None) for p in net.parameters() if p.dim() > 1]
    gates = torch.arange(40).reshape(4, 10)[[1, 0, 2, 3]].flatten()  # f, i, c, o of i, f, c, o
    return [(net.e.weight, None), (net.l.weight_ih_l0, gates), (net.l.weight_hh_l0, gates), (net.d.weight, None)]


def start(net):
    for p in net.parameters():
        if p.dim() == 1:
            p.data.zero_()
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.weight.data.fill_(1)
    if isinstance(net, Lstm):
        net.l.bias_ih_l0.data[10:20] = 1
    for k, (p, rows) in enumerate(hox_order(net)):
        value = wave(p.numel(), 1.3, k, 0.3).reshape(p.shape)
        if rows is None:
            p.data.copy_(value)
        else:
            p.data[rows] = value


def batch(net, b):
    if isinstance(net, Lstm):
        tokens = torch.tensor([(3 * i + i // 4 + b) % LETTERS for i in range(N * LENGTH)]).reshape(N, LENGTH)
        return tokens, torch.tensor([(5 * i + i // 3 + b) % LETTERS for i in range(N * LENGTH)])
    x = wave(N * SIDE * SIDE, 0.37, b).reshape(N, 1, SIDE, SIDE)
    return x, torch.tensor([(7 * i + b) % CLASSES for i in range(N)])


def groups(net, decay):
    """Weights are decayed, biases, scales and shifts are not."""
    own = [p for p in net.parameters() if p.requires_grad]
    return [{"params": [p for p in own if p.dim() > 1], "weight_decay": decay},
            {"params": [p for p in own if p.dim() == 1], "weight_decay": 0}]


def losses(net, optimizer, clip=None):
    out = []
    for b in range(STEPS):
        x, y = batch(net, b)
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimizer.step()
        out.append(loss.item())
    return out


def main():
    print("/* Made by bench/golden/losses.py with PyTorch %s: do not edit. */\n/* clang-format off */" % torch.__version__)
    runs = [("mlp", Mlp, lambda n: torch.optim.SGD(groups(n, 0.01), 0.1, momentum=0.9, nesterov=True), None),
            ("cnn", Cnn, lambda n: torch.optim.Adam(groups(n, 0), 0.01), None),
            ("residual", Residual, lambda n: torch.optim.AdamW(groups(n, 0.1), 0.003), None),
            ("lstm", Lstm, lambda n: torch.optim.RMSprop(groups(n, 0), 0.003, alpha=0.9), 0.25)]
    for name, make, optimizer, clip in runs:
        net = make()
        start(net)
        values = losses(net, optimizer(net), clip)
        print("static const double golden_%s[20] = {%s};" % (name, ", ".join("%.9g" % v for v in values)))


main()
