# SPDX-License-Identifier: MIT
"""Programs that are measured in turns (peer.hpp says how they talk), and what is made of their times."""

import json
import math
import os
import pathlib
import platform
import signal
import statistics
import subprocess
import tempfile


class Failed(Exception):
    """A program that did not do what it was asked; its own last words say why."""


def last_words(command, status, text):
    """The last line that a program wrote, without its own name; or what ended it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if status < 0:
        return f"ended by {signal.Signals(-status).name}"
    return lines[-1].removeprefix(f"{command[0]}: ") if lines else f"ended with status {status}"


def run_once(command, environment):
    """What a program prints. Raises Failed."""
    command = [str(word) for word in command]
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               errors="replace", env=environment)
    except OSError as error:
        raise Failed(f"cannot be started: {error}") from None
    if ended.returncode:
        raise Failed(last_words(command, ended.returncode, ended.stderr))
    return ended.stdout


class Peer:
    """A program that answers numbers of rounds with times (peer.hpp). Raises Failed where it does not."""

    def __init__(self, command, environment):
        self.words = tempfile.TemporaryFile("w+", errors="replace")
        try:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=self.words, text=True, env=environment)
        except OSError as error:
            raise Failed(f"cannot be started: {error}") from None
        word, _, self.engine = self.line().partition(" ")
        if word != "ready":
            self.process.kill()
            self.process.wait()
            raise Failed(f"it said {word!r}, expected 'ready'")
        self.times = {}
        self.peak = 0

    def failure(self):
        status = self.process.wait()
        self.words.seek(0)
        return Failed(last_words(self.process.args, status, self.words.read()))

    def line(self):
        text = self.process.stdout.readline()
        if not text:
            raise self.failure()
        return text.strip()

    def run(self, rounds, keep=True):
        try:
            print(rounds, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            raise self.failure() from None
        answer = json.loads(self.line())
        self.peak = answer.pop("peak_mib")
        for name, times in answer.items() if keep else ():
            self.times.setdefault(name, []).extend(times)

    def finish(self):
        self.process.stdin.close()
        if self.process.wait():
            raise self.failure()


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
    known = ["avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "asimd", "i8mm", "bf16", "sve"]
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
