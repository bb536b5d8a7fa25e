#!/bin/bash
# SPDX-License-Identifier: MIT
# OpenCV 5.0.0.93 (PyPI, opencv-python-headless): cv2.imread(IMREAD_COLOR) multiplies the colours of a TIFF with unassociated
# alpha by that alpha, which it does not do for a PNG of the same pixels. It ignores the bit masks of a 32-bit BMP whose
# header has 40 bytes (BI_BITFIELDS), which exchanges red and blue; behind a header of 108 bytes it obeys them.
# Why it matters: whoever loads training images with it gets dark or recoloured pictures, without a word. Pillow reads all of them right,
# but for the BMP of 40 bytes, which it refuses.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install numpy==2.4.6 opencv-python-headless==5.0.0.93 tifffile==2026.3.3 pillow==13.0.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import struct

import cv2
import numpy
import tifffile
from PIL import Image

rgba = numpy.full((8, 8, 4), (200, 100, 40, 64), numpy.uint8)
tifffile.imwrite("alpha.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])
Image.fromarray(rgba).save("alpha.png")


def bmp(header_size):
    """Red in the lowest byte, blue in the third, as the masks say."""
    masks = struct.pack("<III", 0xFF, 0xFF00, 0xFF0000)
    header = struct.pack("<IiiHHIIiiII", header_size, 8, 8, 1, 32, 3, 256, 2835, 2835, 0, 0) + masks
    header = header.ljust(max(header_size, 52), b"\0")
    pixels = bytes((200, 100, 40, 0)) * 64
    return b"BM" + struct.pack("<IHHI", 14 + len(header) + len(pixels), 0, 0, 14 + len(header)) + header + pixels


for size in (40, 108):
    with open(f"masks{size}.bmp", "wb") as file:
        file.write(bmp(size))

print("OpenCV", cv2.__version__, "- every file holds R, G, B = 200, 100, 40")
seen = {}
for name in ("alpha.png", "alpha.tif", "masks108.bmp", "masks40.bmp"):
    seen[name] = tuple(int(value) for value in cv2.imread(name, cv2.IMREAD_COLOR)[4, 4][::-1])
    print(f"{name:13} {seen[name]}")
assert seen["alpha.png"] == (200, 100, 40)
assert seen["alpha.tif"][0] < 60, "the colours of the TIFF are not multiplied any more"
assert seen["masks108.bmp"] == (200, 100, 40)
assert seen["masks40.bmp"] == (40, 100, 200), "the masks are obeyed now"
PYTHON
