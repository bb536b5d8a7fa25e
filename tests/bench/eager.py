#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Seconds per frame of a model in eager PyTorch, on request: eager.py MODEL WIDTH HEIGHT THREADS ENGINE INPUT OUTPUT.

Speaks what peer.hpp says. Only the network is timed: turning pixels into a tensor and back is not."""

import json
import resource
import sys
import time

import numpy
import torch

from generator import load_generator


def main():
    model, width, height, threads, _, source, target = sys.argv[1:]
    torch.set_num_threads(int(threads))
    net = load_generator(model)
    pixels = numpy.fromfile(source, numpy.uint8).reshape(1, int(height), int(width), 3)
    frame = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).float() / 127.5 - 1
    with torch.inference_mode():
        result = net(frame)
        print("ready eager", flush=True)
        for line in sys.stdin:
            times = []
            for _ in range(int(line)):
                begin = time.perf_counter()
                result = net(frame)
                times.append(round(time.perf_counter() - begin, 6))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(json.dumps({"peak_mib": round(peak, 1), "eager": times}), flush=True)
    levels = ((result[0].clamp(-1, 1) + 1) * 127.5).round().byte()
    levels.permute(1, 2, 0).contiguous().numpy().tofile(target)


if __name__ == "__main__":
    main()
