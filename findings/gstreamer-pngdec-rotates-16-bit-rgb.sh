#!/bin/bash
# SPDX-License-Identifier: MIT
# pngdec of GStreamer 1.22.0 (Debian 12) decodes PNG files of 16 bits per channel without alpha to ARGB64 with every
# sample one place late: a stray 0 comes first, then alpha, red, green, blue. What follows takes alpha for red, red for
# green and green for blue: (200, 100, 50) is shown as (255, 200, 100). With an alpha channel the colours are right,
# and each pixel has the alpha of the one before. 8-bit files are right. No warning is given.
# Passes while that is so. Needs Debian 12 (with libpng16-16), apt-get and python3.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -q -o APT::Sandbox::User=root download libgstreamer1.0-0=1.22.0-2+deb12u1 gstreamer1.0-tools=1.22.0-2+deb12u1 \
  libgstreamer-plugins-base1.0-0=1.22.0-3+deb12u7 gstreamer1.0-plugins-base=1.22.0-3+deb12u7 \
  gstreamer1.0-plugins-good=1.22.0-5+deb12u4 liborc-0.4-0=1:0.4.33-2 >/dev/null
for package in *.deb; do dpkg --extract "$package" root; done
libraries=$(dirname "$(find root -name 'libgstreamer-1.0.so.0')")
export LD_LIBRARY_PATH=$folder/$libraries GST_PLUGIN_PATH_1_0='' GST_REGISTRY_1_0=$folder/registry.bin
export GST_PLUGIN_SCANNER_1_0=$folder/$libraries/gstreamer1.0/gstreamer-1.0/gst-plugin-scanner
# Of all plugins these alone: others want libraries of their own.
mkdir plugins
for plugin in coreelements png videoconvertscale; do ln -s "$folder/$libraries/gstreamer-1.0/libgst$plugin.so" plugins; done
export GST_PLUGIN_SYSTEM_PATH_1_0=$folder/plugins
root/usr/bin/gst-launch-1.0 --version | tail -n +2 | head -n 1

# Pictures of 8x8 pixels of one colour: red 200, green 100, blue 50 of 255, opaque.
python3 - <<'PY'
import struct
import zlib


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write(name, bits, alpha):
    scale = 257 if bits == 16 else 1
    pixel = [200 * scale, 100 * scale, 50 * scale] + ([255 * scale] if alpha else [])
    row = b"\0" + struct.pack(">" + ("H" if bits == 16 else "B") * len(pixel), *pixel) * 8
    header = struct.pack(">IIBBBBB", 8, 8, bits, 6 if alpha else 2, 0, 0, 0)
    open(name, "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * 8)) + chunk(b"IEND", b""))


write("rgb8.png", 8, False)
write("rgb16.png", 16, False)
write("rgba16.png", 16, True)
PY
decode() { # decode PICTURE FORMAT
  root/usr/bin/gst-launch-1.0 -q filesrc "location=$1.png" ! pngdec ! videoconvert ! "video/x-raw,format=$2" ! filesink "location=$1.raw"
}
decode rgb8 RGB
decode rgb16 RGB
decode rgba16 RGBA

python3 - <<'PY'
pixels = {name: open(f"{name}.raw", "rb").read() for name in ("rgb8", "rgb16", "rgba16")}
right, rotated = tuple(pixels["rgb8"][3:6]), tuple(pixels["rgb16"][3:6])
with_alpha = [tuple(pixels["rgba16"][4 * i:4 * i + 4]) for i in (0, 1)]
print(f"of (200, 100, 50): 8 bits give {right}, 16 bits {rotated}, 16 bits with alpha {with_alpha[0]} and then {with_alpha[1]}")
expected = right == (200, 100, 50) and rotated == (255, 200, 100) and with_alpha == [(200, 100, 50, 0), (200, 100, 50, 255)]
raise SystemExit(0 if expected else "the behaviour is another one now")
PY
