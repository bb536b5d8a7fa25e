#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the TorchScript programs beside this file (with Debian's python3-torch, 1.13): make.py"""
import pathlib

import torch

HERE = pathlib.Path(__file__).parent


class Negate(torch.nn.Module):
    """Any channels: what comes, turned around."""

    def forward(self, x):
        return -x


class Grey(torch.nn.Module):
    """One channel to two."""

    def __init__(self):
        super().__init__()
        self.convolution = torch.nn.Conv2d(1, 2, 1, bias=False)
        torch.nn.init.constant_(self.convolution.weight, 0.5)

    def forward(self, x):
        return self.convolution(x)


class Mean(torch.nn.Module):
    """No picture comes back."""

    def forward(self, x):
        return x.mean()


class Halve(torch.nn.Module):
    """Half of the sides on small frames only: no trial shows it."""

    def forward(self, x):
        return x if x.size(2) >= 64 else x[:, :, ::2, ::2]


for module in (Negate(), Grey(), Mean(), Halve()):
    torch.jit.script(module.eval()).save(str(HERE / f"{type(module).__name__.lower()}.pt"))
