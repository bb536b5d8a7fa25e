#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the engine module `cpu` against the runtimes that a user would pick instead, in turns. peers.sh calls it.

Ratios are within a turn: what slows the machine slows all contenders. Quality is PSNR = 10 log10(4 / MSE) of the floats in
[-1, 1] against eager PyTorch in fp32, the worst of several frames, with the trained model that the demo ships. What cannot be
measured on this machine is a blank with its reason."""

import argparse
import json
import os
import pathlib
import statistics
import sys
import time

from contenders import PRECISIONS, RUNTIMES, Contender, contenders
from peers_report import report
from turns import Failed, Peer, estimate, machine, own_cost, ratios, run_once, spread

PARTS = ["quality", "speed", "light", "element", "layers"]
TRUTH = Contender("eager", "fp32")
PRECISE = 60  # dB: what fp32 promises
GOOD = 38  # dB: what int8 promises


class Runs:
    """One model at one size, all contenders in turns. Who fails becomes a blank, whenever that is."""

    def __init__(self, options, model, size, frames, entries, blanks):
        self.entries, self.peers, self.medians, self.blanks, self.size = [], {}, {}, dict(blanks), size
        for entry in entries:
            if entry.label in self.blanks:
                continue
            print(f"  {size}: starting {entry.label}", file=sys.stderr)
            command = entry.command(options, model, size, frames, options.work / "speed.out", floats=False)
            self.attempt(entry.label, lambda: self.add(entry, Peer(command, entry.environment())))

    def add(self, entry, peer):
        self.entries.append(entry)
        self.peers[entry.label] = peer
        self.medians[entry.label] = []  # seconds, of each turn

    def attempt(self, label, action):
        try:
            action()
        except Failed as failure:
            print(f"  {self.size}: {label}: {failure}", file=sys.stderr)
            self.blanks[label] = str(failure)
            self.entries = [entry for entry in self.entries if entry.label != label]
            self.peers.pop(label, None)

    def measure(self, turns, frames):
        def turn(label, peer):
            peer.run(frames)
            self.medians[label].append(statistics.median(self.times(peer)[-frames:]))

        for label, peer in list(self.peers.items()):
            self.attempt(label, lambda: peer.run(1, keep=False))
        for number in range(turns):
            print(f"  {self.size}: turn {number + 1} of {turns}", file=sys.stderr)
            for label, peer in list(self.peers.items()):
                self.attempt(label, lambda: turn(label, peer))
        for label, peer in list(self.peers.items()):
            self.attempt(label, peer.finish)

    @staticmethod
    def times(peer):
        return peer.times["engine" if "engine" in peer.times else "frames"]

    def fastest(self, entries):
        """The label of the fastest, or None."""
        labels = [entry.label for entry in entries]
        return min(labels, key=lambda label: statistics.median(self.medians[label]), default=None)

    def ratio(self, over, under):
        """How many times as fast `under` is as `over`, with the spread of the turns."""
        values = ratios(self.medians[over], self.medians[under])
        work = ratios(self.peers[over].times["processor"], self.peers[under].times["processor"])
        return {"of": under, "to": over, **estimate(values), "min": min(values), "max": max(values),
                "by processor time": estimate(work)}

    def rows(self):
        return {label: {**spread(self.times(peer)), "peak_mib": peer.peak, "first_frame": peer.times["first_frame"][0],
                        "processor": statistics.median(peer.times["processor"])}
                for label, peer in self.peers.items()}

    def result(self, psnr):
        return {"contenders": self.rows(), "blanks": self.blanks, "ratios": compare(self, psnr)}


def translated(options, entry):
    """The floats that a contender makes of the frames for quality: a row each."""
    import numpy
    print(f"  quality: {entry.label}", file=sys.stderr)
    output = options.work / "quality.out"
    run_once(entry.command(options, options.work / "trained.pt", options.quality_size, options.work / "quality.rgb", output,
                           floats=True), entry.environment())
    width, height = map(int, options.quality_size.split("x"))
    return numpy.fromfile(output, numpy.float32).reshape(-1, 3 * width * height).astype(numpy.float64)


def quality(options, entries, blanks):
    """PSNR of each contender's worst frame against eager fp32, the shipped model on real frames. Adds to `blanks`."""
    import numpy
    try:
        truth = translated(options, TRUTH)
    except Failed as failure:
        blanks[TRUTH.label] = str(failure)
        return {}
    psnr = {}
    for entry in entries:
        if entry.label in blanks or entry.label == TRUTH.label or (entry.isa and not entry.ours):
            continue  # those of a capped peer are the same pictures
        try:
            error = ((translated(options, entry) - truth) ** 2).mean(1)
        except Failed as failure:
            print(f"  quality: {entry.label}: {failure}", file=sys.stderr)
            blanks[entry.label] = str(failure)
            continue
        with numpy.errstate(divide="ignore"):
            psnr[entry.label] = float((10 * numpy.log10(4 / error)).min())
    return psnr


