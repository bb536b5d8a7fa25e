#!/usr/bin/env python3
"""Measures the engine module `cpu` against the runtimes that a user would pick instead, in turns. peers.sh calls it.

Ratios are within a turn: what slows the machine slows all contenders. Quality is PSNR = 10 log10(4 / MSE) of the floats in
[-1, 1] against eager PyTorch in fp32, the worst of several frames, with the trained model that the demo ships."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import numpy

from turns import Peer, estimate, machine, own_cost, ratios, spread

HERE = pathlib.Path(__file__).parent
PEERS = [("eager", "fp32"), ("compile", "fp32"), ("onnxruntime", "fp32"), ("openvino", "fp32"),
         ("eager", "bf16"), ("compile", "bf16"), ("openvino", "bf16"), ("onnxruntime", "int8"), ("openvino", "int8")]
# On a machine with more, what one with less would do: whose runtimes can be told so. Each with what the machine must have.
CAPPED = [("openvino", "fp32", "avx2", "avx512f"), ("openvino", "int8", "avx2", "avx512f"), ("cpu", "fp32", "avx2", "avx512f"),
          ("openvino", "int8", "avx512", "amx_bf16"), ("cpu", "int8", "avx512", "amx_bf16")]
ONEDNN_NAMES = {"avx2": "AVX2", "avx512": "AVX512_CORE_BF16"}
NARROW = {"avx512_bf16", "amx_bf16"}  # without either, bf16 is emulated: nobody would choose it
PRECISE = 60  # dB: what fp32 promises
GOOD = 38  # dB: what int8 promises


class Contender:
    """A runtime at a precision: how its programs are started."""

    def __init__(self, name, precision, isa=""):
        self.name, self.precision, self.isa = name, precision, isa
        self.ours = name == "cpu"

    @property
    def label(self):
        return f"{self.name} {self.precision}{' ' + self.isa if self.isa else ''}"

    def command(self, options, model, size, frames, output, floats):
        width, height = size.split("x")
        common = [model, width, height, options.threads]
        if not self.ours:
            return [sys.executable, HERE / "runtimes.py", self.name, self.precision, *common, frames, output]
        program = options.builddir / "tests" / "bench" / ("translate-floats" if floats else "engine-bench")
        return [program, *common, "cpu", frames, output, self.precision]

    def environment(self):
        return dict(os.environ, **({"CUT_CPU_ISA": self.isa, "ONEDNN_MAX_CPU_ISA": ONEDNN_NAMES[self.isa]} if self.isa else {}))


def contenders(isa, ours):
    peers = [Contender(*peer) for peer in PEERS if peer[1] != "bf16" or NARROW & set(isa)]
    capped = [Contender(*entry) for *entry, needed in CAPPED if needed in isa]
    return peers + [Contender("cpu", precision) for precision in ours] + capped


class Runs:
    """One model at one size, all contenders in turns."""

    def __init__(self, options, model, size, frames, entries):
        self.entries = []
        self.peers = {}
        for entry in entries:
            print(f"  {size}: starting {entry.label}", file=sys.stderr)
            output = options.work / "speed.out"
            try:
                self.peers[entry.label] = Peer(entry.command(options, model, size, frames, output, floats=False),
                                               entry.environment())
            except SystemExit:
                if entry.ours or not entry.isa:
                    raise
                print(f"  {entry.label} is left out: it does not run under that cap here", file=sys.stderr)
                continue
            self.entries.append(entry)
        self.size = size
        self.medians = {label: [] for label in self.peers}  # seconds, of each turn

    def measure(self, turns, frames):
        for label, peer in self.peers.items():
            peer.run(1, keep=False)
        for turn in range(turns):
            print(f"  {self.size}: turn {turn + 1} of {turns}", file=sys.stderr)
            for label, peer in self.peers.items():
                peer.run(frames)
                self.medians[label].append(statistics.median(self.times(peer)[-frames:]))

    def finish(self):
        for peer in self.peers.values():
            peer.finish()

    @staticmethod
    def times(peer):
        return peer.times["engine" if "engine" in peer.times else "frames"]

    def fastest(self, names):
        return min(names, key=lambda label: statistics.median(self.medians[label]))

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


def quality(options, entries):
    """PSNR of each contender's worst frame against eager fp32, the shipped model on real frames."""
    model, size, frames = options.work / "trained.pt", options.quality_size, options.work / "quality.rgb"
    outputs = {}
    for entry in entries:
        if entry.isa and not entry.ours:
            continue  # the same pictures
        print(f"  quality: {entry.label}", file=sys.stderr)
        output = options.work / "quality.out"
        command = [str(word) for word in entry.command(options, model, size, frames, output, floats=True)]
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=entry.environment(), check=True)
        width, height = map(int, size.split("x"))
        outputs[entry.label] = numpy.fromfile(output, numpy.float32).reshape(-1, 3 * width * height).astype(numpy.float64)
    truth = outputs["eager fp32"]
    with numpy.errstate(divide="ignore"):
        return {label: float((10 * numpy.log10(4 / ((output - truth) ** 2).mean(1))).min())
                for label, output in outputs.items() if label != "eager fp32"}


