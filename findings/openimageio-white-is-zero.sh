#!/bin/bash
# SPDX-License-Identifier: MIT
# OpenImageIO 3.2.2.0 (PyPI): a grey TIFF with PhotometricInterpretation WhiteIsZero is turned to black-is-zero where it has 8 bits, and comes out
# as a negative where it has 16. The bit masks of a 32-bit BMP (BI_BITFIELDS) are ignored with every header, so that red and blue change places.
# Why it matters: both are silent; a data set that is prepared at 16 bits becomes a negative of itself, one of 8 bits does not.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install numpy==2.4.6 OpenImageIO==3.2.2.0 tifffile==2026.3.3
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import struct

import numpy
import OpenImageIO
import tifffile


def first_pixel(name):
    picture = OpenImageIO.ImageInput.open(name)
    return [round(float(value) * 255) for value in picture.read_image("float")[4, 4]]


# Nearly white: 255 - 15 = 240.
tifffile.imwrite("grey8.tif", numpy.full((8, 8), 15, numpy.uint8), photometric="miniswhite")
tifffile.imwrite("grey16.tif", numpy.full((8, 8), 15 * 257, numpy.uint16), photometric="miniswhite")
header = struct.pack("<IiiHHIIiiII", 108, 8, 8, 1, 32, 3, 256, 2835, 2835, 0, 0) + struct.pack("<III", 0xFF, 0xFF00, 0xFF0000)
header = header.ljust(108, b"\0")
with open("masks.bmp", "wb") as file:
    file.write(b"BM" + struct.pack("<IHHI", 14 + 108 + 256, 0, 0, 14 + 108) + header + bytes((200, 100, 40, 255)) * 64)

print("OpenImageIO", OpenImageIO.VERSION_STRING)
eight, sixteen, colour = first_pixel("grey8.tif"), first_pixel("grey16.tif"), first_pixel("masks.bmp")
print("WhiteIsZero, 8 bits, expected 240:", eight)
print("WhiteIsZero, 16 bits, expected 240:", sixteen)
print("BMP whose masks put red first, expected 200, 100, 40:", colour)
assert eight[0] == 240
assert sixteen[0] == 15, "16 bits are turned now"
assert colour[:3] == [40, 100, 200], "the masks are obeyed now"
PYTHON
