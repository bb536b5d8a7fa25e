#!/bin/bash
# SPDX-License-Identifier: MIT
# OpenCV 5.0.0.93 (PyPI, opencv-python-headless): cv2.cvtColor(COLOR_RGB2Lab) of float32 images interpolates tables of few
# entries. Greys (r = g = b) get a chroma of up to 0.125, and 2,588 of 421,824 channel values of 8-bit colours come back from
# Lab as another level. COLOR_LRGB2Lab of the same colours, made linear by the sRGB formula beforehand, has neither fault.
# Why it matters: float images are taken for exact. Statistics in Lab (a colour transfer) then tint what is grey, and an
# identity transfer changes pixels. cut-trainer's evaluate makes colours linear itself.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install numpy==2.4.6 opencv-python-headless==5.0.0.93
"$folder/venv/bin/python" - <<'PYTHON'
import cv2
import numpy

levels = numpy.arange(256, dtype=numpy.float64) / 255
linear = numpy.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4).astype(numpy.float32)
levels = levels.astype(numpy.float32)


def chroma(values, code):
    """The largest |a| and |b| of greys; 0 is right."""
    grey = numpy.repeat(values.reshape(1, -1, 1), 3, axis=2)
    return float(numpy.abs(cv2.cvtColor(grey, code)[..., 1:]).max())


def changed(table, there, back, encoded):
    """Channel values of a grid of 8-bit colours that come back as another level."""
    axis = numpy.arange(0, 256, 5)
    colours = numpy.stack(numpy.meshgrid(axis, axis, axis), axis=-1).reshape(1, -1, 3)
    lab = cv2.cvtColor(table[colours], there)
    again = encoded(cv2.cvtColor(lab, back).astype(numpy.float64))
    return int((numpy.rint(again * 255) != colours).sum())


def encode(value):
    value = numpy.clip(value, 0, 1)
    return numpy.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)


seen = {
    "chroma of greys, COLOR_RGB2Lab": round(chroma(levels, cv2.COLOR_RGB2Lab), 4),
    "chroma of greys, COLOR_LRGB2Lab": round(chroma(linear, cv2.COLOR_LRGB2Lab), 4),
    "changed values, COLOR_RGB2Lab": changed(levels, cv2.COLOR_RGB2Lab, cv2.COLOR_Lab2RGB, lambda v: v),
    "changed values, COLOR_LRGB2Lab": changed(linear, cv2.COLOR_LRGB2Lab, cv2.COLOR_Lab2LRGB, encode),
}
print(cv2.__version__, seen)
assert seen["chroma of greys, COLOR_RGB2Lab"] > 0.05 and seen["chroma of greys, COLOR_LRGB2Lab"] == 0, "OpenCV changed"
assert seen["changed values, COLOR_RGB2Lab"] > 1000 and seen["changed values, COLOR_LRGB2Lab"] == 0, "OpenCV changed"
PYTHON
