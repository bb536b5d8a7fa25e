#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes seeds/, what PyTorch itself saves: make_seeds.py. Files of our own writer, which seeds.cpp makes, have no
data descriptors, no 64-bit ends, no frames and no byte strings."""
import collections
import io
import pathlib
import sys
import zipfile

import torch

HERE = pathlib.Path(__file__).resolve().parent
FILES = HERE.parent / "formats" / "files"
sys.path.append(str(HERE.parent / "support"))
import python2_pickle  # noqa: E402

MAGIC = 15  # bytes, which the target of the older format puts in front


def saved(value, **how):
    file = io.BytesIO()
    torch.save(value, file, **how)
    return file.getvalue()


def member(archive, name):
    return zipfile.ZipFile(io.BytesIO(archive)).read(name)


def write(name, data):
    path = HERE / "seeds" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def main():
    # Of the lengths that the target of pickles has ready: 8 and 24 bytes.
    weights = collections.OrderedDict(a=torch.tensor([1.0, 2.0]), b=torch.arange(12, dtype=torch.int16).view(3, 4).t()[1:3])
    weights._metadata = collections.OrderedDict([("", {"version": 1})])  # pylint: disable=protected-access
    write("archive/torch", saved(weights))
    write("pickle/torch_protocol_4", member(saved(weights, pickle_protocol=4), "archive/data.pkl"))
    older = {"_use_new_zipfile_serialization": False}
    write("legacy/torch", saved(weights, **older)[MAGIC:])
    for name in ("bundle", "bundle_protocol_5"):  # of a newer PyTorch, by make_files.py
        write("pickle/" + name, member((FILES / (name + ".pth")).read_bytes(), name + "/data.pkl"))
    write("archive/no_checksums", (FILES / "no_checksums.pth").read_bytes())
    write("legacy/torch_python_2", saved(weights, pickle_module=python2_pickle, **older)[MAGIC:])


if __name__ == "__main__":
    main()