def compare(runs, psnr):
    """The ratios that are promised: at equal quality, the fastest of each side."""
    peers = [entry for entry in runs.entries if not entry.ours and not entry.isa]
    capped = [entry for entry in runs.entries if not entry.ours and entry.isa]
    our_capped = [entry for entry in runs.entries if entry.ours and entry.isa]
    ours = [entry for entry in runs.entries if entry.ours and not entry.isa]
    full = runs.fastest([entry.label for entry in peers if entry.precision == "fp32"])
    int8 = runs.fastest([entry.label for entry in peers if entry.precision == "int8"])
    precise = runs.fastest([entry.label for entry in ours if psnr[entry.label] >= PRECISE])
    good = runs.fastest([entry.label for entry in ours if psnr[entry.label] >= GOOD])
    result = {"cpu fp32 to the fastest fp32": runs.ratio(full, "cpu fp32")}
    if "cpu tf32" in runs.peers:
        result["cpu tf32 to the fastest fp32"] = runs.ratio(full, "cpu tf32")
    result["best at 60 dB to the fastest fp32"] = runs.ratio(full, precise)
    result["best at 38 dB to the fastest int8"] = runs.ratio(int8, good)
    for entry in capped:
        for mine in our_capped:
            if mine.isa == entry.isa:
                result[f"{mine.label} to {entry.label}"] = runs.ratio(entry.label, mine.label)
    return result


def report(results):
    where = results["machine"]
    print(f"\n{where['cpu']} (family {where['family']}, model {where['model']}; {', '.join(where['isa'])}), "
          f"{results['threads']} threads, load {where['load_at_start']:.1f} at the start")
    print(f"{results['versions']}\nresnet_9blocks ngf 64, random weights; PSNR: the shipped model, worst frame\n")
    print(f"{'seconds per frame':30}    min  median     max  processor    peak  first frame    PSNR")
    for size, result in results["sizes"].items():
        for label, row in result["contenders"].items():
            psnr = results["psnr"].get(label)
            quality = "truth" if label == "eager fp32" else "" if psnr is None else f"{psnr:.1f} dB"
            print(f"{size:8} {label:21} {row['min']:6.3f}  {row['median']:6.3f}  {row['max']:6.3f}  {row['processor']:9.3f}  {row['peak_mib']:5.0f}M"
                  f"  {row['first_frame']:9.3f} s  {quality}")
    print("\ntimes as fast, within a turn              median  standard error     min     max   by processor time")
    for size, result in results["sizes"].items():
        for name, ratio in result["ratios"].items():
            print(f"{size:8} {name:36} {ratio['median']:5.2f}  ± {ratio['error']:.2f}          {ratio['min']:5.2f}   {ratio['max']:5.2f}   "
                  f"{ratio['by processor time']['median']:5.2f} ± {ratio['by processor time']['error']:.2f}   ({ratio['of']} to {ratio['to']})")
    for size, result in results["light"].items():
        for label, row in result.items():
            print(f"light model, {size}: {label:16} {1 / row['median']:5.1f} frames/s (best {1 / row['min']:.1f}; processor time "
                  f"allows {results['threads'] / row['processor']:.1f}), first {row['first_frame']:.3f} s")
    element = results["element beside the light model"]
    print(f"the element beside it, 640x360: {element['seconds'] * 1e6:.0f} us, {element['share'] * 100:.2f} ± {element['error'] * 100:.2f} % "
          "of its frame")
    report_layers(results["layers"])


