#!/bin/bash
# SPDX-License-Identifier: MIT
# GStreamer 1.22.0 (Debian 12): the table behind gst_video_format_get_info(), and with it GST_VIDEO_FRAME_COMP_DATA(),
# misplaces components of formats that hold a sample in two bytes. For P010_10LE (P012_LE, P016_LE) it has V begin at
# byte 1 of the U/V plane, in the middle of U; it lies at byte 2. For Y210 all three components begin at byte 0 with no
# shift; U lies at byte 2, V at byte 6, and the samples in the upper 10 of 16 bits. videoconvert itself writes them
# rightly. Code that reads samples by the table, as it can for all other formats, gets noise.
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
root/usr/bin/gst-launch-1.0 --version | tail -n +2 | head -n 1

# A frame of 16x16 of one colour: Y 100, U 60, V 200 in 8 bits; Y 400, U 240, V 800 in 10.
python3 -c 'open("in.raw", "wb").write(bytes([100]) * 256 + bytes([60]) * 256 + bytes([200]) * 256)'
for format in P010_10LE Y210; do
  root/usr/bin/gst-launch-1.0 -q filesrc location=in.raw blocksize=768 ! \
    video/x-raw,format=Y444,width=16,height=16,framerate=25/1,colorimetry=bt601 ! \
    videoconvert dither=none ! "video/x-raw,format=$format" ! filesink "location=$format.raw"
done

python3 - <<'PY'
import ctypes


class FormatInfo(ctypes.Structure):
    """GstVideoFormatInfo, as video-format.h declares it."""
    _fields_ = [("format", ctypes.c_int), ("name", ctypes.c_char_p), ("description", ctypes.c_char_p),
                ("flags", ctypes.c_int), ("bits", ctypes.c_uint), ("n_components", ctypes.c_uint),
                ("shift", ctypes.c_uint * 4), ("depth", ctypes.c_uint * 4), ("pixel_stride", ctypes.c_int * 4),
                ("n_planes", ctypes.c_uint), ("plane", ctypes.c_uint * 4), ("poffset", ctypes.c_uint * 4)]


video = ctypes.CDLL("libgstvideo-1.0.so.0")
video.gst_video_format_get_info.restype = ctypes.POINTER(FormatInfo)
changed = False
# Where the samples lie in truth: (offset, shift) of Y, U and V; the second plane of P010 begins at byte 512.
for name, planes, truth in (("P010_10LE", (0, 512), ((0, 6), (0, 6), (2, 6))), ("Y210", (0,), ((0, 6), (2, 6), (6, 6)))):
    info = video.gst_video_format_get_info(video.gst_video_format_from_string(name.encode())).contents
    data = open(f"{name}.raw", "rb").read()

    def sample(component, offset, shift):
        at = planes[info.plane[component]] + offset
        return int.from_bytes(data[at:at + 2], "little") >> shift & 1023

    by_table = [sample(c, info.poffset[c], info.shift[c]) for c in range(3)]
    in_truth = [sample(c, *truth[c]) for c in range(3)]
    print(f"{name}: table says offsets {list(info.poffset[:3])}, shifts {list(info.shift[:3])}; "
          f"samples by the table {by_table}, where they lie {in_truth}")
    changed |= any(abs(got - want) > 4 for got, want in zip(in_truth, (400, 240, 800)))
    changed |= all(abs(got - want) <= 4 for got, want in zip(by_table, (400, 240, 800)))
raise SystemExit("the behaviour is another one now" if changed else 0)
PY
