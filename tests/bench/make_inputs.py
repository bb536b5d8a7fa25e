#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random weights and frames, the same each time: make_inputs.py FOLDER NAME BLOCKS NGF [WIDTHxHEIGHT...].

Writes FOLDER/NAME.pth, a state_dict as published checkpoints are, and FOLDER/WIDTHxHEIGHT.rgb."""

import pathlib
import sys

import numpy
import torch

from generator import Generator

SEED = 20200730


def weights(blocks, ngf):
    torch.manual_seed(SEED)
    net = Generator(blocks, ngf)
    for name, tensor in net.named_parameters():
        # Kept of the size that trained ones have: activations neither die nor explode.
        torch.nn.init.normal_(tensor, 0, 0.02 if name.endswith("weight") else 0.1)
    return net.state_dict()


def frame(width, height):
    """Smooth colours with some noise, as a camera gives."""
    y, x = numpy.mgrid[0:height, 0:width]
    waves = [numpy.sin(x / (17 + 9 * c) + c) * numpy.cos(y / (23 - 5 * c)) for c in range(3)]
    noise = numpy.random.default_rng(SEED).normal(0, 6, (height, width, 3))
    return (127.5 + 100 * numpy.stack(waves, -1) + noise).clip(0, 255).round().astype(numpy.uint8)


def main():
    folder, name, blocks, ngf, *sizes = sys.argv[1:]
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(weights(int(blocks), int(ngf)), folder / f"{name}.pth")
    for size in sizes:
        frame(*map(int, size.split("x"))).tofile(folder / f"{size}.rgb")


if __name__ == "__main__":
    main()