def light(options, size, ours, isa):
    entries = [entry for entry in contenders(isa, ours) if entry.ours]
    runs = Runs(options, options.work / "light.pt", size, options.work / f"{size}.rgb", entries)
    runs.measure(options.turns, 10)
    runs.finish()
    return runs.rows()


def element_beside_light(options, size):
    """What the element takes of a light model's frame: rounds of engine, pipeline, pipeline, engine in one process."""
    width, height = size.split("x")
    peer = Peer([options.builddir / "tests" / "bench" / "element-bench", options.work / "light.pt", width, height, options.threads,
                 "cpu", options.work / f"{size}.rgb", options.work / "light.out"],
                dict(os.environ, GST_PLUGIN_PATH=str(options.builddir / "gst")))
    peer.run(5, keep=False)
    peer.run(60)
    peer.finish()
    cost, frame = estimate(own_cost(peer.times)), statistics.median(peer.times["engine"])
    return {"seconds": cost["median"], "share": cost["median"] / frame, "error": cost["error"] / frame}


def layers(options, precision, isa=""):
    """Each layer's time against the measured multiply-add peak (layers-bench), at 256x256."""
    print(f"  layers: {precision} {isa}", file=sys.stderr)
    command = [options.builddir / "tests" / "bench" / "layers-bench", 256, 256, 64, 9, options.threads, 21,
               *([] if precision == "fp32" else [precision]), "json"]
    answer = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
                            env=dict(os.environ, **({"CUT_CPU_ISA": isa} if isa else {})))
    return json.loads(answer.stdout)


def report_layers(tables):
    labels = list(tables)
    print("\nms of each layer at 256x256, processor time over threads; x: the direct convolution's operations over it, of the peak")
    print(f"{'':28}" + "".join(f"{label:>20}" for label in labels))
    names = [row["layer"] for row in max((table["layers"] for table in tables.values()), key=len)]
    for name in names:
        print(f"{name:28}", end="")
        for label in labels:
            row = next((row for row in tables[label]["layers"] if row["layer"] == name), None)
            times = f"{row['times_peak']:5.2f} x" if row and "times_peak" in row else ""
            print(f"{row['ms']:12.2f} {times:7}" if row else f"{'':20}", end="")
        print()
    print(f"{'all convolutions':28}" + "".join(
        f"{table['convolutions']['ms']:12.2f} {table['convolutions']['times_peak']:5.2f} x" for table in tables.values()))
    print(f"{'the rest':28}" + "".join(f"{table['rest']['ms']:12.2f} {table['rest']['share'] * 100:5.1f} %" for table in tables.values()))
    print(f"{'peak of a thread, GFLOP/s':28}" + "".join(f"{table['peak_gflops_of_a_thread']:12.1f}        " for table in tables.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builddir", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder that peers.sh prepared")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--sizes", nargs="+", default=["256x256", "640x360"])
    parser.add_argument("--quality-size", default="320x240")
    parser.add_argument("--precisions", nargs="+", help="of the module cpu (default: those that this machine has)")
    parser.add_argument("--versions", default="", help="what the peers are, in words")
    options = parser.parse_args()

    here = machine()
    options.precisions = options.precisions or ["fp32"] + [
        name for name, needed in (("tf32", "amx_bf16"), ("bf16", "avx512_bf16"), ("int8", "avx512_vnni")) if needed in here["isa"]]
    entries = contenders(here["isa"], options.precisions)
    results = {"machine": here, "threads": options.threads, "versions": options.versions,
               "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "psnr": quality(options, entries), "sizes": {}, "light": {}}
    for size in options.sizes:
        runs = Runs(options, options.work / "full.pt", size, options.work / f"{size}.rgb", entries)
        runs.measure(options.turns, 1)
        runs.finish()
        results["sizes"][size] = {"contenders": runs.rows(), "ratios": compare(runs, results["psnr"])}
    results["light"]["640x360"] = light(options, "640x360", options.precisions, here["isa"])
    results["element beside the light model"] = element_beside_light(options, "640x360")
    results["layers"] = {precision: layers(options, precision) for precision in options.precisions}
    if "avx512f" in here["isa"]:
        results["layers"]["fp32 avx2"] = layers(options, "fp32", "avx2")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    report(results)
    print(f"\nThe same as JSON: {options.out}")
    if results["psnr"]["cpu fp32"] < PRECISE:
        raise SystemExit("not the same picture as eager fp32: the figures above mean nothing")


if __name__ == "__main__":
    main()
