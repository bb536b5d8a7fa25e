"""Programs that are measured in turns (peer.hpp says how they talk), and what is made of their times."""

import json
import math
import os
import pathlib
import platform
import statistics
import subprocess


class Peer:
    """A program that answers numbers of rounds with times (peer.hpp)."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=environment)
        word, _, self.engine = self.line().partition(" ")
        if word != "ready":
            raise SystemExit(f"{self.process.args[0]} said {word!r}, expected 'ready'")
        self.times = {}
        self.peak = 0

    def line(self):
        text = self.process.stdout.readline()
        if not text:
            raise SystemExit(f"{self.process.args[0]} ended with {self.process.wait()} (see above)")
        return text.strip()

    def run(self, rounds, keep=True):
        print(rounds, file=self.process.stdin, flush=True)
        answer = json.loads(self.line())
        self.peak = answer.pop("peak_mib")
        for name, times in answer.items() if keep else ():
            self.times.setdefault(name, []).extend(times)

    def finish(self):
        self.process.stdin.close()
        if self.process.wait():
            raise SystemExit(f"{self.process.args[0]} failed at its end (see above)")


def spread(times):
    return {"min": min(times), "median": statistics.median(times), "max": max(times), "frames": len(times)}


def estimate(values):
    """The median, and its standard error from the median deviation (outliers are other programs)."""
    middle = statistics.median(values)
    deviation = statistics.median(abs(value - middle) for value in values)
    return {"median": middle, "error": 1.2533 * 1.4826 * deviation / math.sqrt(len(values))}


def ratios(over, under):
    """Of the medians of each turn: neighbours in time."""
    return [a / b for a, b in zip(over, under)]


def own_cost(times):
    """Pipeline minus engine, from rounds of engine, pipeline, pipeline, engine."""
    engine, pipeline = times["engine"], times["pipeline"]
    return [(pipeline[i] + pipeline[i + 1] - engine[i] - engine[i + 1]) / 2 for i in range(0, len(engine), 2)]


def quartile_cost(times, batch):
    """The same from the faster quarter of each batch: for frames so short that those meet no other program."""
    def quartile(values):
        return statistics.quantiles(values, n=4)[0]
    engine, pipeline = times["engine"], times["pipeline"]
    return [quartile(pipeline[i:i + batch]) - quartile(engine[i:i + batch]) for i in range(0, len(engine), batch)]


def machine():
    fields = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    flags = set(fields.get("flags", fields.get("Features", "")).split())
    known = ["avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "asimd", "sve"]
    return {"cpu": fields.get("model name", platform.machine()), "family": fields.get("cpu family", ""),
            "model": fields.get("model", ""), "isa": [flag for flag in known if flag in flags],
            "cores": len(os.sched_getaffinity(0)), "system": platform.platform(),
            "load_at_start": os.getloadavg()[0]}


def differing(a, b):
    """The largest difference of two files of levels."""
    first, second = pathlib.Path(a).read_bytes(), pathlib.Path(b).read_bytes()
    if len(first) != len(second):
        raise SystemExit(f"{a} and {b} are of different sizes")
    return max(abs(x - y) for x, y in zip(first, second))
