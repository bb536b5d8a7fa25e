#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes files/, what PyTorch itself saves, and safe_globals.txt, the names that its weights_only takes:
make_files.py. Needs torch 2.15.0 and numpy."""
import argparse
import collections
import datetime
import enum
import fractions
import functools
import pathlib
import sys

import numpy
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "support"))
import networks  # noqa: E402


class Attributes(dict):
    """As configuration libraries have it."""
    __getattr__ = dict.get


class Ordered(collections.OrderedDict):
    pass


class Items(list):
    pass


class Colour(enum.Enum):
    RED = 1


class Node:
    def __init__(self):
        self.me = self


class Slots:
    __slots__ = ("a",)

    def __init__(self):
        self.a = 1


Pair = collections.namedtuple("Pair", "a b")


def with_state(tensor):
    tensor.note = "x"
    return tensor


def others():
    """What training scripts put beside a generator, one of each kind."""
    ones = torch.ones(2)
    layer = nn.Conv2d(1, 1, 1)
    return {
        "builtins": [collections.Counter("aab"), {1, 2}, frozenset([1]), b"ab", b"", bytearray(b"x"), 2 ** 100, -2 ** 2100, 1 + 2j, range(3),
                     slice(1), ..., int, print, ValueError("x"), functools.partial(print, 1), collections.deque([1]),
                     collections.defaultdict(list, a=[1]), float("nan"), "x" * 300],
        "library": [datetime.datetime(2026, 1, 2), datetime.timezone.utc, pathlib.PurePosixPath("a"), argparse.Namespace(a=1),
                    fractions.Fraction(1, 2)],
        "classes": [Attributes(a=1), Ordered(a=1), Items([1]), Colour.RED, Node(), Slots(), Pair(1, 2)],
        "keys": {None: 1, (1, 2): 2, 1.5: 3, b"k": 4, Colour.RED: 5, int: 6, torch.float32: 7, ones: 8},
        "numpy": [numpy.float32(1), numpy.int64(3), numpy.arange(4), numpy.array([{}], dtype=object), numpy.dtype("float32")],
        "torch": [torch.device("cpu"), torch.float32, torch.strided, torch.Size([1]), torch.per_tensor_affine, torch.zeros(2).untyped_storage()],
        "types": [torch.zeros(2, dtype=dtype) for dtype in (torch.float8_e4m3fn, torch.float8_e5m2, torch.uint16, torch.uint64,
                                                            torch.complex64, torch.complex128)],
        "tensors": [ones.to(torch.complex64).conj(), torch._neg_view(torch.ones(2)), torch.empty(2, device="meta"),  # pylint: disable=protected-access
                    torch.eye(2).to_sparse(), torch.eye(2).to_sparse_csr(), torch.nested.nested_tensor([ones, ones]),
                    torch.quantize_per_tensor(ones, 0.1, 0, torch.qint8), torch.quantize_per_tensor(ones, 0.1, 0, torch.qint32),
                    torch.quantize_per_channel(torch.ones(2, 2), torch.ones(2), torch.zeros(2), 0, torch.quint8),
                    with_state(torch.ones(2)), with_state(nn.Parameter(torch.ones(2))), nn.Buffer(torch.ones(2))],
        "modules": [layer, torch.optim.Adam(layer.parameters()), torch.optim.Adam(layer.parameters()).state_dict()],
    }


def main():
    weights = networks.cyclegan_resnet(ngf=1, blocks=1, keeps_statistics=False).state_dict()
    bundle = {"epoch": 3, **others(), "netG": weights}
    files = HERE / "files"
    files.mkdir(exist_ok=True)
    torch.save(weights, files / "weights.pth")
    torch.save(bundle, files / "bundle.pth")
    torch.save(bundle, files / "bundle_protocol_5.pth", pickle_protocol=5)
    torch.save(bundle, files / "bundle_legacy.pth", _use_new_zipfile_serialization=False)
    states = {name: with_state(nn.Parameter(tensor.clone())) for name, tensor in weights.items()}
    torch.save(states, files / "parameters_with_state.pth")
    torch.serialization.set_crc32_options(False)
    torch.save(weights, files / "no_checksums.pth")
    from torch import _weights_only_unpickler  # pylint: disable=import-outside-toplevel
    names = {*_weights_only_unpickler._get_allowed_globals(), "torch._utils._rebuild_sparse_csr_tensor"}  # pylint: disable=protected-access # 1.13's
    (HERE / "safe_globals.txt").write_text("\n".join(sorted(names)) + "\n")


if __name__ == "__main__":
    main()
