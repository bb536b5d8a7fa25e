#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes features.ts, tuple.ts, dictionary.ts, words.ts and the numbers in feature_scores_test.cpp: what numpy and Debian's torch say, without any code of ours.
    /usr/bin/python3 make_features.py FOLDER
"""
import pathlib
import sys

import numpy as np
import torch


class Statistics(torch.nn.Module):
    """(N, 3, H, W) to (N, 6, 1, 1): mean and standard deviation of each channel."""

    def forward(self, x):
        mean = x.mean(dim=(2, 3))
        deviation = x.var(dim=(2, 3), unbiased=False).sqrt()
        return torch.cat([mean, deviation], 1)[:, :, None, None]


class Tuple(torch.nn.Module):
    """Mean and deviation apart, and a None, as torchvision's InceptionV3 has one."""

    def forward(self, x):
        return x.mean(dim=(2, 3)), None, x.var(dim=(2, 3), unbiased=False).sqrt()


class Dictionary(torch.nn.Module):
    """The same in a dictionary, each in a list."""

    def forward(self, x):
        return {"mean": [x.mean(dim=(2, 3))], "deviation": [x.var(dim=(2, 3), unbiased=False).sqrt()]}


class Words(torch.nn.Module):
    """No features."""

    def forward(self, x):
        return "a street"


def features(count, dimension, phase):
    i, k = np.meshgrid(np.arange(count), np.arange(dimension), indexing="ij")
    return np.sin(0.37 * (i + 1) * (k + 1.5) + phase) + 0.1 * k * phase


def fid(x, y):
    mean = x.mean(0) - y.mean(0)
    c, d = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = np.sqrt(np.linalg.eigvals(c @ d).astype(complex)).sum().real
    return mean @ mean + np.trace(c) + np.trace(d) - 2 * root


def kid(x, y):
    def k(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    n = len(x)
    within = sum((k(a, a).sum() - np.trace(k(a, a))) / (n * (n - 1)) for a in (x, y))
    return within - 2 * k(x, y).mean()


for name, network in (("features", Statistics()), ("tuple", Tuple()), ("dictionary", Dictionary()), ("words", Words())):
    torch.jit.save(torch.jit.script(network.eval()), str(pathlib.Path(sys.argv[1]) / f"{name}.ts"))
for n, m, dimension in ((12, 9, 5), (12, 9, 20), (9, 9, 5)):
    x, y = features(n, dimension, 0.0), features(m, dimension, 0.5)
    print(f"fid({n}, {m}, {dimension}) = {fid(x, y)!r}", f"kid = {kid(x, y)!r}" if n == m else "")
