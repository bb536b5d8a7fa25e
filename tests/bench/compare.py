#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the engine, the element and eager PyTorch against each other, in turns. run.sh calls it.

The peers are processes that wait between their turns; each turn is a few frames. So what slows the machine down slows them
all, and ratios stand where seconds do not."""

import argparse
import json
import math
import os
import pathlib
import statistics
import sys
import time

from turns import Failed, Peer, differing, estimate, machine, own_cost, quartile_cost, ratios, spread

SIZES = ["256x256", "640x360"]
TINY_ROUNDS, TINY_BATCH = 200, 50  # rounds are two frames of each
GOALS = {"engine / eager": 0.85, "element's own cost / engine": 0.005}


class Bench:
    def __init__(self, options):
        self.options = options
        self.work = options.work
        self.environment = dict(os.environ, GST_PLUGIN_PATH=str(options.builddir / "gst"))

    def program(self, name):
        return self.options.builddir / "tests" / "bench" / name

    def start(self, command, model, size, tag):
        width, height = size.split("x")
        return Peer([*command, self.work / f"{model}.pt", width, height, self.options.threads, self.options.engine,
                     self.work / f"{size}.rgb", self.work / f"{tag}-{size}.rgb"], self.environment)

    def cost_with_a_tiny_network(self, size):
        """The element does the same whatever the network is; beside a tiny one, microseconds show."""
        peer = self.start([self.program("element-bench")], "tiny", size, "tiny")
        peer.run(10, keep=False)
        peer.run(TINY_ROUNDS)
        peer.finish()
        return estimate(quartile_cost(peer.times, TINY_BATCH))

    def size(self, size, turns, frames):
        peers = {"eager": self.start([self.options.python, pathlib.Path(__file__).with_name("eager.py")], "full", size, "eager"),
                 "engine": self.start([self.program("engine-bench")], "full", size, "engine"),
                 "element": self.start([self.program("element-bench")], "full", size, "element")}
        for peer in peers.values():
            peer.run(1, keep=False)
        turn_medians = {name: [] for name in peers}
        for turn in range(turns):
            print(f"  {size}: turn {turn + 1} of {turns}", file=sys.stderr)
            for name, peer in peers.items():
                peer.run(1 if name == "element" else frames)
                own = "pipeline" if name == "element" else name
                taken = 2 if name == "element" else frames
                turn_medians[name].append(statistics.median(peer.times[own][-taken:]))
        for peer in peers.values():
            peer.finish()
        return self.summary(size, peers, turn_medians)

    def summary(self, size, peers, turn_medians):
        element = peers["element"].times
        engine_median = statistics.median(peers["engine"].times["engine"] + element["engine"])
        tiny = self.cost_with_a_tiny_network(size)
        direct = estimate(own_cost(element))
        result = {
            "engine's name": peers["engine"].engine,
            "eager": spread(peers["eager"].times["eager"]), "engine": spread(peers["engine"].times["engine"]),
            "pipeline": spread(element["pipeline"]),
            "engine / eager": estimate(ratios(turn_medians["engine"], turn_medians["eager"])),
            "element's own cost": {"seconds": tiny["median"], "error": tiny["error"]},
            "element's own cost / engine": {"median": tiny["median"] / engine_median, "error": tiny["error"] / engine_median},
            "pipeline - engine, same network": {"median": direct["median"] / engine_median,
                                                "error": direct["error"] / engine_median},
            "largest difference to eager, levels": max(
                differing(self.work / f"eager-{size}.rgb", self.work / f"{name}-{size}.rgb") for name in ("engine", "element")),
        }
        for name, label in (("eager", "eager"), ("engine", "engine"), ("element", "pipeline")):
            result[label]["peak_mib"] = peers[name].peak
        return result


def report(results):
    where = results["machine"]
    print(f"\n{where['cpu']} (family {where['family']}, model {where['model']}; {', '.join(where['isa'])}), "
          f"{results['threads']} threads, load {where['load_at_start']:.1f} at the start")
    engines = {result["engine's name"] for result in results["sizes"].values()}
    print(f"{results['model']}; engine {', '.join(engines)}; {results['torch']}\n")
    print("seconds per frame        min  median     max   peak memory")
    for size, result in results["sizes"].items():
        for name in ("eager", "engine", "pipeline"):
            row = result[name]
            print(f"{size:9} {name:12} {row['min']:6.3f}  {row['median']:6.3f}  {row['max']:6.3f}  {row['peak_mib']:7.0f} MiB")
    print("\nratios within the run                              goal")
    for size, result in results["sizes"].items():
        for name, goal in GOALS.items():
            value = result[name]
            verdict = "reached" if value["median"] <= goal else "MISSED"
            print(f"{size:9} {name:28} {value['median']:8.4f} ± {value['error']:.4f}  <= {goal} {verdict}")
        cost, direct = result["element's own cost"], result["pipeline - engine, same network"]
        print(f"{size:9} the element itself: {cost['seconds'] * 1e6:.0f} ± {cost['error'] * 1e6:.0f} us a frame beside a tiny network; "
              f"beside this one {direct['median'] * 100:+.2f} ± {direct['error'] * 100:.2f} %")
        print(f"{size:9} largest difference to eager: {result['largest difference to eager, levels']} levels")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builddir", type=pathlib.Path, required=True)
    parser.add_argument("--python", required=True, help="the interpreter that has torch")
    parser.add_argument("--work", type=pathlib.Path, required=True, help="folder of full.pt, tiny.pt and frames")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--sizes", nargs="+", default=SIZES)
    parser.add_argument("--model", default="", help="what the model is, in words")
    parser.add_argument("--torch", default="", help="what the peer is, in words")
    options = parser.parse_args()

    bench = Bench(options)
    results = {"machine": machine(), "threads": options.threads, "model": options.model, "torch": options.torch,
               "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "goals": GOALS, "sizes": {}}
    for size in options.sizes:
        large = math.prod(map(int, size.split("x"))) > 100_000
        try:
            results["sizes"][size] = bench.size(size, max(3, options.turns // 2) if large else options.turns, 1 if large else 2)
        except Failed as failure:
            raise SystemExit(f"{size}: {failure}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    report(results)
    print(f"\nThe same as JSON: {options.out}")
    wrong = [size for size, result in results["sizes"].items() if result["largest difference to eager, levels"] > 1]
    if wrong:
        raise SystemExit(f"not the same pixels as eager at {', '.join(wrong)}: the figures above mean nothing")


if __name__ == "__main__":
    main()