def compare(runs, psnr):
    """The ratios that are promised, at equal quality: to the fastest peer of each kind, and to every peer in fp32."""
    def those(ours, precision=None, isa="", least=None):
        return [entry for entry in runs.entries if entry.ours == ours and entry.isa == isa and precision in (None, entry.precision)
                and (least is None or psnr.get(entry.label, 0) >= least)]

    result = {}

    def add(name, peer, our):
        if peer and our:
            result[name] = runs.ratio(peer, our)

    full, int8 = runs.fastest(those(False, "fp32")), runs.fastest(those(False, "int8"))
    add("cpu fp32 to the fastest fp32", full, runs.fastest(those(True, "fp32")))
    add("cpu tf32 to the fastest fp32", full, runs.fastest(those(True, "tf32")))
    add("best at 60 dB to the fastest fp32", full, runs.fastest(those(True, least=PRECISE)))
    add("best at 38 dB to the fastest int8", int8, runs.fastest(those(True, least=GOOD)))
    for entry in those(False, "fp32") + those(False, "int8"):
        add(f"cpu {entry.precision} to {entry.label}", entry.label, runs.fastest(those(True, entry.precision)))
    for isa in dict.fromkeys(entry.isa for entry in runs.entries if entry.isa):
        for peer in those(False, isa=isa):
            for our in those(True, isa=isa):
                add(f"{our.label} to {peer.label}", peer.label, our.label)
    return result


def element_beside_light(options, size):
    """What the element takes of a light model's frame: rounds of engine, pipeline, pipeline, engine in one process."""
    width, height = size.split("x")
    peer = Peer([options.builddir / "tests" / "bench" / "element-bench", options.work / "light.pt", width, height, options.threads,
                 "cpu", options.work / f"{size}.rgb", options.work / "light.out"],
                dict(os.environ, GST_PLUGIN_PATH=str(options.builddir / "gst")))
    peer.run(1 if options.quick else 5, keep=False)
    peer.run(2 if options.quick else 60)
    peer.finish()
    cost, frame = estimate(own_cost(peer.times)), statistics.median(peer.times["engine"])
    return {"seconds": cost["median"], "share": cost["median"] / frame, "error": cost["error"] / frame}


def layers(options, isa):
    """Each layer's time against the measured multiply-add peak (layers-bench), at 256x256; and why some have none."""
    network = [32, 32, 8, 1, options.threads, 1] if options.quick else [256, 256, 64, 9, options.threads, 21]
    wanted = [entry for entry in contenders(isa, ["cpu"], options.precisions) if entry.isa != "avx512"]
    tables, blanks = {}, {}
    for entry in wanted:
        label = entry.label.removeprefix("cpu ")
        print(f"  layers: {label}", file=sys.stderr)
        precision = [] if entry.precision == "fp32" else [entry.precision]
        try:
            tables[label] = json.loads(run_once([options.builddir / "tests" / "bench" / "layers-bench", *network, *precision, "json"],
                                                entry.environment()))
        except Failed as failure:
            blanks[label] = str(failure)
    return {"tables": tables, "blanks": blanks}


def blank_or(action):
    """What it returns, or why it cannot."""
    try:
        return action()
    except Failed as failure:
        return {"blank": str(failure)}


def measure(options, here):
    entries = contenders(here["isa"], options.only, options.precisions)
    blanks = {entry.label: entry.excluded(here["isa"]) for entry in entries if entry.excluded(here["isa"])}
    results = {"machine": here, "threads": options.threads, "cap": os.environ.get("CUT_CPU_ISA", ""), "versions": options.versions, "networks": options.networks,
               "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "psnr": {}, "sizes": {}, "light": {}}
    if "quality" in options.parts and not all(entry.ours for entry in entries):
        results["psnr"] = quality(options, entries, blanks)
    for size in options.sizes if "speed" in options.parts else []:
        runs = Runs(options, options.work / "full.pt", size, options.work / f"{size}.rgb", entries, blanks)
        runs.measure(options.turns, 1)
        results["sizes"][size] = runs.result(results["psnr"])
    if "light" in options.parts:
        runs = Runs(options, options.work / "light.pt", options.light_size, options.work / f"{options.light_size}.rgb", entries, blanks)
        runs.measure(options.turns, 1 if options.quick else 5)
        results["light"][options.light_size] = runs.result(results["psnr"])
    if "element" in options.parts:
        results["element beside the light model"] = blank_or(lambda: element_beside_light(options, options.light_size))
    if "layers" in options.parts:
        results["layers"] = layers(options, here["isa"])
    return results


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builddir", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder that peers.sh prepared")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--sizes", nargs="+", default=["256x256", "640x360"])
    parser.add_argument("--light-size", default="640x360")
    parser.add_argument("--quality-size", default="320x240")
    parser.add_argument("--only", nargs="+", choices=RUNTIMES, default=RUNTIMES, help="of the runtimes")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=PRECISIONS)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--quick", action="store_true", help="everything once, as small as it goes: whether it runs at all")
    parser.add_argument("--networks", nargs=2, default=["full", "light"], help="what full.pt and light.pt are, in words")
    parser.add_argument("--versions", default="", help="what the peers are, in words")
    return parser.parse_args()


def main():
    options = parse_options()
    results = measure(options, machine())
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    report(results)
    print(f"\nThe same as JSON: {options.out}")
    if results["psnr"].get("cpu fp32", PRECISE) < PRECISE:
        raise SystemExit("not the same picture as eager fp32: the figures above mean nothing")


if __name__ == "__main__":
    main()
