#!/usr/bin/env python3
"""Makes the data set `tiny` beside this file: 8x8 images of three classes (a bar across, a bar down, a
square), each shifted, dimmed and covered with noise; 240 to train, 60 to test. Run once; its output is
checked in."""
import os
import random
import struct

random.seed(20260131)
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tiny")


def image(label):
    top, left, light = random.randint(1, 5), random.randint(1, 5), random.randint(90, 220)
    pixels = bytearray()
    for row in range(8):
        for column in range(8):
            inside = (row in (top, top + 1) if label == 0 else
                      column in (left, left + 1) if label == 1 else
                      abs(row - top) <= 1 and abs(column - left) <= 1)
            value = random.gauss(light if inside else 40, 55)
            pixels.append(max(0, min(255, int(value))))
    return bytes(pixels)


def write(name, n):
    labels = [i % 3 for i in range(n)]
    random.shuffle(labels)
    with open(os.path.join(here, name + "-images-idx3-ubyte"), "wb") as f:
        f.write(struct.pack(">IIII", 0x803, n, 8, 8) + b"".join(map(image, labels)))
    with open(os.path.join(here, name + "-labels-idx1-ubyte"), "wb") as f:
        f.write(struct.pack(">II", 0x801, n) + bytes(labels))


os.makedirs(here, exist_ok=True)
write("train", 240)
write("t10k", 60)
