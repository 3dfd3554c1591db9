#!/usr/bin/python3
"""Bits a character of an order-N back-off model: python3 bench/defaults/backoff.py FILE [N].

Counts on the first nine tenths of the text, measured on the last tenth. Witten-Bell back-off, interpolated
(Chen, Goodman 1998): p(c | h) = (n(h c) + t(h) p(c | shorter h)) / (n(h) + t(h)), t(h) the different
characters seen after h; below the shortest history all characters of the text are equally likely.
"""
import collections
import math
import sys

text = open(sys.argv[1], encoding="utf-8").read()
order = int(sys.argv[2]) if len(sys.argv) > 2 else 5
cut = len(text) * 9 // 10
counts = collections.defaultdict(collections.Counter)
for k in range(order + 1):
    for i in range(k, cut):
        counts[text[i - k:i]][text[i]] += 1
totals = {h: sum(c.values()) for h, c in counts.items()}
letters = len(set(text))


def probability(history, letter):
    p = 1 / letters
    for k in range(len(history) + 1):
        h = history[len(history) - k:]
        if h in counts:
            kinds = len(counts[h])
            p = (counts[h][letter] + kinds * p) / (totals[h] + kinds)
    return p


bits = -sum(math.log2(probability(text[max(0, i - order):i], text[i])) for i in range(cut, len(text)))
print("order %d: %.4f bits a character on %d characters" % (order, bits / (len(text) - cut), len(text) - cut))
