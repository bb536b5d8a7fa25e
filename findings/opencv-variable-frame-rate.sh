#!/bin/bash
# SPDX-License-Identifier: MIT
# OpenCV 4.12.0 (opencv-python-headless 4.12.0.88, backend FFmpeg): CAP_PROP_POS_FRAMES computes a time from a constant frame rate, so
# that in an MP4 of a variable frame rate read() gives other frames than were asked for, some never, and fails for frames that a
# read from the beginning gives; CAP_PROP_FRAME_COUNT of a Matroska file is length times rate. set() reports success each time.
# It matters to whoever draws training images or labels from phone or screen recordings by frame number: nothing tells of it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip --quiet install opencv-python-headless==4.12.0.88 imageio-ffmpeg==0.6.0 numpy==2.2.6

cat >frames.py <<'EOF'
import subprocess

import cv2
import imageio_ffmpeg

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


def encode(name):
    """60 frames, of which frame N has a luma of 20 + 3 N: 30 at 30 per second, then 30 at 10 per second."""
    subprocess.run(
        [FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i", "color=c=black:s=64x48:r=30,geq=lum='20+3*N':cb=128:cr=128",
         "-frames:v", "60", "-vf", "settb=1/90000,setpts='N*3000+gt(N,30)*6000*(N-30)'", "-fps_mode", "passthrough",
         "-enc_time_base", "1/90000", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "12", "-bf", "3",
         "-x264-params", "qp=4", name], check=True)


def number(image):
    return round((float(image[24, 32, 0]) / 255 * 219 + 16 - 20) / 3)


def in_order(name):
    video, numbers = cv2.VideoCapture(name, cv2.CAP_FFMPEG), []
    while True:
        there, image = video.read()
        if not there:
            return numbers
        numbers.append(number(image))


def by_number(name, count):
    video, numbers = cv2.VideoCapture(name, cv2.CAP_FFMPEG), []
    for frame in range(count):
        assert video.set(cv2.CAP_PROP_POS_FRAMES, frame)
        there, image = video.read()
        numbers.append(number(image) if there else None)
    return numbers


print("OpenCV", cv2.__version__, "encoded by FFmpeg", imageio_ffmpeg.get_ffmpeg_version())
seen = []
for name in ("vfr.mp4", "vfr.mkv"):
    encode(name)
    truth = in_order(name)
    assert truth == list(range(len(truth))) and len(truth) >= 59, truth
    stated = int(cv2.VideoCapture(name, cv2.CAP_FFMPEG).get(cv2.CAP_PROP_FRAME_COUNT))
    sought = by_number(name, len(truth))
    wrong = sum(a is not None and a != b for a, b in zip(sought, truth))
    failed = sought.count(None)
    print(f"{name}: {len(truth)} frames in order, {stated} stated; of {len(truth)} by number {wrong} are others, {failed} fail")
    print("  ", *sought)
    seen.append((stated - len(truth), wrong, failed))
assert seen[0][1] > 10, "mp4: seeking gives the right frames now"
assert seen[1][0] > 30, "mkv: the count is right now"
EOF
venv/bin/python frames.py
