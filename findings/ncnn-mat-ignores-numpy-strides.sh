#!/bin/bash
# SPDX-License-Identifier: MIT
# ncnn 1.0.20261020, Python: ncnn.Mat(array) takes an array's shape and the start of its memory, but not its strides. A transposed
# or sliced view gives other numbers than numpy shows, without an error. Pictures come as rows of RGB, so that
# `image.transpose(2, 0, 1)`, the usual way to planes, is such a view: the network sees a scrambled picture.
# numpy.ascontiguousarray(view) before it gives the right one. Ends with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ncnn==1.0.20261020 numpy==2.4.6
"$folder/venv/bin/python" - <<'END'
import ncnn
import numpy

print("ncnn", ncnn.__version__, "numpy", numpy.__version__)
image = numpy.arange(24, dtype=numpy.float32).reshape(4, 2, 3)  # rows, columns, channels
views = {"transposed to planes": image.transpose(2, 0, 1), "every second column": image[:, :, ::2]}
for name, view in views.items():
    direct, copied = numpy.array(ncnn.Mat(view)), numpy.array(ncnn.Mat(numpy.ascontiguousarray(view)))
    print(f"{name}: numpy has {view.ravel()[:4]}, ncnn.Mat(view) has {direct.ravel()[:4]}, of a copy {copied.ravel()[:4]}")
    assert direct.shape == view.shape and not numpy.array_equal(direct, view), "it minds strides now"
    assert numpy.array_equal(direct.ravel(), image.ravel()[:view.size]), "it reads something else than the memory in order"
    assert numpy.array_equal(copied, view)
END
