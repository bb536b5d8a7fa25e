#!/bin/bash
# SPDX-License-Identifier: MIT
# videoconvert of GStreamer 1.22.0 (Debian 12) makes 8-bit YUV darker on its way to RGB: in limited range luma 126 is
# grey 128.1 by ITU-R BT.601, and becomes 126; white, luma 235, becomes 253. The mean error over all luma values is
# about -2 levels. The same grey in 10 bits (P010) comes out right: only the fast paths for 8-bit formats are off.
# Whoever feeds a network, or compares pictures, through videoconvert gets about 40 dB and not equality.
# Passes while that is so. Needs Debian 12, apt-get and python3.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -q -o APT::Sandbox::User=root download libgstreamer1.0-0=1.22.0-2+deb12u1 gstreamer1.0-tools=1.22.0-2+deb12u1 \
  libgstreamer-plugins-base1.0-0=1.22.0-3+deb12u7 gstreamer1.0-plugins-base=1.22.0-3+deb12u7 \
  liborc-0.4-0=1:0.4.33-2 >/dev/null
for package in *.deb; do dpkg --extract "$package" root; done
libraries=$(dirname "$(find root -name 'libgstreamer-1.0.so.0')")
export LD_LIBRARY_PATH=$folder/$libraries GST_PLUGIN_SYSTEM_PATH_1_0=$folder/$libraries/gstreamer-1.0
export GST_PLUGIN_PATH_1_0='' GST_REGISTRY_1_0=$folder/registry.bin
export GST_PLUGIN_SCANNER_1_0=$folder/$libraries/gstreamer1.0/gstreamer-1.0/gst-plugin-scanner
root/usr/bin/gst-launch-1.0 --version | head -n 2

# One frame of 16x16 for each luma value from 16 to 235, chroma in the middle.
python3 - <<'PY'
with open("i420.raw", "wb") as eight, open("p010.raw", "wb") as ten:
    for luma in range(16, 236):
        eight.write(bytes([luma]) * 256 + bytes([128]) * 128)
        ten.write((luma * 4 << 6).to_bytes(2, "little") * 256 + (512 << 6).to_bytes(2, "little") * 128)
PY
convert() { # convert INPUT FORMAT BYTES-PER-FRAME OUTPUT
  root/usr/bin/gst-launch-1.0 -q filesrc "location=$1" blocksize="$3" ! \
    "video/x-raw,format=$2,width=16,height=16,framerate=25/1,colorimetry=bt601" ! \
    videoconvert ! video/x-raw,format=RGB,width=16,height=16 ! filesink "location=$4"
}
convert i420.raw I420 384 from-i420.rgb
convert p010.raw P010_10LE 768 from-p010.rgb

python3 - <<'PY'
def greys(name):
    data = open(name, "rb").read()
    return [data[i * 768] for i in range(len(data) // 768)]

eight, ten = greys("from-i420.rgb"), greys("from-p010.rgb")
exact = [(luma - 16) * 255 / 219 for luma in range(16, 236)]
assert len(eight) == len(ten) == 220, (len(eight), len(ten))
for luma in (16, 126, 180, 235):
    i = luma - 16
    print(f"luma {luma}: exact {exact[i]:.1f}, from I420 {eight[i]}, from P010 {ten[i]}")
bias = [sum(got - want for got, want in zip(all_, exact)) / 220 for all_ in (eight, ten)]
print(f"mean error: I420 {bias[0]:+.2f} levels, P010 {bias[1]:+.2f} levels")
changed = not (eight[126 - 16] == 126 and eight[235 - 16] == 253 and -2.5 < bias[0] < -0.9 and abs(bias[1]) < 0.3)
raise SystemExit("the behaviour is another one now" if changed else 0)
PY
